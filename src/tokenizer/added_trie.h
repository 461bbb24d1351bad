/* SPDX-License-Identifier: Apache-2.0 */
/*
 * added_trie.h - a trie of byte strings in an image, for finding many tokens in a text.
 *
 *   struct zest_added_trie_head | edges[edge_mask + 1], open addressing by (node, byte) | values[node_count]
 *
 * Node 0 is the root. Tuned for few first bytes: most bytes of a text cost one look at the bitmap.
 */
#ifndef ZEST_ADDED_TRIE_H
#define ZEST_ADDED_TRIE_H

#include "stages.h"

struct zest_added_trie_edge {
    uint32_t node, target, byte; /* target 0: an empty slot, since nothing leads to the root */
};

struct zest_added_trie_head {
    uint32_t edge_mask, node_count, string_count;
    unsigned char first_bytes[256]; /* 1 where a string begins with this byte */
    uint32_t unused;
};

struct zest_added_trie {
    const struct zest_added_trie_head *head;
    const struct zest_added_trie_edge *edges;
    const uint32_t *values; /* [node] what ends there, or ZEST_NO_TOKEN */
    int only_byte;          /* the one byte that all strings begin with, or -1 */
};

/* Appends a trie of `count` strings, none empty; strings[i] has the value values[i]. The first of equals stays. */
void zest_added_trie_write(struct zest_buffer *out, const struct zest_text *strings, const uint32_t *values,
                           size_t count);
/* Reads what write appended at `data`; answers its size, or 0 where `size` bytes are too few. */
size_t zest_added_trie_open(const void *data, size_t size, struct zest_added_trie *ret_trie);

static inline bool zest_added_trie_has(const struct zest_added_trie *trie)
{
    return trie->head && trie->head->string_count > 0;
}

/* The leftmost and there longest string at or behind `from`: its value, or ZEST_NO_TOKEN. */
uint32_t zest_added_trie_find(const struct zest_added_trie *trie, const unsigned char *text, size_t size, size_t from,
                              size_t *ret_start, size_t *ret_end);

#endif
