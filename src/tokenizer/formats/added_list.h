/* SPDX-License-Identifier: Apache-2.0 */
/*
 * added_list.h - the ids that added tokens get beside a vocabulary, as the reference gives them on loading. For the
 * readers of formats/. One thread.
 */
#ifndef ZEST_ADDED_LIST_H
#define ZEST_ADDED_LIST_H

#include "token_list.h"

struct zest_added_list {
    struct zest_added_token *entries; /* id as the file says */
    size_t count, capacity;
};

/* False where memory is out. */
bool zest_added_list_add(struct zest_added_list *list, const struct zest_added_token *token);
enum zest_added_ids {
    ZEST_ADDED_IDS_COUNTED, /* a token that is not in the vocabulary gets the next id */
    ZEST_ADDED_IDS_LISTED,  /* … keeps the id that it came with */
};

/* Fills definition->added. */
enum zest_status zest_added_list_settle(const struct zest_added_list *list, const struct zest_token_list *tokens,
                                        enum zest_added_ids ids, struct zest_tokenizer_definition *definition,
                                        struct zest_error *error) ZEST_MUST_CHECK;
void zest_added_list_finish(struct zest_added_list *list); /* takes a zeroed one too */

#endif
