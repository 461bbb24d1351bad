#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares zest's tokenizer with Hugging Face's `tokenizers` on many strings and shows the shortest strings that differ.

    python tests/tokenizer_diff.py --tokenizer qwen3 --count 20000 --seed 1      # a known name (scripts/fetch_tokenizers.py)
    python tests/tokenizer_diff.py --tokenizer s_bloom --kinds odd,unicode       # one of the reference's small ones; some kinds
    python tests/tokenizer_diff.py --tokenizer path/to/tokenizer.json --text "ab c"   # this string alone
    python tests/tokenizer_diff.py --tokenizer mix:1-200 --count 200                  # 200 put together at random (tokenizer_mixes.py)
    python tests/tokenizer_diff.py --tokenizer all                               # one line each

What is compared: ids, offsets and, where zest tells them, type ids, with and without special tokens, with pairs, with
encode_special_tokens and for broken UTF-8; ids and offsets of the Python package's batches (tokenizer_rows.py; --no-rows leaves
them out); and decoding with and without skip_special_tokens. Each difference is made as short as it goes and printed with the
command that shows it.
"""
from __future__ import annotations

import argparse
import atexit
import base64
import contextlib
import dataclasses
import functools
import gzip
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # the other core is zest's
os.environ["RUST_BACKTRACE"] = "0"
ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "scripts")]
import fetch_tokenizers  # noqa: E402
import tokenizer_mixes  # noqa: E402
import tokenizer_texts  # noqa: E402

BINARY = os.environ.get("ZEST_BINARY", str(ROOT / "build" / "zest"))
REFERENCE = pathlib.Path(os.environ.get("ZEST_REFERENCE", ROOT.parent / "shared" / "reference")) / "tok"
CHUNK = 20000          # strings a process of zest gets
SECONDS_A_CHUNK = 300  # longer is an endless loop


# ---- which tokenizers there are ----------------------------------------------------------------------------------------

def small_names() -> list[str]:
    return sorted(path.name.split(".")[0] for path in (REFERENCE / "synth" / "tokenizers").glob("*.gz"))


@functools.cache
def mix_parts() -> tuple[list[dict], list[dict]]:
    """What mixes are made of: the reference's small tokenizers and single components."""
    bases = [json.loads(gzip.decompress((REFERENCE / "synth" / "tokenizers" / f"{name}.tokenizer.json.gz").read_bytes())) for name in small_names()]
    lines = gzip.decompress((REFERENCE / "components.jsonl.gz").read_bytes()).decode().split("\n")
    return bases, [json.loads(line) for line in lines[2:] if line]


def tokenizer_file(name: str) -> pathlib.Path:
    """The tokenizer.json of a real model or of the reference's small ones (unpacked into the cache), or the path itself."""
    if name in fetch_tokenizers.SOURCES:
        if not fetch_tokenizers.path(name).is_file():
            fetch_tokenizers.fetch(name)
        return fetch_tokenizers.path(name)
    packed = REFERENCE / "synth" / "tokenizers" / f"{name}.tokenizer.json.gz"
    if name.startswith("mix:"):
        with silent():
            data = tokenizer_mixes.mix(name[4:], *mix_parts()).encode()
    elif packed.is_file():
        data = gzip.decompress(packed.read_bytes())
    else:
        return pathlib.Path(name)
    target = fetch_tokenizers.folder() / "reference" / name.replace(":", "-") / "tokenizer.json"
    if not target.is_file() or target.read_bytes() != data:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as out:
            out.write(data)
        pathlib.Path(out.name).rename(target)
    return target


# ---- zest and Hugging Face, asked the same -----------------------------------------------------------------------------

@dataclasses.dataclass(frozen=True)
class Case:
    """A question to both. For decoding `ids` is set, for broken UTF-8 `raw`, else `text`."""
    kind: str
    text: str = ""
    pair: str | None = None
    raw: bytes | None = None
    ids: tuple[int, ...] | None = None
    add_special: bool = True
    encode_special_tokens: bool = False
    skip_special: bool = False
    rows: str = ""  # "rows": asked of the Python package's batches; "limited": of a tokenizer that truncates or pads

    def line(self) -> dict:
        """As a line of zest's batch mode."""
        if self.ids is not None:
            return {"ids": list(self.ids), "skip_special": self.skip_special}
        what = {"text": self.text} if self.raw is None else {"bytes_b64": base64.b64encode(self.raw).decode()}
        more = {"pair": self.pair, "details": True} if self.pair is not None else {}
        return {**what, **more, "add_special": self.add_special, **({"encode_special_tokens": True} if self.encode_special_tokens else {})}

    def read(self) -> str:
        """The text that Hugging Face gets."""
        return self.text if self.raw is None else self.raw.decode("utf-8", "replace")


@functools.cache
def own_cache() -> str:
    """A folder for zest's compiled tokenizers that goes when this process ends."""
    folder = tempfile.mkdtemp(prefix="zest-diff-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


class Zest:
    """zest's batch modes on one tokenizer. A crash or an endless loop is narrowed down to its line."""

    def __init__(self, file: pathlib.Path, binary: str = BINARY):
        self.file, self.binary = file, binary

    @functools.cached_property
    def environment(self) -> dict[str, str]:
        """A cache of its own: what another build compiled into the usual one is not what is tested."""
        package = os.environ.get("ZEST_PYTHON") or str(pathlib.Path(self.binary).parent / "python")
        return {**os.environ, "XDG_CACHE_HOME": own_cache(), "PYTHONPATH": package}

    def command(self, what: str) -> list[str]:
        if what == "rows":
            return [sys.executable, str(ROOT / "tests" / "tokenizer_rows.py"), str(self.file)]
        return [self.binary, what, "--tokenizer", str(self.file), "--batch"]

    def run(self, what: str, lines: list[str]) -> list[dict]:
        try:
            done = subprocess.run(self.command(what), input="".join(line + "\n" for line in lines), capture_output=True, text=True, encoding="utf-8", errors="replace",
                                  env=self.environment,
                                  timeout=SECONDS_A_CHUNK if len(lines) > 1 else 30)
            answers, code, said = done.stdout.split("\n")[:-1], done.returncode, done.stderr.strip()
        except subprocess.TimeoutExpired:
            answers, code, said = [], -1, "it did not end"
        if len(answers) == len(lines):
            return [json.loads(answer) for answer in answers]
        if not answers and code > 0 and what != "rows":
            raise LoadError(said)  # it never began
        if len(lines) == 1:
            return [{"crash": f"exit code {code}: {said[-500:]}"}]
        half = len(lines) // 2
        return self.run(what, lines[:half]) + self.run(what, lines[half:])

    def ask(self, cases: list[Case]) -> list[dict]:
        """Encoding and decoding cases may be mixed; the answers come in order."""
        answers: list[dict] = [{}] * len(cases)
        groups: dict[str, list[int]] = {}
        for i, case in enumerate(cases):
            groups.setdefault("detokenize" if case.ids is not None else "rows" if case.rows else "tokenize", []).append(i)
        for what, chosen in groups.items():
            if chosen:
                for i, answer in zip(chosen, self.run(what, [json.dumps(cases[i].line()) for i in chosen])):
                    answers[i] = answer
        return answers


class LoadError(Exception):
    """zest refuses the tokenizer."""


@contextlib.contextmanager
def silent() -> Iterator[None]:
    """Without what Rust writes about a panic; that it panicked is told by the answer None."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


class Reference:
    """Hugging Face's answers in zest's form; None where it raises."""

    def __init__(self, file: pathlib.Path):
        import tokenizers
        self.tokenizer = tokenizers.Tokenizer.from_file(str(file))
        padding = self.tokenizer.padding
        self.pads_to_longest = padding is not None and padding["length"] is None

    def encode(self, cases: list[Case]) -> list:
        """All with the same flags."""
        texts = [(case.read(), case.pair) if case.pair is not None else case.read() for case in cases]
        self.tokenizer.encode_special_tokens = cases[0].encode_special_tokens
        try:
            if self.pads_to_longest and len(cases) > 1:  # zest takes each line by itself
                return [answer for case in cases for answer in self.encode([case])]
            return self.tokenizer.encode_batch(texts, add_special_tokens=cases[0].add_special)
        except BaseException as error:  # a panic in Rust is no Exception
            if isinstance(error, KeyboardInterrupt):
                raise
            return [None] if len(cases) == 1 else [answer for case in cases for answer in self.encode([case])]
        finally:
            self.tokenizer.encode_special_tokens = False

    def decode(self, cases: list[Case]) -> list[dict | None]:
        try:
            texts = self.tokenizer.decode_batch([list(case.ids) for case in cases], skip_special_tokens=cases[0].skip_special)
            return [{"text": text} for text in texts]
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            return [None] if len(cases) == 1 else [answer for case in cases for answer in self.decode([case])]

    def ask(self, cases: list[Case]) -> list[dict | None]:
        answers: list[dict | None] = [None] * len(cases)
        groups: dict[tuple, list[int]] = {}
        for i, case in enumerate(cases):
            groups.setdefault((case.ids is not None, case.add_special, case.encode_special_tokens, case.skip_special), []).append(i)
        for (decodes, *_), chosen in groups.items():
            some = [cases[i] for i in chosen]
            if decodes:
                found = self.decode(some)
            else:
                found = [None if form is None else {"ids": form.ids, "offsets": form.offsets, "type_ids": form.type_ids} for form in self.encode(some)]
            for i, answer in zip(chosen, found):
                answers[i] = answer
        return answers


def byte_places(raw: bytes) -> list[int]:
    """Where each character of the lossy reading begins, and the end: zest counts bytes in what came as bytes."""
    places, at = [0], 0
    while at < len(raw):
        size = 1
        for longer in range(2, min(4, len(raw) - at) + 1):
            if len(raw[at:at + longer].decode("utf-8", "replace")) == 1:
                size = longer
        at += size
        places.append(at)
    return places


# Where Hugging Face itself is wrong: (what it is about, does it hold for (tokenizer name, case, HF's answer), why). Where it raises
# there is nothing to compare with; zest may answer or refuse, but not break.
KNOWN: list[tuple[str, Callable[[str, Case, dict], bool], str]] = []


def difference(name: str, case: Case, ours: dict, theirs: dict | None) -> str | None:
    """What differs, in one word; None if nothing does or the difference is known."""
    if "crash" in ours:
        return "crash"
    if theirs is None:
        return None
    if "error" in ours:
        return "error"
    if any(holds(name, case, theirs) for _, holds, _ in KNOWN):
        return None
    if case.ids is not None:
        text = ours["text"] if "text" in ours else base64.b64decode(ours["bytes_b64"]).decode("utf-8", "replace")
        return None if text == theirs["text"] else "text"
    if ours["ids"] != theirs["ids"]:
        return "ids"
    if "ids_with_offsets" in ours:
        if case.rows == "limited":  # batches with offsets neither truncate nor pad
            return None
        if ours["ids_with_offsets"] != theirs["ids"]:
            return "ids_with_offsets"
    wanted = theirs["offsets"]
    if case.raw is not None:
        places = byte_places(case.raw)
        wanted = [(places[start], places[end]) for start, end in wanted]
    if list(map(tuple, ours["offsets"])) != list(map(tuple, wanted)):
        return "offsets"
    return "type_ids" if "type_ids" in ours and ours["type_ids"] != theirs["type_ids"] else None


# ---- cases -------------------------------------------------------------------------------------------------------------

def encoding_cases(texts: tokenizer_texts.Texts, kinds: set[str] | None) -> Iterator[Case]:
    """Strings with flags: one in eight is a pair, one in sixteen broken UTF-8, one in eight takes special tokens as text."""
    pick, stream = texts.pick, texts.texts(kinds)
    for kind, text in stream:
        number = pick.randrange(16)
        flags = {"add_special": pick.random() < 0.5, "encode_special_tokens": pick.random() < 0.125}
        if number == 0 and not kinds:
            yield Case("bytes", raw=texts.raw_bytes(), **flags)
        elif number <= 2:
            yield Case(kind, text=text, pair=next(stream)[1], **flags)
        else:
            yield Case(kind, text=text, **flags)


def decoding_cases(cases: list[Case], answers: list[dict | None], texts: tokenizer_texts.Texts) -> list[Case]:
    """The ids that came out, and ids in no sensible order."""
    pick = texts.pick
    found = [Case("decode", ids=tuple(answer["ids"]), skip_special=pick.random() < 0.5) for answer in answers if answer is not None]
    highest = max(texts.tokenizer.get_vocab().values(), default=0)
    for _ in range(len(cases) // 8):
        ids = tuple(pick.randint(0, highest) for _ in range(pick.randint(0, 12)))
        found.append(Case("decode", ids=ids, skip_special=pick.random() < 0.5))
    return found


class Comparison:
    """Both on one tokenizer, and the count of what was compared."""

    def __init__(self, name: str, binary: str = BINARY, file: pathlib.Path | None = None):
        """zest reads `file` where it is given (the same tokenizer in another format)."""
        self.name, self.file = name, file or tokenizer_file(name)
        self.zest, self.reference = Zest(self.file, binary), Reference(tokenizer_file(name))
        self.with_rows = False
        self.compared = 0
        self.unanswered = 0  # by Hugging Face
        self.seconds = {"zest": 0.0, "HF": 0.0}

    def both(self, cases: list[Case]) -> tuple[list[dict], list[dict | None]]:
        """Asks both at once: zest is another process."""
        box: list = []

        def ask_zest() -> None:
            start = time.monotonic()
            try:
                box.append(self.zest.ask(cases))
            except Exception as error:
                box.append(error)
            self.seconds["zest"] += time.monotonic() - start

        thread = threading.Thread(target=ask_zest)
        thread.start()
        start = time.monotonic()
        with silent():
            theirs = self.reference.ask(cases)
        self.seconds["HF"] += time.monotonic() - start
        thread.join()
        if isinstance(box[0], Exception):
            raise box[0]
        return box[0], theirs

    def differences(self, cases: list[Case]) -> list[tuple[Case, str]]:
        ours, theirs = self.both(cases)
        found = [(case, difference(self.name, case, a, b)) for case, a, b in zip(cases, ours, theirs)]
        return [(case, what) for case, what in found if what]

    def compare(self, cases: list[Case], texts: tokenizer_texts.Texts, decode: bool = True) -> list[tuple[Case, str]]:
        """Encodes, then decodes what Hugging Face gave."""
        ours, theirs = self.both(cases)
        found = [(case, difference(self.name, case, a, b)) for case, a, b in zip(cases, ours, theirs)]
        self.unanswered += theirs.count(None)
        back = decoding_cases(cases, theirs, texts) if decode else []
        if self.with_rows and not self.reference.pads_to_longest:
            rows = "limited" if self.reference.tokenizer.truncation or self.reference.tokenizer.padding else "rows"
            back += [dataclasses.replace(case, rows=rows) for case in cases if case.pair is None and case.raw is None and not case.encode_special_tokens]
        if back:
            ours, theirs = self.both(back)
            found += [(case, difference(self.name, case, a, b)) for case, a, b in zip(back, ours, theirs)]
        self.compared += len(found)
        return [(case, what) for case, what in found if what]

    # -- making it short

    def first_that_still_differs(self, candidates: list[Case], what: str) -> Case | None:
        if not candidates:
            return None
        with contextlib.suppress(LoadError):
            for case, found in self.differences(candidates):
                if found == what:
                    return case
        return None

    def shortest(self, case: Case, what: str) -> Case:
        """Removes parts as long as the same thing differs, larger parts first."""
        for plain in (dataclasses.replace(case, pair=None), dataclasses.replace(case, encode_special_tokens=False), dataclasses.replace(case, add_special=False), dataclasses.replace(case, rows="")):
            if plain != case:
                case = self.first_that_still_differs([dataclasses.replace(plain)], what) or case
        for field in ("raw", "ids", "text", "pair"):
            case = self.shortened(case, field, what)
        return case

    def shortened(self, case: Case, field: str, what: str) -> Case:
        part = len(getattr(case, field) or "") // 2
        while part and getattr(case, field):
            value = getattr(case, field)
            candidates = [dataclasses.replace(case, **{field: value[:at] + value[at + part:]}) for at in range(0, len(value), part)]
            shorter = self.first_that_still_differs(candidates, what)
            if shorter:
                case, part = shorter, min(part, max(len(getattr(shorter, field)) // 2, 1))
            else:
                part //= 2
        return case


    def with_simpler_file(self, case: Case, what: str) -> tuple[Comparison, Case]:
        """Takes away what the difference does not need from the tokenizer.json, which lands beside the file."""
        here, parsed = self, json.loads(self.file.read_bytes())
        folder = pathlib.Path(tempfile.mkdtemp(dir=own_cache()))
        progress, numbers = True, itertools.count()
        while progress:
            progress = False
            for less in tokenizer_mixes.simpler(parsed):
                trial = folder / f"{next(numbers)}.json"
                trial.write_text(json.dumps(less), "utf-8")
                try:
                    with silent():
                        other = Comparison(str(trial), self.zest.binary)
                        shows = [what] == [found for _, found in other.differences([case])]
                except Exception:  # one of both refuses it
                    continue
                if shows:
                    here, parsed, progress = other, less, True
                    break
        if here is not self:
            kept = self.file.with_name("simplest.json")
            kept.write_bytes(here.file.read_bytes())
            here = Comparison(str(kept), self.zest.binary)
        return here, here.shortest(case, what)


# ---- telling -----------------------------------------------------------------------------------------------------------

def named(text: str) -> str:
    names = [f"U+{ord(char):04X} {unicodedata.name(char, '?')}" for char in text[:24]]
    return "; ".join(names) + (" …" if len(text) > 24 else "")


def in_brief(values: list, other: list) -> str:
    """A list around the first place where it differs from the other one."""
    at = next((i for i, (a, b) in enumerate(zip(values, other)) if a != b), min(len(values), len(other)))
    low = max(at - 4, 0)
    return ("… " if low else "") + " ".join(str(value).replace(" ", "") for value in values[low:at + 8]) + (" …" if len(values) > at + 8 else "") + f"   ({len(values)})"


def report(comparison: Comparison, case: Case, what: str) -> str:
    """What both say, and the command that shows it."""
    (ours,), (theirs,) = comparison.both([case])
    what_command = "detokenize" if case.ids is not None else "rows" if case.rows else "tokenize"
    line = json.dumps(case.line()).replace("'", "\\u0027")
    command = " ".join(comparison.zest.command(what_command))
    lines = [f"-- {comparison.name}: {what} differ{'s' if what == 'text' else ''} ({case.kind})" if what not in ("crash", "error") else f"-- {comparison.name}: {what} ({case.kind})",
             f"   echo '{line}' | {'PYTHONPATH=' + comparison.zest.environment['PYTHONPATH'] + ' ' if case.rows else ''}{command}"]
    if case.ids is None:
        lines.append(f"   {named(case.read())}")
    if "crash" in ours or "error" in ours:
        lines.append(f"   zest: {ours.get('crash') or ours['error']}")
        lines.append(f"   HF:   {theirs and {key: theirs[key] for key in theirs if key != 'type_ids'}}")
    elif case.ids is not None:
        lines += [f"   zest: {ours.get('text', ours.get('bytes_b64'))!r}", f"   HF:   {theirs['text']!r}"]
        lines.append(f"   tokens: {[comparison.reference.tokenizer.id_to_token(id) for id in case.ids[:24]]}")
    else:
        pieces = [comparison.reference.tokenizer.id_to_token(id) for id in theirs["ids"]]
        if what == "ids_with_offsets":
            ours, what = {**ours, "ids": ours["ids_with_offsets"]}, "ids"
        mine = [comparison.reference.tokenizer.id_to_token(id) for id in ours["ids"]]
        lines += [f"   zest: {in_brief(ours['ids'], theirs['ids'])}", f"   HF:   {in_brief(theirs['ids'], ours['ids'])}"]
        if what == "ids":
            lines += [f"   zest: {in_brief(mine, pieces)}", f"   HF:   {in_brief(pieces, mine)}"]
        else:
            lines += [f"   zest: {in_brief([tuple(x) for x in ours['offsets']] if what == 'offsets' else ours[what], theirs[what])}",
                      f"   HF:   {in_brief(theirs[what], [tuple(x) for x in ours['offsets']] if what == 'offsets' else ours[what])}"]
    return "\n".join(lines)


def reports(comparison: Comparison, found: list[tuple[Case, str]], most: int) -> list[str]:
    """The first of each sort, made short; never the same string twice."""
    order = sorted(found, key=lambda item: len(item[0].ids or item[0].raw or item[0].text) + len(item[0].pair or ""))
    by_sort: dict[tuple, list] = {}
    for case, what in order:
        by_sort.setdefault((what, case.kind), []).append((case, what))
    spread = [item for row in itertools.zip_longest(*by_sort.values()) for item in row if item]
    told: dict[Case, str] = {}
    for case, what in spread[:most * 3]:
        here, short = comparison, dataclasses.replace(comparison.shortest(case, what), kind="")
        if comparison.name.startswith("mix:") and short not in told:
            here, short = comparison.with_simpler_file(short, what)
        if short not in told:
            told[short] = report(here, dataclasses.replace(short, kind=case.kind), what)
            if here is not comparison:
                told[short] += f"\n   in full {comparison.file}; simplest: {tokenizer_mixes.told(here.file.read_text('utf-8'))}"
        if len(told) >= most:
            break
    return list(told.values())


def compare_tokenizer(name: str, count: int, seed: int | str, binary: str = BINARY, kinds: set[str] | None = None, decode: bool = True,
                      stop_after: int = 0, file: pathlib.Path | None = None, rows: bool = True) -> tuple[Comparison, list[tuple[Case, str]]]:
    """Compares `count` strings in chunks; ends early after so many differences (0: never)."""
    comparison = Comparison(name, binary, file)
    comparison.with_rows = rows
    texts = tokenizer_texts.Texts(comparison.reference.tokenizer, f"{pathlib.Path(name).stem}:{seed}", REAL.get())
    stream = encoding_cases(texts, kinds)
    found: list[tuple[Case, str]] = []
    for start in range(0, count, CHUNK):
        with silent():
            cases = list(itertools.islice(stream, min(CHUNK, count - start)))
        found += comparison.compare(cases, texts, decode)
        if stop_after and len(found) >= stop_after:
            break
    return comparison, found


class RealTexts:
    """Read once, for all tokenizers."""

    def __init__(self):
        self.texts: list[str] | None = None

    def get(self) -> list[str]:
        if self.texts is None:
            self.texts = tokenizer_texts.real_texts()
        return self.texts


REAL = RealTexts()


def summary(comparison: Comparison, found: list[tuple[Case, str]], seconds: float) -> str:
    counts: dict[str, int] = {}
    for case, what in found:
        sort = f"{what}/{case.kind}{'/batch' if case.rows else ''}"
        counts[sort] = counts.get(sort, 0) + 1
    told = ", ".join(f"{count} {sort}" for sort, count in sorted(counts.items(), key=lambda item: -item[1])[:8])
    times = f"{seconds:.1f} s, zest {comparison.seconds['zest']:.1f}, HF {comparison.seconds['HF']:.1f}"
    raised = f", {comparison.unanswered} HF raises" if comparison.unanswered else ""
    return f"{comparison.name:24} {comparison.compared:8} compared{raised}, {len(found):6} differ{': ' + told if told else ''}   ({times})"


def one(name: str, options: argparse.Namespace) -> bool:
    """Compares one tokenizer and tells; true if all is the same."""
    start = time.monotonic()
    kinds = set(options.kinds.split(",")) if options.kinds else None
    try:
        if options.text is not None:
            comparison = Comparison(name, options.zest, options.zest_file)
            cases = [Case("given", text=options.text.encode().decode("unicode_escape") if options.escapes else options.text, add_special=add) for add in (False, True)]
            found = comparison.differences(cases)
            comparison.compared = len(cases)
        else:
            comparison, found = compare_tokenizer(name, options.count, options.seed, options.zest, kinds, not options.no_decode, file=options.zest_file, rows=not options.no_rows)
    except LoadError as error:
        print(f"{name:24} zest refuses it: {error}")
        if name.startswith("mix:"):
            print(f"   {tokenizer_mixes.told(tokenizer_file(name).read_text('utf-8'))}")
        return False
    print(summary(comparison, found, time.monotonic() - start), flush=True)
    for text in reports(comparison, found, options.show):
        print(text, flush=True)
    return not found


def mixes(word: str) -> list[str]:
    """mix:3-5 is mix:3, mix:4, mix:5."""
    if not word.startswith("mix:"):
        return []
    first, _, last = word[4:].partition("-")
    return [f"mix:{seed}" for seed in range(int(first), int(last or first) + 1)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tokenizer", default="all", help="a name, several with commas, a file, mix:SEED, mix:FIRST-LAST, real (the models'), small (the reference's) or all")
    parser.add_argument("--count", type=int, default=20000, help="strings for each tokenizer")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--zest", default=BINARY, help="the command")
    parser.add_argument("--zest-file", type=pathlib.Path, help="zest reads this one (a GGUF of the same tokenizer)")
    parser.add_argument("--kinds", help="only these: real, spoiled, vocabulary, odd, special, unicode, new, run, words, giant")
    parser.add_argument("--show", type=int, default=5, help="how many differences are made short and shown")
    parser.add_argument("--no-decode", action="store_true", help="encoding alone")
    parser.add_argument("--no-rows", action="store_true", help="without the Python package's batches")
    parser.add_argument("--text", help="compare this string alone")
    parser.add_argument("--escapes", action="store_true", help="--text has Python's escapes (\\u0301)")
    options = parser.parse_args()
    groups = {"real": list(fetch_tokenizers.SOURCES), "small": small_names(), "all": [*fetch_tokenizers.SOURCES, *small_names()]}
    names = [name for word in options.tokenizer.split(",") for name in groups.get(word, mixes(word) or [word])]
    if len(names) > 1 and options.show == parser.get_default("show"):
        options.show = 1
    return 0 if all([one(name, options) for name in names]) else 1


if __name__ == "__main__":
    sys.exit(main())
