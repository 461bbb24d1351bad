/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_tree.h - a parsed template, and the parser's own interface.
 *
 * One struct serves every node; which members a kind uses stands beside it. Lists of nodes hang together by `next`.
 */
#ifndef ZEST_JINJA_TREE_H
#define ZEST_JINJA_TREE_H

#include "jinja_lexer.h"

enum jinja_node_kind {
    /* expressions */
    JINJA_CONST,     /* value */
    JINJA_NAME,      /* text */
    JINJA_ATTRIBUTE, /* a.text */
    JINJA_ITEM,      /* a[b] */
    JINJA_SLICE,     /* a[b:c:d], each of b, c, d may be NULL */
    JINJA_CALL,      /* a(arguments in b) */
    JINJA_KEYWORD,   /* text=a, an argument */
    JINJA_UNPACK,    /* *a, an argument; flag: **a */
    JINJA_FILTER,    /* a|text(arguments in b); function; a is NULL for the text of a block */
    JINJA_TEST,      /* a is text(arguments in b); function */
    JINJA_NOT,       /* a */
    JINJA_NEGATIVE,  /* a */
    JINJA_POSITIVE,  /* a */
    JINJA_AND,       /* a and b */
    JINJA_OR,
    JINJA_BINARY,  /* a text b */
    JINJA_CONCAT,  /* a ~ b */
    JINJA_COMPARE, /* a, then operands in b: each a JINJA_KEYWORD whose text is the sign ("in", "not in", "<", …) */
    JINJA_IF_ELSE, /* b if a else c (may be NULL) */
    JINJA_LIST_OF, /* items in a */
    JINJA_TUPLE_OF,
    JINJA_DICT_OF, /* key, value, key, value … in a */
    /* statements */
    JINJA_DATA,      /* text */
    JINJA_PRINT,     /* a */
    JINJA_FOR,       /* target a, over b, body c, else d, only where e; flag: recursive */
    JINJA_IF,        /* condition a, body b, else c */
    JINJA_SET,       /* target a = b */
    JINJA_SET_BODY,  /* target a = body c, through the filters b */
    JINJA_MACRO_OF,  /* text, parameters in a (each a JINJA_KEYWORD, default a or NULL), body b; uses */
    JINJA_CALL_OF,   /* {% call(parameters c) a %}body b: a is a JINJA_CALL */
    JINJA_FILTER_OF, /* filters a over body b */
    JINJA_WITH,      /* assignments in a (each a JINJA_SET), body b */
    JINJA_SCOPE,     /* body a: generation and block tags */
    JINJA_BREAK,
    JINJA_CONTINUE,
    JINJA_NO_LOADER, /* include, extends, import */
};

struct jinja_node {
    enum jinja_node_kind kind;
    uint32_t line;
    bool flag;
    uint8_t uses; /* enum jinja_macro_use */
    struct zest_text text;
    struct jinja_value value;
    const struct jinja_function *function;
    struct jinja_node *a, *b, *c, *d, *e, *next;
};

/* What a macro's body asks for beyond its parameters. */
enum jinja_macro_use { JINJA_USES_VARARGS = 1, JINJA_USES_KWARGS = 2, JINJA_USES_CALLER = 4 };

struct jinja_macro {
    const struct jinja_node *node; /* JINJA_MACRO_OF, or JINJA_CALL_OF for a caller */
    struct zest_text name;
    const struct jinja_node *parameters, *body;
    struct jinja_frame *frame; /* where it was made */
};

/* ---- the parser: jinja_parser.c (statements), jinja_expression.c ---- */

struct jinja_parser {
    struct jinja *j;
    const struct jinja_token *token; /* the next one */
    uint32_t loop_depth;
    uint32_t tag_depth;
};

/* NULL, and a failure in `j`, where the template is wrong. */
struct jinja_node *zest_jinja_parse(struct jinja *j, const struct jinja_tokens *tokens);
/* Runs a parsed template; output goes to j->output. */
void zest_jinja_run(struct jinja *j, const struct jinja_node *body);
struct jinja_value zest_jinja_eval(struct jinja *j, const struct jinja_node *node);

struct jinja_node *zest_jinja_node(struct jinja_parser *p, enum jinja_node_kind kind);
struct jinja_node *zest_jinja_node_of(struct jinja_parser *p, enum jinja_node_kind kind, struct jinja_node *a,
                                      struct jinja_node *b, struct zest_text text);
struct jinja_node *zest_jinja_constant(struct jinja_parser *p, struct jinja_value value);
struct zest_text zest_jinja_token_name(const struct jinja_token *token); /* for messages */
struct jinja_node *zest_jinja_parse_expression(struct jinja_parser *p);
struct jinja_node *zest_jinja_parse_primary(struct jinja_parser *p);
struct jinja_node *zest_jinja_parse_filters_and_tests(struct jinja_parser *p, struct jinja_node *node);
struct jinja_node *zest_jinja_parse_or(struct jinja_parser *p); /* without "if … else" */
struct jinja_node *zest_jinja_parse_tuple(struct jinja_parser *p, bool may_be_conditional);
struct jinja_node *zest_jinja_parse_filters(struct jinja_parser *p, struct jinja_node *on, bool starts_with_name);
struct jinja_node *zest_jinja_parse_postfix(struct jinja_parser *p, struct jinja_node *node);
struct jinja_node *zest_jinja_parse_arguments(struct jinja_parser *p);

bool zest_jinja_at(const struct jinja_parser *p, enum jinja_token_kind kind, const char *text); /* text NULL: any */
bool zest_jinja_skip(struct jinja_parser *p, enum jinja_token_kind kind,
                     const char *text); /* takes it if it is there */
void zest_jinja_expect(struct jinja_parser *p, enum jinja_token_kind kind, const char *text);

static inline bool zest_jinja_at_operator(const struct jinja_parser *p, const char *text)
{
    return zest_jinja_at(p, JINJA_TOKEN_OPERATOR, text);
}

static inline bool zest_jinja_skip_operator(struct jinja_parser *p, const char *text)
{
    return zest_jinja_skip(p, JINJA_TOKEN_OPERATOR, text);
}

static inline bool zest_jinja_at_name(const struct jinja_parser *p, const char *text)
{
    return zest_jinja_at(p, JINJA_TOKEN_NAME, text);
}

static inline bool zest_jinja_skip_name(struct jinja_parser *p, const char *text)
{
    return zest_jinja_skip(p, JINJA_TOKEN_NAME, text);
}

/* Assigning and calling: jinja_statements.c, jinja_call.c. */
void zest_jinja_assign(struct jinja *j, const struct jinja_node *target, struct jinja_value value);
void zest_jinja_bind(struct jinja *j, struct zest_text name, struct jinja_value value);
bool zest_jinja_collect_args(struct jinja *j, const struct jinja_node *arguments, struct jinja_args *ret_args);
struct jinja_value zest_jinja_call_macro(struct jinja *j, const struct jinja_macro *macro,
                                         const struct jinja_args *args);
/* The body's output as a text, in a scope of its own whose parent is `parent`. */
struct zest_text zest_jinja_capture(struct jinja *j, const struct jinja_node *body, struct jinja_frame *parent);
struct jinja_frame *zest_jinja_push_frame(struct jinja *j, struct jinja_frame *parent);
struct jinja_value zest_jinja_call_loop(struct jinja *j, struct jinja_loop *loop, struct jinja_value over);
struct jinja_value zest_jinja_loop_attribute(struct jinja *j, struct jinja_loop *loop, struct zest_text name);
const struct jinja_function *zest_jinja_find_loop_method(struct zest_text name);
const struct jinja_function *zest_jinja_find_text_method(struct zest_text name);
void zest_jinja_fail_undefined(struct jinja *j, struct jinja_value value);

#endif
