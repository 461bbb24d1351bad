# SPDX-License-Identifier: Apache-2.0
"""Turns the lists of unicode_*.txt into unicode_tables.c: python3 unicode_tables.py CASE SETS... OUT.

Normalization follows Unicode 9.0 as the reference does. It needs no list: by Unicode's stability policy decompositions,
compositions and combining classes of assigned characters never change, so those of this Python's unicodedata, whatever
its version, restricted to the characters that Unicode 9.0 had, are those of Unicode 9.0.
"""

import sys
import unicodedata

import unicode_sets

BLOCK = 128
CODE_POINTS = unicode_sets.CODE_POINTS
HANGUL = unicode_sets.of_range(0xAC00, 0xD7A3)

# Bit i of a class is set BITS[i]; enum zest_unicode_bit of unicode_class.h has the same order.
BITS = [
    "l", "n", "whitespace", "numeric17", "m", "titleorupper", "ll", "nd", "otherletter", "word", "rustword", "han",
    "p", "s", "punctuation8", "bertcontrol8", "bertspace8", "bertcjk", "bertmark8", "mark9", "lowers17", "nfcunsafe",
    "nfdunsafe", "nfkcunsafe", "nfkdunsafe", "hiragana", "katakana", "hangul", "lt", "posixpunct", "alphabetic", "c"]

# What a code point is for the cutting of grapheme clusters; enum zest_grapheme of unicode_class.h has the same order.
GRAPHEMES = ["other", "cr", "lf", "gcbcontrol", "gcbextend", "zwj", "regional", "gcbprepend", "gcbspacingmark", "jamol",
             "jamov", "jamot", "lv", "lvt", "gcbpictographic", "incbconsonant"]


# ---- normalization ----

class Normalization:
    """pieces[code point] = (combining class, canonical decomposition, compatibility decomposition), full ones."""

    def __init__(self, assigned):
        self.pieces, self.pairs = {}, {}
        for code_point in unicode_sets.members(assigned & ~HANGUL & ~unicode_sets.of_range(0xD800, 0xDFFF)):
            text = chr(code_point)
            mark = unicodedata.combining(text)
            canonical, compatible = (unicodedata.normalize(form, text) for form in ("NFD", "NFKD"))
            if mark or compatible != text:
                self.pieces[code_point] = (mark, "" if canonical == text else canonical,
                                           "" if compatible == text else compatible)
            self.add_pair(text)

    def add_pair(self, text):
        """A canonical decomposition into two that NFC puts together again is a composition."""
        parts = unicodedata.decomposition(text).split()
        if len(parts) == 2 and parts[0][0] != "<" and unicodedata.normalize("NFC", text) == text:
            self.pairs[int(parts[0], 16), int(parts[1], 16)] = ord(text)

    def unsafe_sets(self):
        """For each form the characters that it may change or move, and those that may join the one before."""
        def of(code_points):
            bits = 0
            for code_point in code_points:
                bits |= 1 << code_point
            return bits
        marks = of(c for c, (mark, _, _) in self.pieces.items() if mark)
        nfd = of(c for c, (_, canonical, _) in self.pieces.items() if canonical)
        nfkd = of(c for c, (_, _, compatible) in self.pieces.items() if compatible)
        kept = of(self.pairs.values())  # what NFC leaves or makes
        seconds = of(second for _, second in self.pairs) | unicode_sets.of_range(0x1161, 0x1175) | \
            unicode_sets.of_range(0x11A8, 0x11C2)
        unstable = of(c for c in unicode_sets.members(kept & nfkd) if unicodedata.normalize("NFKC", chr(c)) != chr(c))
        return {"nfdunsafe": marks | nfd | HANGUL, "nfkdunsafe": marks | nfkd | HANGUL,
                "nfcunsafe": marks | seconds | (nfd & ~kept),
                "nfkcunsafe": marks | seconds | (nfkd & ~kept) | unstable}


# ---- writing ----

def write_stages(out, name, kind, values):
    """A table of all code points in two stages: blocks of 128, equal ones once."""
    blocks, stage1 = {}, []
    for start in range(0, CODE_POINTS, BLOCK):
        stage1.append(blocks.setdefault(tuple(values[start:start + BLOCK]), len(blocks)))
    out.write(f"const uint16_t {name}_stage1[{len(stage1)}] = {{{','.join(map(str, stage1))}}};\n")
    out.write(f"const {kind} {name}_stage2[{len(blocks) * BLOCK}] = {{\n")
    for block in blocks:
        out.write(",".join(map(str, block)) + ",\n")
    out.write("};\n")


def write_classes(out, sets):
    """Classes are numbered in the order of their first code point, so that a plan may have a table of its own by number."""
    masks = [0] * CODE_POINTS
    for bit, name in enumerate(BITS):
        for first, last in unicode_sets.ranges(sets[name]):
            for code_point in range(first, last + 1):
                masks[code_point] |= 1 << bit
    numbers = {}
    values = [numbers.setdefault(mask, len(numbers)) for mask in masks]
    if len(numbers) > 256:
        raise ValueError(f"{len(numbers)} different classes, a byte holds 256")
    write_stages(out, "zest_unicode_group", "uint8_t", values)
    out.write(f"const uint32_t zest_unicode_masks[256] = {{{','.join(map(str, numbers))}}};\n")
    out.write(f"const uint32_t zest_unicode_ascii[128] = {{{','.join(map(str, masks[:128]))}}};\n")


def write_graphemes(out, sets):
    sets = dict(sets)
    lv = sum(1 << code_point for code_point in range(0xAC00, 0xD7A4, 28))
    hangul = {"jamol": [(0x1100, 0x115F), (0xA960, 0xA97C)], "jamov": [(0x1160, 0x11A7), (0xD7B0, 0xD7C6)],
              "jamot": [(0x11A8, 0x11FF), (0xD7CB, 0xD7FB)]}
    for name, spans in hangul.items():
        sets[name] = sum(unicode_sets.of_range(*span) for span in spans)
    sets.update(other=0, cr=1 << 0xD, lf=1 << 0xA, zwj=1 << 0x200D, lv=lv, lvt=HANGUL & ~lv,
                regional=unicode_sets.of_range(0x1F1E6, 0x1F1FF))
    values = [0] * CODE_POINTS
    for number, name in enumerate(GRAPHEMES):
        for code_point in unicode_sets.members(sets[name]):
            values[code_point] = number
    for flag, name in ((32, "incblinker"), (64, "incbextend")):
        for code_point in unicode_sets.members(sets[name]):
            values[code_point] |= flag
    write_stages(out, "zest_grapheme", "uint8_t", values)


def write_scripts(out, sets, script_names):
    """Scripts as the pre-tokenizer UnicodeScripts sees them: kana are Han; a space and what 9.0 lacked are 0, any."""
    values = [0] * CODE_POINTS
    for number, name in enumerate(script_names, 1):
        for code_point in unicode_sets.members(sets[name] & sets["assigned9"]):
            values[code_point] = number
    number_of = {name: number for number, name in enumerate(script_names, 1)}
    for name, script in (("scriptcommon9", "common"), ("scriptdevanagari9", "devanagari"), ("hiragana", "han"),
                         ("katakana", "han")):
        for code_point in unicode_sets.members(sets[name] & sets["assigned9"]):
            values[code_point] = number_of[script]
    values[0x30FC] = number_of["han"]
    values[0x20] = 0
    write_stages(out, "zest_script", "uint8_t", values)


def write_normalization(out, normalization):
    pool, records, values = [], [(0, 0, 0, 0, 0)], [0] * CODE_POINTS
    numbers = {}
    for code_point, (mark, canonical, compatible) in normalization.pieces.items():
        key = (mark, canonical, compatible)
        if key not in numbers:
            at = len(pool)
            pool += map(ord, canonical)
            compatible_at = at if compatible == canonical else len(pool)
            if compatible != canonical:
                pool += map(ord, compatible)
            numbers[key] = len(records)
            records.append((at, compatible_at, len(canonical), len(compatible), mark))
        values[code_point] = numbers[key]
    write_stages(out, "zest_normal", "uint16_t", values)
    out.write(f"const struct zest_normal zest_normals[{len(records)}] = {{\n")
    out.write("".join(f"{{{','.join(map(str, record))}}},\n" for record in records) + "};\n")
    out.write(f"const uint32_t zest_normal_pool[{len(pool)}] = {{{','.join(map(str, pool))}}};\n")
    pairs = sorted(normalization.pairs.items())
    out.write(f"const size_t zest_composition_count = {len(pairs)};\nconst struct zest_composition zest_compositions[] = {{\n")
    out.write("".join(f"{{{first},{second},{whole}}},\n" for (first, second), whole in pairs) + "};\n")


def write_leads(out, unsafe):
    """Bit i of a byte: it is the lead byte of a character that form i may touch."""
    leads = [0] * 256
    for form, name in enumerate(("nfcunsafe", "nfdunsafe", "nfkcunsafe", "nfkdunsafe")):
        for code_point in unicode_sets.members(unsafe[name]):
            leads[chr(code_point).encode()[0]] |= 1 << form
    out.write(f"const uint8_t zest_normal_leads[256] = {{{','.join(map(str, leads))}}};\n")


def write_sets(out, sets):
    ranges, spans = [], {}
    for bits in sets.values():
        if bits not in spans:
            found = unicode_sets.ranges(bits)
            spans[bits] = (len(ranges), len(found))
            ranges += found
    out.write(f"const struct zest_code_range zest_unicode_ranges[{len(ranges) + 1}] = {{\n")
    out.write("".join(f"{{{first},{last}}},\n" for first, last in ranges) + "{0,0}};\n")
    out.write(f"const size_t zest_unicode_set_count = {len(sets)};\n"
              "const struct zest_unicode_set zest_unicode_sets[] = {\n")
    for name in sorted(sets):
        at, count = spans[sets[name]]
        out.write(f'{{"{name}",zest_unicode_ranges+{at},{count}}},\n')
    out.write("};\n")


# ---- case ----

def read_case(path):
    """{kind: ([(first, last, step, delta)], [(code point, [mapped])])}, both sorted."""
    kinds = {"upper": ([], []), "lower": ([], []), "title": ([], []), "lower17": ([], [])}
    with open(path, encoding="utf-8") as file:
        lines = [line.split() for line in file if line.strip() and not line.startswith("#")]
    for kind, where, *rest in lines:
        for runs, sequences in [kinds[kind]] + ([kinds["lower17"]] if kind == "lower" else []):
            if rest[0] == "=":
                sequences.append((int(where, 16), [int(word, 16) for word in rest[1:]]))
            else:
                span, step = where.split("/")
                first, last = span.split("-")
                runs.append((int(first, 16), int(last, 16), int(step), int(rest[0], 16)))
    for runs, sequences in kinds.values():
        runs.sort()
        sequences.sort()
    return kinds


def mapped_by(runs, sequences):
    """The set of what a case map changes."""
    bits = 0
    for first, last, step, _ in runs:
        for code_point in range(first, last + 1, step):
            bits |= 1 << code_point
    for code_point, _ in sequences:
        bits |= 1 << code_point
    return bits


def write_case(out, kind, runs, sequences):
    out.write(f"static const struct zest_case_run {kind}_runs[] = {{\n")
    for first, last, step, delta in runs:
        out.write(f"{{0x{first:X}, 0x{last:X}, {step}, {delta}}},\n")
    out.write(f"{{0, 0, 1, 0}}}};\nstatic const struct zest_case_sequence {kind}_sequences[] = {{\n")
    for code_point, mapped in sequences:
        out.write(f"{{0x{code_point:X}, {{{', '.join(hex(c) for c in mapped)}}}}},\n")
    out.write("{0, {0}}};\n")
    out.write(f"const struct zest_case_map zest_case_{kind} = {{{kind}_runs, {len(runs)}, {kind}_sequences, "
              f"{len(sequences)}}};\n")


# ---- all ----

def script_names(paths):
    path = next(path for path in paths if "scripts" in path)
    with open(path, encoding="utf-8") as file:
        return [unicode_sets.plain(line.split(":")[0].split()[0]) for line in file
                if line[0] not in "# \n" and not line.startswith("Unknown")]


def main(case_path, *paths):
    *set_paths, out_path = paths
    sets = unicode_sets.read(set_paths)
    cases = read_case(case_path)
    normalization = Normalization(sets["assigned9"])
    unsafe = normalization.unsafe_sets()
    classes = dict(sets, titleorupper=sets["lu"] | sets["lt"], otherletter=sets["lm"] | sets["lo"],
                   lowers17=mapped_by(*cases["lower17"]), **unsafe)
    with open(out_path, "w", encoding="utf-8") as out:
        out.write('/* SPDX-License-Identifier: Apache-2.0 */\n/* Generated by unicode_tables.py; do not edit. */\n'
                  '#include "unicode_class.h"\n#include "unicode_normal.h"\n#include "unicode_set.h"\n')
        write_classes(out, classes)
        write_graphemes(out, sets)
        write_scripts(out, sets, script_names(set_paths))
        write_normalization(out, normalization)
        write_leads(out, unsafe)
        write_sets(out, sets)
        for kind, (runs, sequences) in cases.items():
            write_case(out, kind, runs, sequences)


if __name__ == "__main__":
    main(*sys.argv[1:])
