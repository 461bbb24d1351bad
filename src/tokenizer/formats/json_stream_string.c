/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_stream_string.c - strings of a JSON document: found eight bytes at a time, copied only where they have escapes.
 *
 * Stateless beside the stream.
 */
#include "json_stream.h"

#include <assert.h>

#define ONES 0x0101010101010101u
#define HIGHS 0x8080808080808080u

/*
 * The first quote, backslash or control character, or `end`. *high gathers the high bits of what was passed. (In the
 * subtractions a byte can borrow from its neighbour above, so that flags above the first true one may be wrong; only
 * the first is used.)
 */
static const char *find_special(const char *at, const char *end, uint64_t *high)
{
    for (; end - at >= 8; at += 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        uint64_t quote = word ^ ONES * '"', slash = word ^ ONES * '\\';
        uint64_t found =
            (((quote - ONES) & ~quote) | ((slash - ONES) & ~slash) | ((word - ONES * 0x20) & ~word)) & HIGHS;
        if (found != 0) {
            unsigned bits = (unsigned)__builtin_ctzll(found) & ~7u;
            *high |= bits > 0 ? word & (~(uint64_t)0 >> (64 - bits)) : 0;
            return at + bits / 8;
        }
        *high |= word;
    }
    for (; at < end && *at != '"' && *at != '\\' && (unsigned char)*at >= 0x20; at++)
        *high |= (unsigned char)*at & 0x80;
    return at;
}

/* The closing quote of a string that has escapes; `at` is on its first backslash. */
static const char *find_close(struct zest_json_stream *json, const char *at, uint64_t *high)
{
    while (at < json->end && *at != '"') {
        if ((unsigned char)*at < 0x20)
            break;
        at += *at == '\\' ? 2 : 1;
        at = at <= json->end ? find_special(at, json->end, high) : json->end;
    }
    return at;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* The four digits behind \u; -1 where they are none. */
static int32_t hex_unit(const char *at, const char *end)
{
    int32_t unit = 0;
    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

static char *put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        *out++ = (char)c;
        return out;
    }
    if (c < 0x800) {
        *out++ = (char)(0xC0 | c >> 6);
    } else {
        if (c < 0x10000) {
            *out++ = (char)(0xE0 | c >> 12);
        } else {
            *out++ = (char)(0xF0 | c >> 18);
            *out++ = (char)(0x80 | (c >> 12 & 0x3F));
        }
        *out++ = (char)(0x80 | (c >> 6 & 0x3F));
    }
    *out++ = (char)(0x80 | (c & 0x3F));
    return out;
}

/* \uXXXX or a pair of them; *at is behind the 'u'. NULL where that is no character. */
static char *unescape_unit(const char **at, const char *end, char *out)
{
    int32_t unit = hex_unit(*at, end);
    if (unit < 0 || (unit >= 0xDC00 && unit <= 0xDFFF))
        return NULL;
    *at += 4;
    if (unit < 0xD800 || unit > 0xDBFF)
        return put_utf8(out, (uint32_t)unit);
    if (end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u')
        return NULL;
    int32_t low = hex_unit(*at + 2, end);
    if (low < 0xDC00 || low > 0xDFFF)
        return NULL;
    *at += 6;
    return put_utf8(out, 0x10000u + ((uint32_t)(unit - 0xD800) << 10) + (uint32_t)(low - 0xDC00));
}

/* The escape at *at (on the backslash) into `out`; NULL where there is none like it. */
static char *unescape(const char **at, const char *end, char *out)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    if (end - *at < 2)
        return NULL;
    char name = (*at)[1];
    const char *known = name != 0 ? strchr(names, name) : NULL;
    if (!known && name != 'u')
        return NULL;
    *at += 2;
    if (!known)
        return unescape_unit(at, end, out);
    *out++ = values[known - names];
    return out;
}

/* Copies [start, end), which has escapes, into the arena. */
static bool copy_unescaped(struct zest_json_stream *json, const char *start, const char *end,
                           struct zest_text *ret_text)
{
    char *text = zest_alloc(json->arena, (size_t)(end - start), 1); /* an escape is never shorter than its character */
    char *out = text;
    if (!text)
        return zest_stream_fail_status(json, ZEST_OUT_OF_MEMORY, "no memory for a text of %zu bytes",
                                       (size_t)(end - start));
    for (const char *at = start; at < end;) {
        if (*at != '\\') {
            *out++ = *at++;
            continue;
        }
        json->at = at;
        out = unescape(&at, end, out);
        if (!out)
            return zest_stream_fail(json, "this escape stands for no character");
    }
    assert(out <= text + (end - start));
    *ret_text = (struct zest_text){text, (size_t)(out - text)};
    return true;
}

static bool check_utf8(struct zest_json_stream *json, const char *start, const char *end)
{
    size_t bad = 0;
    if (zest_utf8_valid((struct zest_text){start, (size_t)(end - start)}, &bad))
        return true;
    json->at = start + bad;
    return zest_stream_fail(json, "the byte 0x%02X here is not UTF-8", (unsigned char)start[bad]);
}

bool zest_stream_string(struct zest_json_stream *json, struct zest_text *ret_text)
{
    uint64_t high = 0;
    if (zest_stream_peek(json) != '"')
        return zest_stream_fail(json, "a string is wanted here");
    const char *start = json->at + 1;
    const char *at = find_special(start, json->end, &high);
    bool escaped = at < json->end && *at == '\\';
    if (escaped)
        at = find_close(json, at, &high);
    if (at >= json->end)
        return zest_stream_fail(json, "this string does not end");
    if (*at != '"') {
        json->at = at;
        return zest_stream_fail(json, "the control character 0x%02X in a string", (unsigned char)*at);
    }
    if ((high & HIGHS) != 0 && !check_utf8(json, start, at))
        return false;
    *ret_text = (struct zest_text){start, (size_t)(at - start)};
    if (escaped && !copy_unescaped(json, start, at, ret_text))
        return false;
    json->at = at + 1;
    return true;
}
