/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utf8_lossy.c - reads bytes as UTF-8, U+FFFD in place of what is none. Stateless: any thread.
 *
 * Source: the Unicode Standard 15, section 3.9, "U+FFFD Substitution of Maximal Subparts": one replacement for each
 * longest beginning of a well-formed sequence, else for one byte.
 */
#include <zest/core.h>

#define REPLACEMENT "\xEF\xBF\xBD"

size_t zest_utf8_bad_size(struct zest_text text)
{
    const unsigned char *s = (const unsigned char *)text.data;
    size_t left = text.size;
    size_t size = s[0] >= 0xC2 && s[0] <= 0xDF   ? 2
                  : s[0] >= 0xE0 && s[0] <= 0xEF ? 3
                  : s[0] >= 0xF0 && s[0] <= 0xF4 ? 4
                                                 : 1;
    unsigned char low = s[0] == 0xE0 ? 0xA0 : s[0] == 0xF0 ? 0x90 : 0x80;
    unsigned char high = s[0] == 0xED ? 0x9F : s[0] == 0xF4 ? 0x8F : 0xBF;
    size_t i = 1;
    while (i < size && i < left && s[i] >= low && s[i] <= high) {
        low = 0x80;
        high = 0xBF;
        i++;
    }
    return i;
}

size_t zest_utf8_unfinished(struct zest_text text)
{
    const unsigned char *s = (const unsigned char *)text.data;
    for (size_t back = 1; back <= 3 && back <= text.size; back++) {
        unsigned char lead = s[text.size - back];
        if ((lead & 0xC0) == 0x80)
            continue;
        size_t size = lead >= 0xC2 && lead <= 0xDF   ? 2
                      : lead >= 0xE0 && lead <= 0xEF ? 3
                      : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                     : 1;
        return size > back && zest_utf8_bad_size((struct zest_text){text.data + text.size - back, back}) == back ? back
                                                                                                                 : 0;
    }
    return 0;
}

struct zest_text zest_utf8_lossy(struct zest_arena *arena, struct zest_text text)
{
    size_t bad = 0, from = 0;
    if (zest_utf8_valid(text, &bad))
        return zest_text_copy(arena, text);
    struct zest_text none = {NULL, 0};
    if (text.size > (SIZE_MAX - 1) / 3)
        return none;
    char *out = zest_alloc(arena, 3 * text.size + 1, 1); /* each byte becomes three at most */
    if (!out)
        return none;
    size_t size = 0;
    for (;;) {
        struct zest_text rest = {text.data + from, text.size - from};
        bool valid = zest_utf8_valid(rest, &bad);
        size_t good = valid ? rest.size : bad;
        memcpy(out + size, rest.data, good);
        size += good;
        if (valid)
            break;
        memcpy(out + size, REPLACEMENT, 3);
        size += 3;
        from += bad + zest_utf8_bad_size((struct zest_text){rest.data + bad, rest.size - bad});
    }
    out[size] = 0;
    return (struct zest_text){out, size};
}
