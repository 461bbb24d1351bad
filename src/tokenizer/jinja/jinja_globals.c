/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_globals.c - the functions that every template can call: range, dict, namespace, cycler, joiner,
 * raise_exception, strftime_now.
 */
#include "jinja_tree.h"

#include <locale.h>
#include <stdio.h>

#define RANGE_MAX 100000 /* as Jinja's sandbox */

static struct jinja_value call_range(struct jinja *j, struct jinja_value self, const struct jinja_args *args)
{
    (void)self;
    int64_t start = 0, stop = 0, step = 1;
    if (args->count == 0 || args->count > 3)
        return zest_jinja_fail(j, "range expected 1 to 3 arguments, got %zu", args->count);
    stop = zest_jinja_arg_int(j, args, args->count > 1 ? 1 : 0, "stop", 0);
    start = args->count > 1 ? zest_jinja_arg_int(j, args, 0, "start", 0) : 0;
    step = args->count > 2 ? zest_jinja_arg_int(j, args, 2, "step", 1) : 1;
    if (step == 0)
        return zest_jinja_fail(j, "range() arg 3 must not be zero");
    __int128 span = step > 0 ? (__int128)stop - start : (__int128)start - stop;
    __int128 stride = step > 0 ? (__int128)step : -(__int128)step;
    __int128 count = span <= 0 ? 0 : (span + stride - 1) / stride;
    if (count > RANGE_MAX)
        return zest_jinja_fail(j, "Range too big. The sandbox blocks ranges larger than MAX_RANGE (%d).", RANGE_MAX);
    struct jinja_value list = zest_jinja_list(j, (size_t)count);
    for (int64_t i = 0; i < (int64_t)count && !j->failed; i++)
        list.list->items[list.list->count++] = zest_jinja_int(start + i * step);
    if (j->failed)
        return list;
    struct zest_text view =
        step == 1
            ? zest_text_format(j->arena, "range(%lld, %lld)", (long long)start, (long long)stop)
            : zest_text_format(j->arena, "range(%lld, %lld, %lld)", (long long)start, (long long)stop, (long long)step);
    list.list->view = view.data;
    return list;
}

/* What dict() and namespace() take: a dict, or a list of pairs, and named ones over it. */
static struct jinja_value make_dict(struct jinja *j, const struct jinja_args *args)
{
    struct jinja_value dict = zest_jinja_dict(j, 4);
    if (args->count > 0 && !j->failed) {
        struct jinja_value from = args->values[0];
        if (from.kind == JINJA_DICT) {
            for (size_t i = 0; i < from.dict->count; i++)
                zest_jinja_dict_set(j, dict.dict, from.dict->entries[i].key, from.dict->entries[i].value);
        } else {
            const struct jinja_list *pairs = zest_jinja_iterate(j, from);
            for (size_t i = 0; pairs && i < pairs->count && !j->failed; i++) {
                const struct jinja_list *pair = zest_jinja_iterate(j, pairs->items[i]);
                if (pair && pair->count == 2)
                    zest_jinja_dict_set(j, dict.dict, pair->items[0], pair->items[1]);
                else
                    zest_jinja_fail(j, "dictionary update sequence element #%zu is not a pair", i);
            }
        }
    }
    for (size_t i = 0; i < args->named_count && !j->failed; i++)
        zest_jinja_dict_set(j, dict.dict, zest_jinja_string(args->named[i].name), args->named[i].value);
    return dict;
}

static struct jinja_value call_dict(struct jinja *j, struct jinja_value self, const struct jinja_args *args)
{
    (void)self;
    return make_dict(j, args);
}

static struct jinja_value call_namespace(struct jinja *j, struct jinja_value self, const struct jinja_args *args)
{
    (void)self;
    struct jinja_value value = make_dict(j, args);
    if (!j->failed)
        value.kind = JINJA_NAMESPACE;
    return value;
}

static struct jinja_value make_counter(struct jinja *j, enum jinja_kind kind, const struct jinja_value *items,
                                       size_t count)
{
    struct jinja_counter *counter = zest_jinja_alloc(j, 1, sizeof *counter);
    struct jinja_value *copy = zest_jinja_alloc(j, count, sizeof *copy);
    if (!counter || !copy)
        return zest_jinja_none();
    memcpy(copy, items, count * sizeof *copy);
    *counter = (struct jinja_counter){{.items = copy, .count = count}, 0};
    return (struct jinja_value){.kind = kind, .counter = counter};
}

static struct jinja_value call_cycler(struct jinja *j, struct jinja_value self, const struct jinja_args *args)
{
    (void)self;
    if (args->count == 0)
        return zest_jinja_fail(j, "at least one item has to be provided");
    return make_counter(j, JINJA_CYCLER, args->values, args->count);
}

static struct jinja_value call_joiner(struct jinja *j, struct jinja_value self, const struct jinja_args *args)
{
    (void)self;
    struct jinja_value separator = zest_jinja_string(zest_jinja_arg_text(j, args, 0, "sep", ", "));
    return make_counter(j, JINJA_JOINER, &separator, 1);
}

static struct jinja_value call_lipsum(struct jinja *j, struct jinja_value self, const struct jinja_args *args)
{
    (void)self;
    (void)args;
    return zest_jinja_fail(j, "lipsum makes random text, which no prompt needs");
}

static struct jinja_value call_raise(struct jinja *j, struct jinja_value self, const struct jinja_args *args)
{
    (void)self;
    struct zest_text message = zest_jinja_arg_text(j, args, 0, "message", "");
    if (!j->failed)
        j->is_raised = true;
    return zest_jinja_fail(j, "%.*s", (int)message.size, message.data);
}

/* %-d and the like: without the padding. Python leaves them to the C library too. */
static struct jinja_value call_strftime(struct jinja *j, struct jinja_value self, const struct jinja_args *args)
{
    (void)self;
    char text[1024], format[256];
    struct zest_text wanted = zest_jinja_arg_text(j, args, 0, "format", "");
    if (wanted.size >= sizeof format)
        return zest_jinja_fail(j, "a time format has %zu bytes, %zu are possible", wanted.size, sizeof format - 1);
    memcpy(format, wanted.data, wanted.size);
    format[wanted.size] = 0;
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    size_t size = plain ? strftime_l(text, sizeof text, format, &j->now, plain) : 0;
    if (plain)
        freelocale(plain);
    struct zest_text copy = zest_text_copy(j->arena, (struct zest_text){text, size});
    return copy.data ? zest_jinja_string(copy) : zest_jinja_fail(j, "no memory for a time");
}

static const struct jinja_function globals[] = {
    {"range", call_range},   {"dict", call_dict},     {"namespace", call_namespace},   {"cycler", call_cycler},
    {"joiner", call_joiner}, {"lipsum", call_lipsum}, {"raise_exception", call_raise}, {"strftime_now", call_strftime},
};

const struct jinja_function *zest_jinja_find_global(struct zest_text name)
{
    return zest_jinja_find_in(globals, ZEST_COUNT(globals), name);
}
