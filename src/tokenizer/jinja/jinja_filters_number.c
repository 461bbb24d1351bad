/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_filters_number.c - filters that read, round and print numbers. jinja_filters.c lists them.
 */
#include "jinja_filters.h"

#include "jinja_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* float(value); JINJA_MISSING where Python raises a TypeError or ValueError. */
static struct jinja_value to_float(struct jinja *j, struct jinja_value value)
{
    if (value.kind == JINJA_UNDEFINED)
        return zest_jinja_fail_undefined(j, value);
    if (zest_jinja_is_number(value))
        return zest_jinja_float(zest_jinja_real(value));
    if (value.kind == JINJA_BIG || value.kind == JINJA_STRING)
        return zest_jinja_float_of_text(j, value.text);
    return zest_jinja_missing();
}

FILTER(float)
{
    struct jinja_value real = to_float(j, self);
    if (real.kind != JINJA_MISSING)
        return real;
    return zest_jinja_given(args, 0) ? args->values[0] : zest_jinja_float(0);
}

/* int(value, base), else int(float(value)), else the default; what is infinite fails where Python overflows. */
FILTER(int)
{
    struct jinja_value otherwise = zest_jinja_given(args, 0) ? args->values[0] : zest_jinja_int(0), integer;
    int64_t base = 10, whole;
    bool base_is_integer = !zest_jinja_given(args, 1) || zest_jinja_is_integer(args->values[1], &base);
    if (self.kind == JINJA_UNDEFINED)
        return zest_jinja_fail_undefined(j, self);
    if (zest_jinja_is_integer(self, &whole))
        return zest_jinja_int(whole);
    if (self.kind == JINJA_BIG)
        return self;
    if (self.kind == JINJA_FLOAT)
        return isnan(self.real) ? otherwise : zest_jinja_int_of_real(j, self.real);
    if (self.kind != JINJA_STRING)
        return otherwise;
    integer = base_is_integer ? zest_jinja_int_of_text(j, self.text, base) : zest_jinja_missing();
    if (integer.kind != JINJA_MISSING)
        return integer;
    struct jinja_value real = zest_jinja_float_of_text(j, self.text);
    return real.kind == JINJA_MISSING || !isfinite(real.real) ? otherwise : zest_jinja_int_of_real(j, real.real);
}

FILTER(abs)
{
    int64_t integer;
    (void)args;
    if (self.kind == JINJA_FLOAT)
        return zest_jinja_float(fabs(self.real));
    if (zest_jinja_is_integer(self, &integer))
        return integer < 0 ? zest_jinja_negate(j, zest_jinja_int(integer), true) : zest_jinja_int(integer);
    if (self.kind != JINJA_BIG)
        return zest_jinja_fail(j, "bad operand type for abs(): '%s'", zest_jinja_type(self));
    bool is_negative = self.text.data[0] == '-';
    self.text = (struct zest_text){self.text.data + is_negative, self.text.size - is_negative};
    return self;
}

/* ---- round ---- */

/* To tens, hundreds and so on: to even where it lies between two. */
static struct jinja_value round_integer(struct jinja *j, int64_t integer, int64_t precision)
{
    __int128 unit = 1, value = integer;
    if (precision >= 0)
        return zest_jinja_int(integer);
    for (int64_t i = precision; i < 0; i++) {
        unit *= 10;
        if (unit > (__int128)1 << 100)
            return zest_jinja_int(0);
    }
    __int128 rest = value % unit;
    rest += rest < 0 ? unit : 0;
    __int128 low = value - rest, quotient = low / unit;
    bool up = rest * 2 > unit || (rest * 2 == unit && quotient % 2 != 0);
    __int128 rounded = up ? low + unit : low;
    if (rounded > INT64_MAX || rounded < INT64_MIN)
        return zest_jinja_fail_big(j);
    return zest_jinja_int((int64_t)rounded);
}

/* By printing, which rounds the exact value once, to even. */
static struct jinja_value round_real(struct jinja *j, double real, int64_t precision)
{
    char digits[800];
    if (!isfinite(real) || precision > 323)
        return zest_jinja_float(real);
    if (precision < -308)
        return zest_jinja_float(0.0 * real);
    if (precision >= 0) {
        snprintf(digits, sizeof digits, "%.*f", (int)precision, real);
        return zest_jinja_float(strtod(digits, NULL));
    }
    double unit = pow(10, (double)-precision);
    snprintf(digits, sizeof digits, "%.40e", real); /* so many digits that it is not rounded up to the next power */
    int exponent = atoi(strchr(digits, 'e') + 1), kept = exponent + (int)precision; /* digits behind the first one */
    if (kept < -1 || (kept == -1 && fabs(real) <= unit / 2))
        return zest_jinja_float(copysign(0, real));
    if (kept == -1)
        return zest_jinja_float(copysign(unit, real));
    snprintf(digits, sizeof digits, "%.*e", kept, real);
    double rounded = strtod(digits, NULL);
    return isfinite(rounded) ? zest_jinja_float(rounded) : zest_jinja_fail(j, "rounded value too large to represent");
}

/* round(x, None) is an integer. */
static struct jinja_value round_whole(struct jinja *j, struct jinja_value self)
{
    int64_t integer;
    if (zest_jinja_is_integer(self, &integer))
        return zest_jinja_int(integer);
    if (self.kind == JINJA_BIG)
        return self;
    return zest_jinja_int_of_real(j, isfinite(self.real) ? round_real(j, self.real, 0).real : self.real);
}

/* func(value * 10 ** precision) / 10 ** precision */
static struct jinja_value round_to_side(struct jinja *j, struct jinja_value self, struct jinja_value precision,
                                        bool is_up)
{
    struct jinja_value power = zest_jinja_binary(j, JINJA_POWER, zest_jinja_int(10), precision);
    struct jinja_value scaled = zest_jinja_binary(j, JINJA_MULTIPLY, self, power);
    if (!j->failed && scaled.kind == JINJA_FLOAT)
        scaled = zest_jinja_int_of_real(j, is_up ? ceil(scaled.real) : floor(scaled.real));
    else if (!j->failed && !zest_jinja_is_number(scaled))
        return zest_jinja_fail(j, "must be real number, not %s", zest_jinja_type(scaled));
    return zest_jinja_binary(j, JINJA_DIVIDE, scaled, power);
}

FILTER(round)
{
    int64_t integer, precision = 0;
    struct jinja_value method = zest_jinja_given(args, 1) ? args->values[1] : zest_jinja_string(ZEST_TEXT("common"));
    struct jinja_value digits = zest_jinja_given(args, 0) ? args->values[0] : zest_jinja_int(0);
    bool up = zest_jinja_equal(j, method, zest_jinja_string(ZEST_TEXT("ceil"))),
         down = zest_jinja_equal(j, method, zest_jinja_string(ZEST_TEXT("floor")));
    if (!zest_jinja_is_hashable(j, method) ||
        (!up && !down && !zest_jinja_equal(j, method, zest_jinja_string(ZEST_TEXT("common")))))
        return zest_jinja_fail(j, "method must be common, ceil or floor");
    if (up || down)
        return round_to_side(j, self, digits, up);
    if (!zest_jinja_is_number(self) && self.kind != JINJA_BIG)
        return zest_jinja_fail(j, "type %s doesn't define __round__ method", zest_jinja_type(self));
    if (digits.kind == JINJA_NONE)
        return round_whole(j, self);
    if (!zest_jinja_is_integer(digits, &precision))
        return zest_jinja_fail(j, "'%s' object cannot be interpreted as an integer", zest_jinja_type(digits));
    if (self.kind == JINJA_BIG)
        return precision >= 0 ? self : zest_jinja_fail_big(j);
    return zest_jinja_is_integer(self, &integer) ? round_integer(j, integer, precision)
                                                 : round_real(j, self.real, precision);
}

/* ---- filesizeformat ---- */

FILTER(filesizeformat)
{
    static const char *const prefixes[2][8] = {{"kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"},
                                               {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"}};
    static const double units[2][8] = {{1e6, 1e9, 1e12, 1e15, 1e18, 1e21, 1e24, 1e27},
                                       {0x1p20, 0x1p30, 0x1p40, 0x1p50, 0x1p60, 0x1p70, 0x1p80, 0x1p90}};
    bool is_binary = zest_jinja_arg_truth(j, args, 0, false);
    struct jinja_value real = to_float(j, self);
    if (j->failed || real.kind == JINJA_MISSING)
        return zest_jinja_fail(j, "could not convert to float: '%s'", zest_jinja_type(self));
    double base = is_binary ? 1024 : 1000, bytes = real.real;
    if (bytes == 1)
        return zest_jinja_string(ZEST_TEXT("1 Byte"));
    if (bytes < base) {
        struct zest_text whole = zest_jinja_text(j, zest_jinja_int_of_real(j, bytes));
        return zest_jinja_string(zest_jinja_join_texts(j, whole, ZEST_TEXT(" Bytes")));
    }
    size_t i = 0;
    while (!(bytes < units[is_binary][i]) && i < 7)
        i++;
    struct zest_text text = isnan(bytes) ? zest_text_format(j->arena, "nan %s", prefixes[is_binary][i])
                                         : zest_text_format(j->arena, "%.1f %s", base * bytes / units[is_binary][i],
                                                            prefixes[is_binary][i]);
    return zest_jinja_string(text);
}
