/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_json_read.c - JSON texts as values, as Python's json.loads reads them: the last of equal keys wins, integers
 * may be of any size, NaN and Infinity are numbers. Half a surrogate pair is refused: it is no character.
 *
 * Source: RFC 8259.
 */
#include "jinja_text.h"

#include "unicode_class.h"

#include <math.h>
#include <stdlib.h>

struct reader {
    struct jinja *j;
    const char *text, *at, *end, *what;
};

static struct jinja_value read_value(struct reader *r);

static struct jinja_value fail(struct reader *r, const char *problem)
{
    if (!r->j->failed)
        r->j->status = ZEST_INVALID_JSON;
    return zest_jinja_fail(r->j, "%s is not one JSON value: %s at byte %zu", r->what, problem,
                           (size_t)(r->at - r->text));
}

static void skip_spaces(struct reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\t' || *r->at == '\r'))
        r->at++;
}

/* Takes a character, behind white space, if it is there. */
static bool take(struct reader *r, char c)
{
    skip_spaces(r);
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

static bool take_word(struct reader *r, const char *word)
{
    size_t size = strlen(word);
    if ((size_t)(r->end - r->at) < size || memcmp(r->at, word, size) != 0)
        return false;
    r->at += size;
    return true;
}

/* ---- texts ---- */

/* Four hexadecimal digits; UINT32_MAX where there are none. */
static uint32_t read_unit(struct reader *r)
{
    uint32_t unit = 0;
    if (r->end - r->at < 4)
        return UINT32_MAX;
    for (int i = 0; i < 4; i++) {
        char c = *r->at;
        int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
        if (digit < 0)
            return UINT32_MAX;
        unit = unit << 4 | (uint32_t)digit;
        r->at++;
    }
    return unit;
}

/* Behind "\u". */
static uint32_t read_code_point(struct reader *r)
{
    uint32_t first = read_unit(r), second = 0;
    if (first < 0xD800 || (first >= 0xE000 && first <= 0xFFFF))
        return first;
    if (first < 0xDC00 && take_word(r, "\\u"))
        second = read_unit(r);
    if (second < 0xDC00 || second > 0xDFFF) {
        fail(r, "an escape that is no character");
        return 0;
    }
    return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
}

/* Behind a backslash. */
static void read_escape(struct reader *r, char **out)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    char c = r->at < r->end ? *r->at++ : 0;
    const char *letter = c ? strchr(letters, c) : NULL;
    if (letter)
        *(*out)++ = meanings[letter - letters];
    else if (c == 'u')
        *out += zest_utf8_encode(read_code_point(r), *out);
    else
        fail(r, "an unknown escape");
}

/* Behind the opening quote. A text without escapes is one with the source, which the caller keeps. */
static struct jinja_value read_string(struct reader *r)
{
    const char *from = r->at;
    unsigned char high = 0;
    while (r->at < r->end && *r->at != '"' && *r->at != '\\' && (unsigned char)*r->at >= ' ')
        high |= (unsigned char)*r->at++;
    struct jinja_value text = zest_jinja_string((struct zest_text){from, (size_t)(r->at - from)});
    text.flags = high < 0x80 ? JINJA_ASCII : 0;
    if (r->at < r->end && *r->at == '"') {
        r->at++;
        return text;
    }
    const char *quote = r->at; /* an escape is never shorter than what it means */
    while (quote < r->end && *quote != '"')
        quote += *quote == '\\' ? 2 : 1;
    char *copy = quote < r->end ? zest_jinja_alloc(r->j, (size_t)(quote - from), 1) : NULL, *out = copy;
    if (!copy)
        return fail(r, "a text that is not closed");
    memcpy(copy, from, text.text.size);
    out += text.text.size;
    while (r->at < quote && !r->j->failed) {
        if ((unsigned char)*r->at < ' ')
            fail(r, "a control character in a text");
        else if (*r->at == '\\' && r->at++)
            read_escape(r, &out);
        else
            *out++ = *r->at++;
    }
    r->at = quote + 1;
    return zest_jinja_string((struct zest_text){copy, (size_t)(out - copy)});
}

/* ---- numbers ---- */

static const char *skip_digits(const struct reader *r, const char *at)
{
    while (at < r->end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

static struct jinja_value read_number(struct reader *r)
{
    bool is_negative = *r->at == '-';
    const char *from = r->at + is_negative, *whole = skip_digits(r, from), *end = whole;
    if (whole == from || (*from == '0' && whole > from + 1))
        return fail(r, "no number");
    if (end < r->end && *end == '.' && skip_digits(r, end + 1) > end + 1)
        end = skip_digits(r, end + 1);
    if (end < r->end && (*end | 32) == 'e') {
        const char *digits = end + 1 + (end + 1 < r->end && (end[1] == '+' || end[1] == '-'));
        if (skip_digits(r, digits) > digits)
            end = skip_digits(r, digits);
    }
    struct zest_text text = {r->at, (size_t)(end - r->at)};
    r->at = end;
    if (end == whole)
        return zest_jinja_read_integer(r->j, (struct zest_text){from, (size_t)(whole - from)}, 10, is_negative);
    text = zest_text_copy(r->j->arena, text); /* with an end that strtod sees */
    return text.data ? zest_jinja_float(strtod(text.data, NULL)) : fail(r, "no memory");
}

/* ---- containers ---- */

static struct jinja_value read_array(struct reader *r)
{
    size_t capacity = 4;
    struct jinja_value list = zest_jinja_list(r->j, capacity);
    if (take(r, ']'))
        return list;
    do
        zest_jinja_append(r->j, list.list, &capacity, read_value(r));
    while (!r->j->failed && take(r, ','));
    return r->j->failed || take(r, ']') ? list : fail(r, "an array that is not closed");
}

static struct jinja_value read_object(struct reader *r)
{
    struct jinja_value dict = zest_jinja_dict(r->j, 4);
    if (take(r, '}'))
        return dict;
    do {
        if (!take(r, '"'))
            return fail(r, "a key is wanted");
        struct jinja_value key = read_string(r);
        if (!take(r, ':'))
            return fail(r, "a colon is wanted");
        zest_jinja_dict_set(r->j, dict.dict, key, read_value(r));
    } while (!r->j->failed && take(r, ','));
    return r->j->failed || take(r, '}') ? dict : fail(r, "an object that is not closed");
}

static struct jinja_value read_word(struct reader *r)
{
    if (take_word(r, "null"))
        return zest_jinja_none();
    if (take_word(r, "true"))
        return zest_jinja_bool(true);
    if (take_word(r, "false"))
        return zest_jinja_bool(false);
    if (take_word(r, "NaN"))
        return zest_jinja_float(NAN);
    if (take_word(r, "Infinity"))
        return zest_jinja_float(INFINITY);
    if (take_word(r, "-Infinity"))
        return zest_jinja_float(-INFINITY);
    if (r->at < r->end && (*r->at == '-' || (*r->at >= '0' && *r->at <= '9')))
        return read_number(r);
    return fail(r, "a value is wanted");
}

static struct jinja_value read_value(struct reader *r)
{
    struct jinja_value value = zest_jinja_none();
    if (!zest_jinja_enter(r->j))
        return value;
    if (take(r, '"'))
        value = read_string(r);
    else if (take(r, '{'))
        value = read_object(r);
    else if (take(r, '['))
        value = read_array(r);
    else
        value = read_word(r);
    zest_jinja_leave(r->j);
    return value;
}

struct jinja_value zest_jinja_from_json(struct jinja *j, struct zest_text json, const char *what)
{
    struct reader r = {j, json.data, json.data, json.data + json.size, what};
    size_t bad;
    if (!zest_utf8_valid(json, &bad)) {
        r.at += bad;
        return fail(&r, "no UTF-8");
    }
    struct jinja_value value = read_value(&r);
    skip_spaces(&r);
    if (!j->failed && r.at < r.end)
        return fail(&r, "something behind the value");
    return value;
}
