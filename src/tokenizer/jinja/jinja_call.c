/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_call.c - arguments, and calling what can be called: macros, methods, functions, recursive loops, joiners.
 */
#include "jinja_tree.h"

/* ---- arguments ---- */

/* The arguments of a call while they are collected; unpacking makes them more than the nodes. */
struct collection {
    struct jinja_args args;
    size_t value_room, named_room;
};

static bool add_value(struct jinja *j, struct collection *c, struct jinja_value value)
{
    if (c->args.count == c->value_room) {
        struct jinja_value *grown = zest_jinja_alloc(j, c->value_room * 2 + 4, sizeof *grown);
        if (!grown)
            return false;
        if (c->args.count > 0)
            memcpy(grown, c->args.values, c->args.count * sizeof *grown);
        c->args.values = grown;
        c->value_room = c->value_room * 2 + 4;
    }
    c->args.values[c->args.count++] = value;
    return true;
}

static bool add_named(struct jinja *j, struct collection *c, struct zest_text name, struct jinja_value value)
{
    if (c->args.named_count == c->named_room) {
        struct jinja_named *grown = zest_jinja_alloc(j, c->named_room * 2 + 4, sizeof *grown);
        if (!grown)
            return false;
        if (c->args.named_count > 0)
            memcpy(grown, c->args.named, c->args.named_count * sizeof *grown);
        c->args.named = grown;
        c->named_room = c->named_room * 2 + 4;
    }
    c->args.named[c->args.named_count++] = (struct jinja_named){name, value};
    return true;
}

/* *values and **names. */
static void unpack(struct jinja *j, struct collection *c, struct jinja_value value, bool is_named)
{
    if (is_named && value.kind != JINJA_DICT) {
        zest_jinja_fail(j, "argument after ** must be a mapping, not %s", zest_jinja_type(value));
        return;
    }
    const struct jinja_list *items = zest_jinja_iterate(j, value);
    for (size_t i = 0; items && i < items->count && !j->failed; i++) {
        if (!is_named)
            add_value(j, c, items->items[i]);
        else if (items->items[i].kind == JINJA_STRING)
            add_named(j, c, items->items[i].text, value.dict->entries[i].value);
        else
            zest_jinja_fail(j, "keywords must be strings");
    }
}

bool zest_jinja_collect_args(struct jinja *j, const struct jinja_node *arguments, struct jinja_args *ret_args)
{
    struct collection c = {0};
    for (const struct jinja_node *argument = arguments; argument && !j->failed; argument = argument->next) {
        bool is_plain = argument->kind != JINJA_KEYWORD && argument->kind != JINJA_UNPACK;
        struct jinja_value value = zest_jinja_eval(j, is_plain ? argument : argument->a);
        if (argument->kind == JINJA_UNPACK)
            unpack(j, &c, value, argument->flag);
        else if (is_plain)
            add_value(j, &c, value);
        else
            add_named(j, &c, argument->text, value);
    }
    *ret_args = c.args;
    return !j->failed;
}

const struct jinja_value *zest_jinja_arg(const struct jinja_args *args, size_t index, const char *name)
{
    if (index < args->count)
        return &args->values[index];
    for (size_t i = 0; i < args->named_count; i++)
        if (zest_text_equal(args->named[i].name, zest_text_of(name)))
            return &args->named[i].value;
    return NULL;
}

bool zest_jinja_arg_bool(const struct jinja_args *args, size_t index, const char *name, bool otherwise)
{
    const struct jinja_value *value = zest_jinja_arg(args, index, name);
    return value ? zest_jinja_truth(*value) : otherwise;
}

int64_t zest_jinja_arg_int(struct jinja *j, const struct jinja_args *args, size_t index, const char *name,
                           int64_t otherwise)
{
    const struct jinja_value *value = zest_jinja_arg(args, index, name);
    if (!value || value->kind == JINJA_NONE)
        return otherwise;
    if (value->kind == JINJA_INT)
        return value->integer;
    if (value->kind == JINJA_BOOL)
        return value->truth;
    zest_jinja_fail(j, "'%s' object cannot be interpreted as an integer", zest_jinja_type(*value));
    return otherwise;
}

struct zest_text zest_jinja_arg_text(struct jinja *j, const struct jinja_args *args, size_t index, const char *name,
                                     const char *otherwise)
{
    const struct jinja_value *value = zest_jinja_arg(args, index, name);
    return value ? zest_jinja_text(j, *value) : zest_text_of(otherwise);
}

/* ---- macros ---- */

static size_t parameter_count(const struct jinja_macro *macro)
{
    size_t count = 0;
    for (const struct jinja_node *parameter = macro->parameters; parameter; parameter = parameter->next)
        count++;
    return count;
}

static bool is_parameter(const struct jinja_macro *macro, struct zest_text name)
{
    for (const struct jinja_node *parameter = macro->parameters; parameter; parameter = parameter->next)
        if (zest_text_equal(parameter->text, name))
            return true;
    return false;
}

/* Parameters in order, then defaults, which see the parameters before them. */
static void bind_parameters(struct jinja *j, const struct jinja_macro *macro, const struct jinja_args *args)
{
    size_t index = 0;
    for (const struct jinja_node *parameter = macro->parameters; parameter; parameter = parameter->next, index++) {
        struct jinja_value value = {.kind = JINJA_UNDEFINED};
        bool is_given = index < args->count;
        if (is_given)
            value = args->values[index];
        for (size_t i = 0; i < args->named_count; i++)
            if (zest_text_equal(args->named[i].name, parameter->text)) {
                value = args->named[i].value;
                is_given = true;
            }
        if (!is_given && parameter->a)
            value = zest_jinja_eval(j, parameter->a);
        else if (!is_given)
            value = zest_jinja_undefined(j, "parameter '%.*s' was not provided", (int)parameter->text.size,
                                         parameter->text.data);
        zest_jinja_bind(j, parameter->text, value);
    }
}

static void bind_varargs(struct jinja *j, const struct jinja_macro *macro, const struct jinja_args *args)
{
    size_t wanted = parameter_count(macro), more = args->count > wanted ? args->count - wanted : 0;
    struct jinja_value varargs = zest_jinja_list(j, more);
    if (varargs.kind != JINJA_LIST)
        return;
    if (more > 0)
        memcpy(varargs.list->items, args->values + wanted, more * sizeof *args->values);
    varargs.list->count = more;
    varargs.kind = JINJA_TUPLE;
    zest_jinja_bind(j, ZEST_TEXT("varargs"), varargs);
}

/* The named arguments that are no parameters: the caller, and the rest as kwargs. */
static void bind_named(struct jinja *j, const struct jinja_macro *macro, const struct jinja_args *args, uint8_t uses)
{
    struct jinja_value kwargs = zest_jinja_dict(j, 0);
    for (size_t i = 0; i < args->named_count && !j->failed; i++) {
        struct zest_text name = args->named[i].name;
        if (is_parameter(macro, name))
            continue;
        if (zest_text_equal(name, ZEST_TEXT("caller")) && (uses & JINJA_USES_CALLER))
            zest_jinja_bind(j, name, args->named[i].value);
        else if (uses & JINJA_USES_KWARGS)
            zest_jinja_dict_set(j, kwargs.dict, zest_jinja_string(name), args->named[i].value);
        else
            zest_jinja_fail(j, "macro '%.*s' takes no keyword argument '%.*s'", (int)macro->name.size, macro->name.data,
                            (int)name.size, name.data);
    }
    if (uses & JINJA_USES_KWARGS)
        zest_jinja_bind(j, ZEST_TEXT("kwargs"), kwargs);
}

struct jinja_value zest_jinja_call_macro(struct jinja *j, const struct jinja_macro *macro,
                                         const struct jinja_args *args)
{
    struct jinja_frame *frame = j->frame;
    uint8_t uses = macro->node->kind == JINJA_MACRO_OF ? macro->node->uses : 0;
    if (args->count > parameter_count(macro) && !(uses & JINJA_USES_VARARGS))
        return zest_jinja_fail(j, "macro '%.*s' takes not more than %zu argument(s)", (int)macro->name.size,
                               macro->name.data, parameter_count(macro));
    struct jinja_frame *inner = zest_jinja_push_frame(j, macro->frame);
    if (!inner)
        return zest_jinja_none();
    if (uses & JINJA_USES_CALLER) /* undefined where no call block is round it, and not that of a macro outside */
        zest_jinja_bind(j, ZEST_TEXT("caller"), zest_jinja_undefined(j, "No caller defined"));
    bind_parameters(j, macro, args);
    if (uses & JINJA_USES_VARARGS)
        bind_varargs(j, macro, args);
    bind_named(j, macro, args, uses);
    struct zest_text text = zest_jinja_capture(j, macro->body, inner);
    j->frame = frame;
    return zest_jinja_string(text);
}

/* ---- calls ---- */

static struct jinja_value call_joiner(struct jinja_counter *joiner)
{
    struct jinja_value separator = joiner->items.items[0];
    return joiner->position++ == 0 ? zest_jinja_string(ZEST_TEXT("")) : separator;
}

struct jinja_value zest_jinja_call(struct jinja *j, struct jinja_value callee, const struct jinja_args *args)
{
    switch (callee.kind) {
    case JINJA_UNDEFINED:
        zest_jinja_fail_undefined(j, callee);
        return callee;
    case JINJA_FUNCTION:
        return callee.function->call(j, (struct jinja_value){.kind = JINJA_UNDEFINED}, args);
    case JINJA_METHOD:
        return callee.method->function->call(j, callee.method->self, args);
    case JINJA_MACRO:
        return zest_jinja_call_macro(j, callee.macro, args);
    case JINJA_LOOP:
        if (args->count != 1)
            return zest_jinja_fail(j, "a loop is called with what it goes over");
        return zest_jinja_call_loop(j, callee.loop, args->values[0]);
    case JINJA_JOINER:
        return call_joiner(callee.counter);
    default:
        return zest_jinja_fail(j, "'%s' object is not callable", zest_jinja_type(callee));
    }
}

const struct jinja_function *zest_jinja_find_in(const struct jinja_function *table, size_t count, struct zest_text name)
{
    for (size_t i = 0; i < count; i++)
        if (zest_text_equal(name, zest_text_of(table[i].name)))
            return &table[i];
    return NULL;
}
