/* SPDX-License-Identifier: Apache-2.0 */
/* test_fast_cuts.c - where a piece may be cut: never inside what a token holds, nor beside a byte that is dropped. */
#include "fast_cuts.h"

#include "zest_test.h"

#include <stdlib.h>

/* May `text` be cut before its last character, which is `right` and has `size` bytes? */
static bool may_cut(const struct zest_fast_cut_builder *tables, const char *text, uint32_t left, uint32_t right)
{
    struct zest_fast_cuts cuts;
    size_t size = right < 0x80 ? 1 : right < 0x800 ? 2 : 3;
    ZEST_CHECK(zest_fast_cuts_open(tables, sizeof *tables, &cuts));
    return zest_fast_may_cut(&cuts, (const unsigned char *)text + strlen(text) - size, left, right);
}

ZEST_TEST(what_a_token_holds_stays_whole)
{
    struct zest_fast_cut_builder *tables = calloc(1, sizeof *tables);
    zest_fast_cuts_add(tables, (const unsigned char *)"ab\xE4\xB8\xAD", 5);
    ZEST_CHECK(!may_cut(tables, "ab", 'a', 'b'));
    ZEST_CHECK(may_cut(tables, "ba", 'b', 'a'));
    ZEST_CHECK(!may_cut(tables, "b\xE4\xB8\xAD", 'b', 0x4E2D));
    ZEST_CHECK(may_cut(tables, "a\xE4\xB8\xAD", 'a', 0x4E2D));
    free(tables);
}

/* Its neighbours may merge once it is gone. */
ZEST_TEST(a_dropped_byte_joins_its_neighbours)
{
    struct zest_fast_cut_builder *tables = calloc(1, sizeof *tables);
    zest_fast_cuts_join(tables, 0x1D);
    ZEST_CHECK(!may_cut(tables, " \x1D", ' ', 0x1D));
    ZEST_CHECK(!may_cut(tables, "\x1D ", 0x1D, ' '));
    ZEST_CHECK(!may_cut(tables, "\x1D\xE2\x83\xA3", 0x1D, 0x20E3));
    ZEST_CHECK(!may_cut(tables, "\xE2\x83\xA3\x1D", 0x20E3, 0x1D));
    ZEST_CHECK(may_cut(tables, "a ", 'a', ' '));
    zest_fast_cuts_join(tables, 0xC3); /* of é, which begins with it */
    ZEST_CHECK(!may_cut(tables, "a\xC3\xA9", 'a', 0xE9));
    ZEST_CHECK(may_cut(tables, "a\xC2\xA9", 'a', 0xA9));
    free(tables);
}
