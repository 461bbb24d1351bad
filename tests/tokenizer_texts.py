# SPDX-License-Identifier: Apache-2.0
"""Strings that tokenizers get wrong, made from a seed: cut from real texts, put together from a tokenizer's own vocabulary and
added tokens, drawn from Unicode's blocks, and mixes of what is known to be odd.

`Texts(tokenizer, seed)` gives (kind, text) pairs for ever; the same seed and tokenizer give the same strings.
"""
from __future__ import annotations

import pathlib
import random
import sys
from collections.abc import Callable, Iterator

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "bench"))
import tokenizer_corpora  # noqa: E402
from tokenizer_corpora import ADDED_SINCE_9  # noqa: E402

# Blocks with letters, marks, digits or signs of every kind of script.
BLOCKS = [
    (0x20, 0x7E), (0x20, 0x7E), (0x80, 0xFF), (0x100, 0x24F), (0x250, 0x2AF), (0x2B0, 0x2FF), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x52F), (0x530, 0x58F),
    (0x591, 0x5F4), (0x600, 0x6FF), (0x700, 0x74F), (0x780, 0x7BF), (0x900, 0x97F), (0x980, 0x9FF), (0xA00, 0xAFF), (0xB00, 0xBFF), (0xC00, 0xCFF), (0xD00, 0xDFF),
    (0xE00, 0xEFF), (0xF00, 0xFFF), (0x1000, 0x109F), (0x10A0, 0x10FF), (0x1100, 0x11FF), (0x1200, 0x137F), (0x13A0, 0x13FF), (0x1780, 0x17FF), (0x1800, 0x18AF),
    (0x1AB0, 0x1AFF), (0x1D00, 0x1DFF), (0x1E00, 0x1EFF), (0x1F00, 0x1FFF), (0x2000, 0x206F), (0x2070, 0x209F), (0x20A0, 0x20CF), (0x20D0, 0x20FF), (0x2100, 0x214F),
    (0x2150, 0x218F), (0x2190, 0x23FF), (0x2460, 0x24FF), (0x2500, 0x26FF), (0x2C00, 0x2DFF), (0x2E00, 0x2FDF), (0x3000, 0x303F), (0x3040, 0x30FF), (0x3100, 0x33FF),
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0x4E00, 0x9FFF), (0xA000, 0xA4CF), (0xA640, 0xA6FF), (0xA720, 0xA7FF), (0xA8E0, 0xA8FF), (0xA960, 0xA97F), (0xAB30, 0xABBF),
    (0xAC00, 0xD7A3), (0xD7B0, 0xD7FF), (0xE000, 0xE0FF), (0xF900, 0xFAFF), (0xFB00, 0xFDFF), (0xFE00, 0xFE6F), (0xFE70, 0xFEFF), (0xFF00, 0xFFEF), (0xFFF0, 0xFFFF),
    (0x10000, 0x101FF), (0x10280, 0x103FF), (0x10400, 0x104AF), (0x10900, 0x10AFF), (0x11000, 0x114FF), (0x12000, 0x123FF), (0x13000, 0x1342F), (0x16F00, 0x16F9F),
    (0x1D100, 0x1D1FF), (0x1D400, 0x1D7FF), (0x1E800, 0x1E8DF), (0x1EE00, 0x1EEFF), (0x1F000, 0x1F2FF), (0x1F300, 0x1FAFF), (0x20000, 0x2A6DF), (0x2F800, 0x2FA1F),
    (0xE0000, 0xE007F), (0xE0100, 0xE01EF), (0xF0000, 0xF00FF), (0x10FFF0, 0x10FFFF),
]
SPACES = [" ", " ", " ", "  ", "   ", "\t", "\n", "\r", "\r\n", "\n\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x1f", "\x85", "\xa0", "\u1680", "\u2002", "\u2003", "\u2009", "\u200a",
          "\u2028", "\u2029", "\u202f", "\u205f", "\u3000", "\u180e", "\u200b", "\u2060", "\ufeff", " \n", "\n ", " \r\n ", "\t\t"]
MARKS = ["\u0300", "\u0301", "\u0308", "\u0323", "\u0327", "\u0331", "\u0345", "\u034f", "\u0483", "\u05b0", "\u064b", "\u0670", "\u093c", "\u094d", "\u09be", "\u0bbe", "\u0e31", "\u0e4e", "\u0f71",
         "\u0f72", "\u1037", "\u1dc4", "\u1df6", "\u20dd", "\u20e3", "\u302a", "\u3099", "\u309a", "\ufe0e", "\ufe0f", "\ufe20", "\U0001d165", "\U0001d16d", "\U000e0100", "\U00011d44", "\U0001e8d0"]
BASES = ["a", "e", "o", "A", "É", "é", "ñ", "ü", "ﬁ", "Å", "Ω", "Ά", "ΐ", "й", "ё", "か", "が", "ハ", "ㅏ", "한", "각", "ᄀ", "ᅡ", "ᆨ", "क", "ড", "क़", "ﷺ", "ﬃ", "①", "㍿", "㋿", "½", "Ⅷ", "ｱ", "ｶﾞ", "Ａ",
         "１", "豈", "丽", "𝒜", "𝟘", "ß", "ẞ", "ſ", "ẛ̣", "İ", "ı", "K", "Å", "ǆ", "ǅ", "Ǆ", "ﬀ", "ς", "Σ", "ΑΣ", "ŉ", "ǰ", "Ḍ̇", "q̣̇", "가", "힣", "中", "国", "。", "，", "「", "ー", "〜", "々", "〇"]
CONTRACTIONS = ["'s", "'S", "'t", "'T", "'re", "'RE", "'Re", "'ve", "'m", "'M", "'ll", "'LL", "'lL", "'d", "'D", "'ſ", "'K", "’s", "’t", "'\u0301s", "''", "'", "s'", "n't", "'x", "'sa", "'ta", "'lla", "'rea", "' s", "'ﬀ",
                "'lſ", "'ß", "'ÿ", "don't", "I'LL", "'TIS"]
EMOJI = ["👨‍👩‍👧‍👦", "👩🏽‍🚀", "🏳️‍🌈", "🇩🇪", "🇺🇳🇪", "👍🏿", "☺️", "☺", "1️⃣", "#️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🫱🏻‍🫲🏿", "🧑‍🧑‍🧒", "\u200d", "🏻", "🫩", "🫆", "⚧️", "❤️‍🔥", "🐦‍⬛", "🫪", "🛘"]
CONTROLS = [chr(code) for code in [*range(0, 0x20), *range(0x7F, 0xA0), 0xAD, 0x61C, 0x200C, 0x200D, 0x200E, 0x202A, 0x202E, 0x2066, 0xFFF9, 0xFFFC, 0xFFFD, 0xFFFE, 0xFFFF, 0x1FFFE, 0xE0001, 0x1D173]]
DIGITS = ["0", "1", "12", "123", "1234", "12345", "3.14", "1,000,000", "٣", "१२३", "߁", "๓", "²", "½", "Ⅷ", "①", "〇", "五", "𝟙", "🄀", "𞥐", "꤁", "１２３４", "0x1F", "1e-9", "00", "²³", "႑", "\U00016130", "\U00011de0"]
MARKUP = ["<", ">", "|", "<|", "|>", "</", "/>", "<s>", "</s>", "<unk>", "<pad>", "[CLS]", "[SEP]", "[MASK]", "[UNK]", "[PAD]", "##", "##ing", "<0x0A>", "<0x41>", "<0xFF>", "▁", "▁▁", "▁the", "Ġ", "Ġthe", "Ċ", "</w>",
          "<|endoftext|>", "<|im_start|>", "<bos>", "<eos>", "<start_of_turn>", "｜", "<｜", "｜>", "<｜begin▁of▁sentence｜>", "[INST]", "<think>", "</think>", "<tool_call>", "_", "__", "..", "...", "->", "!=", "::", "({", "});", "//", "/*", "\\n", "\\"]
RUN_LENGTHS = [2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 200, 255, 256, 257]
ODD = [SPACES, MARKS, BASES, CONTRACTIONS, EMOJI, CONTROLS, DIGITS, MARKUP]


def real_texts() -> list[str]:
    """The corpora that come from pinned packages; they are made where they are missing."""
    kinds = [kind for kind, (_, pinned) in tokenizer_corpora.KINDS.items() if pinned]
    failed = tokenizer_corpora.make(kinds)
    if failed:
        raise OSError(f"the texts {', '.join(failed)} could not be made (bench/tokenizer_corpora.py --tests says why)")
    return [tokenizer_corpora.path(kind).read_bytes().decode() for kind in kinds]


class Texts:
    """`tokenizer` is Hugging Face's: its vocabulary and added tokens give strings too."""

    def __init__(self, tokenizer, seed: int | str, real: list[str] | None = None):
        self.pick = random.Random(f"zest:{seed}")
        self.real = real if real is not None else real_texts()
        self.tokenizer = tokenizer
        self.size = tokenizer.get_vocab_size()
        self.added = [token.content for token in tokenizer.get_added_tokens_decoder().values()]
        self.kinds: list[tuple[str, float, Callable[[], str]]] = [
            ("real", 0.30, self.cut), ("spoiled", 0.15, self.spoiled), ("vocabulary", 0.12, self.vocabulary), ("odd", 0.14, self.odd),
            ("special", 0.10, self.special), ("unicode", 0.07, self.unicode), ("new", 0.04, self.new), ("run", 0.03, self.run), ("words", 0.05, self.words),
            ("giant", 0.004, self.giant)]

    def length(self, most: int) -> int:
        """Short ones mostly, long ones now and then."""
        return min(most, int(2 ** (self.pick.random() * self.pick.random() * 10)) + 1)

    def cut(self) -> str:
        text = self.pick.choice(self.real)
        start = self.pick.randrange(len(text))
        return text[start:start + self.length(1500)]

    def atom(self) -> str:
        choice = self.pick.random()
        if choice < 0.85:
            return self.pick.choice(self.pick.choice(ODD))
        if choice < 0.9 and self.added:
            return self.pick.choice(self.added)
        if choice < 0.95:
            return self.code_point(BLOCKS)
        return self.code_point(ADDED_SINCE_9)

    def code_point(self, blocks: list[tuple[int, int]]) -> str:
        return chr(self.pick.randint(*self.pick.choice(blocks)))

    def spoiled(self) -> str:
        """Real text with odd things put into it."""
        text = self.cut()
        for _ in range(self.pick.randint(1, 4)):
            at = self.pick.randrange(len(text) + 1)
            text = text[:at] + self.atom() * self.pick.choice((1, 1, 1, 2, 3)) + text[at + self.pick.choice((0, 0, 1, 2)):]
        return text

    def vocabulary(self) -> str:
        """Tokens in a row that seldom follow each other: all merges across their borders are tried."""
        ids = [self.pick.randrange(self.size) for _ in range(self.pick.randint(1, 12))]
        if self.pick.random() < 0.5:
            return "".join(self.decoded([id]) for id in ids)
        return self.decoded(ids)

    def decoded(self, ids: list[int]) -> str:
        """Some decoders panic at some tokens."""
        try:
            return self.tokenizer.decode(ids, skip_special_tokens=False)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            return "".join(self.tokenizer.id_to_token(id) or "" for id in ids)

    def odd(self) -> str:
        pool = self.pick.choice(ODD) if self.pick.random() < 0.3 else None
        return "".join(self.pick.choice(pool) if pool else self.atom() for _ in range(self.length(60)))

    def special(self) -> str:
        """Added tokens whole, cut short, doubled, and with blanks on either side."""
        parts = []
        for _ in range(self.pick.randint(1, 8)):
            token = self.pick.choice(self.added) if self.added else "<s>"
            choice = self.pick.random()
            if choice < 0.45:
                parts.append(token)
            elif choice < 0.6:
                parts.append(token[:self.pick.randint(0, len(token))])
            elif choice < 0.7:
                parts.append(token[self.pick.randint(0, len(token)):])
            elif choice < 0.75:
                parts.append(self.pick.choice((token.upper(), token.lower(), token.swapcase())))
            else:
                parts.append(self.pick.choice((self.atom(), self.pick.choice(SPACES), self.cut()[:20])))
        return "".join(parts)

    def unicode(self) -> str:
        block = [self.pick.choice(BLOCKS)] if self.pick.random() < 0.5 else BLOCKS
        return "".join(self.code_point(block) for _ in range(self.length(60)))

    def new(self) -> str:
        return "".join(self.code_point(ADDED_SINCE_9) if self.pick.random() < 0.6 else self.atom() for _ in range(self.length(30)))

    def run(self) -> str:
        """One thing many times, between others."""
        return self.pick.choice(("", "a", " ", self.atom())) + self.atom() * self.pick.choice(RUN_LENGTHS) + self.pick.choice(("", "a", " ", self.atom()))

    def words(self) -> str:
        """Letters at random: nothing is in the vocabulary as a whole."""
        alphabet = self.pick.choice(("abcdefghijklmnopqrstuvwxyz", "abcABC", "etaoin shrdlu", "абвгдежз", "0123456789", "äöüßéèñ", "的一是不了人我在有他这", "aa'sS tT", "_-.a1"))
        return "".join(self.pick.choice(alphabet) for _ in range(self.length(300)))

    def giant(self) -> str:
        """A word of thousands of characters: merged in pieces by whoever does not want to be slow."""
        size = self.pick.choice((300, 1000, 1000, 3000, 3000, 12000))
        choice = self.pick.randrange(5)
        if choice == 0:
            part = self.words()[:self.pick.randint(1, 6)] or "a"
            return (part * size)[:size]
        if choice == 1:
            return "".join(self.decoded([self.pick.randrange(self.size)]).strip() for _ in range(size // 6))
        if choice == 2:
            return "".join(self.pick.choice(self.real)[at:at + 40] for at in (self.pick.randrange(200_000) for _ in range(size // 40))).replace(" ", "").replace("\n", "")
        alphabet = self.pick.choice(("ab", "aA", "abcdefghijklmnopqrstuvwxyz", "e\u0301", "的一是不了人我在有他这为之大来以", "한국어", "0123456789", "👩\u200d👍", ".,!?", " \n", " ", "'s", "аеиос"))
        return "".join(self.pick.choice(alphabet) for _ in range(size))

    def texts(self, kinds: set[str] | None = None) -> Iterator[tuple[str, str]]:
        chosen = [item for item in self.kinds if not kinds or item[0] in kinds]
        weights = [weight for _, weight, _ in chosen]
        while True:
            for name, _, make in self.pick.choices(chosen, weights, k=256):
                yield name, scalar_values(make())

    def raw_bytes(self) -> bytes:
        """Text with broken UTF-8 in it: cut characters, stray bytes, overlong forms, surrogates."""
        data = bytearray(scalar_values(self.pick.choice((self.cut, self.odd))())[:200].encode())
        for _ in range(self.pick.randint(1, 4)):
            at = self.pick.randrange(len(data) + 1)
            bad = self.pick.choice((b"\x80", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf0\x9f", b"\xe4\xb8", b"\xf4\x90\x80\x80", b"\xc3", b"\xf0\x80\x80\x80", b"\xe0\x80", bytes([self.pick.randrange(256)])))
            data[at:at + self.pick.choice((0, 0, 1))] = bad
        return bytes(data)


def scalar_values(text: str) -> str:
    """Without surrogates, which no UTF-8 text can hold."""
    return text if not any(0xD800 <= ord(char) <= 0xDFFF for char in text) else "".join(char for char in text if not 0xD800 <= ord(char) <= 0xDFFF)
