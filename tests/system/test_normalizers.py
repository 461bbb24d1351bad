# SPDX-License-Identifier: Apache-2.0
"""Normalizers and character data against the reference: its golden tables and cases, and the `tokenizers` package itself,
texts and origins, on every code point and on random strings. build/tests/normalize_lines runs ours."""
import base64
import gzip
import json
import os
import pathlib
import random
import struct
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = pathlib.Path(os.environ.get("ZEST_REFERENCE") or ROOT.parent / "shared" / "reference") / "tok"

# What the names of the golden tables are here.
SETS = {"onig": {"\\s": "White_Space", "\\w": "Word", "\\d": "Digit", "[[:punct:]]": "PosixPunct"},
        "rust_is_whitespace": "White_Space", "rust_is_numeric": "Numeric17", "regexcrate_\\w": "RustWord",
        "regexcrate_\\s": "White_Space", "unicode_categories_punct(Punctuation)": "Punctuation8",
        "bert_removed_by_clean_text": "BertControl8", "bert_space_by_clean_text": "BertSpace8",
        "bert_mark_nonspacing_removed": "BertMark8", "strip_accents_removed": "Mark9", "strip_whitespace": "White_Space",
        "bert_cjk": "BertCjk"}
PLAIN = ["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Nmt", "ByteLevel"]


class Ours:
    """The test program: a line of JSON in, one out."""

    def __init__(self):
        self.process = subprocess.Popen([str(ROOT / "build" / "tests" / "normalize_lines")], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request, ensure_ascii=False) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline(), strict=False)

    def close(self):
        self.process.stdin.close()
        assert self.process.wait() == 0


@pytest.fixture(scope="module")
def ours():
    program = Ours()
    yield program
    program.close()


@pytest.fixture(scope="module")
def golden_tables():
    return json.loads(gzip.decompress((GOLDEN / "unicode" / "hf_tables.json.gz").read_bytes()))


def characters(all_planes=True):
    """All there are, or those of the planes that have any assigned ones, and a few of each other."""
    return [chr(code) for code in range(0x110000)
            if not 0xD800 <= code < 0xE000 and (all_planes or code < 0x32400 or code % 0x10000 < 0x200 or code % 997 == 0)]


# ---- golden data ----

def members(ranges):
    return {code for first, last in ranges for code in range(first, last + 1) if not 0xD800 <= code < 0xE000}


def test_character_classes_are_the_golden_ones(ours, golden_tables):
    tables = {key: golden_tables[key] for key in SETS if key != "onig"}
    names = {key: SETS[key] for key in tables}
    for pattern, ranges in golden_tables["onig"].items():
        name = pattern[3:-1] if pattern.startswith("\\p{") else SETS["onig"].get(pattern)
        if name:  # the others are the negated \S and (?i:…), which no set says
            tables[pattern], names[pattern] = ranges, name
    assert len(tables) > 45
    for key, ranges in tables.items():
        found = ours.ask(set=names[key])["ranges"]
        assert members(zip(found[::2], found[1::2])) == members(ranges), key


def test_one_character_maps_are_the_golden_ones(ours, golden_tables):
    texts = characters(all_planes=False)
    for name, changes in golden_tables["maps"].items():
        result = ours.ask(component={"type": name}, texts=texts, aligned=False)["texts"]
        for text, mapped in zip(texts, result):
            if 0xAC00 <= ord(text) <= 0xD7A3 and name != "Lowercase":
                continue  # Hangul is not in the golden maps; the package below tells it
            assert mapped == changes.get(f"{ord(text):X}", text), (name, hex(ord(text)))


def test_components_are_the_golden_ones(ours):
    with gzip.open(GOLDEN / "components.jsonl.gz", "rt", encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    texts, checked = lines[1], 0
    for line in lines[2:]:
        if line["kind"] != "norm":
            continue
        assert ours.ask(component=line["component"], texts=texts, aligned=True).get("texts") == line["out"], line["name"]
        checked += 1
    assert checked >= 10


# ---- the package ----

def code_points_by_byte(text):
    """For each byte of the UTF-8 of a text, and its end, how many code points begin before it."""
    counts, total = [], 0
    for character in text:
        counts += [total] + [total + 1] * (len(character.encode()) - 1)
        total += 1
    return counts + [total]


def our_origins(text, result, flat):
    """[start, end) in code points of `text` for each character of `result`."""
    starts, at, origins = code_points_by_byte(text), 0, []
    for character in result:
        size = len(character.encode())
        start, end = flat[2 * at], flat[2 * (at + size - 1) + 1]
        origins.append((starts[start], starts[end]))
        at += size
    return origins


class Theirs:
    """A tokenizer of the package with the normalizer alone: every normalized character is a token with its offsets."""

    def __init__(self, component):
        from tokenizers import Tokenizer
        self.tokenizer = Tokenizer.from_str(json.dumps({
            "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": component,
            "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(?m:.)"}, "behavior": "Isolated", "invert": False},
            "post_processor": None, "decoder": None,
            "model": {"type": "WordLevel", "vocab": {"?": 0}, "unk_token": "?"}}))

    def run(self, texts):
        for text, encoding in zip(texts, self.tokenizer.encode_batch(texts, add_special_tokens=False)):
            yield self.tokenizer.normalizer.normalize_str(text), encoding.offsets


def compare(ours, component, texts):
    reply = ours.ask(component=component, texts=texts, aligned=True)
    assert "error" not in reply, reply
    ids_only = ours.ask(component=component, texts=texts, aligned=False)["texts"]
    assert ids_only == reply["texts"], component
    for text, result, flat, (expected, offsets) in zip(texts, reply["texts"], reply["origins"], Theirs(component).run(texts)):
        assert result == expected, (component, text)
        assert our_origins(text, result, flat) == offsets, (component, text, result)


def charsmap(rules):
    """The precompiled_charsmap of {text: replacement}: each node has 256 units of its own, so nothing can collide."""
    nodes, texts, values = {b"": 1}, b"", {}
    for key in rules:
        raw = key.encode()
        values[raw] = len(texts)
        texts += rules[key].encode() + b"\0"
        for end in range(1, len(raw) + 1):
            nodes.setdefault(raw[:end], len(nodes) + 1)
    units = [0] * (256 * (len(nodes) + 1))
    units[0] = 256 << 10

    def link(at, label, has_value, target):
        offset = at ^ target
        shifted = offset >= 1 << 21
        assert not shifted
        units[at] = label | has_value << 8 | offset << 10
    for path, number in nodes.items():
        if path:
            parent = nodes[path[:-1]]
            link(256 * parent ^ path[-1], path[-1], path in values, 256 * number)
            if path in values:
                units[256 * number] = values[path] | 1 << 31
    blob = struct.pack("<I", 4 * len(units)) + struct.pack(f"<{len(units)}I", *units) + texts
    return base64.b64encode(blob).decode()


RULES = {"a": "b", "e\u0301": "é", "ﬁ": "fi", "\u0001": "", "\u0308": "", "…": "...", "क": "ka", "\u00ad": "", "Ａ": "A", "가": "ga",
         "👩": "W", "x": "", "\u200d": "", "½": "1⁄2", "\u0600": "p"}

COMPONENTS = [{"type": name} for name in PLAIN] + [
    {"type": "Strip", "strip_left": left, "strip_right": right} for left in (False, True) for right in (False, True)] + [
    {"type": "Prepend", "prepend": "▁"}, {"type": "Prepend", "prepend": "ab"}, {"type": "Prepend", "prepend": ""},
    {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}, {"type": "Replace", "pattern": {"String": "e"}, "content": ""},
    {"type": "Replace", "pattern": {"String": "aa"}, "content": "é中"}, {"type": "Replace", "pattern": {"String": "́"}, "content": "xy"},
    {"type": "Replace", "pattern": {"String": ""}, "content": "-"}, {"type": "Replace", "pattern": {"String": "."}, "content": "#"},
    *({"type": "Replace", "pattern": {"Regex": pattern}, "content": content}
      for pattern, content in ((" {2,}", " "), ("\\s+", "▁"), ("^", "_"), ("e*", "x"), ("(?<=a)", "é中"), ("\\p{M}+|$", ""), ("[^a-e]|aa", "?"),
                               ("(?i:é|s)", "$0"), ("a(?!b)", "\\1"))),
    {"type": "Precompiled", "precompiled_charsmap": charsmap(RULES)},
    {"type": "Sequence", "normalizers": []},
    {"type": "Sequence", "normalizers": [{"type": "Strip", "strip_left": True, "strip_right": False},
                                         {"type": "Replace", "pattern": {"Regex": "^"}, "content": "_"}]},
    {"type": "Sequence", "normalizers": [{"type": "Replace", "pattern": {"Regex": "^e+"}, "content": ""}, {"type": "Lowercase"},
                                         {"type": "Prepend", "prepend": ""}]},
    {"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "Lowercase"}, {"type": "StripAccents"}]},
    {"type": "Sequence", "normalizers": [{"type": "NFKD"}, {"type": "StripAccents"}, {"type": "NFC"}, {"type": "ByteLevel"}]},
    {"type": "Sequence", "normalizers": [{"type": "Strip", "strip_left": True, "strip_right": True}, {"type": "Nmt"}, {"type": "NFKC"},
                                         {"type": "Replace", "pattern": {"String": "  "}, "content": " "}, {"type": "Prepend", "prepend": "▁"}]},
    {"type": "Sequence", "normalizers": [{"type": "Replace", "pattern": {"String": "a"}, "content": "e\u0301\u0323"}, {"type": "NFC"},
                                         {"type": "NFKD"}]},
    {"type": "Sequence", "normalizers": [{"type": "Precompiled", "precompiled_charsmap": charsmap(RULES)}, {"type": "NFC"}]},
] + [{"type": "BertNormalizer", "clean_text": clean, "handle_chinese_chars": chinese, "strip_accents": accents, "lowercase": lower}
     for clean in (False, True) for chinese in (False, True) for accents in (None, False, True) for lower in (False, True)]

PIECES = ["a", "e", "aa", "ab", " ", "  ", "\t", "\n", "\r\n", ".", "é", "É", "e\u0301", "\u0301", "\u0323", "\u0345", "\u0301\u0323", "\u0308",
          "ﬁ", "½", "…", "Å", "\u212b", "\u0344", "\u0f73", "\u0f71", "가", "각", "ᄀ", "ᅡ", "ᆨ", "中", "\U00020000", "\U0002b820", "क", "\u094d",
          "ष", "\u093c", "İ", "Σ", "ς", "ǅ", "\u0001", "\u00ad", "\u200b", "\u200d", "\ufeff", "\ufffd", "👩", "👧", "🇩", "🇪", "\u0600", "x", "Ａ",
          "ﷺ", "㌀", "\u3000", "\u0e33", "\u1d15e", "\U0001d15e", "\u3099", "か", "ｶ", "ﾞ", "\u0000", "ſ", "\u1acf", "\U00016ea0", "\u0b47", "\u0b3e"]


def random_texts(seed, count):
    generator = random.Random(seed)
    everything = characters()
    for _ in range(count):
        yield "".join(generator.choice(everything) if generator.random() < 0.1 else generator.choice(PIECES)
                      for _ in range(generator.randrange(0, 14)))


def short(component):
    return json.dumps(component, ensure_ascii=False)[:90]


@pytest.mark.parametrize("component", COMPONENTS, ids=short)
def test_random_texts_are_as_the_package_has_them(ours, component):
    compare(ours, component, list(random_texts(short(component), 1500)))


@pytest.mark.long
@pytest.mark.parametrize("component", COMPONENTS, ids=short)
def test_many_random_texts_are_as_the_package_has_them(ours, component):
    compare(ours, component, list(random_texts("many" + short(component), 40000)))


@pytest.mark.parametrize("all_planes", [False, pytest.param(True, marks=pytest.mark.long)])
@pytest.mark.parametrize("component", [{"type": name} for name in PLAIN] + COMPONENTS[-1:], ids=short)
def test_every_code_point_is_as_the_package_has_it(ours, component, all_planes):
    """Sixteen a text, a letter before each, so that marks have something to join."""
    texts = characters(all_planes)
    compare(ours, component, ["".join("e" + c for c in texts[at:at + 16]) for at in range(0, len(texts), 16)])


def test_what_the_package_refuses_is_refused(ours):
    from tokenizers import Tokenizer
    wrong = [{"type": "Strip", "strip_left": True}, {"type": "Strip", "strip_left": 1, "strip_right": True}, {"type": "Nothing"}, {},
             {"type": "Prepend"}, {"type": "Prepend", "prepend": 1}, {"type": "Replace", "pattern": "a", "content": "b"},
             {"type": "Replace", "pattern": {"String": "a"}}, {"type": "Replace", "pattern": {"Regex": "("}, "content": ""}, {"type": "Sequence"}, {"type": "Sequence", "normalizers": [{}]},
             {"type": "BertNormalizer", "clean_text": True}, {"type": "NFC", "normalizers": 1, "x": 2}, 7, "NFC", []]
    for component in wrong:
        assert "error" in ours.ask(component=component, texts=["a"], aligned=False), component
    for component in COMPONENTS:
        Tokenizer.from_str(json.dumps({"version": "1.0", "added_tokens": [], "normalizer": component,
                                       "model": {"type": "WordLevel", "vocab": {"?": 0}, "unk_token": "?"}}))
