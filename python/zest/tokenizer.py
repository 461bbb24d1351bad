# SPDX-License-Identifier: Apache-2.0
"""A tokenizer alone: zest.Tokenizer works without a model, a server or an environment.

    tokenizer = zest.Tokenizer.from_file("tokenizer.json")
    encoding = tokenizer.encode("Hello world")
    encoding.ids, encoding.tokens, encoding.offsets
    ids, starts = tokenizer.encode_batch_flat(texts)        # two numpy arrays for all texts
    tokenizer.decode(encoding.ids)

It has the shape of Hugging Face's class of this name, so that it can take its place.
"""
from __future__ import annotations

import os
import pathlib

from . import _tokenizer
from ._tokenizer import Encoding

__all__ = ["Encoding", "Tokenizer"]


def cache_folder() -> str:
    """Where compiled tokenizers are kept: ZEST_MODELS, or as the XDG rules say."""
    models = os.environ.get("ZEST_MODELS")
    if models:
        return str(pathlib.Path(models) / "tokenizers")
    return str(pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "zest" / "tokenizers")


class _Held:
    """An array that keeps the owner of its memory alive."""

    def __init__(self, view, owner):
        self.__array_interface__ = view.__array_interface__
        self.owner = owner

    def array(self):
        import numpy

        return numpy.asarray(self)


class Tokenizer(_tokenizer.Tokenizer):
    """A tokenizer opened from a tokenizer.json, GGUF, SentencePiece or tiktoken file, or from a model's folder.

    It is immutable and may be used from any number of threads. The first load compiles the file and keeps the
    result in the cache folder; later loads map it, which takes a few milliseconds for any size.
    """

    def __new__(cls, path: str | os.PathLike, cache: str | None = None, cpu: str | None = None):
        self = super().__new__(cls, path, cache, cpu)
        self._opened = (os.path.abspath(os.fspath(path)), cache, cpu)
        return self

    def __reduce__(self):
        """Pickled as its path: whoever reads the pickle opens the file again, which the cache makes quick."""
        return type(self), self._opened

    def __copy__(self) -> Tokenizer:
        return self  # nothing about it changes

    def __deepcopy__(self, memo) -> Tokenizer:
        return self

    @classmethod
    def from_file(cls, path: str | os.PathLike, *, cache: str | os.PathLike | None | bool = True, cpu: str | None = None) -> Tokenizer:
        """Opens `path`. `cache`: a folder, True for the usual one, None or False for none. `cpu` forces a kind of
        instructions ("baseline", "avx2", "avx512"); ZEST_CPU does so for all."""
        folder = cache_folder() if cache is True else os.fspath(cache) if cache else None
        return cls(path, folder, cpu or os.environ.get("ZEST_CPU") or None)

    def encode_batch_flat(self, texts, add_special_tokens: bool = True, threads: int = 1, offsets: bool = False):
        """All texts at once, as numpy arrays: ids (uint32, one text after the other) and starts (uint64,
        len(texts) + 1): text i has ids[starts[i]:starts[i + 1]]. With `offsets` a third one (uint32, [ids, 2]): where
        each token lies in its text, in characters; nothing is truncated or padded then. Nothing is copied but starts."""
        import numpy

        rows = self._encode_rows(texts, add_special_tokens=add_special_tokens, threads=threads, offsets=offsets)
        starts = numpy.frombuffer(rows.starts, numpy.uint64)
        ids = numpy.frombuffer(rows, numpy.uint32) if starts[-1] else numpy.zeros(0, numpy.uint32)
        if not offsets:
            return ids, starts
        view = numpy.frombuffer(rows.offsets, numpy.uint32).reshape(-1, 2) if starts[-1] else numpy.zeros((0, 2), numpy.uint32)
        return ids, starts, _Held(view, rows).array()

    def __repr__(self) -> str:
        return f"<zest.Tokenizer of {self.get_vocab_size()} tokens>"
