/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_parser_tokens.c - what the parser's files share: looking at tokens, taking them, words, nodes.
 */
#include "jinja_parser.h"

#include <stdio.h>

/* ---- words ---- */

static uint8_t special_of(struct zest_text text)
{
    static const char *const names[] = {"loop", "caller", "kwargs", "varargs", "self", "super"};
    for (size_t i = 0; i < ZEST_COUNT(names); i++)
        if (zest_text_equal(text, zest_text_of(names[i])))
            return (uint8_t)(1u << i);
    return 0;
}

static uint32_t hash_of(struct zest_text text)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < text.size; i++)
        hash = (hash ^ (unsigned char)text.data[i]) * 16777619u;
    return hash;
}

static bool grow_names(struct jinja_parser *p)
{
    size_t size = p->names_size * 2 + 64;
    struct jinja_name **grown = zest_jinja_alloc(p->j, size, sizeof *grown);
    if (!grown)
        return false;
    memset(grown, 0, size * sizeof *grown);
    for (size_t i = 0; i < p->names_size; i++)
        for (struct jinja_name *name = p->names[i], *next; name; name = next) {
            next = name->next;
            name->next = grown[name->hash % size];
            grown[name->hash % size] = name;
        }
    p->names = grown;
    p->names_size = size;
    return true;
}

struct jinja_name *zest_jinja_intern(struct jinja_parser *p, struct zest_text text)
{
    uint32_t hash = hash_of(text);
    if (p->name_count >= p->names_size && !grow_names(p))
        return &p->nameless; /* after a failure */
    struct jinja_name **bucket = &p->names[hash % p->names_size];
    for (struct jinja_name *name = *bucket; name; name = name->next)
        if (name->hash == hash && zest_text_equal(name->text, text))
            return name;
    struct jinja_name *name = zest_jinja_alloc(p->j, 1, sizeof *name);
    if (!name)
        return &p->nameless; /* after a failure */
    *name = (struct jinja_name){.text = text, .hash = hash, .special = special_of(text), .next = *bucket};
    *bucket = name;
    p->name_count++;
    return name;
}

/* ---- nodes ---- */

struct jinja_node *zest_jinja_node_at(struct jinja_parser *p, enum jinja_node_kind kind, uint32_t at,
                                      struct jinja_node *a, struct jinja_node *b)
{
    struct jinja_node *node = zest_jinja_alloc(p->j, 1, sizeof *node);
    if (!node) /* the failure stops the parser; until then it needs something to write on */
        node = &p->nobody;
    *node = (struct jinja_node){.kind = (uint8_t)kind, .at = at, .a = a, .b = b};
    return node;
}

struct jinja_node *zest_jinja_node(struct jinja_parser *p, enum jinja_node_kind kind, struct jinja_node *a,
                                   struct jinja_node *b)
{
    return zest_jinja_node_at(p, kind, p->token->at, a, b);
}

struct jinja_node *zest_jinja_constant(struct jinja_parser *p, uint32_t at, struct jinja_value value)
{
    struct jinja_node *node = zest_jinja_node_at(p, JINJA_CONST, at, NULL, NULL);
    node->value = value;
    return node;
}

/* ---- tokens ---- */

static const char *kind_name(enum jinja_token_kind kind)
{
    static const char *const names[] = {"template data / text",
                                        "begin of print statement",
                                        "end of print statement",
                                        "begin of statement block",
                                        "end of statement block",
                                        "name",
                                        "integer",
                                        "float",
                                        "string",
                                        "end of template"};
    return kind < ZEST_COUNT(names) ? names[kind] : zest_jinja_operator_text(kind);
}

void zest_jinja_unexpected(struct jinja_parser *p, const char *wanted)
{
    struct zest_text got =
        zest_jinja_at(p, JINJA_TOKEN_NAME) ? p->token->text : zest_text_of(kind_name(p->token->kind));
    p->j->at = p->token->at;
    zest_jinja_fail(p->j, "%s, got '%.*s'", wanted, (int)(got.size < 100 ? got.size : 100), got.data);
}

void zest_jinja_expect(struct jinja_parser *p, enum jinja_token_kind kind)
{
    char wanted[64];
    if (zest_jinja_skip(p, kind))
        return;
    snprintf(wanted, sizeof wanted, "expected token '%s'", kind_name(kind));
    zest_jinja_unexpected(p, wanted);
}

bool zest_jinja_at_name(const struct jinja_parser *p, const char *text)
{
    return p->token->kind == JINJA_TOKEN_NAME && zest_text_equal(p->token->text, zest_text_of(text));
}

bool zest_jinja_skip_name(struct jinja_parser *p, const char *text)
{
    if (!zest_jinja_at_name(p, text))
        return false;
    p->token++;
    return true;
}

void zest_jinja_expect_name(struct jinja_parser *p, const char *text)
{
    char wanted[64];
    if (zest_jinja_skip_name(p, text))
        return;
    snprintf(wanted, sizeof wanted, "expected token '%s'", text);
    zest_jinja_unexpected(p, wanted);
}

struct jinja_name *zest_jinja_take_name(struct jinja_parser *p)
{
    struct zest_text text = zest_jinja_at(p, JINJA_TOKEN_NAME) ? p->token->text : ZEST_TEXT("");
    zest_jinja_expect(p, JINJA_TOKEN_NAME);
    return zest_jinja_intern(p, text);
}
