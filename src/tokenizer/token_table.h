/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token_table.h - the vocabulary in an image: id to text, text to id. Texts are as the file writes them (byte alphabet,
 * "##", "▁" and all).
 *
 *   TOKEN_TEXTS    the texts, one after the other
 *   TOKEN_OFFSETS  uint32_t[count + 1] into them, then uint8_t[count]: 1 where the id has a token
 *   TOKEN_SLOTS    uint32_t[power of two]: id + 1, open addressing by zest_hash_bytes; 0 is empty
 */
#ifndef ZEST_TOKEN_TABLE_H
#define ZEST_TOKEN_TABLE_H

#include "image.h"
#include "word_hash.h"

struct zest_token_table {
    const char *texts;
    const uint32_t *offsets;
    const uint8_t *present;
    const uint32_t *slots;
    uint32_t slot_mask, count;
};

enum zest_status zest_token_table_compile(const struct zest_tokenizer_definition *definition,
                                          struct zest_image_builder *builder, struct zest_error *error) ZEST_MUST_CHECK;
/* The table points into the image, which outlives it. */
enum zest_status zest_token_table_open(const struct zest_image *image, struct zest_token_table *ret_table,
                                       struct zest_error *error) ZEST_MUST_CHECK;

/* `id` is below count. Empty where the id has no token. */
static inline struct zest_text zest_token_text(const struct zest_token_table *table, uint32_t id)
{
    return (struct zest_text){table->texts + table->offsets[id], table->offsets[id + 1] - table->offsets[id]};
}

/* ZEST_NO_TOKEN where no token has this text. */
static inline uint32_t zest_token_find(const struct zest_token_table *table, const void *text, size_t size)
{
    uint32_t slot = (uint32_t)zest_hash_bytes(text, size) & table->slot_mask;
    for (; table->slots[slot] != 0; slot = (slot + 1) & table->slot_mask) {
        struct zest_text found = zest_token_text(table, table->slots[slot] - 1);
        if (found.size == size && memcmp(found.data, text, size) == 0)
            return table->slots[slot] - 1;
    }
    return ZEST_NO_TOKEN;
}

#endif
