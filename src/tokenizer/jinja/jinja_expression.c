/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_expression.c - parses expressions, by recursive descent in Jinja's order of precedence:
 *
 *   x if y else z < or < and < not < comparisons < + - < ~ < * / // % < ** < unary - + < filters, tests, calls
 *
 * jinja_primary.c has what stands at the bottom.
 */
#include "jinja_parser.h"

struct jinja_node *zest_jinja_parse_expression(struct jinja_parser *p)
{
    p->j->at = p->token->at;
    if (!zest_jinja_enter(p->j))
        return zest_jinja_node(p, JINJA_CONST, NULL, NULL);
    struct jinja_node *node = zest_jinja_parse_or(p);
    while (!p->j->failed && zest_jinja_skip_name(p, "if")) {
        struct jinja_node *condition = zest_jinja_parse_or(p);
        struct jinja_node *otherwise = zest_jinja_skip_name(p, "else") ? zest_jinja_parse_expression(p) : NULL;
        node = zest_jinja_node_at(p, JINJA_IF_ELSE, condition->at, condition, node);
        node->c = otherwise;
    }
    zest_jinja_leave(p->j);
    return node;
}

static struct jinja_node *parse_not(struct jinja_parser *p);

static struct jinja_node *parse_and(struct jinja_parser *p)
{
    struct jinja_node *node = parse_not(p);
    while (!p->j->failed && zest_jinja_skip_name(p, "and"))
        node = zest_jinja_node_at(p, JINJA_AND, p->token[-1].at, node, parse_not(p));
    return node;
}

struct jinja_node *zest_jinja_parse_or(struct jinja_parser *p)
{
    struct jinja_node *node = parse_and(p);
    while (!p->j->failed && zest_jinja_skip_name(p, "or"))
        node = zest_jinja_node_at(p, JINJA_OR, p->token[-1].at, node, parse_and(p));
    return node;
}

/* ---- arithmetic ---- */

static struct jinja_node *parse_unary(struct jinja_parser *p, bool with_filter)
{
    struct jinja_node *node;
    uint32_t at = p->j->at = p->token->at;
    if (!zest_jinja_enter(p->j))
        return zest_jinja_node(p, JINJA_CONST, NULL, NULL);
    if (zest_jinja_skip(p, JINJA_TOKEN_SUBTRACT))
        node = zest_jinja_node_at(p, JINJA_NEGATIVE, at, parse_unary(p, false), NULL);
    else if (zest_jinja_skip(p, JINJA_TOKEN_ADD))
        node = zest_jinja_node_at(p, JINJA_POSITIVE, at, parse_unary(p, false), NULL);
    else
        node = zest_jinja_parse_primary(p, false);
    node = zest_jinja_parse_postfix(p, node);
    if (with_filter)
        node = zest_jinja_parse_filters_and_tests(p, node);
    zest_jinja_leave(p->j);
    return node;
}

static struct jinja_node *binary(struct jinja_parser *p, enum jinja_operator op, uint32_t at, struct jinja_node *left,
                                 struct jinja_node *right)
{
    struct jinja_node *node = zest_jinja_node_at(p, JINJA_BINARY, at, left, right);
    node->op = (uint8_t)op;
    return node;
}

static struct jinja_node *parse_power(struct jinja_parser *p)
{
    struct jinja_node *node = parse_unary(p, true);
    while (!p->j->failed && zest_jinja_skip(p, JINJA_TOKEN_POWER))
        node = binary(p, JINJA_POWER, p->token[-1].at, node, parse_unary(p, true));
    return node;
}

static struct jinja_node *parse_product(struct jinja_parser *p)
{
    struct jinja_node *node = parse_power(p);
    while (!p->j->failed) {
        uint32_t at = p->token->at;
        if (zest_jinja_skip(p, JINJA_TOKEN_MULTIPLY))
            node = binary(p, JINJA_MULTIPLY, at, node, parse_power(p));
        else if (zest_jinja_skip(p, JINJA_TOKEN_DIVIDE))
            node = binary(p, JINJA_DIVIDE, at, node, parse_power(p));
        else if (zest_jinja_skip(p, JINJA_TOKEN_FLOOR_DIVIDE))
            node = binary(p, JINJA_FLOOR_DIVIDE, at, node, parse_power(p));
        else if (zest_jinja_skip(p, JINJA_TOKEN_MODULO))
            node = binary(p, JINJA_MODULO, at, node, parse_power(p));
        else
            break;
    }
    return node;
}

/* a ~ b ~ c is one node. */
static struct jinja_node *parse_concat(struct jinja_parser *p)
{
    struct jinja_node *first = parse_product(p), **end = &first->next;
    if (p->j->failed || !zest_jinja_at(p, JINJA_TOKEN_TILDE))
        return first;
    struct jinja_node *node = zest_jinja_node(p, JINJA_CONCAT, first, NULL);
    while (!p->j->failed && zest_jinja_skip(p, JINJA_TOKEN_TILDE)) {
        *end = parse_product(p);
        end = &(*end)->next;
    }
    return node;
}

static struct jinja_node *parse_sum(struct jinja_parser *p)
{
    struct jinja_node *node = parse_concat(p);
    while (!p->j->failed) {
        uint32_t at = p->token->at;
        if (zest_jinja_skip(p, JINJA_TOKEN_ADD))
            node = binary(p, JINJA_ADD, at, node, parse_concat(p));
        else if (zest_jinja_skip(p, JINJA_TOKEN_SUBTRACT))
            node = binary(p, JINJA_SUBTRACT, at, node, parse_concat(p));
        else
            break;
    }
    return node;
}

/* ---- comparisons ---- */

/* Takes a comparison's sign; false where there is none. */
static bool take_sign(struct jinja_parser *p, enum jinja_sign *ret_sign)
{
    static const struct {
        enum jinja_token_kind token;
        enum jinja_sign sign;
    } signs[] = {
        {JINJA_TOKEN_EQUAL, JINJA_SIGN_EQUAL},     {JINJA_TOKEN_NOT_EQUAL, JINJA_SIGN_NOT_EQUAL},
        {JINJA_TOKEN_LESS, JINJA_SIGN_LESS},       {JINJA_TOKEN_LESS_EQUAL, JINJA_SIGN_LESS_EQUAL},
        {JINJA_TOKEN_GREATER, JINJA_SIGN_GREATER}, {JINJA_TOKEN_GREATER_EQUAL, JINJA_SIGN_GREATER_EQUAL},
    };
    for (size_t i = 0; i < ZEST_COUNT(signs); i++)
        if (zest_jinja_skip(p, signs[i].token)) {
            *ret_sign = signs[i].sign;
            return true;
        }
    *ret_sign = JINJA_SIGN_IN;
    if (zest_jinja_skip_name(p, "in"))
        return true;
    *ret_sign = JINJA_SIGN_NOT_IN;
    if (!zest_jinja_skip_name(p, "not"))
        return false;
    if (zest_jinja_skip_name(p, "in"))
        return true;
    p->token--;
    return false;
}

static struct jinja_node *parse_compare(struct jinja_parser *p)
{
    struct jinja_node *node = parse_sum(p), **end = NULL;
    enum jinja_sign sign;
    uint32_t at = p->token->at;
    while (!p->j->failed && take_sign(p, &sign)) {
        struct jinja_node *operand = zest_jinja_node_at(p, JINJA_OPERAND, at, parse_sum(p), NULL);
        operand->op = (uint8_t)sign;
        if (!end) {
            node = zest_jinja_node_at(p, JINJA_COMPARE, at, node, NULL);
            end = &node->b;
        }
        *end = operand;
        end = &operand->next;
        at = p->token->at;
    }
    return node;
}

static struct jinja_node *parse_not(struct jinja_parser *p)
{
    uint32_t at = p->j->at = p->token->at;
    if (!zest_jinja_skip_name(p, "not"))
        return parse_compare(p);
    if (!zest_jinja_enter(p->j))
        return zest_jinja_node(p, JINJA_CONST, NULL, NULL);
    struct jinja_node *node = zest_jinja_node_at(p, JINJA_NOT, at, parse_not(p), NULL);
    zest_jinja_leave(p->j);
    return node;
}

/* ---- tuples ---- */

/* Where a tuple without brackets ends. */
static bool ends_tuple(const struct jinja_parser *p, enum jinja_tuple_rule rule)
{
    return zest_jinja_at(p, JINJA_TOKEN_PRINT_END) || zest_jinja_at(p, JINJA_TOKEN_BLOCK_END) ||
           zest_jinja_at(p, JINJA_TOKEN_RIGHT_PARENTHESIS) ||
           (rule == JINJA_TUPLE_TARGET_LOOP && zest_jinja_at_name(p, "in")) ||
           (rule == JINJA_TUPLE_LOOP && zest_jinja_at_name(p, "recursive"));
}

static struct jinja_node *parse_tuple_item(struct jinja_parser *p, enum jinja_tuple_rule rule)
{
    if (rule == JINJA_TUPLE_UNCONDITIONAL || rule == JINJA_TUPLE_LOOP)
        return zest_jinja_parse_or(p);
    if (rule == JINJA_TUPLE_PLAIN || rule == JINJA_TUPLE_BRACKETS)
        return zest_jinja_parse_expression(p);
    return zest_jinja_parse_primary(p, rule == JINJA_TUPLE_TARGET_SET);
}

struct jinja_node *zest_jinja_parse_tuple(struct jinja_parser *p, enum jinja_tuple_rule rule)
{
    struct jinja_node *tuple = zest_jinja_node(p, JINJA_TUPLE_OF, NULL, NULL), **end = &tuple->a;
    bool is_tuple = false;
    while (!p->j->failed) {
        if (tuple->count > 0)
            zest_jinja_expect(p, JINJA_TOKEN_COMMA);
        if (ends_tuple(p, rule))
            break;
        struct jinja_node *item = parse_tuple_item(p, rule);
        if (p->j->failed)
            return tuple;
        *end = item;
        end = &item->next;
        tuple->count++;
        if (!zest_jinja_at(p, JINJA_TOKEN_COMMA))
            break;
        is_tuple = true;
    }
    if (!is_tuple && tuple->count > 0)
        return tuple->a;
    if (!is_tuple && rule != JINJA_TUPLE_BRACKETS)
        zest_jinja_unexpected(p, "Expected an expression");
    return tuple;
}
