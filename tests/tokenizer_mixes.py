# SPDX-License-Identifier: Apache-2.0
"""Tokenizers put together at random from everything that a tokenizer.json can say: a small vocabulary of the reference with other
normalizers, pre-tokenizers, post-processors, decoders, added tokens, truncation and padding. The same seed gives the same file.

`mix(seed)` answers the text of a tokenizer.json that Hugging Face loads; tokenizer_diff.py takes it as --tokenizer mix:SEED.
"""
from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator

PATTERNS = [{"String": " "}, {"String": "a"}, {"String": "ab"}, {"String": "'"}, {"String": "▁"}, {"String": "\n"}, {"Regex": "\\s+"}, {"Regex": " {2,}"}, {"Regex": "[aeiou]"}, {"Regex": "\\d+"},
            {"Regex": "\\p{L}+"}, {"Regex": "[^\\s\\p{L}\\p{N}]+"}, {"Regex": "\\p{Lu}\\p{Ll}*"}, {"Regex": "(?i:the|and)"}, {"Regex": "\\w+|[^\\w\\s]+"}, {"Regex": "\\p{N}{1,3}"}, {"Regex": "\\s+(?!\\S)|\\s+"},
            {"Regex": "\\p{M}"}, {"Regex": "\\p{Han}+"}, {"Regex": "^."}, {"Regex": ".$"}, {"Regex": "\\b"}, {"Regex": "x*"}]
# What Hugging Face 0.23.3 itself gets wrong, so that no mix has it.
LEFT_OUT = [
    ("Replace with a pattern that matches nothing, such as \\b", "a ByteLevel behind it doubles what was put in at the beginning, or panics"),
    ("an added token whose normalized form is empty", "the search for it never ends, or panics"),
    ("two added tokens with one normalized form", "which of them is found changes from process to process"),
]
NOT_EMPTY = [pattern for pattern in PATTERNS if pattern.get("Regex") not in ("\\b", "x*")]
BEHAVIOURS = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]
CONTENTS = ["", " ", "▁", "x", "ab", "é", "\u0301", "中文", "<>"]
ADDED = ["<a>", "<b >", " <c>", "ab", "abc", "b", "the", "The", " the", "é", "e\u0301", "中", "中国", "👍", "<|x|>", "<|x|><|y|>", "|x|", "##", "▁", "▁the", "  ", "\n", "1", "12", "[MASK]", "[mask]", "İ", "ß", "½", "_", "a_b", "Ａ", "ﬁ",
         "Ġthe", "don't", "'", "…", "\u200d", "<0x41>", "İstanbul"]


class Mixer:
    def __init__(self, seed: int | str, bases: list[dict], components: list[dict]):
        """`bases`: tokenizer.json files to take models from; `components`: the reference's single components, {"kind", "component"}."""
        self.pick = random.Random(f"mix:{seed}")
        self.bases = bases
        self.known = {kind: [line["component"] for line in components if line["kind"] == kind] for kind in ("norm", "pre")}

    def chance(self, share: float) -> bool:
        return self.pick.random() < share

    # -- components

    def normalizer(self, depth: int = 0) -> dict | None:
        choice = self.pick.randrange(10)
        if choice == 0 and depth == 0:
            return None
        if choice <= 2 and depth == 0:
            return {"type": "Sequence", "normalizers": [self.normalizer(1) for _ in range(self.pick.randint(0, 3))]}
        if choice <= 4:
            return {"type": "Replace", "pattern": self.pick.choice(NOT_EMPTY), "content": self.pick.choice(CONTENTS)}
        if choice == 5:
            return {"type": "Prepend", "prepend": self.pick.choice([content for content in CONTENTS if content])}
        if choice == 6:
            return {"type": "BertNormalizer", "clean_text": self.chance(0.7), "handle_chinese_chars": self.chance(0.7), "strip_accents": self.pick.choice([None, True, False]), "lowercase": self.chance(0.5)}
        if choice == 7:
            return {"type": "Strip", "strip_left": self.chance(0.7), "strip_right": self.chance(0.5)}
        return copy.deepcopy(self.pick.choice(self.known["norm"]))

    def pre_tokenizer(self, depth: int = 0) -> dict | None:
        choice = self.pick.randrange(12)
        if choice == 0 and depth == 0:
            return None
        if choice <= 2 and depth == 0:
            return {"type": "Sequence", "pretokenizers": [self.pre_tokenizer(1) for _ in range(self.pick.randint(1, 3))]}
        if choice <= 4:
            return {"type": "Split", "pattern": self.pick.choice(PATTERNS), "behavior": self.pick.choice(BEHAVIOURS), "invert": self.chance(0.3)}
        if choice == 5:
            return {"type": "Metaspace", "replacement": self.pick.choice("▁▁_"), "prepend_scheme": self.pick.choice(["always", "first", "never"]), "split": self.chance(0.6)}
        if choice == 6:
            return {"type": "ByteLevel", "add_prefix_space": self.chance(0.5), "trim_offsets": self.chance(0.5), "use_regex": self.chance(0.6)}
        if choice == 7:
            return {"type": "Punctuation", "behavior": self.pick.choice(BEHAVIOURS)}
        if choice == 8:
            return {"type": "Digits", "individual_digits": self.chance(0.5)}
        return copy.deepcopy(self.pick.choice(self.known["pre"]))

    def decoder(self, depth: int = 0) -> dict | None:
        flag = self.chance(0.5)
        choices = [
            None, {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
            {"type": "WordPiece", "prefix": "##", "cleanup": flag}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": self.pick.choice(["always", "first", "never"]), "split": flag},
            {"type": "BPEDecoder", "suffix": "</w>"}, {"type": "CTC", "pad_token": "<pad>", "word_delimiter_token": "|", "cleanup": flag}, {"type": "ByteFallback"}, {"type": "Fuse"},
            {"type": "Strip", "content": self.pick.choice(" a▁"), "start": self.pick.randint(0, 2), "stop": self.pick.randint(0, 2)},
            {"type": "Replace", "pattern": self.pick.choice(NOT_EMPTY), "content": self.pick.choice(CONTENTS)},
            {"type": "Sequence", "decoders": [self.decoder(1) for _ in range(self.pick.randint(1, 4))] if depth == 0 else []},
        ]
        return self.pick.choice(choices if depth == 0 else choices[1:-1])

    def post_processor(self, tokens: list[tuple[str, int]], depth: int = 0) -> dict | None:
        first, second = self.pick.choice(tokens), self.pick.choice(tokens)
        byte_level = {"type": "ByteLevel", "add_prefix_space": self.chance(0.5), "trim_offsets": self.chance(0.6), "use_regex": True}
        template = self.template(tokens)
        choices = [
            None, byte_level, template, template, {"type": "BertProcessing", "sep": list(first), "cls": list(second)},
            {"type": "RobertaProcessing", "sep": list(first), "cls": list(second), "trim_offsets": self.chance(0.6), "add_prefix_space": self.chance(0.5)},
            {"type": "Sequence", "processors": [step for step in (byte_level, template) if step] if depth == 0 else []},
        ]
        return self.pick.choice(choices)

    def template(self, tokens: list[tuple[str, int]]) -> dict:
        chosen = [self.pick.choice(tokens) for _ in range(self.pick.randint(1, 3))]

        def special() -> dict:
            return {"SpecialToken": {"id": self.pick.choice(chosen)[0], "type_id": self.pick.randint(0, 2)}}

        def sequence(name: str) -> dict:
            return {"Sequence": {"id": name, "type_id": self.pick.randint(0, 2)}}

        def some() -> list[dict]:
            return [special() for _ in range(self.pick.randint(0, 2))]

        return {"type": "TemplateProcessing", "single": [*some(), sequence("A"), *some()], "pair": [*some(), sequence("A"), *some(), sequence("B"), *some()],
                "special_tokens": {token: {"id": token, "ids": [number], "tokens": [token]} for token, number in chosen}}

    def model(self, model: dict) -> None:
        """Other switches of the same vocabulary."""
        if model["type"] == "BPE":
            if not model["continuing_subword_prefix"] and not model["end_of_word_suffix"]:
                model["ignore_merges"] = self.chance(0.4)
            model["fuse_unk"] = self.chance(0.5)
            model["byte_fallback"] = self.chance(0.5)
            if self.chance(0.4):
                model["unk_token"] = self.pick.choice([None, *list(model["vocab"])[:4]])
            model["dropout"] = self.pick.choice([None, None, 0.0])
        elif model["type"] == "WordPiece":
            model["max_input_chars_per_word"] = self.pick.choice([3, 12, 100])
            model["continuing_subword_prefix"] = self.pick.choice(["##", "##", "a", ""])
        elif model["type"] == "Unigram":
            model["byte_fallback"] = self.chance(0.4)
            model["unk_id"] = self.pick.choice([model["unk_id"]] * 4 + [7])

    # -- the whole

    def tokenizer(self) -> str:
        """Tries until Hugging Face takes it."""
        while True:
            try:
                return self.attempt()
            except BaseException as error:  # it refuses some combinations, or panics; no test asks about these
                if isinstance(error, KeyboardInterrupt):
                    raise

    def attempt(self) -> str:
        import tokenizers
        base = copy.deepcopy(self.pick.choice(self.bases))
        self.model(base["model"])
        vocab = base["model"]["vocab"]
        pieces = list(vocab) if isinstance(vocab, dict) else [piece for piece, _ in vocab]
        tokens = [(piece, vocab[piece] if isinstance(vocab, dict) else number) for number, piece in enumerate(pieces[:6])]
        if self.chance(0.75):
            base["normalizer"] = self.normalizer()
        if self.chance(0.75):
            base["pre_tokenizer"] = self.pre_tokenizer()
        if self.chance(0.75):
            base["decoder"] = self.decoder()
        if self.chance(0.75):
            base["post_processor"] = self.post_processor(tokens)
        made = tokenizers.Tokenizer.from_str(json.dumps(base))
        for content in self.pick.sample(ADDED, self.pick.randint(0, 8)):
            flags = {flag: self.chance(0.3) for flag in ("single_word", "lstrip", "rstrip")} | {"normalized": self.chance(0.5)}
            if made.normalizer and not made.normalizer.normalize_str(content):
                flags["normalized"] = False  # a token of nothing makes Hugging Face's matcher loop for ever or panic
            add = made.add_special_tokens if self.chance(0.5) else made.add_tokens
            add([tokenizers.AddedToken(content, **flags)])
        matched = [made.normalizer.normalize_str(token.content) for token in made.get_added_tokens_decoder().values() if made.normalizer and token.normalized]
        if len(set(matched)) < len(matched):
            raise ValueError("which of two tokens with one normalized form Hugging Face finds changes from process to process")
        self.limits(made)
        made.encode("a b"), made.encode("a", "b")  # some raise at every text
        return made.to_str()

    def limits(self, made) -> None:
        if self.chance(0.25):
            most = self.pick.choice([5, 8, 16, 64])
            made.enable_truncation(most, stride=self.pick.choice([0, 0, 1, 2]), strategy=self.pick.choice(["longest_first", "longest_first", "only_first", "only_second"]),
                                   direction=self.pick.choice(["left", "right"]))
        if self.chance(0.2):
            made.enable_padding(direction=self.pick.choice(["left", "right"]), pad_id=self.pick.randint(0, 3), pad_type_id=self.pick.randint(0, 1), pad_token="[PAD]",
                                length=self.pick.choice([None, 8, 32]), pad_to_multiple_of=self.pick.choice([None, None, 4, 7]))


def mix(seed: int | str, bases: list[dict], components: list[dict]) -> str:
    return Mixer(seed, bases, components).tokenizer()


# ---- making one simple ---------------------------------------------------------------------------------------------------

LISTS = {"normalizer": "normalizers", "pre_tokenizer": "pretokenizers", "decoder": "decoders", "post_processor": "processors"}


def simpler(parsed: dict) -> Iterator[dict]:
    """The same tokenizer.json with one thing less, largest things first."""
    for part in ("truncation", "padding", *LISTS):
        if parsed[part] is not None:
            yield {**parsed, part: None}
    for part, key in LISTS.items():
        steps = (parsed[part] or {}).get(key)
        if steps:
            for i in range(len(steps)):
                yield {**parsed, part: {**parsed[part], key: steps[:i] + steps[i + 1:]}}
            if len(steps) == 1:
                yield {**parsed, part: steps[0]}
    for i, token in enumerate(parsed["added_tokens"]):
        yield {**parsed, "added_tokens": parsed["added_tokens"][:i] + parsed["added_tokens"][i + 1:]}
    for i, token in enumerate(parsed["added_tokens"]):
        for flag in ("single_word", "lstrip", "rstrip", "normalized", "special"):
            if token[flag]:
                yield {**parsed, "added_tokens": [*parsed["added_tokens"][:i], {**token, flag: False}, *parsed["added_tokens"][i + 1:]]}


def told(text: str) -> str:
    """What is in a tokenizer.json, without its tables."""
    parsed = json.loads(text)
    parsed["model"] = {key: value for key, value in parsed["model"].items() if key not in ("vocab", "merges")}
    for charsmap in [step for step in [parsed["normalizer"] or {}, *(parsed["normalizer"] or {}).get("normalizers", [])] if "precompiled_charsmap" in step]:
        charsmap["precompiled_charsmap"] = "…"
    parsed["added_tokens"] = [{key: value for key, value in token.items() if value is not False} for token in parsed["added_tokens"]]
    return json.dumps({key: value for key, value in parsed.items() if value not in (None, [], "1.0")}, ensure_ascii=False)
