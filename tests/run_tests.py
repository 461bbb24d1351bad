# SPDX-License-Identifier: Apache-2.0
"""All of zest's tests, part by part, and one summary line.

A part is a program or a pytest folder; every part prints its own tests and ends with counts, which are added up. A part
that breaks off without counts is one failure: nothing passes by not running.
"""
from __future__ import annotations

import argparse
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SUMMARY = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)
PYTEST = re.compile(r"(\d+) (passed|failed|skipped|errors?|xfailed|xpassed)")


@dataclasses.dataclass
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, other: Counts) -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed" + (f", {self.skipped} skipped" if self.skipped else "")


def environment(**more: str) -> dict[str, str]:
    reference = os.environ.get("ZEST_REFERENCE") or str(ROOT.parent / "shared" / "reference")
    return {**os.environ, "ZEST_REFERENCE": reference, "ZEST_BINARY": str(ROOT / "build" / "zest"), **more}


def run(command: list[str], **more: str) -> tuple[int, str]:
    """Runs a part, showing its output as it comes; answers exit code and output."""
    process = subprocess.Popen(command, cwd=ROOT, env=environment(**more), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               errors="replace")
    lines = []
    for line in process.stdout:
        lines.append(line)
        sys.stdout.write("   " + line)
        sys.stdout.flush()
    return process.wait(), "".join(lines)


def counted(code: int, found: Counts) -> Counts:
    """A part whose exit code says failure while its counts don't has failed."""
    if code != 0 and found.failed == 0:
        found.failed = 1
    return found


def c_programs(build: pathlib.Path, **more: str) -> Counts:
    total = Counts()
    programs = sorted(path for path in (build / "tests").rglob("test_*") if path.is_file() and os.access(path, os.X_OK))
    if not programs:
        print(f"   no test programs in {build}")
        return Counts(failed=1)
    for program in programs:
        print(f"-- {program.relative_to(build)}")
        code, output = run([str(program)], **more)
        found = SUMMARY.findall(output)
        counts = Counts(*(int(number or 0) for number in found[-1])) if found else Counts(failed=1)
        total.add(counted(code, counts))
    return total


def pytest(*arguments: str, **more: str) -> Counts:
    code, output = run([sys.executable, "-m", "pytest", "-q", "-rs", "--no-header", "-p", "no:cacheprovider", *arguments], **more)
    counts = Counts()
    last = output.strip().splitlines()[-1] if output.strip() else ""
    for number, kind in PYTEST.findall(last):
        if kind == "passed":
            counts.passed += int(number)
        elif kind in ("skipped", "xfailed"):
            counts.skipped += int(number)
        else:
            counts.failed += int(number)
    return counted(code, counts)


def build(folder: str, compiler: str, *options: str) -> bool:
    """Configures (once) and builds a variant beside build/."""
    path = ROOT / folder
    if not (path / "build.ninja").exists():
        code, _ = run(["meson", "setup", str(path), *options], CC=compiler)
        if code:
            return False
    code, _ = run(["ninja", "-C", str(path), "--quiet"])
    return code == 0


def part_unit(options: argparse.Namespace) -> Counts:
    return c_programs(ROOT / "build")


def part_warnings(options: argparse.Namespace) -> Counts:
    """GCC and Clang build everything with warnings as errors."""
    total = Counts()
    for compiler, folder in (("gcc", "build-werror-gcc"), ("clang", "build-werror-clang")):
        if not shutil.which(compiler):
            print(f"   {compiler} is not installed: skipped")
            total.skipped += 1
        elif build(folder, compiler, "-Dwerror=true", "-Doptimization=1"):
            total.passed += 1
        else:
            total.failed += 1
    return total


def part_sanitizers(options: argparse.Namespace) -> Counts:
    """The C tests under AddressSanitizer and UndefinedBehaviorSanitizer."""
    if not build("build-sanitize", "gcc", "-Db_sanitize=address,undefined", "-Doptimization=1", "-Db_lundef=false"):
        return Counts(failed=1)
    # GCC 13 and 14 look for uses after return too, on a stack of their own that is not aligned for 64-byte vectors.
    return c_programs(ROOT / "build-sanitize", UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1",
                      ASAN_OPTIONS="detect_leaks=1:detect_stack_use_after_return=0", ZEST_TEST_QUICK="1")


def part_python(options: argparse.Namespace) -> Counts:
    return pytest("tests/python", *([] if options.all else ["-m", "not long"]))


def part_system(options: argparse.Namespace) -> Counts:
    return pytest("tests/system", *([] if options.all else ["-m", "not long"]))


def part_style(options: argparse.Namespace) -> Counts:
    return pytest("tests/style", "-s")


PARTS = {"style": part_style, "unit": part_unit, "python": part_python, "system": part_system, "warnings": part_warnings,
         "sanitizers": part_sanitizers}


def main() -> int:
    parser = argparse.ArgumentParser(prog="./test", description="Runs zest's tests.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"only these: {', '.join(PARTS)}")
    parser.add_argument("--all", action="store_true", help="the long tests too")
    parser.add_argument("--list", action="store_true", help="list the parts")
    options = parser.parse_args()
    if options.list:
        print("\n".join(f"{name:12} {(part.__doc__ or '').strip()}" for name, part in PARTS.items()))
        return 0
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    total = Counts()
    for name in options.parts or PARTS:
        print(f"== {name}", flush=True)
        start = time.monotonic()
        counts = PARTS[name](options)
        print(f"== {name}: {counts} ({time.monotonic() - start:.0f} s)", flush=True)
        total.add(counts)
    print(total)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
