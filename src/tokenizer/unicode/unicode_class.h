/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unicode_class.h - character classes, case mappings and UTF-8 stepping.
 *
 * The tables are generated (unicode_tables.py) from the lists unicode_*.txt, which name their Unicode versions; the
 * reference uses four. Read-only: any thread.
 */
#ifndef ZEST_UNICODE_CLASS_H
#define ZEST_UNICODE_CLASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bits of a code point's class, in the order of unicode_tables.py. Unicode 16.0 where nothing else is said. */
enum zest_unicode_bit {
    ZEST_CLASS_LETTER = 1,
    ZEST_CLASS_NUMBER = 2,
    ZEST_CLASS_SPACE = 4,     /* White_Space: \s, Rust's is_whitespace; the same in all versions in use */
    ZEST_CLASS_NUMERIC17 = 8, /* what isolates digits in the reference: numbers of Unicode 17.0 */
    ZEST_CLASS_MARK = 16,
    ZEST_CLASS_UPPER = 32,          /* Lu, Lt */
    ZEST_CLASS_LOWER = 64,          /* Ll */
    ZEST_CLASS_DECIMAL = 128,       /* Nd */
    ZEST_CLASS_CASELESS = 1 << 8,   /* Lm, Lo */
    ZEST_CLASS_WORD = 1 << 9,       /* \w of Oniguruma */
    ZEST_CLASS_RUST_WORD = 1 << 10, /* \w of the regex crate */
    ZEST_CLASS_HAN = 1 << 11,
    ZEST_CLASS_PUNCTUATION = 1 << 12,  /* P */
    ZEST_CLASS_SYMBOL = 1 << 13,       /* S */
    ZEST_CLASS_PUNCTUATION8 = 1 << 14, /* P of Unicode 8.0 and ASCII symbols: Punctuation, BertPreTokenizer */
    ZEST_CLASS_BERT_CONTROL = 1 << 15, /* removed by BertNormalizer's clean_text; Unicode 8.0 */
    ZEST_CLASS_BERT_SPACE = 1 << 16,   /* made a space by it */
    ZEST_CLASS_BERT_CJK = 1 << 17,     /* set between spaces by it */
    ZEST_CLASS_BERT_MARK = 1 << 18,    /* removed by its strip_accents; Mn of Unicode 8.0 */
    ZEST_CLASS_MARK9 = 1 << 19,        /* removed by StripAccents; M of Unicode 9.0 */
    ZEST_CLASS_LOWERS = 1 << 20,       /* changed by Lowercase; Unicode 17.0 */
    ZEST_CLASS_NFC_UNSAFE = 1 << 21,   /* may be changed by the form, moved, or joined to what is before; Unicode 9.0 */
    ZEST_CLASS_NFD_UNSAFE = 1 << 22,
    ZEST_CLASS_NFKC_UNSAFE = 1 << 23,
    ZEST_CLASS_NFKD_UNSAFE = 1 << 24,
    ZEST_CLASS_HIRAGANA = 1 << 25,
    ZEST_CLASS_KATAKANA = 1 << 26,
    ZEST_CLASS_HANGUL = 1 << 27,
    ZEST_CLASS_TITLE = 1 << 28,       /* Lt */
    ZEST_CLASS_POSIX_PUNCT = 1 << 29, /* [[:punct:]] of Oniguruma: P, S */
    ZEST_CLASS_ALPHABETIC = 1 << 30,
};
#define ZEST_CLASS_OTHER (1u << 31) /* C; no enumerator, as an int has 31 bits */

#define ZEST_CODE_POINT_MAX 0x10FFFFu
#define ZEST_REPLACEMENT 0xFFFDu

extern const uint16_t zest_unicode_group_stage1[8704]; /* block of 128 code points -> its number in stage2 */
extern const uint8_t zest_unicode_group_stage2[];
extern const uint32_t zest_unicode_masks[256]; /* group -> bits; 0 for groups that are not */
extern const uint32_t zest_unicode_ascii[128]; /* code point -> bits */

/*
 * Code points with the same bits are one group; there are about 90. A plan that needs other classes makes itself a
 * table of 256 by group. `code_point` is at most ZEST_CODE_POINT_MAX.
 */
static inline uint8_t zest_unicode_group(uint32_t code_point)
{
    return zest_unicode_group_stage2[(size_t)zest_unicode_group_stage1[code_point >> 7] * 128 + (code_point & 127)];
}

static inline uint32_t zest_unicode_class(uint32_t code_point)
{
    return zest_unicode_masks[zest_unicode_group(code_point)];
}

/* ---- graphemes and scripts ---- */

/* Grapheme_Cluster_Break of Unicode 17.0, in the order of unicode_tables.py. */
enum zest_grapheme {
    ZEST_GRAPHEME_OTHER,
    ZEST_GRAPHEME_CR,
    ZEST_GRAPHEME_LF,
    ZEST_GRAPHEME_CONTROL,
    ZEST_GRAPHEME_EXTEND,
    ZEST_GRAPHEME_ZWJ,
    ZEST_GRAPHEME_REGIONAL,
    ZEST_GRAPHEME_PREPEND,
    ZEST_GRAPHEME_SPACING_MARK,
    ZEST_GRAPHEME_L,
    ZEST_GRAPHEME_V,
    ZEST_GRAPHEME_T,
    ZEST_GRAPHEME_LV,
    ZEST_GRAPHEME_LVT,
    ZEST_GRAPHEME_PICTOGRAPHIC,
    ZEST_GRAPHEME_CONSONANT, /* Indic_Conjunct_Break=Consonant, else OTHER */
};
#define ZEST_GRAPHEME_MASK 31u
#define ZEST_GRAPHEME_LINKER 32u       /* Indic_Conjunct_Break=Linker */
#define ZEST_GRAPHEME_INDIC_EXTEND 64u /* Indic_Conjunct_Break=Extend */

extern const uint16_t zest_grapheme_stage1[8704];
extern const uint8_t zest_grapheme_stage2[];
extern const uint16_t zest_script_stage1[8704];
extern const uint8_t zest_script_stage2[];

/* An enum zest_grapheme and the two flags. */
static inline uint8_t zest_unicode_grapheme(uint32_t code_point)
{
    return zest_grapheme_stage2[(size_t)zest_grapheme_stage1[code_point >> 7] * 128 + (code_point & 127)];
}

/*
 * A number for the script as the pre-tokenizer UnicodeScripts sees it (Unicode 9.0): Hiragana, Katakana and U+30FC are
 * Han; 0, any script, is a space or a character without one.
 */
static inline uint8_t zest_unicode_script(uint32_t code_point)
{
    return zest_script_stage2[(size_t)zest_script_stage1[code_point >> 7] * 128 + (code_point & 127)];
}

/* ---- UTF-8 ---- */

/* The code point at `at` of valid UTF-8, and its length in bytes. */
static inline uint32_t zest_utf8_decode(const unsigned char *at, uint32_t *ret_length)
{
    if (at[0] < 0x80) {
        *ret_length = 1;
        return at[0];
    }
    if (at[0] < 0xE0) {
        *ret_length = 2;
        return (uint32_t)(at[0] & 31) << 6 | (at[1] & 63);
    }
    if (at[0] < 0xF0) {
        *ret_length = 3;
        return (uint32_t)(at[0] & 15) << 12 | (uint32_t)(at[1] & 63) << 6 | (at[2] & 63);
    }
    *ret_length = 4;
    return (uint32_t)(at[0] & 7) << 18 | (uint32_t)(at[1] & 63) << 12 | (uint32_t)(at[2] & 63) << 6 | (at[3] & 63);
}

/* Writes at most 4 bytes, answers how many. */
static inline uint32_t zest_utf8_encode(uint32_t code_point, char *out)
{
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        out[0] = (char)(0xC0 | code_point >> 6);
        out[1] = (char)(0x80 | (code_point & 63));
        return 2;
    }
    if (code_point < 0x10000) {
        out[0] = (char)(0xE0 | code_point >> 12);
        out[1] = (char)(0x80 | (code_point >> 6 & 63));
        out[2] = (char)(0x80 | (code_point & 63));
        return 3;
    }
    out[0] = (char)(0xF0 | code_point >> 18);
    out[1] = (char)(0x80 | (code_point >> 12 & 63));
    out[2] = (char)(0x80 | (code_point >> 6 & 63));
    out[3] = (char)(0x80 | (code_point & 63));
    return 4;
}

static inline bool zest_utf8_continues(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* ---- case ---- */

struct zest_case_run {
    uint32_t first, last, step; /* every step-th code point from first to last */
    int32_t delta;
};

struct zest_case_sequence {
    uint32_t code_point, mapped[3]; /* unused ones are 0 */
};

struct zest_case_map {
    const struct zest_case_run *runs;
    size_t run_count;
    const struct zest_case_sequence *sequences;
    size_t sequence_count;
};

extern const struct zest_case_map zest_case_upper, zest_case_lower, zest_case_title; /* title: where not as upper */
extern const struct zest_case_map zest_case_lower17;                                 /* Unicode 17.0, else 14.0 */

/* Maps one code point to 1..3; answers how many, 0 where the map says nothing about it. */
uint32_t zest_case_apply(const struct zest_case_map *map, uint32_t code_point, uint32_t ret_mapped[3]);

#endif
