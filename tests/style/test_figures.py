# SPDX-License-Identifier: Apache-2.0
"""The house's figures: lengths of functions and files, share of comments and assertions; printed, with hard limits."""
from __future__ import annotations

import pathlib
import re
import statistics

from test_layers import ROOT, tracked

LINES_MAX = 800       # of a file
FUNCTION_MAX = 110    # of a function outside kernels


def functions(text: str) -> list[tuple[str, int]]:
    """(name, lines) of each function definition; relies on the house style: opening and closing brace in column 0."""
    found, lines = [], text.split("\n")
    start = name = None
    for number, line in enumerate(lines):
        if line == "{" and start is None:
            head = " ".join(lines[max(0, number - 4):number])
            names = re.findall(r"(\w+)\s*\(", head)
            start, name = number, names[0] if names else "?"
            if re.search(r"(struct|enum|union)\s+\w*\s*$|=\s*$", head):
                start = None
        elif line.startswith("}") and start is not None:
            found.append((name, number - start - 1))
            start = None
    return found


def sources() -> list[pathlib.Path]:
    return [path for path in tracked("src/*", "include/*", "programs/*", "python/src/*") if path.suffix in (".c", ".h")]


def is_kernel(path: pathlib.Path) -> bool:
    return "computation" in path.parts and re.search(r"kernel|matmul|vector_|attention|avx|unpack|quant", path.name) is not None


def comment_lines(text: str) -> int:
    return sum(part.count("\n") + 1 for part in re.findall(r"/\*.*?\*/", text, re.S))


def test_figures(capsys):
    lengths, files, comments, code, asserts = [], [], 0, 0, 0
    for path in sources():
        text = path.read_text("utf-8")
        lines = [line for line in text.split("\n") if line.strip()]
        comments += comment_lines(text)
        code += len(lines)
        asserts += len(re.findall(r"\bassert\(", text))
        if path.suffix == ".c":
            files.append((len(text.split("\n")), path))
            lengths += [(size, name, path) for name, size in functions(text)]
    ordinary = sorted(size for size, _, path in lengths if not is_kernel(path))
    tests = sum(len(path.read_text("utf-8").split("\n")) for path in tracked("tests/*", "plugins/*") if path.suffix in (".c", ".h", ".py"))
    with capsys.disabled():
        print(f"\n   {len(files)} C files, median {statistics.median(size for size, _ in files):.0f} lines, longest {max(files)[0]}")
        print(f"   {len(ordinary)} functions, median {statistics.median(ordinary):.0f} lines, "
              f"p90 {ordinary[int(len(ordinary) * .9)]}, longest {ordinary[-1]}")
        print(f"   {comments / code:.0%} comments, {asserts / len(ordinary):.2f} assertions a function, tests : code {tests / code:.2f}")
    too_long = [f"{path.relative_to(ROOT)}: {size} lines" for size, path in files if size > LINES_MAX]
    too_long += [f"{path.relative_to(ROOT)}: {name} has {size} lines" for size, name, path in lengths if size > FUNCTION_MAX and not is_kernel(path)]
    assert not too_long, "\n".join(too_long)
