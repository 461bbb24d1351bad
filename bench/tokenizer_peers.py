#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""zest's tokenizer beside every other one that can be installed, in one run: speed, load time, memory, worst cases.

    python bench/tokenizer_peers.py --set-up                     # the peers, in environments of their own in the cache
    python bench/tokenizer_peers.py                              # everything; about an hour on two cores
    python bench/tokenizer_peers.py --tokenizers qwen3,gemma3 --kinds english,cjk --what corpus,line --runs 3 --json out.json

One thread and ids only, unless said otherwise; MB/s of processor time over documents of 4 kB. cold: the first pass of a fresh
process (after one word, so that imports and empty caches are no part of it); warm: the median of later passes over the same text.
Each figure is the median of --runs processes; within a run the engines take turns, so that a noisy machine hits all alike.
"x" is zest over the fastest exact peer: exact is a peer whose ids are Hugging Face's on all documents, but for those that hold
characters added since Unicode 9, at most one document in 50. The targets are those that zest set itself.
"""
from __future__ import annotations

import argparse
import dataclasses
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "scripts")]
import fetch_tokenizers  # noqa: E402
import tokenizer_corpora  # noqa: E402

TOKENIZERS = [name for name in fetch_tokenizers.SOURCES if name != "minilm"]  # minilm_nopad is the same without padding
KINDS = ["english", "code_python", "cjk", "cjk_dense", "mixed"]
WHAT = ["corpus", "line", "load", "offsets", "threads", "adversarial"]
ENGINES = ["zest", "gigatoken", "gigatoken.buffer", "fastokens", "hf1", "quicktok", "tiktoken", "rs_bpe", "tokie", "tokie.files", "blingfire", "hf"]
# Bytes of a corpus that slow engines get; they run once, since nothing is compared with them but ids.
SLOW = {"hf": 1_200_000, "tiktoken": 1_200_000, "rs_bpe": 1_200_000, "blingfire": 1_200_000}
SECONDS_MAX, ADVERSARIAL_SECONDS = 240, 60
ADVERSARIAL_BYTES = 1_000_000
SENTENCEPIECE, WORDPIECE = ("gemma3", "llama2_mistral"), ("minilm_nopad", "minilm")


def target(tokenizer: str, kind: str, what: str) -> float | None:
    """How many times the fastest exact peer zest is to be; None where nothing is set."""
    if what == "decode":
        return 4
    if tokenizer in SENTENCEPIECE:
        return 2
    if tokenizer in WORDPIECE:
        return 3
    if kind.startswith("cjk"):
        return 3 if what == "cold" else None
    return {"warm": 1.5, "cold": 2.5}[what] if kind in ("english", "code_python") else None


# ---- the peers' environments -------------------------------------------------------------------------------------------

def peers_folder() -> pathlib.Path:
    return fetch_tokenizers.fetch_model.folder() / "peers"


def python_of(engine: str) -> str:
    import tokenizer_engines
    name = tokenizer_engines.environment_of(engine)
    return sys.executable if name == "zest" else str(peers_folder() / name / "bin" / "python")


def set_up() -> int:
    """Makes the environments; a package that can't be installed is named and left out."""
    import tokenizer_engines
    missing = []
    for name, packages in tokenizer_engines.PACKAGES.items():
        place = peers_folder() / name
        if not (place / "bin" / "python").is_file():
            subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        for package in packages:
            print(f"== {name}: {package}", file=sys.stderr)
            command = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:", package]
            if subprocess.run(command, stdout=sys.stderr).returncode:
                missing.append(package)
    if missing:
        print(f"not installed: {', '.join(missing)}; the bench goes without", file=sys.stderr)
    return 0


# ---- one process -------------------------------------------------------------------------------------------------------

@dataclasses.dataclass(frozen=True)
class Place:
    """What is measured on."""
    tokenizer: str
    kind: str
    engine: str


class Run:
    """Starts workers and keeps their rows."""

    def __init__(self, options: argparse.Namespace):
        self.options = options
        self.rows: dict[tuple[Place, str], list[dict]] = {}
        self.refusals: dict[tuple[str, str], str] = {}
        self.specials = {name: specials_of(name) for name in options.tokenizers}

    def task(self, place: Place, what: list[str], threads: int, size: int) -> dict:
        cpus = sorted(os.sched_getaffinity(0))
        corpus = tokenizer_corpora.path(place.kind)
        return {"engine": place.engine, "tokenizer": place.tokenizer, "file": str(fetch_tokenizers.path(place.tokenizer)), "threads": threads, "what": what,
                "corpus": str(corpus), "bytes": size, "cpus": cpus[-threads:], "specials": self.specials[place.tokenizer][:64],
                "plain": not any(token in self.text(place.kind) for token in self.specials[place.tokenizer])}

    def text(self, kind: str) -> str:
        if not hasattr(self, "texts"):
            self.texts: dict[str, str] = {}
        if kind not in self.texts:
            self.texts[kind] = tokenizer_corpora.path(kind).read_bytes().decode()
        return self.texts[kind]

    def start(self, place: Place, what: list[str], threads: int = 1, size: int = 1 << 30, seconds: float = SECONDS_MAX, cache: str | None = None) -> list[dict]:
        """The rows of one fresh process. `cache`: a folder for what an engine compiles, instead of the usual one."""
        environment = {**os.environ, "RAYON_NUM_THREADS": str(threads), "TOKENIZERS_PARALLELISM": "true" if threads > 1 else "false", "OMP_NUM_THREADS": str(threads),
                       "PYTHONPATH": os.pathsep.join([str(HERE)] + ([self.options.zest_python] if place.engine == "zest" else []))}
        if cache:
            environment |= {"XDG_CACHE_HOME": cache, "ZEST_MODELS": cache}
        command = [python_of(place.engine), str(HERE / "tokenizer_worker.py"), json.dumps(self.task(place, what, threads, min(size, SLOW.get(place.engine, size))))]
        try:
            done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=seconds)
            out, said = done.stdout, done.stderr.strip()[-300:] if done.returncode else ""
        except FileNotFoundError:
            return [{"what": "load", "refuses": "not set up (--set-up)"}]
        except subprocess.TimeoutExpired as error:
            out, said = (error.stdout or b"").decode(), f"ended after {seconds:.0f} s"
        rows = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
        return rows + ([{"what": "broken", "refuses": said}] if said else [])

    def measure(self, place: Place, what: list[str], **more) -> None:
        if (place.tokenizer, place.engine) in self.refusals:
            return
        for row in self.start(place, what, **more):
            if "refuses" in row and (row["what"] == "load" or row["what"] == "broken" and len(what) == 1 and what != ["adversarial"]):
                self.refusals[place.tokenizer, place.engine] = row["refuses"]
            elif "refuses" not in row:
                self.rows.setdefault((place, row["what"]), []).append(row)

    def value(self, place: Place, what: str, field: str) -> float | None:
        rows = [row[field] for row in self.rows.get((place, what), []) if field in row]
        return statistics.median(rows) if rows else None


def specials_of(tokenizer: str) -> list[str]:
    with open(fetch_tokenizers.path(tokenizer), encoding="utf-8") as file:
        return [token["content"] for token in json.load(file)["added_tokens"]]


# ---- exactness ---------------------------------------------------------------------------------------------------------

def is_new(document: str) -> bool:
    """Holds a character of Unicode 9 or later, about which tables differ."""
    return any(low <= ord(char) <= high for char in set(document) if char >= "\u0860" for low, high in tokenizer_corpora.ADDED_SINCE_9)


def wrong_documents(run: Run, place: Place) -> tuple[int, int] | None:
    """How many documents' ids are not Hugging Face's: with characters added since Unicode 9, and without."""
    theirs = run.rows.get((dataclasses.replace(place, engine="hf"), "encode"))
    ours = run.rows.get((place, "encode"))
    if not theirs or not ours:
        return None
    import tokenizer_worker
    texts = tokenizer_worker.documents(str(tokenizer_corpora.path(place.kind)), ours[0]["bytes"])
    differing = [i for i, (a, b) in enumerate(zip(ours[0]["marks"], theirs[0]["marks"])) if a != b]
    new = sum(is_new(texts[i]) for i in differing)
    return new, len(differing) - new


def is_exact(run: Run, place: Place) -> bool:
    """Over all kinds that were measured: an engine that is wrong on one text is no peer on another."""
    for kind in run.options.kinds:
        here = dataclasses.replace(place, kind=kind)
        wrong = wrong_documents(run, here)
        if wrong is None or wrong[1] > 0 or wrong[0] * 50 > len(run.rows[here, "encode"][0]["marks"]):
            return False
    return True


# ---- tables ------------------------------------------------------------------------------------------------------------

def shown(value: float | None, digits: int = 0) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


class Table:
    """Columns of text, the first to the left."""

    def __init__(self, *heads: str):
        self.rows = [list(heads)]

    def add(self, *cells: str) -> None:
        self.rows.append(list(cells))

    def __str__(self) -> str:
        widths = [max(len(row[i]) for row in self.rows) for i in range(len(self.rows[0]))]
        return "\n".join("  ".join(cell.ljust(width) if i == 0 else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in self.rows)


def verdict(run: Run, tokenizer: str, kind: str, what: str, field: str, wanted: float | None) -> dict:
    """zest over the fastest exact peer, beside the target."""
    values = {engine: run.value(Place(tokenizer, kind, engine), what, field) for engine in run.options.engines}
    exact = {engine: value for engine, value in values.items() if value and engine not in ("zest", "tokie.tkz") and is_exact(run, Place(tokenizer, kind, engine))}
    best = max(exact, key=exact.get, default=None)
    ours = values.get("zest")
    ratio = ours / exact[best] if ours and best else None
    return {"tokenizer": tokenizer, "kind": kind, "figure": f"{what} {field}", "zest": ours, "best_peer": best, "best_peer_value": exact.get(best), "ratio": ratio, "target": wanted}


def corpus_tables(run: Run) -> list[dict]:
    verdicts = []
    for tokenizer in run.options.tokenizers:
        table = Table(f"{tokenizer}, MB/s", *(f"{kind} cold/warm" for kind in run.options.kinds), "decode", "wrong documents")
        for engine in run.options.engines:
            if (tokenizer, engine) in run.refusals:
                table.add(engine, *("" for _ in run.options.kinds), "", "refuses: " + run.refusals[tokenizer, engine].split("\n")[0][:60])
                continue
            cells = [f"{shown(run.value(Place(tokenizer, kind, engine), 'encode', 'cold_mbs'))} / {shown(run.value(Place(tokenizer, kind, engine), 'encode', 'warm_mbs'))}" for kind in run.options.kinds]
            wrong = [wrong_documents(run, Place(tokenizer, kind, engine)) for kind in run.options.kinds]
            told = " ".join("-" if pair is None else f"{sum(pair)}" if not pair[0] else f"{sum(pair)}({pair[0]} new)" for pair in wrong)
            exact = is_exact(run, Place(tokenizer, run.options.kinds[0], engine))
            table.add(engine, *cells, shown(run.value(Place(tokenizer, run.options.kinds[0], engine), "decode", "warm_mbs")), told + ("  exact" if exact else ""))
        print(table, end="\n\n")
        verdicts += [verdict(run, tokenizer, kind, "encode", f"{heat}_mbs", target(tokenizer, kind, heat)) for kind in run.options.kinds for heat in ("cold", "warm")]
        verdicts.append(verdict(run, tokenizer, run.options.kinds[0], "decode", "warm_mbs", target(tokenizer, "", "decode")))
    return verdicts


def verdict_table(verdicts: list[dict]) -> None:
    table = Table("zest beside the fastest exact peer", "zest", "peer", "MB/s", "x", "target", "")
    for row in verdicts:
        met = "" if row["ratio"] is None or row["target"] is None else "met" if row["ratio"] >= row["target"] else "missed"
        table.add(f"{row['tokenizer']} {row['kind']} {row['figure'].removesuffix('_mbs')}", shown(row["zest"]), row["best_peer"] or "none", shown(row["best_peer_value"]), shown(row["ratio"], 2),
                  "" if row["target"] is None else f"{row['target']:g}", met)
    print(table, end="\n\n")


def simple_table(run: Run, title: str, what: str, fields: dict[str, tuple[str, int]], kind: str = "english") -> list[dict]:
    """A row for each tokenizer and engine, its fields as columns."""
    table, found = Table(title, *fields), []
    for tokenizer in run.options.tokenizers:
        for engine in [*run.options.engines, "zest (first ever)", "tokie.tkz"]:
            values = {head: run.value(Place(tokenizer, kind, engine), what, field) for head, (field, _) in fields.items()}
            if any(value is not None for value in values.values()):
                table.add(f"{tokenizer} {engine}", *(shown(values[head], digits) for head, (_, digits) in fields.items()))
                found.append({"tokenizer": tokenizer, "engine": engine, **values})
    print(table, end="\n\n")
    return found


def adversarial_table(run: Run) -> list[dict]:
    """Time a byte as a multiple of ordinary English."""
    found = []
    for tokenizer in run.options.tokenizers:
        engines, names = [], []
        ratios: dict[str, dict[str, float]] = {}
        for engine in run.options.engines:
            rows = run.rows.get((Place(tokenizer, "english", engine), "adversarial"), [])
            times = {name: statistics.median(row["ns_a_byte"] for row in rows if row["name"] == name) for name in {row["name"]: 0 for row in rows}}
            if "english" in times:
                engines.append(engine)
                ratios[engine] = {name: time / times["english"] for name, time in times.items()}
                names = max(names, list(times), key=len)
                found.append({"tokenizer": tokenizer, "engine": engine, "ns_a_byte": times, "worst": max(ratios[engine].values())})
        table = Table(f"{tokenizer}, time a byte over English's", *engines)
        for name in names:
            table.add(name, *(f"{ratios[engine][name]:.1f}" if name in ratios[engine] else f"> {ADVERSARIAL_SECONDS} s" if name == names[len(ratios[engine])] else "" for engine in engines))
        table.add("worst (target 10)", *(f"{max(ratios[engine].values()):.1f}" if len(ratios[engine]) == len(names) else "none" for engine in engines))
        print(table, end="\n\n")
    return found


# ---- the whole -----------------------------------------------------------------------------------------------------------

def machine() -> dict:
    model = next((line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), platform.machine())
    return {"processor": model, "cpus": len(os.sched_getaffinity(0)), "load": os.getloadavg(), "kernel": platform.release(), "python": platform.python_version(),
            "corpora": {kind: tokenizer_corpora.digest(kind)[:16] for kind in tokenizer_corpora.KINDS if tokenizer_corpora.path(kind).is_file()}}


def measure(run: Run) -> None:
    options = run.options
    for number in range(options.runs):
        for tokenizer in options.tokenizers:
            print(f"\r== run {number + 1} of {options.runs}: {tokenizer:16}", end="", file=sys.stderr, flush=True)
            engines = [engine for engine in options.engines if number == 0 or engine not in SLOW]
            for kind in options.kinds if "corpus" in options.what else []:
                for engine in engines:
                    run.measure(Place(tokenizer, kind, engine), ["corpus"])
            for engine in engines:
                one = [what for what in ("line", "offsets") if what in options.what]
                if one:
                    run.measure(Place(tokenizer, "english", engine), one)
                if "threads" in options.what:
                    run.measure(Place(tokenizer, "english", engine), ["two_threads"], threads=2)
                if "adversarial" in options.what and (number == 0 or engine == "zest"):
                    run.measure(Place(tokenizer, "english", engine), ["adversarial"], size=options.adversarial_bytes, seconds=ADVERSARIAL_SECONDS)
            if "load" in options.what:
                measure_load(run, tokenizer)
    print("", file=sys.stderr)


def measure_load(run: Run, tokenizer: str) -> None:
    """A process that only loads. zest's first ever load has an empty cache of compiled forms."""
    if "tokie" in run.options.engines and not (pathlib.Path(tempfile.gettempdir()) / f"zest-bench-{os.getuid()}-{tokenizer}.tkz").is_file():
        run.start(Place(tokenizer, "english", "tokie.tkz"), [])  # compiles
    for engine in [*run.options.engines, "tokie.tkz"]:
        run.measure(Place(tokenizer, "english", engine), [])
    if "zest" in run.options.engines:
        with tempfile.TemporaryDirectory() as empty:
            rows = run.start(Place(tokenizer, "english", "zest"), [], cache=empty)
        run.rows.setdefault((Place(tokenizer, "english", "zest (first ever)"), "load"), []).extend(row for row in rows if "refuses" not in row)


def results(run: Run) -> dict:
    """Prints the tables; answers what --json writes."""
    options, found = run.options, {}
    if "corpus" in options.what:
        found["encode"] = corpus_tables(run)
        verdict_table(found["encode"])
    if "line" in options.what:
        found["line"] = simple_table(run, "a line of 100 bytes (target 0.7 us)", "line", {"us": ("us", 2)})
    if "load" in options.what:
        found["load"] = simple_table(run, "loading (targets: mapped 3 ms, first ever 250 ms)", "load",
                                     {"import ms": ("import_ms", 0), "wall ms": ("wall_ms", 1), "cpu ms": ("cpu_ms", 1), "first answer ms": ("first_ms", 2), "memory MB": ("rss_mb", 1), "of it own": ("own_mb", 1)})
    if "offsets" in options.what:
        found["offsets"] = simple_table(run, "with offsets, MB/s (target 60 %)", "offsets", {"without": ("without_mbs", 0), "with": ("with_mbs", 0)})
    if "threads" in options.what:
        found["threads"] = simple_table(run, "two threads (targets: CPU 1.05 of one thread's, larger share 0.525)", "threads",
                                        {"MB/s CPU": ("cpu_mbs", 0), "CPU over one thread's": ("cpu_ratio", 3), "MB/s wall": ("wall_mbs", 0), "larger share": ("largest_share", 3)})
    if "adversarial" in options.what:
        found["adversarial"] = adversarial_table(run)
    return found


def list_of(allowed: list[str]):
    def read(text: str) -> list[str]:
        words = text.split(",")
        unknown = [word for word in words if word not in allowed]
        if unknown:
            raise argparse.ArgumentTypeError(f"no {', '.join(unknown)}; there are {', '.join(allowed)}")
        return words
    return read


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set-up", action="store_true", help="install the peers")
    parser.add_argument("--tokenizers", type=list_of(list(fetch_tokenizers.SOURCES)), default=TOKENIZERS)
    parser.add_argument("--kinds", type=list_of(list(tokenizer_corpora.KINDS)), default=KINDS)
    parser.add_argument("--what", type=list_of(WHAT), default=WHAT)
    parser.add_argument("--engines", type=list_of(ENGINES), default=ENGINES)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--zest-python", metavar="FOLDER", default=str(HERE.parent / "build" / "python"), help="where the package zest lies")
    parser.add_argument("--adversarial-bytes", type=int, default=ADVERSARIAL_BYTES)
    parser.add_argument("--json", metavar="FILE", nargs="?", const="-", help="also write the figures (without FILE: to stdout, instead of the tables)")
    options = parser.parse_args()
    if options.set_up:
        return set_up()
    if not shutil.which(python_of("hf")):
        set_up()
    failed = tokenizer_corpora.make(list({*options.kinds, "english"}))
    for name in options.tokenizers:
        if not fetch_tokenizers.path(name).is_file():
            fetch_tokenizers.fetch(name)
    if failed:
        return 1
    if "hf" not in options.engines and "corpus" in options.what:
        options.engines.append("hf")  # the measure of exactness
    run, start, about = Run(options), time.time(), machine()
    measure(run)
    out = sys.stdout
    if options.json == "-":
        sys.stdout = sys.stderr
    print(f"{about['processor']}, {about['cpus']} processors, load {about['load'][0]:.1f} before and {os.getloadavg()[0]:.1f} after, {time.time() - start:.0f} s\n")
    found = {"machine": about, **results(run), "refusals": [{"tokenizer": tokenizer, "engine": engine, "why": why} for (tokenizer, engine), why in run.refusals.items()]}
    sys.stdout = out
    if options.json == "-":
        print(json.dumps(found))
    elif options.json:
        pathlib.Path(options.json).write_text(json.dumps(found, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
