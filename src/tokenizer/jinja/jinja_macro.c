/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_macro.c - functions of templates: their runs, macros, callers, blocks; and calling what can be called.
 */
#include "jinja_tree.h"

/* ---- runs of functions ---- */

/* Which list of free activations has room for as many slots: by powers of two. */
static size_t free_list(uint32_t slot_count)
{
    size_t list = 0;
    while (list < JINJA_FREE_COUNT && (4u << list) < slot_count)
        list++;
    return list;
}

static struct jinja_activation *take_activation(struct jinja *j, uint32_t slot_count)
{
    size_t list = free_list(slot_count);
    if (list < JINJA_FREE_COUNT && j->free_activations[list]) {
        struct jinja_activation *activation = j->free_activations[list];
        j->free_activations[list] = activation->next_free;
        return activation;
    }
    uint32_t room = list < JINJA_FREE_COUNT ? 4u << list : slot_count;
    return zest_jinja_alloc(j, 1, sizeof(struct jinja_activation) + room * sizeof(struct jinja_value));
}

struct jinja_activation *zest_jinja_activate(struct jinja *j, const struct jinja_code *code,
                                             struct jinja_activation *outer)
{
    struct jinja_activation *activation =
        zest_jinja_spend(j, code->slot_count / 8) ? take_activation(j, code->slot_count) : NULL;
    if (!activation)
        return NULL;
    activation->outer = outer;
    activation->context = outer ? outer->context : NULL;
    for (uint32_t i = 0; i < code->slot_count; i++)
        activation->slots[i] = zest_jinja_missing();
    return activation;
}

void zest_jinja_deactivate(struct jinja *j, const struct jinja_code *code, struct jinja_activation *activation)
{
    size_t list = free_list(code->slot_count);
    if (code->is_captured || list == JINJA_FREE_COUNT)
        return;
    activation->next_free = j->free_activations[list];
    j->free_activations[list] = activation;
}

static struct jinja_value *slot(const struct jinja *j, struct jinja_place place)
{
    struct jinja_activation *activation = j->activation;
    for (uint16_t hops = place.hops; hops > 0; hops--)
        activation = activation->outer;
    return &activation->slots[place.slot];
}

struct jinja_value zest_jinja_resolve(struct jinja *j, struct zest_text name)
{
    for (const struct jinja_context *context = j->activation->context; context; context = context->outer) {
        const struct jinja_value *found = context->variables ? zest_jinja_dict_get(j, context->variables, name) : NULL;
        if (found)
            return *found;
    }
    const struct jinja_function *global = zest_jinja_find_global(name);
    return global ? (struct jinja_value){.kind = JINJA_FUNCTION, .function = global} : zest_jinja_missing();
}

void zest_jinja_enter_scope(struct jinja *j, const struct jinja_scope *scope)
{
    for (const struct jinja_load *load = scope->loads; load; load = load->next) {
        struct jinja_value *target = &j->activation->slots[load->slot];
        if (load->action == JINJA_LOAD_RESOLVE)
            *target = zest_jinja_resolve(j, load->name);
        else if (load->action == JINJA_LOAD_ALIAS)
            *target = *slot(j, load->from);
        else if (load->action == JINJA_LOAD_NOTHING)
            *target = zest_jinja_missing();
    }
}

void zest_jinja_leave_scope(struct jinja *j, const struct jinja_scope *scope)
{
    for (const struct jinja_load *load = scope->loads; load; load = load->next)
        j->activation->slots[load->slot] = zest_jinja_missing();
}

/* ---- output into a text ---- */

struct jinja_output *zest_jinja_begin_capture(struct jinja *j, struct jinja_output *capture)
{
    struct jinja_output *outer = j->output;
    *capture = (struct jinja_output){0};
    j->output = capture;
    return outer;
}

struct zest_text zest_jinja_end_capture(struct jinja *j, struct jinja_output *outer)
{
    struct zest_text text = zest_jinja_output_text(j->output);
    j->output = outer;
    return text;
}

/* ---- macros ---- */

void zest_jinja_define_macro(struct jinja *j, const struct jinja_node *node)
{
    struct jinja_macro *macro = zest_jinja_alloc(j, 1, sizeof *macro);
    if (!macro)
        return;
    *macro = (struct jinja_macro){node->code, j->activation};
    zest_jinja_set_variable(j, node, (struct jinja_value){.kind = JINJA_MACRO, .macro = macro});
}

struct jinja_value zest_jinja_macro_attribute(struct jinja *j, const struct jinja_macro *macro, struct zest_text name)
{
    const struct jinja_code *code = macro->code;
    if (zest_text_equal(name, ZEST_TEXT("name")))
        return code->name.data ? zest_jinja_string(code->name) : zest_jinja_none();
    if (zest_text_equal(name, ZEST_TEXT("caller")))
        return zest_jinja_bool(code->takes_caller);
    if (zest_text_equal(name, ZEST_TEXT("explicit_caller")))
        return zest_jinja_bool(code->explicit_caller);
    if (zest_text_equal(name, ZEST_TEXT("catch_kwargs")))
        return zest_jinja_bool(code->takes_kwargs);
    if (zest_text_equal(name, ZEST_TEXT("catch_varargs")))
        return zest_jinja_bool(code->takes_varargs);
    if (!zest_text_equal(name, ZEST_TEXT("arguments")))
        return zest_jinja_missing();
    struct jinja_value tuple = zest_jinja_list(j, code->parameter_count);
    for (const struct jinja_node *one = code->parameters; one && !j->failed; one = one->next)
        tuple.list->items[tuple.list->count++] = zest_jinja_string(one->name->text);
    tuple.kind = j->failed ? tuple.kind : JINJA_TUPLE;
    return tuple;
}

/* The named arguments of a call, and which of them a parameter has taken. */
struct rest {
    const struct jinja_args *args;
    bool *is_taken, here[16];
};

static bool begin_rest(struct jinja *j, struct rest *rest, const struct jinja_args *args)
{
    *rest = (struct rest){.args = args};
    rest->is_taken = rest->here;
    if (args->named_count > ZEST_COUNT(rest->here))
        rest->is_taken = zest_jinja_alloc(j, args->named_count, sizeof *rest->is_taken);
    if (rest->is_taken && args->named_count > 0)
        memset(rest->is_taken, 0, args->named_count * sizeof *rest->is_taken);
    return !j->failed;
}

static struct jinja_value take_named(struct rest *rest, struct zest_text name)
{
    for (size_t i = 0; i < rest->args->named_count; i++)
        if (!rest->is_taken[i] && zest_text_equal(rest->args->named[i].name, name)) {
            rest->is_taken[i] = true;
            return rest->args->named[i].value;
        }
    return zest_jinja_missing();
}

/* Positional arguments in order, then those by name. */
static void bind_parameters(struct jinja *j, const struct jinja_code *code, struct rest *rest)
{
    size_t index = 0;
    for (const struct jinja_node *one = code->parameters; one; one = one->next, index++)
        j->activation->slots[one->place.slot] =
            index < rest->args->count ? rest->args->values[index] : take_named(rest, one->name->text);
}

/* Where the caller stands among the parameters and is given by position while others are not, Jinja looks for another
 * one, which is one argument too many. */
static bool has_lost_caller(const struct jinja_code *code, const struct jinja_args *args)
{
    size_t index = 0;
    for (const struct jinja_node *one = code->parameters; one; one = one->next, index++)
        if (one->name->special == JINJA_SPECIAL_CALLER)
            return args->count < code->parameter_count && index < args->count;
    return false;
}

static void bind_caller(struct jinja *j, const struct jinja_code *code, struct rest *rest)
{
    if (!code->takes_caller)
        return;
    if (code->explicit_caller) {
        if (has_lost_caller(code, rest->args))
            zest_jinja_fail(j, "the caller is given by position, and other arguments are not");
        return;
    }
    struct jinja_value caller = take_named(rest, ZEST_TEXT("caller"));
    if (caller.kind == JINJA_MISSING || caller.kind == JINJA_NONE)
        caller = zest_jinja_because("No caller defined");
    j->activation->slots[code->caller.slot] = caller;
}

static void bind_kwargs(struct jinja *j, const struct jinja_code *code, struct rest *rest)
{
    const struct jinja_args *args = rest->args;
    struct jinja_value kwargs = code->takes_kwargs ? zest_jinja_dict(j, args->named_count) : zest_jinja_none();
    for (size_t i = 0; i < args->named_count && !j->failed; i++) {
        if (rest->is_taken[i])
            continue;
        if (code->takes_kwargs)
            zest_jinja_dict_set(j, kwargs.dict, zest_jinja_string(args->named[i].name), args->named[i].value);
        else
            zest_jinja_fail(j, "macro '%.*s' takes no keyword argument '%.*s'", (int)(code->name.size & 127),
                            code->name.data ? code->name.data : "", (int)(args->named[i].name.size & 127),
                            args->named[i].name.data);
    }
    if (code->takes_kwargs)
        j->activation->slots[code->kwargs.slot] = kwargs;
}

static void bind_varargs(struct jinja *j, const struct jinja_code *code, const struct jinja_args *args)
{
    size_t count = code->parameter_count, more = args->count > count ? args->count - count : 0;
    if (code->takes_varargs)
        j->activation->slots[code->varargs.slot] = zest_jinja_tuple_of(j, args->values + args->count - more, more);
    else if (more > 0)
        zest_jinja_fail(j, "macro '%.*s' takes not more than %zu argument(s)", (int)(code->name.size & 127),
                        code->name.data ? code->name.data : "", count);
}

/* What is still missing: defaults, which see each other, in order. */
static void set_defaults(struct jinja *j, const struct jinja_code *code)
{
    for (const struct jinja_node *one = code->parameters; one && !j->failed; one = one->next) {
        struct jinja_activation *activation = j->activation;
        if (activation->slots[one->place.slot].kind != JINJA_MISSING)
            continue;
        struct jinja_value value = one->a ? zest_jinja_eval(j, one->a)
                                          : zest_jinja_undefined(JINJA_NO_ARGUMENT, one->name->text, JINJA_UNDEFINED);
        activation->slots[one->place.slot] = value;
    }
}

static struct zest_text run_macro(struct jinja *j, const struct jinja_code *code, const struct jinja_args *args)
{
    struct rest rest;
    struct jinja_output capture, *output;
    if (!begin_rest(j, &rest, args))
        return ZEST_TEXT("");
    output = zest_jinja_begin_capture(j, &capture);
    bind_parameters(j, code, &rest);
    bind_caller(j, code, &rest);
    bind_kwargs(j, code, &rest);
    bind_varargs(j, code, args);
    if (!j->failed) {
        zest_jinja_enter_scope(j, code->scope);
        set_defaults(j, code);
        zest_jinja_run(j, code->body);
    }
    return zest_jinja_end_capture(j, output);
}

struct jinja_value zest_jinja_call_macro(struct jinja *j, const struct jinja_macro *macro,
                                         const struct jinja_args *args)
{
    struct jinja_activation *outer = j->activation, *activation = zest_jinja_activate(j, macro->code, macro->outer);
    if (!activation || !zest_jinja_enter(j))
        return zest_jinja_none();
    j->activation = activation;
    struct jinja_value text = zest_jinja_string(run_macro(j, macro->code, args));
    text.flags = j->autoescape ? JINJA_MARKUP : 0;
    j->activation = outer;
    zest_jinja_deactivate(j, macro->code, activation);
    zest_jinja_leave(j);
    return text;
}

/* {% call %}: the callee gets the block as its caller. What it answers must be a text. */
void zest_jinja_run_call(struct jinja *j, const struct jinja_node *node)
{
    struct jinja_collection c;
    struct jinja_macro *macro = zest_jinja_alloc(j, 1, sizeof *macro);
    if (!macro)
        return;
    *macro = (struct jinja_macro){node->code, j->activation};
    struct jinja_value caller = {.kind = JINJA_MACRO, .macro = macro}, result;
    if (!node->a) { /* a generation block */
        result = zest_jinja_call_macro(j, macro, &(struct jinja_args){0});
    } else {
        struct jinja_value callee = zest_jinja_eval(j, node->a->a);
        if (j->failed || !zest_jinja_collect_args(j, node->a->b, &c))
            return;
        for (size_t i = 0; i < c.args.named_count; i++)
            if (zest_text_equal(c.args.named[i].name, ZEST_TEXT("caller")))
                zest_jinja_fail(j, "got multiple values for keyword argument 'caller'");
        zest_jinja_add_named(j, &c, ZEST_TEXT("caller"), caller);
        j->at = node->a->at;
        result = zest_jinja_call(j, callee, &c.args);
    }
    if (!j->failed && result.kind != JINJA_STRING)
        zest_jinja_fail(j, "a call block needs a text, not %s", zest_jinja_type(result));
    else
        zest_jinja_write_value(j, j->output, result);
}

/* ---- blocks ---- */

struct jinja_value zest_jinja_find_block(struct jinja *j, struct jinja_value self, struct zest_text name)
{
    for (const struct jinja_block_code *one = j->template->blocks; one; one = one->next) {
        struct jinja_block *block = zest_text_equal(one->name, name) ? zest_jinja_alloc(j, 1, sizeof *block) : NULL;
        if (!block)
            continue;
        *block = (struct jinja_block){one, self.context};
        return (struct jinja_value){.kind = JINJA_BLOCK, .block = block};
    }
    return zest_jinja_missing();
}

void zest_jinja_run_block(struct jinja *j, const struct jinja_block_code *block, const struct jinja_context *context)
{
    struct jinja_activation *outer = j->activation, *activation = zest_jinja_activate(j, block->code, NULL);
    if (!activation || !zest_jinja_enter(j))
        return;
    activation->context = context;
    j->activation = activation;
    zest_jinja_enter_scope(j, block->code->scope);
    if (block->self.is_set)
        activation->slots[block->self.slot] = (struct jinja_value){.kind = JINJA_SELF, .context = context};
    if (block->super.is_set)
        activation->slots[block->super.slot] = zest_jinja_because("there is no parent block");
    zest_jinja_run(j, block->code->body);
    j->activation = outer;
    zest_jinja_deactivate(j, block->code, activation);
    zest_jinja_leave(j);
}

static struct jinja_value call_block(struct jinja *j, const struct jinja_block *block, const struct jinja_args *args)
{
    if (args->count + args->named_count > 0)
        return zest_jinja_fail(j, "BlockReference.__call__() takes 1 positional argument");
    struct jinja_output capture, *output = zest_jinja_begin_capture(j, &capture);
    zest_jinja_run_block(j, block->code, block->context);
    struct jinja_value text = zest_jinja_string(zest_jinja_end_capture(j, output));
    text.flags = j->autoescape ? JINJA_MARKUP : 0;
    return text;
}

/* ---- calls ---- */

static struct jinja_value call_joiner(struct jinja *j, struct jinja_counter *joiner, const struct jinja_args *args)
{
    if (args->count + args->named_count > 0)
        return zest_jinja_fail(j, "Joiner.__call__() takes 1 positional argument");
    return joiner->position++ == 0 ? zest_jinja_string(ZEST_TEXT("")) : joiner->items.items[0];
}

struct jinja_value zest_jinja_call(struct jinja *j, struct jinja_value callee, const struct jinja_args *args)
{
    if (j->failed)
        return callee;
    switch (callee.kind) {
    case JINJA_UNDEFINED:
        return zest_jinja_fail_undefined(j, callee);
    case JINJA_FUNCTION:
        return zest_jinja_apply(j, callee.function, (struct jinja_value){.kind = JINJA_UNDEFINED}, args);
    case JINJA_METHOD:
        return zest_jinja_apply(j, callee.method->function, callee.method->self, args);
    case JINJA_MACRO:
        return zest_jinja_call_macro(j, callee.macro, args);
    case JINJA_LOOP:
        if (args->count != 1 || args->named_count > 0)
            return zest_jinja_fail(j, "a loop is called with what it goes over");
        return zest_jinja_call_loop(j, callee.loop, args->values[0]);
    case JINJA_JOINER:
        return call_joiner(j, callee.counter, args);
    case JINJA_BLOCK:
        return call_block(j, callee.block, args);
    default:
        return zest_jinja_fail(j, "'%s' object is not callable", zest_jinja_type(callee));
    }
}
