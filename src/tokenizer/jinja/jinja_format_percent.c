/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_format_percent.c - Python's printf-like formatting: {{ "%s has %d" % (name, count) }}.
 */
#include "jinja_number_format.h"
#include "jinja_text.h"

#include "unicode_class.h"

#include <math.h>

/* One rendering of a format. */
struct formatting {
    struct jinja *j;
    struct jinja_output output;
    struct zest_text text;
    size_t at;
    struct jinja_value values; /* the tuple, or the one value */
    size_t next;
    bool is_markup;
};

struct conversion {
    bool left, plus, blank, alternate, zero;
    int64_t width, precision; /* precision -1: not given */
    uint32_t letter;
    bool has_value;
    struct jinja_value value; /* what %(key)s names */
};

static char peek(const struct formatting *f)
{
    return f->at < f->text.size ? f->text.data[f->at] : 0;
}

/* The next value: the tuple's next, or the one value itself. */
static struct jinja_value next_value(struct formatting *f)
{
    bool is_tuple = f->values.kind == JINJA_TUPLE;
    size_t count = is_tuple ? f->values.list->count : 1;
    if (f->next >= count)
        return zest_jinja_fail(f->j, "not enough arguments for format string");
    f->next++;
    return is_tuple ? f->values.list->items[f->next - 1] : f->values;
}

/* What Python takes for a mapping: it may go unused, and is asked for keys. */
static bool is_mapping(struct jinja_value value)
{
    return value.kind == JINJA_DICT || value.kind == JINJA_LIST || value.kind == JINJA_RANGE ||
           value.kind == JINJA_UNDEFINED;
}

/* ---- reading a conversion ---- */

/* "(key)": brackets inside must match. */
static struct jinja_value read_key(struct formatting *f)
{
    size_t from = ++f->at, depth = 1;
    for (; f->at < f->text.size; f->at++) {
        depth += f->text.data[f->at] == '(';
        depth -= f->text.data[f->at] == ')';
        if (depth == 0)
            break;
    }
    struct zest_text key = {f->text.data + from, f->at - from};
    if (!is_mapping(f->values))
        return zest_jinja_fail(f->j, "format requires a mapping");
    if (depth > 0)
        return zest_jinja_fail(f->j, "incomplete format key");
    f->at++;
    if (f->values.kind == JINJA_UNDEFINED)
        return zest_jinja_fail_undefined(f->j, f->values);
    const struct jinja_value *found =
        f->values.kind == JINJA_DICT ? zest_jinja_dict_get(f->j, f->values.dict, key) : NULL;
    return found
               ? *found
               : zest_jinja_fail(f->j, "the format names '%.*s', which is not there", (int)(key.size & 127), key.data);
}

/* Digits, or "*" for the next value; -1 where there is neither. */
static int64_t read_count(struct formatting *f)
{
    int64_t count = -1;
    if (peek(f) == '*') {
        struct jinja_value value = next_value(f);
        f->at++;
        if (!zest_jinja_is_integer(value, &count))
            zest_jinja_fail(f->j, "* wants int");
        return count;
    }
    for (; peek(f) >= '0' && peek(f) <= '9'; f->at++) {
        count = (count < 0 ? 0 : count) * 10 + (peek(f) - '0');
        if (count > INT32_MAX)
            zest_jinja_fail(f->j, "width too big");
        if (f->j->failed)
            break;
    }
    return count;
}

static void read_flags(struct formatting *f, struct conversion *c)
{
    for (;; f->at++) {
        switch (peek(f)) {
        case '-':
            c->left = true;
            break;
        case '+':
            c->plus = true;
            break;
        case ' ':
            c->blank = true;
            break;
        case '#':
            c->alternate = true;
            break;
        case '0':
            c->zero = true;
            break;
        default:
            return;
        }
    }
}

/* Behind the "%". */
static void read_conversion(struct formatting *f, struct conversion *c)
{
    uint32_t length;
    *c = (struct conversion){.precision = -1};
    if (peek(f) == '(') {
        c->value = read_key(f);
        c->has_value = true;
    }
    read_flags(f, c);
    bool is_star = peek(f) == '*';
    c->width = read_count(f);
    if (is_star && c->width < 0) {
        c->left = true;
        c->width = c->width == INT64_MIN ? INT64_MAX : -c->width;
    }
    if (peek(f) == '.') {
        f->at++;
        c->precision = read_count(f);
        c->precision = c->precision < 0 ? 0 : c->precision;
    }
    if (peek(f) == 'h' || peek(f) == 'l' || peek(f) == 'L')
        f->at++;
    if (f->at >= f->text.size) {
        zest_jinja_fail(f->j, "incomplete format");
        return;
    }
    c->letter = zest_utf8_decode((const unsigned char *)f->text.data + f->at, &length);
    f->at += length;
}

/* ---- writing ---- */

static void write_blanks(struct formatting *f, int64_t count)
{
    zest_jinja_write_text(f->j, &f->output, zest_jinja_repeat(f->j, ZEST_TEXT(" "), count));
}

static void write_padded(struct formatting *f, const struct conversion *c, struct zest_text text)
{
    int64_t missing = c->width - (int64_t)zest_jinja_code_points(text);
    if (!c->left)
        write_blanks(f, missing);
    zest_jinja_write_text(f->j, &f->output, text);
    if (c->left)
        write_blanks(f, missing);
}

/* Sign and prefix stand before zeros, behind blanks. */
static void write_digits(struct formatting *f, const struct conversion *c, const struct jinja_digits *number,
                         bool has_prefix)
{
    const char *sign = number->is_negative ? "-" : c->plus ? "+" : c->blank ? " " : "";
    const char *prefix = has_prefix ? number->prefix : "";
    int64_t missing = c->width - (int64_t)(number->digits.size + strlen(sign) + strlen(prefix));
    if (!c->left && !c->zero)
        write_blanks(f, missing);
    zest_jinja_write(f->j, &f->output, sign, strlen(sign));
    zest_jinja_write(f->j, &f->output, prefix, strlen(prefix));
    if (!c->left && c->zero)
        zest_jinja_write_text(f->j, &f->output, zest_jinja_repeat(f->j, ZEST_TEXT("0"), missing));
    zest_jinja_write_text(f->j, &f->output, number->digits);
    if (c->left)
        write_blanks(f, missing);
}

static void write_text(struct formatting *f, const struct conversion *c, struct jinja_value value)
{
    struct jinja_output repr = {0};
    struct jinja_value text;
    if (c->letter == 's') {
        text = zest_jinja_string(zest_jinja_text(f->j, f->is_markup ? zest_jinja_escape(f->j, value) : value));
    } else {
        if (c->letter == 'a')
            zest_jinja_write_ascii(f->j, &repr, value);
        else
            zest_jinja_write_repr(f->j, &repr, value);
        text = zest_jinja_string(zest_jinja_output_text(&repr));
        if (f->is_markup)
            text.text = zest_jinja_escape_text(f->j, text.text);
    }
    if (c->precision >= 0)
        text = zest_jinja_part(text, 0, (size_t)c->precision);
    write_padded(f, c, text.text);
}

static void write_integer(struct formatting *f, const struct conversion *c, struct jinja_value value)
{
    int base = c->letter == 'o' ? 8 : c->letter == 'x' || c->letter == 'X' ? 16 : 10;
    if (base == 10 && value.kind == JINJA_FLOAT)
        value = zest_jinja_int_of_real(f->j, value.real);
    if (value.kind == JINJA_FLOAT || (!zest_jinja_is_number(value) && value.kind != JINJA_BIG)) {
        zest_jinja_fail(f->j, "%%%c format: %s is required, not %s", (char)c->letter,
                        base == 10 ? "a real number" : "an integer", zest_jinja_type(value));
        return;
    }
    struct jinja_digits number = zest_jinja_integer_digits(f->j, value, base, c->letter == 'X', c->precision);
    write_digits(f, c, &number, c->alternate);
}

static void write_real(struct formatting *f, const struct conversion *c, struct jinja_value value)
{
    if (value.kind == JINJA_UNDEFINED) {
        zest_jinja_fail_undefined(f->j, value);
        return;
    }
    if (value.kind == JINJA_BIG)
        value = zest_jinja_float_of_text(f->j, value.text);
    if (!zest_jinja_is_number(value)) {
        zest_jinja_fail(f->j, "must be real number, not %s", zest_jinja_type(value));
        return;
    }
    struct jinja_digits number = zest_jinja_real_digits(f->j, zest_jinja_real(value), (char)c->letter,
                                                        c->precision < 0 ? 6 : c->precision, c->alternate);
    write_digits(f, c, &number, false);
}

static void write_character(struct formatting *f, const struct conversion *c, struct jinja_value value)
{
    char *bytes = zest_jinja_alloc(f->j, 4, 1);
    int64_t code_point;
    if (value.kind == JINJA_STRING && !f->is_markup && zest_jinja_characters(value) == 1) {
        write_padded(f, c, value.text);
    } else if (bytes && zest_jinja_is_integer(value, &code_point) && code_point >= 0 &&
               code_point <= ZEST_CODE_POINT_MAX && !(code_point >= 0xD800 && code_point < 0xE000)) {
        write_padded(f, c, (struct zest_text){bytes, zest_utf8_encode((uint32_t)code_point, bytes)});
    } else {
        zest_jinja_fail(f->j, "%%c requires int or char");
    }
}

static void write_conversion(struct formatting *f, const struct conversion *c)
{
    struct jinja_value value;
    if (c->letter == '%' || f->j->failed) {
        zest_jinja_write(f->j, &f->output, "%", 1);
        return;
    }
    value = c->has_value ? c->value : next_value(f);
    if (f->j->failed)
        return;
    if (c->letter == 's' || c->letter == 'r' || c->letter == 'a')
        write_text(f, c, value);
    else if (c->letter == 'c')
        write_character(f, c, value);
    else if (c->letter && c->letter < 0x80 && strchr("diuoxX", (int)c->letter))
        write_integer(f, c, value);
    else if (c->letter && c->letter < 0x80 && strchr("fFeEgG", (int)c->letter))
        write_real(f, c, value);
    else
        zest_jinja_fail(f->j, "unsupported format character (0x%x)", c->letter);
}

struct jinja_value zest_jinja_percent(struct jinja *j, struct jinja_value text, struct jinja_value value)
{
    struct formatting f = {.j = j, .text = text.text, .values = value, .is_markup = text.flags & JINJA_MARKUP};
    while (f.at < f.text.size && zest_jinja_spend(j, 1)) {
        const char *sign = memchr(f.text.data + f.at, '%', f.text.size - f.at);
        size_t plain = sign ? (size_t)(sign - f.text.data) : f.text.size;
        zest_jinja_write(j, &f.output, f.text.data + f.at, plain - f.at);
        f.at = plain + 1;
        struct conversion c;
        if (!sign)
            break;
        read_conversion(&f, &c);
        write_conversion(&f, &c);
        if (c.has_value && value.kind != JINJA_TUPLE)
            f.next = 1; /* what a key named is used up; nothing comes behind it */
    }
    size_t count = value.kind == JINJA_TUPLE ? value.list->count : is_mapping(value) ? 0 : 1;
    if (f.next < count)
        return zest_jinja_fail(j, "not all arguments converted during string formatting");
    return zest_jinja_string_like(text, zest_jinja_output_text(&f.output));
}
