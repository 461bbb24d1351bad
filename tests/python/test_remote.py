# SPDX-License-Identifier: Apache-2.0
"""A service over HTTP, from Python: the same answers in envelopes, off the loop's thread, streams too."""
import asyncio
import os
import pathlib
import sys

import pytest

import zest

SYSTEM = pathlib.Path(__file__).resolve().parents[1] / "system"


@pytest.fixture(scope="module")
def server(shared_env):
    sys.path.insert(0, str(SYSTEM))
    import serve_process

    sys.path.remove(str(SYSTEM))
    if not os.access(serve_process.BINARY, os.X_OK):
        pytest.skip("needs the built command")
    with serve_process.running_server("--threads", "1") as url:
        yield url


def test_remote_answers_are_envelopes(env, server):
    env.setup_hybrid_mode(tokenizer=server)
    assert env.tokenizer.mode == server and server in repr(env.tokenizer)
    result = asyncio.run(one(env.tokenizer.tokenize, "Hello world"))
    assert isinstance(result, zest.Envelope) and result == [19556, 905]
    assert result["metadata"]["mode"] == server and result["metadata"]["execution_time"] > 0
    assert env.sync.tokenizer.detokenize(result)["text"] == "Hello world"


async def one(call, *args, **keywords):
    return await call(*args, **keywords)


def test_a_generation_with_a_remote_tokenizer_gives_the_same_ids(env, server):
    env.setup_production_mode()
    wanted = env.sync.model.generate("The capital of France is", max_tokens=6)["ids"]
    env.setup_hybrid_mode(tokenizer=server)
    assert env.sync.model.generate("The capital of France is", max_tokens=6)["ids"] == wanted


def test_every_service_remotely(env, server):
    wanted = env.sync.model.forward([19556, 905])["logits"]
    env.setup_hybrid_mode(**{name: server for name in ("engine", "tokenizer", "scheduler", "memory", "computation")})
    assert env.sync.scheduler.schedule_request("req1", 0.5)["algorithm_reasoning"].startswith("Scheduled with priority 1")
    assert "flash_attention" in env.sync.computation.get_available_kernels()
    assert env.sync.memory.get_memory_stats()["block_tokens"] == 32
    assert (env.sync.model.forward([19556, 905])["logits"] == wanted).all()


def test_remote_calls_leave_the_loop(env, server):
    env.setup_hybrid_mode(tokenizer=server)

    async def body():
        answers = await asyncio.gather(*(env.tokenizer.tokenize("Hello world") for _ in range(20)))
        return all(answer == [19556, 905] for answer in answers)

    assert asyncio.run(body())


def test_a_remote_stream(env, server):
    env.setup_production_mode()
    wanted = env.sync.model.generate("The capital of France is", max_tokens=6)["text"]
    env.setup_hybrid_mode(engine=server)

    async def body():
        return "".join([item["text"] async for item in env.model.stream("The capital of France is", max_tokens=6)])

    assert asyncio.run(body()) == wanted


def test_a_remote_error_is_the_same_error(env, server):
    env.setup_hybrid_mode(tokenizer=server)
    with pytest.raises(zest.ZestError) as caught:
        env.sync.tokenizer.detokenize([-1])
    assert caught.value.code == "out_of_range"
