/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_number_format.c - the digits of numbers, for both ways of formatting that Python's str has.
 */
#include "jinja_number_format.h"

#include "jinja_text.h"

#include <math.h>
#include <stdio.h>

#define PRECISION_MAX 100000

static struct zest_text magnitude_digits(struct jinja *j, uint64_t magnitude, int base, bool upper)
{
    char *out = zest_jinja_alloc(j, 64, 1), *at = out + 64;
    if (!out)
        return ZEST_TEXT("");
    do
        *--at = (upper ? "0123456789ABCDEF" : "0123456789abcdef")[magnitude % (unsigned)base];
    while ((magnitude /= (unsigned)base) > 0);
    return (struct zest_text){at, (size_t)(out + 64 - at)};
}

struct jinja_digits zest_jinja_integer_digits(struct jinja *j, struct jinja_value integer, int base, bool upper,
                                              int64_t least)
{
    int64_t value = 0;
    struct jinja_digits result = {.prefix = base == 16  ? upper ? "0X" : "0x"
                                            : base == 8 ? "0o"
                                            : base == 2 ? "0b"
                                                        : ""};
    if (zest_jinja_is_integer(integer, &value)) {
        result.is_negative = value < 0;
        result.digits = magnitude_digits(j, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, base, upper);
    } else {
        if (base != 10)
            zest_jinja_fail_big(j);
        result.is_negative = integer.text.data[0] == '-';
        result.digits =
            (struct zest_text){integer.text.data + result.is_negative, integer.text.size - result.is_negative};
    }
    int64_t missing = least - (int64_t)result.digits.size;
    if (missing > 0)
        result.digits = zest_jinja_join_texts(j, zest_jinja_repeat(j, ZEST_TEXT("0"), missing), result.digits);
    return result;
}

struct jinja_digits zest_jinja_real_digits(struct jinja *j, double real, char letter, int64_t precision, bool alternate)
{
    char format[] = "%#.*f";
    struct jinja_digits result = {.prefix = "", .is_negative = signbit(real) && !isnan(real)};
    bool upper = letter == 'E' || letter == 'F' || letter == 'G';
    if (!isfinite(real)) {
        result.digits = isnan(real) ? upper ? ZEST_TEXT("NAN") : ZEST_TEXT("nan")
                        : upper ? ZEST_TEXT("INF")
                                    : ZEST_TEXT("inf");
        return result;
    }
    if (precision > PRECISION_MAX) {
        zest_jinja_fail(j, "a precision of %lld is too large, %d is possible", (long long)precision, PRECISION_MAX);
        return result;
    }
    size_t room = (size_t)precision + 330;
    char *out = zest_jinja_spend(j, room / 16) ? zest_jinja_alloc(j, room, 1) : NULL;
    if (!out)
        return result;
    format[4] = letter;
    if (!alternate)
        memmove(format + 1, format + 2, sizeof format - 2);
    int size = snprintf(out, room, format, (int)precision, fabs(real));
    result.digits = (struct zest_text){out, (size_t)size};
    return result;
}
