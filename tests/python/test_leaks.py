# SPDX-License-Identifier: Apache-2.0
"""Nothing stays behind: references, blocks of memory and file descriptors after many calls of every kind."""
import asyncio
import gc
import os
import sys

import pytest

import zest


async def quick(env):
    result = await env.tokenizer.tokenize("Hello world")
    return list(result), result["ids"], result.to_dict(), repr(result)


async def long(env):
    return (await env.model.forward([19556, 905]))["logits"].sum()


async def stream(env):
    return [item["text"] async for item in env.model.stream("Hi", max_tokens=2)]


async def dropped_stream(env):
    items = env.model.stream("Hi", max_tokens=50)
    await anext(items)


async def failed(env):
    call = env.tokenizer.tokenize(5)
    try:
        await call
    except zest.ZestError as error:
        return str(error)


async def failed_in_a_list(env):
    try:
        await env.tokenizer.detokenize([1, "2"])
    except zest.ZestError:
        pass


async def kept_in_a_cycle(env):
    result = await env.tokenizer.tokenize("Hello world")
    result["ids"].append(result)


async def reasons(env):
    answer = await env.scheduler.schedule_request("req1", priority=0.5)
    return answer.to_dict(), dir(answer), answer["algorithm_reasoning"]


async def json_fields(env):
    return str(await env.tokenizer.render_chat([{"role": "user", "content": "Hi"}], vars={"a": [1, 2]}))


def repeat(env, way, times):
    async def body():
        for _ in range(times):
            await way(env)

    asyncio.run(body())
    gc.collect()


def counts():
    return sys.getallocatedblocks(), len(gc.get_objects()), len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize("way", [quick, long, stream, dropped_stream, failed, failed_in_a_list, kept_in_a_cycle, reasons, json_fields])
def test_nothing_stays_behind(any_env, way):
    times = 30 if way in (long, stream, dropped_stream) else 300
    growths = []
    for _ in range(4):  # what grows once (a thread, a cache) is no leak
        before = counts()
        repeat(any_env, way, times)
        growths.append([now - then for now, then in zip(counts(), before)])
    blocks, objects, files = map(min, zip(*growths))
    assert blocks < times * 0.8 and objects < times * 0.8 and files <= 0  # a leak of one a call would be `times`


def test_reference_counts(any_env):
    text, ids = "Hello " + "world", [19556, 905]
    any_env.sync.tokenizer.tokenize(text), any_env.sync.tokenizer.detokenize(ids)
    before = [sys.getrefcount(thing) for thing in (text, ids, None, any_env.tokenizer, any_env.sync.tokenizer)]
    for _ in range(100):
        any_env.sync.tokenizer.tokenize(text)
        any_env.sync.tokenizer.tokenize(text=text)
        any_env.sync.tokenizer.detokenize(ids)
        any_env.sync.model.forward(ids)
    after = [sys.getrefcount(thing) for thing in (text, ids, None, any_env.tokenizer, any_env.sync.tokenizer)]
    assert all(now - then <= 10 for now, then in zip(after, before))


def threads():
    return len(os.listdir("/proc/self/task"))


@pytest.mark.parametrize("mode", ["research", "production"])
@pytest.mark.parametrize("ending", ["close", "drop"])
def test_the_last_awaited_answer_does_not_keep_the_model(shared_env, mode, ending):
    """Whoever waited last, nothing of the interpreter's or of ours holds its answer when the environment goes."""
    before = threads()
    env = zest.Environment(model=zest.default_model(), mode=mode, threads=3, progress=False)

    async def body():
        await env.tokenizer.tokenize("Hello world")

    asyncio.run(body())
    assert threads() > before
    if ending == "close":
        env.close()
    else:
        del env, body
        gc.collect()
    assert threads() == before
