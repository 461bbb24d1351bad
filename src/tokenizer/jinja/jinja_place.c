/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_place.c - gives the names of an expression their places, once it is folded; and checks what Jinja and Python
 * check when they compile: filters and tests that nobody has, arguments that are given twice.
 */
#include "jinja_scope.h"

static void place(struct jinja_frame *frame, struct jinja_node *node, bool is_soft);

static void place_all(struct jinja_frame *frame, struct jinja_node *nodes, bool is_soft)
{
    for (; nodes && !frame->j->failed; nodes = nodes->next)
        place(frame, nodes, is_soft);
}

static bool is_python_keyword(struct zest_text name)
{
    static const char *const keywords[] = {
        "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
        "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
        "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
        "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield",
    };
    for (size_t i = 0; i < ZEST_COUNT(keywords); i++)
        if (zest_text_equal(name, zest_text_of(keywords[i])))
            return true;
    return false;
}

/* Python refuses f(a=1, a=2); Jinja writes such calls in another way where a name is a keyword of Python's. */
static void check_arguments(struct jinja_frame *frame, struct jinja_node *arguments, bool has_caller)
{
    const struct jinja_node *twice = NULL;
    for (struct jinja_node *one = arguments; one; one = one->next) {
        if (one->kind != JINJA_KEYWORD)
            continue;
        if (is_python_keyword(one->name->text))
            return;
        if (has_caller && one->name->special == JINJA_SPECIAL_CALLER)
            twice = one;
        for (struct jinja_node *other = arguments; other != one; other = other->next)
            if (other->kind == JINJA_KEYWORD && other->name == one->name)
                twice = one;
    }
    if (!twice)
        return;
    frame->j->at = twice->at;
    zest_jinja_fail(frame->j, "keyword argument repeated: %.*s", (int)(twice->name->text.size & 127),
                    twice->name->text.data);
}

static void check_function(struct jinja_frame *frame, const struct jinja_node *node, bool is_soft)
{
    struct zest_text name = node->name->text;
    if (node->function || is_soft)
        return;
    zest_jinja_fail(frame->j, "No %s named '%.*s'.", node->kind == JINJA_FILTER ? "filter" : "test",
                    (int)(name.size < 100 ? name.size : 100), name.data);
}

/* x[1:2, 3] is no Python. */
static void check_subscript(struct jinja_frame *frame, const struct jinja_node *node)
{
    for (const struct jinja_node *item = node->b->kind == JINJA_TUPLE_OF ? node->b->a : NULL; item; item = item->next)
        if (item->kind == JINJA_SLICE)
            zest_jinja_fail(frame->j, "invalid syntax: a slice among other subscripts");
}

/* Jinja writes a folded -2 as it is, so that Python reads -2 ** x as -(2 ** x). */
static bool is_negative_constant(const struct jinja_node *node)
{
    return node->kind == JINJA_CONST && ((node->value.kind == JINJA_INT && node->value.integer < 0) ||
                                         (node->value.kind == JINJA_FLOAT && __builtin_signbit(node->value.real)));
}

static void place(struct jinja_frame *frame, struct jinja_node *node, bool is_soft)
{
    if (!node)
        return;
    frame->j->at = node->at;
    if (!zest_jinja_enter(frame->j))
        return;
    switch (node->kind) {
    case JINJA_NAME:
        node->place = zest_jinja_place_of(frame, node->name);
        break;
    case JINJA_FILTER:
    case JINJA_TEST:
        check_function(frame, node, is_soft);
        check_arguments(frame, node->b, false);
        break;
    case JINJA_CALL:
        check_arguments(frame, node->b, node->flag);
        break;
    case JINJA_ITEM:
        check_subscript(frame, node);
        break;
    case JINJA_IF_ELSE:
        is_soft = true;
        break;
    case JINJA_CONCAT:
        node->op = frame->escapes;
        break;
    case JINJA_BINARY:
        node->flag = node->op == JINJA_POWER && is_negative_constant(node->a);
        break;
    default:
        break;
    }
    place_all(frame, node->a, is_soft);
    place_all(frame, node->b, is_soft);
    place(frame, node->c, is_soft);
    place(frame, node->d, is_soft);
    zest_jinja_leave(frame->j);
}

void zest_jinja_place_expression(struct jinja_frame *frame, struct jinja_node *node)
{
    if (!node || frame->j->failed)
        return;
    frame->j->autoescape = frame->escapes == JINJA_ESCAPES;
    if (frame->escapes != JINJA_ESCAPES_PERHAPS)
        zest_jinja_fold(frame->j, node);
    place(frame, node, frame->is_soft);
}

void zest_jinja_place_printed(struct jinja_frame *frame, struct jinja_node *node)
{
    frame->j->autoescape = frame->escapes == JINJA_ESCAPES;
    if (frame->escapes != JINJA_ESCAPES_PERHAPS)
        zest_jinja_fold_print(frame->j, node);
    if (node->kind != JINJA_CONST)
        zest_jinja_place_expression(frame, node);
}

void zest_jinja_place_target(struct jinja_frame *frame, struct jinja_node *target)
{
    if (target->kind == JINJA_NAME || target->kind == JINJA_NAMESPACE_OF)
        target->place = zest_jinja_place_of(frame, target->name);
    for (struct jinja_node *item = target->kind == JINJA_TUPLE_OF ? target->a : NULL; item; item = item->next)
        zest_jinja_place_target(frame, item);
}
