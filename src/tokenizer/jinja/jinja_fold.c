/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_fold.c - works out expressions of constants when a template is compiled, as Jinja's optimizer does.
 *
 * Each part of an expression is tried, from the inside out. A trial is an evaluation on a small account in which names,
 * calls and what needs the context fail; whatever fails, or has no value that could stand in a template, stays as it is
 * and is evaluated when it is reached. Slices of what can't be sliced are undefined in a trial, an error later.
 */
#include "jinja_parser.h"
#include "jinja_text.h"

#define STEPS_MAX 2000
#define OUTPUT_MAX 4096

/* Whether a value can be written down: no undefined ones, no generators. */
static bool is_literal(struct jinja_value value)
{
    switch (value.kind) {
    case JINJA_NONE:
    case JINJA_BOOL:
    case JINJA_INT:
    case JINJA_BIG:
    case JINJA_FLOAT:
    case JINJA_STRING:
        return true;
    case JINJA_LIST:
    case JINJA_TUPLE:
        for (size_t i = 0; i < value.list->count; i++)
            if (!is_literal(value.list->items[i]))
                return false;
        return true;
    case JINJA_DICT:
        for (size_t i = 0; i < value.dict->count; i++)
            if (!is_literal(value.dict->entries[i].key) || !is_literal(value.dict->entries[i].value))
                return false;
        return true;
    default:
        return false;
    }
}

static void begin_trial(struct jinja *j, struct jinja *trial)
{
    *trial = (struct jinja){.arena = j->arena,
                            .limits = {STEPS_MAX, j->limits.depth, OUTPUT_MAX},
                            .depth = j->depth,
                            .autoescape = j->autoescape,
                            .is_folding = true};
}

/* Makes a constant of it where its value is one. */
static void try_node(struct jinja *j, struct jinja_node *node, bool is_inside)
{
    struct jinja trial;
    begin_trial(j, &trial);
    struct jinja_value value = zest_jinja_eval(&trial, node);
    if (trial.failed && trial.is_unhashable && node->kind == JINJA_DICT_OF && is_inside)
        zest_jinja_fail(j, "a key of a dict is unhashable"); /* the one error that Jinja's optimizer lets out */
    if (trial.failed || !is_literal(value))
        return;
    struct jinja_node *next = node->next;
    *node = (struct jinja_node){.kind = JINJA_CONST, .at = node->at, .value = value, .next = next};
}

static bool may_be_constant(const struct jinja_node *node)
{
    switch (node->kind) {
    case JINJA_CONST:
    case JINJA_NAME:
    case JINJA_CALL:
    case JINJA_SLICE:
    case JINJA_OPERAND:
    case JINJA_KEYWORD:
    case JINJA_UNPACK:
    case JINJA_UNPACK_NAMES:
        return false;
    default:
        return true;
    }
}

/* Jinja's optimizer begins at operators and the like; it goes through literals below them. */
static bool is_optimized(const struct jinja_node *node)
{
    return node->kind != JINJA_LIST_OF && node->kind != JINJA_TUPLE_OF && node->kind != JINJA_DICT_OF;
}

static void fold(struct jinja *j, struct jinja_node *node, bool is_inside)
{
    if (!node || node->kind == JINJA_CONST || node->kind == JINJA_NAME)
        return;
    j->at = node->at;
    if (!zest_jinja_enter(j))
        return;
    struct jinja_node *const parts[] = {node->a, node->b};
    bool inside = is_inside || is_optimized(node);
    for (size_t i = 0; i < ZEST_COUNT(parts); i++)
        for (struct jinja_node *part = parts[i]; part && !j->failed; part = part->next)
            fold(j, part, inside);
    fold(j, node->c, inside);
    fold(j, node->d, inside);
    if (!j->failed && may_be_constant(node))
        try_node(j, node, is_inside);
    zest_jinja_leave(j);
}

void zest_jinja_fold(struct jinja *j, struct jinja_node *node)
{
    fold(j, node, false);
}

void zest_jinja_fold_print(struct jinja *j, struct jinja_node *node)
{
    struct jinja trial;
    if (!may_be_constant(node) && node->kind != JINJA_CONST)
        return;
    begin_trial(j, &trial);
    struct jinja_value value = zest_jinja_eval(&trial, node);
    value = j->autoescape ? zest_jinja_escape(&trial, value) : zest_jinja_string(zest_jinja_text(&trial, value));
    if (!trial.failed)
        *node = (struct jinja_node){.kind = JINJA_CONST, .at = node->at, .value = value};
}
