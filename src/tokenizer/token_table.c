/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token_table.c - writes the vocabulary's sections and reads them back. Runs once per tokenizer.
 */
#include "token_table.h"

#include <assert.h>

static enum zest_status check_size(const struct zest_tokenizer_definition *definition, size_t *ret_bytes,
                                   struct zest_error *error)
{
    size_t bytes = 0;
    if (definition->token_count > ZEST_VOCABULARY_MAX)
        return zest_fail(error, ZEST_TOO_LARGE, "the vocabulary has %u tokens, %u are possible",
                         definition->token_count, ZEST_VOCABULARY_MAX);
    for (uint32_t id = 0; id < definition->token_count; id++)
        bytes += definition->tokens[id].size;
    if (bytes >= UINT32_MAX)
        return zest_fail(error, ZEST_TOO_LARGE, "the vocabulary's texts have %zu bytes, %u are possible", bytes,
                         UINT32_MAX - 1);
    *ret_bytes = bytes;
    return ZEST_OK;
}

/* Twice as many slots as tokens at least, so that a search meets an empty one soon. */
static uint32_t slot_count(uint32_t token_count)
{
    uint32_t count = 16;
    while (count < 2 * token_count)
        count *= 2;
    return count;
}

static void fill_slots(const struct zest_tokenizer_definition *definition, uint32_t *slots, uint32_t mask)
{
    for (uint32_t id = 0; id < definition->token_count; id++) {
        struct zest_text text = definition->tokens[id];
        if (!text.data)
            continue;
        uint32_t slot = (uint32_t)zest_hash_bytes(text.data, text.size) & mask;
        while (slots[slot] != 0 && !zest_text_equal(definition->tokens[slots[slot] - 1], text))
            slot = (slot + 1) & mask;
        slots[slot] = id + 1; /* of two ids with one text the last is found, as in the reference */
    }
}

enum zest_status zest_token_table_compile(const struct zest_tokenizer_definition *definition,
                                          struct zest_image_builder *builder, struct zest_error *error)
{
    size_t bytes = 0, count = definition->token_count, slots = slot_count(definition->token_count);
    enum zest_status status = check_size(definition, &bytes, error);
    if (status != ZEST_OK)
        return status;
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    char *texts = zest_alloc(&arena, bytes + 1, 1);
    size_t offsets_size = (count + 1) * sizeof(uint32_t) + count;
    uint32_t *offsets = zest_alloc_zero(&arena, offsets_size, sizeof(uint32_t));
    uint32_t *slot = zest_alloc_zero(&arena, slots * sizeof *slot, sizeof *slot);
    if (!texts || !offsets || !slot) {
        zest_arena_finish(&arena);
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a vocabulary of %zu tokens", count);
    }
    uint8_t *present = (uint8_t *)(offsets + count + 1);
    for (size_t id = 0; id < count; id++) {
        struct zest_text text = definition->tokens[id];
        if (text.size > 0)
            memcpy(texts + offsets[id], text.data, text.size);
        offsets[id + 1] = offsets[id] + (uint32_t)text.size;
        present[id] = text.data != NULL;
    }
    texts[bytes] = 0; /* so that a section is never empty */
    fill_slots(definition, slot, (uint32_t)slots - 1);
    zest_image_add(builder, ZEST_SECTION_TOKEN_TEXTS, texts, bytes + 1);
    zest_image_add(builder, ZEST_SECTION_TOKEN_OFFSETS, offsets, offsets_size);
    zest_image_add(builder, ZEST_SECTION_TOKEN_SLOTS, slot, slots * sizeof *slot);
    zest_arena_finish(&arena);
    return ZEST_OK;
}

enum zest_status zest_token_table_open(const struct zest_image *image, struct zest_token_table *ret_table,
                                       struct zest_error *error)
{
    size_t text_size, offsets_size, slots_size;
    const void *texts = zest_image_section(image, ZEST_SECTION_TOKEN_TEXTS, &text_size);
    const uint32_t *offsets = zest_image_section(image, ZEST_SECTION_TOKEN_OFFSETS, &offsets_size);
    const uint32_t *slots = zest_image_section(image, ZEST_SECTION_TOKEN_SLOTS, &slots_size);
    if (!texts || !offsets || !slots || offsets_size < sizeof(uint32_t))
        return zest_fail(error, ZEST_MODEL_DAMAGED, "the compiled tokenizer has no vocabulary");
    size_t count = (offsets_size - sizeof(uint32_t)) / (sizeof(uint32_t) + 1);
    assert(slots_size % sizeof(uint32_t) == 0 && offsets[count] <= text_size);
    *ret_table = (struct zest_token_table){
        .texts = texts,
        .offsets = offsets,
        .present = (const uint8_t *)(offsets + count + 1),
        .slots = slots,
        .slot_mask = (uint32_t)(slots_size / sizeof *slots - 1),
        .count = (uint32_t)count,
    };
    return ZEST_OK;
}
