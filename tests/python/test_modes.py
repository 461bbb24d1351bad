# SPDX-License-Identifier: Apache-2.0
"""Modes: envelopes and bare results, switching, objects that were taken before a switch."""
import asyncio
import datetime
import json

import pytest

import zest


def test_research_answers_in_an_envelope(env):
    result = asyncio.run(tokenize(env))
    assert isinstance(result, zest.Envelope)
    assert list(result.keys()) == ["data", "metadata"]
    assert result["data"]["ids"] == result["ids"] == result.ids == [19556, 905]
    metadata = result["metadata"]
    assert (metadata["service"], metadata["method"], metadata["mode"]) == ("tokenizer", "tokenize", "research")
    assert metadata["implementation"] and metadata["request_id"].startswith("py-") and metadata["warnings"] == []
    assert 0 < metadata["execution_time"] < 60
    age = datetime.datetime.now(datetime.timezone.utc) - datetime.datetime.fromisoformat(metadata["timestamp"].replace("Z", "+00:00"))
    assert abs(age.total_seconds()) < 60
    assert metadata is result["metadata"]


async def tokenize(env, text="Hello world"):
    return await env.tokenizer.tokenize(text)


def test_production_answers_alone(env):
    env.setup_production_mode()
    result = asyncio.run(tokenize(env))
    assert isinstance(result, zest.Result) and not isinstance(result, zest.Envelope)
    assert result == [19556, 905]


def test_request_ids_differ(env):
    ids = {env.sync.tokenizer.tokenize("a")["metadata"]["request_id"] for _ in range(5)}
    assert len(ids) == 5


def test_reasons_are_in_the_metadata_too(env):
    schedule = env.sync.scheduler.schedule_request("req1", 0.5)
    assert schedule["algorithm_reasoning"].startswith("Scheduled with priority 1")
    assert schedule["metadata"]["algorithm_reasoning"] == schedule["algorithm_reasoning"]
    assert "algorithm_reasoning" not in env.sync.tokenizer.tokenize("a").metadata


def test_a_switch_gives_another_object(env):
    before = env.tokenizer
    env.setup_production_mode()
    after = env.tokenizer
    assert before is not after and type(before) is not type(after)
    assert (before.mode, after.mode) == ("research", "production")
    assert "taken before the environment's went to production mode" in repr(before)
    assert repr(after) == "<zest tokenizer in production mode>"
    assert isinstance(asyncio.run(awaited(before.tokenize("a"))), zest.Envelope)


async def awaited(call):
    return await call


def test_container_and_sync_follow(env):
    env.setup_production_mode()
    assert env.container.tokenizer.mode == env.sync.tokenizer.mode == "production"
    assert env.model is env.engine and env.container.model is env.container.engine


def test_hybrid(env):
    env.setup_hybrid_mode()
    assert env.modes == {"engine": "production", "tokenizer": "research", "scheduler": "research", "memory": "production",
                         "computation": "production"}
    env.setup_hybrid_mode(model="research")
    assert env.modes["engine"] == "research" and env.modes["tokenizer"] == "production"
    assert "engine research" in repr(env)


@pytest.mark.parametrize("modes", [{"tokenizer": "fast"}, {"tokenizer": "research", "memory": "http://127.0.0.1:9"}])
def test_a_refused_mode_changes_nothing(env, modes):
    env.setup_production_mode()
    with pytest.raises(zest.ZestError):
        env.setup_hybrid_mode(**modes)
    assert set(env.modes.values()) == {"production"}


def test_unknown_service(env):
    with pytest.raises(zest.ZestError, match="there is no service 'tokeniser'") as caught:
        env.setup_hybrid_mode(tokeniser="research")
    assert isinstance(caught.value, LookupError)


def test_one_script_in_all_modes(env):
    async def script():
        examples = env.tokenizer.get_example_data()
        tokens = await env.tokenizer.tokenize(examples["example_text"])
        logits = (await env.model.forward(tokens))["logits"]
        back = await env.tokenizer.detokenize(tokens)
        answer = await env.model.generate("The capital of France is", max_tokens=8)
        return list(tokens), logits.tobytes(), back["text"], answer["ids"], answer["text"]

    answers = []
    for setup in (env.setup_research_mode, env.setup_production_mode, env.setup_hybrid_mode):
        setup()
        answers.append(asyncio.run(script()))
    assert answers[0] == answers[1] == answers[2]


def test_example_data_of_every_service(any_env):
    for name in ("engine", "tokenizer", "scheduler", "memory", "computation"):
        service = getattr(any_env, name)
        examples = service.get_example_data()
        assert set(service.operations) <= set(examples)
        assert any(key.startswith("example_") for key in examples)
        assert all({"request", "reply"} == set(examples[operation]) for operation in service.operations)
    assert any_env.tokenizer.get_example_data()["example_text"] == "Hello world"


def test_examples_that_only_read_work_as_they_are(any_env):
    for service, operation in (("tokenizer", "tokenize"), ("tokenizer", "detokenize"), ("tokenizer", "render_chat"),
                               ("scheduler", "get_queue_stats"), ("memory", "get_memory_stats"), ("engine", "forward"),
                               ("computation", "get_model_info")):
        example = getattr(any_env, service).get_example_data()[operation]
        answer = getattr(getattr(any_env.sync, service), operation)(**example["request"])
        data = answer["data"] if isinstance(answer, zest.Envelope) else answer
        assert set(data.keys()) >= {name for name in example["reply"]}


def test_an_envelope_prints_as_json_documents_do(env):
    text = json.dumps(env.sync.tokenizer.tokenize("Hello world").to_dict())
    assert json.loads(text)["data"]["ids"] == [19556, 905]


def test_a_closed_environment_says_so():
    try:
        model = zest.default_model()
    except zest.ZestError as error:
        pytest.skip(error.message)
    env = zest.Environment(model=model, threads=1, progress=False)
    tokenizer, kept = env.tokenizer, env.sync.model.get_model_info()
    name = kept["architecture"]
    env.close()
    env.close()
    assert repr(env) == "<zest environment, closed>" and "closed environment" in repr(tokenizer)
    assert kept["type"] and kept["architecture"] == name
    for call in (lambda: env.sync.tokenizer.tokenize("a"), lambda: env.sync.model.stream("a"), env.setup_production_mode):
        with pytest.raises(zest.ZestError, match="closed"):
            call()
