/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_statements.c - runs a template's statements, and its loops. Start at zest_jinja_render.
 */
#include "jinja_tree.h"

struct jinja_loop {
    const struct jinja_node *node;
    const struct jinja_list *items;
    size_t index; /* from 0 */
    uint32_t depth;
    struct jinja_frame *parent;
    struct jinja_value last_changed;
    bool has_changed;
};

/* ---- scopes ---- */

struct jinja_frame *zest_jinja_push_frame(struct jinja *j, struct jinja_frame *parent)
{
    struct jinja_frame *frame = zest_jinja_alloc(j, 1, sizeof *frame);
    if (!frame)
        return NULL;
    *frame = (struct jinja_frame){NULL, parent};
    j->frame = frame;
    return frame;
}

void zest_jinja_bind(struct jinja *j, struct zest_text name, struct jinja_value value)
{
    if (j->failed)
        return;
    for (struct jinja_variable *variable = j->frame->variables; variable; variable = variable->next)
        if (zest_text_equal(variable->name, name)) {
            variable->value = value;
            return;
        }
    struct jinja_variable *variable = zest_jinja_alloc(j, 1, sizeof *variable);
    if (!variable)
        return;
    *variable = (struct jinja_variable){name, value, j->frame->variables};
    j->frame->variables = variable;
}

static void unpack(struct jinja *j, const struct jinja_node *targets, struct jinja_value value)
{
    size_t wanted = 0, at = 0;
    for (const struct jinja_node *target = targets; target; target = target->next)
        wanted++;
    const struct jinja_list *items = zest_jinja_iterate(j, value);
    if (j->failed)
        return;
    if (items->count < wanted)
        zest_jinja_fail(j, "not enough values to unpack (expected %zu, got %zu)", wanted, items->count);
    else if (items->count > wanted)
        zest_jinja_fail(j, "too many values to unpack (expected %zu)", wanted);
    for (const struct jinja_node *target = targets; target && !j->failed; target = target->next)
        zest_jinja_assign(j, target, items->items[at++]);
}

static void assign_member(struct jinja *j, const struct jinja_node *target, struct jinja_value value)
{
    struct jinja_value owner = zest_jinja_eval(j, target->a);
    if (j->failed)
        return;
    if (owner.kind != JINJA_NAMESPACE) {
        zest_jinja_fail(j, "cannot assign attribute on non-namespace object");
        return;
    }
    zest_jinja_dict_set(j, owner.dict, zest_jinja_string(target->text), value);
}

void zest_jinja_assign(struct jinja *j, const struct jinja_node *target, struct jinja_value value)
{
    if (j->failed)
        return;
    if (target->kind == JINJA_TUPLE_OF)
        unpack(j, target->a, value);
    else if (target->kind == JINJA_ATTRIBUTE)
        assign_member(j, target, value);
    else if (target->kind == JINJA_NAME)
        zest_jinja_bind(j, target->text, value);
    else
        zest_jinja_fail(j, "can't assign to this expression");
}

struct zest_text zest_jinja_capture(struct jinja *j, const struct jinja_node *body, struct jinja_frame *parent)
{
    struct jinja_output output = {0}, *outer = j->output;
    struct jinja_frame *frame = j->frame;
    enum jinja_flow flow = j->flow;
    j->output = &output;
    j->flow = JINJA_GOES_ON;
    if (zest_jinja_push_frame(j, parent))
        zest_jinja_run(j, body);
    j->frame = frame;
    j->output = outer;
    j->flow = flow; /* a break inside does not reach a loop outside */
    return zest_jinja_output_text(&output);
}

/* ---- loops ---- */

struct jinja_value zest_jinja_loop_attribute(struct jinja *j, struct jinja_loop *loop, struct zest_text name)
{
    int64_t index = (int64_t)loop->index, count = (int64_t)loop->items->count;
    const struct {
        const char *name;
        struct jinja_value value;
    } attributes[] = {
        {"index", zest_jinja_int(index + 1)},
        {"index0", zest_jinja_int(index)},
        {"first", zest_jinja_bool(index == 0)},
        {"last", zest_jinja_bool(index + 1 == count)},
        {"length", zest_jinja_int(count)},
        {"revindex", zest_jinja_int(count - index)},
        {"revindex0", zest_jinja_int(count - index - 1)},
        {"depth", zest_jinja_int(loop->depth + 1)},
        {"depth0", zest_jinja_int(loop->depth)},
    };
    for (size_t i = 0; i < ZEST_COUNT(attributes); i++)
        if (zest_text_equal(name, zest_text_of(attributes[i].name)))
            return attributes[i].value;
    if (zest_text_equal(name, ZEST_TEXT("previtem")))
        return index > 0 ? loop->items->items[index - 1] : zest_jinja_undefined(j, "there is no previous item");
    if (zest_text_equal(name, ZEST_TEXT("nextitem")))
        return index + 1 < count ? loop->items->items[index + 1] : zest_jinja_undefined(j, "there is no next item");
    const struct jinja_function *function = zest_jinja_find_method(JINJA_LOOP, name);
    struct jinja_method *method = function ? zest_jinja_alloc(j, 1, sizeof *method) : NULL;
    if (!method)
        return (struct jinja_value){.kind = JINJA_UNDEFINED};
    *method = (struct jinja_method){{.kind = JINJA_LOOP, .loop = loop}, function};
    return (struct jinja_value){.kind = JINJA_METHOD, .method = method};
}

static struct jinja_value loop_cycle(struct jinja *j, struct jinja_value self, const struct jinja_args *args)
{
    if (args->count == 0)
        return zest_jinja_fail(j, "no items for cycling given");
    return args->values[self.loop->index % args->count];
}

static struct jinja_value loop_changed(struct jinja *j, struct jinja_value self, const struct jinja_args *args)
{
    struct jinja_value now = zest_jinja_list(j, args->count);
    if (now.kind != JINJA_LIST)
        return now;
    memcpy(now.list->items, args->values, args->count * sizeof *args->values);
    now.list->count = args->count;
    bool changed = !self.loop->has_changed || !zest_jinja_equal(j, self.loop->last_changed, now);
    self.loop->has_changed = true;
    self.loop->last_changed = now;
    return zest_jinja_bool(changed);
}

static const struct jinja_function loop_methods[] = {{"cycle", loop_cycle}, {"changed", loop_changed}};

const struct jinja_function *zest_jinja_find_loop_method(struct zest_text name)
{
    return zest_jinja_find_in(loop_methods, ZEST_COUNT(loop_methods), name);
}

/* The items for which the loop's own condition holds. */
static const struct jinja_list *only_matching(struct jinja *j, const struct jinja_node *node,
                                              const struct jinja_list *items)
{
    struct jinja_value kept = zest_jinja_list(j, items->count);
    struct jinja_frame *frame = j->frame;
    for (size_t i = 0; i < items->count && !j->failed && zest_jinja_push_frame(j, frame); i++) {
        zest_jinja_assign(j, node->a, items->items[i]);
        if (zest_jinja_truth(zest_jinja_eval(j, node->e)) && !j->failed)
            kept.list->items[kept.list->count++] = items->items[i];
    }
    j->frame = frame;
    return j->failed ? NULL : kept.list;
}

static void run_items(struct jinja *j, struct jinja_loop *loop)
{
    struct jinja_value self = {.kind = JINJA_LOOP, .loop = loop};
    for (loop->index = 0; loop->index < loop->items->count && zest_jinja_spend(j, 1); loop->index++) {
        if (!zest_jinja_push_frame(j, loop->parent))
            break;
        zest_jinja_bind(j, ZEST_TEXT("loop"), self);
        zest_jinja_assign(j, loop->node->a, loop->items->items[loop->index]);
        zest_jinja_run(j, loop->node->c);
        enum jinja_flow flow = j->flow;
        j->flow = JINJA_GOES_ON;
        if (flow == JINJA_BREAKS)
            break;
    }
}

static void run_loop(struct jinja *j, const struct jinja_node *node, struct jinja_value over, uint32_t depth,
                     struct jinja_frame *parent)
{
    struct jinja_frame *frame = j->frame;
    j->frame = parent;
    const struct jinja_list *items = zest_jinja_iterate(j, over);
    if (items && node->e)
        items = only_matching(j, node, items);
    struct jinja_loop *loop = items ? zest_jinja_alloc(j, 1, sizeof *loop) : NULL;
    if (loop) {
        *loop = (struct jinja_loop){.node = node, .items = items, .depth = depth, .parent = parent};
        if (items->count > 0)
            run_items(j, loop);
        else if (node->d && zest_jinja_push_frame(j, parent))
            zest_jinja_run(j, node->d);
    }
    j->frame = frame;
}

struct jinja_value zest_jinja_call_loop(struct jinja *j, struct jinja_loop *loop, struct jinja_value over)
{
    struct jinja_output output = {0}, *outer = j->output;
    if (!loop->node->flag)
        return zest_jinja_fail(j, "The loop must have the 'recursive' marker to be called recursively.");
    j->output = &output;
    run_loop(j, loop->node, over, loop->depth + 1, loop->parent);
    j->output = outer;
    return zest_jinja_string(zest_jinja_output_text(&output));
}

/* ---- statements ---- */

static void run_scope(struct jinja *j, const struct jinja_node *body)
{
    struct jinja_frame *frame = j->frame;
    if (zest_jinja_push_frame(j, frame))
        zest_jinja_run(j, body);
    j->frame = frame;
}

/* Filters on a block's text: the innermost one has no left side in the tree. */
static struct jinja_value apply_filters(struct jinja *j, const struct jinja_node *filter, struct jinja_value text)
{
    struct jinja_args args;
    struct jinja_value self = filter->a ? apply_filters(j, filter->a, text) : text;
    if (j->failed || !zest_jinja_collect_args(j, filter->b, &args))
        return self;
    return filter->function->call(j, self, &args);
}

static void run_set_body(struct jinja *j, const struct jinja_node *node)
{
    struct jinja_value text = zest_jinja_string(zest_jinja_capture(j, node->c, j->frame));
    zest_jinja_assign(j, node->a, node->b ? apply_filters(j, node->b, text) : text);
}

static void run_with(struct jinja *j, const struct jinja_node *node)
{
    struct jinja_frame *outer = j->frame, *inner = zest_jinja_push_frame(j, outer);
    for (const struct jinja_node *set = node->a; set && !j->failed; set = set->next) {
        j->frame = outer; /* values see what is outside only */
        struct jinja_value value = zest_jinja_eval(j, set->b);
        j->frame = inner;
        zest_jinja_assign(j, set->a, value);
    }
    j->frame = inner;
    if (!j->failed)
        zest_jinja_run(j, node->b);
    j->frame = outer;
}

static void define_macro(struct jinja *j, const struct jinja_node *node)
{
    struct jinja_macro *macro = zest_jinja_alloc(j, 1, sizeof *macro);
    if (!macro)
        return;
    *macro = (struct jinja_macro){node, node->text, node->a, node->b, j->frame};
    zest_jinja_bind(j, node->text, (struct jinja_value){.kind = JINJA_MACRO, .macro = macro});
}

static void run_call(struct jinja *j, const struct jinja_node *node)
{
    struct jinja_args args;
    struct jinja_macro *caller = zest_jinja_alloc(j, 1, sizeof *caller);
    struct jinja_value callee = zest_jinja_eval(j, node->a->a);
    if (j->failed || !zest_jinja_collect_args(j, node->a->b, &args))
        return;
    struct jinja_named *named = zest_jinja_alloc(j, args.named_count + 1, sizeof *named);
    if (!named)
        return;
    *caller = (struct jinja_macro){node, ZEST_TEXT("caller"), node->c, node->b, j->frame};
    if (args.named_count > 0)
        memcpy(named, args.named, args.named_count * sizeof *named);
    named[args.named_count++] = (struct jinja_named){ZEST_TEXT("caller"), {.kind = JINJA_MACRO, .macro = caller}};
    args.named = named;
    zest_jinja_write_value(j, j->output, zest_jinja_call(j, callee, &args));
}

static void run_filter_block(struct jinja *j, const struct jinja_node *node)
{
    struct jinja_value text = zest_jinja_string(zest_jinja_capture(j, node->b, j->frame));
    if (!j->failed)
        zest_jinja_write_value(j, j->output, apply_filters(j, node->a, text));
}

static void run_statement(struct jinja *j, const struct jinja_node *node)
{
    switch (node->kind) {
    case JINJA_DATA:
        zest_jinja_write_text(j, j->output, node->text);
        break;
    case JINJA_PRINT:
        zest_jinja_write_value(j, j->output, zest_jinja_eval(j, node->a));
        break;
    case JINJA_FOR: {
        struct jinja_value over = zest_jinja_eval(j, node->b);
        if (!j->failed)
            run_loop(j, node, over, 0, j->frame);
        break;
    }
    case JINJA_IF:
        zest_jinja_run(j, zest_jinja_truth(zest_jinja_eval(j, node->a)) ? node->b : node->c);
        break;
    case JINJA_SET:
        zest_jinja_assign(j, node->a, zest_jinja_eval(j, node->b));
        break;
    case JINJA_SET_BODY:
        run_set_body(j, node);
        break;
    case JINJA_MACRO_OF:
        define_macro(j, node);
        break;
    case JINJA_CALL_OF:
        run_call(j, node);
        break;
    case JINJA_FILTER_OF:
        run_filter_block(j, node);
        break;
    case JINJA_WITH:
        run_with(j, node);
        break;
    case JINJA_SCOPE:
        run_scope(j, node->a);
        break;
    case JINJA_BREAK:
    case JINJA_CONTINUE:
        j->flow = node->kind == JINJA_BREAK ? JINJA_BREAKS : JINJA_CONTINUES;
        break;
    default:
        zest_jinja_fail(j, "no loader for this environment specified");
    }
}

void zest_jinja_run(struct jinja *j, const struct jinja_node *body)
{
    if (!zest_jinja_enter(j))
        return;
    for (const struct jinja_node *node = body; node && j->flow == JINJA_GOES_ON && zest_jinja_spend(j, 1);
         node = node->next) {
        j->line = node->line;
        run_statement(j, node);
    }
    zest_jinja_leave(j);
}

struct zest_text zest_jinja_render(struct jinja *j, struct zest_text source, struct jinja_value globals)
{
    struct jinja_tokens tokens;
    struct jinja_output output = {0};
    zest_jinja_lex(j, source, &tokens);
    const struct jinja_node *body = zest_jinja_parse(j, &tokens);
    j->output = &output;
    j->frame = NULL;
    if (!j->failed && zest_jinja_push_frame(j, NULL)) {
        for (size_t i = 0; globals.kind == JINJA_DICT && i < globals.dict->count; i++)
            if (globals.dict->entries[i].key.kind == JINJA_STRING)
                zest_jinja_bind(j, globals.dict->entries[i].key.text, globals.dict->entries[i].value);
        zest_jinja_push_frame(j, j->frame); /* what the template sets, over what it was given */
        zest_jinja_run(j, body);
    }
    return zest_jinja_output_text(&output);
}
