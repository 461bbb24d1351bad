# SPDX-License-Identifier: Apache-2.0
"""OpenAI's routes, called by OpenAI's own client and by hand."""
from __future__ import annotations

import json

import openai
import pytest

from serve_process import events, require, shared_server

require()
MODEL = "SmolLM2-135M-Instruct.Q4_1"
PROMPT = "The capital of France is"
CHAT = [{"role": "user", "content": "What is the capital of France?"}]


@pytest.fixture
def server():
    server = shared_server()
    server.json("PUT", "/services/mode", {"mode": "production"})
    yield server
    assert server.is_up()


@pytest.fixture
def client(server):
    with openai.OpenAI(base_url=server.url + "/v1", api_key="none", max_retries=0) as client:
        yield client


# ---- the official client ---------------------------------------------------------------------------------------------

def test_models(client):
    assert [model.id for model in client.models.list()] == [MODEL]
    assert client.models.retrieve(MODEL).owned_by == "zest"
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve("gpt-9")
    assert caught.value.body["code"] == "model_not_found" and MODEL in caught.value.body["message"]


def test_completion(client):
    answer = client.completions.create(model=MODEL, prompt=PROMPT, max_tokens=8, temperature=0)
    assert answer.choices[0].text.startswith(" Paris") and answer.choices[0].finish_reason == "length"
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (5, 8, 13)
    assert answer.object == "text_completion" and answer.model == MODEL and answer.id.startswith("cmpl-")


def test_completion_streams_the_same_text(client):
    whole = client.completions.create(model=MODEL, prompt=PROMPT, max_tokens=12, temperature=0).choices[0].text
    chunks = list(client.completions.create(model=MODEL, prompt=PROMPT, max_tokens=12, temperature=0, stream=True, stream_options={"include_usage": True}))
    assert "".join(chunk.choices[0].text for chunk in chunks if chunk.choices) == whole
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "length"
    assert chunks[-1].usage.completion_tokens == 12 and chunks[0].usage is None
    assert len(chunks) > 4, "tokens come one by one"


def test_chat(client):
    answer = client.chat.completions.create(model=MODEL, messages=CHAT, max_tokens=24, temperature=0)
    assert answer.choices[0].message.role == "assistant" and answer.choices[0].message.content
    assert answer.choices[0].finish_reason in ("stop", "length") and answer.usage.prompt_tokens > 5
    assert answer.object == "chat.completion" and answer.id.startswith("chatcmpl-")


def test_chat_streams_the_same_text(client):
    whole = client.chat.completions.create(model=MODEL, messages=CHAT, max_completion_tokens=16, temperature=0).choices[0].message.content
    chunks = list(client.chat.completions.create(model=MODEL, messages=CHAT, max_completion_tokens=16, temperature=0, stream=True))
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == whole
    assert chunks[-1].choices[0].finish_reason in ("stop", "length")


async def collect(url: str, prompts: list[str]) -> list[str]:
    import asyncio
    async with openai.AsyncOpenAI(base_url=url + "/v1", api_key="none") as client:
        answers = await asyncio.gather(*(client.completions.create(model=MODEL, prompt=prompt, max_tokens=6, temperature=0) for prompt in prompts))
    return [answer.choices[0].text for answer in answers]


def test_asynchronous_client_gets_the_same_in_a_batch(server, client):
    import asyncio
    prompts = [PROMPT, "Once upon a time", "1 2 3 4", "def main():"]
    together = asyncio.run(collect(server.url, prompts))
    alone = [client.completions.create(model=MODEL, prompt=prompt, max_tokens=6, temperature=0).choices[0].text for prompt in prompts]
    assert together == alone


def test_chat_logprobs(client):
    answer = client.chat.completions.create(model=MODEL, messages=CHAT, max_tokens=4, temperature=0, logprobs=True, top_logprobs=3)
    content = answer.choices[0].logprobs.content
    assert len(content) == 4 and "".join(entry.token for entry in content) == answer.choices[0].message.content
    for entry in content:
        assert len(entry.top_logprobs) == 3 and entry.top_logprobs[0].token == entry.token and entry.logprob <= 0
        assert bytes(entry.bytes).decode() == entry.token
        assert [top.logprob for top in entry.top_logprobs] == sorted((top.logprob for top in entry.top_logprobs), reverse=True)


def test_errors_are_the_clients_own(client):
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="gpt-9", messages=CHAT)
    assert caught.value.code == "model_not_found" and MODEL in str(caught.value)
    with pytest.raises(openai.BadRequestError) as caught:
        client.completions.create(model=MODEL, prompt=PROMPT, temperature=-1)
    assert caught.value.param == "temperature" and caught.value.type == "invalid_request_error"
    with pytest.raises(openai.BadRequestError) as caught:
        client.completions.create(model=MODEL, prompt="a " * 9000, max_tokens=10)
    assert caught.value.code == "context_overflow"


# ---- completions by hand ---------------------------------------------------------------------------------------------

def test_prompts_of_every_kind_agree(server):
    ids = server.post("/services/tokenizer/tokenize", {"text": PROMPT})["ids"]
    common = {"max_tokens": 6, "temperature": 0}
    one = server.post("/v1/completions", {"prompt": PROMPT, **common})["choices"][0]["text"]
    assert server.post("/v1/completions", {"prompt": ids, **common})["choices"][0]["text"] == one
    several = server.post("/v1/completions", {"prompt": [ids, ids], **common})["choices"]
    assert [choice["text"] for choice in several] == [one, one] and [choice["index"] for choice in several] == [0, 1]
    mixed = server.post("/v1/completions", {"prompt": [PROMPT, "Hello"], **common})
    assert mixed["choices"][0]["text"] == one and len(mixed["choices"]) == 2 and mixed["usage"]["prompt_tokens"] == 6


def test_echo_and_logprobs(server):
    answer = server.post("/v1/completions", {"prompt": PROMPT, "max_tokens": 2, "temperature": 0, "echo": True, "logprobs": 2})["choices"][0]
    lists = answer["logprobs"]
    assert answer["text"].startswith(PROMPT) and "".join(lists["tokens"]) == answer["text"]
    assert len(lists["tokens"]) == len(lists["token_logprobs"]) == len(lists["top_logprobs"]) == len(lists["text_offset"]) == 7
    assert lists["token_logprobs"][0] is None and lists["top_logprobs"][0] is None
    assert all(value < 0 for value in lists["token_logprobs"][1:]) and all(len(top) <= 2 for top in lists["top_logprobs"][1:])
    assert [answer["text"][offset:][:len(token)] for token, offset in zip(lists["tokens"], lists["text_offset"])] == lists["tokens"]


def test_scoring_without_generating(server):
    answer = server.post("/v1/completions", {"prompt": PROMPT, "max_tokens": 0, "echo": True, "logprobs": 1})
    assert answer["choices"][0]["text"] == PROMPT and len(answer["choices"][0]["logprobs"]["tokens"]) == 5
    assert answer["usage"]["completion_tokens"] == 0


def test_streamed_logprobs_are_those_of_one_answer(server):
    body = {"prompt": PROMPT, "max_tokens": 5, "temperature": 0, "logprobs": 1, "echo": True}
    whole = server.post("/v1/completions", body)["choices"][0]
    chunks = [json.loads(data) for _, data in events(server.call("POST", "/v1/completions", {**body, "stream": True})[2]) if data != "[DONE]"]
    choices = [chunk["choices"][0] for chunk in chunks]
    assert "".join(choice["text"] for choice in choices) == whole["text"]
    for name in ("tokens", "token_logprobs", "top_logprobs", "text_offset"):
        assert [value for choice in choices if choice["logprobs"] for value in choice["logprobs"][name]] == whole["logprobs"][name]


def test_several_answers_differ_and_seeds_repeat_them(server):
    body = {"prompt": "Once upon a time", "max_tokens": 12, "temperature": 1.2, "n": 3, "seed": 7}
    first = [choice["text"] for choice in server.post("/v1/completions", body)["choices"]]
    assert len(set(first)) > 1
    assert [choice["text"] for choice in server.post("/v1/completions", body)["choices"]] == first
    unseeded = [server.post("/v1/completions", {**body, "seed": None, "n": 1})["choices"][0]["text"] for _ in range(4)]
    assert len(set(unseeded)) > 1


def test_streamed_choices_are_those_of_one_answer(server):
    body = {"prompt": ["Once upon a time", "Hello"], "max_tokens": 8, "temperature": 1, "n": 2, "seed": 3}
    whole = {choice["index"]: choice["text"] for choice in server.post("/v1/completions", body)["choices"]}
    streamed: dict[int, str] = {}
    for _, data in events(server.call("POST", "/v1/completions", {**body, "stream": True})[2]):
        if data != "[DONE]":
            choice = json.loads(data)["choices"][0]
            streamed[choice["index"]] = streamed.get(choice["index"], "") + choice["text"]
    assert streamed == whole and len(whole) == 4


def test_stop_texts_end_an_answer(server):
    answer = server.post("/v1/completions", {"prompt": PROMPT, "max_tokens": 30, "temperature": 0, "stop": "."})["choices"][0]
    assert answer["text"] == " Paris" and answer["finish_reason"] == "stop"
    answer = server.post("/v1/completions", {"prompt": PROMPT, "max_tokens": 30, "temperature": 0, "stop": ["never", "\n"]})["choices"][0]
    assert answer["text"] == " Paris." and answer["finish_reason"] == "stop"


def test_extensions_are_taken(server):
    body = {"prompt": PROMPT, "max_tokens": 3, "temperature": 1, "top_k": 1, "min_p": 0.1, "repetition_penalty": 1.0, "priority": 0.9, "ignore_eos": True}
    answer = server.post("/v1/completions", body)
    assert answer["choices"][0]["text"].startswith(" Paris") and "zest" not in answer


def test_unknown_fields_warn(server):
    status, headers, body = server.call("POST", "/v1/completions", {"prompt": PROMPT, "max_tokens": 1, "logit_bias": {"5": 1}, "frobnicate": True})
    warnings = json.loads(body)["zest"]["warnings"]
    assert status == 200 and len(warnings) == 2 and any("frobnicate" in warning for warning in warnings)
    assert "logit_bias" in headers["X-Zest-Warning"] and "frobnicate" in headers["X-Zest-Warning"]
    body = server.call("POST", "/v1/chat/completions", {"messages": CHAT, "max_tokens": 1, "frobnicate": 1, "stream": True})[2]
    assert "frobnicate" in json.loads(events(body)[-2][1])["zest"]["warnings"][0] and events(body)[-1][1] == "[DONE]"


# ---- chats by hand ---------------------------------------------------------------------------------------------------

def test_content_parts_are_joined(server):
    plain = server.post("/v1/chat/completions", {"messages": CHAT, "max_tokens": 6, "temperature": 0})
    parts = [{"role": "user", "content": [{"type": "text", "text": "What is the capital"}, {"type": "text", "text": " of France?"}]}]
    joined = server.post("/v1/chat/completions", {"messages": parts, "max_tokens": 6, "temperature": 0})
    assert joined["choices"] == plain["choices"] and joined["usage"] == plain["usage"]


def test_a_chat_ends_by_itself(server):
    answer = server.post("/v1/chat/completions", {"messages": [{"role": "user", "content": "Hi"}], "temperature": 0})
    assert answer["choices"][0]["finish_reason"] == "stop" and answer["usage"]["completion_tokens"] > 1


def test_tools_reach_the_template(server):
    tools = [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {}}}}]
    answer = server.post("/v1/chat/completions", {"messages": CHAT, "tools": tools, "max_tokens": 2, "temperature": 0})
    assert "zest" not in answer and answer["choices"][0]["message"]["role"] == "assistant"


def test_research_mode_adds_what_the_services_tell(server):
    before = server.post("/v1/chat/completions", {"messages": CHAT, "max_tokens": 6, "temperature": 0})
    server.json("PUT", "/services/mode", {"mode": "research"})
    after = server.post("/v1/chat/completions", {"messages": CHAT, "max_tokens": 6, "temperature": 0})
    assert after["choices"] == before["choices"] and after["usage"] == before["usage"] and "zest" not in before
    told = after["zest"]
    assert set(told) == {"tokenizer", "engine", "scheduler", "memory", "computation", "warnings"}
    assert told["tokenizer"]["execution_time"] > 0 and told["tokenizer"]["mode"] == "research"
    assert told["engine"]["timings"][0]["generated_tokens"] == 6 and told["scheduler"]["algorithm_reasoning"]
    body = server.call("POST", "/v1/chat/completions", {"messages": CHAT, "max_tokens": 2, "temperature": 0, "stream": True})[2]
    assert "engine" in json.loads(events(body)[-2][1])["zest"]


# ---- what is refused -------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("path, body, status, code, param", [
    ("completions", {}, 400, "missing_field", "prompt"),
    ("completions", {"prompt": None}, 400, "missing_field", "prompt"),
    ("completions", {"prompt": ""}, 400, "invalid_argument", "prompt"),
    ("completions", {"prompt": []}, 400, "invalid_argument", "prompt"),
    ("completions", {"prompt": [[]]}, 400, "invalid_argument", "prompt"),
    ("completions", {"prompt": {"a": 1}}, 400, "wrong_type", "prompt"),
    ("completions", {"prompt": ["a", 1]}, 400, "wrong_type", "prompt"),
    ("completions", {"prompt": [1, "a"]}, 400, "wrong_type", "prompt"),
    ("completions", {"prompt": [1.5]}, 400, "wrong_type", "prompt"),
    ("completions", {"prompt": [-1]}, 400, "out_of_range", "prompt"),
    ("completions", {"prompt": [1 << 40]}, 400, "out_of_range", "prompt"),
    ("completions", {"prompt": "a", "max_tokens": -1}, 400, "out_of_range", "max_tokens"),
    ("completions", {"prompt": "a", "max_tokens": "5"}, 400, "wrong_type", "max_tokens"),
    ("completions", {"prompt": "a", "max_tokens": 1.5}, 400, "wrong_type", "max_tokens"),
    ("completions", {"prompt": "a", "temperature": "hot"}, 400, "wrong_type", "temperature"),
    ("completions", {"prompt": "a", "temperature": 1e9}, 400, "out_of_range", "temperature"),
    ("completions", {"prompt": "a", "top_p": 1.1}, 400, "out_of_range", "top_p"),
    ("completions", {"prompt": "a", "n": 0}, 400, "out_of_range", "n"),
    ("completions", {"prompt": "a", "n": 1000}, 400, "out_of_range", "n"),
    ("completions", {"prompt": ["a"] * 100, "n": 100}, 413, "too_large", "n"),
    ("completions", {"prompt": "a", "stream": 1}, 400, "wrong_type", "stream"),
    ("completions", {"prompt": "a", "stop": [1]}, 400, "wrong_type", "stop"),
    ("completions", {"prompt": "a", "stop": ["x"] * 65}, 413, "too_large", "stop"),
    ("completions", {"prompt": "a", "stop": ""}, 400, "invalid_argument", "stop"),
    ("completions", {"prompt": "a", "suffix": "b"}, 501, "unsupported", "suffix"),
    ("completions", {"prompt": "a", "best_of": 3}, 501, "unsupported", "best_of"),
    ("completions", {"prompt": "a", "stream_options": {"include_usage": True}}, 400, "invalid_argument", "stream_options"),
    ("completions", {"prompt": "a", "model": 7}, 400, "wrong_type", "model"),
    ("completions", {"prompt": "a", "seed": "x"}, 400, "wrong_type", "seed"),
    ("completions", {"prompt": "a", "user": 1}, 400, "wrong_type", "user"),
    ("completions", b"{", 400, "invalid_json", None),
    ("completions", b"", 400, "invalid_json", None),
    ("completions", b"[]", 400, "wrong_type", None),
    ("completions", b'{"prompt": "\xff"}', 400, "invalid_utf8", None),
    ("completions", b'{"prompt": "a", "prompt": "b"}', 400, "invalid_json", None),
    ("completions", b"[" * 100000, 400, "invalid_json", None),
    ("chat/completions", {}, 400, "missing_field", "messages"),
    ("chat/completions", {"messages": []}, 400, "invalid_argument", "messages"),
    ("chat/completions", {"messages": "Hi"}, 400, "wrong_type", "messages"),
    ("chat/completions", {"messages": [1]}, 400, "missing_field", "messages"),
    ("chat/completions", {"messages": [{"role": "user"}]}, 400, "missing_field", "messages"),
    ("chat/completions", {"messages": [{"content": "Hi"}]}, 400, "missing_field", "messages"),
    ("chat/completions", {"messages": [{"role": "user", "content": 5}]}, 400, "wrong_type", "messages"),
    ("chat/completions", {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]}, 501, "unsupported", "messages"),
    ("chat/completions", {"messages": CHAT, "top_logprobs": 2}, 400, "invalid_argument", "top_logprobs"),
    ("chat/completions", {"messages": CHAT, "logprobs": 2}, 400, "wrong_type", "logprobs"),
    ("chat/completions", {"messages": CHAT, "chat_template_kwargs": 1}, 400, "wrong_type", "chat_template_kwargs"),
])
def test_wrong_requests_are_refused(server, path, body, status, code, param):
    answered, answer = server.json("POST", f"/v1/{path}", body)
    error = answer["error"]
    assert (answered, error["code"], error["param"]) == (status, code, param), error
    assert error["message"] and error["type"] and error["example"]["model"] == MODEL and error["docs"]


def test_wrong_methods_and_routes_have_openais_shape(server):
    status, answer = server.json("GET", "/v1/completions")
    assert status == 405 and answer["error"]["type"] == "invalid_request_error"
    status, answer = server.json("POST", "/v1/embedding", {})
    assert status == 404 and answer["error"]["type"] == "invalid_request_error"
