/* SPDX-License-Identifier: Apache-2.0 */
/* test_utf8.c - strict and lossy reading against a plain decoder, over every code point and every short byte string. */
#include "zest_test.h"

/* The plain meaning: decodes one character by arithmetic alone; 0 where there is none. */
static size_t decode(const unsigned char *s, size_t size)
{
    static const struct {
        unsigned char mask, lead;
        uint32_t least;
    } shapes[] = {{0x80, 0, 0}, {0xE0, 0xC0, 0x80}, {0xF0, 0xE0, 0x800}, {0xF8, 0xF0, 0x10000}};
    for (size_t i = 0; i < 4; i++) {
        if ((s[0] & shapes[i].mask) != shapes[i].lead)
            continue;
        uint32_t code = s[0] & (unsigned char)~shapes[i].mask;
        if (i >= size)
            return 0;
        for (size_t k = 1; k <= i; k++) {
            if ((s[k] & 0xC0) != 0x80)
                return 0;
            code = code << 6 | (s[k] & 0x3F);
        }
        return code < shapes[i].least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF) ? 0 : i + 1;
    }
    return 0;
}

static bool plain_valid(const unsigned char *s, size_t size, size_t *ret_bad)
{
    for (size_t i = 0; i < size;) {
        size_t step = decode(s + i, size - i);
        if (!step) {
            *ret_bad = i;
            return false;
        }
        i += step;
    }
    return true;
}

ZEST_TEST(agrees_with_the_plain_decoder)
{
    static const unsigned char bytes[] = {'a',  0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2,
                                          0xDF, 0xE0, 0xE1, 0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF};
    unsigned char text[16] = "aaaaaaaaaaaa";
    size_t n = sizeof(bytes), wrong = 0;
    for (size_t at = 0; at < 3; at++)
        for (size_t code = 0; code < n * n * n * n; code++) {
            for (size_t i = 0, rest = code; i < 4; i++, rest /= n)
                text[4 * at + i] = bytes[rest % n];
            size_t bad = 0, plain_bad = 0;
            bool valid = zest_utf8_valid((struct zest_text){(char *)text, 12}, &bad);
            bool plain = plain_valid(text, 12, &plain_bad);
            wrong += valid != plain || bad != plain_bad;
        }
    ZEST_CHECK_INT(wrong, 0);
}

/* What vectors read: every four bytes at each place of a block and over its end, in texts of all sizes of characters.
 */
ZEST_TEST(agrees_in_long_texts)
{
    static const unsigned char bytes[] = {'a',  0x80, 0x8F, 0x90, 0xA0, 0xBF, 0xC1, 0xC2,
                                          0xDF, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5};
    static const char *const fillings[] = {"aaaaaaaaaaaa", "éééééé", "漢字漢字", "👍👍👍"}; /* 12 bytes each */
    enum { SIZE = 204 };
    size_t n = sizeof(bytes), wrong = 0;
    for (size_t filling = 0; filling < ZEST_COUNT(fillings); filling++)
        for (size_t code = 0; code < n * n * n * n; code++) {
            unsigned char text[SIZE];
            for (size_t at = 0; at < SIZE; at += 12)
                memcpy(text + at, fillings[filling], 12);
            size_t place = 48 + code * 7 % 90; /* from the first block's end to the third's begin */
            for (size_t i = 0, rest = code; i < 4; i++, rest /= n)
                text[place + i] = bytes[rest % n];
            size_t bad = 0, plain_bad = 0;
            bool valid = zest_utf8_valid((struct zest_text){(char *)text, SIZE}, &bad);
            bool plain = plain_valid(text, SIZE, &plain_bad);
            wrong += valid != plain || bad != plain_bad;
        }
    ZEST_CHECK_INT(wrong, 0);
}

/* Texts that end inside a character, at each distance from a block's end. */
ZEST_TEST(agrees_at_every_end)
{
    static const char *const fillings[] = {"aaaaaaaaaaaa", "éééééé", "漢字漢字", "👍👍👍", "a漢é👍aa"};
    for (size_t filling = 0; filling < ZEST_COUNT(fillings); filling++)
        for (size_t size = 0; size <= 200; size++) {
            unsigned char *text = malloc(size + 1); /* to the byte, for tools that see reads behind it */
            unsigned char *exact = size ? text + 1 : text;
            for (size_t i = 0; i < size; i++)
                exact[i] = (unsigned char)fillings[filling][i % 12];
            size_t bad = 0, plain_bad = 0;
            ZEST_CHECK_INT(zest_utf8_valid((struct zest_text){(char *)exact, size}, &bad),
                           plain_valid(exact, size, &plain_bad));
            ZEST_CHECK_INT(bad, plain_bad);
            free(text);
        }
}

ZEST_TEST(the_lossy_reading_is_valid_and_keeps_what_is_good)
{
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    uint64_t state = 7;
    for (int round = 0; round < 20000; round++) {
        char bytes[24];
        for (size_t i = 0; i < sizeof(bytes); i++) {
            state = state * 6364136223846793005u + 1;
            bytes[i] = (char)(state >> 60 < 8 ? 'a' + (state >> 40) % 26 : state >> 50);
        }
        struct zest_text text = {bytes, sizeof(bytes)}, lossy = zest_utf8_lossy(&arena, text);
        ZEST_CHECK(lossy.data && zest_utf8_valid(lossy, NULL));
        if (zest_utf8_valid(text, NULL))
            ZEST_CHECK_TEXT(lossy, text);
        zest_arena_reset(&arena);
    }
    /* One replacement for each maximal subpart (Unicode 15, section 3.9, table 3-11). */
    ZEST_CHECK_TEXT(zest_utf8_lossy(&arena, ZEST_TEXT("a\xF1\x80\x80\xE1\x80\xC2"
                                                      "b\x80"
                                                      "c")),
                    ZEST_TEXT("a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
                              "b\xEF\xBF\xBD"
                              "c"));
    zest_arena_finish(&arena);
}
