# SPDX-License-Identifier: Apache-2.0
"""Arguments: what may be given for a field, and what is said where it may not."""
import array
import collections
import gc

import numpy
import pytest

import zest


@pytest.mark.parametrize("ids", [
    [19556, 905], (19556, 905), numpy.array([19556, 905], numpy.int32), numpy.array([19556, 905], numpy.int64),
    numpy.array([19556, 905], numpy.uint16), numpy.array([19556, 0, 905, 0], numpy.int32)[::2], array.array("i", [19556, 905]),
    array.array("q", [19556, 905]), memoryview(array.array("i", [19556, 905])), collections.deque([19556, 905]),
    [numpy.int64(19556), True + 904]])
def test_ids_in_any_shape(any_env, ids):
    assert any_env.sync.tokenizer.detokenize(ids)["text"] == "Hello world"


def test_a_range_and_a_generator(any_env):
    assert any_env.sync.tokenizer.detokenize(number for number in (19556, 905))["text"] == "Hello world"
    assert any_env.sync.tokenizer.detokenize(range(19556, 19557))["text"] == "Hello"


@pytest.mark.parametrize("request_object", [
    zest.MemoryAllocation(kv_cache_size=100 * 1024 * 1024, hierarchical_plan={"strategy": "lru_eviction"}),
    {"kv_cache_size": 100 * 1024 * 1024, "hierarchical_plan": {"strategy": "lru_eviction"}},
    zest.MemoryAllocation(100 * 1024 * 1024)])
def test_one_object_stands_for_all_arguments(any_env, request_object):
    answer = any_env.sync.memory.allocate_memory(request_object)
    assert answer["strategy"] == "lru" and 0 < answer["kv_cache_size"] <= 100 * 1024 * 1024


def test_a_dict_that_is_a_value_stays_one(any_env):
    config = {"batch_size": 1, "seq_len": 32, "repeat": 1}
    perf = any_env.sync.computation.benchmark_kernel("flash_attention", config)
    assert perf["config"]["seq_len"] == 32 and perf["median_seconds"] > 0


def test_defaults_and_none(any_env):
    tokenize = any_env.sync.tokenizer.tokenize
    assert tokenize("Hi", add_special=None) == tokenize("Hi") == tokenize("Hi", True) == tokenize(text="Hi")
    assert any_env.sync.tokenizer.render_chat([{"role": "user", "content": "Hi"}], tools=None)["text"]


def test_results_inside_json(any_env):
    message = {"role": "user", "content": "Hi"}
    plain = any_env.sync.tokenizer.render_chat([message])
    assert any_env.sync.tokenizer.render_chat([zest.Record(message)]) == plain


WRONG = [
    ("tokenizer", "tokenize", (), {}, "missing_field", TypeError, "text"),
    ("tokenizer", "tokenize", (5,), {}, "wrong_type", TypeError, "text"),
    ("tokenizer", "tokenize", (b"Hello",), {}, "wrong_type", TypeError, "text"),
    ("tokenizer", "tokenize", (None,), {}, "wrong_type", TypeError, "text"),
    ("tokenizer", "tokenize", ("\ud800",), {}, "invalid_utf8", UnicodeError, "text"),
    ("tokenizer", "tokenize", ("a", 1), {}, "wrong_type", TypeError, "add_special"),
    ("tokenizer", "tokenize", ("a",), {"ofsets": True}, "unknown_field", TypeError, "ofsets"),
    ("tokenizer", "tokenize", ("a",), {"text": "b"}, "invalid_argument", ValueError, "text"),
    ("tokenizer", "tokenize", tuple("abcdefg"), {}, "invalid_argument", ValueError, ""),
    ("tokenizer", "tokenize", ({"txt": "a"},), {}, "unknown_field", TypeError, ""),
    ("tokenizer", "tokenize", ({},), {}, "missing_field", TypeError, "text"),
    ("tokenizer", "detokenize", (5,), {}, "wrong_type", TypeError, "ids"),
    ("tokenizer", "detokenize", ("12",), {}, "wrong_type", TypeError, "ids"),
    ("tokenizer", "detokenize", ({1, 2},), {}, "wrong_type", TypeError, "ids"),
    ("tokenizer", "detokenize", ([1, "2"],), {}, "wrong_type", TypeError, "ids[1]"),
    ("tokenizer", "detokenize", ([1, 2.0],), {}, "wrong_type", TypeError, "ids[1]"),
    ("tokenizer", "detokenize", ([True],), {}, "wrong_type", TypeError, "ids[0]"),
    ("tokenizer", "detokenize", ([None],), {}, "wrong_type", TypeError, "ids[0]"),
    ("tokenizer", "detokenize", ([2**31],), {}, "out_of_range", ValueError, "ids[0]"),
    ("tokenizer", "detokenize", (numpy.array([2**40]),), {}, "out_of_range", ValueError, "ids[0]"),
    ("tokenizer", "detokenize", (numpy.array([[1, 2]], numpy.int32),), {}, "wrong_type", TypeError, "ids"),
    ("tokenizer", "detokenize", ([-1],), {}, "out_of_range", ValueError, "ids"),
    ("tokenizer", "decode_stream", ([1],), {"pending": "a"}, "wrong_type", TypeError, "pending"),
    ("tokenizer", "decode_stream", ([1],), {"pending": bytes(17)}, "too_large", ValueError, "pending"),
    ("tokenizer", "render_chat", ([{1: {2}}],), {}, "wrong_type", TypeError, "messages"),
    ("tokenizer", "render_chat", ([{"role": float("nan")}],), {}, "wrong_type", TypeError, "messages"),
    ("scheduler", "schedule_request", ("",), {}, "invalid_argument", ValueError, "request_id"),
    ("scheduler", "schedule_request", ("a" * 300,), {}, "too_large", ValueError, "request_id"),
    ("scheduler", "schedule_request", ("a", 1.5), {}, "out_of_range", ValueError, "priority"),
    ("scheduler", "schedule_request", ("a", float("nan")), {}, "out_of_range", ValueError, "priority"),
    ("scheduler", "schedule_request", ("a", "high"), {}, "wrong_type", TypeError, "priority"),
    ("scheduler", "set_policy", ("no such policy",), {}, "not_found", LookupError, None),
    ("memory", "allocate_memory", (0,), {}, "out_of_range", ValueError, "kv_cache_size"),
    ("memory", "allocate_memory", (2**70,), {}, "out_of_range", ValueError, "kv_cache_size"),
    ("memory", "allocate_memory", (10**8, "lru"), {}, "wrong_type", TypeError, "hierarchical_plan"),
    ("memory", "allocate_memory", (10**8, {"strat": "lru"}), {}, "unknown_field", TypeError, "hierarchical_plan"),
    ("memory", "allocate_memory", (10**8, {"strategy": 5}), {}, "wrong_type", TypeError, "hierarchical_plan.strategy"),
    ("memory", "commit_step", (1,), {"entries": [{"sequence_id": 1}]}, "missing_field", TypeError, "entries[0].token_count"),
    ("engine", "forward", ([],), {}, None, ValueError, None),
    ("engine", "forward", ([1],), {"positions": "first"}, "invalid_argument", ValueError, "positions"),
    ("engine", "generate", ("a",), {"max_tokens": -1}, "out_of_range", ValueError, "max_tokens"),
    ("engine", "generate", ("a",), {"seed": -1}, "out_of_range", ValueError, "seed"),
    ("engine", "generate", ("a",), {"stop": [5]}, "wrong_type", TypeError, "stop[0]"),
    ("engine", "generate", ("a",), {"temperature": 1e9}, "out_of_range", ValueError, "temperature"),
    ("computation", "benchmark_kernel", ("no such kernel",), {}, None, zest.ZestError, None),
]


@pytest.mark.parametrize("service, operation, args, keywords, code, python, param", WRONG)
def test_wrong_arguments(any_env, service, operation, args, keywords, code, python, param):
    with pytest.raises(zest.ZestError) as caught:
        getattr(getattr(any_env.sync, service), operation)(*args, **keywords)
    error = caught.value
    assert isinstance(error, python)
    assert code is None or error.code == code
    assert param is None or error.param == param
    assert error.message and len(error.message) < 512
    assert error.example.startswith("await env.") and operation in error.example and error.example in str(error)


def test_an_error_names_what_there_is(any_env):
    with pytest.raises(zest.ZestError, match="it takes text, add_special, encode_special_tokens, offsets, pieces"):
        any_env.sync.tokenizer.tokenize("a", ofsets=True)
    with pytest.raises(zest.ZestError, match='it must be "last" or "all"'):
        any_env.sync.model.forward([1], positions="first")


def test_an_exception_of_the_caller_goes_through(any_env):
    class Broken:
        def __index__(self):
            raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        any_env.sync.tokenizer.detokenize([Broken()])


def test_a_list_that_changes_while_it_is_read(any_env):
    ids = []

    class Shrinking:
        def __index__(self):
            ids.clear()
            gc.collect()
            return 1

    ids += [Shrinking(), 2, 3]
    with pytest.raises(zest.ZestError, match="changed its length"):
        any_env.sync.tokenizer.detokenize(ids)


def test_unknown_options_and_models(tmp_path):
    with pytest.raises(zest.ZestError, match="Environment has no option 'thread'"):
        zest.Environment(model="x", thread=1)
    with pytest.raises(zest.ZestError) as caught:
        zest.Environment(model=tmp_path / "none.gguf", progress=False)
    assert "none.gguf" in caught.value.message
    damaged = tmp_path / "damaged.gguf"
    damaged.write_bytes(b"GGUF" + bytes(50))
    with pytest.raises(zest.ZestError):
        zest.Environment(model=damaged, progress=False)


def test_no_default_model(tmp_path, monkeypatch):
    monkeypatch.setenv("ZEST_MODELS", str(tmp_path))
    with pytest.raises(zest.ZestError, match=r"\./run fetches it.*model=PATH") as caught:
        zest.Environment()
    assert caught.value.code == "not_found" and str(tmp_path) in caught.value.message
