# SPDX-License-Identifier: Apache-2.0
"""Starts `zest serve` on a free port of loopback for as long as a block runs, and stops it by its process id."""
from __future__ import annotations

import contextlib
import os
import pathlib
import re
import signal
import subprocess
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("ZEST_BINARY", str(ROOT / "build/zest"))


@contextlib.contextmanager
def running_server(*options: str) -> Iterator[str]:
    """The URL of a server that can answer."""
    process = subprocess.Popen([BINARY, "serve", "--port", "0", *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        lines = []
        for line in process.stdout:
            lines.append(line)
            found = re.search(r"zest is listening on (http://\S+)", line)
            if found:
                yield found.group(1)
                return
        raise AssertionError(f"the server did not start: {''.join(lines)}")
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            raise AssertionError("the server did not stop on SIGTERM") from None
