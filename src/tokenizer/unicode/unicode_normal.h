/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unicode_normal.h - normalization data of Unicode 9.0: combining classes, decompositions, compositions; Hangul is
 * computed (The Unicode Standard, section 3.12). Read-only: any thread.
 */
#ifndef ZEST_UNICODE_NORMAL_H
#define ZEST_UNICODE_NORMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZEST_DECOMPOSITION_MAX 18 /* code points; U+FDFA has as many */

/* What a code point is made of. Sizes are 0 where the form leaves it alone; decompositions are full. */
struct zest_normal {
    uint16_t canonical_at, compatible_at; /* into zest_normal_pool */
    uint8_t canonical_size, compatible_size;
    uint8_t combining_class;
};

struct zest_composition {
    uint32_t first, second, whole;
};

extern const uint16_t zest_normal_stage1[8704];
extern const uint16_t zest_normal_stage2[];
extern const struct zest_normal zest_normals[];
extern const uint32_t zest_normal_pool[];
extern const struct zest_composition zest_compositions[]; /* sorted by first, second */
extern const size_t zest_composition_count;
/* By lead byte of UTF-8: bit 0 where it may begin a character that is unsafe in NFC, 1 NFD, 2 NFKC, 3 NFKD. */
extern const uint8_t zest_normal_leads[256];

/* Never NULL. Hangul syllables have none here. */
static inline const struct zest_normal *zest_normal_find(uint32_t code_point)
{
    return &zest_normals[zest_normal_stage2[(size_t)zest_normal_stage1[code_point >> 7] * 128 + (code_point & 127)]];
}

/* Writes what `code_point` decomposes to (itself where nothing), answers how many. */
uint32_t zest_decompose(uint32_t code_point, bool compatible, uint32_t ret_parts[ZEST_DECOMPOSITION_MAX]);
/* What the two compose to; 0 where nothing. */
uint32_t zest_compose(uint32_t first, uint32_t second);

#endif
