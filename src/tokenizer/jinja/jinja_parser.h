/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_parser.h - from tokens to a tree: what the parser's files share, and the passes behind it.
 *
 * jinja_parser.c parses statements, jinja_expression.c operators, jinja_primary.c what stands between them. Then
 * jinja_scope.c finds what each name means and jinja_fold.c works constants out.
 */
#ifndef ZEST_JINJA_PARSER_H
#define ZEST_JINJA_PARSER_H

#include "jinja_lexer.h"
#include "jinja_tree.h"

struct jinja_parser {
    struct jinja *j;
    const struct jinja_token *token; /* the next one */
    struct jinja_name **names;       /* a hash table of the words so far */
    size_t name_count, names_size;
    struct jinja_node nobody; /* what a node is when memory is out */
    struct jinja_name nameless;
};

/* The names with a meaning of their own. */
struct jinja_special_names {
    struct jinja_name *self, *super, *loop, *caller, *kwargs, *varargs;
};

/* The statements of a template; NULL, and a failure in `j`, where it is wrong. */
struct jinja_node *zest_jinja_parse(struct jinja *j, struct jinja_parser *p, const struct jinja_tokens *tokens);
/* Gives names their places and functions their slots; checks what only then can be checked. */
void zest_jinja_find_scopes(struct jinja *j, struct jinja_parser *p, struct jinja_node *body,
                            struct jinja_template *ret_template);
/* Makes a JINJA_CONST of an expression whose value is known, as Jinja's optimizer does; j->autoescape is what the scope
 * has. The second one is for what is printed: its text. */
void zest_jinja_fold(struct jinja *j, struct jinja_node *node);
void zest_jinja_fold_print(struct jinja *j, struct jinja_node *node);

struct jinja_name *zest_jinja_intern(struct jinja_parser *p, struct zest_text text);
/* A node at the next token. Never NULL: after a failure it is one that nobody reads. */
struct jinja_node *zest_jinja_node(struct jinja_parser *p, enum jinja_node_kind kind, struct jinja_node *a,
                                   struct jinja_node *b);
struct jinja_node *zest_jinja_node_at(struct jinja_parser *p, enum jinja_node_kind kind, uint32_t at,
                                      struct jinja_node *a, struct jinja_node *b);
struct jinja_node *zest_jinja_constant(struct jinja_parser *p, uint32_t at, struct jinja_value value);
/* Fails at the next token: "WANTED, got …". */
void zest_jinja_unexpected(struct jinja_parser *p, const char *wanted);

/* ---- tokens ---- */

bool zest_jinja_at_name(const struct jinja_parser *p, const char *text);
bool zest_jinja_skip_name(struct jinja_parser *p, const char *text); /* takes it if it is there */
void zest_jinja_expect_name(struct jinja_parser *p, const char *text);
struct jinja_name *zest_jinja_take_name(struct jinja_parser *p); /* any; "" and a failure where there is none */
void zest_jinja_expect(struct jinja_parser *p, enum jinja_token_kind kind);

static inline bool zest_jinja_at(const struct jinja_parser *p, enum jinja_token_kind kind)
{
    return p->token->kind == kind;
}

static inline bool zest_jinja_skip(struct jinja_parser *p, enum jinja_token_kind kind)
{
    if (p->token->kind != kind)
        return false;
    p->token++;
    return true;
}

/* ---- expressions ---- */

/* What a tuple without brackets may be and where it ends. */
enum jinja_tuple_rule {
    JINJA_TUPLE_PLAIN,         /* of whole expressions */
    JINJA_TUPLE_UNCONDITIONAL, /* without "if … else": conditions */
    JINJA_TUPLE_LOOP,          /* likewise, ends at "recursive": what a loop goes over */
    JINJA_TUPLE_BRACKETS,      /* in brackets: may be empty */
    JINJA_TUPLE_TARGET,        /* of names and literals: what is set */
    JINJA_TUPLE_TARGET_SET,    /* likewise, with namespaces' attributes */
    JINJA_TUPLE_TARGET_LOOP,   /* likewise, ends at "in" */
};

struct jinja_node *zest_jinja_parse_expression(struct jinja_parser *p);
struct jinja_node *zest_jinja_parse_or(struct jinja_parser *p); /* without "if … else" */
struct jinja_node *zest_jinja_parse_tuple(struct jinja_parser *p, enum jinja_tuple_rule rule);
struct jinja_node *zest_jinja_parse_primary(struct jinja_parser *p, bool with_namespace);
struct jinja_node *zest_jinja_parse_postfix(struct jinja_parser *p, struct jinja_node *node);
struct jinja_node *zest_jinja_parse_filters_and_tests(struct jinja_parser *p, struct jinja_node *node);
/* "|a|b"; starts_with_name: "a|b". */
struct jinja_node *zest_jinja_parse_filters(struct jinja_parser *p, struct jinja_node *on, bool starts_with_name);
struct jinja_node *zest_jinja_parse_arguments(struct jinja_parser *p);

#endif
