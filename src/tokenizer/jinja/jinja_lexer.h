/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_lexer.h - a template's text as tokens. jinja_lexer.c cuts it, jinja_lexer_tag.c reads what is in a tag.
 */
#ifndef ZEST_JINJA_LEXER_H
#define ZEST_JINJA_LEXER_H

#include "jinja.h"

enum jinja_token_kind {
    JINJA_TOKEN_DATA,
    JINJA_TOKEN_PRINT_BEGIN,
    JINJA_TOKEN_PRINT_END,
    JINJA_TOKEN_BLOCK_BEGIN,
    JINJA_TOKEN_BLOCK_END,
    JINJA_TOKEN_NAME,
    JINJA_TOKEN_INTEGER,
    JINJA_TOKEN_FLOAT,
    JINJA_TOKEN_STRING,
    JINJA_TOKEN_EOF,
    /* operators, in the order of jinja_lexer_tag.c's table */
    JINJA_TOKEN_FLOOR_DIVIDE,
    JINJA_TOKEN_POWER,
    JINJA_TOKEN_EQUAL,
    JINJA_TOKEN_NOT_EQUAL,
    JINJA_TOKEN_GREATER_EQUAL,
    JINJA_TOKEN_LESS_EQUAL,
    JINJA_TOKEN_ADD,
    JINJA_TOKEN_SUBTRACT,
    JINJA_TOKEN_DIVIDE,
    JINJA_TOKEN_MULTIPLY,
    JINJA_TOKEN_MODULO,
    JINJA_TOKEN_TILDE,
    JINJA_TOKEN_LEFT_BRACKET,
    JINJA_TOKEN_RIGHT_BRACKET,
    JINJA_TOKEN_LEFT_PARENTHESIS,
    JINJA_TOKEN_RIGHT_PARENTHESIS,
    JINJA_TOKEN_LEFT_BRACE,
    JINJA_TOKEN_RIGHT_BRACE,
    JINJA_TOKEN_GREATER,
    JINJA_TOKEN_LESS,
    JINJA_TOKEN_ASSIGN,
    JINJA_TOKEN_DOT,
    JINJA_TOKEN_COLON,
    JINJA_TOKEN_PIPE,
    JINJA_TOKEN_COMMA,
    JINJA_TOKEN_SEMICOLON,
};

struct jinja_token {
    uint8_t kind; /* enum jinja_token_kind */
    uint32_t at;  /* where it begins: a byte of the normalized text */
    union {
        struct zest_text text;    /* data, name, string as it reads */
        struct jinja_value value; /* of numbers */
    };
};

struct jinja_tokens {
    struct jinja_token *items;
    size_t count, capacity;
    struct zest_text source; /* normalized: line ends are \n, the last one is gone */
};

/* All tokens, the last one JINJA_TOKEN_EOF; fails in `j` on bad text. */
void zest_jinja_lex(struct jinja *j, struct zest_text source, struct jinja_tokens *ret_tokens);

/* ---- between the two files ---- */

#define JINJA_BRACKETS_MAX 200

struct jinja_lexer {
    struct jinja *j;
    struct jinja_tokens *tokens;
    const char *text;
    size_t size, at;
    char brackets[JINJA_BRACKETS_MAX]; /* closing ones that are awaited */
    size_t bracket_count;
};

struct jinja_token *zest_jinja_add_token(struct jinja_lexer *l, enum jinja_token_kind kind, size_t at);
/* One token of a tag at l->at, which is no white space and does not close the tag. */
void zest_jinja_lex_token(struct jinja_lexer *l);
const char *zest_jinja_operator_text(enum jinja_token_kind kind);

#endif
