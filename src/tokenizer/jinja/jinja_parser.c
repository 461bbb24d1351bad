/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_parser.c - parses a template's statements. Start at zest_jinja_parse.
 */
#include "jinja_tree.h"

/* Names of the tags that may end a body, NULL behind the last. */
typedef const char *const *tag_names;

static struct jinja_node *parse_body(struct jinja_parser *p, tag_names ends, const char *tag);

static bool at_tag(const struct jinja_parser *p, const char *name)
{
    return zest_jinja_at(p, JINJA_TOKEN_NAME, name);
}

static void end_tag(struct jinja_parser *p)
{
    zest_jinja_expect(p, JINJA_TOKEN_BLOCK_END, NULL);
}

/* A body, its end tag, and the mark that closes it. */
static struct jinja_node *parse_body_to(struct jinja_parser *p, const char *end, const char *tag)
{
    const char *const ends[] = {end, NULL};
    struct jinja_node *body = parse_body(p, ends, tag);
    if (!p->j->failed)
        p->token++;
    end_tag(p);
    return body;
}

/* ---- targets ---- */

static struct jinja_node *parse_target_name(struct jinja_parser *p, bool may_be_attribute)
{
    struct jinja_node *node;
    if (zest_jinja_skip(p, JINJA_TOKEN_OPERATOR, "(")) {
        node = zest_jinja_parse_tuple(p, false);
        zest_jinja_expect(p, JINJA_TOKEN_OPERATOR, ")");
        return node;
    }
    struct zest_text name = p->token->text;
    static const char *const constants[] = {"true", "false", "none", "True", "False", "None"};
    for (size_t i = 0; i < ZEST_COUNT(constants); i++)
        if (at_tag(p, constants[i]))
            zest_jinja_fail(p->j, "can't assign to '%s'", constants[i]);
    zest_jinja_expect(p, JINJA_TOKEN_NAME, NULL);
    node = zest_jinja_node(p, JINJA_NAME);
    if (p->j->failed)
        return node;
    node->text = name;
    if (may_be_attribute && zest_jinja_skip(p, JINJA_TOKEN_OPERATOR, ".")) {
        struct jinja_node *attribute = zest_jinja_node(p, JINJA_ATTRIBUTE);
        struct zest_text member = p->token->text;
        zest_jinja_expect(p, JINJA_TOKEN_NAME, NULL);
        if (p->j->failed)
            return node;
        attribute->a = node;
        attribute->text = member;
        return attribute;
    }
    return node;
}

/* One name, or several with commas; what may be assigned to. */
static struct jinja_node *parse_target(struct jinja_parser *p, bool may_be_attribute)
{
    struct jinja_node *first = parse_target_name(p, may_be_attribute);
    if (p->j->failed || !zest_jinja_at(p, JINJA_TOKEN_OPERATOR, ","))
        return first;
    struct jinja_node *tuple = zest_jinja_node(p, JINJA_TUPLE_OF), **end = &first->next;
    if (!p->j->failed)
        tuple->a = first;
    while (!p->j->failed && zest_jinja_skip(p, JINJA_TOKEN_OPERATOR, ",") && p->token->kind == JINJA_TOKEN_NAME &&
           !at_tag(p, "in")) {
        *end = parse_target_name(p, false);
        end = p->j->failed ? end : &(*end)->next;
    }
    return tuple;
}

/* ---- statements ---- */

static struct jinja_node *parse_for(struct jinja_parser *p)
{
    static const char *const ends[] = {"endfor", "else", NULL};
    struct jinja_node *node = zest_jinja_node(p, JINJA_FOR);
    struct jinja_node *target = parse_target(p, false);
    zest_jinja_expect(p, JINJA_TOKEN_NAME, "in");
    struct jinja_node *over = zest_jinja_parse_tuple(p, false);
    struct jinja_node *only = zest_jinja_skip(p, JINJA_TOKEN_NAME, "if") ? zest_jinja_parse_expression(p) : NULL;
    bool is_recursive = zest_jinja_skip(p, JINJA_TOKEN_NAME, "recursive");
    end_tag(p);
    p->loop_depth++;
    struct jinja_node *body = parse_body(p, ends, "for");
    p->loop_depth--;
    if (p->j->failed)
        return node;
    *node = (struct jinja_node){
        .kind = JINJA_FOR, .line = node->line, .flag = is_recursive, .a = target, .b = over, .c = body, .e = only};
    bool has_else = at_tag(p, "else");
    p->token++;
    end_tag(p);
    if (has_else)
        node->d = parse_body_to(p, "endfor", "for");
    return node;
}

/* Behind "if" or "elif". A chain of elifs hangs in c of each. */
static struct jinja_node *parse_if(struct jinja_parser *p)
{
    static const char *const ends[] = {"elif", "else", "endif", NULL};
    struct jinja_node *first = NULL, **hook = &first;
    for (bool goes_on = true; goes_on && !p->j->failed;) {
        struct jinja_node *node = zest_jinja_node(p, JINJA_IF);
        struct jinja_node *condition = zest_jinja_parse_tuple(p, true);
        end_tag(p);
        struct jinja_node *body = parse_body(p, ends, "if");
        if (p->j->failed)
            break;
        node->a = condition;
        node->b = body;
        *hook = node;
        hook = &node->c;
        goes_on = at_tag(p, "elif");
        bool has_else = at_tag(p, "else");
        p->token++;
        if (goes_on)
            continue;
        end_tag(p);
        if (has_else)
            *hook = parse_body_to(p, "endif", "if");
    }
    return first;
}

static struct jinja_node *parse_set(struct jinja_parser *p)
{
    struct jinja_node *node = zest_jinja_node(p, JINJA_SET);
    struct jinja_node *target = parse_target(p, true);
    bool has_value = zest_jinja_skip(p, JINJA_TOKEN_OPERATOR, "=");
    struct jinja_node *value = has_value ? zest_jinja_parse_tuple(p, true) : zest_jinja_parse_filters(p, NULL, false);
    end_tag(p);
    struct jinja_node *body = has_value ? NULL : parse_body_to(p, "endset", "set");
    if (p->j->failed)
        return node;
    node->kind = has_value ? JINJA_SET : JINJA_SET_BODY;
    node->a = target;
    node->b = value;
    node->c = body;
    return node;
}

/* "(name, name=default, …)" */
static struct jinja_node *parse_parameters(struct jinja_parser *p)
{
    struct jinja_node *first = NULL, **end = &first;
    bool has_default = false;
    zest_jinja_expect(p, JINJA_TOKEN_OPERATOR, "(");
    while (!p->j->failed && !zest_jinja_at(p, JINJA_TOKEN_OPERATOR, ")")) {
        if (first)
            zest_jinja_expect(p, JINJA_TOKEN_OPERATOR, ",");
        struct jinja_node *parameter = zest_jinja_node(p, JINJA_KEYWORD);
        struct zest_text name = p->token->text;
        zest_jinja_expect(p, JINJA_TOKEN_NAME, NULL);
        struct jinja_node *otherwise =
            zest_jinja_skip(p, JINJA_TOKEN_OPERATOR, "=") ? zest_jinja_parse_expression(p) : NULL;
        if (has_default && !otherwise)
            zest_jinja_fail(p->j, "non-default argument follows default argument");
        if (p->j->failed)
            break;
        has_default = otherwise != NULL;
        parameter->text = name;
        parameter->a = otherwise;
        *end = parameter;
        end = &parameter->next;
    }
    zest_jinja_expect(p, JINJA_TOKEN_OPERATOR, ")");
    return first;
}

/* Which of the special names stand between two tokens. */
static uint8_t uses_of(const struct jinja_token *from, const struct jinja_token *to)
{
    uint8_t uses = 0;
    for (; from < to; from++) {
        if (from->kind != JINJA_TOKEN_NAME)
            continue;
        uses |= zest_text_equal(from->text, ZEST_TEXT("varargs")) ? JINJA_USES_VARARGS : 0;
        uses |= zest_text_equal(from->text, ZEST_TEXT("kwargs")) ? JINJA_USES_KWARGS : 0;
        uses |= zest_text_equal(from->text, ZEST_TEXT("caller")) ? JINJA_USES_CALLER : 0;
    }
    return uses;
}

static struct jinja_node *parse_macro(struct jinja_parser *p)
{
    struct jinja_node *node = zest_jinja_node(p, JINJA_MACRO_OF);
    struct zest_text name = p->token->text;
    zest_jinja_expect(p, JINJA_TOKEN_NAME, NULL);
    struct jinja_node *parameters = parse_parameters(p);
    end_tag(p);
    uint32_t loop_depth = p->loop_depth;
    const struct jinja_token *from = p->token;
    p->loop_depth = 0;
    struct jinja_node *body = parse_body_to(p, "endmacro", "macro");
    p->loop_depth = loop_depth;
    if (p->j->failed)
        return node;
    node->uses = uses_of(from, p->token);
    node->text = name;
    node->a = parameters;
    node->b = body;
    return node;
}

static struct jinja_node *parse_call(struct jinja_parser *p)
{
    struct jinja_node *node = zest_jinja_node(p, JINJA_CALL_OF);
    struct jinja_node *parameters = zest_jinja_at(p, JINJA_TOKEN_OPERATOR, "(") ? parse_parameters(p) : NULL;
    struct jinja_node *call = zest_jinja_parse_expression(p);
    if (!p->j->failed && call->kind != JINJA_CALL)
        zest_jinja_fail(p->j, "expected call");
    end_tag(p);
    struct jinja_node *body = parse_body_to(p, "endcall", "call");
    if (p->j->failed)
        return node;
    node->a = call;
    node->b = body;
    node->c = parameters;
    return node;
}

static struct jinja_node *parse_filter_block(struct jinja_parser *p)
{
    struct jinja_node *node = zest_jinja_node(p, JINJA_FILTER_OF);
    struct jinja_node *filters = zest_jinja_parse_filters(p, NULL, true);
    end_tag(p);
    struct jinja_node *body = parse_body_to(p, "endfilter", "filter");
    if (p->j->failed)
        return node;
    node->a = filters;
    node->b = body;
    return node;
}

static struct jinja_node *parse_with(struct jinja_parser *p)
{
    struct jinja_node *node = zest_jinja_node(p, JINJA_WITH), *first = NULL, **end = &first;
    while (!p->j->failed && p->token->kind != JINJA_TOKEN_BLOCK_END) {
        if (first)
            zest_jinja_expect(p, JINJA_TOKEN_OPERATOR, ",");
        struct jinja_node *assignment = zest_jinja_node(p, JINJA_SET);
        struct jinja_node *target = parse_target_name(p, false);
        zest_jinja_expect(p, JINJA_TOKEN_OPERATOR, "=");
        struct jinja_node *value = zest_jinja_parse_expression(p);
        if (p->j->failed)
            break;
        assignment->a = target;
        assignment->b = value;
        *end = assignment;
        end = &assignment->next;
    }
    end_tag(p);
    struct jinja_node *body = parse_body_to(p, "endwith", "with");
    if (p->j->failed)
        return node;
    node->a = first;
    node->b = body;
    return node;
}

static struct jinja_node *parse_scope(struct jinja_parser *p, const char *tag, const char *end)
{
    struct jinja_node *node = zest_jinja_node(p, JINJA_SCOPE);
    while (!p->j->failed && p->token->kind != JINJA_TOKEN_BLOCK_END && p->token->kind != JINJA_TOKEN_EOF)
        p->token++; /* a block's name */
    end_tag(p);
    struct jinja_node *body = parse_body_to(p, end, tag);
    if (!p->j->failed)
        node->a = body;
    return node;
}

static struct jinja_node *parse_loop_control(struct jinja_parser *p, enum jinja_node_kind kind, const char *name)
{
    if (p->loop_depth == 0)
        zest_jinja_fail(p->j, "'%s' outside of a loop", name);
    struct jinja_node *node = zest_jinja_node(p, kind);
    end_tag(p);
    return node;
}

static struct jinja_node *parse_loading(struct jinja_parser *p)
{
    struct jinja_node *node = zest_jinja_node(p, JINJA_NO_LOADER);
    while (p->token->kind != JINJA_TOKEN_BLOCK_END && p->token->kind != JINJA_TOKEN_EOF)
        p->token++;
    end_tag(p);
    return node;
}

/* "'elif' or 'else' or 'endif'" */
static struct zest_text names_of(struct jinja_parser *p, tag_names ends)
{
    struct zest_text names = zest_text_format(p->j->arena, "'%s'", ends[0]);
    for (size_t i = 1; ends[i] && names.data; i++)
        names = zest_text_format(p->j->arena, "%s or '%s'", names.data, ends[i]);
    return names.data ? names : ZEST_TEXT("");
}

static void fail_unknown_tag(struct jinja_parser *p, tag_names ends, const char *tag)
{
    struct zest_text name = p->token->text;
    p->j->line = p->token->line;
    if (ends)
        zest_jinja_fail(
            p->j,
            "Encountered unknown tag '%.*s'. Jinja was looking for the following tags: %s. The innermost block "
            "that needs to be closed is '%s'.",
            (int)name.size, name.data, names_of(p, ends).data, tag);
    else
        zest_jinja_fail(p->j, "Encountered unknown tag '%.*s'.", (int)name.size, name.data);
}

static struct jinja_node *parse_print(struct jinja_parser *p, enum jinja_token_kind end)
{
    struct jinja_node *node = zest_jinja_node(p, JINJA_PRINT);
    struct jinja_node *value = zest_jinja_parse_tuple(p, true);
    zest_jinja_expect(p, end, NULL);
    if (!p->j->failed)
        node->a = value;
    return node;
}

/* Behind "{%"; `tag` is the block around it, which `ends` end; both are NULL at the top. */
static struct jinja_node *parse_statement(struct jinja_parser *p, tag_names ends, const char *tag)
{
    p->j->line = p->token->line;
    if (zest_jinja_skip(p, JINJA_TOKEN_NAME, "for"))
        return parse_for(p);
    if (zest_jinja_skip(p, JINJA_TOKEN_NAME, "if"))
        return parse_if(p);
    if (zest_jinja_skip(p, JINJA_TOKEN_NAME, "set"))
        return parse_set(p);
    if (zest_jinja_skip(p, JINJA_TOKEN_NAME, "macro"))
        return parse_macro(p);
    if (zest_jinja_skip(p, JINJA_TOKEN_NAME, "call"))
        return parse_call(p);
    if (zest_jinja_skip(p, JINJA_TOKEN_NAME, "filter"))
        return parse_filter_block(p);
    if (zest_jinja_skip(p, JINJA_TOKEN_NAME, "with"))
        return parse_with(p);
    if (zest_jinja_skip(p, JINJA_TOKEN_NAME, "print"))
        return parse_print(p, JINJA_TOKEN_BLOCK_END);
    if (zest_jinja_skip(p, JINJA_TOKEN_NAME, "generation"))
        return parse_scope(p, "generation", "endgeneration");
    if (zest_jinja_skip(p, JINJA_TOKEN_NAME, "block"))
        return parse_scope(p, "block", "endblock");
    if (zest_jinja_skip(p, JINJA_TOKEN_NAME, "break"))
        return parse_loop_control(p, JINJA_BREAK, "break");
    if (zest_jinja_skip(p, JINJA_TOKEN_NAME, "continue"))
        return parse_loop_control(p, JINJA_CONTINUE, "continue");
    if (at_tag(p, "include") || at_tag(p, "extends") || at_tag(p, "import") || at_tag(p, "from"))
        return parse_loading(p);
    if (p->token->kind == JINJA_TOKEN_NAME)
        fail_unknown_tag(p, ends, tag);
    else
        zest_jinja_fail(p->j, "tag name expected");
    return zest_jinja_node(p, JINJA_DATA);
}

static bool at_end_tag(const struct jinja_parser *p, tag_names ends)
{
    for (; ends && *ends; ends++)
        if (at_tag(p, *ends))
            return true;
    return false;
}

static void fail_unfinished(struct jinja_parser *p, tag_names ends, const char *tag)
{
    p->j->line = p->token->line;
    zest_jinja_fail(
        p->j,
        "Unexpected end of template. Jinja was looking for the following tags: %s. The innermost block that "
        "needs to be closed is '%s'.",
        names_of(p, ends).data, tag);
}

static struct jinja_node *parse_one(struct jinja_parser *p, tag_names ends, const char *tag)
{
    struct jinja_node *node;
    if (p->token->kind == JINJA_TOKEN_DATA) {
        node = zest_jinja_node(p, JINJA_DATA);
        if (!p->j->failed)
            node->text = p->token->text;
        p->token++;
        return node;
    }
    if (p->token->kind == JINJA_TOKEN_PRINT_BEGIN) {
        p->token++;
        return parse_print(p, JINJA_TOKEN_PRINT_END);
    }
    return parse_statement(p, ends, tag);
}

/* Statements up to one of the end tags, which is the next token then; up to the template's end for NULL. */
static struct jinja_node *parse_body(struct jinja_parser *p, tag_names ends, const char *tag)
{
    struct jinja_node *first = NULL, **end = &first;
    if (!zest_jinja_enter(p->j))
        return NULL;
    while (!p->j->failed) {
        if (p->token->kind == JINJA_TOKEN_EOF) {
            if (ends)
                fail_unfinished(p, ends, tag);
            break;
        }
        if (zest_jinja_skip(p, JINJA_TOKEN_BLOCK_BEGIN, NULL) && at_end_tag(p, ends))
            break;
        struct jinja_node *node = parse_one(p, ends, tag);
        if (p->j->failed || !node)
            break;
        *end = node;
        end = &node->next;
    }
    zest_jinja_leave(p->j);
    return first;
}

struct jinja_node *zest_jinja_parse(struct jinja *j, const struct jinja_tokens *tokens)
{
    if (j->failed)
        return NULL;
    struct jinja_parser p = {.j = j, .token = tokens->items};
    return parse_body(&p, NULL, NULL);
}
