# SPDX-License-Identifier: Apache-2.0
"""Every sub-command as a newcomer meets it: --help with examples, one JSON document with --json, and the main job."""
from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("ZEST_BINARY", str(ROOT / "build/zest"))
COMMANDS = ["run", "chat", "serve", "tokenize", "detokenize", "render-chat", "logits", "perplexity", "services", "call", "example", "demo"]


def zest(*arguments: str, stdin: str = "") -> str:
    done = subprocess.run([BINARY, *arguments], capture_output=True, text=True, input=stdin, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("command", [[name] for name in COMMANDS] + [["bench", kind] for kind in ("services", "kernels", "model")])
def test_help_has_usage_options_and_examples(command):
    text = zest(*command, "--help")
    assert "usage: zest " + command[0] in text and "examples:" in text and "--model PATH" in text


def test_the_list_of_commands():
    text = zest("--help")
    assert all(f"  {name} " in text for name in [*COMMANDS, "bench"])


def test_run_as_json():
    answer = json.loads(zest("run", "--json", "--max-tokens", "5", "--logprobs", "2", "The capital of France is"))
    assert set(answer) == {"text", "ids", "prompt_ids", "logprobs", "finish_reason", "timings"}
    assert len(answer["ids"]) == len(answer["logprobs"]) <= 5 and len(answer["logprobs"][0]["top"]) == 2
    assert {"load_ms", "queue_ms", "prefill_ms", "decode_ms", "prompt_tokens", "generated_tokens"} <= set(answer["timings"])


def test_run_on_a_stop_text_and_a_seed():
    arguments = ["run", "--json", "--max-tokens", "40", "--temperature", "0.9", "--seed", "7", "Once upon a time"]
    first, second = json.loads(zest(*arguments)), json.loads(zest(*arguments))
    assert first["ids"] == second["ids"]
    word = first["text"].split()[3]
    stopped = json.loads(zest(*arguments, "--stop", word))
    assert word not in stopped["text"] and stopped["finish_reason"] == "stop"


def test_chat_remembers_and_answers_lines():
    turns = [json.loads(line) for line in zest("chat", "--json", "--max-tokens", "12", stdin="My name is Anna.\nWhat is my name?\n").splitlines()]
    assert len(turns) == 2 and all(turn["text"] for turn in turns)


def test_services_call_and_example_go_together():
    for service in json.loads(zest("services", "--json")):
        assert service["summary"] and service["operations"]
    example = json.loads(zest("example", "tokenizer.tokenize", "--json"))
    assert json.loads(zest("call", "tokenizer.tokenize", json.dumps(example["request"]))) == example["answer"]


def test_a_call_in_research_mode_is_an_envelope():
    answer = json.loads(zest("call", "scheduler.schedule_request", '{"request_id": "req1", "priority": 0.5}', "--mode", "research"))
    assert answer["data"]["algorithm_reasoning"].startswith("Scheduled with priority 1")
    metadata = answer["metadata"]
    assert metadata["service"] == "scheduler" and metadata["method"] == "schedule_request" and metadata["mode"] == "research"
    assert metadata["execution_time"] > 0 and metadata["algorithm_reasoning"] == answer["data"]["algorithm_reasoning"]


def test_tokenize_and_detokenize_go_together():
    ids = json.loads(zest("tokenize", "--json", "Hello wörld"))["ids"]
    assert zest("detokenize", ",".join(map(str, ids))) == "Hello wörld\n"


def test_bench_model_prints_the_columns_and_the_roof():
    rows = json.loads(zest("bench", "model", "--json", "--threads", "1", "--prompt", "64", "--gen", "8", "--batch", "1,2", "--repeat", "1"))
    assert [row["test"] for row in rows] == ["pp64", "tg8", "tg8 x2"]
    for row in rows:
        assert {"model", "size", "params", "backend", "threads", "t/s", "roof %", "bandwidth %", "int8 %"} <= set(row) and row["t/s"] > 0


def test_bench_kernels_times_every_variant():
    rows = json.loads(zest("bench", "kernels", "--json", "--kernel", "rms_norm"))
    assert {row["variant"] for row in rows} >= {"ref"} and all(row["median_seconds"] > 0 for row in rows)


def test_the_main_job_shows_every_service_and_every_mode():
    text = zest("demo", "--max-tokens", "8")
    for service in ("tokenizer", "engine", "scheduler", "memory", "computation"):
        assert re.search(rf"^  {service} +\d+\.\d+ ms  \w+", text, re.M), service
    assert text.count("because") >= 5 and "the same as in research mode" in text
    assert "REST: 1–2 ms" in text and "zero-cost: 1–5 µs" in text and "What to do next" in text
