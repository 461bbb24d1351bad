/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_number.c - decimal numbers to doubles and back, exactly.
 *
 * Reading: a mantissa below 2^53 and a power of ten up to 10^22 are both exact doubles, so one multiplication or
 * division rounds once and is right (Clinger 1990, "How to read floating point numbers accurately", section 4); the
 * C library reads everything else.
 * Writing: candidates of more and more digits are tried, floats' by the same arithmetic, doubles' in 128 bits, and the
 * first that reads back the same is taken; very small and very large numbers are left to the C library.
 */
#include <assert.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "json_scan.h"

static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
enum { POWER_MAX = 22 };

bool zest_json_exact(uint64_t mantissa, int exponent, double *ret_value)
{
    if (mantissa > (uint64_t)1 << 53 || exponent < -POWER_MAX || exponent > POWER_MAX)
        return false;
    *ret_value = exponent < 0 ? (double)mantissa / powers[-exponent] : (double)mantissa * powers[exponent];
    return true;
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

/* The C library wants a terminator and its locale's point. `token` is a number by JSON's grammar. */
static double by_library(struct zest_text token, bool as_float)
{
    char room[256], *copy = token.size < sizeof(room) - 8 ? room : malloc(token.size + 9);
    const char *point = localeconv()->decimal_point, *dot = memchr(token.data, '.', token.size);
    if (!copy)
        return NAN;
    size_t head = dot ? (size_t)(dot - token.data) : token.size, point_size = dot ? strnlen(point, 8) : 0;
    memcpy(copy, token.data, head);
    memcpy(copy + head, point, point_size);
    if (dot)
        memcpy(copy + head + point_size, dot + 1, token.size - head - 1);
    copy[token.size + point_size - (dot ? 1 : 0)] = '\0';
    double value = as_float ? (double)strtof(copy, NULL) : strtod(copy, NULL);
    if (copy != room)
        free(copy);
    return value;
}

struct digits {
    uint64_t mantissa; /* the first 19 significant digits */
    int count;         /* of them */
    bool is_cut;       /* there were more */
};

/* Takes digits at `at`, returns the first character that is none. */
static const char *take_digits(const char *at, const char *end, struct digits *d)
{
    for (; at < end && *at >= '0' && *at <= '9'; at++) {
        if (d->count == 19) {
            d->is_cut = true;
        } else {
            d->mantissa = d->mantissa * 10 + (uint64_t)(*at - '0');
            d->count += d->mantissa != 0;
        }
    }
    return at;
}

/* s->at is at 'e'. The exponent is clamped far outside of what doubles have. */
static enum zest_status take_exponent(struct zest_json_scan *s, int *ret_exponent)
{
    bool is_negative = false;
    int value = 0;
    s->at++;
    if (zest_json_peek(s) == '+' || zest_json_peek(s) == '-')
        is_negative = *s->at++ == '-';
    const char *start = s->at;
    for (; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++)
        value = value < 100000 ? value * 10 + (*s->at - '0') : value;
    if (s->at == start)
        return zest_json_syntax(s, "a digit");
    *ret_exponent = is_negative ? -value : value;
    return ZEST_OK;
}

static enum zest_status take_fraction(struct zest_json_scan *s, struct digits *d, int *ret_digits)
{
    const char *start = ++s->at;
    s->at = take_digits(start, s->end, d);
    if (s->at == start)
        return zest_json_syntax(s, "a digit");
    *ret_digits = s->at - start < 100000 ? (int)(s->at - start) : 100000;
    return ZEST_OK;
}

/* Twenty digits may still fit: 18446744073709551615 has so many. */
static bool whole_magnitude(const char *at, const char *end, uint64_t *ret_magnitude)
{
    uint64_t value = 0;
    for (; at < end; at++)
        if (__builtin_mul_overflow(value, 10u, &value) || __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value))
            return false;
    *ret_magnitude = value;
    return true;
}

enum zest_status zest_json_number(struct zest_json_scan *s, struct zest_json_number *ret_number)
{
    struct zest_json_number n = {.token = {s->at, 0}};
    struct digits d = {0};
    int fraction = 0, exponent = 0;
    enum zest_status status = ZEST_OK;
    if (zest_json_peek(s) == '-') {
        n.is_negative = true;
        s->at++;
    }
    const char *first = s->at;
    s->at = take_digits(first, s->end, &d);
    if (s->at == first)
        return zest_json_syntax(s, n.is_negative ? "a digit" : "a value");
    if (*first == '0' && s->at - first > 1) {
        s->at = first + 1;
        return zest_json_syntax(s, "no digit behind a leading 0");
    }
    n.is_integer = d.is_cut ? whole_magnitude(first, s->at, &n.magnitude) : (n.magnitude = d.mantissa, true);
    if (zest_json_peek(s) == '.') {
        n.is_integer = false;
        status = take_fraction(s, &d, &fraction);
    }
    if (status == ZEST_OK && (zest_json_peek(s) | 0x20) == 'e') {
        n.is_integer = false;
        status = take_exponent(s, &exponent);
    }
    if (status != ZEST_OK)
        return status;
    n.token.size = (size_t)(s->at - n.token.data);
    if (!d.is_cut && zest_json_exact(d.mantissa, exponent - fraction, &n.value))
        n.value = n.is_negative ? -n.value : n.value;
    else
        n.value = by_library(n.token, false);
    *ret_number = n;
    return ZEST_OK;
}

/* A double halfway between two floats may be so by its own rounding only; then the text must decide. */
static bool is_halfway(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, 8);
    return (bits & 0x1FFFFFFF) == 0x10000000 || fabs(value) < 1.2e-38;
}

float zest_json_to_float(const struct zest_json_number *number)
{
    if (is_halfway(number->value) && number->value != 0)
        return (float)by_library(number->token, true);
    return (float)number->value;
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

static size_t put_unsigned(uint64_t value, char *out)
{
    char reversed[20];
    size_t size = 0;
    do {
        reversed[size++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    for (size_t i = 0; i < size; i++)
        out[i] = reversed[size - 1 - i];
    return size;
}

/*
 * digits * 10^exponent in plain notation: 1234 * 10^-2 is 12.34. The exponent lies between -22 and 0, the digits are at
 * most 17, so that the whole fits ZEST_JSON_NUMBER_MAX. A point is always there: readers see that it is no integer.
 */
static size_t put_plain(uint64_t digits, int exponent, char *out)
{
    assert(exponent <= 0 && exponent >= -POWER_MAX && digits < (uint64_t)1000000000000000000);
    while (exponent < -1 && digits % 10 == 0) {
        digits /= 10;
        exponent++;
    }
    char text[20];
    size_t size = put_unsigned(digits, text), after = (size_t)-exponent, at = 0;
    if (exponent == 0) {
        memcpy(out, text, size);
        memcpy(out + size, ".0", 2);
        return size + 2;
    }
    size_t before = size > after ? size - after : 0;
    if (before == 0)
        out[at++] = '0';
    memcpy(out + at, text, before);
    at += before;
    out[at++] = '.';
    for (size_t zeros = after - (size - before); zeros > 0; zeros--)
        out[at++] = '0';
    memcpy(out + at, text + before, size - before);
    return at + size - before;
}

/* The power of ten of the first digit: 123 -> 2, 0.05 -> -2. `value` lies between 1e-5 and 1e15. */
static int leading_power(double value)
{
    int power = 0;
    if (value >= 1) {
        while (power < 15 && value >= powers[power + 1])
            power++;
        return power;
    }
    while (power > -6 && value * powers[-power] < 1)
        power--;
    return power;
}

/* Tries `count` significant digits of a float; the size, or 0 where they read back as another number. */
static size_t try_digits(double value, int count, int power, char *out)
{
    double back, scale = powers[count - 1 - power];
    uint64_t digits = (uint64_t)(value * scale + 0.5);
    if (!zest_json_exact(digits, power + 1 - count, &back) || is_halfway(back) || (float)back != (float)value)
        return 0;
    return put_plain(digits, power + 1 - count, out);
}

/*
 * As try_digits, of doubles with a fraction, for more digits than 53 bits hold: value * 10^k is m * 10^k / 2^shift with
 * whole numbers that fit 128 bits (m < 2^53, k <= 22, shift <= 70), so digits and what they miss are exact. Digits that
 * miss the value by less than half the distance to its neighbours read back the same.
 */
static size_t try_exact_digits(double value, int count, int power, char *out)
{
    typedef unsigned __int128 wide;
    int exponent, k = count - 1 - power;
    uint64_t m = (uint64_t)ldexp(frexp(value, &exponent), 53);
    int shift = 53 - exponent;
    assert(k >= 0 && k <= POWER_MAX && shift > 0 && shift <= 70);
    wide ten_to_k = (wide)(uint64_t)powers[k < 19 ? k : 19] * (uint64_t)powers[k < 19 ? 0 : k - 19];
    wide scaled = m * ten_to_k, digits = (scaled + ((wide)1 << (shift - 1))) >> shift, written = digits << shift;
    wide miss = scaled > written ? scaled - written : written - scaled;
    bool is_power_of_two = m == (uint64_t)1 << 52; /* the neighbour below is nearer */
    if (miss * (is_power_of_two ? 4 : 2) >= ten_to_k)
        return 0;
    return put_plain((uint64_t)digits, -k, out);
}

/* The C library's %g with a point as JSON wants it. */
static size_t library_digits(double value, int count, char *out)
{
    int size = snprintf(out, ZEST_JSON_NUMBER_MAX, "%.*g", count, value);
    bool has_point = false;
    for (int i = 0; i < size; i++) {
        if (out[i] != '-' && out[i] != '+' && out[i] != 'e' && (out[i] < '0' || out[i] > '9'))
            out[i] = '.';
        has_point |= out[i] == '.' || out[i] == 'e';
    }
    if (!has_point) {
        memcpy(out + size, ".0", 2);
        size += 2;
    }
    return (size_t)size;
}

static size_t by_trial(double value, bool is_float, char *out)
{
    size_t size = 0;
    for (int count = is_float ? 6 : 15; count < (is_float ? 9 : 17); count++) {
        size = library_digits(value, count, out);
        double back = by_library((struct zest_text){out, size}, is_float);
        if (back == value)
            return size;
    }
    return library_digits(value, is_float ? 9 : 17, out);
}

static size_t format(double value, bool is_float, char *out)
{
    size_t sign = signbit(value) ? 1 : 0, size;
    double magnitude = fabs(value);
    assert(isfinite(value));
    if (sign)
        *out++ = '-';
    if (magnitude == 0) {
        memcpy(out, "0.0", 3);
        return 3 + sign;
    }
    if (magnitude < 1e-5 || magnitude >= 1e15)
        return by_trial(magnitude, is_float, out) + sign;
    int power = leading_power(magnitude), least = is_float ? 6 : 15, most = is_float ? 9 : 17;
    if (power < 15 && magnitude == (double)(uint64_t)magnitude)
        return put_plain((uint64_t)magnitude, 0, out) + sign;
    for (int count = least > power + 1 ? least : power + 2; count <= most; count++) {
        size = is_float ? try_digits(magnitude, count, power, out) : try_exact_digits(magnitude, count, power, out);
        if (size > 0)
            return size + sign;
    }
    return by_trial(magnitude, is_float, out) + sign;
}

size_t zest_json_format_double(double number, char *out)
{
    return format(number, false, out);
}

size_t zest_json_format_float(float number, char *out)
{
    return format((double)number, true, out);
}
