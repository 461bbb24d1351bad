/* SPDX-License-Identifier: Apache-2.0 */
/* utf8.c - well-formed UTF-8 as the Unicode Standard's table 3-7 has it. */
#include "utf8_vector.h"

/* Bytes of the character at `s` (of `left` bytes), 0 where it is ill-formed. */
static size_t character_size(const unsigned char *s, size_t left)
{
    if (s[0] < 0x80)
        return 1;
    size_t size = s[0] >= 0xC2 && s[0] <= 0xDF   ? 2
                  : s[0] >= 0xE0 && s[0] <= 0xEF ? 3
                  : s[0] >= 0xF0 && s[0] <= 0xF4 ? 4
                                                 : 0;
    if (size == 0 || size > left)
        return 0;
    unsigned char low = s[0] == 0xE0 ? 0xA0 : s[0] == 0xF0 ? 0x90 : 0x80;
    unsigned char high = s[0] == 0xED ? 0x9F : s[0] == 0xF4 ? 0x8F : 0xBF;
    if (s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    return size;
}

/*
 * Does a well-formed character of three bytes stand at `s`, of which three bytes may be read? At once: bit 5 of the
 * second byte must be set behind E0 (no overlong form) and clear behind ED (no surrogate).
 */
static bool is_wide(const unsigned char *s)
{
    uint32_t bytes = (uint32_t)s[0] | (uint32_t)s[1] << 8 | (uint32_t)s[2] << 16, edge = bytes & 0x200F;
    return (bytes & 0xC0C0F0) == 0x8080E0 && edge != 0 && edge != 0x200D;
}

bool zest_utf8_valid(struct zest_text text, size_t *ret_bad)
{
    const unsigned char *s = (const unsigned char *)text.data;
    size_t i = zest_utf8_valid_prefix(s, text.size);
    while (i < text.size) {
        uint64_t eight;
        if (text.size - i >= 8 && (memcpy(&eight, s + i, 8), (eight & 0x8080808080808080u) == 0)) {
            i += 8;
            continue;
        }
        while (text.size - i >= 3 && is_wide(s + i)) /* Chinese, Japanese, Korean come in runs */
            i += 3;
        if (i == text.size)
            break;
        size_t size = character_size(s + i, text.size - i);
        if (size == 0) {
            if (ret_bad)
                *ret_bad = i;
            return false;
        }
        i += size;
    }
    return true;
}
