/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_parser_tokens.c - what the parser's files share: looking at tokens, taking them, making nodes.
 */
#include "jinja_tree.h"

/* ---- tokens ---- */

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

struct zest_text zest_jinja_token_name(const struct jinja_token *token)
{
    bool has_text = token->kind >= JINJA_TOKEN_NAME && token->kind != JINJA_TOKEN_EOF && token->text.size > 0;
    return has_text ? token->text : zest_text_of(kind_name(token->kind));
}

void zest_jinja_expect(struct jinja_parser *p, enum jinja_token_kind kind, const char *text)
{
    if (zest_jinja_skip(p, kind, text))
        return;
    struct zest_text got = zest_jinja_token_name(p->token);
    p->j->line = p->token->line;
    zest_jinja_fail(p->j, "expected token '%s', got '%.*s'", text ? text : kind_name(kind), (int)got.size, got.data);
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

struct jinja_node *zest_jinja_node_of(struct jinja_parser *p, enum jinja_node_kind kind, struct jinja_node *a,
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

struct jinja_node *zest_jinja_constant(struct jinja_parser *p, struct jinja_value value)
{
    struct jinja_node *node = zest_jinja_node(p, JINJA_CONST);
    if (!p->j->failed)
        node->value = value;
    return node;
}
