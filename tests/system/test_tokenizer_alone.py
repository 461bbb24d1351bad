# SPDX-License-Identifier: Apache-2.0
"""libzest_tokenizer alone: installed, found by pkg-config, and enough for examples/tokenize_alone.c."""
import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("ZEST_BINARY") or ROOT / "build" / "zest").parent
TOKENIZER = {"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "\n": 2, "ab": 3}, "merges": [["a", "b"]]}, "decoder": {"type": "Fuse"}}

pytestmark = pytest.mark.skipif(not (BUILD / "build.ninja").is_file() or not shutil.which("meson"), reason="needs the build folder and Meson")


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("installed")
    done = subprocess.run(["meson", "install", "-C", str(BUILD), "--no-rebuild", "--destdir", str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def pkg_config(installed, *arguments):
    """As on the machine that it is installed on: paths inside `installed` are told as such."""
    pc = next(installed.rglob("zest_tokenizer.pc"))
    environment = {**os.environ, "PKG_CONFIG_PATH": str(pc.parent), "PKG_CONFIG_SYSROOT_DIR": str(installed)}
    done = subprocess.run(["pkg-config", *arguments, "zest_tokenizer"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.fixture(scope="module")
def program(installed, tmp_path_factory):
    out = tmp_path_factory.mktemp("program") / "tokenize_alone"
    flags = pkg_config(installed, "--cflags", "--libs")
    assert not any(str(ROOT) in flag for flag in flags)
    source = ROOT / "examples" / "tokenize_alone.c"
    done = subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", str(source), *flags, "-o", str(out)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture
def tokenizer(tmp_path):
    file = tmp_path / "tokenizer.json"
    file.write_text(json.dumps(TOKENIZER))
    return str(file)


def test_the_example_tokenizes(program, tokenizer):
    done = subprocess.run([program, tokenizer, "abba"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "3 1 0\nabba\n"), done.stderr


def test_the_example_counts_a_stream(program, tokenizer):
    done = subprocess.run([program, tokenizer], input="ab\n" * 100000, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "200000 ids\n"), done.stderr


def test_the_example_says_what_is_wrong(program, tmp_path):
    done = subprocess.run([program, str(tmp_path / "none.json"), "a"], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "none.json" in done.stderr
    assert subprocess.run([program], capture_output=True, check=False).returncode == 2


def test_the_documentation_compiles(installed, tmp_path):
    blocks = re.findall(r"```c\n(.*?)```", (ROOT / "docs" / "tokenizer.md").read_text("utf-8"), re.S)
    assert blocks
    for number, block in enumerate(blocks):
        source = tmp_path / f"block{number}.c"
        source.write_text(block)
        done = subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", *pkg_config(installed, "--cflags"), str(source)],
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_the_library_is_the_tokenizer_and_nothing_else(installed):
    archive = next(installed.rglob("libzest_tokenizer.a"))
    names = subprocess.run(["nm", "--defined-only", "-g", str(archive)], capture_output=True, text=True, check=True).stdout
    assert "zest_tokenizer_native_create" in names
    assert not re.search(r" T zest_(engine|scheduler|memory|computation|server|env)_", names)
    assert pkg_config(installed, "--modversion")
