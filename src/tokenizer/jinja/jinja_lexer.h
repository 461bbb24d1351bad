/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_lexer.h - a template's text as tokens.
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
    JINJA_TOKEN_NUMBER,
    JINJA_TOKEN_STRING,
    JINJA_TOKEN_OPERATOR,
    JINJA_TOKEN_EOF,
};

struct jinja_token {
    enum jinja_token_kind kind;
    uint32_t line;
    struct zest_text text;    /* data, name, operator, string as it reads */
    struct jinja_value value; /* of numbers */
};

struct jinja_tokens {
    struct jinja_token *items;
    size_t count, capacity;
};

/* All tokens, the last one JINJA_TOKEN_EOF; fails in `j` on bad text. */
void zest_jinja_lex(struct jinja *j, struct zest_text source, struct jinja_tokens *ret_tokens);

#endif
