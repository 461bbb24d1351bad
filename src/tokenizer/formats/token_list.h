/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token_list.h - gathers a vocabulary in the order of its file, then lays it out by id and makes it searchable.
 *
 * For the readers of formats/. One thread.
 */
#ifndef ZEST_TOKEN_LIST_H
#define ZEST_TOKEN_LIST_H

#include "definition.h"
#include "text_index.h"

struct zest_token_entry {
    struct zest_text text; /* borrowed until the definition is finished */
    uint32_t id;
};

struct zest_token_list {
    struct zest_token_entry *entries;
    size_t count, capacity;
    struct zest_text_index index; /* of definition->tokens, once laid out */
    uint32_t vocabulary_size;     /* tokens that stay, once laid out: where the reference goes on counting ids */
};

/* False where memory is out. */
bool zest_token_list_add(struct zest_token_list *list, struct zest_text text, uint32_t id);

enum zest_same_text {
    ZEST_SAME_TEXT_MOVES, /* of two ids with one text only the later one stays (an object of tokens) */
    ZEST_SAME_TEXT_STAYS, /* both stay; the later one is found (a list of tokens) */
};

/* Fills definition->tokens. Ids too large and ids with two texts are refused. */
enum zest_status zest_token_list_lay_out(struct zest_token_list *list, struct zest_tokenizer_definition *definition,
                                         enum zest_same_text same_text, struct zest_error *error) ZEST_MUST_CHECK;
/* ZEST_NO_TOKEN where there is none; after laying out. */
uint32_t zest_token_list_find(const struct zest_token_list *list, struct zest_text text);
void zest_token_list_finish(struct zest_token_list *list); /* takes a zeroed one too */

#endif
