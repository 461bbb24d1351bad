# SPDX-License-Identifier: Apache-2.0
"""The zero-cost proof: what a production call costs on top of the call that one would write by hand, counted.

Sealed (-Dbinding=static): the same machine code, byte for byte, and nothing of tracers, codec or routes in the program.
Open: one instruction a call. The controls plant what must be found, so that none of this passes by not looking.
"""
from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("ZEST_BINARY", ROOT / "build/zest")).parent
SEALED_BUILD = pathlib.Path(os.environ.get("ZEST_SEALED_BUILD", ROOT / "build-sealed"))
CALLER = ROOT / "tests/proof/caller.c"
WAYS = {"sealed": ["-DZEST_BINDING_STATIC"], "hand": ["-DPROOF_HAND"], "open": [],
        "planted": ["-DZEST_BINDING_STATIC", "-DPROOF_PLANTED"]}
COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)]
FUNCTIONS = ("tokenize_once", "find_once", "count_found")
# What only the open build may have: the codec, layers, envelopes, descriptions and routes.
OPEN_ONLY = re.compile(r"\b(zest_(json|wire|base64|trace|traced|remote|answer|error_write|operation_find|services|server)\w*|\w+_(traced|remote)_ops"
                       r"|zest_\w+_description|invoke_\w+|(curl|MHD)_\w+)\b")


def output(*command: object, **more: str) -> str:
    run = subprocess.run([str(part) for part in command], capture_output=True, text=True, env={**os.environ, **more})
    assert run.returncode == 0, f"{command}: {run.stdout}{run.stderr}"
    return run.stdout + run.stderr


# ---- one caller, compiled in four ways ------------------------------------------------------------------------------------

@pytest.fixture(scope="module", params=COMPILERS)
def objects(request, tmp_path_factory):
    """The caller's object files of one compiler, by way."""
    folder, files = tmp_path_factory.mktemp(request.param), {}
    for way, flags in WAYS.items():
        files[way] = folder / f"{way}.o"
        output(request.param, "-std=gnu17", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-c", *flags, f"-I{ROOT / 'include'}", f"-I{BUILD / 'api'}",
               CALLER, "-o", files[way])
    files["compiler"] = request.param
    return files


def text_bytes(path: pathlib.Path) -> bytes:
    out = path.with_suffix(".text")
    output("objcopy", "-O", "binary", "--only-section=.text", path, out)
    return out.read_bytes()


def listing(path: pathlib.Path, option: str) -> str:
    """objdump's output without the line that names the file."""
    return "\n".join(line for line in output("objdump", option, path).splitlines() if str(path) not in line)


def instructions(path: pathlib.Path) -> dict[str, list[str]]:
    """The instructions of each function, without padding."""
    found: dict[str, list[str]] = {}
    for line in output("objdump", "-d", "--no-show-raw-insn", path).splitlines():
        head = re.match(r"^[0-9a-f]+ <(\w+)>:", line)
        if head:
            found[head[1]] = []
        elif found and (step := re.match(r"^\s+[0-9a-f]+:\s+(\S.*)", line)) and not re.match(r"(\w+ )*nop|xchg\s+%ax,%ax|int3", step[1]):
            found[list(found)[-1]].append(step[1])
    return found


def differences(one: pathlib.Path, other: pathlib.Path) -> list[str]:
    found = [] if text_bytes(one) == text_bytes(other) else ["text"]
    found += [name for name, option in (("disassembly", "-d"), ("relocations", "-r")) if listing(one, option) != listing(other, option)]
    return found


def test_sealed_calls_are_the_hand_written_ones(objects, capsys):
    assert differences(objects["sealed"], objects["hand"]) == []
    assert len(text_bytes(objects["sealed"])) > 0
    with capsys.disabled():
        print(f"\n   {objects['compiler']}: sealed and hand-written calls are the same {len(text_bytes(objects['hand']))} bytes")


def test_a_planted_branch_is_found(objects):
    """The negative control: a mode flag in the call must not pass for a sealed call."""
    assert "text" in differences(objects["planted"], objects["hand"])
    assert "disassembly" in differences(objects["planted"], objects["hand"])


def test_open_calls_take_one_instruction_more(objects, capsys):
    hand, opened, planted = (instructions(objects[way]) for way in ("hand", "open", "planted"))
    counts = {name: (len(hand[name]), len(opened[name])) for name in FUNCTIONS}
    with capsys.disabled():
        print(f"\n   {objects['compiler']}: instructions by hand and open: " + ", ".join(f"{name} {a} and {b}" for name, (a, b) in counts.items()))
    # Clang loads the address of a tail call into a register first; in a call proper it is one instruction there too.
    tail = 2 if objects["compiler"] == "clang" else 1
    assert {name: b - a for name, (a, b) in counts.items()} == {"tokenize_once": tail, "find_once": tail, "count_found": 1}
    assert all(len(planted[name]) > len(opened[name]) for name in FUNCTIONS)


# ---- whole programs -------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def programs():
    """The embedding example, sealed (built here, once) and open."""
    if not (SEALED_BUILD / "build.ninja").exists():
        output("meson", "setup", SEALED_BUILD, "-Dbinding=static")
    output("ninja", "-C", SEALED_BUILD, "programs/sealed/zest-sealed")
    output("ninja", "-C", BUILD, "programs/sealed/zest-open")
    return {"sealed": SEALED_BUILD / "programs/sealed/zest-sealed", "open": BUILD / "programs/sealed/zest-open"}


def test_the_sealed_program_has_no_layers_codec_or_routes(programs, capsys):
    found = {way: sorted({match[0] for match in OPEN_ONLY.finditer(output("nm", path))}) for way, path in programs.items()}
    with capsys.disabled():
        print(f"\n   symbols of layers, codec and routes: {len(found['sealed'])} sealed, {len(found['open'])} open; "
              f"program: {programs['sealed'].stat().st_size // 1024} KiB and {programs['open'].stat().st_size // 1024} KiB")
    assert found["sealed"] == []
    assert {"zest_json_read", "zest_tokenizer_traced_ops", "zest_remote_call"} <= set(found["open"])  # the control
    assert "libcurl" not in output("readelf", "-d", programs["sealed"])


def model() -> pathlib.Path:
    folder = pathlib.Path(os.environ.get("ZEST_MODELS") or pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "zest/models")
    path = folder / "SmolLM2-135M-Instruct.Q4_1.gguf"
    if not path.exists():
        pytest.skip(f"the default model is not at {path}")
    return path


def own_cost(profile: pathlib.Path, program: pathlib.Path) -> int:
    """Instructions executed in the program's own code, by callgrind's file: those of the libraries and of the loader, which
    has more to do where a program is linked with more libraries, are left out."""
    names, current, total, skip = {}, None, 0, False
    for line in profile.read_text().splitlines():
        if line.startswith("ob="):
            number, _, name = line[3:].partition(" ")
            names.setdefault(number, name)
            current = names[number]
        elif line.startswith("cob="):
            number, _, name = line[4:].partition(" ")
            if name:
                names[number] = name
        elif line.startswith("calls="):
            skip = True
        elif re.match(r"^[+\-*\d]", line):
            if not skip and current == str(program):
                total += int(line.split()[1])
            skip = False
    return total


def count(program: pathlib.Path, tokens: int, folder: pathlib.Path) -> tuple[int, int, str]:
    """Instructions of all code and of the program's own, and the ids that it printed."""
    profile = folder / f"{program.name}.{tokens}.callgrind"
    text = output("valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}", program, model(), 1, tokens, 504, 3575, 282, 4649, 314,
                  ZEST_CPU="avx2")
    ids = next(line for line in text.splitlines() if re.match(r"^\d+( \d+)*$", line))
    return int(re.search(r"Collected : (\d+)", text)[1]), own_cost(profile, program), ids


needs_valgrind = pytest.mark.skipif(not shutil.which("valgrind"), reason="valgrind is not installed")


@needs_valgrind
def test_open_production_executes_a_thousandth_more_at_most(programs, tmp_path, capsys):
    """Model opened, a prompt read, tokens generated: in the program's own code, start to end."""
    sealed, opened = count(programs["sealed"], 6, tmp_path), count(programs["open"], 6, tmp_path)
    with capsys.disabled():
        print(f"\n   6 tokens: {sealed[1]:,} instructions sealed, {opened[1]:,} open: {opened[1] / sealed[1] - 1:+.5%} "
              f"(with libraries and their loading {sealed[0]:,} and {opened[0]:,})")
    assert sealed[2] == opened[2] and len(sealed[2].split()) == 6
    assert sealed[1] > 100_000_000
    assert opened[1] <= sealed[1] * 1.001


@needs_valgrind
@pytest.mark.long
def test_a_long_generation_executes_a_thousandth_more_at_most(programs, tmp_path, capsys):
    """All code, libraries too; what start and end cost cancels out between a long and a short generation."""
    spent = {}
    for way, program in programs.items():
        short, long = count(program, 4, tmp_path), count(program, 68, tmp_path)
        spent[way] = long[0] - short[0]
        assert len(long[2].split()) == 68
    with capsys.disabled():
        print(f"\n   64 tokens: {spent['sealed']:,} instructions sealed, {spent['open']:,} open: {spent['open'] / spent['sealed'] - 1:+.5%}, "
              f"{(spent['open'] - spent['sealed']) / 64:.0f} a token")
    assert spent["open"] <= spent["sealed"] * 1.001
