/* SPDX-License-Identifier: Apache-2.0 */
/* test_stop_text.c - stop texts in a growing text, against a search of the whole. */
#include "zest_test.h"

#include "random.h"
#include "stop_text.h"

ZEST_TEST(the_first_match_wins)
{
    static const struct zest_text texts[] = {{"bcd", 3}, {"abc", 3}, {"c", 1}};
    struct zest_stop_texts stops = {texts, 3};
    struct zest_text hit;
    size_t start;
    ZEST_CHECK(zest_stop_find(stops, ZEST_TEXT("xabcd"), 0, &start, &hit));
    ZEST_CHECK_INT(start, 1);
    ZEST_CHECK_TEXT(hit, ZEST_TEXT("abc"));
    ZEST_CHECK(!zest_stop_find(stops, ZEST_TEXT("xab"), 0, &start, &hit));
    ZEST_CHECK_INT(zest_stop_held(stops, ZEST_TEXT("xab")), 2);
    ZEST_CHECK_INT(zest_stop_held(stops, ZEST_TEXT("x")), 0);
    ZEST_CHECK_INT(zest_stop_held((struct zest_stop_texts){NULL, 0}, ZEST_TEXT("abc")), 0);
}

/* Grown by random pieces of a two-letter text: found exactly when the whole text holds it, and never let out before. */
ZEST_TEST(pieces_find_what_the_whole_holds)
{
    static const struct zest_text texts[] = {{"aabab", 5}, {"bbbb", 4}};
    struct zest_stop_texts stops = {texts, 2};
    for (uint64_t seed = 0; seed < 2000; seed++) {
        char text[65] = "";
        size_t size = 0, start, out = 0;
        struct zest_text hit;
        bool is_found = false;
        for (uint64_t i = 0; size < 56 && !is_found; i++) {
            size_t old = size, more = 1 + zest_random_bits(seed, i) % 7;
            for (size_t k = 0; k < more; k++, size++)
                text[size] = zest_random_bits(seed + 5000, size) % 2 ? 'a' : 'b';
            text[size] = '\0';
            is_found = zest_stop_find(stops, (struct zest_text){text, size}, old, &start, &hit);
            bool expected = strstr(text, "aabab") || strstr(text, "bbbb");
            ZEST_CHECK_INT(is_found, expected);
            if (is_found)
                ZEST_CHECK(start >= out); /* nothing of it went out */
            else
                out = size - zest_stop_held(stops, (struct zest_text){text, size});
        }
    }
}
