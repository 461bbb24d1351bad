/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_operators.c - arithmetic, membership, attributes, items and slices, with Python's meanings and messages.
 */
#include "jinja_tree.h"
#include "unicode_class.h"

#include <math.h>

void zest_jinja_fail_undefined(struct jinja *j, struct jinja_value value)
{
    zest_jinja_fail(j, "%.*s", (int)value.text.size, value.text.data ? value.text.data : "a value is undefined");
}

/* ---- arithmetic ---- */

static struct jinja_value fail_operands(struct jinja *j, const char *operator, struct jinja_value a,
                                        struct jinja_value b)
{
    if (operator[0] == '+' &&(a.kind == JINJA_STRING || zest_jinja_is_sequence(a)))
        return zest_jinja_fail(j, "can only concatenate %s (not \"%s\") to %s", zest_jinja_type(a), zest_jinja_type(b),
                               zest_jinja_type(a));
    return zest_jinja_fail(j, "unsupported operand type(s) for %s: '%s' and '%s'", operator, zest_jinja_type(a),
                           zest_jinja_type(b));
}

static struct jinja_value add_lists(struct jinja *j, struct jinja_value a, struct jinja_value b)
{
    struct jinja_value sum = zest_jinja_list(j, a.list->count + b.list->count);
    if (sum.kind != JINJA_LIST || !zest_jinja_spend(j, a.list->count + b.list->count))
        return sum;
    memcpy(sum.list->items, a.list->items, a.list->count * sizeof *a.list->items);
    memcpy(sum.list->items + a.list->count, b.list->items, b.list->count * sizeof *b.list->items);
    sum.list->count = a.list->count + b.list->count;
    sum.kind = a.kind;
    return sum;
}

static struct jinja_value repeat(struct jinja *j, struct jinja_value what, int64_t times)
{
    times = times < 0 ? 0 : times;
    if (what.kind == JINJA_STRING) {
        struct jinja_output output = {0};
        for (int64_t i = 0; i < times && what.text.size > 0 && zest_jinja_spend(j, 1); i++)
            zest_jinja_write_text(j, &output, what.text);
        return zest_jinja_string(zest_jinja_output_text(&output));
    }
    if (what.list->count > 0 && (uint64_t)times > j->limits.steps / what.list->count)
        times = (int64_t)(j->limits.steps / what.list->count) + 1; /* over the limit, as spend will find */
    struct jinja_value result = zest_jinja_list(j, 0);
    result.kind = j->failed ? result.kind : what.kind;
    for (int64_t i = 0; i < times && what.list->count > 0 && zest_jinja_spend(j, what.list->count); i++)
        result = add_lists(j, (struct jinja_value){.kind = what.kind, .list = result.list}, what);
    return result;
}

static struct jinja_value integer_power(struct jinja *j, int64_t base, int64_t exponent)
{
    if (exponent < 0 && base == 0)
        return zest_jinja_fail(j, "0.0 cannot be raised to a negative power");
    if (exponent < 0)
        return zest_jinja_float(pow((double)base, (double)exponent));
    int64_t result = 1;
    for (int64_t i = 0; i < exponent && result != 0 && base != 1; i++)
        if (!zest_jinja_spend(j, 1) || __builtin_mul_overflow(result, base, &result))
            return zest_jinja_fail(j, "an integer is larger than 64 bits");
    return zest_jinja_int(result);
}

static int64_t floor_divide(int64_t a, int64_t b)
{
    int64_t quotient = a / b;
    return (a % b != 0 && (a < 0) != (b < 0)) ? quotient - 1 : quotient;
}

static struct jinja_value integer_operation(struct jinja *j, const char *operator, int64_t a, int64_t b)
{
    int64_t result = 0;
    bool is_over = false;
    if (operator[0] == '/' || operator[0] == '%') {
        if (b == 0)
            return zest_jinja_fail(j, operator[0] == '%' ? "integer modulo by zero" :
                                      operator[1]        ? "integer division or modulo by zero"
                                                         : "division by zero");
        if (operator[0] == '/' && !operator[1])
            return zest_jinja_float((double)a / (double)b);
        if (b == -1)
            is_over = operator[0] == '/' && __builtin_sub_overflow((int64_t)0, a, &result);
        else
            result = operator[0] == '/' ? floor_divide(a, b) : a - floor_divide(a, b) * b;
    } else if (operator[0] == '*' && operator[1]) {
        return integer_power(j, a, b);
    } else if (operator[0] == '*') {
        is_over = __builtin_mul_overflow(a, b, &result);
    } else {
        is_over = operator[0] == '+' ? __builtin_add_overflow(a, b, &result) : __builtin_sub_overflow(a, b, &result);
    }
    return is_over ? zest_jinja_fail(j, "an integer is larger than 64 bits") : zest_jinja_int(result);
}

static struct jinja_value real_operation(struct jinja *j, const char *operator, double a, double b)
{
    if (b == 0 && (operator[0] == '/' || operator[0] == '%'))
        return zest_jinja_fail(j, "float division by zero");
    switch (operator[0]) {
    case '+':
        return zest_jinja_float(a + b);
    case '-':
        return zest_jinja_float(a - b);
    case '*':
        return zest_jinja_float(operator[1] ? pow(a, b) : a * b);
    case '/':
        return zest_jinja_float(operator[1] ? floor(a / b) : a / b);
    default: {
        double rest = fmod(a, b);
        if (rest == 0)
            return zest_jinja_float(copysign(0, b));
        return zest_jinja_float(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest);
    }
    }
}

static struct jinja_value number_operation(struct jinja *j, const char *operator, struct jinja_value a,
                                           struct jinja_value b)
{
    if (a.kind == JINJA_FLOAT || b.kind == JINJA_FLOAT)
        return real_operation(j, operator, zest_jinja_real(a), zest_jinja_real(b));
    return integer_operation(j, operator, a.kind == JINJA_INT ? a.integer : a.truth,
                             b.kind == JINJA_INT ? b.integer : b.truth);
}

struct jinja_value zest_jinja_binary(struct jinja *j, const char *operator, struct jinja_value a, struct jinja_value b)
{
    if (j->failed)
        return a;
    if (a.kind == JINJA_UNDEFINED || (b.kind == JINJA_UNDEFINED && a.kind != JINJA_STRING) ||
        (b.kind == JINJA_UNDEFINED && operator[0] != '%')) {
        zest_jinja_fail_undefined(j, a.kind == JINJA_UNDEFINED ? a : b);
        return a;
    }
    if (zest_jinja_is_number(a) && zest_jinja_is_number(b))
        return number_operation(j, operator, a, b);
    if (a.kind == JINJA_STRING && operator[0] == '%')
        return zest_jinja_percent(j, a.text, b);
    if (operator[0] == '+' && a.kind == JINJA_STRING && b.kind == JINJA_STRING) {
        struct jinja_output output = {0};
        zest_jinja_write_text(j, &output, a.text);
        zest_jinja_write_text(j, &output, b.text);
        return zest_jinja_string(zest_jinja_output_text(&output));
    }
    if (operator[0] == '+' && a.kind == b.kind && zest_jinja_is_sequence(a))
        return add_lists(j, a, b);
    if (operator[0] == '*' && !operator[1]) { /* a bool counts as 0 or 1 */
        a = a.kind == JINJA_BOOL ? zest_jinja_int(a.truth) : a;
        b = b.kind == JINJA_BOOL ? zest_jinja_int(b.truth) : b;
    }
    bool a_repeats = a.kind == JINJA_STRING || zest_jinja_is_sequence(a);
    bool b_repeats = b.kind == JINJA_STRING || zest_jinja_is_sequence(b);
    if (operator[0] == '*' && !operator[1] && a_repeats && b.kind == JINJA_INT)
        return repeat(j, a, b.integer);
    if (operator[0] == '*' && !operator[1] && b_repeats && a.kind == JINJA_INT)
        return repeat(j, b, a.integer);
    return fail_operands(j, operator[0] == '*' && operator[1] ? "** or pow()" : operator, a, b);
}

bool zest_jinja_contains(struct jinja *j, struct jinja_value container, struct jinja_value item)
{
    if (container.kind == JINJA_STRING && item.kind == JINJA_STRING)
        return item.text.size == 0 || (container.text.size > 0 && memmem(container.text.data, container.text.size,
                                                                         item.text.data, item.text.size));
    if (container.kind == JINJA_STRING) {
        zest_jinja_fail(j, "'in <string>' requires string as left operand, not %s", zest_jinja_type(item));
        return false;
    }
    if (container.kind == JINJA_DICT)
        return zest_jinja_dict_find(j, container.dict, item) != NULL;
    if (!zest_jinja_is_sequence(container) && container.kind != JINJA_UNDEFINED) {
        zest_jinja_fail(j, "argument of type '%s' is not iterable", zest_jinja_type(container));
        return false;
    }
    size_t count = container.kind == JINJA_UNDEFINED ? 0 : container.list->count;
    for (size_t i = 0; i < count && !j->failed; i++)
        if (zest_jinja_equal(j, container.list->items[i], item))
            return true;
    return false;
}

/* ---- attributes and items ---- */

static struct jinja_value missing_attribute(struct jinja *j, struct jinja_value value, struct zest_text name)
{
    if (value.kind == JINJA_NONE)
        return zest_jinja_undefined(j, "'None' has no attribute '%.*s'", (int)name.size, name.data);
    return zest_jinja_undefined(j, "'%s object' has no attribute '%.*s'", zest_jinja_type(value), (int)name.size,
                                name.data);
}

/* Methods of Python's types that would change a value, and everything private, are out of bounds. */
static bool is_unsafe(struct jinja_value value, struct zest_text name)
{
    static const char *const of_lists[] = {"append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"};
    static const char *const of_dicts[] = {"clear", "pop", "popitem", "setdefault", "update"};
    if (name.size > 1 && name.data[0] == '_')
        return true;
    bool is_dict = value.kind == JINJA_DICT, is_list = value.kind == JINJA_LIST;
    size_t count = is_dict ? ZEST_COUNT(of_dicts) : is_list ? ZEST_COUNT(of_lists) : 0;
    for (size_t i = 0; i < count; i++)
        if (zest_text_equal(name, zest_text_of(is_dict ? of_dicts[i] : of_lists[i])))
            return true;
    return false;
}

static struct jinja_value bound_method(struct jinja *j, struct jinja_value self, const struct jinja_function *function)
{
    struct jinja_method *method = zest_jinja_alloc(j, 1, sizeof *method);
    if (!method)
        return zest_jinja_none();
    *method = (struct jinja_method){self, function};
    return (struct jinja_value){.kind = JINJA_METHOD, .method = method};
}

/* What Python's getattr finds; undefined (without a text) where it finds nothing. */
static struct jinja_value own_attribute(struct jinja *j, struct jinja_value value, struct zest_text name)
{
    if (value.kind == JINJA_LOOP)
        return zest_jinja_loop_attribute(j, value.loop, name);
    if (value.kind == JINJA_MACRO && zest_text_equal(name, ZEST_TEXT("name")))
        return zest_jinja_string(value.macro->name);
    if (value.kind == JINJA_CYCLER && zest_text_equal(name, ZEST_TEXT("current")))
        return value.counter->items.items[value.counter->position];
    if (value.kind == JINJA_TUPLE && value.list->names)
        for (size_t i = 0; i < value.list->count; i++)
            if (zest_text_equal(name, zest_text_of(value.list->names[i])))
                return value.list->items[i];
    const struct jinja_function *function = zest_jinja_find_method(value.kind, name);
    return function ? bound_method(j, value, function) : (struct jinja_value){.kind = JINJA_UNDEFINED};
}

struct jinja_value zest_jinja_attribute(struct jinja *j, struct jinja_value value, struct zest_text name)
{
    if (value.kind == JINJA_UNDEFINED) {
        zest_jinja_fail_undefined(j, value);
        return value;
    }
    struct jinja_value found = own_attribute(j, value, name);
    if (found.kind != JINJA_UNDEFINED || found.text.data)
        return found;
    if (value.kind == JINJA_DICT || value.kind == JINJA_NAMESPACE) {
        const struct jinja_value *entry = zest_jinja_dict_get(j, value.dict, name);
        if (entry)
            return *entry;
    }
    if (is_unsafe(value, name))
        return zest_jinja_undefined(j, "access to attribute '%.*s' of '%s' object is unsafe.", (int)name.size,
                                    name.data, zest_jinja_type(value));
    return missing_attribute(j, value, name);
}

/* The bytes of the character at a code point's index; the caller has checked the range. */
static struct zest_text character_at(struct zest_text text, size_t index)
{
    size_t at = 0;
    uint32_t length = 0;
    for (;; at += length) {
        zest_utf8_decode((const unsigned char *)text.data + at, &length);
        if (index-- == 0)
            return (struct zest_text){text.data + at, length};
    }
}

static struct jinja_value item_by_index(struct jinja *j, struct jinja_value value, int64_t index)
{
    int64_t count = (int64_t)zest_jinja_length(j, value);
    int64_t at = index < 0 ? index + count : index;
    if (at < 0 || at >= count)
        return zest_jinja_undefined(j, "%s object has no element %lld", zest_jinja_type(value), (long long)index);
    if (value.kind == JINJA_STRING) {
        zest_jinja_spend(j, value.text.size / 16);
        return zest_jinja_string(character_at(value.text, (size_t)at));
    }
    return value.list->items[at];
}

struct jinja_value zest_jinja_item(struct jinja *j, struct jinja_value value, struct jinja_value key)
{
    if (value.kind == JINJA_UNDEFINED) {
        zest_jinja_fail_undefined(j, value);
        return value;
    }
    if (value.kind == JINJA_DICT) {
        const struct jinja_value *entry = zest_jinja_dict_find(j, value.dict, key);
        if (entry)
            return *entry;
    }
    bool is_index = key.kind == JINJA_INT || key.kind == JINJA_BOOL;
    if (is_index && (value.kind == JINJA_STRING || zest_jinja_is_sequence(value)))
        return item_by_index(j, value, key.kind == JINJA_INT ? key.integer : key.truth);
    if (key.kind == JINJA_STRING)
        return zest_jinja_attribute(j, value, key.text);
    struct zest_text text = zest_jinja_text(j, key);
    return zest_jinja_undefined(j, "%s object has no element %.*s", zest_jinja_type(value), (int)text.size, text.data);
}
