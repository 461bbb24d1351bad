# SPDX-License-Identifier: Apache-2.0
"""The snippets of the original design run word for word, in every mode, after this preamble."""
import ast
import asyncio
import os
import pathlib
import re
import types

import pytest
from original_design_snippets import SNIPPETS

import zest

PREAMBLE = """
from zest import MemoryAllocation
config = {"batch_size": 1, "seq_len": 32, "rows": 64, "cols": 64, "repeat": 1}
"""
DESIGN = pathlib.Path(os.environ.get("ZEST_REFERENCE", pathlib.Path(__file__).parents[3] / "shared" / "reference")).parent / "ORIGINAL_DESIGN.md"


def run_snippet(env: zest.Environment, name: str) -> dict:
    names = {"env": env}
    exec(PREAMBLE, names)
    code = compile(SNIPPETS[name], name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)

    async def body():
        result = types.FunctionType(code, names)()
        if result is not None:
            await result

    asyncio.run(body())
    return names


def test_the_copy_is_the_design():
    if not DESIGN.exists():
        pytest.skip("the original design is not beside this repository")
    blocks = re.findall(r"```python\n(.*?)```", DESIGN.read_text("utf-8"), re.S)
    assert blocks == list(SNIPPETS.values())


@pytest.mark.parametrize("name", SNIPPETS)
def test_snippet(any_env, name, capsys):
    names = run_snippet(any_env, name)
    CHECKS[name](names, capsys.readouterr().out)


def check_pattern(names, out):
    assert set(names["result"].keys()) == {"data", "metadata"} and names["result"]["data"]["ids"] == [19556, 905]
    assert names["tokens"] == [19556, 905] and isinstance(names["tokens"], zest.Result)


def check_development(names, out):
    assert re.search(r"Execution time: [\d.e-]+\nMethod: tokenize\n", out)


def check_validation(names, out):
    assert names["output"]["logits"].shape == (1, 49152)


def check_comparison(names, out):
    assert [line.split(":")[0] for line in out.splitlines() if line] == list(names["kernels"])


def check_examples(names, out):
    assert names["tokenizer_examples"]["example_text"] == "Hello world"
    assert names["model_info"]["vocab_size"] == 49152 and names["scheduler_stats"]["policy"]


def check_reasoning(names, out):
    assert out.startswith("Scheduled with priority 1") and len(out) > len("Scheduled with priority 1:")


def check_kernel(names, out):
    assert names["perf"]["kernel"] == "flash_attention" and names["perf"]["config"]["seq_len"] == 512


def check_memory(names, out):
    assert names["result"]["strategy"] == "lru" and 0 < names["result"]["kv_cache_size"] <= 100 * 1024 * 1024


CHECKS = dict(zip(SNIPPETS, (check_pattern, check_development, check_validation, check_comparison, check_examples, check_reasoning,
                             check_kernel, check_memory)))
