/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_operators.c - a + b and the like for values of all kinds.
 */
#include "jinja_text.h"

static bool is_markup(struct jinja_value value)
{
    return value.kind == JINJA_STRING && (value.flags & JINJA_MARKUP);
}

/* Where one is markup the other one is escaped. */
static struct jinja_value add_texts(struct jinja *j, struct jinja_value a, struct jinja_value b)
{
    bool makes_markup = is_markup(a) || is_markup(b);
    if (makes_markup) {
        a = zest_jinja_escape(j, a);
        b = zest_jinja_escape(j, b);
    }
    struct jinja_value sum = zest_jinja_string(zest_jinja_join_texts(j, a.text, b.text));
    sum.flags = (uint8_t)((a.flags & b.flags & JINJA_ASCII) | (makes_markup ? JINJA_MARKUP : 0));
    return sum;
}

static struct jinja_value repeat(struct jinja *j, struct jinja_value what, int64_t times)
{
    if (what.kind == JINJA_STRING)
        return zest_jinja_string_like(what, zest_jinja_repeat(j, what.text, times));
    size_t count = what.list->count, total;
    if (times < 0 || count == 0)
        times = 0;
    if (__builtin_mul_overflow(count, (size_t)times, &total))
        total = SIZE_MAX; /* more than can be spent */
    struct jinja_value result = zest_jinja_spend(j, total) ? zest_jinja_list(j, total) : zest_jinja_none();
    if (j->failed)
        return what;
    for (int64_t i = 0; i < times; i++)
        memcpy(result.list->items + (size_t)i * count, what.list->items, count * sizeof *what.list->items);
    result.list->count = total;
    result.kind = what.kind;
    return result;
}

static bool can_repeat(struct jinja_value value)
{
    return value.kind == JINJA_STRING || zest_jinja_is_sequence(value);
}

static struct jinja_value fail_operands(struct jinja *j, enum jinja_operator op, struct jinja_value a,
                                        struct jinja_value b)
{
    bool is_undefined = a.kind == JINJA_UNDEFINED || b.kind == JINJA_UNDEFINED;
    if (is_undefined)
        return zest_jinja_fail_undefined(j, a.kind == JINJA_UNDEFINED ? a : b);
    if (op == JINJA_ADD && can_repeat(a))
        return zest_jinja_fail(j, "can only concatenate %s (not \"%s\") to %s", zest_jinja_type(a), zest_jinja_type(b),
                               zest_jinja_type(a));
    if (op == JINJA_MULTIPLY && (can_repeat(a) || can_repeat(b)))
        return zest_jinja_fail(j, "can't multiply sequence by non-int of type '%s'",
                               zest_jinja_type(can_repeat(a) ? b : a));
    if (op == JINJA_SUBTRACT && a.kind == JINJA_VIEW && a.view != JINJA_VALUES)
        return zest_jinja_fail(j, "zest has no sets, as '%s' - '%s' would be", zest_jinja_type(a), zest_jinja_type(b));
    return zest_jinja_number_binary(j, op, a, b);
}

struct jinja_value zest_jinja_binary(struct jinja *j, enum jinja_operator op, struct jinja_value a,
                                     struct jinja_value b)
{
    int64_t times;
    if (j->failed)
        return a;
    if (zest_jinja_is_number(a) && zest_jinja_is_number(b))
        return zest_jinja_number_binary(j, op, a, b);
    if (op == JINJA_ADD && a.kind == JINJA_STRING && b.kind == JINJA_STRING)
        return add_texts(j, a, b);
    if (op == JINJA_ADD && a.kind == b.kind && zest_jinja_is_sequence(a))
        return zest_jinja_join_lists(j, a, b);
    if (op == JINJA_MODULO && a.kind == JINJA_STRING)
        return zest_jinja_percent(j, a, b);
    if (op == JINJA_MULTIPLY && can_repeat(a) && zest_jinja_is_integer(b, &times))
        return repeat(j, a, times);
    if (op == JINJA_MULTIPLY && can_repeat(b) && zest_jinja_is_integer(a, &times))
        return repeat(j, b, times);
    return fail_operands(j, op, a, b);
}
