/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_primary.c - parses names, literals and collections, and what may follow one: attributes, items, calls, filters,
 * tests.
 */
#include "jinja_parser.h"

/* ---- primaries ---- */

static struct jinja_node *parse_name(struct jinja_parser *p, bool with_namespace)
{
    static const struct {
        const char *name;
        int meaning; /* 0, 1: a bool; 2: none */
    } constants[] = {{"true", 1}, {"True", 1}, {"false", 0}, {"False", 0}, {"none", 2}, {"None", 2}};
    uint32_t at = p->token->at;
    for (size_t i = 0; i < ZEST_COUNT(constants); i++)
        if (zest_jinja_skip_name(p, constants[i].name))
            return zest_jinja_constant(
                p, at, constants[i].meaning == 2 ? zest_jinja_none() : zest_jinja_bool(constants[i].meaning));
    struct jinja_name *name = zest_jinja_take_name(p);
    bool is_namespace = with_namespace && zest_jinja_skip(p, JINJA_TOKEN_DOT);
    struct jinja_node *node = zest_jinja_node_at(p, is_namespace ? JINJA_NAMESPACE_OF : JINJA_NAME, at, NULL, NULL);
    node->name = name;
    if (is_namespace)
        node->text = zest_jinja_take_name(p)->text;
    return node;
}

/* "a" "b" is one text. */
static struct jinja_node *parse_strings(struct jinja_parser *p)
{
    struct zest_text text = p->token->text;
    uint32_t at = p->token->at;
    for (p->token++; zest_jinja_at(p, JINJA_TOKEN_STRING); p->token++)
        text = zest_jinja_join_texts(p->j, text, p->token->text);
    return zest_jinja_constant(p, at, zest_jinja_string(text));
}

/* Hangs an item on a list; false after a failure. */
static bool hang(struct jinja_parser *p, struct jinja_node *list, struct jinja_node ***end, struct jinja_node *item)
{
    if (p->j->failed)
        return false;
    **end = item;
    *end = &item->next;
    list->count++;
    return true;
}

static struct jinja_node *parse_list(struct jinja_parser *p)
{
    struct jinja_node *node = zest_jinja_node(p, JINJA_LIST_OF, NULL, NULL), **end = &node->a;
    p->token++;
    while (!p->j->failed && !zest_jinja_at(p, JINJA_TOKEN_RIGHT_BRACKET)) {
        if (node->count > 0)
            zest_jinja_expect(p, JINJA_TOKEN_COMMA);
        if (zest_jinja_at(p, JINJA_TOKEN_RIGHT_BRACKET) || !hang(p, node, &end, zest_jinja_parse_expression(p)))
            break;
    }
    zest_jinja_expect(p, JINJA_TOKEN_RIGHT_BRACKET);
    return node;
}

static struct jinja_node *parse_dict(struct jinja_parser *p)
{
    struct jinja_node *node = zest_jinja_node(p, JINJA_DICT_OF, NULL, NULL), **end = &node->a;
    p->token++;
    while (!p->j->failed && !zest_jinja_at(p, JINJA_TOKEN_RIGHT_BRACE)) {
        if (node->count > 0)
            zest_jinja_expect(p, JINJA_TOKEN_COMMA);
        if (zest_jinja_at(p, JINJA_TOKEN_RIGHT_BRACE) || !hang(p, node, &end, zest_jinja_parse_expression(p)))
            break;
        zest_jinja_expect(p, JINJA_TOKEN_COLON);
        if (!hang(p, node, &end, zest_jinja_parse_expression(p)))
            break;
    }
    zest_jinja_expect(p, JINJA_TOKEN_RIGHT_BRACE);
    return node;
}

struct jinja_node *zest_jinja_parse_primary(struct jinja_parser *p, bool with_namespace)
{
    struct jinja_node *node;
    switch (p->token->kind) {
    case JINJA_TOKEN_NAME:
        return parse_name(p, with_namespace);
    case JINJA_TOKEN_STRING:
        return parse_strings(p);
    case JINJA_TOKEN_INTEGER:
    case JINJA_TOKEN_FLOAT:
        p->token++;
        return zest_jinja_constant(p, p->token[-1].at, p->token[-1].value);
    case JINJA_TOKEN_LEFT_PARENTHESIS:
        p->token++;
        node = zest_jinja_parse_tuple(p, JINJA_TUPLE_BRACKETS);
        zest_jinja_expect(p, JINJA_TOKEN_RIGHT_PARENTHESIS);
        return node;
    case JINJA_TOKEN_LEFT_BRACKET:
        return parse_list(p);
    case JINJA_TOKEN_LEFT_BRACE:
        return parse_dict(p);
    default:
        zest_jinja_unexpected(p, "Expected an expression");
        return zest_jinja_node(p, JINJA_CONST, NULL, NULL);
    }
}

/* ---- arguments ---- */

/* What has been seen of a call's arguments, which must come in order. */
struct seen {
    bool names, unpacked, unpacked_names;
};

static struct jinja_node *parse_argument(struct jinja_parser *p, struct seen *seen)
{
    uint32_t at = p->token->at;
    bool is_fine;
    enum jinja_node_kind kind = JINJA_CONST; /* a plain one */
    struct jinja_name *name = NULL;
    if (zest_jinja_skip(p, JINJA_TOKEN_MULTIPLY)) {
        is_fine = !seen->unpacked && !seen->unpacked_names;
        seen->unpacked = true;
        kind = JINJA_UNPACK;
    } else if (zest_jinja_skip(p, JINJA_TOKEN_POWER)) {
        is_fine = !seen->unpacked_names;
        seen->unpacked_names = true;
        kind = JINJA_UNPACK_NAMES;
    } else if (zest_jinja_at(p, JINJA_TOKEN_NAME) && p->token[1].kind == JINJA_TOKEN_ASSIGN) {
        is_fine = !seen->unpacked_names;
        seen->names = true;
        kind = JINJA_KEYWORD;
        name = zest_jinja_take_name(p);
        p->token++;
    } else {
        is_fine = !seen->names && !seen->unpacked && !seen->unpacked_names;
    }
    p->j->at = at;
    if (!is_fine)
        zest_jinja_fail(p->j, "invalid syntax for function call expression");
    struct jinja_node *value = zest_jinja_parse_expression(p);
    if (kind == JINJA_CONST)
        return value;
    struct jinja_node *node = zest_jinja_node_at(p, kind, at, value, NULL);
    node->name = name;
    return node;
}

struct jinja_node *zest_jinja_parse_arguments(struct jinja_parser *p)
{
    struct jinja_node *first = NULL, **end = &first;
    struct seen seen = {false, false, false};
    zest_jinja_expect(p, JINJA_TOKEN_LEFT_PARENTHESIS);
    while (!p->j->failed && !zest_jinja_at(p, JINJA_TOKEN_RIGHT_PARENTHESIS)) {
        if (first)
            zest_jinja_expect(p, JINJA_TOKEN_COMMA);
        if (first && zest_jinja_at(p, JINJA_TOKEN_RIGHT_PARENTHESIS))
            break;
        struct jinja_node *argument = parse_argument(p, &seen);
        if (p->j->failed)
            break;
        *end = argument;
        end = &argument->next;
    }
    zest_jinja_expect(p, JINJA_TOKEN_RIGHT_PARENTHESIS);
    return first;
}

/* ---- filters and tests ---- */

/* A name with dots, as filters and tests may have. */
static struct jinja_name *parse_dotted(struct jinja_parser *p)
{
    struct jinja_name *name = zest_jinja_take_name(p);
    while (!p->j->failed && zest_jinja_skip(p, JINJA_TOKEN_DOT)) {
        struct zest_text with_dot = zest_jinja_join_texts(p->j, name->text, ZEST_TEXT("."));
        name = zest_jinja_intern(p, zest_jinja_join_texts(p->j, with_dot, zest_jinja_take_name(p)->text));
    }
    return name;
}

static struct jinja_node *parse_filter(struct jinja_parser *p, struct jinja_node *on)
{
    struct jinja_node *node = zest_jinja_node(p, JINJA_FILTER, on, NULL);
    node->name = parse_dotted(p);
    node->function = zest_jinja_find_filter(node->name->text);
    if (zest_jinja_at(p, JINJA_TOKEN_LEFT_PARENTHESIS))
        node->b = zest_jinja_parse_arguments(p);
    return node;
}

struct jinja_node *zest_jinja_parse_filters(struct jinja_parser *p, struct jinja_node *on, bool starts_with_name)
{
    while (!p->j->failed && (starts_with_name || zest_jinja_skip(p, JINJA_TOKEN_PIPE))) {
        on = parse_filter(p, on);
        starts_with_name = false;
    }
    return on;
}

/* An argument without brackets may follow a test: "is divisibleby 3". */
static bool at_bare_argument(const struct jinja_parser *p)
{
    switch (p->token->kind) {
    case JINJA_TOKEN_NAME:
        return !zest_jinja_at_name(p, "else") && !zest_jinja_at_name(p, "or") && !zest_jinja_at_name(p, "and");
    case JINJA_TOKEN_STRING:
    case JINJA_TOKEN_INTEGER:
    case JINJA_TOKEN_FLOAT:
    case JINJA_TOKEN_LEFT_BRACKET:
    case JINJA_TOKEN_LEFT_BRACE:
        return true;
    default:
        return false;
    }
}

static struct jinja_node *parse_test(struct jinja_parser *p, struct jinja_node *on)
{
    bool negated = zest_jinja_skip_name(p, "not");
    struct jinja_node *node = zest_jinja_node(p, JINJA_TEST, on, NULL);
    node->name = parse_dotted(p);
    node->function = zest_jinja_find_test(node->name->text);
    p->j->at = p->token->at;
    if (zest_jinja_at(p, JINJA_TOKEN_LEFT_PARENTHESIS))
        node->b = zest_jinja_parse_arguments(p);
    else if (zest_jinja_at_name(p, "is"))
        zest_jinja_fail(p->j, "You cannot chain multiple tests with is");
    else if (at_bare_argument(p))
        node->b = zest_jinja_parse_postfix(p, zest_jinja_parse_primary(p, false));
    return negated ? zest_jinja_node_at(p, JINJA_NOT, node->at, node, NULL) : node;
}

/* ---- attributes and items ---- */

/* Whether values may have an attribute of this name beside what is in them. */
static bool is_attribute(struct zest_text name)
{
    static const enum jinja_kind kinds[] = {JINJA_DICT, JINJA_LIST, JINJA_INT, JINJA_FLOAT};
    for (size_t i = 0; i < ZEST_COUNT(kinds); i++)
        if (zest_jinja_find_method(kinds[i], name) || zest_jinja_is_unsafe(kinds[i], name))
            return true;
    return name.size > 0 && name.data[0] == '_';
}

static struct jinja_node *parse_dot(struct jinja_parser *p, struct jinja_node *on)
{
    uint32_t at = p->token->at;
    if (zest_jinja_skip(p, JINJA_TOKEN_INTEGER))
        return zest_jinja_node_at(p, JINJA_ITEM, at, on, zest_jinja_constant(p, at, p->token[-1].value));
    struct jinja_node *node = zest_jinja_node(p, JINJA_ATTRIBUTE, on, NULL);
    node->name = zest_jinja_take_name(p);
    node->function = zest_jinja_find_method(JINJA_STRING, node->name->text);
    node->flag = node->function || is_attribute(node->name->text);
    return node;
}

static bool at_subscript_end(const struct jinja_parser *p)
{
    return zest_jinja_at(p, JINJA_TOKEN_RIGHT_BRACKET) || zest_jinja_at(p, JINJA_TOKEN_COMMA);
}

/* An expression, or a slice "a:b:c" of which each part may be missing. */
static struct jinja_node *parse_subscribed(struct jinja_parser *p)
{
    uint32_t at = p->token->at;
    struct jinja_node *start = zest_jinja_at(p, JINJA_TOKEN_COLON) ? NULL : zest_jinja_parse_expression(p);
    if (!zest_jinja_skip(p, JINJA_TOKEN_COLON))
        return start;
    struct jinja_node *node = zest_jinja_node_at(p, JINJA_SLICE, at, NULL, start);
    if (!zest_jinja_at(p, JINJA_TOKEN_COLON) && !at_subscript_end(p))
        node->c = zest_jinja_parse_expression(p);
    if (zest_jinja_skip(p, JINJA_TOKEN_COLON) && !at_subscript_end(p))
        node->d = zest_jinja_parse_expression(p);
    return node;
}

static struct jinja_node *parse_subscript(struct jinja_parser *p, struct jinja_node *on)
{
    uint32_t at = p->token->at;
    struct jinja_node *tuple = zest_jinja_node(p, JINJA_TUPLE_OF, NULL, NULL), **end = &tuple->a;
    p->token++;
    while (!p->j->failed && !zest_jinja_at(p, JINJA_TOKEN_RIGHT_BRACKET)) {
        if (tuple->count > 0)
            zest_jinja_expect(p, JINJA_TOKEN_COMMA);
        if (!hang(p, tuple, &end, parse_subscribed(p)))
            break;
    }
    zest_jinja_expect(p, JINJA_TOKEN_RIGHT_BRACKET);
    return zest_jinja_node_at(p, JINJA_ITEM, at, on, tuple->count == 1 ? tuple->a : tuple);
}

static struct jinja_node *parse_call(struct jinja_parser *p, struct jinja_node *callee)
{
    uint32_t at = p->token->at;
    return zest_jinja_node_at(p, JINJA_CALL, at, callee, zest_jinja_parse_arguments(p));
}

struct jinja_node *zest_jinja_parse_postfix(struct jinja_parser *p, struct jinja_node *node)
{
    while (!p->j->failed) {
        if (zest_jinja_skip(p, JINJA_TOKEN_DOT))
            node = parse_dot(p, node);
        else if (zest_jinja_at(p, JINJA_TOKEN_LEFT_BRACKET))
            node = parse_subscript(p, node);
        else if (zest_jinja_at(p, JINJA_TOKEN_LEFT_PARENTHESIS))
            node = parse_call(p, node);
        else
            break;
    }
    return node;
}

struct jinja_node *zest_jinja_parse_filters_and_tests(struct jinja_parser *p, struct jinja_node *node)
{
    while (!p->j->failed) {
        if (zest_jinja_at(p, JINJA_TOKEN_PIPE))
            node = zest_jinja_parse_filters(p, node, false);
        else if (zest_jinja_skip_name(p, "is"))
            node = parse_test(p, node);
        else if (zest_jinja_at(p, JINJA_TOKEN_LEFT_PARENTHESIS))
            node = parse_call(p, node);
        else
            break;
    }
    return node;
}
