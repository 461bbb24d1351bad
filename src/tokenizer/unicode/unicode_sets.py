# SPDX-License-Identifier: Apache-2.0
"""Reads the lists of sets of code points (unicode_*.txt).

A list is paragraphs: the names of a set, a colon, then words in hexadecimal that build it from left to right.

    41-5A        adds the code points 41 to 5A           41       adds 41
    100-136/2    adds every second one from 100 to 136
    @Lu          adds the set Lu, told before            !WORD    takes away what WORD would add
    &Assigned9   keeps only what Assigned9 has too

A set is an integer whose bit N says whether code point N is in it: union and the like are then single operations.
"""

import re

CODE_POINTS = 0x110000


def of_range(first, last):
    return ((1 << (last - first + 1)) - 1) << first


def of_word(word, sets):
    if word.startswith("@"):
        return sets[plain(word[1:])]
    span, _, step = word.partition("/")
    first, _, last = span.partition("-")
    first, last = int(first, 16), int(last or first, 16)
    if last < first or last >= CODE_POINTS:
        raise ValueError(f"{word} is no range of code points")
    if not step:
        return of_range(first, last)
    bits = 0
    for code_point in range(first, last + 1, int(step)):
        bits |= 1 << code_point
    return bits


def plain(name):
    """How names are compared: without case, spaces, underscores and hyphens."""
    return re.sub(r"[ _-]", "", name).lower()


def read(paths):
    """{plain name: set}. A later list may use the sets of an earlier one."""
    sets = {}
    for path in paths:
        with open(path, encoding="utf-8") as file:
            text = "".join(line for line in file if not line.startswith("#"))
        for names, body in re.findall(r"^(\w[^:]*):((?:[^\n]*\n)(?:[ ]+[^\n]*\n)*)", text, re.M):
            bits = 0
            for word in body.split():
                if word.startswith("!"):
                    bits &= ~of_word(word[1:], sets)
                elif word.startswith("&"):
                    bits &= of_word("@" + word[1:], sets)
                else:
                    bits |= of_word(word, sets)
            for name in names.split():
                if plain(name) in sets:
                    raise ValueError(f"{path}: {name} is told twice")
                sets[plain(name)] = bits
    return sets


def ranges(bits):
    """[(first, last)], sorted."""
    digits = bin(bits)[:1:-1]  # code point 0 first
    return [(match.start(), match.end() - 1) for match in re.finditer("1+", digits)]


def members(bits):
    for first, last in ranges(bits):
        yield from range(first, last + 1)
