# SPDX-License-Identifier: Apache-2.0
"""Streams: the same tokens as generate, on a loop and plainly; closing one cancels its generation."""
import asyncio

import pytest

import zest

PROMPT = "The capital of France is"


async def until_idle(env):
    for _ in range(400):
        if env.sync.model.get_engine_stats()["running"] == 0:
            return True
        await asyncio.sleep(0.02)
    return False


async def collect(stream):
    return [item async for item in stream]


def test_async_stream_gives_what_generate_gives(any_env):
    whole = any_env.sync.model.generate(PROMPT, max_tokens=8)
    items = asyncio.run(collect_from(any_env))
    assert "".join(item["text"] for item in items) == whole["text"]
    assert [id for item in items for id in item["ids"]] == whole["ids"]
    assert items[-1]["finish_reason"] == whole["finish_reason"] and items[0]["finish_reason"] == "none"


async def collect_from(env):
    return await collect(env.model.stream(PROMPT, max_tokens=8))


def test_sync_stream_gives_the_same(any_env):
    items = list(any_env.sync.model.stream(PROMPT, max_tokens=8))
    whole = any_env.sync.model.generate(PROMPT, max_tokens=8)
    assert "".join(item["text"] for item in items) == whole["text"]


def test_items_are_envelopes_in_research(env):
    item = next(iter(env.sync.model.stream(PROMPT, max_tokens=2)))
    assert isinstance(item, zest.Envelope) and item["metadata"]["method"] == "stream" and item["data"]["text"] == item["text"]
    env.setup_production_mode()
    assert isinstance(next(iter(env.sync.model.stream(PROMPT, max_tokens=2))), zest.Result)


def test_anext_and_its_end(any_env):
    async def body():
        stream = any_env.model.stream(PROMPT, max_tokens=2)
        assert (await anext(stream))["prompt_ids"]
        await collect(stream)
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
        return await anext(stream, "over")

    assert asyncio.run(body()) == "over"


def test_closing_cancels(any_env):
    async def body():
        stream = any_env.model.stream("Once upon a time", max_tokens=4000, ignore_end=True)
        assert "open" in repr(stream)
        async for _ in stream:
            break
        assert await stream.aclose() is None
        assert "ended" in repr(stream) and await collect(stream) == []
        return await until_idle(any_env)

    assert asyncio.run(body())


def test_leaving_a_block_or_dropping_a_stream_cancels(any_env):
    async def body():
        async with any_env.model.stream("Once upon a time", max_tokens=4000, ignore_end=True) as stream:
            await anext(stream)
        assert await until_idle(any_env)
        stream = any_env.model.stream("Once upon a time", max_tokens=4000, ignore_end=True)
        await anext(stream)
        del stream
        return await until_idle(any_env)

    assert asyncio.run(body())


def test_closing_a_sync_stream(any_env):
    with any_env.sync.model.stream("Once upon a time", max_tokens=4000, ignore_end=True) as stream:
        next(stream)
    with pytest.raises(StopIteration):
        next(stream)
    assert asyncio.run(until_idle(any_env))


def test_a_task_that_reads_a_stream_can_be_cancelled(any_env):
    async def body():
        stream = any_env.model.stream("Once upon a time", max_tokens=4000, ignore_end=True)
        task = asyncio.create_task(collect(stream))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await stream.aclose()
        return await until_idle(any_env)

    assert asyncio.run(body())


def test_streams_side_by_side(any_env):
    async def body():
        return await asyncio.gather(*(collect_from(any_env) for _ in range(6)))

    texts = {"".join(item["text"] for item in items) for items in asyncio.run(body())}
    assert len(texts) == 1


def test_an_item_may_wait_in_a_task(any_env):
    async def body():
        stream = any_env.model.stream(PROMPT, max_tokens=4)
        items = []
        while True:
            try:
                items.append(await asyncio.wait_for(asyncio.create_task(anext(stream)), 60))
            except StopAsyncIteration:
                return items

    assert asyncio.run(body())[-1]["finish_reason"] in ("length", "stop")


def test_a_wrong_request_fails_at_the_first_item(any_env):
    async def body():
        stream = any_env.model.stream(PROMPT, max_tokens=-1)
        with pytest.raises(zest.ZestError, match="max_tokens is -1") as caught:
            await anext(stream)
        assert caught.value.example.startswith("async for item in env.model.stream(")

    asyncio.run(body())
    with pytest.raises(zest.ZestError, match="max_tokens is -1"):
        any_env.sync.model.stream(PROMPT, max_tokens=-1)


def test_a_stream_read_by_two_loops(any_env):
    stream = any_env.model.stream(PROMPT, max_tokens=8)

    async def first():
        return (await anext(stream))["text"]

    async def rest():
        return "".join([item["text"] async for item in stream])

    text = asyncio.run(first()) + asyncio.run(rest())
    assert text == any_env.sync.model.generate(PROMPT, max_tokens=8)["text"]
