# SPDX-License-Identifier: Apache-2.0
"""Tokenizers behind one small interface, each in the fastest correct way that its own documentation names.

An engine takes a list of documents, whatever it likes best made of them (`prepare`, not timed), and answers ids in the form that
costs it least, as long as they can be read: numpy arrays where it has them, else lists. `rows` makes comparable arrays of that
(not timed). An engine that can't load a tokenizer raises; the bench writes "refuses".
"""
from __future__ import annotations

import json
import os
import pathlib
import sys
import tempfile
from collections.abc import Iterable

import numpy as np

SEPARATOR = b"\x00\x1e\x00"  # in no text of ours


class Engine:
    """`plain`: the texts hold no added tokens, so an engine may leave out looking for them."""

    name = ""
    modules: tuple[str, ...] = ()  # imported before anything is timed
    threads_by_call = False        # `threads` may change between calls; else the environment alone says it

    def __init__(self, file: pathlib.Path, tokenizer: str, threads: int = 1, plain: bool = True):
        self.file, self.tokenizer, self.threads, self.plain = str(file), tokenizer, threads, plain
        self.load()

    def load(self) -> None:
        raise NotImplementedError

    def prepare(self, texts: list[str]):
        return texts

    def encode(self, texts):
        raise NotImplementedError

    def rows(self, result) -> Iterable[np.ndarray]:
        return (np.asarray(ids, dtype=np.uint32) for ids in result)

    def one(self, text: str):
        raise NotImplementedError

    def prepare_ids(self, rows: list[np.ndarray]) -> list:
        return [row.tolist() for row in rows]

    def decode(self, rows: list) -> list:
        raise NotImplementedError

    # Offsets in characters or bytes, whichever is cheaper; None where the engine has none.
    encode_with_offsets = None


class HuggingFace(Engine):
    """The reference, tokenizers 0.23.3. encode_batch_fast leaves out offsets."""

    name = "hf"
    modules = ("tokenizers",)

    def load(self) -> None:
        import tokenizers
        self.engine = tokenizers.Tokenizer.from_file(self.file)
        self.engine.no_padding()
        self.engine.no_truncation()

    def encode(self, texts):
        return [form.ids for form in self.engine.encode_batch_fast(texts, add_special_tokens=False)]

    def encode_with_offsets(self, texts):
        return [(form.ids, form.offsets) for form in self.engine.encode_batch(texts, add_special_tokens=False)]

    def one(self, text):
        return self.engine.encode(text, add_special_tokens=False).ids

    def decode(self, rows):
        return self.engine.decode_batch(rows, skip_special_tokens=False)


class HuggingFaceNext(Engine):
    """tokenizers 1.0.0rc3, whose encodings give numpy arrays."""

    name = "hf1"
    modules = ("tokenizers",)

    def load(self) -> None:
        import tokenizers
        self.engine = tokenizers.Tokenizer.from_file(self.file)
        self.engine.padding = self.engine.truncation = None

    def encode(self, texts):
        return [form.ids_array for form in self.engine.encode_batch(texts, add_special_tokens=False)]

    def one(self, text):
        return self.engine.encode(text, add_special_tokens=False).ids_array

    def prepare_ids(self, rows):
        return rows

    def decode(self, rows):
        decode = self.engine.decode
        return [decode(row, skip_special_tokens=False) for row in rows]


class Gigatoken(Engine):
    """encode_batch over str objects; parallel=False is its way without the pool of threads."""

    name = "gigatoken"
    modules = ("awkward", "gigatoken")  # awkward else at the first answer, which would look like a slow cold pass
    threads_by_call = True

    def load(self) -> None:
        import gigatoken
        self.engine = gigatoken.Tokenizer(self.file)

    def encode(self, texts):
        return self.engine.encode_batch(texts, parallel=self.threads > 1)

    def rows(self, result):
        import awkward
        return (awkward.to_numpy(row).astype(np.uint32) for row in result)

    def one(self, text):
        return self.engine.encode(text)

    def prepare_ids(self, rows):
        return rows

    def decode(self, rows):
        decode = self.engine.decode
        return [decode(row) for row in rows]


class GigatokenBuffer(Gigatoken):
    """The whole corpus as one buffer with a separator, as its own bench does; the split is its own work."""

    name = "gigatoken.buffer"

    def prepare(self, texts):
        import gigatoken
        return gigatoken.BytesSource(SEPARATOR.join(text.encode() for text in texts), separator=SEPARATOR)


class Fastokens(Engine):
    """encode_batch_flat makes no Python object for a token."""

    name = "fastokens"
    modules = ("fastokens",)

    def load(self) -> None:
        import fastokens
        self.engine = fastokens.Tokenizer.from_file(self.file)
        self.engine.no_padding()
        self.engine.no_truncation()

    def encode(self, texts):
        ids, ends = self.engine.encode_batch_flat(texts, add_special_tokens=False)
        return np.frombuffer(ids, np.uint32), np.frombuffer(ends, np.uint64)

    def rows(self, result):
        ids, ends = result
        return (ids[ends[i]:ends[i + 1]] for i in range(len(ends) - 1))

    def one(self, text):
        return self.engine.encode(text, add_special_tokens=False).ids

    def decode(self, rows):
        return self.engine.decode_batch(rows, skip_special_tokens=False)


class Tokie(Engine):
    name = "tokie"
    modules = ("tokie",)

    def load(self) -> None:
        import tokie
        self.engine = tokie.Tokenizer.from_json(self.file)
        self.engine.no_padding()
        self.engine.no_truncation()

    def encode(self, texts):
        return [form.ids for form in self.engine.encode_batch(texts, add_special_tokens=False)]

    def encode_with_offsets(self, texts):
        encode = self.engine.encode_with_offsets
        return [(form.ids, form.offsets) for form in (encode(text, add_special_tokens=False) for text in texts)]

    def one(self, text):
        return self.engine.encode(text, add_special_tokens=False).ids

    def decode(self, rows):
        decode = self.engine.decode_bytes
        return [decode(row) for row in rows]


class TokieFiles(Tokie):
    """encode_files: reading and splitting are its own, the answer is two numpy arrays."""

    name = "tokie.files"

    def prepare(self, texts):
        self.place = tempfile.NamedTemporaryFile(suffix=".txt")
        self.place.write(SEPARATOR.join(text.encode() for text in texts))
        self.place.flush()
        return [self.place.name]

    def encode(self, texts):
        return self.engine.encode_files(texts, SEPARATOR, add_special_tokens=False)

    rows = Fastokens.rows


class TokieMapped(Tokie):
    """Loaded from its own compiled form, .tkz; for the load time alone."""

    name = "tokie.tkz"

    def load(self) -> None:
        import tokie
        compiled = pathlib.Path(tempfile.gettempdir()) / f"zest-bench-{os.getuid()}-{self.tokenizer}.tkz"
        if not compiled.is_file():
            tokie.Tokenizer.from_json(self.file).save(str(compiled))
        self.engine = tokie.Tokenizer.from_file(str(compiled))


class Quicktok(Engine):
    """Its own encodings where it has them, else its importer, which checks itself against tokenizers."""

    name = "quicktok"
    modules = ("quicktok",)
    threads_by_call = True
    ENCODINGS = {"qwen3": "qwen3", "llama3": "llama3", "gpt4o": "o200k_base", "gptoss": "o200k_harmony"}

    def load(self) -> None:
        import quicktok
        name = self.ENCODINGS.get(self.tokenizer)
        if name is None:
            os.environ["QUICKTOK_DATA"] = tempfile.mkdtemp()
            name = "imported"
            quicktok.import_tokenizer(self.file, name)
        self.engine = quicktok.get_encoding(name)

    def encode(self, texts):
        return self.engine.encode_batch(texts, self.threads, not self.plain)

    rows = Fastokens.rows

    def one(self, text):
        return self.engine.encode_ordinary(text) if self.plain else self.engine.encode_with_special(text)

    def decode(self, rows):
        return self.engine.decode_batch(rows)


def byte_alphabet() -> dict[str, int]:
    """GPT-2's letters for bytes."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + i): byte for i, byte in enumerate(others)}


class Tiktoken(Engine):
    """Made from the tokenizer.json: one Split with a regex, no normalizer (without NFC it stays inexact where text is not NFC)."""

    name = "tiktoken"
    modules = ("tiktoken",)

    def load(self) -> None:
        import tiktoken
        with open(self.file, encoding="utf-8") as file:
            parsed = json.load(file)
        steps = (parsed["pre_tokenizer"] or {}).get("pretokenizers", [])
        patterns = [step["pattern"]["Regex"] for step in steps if step["type"] == "Split"]
        if parsed["model"]["type"] != "BPE" or len(patterns) != 1 or not any(step["type"] == "ByteLevel" for step in steps):
            raise ValueError("it is no byte-level BPE with one pattern")
        letters = byte_alphabet()
        special = {token["content"]: token["id"] for token in parsed["added_tokens"]}
        ranks = {bytes(letters[char] for char in token): rank for token, rank in parsed["model"]["vocab"].items() if token not in special}
        self.engine = tiktoken.Encoding(self.tokenizer, pat_str=patterns[0], mergeable_ranks=ranks, special_tokens=special)

    def encode(self, texts):
        if self.threads > 1:
            return self.engine.encode_batch(texts, num_threads=self.threads, allowed_special="all")
        if self.plain:
            return [self.engine.encode_ordinary(text) for text in texts]
        return [self.engine.encode(text, allowed_special="all") for text in texts]

    def one(self, text):
        return self.engine.encode_ordinary(text)

    def decode(self, rows):
        return [self.engine.decode_bytes(row) for row in rows]


class RsBpe(Engine):
    name = "rs_bpe"
    modules = ("rs_bpe.bpe",)

    def load(self) -> None:
        from rs_bpe.bpe import openai
        if self.tokenizer not in ("gpt4o", "gptoss"):
            raise ValueError("it has OpenAI's encodings alone")
        self.engine = openai.o200k_base()

    def encode(self, texts):
        encode = self.engine.encode
        return [encode(text) for text in texts]

    def one(self, text):
        return self.engine.encode(text)

    def decode(self, rows):
        decode = self.engine.decode
        return [decode(row) for row in rows]


class BlingFire(Engine):
    name = "blingfire"
    modules = ("blingfire",)

    def load(self) -> None:
        import blingfire
        if not self.tokenizer.startswith("minilm"):
            raise ValueError("it has BERT's vocabulary alone of these")
        self.module = blingfire
        self.engine = blingfire.load_model(os.path.join(os.path.dirname(blingfire.__file__), "bert_base_tok.bin"))

    def encode(self, texts):
        ids, engine = self.module.text_to_ids, self.engine
        return [ids(engine, text, len(text) + 8, 100, True) for text in texts]

    def one(self, text):
        return self.module.text_to_ids(self.engine, text, len(text) + 8, 100, True)

    def decode(self, rows):
        raise ValueError("not for this vocabulary")


class Zest(Engine):
    """zest.Tokenizer; one flat numpy array for a batch."""

    name = "zest"
    modules = ("zest",)
    threads_by_call = True

    def load(self) -> None:
        import zest
        self.engine = zest.Tokenizer.from_file(self.file)

    def encode(self, texts):
        return self.engine.encode_batch_flat(texts, add_special_tokens=False, threads=self.threads)

    rows = Fastokens.rows

    def encode_with_offsets(self, texts):
        return self.engine.encode_batch_flat(texts, add_special_tokens=False, threads=self.threads, offsets=True)

    def one(self, text):
        return self.engine.encode(text, add_special_tokens=False).ids

    def prepare_ids(self, rows):
        return rows

    def decode(self, rows):
        decode = self.engine.decode
        return [decode(row, skip_special_tokens=False) for row in rows]


ENGINES = {engine.name: engine for engine in (Zest, HuggingFace, HuggingFaceNext, Gigatoken, GigatokenBuffer, Fastokens, Tokie, TokieFiles, TokieMapped, Quicktok, Tiktoken,
                                              RsBpe, BlingFire)}
# What each needs; they can't all live in one environment, two of them are the same package.
PACKAGES = {
    "main": ["numpy==2.4.6", "tokenizers==0.23.3", "gigatoken==0.10.0", "awkward==2.14.0", "fastokens==0.3.5", "tokie==0.1.4", "quicktok-v1==0.4.0", "tiktoken==0.14.0",
             "rs-bpe==0.1.0", "blingfire==0.1.8"],
    "hf1": ["numpy==2.4.6", "tokenizers==1.0.0rc3"],
}


def environment_of(engine: str) -> str:
    """The name of the environment that an engine runs in; zest's own is the caller's."""
    return "zest" if engine == "zest" else "hf1" if engine == "hf1" else "main"


if __name__ == "__main__":
    sys.exit("these are the engines; bench/tokenizer_peers.py runs them")
