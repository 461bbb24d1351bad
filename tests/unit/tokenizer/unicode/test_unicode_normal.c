/* SPDX-License-Identifier: Apache-2.0 */
/* test_unicode_normal.c - decompositions and compositions of single code points, and what the class bits say of them.
 */
#include "unicode_class.h"
#include "unicode_normal.h"
#include "zest_test.h"

ZEST_TEST(known_decompositions)
{
    uint32_t parts[ZEST_DECOMPOSITION_MAX];
    ZEST_CHECK_INT(zest_decompose(0xC5, false, parts), 2);
    ZEST_CHECK(parts[0] == 'A' && parts[1] == 0x30A);
    ZEST_CHECK_INT(zest_decompose(0x1D160, false, parts), 3);
    ZEST_CHECK_INT(zest_decompose(0xFDFA, true, parts), 18);
    ZEST_CHECK_INT(zest_decompose(0xFDFA, false, parts), 1);
    ZEST_CHECK_INT(zest_decompose(0xFB01, true, parts), 2);
    ZEST_CHECK_INT(zest_decompose(0xAC01, false, parts), 3);
    ZEST_CHECK(parts[0] == 0x1100 && parts[1] == 0x1161 && parts[2] == 0x11A8);
    ZEST_CHECK_INT(zest_decompose('a', true, parts), 1);
    ZEST_CHECK_INT(zest_decompose(0x32FF, true, parts), 1); /* since Unicode 12.1 alone */
}

ZEST_TEST(known_compositions)
{
    ZEST_CHECK_INT(zest_compose('A', 0x30A), 0xC5);
    ZEST_CHECK_INT(zest_compose(0x1100, 0x1161), 0xAC00);
    ZEST_CHECK_INT(zest_compose(0xAC00, 0x11A8), 0xAC01);
    ZEST_CHECK_INT(zest_compose(0xAC00, 0x11A7), 0);
    ZEST_CHECK_INT(zest_compose(0xAC01, 0x11A8), 0);
    ZEST_CHECK_INT(zest_compose(0x9C7, 0x9BE), 0x9CB); /* two starters */
    ZEST_CHECK_INT(zest_compose(0x915, 0x93C), 0);     /* excluded */
    ZEST_CHECK_INT(zest_compose('A', 'B'), 0);
}

/* Decomposing what composes gives the same as decomposing the parts. */
ZEST_TEST(compositions_decompose_back)
{
    for (size_t i = 0; i < zest_composition_count; i++) {
        const struct zest_composition *pair = &zest_compositions[i];
        uint32_t whole[ZEST_DECOMPOSITION_MAX], parts[ZEST_DECOMPOSITION_MAX];
        uint32_t size = zest_decompose(pair->whole, false, whole);
        uint32_t first = zest_decompose(pair->first, false, parts);
        first += zest_decompose(pair->second, false, parts + first);
        ZEST_CHECK(size == first && memcmp(whole, parts, size * sizeof *whole) == 0);
        ZEST_CHECK_INT(zest_compose(pair->first, pair->second), pair->whole);
    }
}

/* Decompositions are full: no part decomposes further, and marks stand in canonical order. */
ZEST_TEST(decompositions_are_full_and_ordered)
{
    size_t wrong = 0;
    for (uint32_t c = 0; c <= ZEST_CODE_POINT_MAX; c++)
        for (int compatible = 0; compatible < 2; compatible++) {
            uint32_t parts[ZEST_DECOMPOSITION_MAX], again[ZEST_DECOMPOSITION_MAX];
            uint32_t size = zest_decompose(c, compatible, parts), last = 0;
            for (uint32_t i = 0; i < size; i++) {
                uint32_t class = zest_normal_find(parts[i])->combining_class;
                wrong += size > 1 && zest_decompose(parts[i], compatible, again) != 1;
                wrong += class != 0 && class < last;
                last = class;
            }
        }
    ZEST_CHECK_INT(wrong, 0);
}

ZEST_TEST(unsafe_bits_cover_whatever_changes_or_combines)
{
    size_t wrong = 0;
    for (uint32_t c = 0; c <= ZEST_CODE_POINT_MAX; c++) {
        uint32_t parts[ZEST_DECOMPOSITION_MAX], bits = zest_unicode_class(c);
        bool mark = zest_normal_find(c)->combining_class != 0;
        bool nfd = zest_decompose(c, false, parts) != 1 || parts[0] != c;
        bool nfkd = zest_decompose(c, true, parts) != 1 || parts[0] != c;
        wrong += ((bits & ZEST_CLASS_NFD_UNSAFE) != 0) != (mark || nfd);
        wrong += ((bits & ZEST_CLASS_NFKD_UNSAFE) != 0) != (mark || nfkd);
        wrong += mark && !(bits & ZEST_CLASS_NFC_UNSAFE);
        wrong += (bits & ZEST_CLASS_NFC_UNSAFE) && !(bits & ZEST_CLASS_NFKC_UNSAFE);
    }
    for (size_t i = 0; i < zest_composition_count; i++)
        wrong += !(zest_unicode_class(zest_compositions[i].second) & ZEST_CLASS_NFC_UNSAFE);
    ZEST_CHECK_INT(wrong, 0);
    ZEST_CHECK(!(zest_unicode_class(0xE9) & ZEST_CLASS_NFC_UNSAFE)); /* é stays */
    ZEST_CHECK(zest_unicode_class(0x340) & ZEST_CLASS_NFC_UNSAFE);   /* a singleton */
    ZEST_CHECK(zest_unicode_class(0xFB01) & ZEST_CLASS_NFKC_UNSAFE);
    ZEST_CHECK(!(zest_unicode_class(0xFB01) & ZEST_CLASS_NFC_UNSAFE));
}
