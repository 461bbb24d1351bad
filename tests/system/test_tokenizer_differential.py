# SPDX-License-Identifier: Apache-2.0
"""zest against the `tokenizers` package on strings from a seed: 20,000 for each real tokenizer, a million with ./test --all.

ids, offsets, type ids and decoded text must be equal, from the command and from the Python package's batches. Tokenizers put together
at random follow. Where Hugging Face itself is wrong is listed in tokenizer_diff.py (KNOWN) and tokenizer_mixes.py (LEFT_OUT);
tests/tokenizer_diff.py shows by hand what fails here.
"""
from __future__ import annotations

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import tokenizer_diff as diff  # noqa: E402

COUNT, COUNT_SMALL, COUNT_LONG = 20_000, 2_000, 1_000_000
SEED, SEED_LONG = 20, 21
NAMES = list(diff.fetch_tokenizers.SOURCES)


def assert_equal(name: str, count: int, seed: int, file: pathlib.Path | None = None) -> None:
    try:
        comparison, found = diff.compare_tokenizer(name, count, seed, stop_after=1000, file=file)
    except diff.LoadError as error:
        pytest.fail(f"zest refuses {file or diff.tokenizer_file(name)}: {error}")
    assert not found, f"{len(found)} of {comparison.compared} differ:\n" + "\n".join(diff.reports(comparison, found, 3))
    assert comparison.compared >= (1 if name.startswith("mix:") else 2) * count and (comparison.unanswered < count / 100 or name.startswith("mix:"))
    print(f"\n   {name}: {comparison.compared} comparisons, {comparison.unanswered} without an answer by Hugging Face")


@pytest.mark.parametrize("name", NAMES)
def test_strings(name):
    assert_equal(name, COUNT, SEED)


@pytest.mark.parametrize("name", diff.small_names())
def test_small_tokenizers(name):
    assert_equal(name, COUNT_SMALL, SEED)


MIXES, MIXES_LONG, STRINGS_A_MIX = 80, 3000, 150


@pytest.mark.parametrize("first", [*range(0, MIXES, 20), *(pytest.param(first, marks=pytest.mark.long) for first in range(MIXES, MIXES_LONG, 100))])
def test_tokenizers_put_together_at_random(first):
    """Components, flags and limits that no published file combines (tokenizer_mixes.py)."""
    for number in range(first, first + (20 if first < MIXES else 100)):
        assert_equal(f"mix:{number}", STRINGS_A_MIX, SEED)


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_a_million_strings(name):
    assert_equal(name, COUNT_LONG, SEED_LONG)


def test_the_gguf_of_the_same_tokenizer():
    """The default model's own vocabulary gives what the tokenizer.json made of it gives."""
    assert_equal("smollm2", COUNT_SMALL * 2, SEED, diff.fetch_tokenizers.fetch_model.folder() / diff.fetch_tokenizers.fetch_model.NAME)


# ---- the comparison itself ---------------------------------------------------------------------------------------------

def test_a_difference_is_seen_and_made_short(tmp_path):
    """A stand-in for zest that answers one thing wrong must be caught, down to the character."""
    stand_in = tmp_path / "zest"
    stand_in.write_text(f"#!{sys.executable}\n" + STAND_IN)
    stand_in.chmod(0o755)
    comparison = diff.Comparison("minilm_nopad", str(stand_in))
    cases = [diff.Case("given", text=text) for text in ("plain", "long text with a Z in it", "")]
    found = comparison.differences(cases)
    assert found == [(cases[1], "ids")]
    assert comparison.shortest(*found[0]).text == "Z"
    assert "Z" in diff.report(comparison, *found[0])


STAND_IN = """
import json, sys, tokenizers
tokenizer = tokenizers.Tokenizer.from_file(sys.argv[3])
for line in map(json.loads, sys.stdin):
    form = tokenizer.encode(line["text"], add_special_tokens=line["add_special"])
    print(json.dumps({"ids": form.ids + [1] * ("Z" in line["text"]), "offsets": form.offsets}))
"""
