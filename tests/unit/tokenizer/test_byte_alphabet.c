/* SPDX-License-Identifier: Apache-2.0 */
/* test_byte_alphabet.c - each byte has a character of its own and comes back from it; what is no such character fails.
 */
#include "zest_test.h"

#include "byte_alphabet.h"
#include "unicode_class.h"

ZEST_TEST(every_byte_has_a_character_of_its_own)
{
    bool seen[0x144] = {false};
    for (unsigned byte = 0; byte < 256; byte++) {
        uint32_t code_point = zest_byte_alphabet_code_point((unsigned char)byte);
        ZEST_CHECK(code_point < 0x144 && !seen[code_point]);
        seen[code_point] = true;
        char text[4], back[4];
        struct zest_text written = {text, zest_utf8_encode(code_point, text)};
        ZEST_CHECK_INT(zest_byte_alphabet_decode(written, back), 1);
        ZEST_CHECK_INT((unsigned char)back[0], byte);
    }
}

/* Those that stand for themselves and those that are moved, at each border. */
ZEST_TEST(borders_are_those_of_gpt2)
{
    static const struct {
        unsigned char byte;
        uint32_t code_point;
    } cases[] = {{0x00, 0x100}, {0x20, 0x120}, {0x21, 0x21},  {0x7E, 0x7E}, {0x7F, 0x121}, {0xA0, 0x142},
                 {0xA1, 0xA1},  {0xAC, 0xAC},  {0xAD, 0x143}, {0xAE, 0xAE}, {0xFF, 0xFF}};
    for (size_t i = 0; i < ZEST_COUNT(cases); i++)
        ZEST_CHECK_INT(zest_byte_alphabet_code_point(cases[i].byte), cases[i].code_point);
}

ZEST_TEST(other_characters_fail)
{
    static const char *const texts[] = {" ",        "\x7F",          "\xC2\xA0", "\xC2\xAD",
                                        "\xC5\x84", "a\xE6\xBC\xA2", "\xC4",     "\xA1"};
    char out[8];
    for (size_t i = 0; i < ZEST_COUNT(texts); i++)
        ZEST_CHECK(zest_byte_alphabet_decode(zest_text_of(texts[i]), out) == SIZE_MAX);
    ZEST_CHECK_INT(zest_byte_alphabet_decode(ZEST_TEXT(""), out), 0);
}
