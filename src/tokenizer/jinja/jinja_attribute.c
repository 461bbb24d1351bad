/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_attribute.c - value.name and value[key], as Jinja's immutable sandbox looks them up: attributes of Python's
 * types first or items first, nothing private, nothing that changes a list or dict.
 */
#include "jinja_text.h"
#include "jinja_tree.h"

#include "unicode_class.h"

/* ---- attributes ---- */

static struct jinja_value bound_method(struct jinja *j, struct jinja_value self, const struct jinja_function *function)
{
    struct jinja_method *method = zest_jinja_alloc(j, 1, sizeof *method);
    if (!method)
        return zest_jinja_none();
    *method = (struct jinja_method){self, function};
    return (struct jinja_value){.kind = JINJA_METHOD, .method = method};
}

static bool is(struct zest_text name, const char *wanted)
{
    return zest_text_equal(name, zest_text_of(wanted));
}

static struct jinja_value number_attribute(struct jinja_value value, struct zest_text name)
{
    bool is_whole = value.kind != JINJA_FLOAT;
    if (value.kind == JINJA_BOOL)
        value = zest_jinja_int(value.truth);
    if (is(name, "real") || (is_whole && is(name, "numerator")))
        return value;
    if (is(name, "imag"))
        return is_whole ? zest_jinja_int(0) : zest_jinja_float(0);
    if (is_whole && is(name, "denominator"))
        return zest_jinja_int(1);
    return zest_jinja_missing();
}

static struct jinja_value counter_attribute(struct jinja *j, struct jinja_value value, struct zest_text name)
{
    const struct jinja_counter *counter = value.counter;
    if (value.kind == JINJA_JOINER && is(name, "sep"))
        return counter->items.items[0];
    if (value.kind == JINJA_JOINER)
        return is(name, "used") ? zest_jinja_bool(counter->position > 0) : zest_jinja_missing();
    if (is(name, "current"))
        return counter->items.items[counter->position];
    if (is(name, "items"))
        return zest_jinja_tuple_of(j, counter->items.items, counter->items.count);
    return is(name, "pos") ? zest_jinja_int((int64_t)counter->position) : zest_jinja_missing();
}

static struct jinja_value range_attribute(const struct jinja_range *range, struct zest_text name)
{
    return is(name, "start")  ? zest_jinja_int(range->start)
           : is(name, "stop") ? zest_jinja_int(range->stop)
           : is(name, "step") ? zest_jinja_int(range->step)
                              : zest_jinja_missing();
}

static struct jinja_value tuple_attribute(const struct jinja_list *list, struct zest_text name)
{
    for (size_t i = 0; list->names && i < list->count; i++)
        if (is(name, list->names[i]))
            return list->items[i];
    return zest_jinja_missing();
}

/* What is no method. */
static struct jinja_value plain_attribute(struct jinja *j, struct jinja_value value, struct zest_text name)
{
    const struct jinja_value *found;
    switch (value.kind) {
    case JINJA_BOOL:
    case JINJA_INT:
    case JINJA_BIG:
    case JINJA_FLOAT:
        return number_attribute(value, name);
    case JINJA_TUPLE:
        return tuple_attribute(value.list, name);
    case JINJA_RANGE:
        return range_attribute(value.range, name);
    case JINJA_NAMESPACE:
        found = zest_jinja_dict_get(j, value.dict, name);
        return found ? *found : zest_jinja_missing();
    case JINJA_MACRO:
        return zest_jinja_macro_attribute(j, value.macro, name);
    case JINJA_LOOP:
        return zest_jinja_loop_attribute(j, value, name);
    case JINJA_CYCLER:
    case JINJA_JOINER:
        return counter_attribute(j, value, name);
    case JINJA_BLOCK:
        return is(name, "super") ? zest_jinja_because("there is no parent block") : zest_jinja_missing();
    default:
        return zest_jinja_missing();
    }
}

struct jinja_value zest_jinja_own_attribute(struct jinja *j, struct jinja_value value, struct zest_text name)
{
    struct jinja_value found = plain_attribute(j, value, name);
    const struct jinja_function *function =
        found.kind == JINJA_MISSING ? zest_jinja_find_method(value.kind, name) : NULL;
    return function ? bound_method(j, value, function) : found;
}

bool zest_jinja_is_unsafe(enum jinja_kind kind, struct zest_text name)
{
    static const char *const of_lists[] = {"append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"};
    static const char *const of_dicts[] = {"clear", "pop", "popitem", "setdefault", "update"};
    bool is_dict = kind == JINJA_DICT, is_list = kind == JINJA_LIST;
    size_t count = is_dict ? ZEST_COUNT(of_dicts) : is_list ? ZEST_COUNT(of_lists) : 0;
    for (size_t i = 0; i < count; i++)
        if (is(name, is_dict ? of_dicts[i] : of_lists[i]))
            return true;
    return false;
}

/* What every object of Python's has; undefined ones, too, have these before they complain. */
static bool is_of_object(struct zest_text name)
{
    static const char *const names[] = {"__class__",  "__delattr__", "__dir__",          "__doc__",   "__eq__",
                                        "__format__", "__ge__",      "__getattribute__", "__gt__",    "__hash__",
                                        "__init__",   "__le__",      "__lt__",           "__ne__",    "__new__",
                                        "__reduce__", "__repr__",    "__setattr__",      "__str__",   "__sizeof__",
                                        "__len__",    "__iter__",    "__getitem__",      "__module__"};
    for (size_t i = 0; i < ZEST_COUNT(names); i++)
        if (is(name, names[i]))
            return true;
    return false;
}

static bool is_private(struct zest_text name)
{
    return name.size > 0 && name.data[0] == '_';
}

/* An attribute that is found, unless it is out of bounds; JINJA_MISSING where there is none. */
static struct jinja_value safe_attribute(struct jinja *j, struct jinja_value value, struct zest_text name)
{
    if (zest_jinja_is_unsafe(value.kind, name))
        return zest_jinja_undefined(JINJA_UNSAFE, name, value.kind);
    struct jinja_value found = zest_jinja_own_attribute(j, value, name);
    return found.kind != JINJA_MISSING && is_private(name) ? zest_jinja_undefined(JINJA_UNSAFE, name, value.kind)
                                                           : found;
}

struct jinja_value zest_jinja_attribute(struct jinja *j, struct jinja_value value, struct zest_text name)
{
    if (is_private(name) && is_of_object(name) && value.kind != JINJA_NAMESPACE)
        return zest_jinja_undefined(JINJA_UNSAFE, name, value.kind);
    if (value.kind == JINJA_UNDEFINED)
        return zest_jinja_fail_undefined(j, value);
    struct jinja_value found = safe_attribute(j, value, name);
    if (found.kind != JINJA_MISSING)
        return found;
    if (value.kind == JINJA_DICT) {
        const struct jinja_value *entry = zest_jinja_dict_get(j, value.dict, name);
        if (entry)
            return *entry;
    }
    if (value.kind == JINJA_SELF)
        found = zest_jinja_find_block(j, value, name);
    return found.kind != JINJA_MISSING ? found : zest_jinja_undefined(JINJA_NO_ATTRIBUTE, name, value.kind);
}

/* ---- items ---- */

/* The bytes of the character at a code point's index; the caller has checked the range. */
static struct jinja_value character_at(struct jinja *j, struct jinja_value text, size_t index)
{
    if (!(text.flags & JINJA_ASCII))
        zest_jinja_spend(j, index / 16);
    return zest_jinja_part(text, index, index + 1);
}

static struct jinja_value item_by_index(struct jinja *j, struct jinja_value value, int64_t index)
{
    int64_t count = (int64_t)zest_jinja_length(j, value), at = index < 0 ? index + count : index;
    if (at < 0 || at >= count) {
        struct zest_text text = zest_text_format(j->arena, "%lld", (long long)index);
        return zest_jinja_undefined(JINJA_NO_ELEMENT, text, value.kind);
    }
    if (value.kind == JINJA_STRING)
        return character_at(j, value, (size_t)at);
    if (value.kind == JINJA_RANGE)
        return zest_jinja_int(value.range->start + at * value.range->step);
    return value.list->items[at];
}

static bool has_indexes(struct jinja_value value)
{
    return value.kind == JINJA_STRING || value.kind == JINJA_RANGE || zest_jinja_is_sequence(value);
}

/* A list or dict is no key; asking for one finds nothing. */
static const struct jinja_value *entry_of(struct jinja *j, const struct jinja_dict *dict, struct jinja_value key)
{
    struct jinja trial = {.arena = j->arena, .limits = j->limits, .steps = j->steps, .depth = j->depth};
    if (key.kind == JINJA_STRING)
        return zest_jinja_dict_get(j, dict, key.text);
    if (!zest_jinja_is_hashable(&trial, key))
        return NULL;
    return zest_jinja_dict_find(j, dict, key);
}

struct jinja_value zest_jinja_item(struct jinja *j, struct jinja_value value, struct jinja_value key)
{
    int64_t index;
    if (value.kind == JINJA_UNDEFINED)
        return zest_jinja_fail_undefined(j, value);
    if (value.kind == JINJA_DICT) {
        const struct jinja_value *entry = entry_of(j, value.dict, key);
        if (entry)
            return *entry;
    }
    if (has_indexes(value) && zest_jinja_is_integer(key, &index))
        return item_by_index(j, value, index);
    if (key.kind == JINJA_STRING) {
        struct jinja_value found =
            value.kind == JINJA_SELF ? zest_jinja_find_block(j, value, key.text) : zest_jinja_missing();
        if (found.kind == JINJA_MISSING)
            found = safe_attribute(j, value, key.text);
        return found.kind != JINJA_MISSING ? found : zest_jinja_undefined(JINJA_NO_ATTRIBUTE, key.text, value.kind);
    }
    struct jinja_output repr = {0};
    zest_jinja_write_repr(j, &repr, key);
    return zest_jinja_undefined(JINJA_NO_ELEMENT, zest_jinja_output_text(&repr), value.kind);
}

/* ---- slices ---- */

/* A bound of a slice, from -1 to count, as Python clips it. */
static int64_t slice_bound(struct jinja *j, struct jinja_value value, int64_t count, int64_t step, int64_t otherwise)
{
    int64_t at;
    if (value.kind == JINJA_NONE)
        return otherwise;
    if (value.kind == JINJA_BIG)
        at = value.text.data[0] == '-' ? INT64_MIN : INT64_MAX;
    else if (!zest_jinja_is_integer(value, &at))
        zest_jinja_fail(j, "slice indices must be integers or None or have an __index__ method");
    if (j->failed)
        return 0;
    if (at < 0)
        at = at < -count ? -1 : at + count;
    if (at < 0)
        return step < 0 ? -1 : 0;
    if (at >= count)
        return step < 0 ? count - 1 : count;
    return at;
}

static bool is_bound(struct jinja_value value)
{
    int64_t integer;
    return value.kind == JINJA_NONE || value.kind == JINJA_BIG || zest_jinja_is_integer(value, &integer);
}

struct slice {
    int64_t start, stop, step;
    size_t count;
};

static struct slice measure(struct jinja *j, int64_t count, struct jinja_value start, struct jinja_value stop,
                            struct jinja_value step)
{
    struct slice s = {.step = 1};
    if (step.kind == JINJA_BIG)
        s.step = step.text.data[0] == '-' ? -INT64_MAX : INT64_MAX;
    else if (step.kind != JINJA_NONE && !zest_jinja_is_integer(step, &s.step))
        zest_jinja_fail(j, "slice indices must be integers or None or have an __index__ method");
    else if (s.step == 0)
        zest_jinja_fail(j, "slice step cannot be zero");
    s.step = s.step < -INT64_MAX ? -INT64_MAX : s.step;
    s.start = slice_bound(j, start, count, s.step, s.step < 0 ? count - 1 : 0);
    s.stop = slice_bound(j, stop, count, s.step, s.step < 0 ? -1 : count);
    int64_t span = s.step > 0 ? s.stop - s.start : s.start - s.stop, stride = s.step > 0 ? s.step : -s.step;
    s.count = !j->failed && span > 0 ? (size_t)((span - 1) / stride + 1) : 0;
    return s;
}

/* Where the steps are 1 the items stay where they are. */
static struct jinja_value slice_list(struct jinja *j, struct jinja_value value, const struct slice *s)
{
    struct jinja_value sliced = zest_jinja_list(j, s->step == 1 ? 0 : s->count);
    if (j->failed || !zest_jinja_spend(j, s->step == 1 ? 0 : s->count / 4))
        return value;
    if (s->step == 1)
        sliced.list->items = value.list->items + s->start;
    for (size_t i = 0; s->step != 1 && i < s->count; i++)
        sliced.list->items[i] = value.list->items[s->start + (int64_t)i * s->step];
    sliced.list->count = s->count;
    sliced.kind = value.kind;
    return sliced;
}

static struct jinja_value slice_text(struct jinja *j, struct jinja_value text, const struct slice *s)
{
    struct jinja_output output = {0};
    if (s->step == 1)
        return zest_jinja_part(text, (size_t)s->start, (size_t)s->start + s->count);
    const struct jinja_list *characters = zest_jinja_items(j, text);
    for (size_t i = 0; characters && i < s->count && !j->failed; i++)
        zest_jinja_write_text(j, &output, characters->items[s->start + (int64_t)i * s->step].text);
    return zest_jinja_string_like(text, zest_jinja_output_text(&output));
}

static struct jinja_value slice_range(struct jinja *j, const struct jinja_range *range, const struct slice *s)
{
    struct jinja_range *sliced = zest_jinja_alloc(j, 1, sizeof *sliced);
    int64_t step;
    if (!sliced)
        return zest_jinja_none();
    if (__builtin_mul_overflow(s->step, range->step, &step))
        return zest_jinja_fail_big(j);
    *sliced = (struct jinja_range){range->start + s->start * range->step, range->start + s->stop * range->step, step,
                                   s->count};
    return (struct jinja_value){.kind = JINJA_RANGE, .range = sliced};
}

struct jinja_value zest_jinja_slice(struct jinja *j, struct jinja_value value, struct jinja_value start,
                                    struct jinja_value stop, struct jinja_value step)
{
    if (j->failed)
        return value;
    if (value.kind == JINJA_UNDEFINED)
        return zest_jinja_fail_undefined(j, value);
    if (j->is_folding && (!has_indexes(value) || !is_bound(start) || !is_bound(stop) || !is_bound(step)))
        return zest_jinja_undefined(JINJA_NO_ELEMENT, ZEST_TEXT("of a slice"), value.kind);
    if (value.kind == JINJA_DICT)
        return zest_jinja_fail(j, "unhashable type: 'slice'");
    if (!has_indexes(value))
        return zest_jinja_fail(j, "'%s' object is not subscriptable", zest_jinja_type(value));
    struct slice s = measure(j, (int64_t)zest_jinja_length(j, value), start, stop, step);
    if (j->failed)
        return value;
    if (value.kind == JINJA_STRING)
        return slice_text(j, value, &s);
    return value.kind == JINJA_RANGE ? slice_range(j, value.range, &s) : slice_list(j, value, &s);
}
