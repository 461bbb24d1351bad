# SPDX-License-Identifier: Apache-2.0
"""Starts `zest serve` on a free port for the tests of the server, and talks to it."""
from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import pathlib
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("ZEST_BINARY") or ROOT / "build" / "zest")
MODEL = pathlib.Path(os.environ.get("ZEST_MODELS") or pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "zest" / "models")
DEFAULT_MODEL = MODEL / "SmolLM2-135M-Instruct.Q4_1.gguf"


class Server:
    """A running server; `stop` ends it by its own process id."""

    def __init__(self, *arguments: str, port: int = 0, environment: dict[str, str] | None = None):
        command = [str(BINARY), "serve", "--port", str(port), *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})})
        line = self.process.stdout.readline()
        if "listening on" not in line:
            raise RuntimeError(f"the server did not start: {self.process.stderr.read()}")
        self.url = line.split()[-1]
        self.port = int(self.url.rsplit(":", 1)[1])

    def stop(self, number: int = signal.SIGTERM, timeout: float = 60) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def call(self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body; `body` is bytes, or anything that becomes JSON."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=120) as response:
                return response.status, dict(response.headers), response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, dict(error.headers), error.read()

    def json(self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> tuple[int, dict]:
        status, _, answer = self.call(method, path, body, headers)
        return status, json.loads(answer)

    def post(self, path: str, body: object, **headers: str) -> dict:
        status, answer = self.json("POST", path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        assert status == 200, answer
        return answer

    def raw(self, data: bytes, timeout: float = 30) -> bytes:
        """Everything that the server says to these bytes until it closes or falls silent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as connection:
            connection.sendall(data)
            connection.settimeout(1.5)
            return read_all(connection)

    def metric(self, name: str) -> float:
        text = self.call("GET", "/metrics")[2].decode()
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith((f"zest:{name} ", f"zest:{name}{{")))

    def is_up(self) -> bool:
        return self.process.poll() is None and self.call("GET", "/health")[0] == 200


def read_all(connection: socket.socket) -> bytes:
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except (TimeoutError, ConnectionResetError):
        pass
    return b"".join(parts)


def events(text: bytes | str) -> list[tuple[str, str]]:
    """Server-sent events as (event, data)."""
    found = []
    for block in (text.decode() if isinstance(text, bytes) else text).split("\n\n"):
        lines = [line.partition(": ")[::2] for line in block.splitlines()]
        data = "\n".join(value for name, value in lines if name == "data")
        if lines:
            found.append((next((value for name, value in lines if name == "event"), "message"), data))
    return found


def require() -> None:
    if not BINARY.exists():
        pytest.skip(f"{BINARY} is not built (ZEST_BINARY names it)", allow_module_level=True)
    if not DEFAULT_MODEL.exists():
        pytest.skip(f"the default model is not at {DEFAULT_MODEL}", allow_module_level=True)


@functools.cache
def shared_server() -> Server:
    """One server for all tests that leave it as it was."""
    server = Server()
    atexit.register(server.stop)
    return server


@contextlib.contextmanager
def running_server(*arguments: str) -> Iterator[str]:
    """The URL of a server that runs as long as the block does."""
    server = Server(*arguments)
    try:
        yield server.url
    finally:
        server.stop()
