/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_number_read.c - texts as numbers, as Python's int() and float() read them.
 */
#include "jinja_text.h"

#include "unicode_class.h"

#include <math.h>
#include <stdlib.h>

#define DIGITS_MAX 4300 /* of an integer, as Python's default limit */

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

/* ---- integers ---- */

/* The decimal digits of a number of another base, by long multiplication; quadratic, which DIGITS_MAX bounds. */
static struct jinja_value read_big(struct jinja *j, struct zest_text digits, int base, bool is_negative)
{
    size_t room = digits.size * 2 + 2, size = 1;
    char *decimal = zest_jinja_spend(j, digits.size * digits.size / 64) ? zest_jinja_alloc(j, room, 1) : NULL;
    if (!decimal)
        return zest_jinja_missing();
    decimal[0] = 0; /* the last digit first */
    for (size_t i = 0; i < digits.size; i++) {
        int carry = digit_value(digits.data[i]);
        for (size_t k = 0; k < size; k++) {
            int sum = decimal[k] * base + carry;
            decimal[k] = (char)(sum % 10);
            carry = sum / 10;
        }
        for (; carry > 0 && size < room - 1; carry /= 10)
            decimal[size++] = (char)(carry % 10);
    }
    char *text = zest_jinja_alloc(j, size + 2, 1);
    if (!text)
        return zest_jinja_missing();
    for (size_t i = 0; i < size; i++)
        text[is_negative + i] = (char)('0' + decimal[size - 1 - i]);
    if (is_negative)
        text[0] = '-';
    return (struct jinja_value){.kind = JINJA_BIG, .text = {text, size + is_negative}};
}

struct jinja_value zest_jinja_read_integer(struct jinja *j, struct zest_text digits, int base, bool is_negative)
{
    uint64_t value = 0;
    bool is_over = false;
    while (digits.size > 1 && digits.data[0] == '0')
        digits = (struct zest_text){digits.data + 1, digits.size - 1};
    for (size_t i = 0; i < digits.size && !is_over; i++)
        is_over = __builtin_mul_overflow(value, (uint64_t)base, &value) ||
                  __builtin_add_overflow(value, (uint64_t)digit_value(digits.data[i]), &value);
    if (!is_over && value <= (uint64_t)INT64_MAX + is_negative)
        return zest_jinja_int(is_negative ? (int64_t)(0 - value) : (int64_t)value);
    if (digits.size > DIGITS_MAX) {
        j->status = ZEST_TOO_LARGE;
        return zest_jinja_fail(j, "an integer has %zu digits, %d are possible", digits.size, DIGITS_MAX);
    }
    return read_big(j, digits, base, is_negative);
}

/* Text without white space round it and with ASCII digits for those of other scripts; data NULL: none is left, or one
 * of its characters is in no number. */
static struct zest_text plain_text(struct jinja *j, struct zest_text text)
{
    text = zest_jinja_strip(text, JINJA_BOTH, (struct zest_text){NULL, 0});
    char *out = text.size > 0 ? zest_jinja_alloc(j, text.size + 1, 1) : NULL;
    size_t size = 0;
    for (size_t at = 0; out && at < text.size;) {
        uint32_t length, code_point = zest_utf8_decode((const unsigned char *)text.data + at, &length), zero;
        at += length;
        if (code_point < 0x80) {
            out[size++] = (char)code_point;
            continue;
        }
        if (!zest_jinja_is_decimal(code_point))
            return (struct zest_text){NULL, 0};
        zero = code_point; /* ten digits stand in a row; of the mathematical ones, five times ten do */
        while (zest_jinja_is_decimal(zero - 1) && code_point - zero < 9 &&
               !(zero >= 0x1D7CE && zero <= 0x1D7FF && (zero - 0x1D7CE) % 10 == 0))
            zero--;
        out[size++] = (char)('0' + (code_point - zero));
    }
    if (out)
        out[size] = 0;
    return (struct zest_text){out, size};
}

/* Takes single underscores out that stand between digits (or behind a base's mark); false where others are there. */
static bool drop_marks(char *data, size_t *size, int base, bool after_prefix)
{
    size_t kept = 0;
    for (size_t i = 0; i < *size; i++) {
        if (data[i] != '_') {
            data[kept++] = data[i];
            continue;
        }
        bool has_left = i > 0 ? digit_value(data[i - 1]) < base : after_prefix;
        bool has_right = i + 1 < *size && digit_value(data[i + 1]) < base;
        if (!has_left || !has_right)
            return false;
    }
    data[kept] = 0;
    *size = kept;
    return true;
}

struct jinja_value zest_jinja_int_of_text(struct jinja *j, struct zest_text text, int64_t base)
{
    struct zest_text plain = plain_text(j, text);
    if (!plain.data || (base != 0 && (base < 2 || base > 36)))
        return zest_jinja_missing();
    char *data = (char *)plain.data;
    size_t size = plain.size;
    bool is_negative = data[0] == '-', has_sign = is_negative || data[0] == '+';
    data += has_sign;
    size -= has_sign;
    char mark = size > 1 && data[0] == '0' ? data[1] | 32 : 0;
    int marked = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 0;
    bool has_prefix = marked && (base == 0 || base == marked);
    bool leads_with_zero = base == 0 && !has_prefix && size > 1 && data[0] == '0';
    base = has_prefix ? marked : base == 0 ? 10 : base;
    data += has_prefix ? 2 : 0;
    size -= has_prefix ? 2 : 0;
    if (!drop_marks(data, &size, (int)base, has_prefix) || size == 0)
        return zest_jinja_missing();
    for (size_t i = 0; i < size; i++)
        if (digit_value(data[i]) >= base || (leads_with_zero && data[i] != '0'))
            return zest_jinja_missing();
    if (size > DIGITS_MAX && (base & (base - 1)) != 0)
        return zest_jinja_missing(); /* Python has a limit here, too */
    return zest_jinja_read_integer(j, (struct zest_text){data, size}, (int)base, is_negative);
}

struct jinja_value zest_jinja_int_of_real(struct jinja *j, double real)
{
    if (isnan(real))
        return zest_jinja_fail(j, "cannot convert float NaN to integer");
    if (isinf(real))
        return zest_jinja_fail(j, "cannot convert float infinity to integer");
    if (real >= -0x1p63 && real < 0x1p63)
        return zest_jinja_int((int64_t)real);
    struct zest_text text = zest_text_format(j->arena, "%.0f", trunc(real)); /* exact */
    return (struct jinja_value){.kind = JINJA_BIG, .text = text};
}

/* ---- reals ---- */

static bool is_word(const char *text, const char *word)
{
    size_t i = 0;
    while (text[i] && word[i] && (text[i] | 32) == word[i])
        i++;
    return !text[i] && !word[i];
}

/* Digits, a point among them, an exponent: nothing else, as strtod would take. */
static bool is_decimal_real(const char *at)
{
    size_t digits = 0;
    for (; (*at >= '0' && *at <= '9') || *at == '.'; at++) {
        digits += *at != '.';
        if (*at == '.' && strchr(at + 1, '.'))
            return false;
    }
    if (digits == 0)
        return false;
    if ((*at | 32) != 'e')
        return !*at;
    at += 1 + (at[1] == '+' || at[1] == '-');
    const char *exponent = at;
    while (*at >= '0' && *at <= '9')
        at++;
    return !*at && at > exponent;
}

struct jinja_value zest_jinja_float_of_text(struct jinja *j, struct zest_text text)
{
    struct zest_text plain = plain_text(j, text);
    size_t size = plain.size;
    if (!plain.data || memchr(plain.data, 0, size) || !drop_marks((char *)plain.data, &size, 10, false))
        return zest_jinja_missing();
    const char *data = plain.data + (plain.data[0] == '-' || plain.data[0] == '+');
    bool is_negative = plain.data[0] == '-';
    if (is_word(data, "inf") || is_word(data, "infinity"))
        return zest_jinja_float(is_negative ? -INFINITY : INFINITY);
    if (is_word(data, "nan"))
        return zest_jinja_float(NAN);
    if (!is_decimal_real(data))
        return zest_jinja_missing();
    double real = strtod(data, NULL);
    return zest_jinja_float(is_negative ? -real : real);
}
