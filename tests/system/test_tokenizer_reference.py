# SPDX-License-Identifier: Apache-2.0
"""Every case of the reference's tok folder through the command: real tokenizers, small ones of every kind, single components.

A tokenizer that zest refuses is a failure. Single normalizers and pre-tokenizers are reached through whole tokenizers: the
component in front of a WordLevel model whose vocabulary is what the component should answer, so that each id is one piece.
"""
from __future__ import annotations

import base64
import gzip
import hashlib
import json
import pathlib
import struct
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import tokenizer_diff as diff  # noqa: E402

REFERENCE = diff.REFERENCE
pytestmark = pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference data is not there (ZEST_REFERENCE)")


def lines_of(path: pathlib.Path) -> list:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).decode().split("\n") if line]


def names() -> list[str]:
    """The tokenizers that have cases, real ones first."""
    return [path.name.split(".")[0] for folder in (REFERENCE, REFERENCE / "synth") for path in sorted(folder.glob("*.jsonl.gz"))
            if path.name != "components.jsonl.gz"]


def cases_of(name: str) -> list[dict]:
    folder = REFERENCE if (REFERENCE / f"{name}.jsonl.gz").is_file() else REFERENCE / "synth"
    return lines_of(folder / f"{name}.jsonl.gz")[1:]


def same(case: dict, key: str, value: str | list[int]) -> bool:
    """Whether a text or a list of ids is the case's, which may hold its hash alone."""
    if key in case:
        return value == case[key]
    if key == "ids" and len(value) != case["n_ids"]:
        return False
    data = value.encode() if isinstance(value, str) else struct.pack(f"<{len(value)}I", *value)
    return hashlib.sha256(data).hexdigest() == case[f"{key}_sha256"]


def text_of(answer: dict) -> str:
    return answer["text"] if "text" in answer else base64.b64decode(answer["bytes_b64"]).decode("utf-8", "replace")


def question(case: dict) -> diff.Case:
    return diff.Case(case["k"], text=case.get("text", ""), raw=base64.b64decode(case["b64"]) if "b64" in case else None, pair=case.get("pair"),
                     add_special=case["add_special"], encode_special_tokens=case.get("encode_special_tokens", False))


def wrong_in_encoding(case: dict, answer: dict) -> str | None:
    if "ids" not in answer:
        return str(answer.get("crash") or answer["error"])
    if not same(case, "ids", answer["ids"]):
        return f"ids {answer['ids'][:40]}"
    offsets = [list(span) for span in case.get("off", answer["offsets"])]
    if "off" in case and "b64" in case:
        places = diff.byte_places(base64.b64decode(case["b64"]))
        offsets = [[places[start], places[end]] for start, end in offsets]
    if answer["offsets"] != offsets:
        return f"offsets {answer['offsets'][:40]}"
    if "type_ids" in case and answer.get("type_ids") != case["type_ids"]:
        return f"type_ids {answer.get('type_ids')}"
    return None


def told(wrong: list[tuple[dict, str]], compared: int) -> str:
    shown = "\n".join(f"{json.dumps(case)[:600]}\n   zest: {what[:400]}" for case, what in wrong[:5])
    return f"{len(wrong)} of {compared} are wrong; the first:\n{shown}"


@pytest.mark.parametrize("name", names())
def test_ids_and_offsets(name):
    zest = diff.Zest(diff.tokenizer_file(name))
    cases = [case for case in cases_of(name) if "text" in case or "b64" in case]
    answers = zest.ask([question(case) for case in cases])
    found = [(case, wrong_in_encoding(case, answer)) for case, answer in zip(cases, answers)]
    wrong = [(case, what) for case, what in found if what]
    assert len(cases) > 150 and not wrong, told(wrong, len(cases))
    with_offsets, pairs = sum("off" in case for case in cases), sum("pair" in case for case in cases)
    print(f"\n   {name}: {len(cases)} texts, {with_offsets} with offsets, {pairs} pairs")


@pytest.mark.parametrize("name", names())
def test_decoded_text(name):
    """Ids that were listed are decoded as listed, long ones as zest gives them (the other test holds them to their hash)."""
    zest = diff.Zest(diff.tokenizer_file(name))
    cases = [case for case in cases_of(name) if "dec" in case or "dec_sha256" in case]
    unlisted = [case for case in cases if "ids" not in case and "decode_ids" not in case]
    ids_of = {id(case): answer["ids"] for case, answer in zip(unlisted, zest.ask([question(case) for case in unlisted]))}
    questions = [(case, key, diff.Case(case["k"], ids=tuple(case.get("ids") or case.get("decode_ids") or ids_of.get(id(case), ())), skip_special=key == "dec_skip"))
                 for case in cases for key in ("dec", "dec_skip")]
    answers = zest.ask([asked for _, _, asked in questions])
    wrong = []
    for (case, key, _), answer in zip(questions, answers):
        if "error" in answer or "crash" in answer:
            wrong.append((case, str(answer)))
        elif not same(case, key, text_of(answer)):
            wrong.append((case, f"{key} {text_of(answer)!r}"))
    assert len(questions) > 300 and not wrong, told(wrong, len(questions))
    print(f"\n   {name}: {len(questions)} texts decoded")


# ---- single components -------------------------------------------------------------------------------------------------

def components() -> list[tuple[str, dict]]:
    path = REFERENCE / "components.jsonl.gz"
    return [(f"{line['kind']}-{line['name']}", line) for line in lines_of(path)[2:]] if path.is_file() else []


def around(component: dict, kind: str, pieces: list[str]) -> dict:
    """A tokenizer.json with this component alone, and a vocabulary of the pieces."""
    vocabulary = {piece: number for number, piece in enumerate(dict.fromkeys(["\0unknown", *pieces]))}
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": component if kind == "norm" else None,
            "pre_tokenizer": component if kind == "pre" else None, "post_processor": None, "decoder": None,
            "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "\0unknown"}}


@pytest.mark.parametrize("line", [line for _, line in components()], ids=[name for name, _ in components()])
def test_a_component_alone(line, tmp_path):
    texts = lines_of(REFERENCE / "components.jsonl.gz")[1]
    wanted = [out if line["kind"] == "pre" else [out] if out else [] for out in line["out"]]
    file = tmp_path / "tokenizer.json"
    file.write_text(json.dumps(around(line["component"], line["kind"], [piece for pieces in wanted for piece in pieces])), "utf-8")
    comparison = diff.Comparison(str(file))
    pieces_of = {number: piece for piece, number in comparison.reference.tokenizer.get_vocab().items()}
    cases = [diff.Case("component", text=text, add_special=False) for text in texts]
    answers, theirs = comparison.both(cases)
    wrong = []
    for case, pieces, answer, other in zip(cases, wanted, answers, theirs):
        if "ids" not in answer:
            wrong.append((case.line(), str(answer)))
        elif [pieces_of[number] for number in answer["ids"]] != pieces:
            wrong.append((case.line() | {"wanted": pieces}, str([pieces_of[number] for number in answer["ids"]])))
        elif answer["offsets"] != [list(span) for span in other["offsets"]]:
            wrong.append((case.line() | {"wanted": other["offsets"]}, str(answer["offsets"])))
    assert len(texts) > 60 and not wrong, told(wrong, len(texts))
