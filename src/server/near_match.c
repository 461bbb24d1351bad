/* SPDX-License-Identifier: Apache-2.0 */
/* near_match.c - Levenshtein's distance, one row at a time. Source: Wagner and Fischer, JACM 21(1), 1974. */
#include "near_match.h"

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned ab = a < b ? a : b;
    return ab < c ? ab : c;
}

unsigned zest_near_distance(struct zest_text a, struct zest_text b)
{
    unsigned row[ZEST_NEAR_SIZE_MAX + 1];
    if (a.size > ZEST_NEAR_SIZE_MAX || b.size > ZEST_NEAR_SIZE_MAX)
        return UINT32_MAX;
    for (unsigned j = 0; j <= b.size; j++)
        row[j] = j;
    for (unsigned i = 1; i <= a.size; i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= b.size; j++) {
            unsigned above = row[j];
            row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a.data[i - 1] != b.data[j - 1]));
            diagonal = above;
        }
    }
    return row[b.size];
}
