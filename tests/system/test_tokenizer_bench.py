# SPDX-License-Identifier: Apache-2.0
"""The tokenizer's benches measure what they say: figures are there and positive, wrong use is said, exactness is really checked."""
from __future__ import annotations

import argparse
import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import serve_process

ROOT = serve_process.ROOT
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "scripts")]
import fetch_tokenizers  # noqa: E402
import tokenizer_corpora  # noqa: E402
import tokenizer_peers  # noqa: E402
import tokenizer_worker  # noqa: E402


def bench(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([serve_process.BINARY, "bench", "tokenizer", *arguments], capture_output=True, text=True)


@pytest.fixture
def text(tmp_path) -> pathlib.Path:
    path = tmp_path / "text.txt"
    path.write_text("The quick brown fox jumps over the lazy dog; 中文 and naïve words too.\n" * 400, "utf-8")
    return path


def test_figures_from_c(text):
    serve_process.require()
    done = bench("--tokenizer", str(serve_process.DEFAULT_MODEL), "--text", str(text), "--repeat", "2", "--worst", "2000", "--json")
    rows = {row["name"]: row["value"] for row in json.loads(done.stdout)}
    assert done.returncode == 0 and {"load", "first load, wall", "first load, processor", "mapped load, wall (target 3)", "mapped load, processor", "memory of its own", "memory that processes share", "encode, cold", "encode, warm", "encode with offsets, warm", "decode", "a line of 100 bytes"} <= set(rows)
    assert all(value > 0 for value in rows.values()) and sum("time a byte" in name for name in rows) > 8


def test_wrong_use(tmp_path):
    serve_process.require()
    empty = tmp_path / "empty.txt"
    empty.write_text("")
    assert bench("nonsense").returncode == 2
    assert "empty" in bench("--tokenizer", str(serve_process.DEFAULT_MODEL), "--text", str(empty)).stderr
    assert bench("--tokenizer", str(tmp_path / "none.json")).returncode == 1


# ---- the peers' bench --------------------------------------------------------------------------------------------------

def test_documents_hold_the_text(text):
    whole = tokenizer_worker.documents(str(text), 1 << 30)
    assert "".join(whole) == text.read_text("utf-8") and max(len(part.encode()) for part in whole) < 4010
    some = tokenizer_worker.documents(str(text), 12000)
    assert 1 < len(some) < len(whole) and some == whole[:len(some)]


def worker_rows(text: pathlib.Path, **more) -> list[dict]:
    """What the worker says about Hugging Face's own tokenizer, which is in this environment."""
    task = {"engine": "hf", "tokenizer": "minilm_nopad", "file": str(fetch_tokenizers.path("minilm_nopad")), "threads": 1, "plain": True, "corpus": str(text), "bytes": 1 << 30,
            "cpus": sorted(os.sched_getaffinity(0))[:1], "specials": [], "what": ["corpus", "line", "offsets", "two_threads"], **more}
    done = subprocess.run([sys.executable, str(ROOT / "bench/tokenizer_worker.py"), json.dumps(task)], capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_worker_measures(text):
    rows = {row["what"]: row for row in worker_rows(text)}
    assert set(rows) == {"load", "encode", "decode", "line", "offsets", "threads"} and not any("refuses" in row for row in rows.values())
    assert rows["encode"]["bytes"] == text.stat().st_size and rows["encode"]["warm_mbs"] > 0 and rows["line"]["us"] > 0
    assert 0.49 < rows["threads"]["largest_share"] <= 1


def test_adversarial_texts_have_their_size(text):
    for name, made in tokenizer_worker.adversarial_texts(20_000, str(text), ["<|a|>"]):
        assert 19_000 < len(made.encode()) <= 20_100, name


@pytest.fixture
def run_of_two(text, monkeypatch):
    """A run in which "good" and "bad" have rows beside Hugging Face's."""
    monkeypatch.setattr(tokenizer_corpora, "path", lambda kind: text)
    options = argparse.Namespace(tokenizers=["minilm_nopad"], kinds=["english"], engines=["good", "bad", "hf"], what=[], runs=1)
    run = tokenizer_peers.Run(options)
    marks = [tokenizer_worker.fingerprint(np.array([i, 7])) for i in range(9)]
    for engine, its in (("hf", marks), ("good", list(marks)), ("bad", [marks[0], 5, *marks[2:]])):
        run.rows[tokenizer_peers.Place("minilm_nopad", "english", engine), "encode"] = [{"bytes": 1 << 30, "marks": its, "warm_mbs": {"hf": 2, "good": 10, "bad": 50}[engine]}]
    return run


def test_an_inexact_peer_does_not_count(run_of_two):
    place = tokenizer_peers.Place("minilm_nopad", "english", "good")
    assert tokenizer_peers.is_exact(run_of_two, place) and not tokenizer_peers.is_exact(run_of_two, tokenizer_peers.Place("minilm_nopad", "english", "bad"))
    assert tokenizer_peers.wrong_documents(run_of_two, tokenizer_peers.Place("minilm_nopad", "english", "bad")) == (0, 1)
    verdict = tokenizer_peers.verdict(run_of_two, "minilm_nopad", "english", "encode", "warm_mbs", 3)
    assert verdict["best_peer"] == "good" and verdict["best_peer_value"] == 10 and verdict["ratio"] is None


def test_new_characters_are_known():
    assert tokenizer_peers.is_new("abc \U0001e900") and tokenizer_peers.is_new("\u0870") and not tokenizer_peers.is_new("naïve 中文 한국어 हिन्दी")
