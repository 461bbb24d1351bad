/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_eval.c - evaluates expressions. Start at zest_jinja_eval.
 */
#include "jinja_text.h"
#include "jinja_tree.h"

/* ---- names and collections ---- */

static struct jinja_value eval_name(struct jinja *j, const struct jinja_node *node)
{
    if (j->is_folding)
        return zest_jinja_fail(j, "a name is no constant");
    const struct jinja_activation *activation = j->activation;
    for (uint16_t hops = node->place.hops; hops > 0; hops--)
        activation = activation->outer;
    struct jinja_value value = activation->slots[node->place.slot];
    return value.kind == JINJA_MISSING ? zest_jinja_undefined(JINJA_NO_NAME, node->name->text, JINJA_UNDEFINED) : value;
}

static struct jinja_value eval_items(struct jinja *j, const struct jinja_node *node)
{
    struct jinja_value list = zest_jinja_list(j, node->count);
    for (const struct jinja_node *item = node->a; item && !j->failed; item = item->next)
        list.list->items[list.list->count++] = zest_jinja_eval(j, item);
    if (list.kind == JINJA_LIST && node->kind == JINJA_TUPLE_OF)
        list.kind = JINJA_TUPLE;
    return list;
}

static struct jinja_value eval_dict(struct jinja *j, const struct jinja_node *node)
{
    struct jinja_value dict = zest_jinja_dict(j, node->count / 2);
    for (const struct jinja_node *key = node->a; key && !j->failed; key = key->next->next) {
        struct jinja_value name = zest_jinja_eval(j, key), value = zest_jinja_eval(j, key->next);
        if (!j->failed)
            zest_jinja_dict_set(j, dict.dict, name, value);
    }
    return dict;
}

/* ---- attributes and items ---- */

static struct jinja_value eval_attribute(struct jinja *j, const struct jinja_node *node)
{
    struct jinja_value value = zest_jinja_eval(j, node->a);
    if (j->failed)
        return value;
    j->at = node->at;
    if (value.kind == JINJA_DICT && !node->flag) { /* a key and nothing else: what templates ask for most */
        const struct jinja_value *found = zest_jinja_dict_get(j, value.dict, node->name->text);
        return found ? *found : zest_jinja_undefined(JINJA_NO_ATTRIBUTE, node->name->text, JINJA_DICT);
    }
    return zest_jinja_attribute(j, value, node->name->text);
}

static struct jinja_value eval_bound(struct jinja *j, const struct jinja_node *node)
{
    return node ? zest_jinja_eval(j, node) : zest_jinja_none();
}

static struct jinja_value eval_item(struct jinja *j, const struct jinja_node *node)
{
    struct jinja_value value = zest_jinja_eval(j, node->a);
    if (node->b->kind == JINJA_SLICE) {
        struct jinja_value start = eval_bound(j, node->b->b), stop = eval_bound(j, node->b->c),
                           step = eval_bound(j, node->b->d);
        j->at = node->at;
        return zest_jinja_slice(j, value, start, stop, step);
    }
    struct jinja_value key = zest_jinja_eval(j, node->b);
    if (j->failed)
        return value;
    j->at = node->at;
    if (value.kind == JINJA_DICT && key.kind == JINJA_STRING) {
        const struct jinja_value *found = zest_jinja_dict_get(j, value.dict, key.text);
        if (found)
            return *found;
    }
    return zest_jinja_item(j, value, key);
}

/* ---- operators ---- */

static bool compare(struct jinja *j, enum jinja_sign sign, struct jinja_value a, struct jinja_value b)
{
    switch (sign) {
    case JINJA_SIGN_EQUAL:
        return zest_jinja_equal(j, a, b);
    case JINJA_SIGN_NOT_EQUAL:
        return !zest_jinja_equal(j, a, b);
    case JINJA_SIGN_IN:
        return zest_jinja_contains(j, b, a);
    case JINJA_SIGN_NOT_IN:
        return !zest_jinja_contains(j, b, a);
    case JINJA_SIGN_LESS:
        return zest_jinja_compare(j, a, b, "<") == JINJA_LESS;
    case JINJA_SIGN_LESS_EQUAL:
        return zest_jinja_compare(j, a, b, "<=") & (JINJA_LESS | JINJA_EQUAL);
    case JINJA_SIGN_GREATER:
        return zest_jinja_compare(j, a, b, ">") == JINJA_GREATER;
    case JINJA_SIGN_GREATER_EQUAL:
        break;
    }
    return zest_jinja_compare(j, a, b, ">=") & (JINJA_GREATER | JINJA_EQUAL);
}

static struct jinja_value eval_compare(struct jinja *j, const struct jinja_node *node)
{
    struct jinja_value left = zest_jinja_eval(j, node->a);
    for (const struct jinja_node *operand = node->b; operand && !j->failed; operand = operand->next) {
        struct jinja_value right = zest_jinja_eval(j, operand->a);
        j->at = operand->at;
        if (j->failed || !compare(j, operand->op, left, right))
            return zest_jinja_bool(false);
        left = right;
    }
    return zest_jinja_bool(true);
}

/* As markup, what is none is escaped from the first markup on: Jinja looks no further back. */
static struct jinja_value eval_concat(struct jinja *j, const struct jinja_node *node)
{
    bool may_be_markup = node->op == JINJA_ESCAPES || (node->op == JINJA_ESCAPES_PERHAPS && j->autoescape);
    struct jinja_value joined = zest_jinja_string(ZEST_TEXT(""));
    for (const struct jinja_node *part = node->a; part && !j->failed; part = part->next) {
        struct jinja_value value = zest_jinja_eval(j, part);
        if (may_be_markup && value.kind == JINJA_STRING && (value.flags & JINJA_MARKUP) &&
            !(joined.flags & JINJA_MARKUP))
            joined = zest_jinja_escape(j, joined);
        if (joined.flags & JINJA_MARKUP)
            value = zest_jinja_escape(j, value);
        joined.text = zest_jinja_join_texts(j, joined.text, zest_jinja_text(j, value));
    }
    return joined;
}

static struct jinja_value eval_binary(struct jinja *j, const struct jinja_node *node)
{
    struct jinja_value left = zest_jinja_eval(j, node->a), right = zest_jinja_eval(j, node->b);
    j->at = node->at;
    if (!node->flag)
        return zest_jinja_binary(j, node->op, left, right);
    return zest_jinja_negate(j, zest_jinja_binary(j, node->op, zest_jinja_negate(j, left, true), right), true);
}

static struct jinja_value eval_if_else(struct jinja *j, const struct jinja_node *node)
{
    if (zest_jinja_truth(j, zest_jinja_eval(j, node->a)))
        return zest_jinja_eval(j, node->b);
    if (node->c)
        return zest_jinja_eval(j, node->c);
    if (j->is_folding)
        return zest_jinja_fail(j, "nothing is no constant");
    return zest_jinja_because("the inline if-expression evaluated to false and no else section was defined.");
}

/* ---- calls ---- */

/* Filters that Jinja gives the context: it can't call them ahead. */
static bool needs_context(struct zest_text name)
{
    static const char *const names[] = {"map", "select", "reject", "selectattr", "rejectattr", "random"};
    for (size_t i = 0; i < ZEST_COUNT(names); i++)
        if (zest_text_equal(name, zest_text_of(names[i])))
            return true;
    return false;
}

/* A filter or a test on its left side. */
static struct jinja_value eval_function(struct jinja *j, const struct jinja_node *node)
{
    struct jinja_collection c;
    if (j->is_folding && (!node->a || !node->function || needs_context(node->name->text)))
        return zest_jinja_fail(j, "what needs the context is no constant");
    struct jinja_value self = zest_jinja_eval(j, node->a);
    if (j->failed || !zest_jinja_collect_args(j, node->b, &c))
        return self;
    j->at = node->at;
    if (!node->function)
        return zest_jinja_fail(j, "No %s named '%.*s' found.", node->kind == JINJA_FILTER ? "filter" : "test",
                               (int)(node->name->text.size & 127), node->name->text.data);
    return zest_jinja_apply(j, node->function, self, &c.args);
}

/* text.method(…) needs no value for the method itself. */
static struct jinja_value eval_call(struct jinja *j, const struct jinja_node *node)
{
    struct jinja_collection c;
    const struct jinja_node *callee = node->a;
    if (j->is_folding)
        return zest_jinja_fail(j, "a call is no constant");
    bool is_attribute = callee->kind == JINJA_ATTRIBUTE && callee->function;
    struct jinja_value value = zest_jinja_eval(j, is_attribute ? callee->a : callee);
    if (is_attribute && value.kind != JINJA_STRING && !j->failed) {
        j->at = callee->at;
        value = zest_jinja_attribute(j, value, callee->name->text);
        is_attribute = false;
    }
    if (j->failed || !zest_jinja_collect_args(j, node->b, &c))
        return value;
    j->at = callee->at;
    return is_attribute ? zest_jinja_apply(j, callee->function, value, &c.args) : zest_jinja_call(j, value, &c.args);
}

static struct jinja_value eval_node(struct jinja *j, const struct jinja_node *node)
{
    struct jinja_value left;
    switch (node->kind) {
    case JINJA_ATTRIBUTE:
        return eval_attribute(j, node);
    case JINJA_ITEM:
        return eval_item(j, node);
    case JINJA_CALL:
        return eval_call(j, node);
    case JINJA_FILTER:
    case JINJA_TEST:
        return eval_function(j, node);
    case JINJA_NOT:
        return zest_jinja_bool(!zest_jinja_truth(j, zest_jinja_eval(j, node->a)));
    case JINJA_NEGATIVE:
    case JINJA_POSITIVE:
        left = zest_jinja_eval(j, node->a);
        j->at = node->at;
        return zest_jinja_negate(j, left, node->kind == JINJA_NEGATIVE);
    case JINJA_AND:
        left = zest_jinja_eval(j, node->a);
        return zest_jinja_truth(j, left) ? zest_jinja_eval(j, node->b) : left;
    case JINJA_OR:
        left = zest_jinja_eval(j, node->a);
        return zest_jinja_truth(j, left) ? left : zest_jinja_eval(j, node->b);
    case JINJA_BINARY:
        return eval_binary(j, node);
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
    if (!zest_jinja_spend(j, 1))
        return value;
    if (node->kind == JINJA_CONST)
        return node->value;
    if (node->kind == JINJA_NAME)
        return eval_name(j, node);
    if (!zest_jinja_enter(j))
        return value;
    j->at = node->at;
    value = eval_node(j, node);
    zest_jinja_leave(j);
    return value;
}
