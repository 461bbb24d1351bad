# SPDX-License-Identifier: Apache-2.0
"""Services of another zest: each of the five in turn, all together, streams, refusals, and servers that are not there."""
from __future__ import annotations

import json
import pathlib
import socket
import subprocess

import pytest

from serve_process import BINARY, running_server

SERVICES = ("tokenizer", "scheduler", "memory", "computation", "engine")


def zest(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=120)


def ids_of(*options: str) -> list[int]:
    done = zest("run", "The capital of France is", "--max-tokens", "6", "--json", *options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["ids"]


@pytest.fixture(scope="module")
def server():
    with running_server() as url:
        yield url


@pytest.fixture(scope="module")
def own_ids():
    return ids_of()


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_alone(server, own_ids, service):
    assert ids_of("--mode", f"{service}={server}") == own_ids


def test_four_services_together(server, own_ids):
    assert ids_of("--mode", ",".join(f"{service}={server}" for service in SERVICES[:4])) == own_ids


def test_answers_name_the_remote_layer(server):
    done = zest("call", "tokenizer.tokenize", '{"text": "Hello world"}', "--mode", f"tokenizer={server}")
    answer = json.loads(done.stdout)
    assert answer["data"]["ids"] == [19556, 905]
    assert answer["metadata"]["mode"] == server and answer["metadata"]["implementation"] == "remote"
    assert answer["metadata"]["execution_time"] > 0


def test_refusals_are_the_same_as_in_process(server):
    wrong = ("call", "tokenizer.detokenize", '{"ids": [99999999]}', "--json")
    here, there = zest(*wrong), zest(*wrong, "--mode", f"tokenizer={server}")
    assert here.returncode == there.returncode != 0
    assert json.loads(here.stderr)["error"] == json.loads(there.stderr)["error"]


def test_logits_come_as_raw_numbers_and_are_the_same(server, tmp_path):
    files = [tmp_path / "own", tmp_path / "remote"]
    for path, options in zip(files, ([], ["--mode", f"engine={server}"])):
        done = zest("logits", "--prompt-ids", "504,3575,282,4649,314", "--positions", "all", "--out", str(path), *options)
        assert done.returncode == 0, done.stderr
    assert files[0].read_bytes() == files[1].read_bytes()
    assert files[0].stat().st_size == 5 * 49152 * 4


def test_a_server_that_is_not_there_is_named():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    done = zest("run", "Hi", "--mode", f"tokenizer={url}", "--json")
    error = json.loads(done.stderr)["error"]
    assert done.returncode != 0 and error["code"] == "unavailable" and url in error["message"]


@pytest.mark.parametrize("mode", ["tokenizer=http://", "tokenizer=http://a b", "tokenizer=http://h:99999", "tokenizer=http://u:p@h", "tokenizer=ftp://h"])
def test_wrong_addresses_are_explained(mode):
    done = zest("run", "Hi", "--mode", mode, "--json")
    assert done.returncode != 0 and json.loads(done.stderr)["error"]["param"] == "mode"
    assert "http://host:port" in done.stderr or "URL" in done.stderr


def test_a_server_of_something_else_is_refused(tmp_path: pathlib.Path):
    page = subprocess.Popen(["python3", "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(tmp_path)], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True)
    try:
        port = page.stdout.readline().split("port ")[1].split()[0]
        done = zest("run", "Hi", "--mode", f"tokenizer=http://127.0.0.1:{port}", "--json")
        error = json.loads(done.stderr)["error"]
        assert error["code"] == "unavailable" and "501" in error["message"]
    finally:
        page.terminate()
        page.wait()
