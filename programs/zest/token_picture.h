/* SPDX-License-Identifier: Apache-2.0 */
/* token_picture.h - draws explained pieces for people: blocks of tokens, their ids under them, a reason a line. */
#ifndef ZEST_PROGRAM_TOKEN_PICTURE_H
#define ZEST_PROGRAM_TOKEN_PICTURE_H

#include <stdio.h>

#include <zest/environment.h>

struct token_picture {
    int columns;  /* of the terminal */
    bool colours; /* ANSI colours; else brackets */
};

/* As `out` is: a terminal of so many columns, or 100 columns without colours. */
struct token_picture token_picture_of(FILE *out);
/* `text` is what was explained. */
void token_picture_draw(const struct token_picture *picture, struct zest_text text,
                        const struct zest_tokenizer_explain_reply *reply, FILE *out);

/* Copies so that it stays on its line: line ends and controls as signs, cut short to `capacity` (16 at least). Answers
 * the columns that it takes. Sets the locale LC_CTYPE, which counting columns needs. */
int token_picture_show(struct zest_text text, char *out, size_t capacity);

#endif
