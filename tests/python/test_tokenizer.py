# SPDX-License-Identifier: Apache-2.0
"""zest.Tokenizer alone: what Hugging Face's class of this name answers, without copies, from many threads, and nothing left behind."""
import copy
import gc
import json
import os
import pathlib
import pickle
import re
import sys
import threading

import numpy
import pytest

import zest

tokenizers = pytest.importorskip("tokenizers")

WORDS = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "hello", "world", "##ly", "the", "dog", "##s", "!", "é", "你", "<x>"]


def added(content, **more):
    flags = {"special": True, "normalized": False, "lstrip": False, "rstrip": False, "single_word": False, **more}
    return {"id": WORDS.index(content), "content": content, **flags}


BERT = {
    "version": "1.0", "truncation": None, "padding": None,
    "added_tokens": [added("[CLS]"), added("[SEP]"), added("[PAD]"), added("<x>", special=False)],
    "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": False, "lowercase": True},
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 2], "cls": ["[CLS]", 1]},
    "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
              "vocab": {word: number for number, word in enumerate(WORDS)}},
}
TEXTS = ["Hello worldly dogs!", "", "the é 你 dog", "<x>hello<x>", "nothing known here", "  spaces  ", "Hello" * 40, "[CLS] the dog [SEP]"]


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    path.write_text(json.dumps(BERT))
    return path


@pytest.fixture(scope="module")
def ours(file):
    return zest.Tokenizer.from_file(file, cache=None)


@pytest.fixture(scope="module")
def theirs(file):
    return tokenizers.Tokenizer.from_file(str(file))


def everything(encoding):
    return {name: list(getattr(encoding, name)) for name in ("ids", "type_ids", "tokens", "offsets", "word_ids", "special_tokens_mask", "attention_mask")}


# ---- the same answers ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("special", [True, False])
@pytest.mark.parametrize("text", TEXTS)
def test_one_text(ours, theirs, text, special):
    assert everything(ours.encode(text, add_special_tokens=special)) == everything(theirs.encode(text, add_special_tokens=special))


@pytest.mark.parametrize("special", [True, False])
@pytest.mark.parametrize("text, pair", [("hello", "world"), ("", "the dog"), ("the dog", ""), ("<x> é", "dogs!")])
def test_pairs(ours, theirs, text, pair, special):
    assert everything(ours.encode(text, pair, add_special_tokens=special)) == everything(theirs.encode(text, pair, add_special_tokens=special))


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_batches(ours, theirs, threads):
    texts = TEXTS * 40
    mine = ours.encode_batch(texts, threads=threads)
    assert [everything(encoding) for encoding in mine] == [everything(encoding) for encoding in theirs.encode_batch(texts)]
    assert ours.encode_batch([]) == []
    assert [list(encoding.ids) for encoding in ours.encode_batch(tuple(TEXTS), add_special_tokens=False)] == \
        [encoding.ids for encoding in theirs.encode_batch(TEXTS, add_special_tokens=False)]


@pytest.mark.parametrize("skip", [True, False])
def test_decoding(ours, theirs, skip):
    rows = [theirs.encode(text).ids for text in TEXTS] + [[], [4, 9, 10], [13, 0, 6]]
    assert [ours.decode(ids, skip_special_tokens=skip) for ids in rows] == [theirs.decode(ids, skip_special_tokens=skip) for ids in rows]
    assert ours.decode_batch(rows, skip_special_tokens=skip) == theirs.decode_batch(rows, skip_special_tokens=skip)
    assert ours.decode([4, 999999, 5]) == theirs.decode([4, 999999, 5])


def test_the_vocabulary(ours, theirs):
    assert ours.get_vocab_size() == theirs.get_vocab_size() == len(WORDS)
    for token in [*WORDS, "nothing", ""]:
        assert ours.token_to_id(token) == theirs.token_to_id(token)
    for number in [*range(len(WORDS)), 999]:
        assert ours.id_to_token(number) == theirs.id_to_token(number)


# ---- arrays ----------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("threads", [1, 3])
def test_flat_batches(ours, theirs, threads):
    texts = TEXTS * 30
    ids, starts = ours.encode_batch_flat(texts, threads=threads)
    assert (ids.dtype, starts.dtype, len(starts)) == (numpy.uint32, numpy.uint64, len(texts) + 1)
    assert [ids[starts[i]:starts[i + 1]].tolist() for i in range(len(texts))] == [encoding.ids for encoding in theirs.encode_batch(texts)]


def test_flat_batches_are_not_copied(ours):
    ids, _ = ours.encode_batch_flat(["the dog"] * 1000)
    owner = ids.base
    while isinstance(getattr(owner, "base", None), numpy.ndarray):
        owner = owner.base
    assert not ids.flags.owndata and owner is not None
    again = ours.encode_batch_flat(["hello"] * 1000)[0]
    del ours, owner
    gc.collect()
    assert ids[:4].tolist() == [1, 7, 8, 2] and again[:3].tolist() == [1, 4, 2]  # each lives as long as it is looked at


def test_an_encoding_is_an_array_without_a_copy(ours):
    encoding = ours.encode("the dog")
    first, second = numpy.asarray(encoding), numpy.asarray(encoding)
    assert first.dtype == numpy.uint32 and first.tolist() == encoding.ids
    assert first.__array_interface__["data"][0] == second.__array_interface__["data"][0]
    assert ours.decode(first) == ours.decode(encoding) == ours.decode(encoding.ids)


def test_empty_batches_are_empty_arrays(ours):
    ids, starts = ours.encode_batch_flat([])
    assert len(ids) == 0 and starts.tolist() == [0]
    ids, starts = ours.encode_batch_flat(["", ""], add_special_tokens=False)
    assert len(ids) == 0 and starts.tolist() == [0, 0, 0]


# ---- wrong use -------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("call, error", [
    (lambda t: t.encode(5), TypeError),
    (lambda t: t.encode(b"bytes"), TypeError),
    (lambda t: t.encode("a", 5), TypeError),
    (lambda t: t.encode(), TypeError),
    (lambda t: t.encode_batch("one text"), TypeError),
    (lambda t: t.encode_batch(["a", 5]), TypeError),
    (lambda t: t.encode_batch_flat(5), TypeError),
    (lambda t: t.encode("\ud800"), UnicodeEncodeError),
    (lambda t: t.decode(5), TypeError),
    (lambda t: t.decode(["a"]), TypeError),
    (lambda t: t.decode([-1]), OverflowError),
    (lambda t: t.decode(numpy.zeros(3, numpy.float64)), TypeError),
    (lambda t: t.decode_batch([5]), TypeError),
    (lambda t: t.token_to_id(5), TypeError),
    (lambda t: zest.Tokenizer(), TypeError),
    (lambda t: zest.Tokenizer.__new__(zest.Tokenizer), TypeError),
    (lambda t: type(t.encode("a"))(), TypeError),
])
def test_wrong_calls_are_errors(ours, call, error):
    with pytest.raises(error):
        call(ours)
    assert ours.encode("the dog").ids == [1, 7, 8, 2]


def test_files_that_are_none_are_named(tmp_path):
    with pytest.raises(zest.ZestError, match="nowhere"):
        zest.Tokenizer.from_file(tmp_path / "nowhere.json")
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps({**BERT, "normalizer": {"type": "Unheard"}}))
    with pytest.raises(zest.ZestError, match="Unheard"):
        zest.Tokenizer.from_file(bad, cache=None)


def blocks_of(kind):
    """The code of docs/tokenizer.md."""
    text = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "tokenizer.md").read_text("utf-8")
    return re.findall(rf"```{kind}\n(.*?)```", text, re.S)


@pytest.mark.parametrize("number", range(3))
def test_the_examples_of_the_documentation_run(file, tmp_path, monkeypatch, request, number):
    code = blocks_of("python")
    assert len(code) == 3
    if "Environment" in code[number]:
        request.getfixturevalue("shared_env")  # skips without the default model
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", os.environ.get("XDG_CACHE_HOME") or str(pathlib.Path.home() / ".cache"))
    (tmp_path / "tokenizer.json").write_bytes(file.read_bytes())
    exec(compile(code[number], "docs/tokenizer.md", "exec"), {})


# ---- life ------------------------------------------------------------------------------------------------------------------

def test_pickled_as_its_path(ours, file):
    again = pickle.loads(pickle.dumps(ours))
    assert type(again) is zest.Tokenizer and again.encode(TEXTS[0]).ids == ours.encode(TEXTS[0]).ids
    assert copy.copy(ours) is ours and copy.deepcopy({"tokenizer": ours})["tokenizer"] is ours
    relative = os.path.relpath(file)
    assert pickle.dumps(zest.Tokenizer.from_file(relative, cache=None)) == pickle.dumps(ours)
    with pytest.raises(TypeError):
        pickle.dumps(ours.encode("the dog"))


def test_the_cache_holds_a_compiled_form(file, tmp_path):
    for _ in range(2):  # made, then mapped
        assert zest.Tokenizer.from_file(file, cache=tmp_path).encode("the dog").ids == [1, 7, 8, 2]
    kept = list(tmp_path.glob("*.zest-tokenizer"))
    assert len(kept) == 1
    kept[0].write_bytes(kept[0].read_bytes()[:-100])  # a damaged one is made again
    assert zest.Tokenizer.from_file(file, cache=tmp_path).encode("the dog").ids == [1, 7, 8, 2]


def test_many_threads_share_one(ours):
    expected = [ours.encode(text).ids for text in TEXTS]
    wrong = []

    def work():
        for _ in range(60):
            flat, starts = ours.encode_batch_flat(TEXTS, threads=2)
            if [ours.encode(text).ids for text in TEXTS] != expected or flat.tolist() != sum(expected, []) or len(starts) != len(TEXTS) + 1:
                wrong.append("ids")
            if ours.decode(expected[0]) != "hello worldly dogs!":
                wrong.append("text")

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong


def fail(tokenizer):
    for call in (lambda: tokenizer.encode_batch(["a", 5]), lambda: tokenizer.decode(["a"]), lambda: tokenizer.encode("a", 5)):
        with pytest.raises(TypeError):
            call()


@pytest.mark.parametrize("way", [
    lambda t: everything(t.encode("the dogs <x>")),
    lambda t: t.encode("the", "dog").type_ids,
    lambda t: [everything(encoding) for encoding in t.encode_batch(TEXTS)],
    lambda t: t.encode_batch_flat(TEXTS),
    lambda t: numpy.asarray(t.encode("the dog")).sum(),
    lambda t: t.decode_batch([[4, 5], [6]]),
    lambda t: (t.token_to_id("dog"), t.id_to_token(3)),
    fail,
])
def test_nothing_stays_behind(ours, way):
    growths = []
    for _ in range(4):
        before = sys.getallocatedblocks(), len(gc.get_objects())
        for _ in range(200):
            way(ours)
        gc.collect()
        growths.append([now - then for now, then in zip((sys.getallocatedblocks(), len(gc.get_objects())), before)])
    blocks, objects = map(min, zip(*growths))
    assert blocks < 160 and objects < 160  # one a call would be 200


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_opened_and_dropped_tokenizers_leave_no_memory(file):
    for _ in range(20):
        zest.Tokenizer.from_file(file, cache=None).encode("the dog")
    before = resident()
    for _ in range(200):
        zest.Tokenizer.from_file(file, cache=None).encode("the dog")
    assert resident() - before < 200 * 16384  # a tokenizer's tables alone are larger
