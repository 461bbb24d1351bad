/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge_list.h - gathers merges as pairs of texts, then resolves them to ids. For the readers of formats/. One thread.
 */
#ifndef ZEST_MERGE_LIST_H
#define ZEST_MERGE_LIST_H

#include "token_list.h"

struct zest_merge_texts {
    const char *left, *right; /* borrowed until resolved */
    uint32_t left_size, right_size;
};

struct zest_merge_list {
    struct zest_merge_texts *entries;
    size_t count, capacity;
};

/* False where memory is out. Texts are below 4 GiB. */
bool zest_merge_list_add(struct zest_merge_list *list, struct zest_text left, struct zest_text right);
/*
 * Fills definition->merges. The product of a merge is the left text and the right one without its first `prefix_size`
 * bytes (of the continuing_subword_prefix). A merge of which a part is not in the vocabulary is refused.
 */
enum zest_status zest_merge_list_resolve(const struct zest_merge_list *list, const struct zest_token_list *tokens,
                                         size_t prefix_size, struct zest_tokenizer_definition *definition,
                                         struct zest_error *error) ZEST_MUST_CHECK;
void zest_merge_list_finish(struct zest_merge_list *list); /* takes a zeroed one too */

#endif
