/* SPDX-License-Identifier: Apache-2.0 */
/*
 * charsmap.c - reads a SentencePiece character map from base64 and looks texts up in it. Stateless: any thread.
 *
 * Source of the format: SentencePiece's normalizer and Darts-clone (Yata et al., "A compact static double-array keeping
 * character codes", 2007).
 */
#include "charsmap.h"
#include "unicode_class.h"

#include <assert.h>

/* ---- base64 ---- */

static int digit_of(unsigned char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Three bytes of four digits, `padding` of them '='; false where a digit is none or bits are left over. */
static bool decode_group(const char *in, size_t padding, unsigned char *out)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < 4; i++) {
        int digit = i < 4 - padding ? digit_of((unsigned char)in[i]) : 0;
        if (digit < 0)
            return false;
        bits = bits << 6 | (uint32_t)digit;
    }
    for (size_t i = 0; i < 3 - padding; i++)
        out[i] = (unsigned char)(bits >> (16 - 8 * i));
    return padding == 0 || (bits & ((1u << (8 * padding)) - 1)) == 0;
}

/* `out` has room for 3/4 of the text. False where it is no padded base64. */
static bool decode_base64(struct zest_text text, unsigned char *out, size_t *ret_size)
{
    if (text.size % 4 != 0)
        return false;
    size_t padding = 0;
    while (padding < 2 && padding < text.size && text.data[text.size - 1 - padding] == '=')
        padding++;
    for (size_t at = 0; at < text.size; at += 4)
        if (!decode_group(text.data + at, at + 4 == text.size ? padding : 0, out + at / 4 * 3))
            return false;
    *ret_size = text.size / 4 * 3 - padding;
    return true;
}

/* ---- the map ---- */

static uint32_t read_u32(const unsigned char *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* `bytes` and the units share no memory. */
static enum zest_status parse(const unsigned char *bytes, size_t size, struct zest_arena *arena,
                              struct zest_charsmap *ret_map, struct zest_error *error)
{
    size_t unit_count = size >= 4 ? read_u32(bytes) / 4 : 0;
    if (unit_count == 0 || unit_count > (size - 4) / 4)
        return zest_fail_param(error, ZEST_MODEL_DAMAGED, "precompiled_charsmap",
                               "a charsmap of %zu bytes does not hold its trie of %zu units", size, unit_count);
    size_t replacements_at = 4 + unit_count * 4, bad = 0;
    struct zest_text replacements = {(const char *)bytes + replacements_at, size - replacements_at};
    if (!zest_utf8_valid(replacements, &bad))
        return zest_fail_param(error, ZEST_MODEL_DAMAGED, "precompiled_charsmap",
                               "byte %zu of the charsmap's replacements is no UTF-8", bad);
    uint32_t *units = ZEST_NEW_ARRAY(arena, uint32_t, unit_count);
    if (!units)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a charsmap of %zu units", unit_count);
    for (size_t i = 0; i < unit_count; i++)
        units[i] = read_u32(bytes + 4 + 4 * i);
    *ret_map = (struct zest_charsmap){units, unit_count, replacements};
    return ZEST_OK;
}

enum zest_status zest_charsmap_create(struct zest_text base64, struct zest_arena *arena, struct zest_charsmap *ret_map,
                                      struct zest_error *error)
{
    size_t size = 0;
    unsigned char *bytes = zest_alloc(arena, base64.size / 4 * 3 + 1, 1);
    if (!bytes)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a charsmap of %zu bytes", base64.size / 4 * 3);
    if (!decode_base64(base64, bytes, &size))
        return zest_fail_param(error, ZEST_MODEL_DAMAGED, "precompiled_charsmap", "the charsmap is no padded base64");
    return parse(bytes, size, arena, ret_map, error);
}

/* ---- look-up ---- */

static size_t offset_of(uint32_t unit)
{
    return (size_t)(unit >> 10) << ((unit & 0x200) >> 6);
}

/* The replacement that begins at `at`; false where a damaged map points outside or into a character. */
static bool replacement_at(const struct zest_charsmap *map, size_t at, struct zest_text *ret_replacement)
{
    struct zest_text all = map->replacements;
    if (at > all.size || (at < all.size && zest_utf8_continues((unsigned char)all.data[at])))
        return false;
    const char *end = at < all.size ? memchr(all.data + at, 0, all.size - at) : NULL;
    *ret_replacement = (struct zest_text){all.data + at, end ? (size_t)(end - all.data) - at : all.size - at};
    return true;
}

bool zest_charsmap_find(const struct zest_charsmap *map, const unsigned char *text, size_t size,
                        struct zest_text *ret_replacement)
{
    assert(map->unit_count > 0);
    size_t node = offset_of(map->units[0]);
    for (size_t i = 0; i < size && text[i] != 0; i++) {
        node ^= text[i];
        if (node >= map->unit_count || (map->units[node] & 0x800000FFu) != text[i])
            return false;
        uint32_t unit = map->units[node];
        node ^= offset_of(unit);
        if (unit & 0x100)
            return node < map->unit_count && replacement_at(map, map->units[node] & 0x7FFFFFFFu, ret_replacement);
    }
    return false;
}
