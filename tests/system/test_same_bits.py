# SPDX-License-Identifier: Apache-2.0
"""The same request gives the same bits: in every mode, on one thread or two, alone or in a batch, in one piece or chunks."""
from __future__ import annotations

import asyncio
import hashlib
import json
import os
import pathlib
import subprocess

import pytest

from serve_process import running_server

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("ZEST_BINARY", str(ROOT / "build/zest"))
PROMPT = "Once upon a time there was a small village at the edge of a forest, where"


def zest(*arguments: str, cpu: str = "") -> str:
    done = subprocess.run([BINARY, *arguments], capture_output=True, text=True, env={**os.environ, "ZEST_CPU": cpu})
    assert done.returncode == 0, done.stderr
    return done.stdout


def paths() -> list[str]:
    flags = pathlib.Path("/proc/cpuinfo").read_text()
    return ["baseline", *(["avx2"] if " avx2 " in flags else []), *(["avx512"] if " avx512_vnni " in flags else [])]


def digest(tmp_path: pathlib.Path, ids: list[int], *options: str, cpu: str = "") -> str:
    """Hash of the logits of all positions."""
    out = tmp_path / "logits.f32"
    zest("logits", "--prompt-ids", ",".join(map(str, ids)), "--positions", "all", "--out", str(out), *options, cpu=cpu)
    return hashlib.sha256(out.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def ids() -> list[int]:
    line = zest("tokenize", PROMPT, "--json")
    return (json.loads(line)["ids"] * 9)[:137]


@pytest.fixture(scope="module")
def server():
    with running_server() as url:
        yield url


def enough(ids: list[int], cpu: str) -> list[int]:
    """The plain path computes a few tokens a second; a block and a bit is enough for it."""
    return ids[:37] if cpu == "baseline" else ids


@pytest.mark.parametrize("cpu", paths())
def test_logits_on_one_thread_and_two(tmp_path, ids, cpu):
    ids = enough(ids, cpu)
    assert digest(tmp_path, ids, "--threads", "1", cpu=cpu) == digest(tmp_path, ids, "--threads", "2", cpu=cpu)


@pytest.mark.parametrize("cpu", paths())
def test_logits_in_one_piece_and_in_chunks(tmp_path, ids, cpu):
    ids = enough(ids, cpu)
    whole = digest(tmp_path, ids, cpu=cpu)
    for chunk in ("1", "7", "32", "33", "64"):
        assert digest(tmp_path, ids, "--step-tokens", chunk, cpu=cpu) == whole, f"chunks of {chunk}"


def test_logits_in_every_mode(tmp_path, ids, server):
    whole = digest(tmp_path, ids)
    assert digest(tmp_path, ids, "--mode", "research") == whole
    assert digest(tmp_path, ids, "--mode", "tokenizer=research,memory=research") == whole
    assert digest(tmp_path, ids, "--mode", f"tokenizer={server}") == whole
    assert digest(tmp_path, ids, "--mode", f"computation={server}") == whole, "logits over HTTP travel as they are"


def generate(*options: str) -> dict:
    return json.loads(zest("run", "--json", "--logprobs", "3", "--max-tokens", "24", "--temperature", "0.8", "--seed", "11", PROMPT, *options))


def test_sampled_ids_and_logprobs_in_every_mode(server):
    production = generate()
    for mode in ("research", "tokenizer=research", f"tokenizer={server}", f"scheduler={server}", f"memory={server}", f"computation={server}", f"engine={server}"):
        other = generate("--mode", mode)
        assert (other["ids"], other["text"], other["logprobs"]) == (production["ids"], production["text"], production["logprobs"]), mode


@pytest.mark.parametrize("threads", ["1", "2"])
def test_alone_and_in_a_batch_of_eight(threads):
    import zest as package
    prompts = [PROMPT[:10 + 7 * i] for i in range(8)]

    async def together(env):
        return await asyncio.gather(*(env.model.generate(prompt, max_tokens=24, logprobs=2, ignore_end=True) for prompt in prompts))

    def shape(result):
        return list(result["ids"]), [(token["id"], token["logprob"]) for token in result["logprobs"]]

    with package.Environment(threads=int(threads), mode="production") as env:
        batch = [shape(result) for result in asyncio.run(together(env))]
        alone = [shape(env.sync.model.generate(prompt, max_tokens=24, logprobs=2, ignore_end=True)) for prompt in prompts]
        steps = env.sync.model.get_engine_stats()["steps_total"]
    assert batch == alone
    assert steps < 2 * 8 * 24, "the batch must really have run together"
