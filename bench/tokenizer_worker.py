# SPDX-License-Identifier: Apache-2.0
"""One engine on one tokenizer in a fresh process: measures what it is told to and prints JSON lines. Started by tokenizer_peers.py.

Processor time of the whole process is what counts (all threads), since other processes share the machine. Before anything is timed
the engine gets one word, so that what it builds and imports at its first answer counts as loading ("first_ms"), not as a slow text.
"""
from __future__ import annotations

import glob
import hashlib
import importlib
import json
import os
import pathlib
import statistics
import sys
import threading
import time

import numpy as np
import tokenizer_engines

DOCUMENT_BYTES = 4000
WARM_PASSES, WARM_SECONDS = 7, 1.5
LINES, LINE_ROUNDS = 1000, 9


def documents(path: str, size: int) -> list[str]:
    """A corpus in documents of 4 kB, cut between characters; the whole ones among its first `size` bytes."""
    data, texts, start = pathlib.Path(path).read_bytes(), [], 0
    while start < min(len(data), size - DOCUMENT_BYTES):
        end = min(start + DOCUMENT_BYTES, len(data))
        while end < len(data) and data[end] & 0xC0 == 0x80:
            end += 1
        texts.append(data[start:end].decode("utf-8", "ignore"))
        start = end
    return texts


def byte_count(texts: list[str]) -> int:
    return sum(len(text.encode()) for text in texts)


def resident() -> np.ndarray:
    """Bytes in memory: all, and those that are this process's own (no file's pages, which processes share)."""
    lines = dict(line.split(":", 1) for line in pathlib.Path("/proc/self/smaps_rollup").read_text().splitlines()[1:])
    return np.array([int(lines[name].split()[0]) * 1024 for name in ("Rss", "Anonymous")])


def say(**row) -> None:
    print(json.dumps(row), flush=True)


def timed(call, *arguments) -> tuple[float, object]:
    start = time.process_time()
    result = call(*arguments)
    return time.process_time() - start, result


def passes(call, argument) -> float:
    """The median of later passes."""
    times: list[float] = []
    while len(times) < WARM_PASSES and (len(times) < 3 or sum(times) < WARM_SECONDS):
        times.append(timed(call, argument)[0])
    return statistics.median(times)


def fingerprint(row: np.ndarray) -> int:
    return int.from_bytes(hashlib.blake2b(np.ascontiguousarray(row, dtype="<u4").tobytes(), digest_size=6).digest(), "little")


class Worker:
    def __init__(self, task: dict):
        self.task = task
        imports, _ = timed(lambda: [importlib.import_module(name) for name in tokenizer_engines.ENGINES[task["engine"]].modules])
        rss, wall = resident(), time.perf_counter()
        cpu, engine = timed(lambda: tokenizer_engines.ENGINES[task["engine"]](task["file"], task["tokenizer"], task["threads"], task["plain"]))
        self.engine = engine
        wall = time.perf_counter() - wall
        loaded = resident() - rss
        first, _ = timed(lambda: (engine.encode(engine.prepare(["Hello"])), engine.one("Hello")))
        say(what="load", import_ms=imports * 1e3, wall_ms=wall * 1e3, cpu_ms=cpu * 1e3, first_ms=first * 1e3, rss_mb=loaded[0] / 1e6, own_mb=loaded[1] / 1e6, rss_first_mb=(resident() - rss)[0] / 1e6)

    def corpus(self) -> None:
        engine, texts = self.engine, documents(self.task["corpus"], self.task["bytes"])
        size, prepared = byte_count(texts), self.engine.prepare(texts)
        cold, result = timed(engine.encode, prepared)
        warm = passes(engine.encode, prepared)
        rows = list(engine.rows(result))
        say(what="encode", bytes=size, cold_mbs=size / cold / 1e6, warm_mbs=size / warm / 1e6, tokens=sum(map(len, rows)), marks=[fingerprint(row) for row in rows])
        self.decoding(rows, texts)

    def decoding(self, rows: list[np.ndarray], texts: list[str]) -> None:
        try:
            prepared = self.engine.prepare_ids(rows)
            cold, found = timed(self.engine.decode, prepared)
        except Exception as error:
            say(what="decode", refuses=str(error)[:200])
            return
        warm = passes(self.engine.decode, prepared)
        size = sum(len(text if isinstance(text, bytes) else text.encode()) for text in found)
        mark = hashlib.sha256(b"\0".join(text if isinstance(text, bytes) else text.encode() for text in found)).hexdigest()
        say(what="decode", bytes=size, cold_mbs=size / cold / 1e6, warm_mbs=size / warm / 1e6, mark=mark)

    def line(self) -> None:
        text = pathlib.Path(self.task["corpus"]).read_bytes()[:LINES * 120].decode("utf-8", "ignore")
        words, lines = text.split(), []
        while len(lines) < LINES and words:
            line = ""
            while words and len(line) < 95:
                line += (" " if line else "") + words.pop(0)
            lines.append(line)
        one, times = self.engine.one, []
        for _ in range(LINE_ROUNDS):
            start = time.process_time()
            for line in lines:
                one(line)
            times.append(time.process_time() - start)
        start = time.process_time()
        for line in lines:
            pass
        empty = time.process_time() - start
        say(what="line", us=(statistics.median(times) - empty) / len(lines) * 1e6, mean_bytes=byte_count(lines) / len(lines))

    def offsets(self) -> None:
        if self.engine.encode_with_offsets is None:
            say(what="offsets", refuses="it has none for batches")
            return
        texts = documents(self.task["corpus"], self.task["bytes"])
        size, prepared = byte_count(texts), self.engine.prepare(texts)
        self.engine.encode(prepared)
        without, with_them = passes(self.engine.encode, prepared), passes(self.engine.encode_with_offsets, texts)
        say(what="offsets", without_mbs=size / without / 1e6, with_mbs=size / with_them / 1e6)

    def two_threads(self) -> None:
        """All threads' processor time, and how evenly it falls on them: a watcher reads each thread's clock while they run.

        Where the engine lets it, passes on one thread take turns with those on two, for the ratio of their processor times."""
        engine, texts = self.engine, documents(self.task["corpus"], self.task["bytes"])
        size, prepared = byte_count(texts), engine.prepare(texts)
        engine.encode(prepared)
        times, alone, shares = [], [], []
        for _ in range(WARM_PASSES):
            if engine.threads_by_call:
                engine.threads = 1
                alone.append(timed(engine.encode, prepared)[0])
                engine.threads = self.task["threads"]
            clocks = ThreadClocks()
            wall, (cpu, _) = time.perf_counter(), timed(engine.encode, prepared)
            times.append((cpu, time.perf_counter() - wall))
            shares.append(clocks.stop())
        cpu, wall = statistics.median(cpu for cpu, _ in times), statistics.median(wall for _, wall in times)
        ratio = {"cpu_ratio": cpu / statistics.median(alone)} if alone else {}
        say(what="threads", cpu_mbs=size / cpu / 1e6, wall_mbs=size / wall / 1e6, largest_share=statistics.median(shares), **ratio)

    def adversarial(self) -> None:
        """Each text once; English in documents of 4 kB, the median of later passes, is what they are compared with."""
        texts = documents(self.task["corpus"], self.task["bytes"])
        prepared = self.engine.prepare(texts)
        self.engine.encode(prepared)
        say(what="adversarial", name="english", ns_a_byte=passes(self.engine.encode, prepared) / byte_count(texts) * 1e9)
        for name, text in adversarial_texts(self.task["bytes"], self.task["corpus"], self.task["specials"]):
            seconds, _ = timed(self.engine.encode, self.engine.prepare([text]))
            say(what="adversarial", name=name, ns_a_byte=seconds / len(text.encode()) * 1e9)


class ThreadClocks:
    """The largest share that one thread had of the work since the start, by the kernel's count."""

    def __init__(self):
        self.own, self.last, self.start, self.over = None, {}, {}, threading.Event()
        self.start = self.read()
        self.watcher = threading.Thread(target=self.watch)
        self.watcher.start()

    def read(self) -> dict[str, int]:
        clocks = {}
        for path in glob.glob("/proc/self/task/*/schedstat"):
            try:
                clocks[path] = int(pathlib.Path(path).read_text().split()[0])
            except OSError:
                pass  # it has ended
        return clocks

    def watch(self) -> None:
        self.own = f"/proc/self/task/{threading.get_native_id()}/schedstat"
        while not self.over.wait(0.001):
            self.last.update(self.read())
        self.last.update(self.read())

    def stop(self) -> float:
        self.over.set()
        self.watcher.join()
        spent = sorted((clock - self.start.get(path, 0) for path, clock in self.last.items() if path != self.own), reverse=True)
        return spent[0] / max(sum(spent[:2]), 1)


def filled(size: int, part) -> str:
    """Parts up to `size` bytes."""
    parts, total = [], 0
    while total < size:
        parts.append(part())
        total += len(parts[-1].encode())
    return "".join(parts)


def adversarial_texts(size: int, english: str, specials: list[str]) -> list[tuple[str, str]]:
    """Texts of `size` bytes that make careless tokenizers quadratic; the first is ordinary English, but in one piece."""
    import random
    pick = random.Random(7)
    ordinary = pathlib.Path(english).read_bytes()[:size].decode("utf-8", "ignore")
    letters = "".join(pick.choices("abcdefghijklmnopqrstuvwxyz", k=size))
    alternating = filled(size, lambda: pick.choice("aA1é"))
    mark = specials or ["<|endoftext|>"]
    return [
        ("english in one piece", ordinary), ("one letter", "a" * size), ("spaces", " " * size), ("newlines", "\n" * size), ("combining marks", "e" + "\u0301" * (size // 2)),
        ("marks out of order", "a" + "\u0323\u0301\u0327" * (size // 6)), ("one word of random letters", letters), ("digits", "".join(pick.choices("0123456789", k=size))),
        ("random Han", "".join(chr(pick.randrange(0x4E00, 0x9FA5)) for _ in range(size // 3))), ("random Hangul", "".join(chr(pick.randrange(0xAC00, 0xD7A3)) for _ in range(size // 3))),
        ("ZWJ chain", "👩\u200d" * (size // 7)), ("special tokens", filled(size, lambda: pick.choice(mark))),
        ("half special tokens", filled(size, lambda: pick.choice(mark)[:-1] or "<")), ("punctuation", "".join(pick.choices(".,;:!?'\"()-", k=size))),
        ("apostrophes", "'" * size), ("mixed classes", alternating), ("spaces and letters", " a" * (size // 2)), ("control characters", "\x01" * size), ("4-byte letters", "𝒜" * (size // 4)),
    ]


def main() -> None:
    task = json.loads(sys.argv[1])
    os.sched_setaffinity(0, set(task["cpus"]))
    try:
        worker = Worker(task)
    except BaseException as error:  # a panic in Rust is no Exception
        say(what="load", refuses=f"{type(error).__name__}: {error}"[:300])
        return
    for what in task["what"]:
        try:
            getattr(worker, what)()
        except BaseException as error:
            say(what={"corpus": "encode", "two_threads": "threads"}.get(what, what), refuses=f"{type(error).__name__}: {error}"[:300])


if __name__ == "__main__":
    main()
