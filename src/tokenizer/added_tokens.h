/* SPDX-License-Identifier: Apache-2.0 */
/*
 * added_tokens.h - tokens that are found in the text itself, before it is cut and merged.
 *
 * Immutable after init: any number of threads may read.
 */
#ifndef ZEST_ADDED_TOKENS_H
#define ZEST_ADDED_TOKENS_H

#include "vocabulary.h"

struct zest_added_tokens {
    struct zest_arena arena;
    uint32_t count;
    uint32_t size_max; /* bytes of the longest: bounds the work at each byte of a text */
    bool first_bytes[256];
    /* The trie: (node, byte) -> node by open addressing; node 0 is the root. */
    struct zest_trie_edge *edges;
    uint32_t edge_mask;
    uint32_t *node_tokens; /* [node] the token that ends there, or ZEST_NO_TOKEN */
    uint32_t node_count;
};

struct zest_added_match {
    size_t start, end;
    uint32_t id;
};

/* The control, unknown and user-defined tokens of the vocabulary; `gguf` gives their text. */
enum zest_status zest_added_tokens_init(struct zest_added_tokens *added, const struct zest_vocabulary *vocabulary,
                                        const struct zest_gguf *gguf, struct zest_error *error) ZEST_MUST_CHECK;
void zest_added_tokens_finish(struct zest_added_tokens *added);

/* The leftmost, and there the longest, match at or behind `from`. False where there is none. */
bool zest_added_tokens_find(const struct zest_added_tokens *added, struct zest_text text, size_t from,
                            struct zest_added_match *ret_match);

#endif
