# SPDX-License-Identifier: Apache-2.0
"""The routes of services, modes and documents of `zest serve`."""
from __future__ import annotations

import json
import struct

import pytest
from openapi_spec_validator import validate

from serve_process import Server, events, require, shared_server

require()
SERVICES = {"engine", "tokenizer", "scheduler", "memory", "computation"}


@pytest.fixture
def server():
    server = shared_server()
    server.json("PUT", "/services/mode", {"mode": "production"})
    yield server
    assert server.is_up()


def operations() -> list[tuple[str, str, bool]]:
    listed = shared_server().json("GET", "/services")[1]["services"]
    return [(service["name"], operation["name"], operation["stream"]) for service in listed for operation in service["operations"]]


def test_services_are_listed(server):
    status, answer = server.json("GET", "/services")
    assert status == 200
    assert {service["name"] for service in answer["services"]} == SERVICES
    assert all(service["mode"] == "production" and service["operations"] for service in answer["services"])
    assert server.json("GET", "/services/tokenizer")[1]["name"] == "tokenizer"
    assert server.json("GET", "/services/model")[1]["name"] == "engine"


def test_tokenize(server):
    assert server.post("/services/tokenizer/tokenize", {"text": "Hello world"})["ids"] == [19556, 905]


@pytest.mark.parametrize("mode", ["production", "research"])
def test_every_example_is_a_correct_call(server, mode):
    """Each example is sent as it is shown. Those that speak of a request or sequence that is not there may be refused for that alone."""
    server.json("PUT", "/services/mode", {"mode": mode})
    for service, name, is_stream in operations():
        example = server.json("GET", f"/services/{service}/{name}/example")[1]
        assert set(example) == {"request", "answer", "call"} and example["call"].startswith("curl ")
        if (service, name) in {("scheduler", "add_sequence"), ("memory", "allocate_memory"), ("computation", "execute"), ("memory", "commit_step")}:
            continue  # these change what the engine relies on
        status, _, body = server.call("POST", f"/services/{service}/{name}", example["request"])
        assert status == 200 or json.loads(body)["error"]["code"] in {"not_found", "conflict"}, (service, name, body)
        if status != 200:
            continue
        data = json.loads(events(body)[0][1]) if is_stream else json.loads(body)
        if mode == "research" and not is_stream:
            metadata = data["metadata"]
            assert metadata["service"] == service and metadata["method"] == name and metadata["mode"] == "research"
            assert metadata["execution_time"] >= 0 and metadata["request_id"] and metadata["timestamp"].endswith("Z")
            data = data["data"]
        assert set(data) == set(example["answer"]), (service, name)


def test_get_works_where_nothing_is_needed_and_changed(server):
    status, answer = server.json("GET", "/services/scheduler/get_queue_stats")
    assert status == 200 and answer["policy"]
    status, headers, body = server.call("GET", "/services/tokenizer/tokenize")
    assert status == 405 and headers["Allow"] == "POST"
    assert json.loads(body)["error"]["example"] == {"text": "Hello world"}
    assert server.call("DELETE", "/services/scheduler/get_queue_stats")[0] == 405


def test_modes_switch_one_service(server):
    assert server.json("PUT", "/services/tokenizer/mode", {"mode": "research"})[1] == {"previous": "production", "mode": "research"}
    assert server.json("GET", "/services/tokenizer/mode")[1] == {"mode": "research"}
    assert server.json("GET", "/services/mode")[1]["scheduler"] == "production"
    answer = server.post("/services/tokenizer/tokenize", {"text": "Hello world"})
    assert answer["data"]["ids"] == [19556, 905] and answer["metadata"]["service"] == "tokenizer"
    assert server.post("/services/tokenizer/tokenize", {"text": "Hello world"}, X_Zest_Mode="data")["ids"] == [19556, 905]
    assert "policy" in server.json("GET", "/services/scheduler/get_queue_stats")[1]


def test_modes_switch_several_or_none(server):
    status, answer = server.json("PUT", "/services/mode", {"tokenizer": "research", "memory": "research"})
    assert status == 200 and answer["mode"]["memory"] == "research" and answer["previous"]["memory"] == "production"
    status, answer = server.json("PUT", "/services/mode", {"engine": "research", "scheduler": "nonsense"})
    assert status == 400 and answer["error"]["param"] == "mode"
    assert server.json("GET", "/services/mode")[1]["engine"] == "production"


@pytest.mark.parametrize("body, code", [
    (b"", "invalid_json"), (b"[]", "wrong_type"), ({}, "missing_field"), ({"mode": 3}, "wrong_type"), ({"mode": "fast"}, "invalid_argument"),
    ({"mode": "research", "other": 1}, "unknown_field"), ({"mode": "http://127.0.0.1:1"}, "unavailable")])
def test_wrong_modes_are_refused(server, body, code):
    status, answer = server.json("PUT", "/services/tokenizer/mode", body)
    assert status >= 400 and answer["error"]["code"] == code
    assert server.json("GET", "/services/tokenizer/mode")[1] == {"mode": "production"}


def test_a_server_is_not_its_own_remote_service(server):
    status, answer = server.json("PUT", "/services/tokenizer/mode", {"mode": f"http://localhost:{server.port}"})
    assert status == 409 and "this server" in answer["error"]["message"]


def test_reasoning_is_in_the_metadata(server):
    server.json("PUT", "/services/scheduler/mode", {"mode": "research"})
    answer = server.post("/services/scheduler/schedule_request", {"request_id": "req1", "priority": 0.5})
    assert answer["metadata"]["algorithm_reasoning"].startswith("Scheduled with priority 1")
    assert answer["data"]["position"] == 1


def test_request_ids_come_back(server):
    server.json("PUT", "/services/tokenizer/mode", {"mode": "research"})
    status, headers, body = server.call("POST", "/services/tokenizer/tokenize", {"text": "a"}, {"X-Request-Id": "mine-1"})
    assert headers["X-Request-Id"] == "mine-1" and json.loads(body)["metadata"]["request_id"] == "mine-1"
    _, first, _ = server.call("POST", "/services/tokenizer/tokenize", {"text": "a"})
    _, second, _ = server.call("POST", "/services/tokenizer/tokenize", {"text": "a"})
    assert first["X-Request-Id"] != second["X-Request-Id"]


def test_a_stream_is_server_sent_events(server):
    status, headers, body = server.call("POST", "/services/engine/stream", {"prompt": "The capital of France is", "max_tokens": 4})
    items = [json.loads(data) for _, data in events(body)]
    assert status == 200 and headers["Content-Type"].startswith("text/event-stream")
    assert items[-1]["finish_reason"] == "length" and "".join(item["text"] for item in items).startswith(" Paris")
    whole = server.post("/services/engine/generate", {"prompt": "The capital of France is", "max_tokens": 4})
    assert whole["ids"] == [id for item in items for id in item["ids"]]
    server.json("PUT", "/services/engine/mode", {"mode": "research"})
    body = server.call("POST", "/services/engine/stream", {"prompt": "The capital of France is", "max_tokens": 2})[2]
    assert events(body)[-1][0] == "metadata" and json.loads(events(body)[-1][1])["service"] == "engine"


def test_tensors_travel_as_raw_numbers(server):
    plain = server.post("/services/engine/forward", {"ids": [19556, 905]})["logits"][0]
    status, headers, body = server.call("POST", "/services/engine/forward", {"ids": [19556, 905]}, {"Accept": "application/x-zest"})
    assert status == 200 and headers["Content-Type"] == "application/x-zest" and body[:4] == b"zest"
    size = struct.unpack("<I", body[8:12])[0]
    shape = json.loads(body[12:12 + size])["logits"]["shape"]
    start = (12 + size + 63) // 64 * 64
    numbers = struct.unpack(f"<{shape[1]}f", body[start:start + 4 * shape[1]])
    assert list(numbers) == [struct.unpack("<f", struct.pack("<f", number))[0] for number in plain]


# ---- errors ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("body, code, param", [
    ({"text": 5}, "wrong_type", "text"), ({}, "missing_field", "text"), ({"text": "a", "txt": 1}, "unknown_field", "txt"), (b"{", "invalid_json", None),
    (b'{"text": "a"} x', "invalid_json", None), (b'{"text": "\xff"}', "invalid_utf8", None), (b'{"text": "a", "text": "b"}', None, None),
    (b"[1, 2]", None, None), (b"null", None, None), ({"text": None}, "wrong_type", "text"), ({"text": "a", "offsets": "yes"}, "wrong_type", "offsets")])
def test_wrong_calls_are_refused_with_a_correct_one(server, body, code, param):
    for mode in ("production", "research"):
        server.json("PUT", "/services/tokenizer/mode", {"mode": mode})
        status, answer = server.json("POST", "/services/tokenizer/tokenize", body)
        error = answer["error"]
        assert 400 <= status < 500 and error["message"] and error["example"] == {"text": "Hello world"} and error["docs"] == "/docs#tokenizer.tokenize"
        assert code is None or error["code"] == code
        assert param is None or error["param"] == param


@pytest.mark.parametrize("path, near", [
    ("/services/tokenizer/tokenise", "/services/tokenizer/tokenize"), ("/v1/model", "/v1/models"), ("/helth", "/health"),
    ("/v1/chat/completion", "/v1/chat/completions"), ("/services/tokeniser", "/services/tokenizer"), ("/services/memory/find_block", "/services/memory")])
def test_unknown_routes_name_what_is_near(server, path, near):
    status, answer = server.json("GET", path)
    assert status == 404 and near in answer["error"]["message"]


def test_unknown_routes_without_neighbours_say_where_to_look(server):
    status, answer = server.json("GET", "/something/entirely/different/from/all/of/them")
    assert status == 404 and "/docs" in answer["error"]["message"]


# ---- documents -------------------------------------------------------------------------------------------------------

def test_health_version_and_index(server):
    assert server.json("GET", "/health") == (200, {"status": "ok"})
    status, answer = server.json("GET", "/version")
    assert status == 200 and answer["model"] == "SmolLM2-135M-Instruct.Q4_1"
    assert server.call("HEAD", "/health")[2] == b""
    assert b"<!doctype html>" in server.call("GET", "/")[2]  # follows the redirection to /docs


def test_openapi_is_valid_and_complete(server):
    document = server.json("GET", "/openapi.json")[1]
    validate(document)
    for service, name, _ in operations():
        assert f"/services/{service}/{name}" in document["paths"]
    for path in ("/v1/completions", "/v1/chat/completions", "/v1/models", "/health", "/metrics", "/services/mode"):
        assert path in document["paths"]


def test_docs_have_every_operation(server):
    for path, kind in (("/docs", "text/html"), ("/docs/docs.css", "text/css"), ("/docs/docs.js", "text/javascript")):
        status, headers, body = server.call("GET", path)
        assert status == 200 and headers["Content-Type"].startswith(kind) and body
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert b"http://" not in body and b"https://" not in body, "the page must not ask for anything elsewhere"
    groups = server.json("GET", "/docs/docs.json")[1]["groups"]
    documented = {operation["id"] for group in groups for operation in group["operations"]}
    assert {f"{service}.{name}" for service, name, _ in operations()} <= documented


def test_metrics_have_the_promised_names(server):
    server.post("/services/engine/generate", {"prompt": "Hello", "max_tokens": 2})
    server.json("PUT", "/services/tokenizer/mode", {"mode": "research"})
    before = server.metric('service_calls_total{service="tokenizer",operation="tokenize"}')
    server.post("/services/tokenizer/tokenize", {"text": "a"})
    status, headers, body = server.call("GET", "/metrics")
    text = body.decode()
    assert status == 200 and headers["Content-Type"].startswith("text/plain; version=0.0.4")
    for name in ("num_requests_running", "num_requests_waiting", "kv_cache_usage_perc", "prefix_cache_queries_total", "prefix_cache_hits_total", "prompt_tokens_total",
                 "generation_tokens_total", "request_success_total", "time_to_first_token_seconds_bucket", "inter_token_latency_seconds_sum",
                 "e2e_request_latency_seconds_count", "request_queue_time_seconds_bucket", "request_prefill_time_seconds_bucket",
                 "request_decode_time_seconds_bucket", "num_preemptions_total", "service_calls_total", "service_call_seconds_sum", "step_seconds_sum"):
        assert f"\nzest:{name}{{" in text, name
    assert 'model_name="SmolLM2-135M-Instruct.Q4_1"' in text
    line = next(line for line in text.splitlines() if line.startswith('zest:service_calls_total{service="tokenizer",operation="tokenize"}'))
    assert float(line.split()[-1]) >= 1 and before >= 0


def test_metrics_are_well_formed(server):
    known = set()
    for line in server.call("GET", "/metrics")[2].decode().splitlines():
        if line.startswith("# TYPE "):
            name, kind = line.split()[2:]
            assert name not in known and kind in {"counter", "gauge", "histogram", "summary"}
            known.add(name)
        elif not line.startswith("#"):
            name = line.split("{")[0].split(" ")[0]
            assert any(name == base or name in (f"{base}_bucket", f"{base}_sum", f"{base}_count") for base in known), line
            float(line.rsplit(" ", 1)[1])


# ---- access ----------------------------------------------------------------------------------------------------------

def test_api_key():
    server = Server("--api-key", "s3cret")
    try:
        assert server.call("GET", "/health")[0] == 200 and server.call("GET", "/docs")[0] == 200
        for path in ("/v1/models", "/services", "/services/mode", "/metrics", "/services/tokenizer/get_tokenizer_info"):
            status, headers, body = server.call("GET", path)
            assert status == 401 and json.loads(body)["error"]["code"] == "unauthorized" and headers["WWW-Authenticate"] == "Bearer"
            for wrong in ("Bearer s3cre", "Bearer s3crets", "Bearer x3cret", "Basic s3cret", "s3cret", "Bearer"):
                assert server.call("GET", path, headers={"Authorization": wrong})[0] == 401
            assert server.call("GET", path, headers={"Authorization": "Bearer s3cret"})[0] == 200
    finally:
        server.stop()


def test_pages_of_other_sites_may_not_call(server):
    body = {"text": "a"}
    assert server.call("POST", "/services/tokenizer/tokenize", body, {"Origin": "http://elsewhere.example"})[0] == 401
    assert server.call("POST", "/services/tokenizer/tokenize", body, {"Origin": server.url})[0] == 200


def test_allowed_origins_may_call():
    server = Server("--allow-origin", "http://app.example")
    try:
        status, headers, _ = server.call("OPTIONS", "/v1/completions", headers={"Origin": "http://app.example"})
        assert status == 204 and headers["Access-Control-Allow-Origin"] == "http://app.example"
        assert server.call("GET", "/v1/models", headers={"Origin": "http://app.example"})[0] == 200
        assert server.call("GET", "/v1/models", headers={"Origin": "http://other.example"})[0] == 401
    finally:
        server.stop()
