/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_cuts.h - pairs of characters between which no merge can happen, in the image (ZEST_SECTION_FAST_CUTS).
 *
 * A merge across a place makes a token that holds the characters on both sides of it next to each other. Where no
 * token holds the pair, a piece may be cut there: both halves merge to the same tokens alone as together. Long pieces
 * (Chinese, or whole texts for models that cut no words) become short ones, which repeat.
 *
 *   uint64_t ascii[128][2]       bit y of row x: a token may hold xy
 *   uint64_t hashed[WORDS]       bit by the hash of a pair: a token may hold it (some other pair's bit says so too,
 *                                which costs time only)
 *
 * Tokens that begin or end inside a character count too: such a part stands for every character that it could be a
 * part of, by bytes: uint64_t bytes[256][4], bit y of row x: a token that begins or ends inside a character may hold
 * the bytes xy across a bound of characters.
 */
#ifndef ZEST_FAST_CUTS_H
#define ZEST_FAST_CUTS_H

#include "unicode_class.h"
#include "word_hash.h"

#include <zest/core.h>

#define ZEST_FAST_CUT_WORDS (1u << 15) /* of 64 bits: 256 KiB */

struct zest_fast_cuts {
    const uint64_t (*ascii)[2];
    const uint64_t (*bytes)[4];
    const uint64_t *hashed;
    bool letter_blank; /* no token holds a letter of ASCII before U+0020 */
};

static inline uint32_t zest_fast_cut_hash(uint32_t left, uint32_t right)
{
    uint64_t mixed = ((uint64_t)left << 21 | right) * 0x9E3779B97F4A7C15u;
    return (uint32_t)(mixed >> 43); /* 21 bits */
}

_Static_assert(ZEST_FAST_CUT_WORDS * 64 == 1u << 21, "a hash is a place in `hashed`");

#define ZEST_FAST_LOWER_BAR 0x2581u /* ▁, which may stand for a U+0020: never cut beside one */

/* As zest_fast_may_cut, for a character on the right that has at least three bytes. Without branches. */
static inline bool zest_fast_may_cut_wide(const struct zest_fast_cuts *cuts, const unsigned char *at, uint32_t left,
                                          uint32_t right)
{
    uint32_t hash = zest_fast_cut_hash(left, right);
    uint64_t held = cuts->hashed[hash >> 6] >> (hash & 63) | cuts->bytes[at[-1]][at[0] >> 6] >> (at[0] & 63);
    return (~held & (left != ZEST_FAST_LOWER_BAR) & (right != ZEST_FAST_LOWER_BAR)) & 1;
}

/* May text be cut before `at`, where a character begins, given the code points on both sides? */
static inline bool zest_fast_may_cut(const struct zest_fast_cuts *cuts, const unsigned char *at, uint32_t left,
                                     uint32_t right)
{
    if ((left | right) < 0x80)
        return !(cuts->ascii[left][right >> 6] >> (right & 63) & 1);
    uint32_t hash = zest_fast_cut_hash(left, right);
    if (__builtin_expect(left == ZEST_FAST_LOWER_BAR || right == ZEST_FAST_LOWER_BAR, 0))
        return false;
    return !((cuts->hashed[hash >> 6] >> (hash & 63) | cuts->bytes[at[-1]][at[0] >> 6] >> (at[0] & 63)) & 1);
}

/* ---- compiling ---- */

struct zest_fast_cut_builder {
    uint64_t ascii[128][2], bytes[256][4], hashed[ZEST_FAST_CUT_WORDS];
};

/* A token's bytes. */
void zest_fast_cuts_add(struct zest_fast_cut_builder *builder, const unsigned char *bytes, size_t size);
/* A byte without a token is dropped, so that what is on both sides of it may merge: nothing is cut beside it. */
void zest_fast_cuts_join(struct zest_fast_cut_builder *builder, unsigned char byte);
bool zest_fast_cuts_open(const void *section, size_t size, struct zest_fast_cuts *ret_cuts);

#endif
