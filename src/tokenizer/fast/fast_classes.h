/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_classes.h - the classes of characters that a plan cuts by: a byte for each of Unicode's groups
 * (unicode_class.h), in the image. One look-up answers all that a plan asks: which numbers count, which characters the
 * normalizer could change.
 */
#ifndef ZEST_FAST_CLASSES_H
#define ZEST_FAST_CLASSES_H

#include "unicode_class.h"

#include <zest/core.h>

enum zest_fast_class {
    ZEST_FAST_LETTER = 1,
    ZEST_FAST_NUMBER = 2,
    ZEST_FAST_SPACE = 4,
    ZEST_FAST_UPPER = 8, /* Lu, Lt */
    ZEST_FAST_LOWER = 16,
    ZEST_FAST_MARK = 32,
    ZEST_FAST_DIRTY = 64, /* the normalizer may change it, or join it to what is before */
};

/* In plans that tell no case apart the bits mean this instead: */
#define ZEST_FAST_SIGN ZEST_FAST_UPPER /* P, S */
#define ZEST_FAST_HAN ZEST_FAST_LOWER  /* and nothing else: what `han` says */

struct zest_fast_classes {
    uint8_t by_group[256];
    uint32_t han; /* not 0: U+3040 .. U+30FF and U+4E00 .. U+9FA5 are HAN, whatever their group */
};

static inline uint8_t zest_fast_class_of(const struct zest_fast_classes *table, uint32_t code_point)
{
    if (table->han != 0 && (code_point - 0x3040 <= 0xBF || code_point - 0x4E00 <= 0x51A5))
        return ZEST_FAST_HAN;
    return table->by_group[zest_unicode_group(code_point)];
}

/* The class of the character at `at` of valid UTF-8, and its length in bytes. */
static inline uint8_t zest_fast_class_at(const struct zest_fast_classes *table, const unsigned char *at,
                                         uint32_t *ret_length)
{
    return zest_fast_class_of(table, zest_utf8_decode(at, ret_length));
}

#endif
