/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_mention.c - for each node, whether the names with a meaning of their own (loop, caller, …) are first read in it
 * or first set, in the order in which Jinja's compiler would meet them. What is first read is asked for.
 */
#include "jinja_scope.h"

static void mention(struct jinja *j, struct jinja_node *node);

/* `part` stands behind what `node` has so far. */
static void add(struct jinja_node *node, const struct jinja_node *part)
{
    uint8_t met = (node->loads | node->stores) & JINJA_SPECIAL_ALL;
    node->loads |= part->loads & ~met;
    node->stores |= part->stores & (uint8_t)~met;
}

static void add_all(struct jinja *j, struct jinja_node *node, struct jinja_node *parts)
{
    for (; parts; parts = parts->next) {
        mention(j, parts);
        add(node, parts);
    }
}

static void add_one(struct jinja *j, struct jinja_node *node, struct jinja_node *part)
{
    if (!part)
        return;
    mention(j, part);
    add(node, part);
}

/* What is assigned to. Namespaces are neither read nor set here: Jinja doesn't look at them. */
static void add_target(struct jinja_node *node, struct jinja_node *target, uint8_t more)
{
    if (target->kind == JINJA_NAME) {
        target->stores = target->name->special;
        if (target->name->special == JINJA_SPECIAL_LOOP)
            target->stores |= more;
        add(node, target);
    }
    if (target->kind == JINJA_TUPLE_OF)
        for (struct jinja_node *item = target->a; item; item = item->next)
            add_target(node, item, more);
}

static void add_parameters(struct jinja *j, struct jinja_node *node, struct jinja_node *parameters)
{
    for (struct jinja_node *parameter = parameters; parameter; parameter = parameter->next) {
        parameter->stores = parameter->name->special;
        add(node, parameter);
    }
    for (struct jinja_node *parameter = parameters; parameter; parameter = parameter->next)
        add_one(j, node, parameter->a);
}

static void mention_with(struct jinja *j, struct jinja_node *node)
{
    for (struct jinja_node *set = node->a; set; set = set->next)
        add_target(node, set->a, 0);
    for (struct jinja_node *set = node->a; set; set = set->next)
        add_one(j, node, set->b);
    add_all(j, node, node->b);
}

/* Nobody looks into blocks, but for what they do with loops round them. */
static void mention_block(struct jinja *j, struct jinja_node *node)
{
    add_all(j, node, node->b);
    node->loads = 0;
    node->stores &= (uint8_t)~JINJA_SPECIAL_ALL;
    if (node->flag)
        node->stores |= JINJA_HAS_SCOPED_BLOCK;
}

/* A chain of elifs, from its end: they may be many. */
static void mention_if(struct jinja *j, struct jinja_node *node)
{
    struct jinja_node *behind = NULL, *last = node;
    for (struct jinja_node *part = node; part; part = part->flag ? part->c : NULL) {
        add_one(j, part, part->a);
        add_all(j, part, part->b);
        part->d = behind; /* for the way back */
        behind = last = part;
    }
    add_all(j, last, last->c);
    for (struct jinja_node *part = last; part; part = behind) {
        behind = part->d;
        part->d = NULL;
        if (behind)
            add(behind, part);
    }
}

static void mention_statement(struct jinja *j, struct jinja_node *node)
{
    switch (node->kind) {
    case JINJA_FOR:
        add_target(node, node->a, JINJA_ASSIGNS_LOOP);
        add_one(j, node, node->b);
        add_all(j, node, node->c);
        add_all(j, node, node->d);
        add_one(j, node, node->e);
        break;
    case JINJA_IF:
        mention_if(j, node);
        break;
    case JINJA_SET:
        add_target(node, node->a, JINJA_ASSIGNS_LOOP);
        add_one(j, node, node->b);
        break;
    case JINJA_SET_BODY:
        add_target(node, node->a, JINJA_ASSIGNS_LOOP);
        add_one(j, node, node->b);
        add_all(j, node, node->c);
        break;
    case JINJA_MACRO_OF:
        add_parameters(j, node, node->a);
        add_all(j, node, node->b);
        break;
    case JINJA_CALL_OF:
        add_one(j, node, node->a);
        add_parameters(j, node, node->c);
        add_all(j, node, node->b);
        break;
    case JINJA_FILTER_OF:
        add_all(j, node, node->b);
        add_one(j, node, node->a);
        break;
    case JINJA_WITH:
        mention_with(j, node);
        break;
    case JINJA_BLOCK_OF:
        mention_block(j, node);
        break;
    case JINJA_IMPORT:
        add_one(j, node, node->a);
        break;
    default:
        add_one(j, node, node->a);
        add_all(j, node, node->b);
    }
}

static void mention(struct jinja *j, struct jinja_node *node)
{
    j->at = node->at;
    if (!zest_jinja_enter(j))
        return;
    node->loads = node->stores = 0;
    if (node->kind == JINJA_NAME) {
        node->loads = node->name->special;
    } else if (node->kind < JINJA_DATA) { /* in an expression all names are read */
        add_all(j, node, node->a);
        add_all(j, node, node->b);
        add_one(j, node, node->c);
        add_one(j, node, node->d);
    } else {
        mention_statement(j, node);
    }
    zest_jinja_leave(j);
}

void zest_jinja_mention(struct jinja *j, struct jinja_node *body)
{
    for (; body && !j->failed; body = body->next)
        mention(j, body);
}

uint8_t zest_jinja_first_read(const struct jinja_node *body)
{
    struct jinja_node all = {.kind = JINJA_DATA};
    for (; body; body = body->next)
        add(&all, body);
    return all.loads;
}
