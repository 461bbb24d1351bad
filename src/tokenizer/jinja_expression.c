/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_expression.c - parses expressions, by recursive descent in Jinja's order of precedence:
 *
 *   x if y else z < or < and < not < comparisons < + - < ~ < * / // % < ** < unary - + < filters, tests, calls
 */
#include "jinja_tree.h"

static struct jinja_node *parse_unary(struct jinja_parser *p, bool with_filter);
static struct jinja_node *parse_primary(struct jinja_parser *p);

/* ---- tokens
 * ------------------------------------------------------------------------------------------------------------------ */

bool zest_jinja_at(const struct jinja_parser *p, enum jinja_token_kind kind, const char *text)
{
    return p->token->kind == kind && (!text || zest_text_equal(p->token->text, zest_text_of(text)));
}

bool zest_jinja_skip(struct jinja_parser *p, enum jinja_token_kind kind, const char *text)
{
    if (!zest_jinja_at(p, kind, text))
        return false;
    p->token++;
    return true;
}

static const char *kind_name(enum jinja_token_kind kind)
{
    static const char *const names[] = {"template data",
                                        "begin of print statement",
                                        "end of print statement",
                                        "begin of statement block",
                                        "end of statement block",
                                        "name",
                                        "integer",
                                        "string",
                                        "operator",
                                        "end of template"};
    return names[kind];
}

static struct zest_text token_name(const struct jinja_token *token)
{
    bool has_text = token->kind >= JINJA_TOKEN_NAME && token->kind != JINJA_TOKEN_EOF && token->text.size > 0;
    return has_text ? token->text : zest_text_of(kind_name(token->kind));
}

void zest_jinja_expect(struct jinja_parser *p, enum jinja_token_kind kind, const char *text)
{
    if (zest_jinja_skip(p, kind, text))
        return;
    struct zest_text got = token_name(p->token);
    p->j->line = p->token->line;
    zest_jinja_fail(p->j, "expected token '%s', got '%.*s'", text ? text : kind_name(kind), (int)got.size, got.data);
}

static bool at_operator(const struct jinja_parser *p, const char *text)
{
    return zest_jinja_at(p, JINJA_TOKEN_OPERATOR, text);
}

static bool skip_operator(struct jinja_parser *p, const char *text)
{
    return zest_jinja_skip(p, JINJA_TOKEN_OPERATOR, text);
}

static bool at_name(const struct jinja_parser *p, const char *text)
{
    return zest_jinja_at(p, JINJA_TOKEN_NAME, text);
}

static bool skip_name(struct jinja_parser *p, const char *text)
{
    return zest_jinja_skip(p, JINJA_TOKEN_NAME, text);
}

struct jinja_node *zest_jinja_node(struct jinja_parser *p, enum jinja_node_kind kind)
{
    static const struct jinja_node empty;
    struct jinja_node *node = zest_jinja_alloc(p->j, 1, sizeof *node);
    if (!node)
        return (struct jinja_node *)&empty; /* never written to: the failure stops the parser */
    *node = (struct jinja_node){.kind = kind, .line = p->token->line};
    return node;
}

static struct jinja_node *node_of(struct jinja_parser *p, enum jinja_node_kind kind, struct jinja_node *a,
                                  struct jinja_node *b, struct zest_text text)
{
    struct jinja_node *node = zest_jinja_node(p, kind);
    if (p->j->failed)
        return node;
    node->a = a;
    node->b = b;
    node->text = text;
    return node;
}

static struct jinja_node *constant(struct jinja_parser *p, struct jinja_value value)
{
    struct jinja_node *node = zest_jinja_node(p, JINJA_CONST);
    if (!p->j->failed)
        node->value = value;
    return node;
}

/* ---- the levels of precedence
 * ---------------------------------------------------------------------------------------------------- */

struct jinja_node *zest_jinja_parse_expression(struct jinja_parser *p)
{
    if (!zest_jinja_enter(p->j))
        return zest_jinja_node(p, JINJA_CONST);
    struct jinja_node *node = zest_jinja_parse_or(p);
    while (!p->j->failed && skip_name(p, "if")) {
        struct jinja_node *condition = zest_jinja_parse_or(p);
        struct jinja_node *otherwise = skip_name(p, "else") ? zest_jinja_parse_expression(p) : NULL;
        node = node_of(p, JINJA_IF_ELSE, condition, node, ZEST_TEXT(""));
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
    while (!p->j->failed && skip_name(p, "and"))
        node = node_of(p, JINJA_AND, node, parse_not(p), ZEST_TEXT(""));
    return node;
}

struct jinja_node *zest_jinja_parse_or(struct jinja_parser *p)
{
    struct jinja_node *node = parse_and(p);
    while (!p->j->failed && skip_name(p, "or"))
        node = node_of(p, JINJA_OR, node, parse_and(p), ZEST_TEXT(""));
    return node;
}

/* Operators of one level, all left-associative. */
static struct jinja_node *parse_level(struct jinja_parser *p, const char *const *operators, size_t count,
                                      struct jinja_node *(*operand)(struct jinja_parser *), enum jinja_node_kind kind)
{
    struct jinja_node *node = operand(p);
    for (size_t i = 0; i < count && !p->j->failed; i++) {
        if (!skip_operator(p, operators[i]))
            continue;
        struct jinja_node *right = operand(p);
        node = node_of(p, kind, node, right, zest_text_of(operators[i]));
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
        if (skip_operator(p, signs[i])) {
            *ret_sign = zest_text_of(signs[i]);
            return true;
        }
    *ret_sign = at_name(p, "not") ? ZEST_TEXT("not in") : ZEST_TEXT("in");
    if (at_name(p, "not") && zest_text_equal(p->token[1].text, ZEST_TEXT("in")) &&
        p->token[1].kind == JINJA_TOKEN_NAME) {
        p->token += 2;
        return true;
    }
    return skip_name(p, "in");
}

static struct jinja_node *parse_compare(struct jinja_parser *p)
{
    struct jinja_node *node = parse_sum(p), **end = NULL;
    struct zest_text sign;
    while (!p->j->failed && take_sign(p, &sign)) {
        struct jinja_node *operand = node_of(p, JINJA_KEYWORD, parse_sum(p), NULL, sign);
        if (!end) {
            node = node_of(p, JINJA_COMPARE, node, NULL, ZEST_TEXT(""));
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
    if (!skip_name(p, "not"))
        return parse_compare(p);
    if (!zest_jinja_enter(p->j))
        return zest_jinja_node(p, JINJA_CONST);
    struct jinja_node *node = node_of(p, JINJA_NOT, parse_not(p), NULL, ZEST_TEXT(""));
    zest_jinja_leave(p->j);
    return node;
}

/* ---- filters, tests, calls, attributes
 * ---------------------------------------------------------------------------------------------- */

/* A name with dots, as filters and tests may have. */
static struct zest_text parse_dotted(struct jinja_parser *p)
{
    struct zest_text name = p->token->text;
    zest_jinja_expect(p, JINJA_TOKEN_NAME, NULL);
    while (!p->j->failed && skip_operator(p, ".")) {
        name = zest_text_format(p->j->arena, "%.*s.%.*s", (int)name.size, name.data, (int)p->token->text.size,
                                p->token->text.data);
        zest_jinja_expect(p, JINJA_TOKEN_NAME, NULL);
    }
    return name;
}

static struct jinja_node *parse_filter(struct jinja_parser *p, struct jinja_node *on)
{
    struct jinja_node *node = node_of(p, JINJA_FILTER, on, NULL, parse_dotted(p));
    if (p->j->failed)
        return node;
    node->function = zest_jinja_find_filter(node->text);
    if (!node->function)
        zest_jinja_fail(p->j, "No filter named '%.*s'.", (int)node->text.size, node->text.data);
    if (at_operator(p, "("))
        node->b = zest_jinja_parse_arguments(p);
    return node;
}

struct jinja_node *zest_jinja_parse_filters(struct jinja_parser *p, struct jinja_node *on, bool starts_with_name)
{
    while (!p->j->failed && (starts_with_name || skip_operator(p, "|"))) {
        on = parse_filter(p, on);
        starts_with_name = false;
    }
    return on;
}

/* An argument without brackets may follow a test: "is divisibleby 3". */
static bool at_bare_argument(const struct jinja_parser *p)
{
    if (p->token->kind == JINJA_TOKEN_NAME)
        return !at_name(p, "else") && !at_name(p, "or") && !at_name(p, "and") && !at_name(p, "if") &&
               !at_name(p, "is") && !at_name(p, "in") && !at_name(p, "not");
    return p->token->kind == JINJA_TOKEN_STRING || p->token->kind == JINJA_TOKEN_NUMBER || at_operator(p, "[") ||
           at_operator(p, "{");
}

/* The name of a test; comparisons may be written as signs. */
static struct zest_text parse_test_name(struct jinja_parser *p)
{
    struct zest_text name = p->token->text;
    if (at_name(p, "in")) {
        p->token++;
        return name;
    }
    return parse_dotted(p);
}

static struct jinja_node *parse_test(struct jinja_parser *p, struct jinja_node *on)
{
    bool negated = skip_name(p, "not");
    struct jinja_node *node = node_of(p, JINJA_TEST, on, NULL, parse_test_name(p));
    if (p->j->failed)
        return node;
    node->function = zest_jinja_find_test(node->text);
    if (!node->function)
        zest_jinja_fail(p->j, "No test named '%.*s'.", (int)node->text.size, node->text.data);
    if (at_operator(p, "("))
        node->b = zest_jinja_parse_arguments(p);
    else if (at_name(p, "is"))
        zest_jinja_fail(p->j, "You cannot chain multiple tests with is");
    else if (at_bare_argument(p))
        node->b = zest_jinja_parse_postfix(p, parse_primary(p));
    return negated ? node_of(p, JINJA_NOT, node, NULL, ZEST_TEXT("")) : node;
}

/* Arguments in brackets, positional and named. */
struct jinja_node *zest_jinja_parse_arguments(struct jinja_parser *p)
{
    struct jinja_node *first = NULL, **end = &first;
    bool has_names = false;
    zest_jinja_expect(p, JINJA_TOKEN_OPERATOR, "(");
    while (!p->j->failed && !at_operator(p, ")")) {
        if (first)
            zest_jinja_expect(p, JINJA_TOKEN_OPERATOR, ",");
        if (first && at_operator(p, ")"))
            break;
        bool is_named = p->token->kind == JINJA_TOKEN_NAME && p->token[1].kind == JINJA_TOKEN_OPERATOR &&
                        zest_text_equal(p->token[1].text, ZEST_TEXT("="));
        struct zest_text name = p->token->text;
        if (at_operator(p, "*") || at_operator(p, "**"))
            zest_jinja_fail(p->j, "unpacking arguments with * is not supported");
        if (has_names && !is_named)
            zest_jinja_fail(p->j, "invalid syntax for function call expression");
        has_names = is_named;
        p->token += is_named ? 2 : 0;
        struct jinja_node *value = zest_jinja_parse_expression(p);
        struct jinja_node *argument = is_named ? node_of(p, JINJA_KEYWORD, value, NULL, name) : value;
        if (p->j->failed)
            break;
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
    while (!p->j->failed && !at_operator(p, "]") && part < 3) {
        if (!at_operator(p, ":"))
            parts[part] = zest_jinja_parse_tuple(p, true);
        if (!skip_operator(p, ":"))
            break;
        is_slice = true;
        part++;
    }
    zest_jinja_expect(p, JINJA_TOKEN_OPERATOR, "]");
    struct jinja_node *node = node_of(p, is_slice ? JINJA_SLICE : JINJA_ITEM, on, parts[0], ZEST_TEXT(""));
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
        struct jinja_node *index = constant(p, p->token->value);
        p->token++;
        return node_of(p, JINJA_ITEM, on, index, ZEST_TEXT(""));
    }
    struct zest_text name = p->token->text;
    zest_jinja_expect(p, JINJA_TOKEN_NAME, NULL);
    return node_of(p, JINJA_ATTRIBUTE, on, NULL, name);
}

struct jinja_node *zest_jinja_parse_postfix(struct jinja_parser *p, struct jinja_node *node)
{
    while (!p->j->failed) {
        if (skip_operator(p, "."))
            node = parse_dot(p, node);
        else if (skip_operator(p, "["))
            node = parse_subscript(p, node);
        else if (at_operator(p, "("))
            node = node_of(p, JINJA_CALL, node, zest_jinja_parse_arguments(p), ZEST_TEXT(""));
        else
            break;
    }
    return node;
}

static struct jinja_node *parse_filters_and_tests(struct jinja_parser *p, struct jinja_node *node)
{
    while (!p->j->failed) {
        if (at_operator(p, "|"))
            node = zest_jinja_parse_filters(p, node, false);
        else if (skip_name(p, "is"))
            node = parse_test(p, node);
        else if (at_operator(p, "("))
            node = node_of(p, JINJA_CALL, node, zest_jinja_parse_arguments(p), ZEST_TEXT(""));
        else
            break;
    }
    return node;
}

static struct jinja_node *parse_unary(struct jinja_parser *p, bool with_filter)
{
    struct jinja_node *node;
    if (!zest_jinja_enter(p->j))
        return zest_jinja_node(p, JINJA_CONST);
    if (skip_operator(p, "-"))
        node = node_of(p, JINJA_NEGATIVE, parse_unary(p, false), NULL, ZEST_TEXT(""));
    else if (skip_operator(p, "+"))
        node = node_of(p, JINJA_POSITIVE, parse_unary(p, false), NULL, ZEST_TEXT(""));
    else
        node = parse_primary(p);
    node = zest_jinja_parse_postfix(p, node);
    if (with_filter)
        node = parse_filters_and_tests(p, node);
    zest_jinja_leave(p->j);
    return node;
}

/* ---- primaries
 * --------------------------------------------------------------------------------------------------------------------------
 */

static struct jinja_node *parse_name(struct jinja_parser *p)
{
    static const struct {
        const char *name;
        int meaning; /* 0, 1: a bool; 2: none */
    } constants[] = {{"true", 1}, {"True", 1}, {"false", 0}, {"False", 0}, {"none", 2}, {"None", 2}};
    struct zest_text name = p->token->text;
    for (size_t i = 0; i < ZEST_COUNT(constants); i++)
        if (skip_name(p, constants[i].name))
            return constant(p, constants[i].meaning == 2 ? zest_jinja_none() : zest_jinja_bool(constants[i].meaning));
    p->token++;
    return node_of(p, JINJA_NAME, NULL, NULL, name);
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
    return constant(p, zest_jinja_string(text));
}

/* Items up to `close`, separated by commas; a dict's with a colon in each. */
static struct jinja_node *parse_items(struct jinja_parser *p, enum jinja_node_kind kind, const char *close)
{
    struct jinja_node *node = zest_jinja_node(p, kind), **end = &node->a;
    bool is_first = true;
    while (!p->j->failed && !at_operator(p, close)) {
        if (!is_first)
            zest_jinja_expect(p, JINJA_TOKEN_OPERATOR, ",");
        if (!is_first && at_operator(p, close))
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

static struct jinja_node *parse_primary(struct jinja_parser *p)
{
    p->j->line = p->token->line;
    if (p->token->kind == JINJA_TOKEN_NAME)
        return parse_name(p);
    if (p->token->kind == JINJA_TOKEN_STRING)
        return parse_strings(p);
    if (p->token->kind == JINJA_TOKEN_NUMBER) {
        p->token++;
        return constant(p, p->token[-1].value);
    }
    if (skip_operator(p, "["))
        return parse_items(p, JINJA_LIST_OF, "]");
    if (skip_operator(p, "{"))
        return parse_items(p, JINJA_DICT_OF, "}");
    if (skip_operator(p, "(")) {
        struct jinja_node *node =
            at_operator(p, ")") ? zest_jinja_node(p, JINJA_TUPLE_OF) : zest_jinja_parse_tuple(p, true);
        zest_jinja_expect(p, JINJA_TOKEN_OPERATOR, ")");
        return node;
    }
    struct zest_text got = token_name(p->token);
    zest_jinja_fail(p->j, "Expected an expression, got '%.*s'", (int)got.size, got.data);
    return zest_jinja_node(p, JINJA_CONST);
}

/* Where a tuple without brackets ends. */
static bool ends_tuple(const struct jinja_parser *p)
{
    return p->token->kind == JINJA_TOKEN_PRINT_END || p->token->kind == JINJA_TOKEN_BLOCK_END || at_operator(p, ")") ||
           at_operator(p, "]") || at_operator(p, ":") || at_operator(p, "=") || at_name(p, "in");
}

/* One expression, or several with commas between them. */
struct jinja_node *zest_jinja_parse_tuple(struct jinja_parser *p, bool may_be_conditional)
{
    struct jinja_node *first = may_be_conditional ? zest_jinja_parse_expression(p) : zest_jinja_parse_or(p);
    if (p->j->failed || !at_operator(p, ","))
        return first;
    struct jinja_node *tuple = node_of(p, JINJA_TUPLE_OF, first, NULL, ZEST_TEXT(""));
    struct jinja_node **end = &first->next;
    while (!p->j->failed && skip_operator(p, ",") && !ends_tuple(p)) {
        *end = may_be_conditional ? zest_jinja_parse_expression(p) : zest_jinja_parse_or(p);
        if (!p->j->failed)
            end = &(*end)->next;
    }
    return tuple;
}
