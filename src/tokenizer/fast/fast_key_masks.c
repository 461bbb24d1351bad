/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_key_masks.c - the masks that make a word's key of 16 bytes of text (fast_vector.h). Constant.
 */
#include "fast_vector.h"

#define KEEP(n)                                                                                                     \
    {                                                                                                               \
        n > 0 ? 255 : 0, n > 1 ? 255 : 0, n > 2 ? 255 : 0, n > 3 ? 255 : 0, n > 4 ? 255 : 0, n > 5 ? 255 : 0,       \
            n > 6 ? 255 : 0, n > 7 ? 255 : 0, n > 8 ? 255 : 0, n > 9 ? 255 : 0, n > 10 ? 255 : 0, n > 11 ? 255 : 0, \
            n > 12 ? 255 : 0, n > 13 ? 255 : 0, n > 14 ? 255 : 0, 0                                                 \
    }
#define SIZE(n)                                        \
    {                                                  \
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, n \
    }

const struct zest_fast_key_masks zest_fast_key_masks __attribute__((aligned(64))) = {
    .keep = {KEEP(0), KEEP(1), KEEP(2), KEEP(3), KEEP(4), KEEP(5), KEEP(6), KEEP(7), KEEP(8), KEEP(9), KEEP(10),
             KEEP(11), KEEP(12), KEEP(13), KEEP(14), KEEP(15), KEEP(15)},
    .size = {SIZE(0), SIZE(1), SIZE(2), SIZE(3), SIZE(4), SIZE(5), SIZE(6), SIZE(7), SIZE(8), SIZE(9), SIZE(10),
             SIZE(11), SIZE(12), SIZE(13), SIZE(14), SIZE(15), SIZE(255)},
};
