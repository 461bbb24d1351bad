/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_unescape.c - HTML entities back to characters, for striptags: numbers, and the names that are in use. The HTML
 * standard names 2,231 entities; of those that are not in the list here, none is read.
 *
 * Source: the HTML standard, 13.2.5.72 (character references), as Python's html.unescape follows it.
 */
#include "jinja_filters.h"
#include "jinja_text.h"

#include "unicode_class.h"

struct entity {
    const char *name; /* with its semicolon, where it needs one */
    uint32_t code_point;
};

/* Those that are read without a semicolon stand behind the others that begin alike. */
static const struct entity entities[] = {
    {"amp;", '&'},       {"amp", '&'},       {"lt;", '<'},       {"lt", '<'},        {"gt;", '>'},
    {"gt", '>'},         {"quot;", '"'},     {"quot", '"'},      {"apos;", '\''},    {"nbsp;", 0xA0},
    {"nbsp", 0xA0},      {"copy;", 0xA9},    {"copy", 0xA9},     {"reg;", 0xAE},     {"reg", 0xAE},
    {"raquo;", 0xBB},    {"raquo", 0xBB},    {"laquo;", 0xAB},   {"laquo", 0xAB},    {"euro;", 0x20AC},
    {"hellip;", 0x2026}, {"ndash;", 0x2013}, {"mdash;", 0x2014}, {"lsquo;", 0x2018}, {"rsquo;", 0x2019},
    {"ldquo;", 0x201C},  {"rdquo;", 0x201D}, {"bull;", 0x2022},  {"trade;", 0x2122}, {"times;", 0xD7},
    {"times", 0xD7},     {"middot;", 0xB7},  {"middot", 0xB7},
};

/* What numbers 0x80 to 0x9F mean: Windows-1252, 0 where it has nothing. */
static const uint16_t windows[32] = {
    0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178,
};

/* A number's character; 0 where it has none and is dropped. */
static uint32_t character_of(uint32_t number)
{
    if (number == 0 || (number >= 0xD800 && number < 0xE000) || number > ZEST_CODE_POINT_MAX)
        return ZEST_REPLACEMENT;
    if (number >= 0x80 && number <= 0x9F)
        return windows[number - 0x80];
    bool is_invalid = (number < 0x20 && !(number >= 9 && number <= 13 && number != 0xB)) || number == 0x7F ||
                      (number >= 0xFDD0 && number <= 0xFDEF) || (number & 0xFFFE) == 0xFFFE;
    return is_invalid ? 0 : number;
}

/* "#123;" or "#x1F;" at `text`; answers its size, 0 where there is none. */
static size_t read_number(struct zest_text text, uint32_t *ret_code_point)
{
    bool is_hex = text.size > 1 && (text.data[1] | 32) == 'x';
    size_t at = is_hex ? 2 : 1, from = at;
    uint32_t number = 0;
    for (; at < text.size; at++) {
        char c = text.data[at];
        int digit = c >= '0' && c <= '9'                           ? c - '0'
                    : is_hex && (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                                   : -1;
        if (digit < 0)
            break;
        if (number <= ZEST_CODE_POINT_MAX)
            number = number * (is_hex ? 16 : 10) + (uint32_t)digit;
    }
    if (at == from)
        return 0;
    *ret_code_point = character_of(number);
    return at + (at < text.size && text.data[at] == ';');
}

static size_t read_name(struct zest_text text, uint32_t *ret_code_point)
{
    for (size_t i = 0; i < ZEST_COUNT(entities); i++) {
        size_t size = strlen(entities[i].name);
        if (text.size >= size && !memcmp(text.data, entities[i].name, size)) {
            *ret_code_point = entities[i].code_point;
            return size;
        }
    }
    return 0;
}

struct zest_text zest_jinja_unescape(struct jinja *j, struct zest_text text)
{
    struct jinja_output output = {0};
    size_t at = 0, sign;
    while ((sign = zest_jinja_find(text, ZEST_TEXT("&"), at)) != SIZE_MAX && zest_jinja_spend(j, 1)) {
        struct zest_text rest = {text.data + sign + 1, text.size - sign - 1};
        uint32_t code_point = 0;
        bool is_number = rest.size > 0 && rest.data[0] == '#';
        size_t size = is_number ? read_number(rest, &code_point) : read_name(rest, &code_point);
        char bytes[4];
        zest_jinja_write(j, &output, text.data + at, sign - at + (size == 0));
        if (size > 0 && code_point > 0)
            zest_jinja_write(j, &output, bytes, zest_utf8_encode(code_point, bytes));
        at = sign + 1 + size;
    }
    if (at < text.size)
        zest_jinja_write(j, &output, text.data + at, text.size - at);
    return zest_jinja_output_text(&output);
}
