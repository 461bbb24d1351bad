/* SPDX-License-Identifier: Apache-2.0 */
/* test_near_match.c - distances of texts, against the definition computed without any cleverness. */
#include "near_match.h"
#include "zest_test.h"

static unsigned slow(struct zest_text a, struct zest_text b)
{
    if (a.size == 0 || b.size == 0)
        return (unsigned)(a.size + b.size);
    struct zest_text shorter_a = {a.data + 1, a.size - 1}, shorter_b = {b.data + 1, b.size - 1};
    unsigned both = slow(shorter_a, shorter_b) + (a.data[0] != b.data[0]);
    unsigned left = slow(shorter_a, b) + 1, right = slow(a, shorter_b) + 1;
    unsigned least = left < right ? left : right;
    return both < least ? both : least;
}

ZEST_TEST(known_distances)
{
    ZEST_CHECK_INT(zest_near_distance(ZEST_TEXT("kitten"), ZEST_TEXT("sitting")), 3);
    ZEST_CHECK_INT(zest_near_distance(ZEST_TEXT("tokenise"), ZEST_TEXT("tokenize")), 1);
    ZEST_CHECK_INT(zest_near_distance(ZEST_TEXT(""), ZEST_TEXT("abc")), 3);
    ZEST_CHECK_INT(zest_near_distance(ZEST_TEXT("same"), ZEST_TEXT("same")), 0);
}

ZEST_TEST(all_short_texts_agree_with_the_definition)
{
    char a[5], b[5];
    for (int x = 0; x < 81; x++)
        for (int y = 0; y < 81; y++) {
            size_t sizes[2] = {(size_t)(x % 5), (size_t)(y % 5)};
            for (int i = 0, p = x, q = y; i < 5; i++, p /= 3, q /= 3) {
                a[i] = (char)('a' + p % 3);
                b[i] = (char)('a' + q % 3);
            }
            struct zest_text one = {a, sizes[0]}, other = {b, sizes[1]};
            ZEST_CHECK_INT(zest_near_distance(one, other), slow(one, other));
        }
}

ZEST_TEST(long_texts_are_far)
{
    static const char text[ZEST_NEAR_SIZE_MAX + 1] = "";
    ZEST_CHECK(zest_near_distance((struct zest_text){text, sizeof(text)}, ZEST_TEXT("a")) == UINT32_MAX);
    ZEST_CHECK_INT(
        zest_near_distance((struct zest_text){text, ZEST_NEAR_SIZE_MAX}, (struct zest_text){text, ZEST_NEAR_SIZE_MAX}),
        0);
}
