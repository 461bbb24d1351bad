# SPDX-License-Identifier: Apache-2.0
"""`zest tokenize --explain`, `--compare` and `--stream`, and what a server reads for tokenizer.compare_tokenizers."""
import json
import os
import pathlib
import pty
import re
import shutil
import subprocess

import pytest

import serve_process

BINARY, MODEL = str(serve_process.BINARY), serve_process.DEFAULT_MODEL
pytestmark = pytest.mark.skipif(not MODEL.is_file(), reason="needs the default model")
TEXT = "Hello tokenizers! 你好 <|im_end|>"

OTHER = {"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"]]}}


def zest(*arguments, **more):
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, check=False, **more)


def ids_of(text):
    return json.loads(zest("tokenize", "--json", text).stdout)["ids"]


def drawn_numbers(lines):
    return [int(number) for line in lines for number in re.findall(r"\d+", line)]


def test_explain_draws_blocks_ids_and_reasons():
    done = zest("tokenize", "--explain", TEXT)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.split("\n")
    assert lines[0].startswith("[Hello] [ token] [izers] [!]") and "\033" not in done.stdout
    assert drawn_numbers([lines[1]]) == ids_of(TEXT)
    assert '   1  "Hello"' in done.stdout and "cut by ByteLevel (step 2 of 2)" in done.stdout
    assert "added token, special" in done.stdout
    assert all(len(line) <= 160 for line in lines)


def on_a_terminal(*arguments, columns=60):
    """What the command draws where stdout is a terminal."""
    leader, follower = pty.openpty()
    import fcntl
    import struct
    import termios

    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen([BINARY, *arguments], stdout=follower, env={**os.environ, "TERM": "xterm", "NO_COLOR": ""})
    os.close(follower)
    data = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:  # the terminal is gone with the process
            break
        if not part:
            break
        data += part
    os.close(leader)
    assert process.wait() == 0
    return data.decode().replace("\r\n", "\n")


def test_explain_is_coloured_and_fits_on_a_terminal():
    shown = on_a_terminal("tokenize", "--explain", TEXT)
    assert "\033[97;48;5;" in shown
    plain = re.sub(r"\033\[[0-9;]*m", "", shown).split("\n")
    blocks = plain[:plain.index("")]
    assert "|izers" in blocks[0] and drawn_numbers(blocks[1::2]) == ids_of(TEXT)
    wide = sum(1 for character in blocks[0] if ord(character) > 0x2E80)
    assert len(blocks[0]) + wide <= 61
    assert all(len(line) <= 60 for line in plain[plain.index("") + 1:-3])


def test_explain_as_json_is_the_operation():
    answer = json.loads(zest("tokenize", "--explain", "--json", TEXT).stdout)
    assert answer == json.loads(zest("call", "tokenizer.explain", json.dumps({"text": TEXT})).stdout)
    assert answer["ids"] == ids_of(TEXT) and answer["algorithm_reasoning"].startswith("BPE made")


def test_compare_draws_both_sides(tmp_path):
    other = tmp_path / "tokenizer.json"
    other.write_text(json.dumps(OTHER))
    done = zest("tokenize", "--compare", str(other), "abba")
    assert done.returncode == 0, done.stderr
    assert "b|a" in done.stdout and "They first part at character 2." in done.stdout
    same = zest("tokenize", "--compare", str(MODEL), TEXT)
    assert "at the same places" in same.stdout and "\n* " not in same.stdout
    assert zest("tokenize", "--compare", str(tmp_path / "none.json"), "ab").returncode == 1


def test_wrong_use_is_said():
    assert zest("tokenize", "--stream", "text").returncode == 2
    assert zest("tokenize", "--explain", "--stream").returncode == 2
    assert zest("tokenize", "--explain").returncode == 2


def test_a_stream_has_the_ids_of_the_whole():
    text = "A line. \n" * 20 + "Some words\nand émore\r\n\n" * 5000 + "the end"
    streamed = zest("tokenize", "--stream", input=text)
    assert streamed.returncode == 0, streamed.stderr
    assert [int(number) for number in streamed.stdout.split()] == ids_of_batch(text)
    chunks = [json.loads(line)["ids"] for line in zest("tokenize", "--stream", "--json", input=text).stdout.split("\n") if line]
    assert len(chunks) > 1 and sum(chunks, []) == ids_of_batch(text)


def ids_of_batch(text):
    return json.loads(zest("tokenize", "--batch", input=json.dumps({"text": text}) + "\n").stdout)["ids"]


def streamed_kib(megabytes):
    """Most memory that the command has taken when it was fed so much text (the text's end is held back to look)."""
    line = b"The quick brown fox jumps over the lazy dog.\n" * 23302
    with open(os.devnull, "wb") as nothing:
        process = subprocess.Popen([BINARY, "tokenize", "--stream"], stdin=subprocess.PIPE, stdout=nothing)
        for _ in range(megabytes):
            process.stdin.write(line)
        process.stdin.flush()
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        process.stdin.close()
        assert process.wait() == 0
    return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1))


def test_the_memory_of_a_stream_does_not_grow_with_it():
    small, large = streamed_kib(2), streamed_kib(32)
    assert large < small + 4096, (small, large)


def test_bad_bytes_in_a_stream_are_told_by_their_place():
    done = subprocess.run([BINARY, "tokenize", "--stream"], input=b"fine \xff", capture_output=True, check=False)
    assert done.returncode != 0 and b"byte 5 is 0xFF" in done.stderr


# ---- what a server reads -------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def server_with_models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    (folder / "other").mkdir()
    (folder / "other" / "tokenizer.json").write_text(json.dumps(OTHER))
    outside = tmp_path_factory.mktemp("outside") / "tokenizer.json"
    outside.write_text(json.dumps(OTHER))
    (folder / "link.json").symlink_to(outside)
    shutil.copy(MODEL, folder / MODEL.name)
    server = serve_process.Server(environment={"ZEST_MODELS": str(folder)})
    yield server, folder, outside
    server.stop()


def compare(server, other):
    return server.json("POST", "/services/tokenizer/compare_tokenizers", {"other": other, "texts": ["abab"]})


def test_a_server_compares_with_what_lies_in_its_models_folder(server_with_models):
    server, folder, _ = server_with_models
    for other in ("other/tokenizer.json", "other", str(folder / "other" / "tokenizer.json"), str(folder / MODEL.name), ""):
        status, answer = compare(server, other)
        assert status == 200, answer
        assert answer["texts"][0]["tokens"] > 0


def test_a_server_reads_no_other_files(server_with_models):
    server, folder, outside = server_with_models
    messages = set()
    for other in (str(outside), f"{folder}/../{outside.parent.name}/tokenizer.json", "link.json", "/etc/passwd", "/proc/self/environ", "../..",
                  "nothing.json", "/nowhere/at/all", "/", "."):
        status, answer = compare(server, other)
        assert status == 404, (other, answer)
        messages.add(answer["error"]["message"].replace(other, "X"))
    assert len(messages) == 1  # nobody learns what there is
