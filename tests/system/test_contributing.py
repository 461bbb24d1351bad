# SPDX-License-Identifier: Apache-2.0
"""CONTRIBUTING.md's first policy: written, named, built and run as the page says, in a copy of the tree."""
from __future__ import annotations

import json
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(command: list[str], **more) -> str:
    done = subprocess.run(command, capture_output=True, text=True, **more)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> pathlib.Path:
    """A copy of the tracked tree with the page's policy in it, built."""
    target = tmp_path_factory.mktemp("tree")
    for name in run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT).splitlines():
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    page = (target / "CONTRIBUTING.md").read_text("utf-8")
    source, = re.findall(r"```c\n(.*?)```", page, re.S)
    (target / "src/scheduler/shortest.c").write_text(source, "utf-8")
    build = target / "src/scheduler/meson.build"
    text = build.read_text("utf-8")
    assert "'fcfs'" in text, "the page says that policies are named in src/scheduler/meson.build"
    build.write_text(text.replace("'fcfs'", "'fcfs', 'shortest'", 1), "utf-8")
    run(["meson", "setup", str(target / "build"), str(target), "-Dtests=false", "-Doptimization=1", "-Dwerror=true"])
    run(["ninja", "-C", str(target / "build"), "--quiet"])
    return target


def test_the_policy_is_listed_with_its_parameter(tree):
    answer = json.loads(run([tree / "build/zest", "call", "scheduler.get_policies"]))
    mine = next(policy for policy in answer["policies"] if policy["name"] == "shortest")
    assert mine["summary"] == "The shortest prompt first."
    assert mine["parameters"][0]["name"] == "prompt_tokens_max" and mine["parameters"][0]["default_value"] == 65536


def test_the_policy_serves_the_model(tree):
    command = [tree / "build/zest", "run", "--json", "Hello", "--max-tokens", "8"]
    with_mine, with_fcfs = (json.loads(run([*command, "--policy", policy])) for policy in ("shortest", "fcfs"))
    assert with_mine["ids"] == with_fcfs["ids"], "a policy changes when tokens are computed, never which"


def test_a_parameter_is_set(tree):
    request = '{"policy": "shortest", "parameters": {"prompt_tokens_max": 4096}}'
    assert json.loads(run([tree / "build/zest", "call", "scheduler.set_policy", request])) == {"previous": "fcfs", "policy": "shortest"}
