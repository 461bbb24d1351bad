# SPDX-License-Identifier: Apache-2.0
"""Bad input of every kind: a clear sentence, the right exit code, no crash, nothing left half-written."""
from __future__ import annotations

import json
import os
import pathlib
import socket
import struct
import subprocess

import pytest

from hostile_gguf import Gguf, f32, numbers, string, strings, u32

BINARY = os.environ.get("ZEST_BINARY", str(pathlib.Path(__file__).resolve().parents[2] / "build/zest"))
WRONG_USE, FAILURE = 2, 1


def zest(*arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run([BINARY, *arguments], input=stdin, capture_output=True, timeout=120, env={**os.environ, **environment})


def check(done: subprocess.CompletedProcess, code: int | tuple[int, ...], *words: str) -> None:
    said = done.stderr.decode("utf-8", "strict")
    assert done.returncode in (code if isinstance(code, tuple) else (code,)), f"exit {done.returncode}: {said}"
    assert said.strip(), "an error must be said on stderr"
    for word in words:
        assert word.lower() in said.lower(), f"'{word}' is not in: {said}"


# ---- command lines ---------------------------------------------------------------------------------------------------

COMMAND_LINES = {
    "no command": ([], WRONG_USE, ["usage"]),
    "an unknown command": (["fly"], WRONG_USE, ["fly"]),
    "an unknown option": (["run", "--fast", "x"], WRONG_USE, ["--fast"]),
    "an option without value": (["run", "x", "--max-tokens"], WRONG_USE, ["--max-tokens", "needs a value"]),
    "a number that is none": (["run", "x", "--max-tokens", "many"], WRONG_USE, ["many", "whole number"]),
    "a number out of range": (["run", "x", "--top-p", "1.5"], WRONG_USE, ["1.5", "0 to 1"]),
    "a negative temperature": (["run", "x", "--temperature", "-1"], WRONG_USE, ["-1"]),
    "a temperature that is not a number": (["run", "x", "--temperature", "nan"], WRONG_USE, ["nan"]),
    "a seed below zero": (["run", "x", "--seed", "-4"], WRONG_USE, ["-4"]),
    "a flag with a value": (["run", "x", "--json=yes"], WRONG_USE, ["yes"]),
    "no prompt": (["run"], WRONG_USE, ["usage"]),
    "two prompts": (["run", "a", "b"], WRONG_USE, ["2 prompts"]),
    "a text beside prompt ids": (["run", "--prompt-ids", "1", "a"], WRONG_USE, ["prompt-ids"]),
    "prompt ids that are none": (["run", "--prompt-ids", "1,x"], WRONG_USE, ["x"]),
    "threads below zero": (["run", "x", "--threads", "-1"], WRONG_USE, ["-1"]),
    "too many threads": (["run", "x", "--threads", "100000"], WRONG_USE, ["100000", "1024"]),
    "an unknown mode": (["run", "x", "--mode", "fast"], WRONG_USE, ["fast", "production", "research"]),
    "a mode for an unknown service": (["run", "x", "--mode", "kitchen=research"], (WRONG_USE, FAILURE), ["kitchen", "tokenizer"]),
    "a mode without equals": (["run", "x", "--mode", "tokenizer=research,memory"], WRONG_USE, ["memory"]),
    "a remote that is not there": (["run", "x", "--mode", "tokenizer=http://127.0.0.1:9"], FAILURE, ["127.0.0.1:9"]),
    "a URL that is none": (["run", "x", "--mode", "tokenizer=http://"], (WRONG_USE, FAILURE), ["http://"]),
    "an unknown instruction set": (["run", "x", "--cpu", "sse9"], WRONG_USE, ["sse9", "baseline"]),
    "an unknown activation type": (["run", "x", "--activations", "q3"], WRONG_USE, ["q3", "f32"]),
    "an unknown policy": (["run", "x", "--policy", "luck"], (WRONG_USE, FAILURE), ["luck", "fcfs"]),
    "an unknown operation": (["call", "tokenizer.fly", "{}"], (WRONG_USE, FAILURE), ["fly"]),
    "an operation without service": (["call", "fly", "{}"], (WRONG_USE, FAILURE), ["tokenizer.tokenize"]),
    "an example of nothing": (["example", "memory.nothing"], (WRONG_USE, FAILURE), ["nothing"]),
    "logits of nothing": (["logits"], WRONG_USE, ["--prompt-ids"]),
    "logits at nowhere": (["logits", "--prompt-ids", "1", "--positions", "first"], WRONG_USE, ["first"]),
    "logits to a place that is none": (["logits", "--prompt-ids", "1", "--out", "/nonexistent/x"], FAILURE, ["/nonexistent/x"]),
    "ids from a file that is not there": (["logits", "--ids-file", "/nonexistent/ids"], FAILURE, ["/nonexistent/ids"]),
    "perplexity of nothing": (["perplexity"], WRONG_USE, ["--file"]),
    "perplexity of a missing file": (["perplexity", "--file", "/nonexistent/t"], FAILURE, ["/nonexistent/t"]),
    "a bench of nothing": (["bench"], WRONG_USE, ["kernels"]),
    "a bench that is none": (["bench", "luck"], WRONG_USE, ["kernels"]),
    "a bench of bad lists": (["bench", "model", "--threads", "1,,x"], WRONG_USE, ["threads"]),
    "a kernel that is none": (["bench", "kernels", "--kernel", "luck"], (WRONG_USE, FAILURE), ["luck"]),
    "a model that is not there": (["run", "-m", "/nonexistent/model.gguf", "x"], FAILURE, ["/nonexistent/model.gguf"]),
    "a model that is a folder": (["run", "-m", "/", "x"], (WRONG_USE, FAILURE), ["/"]),
    "a port that is none": (["serve", "--port", "70000"], WRONG_USE, ["70000"]),
}


@pytest.mark.parametrize("case", COMMAND_LINES)
def test_command_line(case):
    arguments, code, words = COMMAND_LINES[case]
    check(zest(*arguments), code, *words)


def test_a_missing_default_model_says_how_to_bring_one(tmp_path):
    check(zest("run", "x", ZEST_MODELS=str(tmp_path)), FAILURE, "-m PATH", str(tmp_path))


def test_an_empty_cpu_name_in_the_environment_is_the_default():
    assert zest("run", "Hi", "--max-tokens", "1", ZEST_CPU="").returncode == 0


def test_errors_as_json_have_code_message_and_example():
    done = zest("call", "tokenizer.tokenize", "{}", "--json")
    error = json.loads(done.stderr)["error"]
    assert done.returncode == WRONG_USE and error["code"] == "missing_field" and error["param"] == "text"
    assert "text" in error["message"] and error["example"]


def test_a_port_in_use_is_said():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        check(zest("serve", "--port", str(taken.getsockname()[1])), FAILURE, str(taken.getsockname()[1]))


# ---- requests --------------------------------------------------------------------------------------------------------

LONG = "word " * 9000
REQUESTS = {
    "no JSON": ("tokenizer.tokenize", b"{", ["cut off", "byte 1"]),
    "two documents": ("tokenizer.tokenize", b'{"text": "a"} {}', []),
    "a list": ("tokenizer.tokenize", b"[]", ["object"]),
    "an unknown field": ("tokenizer.tokenize", b'{"text": "a", "colour": 1}', ["colour"]),
    "a missing field": ("tokenizer.tokenize", b"{}", ["text"]),
    "a doubled field": ("tokenizer.tokenize", b'{"text": "a", "text": "b"}', ["text"]),
    "a number for a text": ("tokenizer.tokenize", b'{"text": 5}', ["text"]),
    "a text for a flag": ("tokenizer.tokenize", b'{"text": "a", "offsets": "yes"}', ["offsets"]),
    "a lone surrogate": ("tokenizer.tokenize", b'{"text": "\\ud800"}', []),
    "a control character": ("tokenizer.tokenize", b'{"text": "a\nb"}', []),
    "an id below zero": ("tokenizer.detokenize", b'{"ids": [-1]}', ["-1"]),
    "an id over the vocabulary": ("tokenizer.detokenize", b'{"ids": [49152]}', ["49152"]),
    "an id that is a fraction": ("tokenizer.detokenize", b'{"ids": [1.5]}', ["ids"]),
    "an id over 32 bits": ("tokenizer.detokenize", b'{"ids": [99999999999]}', ["ids"]),
    "an empty prompt": ("engine.generate", b'{"prompt": ""}', ["prompt"]),
    "prompt and ids": ("engine.generate", b'{"prompt": "a", "prompt_ids": [1]}', ["prompt"]),
    "a prompt over the context": ("engine.generate", json.dumps({"prompt": LONG}).encode(), ["8192"]),
    "a prompt id over the vocabulary": ("engine.generate", b'{"prompt_ids": [50000]}', ["50000"]),
    "a temperature out of range": ("engine.generate", b'{"prompt": "a", "temperature": -1}', ["temperature", "-1"]),
    "a top_p out of range": ("engine.generate", b'{"prompt": "a", "top_p": 2}', ["top_p"]),
    "max_tokens below zero": ("engine.generate", b'{"prompt": "a", "max_tokens": -5}', ["max_tokens"]),
    "logits of no ids": ("engine.forward", b'{"ids": []}', ["ids"]),
    "logits of a bad id": ("engine.forward", b'{"ids": [49152]}', ["49152"]),
    "an unknown position": ("engine.forward", b'{"ids": [1], "positions": "first"}', ["first", "last"]),
    "a priority out of range": ("scheduler.schedule_request", b'{"request_id": "a", "priority": 1.5}', ["1.5"]),
    "a policy that is not there": ("scheduler.set_policy", b'{"policy": "luck"}', ["luck", "fcfs"]),
    "a parameter that is not there": ("scheduler.set_policy", b'{"policy": "fcfs", "parameters": {"luck": 1}}', ["luck"]),
    "a sequence that is there already": ("scheduler.add_sequence", b'{"sequence_id": 0, "request_id": "a", "prompt_tokens": 1, "max_tokens": 1}', ["sequence_id"]),
    "a cache of no bytes": ("memory.allocate_memory", b'{"kv_cache_size": 0}', ["kv_cache_size"]),
    "a cache below one block": ("memory.allocate_memory", b'{"kv_cache_size": 5}', ["5"]),
    "a rule that is not there": ("memory.allocate_memory", b'{"kv_cache_size": 104857600, "hierarchical_plan": {"strategy": "luck"}}', ["luck", "lru"]),
    "a step without blocks": ("memory.commit_step", b'{"step": 1, "entries": [{"sequence_id": 1, "token_count": 2000000000}]}', []),
    "a kernel that is not there": ("computation.benchmark_kernel", b'{"kernel": "luck"}', ["luck"]),
    "a kernel's size that is absurd": ("computation.benchmark_kernel", b'{"kernel": "flash_attention", "config": {"batch_size": 1000000000}}', ["batch_size"]),
    "a kernel's option that is not there": ("computation.benchmark_kernel", b'{"kernel": "flash_attention", "config": {"luck": 1}}', ["luck"]),
    "a block that is not there": ("computation.execute", b'{"step": 1, "token_ids": [1], "entries": [{"sequence_id": 1, "position": 0, "token_count": 1, "block_ids": [99999999]}]}', ["99999999"]),
    "a token count that does not add up": ("computation.execute", b'{"step": 1, "token_ids": [1], "entries": [{"sequence_id": 1, "position": 0, "token_count": 5, "block_ids": [0]}]}', []),
    "a template that does not end": ("tokenizer.render_chat", b'{"messages": [], "template": "{% if"}', []),
    "a template that never ends": ("tokenizer.render_chat", b'{"messages": [], "template": "{% for a in range(99999999) %}{% for b in range(99999999) %}x{% endfor %}{% endfor %}"}', []),
    "messages that are none": ("tokenizer.render_chat", b'{"messages": 7}', ["messages"]),
}


@pytest.mark.parametrize("case", REQUESTS)
def test_request(case):
    operation, body, words = REQUESTS[case]
    check(zest("call", operation, body), (WRONG_USE, FAILURE), *words)


def test_bytes_that_are_no_utf8_on_the_command_line():
    check(zest("tokenize", b"ab\xff"), (WRONG_USE, FAILURE), "utf-8")


def test_a_bad_line_of_a_batch_is_answered_and_the_others_too():
    lines = b'{"text": "Hello"}\n{nonsense}\n{"text": 5}\n{"bytes_b64": "//8="}\n{"text": "Hello"}\n'
    done = zest("tokenize", "--batch", stdin=lines)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == FAILURE and len(answers) == 5
    assert [("error" in answer) for answer in answers] == [False, True, True, False, False]
    assert answers[0]["ids"] == answers[4]["ids"]


# ---- model files -----------------------------------------------------------------------------------------------------

def tiny(**changes) -> Gguf:
    gguf = Gguf.tiny()
    for key, value in changes.items():
        setattr(gguf, key, value)
    return gguf


def with_metadata(**changes) -> Gguf:
    gguf = Gguf.tiny()
    for key, value in changes.items():
        key = key.replace("__", ".")
        if value is None:
            del gguf.metadata[key]
        else:
            gguf.metadata[key] = value
    return gguf


def with_tensor(name: str, value) -> Gguf:
    gguf = Gguf.tiny()
    if value is None:
        del gguf.tensors[name]
    else:
        gguf.tensors[name] = value
    return gguf


FILES = {
    "an empty file": b"",
    "four bytes": b"GGUF",
    "another magic": tiny(magic=b"GGML"),
    "a version from the future": tiny(version=77),
    "big endian": tiny(version=0x03000000),
    "more tensors than bytes": tiny(tensor_count=1 << 60),
    "more metadata than bytes": tiny(metadata_count=1 << 60),
    "metadata that ends early": tiny(metadata_count=99),
    "offsets behind the end": tiny(offset_shift=1 << 40),
    "offsets that wrap": tiny(offset_shift=(1 << 64) - (1 << 20)),
    "data that ends early": tiny(data_cut=3000),
    "an unknown tensor type": with_tensor("output_norm.weight", ([32], 9999)),
    "a type that zest does not have": with_tensor("blk.0.attn_q.weight", ([32, 32], 16)),
    "a tensor that is missing": with_tensor("blk.0.attn_q.weight", None),
    "a tensor of another shape": with_tensor("blk.0.attn_q.weight", ([32, 31], 0)),
    "a tensor of absurd size": with_tensor("blk.0.attn_q.weight", ([1 << 40, 1 << 40], 0)),
    "a tensor of no size": with_tensor("blk.0.attn_q.weight", ([32, 0], 0)),
    "a tensor of five dimensions": with_tensor("blk.0.attn_q.weight", ([2, 2, 2, 2, 2], 0)),
    "an unknown architecture": with_metadata(general__architecture=string("perceptron")),
    "no architecture": with_metadata(general__architecture=None),
    "no layers": with_metadata(llama__block_count=u32(0)),
    "too many layers": with_metadata(llama__block_count=u32(0xFFFFFFFF)),
    "no heads": with_metadata(llama__attention__head_count=u32(0)),
    "heads that do not divide": with_metadata(llama__attention__head_count=u32(3)),
    "more key heads than heads": with_metadata(llama__attention__head_count_kv=u32(7)),
    "no hidden size": with_metadata(llama__embedding_length=None),
    "an absurd hidden size": with_metadata(llama__embedding_length=u32(0xFFFFFFF0)),
    "no context": with_metadata(llama__context_length=u32(0)),
    "a norm of not-a-number": with_metadata(llama__attention__layer_norm_rms_epsilon=f32(float("nan"))),
    "an unknown tokenizer": with_metadata(tokenizer__ggml__model=string("runes")),
    "an unknown pre-tokenizer": with_metadata(tokenizer__ggml__pre=string("runes")),
    "no vocabulary": with_metadata(tokenizer__ggml__tokens=None),
    "an empty vocabulary": with_metadata(tokenizer__ggml__tokens=strings([])),
    "merges without a blank": with_metadata(tokenizer__ggml__merges=strings(["ab"])),
    "merges of unknown tokens": with_metadata(tokenizer__ggml__merges=strings(["q zzz"])),
    "too few token types": with_metadata(tokenizer__ggml__token_type=numbers([1])),
    "an end token over the vocabulary": with_metadata(tokenizer__ggml__eos_token_id=u32(70000)),
    "a key that is no text": with_metadata(**{"general.name": (8, struct.pack("<Q", 1 << 62))}),
    "an array of arrays without end": with_metadata(**{"general.tags": (9, struct.pack("<IQ", 9, 1 << 50))}),
}


@pytest.mark.parametrize("case", FILES)
def test_model_file(case, tmp_path):
    content = FILES[case]
    path = tmp_path / "model.gguf"
    path.write_bytes(content if isinstance(content, bytes) else content.bytes())
    done = zest("logits", "-m", str(path), "--prompt-ids", "65,66")
    check(done, (WRONG_USE, FAILURE))
    assert done.stdout == b"", "nothing is printed beside the error"


def test_the_undamaged_file_runs(tmp_path):
    path = tmp_path / "model.gguf"
    path.write_bytes(Gguf.tiny().bytes())
    done = zest("logits", "-m", str(path), "--prompt-ids", "65,66")
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["logits"][0]) == 258


def test_a_file_cut_anywhere_is_refused(tmp_path):
    whole = Gguf.tiny().bytes()
    path = tmp_path / "model.gguf"
    for size in [*range(0, 200, 13), *range(200, len(whole) - 4, max(1, len(whole) // 23))]:
        path.write_bytes(whole[:size])
        done = zest("logits", "-m", str(path), "--prompt-ids", "65,66")
        assert done.returncode in (WRONG_USE, FAILURE) and done.stderr, f"cut to {size} bytes: exit {done.returncode}"


def test_a_file_with_any_byte_of_its_head_flipped_never_crashes(tmp_path):
    whole = Gguf.tiny().bytes()
    path = tmp_path / "model.gguf"
    for place in range(0, 1400, 29):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        path.write_bytes(damaged)
        done = zest("logits", "-m", str(path), "--prompt-ids", "65,66")
        assert done.returncode in (0, WRONG_USE, FAILURE), f"byte {place}: exit {done.returncode} {done.stderr}"


def test_the_baseline_path_is_warned_of_and_works():
    done = zest("run", "The capital of France is", "--max-tokens", "2", ZEST_CPU="baseline")
    assert done.returncode == 0 and b"baseline" in done.stderr and done.stdout.strip()
