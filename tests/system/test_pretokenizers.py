# SPDX-License-Identifier: Apache-2.0
"""Pre-tokenizers against the reference: its recorded pieces of every component, and the package `tokenizers` on random strings.

The pieces' texts must be equal and, against the package, where they come from. Patterns are those of known models and
of what a pattern may hold besides.
"""
from __future__ import annotations

import gzip
import json
import os
import pathlib
import random
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
import tokenizer_texts  # noqa: E402

PROGRAM = pathlib.Path(os.environ.get("ZEST_BINARY", ROOT / "build" / "zest")).parent / "tests" / "pretokenize_lines"
RECORDED = pathlib.Path(os.environ.get("ZEST_REFERENCE", ROOT.parent / "shared/reference")) / "tok" / "components.jsonl.gz"
SHORT, LONG = 300, 10_000  # strings a component

BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
# One for each thing that a pattern may hold; what the reference takes, zest takes and finds the same.
PATTERNS = [
    r"\p{L}+|\P{L}", r"\p{^L}+", r"[\p{Lu}\p{Lt}]\p{Ll}*", r"\p{Greek}+|\p{Script_Extensions=Greek}|\p{Han}", r"\w+", r"\W+", r"\d+|\D", r"\h+|\H",
    r"\S+", r"[[:alpha:]]+|[[:^alnum:]]", r"[[:punct:]]+", r"\p{Punct}+", r"[[:word:][:space:]]+", r"[[:cntrl:][:graph:]&&[^a-f]]+", r"[[:print:]]",
    r"(?i:strasse|ss|ffi|ff|st|ŉ)", r"(?i:ß|ﬃ|ǰ|ΐ)", r"(?i)[ßa-f]+", r"(?i:[^a-kß])+", r"(?i:k|å|ſ|σ|µ)", r"(?i:[k-t])+", r"(?<=(?i:ß))s", r"(?i:'[stmd]|'(?:ll|ve|re))",
    r"[a-z&&[^aeiou]]+", r"[^\s&&[^\n]]+", r"[a-c[x-z]1-3]+", r"[\p{L}&&[^\p{Han}]&&[^\p{Hiragana}]]+", r"[]a]+", r"[^]a]+", r"[a\-z]+", r"[a-]+", r"[-a]+", r"[\w.-]+", r"[\W]+", r"[\p{Word}\p{W_ord}a]", r"[^[:^word:]]+", r"\p{Word}+|\p{^word}",
    r"[!--]+", r"[a-c-e]+", r"[\[\]&]+", r"[&a]+",
    r"a++|b?+|c*+", r"\p{N}{1,3}+", r"\p{N}{2}+", r"\p{L}{2}?x", r"\p{L}{,3}", r"\p{L}{2,}?", r"x{3,1}", r"a{,}", r"a{x", r"{a", r"(?:a+)?", r"(?:a?)+b", r"(?:a*?)*", r"(?:a??)+", r"(?:\d+){2,3}", r"(?:\d{2}){2}", r"a*{2}",
    r"^.", r".$", r"^\s*$", r"\A.", r".\z", r".\Z", r"\b\w", r"\B.", r"(?m:.+)", r".+", r"\R", r"\N+|\O", r"(?x: a b # c" + "\n" + r" | \d )", r"a(?#c)b", r"a(?i)b|c", r"(a(?i)b)|c",
    r"(?<=a)b", r"(?<!a)b", r"(?<=ab|c)d", r"(?=\d{3})", r"(?!\S)\s", r"(?>a+)a|b", r"(?<name>a)|(?'other'b)", r"(\d)(\d)", r"", r"a|", r"|a", r"(?:)*", r"x*", r"\b", r"(?=a)|b",
    r"\x41|\x{1F600}|\u00e9|\t|\n|\e|\o{101}|\060|\0", r"\x7f", r"\é", r"\.\*\'\"", r"]}", r"\Qa", r"é+|[à-ü]+", r"\p{Any}", r"\p{Emoji}+", r"\p{L}\p{M}*|\p{Nd}|\p{Sc}|\p{Zs}|\p{Cc}|\p{Cn}",
    r"\s+(?!\S)", r"\s+$", r"(?:\r\n|\r|\n)", r" ?[^(\s|[.,!?…。，、।۔،])]+", r"[一-龥ࠀ-一가-퟿]+", r"(?=(\d{3})+(?!\d))", r"\d{1,3}(?=(?:\d{3})*\b)", r"(?:'[sS])?",
    r"(?=(?:\d\d)*\b)", r"(?=\d+(?!\w))1|a", r"(?=(?:a{2}){2,}(?![ab]))", r"\d(?=(\d{2}){1,}?(?!\d|a))", r"(?=(?:\d{3})*\b)(?=(\d{2})+(?!\d)).",
]
BEHAVIORS = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]
METASPACES = [{"type": "Metaspace", "replacement": mark, "prepend_scheme": scheme, "split": split}
              for mark in ("▁", "_", " ") for scheme in ("always", "first", "never") for split in (True, False)]
PLAIN = [{"type": name} for name in ("BertPreTokenizer", "Whitespace", "WhitespaceSplit", "UnicodeScripts", "Punctuation", "FixedLength")]


def split(pattern: str, behavior: str = "Isolated", invert: bool = False, kind: str = "Regex") -> dict:
    return {"type": "Split", "pattern": {kind: pattern}, "behavior": behavior, "invert": invert}


def sequence(*members: dict) -> dict:
    return {"type": "Sequence", "pretokenizers": list(members)}


def components() -> list[dict]:
    """Every kind with every option, pre-tokenizers behind each other, and a Split for each pattern."""
    listed = [*METASPACES, *PLAIN]
    listed += [{"type": "ByteLevel", "add_prefix_space": space, "trim_offsets": True, "use_regex": regex} for space in (True, False) for regex in (True, False)]
    listed += [{"type": "Digits", "individual_digits": flag} for flag in (True, False)]
    listed += [{"type": "Punctuation", "behavior": behavior} for behavior in BEHAVIORS]
    listed += [{"type": "FixedLength", "length": length} for length in (1, 3)]
    listed += [{"type": "CharDelimiterSplit", "delimiter": delimiter} for delimiter in "-é a"]
    listed += [split(pattern, behavior, invert, kind) for behavior in BEHAVIORS for invert in (False, True)
               for kind, pattern in (("String", " "), ("String", ""), ("String", "'s"), ("Regex", r"\s+"), ("Regex", "x*"), ("Regex", r"(?=\d)|a"))]
    listed += [sequence({"type": "WhitespaceSplit"}, METASPACES[2]), sequence(split(" ", kind="String"), METASPACES[2], METASPACES[0]),
               sequence({"type": "Digits", "individual_digits": True}, METASPACES[3], {"type": "Punctuation"}), sequence(), sequence(sequence(PLAIN[1]), PLAIN[5]),
               sequence(listed[len(METASPACES) + len(PLAIN)], {"type": "Digits", "individual_digits": False}, split("[0-9][0-9][0-9]"))]
    listed += [split(pattern, *random.Random(index).choice([("Isolated", False), ("Removed", True), ("Contiguous", False), ("MergedWithPrevious", False)]))
               for index, pattern in enumerate(PATTERNS)]
    return listed


def recorded() -> list[tuple[dict, list[str], list]]:
    with gzip.open(RECORDED, "rt", encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    return [(line["component"], lines[1], line["out"]) for line in lines[2:] if line["kind"] == "pre"]


class Zest:
    """The program that cuts, one component at a time."""

    def __init__(self) -> None:
        self.process = subprocess.Popen([str(PROGRAM)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def ask(self, **request: object) -> object:
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def set(self, component: dict) -> None:
        assert self.ask(component=component) == {"ok": True}, component

    def pieces(self, text: str) -> list[tuple[str, tuple[int, int]]]:
        """Offsets as the package counts them: characters, a character that is cut counting whole."""
        encoded = text.encode()
        reply = self.ask(text=text)
        assert isinstance(reply, list), (reply, text[:80])
        starts = [len(encoded[:at].decode(errors="ignore")) for at in range(len(encoded) + 1)] if len(encoded) != len(text) else range(len(text) + 1)
        return [(piece, (starts[start], starts[end])) for piece, start, end in reply]

    def texts(self, text: str) -> list[str]:
        return [piece for piece, *_ in self.ask(text=text)]


@pytest.fixture
def zest():
    program = Zest()
    yield program
    program.process.stdin.close()
    program.process.wait()


class Strings:
    """Short strings of what pre-tokenizers see differently, from a seed."""

    def __init__(self, seed: int, letters: str = "") -> None:
        self.random = random.Random(seed)
        self.letters = letters
        self.pools = [*tokenizer_texts.ODD, tokenizer_texts.SPACES, list("aAsSkKbxXyZ'.,-_!/0123456789 \n\r\t"), list("ssSſßẞffiﬀﬃtſtK"), list(letters or "ab1 ")]

    def character(self) -> str:
        first, last = self.random.choice(tokenizer_texts.BLOCKS + tokenizer_texts.ADDED_SINCE_9)
        code = self.random.randint(first, last)
        return " " if 0xD800 <= code < 0xE000 else chr(code)

    def piece(self) -> str:
        if self.random.random() < 0.3:
            return self.character()
        text = self.random.choice(self.random.choice(self.pools))
        return text * self.random.choice([1, 1, 1, 1, 2, 3, 7])

    def next(self) -> str:
        return "".join(self.piece() for _ in range(self.random.choice([1, 2, 3, 5, 8, 13, 30])))


@pytest.mark.skipif(not RECORDED.is_file(), reason="the reference data is not there (ZEST_REFERENCE)")
def test_every_recorded_component(zest):
    compared = 0
    for component, texts, expected in recorded():
        zest.set(component)
        for text, pieces in zip(texts, expected):
            if pieces is not None:
                assert zest.texts(text) == pieces, (component, text)
                compared += 1
    assert compared > 2000


def reference_of(component: dict):
    """The package's pre-tokenizer, or None where it takes no such component."""
    tokenizers = pytest.importorskip("tokenizers")
    model = {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a"}
    whole = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None, "pre_tokenizer": component,
             "post_processor": None, "decoder": None, "model": model}
    try:
        return tokenizers.Tokenizer.from_str(json.dumps(whole)).pre_tokenizer
    except Exception:  # noqa: BLE001 - the package raises plain Exception
        return None


def differ(zest: Zest, component: dict, count: int, seed: int) -> int:
    reference = reference_of(component)
    reply = zest.ask(component=component)
    if reference is None:
        assert "error" in reply, f"the reference does not take {component}"
        return 0
    assert reply == {"ok": True}, component
    strings = Strings(seed, component.get("pattern", {}).get("Regex", "") if component["type"] == "Split" else "")
    for _ in range(count):
        text = strings.next()
        assert zest.pieces(text) == reference.pre_tokenize_str(text), (component, text)
    return count


def test_random_strings_against_the_package(zest):
    assert sum(differ(zest, component, SHORT, seed) for seed, component in enumerate(components())) > 100 * SHORT


@pytest.mark.skipif(not RECORDED.is_file(), reason="the reference data is not there (ZEST_REFERENCE)")
def test_random_strings_on_known_models(zest):
    assert sum(differ(zest, component, SHORT, seed) for seed, (component, *_) in enumerate(recorded())) > 30 * SHORT


@pytest.mark.long
def test_many_random_strings_against_the_package(zest):
    known = [component for component, *_ in recorded()] if RECORDED.is_file() else []
    for seed, component in enumerate([*known, *components()]):
        differ(zest, component, LONG, 1000 + seed)
