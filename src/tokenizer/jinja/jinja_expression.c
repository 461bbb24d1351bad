/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_expression.c - parses expressions, by recursive descent in Jinja's order of precedence:
 *
 *   x if y else z < or < and < not < comparisons < + - < ~ < * / // % < ** < unary - + < filters, tests, calls
 *
 * jinja_primary.c has what stands at the bottom.
 */
#include "jinja_tree.h"

static struct jinja_node *parse_unary(struct jinja_parser *p, bool with_filter);

/* ---- the levels of precedence ---- */

struct jinja_node *zest_jinja_parse_expression(struct jinja_parser *p)
{
    if (!zest_jinja_enter(p->j))
        return zest_jinja_node(p, JINJA_CONST);
    struct jinja_node *node = zest_jinja_parse_or(p);
    while (!p->j->failed && zest_jinja_skip_name(p, "if")) {
        struct jinja_node *condition = zest_jinja_parse_or(p);
        struct jinja_node *otherwise = zest_jinja_skip_name(p, "else") ? zest_jinja_parse_expression(p) : NULL;
        node = zest_jinja_node_of(p, JINJA_IF_ELSE, condition, node, ZEST_TEXT(""));
        if (!p->j->failed)
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
        node = zest_jinja_node_of(p, JINJA_AND, node, parse_not(p), ZEST_TEXT(""));
    return node;
}

struct jinja_node *zest_jinja_parse_or(struct jinja_parser *p)
{
    struct jinja_node *node = parse_and(p);
    while (!p->j->failed && zest_jinja_skip_name(p, "or"))
        node = zest_jinja_node_of(p, JINJA_OR, node, parse_and(p), ZEST_TEXT(""));
    return node;
}

/* Operators of one level, all left-associative. */
static struct jinja_node *parse_level(struct jinja_parser *p, const char *const *operators, size_t count,
                                      struct jinja_node *(*operand)(struct jinja_parser *), enum jinja_node_kind kind)
{
    struct jinja_node *node = operand(p);
    for (size_t i = 0; i < count && !p->j->failed; i++) {
        if (!zest_jinja_skip_operator(p, operators[i]))
            continue;
        struct jinja_node *right = operand(p);
        node = zest_jinja_node_of(p, kind, node, right, zest_text_of(operators[i]));
        i = (size_t)-1; /* from the first operator again */
    }
    return node;
}

static struct jinja_node *parse_operand(struct jinja_parser *p)
{
    return parse_unary(p, true);
}

static struct jinja_node *parse_power(struct jinja_parser *p)
{
    static const char *const operators[] = {"**"};
    return parse_level(p, operators, 1, parse_operand, JINJA_BINARY);
}

static struct jinja_node *parse_product(struct jinja_parser *p)
{
    static const char *const operators[] = {"*", "//", "/", "%"};
    return parse_level(p, operators, 4, parse_power, JINJA_BINARY);
}

static struct jinja_node *parse_concat(struct jinja_parser *p)
{
    static const char *const operators[] = {"~"};
    return parse_level(p, operators, 1, parse_product, JINJA_CONCAT);
}

static struct jinja_node *parse_sum(struct jinja_parser *p)
{
    static const char *const operators[] = {"+", "-"};
    return parse_level(p, operators, 2, parse_concat, JINJA_BINARY);
}

/* Takes a comparison's sign; false where there is none. */
static bool take_sign(struct jinja_parser *p, struct zest_text *ret_sign)
{
    static const char *const signs[] = {"==", "!=", "<=", ">=", "<", ">"};
    for (size_t i = 0; i < ZEST_COUNT(signs); i++)
        if (zest_jinja_skip_operator(p, signs[i])) {
            *ret_sign = zest_text_of(signs[i]);
            return true;
        }
    *ret_sign = zest_jinja_at_name(p, "not") ? ZEST_TEXT("not in") : ZEST_TEXT("in");
    if (zest_jinja_at_name(p, "not") && zest_text_equal(p->token[1].text, ZEST_TEXT("in")) &&
        p->token[1].kind == JINJA_TOKEN_NAME) {
        p->token += 2;
        return true;
    }
    return zest_jinja_skip_name(p, "in");
}

static struct jinja_node *parse_compare(struct jinja_parser *p)
{
    struct jinja_node *node = parse_sum(p), **end = NULL;
    struct zest_text sign;
    while (!p->j->failed && take_sign(p, &sign)) {
        struct jinja_node *operand = zest_jinja_node_of(p, JINJA_KEYWORD, parse_sum(p), NULL, sign);
        if (!end) {
            node = zest_jinja_node_of(p, JINJA_COMPARE, node, NULL, ZEST_TEXT(""));
            end = &node->b;
        }
        if (p->j->failed)
            break;
        *end = operand;
        end = &operand->next;
    }
    return node;
}

static struct jinja_node *parse_not(struct jinja_parser *p)
{
    if (!zest_jinja_skip_name(p, "not"))
        return parse_compare(p);
    if (!zest_jinja_enter(p->j))
        return zest_jinja_node(p, JINJA_CONST);
    struct jinja_node *node = zest_jinja_node_of(p, JINJA_NOT, parse_not(p), NULL, ZEST_TEXT(""));
    zest_jinja_leave(p->j);
    return node;
}

static struct jinja_node *parse_unary(struct jinja_parser *p, bool with_filter)
{
    struct jinja_node *node;
    if (!zest_jinja_enter(p->j))
        return zest_jinja_node(p, JINJA_CONST);
    if (zest_jinja_skip_operator(p, "-"))
        node = zest_jinja_node_of(p, JINJA_NEGATIVE, parse_unary(p, false), NULL, ZEST_TEXT(""));
    else if (zest_jinja_skip_operator(p, "+"))
        node = zest_jinja_node_of(p, JINJA_POSITIVE, parse_unary(p, false), NULL, ZEST_TEXT(""));
    else
        node = zest_jinja_parse_primary(p);
    node = zest_jinja_parse_postfix(p, node);
    if (with_filter)
        node = zest_jinja_parse_filters_and_tests(p, node);
    zest_jinja_leave(p->j);
    return node;
}

/* Where a tuple without brackets ends. */
static bool ends_tuple(const struct jinja_parser *p)
{
    return p->token->kind == JINJA_TOKEN_PRINT_END || p->token->kind == JINJA_TOKEN_BLOCK_END ||
           zest_jinja_at_operator(p, ")") || zest_jinja_at_operator(p, "]") || zest_jinja_at_operator(p, ":") ||
           zest_jinja_at_operator(p, "=") || zest_jinja_at_name(p, "in");
}

/* One expression, or several with commas between them. */
struct jinja_node *zest_jinja_parse_tuple(struct jinja_parser *p, bool may_be_conditional)
{
    struct jinja_node *first = may_be_conditional ? zest_jinja_parse_expression(p) : zest_jinja_parse_or(p);
    if (p->j->failed || !zest_jinja_at_operator(p, ","))
        return first;
    struct jinja_node *tuple = zest_jinja_node_of(p, JINJA_TUPLE_OF, first, NULL, ZEST_TEXT(""));
    struct jinja_node **end = &first->next;
    while (!p->j->failed && zest_jinja_skip_operator(p, ",") && !ends_tuple(p)) {
        *end = may_be_conditional ? zest_jinja_parse_expression(p) : zest_jinja_parse_or(p);
        if (!p->j->failed)
            end = &(*end)->next;
    }
    return tuple;
}
