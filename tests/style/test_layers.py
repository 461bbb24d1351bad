# SPDX-License-Identifier: Apache-2.0
"""Who may include whom, held by reading the #include lines; and rules about files that a compiler does not see."""
from __future__ import annotations

import collections
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICES = ("tokenizer", "scheduler", "memory", "computation", "engine")
# A folder -> the folders whose own headers ("name.h") it may include. Public headers <zest/…> are for everybody.
MAY_INCLUDE = {
    "src/core": set(),
    **{f"src/{service}": {"src/core"} for service in SERVICES},
    "src/binding": {"src/core", *(f"src/{service}" for service in SERVICES)},
    "src/server": {"src/core", "src/binding"},
    "programs/zest": set(),
    "programs/sealed": set(),
    "python/src": set(),
}
FORBIDDEN_IN_SERVICES = ("microhttpd", "curl/", "Python.h")


def tracked(*patterns: str) -> list[pathlib.Path]:
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "--", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in out.stdout.splitlines() if (ROOT / line).is_file()]


def home_of_headers() -> dict[str, str]:
    return {path.name: str(path.parent.relative_to(ROOT)) for path in tracked("src/**/*.h", "src/*.h", "programs/**/*.h", "python/**/*.h")}


def includes(path: pathlib.Path) -> list[tuple[str, str]]:
    return re.findall(r'^\s*#\s*include\s+(["<])([^">]+)[">]', path.read_text("utf-8"), re.M)


@pytest.mark.parametrize("folder", sorted(MAY_INCLUDE))
def test_a_folder_includes_only_what_lies_below_it(folder):
    homes, wrong = home_of_headers(), []
    for path in tracked(f"{folder}/*.c", f"{folder}/*.h"):
        for bracket, name in includes(path):
            home = homes.get(pathlib.PurePath(name).name)
            if bracket == '"' and home and home != folder and not home.startswith(folder + "/") and home not in MAY_INCLUDE[folder]:
                wrong.append(f"{path.relative_to(ROOT)} includes {name} of {home}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_knows_http_or_python(service):
    wrong = [f"{path.relative_to(ROOT)} includes {name}" for path in tracked(f"src/{service}/*") if path.suffix in (".c", ".h")
             for _, name in includes(path) if name.startswith(FORBIDDEN_IN_SERVICES) or name in ("zest/json.h", "zest/server.h", "zest/environment.h")]
    assert not wrong, "\n".join(wrong)


def test_file_names_are_unique():
    names = collections.Counter(path.name for path in tracked("src/*", "programs/*", "include/*") if path.suffix in (".c", ".h"))
    public = {path.name for path in tracked("include/*")}
    twice = [name for name, count in names.items() if count > 1 and name not in public]
    assert not twice, f"names that stand for more than one file: {twice}"


def test_every_source_names_its_licence():
    wrong = [str(path.relative_to(ROOT)) for path in tracked("*.c", "*.h", "*.py", "*.yaml", "*.build")
             if "SPDX-License-Identifier: Apache-2.0" not in path.read_text("utf-8")[:300]]
    assert not wrong, "\n".join(wrong)


def test_every_room_has_a_sign():
    wrong = []
    for folder in ("src/core", "src/binding", "src/server", *(f"src/{service}" for service in SERVICES)):
        sign = ROOT / folder / "README.md"
        if not sign.exists():
            wrong.append(f"{folder} has no README.md")
        elif len(sign.read_text("utf-8").splitlines()) > 30:
            wrong.append(f"{folder}/README.md is longer than 30 lines")
    assert not wrong, "\n".join(wrong)


def test_nothing_is_left_over():
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    wrong = [f"{path.relative_to(ROOT)}: {mark.group()}" for path in tracked("src/*", "include/*", "programs/*", "python/*", "api/*", "docs/*", "web/*")
             if path.suffix in (".c", ".h", ".py", ".md", ".yaml", ".js", ".css", ".html") for mark in [marks.search(path.read_text("utf-8"))] if mark]
    assert not wrong, "\n".join(wrong)


def test_no_large_or_binary_files():
    wrong = [f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes" for path in tracked("*") if path.stat().st_size > 500_000]
    assert not wrong, "\n".join(wrong)
