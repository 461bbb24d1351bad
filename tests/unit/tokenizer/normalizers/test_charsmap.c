/* SPDX-License-Identifier: Apache-2.0 */
/* test_charsmap.c - a map made by hand, what is no map, and maps damaged at every byte. */
#include "charsmap.h"
#include "zest_test.h"

#define UNITS 0x400

/* The map {"a": "xy", "bc": ""}: roots at 0x100, inner node of "b" at 0x200, values at 0x300 and 0x301. */
static size_t make_map(unsigned char out[4 + 4 * UNITS + 8])
{
    uint32_t units[UNITS] = {0};
    units[0] = 0x100u << 10;
    units[0x100 ^ 'a'] = 'a' | 1u << 8 | (uint32_t)(0x100 ^ 'a' ^ 0x300) << 10;
    units[0x300] = 0 | 1u << 31;
    units[0x100 ^ 'b'] = 'b' | (uint32_t)(0x100 ^ 'b' ^ 0x200) << 10;
    units[0x200 ^ 'c'] = 'c' | 1u << 8 | (uint32_t)(0x200 ^ 'c' ^ 0x301) << 10;
    units[0x301] = 3 | 1u << 31;
    uint32_t size = sizeof units;
    memcpy(out, &size, 4); /* the test machine is little-endian, as all that zest runs on */
    memcpy(out + 4, units, size);
    memcpy(out + 4 + size, "xy\0\0", 4);
    return 4 + size + 4;
}

static size_t encode(const unsigned char *bytes, size_t size, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t written = 0;
    for (size_t at = 0; at < size; at += 3) {
        uint32_t bits = (uint32_t)bytes[at] << 16;
        bits |= at + 1 < size ? (uint32_t)bytes[at + 1] << 8 : 0;
        bits |= at + 2 < size ? bytes[at + 2] : 0;
        for (size_t i = 0; i < 4; i++)
            out[written++] = at + i <= size ? digits[bits >> (18 - 6 * i) & 63] : '=';
    }
    return written;
}

static bool find(const struct zest_charsmap *map, const char *text, struct zest_text *ret_found)
{
    return zest_charsmap_find(map, (const unsigned char *)text, strlen(text), ret_found);
}

ZEST_TEST(finds_what_the_map_has)
{
    unsigned char bytes[4 + 4 * UNITS + 8];
    char base64[2 * sizeof bytes];
    struct zest_arena arena;
    struct zest_charsmap map;
    struct zest_error error = {0};
    struct zest_text found;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    size_t size = encode(bytes, make_map(bytes), base64);
    ZEST_CHECK_OK(zest_charsmap_create((struct zest_text){base64, size}, &arena, &map, &error), &error);
    ZEST_CHECK(find(&map, "a", &found));
    ZEST_CHECK_TEXT(found, ZEST_TEXT("xy"));
    ZEST_CHECK(find(&map, "axyz", &found)); /* the beginning stands for all */
    ZEST_CHECK(find(&map, "bc", &found));
    ZEST_CHECK_INT(found.size, 0);
    ZEST_CHECK(!find(&map, "b", &found) && !find(&map, "bd", &found) && !find(&map, "", &found));
    ZEST_CHECK(!find(&map, "\xF4\x8F\xBF\xBF", &found));
    zest_arena_finish(&arena);
}

ZEST_TEST(what_is_no_map_is_refused)
{
    static const char *texts[] = {
        "", "AAA", "AAA=", "AAAA", "AAAAAA==", "/w==", "AB==", "A===", "AA=A", "AAA ", "BAAAAAAA"};
    for (size_t i = 0; i < ZEST_COUNT(texts); i++) {
        struct zest_arena arena;
        struct zest_charsmap map;
        struct zest_error error = {0};
        zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
        ZEST_CHECK_INT(zest_charsmap_create(zest_text_of(texts[i]), &arena, &map, &error), ZEST_MODEL_DAMAGED);
        ZEST_CHECK(error.message[0] != 0);
        zest_arena_finish(&arena);
    }
}

/* Any damage is refused, finds nothing, or finds whole characters inside the map. */
ZEST_TEST(damage_never_reads_outside)
{
    unsigned char good[4 + 4 * UNITS + 8], bytes[sizeof good];
    char base64[2 * sizeof good];
    size_t size = make_map(good), opened = 0;
    for (size_t at = 0; at < size; at++) {
        struct zest_arena arena;
        struct zest_charsmap map;
        struct zest_text found;
        memcpy(bytes, good, size);
        bytes[at] ^= (unsigned char)(at * 37 + 0x81);
        zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
        struct zest_text text = {base64, encode(bytes, size, base64)};
        if (zest_charsmap_create(text, &arena, &map, NULL) == ZEST_OK) {
            opened++;
            for (char c = 1; c < 127; c++) {
                char key[3] = {c, 'c', 0};
                if (find(&map, key, &found))
                    ZEST_CHECK(zest_utf8_valid(found, NULL));
            }
        }
        zest_arena_finish(&arena);
    }
    ZEST_CHECK(opened > size / 2);
}
