# SPDX-License-Identifier: Apache-2.0
"""Chat templates against jinja2 itself: generated templates and conversations, templates with a mistake, every character, many numbers.

Python and zest must give the same text or both fail. Where they may differ stands in ODD, with its reason."""
from __future__ import annotations

import concurrent.futures
import json
import os
import pathlib
import random
import re
import struct
import subprocess
import unicodedata
import warnings

import pytest

import chat_templates_grammar as grammar
import chat_templates_python as python

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("ZEST_BINARY", str(ROOT / "build/zest"))
REFERENCE = pathlib.Path(os.environ.get("ZEST_REFERENCE") or ROOT.parent / "shared/reference")
CHUNK = 500
# What zest refuses, in words of its own messages: limits, and what Python has beyond the values of a template.
REFUSED = {
    "larger than 64 bits": "integers of any size are read and printed, but not computed with",
    "complex number": "(-8) ** 0.5 is complex in Python",
    "names of characters": "'\\N{DASH}' needs the Unicode name list",
    "random makes": "random would make a prompt that can't be made again",
    "lipsum makes": "so would lipsum",
    "zest has no": "bytes (encode), tables of characters (translate) and sets (d.keys() - …) are no values of zest",
    "as sets": "d.keys() < e.keys() compares sets",
}
PYTHON_LIMITS = ("RecursionError", "MemoryError", "ValueError: Exceeds the limit (4300 digits)")


def odd(wanted: dict, got: dict) -> str:
    """Why this difference may be; "" where it may not."""
    if "text" in wanted:
        # A function, a method or a cycler prints with its address in memory.
        if "at0x" in re.sub(r"[\W_]", "", wanted["text"]).lower():
            return "address"
        # Half a surrogate pair is no character; no UTF-8 holds it.
        if any("\ud800" <= c <= "\udfff" for c in wanted["text"]):
            return "surrogate"
    elif wanted["error"].startswith(PYTHON_LIMITS):
        return "a limit of Python's"
    message = got.get("error", {}).get("message", "")
    return next((words for words in REFUSED if words in message), "")


def zest(lines: list[dict]) -> list[dict]:
    text = "".join(json.dumps(line) + "\n" for line in lines)
    done = subprocess.run([BINARY, "render-chat"], input=text, capture_output=True, encoding="utf-8")
    answers = [json.loads(line) for line in done.stdout.split("\n") if line]
    assert len(answers) == len(lines), f"zest ended with {done.returncode}: {done.stderr[-2000:]}"
    return answers


def compare(cases: list[tuple[str, list[dict]]]) -> tuple[int, int, list[str]]:
    """Templates with the conversations for each; answers renderings, those that gave a text, differences."""
    warnings.simplefilter("ignore", SyntaxWarning)
    environment, lines, wanted = python.make_environment(), [], []
    for template, conversations in cases:
        lines += [{"template": template, "vars": one, "now": python.NOW} for one in conversations]
        wanted += python.render(environment, template, conversations)
    differences, texts = [], 0
    for line, want, got in zip(lines, wanted, zest(lines)):
        same = want["text"] == got.get("text") if "text" in want else "error" in got
        texts += "text" in want and same
        if not same and not odd(want, got):
            differences.append(f"--- template\n{line['template']!r}\n--- variables\n{json.dumps(line['vars'])}\n--- jinja2\n{want}\n--- zest\n{got}")
    return len(lines), texts, differences


def generated(first: int) -> tuple[int, int, list[str]]:
    return compare([(template, grammar.conversations(seed, 2)) for seed in range(first, first + CHUNK) if (template := grammar.template(seed))])


def spoilt(first: int) -> tuple[int, int, list[str]]:
    """Generated templates in which something is lost, doubled or swapped: both must see the mistake, or neither."""
    cases = []
    for seed in range(first, first + CHUNK):
        r, template = random.Random(seed), grammar.template(seed)
        for _ in range(r.choice([1, 1, 2, 4])):
            words = re.findall(r"\w+|\s+|.", template, re.S) or [""]
            at, other = r.randrange(len(words)), r.randrange(len(words))
            change = r.randrange(4)
            if change == 0:
                del words[at]
            elif change == 1:
                words.insert(at, words[other])
            elif change == 2:
                words[at], words[other] = words[other], words[at]
            else:
                words.insert(at, r.choice(["{{", "}}", "{%", "%}", "{#", "#}", "-", "+", "(", ")", "[", "]", "{", "}", ",", ".", "|", "'", '"', ":", "~", "**",
                                           " if ", " else ", " not ", " in ", " is ", "1", "1.5", "x", "\n", "=", "é", "!", "$", "\\", "\x00", "end"]))
            template = "".join(words)
        if template:
            cases.append((template, grammar.conversations(seed, 1)))
    return compare(cases)


def run(make, first: int, count: int, capsys, least: float) -> None:
    """Chunk by chunk on all cores. `least` of the renderings must give a text, or the grammar no longer gets anywhere."""
    total = texts = 0
    differences: list[str] = []
    with concurrent.futures.ProcessPoolExecutor() as pool:
        for chunk in pool.map(make, range(first, first + count, CHUNK)):
            total, texts, differences = total + chunk[0], texts + chunk[1], differences + chunk[2]
    with capsys.disabled():
        print(f"[{make.__name__}: {total} renderings, {texts} of them a text, {len(differences)} differ]", end=" ")
    assert not differences, f"{len(differences)} differ; the first:\n" + "\n\n".join(differences[:3])
    assert texts > least * total


def test_generated_templates_render_as_jinja2_renders_them(capsys):
    run(generated, 0, 3000, capsys, 0.5)


@pytest.mark.long
def test_many_generated_templates_render_as_jinja2_renders_them(capsys):
    run(generated, 1_000_000, 200_000, capsys, 0.5)


def test_mistakes_are_mistakes_for_both(capsys):
    run(spoilt, 0, 2000, capsys, 0.05)


@pytest.mark.long
def test_many_mistakes_are_mistakes_for_both(capsys):
    run(spoilt, 2_000_000, 50_000, capsys, 0.05)


def test_templates_of_models_render_as_jinja2_renders_them():
    files = sorted((REFERENCE / "chat/templates").glob("*.jinja"))
    if not files:
        pytest.skip("needs the reference data")
    cases = [(path.read_bytes().decode(), grammar.conversations(seed, 40)) for seed, path in enumerate(files)]
    total, texts, differences = compare(cases)
    assert not differences, "\n\n".join(differences[:3])
    assert texts > total / 4


# ---- every character, many numbers ----

CHARACTERS = """{% for c in cs %}{{ [c.upper(), c.lower(), c.title(), c.capitalize(), c.swapcase(), c.casefold(), c.isupper(), c.islower(), c.istitle(),
c.isalpha(), c.isalnum(), c.isdigit(), c.isdecimal(), c.isnumeric(), c.isspace(), c.isprintable(), c.isidentifier(), ('a' ~ c).isidentifier(), c,
(c ~ 'a').title(), ('A' ~ c ~ 'Σ').lower(), ('AΣ' ~ c ~ 'b').lower(), c|wordcount, c|trim|length, c.split()|length, ('a' ~ c ~ 'b').splitlines()|length,
c|title, c|int(-1), c|tojson(ensure_ascii=true), '%a' % c, c|urlencode, c in c, [c]|pprint] }};{% endfor %}"""
# Vowel sign or mark, by the version of Unicode: Python 3.11 has 14.0.
OTHER_CATEGORY = "\U0001171e"


def check_characters(step: int) -> None:
    characters = [chr(c) for c in range(0, 0x110000, step) if not 0xD800 <= c < 0xE000 and unicodedata.category(chr(c)) != "Cn"]
    characters = [c for c in characters if c not in OTHER_CATEGORY]
    _, texts, differences = compare([(CHARACTERS, [{"cs": characters[at:at + 200]}]) for at in range(0, len(characters), 200)])
    assert not differences, differences[0]
    assert texts == -(-len(characters) // 200)


@pytest.mark.skipif(unicodedata.unidata_version != "14.0.0", reason="zest's case maps are those of Unicode 14.0")
def test_characters_are_what_python_takes_them_for():
    check_characters(17)


@pytest.mark.long
@pytest.mark.skipif(unicodedata.unidata_version != "14.0.0", reason="zest's case maps are those of Unicode 14.0")
def test_all_characters_are_what_python_takes_them_for():
    check_characters(1)


def test_floats_print_round_and_format_as_in_python():
    r = random.Random(7)
    reals = [sign * 2.0 ** k for k in range(-1074, 1024, 3) for sign in (1, -1)]
    reals += [struct.unpack("<d", r.randbytes(8))[0] for _ in range(2000)] + [round(r.uniform(-1000, 1000), r.randrange(6)) for _ in range(2000)]
    reals = [x for x in reals if x == x and abs(x) != float("inf")]
    template = """{% for x in xs %}{{ x }} {{ x|round }} {{ x|round(2) }} {{ x|round(-1) }} {{ x|int }} {{ '%.3f|%e|%g|%.17g|%5.1f' % (x, x, x, x, x) }} {{
        '{:.4}|{:,.2f}|{:e}|{:+g}|{:%}|{:>12.3}|{:012,.1f}|{:.0f}'.format(x, x, x, x, x, x, x, x) }} {{ x // 3 }} {{ x % 0.7 }} {{ x|tojson }};{% endfor %}"""
    _, texts, differences = compare([(template, [{"xs": reals[at:at + 50]}]) for at in range(0, len(reals), 50)])
    assert not differences, differences[0]
    assert texts > 0


# ---- where Python itself is odd ----

ODDITIES = [
    ("{{ (-2) ** n }}", "-4", "Jinja writes a folded -2 as it is, and Python reads -2 ** n as -(2 ** n)"),
    ("{{ 5[::2] }}|", "|", "a slice of a constant that can't be sliced is undefined when folded, an error when run"),
    ("{% for x in [1] %}{% continue %}{% else %}E{% endfor %}", "E", "a loop whose rounds all end by continue counts as empty"),
    ("{% filter upper %}{% set y = 1 %}x{% endfilter %}{{ y }}", "X", "a filter block is a scope"),
    ("{{ 'a\\é' }}", "a\\xe9", "Jinja escapes what is not ASCII before it reads escapes"),
    ("{% set g = [1]|map('string') %}{{ g|join }}{{ g|join }}", "1", "a generator goes by once"),
    ("{% if [1]|select('gt', 5) %}yes{% endif %}", "yes", "a generator is true, whatever it will give"),
    ("{#", "", "a comment may end with the template"),
]


@pytest.mark.parametrize("template, text, reason", ODDITIES, ids=[reason for _, _, reason in ODDITIES])
def test_oddities_of_jinja2_and_python_are_kept(template, text, reason):
    wanted = python.render(python.make_environment(), template, [{"n": 2}])[0]
    assert zest([{"template": template, "vars": {"n": 2}}]) == [{"text": text}]
    assert wanted == {"text": text}, "jinja2 no longer does this"


@pytest.mark.parametrize("words, template", [
    ("larger than 64 bits", "{{ 2 ** 64 }}"), ("larger than 64 bits", "{{ 9223372036854775807 + 1 }}"), ("complex number", "{{ n ** 0.5 }}"),
    ("names of characters", "{{ '\\N{DASH}' }}"), ("random makes", "{{ [1]|random }}"), ("lipsum makes", "{{ lipsum() }}"), ("zest has no", "{{ 'a'.encode() }}"),
    ("zest has no", "{{ {}.keys() - [] }}"), ("as sets", "{{ {}.keys() < {}.keys() }}"),
])
def test_what_zest_refuses_is_named(words, template):
    answer = zest([{"template": template, "vars": {"n": -2}}])[0]
    assert words in answer["error"]["message"] and words in REFUSED


def test_errors_give_line_and_column():
    answer = zest([{"template": "a\né {{ x }}\n  {{ 1 + 'a' }}", "vars": {"x": 1}}])[0]
    assert answer["error"]["message"] == "template line 3, column 8: unsupported operand type(s) for +: 'int' and 'str'"
    assert answer["error"]["param"] == "template"
