# SPDX-License-Identifier: Apache-2.0
"""Awaiting: every way that asyncio has, for calls that are done at once and for calls that leave the thread."""
import asyncio
import collections.abc
import inspect
import sys
import threading
import time
import warnings

import pytest

import zest

QUICK = pytest.param(lambda env: env.tokenizer.tokenize("Hello world"), id="quick")
LONG = pytest.param(lambda env: env.model.generate("The capital of France is", max_tokens=3), id="long")


@pytest.fixture(params=[QUICK, LONG])
def call(request, any_env):
    return lambda: request.param(any_env)


def run(body):
    return asyncio.run(body())


def check(answer):
    assert answer["ids"] == [19556, 905] or answer["text"].startswith(" Paris")


def test_await(call):
    async def body():
        check(await call())

    run(body)


def test_create_task(call):
    async def body():
        task = asyncio.create_task(call(), name="mine")
        assert repr(task)
        check(await task)

    run(body)


def test_gather(call):
    async def body():
        for answer in await asyncio.gather(call(), call(), call()):
            check(answer)

    run(body)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="TaskGroup came with 3.11")
def test_task_group(call):
    async def body():
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(call()) for _ in range(3)]
        for task in tasks:
            check(task.result())

    run(body)


def test_wait_for_and_timeout(call):
    async def body():
        check(await asyncio.wait_for(call(), 60))
        async with asyncio.timeout(60):
            check(await call())

    run(body)


def test_as_completed_and_shield(call):
    async def body():
        for done in asyncio.as_completed([call(), call()]):
            check(await done)
        check(await asyncio.shield(call()))

    run(body)


def test_asyncio_run_takes_it_inside_a_coroutine(call):
    async def body():
        return await call()

    check(asyncio.run(body()))


def test_it_is_a_coroutine_to_everyone(any_env):
    result = any_env.tokenizer.tokenize("Hello world")
    assert isinstance(result, collections.abc.Coroutine) and isinstance(result, collections.abc.Awaitable)
    assert inspect.isawaitable(result) and asyncio.iscoroutine(result)
    with pytest.raises(StopIteration) as stopped:
        result.send(None)
    assert stopped.value.value is result
    with pytest.raises(KeyError):
        result.throw(KeyError("thrown"))
    assert result.close() is None


def step_by_hand(result, way):
    """The StopIteration that ends the await of `result`, kept with its traceback."""
    try:
        result.send(None) if way == "send" else next(result)
    except StopIteration as stop:
        return stop
    raise AssertionError("a finished call has nothing to wait for")


@pytest.mark.parametrize("way", ["send", "next"])
def test_steps_by_hand_never_share_an_exception(any_env, way):
    """The interpreter may get one exception again and again, but what Python code holds stays as it was."""

    async def body():
        held = []
        for text in ("Hello world", "Hello", " Paris"):
            stop = step_by_hand(any_env.tokenizer.tokenize(text), way)
            awaited = await any_env.tokenizer.tokenize(text)
            assert stop.value["ids"] == awaited["ids"] and stop.__traceback__ is not None
            held.append((stop, list(awaited["ids"])))
        assert [list(stop.value["ids"]) for stop, _ in held] == [ids for _, ids in held]
        assert len({id(stop) for stop, _ in held}) == len(held)

    run(body)


def test_a_raised_stop_reaches_an_iterator_of_ones_own(any_env):
    """The value survives even where nobody but the exception holds it."""

    class Wrapped:
        def __await__(self):
            return self

        def __iter__(self):
            return self

        def __next__(self):
            return next(any_env.tokenizer.tokenize("Hello world"))

    async def body():
        for _ in range(3):
            check(await Wrapped())

    run(body)


@pytest.mark.parametrize("mode", ["research", "production"])
def test_a_large_answer_is_not_held_back(env, mode):
    getattr(env, f"setup_{mode}_mode")()

    async def body():
        alone = object()
        answer = await env.model.forward([19556, 905])
        for _ in range(500):  # the thread that did the work lets go a moment after it has told us
            if sys.getrefcount(answer) == sys.getrefcount(alone):
                return
            await asyncio.sleep(0.01)
        raise AssertionError("somebody keeps the answer")

    run(body)


def test_await_twice_and_use_without_await(call):
    async def body():
        first = call()
        check(await first)
        check(await first)
        check(call())

    run(body)


def test_errors_are_kept_for_the_await(any_env):
    async def body():
        failed = any_env.tokenizer.tokenize(5)
        assert "failed: text is 5" in repr(failed)
        for _ in range(2):
            with pytest.raises(zest.ZestError, match="text is 5"):
                await failed
        with pytest.raises(zest.ZestError, match="text is 5"):
            failed["ids"]
        errors = await asyncio.gather(any_env.tokenizer.tokenize(5), any_env.model.forward([]), return_exceptions=True)
        assert all(isinstance(error, zest.ZestError) for error in errors)

    run(body)


def test_an_error_that_nobody_awaits_is_warned_about(any_env):
    with pytest.warns(RuntimeWarning, match="the call of tokenizer.tokenize failed and was never awaited: text is 5"):
        any_env.tokenizer.tokenize(5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        any_env.tokenizer.tokenize("fine")


def test_the_loop_runs_while_a_generation_does(any_env):
    async def body():
        ticks = 0
        task = asyncio.create_task(any_env.model.generate("Once upon a time", max_tokens=40, ignore_end=True))
        while not task.done():
            ticks += 1
            await asyncio.sleep(0.001)
        return ticks, len(task.result()["ids"])

    ticks, tokens = run(body)
    assert tokens == 40 and ticks > 5


def test_many_generations_run_in_one_batch(any_env):
    async def body():
        prompts = [f"The number {i} is" for i in range(12)]
        alone = [await any_env.model.generate(prompt, max_tokens=4) for prompt in prompts]
        together = await asyncio.gather(*(any_env.model.generate(prompt, max_tokens=4) for prompt in prompts))
        return [answer["ids"] for answer in alone], [answer["ids"] for answer in together]

    alone, together = run(body)
    assert alone == together


def test_cancel_ends_the_generation(any_env):
    async def body():
        task = asyncio.create_task(any_env.model.generate("Once upon a time", max_tokens=4000, ignore_end=True))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(any_env.model.generate("Once upon a time", max_tokens=4000, ignore_end=True), 0.1)
        return await until_idle(any_env)

    assert run(body)


async def until_idle(env):
    for _ in range(400):
        if env.sync.model.get_engine_stats()["running"] == 0:
            return True
        await asyncio.sleep(0.02)
    return False


def test_the_same_pending_call_is_awaited_once_at_a_time(any_env):
    async def body():
        pending = any_env.model.generate("Once upon a time", max_tokens=20, ignore_end=True)
        task = asyncio.create_task(pending)
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="being awaited already"):
            await pending
        return await task

    assert len(run(body)["ids"]) == 20


def test_large_texts_leave_the_thread(any_env):
    async def body():
        text = "word " * 20000
        call = any_env.tokenizer.tokenize(text)
        assert "not awaited yet" in repr(call) or call["ids"]
        return await call

    assert len(run(body)) >= 20000


def test_threads(any_env):
    wanted = any_env.sync.tokenizer.tokenize("The quick brown fox").to_dict()
    failures = []

    def work():
        for _ in range(300):
            found = any_env.sync.tokenizer.tokenize("The quick brown fox").to_dict()
            if found.get("data", found) != wanted.get("data", wanted):
                failures.append(found)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_loops_in_threads(any_env):
    def work():
        async def body():
            return await any_env.model.generate("Hi", max_tokens=2)

        answers.append(asyncio.run(body())["ids"])

    answers = []
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4 and all(answer == answers[0] for answer in answers)


def test_a_sync_generation_lets_other_threads_run(any_env):
    ticks, ended = [], threading.Event()

    def count():
        while not ended.is_set():
            ticks.append(1)
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    any_env.sync.model.generate("Once upon a time", max_tokens=30, ignore_end=True)
    ended.set()
    thread.join()
    assert len(ticks) > 3


def test_debug_mode(any_env):
    async def body():
        check(await any_env.tokenizer.tokenize("Hello world"))
        check(await asyncio.create_task(any_env.model.generate("The capital of France is", max_tokens=3)))

    asyncio.run(body(), debug=True)
