# SPDX-License-Identifier: Apache-2.0
"""The reference's tokenizer and template cases, through the command's batch modes."""

import base64
import gzip
import hashlib
import json
import os
import pathlib
import struct
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("ZEST_BINARY", ROOT / "build" / "zest"))
REFERENCE = pathlib.Path(os.environ.get("ZEST_REFERENCE", ROOT.parent / "shared" / "reference"))
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
MODEL = pathlib.Path(os.environ.get("ZEST_MODELS", CACHE / "zest" / "models")) / "SmolLM2-135M-Instruct.Q4_1.gguf"
NOW = "2025-03-14T15:09:26"

pytestmark = [
    pytest.mark.skipif(not REFERENCE.is_dir(), reason="needs the reference data"),
    pytest.mark.skipif(not MODEL.is_file(), reason="needs the default model"),
    pytest.mark.skipif(not BINARY.is_file(), reason="needs the built command"),
]


def zest(command, *options, lines):
    """One answer a line of input, in order."""
    text = "".join(json.dumps(line) + "\n" for line in lines)
    done = subprocess.run([BINARY, command, *options], input=text, capture_output=True, text=True, encoding="utf-8")
    answers = [json.loads(line) for line in done.stdout.split("\n") if line]
    assert len(answers) == len(lines), done.stderr
    return answers


def read_lines(name):
    data = (REFERENCE / name).read_bytes()
    text = (gzip.decompress(data) if name.endswith(".gz") else data).decode()
    return [json.loads(line) for line in text.split("\n") if line]


@pytest.fixture(scope="module")
def cases():
    return read_lines("tok/smollm2.jsonl.gz")[1:]


def question(case):
    wanted = {"add_special": case["add_special"], "encode_special_tokens": case.get("encode_special_tokens", False)}
    return {**wanted, **({"text": case["text"]} if "text" in case else {"bytes_b64": case["b64"]})}


def same_ids(case, ids):
    if "ids" in case:
        return ids == case["ids"]
    packed = struct.pack(f"<{len(ids)}I", *ids)
    return len(ids) == case["n_ids"] and hashlib.sha256(packed).hexdigest() == case["ids_sha256"]


def test_ids_and_offsets(cases):
    texts = [case for case in cases if "text" in case or "b64" in case]
    answers = zest("tokenize", "--batch", lines=[question(case) for case in texts])
    assert [case for case, answer in zip(texts, answers) if not same_ids(case, answer["ids"])] == []
    with_offsets = [(case["off"], answer["offsets"]) for case, answer in zip(texts, answers) if "off" in case]
    assert with_offsets and all(wanted == got for wanted, got in with_offsets)


def text_of(answer):
    return answer["text"] if "text" in answer else base64.b64decode(answer["bytes_b64"]).decode("utf-8", "replace")


@pytest.mark.parametrize("key, skips", [("dec", False), ("dec_skip", True)])
def test_decoding(cases, key, skips):
    wanted = [case for case in cases if key in case and "ids" in case]
    answers = zest("detokenize", "--batch", lines=[{"ids": case["ids"], "skip_special": skips} for case in wanted])
    assert len(wanted) > 200
    assert [case for case, answer in zip(wanted, answers) if text_of(answer) != case[key]] == []


def test_ids_out_of_range_are_named():
    done = subprocess.run([BINARY, "detokenize", "1,49152", "--json"], capture_output=True, text=True)
    assert done.returncode == 2 and "49152" in done.stderr and "49151" in done.stderr


def test_a_batch_leaves_unknown_ids_out_as_the_reference_does():
    (answer,) = zest("detokenize", "--batch", lines=[{"ids": [19556, 49152, 905]}])
    assert answer == {"text": "Hello world"}


def test_conversations():
    conversations = json.loads((REFERENCE / "chat" / "conversations.json").read_text(encoding="utf-8"))
    wanted = read_lines("chat/cases.jsonl")
    lines = []
    for case in wanted:
        conversation = conversations[case["conv"]]
        given = {key: conversation.get(key) for key in ("messages", "tools", "documents", "add_generation_prompt")}
        variables = {**given, "bos_token": case["bos_token"], "eos_token": case["eos_token"], **conversation.get("kwargs", {})}
        template = (REFERENCE / "chat" / "templates" / f"{case['template']}.jinja").read_bytes().decode()
        lines.append({"template": template, "vars": variables, "now": NOW})
    wrong = []
    for case, answer in zip(wanted, zest("render-chat", lines=lines)):
        if "text" in case:
            holds = answer.get("text") == case["text"]
        else:
            holds = "error" in answer and (case["error"] != "TemplateError" or case["message"] in json.dumps(answer["error"], ensure_ascii=False))
        if not holds:
            wrong.append((case, answer))
    assert wrong == []


def test_jinja_cases():
    head, *wanted = read_lines("chat/jinja_units.jsonl")
    lines = [{"template": case["template"], "vars": head["context"], "now": NOW} for case in wanted]
    answers = zest("render-chat", lines=lines)
    wrong = [(case, answer) for case, answer in zip(wanted, answers)
             if ("output" in case and answer.get("text") != case["output"]) or ("error" in case and "error" not in answer)]
    assert wrong == []
