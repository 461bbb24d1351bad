/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_parser.c - parses a template's statements. Start at zest_jinja_parse.
 */
#include "jinja_parser.h"

#include <stdio.h>

/* Names of the tags that may end a body, NULL behind the last. */
typedef const char *const *tag_names;

/* The tag round what is parsed, for messages. */
struct tag {
    const char *name;
    tag_names ends;
};

static struct jinja_node *parse_body(struct jinja_parser *p, const struct tag *tag);

/* Behind a tag's own words: its body, up to a tag of `ends`, which is the next token then. */
static struct jinja_node *parse_statements(struct jinja_parser *p, const char *name, tag_names ends)
{
    const struct tag tag = {name, ends};
    zest_jinja_skip(p, JINJA_TOKEN_COLON);
    zest_jinja_expect(p, JINJA_TOKEN_BLOCK_END);
    return p->j->failed ? NULL : parse_body(p, &tag);
}

/* Likewise, and the end tag's name. */
static struct jinja_node *parse_statements_to(struct jinja_parser *p, const char *name, const char *end)
{
    const char *const ends[] = {end, NULL};
    struct jinja_node *body = parse_statements(p, name, ends);
    if (!p->j->failed)
        p->token++;
    return body;
}

/* ---- targets ---- */

static bool is_assignable(const struct jinja_node *node)
{
    if (node->kind != JINJA_TUPLE_OF)
        return node->kind == JINJA_NAME || node->kind == JINJA_NAMESPACE_OF;
    for (const struct jinja_node *item = node->a; item; item = item->next)
        if (!is_assignable(item))
            return false;
    return true;
}

static struct jinja_node *parse_target(struct jinja_parser *p, enum jinja_tuple_rule rule)
{
    uint32_t at = p->token->at;
    struct jinja_node *target = zest_jinja_parse_tuple(p, rule);
    if (!p->j->failed && !is_assignable(target)) {
        p->j->at = at;
        zest_jinja_fail(p->j, "can't assign to this expression");
    }
    return target;
}

static struct jinja_name *parse_target_name(struct jinja_parser *p)
{
    static const char *const constants[] = {"true", "false", "none", "True", "False", "None"};
    p->j->at = p->token->at;
    for (size_t i = 0; i < ZEST_COUNT(constants); i++)
        if (zest_jinja_at_name(p, constants[i]))
            zest_jinja_fail(p->j, "can't assign to '%s'", constants[i]);
    return zest_jinja_take_name(p);
}

/* ---- loops and conditions ---- */

static struct jinja_node *parse_for(struct jinja_parser *p)
{
    static const char *const ends[] = {"endfor", "else", NULL};
    struct jinja_node *node = zest_jinja_node(p, JINJA_FOR, NULL, NULL);
    p->token++;
    node->a = parse_target(p, JINJA_TUPLE_TARGET_LOOP);
    zest_jinja_expect_name(p, "in");
    node->b = zest_jinja_parse_tuple(p, JINJA_TUPLE_LOOP);
    node->e = zest_jinja_skip_name(p, "if") ? zest_jinja_parse_expression(p) : NULL;
    node->flag = zest_jinja_skip_name(p, "recursive");
    node->c = parse_statements(p, "for", ends);
    if (!p->j->failed && zest_jinja_skip_name(p, "else"))
        node->d = parse_statements_to(p, "for", "endfor");
    else if (!p->j->failed)
        p->token++;
    node->flag2 = node->d != NULL;
    return node;
}

/* A chain of elifs hangs in c of each. An else that is empty is like none. */
static struct jinja_node *parse_if(struct jinja_parser *p)
{
    static const char *const ends[] = {"elif", "else", "endif", NULL};
    struct jinja_node *first = NULL, **hook = &first;
    do {
        struct jinja_node *node = zest_jinja_node(p, JINJA_IF, NULL, NULL);
        p->token++;
        node->a = zest_jinja_parse_tuple(p, JINJA_TUPLE_UNCONDITIONAL);
        node->b = parse_statements(p, "if", ends);
        if (p->j->failed)
            return node;
        node->flag = zest_jinja_at_name(p, "elif");
        *hook = node;
        hook = &node->c;
    } while (zest_jinja_at_name(p, "elif"));
    if (zest_jinja_skip_name(p, "else"))
        *hook = parse_statements_to(p, "if", "endif");
    else
        p->token++;
    return first;
}

/* ---- assignments ---- */

static struct jinja_node *parse_set(struct jinja_parser *p)
{
    struct jinja_node *node = zest_jinja_node(p, JINJA_SET, NULL, NULL);
    p->token++;
    node->a = parse_target(p, JINJA_TUPLE_TARGET_SET);
    if (zest_jinja_skip(p, JINJA_TOKEN_ASSIGN)) {
        node->b = zest_jinja_parse_tuple(p, JINJA_TUPLE_PLAIN);
        return node;
    }
    node->kind = JINJA_SET_BODY;
    node->b = zest_jinja_parse_filters(p, NULL, false);
    node->c = parse_statements_to(p, "set", "endset");
    return node;
}

static struct jinja_node *parse_with(struct jinja_parser *p)
{
    struct jinja_node *node = zest_jinja_node(p, JINJA_WITH, NULL, NULL), **end = &node->a;
    p->token++;
    while (!p->j->failed && !zest_jinja_at(p, JINJA_TOKEN_BLOCK_END)) {
        if (node->a)
            zest_jinja_expect(p, JINJA_TOKEN_COMMA);
        struct jinja_node *assignment = zest_jinja_node(p, JINJA_SET, NULL, NULL);
        assignment->a = parse_target(p, JINJA_TUPLE_TARGET);
        zest_jinja_expect(p, JINJA_TOKEN_ASSIGN);
        assignment->b = zest_jinja_parse_expression(p);
        if (p->j->failed)
            return node;
        *end = assignment;
        end = &assignment->next;
    }
    node->b = parse_statements_to(p, "with", "endwith");
    return node;
}

/* ---- macros and calls ---- */

/* "(name, name=default, …)" */
static struct jinja_node *parse_parameters(struct jinja_parser *p)
{
    struct jinja_node *first = NULL, **end = &first;
    bool has_default = false;
    zest_jinja_expect(p, JINJA_TOKEN_LEFT_PARENTHESIS);
    while (!p->j->failed && !zest_jinja_at(p, JINJA_TOKEN_RIGHT_PARENTHESIS)) {
        if (first)
            zest_jinja_expect(p, JINJA_TOKEN_COMMA);
        struct jinja_node *parameter = zest_jinja_node(p, JINJA_PARAMETER, NULL, NULL);
        parameter->name = parse_target_name(p);
        if (zest_jinja_skip(p, JINJA_TOKEN_ASSIGN))
            parameter->a = zest_jinja_parse_expression(p);
        else if (has_default)
            zest_jinja_fail(p->j, "non-default argument follows default argument");
        if (p->j->failed)
            break;
        has_default = parameter->a != NULL;
        *end = parameter;
        end = &parameter->next;
    }
    zest_jinja_expect(p, JINJA_TOKEN_RIGHT_PARENTHESIS);
    return first;
}

static struct jinja_node *parse_macro(struct jinja_parser *p)
{
    struct jinja_node *node = zest_jinja_node(p, JINJA_MACRO_OF, NULL, NULL);
    p->token++;
    node->name = parse_target_name(p);
    node->a = parse_parameters(p);
    node->b = parse_statements_to(p, "macro", "endmacro");
    return node;
}

static struct jinja_node *parse_call(struct jinja_parser *p)
{
    struct jinja_node *node = zest_jinja_node(p, JINJA_CALL_OF, NULL, NULL);
    p->token++;
    node->c = zest_jinja_at(p, JINJA_TOKEN_LEFT_PARENTHESIS) ? parse_parameters(p) : NULL;
    node->a = zest_jinja_parse_expression(p);
    if (!p->j->failed && node->a->kind != JINJA_CALL) {
        p->j->at = node->a->at;
        zest_jinja_fail(p->j, "expected call");
    }
    node->b = parse_statements_to(p, "call", "endcall");
    return node;
}

/* transformers has its body called by an extension: a call block, whose text is what it makes. */
static struct jinja_node *parse_generation(struct jinja_parser *p)
{
    struct jinja_node *node = zest_jinja_node(p, JINJA_CALL_OF, NULL, NULL);
    p->token++;
    node->b = parse_statements_to(p, "generation", "endgeneration");
    return node;
}

static struct jinja_node *parse_filter_block(struct jinja_parser *p)
{
    struct jinja_node *node = zest_jinja_node(p, JINJA_FILTER_OF, NULL, NULL);
    p->token++;
    node->a = zest_jinja_parse_filters(p, NULL, true);
    node->b = parse_statements_to(p, "filter", "endfilter");
    return node;
}

/* ---- blocks, escaping, printing ---- */

/* A required block holds white space only. */
static bool is_blank(const struct jinja_node *body)
{
    for (; body; body = body->next)
        if (body->kind != JINJA_DATA || strspn(body->text.data, " \t\n\v\f") < body->text.size)
            return false;
    return true;
}

static struct jinja_node *parse_block(struct jinja_parser *p)
{
    struct jinja_node *node = zest_jinja_node(p, JINJA_BLOCK_OF, NULL, NULL);
    p->token++;
    node->name = zest_jinja_take_name(p);
    node->flag = zest_jinja_skip_name(p, "scoped");
    node->flag2 = zest_jinja_skip_name(p, "required");
    node->b = parse_statements_to(p, "block", "endblock");
    if (!p->j->failed && node->flag2 && !is_blank(node->b))
        zest_jinja_fail(p->j, "Required blocks can only contain comments or whitespace");
    if (zest_jinja_at(p, JINJA_TOKEN_NAME) && zest_text_equal(p->token->text, node->name->text))
        p->token++;
    return node;
}

static struct jinja_node *parse_autoescape(struct jinja_parser *p)
{
    struct jinja_node *node = zest_jinja_node(p, JINJA_AUTOESCAPE, NULL, NULL);
    p->token++;
    node->a = zest_jinja_parse_expression(p);
    node->b = parse_statements_to(p, "autoescape", "endautoescape");
    return node;
}

static struct jinja_node *print_of(struct jinja_parser *p, struct jinja_node *value)
{
    return zest_jinja_node_at(p, JINJA_PRINT, value->at, value, NULL);
}

/* {% print a, b %}: a list of nodes. */
static struct jinja_node *parse_print(struct jinja_parser *p)
{
    struct jinja_node *first = NULL, **end = &first;
    p->token++;
    while (!p->j->failed && !zest_jinja_at(p, JINJA_TOKEN_BLOCK_END)) {
        if (first)
            zest_jinja_expect(p, JINJA_TOKEN_COMMA);
        *end = print_of(p, zest_jinja_parse_expression(p));
        end = &(*end)->next;
    }
    return first;
}

/* ---- other templates, of which there are none ---- */

/* "with context" or "without context" at the end of a tag. */
static bool skip_context(struct jinja_parser *p)
{
    bool is_there = zest_jinja_at_name(p, "with") || zest_jinja_at_name(p, "without");
    if (!is_there || p->token[1].kind != JINJA_TOKEN_NAME || !zest_text_equal(p->token[1].text, ZEST_TEXT("context")))
        return false;
    p->token += 2;
    return true;
}

static struct jinja_node *parse_include(struct jinja_parser *p)
{
    struct jinja_node *node = zest_jinja_node(p, JINJA_INCLUDE, NULL, NULL);
    p->token++;
    node->a = zest_jinja_parse_expression(p);
    if (zest_jinja_at_name(p, "ignore") && p->token[1].kind == JINJA_TOKEN_NAME &&
        zest_text_equal(p->token[1].text, ZEST_TEXT("missing")))
        p->token += 2;
    skip_context(p);
    return node;
}

static struct jinja_node *parse_extends(struct jinja_parser *p)
{
    struct jinja_node *node = zest_jinja_node(p, JINJA_EXTENDS, NULL, NULL);
    p->token++;
    node->a = zest_jinja_parse_expression(p);
    return node;
}

static struct jinja_node *imported_name(struct jinja_parser *p)
{
    struct jinja_node *node = zest_jinja_node(p, JINJA_NAME, NULL, NULL);
    node->name = parse_target_name(p);
    return node;
}

static struct jinja_node *parse_import(struct jinja_parser *p)
{
    struct jinja_node *node = zest_jinja_node(p, JINJA_IMPORT, NULL, NULL);
    p->token++;
    node->a = zest_jinja_parse_expression(p);
    zest_jinja_expect_name(p, "as");
    node->b = imported_name(p);
    skip_context(p);
    return node;
}

static struct jinja_node *parse_from(struct jinja_parser *p)
{
    struct jinja_node *node = zest_jinja_node(p, JINJA_IMPORT, NULL, NULL), **end = &node->b;
    p->token++;
    node->a = zest_jinja_parse_expression(p);
    zest_jinja_expect_name(p, "import");
    while (!p->j->failed) {
        if (node->b)
            zest_jinja_expect(p, JINJA_TOKEN_COMMA);
        if (skip_context(p))
            break;
        struct jinja_node *name = imported_name(p);
        if (!p->j->failed && name->name->text.data[0] == '_')
            zest_jinja_fail(p->j, "names starting with an underline can not be imported");
        if (zest_jinja_skip_name(p, "as"))
            name = imported_name(p);
        if (p->j->failed)
            break;
        *end = name;
        end = &name->next;
        if (skip_context(p) || !zest_jinja_at(p, JINJA_TOKEN_COMMA))
            break;
    }
    return node;
}

static struct jinja_node *parse_loop_control(struct jinja_parser *p)
{
    bool is_break = zest_jinja_at_name(p, "break");
    struct jinja_node *node = zest_jinja_node(p, is_break ? JINJA_BREAK : JINJA_CONTINUE, NULL, NULL);
    p->token++;
    return node;
}

/* ---- the whole ---- */

/* "'elif' or 'else' or 'endif'" */
static const char *names_of(struct jinja_parser *p, tag_names ends)
{
    struct zest_text names = zest_text_format(p->j->arena, "'%s'", ends[0]);
    for (size_t i = 1; ends[i] && names.data; i++)
        names = zest_text_format(p->j->arena, "%s or '%s'", names.data, ends[i]);
    return names.data ? names.data : "";
}

static void fail_unknown_tag(struct jinja_parser *p, const struct tag *tag)
{
    struct zest_text name = p->token->text;
    int size = (int)(name.size < 60 ? name.size : 60);
    if (tag)
        zest_jinja_fail(p->j,
                        "Encountered unknown tag '%.*s'. Jinja was looking for the following tags: %s. The innermost "
                        "block that needs to be closed is '%s'.",
                        size, name.data, names_of(p, tag->ends), tag->name);
    else
        zest_jinja_fail(p->j, "Encountered unknown tag '%.*s'.", size, name.data);
}

/* At a tag's name; `tag` is the one round it. NULL where the tag is of no effect. */
static struct jinja_node *parse_statement(struct jinja_parser *p, const struct tag *tag)
{
    static const struct {
        const char *name;
        struct jinja_node *(*parse)(struct jinja_parser *p);
    } statements[] = {
        {"if", parse_if},
        {"for", parse_for},
        {"set", parse_set},
        {"macro", parse_macro},
        {"call", parse_call},
        {"filter", parse_filter_block},
        {"with", parse_with},
        {"print", parse_print},
        {"generation", parse_generation},
        {"block", parse_block},
        {"autoescape", parse_autoescape},
        {"break", parse_loop_control},
        {"continue", parse_loop_control},
        {"include", parse_include},
        {"extends", parse_extends},
        {"import", parse_import},
        {"from", parse_from},
    };
    p->j->at = p->token->at;
    for (size_t i = 0; i < ZEST_COUNT(statements); i++)
        if (zest_jinja_at_name(p, statements[i].name))
            return statements[i].parse(p);
    if (zest_jinja_at(p, JINJA_TOKEN_NAME))
        fail_unknown_tag(p, tag);
    else
        zest_jinja_fail(p->j, "tag name expected");
    return NULL;
}

static bool at_end_tag(const struct jinja_parser *p, tag_names ends)
{
    for (; *ends; ends++)
        if (zest_jinja_at_name(p, *ends))
            return true;
    return false;
}

static void fail_unfinished(struct jinja_parser *p, const struct tag *tag)
{
    p->j->at = p->token->at;
    zest_jinja_fail(
        p->j,
        "Unexpected end of template. Jinja was looking for the following tags: %s. The innermost block that "
        "needs to be closed is '%s'.",
        names_of(p, tag->ends), tag->name);
}

/* Data, a print or a statement behind its opening mark. */
static struct jinja_node *parse_one(struct jinja_parser *p, const struct tag *tag)
{
    struct jinja_node *node;
    if (zest_jinja_at(p, JINJA_TOKEN_DATA)) {
        node = zest_jinja_node(p, JINJA_DATA, NULL, NULL);
        node->text = p->token->text;
        p->token++;
    } else if (zest_jinja_skip(p, JINJA_TOKEN_PRINT_BEGIN)) {
        node = print_of(p, zest_jinja_parse_tuple(p, JINJA_TUPLE_PLAIN));
        zest_jinja_expect(p, JINJA_TOKEN_PRINT_END);
    } else {
        node = parse_statement(p, tag);
        zest_jinja_expect(p, JINJA_TOKEN_BLOCK_END);
    }
    return node;
}

/* Statements up to one of the end tags, which is the next token then; up to the template's end where `tag` is NULL. */
static struct jinja_node *parse_body(struct jinja_parser *p, const struct tag *tag)
{
    struct jinja_node *first = NULL, **end = &first;
    if (!zest_jinja_enter(p->j))
        return NULL;
    while (!p->j->failed) {
        if (zest_jinja_at(p, JINJA_TOKEN_EOF)) {
            if (tag)
                fail_unfinished(p, tag);
            break;
        }
        if (zest_jinja_skip(p, JINJA_TOKEN_BLOCK_BEGIN) && tag && at_end_tag(p, tag->ends))
            break;
        struct jinja_node *node = parse_one(p, tag);
        if (p->j->failed)
            break;
        *end = node;
        while (*end)
            end = &(*end)->next;
    }
    zest_jinja_leave(p->j);
    return first;
}

struct jinja_node *zest_jinja_parse(struct jinja *j, struct jinja_parser *p, const struct jinja_tokens *tokens)
{
    *p = (struct jinja_parser){.j = j};
    if (j->failed)
        return NULL;
    p->token = tokens->items;
    return parse_body(p, NULL);
}
