/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_methods_list.c - the methods of Python's list, tuple, dict, range, int and float that templates may call, and
 * those of Jinja's cycler.
 */
#include "jinja_methods.h"

#include <math.h>

/* ---- list, tuple ---- */

static bool is_there(struct jinja *j, struct jinja_value item, struct jinja_value wanted)
{
    return zest_jinja_spend(j, 1) && (zest_jinja_same(item, wanted) || zest_jinja_equal(j, item, wanted));
}

/* A bound of index(), as a slice's, but that it must be an integer. */
static int64_t bound(struct jinja *j, const struct jinja_args *args, size_t index, int64_t count, int64_t otherwise)
{
    int64_t at = zest_jinja_arg_int(j, args, index, otherwise);
    at = at < 0 ? at + count : at;
    return at < 0 ? 0 : at < count ? at : count;
}

METHOD(list_index)
{
    int64_t count = (int64_t)self.list->count, from = bound(j, args, 1, count, 0), to = bound(j, args, 2, count, count);
    for (int64_t i = from; i < to && !j->failed; i++)
        if (is_there(j, self.list->items[i], args->values[0]))
            return zest_jinja_int(i);
    return zest_jinja_fail(j, "the value is not in the %s", zest_jinja_type(self));
}

METHOD(list_count)
{
    int64_t count = 0;
    for (size_t i = 0; i < self.list->count && !j->failed; i++)
        count += is_there(j, self.list->items[i], args->values[0]);
    return zest_jinja_int(count);
}

METHOD(list_copy)
{
    (void)args;
    return zest_jinja_list_of(j, self.list->items, self.list->count);
}

const struct jinja_function zest_jinja_list_methods[] = {
    {"index", method_list_index, 1, 3, NULL, NULL},
    {"count", method_list_count, 1, 1, NULL, NULL},
    {"copy", method_list_copy, 0, 0, NULL, NULL},
    {NULL, NULL, 0, 0, NULL, NULL},
};

/* ---- dict ---- */

METHOD(get)
{
    const struct jinja_value *found = zest_jinja_dict_find(j, self.dict, args->values[0]);
    return found ? *found : zest_jinja_given(args, 1) ? args->values[1] : zest_jinja_none();
}

static struct jinja_value view_of(struct jinja_value self, enum jinja_view view)
{
    return (struct jinja_value){.kind = JINJA_VIEW, .view = view, .dict = self.dict};
}

METHOD(items)
{
    (void)j;
    (void)args;
    return view_of(self, JINJA_ITEMS);
}

METHOD(keys)
{
    (void)j;
    (void)args;
    return view_of(self, JINJA_KEYS);
}

METHOD(values)
{
    (void)j;
    (void)args;
    return view_of(self, JINJA_VALUES);
}

METHOD(dict_copy)
{
    (void)args;
    struct jinja_value copy = zest_jinja_dict(j, self.dict->count);
    for (size_t i = 0; i < self.dict->count && !j->failed; i++)
        zest_jinja_dict_set(j, copy.dict, self.dict->entries[i].key, self.dict->entries[i].value);
    return copy;
}

METHOD(fromkeys)
{
    (void)self;
    struct jinja_iterator iterator;
    struct jinja_value dict = zest_jinja_dict(j, 4), key;
    if (zest_jinja_iterate(j, args->values[0], &iterator))
        while (zest_jinja_next(j, &iterator, &key))
            zest_jinja_dict_set(j, dict.dict, key, zest_jinja_given(args, 1) ? args->values[1] : zest_jinja_none());
    return dict;
}

const struct jinja_function zest_jinja_dict_methods[] = {
    {"get", method_get, 1, 2, NULL, NULL},
    {"items", method_items, 0, 0, NULL, NULL},
    {"keys", method_keys, 0, 0, NULL, NULL},
    {"values", method_values, 0, 0, NULL, NULL},
    {"copy", method_dict_copy, 0, 0, NULL, NULL},
    {"fromkeys", method_fromkeys, 1, 2, NULL, NULL},
    {NULL, NULL, 0, 0, NULL, NULL},
};

/* ---- range ---- */

METHOD(range_count)
{
    return zest_jinja_int(zest_jinja_contains(j, self, args->values[0]));
}

METHOD(range_index)
{
    for (size_t i = 0; i < self.range->count && zest_jinja_spend(j, 1); i++)
        if (zest_jinja_equal(j, zest_jinja_int(self.range->start + (int64_t)i * self.range->step), args->values[0]))
            return zest_jinja_int((int64_t)i);
    return zest_jinja_fail(j, "the value is not in the range");
}

const struct jinja_function zest_jinja_range_methods[] = {
    {"count", method_range_count, 1, 1, NULL, NULL},
    {"index", method_range_index, 1, 1, NULL, NULL},
    {NULL, NULL, 0, 0, NULL, NULL},
};

/* ---- cycler ---- */

METHOD(next)
{
    (void)j;
    (void)args;
    struct jinja_value item = self.counter->items.items[self.counter->position];
    self.counter->position = (self.counter->position + 1) % self.counter->items.count;
    return item;
}

METHOD(reset)
{
    (void)j;
    (void)args;
    self.counter->position = 0;
    return zest_jinja_none();
}

const struct jinja_function zest_jinja_cycler_methods[] = {
    {"next", method_next, 0, 0, NULL, NULL},
    {"reset", method_reset, 0, 0, NULL, NULL},
    {NULL, NULL, 0, 0, NULL, NULL},
};

/* ---- int, float ---- */

static uint64_t magnitude(struct jinja *j, struct jinja_value self)
{
    int64_t integer = 0;
    if (!zest_jinja_is_integer(self, &integer))
        zest_jinja_fail_big(j);
    return integer < 0 ? 0 - (uint64_t)integer : (uint64_t)integer;
}

METHOD(bit_length)
{
    (void)args;
    uint64_t bits = magnitude(j, self);
    return zest_jinja_int(bits == 0 ? 0 : 64 - __builtin_clzll(bits));
}

METHOD(bit_count)
{
    (void)args;
    return zest_jinja_int(__builtin_popcountll(magnitude(j, self)));
}

METHOD(conjugate)
{
    (void)args;
    return zest_jinja_negate(j, self, false);
}

METHOD(is_integer)
{
    (void)j;
    (void)args;
    return zest_jinja_bool(isfinite(self.real) && self.real == floor(self.real));
}

const struct jinja_function zest_jinja_integer_methods[] = {
    {"bit_length", method_bit_length, 0, 0, NULL, NULL},
    {"bit_count", method_bit_count, 0, 0, NULL, NULL},
    {"conjugate", method_conjugate, 0, 0, NULL, NULL},
    {NULL, NULL, 0, 0, NULL, NULL},
};

const struct jinja_function zest_jinja_float_methods[] = {
    {"is_integer", method_is_integer, 0, 0, NULL, NULL},
    {"conjugate", method_conjugate, 0, 0, NULL, NULL},
    {NULL, NULL, 0, 0, NULL, NULL},
};
