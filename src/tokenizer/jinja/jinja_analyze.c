/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_analyze.c - notes which names a scope reads and sets, before anything in it gets a place: what is set later
 * decides what an earlier name means. Stops at scopes inside, of which only what stands in this one is looked at.
 */
#include "jinja_scope.h"

static void analyze(struct jinja_frame *frame, struct jinja_node *body, bool is_conditional);

void zest_jinja_analyze_expression(struct jinja_frame *frame, struct jinja_node *node)
{
    if (!node)
        return;
    frame->j->at = node->at;
    if (!zest_jinja_enter(frame->j))
        return;
    if (node->kind == JINJA_NAME)
        zest_jinja_note_read(frame, node->name);
    struct jinja_node *const parts[] = {node->a, node->b};
    for (size_t i = 0; i < ZEST_COUNT(parts); i++) /* each may be a list */
        for (struct jinja_node *part = parts[i]; part && !frame->j->failed; part = part->next)
            zest_jinja_analyze_expression(frame, part);
    zest_jinja_analyze_expression(frame, node->c);
    zest_jinja_analyze_expression(frame, node->d);
    zest_jinja_leave(frame->j);
}

static void analyze_target(struct jinja_frame *frame, struct jinja_node *target, bool is_conditional)
{
    if (target->kind == JINJA_NAME)
        zest_jinja_note_store(frame, target->name, is_conditional);
    else if (target->kind == JINJA_NAMESPACE_OF)
        zest_jinja_note_read(frame, target->name);
    for (struct jinja_node *item = target->kind == JINJA_TUPLE_OF ? target->a : NULL; item; item = item->next)
        analyze_target(frame, item, is_conditional);
}

void zest_jinja_declare_target(struct jinja_frame *frame, struct jinja_node *target)
{
    if (target->kind == JINJA_NAME)
        zest_jinja_declare(frame, target->name);
    for (struct jinja_node *item = target->kind == JINJA_TUPLE_OF ? target->a : NULL; item; item = item->next)
        zest_jinja_declare_target(frame, item);
}

static void analyze_if(struct jinja_frame *frame, struct jinja_node *node)
{
    zest_jinja_analyze_expression(frame, node->a); /* of the first one, whatever happens */
    for (; node; node = node->flag ? node->c : NULL) {
        analyze(frame, node->b, true);
        if (node->flag)
            zest_jinja_analyze_expression(frame, node->c->a);
        else
            analyze(frame, node->c, true);
    }
}

static void analyze_statement(struct jinja_frame *frame, struct jinja_node *node, bool is_conditional)
{
    switch (node->kind) {
    case JINJA_IF:
        analyze_if(frame, node);
        break;
    case JINJA_SET:
        zest_jinja_analyze_expression(frame, node->b);
        analyze_target(frame, node->a, is_conditional);
        break;
    case JINJA_SET_BODY: /* not the filters, as in Jinja */
        analyze_target(frame, node->a, is_conditional);
        break;
    case JINJA_FOR:
        zest_jinja_analyze_expression(frame, node->b);
        break;
    case JINJA_MACRO_OF:
        zest_jinja_note_store(frame, node->name, is_conditional);
        break;
    case JINJA_WITH:
        for (struct jinja_node *set = node->a; set; set = set->next)
            zest_jinja_analyze_expression(frame, set->b);
        break;
    case JINJA_IMPORT:
        zest_jinja_analyze_expression(frame, node->a);
        for (struct jinja_node *name = node->b; name; name = name->next)
            zest_jinja_note_store(frame, name->name, is_conditional);
        break;
    case JINJA_PRINT:
    case JINJA_CALL_OF:
    case JINJA_FILTER_OF:
    case JINJA_INCLUDE:
    case JINJA_EXTENDS:
        zest_jinja_analyze_expression(frame, node->a);
        break;
    default: /* data, break, continue; blocks and autoescape are scopes of their own */
        break;
    }
}

static void analyze(struct jinja_frame *frame, struct jinja_node *body, bool is_conditional)
{
    if (!zest_jinja_enter(frame->j))
        return;
    for (; body && !frame->j->failed; body = body->next)
        analyze_statement(frame, body, is_conditional);
    zest_jinja_leave(frame->j);
}

void zest_jinja_analyze(struct jinja_frame *frame, struct jinja_node *body)
{
    analyze(frame, body, false);
}
