/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_args.c - arguments of calls: collecting them as they are written, and binding them to parameters as Python
 * does.
 */
#include "jinja_tree.h"

/* ---- collecting ---- */

static bool add_value(struct jinja *j, struct jinja_collection *c, struct jinja_value value)
{
    if (c->args.count == c->value_room) {
        size_t room = c->value_room * 2;
        struct jinja_value *grown = zest_jinja_alloc(j, room, sizeof *grown);
        if (!grown)
            return false;
        memcpy(grown, c->args.values, c->args.count * sizeof *grown);
        c->args.values = grown;
        c->value_room = room;
    }
    c->args.values[c->args.count++] = value;
    return true;
}

bool zest_jinja_add_named(struct jinja *j, struct jinja_collection *c, struct zest_text name, struct jinja_value value)
{
    if (c->args.named_count == c->named_room) {
        size_t room = c->named_room * 2 + 4;
        struct jinja_named *grown = zest_jinja_alloc(j, room, sizeof *grown);
        if (!grown)
            return false;
        if (c->args.named_count > 0)
            memcpy(grown, c->args.named, c->args.named_count * sizeof *grown);
        c->args.named = grown;
        c->named_room = room;
    }
    c->args.named[c->args.named_count++] = (struct jinja_named){name, value};
    return true;
}

static void unpack(struct jinja *j, struct jinja_collection *c, struct jinja_value value)
{
    struct jinja_iterator iterator;
    struct jinja_value item;
    if (zest_jinja_iterate(j, value, &iterator))
        while (zest_jinja_next(j, &iterator, &item))
            add_value(j, c, item);
}

static void unpack_names(struct jinja *j, struct jinja_collection *c, struct jinja_value value)
{
    if (value.kind != JINJA_DICT)
        zest_jinja_fail(j, "argument after ** must be a mapping, not %s", zest_jinja_type(value));
    for (size_t i = 0; !j->failed && i < value.dict->count; i++) {
        struct jinja_value key = value.dict->entries[i].key;
        if (key.kind != JINJA_STRING)
            zest_jinja_fail(j, "keywords must be strings");
        for (size_t k = 0; !j->failed && k < c->args.named_count; k++)
            if (zest_text_equal(c->args.named[k].name, key.text))
                zest_jinja_fail(j, "got multiple values for keyword argument '%.*s'",
                                (int)(key.text.size < 100 ? key.text.size : 100), key.text.data);
        if (zest_jinja_spend(j, 1 + c->args.named_count / 8))
            zest_jinja_add_named(j, c, key.text, value.dict->entries[i].value);
    }
}

bool zest_jinja_collect_args(struct jinja *j, const struct jinja_node *arguments, struct jinja_collection *c)
{
    c->args = (struct jinja_args){.values = c->values};
    c->value_room = JINJA_ARGS_HERE;
    c->named_room = 0;
    for (const struct jinja_node *argument = arguments; argument && !j->failed; argument = argument->next) {
        if (argument->kind == JINJA_KEYWORD)
            zest_jinja_add_named(j, c, argument->name->text, zest_jinja_eval(j, argument->a));
        else if (argument->kind == JINJA_UNPACK)
            unpack(j, c, zest_jinja_eval(j, argument->a));
        else if (argument->kind == JINJA_UNPACK_NAMES)
            unpack_names(j, c, zest_jinja_eval(j, argument->a));
        else
            add_value(j, c, zest_jinja_eval(j, argument));
    }
    return !j->failed;
}

struct jinja_args *zest_jinja_keep_args(struct jinja *j, const struct jinja_args *args)
{
    struct jinja_args *kept = zest_jinja_alloc(j, 1, sizeof *kept);
    struct jinja_value *values = zest_jinja_alloc(j, args->count, sizeof *values);
    struct jinja_named *named = zest_jinja_alloc(j, args->named_count, sizeof *named);
    if (j->failed)
        return NULL;
    if (args->count > 0)
        memcpy(values, args->values, args->count * sizeof *values);
    if (args->named_count > 0)
        memcpy(named, args->named, args->named_count * sizeof *named);
    *kept = (struct jinja_args){values, args->count, named, args->named_count};
    return kept;
}

/* ---- binding ---- */

/* The place of a name among blank-separated ones, -1 where it is none of them. */
static int place_of(const char *parameters, struct zest_text name)
{
    int place = 0;
    for (const char *at = parameters; at && *at; place++) {
        size_t size = strcspn(at, " ");
        if (zest_text_equal(name, (struct zest_text){at, size}))
            return place;
        at += size;
        at += *at == ' ';
    }
    return -1;
}

static void bind_named(struct jinja *j, const struct jinja_function *function, const struct jinja_named *named,
                       struct jinja_value bound[8])
{
    int place = place_of(function->parameters, named->name), size = (int)(named->name.size & 127);
    if (place < 0 && !function->parameters)
        zest_jinja_fail(j, "%s() takes no keyword arguments", function->name);
    else if (place < 0)
        zest_jinja_fail(j, "%s() got an unexpected keyword argument '%.*s'", function->name, size, named->name.data);
    else if (bound[place].kind != JINJA_MISSING)
        zest_jinja_fail(j, "%s() got multiple values for argument '%.*s'", function->name, size, named->name.data);
    else
        bound[place] = named->value;
}

bool zest_jinja_bind(struct jinja *j, const struct jinja_function *function, const struct jinja_args *args,
                     struct jinja_value bound[8], struct jinja_args *ret_args)
{
    if (args->count > function->most) {
        zest_jinja_fail(j, "%s() takes at most %d arguments (%zu given)", function->name, function->most, args->count);
        return false;
    }
    for (size_t i = 0; i < function->most; i++)
        bound[i] = i < args->count ? args->values[i] : zest_jinja_missing();
    for (size_t i = 0; i < args->named_count && !j->failed; i++)
        bind_named(j, function, &args->named[i], bound);
    for (size_t i = 0; i < function->least && !j->failed; i++)
        if (bound[i].kind == JINJA_MISSING)
            zest_jinja_fail(j, "%s() is missing argument %zu", function->name, i + 1);
    *ret_args = (struct jinja_args){.values = bound, .count = function->most};
    return !j->failed;
}

struct jinja_value zest_jinja_apply(struct jinja *j, const struct jinja_function *function, struct jinja_value self,
                                    const struct jinja_args *args)
{
    struct jinja_value bound[8];
    struct jinja_args ready;
    if (j->failed)
        return self;
    if (function->most == JINJA_ANY_COUNT)
        return function->call(j, self, args);
    if (args->count == function->most && args->named_count == 0)
        return function->call(j, self, args);
    return zest_jinja_bind(j, function, args, bound, &ready) ? function->call(j, self, &ready) : self;
}

/* ---- reading ---- */

bool zest_jinja_given(const struct jinja_args *args, size_t index)
{
    return args->values[index].kind != JINJA_MISSING;
}

bool zest_jinja_given_some(const struct jinja_args *args, size_t index)
{
    return args->values[index].kind != JINJA_MISSING && args->values[index].kind != JINJA_NONE;
}

bool zest_jinja_arg_truth(struct jinja *j, const struct jinja_args *args, size_t index, bool otherwise)
{
    return zest_jinja_given(args, index) ? zest_jinja_truth(j, args->values[index]) : otherwise;
}

int64_t zest_jinja_arg_int(struct jinja *j, const struct jinja_args *args, size_t index, int64_t otherwise)
{
    int64_t integer;
    if (!zest_jinja_given(args, index))
        return otherwise;
    if (zest_jinja_is_integer(args->values[index], &integer))
        return integer;
    if (args->values[index].kind == JINJA_BIG)
        return args->values[index].text.data[0] == '-' ? INT64_MIN : INT64_MAX;
    zest_jinja_fail(j, "'%s' object cannot be interpreted as an integer", zest_jinja_type(args->values[index]));
    return otherwise;
}

struct zest_text zest_jinja_arg_text(struct jinja *j, const struct jinja_args *args, size_t index,
                                     const char *otherwise)
{
    if (!zest_jinja_given(args, index))
        return zest_text_of(otherwise);
    if (args->values[index].kind != JINJA_STRING) {
        zest_jinja_fail(j, "argument %zu must be str, not %s", index + 1, zest_jinja_type(args->values[index]));
        return ZEST_TEXT("");
    }
    return args->values[index].text.data ? args->values[index].text : ZEST_TEXT("");
}

const struct jinja_function *zest_jinja_find_in(const struct jinja_function *table, size_t count, struct zest_text name)
{
    for (size_t i = 0; i < count; i++)
        if (name.size > 0 && table[i].name[0] == name.data[0] && zest_text_equal(name, zest_text_of(table[i].name)))
            return &table[i];
    return NULL;
}
