# SPDX-License-Identifier: Apache-2.0
"""Results: fields, sequences, buffers, comparison, text; envelopes stand for their data in all of it."""
import asyncio
import copy
import inspect
import json

import numpy
import pytest

import zest


@pytest.fixture
def tokens(any_env):
    return any_env.sync.tokenizer.tokenize("Hello world")


def test_fields(tokens):
    assert tokens["ids"] == tokens.ids == [19556, 905]
    assert tokens.get("ids") == [19556, 905] and tokens.get("nothing", 7) == 7
    assert tokens.to_dict()
    with pytest.raises(KeyError, match="tokenizer.tokenize has no field 'nothing'"):
        tokens["nothing"]
    with pytest.raises(AttributeError):
        tokens.nothing


def test_mapping(env):
    env.setup_production_mode()
    tokens = env.sync.tokenizer.tokenize("Hello world")
    assert tokens.keys() == ["ids", "offsets", "pieces"]
    assert dict(tokens) == {"ids": [19556, 905], "offsets": [], "pieces": []}
    assert tokens == dict(tokens) and tokens.items()[0] == ("ids", [19556, 905])


def test_sequence(tokens):
    assert len(tokens) == 2 and list(tokens) == [19556, 905] and tokens[0] == 19556 and tokens[-1] == 905 and tokens[:1] == [19556]
    assert 905 in tokens and 7 not in tokens and "ids" in tokens
    first, second = tokens
    assert (first, second) == (19556, 905)
    with pytest.raises(IndexError):
        tokens[2]


def test_equality(any_env, tokens):
    assert tokens == any_env.sync.tokenizer.tokenize("Hello world") and tokens == [19556, 905] and tokens != [1]
    assert not tokens == "Hello world"
    with pytest.raises(TypeError):
        tokens < [1]


def test_a_result_without_main_field(any_env):
    info = any_env.sync.model.get_model_info()
    assert info["vocab_size"] == info.vocab_size == 49152
    assert "vocab_size" in info and "vocab_size" in list(info) and len(info) == len(list(info))
    with pytest.raises(TypeError, match="no field that stands for the whole"):
        info[0]


def test_a_text_is_its_own_str(any_env):
    assert str(any_env.sync.tokenizer.detokenize([19556, 905])) == "Hello world"


def test_repr(env):
    env.setup_production_mode()
    assert repr(env.sync.tokenizer.tokenize("Hello world")) == "Result(ids=[19556, 905])"
    many = repr(env.sync.tokenizer.tokenize("word " * 100))
    assert "more]" in many and len(many) < 400
    env.setup_research_mode()
    text = repr(env.sync.tokenizer.tokenize("Hello world"))
    assert text.startswith("{'data': {'ids': [19556, 905]") and "'mode': 'research'" in text


def test_nested_objects_are_records(any_env):
    answer = any_env.sync.tokenizer.tokenize("Hi there", offsets=True, pieces=True)
    assert answer["offsets"][0] == {"start": 0, "end": 2} and answer["offsets"][0].end == 2
    assert "".join(answer["pieces"]) == "Hi there"
    with pytest.raises(AttributeError, match="there are start, end"):
        answer["offsets"][0].middle
    assert json.dumps(answer["offsets"][0]) == '{"start": 0, "end": 2}'


def test_ids_as_numpy_without_a_copy(tokens):
    ids = numpy.asarray(tokens)
    assert ids.dtype == numpy.int32 and ids.tolist() == [19556, 905]
    assert numpy.shares_memory(ids, numpy.asarray(tokens))
    del tokens
    assert ids.tolist() == [19556, 905]


def test_logits(any_env):
    last = any_env.sync.model.forward([19556, 905])["logits"]
    everything = any_env.sync.model.forward([19556, 905], positions="all")
    assert isinstance(last, numpy.ndarray) and last.dtype == numpy.float32 and last.shape == (1, 49152)
    assert everything["logits"].shape == (2, 49152) and len(everything) == 2
    assert (everything["logits"][1] == last[0]).all()
    assert numpy.shares_memory(everything["logits"], everything["logits"])
    assert numpy.from_dlpack(last).shape == (1, 49152)


def test_logits_outlive_their_result(any_env):
    logits = any_env.sync.model.forward([19556, 905])["logits"]
    before = logits.copy()
    for _ in range(3):
        any_env.sync.model.forward([1, 2, 3])
    assert (logits == before).all()


def test_main_fields_pass_from_call_to_call(any_env):
    tokens = any_env.sync.tokenizer.tokenize("Hello world")
    text = any_env.sync.tokenizer.detokenize(tokens)
    assert any_env.sync.tokenizer.tokenize(text) == tokens
    assert any_env.sync.model.generate(tokens, max_tokens=2)["prompt_ids"] == [19556, 905]


def test_kernels_iterate_as_names(any_env):
    kernels = any_env.sync.computation.get_available_kernels()
    assert all(isinstance(kernel, str) for kernel in kernels) and "flash_attention" in kernels


def test_awaiting_gives_the_same_object(any_env):
    async def body():
        call = any_env.tokenizer.tokenize("Hello world")
        assert call.ids == [19556, 905]
        return call is await call and call is await call

    assert asyncio.run(body())


def test_help(any_env):
    tokenize = type(any_env.tokenizer).tokenize
    assert str(inspect.signature(any_env.tokenizer.tokenize)).startswith("(text, add_special=True")
    assert tokenize.__name__ == "tokenize" and tokenize.__qualname__.endswith("Tokenizer.tokenize")
    assert "Turns text into token ids" in tokenize.__doc__ and "await env.tokenizer.tokenize('Hello world')" in tokenize.__doc__
    bound = any_env.sync.tokenizer.tokenize
    assert bound("Hello world") == [19556, 905] and callable(copy.copy(bound))


def test_results_are_not_made_by_hand():
    with pytest.raises(TypeError):
        zest.Result()
    with pytest.raises(TypeError):
        zest.Envelope()
