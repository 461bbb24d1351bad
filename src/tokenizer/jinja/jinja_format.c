/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_format.c - Python's printf-like formatting: {{ "%s has %d" % (name, count) }}.
 */
#include "jinja.h"
#include "unicode_class.h"

#include <stdio.h>

#define WIDTH_MAX 10000

struct conversion {
    char flags[6];
    int width, precision; /* -1: not given */
    char letter;
    struct zest_text key; /* %(key)s; data NULL where there is none */
};

/* Reads behind the "%" at text[at]; answers where the conversion ends, 0 where it is wrong. */
static size_t read_conversion(struct zest_text text, size_t at, struct conversion *ret_conversion)
{
    struct conversion c = {.width = -1, .precision = -1};
    size_t flag_count = 0;
    if (at < text.size && text.data[at] == '(') {
        const char *end = memchr(text.data + at, ')', text.size - at);
        if (!end)
            return 0;
        c.key = (struct zest_text){text.data + at + 1, (size_t)(end - text.data) - at - 1};
        at += c.key.size + 2;
    }
    for (; at < text.size && text.data[at] && strchr("-+ 0#", text.data[at]) && flag_count < 5; at++)
        if (!memchr(c.flags, text.data[at], flag_count))
            c.flags[flag_count++] = text.data[at];
    for (int *number = &c.width; number; number = number == &c.width ? &c.precision : NULL) {
        if (number == &c.precision && (at >= text.size || text.data[at++] != '.')) {
            at--;
            break;
        }
        for (; at < text.size && text.data[at] >= '0' && text.data[at] <= '9'; at++) {
            *number = (*number < 0 ? 0 : *number) * 10 + (text.data[at] - '0');
            if (*number > WIDTH_MAX)
                return 0;
        }
        if (number == &c.precision && *number < 0)
            *number = 0;
    }
    if (at >= text.size)
        return 0;
    c.letter = text.data[at];
    *ret_conversion = c;
    return at + 1;
}

static void write_padded(struct jinja *j, struct jinja_output *output, const struct conversion *c,
                         struct zest_text text)
{
    int64_t missing = c->width - (int64_t)zest_jinja_characters(text);
    bool left = strchr(c->flags, '-');
    if (left)
        zest_jinja_write_text(j, output, text);
    for (int64_t i = 0; i < missing; i++)
        zest_jinja_write(j, output, " ", 1);
    if (!left)
        zest_jinja_write_text(j, output, text);
}

static struct zest_text first_characters(struct zest_text text, int count)
{
    size_t at = 0;
    for (; at < text.size; at++)
        if (!zest_utf8_continues((unsigned char)text.data[at]) && count-- == 0)
            break;
    return (struct zest_text){text.data, at};
}

static void write_text(struct jinja *j, struct jinja_output *output, const struct conversion *c,
                       struct jinja_value value)
{
    struct jinja_output repr = {0};
    struct zest_text text;
    if (c->letter == 's') {
        text = zest_jinja_text(j, value);
    } else {
        zest_jinja_write_repr(j, &repr, value);
        text = zest_jinja_output_text(&repr);
    }
    write_padded(j, output, c, c->precision >= 0 ? first_characters(text, c->precision) : text);
}

static void write_number(struct jinja *j, struct jinja_output *output, const struct conversion *c,
                         struct jinja_value value)
{
    bool is_real = strchr("fFeEgG", c->letter);
    char format[32], *digits;
    int size;
    if (!zest_jinja_is_number(value)) {
        if (is_real)
            zest_jinja_fail(j, "must be real number, not %s", zest_jinja_type(value));
        else
            zest_jinja_fail(j, "%%%c format: a real number is required, not %s", c->letter, zest_jinja_type(value));
        return;
    }
    size_t room = (size_t)(c->width > 0 ? c->width : 0) + (size_t)(c->precision > 0 ? c->precision : 0) + 400;
    digits = zest_jinja_alloc(j, room, 1);
    if (!digits)
        return;
    char letter = c->letter == 'i' || c->letter == 'u' ? 'd' : c->letter;
    int width = c->width > 0 ? c->width : 0;
    if (is_real) {
        snprintf(format, sizeof format, "%%%s*.*%c", c->flags, letter);
        size = snprintf(digits, room, format, width, c->precision >= 0 ? c->precision : 6, zest_jinja_real(value));
    } else {
        long long number = value.kind == JINJA_INT     ? (long long)value.integer
                           : value.kind == JINJA_FLOAT ? (long long)value.real
                                                       : value.truth;
        bool negative = letter != 'd' && number < 0; /* Python writes -ff, C the two's complement */
        snprintf(format, sizeof format, "%s%%%s*.*ll%c", negative ? "-" : "", c->flags, letter);
        size = snprintf(digits, room, format, width, c->precision, negative ? -number : number);
    }
    zest_jinja_write(j, output, digits, (size_t)size);
}

static void write_character(struct jinja *j, struct jinja_output *output, const struct conversion *c,
                            struct jinja_value value)
{
    char bytes[4];
    if (value.kind == JINJA_STRING && zest_jinja_characters(value.text) == 1) {
        write_padded(j, output, c, value.text);
    } else if (value.kind == JINJA_INT && value.integer >= 0 && value.integer <= ZEST_CODE_POINT_MAX &&
               !(value.integer >= 0xD800 && value.integer < 0xE000)) {
        uint32_t size = zest_utf8_encode((uint32_t)value.integer, bytes);
        write_padded(j, output, c, (struct zest_text){bytes, size});
    } else {
        zest_jinja_fail(j, "%%c requires int or char");
    }
}

static void write_conversion(struct jinja *j, struct jinja_output *output, const struct conversion *c,
                             struct jinja_value value)
{
    if (c->letter == 's' || c->letter == 'r' || c->letter == 'a')
        write_text(j, output, c, value);
    else if (c->letter == 'c')
        write_character(j, output, c, value);
    else if (c->letter && strchr("diuoxXfFeEgG", c->letter))
        write_number(j, output, c, value);
    else
        zest_jinja_fail(j, "unsupported format character '%c'", c->letter);
}

/* The next value: the tuple's next, or the one value itself, or the dict's by key. */
static struct jinja_value next_value(struct jinja *j, const struct conversion *c, struct jinja_value values,
                                     size_t *next)
{
    if (c->key.data) {
        if (values.kind != JINJA_DICT)
            return zest_jinja_fail(j, "format requires a mapping");
        const struct jinja_value *found = zest_jinja_dict_get(j, values.dict, c->key);
        return found ? *found
                     : zest_jinja_fail(j, "the format names the missing key '%.*s'", (int)c->key.size, c->key.data);
    }
    size_t count = values.kind == JINJA_TUPLE ? values.list->count : 1;
    if (*next >= count)
        return zest_jinja_fail(j, "not enough arguments for format string");
    struct jinja_value value = values.kind == JINJA_TUPLE ? values.list->items[*next] : values;
    (*next)++;
    return value;
}

struct jinja_value zest_jinja_percent(struct jinja *j, struct zest_text text, struct jinja_value value)
{
    struct jinja_output output = {0};
    size_t next = 0;
    for (size_t at = 0; at < text.size && !j->failed;) {
        const char *sign = memchr(text.data + at, '%', text.size - at);
        size_t plain = sign ? (size_t)(sign - text.data) : text.size;
        zest_jinja_write(j, &output, text.data + at, plain - at);
        at = plain + 1;
        if (!sign)
            break;
        struct conversion c;
        at = read_conversion(text, at, &c);
        if (at == 0)
            return zest_jinja_fail(j, "incomplete format");
        if (c.letter == '%')
            zest_jinja_write(j, &output, "%", 1);
        else
            write_conversion(j, &output, &c, next_value(j, &c, value, &next));
    }
    if (value.kind == JINJA_TUPLE
            ? next < value.list->count
            : next == 0 && value.kind != JINJA_DICT && value.kind != JINJA_LIST && value.kind != JINJA_UNDEFINED)
        return zest_jinja_fail(j, "not all arguments converted during string formatting");
    return zest_jinja_string(zest_jinja_output_text(&output));
}
