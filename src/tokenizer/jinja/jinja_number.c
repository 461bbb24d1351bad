/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_number.c - arithmetic on Python's integers (of 64 bits; what would be larger is refused) and floats.
 */
#include "jinja.h"

#include <math.h>

static const char *const signs[] = {"+", "-", "*", "/", "//", "%", "** or pow()"};

static int64_t floor_divide(int64_t a, int64_t b)
{
    int64_t quotient = a / b;
    return (a % b != 0 && (a < 0) != (b < 0)) ? quotient - 1 : quotient;
}

/* By squaring. */
static struct jinja_value integer_power(struct jinja *j, int64_t base, int64_t exponent)
{
    int64_t result = 1;
    if (exponent < 0 && base == 0)
        return zest_jinja_fail(j, "0.0 cannot be raised to a negative power");
    if (exponent < 0)
        return zest_jinja_float(pow((double)base, (double)exponent));
    if (base == 0 || base == 1 || base == -1)
        return zest_jinja_int(base == -1 && exponent % 2 == 0 ? 1 : exponent == 0 ? 1 : base);
    if (exponent > 64)
        return zest_jinja_fail_big(j);
    for (; exponent > 0; exponent--)
        if (__builtin_mul_overflow(result, base, &result))
            return zest_jinja_fail_big(j);
    return zest_jinja_int(result);
}

static struct jinja_value integer_division(struct jinja *j, enum jinja_operator op, int64_t a, int64_t b)
{
    if (b == 0)
        return zest_jinja_fail(j, op == JINJA_DIVIDE ? "division by zero" : "integer division or modulo by zero");
    if (op == JINJA_DIVIDE) { /* a long double holds 64 bits; it is rounded once */
        long double quotient = (long double)a / (long double)b;
        return zest_jinja_float(a > -(1LL << 53) && a < 1LL << 53 && b > -(1LL << 53) && b < 1LL << 53
                                    ? (double)a / (double)b
                                    : (double)quotient);
    }
    if (b == -1)
        return op == JINJA_MODULO ? zest_jinja_int(0) : a == INT64_MIN ? zest_jinja_fail_big(j) : zest_jinja_int(-a);
    return zest_jinja_int(op == JINJA_MODULO ? a - floor_divide(a, b) * b : floor_divide(a, b));
}

static struct jinja_value integer_binary(struct jinja *j, enum jinja_operator op, int64_t a, int64_t b)
{
    int64_t result = 0;
    bool is_over;
    switch (op) {
    case JINJA_ADD:
        is_over = __builtin_add_overflow(a, b, &result);
        break;
    case JINJA_SUBTRACT:
        is_over = __builtin_sub_overflow(a, b, &result);
        break;
    case JINJA_MULTIPLY:
        is_over = __builtin_mul_overflow(a, b, &result);
        break;
    case JINJA_POWER:
        return integer_power(j, a, b);
    default:
        return integer_division(j, op, a, b);
    }
    return is_over ? zest_jinja_fail_big(j) : zest_jinja_int(result);
}

/* The remainder has the sign of b. */
static double real_modulo(double a, double b)
{
    double rest = fmod(a, b);
    if (rest == 0)
        return copysign(0, b);
    return (rest < 0) != (b < 0) ? rest + b : rest;
}

/* By the remainder, which is exact, as Python does: floor(a / b) is not. */
static double real_floor_divide(double a, double b)
{
    double rest = fmod(a, b), quotient = (a - rest) / b;
    if (rest != 0 && (rest < 0) != (b < 0))
        quotient -= 1;
    if (quotient == 0)
        return copysign(0, a / b);
    double whole = floor(quotient);
    return quotient - whole > 0.5 ? whole + 1 : whole;
}

static struct jinja_value real_power(struct jinja *j, double a, double b)
{
    if (a == 0 && b < 0)
        return zest_jinja_fail(j, "0.0 cannot be raised to a negative power");
    if (a < 0 && isfinite(a) && isfinite(b) && b != floor(b))
        return zest_jinja_fail(j, "the result is a complex number, which zest does not have");
    double power = pow(a, b);
    if (isinf(power) && isfinite(a) && isfinite(b))
        return zest_jinja_fail(j, "(34, 'Numerical result out of range')");
    return zest_jinja_float(power);
}

static struct jinja_value real_binary(struct jinja *j, enum jinja_operator op, double a, double b)
{
    switch (op) {
    case JINJA_ADD:
        return zest_jinja_float(a + b);
    case JINJA_SUBTRACT:
        return zest_jinja_float(a - b);
    case JINJA_MULTIPLY:
        return zest_jinja_float(a * b);
    case JINJA_POWER:
        return real_power(j, a, b);
    default:
        break;
    }
    if (b == 0)
        return zest_jinja_fail(j, op == JINJA_DIVIDE         ? "float division by zero"
                                  : op == JINJA_FLOOR_DIVIDE ? "float floor division by zero"
                                                             : "float modulo");
    return zest_jinja_float(op == JINJA_DIVIDE         ? a / b
                            : op == JINJA_FLOOR_DIVIDE ? real_floor_divide(a, b)
                                                       : real_modulo(a, b));
}

struct jinja_value zest_jinja_number_binary(struct jinja *j, enum jinja_operator op, struct jinja_value a,
                                            struct jinja_value b)
{
    int64_t left, right;
    bool a_is = zest_jinja_is_number(a) || a.kind == JINJA_BIG, b_is = zest_jinja_is_number(b) || b.kind == JINJA_BIG;
    if (!a_is || !b_is)
        return zest_jinja_fail(j, "unsupported operand type(s) for %s: '%s' and '%s'", signs[op], zest_jinja_type(a),
                               zest_jinja_type(b));
    if (a.kind == JINJA_BIG || b.kind == JINJA_BIG)
        return zest_jinja_fail_big(j);
    if (zest_jinja_is_integer(a, &left) && zest_jinja_is_integer(b, &right))
        return integer_binary(j, op, left, right);
    return real_binary(j, op, zest_jinja_real(a), zest_jinja_real(b));
}

struct jinja_value zest_jinja_negate(struct jinja *j, struct jinja_value value, bool is_minus)
{
    int64_t integer;
    if (j->failed)
        return value;
    if (value.kind == JINJA_UNDEFINED)
        return zest_jinja_fail_undefined(j, value);
    if (value.kind == JINJA_FLOAT)
        return zest_jinja_float(is_minus ? -value.real : value.real);
    if (value.kind == JINJA_BIG)
        return is_minus ? zest_jinja_fail_big(j) : value;
    if (!zest_jinja_is_integer(value, &integer))
        return zest_jinja_fail(j, "bad operand type for unary %c: '%s'", is_minus ? '-' : '+', zest_jinja_type(value));
    if (is_minus && integer == INT64_MIN)
        return zest_jinja_fail_big(j);
    return zest_jinja_int(is_minus ? -integer : integer);
}
