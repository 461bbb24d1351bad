/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token_table.c - writes the vocabulary's sections and reads them back. Runs once per tokenizer.
 */
#include "token_table.h"

#include <assert.h>
#include <stdlib.h>

#define AHEAD 16 /* tokens whose slots are on their way into the cache */

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

/* What a token is told by while slots are searched: the hash's upper half lies in fewer cache lines than the texts. */
struct slot_writer {
    const struct zest_text *tokens;
    uint32_t *slots, mask;
    uint32_t *checks; /* [token_count] upper halves of the hashes */
};

static void put(const struct slot_writer *writer, uint32_t id, uint64_t hash)
{
    uint32_t slot = (uint32_t)hash & writer->mask, check = writer->checks[id] = (uint32_t)(hash >> 32);
    for (; writer->slots[slot] != 0; slot = (slot + 1) & writer->mask) {
        uint32_t other = writer->slots[slot] - 1;
        if (writer->checks[other] == check && zest_text_equal(writer->tokens[other], writer->tokens[id]))
            break;
    }
    writer->slots[slot] = id + 1; /* of two ids with one text the last is found, as in the reference */
}

static void fill_slots(const struct slot_writer *writer, uint32_t count)
{
    uint64_t hashes[AHEAD];
    for (uint32_t i = 0; i < count + AHEAD; i++) {
        if (i >= AHEAD && writer->tokens[i - AHEAD].data)
            put(writer, i - AHEAD, hashes[i % AHEAD]);
        if (i >= count || !writer->tokens[i].data)
            continue;
        hashes[i % AHEAD] = zest_hash_bytes(writer->tokens[i].data, writer->tokens[i].size);
        __builtin_prefetch(&writer->slots[(uint32_t)hashes[i % AHEAD] & writer->mask], 1);
    }
}

static enum zest_status no_memory(size_t count, struct zest_error *error)
{
    return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a vocabulary of %zu tokens", count);
}

static enum zest_status add_texts(const struct zest_tokenizer_definition *definition,
                                  struct zest_image_builder *builder, size_t bytes, struct zest_error *error)
{
    size_t count = definition->token_count, at = 0;
    char *texts = zest_image_add_space(builder, ZEST_SECTION_TOKEN_TEXTS, bytes + 1); /* never empty */
    if (!texts)
        return no_memory(count, error);
    for (size_t id = 0; id < count; at += definition->tokens[id++].size)
        if (definition->tokens[id].size > 0)
            memcpy(texts + at, definition->tokens[id].data, definition->tokens[id].size);
    uint32_t *offsets =
        zest_image_add_space(builder, ZEST_SECTION_TOKEN_OFFSETS, (count + 1) * sizeof *offsets + count);
    if (!offsets)
        return no_memory(count, error);
    uint8_t *present = (uint8_t *)(offsets + count + 1);
    for (size_t id = 0; id < count; id++) {
        offsets[id + 1] = offsets[id] + (uint32_t)definition->tokens[id].size;
        present[id] = definition->tokens[id].data != NULL;
    }
    return ZEST_OK;
}

static enum zest_status add_slots(const struct zest_tokenizer_definition *definition,
                                  struct zest_image_builder *builder, struct zest_error *error)
{
    size_t count = slot_count(definition->token_count);
    struct slot_writer writer = {.tokens = definition->tokens, .mask = (uint32_t)(count - 1)};
    writer.slots = zest_image_add_space(builder, ZEST_SECTION_TOKEN_SLOTS, count * sizeof *writer.slots);
    writer.checks = malloc(((size_t)definition->token_count + 1) * sizeof *writer.checks);
    if (!writer.slots || !writer.checks) {
        free(writer.checks);
        return no_memory(definition->token_count, error);
    }
    fill_slots(&writer, definition->token_count);
    free(writer.checks);
    return ZEST_OK;
}

enum zest_status zest_token_table_compile(const struct zest_tokenizer_definition *definition,
                                          struct zest_image_builder *builder, struct zest_error *error)
{
    size_t bytes = 0;
    enum zest_status status = check_size(definition, &bytes, error);
    if (status == ZEST_OK)
        status = add_texts(definition, builder, bytes, error);
    return status == ZEST_OK ? add_slots(definition, builder, error) : status;
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
