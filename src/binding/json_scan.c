/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_scan.c - the tokens of JSON: strings with their escapes, numbers as written, skipping; and errors with places.
 *
 * Tuned for short requests and long arrays of ids: runs of plain characters go by eight at a time.
 */
#include <assert.h>
#include <stdio.h>

#include "json_scan.h"

/* ---- errors ---------------------------------------------------------------------------------------------------- */

static size_t append(char *path, size_t size, size_t capacity, const struct zest_json_place *place)
{
    int more;
    if (place->name.data)
        more = snprintf(path + size, capacity - size, "%s%.*s", size ? "." : "",
                        (int)(place->name.size < 60 ? place->name.size : 60), place->name.data);
    else
        more = snprintf(path + size, capacity - size, "[%zu]", place->index);
    size += more > 0 ? (size_t)more : 0;
    return size < capacity ? size : capacity - 1;
}

static size_t write_path(const struct zest_json_place *place, char *path, size_t capacity)
{
    if (!place)
        return 0;
    return append(path, write_path(place->up, path, capacity), capacity, place);
}

enum zest_status zest_json_fail(const struct zest_json_scan *s, enum zest_status code, const char *format, ...)
{
    char path[64] = "", text[440];
    va_list args;
    write_path(s->place, path, sizeof(path));
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return zest_fail_param(s->error, code, path, "%s %s", path[0] ? path : "the body", text);
}

enum zest_status zest_json_syntax(const struct zest_json_scan *s, const char *expected)
{
    if (s->at >= s->end)
        return zest_json_fail(s, ZEST_INVALID_JSON, "is cut off at byte %zu, where %s is expected",
                              (size_t)(s->at - s->start), expected);
    return zest_json_fail(s, ZEST_INVALID_JSON, "is not JSON at byte %zu: %s is expected", (size_t)(s->at - s->start),
                          expected);
}

static const char *kind_of(char first)
{
    switch (first) {
    case '"':
        return "a string";
    case '{':
        return "an object";
    case '[':
        return "an array";
    case 't':
    case 'f':
        return "a boolean";
    case 'n':
        return "null";
    default:
        return first == '-' || (first >= '0' && first <= '9') ? "a number" : NULL;
    }
}

enum zest_status zest_json_wrong_type(const struct zest_json_scan *s, const char *wanted)
{
    const char *kind = kind_of(zest_json_peek(s));
    if (!kind)
        return zest_json_syntax(s, wanted);
    return zest_json_fail(s, ZEST_WRONG_TYPE, "must be %s, not %s", wanted, kind);
}

/* ---- strings --------------------------------------------------------------------------------------------------- */

/* True where one of eight characters is a quote, a backslash or below a blank. */
static bool has_special(uint64_t eight)
{
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    uint64_t quote = eight ^ (ones * '"'), slash = eight ^ (ones * '\\');
    return (((quote - ones) & ~quote) | ((slash - ones) & ~slash) | ((eight - ones * 0x20) & ~eight)) & highs;
}

/* The first special character at or behind `at`, or the end. */
static const char *plain_run(const char *at, const char *end)
{
    uint64_t eight;
    while (end - at >= 8 && (memcpy(&eight, at, 8), !has_special(eight)))
        at += 8;
    while (at < end && *at != '"' && *at != '\\' && (unsigned char)*at >= 0x20)
        at++;
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
static int32_t hex4(const char *at, const char *end)
{
    int32_t value = 0;
    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

static size_t put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t size = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = size - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3F));
    out[0] = (char)(lead[size] | c);
    return size;
}

/* s->at is behind "\u". Surrogates count only in pairs: a lone one is no character. */
static enum zest_status unicode_escape(struct zest_json_scan *s, char *out, size_t *ret_size)
{
    int32_t high = hex4(s->at, s->end);
    if (high < 0)
        return zest_json_syntax(s, "four hexadecimal digits");
    s->at += 4;
    uint32_t c = (uint32_t)high;
    if (c >= 0xD800 && c <= 0xDFFF) {
        int32_t low =
            c <= 0xDBFF && s->end - s->at >= 6 && s->at[0] == '\\' && s->at[1] == 'u' ? hex4(s->at + 2, s->end) : -1;
        if (low < 0xDC00 || low > 0xDFFF)
            return zest_json_fail(s, ZEST_INVALID_UTF8,
                                  "has the lone surrogate \\u%04x at byte %zu, which is no character", c,
                                  (size_t)(s->at - s->start - 6));
        s->at += 6;
        c = 0x10000 + ((c - 0xD800) << 10) + ((uint32_t)low - 0xDC00);
    }
    *ret_size = put_utf8(out, c);
    return ZEST_OK;
}

/* s->at is behind the backslash. */
static enum zest_status escape(struct zest_json_scan *s, char *out, size_t *ret_size)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (zest_json_peek(s) == 'u') {
        s->at++;
        return unicode_escape(s, out, ret_size);
    }
    const char *found = s->at < s->end && *s->at ? strchr(from, *s->at) : NULL;
    if (!found)
        return zest_json_syntax(s, "one of \"\\/bfnrtu behind a backslash");
    s->at++;
    out[0] = to[found - from];
    *ret_size = 1;
    return ZEST_OK;
}

/* Bytes that the rest of the string can take unescaped: up to its closing quote, as escapes only shrink. */
static size_t raw_size(const char *at, const char *end)
{
    const char *start = at;
    while ((at = plain_run(at, end)) < end && *at == '\\' && end - at >= 2)
        at += 2;
    return (size_t)(at - start);
}

/* s->at is at the first escape of the string that began at `start`. */
static enum zest_status unescape(struct zest_json_scan *s, const char *start, struct zest_text *ret_text)
{
    size_t size = (size_t)(s->at - start);
    char *text = s->arena ? zest_alloc(s->arena, size + raw_size(s->at, s->end) + 4, 1) : NULL;
    if (!text)
        return zest_json_fail(s, ZEST_OUT_OF_MEMORY, "does not fit into the request's memory of %zu bytes",
                              s->arena ? s->arena->limit : 0);
    memcpy(text, start, size);
    while (zest_json_peek(s) == '\\') {
        size_t more = 0;
        s->at++;
        enum zest_status status = escape(s, text + size, &more);
        if (status != ZEST_OK)
            return status;
        size += more;
        const char *run = s->at;
        s->at = plain_run(run, s->end);
        memcpy(text + size, run, (size_t)(s->at - run));
        size += (size_t)(s->at - run);
    }
    *ret_text = (struct zest_text){text, size};
    return ZEST_OK;
}

enum zest_status zest_json_string(struct zest_json_scan *s, struct zest_text *ret_text)
{
    struct zest_text text;
    assert(s->at < s->end && *s->at == '"');
    const char *start = ++s->at;
    s->at = plain_run(start, s->end);
    if (zest_json_peek(s) == '\\') {
        enum zest_status status = unescape(s, start, &text);
        if (status != ZEST_OK)
            return status;
    } else {
        text = (struct zest_text){start, (size_t)(s->at - start)};
    }
    if (zest_json_peek(s) != '"')
        return zest_json_syntax(s,
                                s->at < s->end ? "no control character inside a string" : "the string's closing quote");
    s->at++;
    *ret_text = text;
    return ZEST_OK;
}

/* ---- skipping -------------------------------------------------------------------------------------------------- */

enum zest_status zest_json_literal(struct zest_json_scan *s, const char *word)
{
    size_t size = strlen(word);
    if ((size_t)(s->end - s->at) < size || memcmp(s->at, word, size))
        return zest_json_syntax(s, word);
    s->at += size;
    return ZEST_OK;
}

static enum zest_status skip_string(struct zest_json_scan *s)
{
    char out[4];
    size_t size;
    s->at++;
    while ((s->at = plain_run(s->at, s->end)) < s->end && *s->at == '\\') {
        s->at++;
        enum zest_status status = escape(s, out, &size);
        if (status != ZEST_OK)
            return status;
    }
    if (zest_json_peek(s) != '"')
        return zest_json_syntax(s,
                                s->at < s->end ? "no control character inside a string" : "the string's closing quote");
    s->at++;
    return ZEST_OK;
}

/* What comes behind the opening bracket, with names where `is_object`. */
static enum zest_status skip_items(struct zest_json_scan *s, bool is_object)
{
    char close = is_object ? '}' : ']';
    s->at++;
    zest_json_blank(s);
    if (zest_json_peek(s) == close) {
        s->at++;
        return ZEST_OK;
    }
    for (;;) {
        enum zest_status status;
        if (is_object) {
            if (zest_json_peek(s) != '"')
                return zest_json_syntax(s, "a name in quotes");
            if ((status = skip_string(s)) != ZEST_OK)
                return status;
            zest_json_blank(s);
            if (zest_json_peek(s) != ':')
                return zest_json_syntax(s, "':'");
            s->at++;
            zest_json_blank(s);
        }
        if ((status = zest_json_skip(s)) != ZEST_OK)
            return status;
        zest_json_blank(s);
        char next = zest_json_peek(s);
        if (next != ',' && next != close)
            return zest_json_syntax(s, is_object ? "',' or '}'" : "',' or ']'");
        s->at++;
        if (next == close)
            return ZEST_OK;
        zest_json_blank(s);
    }
}

enum zest_status zest_json_skip(struct zest_json_scan *s)
{
    struct zest_json_number number;
    char first = zest_json_peek(s);
    switch (first) {
    case '"':
        return skip_string(s);
    case 't':
        return zest_json_literal(s, "true");
    case 'f':
        return zest_json_literal(s, "false");
    case 'n':
        return zest_json_literal(s, "null");
    case '{':
    case '[':
        if (s->depth == ZEST_JSON_DEPTH_MAX)
            return zest_json_fail(s, ZEST_INVALID_JSON, "is nested deeper than %d levels at byte %zu",
                                  ZEST_JSON_DEPTH_MAX, (size_t)(s->at - s->start));
        s->depth++;
        enum zest_status status = skip_items(s, first == '{');
        s->depth--;
        return status;
    default:
        return zest_json_number(s, &number);
    }
}
