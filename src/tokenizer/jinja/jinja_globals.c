/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_globals.c - the functions that every template can call: range, dict, namespace, cycler, joiner,
 * raise_exception; strftime_now is in jinja_strftime.c.
 */
#include "jinja_globals.h"

#define RANGE_MAX 100000 /* items, as Jinja's sandbox */

#define GLOBAL(id) \
    static struct jinja_value call_##id(struct jinja *j, struct jinja_value self, const struct jinja_args *args)

/* ---- range ---- */

GLOBAL(range)
{
    (void)self;
    if (args->named_count > 0)
        return zest_jinja_fail(j, "safe_range() got an unexpected keyword argument");
    if (args->count == 0 || args->count > 3)
        return zest_jinja_fail(j, "range expected 1 to 3 arguments, got %zu", args->count);
    int64_t start = args->count > 1 ? zest_jinja_arg_int(j, args, 0, 0) : 0;
    int64_t stop = zest_jinja_arg_int(j, args, args->count > 1 ? 1 : 0, 0);
    int64_t step = args->count > 2 ? zest_jinja_arg_int(j, args, 2, 1) : 1;
    if (!j->failed && step == 0)
        return zest_jinja_fail(j, "range() arg 3 must not be zero");
    __int128 span = step > 0 ? (__int128)stop - start : (__int128)start - stop;
    __int128 stride = step > 0 ? (__int128)step : -(__int128)step;
    __int128 count = span <= 0 ? 0 : (span + stride - 1) / stride;
    if (count > RANGE_MAX)
        return zest_jinja_fail(j, "Range too big. The sandbox blocks ranges larger than MAX_RANGE (%d).", RANGE_MAX);
    struct jinja_range *range = zest_jinja_alloc(j, 1, sizeof *range);
    if (!range)
        return zest_jinja_none();
    *range = (struct jinja_range){start, stop, step, (size_t)count};
    return (struct jinja_value){.kind = JINJA_RANGE, .range = range};
}

/* ---- dict, namespace ---- */

static void add_pairs(struct jinja *j, struct jinja_dict *dict, struct jinja_value from)
{
    struct jinja_iterator iterator;
    struct jinja_value pair;
    if (from.kind == JINJA_UNDEFINED)
        zest_jinja_fail_undefined(j, from);
    if (!zest_jinja_iterate(j, from, &iterator))
        return;
    for (size_t i = 0; zest_jinja_next(j, &iterator, &pair); i++) {
        const struct jinja_list *two = zest_jinja_items(j, pair);
        if (two && two->count != 2)
            zest_jinja_fail(j, "dictionary update sequence element #%zu has length %zu; 2 is required", i, two->count);
        if (!j->failed)
            zest_jinja_dict_set(j, dict, two->items[0], two->items[1]);
    }
}

/* What dict() and namespace() take: a dict, or pairs; and named ones over it. */
static struct jinja_value make_dict(struct jinja *j, const struct jinja_args *args)
{
    struct jinja_value dict = zest_jinja_dict(j, args->named_count);
    if (args->count > 1)
        return zest_jinja_fail(j, "dict expected at most 1 argument, got %zu", args->count);
    if (args->count == 1 && args->values[0].kind == JINJA_DICT) {
        const struct jinja_dict *from = args->values[0].dict;
        for (size_t i = 0; i < from->count && !j->failed; i++)
            zest_jinja_dict_set(j, dict.dict, from->entries[i].key, from->entries[i].value);
    } else if (args->count == 1) {
        add_pairs(j, dict.dict, args->values[0]);
    }
    for (size_t i = 0; i < args->named_count && !j->failed; i++)
        zest_jinja_dict_set(j, dict.dict, zest_jinja_string(args->named[i].name), args->named[i].value);
    return dict;
}

GLOBAL(dict)
{
    (void)self;
    return make_dict(j, args);
}

GLOBAL(namespace)
{
    (void)self;
    struct jinja_value value = make_dict(j, args);
    if (!j->failed)
        value.kind = JINJA_NAMESPACE;
    return value;
}

/* ---- cycler, joiner ---- */

static struct jinja_value make_counter(struct jinja *j, enum jinja_kind kind, const struct jinja_value *items,
                                       size_t count)
{
    struct jinja_counter *counter = zest_jinja_alloc(j, 1, sizeof *counter);
    struct jinja_value *copy = zest_jinja_alloc(j, count, sizeof *copy);
    if (!counter || !copy)
        return zest_jinja_none();
    memcpy(copy, items, count * sizeof *copy);
    *counter = (struct jinja_counter){{.items = copy, .count = count}, 0};
    return (struct jinja_value){.kind = (uint8_t)kind, .counter = counter};
}

GLOBAL(cycler)
{
    (void)self;
    if (args->named_count > 0)
        return zest_jinja_fail(j, "Cycler.__init__() got an unexpected keyword argument");
    if (args->count == 0)
        return zest_jinja_fail(j, "at least one item has to be provided");
    return make_counter(j, JINJA_CYCLER, args->values, args->count);
}

GLOBAL(joiner)
{
    (void)self;
    struct jinja_value separator = zest_jinja_given(args, 0) ? args->values[0] : zest_jinja_string(ZEST_TEXT(", "));
    return make_counter(j, JINJA_JOINER, &separator, 1);
}

/* ---- what fails ---- */

GLOBAL(lipsum)
{
    (void)self;
    (void)args;
    return zest_jinja_fail(j, "lipsum makes random text, which no prompt needs");
}

GLOBAL(raise)
{
    (void)self;
    struct zest_text message = zest_jinja_text(j, args->values[0]);
    if (!j->failed)
        j->is_raised = true;
    return zest_jinja_fail(j, "%.*s", (int)(message.size < 1000 ? message.size : 1000), message.data);
}

static const struct jinja_function globals[] = {
    {"range", call_range, 0, JINJA_ANY_COUNT, NULL, NULL},
    {"dict", call_dict, 0, JINJA_ANY_COUNT, NULL, "<class 'dict'>"},
    {"namespace", call_namespace, 0, JINJA_ANY_COUNT, NULL, "<class 'jinja2.utils.Namespace'>"},
    {"cycler", call_cycler, 0, JINJA_ANY_COUNT, NULL, "<class 'jinja2.utils.Cycler'>"},
    {"joiner", call_joiner, 0, 1, "sep", "<class 'jinja2.utils.Joiner'>"},
    {"lipsum", call_lipsum, 0, JINJA_ANY_COUNT, NULL, NULL},
    {"raise_exception", call_raise, 1, 1, "message", NULL},
    {"strftime_now", zest_jinja_strftime, 1, 1, "format", NULL},
};

const struct jinja_function *zest_jinja_find_global(struct zest_text name)
{
    return zest_jinja_find_in(globals, ZEST_COUNT(globals), name);
}
