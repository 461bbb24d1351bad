/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_eval.c - evaluates expressions. Start at zest_jinja_eval.
 */
#include "jinja_tree.h"
#include "unicode_class.h"

static struct jinja_value look_up(struct jinja *j, struct zest_text name)
{
    for (const struct jinja_frame *frame = j->frame; frame; frame = frame->parent)
        for (const struct jinja_variable *variable = frame->variables; variable; variable = variable->next)
            if (zest_text_equal(variable->name, name))
                return variable->value;
    const struct jinja_function *global = zest_jinja_find_global(name);
    if (global)
        return (struct jinja_value){.kind = JINJA_FUNCTION, .function = global};
    return zest_jinja_undefined(j, "'%.*s' is undefined", (int)name.size, name.data);
}

/* ---- collections ---- */

static struct jinja_value eval_items(struct jinja *j, const struct jinja_node *node)
{
    size_t count = 0;
    for (const struct jinja_node *item = node->a; item; item = item->next)
        count++;
    struct jinja_value list = zest_jinja_list(j, count);
    for (const struct jinja_node *item = node->a; item && !j->failed; item = item->next)
        list.list->items[list.list->count++] = zest_jinja_eval(j, item);
    if (list.kind == JINJA_LIST && node->kind == JINJA_TUPLE_OF)
        list.kind = JINJA_TUPLE;
    return list;
}

static struct jinja_value eval_dict(struct jinja *j, const struct jinja_node *node)
{
    struct jinja_value dict = zest_jinja_dict(j, 4);
    for (const struct jinja_node *key = node->a; key && !j->failed; key = key->next->next) {
        struct jinja_value name = zest_jinja_eval(j, key), value = zest_jinja_eval(j, key->next);
        if (!j->failed)
            zest_jinja_dict_set(j, dict.dict, name, value);
    }
    return dict;
}

/* ---- slices ---- */

/* A bound of a slice, from -1 to count, as Python clips it. */
static int64_t slice_bound(struct jinja *j, const struct jinja_node *node, int64_t count, int64_t step,
                           int64_t otherwise)
{
    struct jinja_value value = node ? zest_jinja_eval(j, node) : zest_jinja_none();
    if (value.kind == JINJA_NONE)
        return otherwise;
    if (value.kind != JINJA_INT && value.kind != JINJA_BOOL) {
        zest_jinja_fail(j, "slice indices must be integers or None or have an __index__ method");
        return 0;
    }
    int64_t at = value.kind == JINJA_INT ? value.integer : value.truth;
    if (at < 0)
        at = at < -count ? -1 : at + count;
    if (at < 0)
        return step < 0 ? -1 : 0;
    if (at >= count)
        return step < 0 ? count - 1 : count;
    return at;
}

static struct jinja_value join_characters(struct jinja *j, const struct jinja_list *list)
{
    struct jinja_output output = {0};
    for (size_t i = 0; i < list->count; i++)
        zest_jinja_write_text(j, &output, list->items[i].text);
    return zest_jinja_string(zest_jinja_output_text(&output));
}

static struct jinja_value eval_slice(struct jinja *j, const struct jinja_node *node)
{
    struct jinja_value value = zest_jinja_eval(j, node->a);
    struct jinja_value step_value = node->d ? zest_jinja_eval(j, node->d) : zest_jinja_none();
    int64_t step = step_value.kind == JINJA_INT ? step_value.integer : 1;
    if (value.kind == JINJA_UNDEFINED && !j->failed)
        zest_jinja_fail_undefined(j, value);
    if (value.kind == JINJA_DICT)
        return zest_jinja_fail(j, "unhashable type: 'slice'");
    if (value.kind != JINJA_STRING && !zest_jinja_is_sequence(value))
        return zest_jinja_fail(j, "'%s' object is not subscriptable", zest_jinja_type(value));
    if (step == 0)
        zest_jinja_fail(j, "slice step cannot be zero");
    const struct jinja_list *items = zest_jinja_iterate(j, value);
    if (j->failed)
        return value;
    int64_t count = (int64_t)items->count;
    int64_t start = slice_bound(j, node->b, count, step, step < 0 ? count - 1 : 0);
    int64_t stop = slice_bound(j, node->c, count, step, step < 0 ? -1 : count);
    struct jinja_value result = zest_jinja_list(j, items->count);
    for (int64_t i = start; !j->failed && (step > 0 ? i < stop : i > stop);) {
        result.list->items[result.list->count++] = items->items[i];
        if (__builtin_add_overflow(i, step, &i))
            break;
    }
    if (j->failed)
        return result;
    if (value.kind == JINJA_STRING)
        return join_characters(j, result.list);
    result.kind = value.kind;
    return result;
}

/* ---- operators ---- */

static bool compare(struct jinja *j, struct zest_text sign, struct jinja_value a, struct jinja_value b)
{
    if (zest_text_equal(sign, ZEST_TEXT("in")))
        return zest_jinja_contains(j, b, a);
    if (zest_text_equal(sign, ZEST_TEXT("not in")))
        return !zest_jinja_contains(j, b, a);
    if (zest_text_equal(sign, ZEST_TEXT("==")))
        return zest_jinja_equal(j, a, b);
    if (zest_text_equal(sign, ZEST_TEXT("!=")))
        return !zest_jinja_equal(j, a, b);
    int order = zest_jinja_compare(j, a, b, sign.data);
    bool or_equal = sign.size == 2;
    return sign.data[0] == '<' ? order < 0 || (or_equal && order == 0) : order > 0 || (or_equal && order == 0);
}

static struct jinja_value eval_compare(struct jinja *j, const struct jinja_node *node)
{
    struct jinja_value left = zest_jinja_eval(j, node->a);
    for (const struct jinja_node *operand = node->b; operand && !j->failed; operand = operand->next) {
        struct jinja_value right = zest_jinja_eval(j, operand->a);
        if (j->failed || !compare(j, operand->text, left, right))
            return zest_jinja_bool(false);
        left = right;
    }
    return zest_jinja_bool(true);
}

static struct jinja_value eval_concat(struct jinja *j, const struct jinja_node *node)
{
    struct jinja_output output = {0};
    zest_jinja_write_value(j, &output, zest_jinja_eval(j, node->a));
    zest_jinja_write_value(j, &output, zest_jinja_eval(j, node->b));
    return zest_jinja_string(zest_jinja_output_text(&output));
}

static struct jinja_value eval_sign(struct jinja *j, const struct jinja_node *node)
{
    struct jinja_value value = zest_jinja_eval(j, node->a);
    bool is_minus = node->kind == JINJA_NEGATIVE;
    if (value.kind == JINJA_UNDEFINED && !j->failed)
        zest_jinja_fail_undefined(j, value);
    if (!zest_jinja_is_number(value))
        return zest_jinja_fail(j, "bad operand type for unary %c: '%s'", is_minus ? '-' : '+', zest_jinja_type(value));
    if (value.kind == JINJA_BOOL)
        value = zest_jinja_int(value.truth);
    return is_minus ? zest_jinja_binary(j, value.kind == JINJA_FLOAT ? "*" : "-",
                                        value.kind == JINJA_FLOAT ? zest_jinja_float(-1) : zest_jinja_int(0), value)
                    : value;
}

static struct jinja_value eval_if_else(struct jinja *j, const struct jinja_node *node)
{
    if (zest_jinja_truth(zest_jinja_eval(j, node->a)))
        return zest_jinja_eval(j, node->b);
    if (node->c)
        return zest_jinja_eval(j, node->c);
    return zest_jinja_undefined(
        j, "the inline if-expression on line %u evaluated to false and no else section was defined.", node->line);
}

/* A filter or a test on its left side. */
static struct jinja_value eval_function(struct jinja *j, const struct jinja_node *node)
{
    struct jinja_args args;
    struct jinja_value self = zest_jinja_eval(j, node->a);
    if (j->failed || !zest_jinja_collect_args(j, node->b, &args))
        return self;
    return node->function->call(j, self, &args);
}

static struct jinja_value eval_call(struct jinja *j, const struct jinja_node *node)
{
    struct jinja_args args;
    struct jinja_value callee = zest_jinja_eval(j, node->a);
    if (j->failed || !zest_jinja_collect_args(j, node->b, &args))
        return callee;
    j->line = node->line;
    return zest_jinja_call(j, callee, &args);
}

static struct jinja_value eval_node(struct jinja *j, const struct jinja_node *node)
{
    struct jinja_value left;
    switch (node->kind) {
    case JINJA_CONST:
        return node->value;
    case JINJA_NAME:
        return look_up(j, node->text);
    case JINJA_ATTRIBUTE:
        left = zest_jinja_eval(j, node->a);
        return j->failed ? left : zest_jinja_attribute(j, left, node->text);
    case JINJA_ITEM: {
        left = zest_jinja_eval(j, node->a);
        struct jinja_value key = zest_jinja_eval(j, node->b);
        return j->failed ? left : zest_jinja_item(j, left, key);
    }
    case JINJA_SLICE:
        return eval_slice(j, node);
    case JINJA_CALL:
        return eval_call(j, node);
    case JINJA_FILTER:
    case JINJA_TEST:
        return eval_function(j, node);
    case JINJA_NOT:
        return zest_jinja_bool(!zest_jinja_truth(zest_jinja_eval(j, node->a)));
    case JINJA_NEGATIVE:
    case JINJA_POSITIVE:
        return eval_sign(j, node);
    case JINJA_AND:
        left = zest_jinja_eval(j, node->a);
        return zest_jinja_truth(left) ? zest_jinja_eval(j, node->b) : left;
    case JINJA_OR:
        left = zest_jinja_eval(j, node->a);
        return zest_jinja_truth(left) ? left : zest_jinja_eval(j, node->b);
    case JINJA_BINARY: {
        left = zest_jinja_eval(j, node->a);
        struct jinja_value right = zest_jinja_eval(j, node->b);
        return zest_jinja_binary(j, node->text.data, left, right);
    }
    case JINJA_CONCAT:
        return eval_concat(j, node);
    case JINJA_COMPARE:
        return eval_compare(j, node);
    case JINJA_IF_ELSE:
        return eval_if_else(j, node);
    case JINJA_DICT_OF:
        return eval_dict(j, node);
    default: /* lists and tuples */
        return eval_items(j, node);
    }
}

struct jinja_value zest_jinja_eval(struct jinja *j, const struct jinja_node *node)
{
    struct jinja_value value = {.kind = JINJA_UNDEFINED};
    if (!zest_jinja_spend(j, 1) || !zest_jinja_enter(j))
        return value;
    j->line = node->line;
    value = eval_node(j, node);
    zest_jinja_leave(j);
    return value;
}
