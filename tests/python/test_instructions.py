# SPDX-License-Identifier: Apache-2.0
"""What an await costs in instructions, counted by callgrind: the whole, and zest's own share of it.

The whole is mostly the interpreter's (its GET_AWAITABLE and SEND) and differs between builds of Python: 154 on CPython
3.11.7 as its makefile builds it, 181 on Debian's 3.11.2, 383 on Debian's 3.13.5. zest's share is a few short functions.
docs/decisions/0006-what-an-await-costs.md has the tables. The limit is 160 where the interpreter's share leaves room for it.
"""
from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

import zest

PROGRAM = """
import asyncio, sys
sys.path.insert(0, sys.argv[3])
import zest
env = zest.Environment(mode="production", threads=1)
count = int(sys.argv[2])
async def awaits():
    tokenize = env.tokenizer.tokenize
    for _ in range(count):
        await tokenize("Hello world")
async def calls():
    tokenize = env.tokenizer.tokenize
    for _ in range(count):
        tokenize("Hello world")
asyncio.run(awaits() if sys.argv[1] == "awaits" else calls())
"""
FEW, MANY = 2000, 12000
OWN = ("result_await", "result_am_send", "result_next", "zest_py_stop")
# What zest may add, and what the interpreter was seen to take on the shortest way there is (a longer one is a mistake of ours).
# From 3.12 on an await ends through a StopIteration.
OWN_MAX, INTERPRETER_MAX = (12, 175) if sys.version_info < (3, 12) else (58, 425)


def count(tmp_path: pathlib.Path, kind: str, times: int) -> tuple[int, int]:
    """Instructions of the whole program, and of zest's part of the awaits."""
    out = tmp_path / f"{kind}.{times}"
    package = str(pathlib.Path(zest.__file__).resolve().parents[1])
    environment = {**os.environ, "PYTHONHASHSEED": "0", "ZEST_CPU": "baseline"}
    subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", sys.executable, "-c", PROGRAM, kind, str(times), package],
                   check=True, capture_output=True, env=environment)
    table = subprocess.run(["callgrind_annotate", "--threshold=100", str(out)], check=True, capture_output=True, text=True).stdout
    whole = re.search(r"([\d,]+) .*PROGRAM TOTALS", table)
    own = sum(int(number.replace(",", "")) for number, name in re.findall(r"^ *([\d,]+) .*?[:/](\w+)(?: |$)", table, re.M) if name in OWN)
    return int(whole.group(1).replace(",", "")), own


@pytest.mark.skipif(not shutil.which("valgrind"), reason="valgrind is not installed")
@pytest.mark.skipif("libasan" in os.environ.get("LD_PRELOAD", ""), reason="valgrind does not run under a sanitizer")
def test_an_await_adds_few_instructions(tmp_path):
    figures = {(kind, times): count(tmp_path, kind, times) for kind in ("awaits", "calls") for times in (FEW, MANY)}
    whole = {kind: (figures[kind, MANY][0] - figures[kind, FEW][0]) / (MANY - FEW) for kind in ("awaits", "calls")}
    own = (figures["awaits", MANY][1] - figures["awaits", FEW][1]) / (MANY - FEW)
    adds = whole["awaits"] - whole["calls"]
    print(f"\n   Python {sys.version.split()[0]}: a call {whole['calls']:.0f} instructions, await adds {adds:.0f}, {own:.0f} of them zest's")
    assert own > 4, "the counted functions must be found"
    assert own <= OWN_MAX, "an await of what is done already has next to nothing to do"
    assert adds - own <= INTERPRETER_MAX, "the interpreter goes the shortest way that it has"
