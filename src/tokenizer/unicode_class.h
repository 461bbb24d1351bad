/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unicode_class.h - character classes, case mappings and UTF-8 stepping.
 *
 * The tables are generated (unicode_tables.py) from unicode_classes.txt and unicode_case.txt, which name their Unicode
 * versions. Read-only: any thread.
 */
#ifndef ZEST_UNICODE_CLASS_H
#define ZEST_UNICODE_CLASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bits of a code point's class, in the order of unicode_tables.py. */
enum zest_unicode_bit {
    ZEST_CLASS_LETTER = 1,
    ZEST_CLASS_NUMBER = 2,
    ZEST_CLASS_SPACE = 4,
    ZEST_CLASS_NUMERIC17 = 8, /* what isolates digits in the reference: numbers of Unicode 17 */
    ZEST_CLASS_MARK = 16,
    ZEST_CLASS_UPPER = 32,
    ZEST_CLASS_LOWER = 64,
    ZEST_CLASS_DECIMAL = 128,
};

#define ZEST_CODE_POINT_MAX 0x10FFFFu
#define ZEST_REPLACEMENT 0xFFFDu

extern const uint16_t zest_unicode_stage1[8704]; /* block of 128 code points -> its number in stage2 */
extern const uint8_t zest_unicode_stage2[];

/* `code_point` is at most ZEST_CODE_POINT_MAX. */
static inline uint8_t zest_unicode_class(uint32_t code_point)
{
    return zest_unicode_stage2[(size_t)zest_unicode_stage1[code_point >> 7] * 128 + (code_point & 127)];
}

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

/* Maps one code point to 1..3; answers how many, 0 where the map says nothing about it. */
uint32_t zest_case_apply(const struct zest_case_map *map, uint32_t code_point, uint32_t ret_mapped[3]);

#endif
