/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_compare.c - which values are the same, equal, in order, or in one another: as Python compares.
 */
#include "jinja.h"

#include <math.h>

bool zest_jinja_same(struct jinja_value a, struct jinja_value b)
{
    if (a.kind != b.kind)
        return false;
    switch (a.kind) {
    case JINJA_NONE:
    case JINJA_MISSING:
        return true;
    case JINJA_BOOL:
        return a.truth == b.truth;
    case JINJA_INT:
        return a.integer == b.integer;
    case JINJA_UNDEFINED:
    case JINJA_FLOAT:
        return false;
    case JINJA_STRING:
    case JINJA_BIG:
        return zest_text_equal(a.text, b.text);
    case JINJA_VIEW:
        return false; /* each is made anew */
    default:
        return a.object == b.object;
    }
}

/* ---- equal ---- */

/* An integer against a real: exact where a double is not. */
static int compare_int_real(int64_t integer, double real)
{
    if (real >= 0x1p63)
        return -1;
    if (real < -0x1p63)
        return 1;
    double whole = trunc(real);
    int64_t other = (int64_t)whole;
    if (integer != other)
        return integer < other ? -1 : 1;
    return real > whole ? -1 : real < whole ? 1 : 0;
}

static bool numbers_equal(struct jinja_value a, struct jinja_value b)
{
    int64_t left, right;
    bool left_is = zest_jinja_is_integer(a, &left), right_is = zest_jinja_is_integer(b, &right);
    if (left_is && right_is)
        return left == right;
    if (left_is)
        return !isnan(b.real) && compare_int_real(left, b.real) == 0;
    if (right_is)
        return !isnan(a.real) && compare_int_real(right, a.real) == 0;
    return a.real == b.real;
}

/* Items of containers are equal where they are the same, even if nothing equals them. */
static bool items_equal(struct jinja *j, struct jinja_value a, struct jinja_value b)
{
    return zest_jinja_same(a, b) || zest_jinja_equal(j, a, b);
}

static bool lists_equal(struct jinja *j, const struct jinja_list *a, const struct jinja_list *b)
{
    if (a->count != b->count || !zest_jinja_spend(j, a->count / 8))
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!items_equal(j, a->items[i], b->items[i]))
            return false;
    return true;
}

static bool dicts_equal(struct jinja *j, const struct jinja_dict *a, const struct jinja_dict *b)
{
    if (a->count != b->count || !zest_jinja_spend(j, a->count / 2))
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct jinja_value *other = zest_jinja_dict_find(j, b, a->entries[i].key);
        if (!other || !items_equal(j, a->entries[i].value, *other))
            return false;
    }
    return true;
}

static bool ranges_equal(const struct jinja_range *a, const struct jinja_range *b)
{
    if (a->count != b->count)
        return false;
    return a->count == 0 || (a->start == b->start && (a->count == 1 || a->step == b->step));
}

/* keys() and items() are sets; values() are equal to themselves only. */
static bool views_equal(struct jinja *j, struct jinja_value a, struct jinja_value b)
{
    if (a.view == JINJA_VALUES || a.view != b.view)
        return false;
    if (a.view == JINJA_ITEMS)
        return dicts_equal(j, a.dict, b.dict);
    if (a.dict->count != b.dict->count)
        return false;
    for (size_t i = 0; i < a.dict->count; i++)
        if (!zest_jinja_dict_find(j, b.dict, a.dict->entries[i].key))
            return false;
    return true;
}

bool zest_jinja_equal(struct jinja *j, struct jinja_value a, struct jinja_value b)
{
    if (a.kind == JINJA_STRING && b.kind == JINJA_STRING)
        return zest_jinja_spend(j, a.text.size / 64) && zest_text_equal(a.text, b.text);
    if (zest_jinja_is_number(a) && zest_jinja_is_number(b))
        return numbers_equal(a, b);
    if (a.kind == JINJA_BIG && b.kind == JINJA_FLOAT)
        return zest_jinja_fail_big(j).truth;
    if (a.kind == JINJA_FLOAT && b.kind == JINJA_BIG)
        return zest_jinja_fail_big(j).truth;
    if (a.kind != b.kind || !zest_jinja_spend(j, 1) || !zest_jinja_enter(j))
        return false;
    bool equal;
    switch (a.kind) {
    case JINJA_UNDEFINED: /* one undefined value is like any other */
        equal = true;
        break;
    case JINJA_LIST:
    case JINJA_TUPLE:
        equal = lists_equal(j, a.list, b.list);
        break;
    case JINJA_DICT:
        equal = dicts_equal(j, a.dict, b.dict);
        break;
    case JINJA_RANGE:
        equal = ranges_equal(a.range, b.range);
        break;
    case JINJA_VIEW:
        equal = views_equal(j, a, b);
        break;
    default:
        equal = zest_jinja_same(a, b);
    }
    zest_jinja_leave(j);
    return equal;
}

/* ---- order ---- */

static enum jinja_order order_of(int sign)
{
    return sign < 0 ? JINJA_LESS : sign > 0 ? JINJA_GREATER : JINJA_EQUAL;
}

static enum jinja_order order_numbers(struct jinja_value a, struct jinja_value b)
{
    int64_t left, right;
    bool left_is = zest_jinja_is_integer(a, &left), right_is = zest_jinja_is_integer(b, &right);
    if (left_is && right_is)
        return order_of((left > right) - (left < right));
    if ((!left_is && isnan(a.real)) || (!right_is && isnan(b.real)))
        return JINJA_UNORDERED;
    if (left_is)
        return order_of(compare_int_real(left, b.real));
    if (right_is)
        return order_of(-compare_int_real(right, a.real));
    return order_of((a.real > b.real) - (a.real < b.real));
}

static enum jinja_order order_texts(struct zest_text a, struct zest_text b)
{
    size_t size = a.size < b.size ? a.size : b.size;
    int order = size > 0 ? memcmp(a.data, b.data, size) : 0; /* UTF-8 sorts as code points do */
    return order_of(order != 0 ? order : (a.size > b.size) - (a.size < b.size));
}

static enum jinja_order order_lists(struct jinja *j, const struct jinja_list *a, const struct jinja_list *b,
                                    const char *sign)
{
    for (size_t i = 0; i < a->count && i < b->count && zest_jinja_spend(j, i % 8 == 7); i++)
        if (!items_equal(j, a->items[i], b->items[i]))
            return zest_jinja_compare(j, a->items[i], b->items[i], sign);
    return order_of((a->count > b->count) - (a->count < b->count));
}

enum jinja_order zest_jinja_compare(struct jinja *j, struct jinja_value a, struct jinja_value b, const char *sign)
{
    if (!zest_jinja_spend(j, 1))
        return JINJA_UNORDERED;
    if (zest_jinja_is_number(a) && zest_jinja_is_number(b))
        return order_numbers(a, b);
    if (a.kind == JINJA_STRING && b.kind == JINJA_STRING)
        return order_texts(a.text, b.text);
    if (a.kind == b.kind && zest_jinja_is_sequence(a) && zest_jinja_enter(j)) {
        enum jinja_order order = order_lists(j, a.list, b.list, sign);
        zest_jinja_leave(j);
        return order;
    }
    bool has_big = (a.kind == JINJA_BIG && (zest_jinja_is_number(b) || b.kind == JINJA_BIG)) ||
                   (b.kind == JINJA_BIG && zest_jinja_is_number(a));
    if (has_big)
        zest_jinja_fail_big(j);
    else if (a.kind == JINJA_UNDEFINED || b.kind == JINJA_UNDEFINED)
        zest_jinja_fail_undefined(j, a.kind == JINJA_UNDEFINED ? a : b);
    else if (a.kind == JINJA_VIEW && b.kind == JINJA_VIEW)
        zest_jinja_fail(j, "zest does not compare '%s' and '%s' as sets", zest_jinja_type(a), zest_jinja_type(b));
    else
        zest_jinja_fail(j, "'%s' not supported between instances of '%s' and '%s'", sign, zest_jinja_type(a),
                        zest_jinja_type(b));
    return JINJA_UNORDERED;
}

/* ---- in ---- */

static bool range_contains(struct jinja *j, const struct jinja_range *range, struct jinja_value item)
{
    int64_t integer;
    if (zest_jinja_is_integer(item, &integer)) {
        __int128 distance = (__int128)integer - range->start;
        return distance % range->step == 0 && distance / range->step >= 0 &&
               distance / range->step < (__int128)range->count;
    }
    for (size_t i = 0; i < range->count && zest_jinja_spend(j, 1); i++)
        if (zest_jinja_equal(j, zest_jinja_int(range->start + (int64_t)i * range->step), item))
            return true;
    return false;
}

/* (key, value) in items() looks the key up; other items are none. */
static bool view_contains(struct jinja *j, struct jinja_value view, struct jinja_value item)
{
    if (view.view == JINJA_KEYS)
        return zest_jinja_dict_find(j, view.dict, item) != NULL;
    if (view.view == JINJA_ITEMS) {
        if (item.kind != JINJA_TUPLE || item.list->count != 2)
            return false;
        const struct jinja_value *found = zest_jinja_dict_find(j, view.dict, item.list->items[0]);
        return found && items_equal(j, *found, item.list->items[1]);
    }
    for (size_t i = 0; i < view.dict->count && zest_jinja_spend(j, 1); i++)
        if (items_equal(j, view.dict->entries[i].value, item))
            return true;
    return false;
}

static bool text_contains(struct jinja *j, struct zest_text text, struct jinja_value item)
{
    if (item.kind != JINJA_STRING) {
        if (item.kind == JINJA_UNDEFINED)
            zest_jinja_fail(j, "'in <string>' requires string as left operand, not Undefined");
        else
            zest_jinja_fail(j, "'in <string>' requires string as left operand, not %s", zest_jinja_type(item));
        return false;
    }
    return item.text.size == 0 || (zest_jinja_spend(j, text.size / 64) && text.size > 0 &&
                                   memmem(text.data, text.size, item.text.data, item.text.size));
}

static bool iterator_contains(struct jinja *j, struct jinja_value container, struct jinja_value item)
{
    struct jinja_iterator iterator;
    struct jinja_value one;
    if (!zest_jinja_is_iterable(container)) {
        zest_jinja_fail(j, "argument of type '%s' is not iterable", zest_jinja_type(container));
        return false;
    }
    bool goes_on = zest_jinja_iterate(j, container, &iterator);
    while (goes_on && zest_jinja_next(j, &iterator, &one))
        if (items_equal(j, one, item))
            return true;
    return false;
}

bool zest_jinja_contains(struct jinja *j, struct jinja_value container, struct jinja_value item)
{
    if (j->failed)
        return false;
    switch (container.kind) {
    case JINJA_STRING:
        return text_contains(j, container.text, item);
    case JINJA_DICT:
        return zest_jinja_dict_find(j, container.dict, item) != NULL;
    case JINJA_RANGE:
        return range_contains(j, container.range, item);
    case JINJA_VIEW:
        return view_contains(j, container, item);
    case JINJA_LIST:
    case JINJA_TUPLE:
        for (size_t i = 0; i < container.list->count && zest_jinja_spend(j, i % 8 == 7); i++)
            if (items_equal(j, container.list->items[i], item))
                return true;
        return false;
    default:
        return iterator_contains(j, container, item);
    }
}
