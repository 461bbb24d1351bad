/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text_index.h - finds texts of an array by their bytes: open addressing, half empty, hash bits beside each number.
 *
 * While a file is read; the image has a table of its own (token_table.h). One thread.
 */
#ifndef ZEST_TEXT_INDEX_H
#define ZEST_TEXT_INDEX_H

#include "stages.h"
#include "word_hash.h"

#include <stdlib.h>

struct zest_text_index {
    const struct zest_text *texts; /* borrowed; numbers are places in it */
    uint64_t *slots;               /* upper half: upper half of the hash; lower half: number + 1, 0 where empty */
    uint32_t mask;
};

/* Room for `count` texts (below 2^30). False where memory is out. */
static inline bool zest_text_index_init(struct zest_text_index *index, const struct zest_text *texts, size_t count)
{
    size_t slots = 16;
    while (slots < 2 * count)
        slots *= 2;
    *index = (struct zest_text_index){texts, calloc(slots, sizeof(uint64_t)), (uint32_t)(slots - 1)};
    return index->slots != NULL;
}

static inline void zest_text_index_finish(struct zest_text_index *index) /* takes a zeroed one too */
{
    free(index->slots);
    *index = (struct zest_text_index){0};
}

static inline uint64_t zest_text_hash(struct zest_text text)
{
    return zest_hash_bytes(text.data, text.size);
}

static inline void zest_text_index_prefetch(const struct zest_text_index *index, uint64_t hash)
{
    __builtin_prefetch(&index->slots[(uint32_t)hash & index->mask]);
}

/* The slot that holds `text`, or the empty one where it would go. */
static inline uint64_t *zest_text_index_slot(const struct zest_text_index *index, struct zest_text text, uint64_t hash)
{
    uint32_t at = (uint32_t)hash & index->mask;
    for (;; at = (at + 1) & index->mask) {
        uint64_t slot = index->slots[at];
        if (slot == 0)
            return &index->slots[at];
        if (slot >> 32 == hash >> 32 && zest_text_equal(index->texts[(uint32_t)slot - 1], text))
            return &index->slots[at];
    }
}

static inline void zest_text_index_put(uint64_t *slot, uint64_t hash, uint32_t number)
{
    *slot = (hash >> 32) << 32 | (number + 1);
}

/* ZEST_NO_TOKEN where no text is like it. */
static inline uint32_t zest_text_index_find(const struct zest_text_index *index, struct zest_text text)
{
    return (uint32_t)*zest_text_index_slot(index, text, zest_text_hash(text)) - 1;
}

#endif
