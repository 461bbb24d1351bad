/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_loop.c - for loops, and the `loop` that they show: Jinja's LoopContext, which looks one item ahead when it is
 * asked for the last one and takes all that are left when it is asked for their number.
 */
#include "jinja_methods.h"
#include "jinja_tree.h"

struct jinja_loop {
    const struct jinja_node *node;
    struct jinja_value over; /* what it goes over */
    struct jinja_iterator iterator;
    struct jinja_value before, current, after; /* the items round this one, JINJA_MISSING where not known */
    struct jinja_value last_changed;
    int64_t index;                  /* from 0, -1 before the first item */
    int64_t length;                 /* -1: not known yet */
    int64_t depth;                  /* from 0 */
    struct jinja_activation *outer; /* of a recursive one: where its function was made */
};

/* ---- the iterator in it ---- */

bool zest_jinja_loop_next(struct jinja *j, struct jinja_loop *loop, struct jinja_value *ret_item)
{
    struct jinja_value item = loop->after;
    if (item.kind == JINJA_MISSING && !zest_jinja_next(j, &loop->iterator, &item))
        return false;
    loop->after = zest_jinja_missing();
    loop->index++;
    loop->before = loop->current;
    *ret_item = loop->current = item;
    return true;
}

static struct jinja_value peek(struct jinja *j, struct jinja_loop *loop)
{
    struct jinja_value item;
    if (loop->after.kind == JINJA_MISSING && zest_jinja_next(j, &loop->iterator, &item))
        loop->after = item;
    return loop->after;
}

int64_t zest_jinja_loop_index(const struct jinja_loop *loop)
{
    return loop->index;
}

int64_t zest_jinja_loop_length(struct jinja *j, struct jinja_loop *loop)
{
    if (loop->length >= 0)
        return loop->length;
    if (zest_jinja_has_length(loop->over)) {
        loop->length = (int64_t)zest_jinja_length(j, loop->over);
        return loop->length;
    }
    struct jinja_value left = zest_jinja_list(j, 4), item;
    size_t capacity = 4;
    while (!j->failed && zest_jinja_next(j, &loop->iterator, &item))
        zest_jinja_append(j, left.list, &capacity, item);
    if (j->failed || !zest_jinja_iterate(j, left, &loop->iterator))
        return 0;
    loop->length = (int64_t)left.list->count + loop->index + 1 + (loop->after.kind != JINJA_MISSING);
    return loop->length;
}

/* ---- what templates see of it ---- */

enum attribute {
    ATTRIBUTE_NONE,
    ATTRIBUTE_INDEX,
    ATTRIBUTE_INDEX0,
    ATTRIBUTE_FIRST,
    ATTRIBUTE_LAST,
    ATTRIBUTE_LENGTH,
    ATTRIBUTE_REVINDEX,
    ATTRIBUTE_REVINDEX0,
    ATTRIBUTE_DEPTH,
    ATTRIBUTE_DEPTH0,
    ATTRIBUTE_PREVITEM,
    ATTRIBUTE_NEXTITEM,
};

static enum attribute attribute_of(struct zest_text name)
{
    static const char *const names[] = {
        "",         "index",     "index0", "first",  "last",     "length",
        "revindex", "revindex0", "depth",  "depth0", "previtem", "nextitem",
    };
    for (size_t i = 1; i < ZEST_COUNT(names); i++)
        if (name.size > 0 && name.data[0] == names[i][0] && zest_text_equal(name, zest_text_of(names[i])))
            return (enum attribute)i;
    return ATTRIBUTE_NONE;
}

struct jinja_value zest_jinja_loop_attribute(struct jinja *j, struct jinja_value value, struct zest_text name)
{
    struct jinja_loop *loop = value.loop;
    struct jinja_value item;
    switch (attribute_of(name)) {
    case ATTRIBUTE_INDEX:
        return zest_jinja_int(loop->index + 1);
    case ATTRIBUTE_INDEX0:
        return zest_jinja_int(loop->index);
    case ATTRIBUTE_FIRST:
        return zest_jinja_bool(loop->index == 0);
    case ATTRIBUTE_LAST:
        return zest_jinja_bool(peek(j, loop).kind == JINJA_MISSING);
    case ATTRIBUTE_LENGTH:
        return zest_jinja_int(zest_jinja_loop_length(j, loop));
    case ATTRIBUTE_REVINDEX:
        return zest_jinja_int(zest_jinja_loop_length(j, loop) - loop->index);
    case ATTRIBUTE_REVINDEX0:
        return zest_jinja_int(zest_jinja_loop_length(j, loop) - loop->index - 1);
    case ATTRIBUTE_DEPTH:
        return zest_jinja_int(loop->depth + 1);
    case ATTRIBUTE_DEPTH0:
        return zest_jinja_int(loop->depth);
    case ATTRIBUTE_PREVITEM:
        return loop->index == 0 ? zest_jinja_because("there is no previous item") : loop->before;
    case ATTRIBUTE_NEXTITEM:
        item = peek(j, loop);
        return item.kind == JINJA_MISSING ? zest_jinja_because("there is no next item") : item;
    case ATTRIBUTE_NONE:
        break;
    }
    return zest_jinja_missing();
}

static struct jinja_value loop_cycle(struct jinja *j, struct jinja_value self, const struct jinja_args *args)
{
    if (args->named_count > 0)
        return zest_jinja_fail(j, "LoopContext.cycle() got an unexpected keyword argument");
    if (args->count == 0)
        return zest_jinja_fail(j, "no items for cycling given");
    int64_t count = (int64_t)args->count, index = self.loop->index % count;
    return args->values[index < 0 ? index + count : index];
}

static struct jinja_value loop_changed(struct jinja *j, struct jinja_value self, const struct jinja_args *args)
{
    if (args->named_count > 0)
        return zest_jinja_fail(j, "LoopContext.changed() got an unexpected keyword argument");
    struct jinja_value now = zest_jinja_tuple_of(j, args->values, args->count);
    struct jinja_loop *loop = self.loop;
    bool changed = loop->last_changed.kind == JINJA_MISSING || !zest_jinja_equal(j, loop->last_changed, now);
    if (changed)
        loop->last_changed = now;
    return zest_jinja_bool(changed);
}

const struct jinja_function zest_jinja_loop_methods[] = {
    {"cycle", loop_cycle, 0, JINJA_ANY_COUNT, NULL, NULL},
    {"changed", loop_changed, 0, JINJA_ANY_COUNT, NULL, NULL},
    {NULL, NULL, 0, 0, NULL, NULL},
};

/* ---- conditions: for x in y if z ---- */

/* A run of the loop's filter, which goes on whenever an item is wanted. */
struct filtering {
    const struct jinja_code *code;
    struct jinja_activation *activation;
    bool has_begun;
};

static bool next_filtered(struct jinja *j, struct jinja_iterator *self, struct jinja_value *ret_item)
{
    struct filtering *filtering = self->state;
    struct jinja_activation *activation = j->activation;
    bool is_wanted = false;
    j->activation = filtering->activation;
    if (!filtering->has_begun)
        zest_jinja_enter_scope(j, filtering->code->scope);
    filtering->has_begun = true;
    while (!is_wanted && zest_jinja_source_next(j, self, ret_item)) {
        zest_jinja_assign(j, filtering->code->parameters, *ret_item);
        is_wanted = zest_jinja_truth(j, zest_jinja_eval(j, filtering->code->body)) && !j->failed;
    }
    j->activation = activation;
    return is_wanted;
}

/* The filter is made where the loop is, and so is that of a recursive one: outside of its function. */
static struct jinja_value filtered(struct jinja *j, const struct jinja_code *code, struct jinja_value over,
                                   struct jinja_activation *outer)
{
    struct filtering *filtering = zest_jinja_alloc(j, 1, sizeof *filtering);
    if (!filtering)
        return over;
    *filtering = (struct filtering){code, zest_jinja_activate(j, code, outer ? outer : j->activation), false};
    if (!filtering->activation)
        return over;
    return zest_jinja_generator(j, over, filtering, next_filtered);
}

/* ---- running ---- */

/* One round; false where the loop ends. */
static bool run_body(struct jinja *j, const struct jinja_node *node, struct jinja_value item, struct jinja_loop *loop,
                     bool *ret_is_whole)
{
    zest_jinja_assign(j, node->a, item);
    if (loop)
        j->activation->slots[node->loop->loop.slot] = (struct jinja_value){.kind = JINJA_LOOP, .loop = loop};
    zest_jinja_enter_scope(j, node->loop->scope);
    zest_jinja_run(j, node->c);
    enum jinja_flow flow = j->flow;
    j->flow = JINJA_GOES_ON;
    *ret_is_whole = *ret_is_whole || flow == JINJA_GOES_ON;
    return flow != JINJA_BREAKS && !j->failed;
}

static struct jinja_loop *make_loop(struct jinja *j, const struct jinja_node *node, struct jinja_value over,
                                    int64_t depth, struct jinja_activation *outer)
{
    struct jinja_loop *loop = zest_jinja_alloc(j, 1, sizeof *loop);
    if (!loop)
        return NULL;
    *loop = (struct jinja_loop){.node = node,
                                .over = over,
                                .before = zest_jinja_missing(),
                                .current = zest_jinja_missing(),
                                .after = zest_jinja_missing(),
                                .last_changed = zest_jinja_missing(),
                                .index = -1,
                                .length = -1,
                                .depth = depth,
                                .outer = outer};
    return zest_jinja_iterate(j, over, &loop->iterator) ? loop : NULL;
}

/* The else part runs where no round came to its end: break and continue count as none, as in what Jinja makes. */
static void run_rounds(struct jinja *j, const struct jinja_node *node, struct jinja_value over, int64_t depth,
                       struct jinja_activation *outer)
{
    const struct jinja_loop_code *code = node->loop;
    struct jinja_iterator iterator;
    struct jinja_loop *loop = NULL;
    struct jinja_value item;
    bool is_whole = false, goes_on = true;
    if (code->filter)
        over = filtered(j, code->filter, over, outer);
    if (code->is_extended) {
        loop = make_loop(j, node, over, depth, outer);
        while (loop && goes_on && zest_jinja_loop_next(j, loop, &item))
            goes_on = run_body(j, node, item, loop, &is_whole);
    } else if (zest_jinja_iterate(j, over, &iterator)) {
        while (goes_on && zest_jinja_next(j, &iterator, &item))
            goes_on = run_body(j, node, item, NULL, &is_whole);
    }
    if (j->failed)
        return;
    zest_jinja_leave_scope(j, code->scope);
    if (is_whole || !node->d)
        return;
    zest_jinja_enter_scope(j, code->else_scope);
    zest_jinja_run(j, node->d);
    zest_jinja_leave_scope(j, code->else_scope);
}

/* A recursive loop is a function of its own. */
static void run_recursive(struct jinja *j, const struct jinja_node *node, struct jinja_value over, int64_t depth,
                          struct jinja_activation *outer)
{
    const struct jinja_code *code = node->loop->recursive;
    struct jinja_activation *activation = j->activation, *inner = zest_jinja_activate(j, code, outer);
    if (!inner || !zest_jinja_enter(j))
        return;
    j->activation = inner;
    run_rounds(j, node, over, depth, outer);
    j->activation = activation;
    zest_jinja_deactivate(j, code, inner);
    zest_jinja_leave(j);
}

void zest_jinja_run_for(struct jinja *j, const struct jinja_node *node)
{
    struct jinja_value over = zest_jinja_eval(j, node->b);
    j->at = node->b->at;
    if (j->failed)
        return;
    if (node->loop->recursive)
        run_recursive(j, node, over, 0, j->activation);
    else
        run_rounds(j, node, over, 0, NULL);
}

struct jinja_value zest_jinja_call_loop(struct jinja *j, struct jinja_loop *loop, struct jinja_value over)
{
    struct jinja_output capture, *output;
    if (!loop->node->loop->recursive)
        return zest_jinja_fail(j, "The loop must have the 'recursive' marker to be called recursively.");
    output = zest_jinja_begin_capture(j, &capture);
    run_recursive(j, loop->node, over, loop->depth + 1, loop->outer);
    struct jinja_value text = zest_jinja_string(zest_jinja_end_capture(j, output));
    text.flags = j->autoescape ? JINJA_MARKUP : 0;
    return text;
}
