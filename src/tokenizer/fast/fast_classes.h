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

struct zest_fast_classes {
    uint8_t by_group[256];
};

/* The class of the character at `at` of valid UTF-8, and its length in bytes. */
static inline uint8_t zest_fast_class_at(const struct zest_fast_classes *table, const unsigned char *at,
                                         uint32_t *ret_length)
{
    return table->by_group[zest_unicode_group(zest_utf8_decode(at, ret_length))];
}

#endif
