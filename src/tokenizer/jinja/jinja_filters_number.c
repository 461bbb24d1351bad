/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_filters_number.c - filters that read, round and print numbers. jinja_filters.c lists them.
 */
#include "jinja_filters.h"
#include "jinja_text.h"

#include <math.h>
#include <stdlib.h>

/* A number's text without blanks round it, and without underscores between its digits. */
static struct zest_text plain_digits(struct jinja *j, struct zest_text text)
{
    text = zest_jinja_strip(text, JINJA_BOTH, (struct zest_text){NULL, 0});
    char *out = zest_jinja_alloc(j, text.size + 1, 1);
    size_t size = 0;
    for (size_t i = 0; out && i < text.size; i++) {
        bool is_mark =
            text.data[i] == '_' && i > 0 && i + 1 < text.size && text.data[i - 1] != '_' && text.data[i + 1] != '_';
        if (!is_mark)
            out[size++] = text.data[i];
    }
    if (out)
        out[size] = 0;
    return (struct zest_text){out, size};
}

/* A whole text as a number: false where anything else is in it. */
static bool read_real(struct jinja *j, struct zest_text text, double *ret_real)
{
    struct zest_text copy = plain_digits(j, text);
    char *end;
    text = copy;
    if (!copy.data || text.size == 0 || memchr(text.data, 'x', text.size) || memchr(text.data, 'X', text.size))
        return false;
    *ret_real = strtod(copy.data, &end);
    return end == copy.data + copy.size;
}

static bool read_integer(struct jinja *j, struct zest_text text, int64_t base, int64_t *ret_integer)
{
    struct zest_text copy = plain_digits(j, text);
    char *end;
    text = copy;
    if (!copy.data || text.size == 0 || base < 0 || base == 1 || base > 36)
        return false;
    size_t sign = text.data[0] == '-' || text.data[0] == '+';
    char mark = text.size > sign + 2 && text.data[sign] == '0' ? text.data[sign + 1] | 32 : 0;
    int marked = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 0;
    if (marked && (base == marked || base == 0)) {
        *ret_integer = strtoll(copy.data + sign + 2, &end, marked) * (text.data[0] == '-' ? -1 : 1);
        return end == copy.data + copy.size;
    }
    *ret_integer = strtoll(copy.data, &end, base == 0 ? 10 : (int)base);
    return end == copy.data + copy.size;
}

FILTER(int)
{
    const struct jinja_value *otherwise = zest_jinja_arg(args, 0, "default");
    int64_t base = zest_jinja_arg_int(j, args, 1, "base", 10), integer;
    double real;
    if (self.kind == JINJA_UNDEFINED)
        zest_jinja_fail_undefined(j, self);
    if (self.kind == JINJA_INT)
        return self;
    if (self.kind == JINJA_STRING && read_integer(j, self.text, base, &integer))
        return zest_jinja_int(integer);
    bool is_real = zest_jinja_is_number(self);
    real = is_real ? zest_jinja_real(self) : 0;
    if ((is_real || (self.kind == JINJA_STRING && read_real(j, self.text, &real))) && fabs(real) < 9.2e18)
        return zest_jinja_int((int64_t)real);
    return otherwise ? *otherwise : zest_jinja_int(0);
}

FILTER(float)
{
    const struct jinja_value *otherwise = zest_jinja_arg(args, 0, "default");
    double real;
    if (self.kind == JINJA_UNDEFINED)
        zest_jinja_fail_undefined(j, self);
    if (zest_jinja_is_number(self))
        return zest_jinja_float(zest_jinja_real(self));
    if (self.kind == JINJA_STRING && read_real(j, self.text, &real))
        return zest_jinja_float(real);
    return otherwise ? *otherwise : zest_jinja_float(0);
}

FILTER(abs)
{
    (void)args;
    if (self.kind == JINJA_UNDEFINED)
        zest_jinja_fail_undefined(j, self);
    if (self.kind == JINJA_FLOAT)
        return zest_jinja_float(fabs(self.real));
    if (self.kind == JINJA_BOOL)
        return zest_jinja_int(self.truth);
    if (self.kind != JINJA_INT)
        return zest_jinja_fail(j, "bad operand type for abs(): '%s'", zest_jinja_type(self));
    return self.integer < 0 ? zest_jinja_binary(j, "-", zest_jinja_int(0), self) : self;
}

FILTER(round)
{
    int64_t precision = zest_jinja_arg_int(j, args, 0, "precision", 0);
    struct zest_text method = zest_jinja_arg_text(j, args, 1, "method", "common");
    bool up = zest_text_equal(method, ZEST_TEXT("ceil")), down = zest_text_equal(method, ZEST_TEXT("floor"));
    if (self.kind == JINJA_BOOL)
        self = zest_jinja_int(self.truth);
    if (!zest_jinja_is_number(self))
        return zest_jinja_fail(j, "type %s doesn't define __round__ method", zest_jinja_type(self));
    if (!up && !down && !zest_text_equal(method, ZEST_TEXT("common")))
        return zest_jinja_fail(j, "method must be common, ceil or floor");
    if (precision > 300 || precision < -300)
        return zest_jinja_fail(j, "a precision of %lld is out of range", (long long)precision);
    double real = zest_jinja_real(self), scale = pow(10, (double)precision);
    if (up || down)
        return zest_jinja_float((up ? ceil(real * scale) : floor(real * scale)) / scale);
    if (self.kind == JINJA_INT && precision >= 0)
        return self;
    if (precision < 0) {
        double rounded = nearbyint(real * scale) / scale;
        return self.kind == JINJA_INT ? zest_jinja_int((int64_t)rounded) : zest_jinja_float(rounded);
    }
    char digits[700]; /* the decimal digits are exact, ties to even as Python has them */
    snprintf(digits, sizeof digits, "%.*f", (int)precision, real);
    return zest_jinja_float(strtod(digits, NULL));
}

FILTER(filesizeformat)
{
    static const char *const decimal[] = {"kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"};
    static const char *const binary[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"};
    bool is_binary = zest_jinja_arg_bool(args, 0, "binary", false);
    double base = is_binary ? 1024 : 1000, bytes = 0, unit = base * base;
    if (zest_jinja_is_number(self))
        bytes = zest_jinja_real(self);
    else if (self.kind != JINJA_STRING || !read_real(j, self.text, &bytes))
        return zest_jinja_fail(j, "could not convert this to float: %s", zest_jinja_type(self));
    if (bytes == 1)
        return zest_jinja_string(ZEST_TEXT("1 Byte"));
    if (bytes < base)
        return zest_jinja_string(zest_text_format(j->arena, "%d Bytes", (int)bytes));
    size_t i = 0;
    while (bytes >= unit && i < 7) {
        unit *= base;
        i++;
    }
    return zest_jinja_string(
        zest_text_format(j->arena, "%.1f %s", base * bytes / unit, (is_binary ? binary : decimal)[i]));
}
