/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_primary.c - parses names, literals and collections, and what may follow one: attributes, items, calls, filters,
 * tests.
 */
#include "jinja_tree.h"

/* ---- primaries ---- */

static struct jinja_node *parse_name(struct jinja_parser *p)
{
    static const struct {
        const char *name;
        int meaning; /* 0, 1: a bool; 2: none */
    } constants[] = {{"true", 1}, {"True", 1}, {"false", 0}, {"False", 0}, {"none", 2}, {"None", 2}};
    struct zest_text name = p->token->text;
    for (size_t i = 0; i < ZEST_COUNT(constants); i++)
        if (zest_jinja_skip_name(p, constants[i].name))
            return zest_jinja_constant(p, constants[i].meaning == 2 ? zest_jinja_none()
                                                                    : zest_jinja_bool(constants[i].meaning));
    p->token++;
    return zest_jinja_node_of(p, JINJA_NAME, NULL, NULL, name);
}

static struct jinja_node *parse_strings(struct jinja_parser *p)
{
    struct zest_text text = p->token->text;
    p->token++;
    if (p->token->kind == JINJA_TOKEN_STRING) { /* "a" "b" is one text */
        struct jinja_output joined = {0};
        zest_jinja_write_text(p->j, &joined, text);
        for (; p->token->kind == JINJA_TOKEN_STRING; p->token++)
            zest_jinja_write_text(p->j, &joined, p->token->text);
        text = zest_jinja_output_text(&joined);
    }
    return zest_jinja_constant(p, zest_jinja_string(text));
}

/* Items up to `close`, separated by commas; a dict's with a colon in each. */
static struct jinja_node *parse_items(struct jinja_parser *p, enum jinja_node_kind kind, const char *close)
{
    struct jinja_node *node = zest_jinja_node(p, kind), **end = &node->a;
    bool is_first = true;
    while (!p->j->failed && !zest_jinja_at_operator(p, close)) {
        if (!is_first)
            zest_jinja_expect(p, JINJA_TOKEN_OPERATOR, ",");
        if (!is_first && zest_jinja_at_operator(p, close))
            break;
        is_first = false;
        for (int part = 0; part < (kind == JINJA_DICT_OF ? 2 : 1) && !p->j->failed; part++) {
            if (part == 1)
                zest_jinja_expect(p, JINJA_TOKEN_OPERATOR, ":");
            struct jinja_node *item = zest_jinja_parse_expression(p);
            if (p->j->failed)
                break;
            *end = item;
            end = &item->next;
        }
    }
    zest_jinja_expect(p, JINJA_TOKEN_OPERATOR, close);
    return node;
}

struct jinja_node *zest_jinja_parse_primary(struct jinja_parser *p)
{
    p->j->line = p->token->line;
    if (p->token->kind == JINJA_TOKEN_NAME)
        return parse_name(p);
    if (p->token->kind == JINJA_TOKEN_STRING)
        return parse_strings(p);
    if (p->token->kind == JINJA_TOKEN_NUMBER) {
        p->token++;
        return zest_jinja_constant(p, p->token[-1].value);
    }
    if (zest_jinja_skip_operator(p, "["))
        return parse_items(p, JINJA_LIST_OF, "]");
    if (zest_jinja_skip_operator(p, "{"))
        return parse_items(p, JINJA_DICT_OF, "}");
    if (zest_jinja_skip_operator(p, "(")) {
        struct jinja_node *node =
            zest_jinja_at_operator(p, ")") ? zest_jinja_node(p, JINJA_TUPLE_OF) : zest_jinja_parse_tuple(p, true);
        zest_jinja_expect(p, JINJA_TOKEN_OPERATOR, ")");
        return node;
    }
    struct zest_text got = zest_jinja_token_name(p->token);
    zest_jinja_fail(p->j, "Expected an expression, got '%.*s'", (int)got.size, got.data);
    return zest_jinja_node(p, JINJA_CONST);
}

/* ---- filters, tests, calls, attributes ---- */

/* A name with dots, as filters and tests may have. */
static struct zest_text parse_dotted(struct jinja_parser *p)
{
    struct zest_text name = p->token->text;
    zest_jinja_expect(p, JINJA_TOKEN_NAME, NULL);
    while (!p->j->failed && zest_jinja_skip_operator(p, ".")) {
        name = zest_text_format(p->j->arena, "%.*s.%.*s", (int)name.size, name.data, (int)p->token->text.size,
                                p->token->text.data);
        zest_jinja_expect(p, JINJA_TOKEN_NAME, NULL);
    }
    return name;
}

static struct jinja_node *parse_filter(struct jinja_parser *p, struct jinja_node *on)
{
    struct jinja_node *node = zest_jinja_node_of(p, JINJA_FILTER, on, NULL, parse_dotted(p));
    if (p->j->failed)
        return node;
    node->function = zest_jinja_find_filter(node->text);
    if (!node->function)
        zest_jinja_fail(p->j, "No filter named '%.*s'.", (int)node->text.size, node->text.data);
    if (zest_jinja_at_operator(p, "("))
        node->b = zest_jinja_parse_arguments(p);
    return node;
}

struct jinja_node *zest_jinja_parse_filters(struct jinja_parser *p, struct jinja_node *on, bool starts_with_name)
{
    while (!p->j->failed && (starts_with_name || zest_jinja_skip_operator(p, "|"))) {
        on = parse_filter(p, on);
        starts_with_name = false;
    }
    return on;
}

/* An argument without brackets may follow a test: "is divisibleby 3". */
static bool at_bare_argument(const struct jinja_parser *p)
{
    if (p->token->kind == JINJA_TOKEN_NAME)
        return !zest_jinja_at_name(p, "else") && !zest_jinja_at_name(p, "or") && !zest_jinja_at_name(p, "and") &&
               !zest_jinja_at_name(p, "if") && !zest_jinja_at_name(p, "is") && !zest_jinja_at_name(p, "in") &&
               !zest_jinja_at_name(p, "not");
    return p->token->kind == JINJA_TOKEN_STRING || p->token->kind == JINJA_TOKEN_NUMBER ||
           zest_jinja_at_operator(p, "[") || zest_jinja_at_operator(p, "{");
}

/* The name of a test; comparisons may be written as signs. */
static struct zest_text parse_test_name(struct jinja_parser *p)
{
    struct zest_text name = p->token->text;
    if (zest_jinja_at_name(p, "in")) {
        p->token++;
        return name;
    }
    return parse_dotted(p);
}

static struct jinja_node *parse_test(struct jinja_parser *p, struct jinja_node *on)
{
    bool negated = zest_jinja_skip_name(p, "not");
    struct jinja_node *node = zest_jinja_node_of(p, JINJA_TEST, on, NULL, parse_test_name(p));
    if (p->j->failed)
        return node;
    node->function = zest_jinja_find_test(node->text);
    if (!node->function)
        zest_jinja_fail(p->j, "No test named '%.*s'.", (int)node->text.size, node->text.data);
    if (zest_jinja_at_operator(p, "("))
        node->b = zest_jinja_parse_arguments(p);
    else if (zest_jinja_at_name(p, "is"))
        zest_jinja_fail(p->j, "You cannot chain multiple tests with is");
    else if (at_bare_argument(p))
        node->b = zest_jinja_parse_postfix(p, zest_jinja_parse_primary(p));
    return negated ? zest_jinja_node_of(p, JINJA_NOT, node, NULL, ZEST_TEXT("")) : node;
}

/* Arguments in brackets, positional and named. */
struct jinja_node *zest_jinja_parse_arguments(struct jinja_parser *p)
{
    struct jinja_node *first = NULL, **end = &first;
    bool has_names = false;
    zest_jinja_expect(p, JINJA_TOKEN_OPERATOR, "(");
    while (!p->j->failed && !zest_jinja_at_operator(p, ")")) {
        if (first)
            zest_jinja_expect(p, JINJA_TOKEN_OPERATOR, ",");
        if (first && zest_jinja_at_operator(p, ")"))
            break;
        bool is_named = p->token->kind == JINJA_TOKEN_NAME && p->token[1].kind == JINJA_TOKEN_OPERATOR &&
                        zest_text_equal(p->token[1].text, ZEST_TEXT("="));
        struct zest_text name = p->token->text;
        bool unpacks_names = zest_jinja_skip_operator(p, "**"),
             unpacks = unpacks_names || zest_jinja_skip_operator(p, "*");
        if (has_names && !is_named && !unpacks)
            zest_jinja_fail(p->j, "invalid syntax for function call expression");
        has_names = has_names || is_named;
        p->token += is_named ? 2 : 0;
        struct jinja_node *value = zest_jinja_parse_expression(p);
        struct jinja_node *argument = value;
        if (is_named || unpacks)
            argument = zest_jinja_node_of(p, unpacks ? JINJA_UNPACK : JINJA_KEYWORD, value, NULL, name);
        if (p->j->failed)
            break;
        argument->flag = unpacks_names;
        *end = argument;
        end = &argument->next;
    }
    zest_jinja_expect(p, JINJA_TOKEN_OPERATOR, ")");
    return first;
}

static struct jinja_node *parse_subscript(struct jinja_parser *p, struct jinja_node *on)
{
    struct jinja_node *parts[3] = {NULL, NULL, NULL};
    size_t part = 0;
    bool is_slice = false;
    while (!p->j->failed && !zest_jinja_at_operator(p, "]") && part < 3) {
        if (!zest_jinja_at_operator(p, ":"))
            parts[part] = zest_jinja_parse_tuple(p, true);
        if (!zest_jinja_skip_operator(p, ":"))
            break;
        is_slice = true;
        part++;
    }
    zest_jinja_expect(p, JINJA_TOKEN_OPERATOR, "]");
    struct jinja_node *node = zest_jinja_node_of(p, is_slice ? JINJA_SLICE : JINJA_ITEM, on, parts[0], ZEST_TEXT(""));
    if (p->j->failed)
        return node;
    if (!is_slice && !parts[0])
        zest_jinja_fail(p->j, "expected subscript expression");
    node->c = parts[1];
    node->d = parts[2];
    return node;
}

static struct jinja_node *parse_dot(struct jinja_parser *p, struct jinja_node *on)
{
    if (p->token->kind == JINJA_TOKEN_NUMBER && p->token->value.kind == JINJA_INT) {
        struct jinja_node *index = zest_jinja_constant(p, p->token->value);
        p->token++;
        return zest_jinja_node_of(p, JINJA_ITEM, on, index, ZEST_TEXT(""));
    }
    struct zest_text name = p->token->text;
    zest_jinja_expect(p, JINJA_TOKEN_NAME, NULL);
    return zest_jinja_node_of(p, JINJA_ATTRIBUTE, on, NULL, name);
}

struct jinja_node *zest_jinja_parse_postfix(struct jinja_parser *p, struct jinja_node *node)
{
    while (!p->j->failed) {
        if (zest_jinja_skip_operator(p, "."))
            node = parse_dot(p, node);
        else if (zest_jinja_skip_operator(p, "["))
            node = parse_subscript(p, node);
        else if (zest_jinja_at_operator(p, "("))
            node = zest_jinja_node_of(p, JINJA_CALL, node, zest_jinja_parse_arguments(p), ZEST_TEXT(""));
        else
            break;
    }
    return node;
}

struct jinja_node *zest_jinja_parse_filters_and_tests(struct jinja_parser *p, struct jinja_node *node)
{
    while (!p->j->failed) {
        if (zest_jinja_at_operator(p, "|"))
            node = zest_jinja_parse_filters(p, node, false);
        else if (zest_jinja_skip_name(p, "is"))
            node = parse_test(p, node);
        else if (zest_jinja_at_operator(p, "("))
            node = zest_jinja_node_of(p, JINJA_CALL, node, zest_jinja_parse_arguments(p), ZEST_TEXT(""));
        else
            break;
    }
    return node;
}
