/* SPDX-License-Identifier: Apache-2.0 */
/* test_base64.c - RFC 4648's own test vectors, all lengths round, and what is refused. */
#include <zest/json.h>

#include "zest_test.h"

ZEST_TEST(vectors_of_the_rfc)
{
    static const char *const plain[] = {"", "f", "fo", "foo", "foob", "fooba", "foobar"};
    static const char *const coded[] = {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
    for (size_t i = 0; i < ZEST_COUNT(plain); i++) {
        char out[16];
        unsigned char back[16];
        struct zest_text text = {out, zest_base64_encode(zest_text_of(plain[i]), out)};
        ZEST_CHECK_TEXT(text, zest_text_of(coded[i]));
        struct zest_text bytes = {(char *)back, zest_base64_decode(text, back)};
        ZEST_CHECK_TEXT(bytes, zest_text_of(plain[i]));
    }
}

ZEST_TEST(what_is_not_canonical_is_refused)
{
    static const char *const bad[] = {
        "Z", "Zg", "Zg=", "Zg===", "Z===", "====", "Zh==", "Zm9=", "Zm 9", "Zm9v\n", "Zg==Zg==", "Zm-_", "=Zg="};
    unsigned char out[16];
    for (size_t i = 0; i < ZEST_COUNT(bad); i++)
        if (zest_base64_decode(zest_text_of(bad[i]), out) != SIZE_MAX)
            ZEST_FAILED("taken: %s", bad[i]);
}
