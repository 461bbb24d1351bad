# SPDX-License-Identifier: Apache-2.0
"""The server's life: many at a time, clients that leave, start, stop, and a service on another server."""
from __future__ import annotations

import concurrent.futures
import json
import signal
import socket
import subprocess
import threading
import time

import pytest

from serve_process import BINARY, Server, events, read_all, require, shared_server

require()
PROMPT = "The capital of France is"


def until(condition, seconds: float = 20) -> bool:
    """Waits for a condition; the time is a bound, not a measure."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


@pytest.fixture
def server():
    server = shared_server()
    server.json("PUT", "/services/mode", {"mode": "production"})
    yield server
    assert server.is_up()


def post_bytes(path: str, body: dict) -> bytes:
    data = json.dumps(body).encode()
    return f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data


# ---- many at a time --------------------------------------------------------------------------------------------------

def test_sixty_four_connections_at_a_time(server):
    connections = [socket.create_connection(("127.0.0.1", server.port), timeout=60) for _ in range(64)]
    try:
        for round_number in range(3):
            for i, connection in enumerate(connections):
                connection.sendall(post_bytes("/services/tokenizer/tokenize", {"text": f"Hello world {i} {round_number}"}))
            for connection in connections:
                head, _, rest = connection.recv(65536).partition(b"\r\n\r\n")
                assert b" 200 " in head and json.loads(rest)["ids"][:2] == [19556, 905]
    finally:
        for connection in connections:
            connection.close()


def test_sixty_four_generations_at_a_time_give_what_one_gives(server):
    body = {"prompt": PROMPT, "max_tokens": 4, "temperature": 0}
    alone = server.post("/v1/completions", body)["choices"][0]["text"]
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        streamed = {"prompt": PROMPT, "max_tokens": 4}
        calls = [pool.submit(server.post, "/v1/completions", body) for _ in range(40)]
        streams = [pool.submit(server.call, "POST", "/services/engine/stream", streamed) for _ in range(24)]
        assert {call.result()["choices"][0]["text"] for call in calls} == {alone}
        texts = {"".join(json.loads(data)["text"] for _, data in events(stream.result()[2])) for stream in streams}
        assert texts == {alone}
    assert until(lambda: server.metric("num_requests_running") == 0)


def test_short_calls_are_answered_while_long_ones_run(server):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        long = [pool.submit(server.post, "/services/engine/generate", {"prompt": "a", "max_tokens": 60, "ignore_end": True}) for _ in range(4)]
        answered_meanwhile = 0
        while not all(call.done() for call in long):
            server.post("/services/tokenizer/tokenize", {"text": "Hello world"})
            answered_meanwhile += 1
        assert answered_meanwhile > 3
        assert {tuple(call.result()["ids"]) for call in long} and len({tuple(call.result()["ids"]) for call in long}) == 1


def test_switching_modes_under_load_changes_no_answer(server):
    stop = threading.Event()

    def switch() -> None:
        mode = 0
        while not stop.is_set():
            mode ^= 1
            server.json("PUT", "/services/mode", {"mode": ("production", "research")[mode]})

    thread = threading.Thread(target=switch)
    thread.start()
    try:
        texts = {server.post("/v1/completions", {"prompt": PROMPT, "max_tokens": 4, "temperature": 0})["choices"][0]["text"] for _ in range(15)}
        for _ in range(200):
            answer = server.post("/services/tokenizer/tokenize", {"text": "Hello world"})
            assert answer.get("data", answer)["ids"] == [19556, 905]
    finally:
        stop.set()
        thread.join()
    assert len(texts) == 1


# ---- clients that leave ----------------------------------------------------------------------------------------------

LONG = {"prompt": "Once upon a time", "max_tokens": 4000, "ignore_eos": True}
LEAVING = {
    "openai stream": ("/v1/completions", {**LONG, "stream": True}),
    "openai answer": ("/v1/completions", LONG),
    "chat stream": ("/v1/chat/completions", {"messages": [{"role": "user", "content": "Tell a story"}], "max_tokens": 4000, "ignore_eos": True, "stream": True}),
    "several choices": ("/v1/completions", {**LONG, "n": 4}),
    "service stream": ("/services/engine/stream", {"prompt": "Once upon a time", "max_tokens": 4000, "ignore_end": True}),
    "service answer": ("/services/engine/generate", {"prompt": "Once upon a time", "max_tokens": 4000, "ignore_end": True}),
}


@pytest.mark.parametrize("kind", LEAVING)
def test_a_client_that_leaves_cancels_its_request(server, kind):
    path, body = LEAVING[kind]
    before = server.metric("request_success_total")
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    connection.sendall(post_bytes(path, body))
    assert until(lambda: server.metric("num_requests_running") > 0)
    if "stream" in kind:
        assert b"200 OK" in connection.recv(65536)
    connection.close()
    assert until(lambda: server.metric("num_requests_running") + server.metric("num_requests_waiting") == 0)
    assert server.metric("request_success_total") > before
    assert server.metric('request_success_total{model_name="SmolLM2-135M-Instruct.Q4_1",finished_reason="length"}') >= 0
    assert until(lambda: server.json("GET", "/services/memory/get_memory_stats")[1]["blocks_used"] == 0)


def test_clients_that_leave_at_any_moment(server):
    data = post_bytes("/v1/completions", {**LONG, "max_tokens": 50, "stream": True})
    for i in range(40):
        connection = socket.create_connection(("127.0.0.1", server.port), timeout=60)
        connection.sendall(data)
        if i % 4:
            connection.settimeout(0.002 * i)
            try:
                connection.recv(1 + 97 * i)
            except TimeoutError:
                pass
        connection.close()
    assert until(lambda: server.metric("num_requests_running") + server.metric("num_requests_waiting") == 0)


def test_cancel_ends_a_running_request(server):
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        call = pool.submit(server.call, "POST", "/services/engine/stream", {"prompt": "a", "max_tokens": 4000, "ignore_end": True, "request_id": "to-cancel"})
        assert until(lambda: server.metric("num_requests_running") > 0)
        assert server.post("/services/engine/cancel", {"request_id": "to-cancel"}) == {"cancelled": True}
        assert json.loads(events(call.result()[2])[-1][1])["finish_reason"] == "cancelled"


# ---- start and stop --------------------------------------------------------------------------------------------------

def test_a_port_in_use_is_said_with_a_way_out(server):
    done = subprocess.run([str(BINARY), "serve", "--port", str(server.port)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and str(server.port) in done.stderr and "--port" in done.stderr and done.stdout == ""


@pytest.mark.parametrize("arguments, word", [(["--port", "99999"], "65535"), (["--host", "no.such.host.invalid"], "no.such.host.invalid"),
                                             (["--frobnicate"], "--frobnicate"), (["-m", "/no/such/model.gguf"], "/no/such/model.gguf"), (["word"], "word")])
def test_wrong_starts_are_explained(arguments, word):
    done = subprocess.run([str(BINARY), "serve", "--port", "0", *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode in (1, 2) and word in done.stderr and "listening" not in done.stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_server_stops_at_once(number):
    server = Server()
    open_connection = socket.create_connection(("127.0.0.1", server.port))
    assert server.stop(number, timeout=20) == 0
    open_connection.close()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", server.port), timeout=5)


def test_running_requests_are_finished_before_the_end():
    server = Server("--grace", "60")
    body = {"prompt": "Once upon a time", "max_tokens": 60, "ignore_eos": True, "temperature": 0}
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        calls = [pool.submit(server.post, "/v1/completions", body), pool.submit(server.post, "/services/engine/generate", {"prompt": "a", "max_tokens": 60, "ignore_end": True})]
        stream = pool.submit(server.call, "POST", "/v1/completions", {**body, "stream": True})
        assert until(lambda: server.metric("num_requests_running") == 3)
        assert server.stop() == 0
        assert calls[0].result()["usage"]["completion_tokens"] == 60 and len(calls[1].result()["ids"]) == 60
        assert stream.result()[2].endswith(b"data: [DONE]\n\n")


def test_requests_beyond_the_grace_are_ended():
    server = Server("--grace", "0")
    connections = [socket.create_connection(("127.0.0.1", server.port), timeout=60) for _ in range(3)]
    for connection, (path, body) in zip(connections, [LEAVING["openai stream"], LEAVING["openai answer"], LEAVING["service answer"]]):
        connection.sendall(post_bytes(path, body))
    assert until(lambda: server.metric("num_requests_running") == 3)
    assert server.stop(timeout=30) == 0
    for connection in connections:
        read_all(connection)
        connection.close()


# ---- a service elsewhere ---------------------------------------------------------------------------------------------

def test_a_service_on_another_server_gives_the_same(server):
    other = Server()
    body = {"prompt": PROMPT, "max_tokens": 6, "temperature": 0}
    try:
        here = server.post("/v1/completions", body)["choices"][0]["text"]
        assert server.json("PUT", "/services/tokenizer/mode", {"mode": other.url})[1]["mode"] == other.url
        assert server.post("/v1/completions", body)["choices"][0]["text"] == here
        answer = server.post("/services/tokenizer/tokenize", {"text": "Hello world"})
        assert answer["data"]["ids"] == [19556, 905] and answer["metadata"]["mode"] == other.url
        status, answer = server.json("POST", "/services/tokenizer/tokenize", {"text": 5})
        assert status == 400 and answer["error"]["param"] == "text"
    finally:
        other.stop()
        status, answer = server.json("POST", "/services/tokenizer/tokenize", {"text": "Hello world"})
        assert status == 503 and answer["error"]["code"] == "unavailable" and other.url in answer["error"]["message"]
        server.json("PUT", "/services/mode", {"mode": "production"})
    assert server.post("/v1/completions", body)["choices"][0]["text"] == here


def test_the_engine_on_another_server(server):
    other = Server()
    try:
        here = server.post("/services/engine/generate", {"prompt": PROMPT, "max_tokens": 5})["ids"]
        server.json("PUT", "/services/engine/mode", {"mode": other.url})
        assert server.post("/services/engine/generate", {"prompt": PROMPT, "max_tokens": 5})["data"]["ids"] == here
        body = server.call("POST", "/services/engine/stream", {"prompt": PROMPT, "max_tokens": 5})[2]
        assert [id for kind, data in events(body) if kind == "message" for id in json.loads(data)["ids"]] == here
        assert until(lambda: other.metric("generation_tokens_total") == 10)
        assert server.post("/v1/completions", {"prompt": PROMPT, "max_tokens": 5, "temperature": 0})["usage"]["completion_tokens"] == 5
        assert server.call("GET", "/metrics")[0] == 200
    finally:
        server.json("PUT", "/services/mode", {"mode": "production"})
        other.stop()
