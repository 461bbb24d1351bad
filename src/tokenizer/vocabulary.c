/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vocabulary.c - reads the tokens of a GGUF into one block of bytes and a hash of it.
 *
 * Owns an arena with all tables. Runs once, when a tokenizer is made; then read-only. Tuned for 30,000 to 260,000
 * tokens. Start at zest_vocabulary_init.
 */
#include "vocabulary.h"

#include "word_hash.h"

static enum zest_status read_tokens(const struct zest_gguf *gguf, struct zest_gguf_array *ret_tokens,
                                    uint64_t *ret_size, struct zest_error *error)
{
    struct zest_gguf_array tokens;
    if (!zest_gguf_array(gguf, "tokenizer.ggml.tokens", &tokens) || tokens.type != ZEST_GGUF_STRING)
        return zest_fail(error, ZEST_MODEL_DAMAGED, "the model has no tokenizer.ggml.tokens (an array of strings)");
    if (tokens.count == 0 || tokens.count > ZEST_VOCABULARY_MAX)
        return zest_fail(error, ZEST_MODEL_DAMAGED, "tokenizer.ggml.tokens has %llu tokens, 1 to %u are possible",
                         (unsigned long long)tokens.count, ZEST_VOCABULARY_MAX);
    uint64_t size = 0;
    for (uint64_t i = 0; i < tokens.count; i++)
        size += zest_gguf_string(&tokens, i).size;
    if (size >= UINT32_MAX)
        return zest_fail(error, ZEST_MODEL_DAMAGED, "the vocabulary has %llu bytes, %u are possible",
                         (unsigned long long)size, UINT32_MAX - 1);
    *ret_tokens = tokens;
    *ret_size = size;
    return ZEST_OK;
}

/* Kinds default to NORMAL where the file does not give them. */
static enum zest_status read_kinds(const struct zest_gguf *gguf, uint8_t *kinds, uint32_t count,
                                   struct zest_error *error)
{
    struct zest_gguf_array types;
    memset(kinds, ZEST_TOKEN_NORMAL, count);
    if (!zest_gguf_array(gguf, "tokenizer.ggml.token_type", &types))
        return ZEST_OK;
    if (types.count != count || (types.type != ZEST_GGUF_I32 && types.type != ZEST_GGUF_U32))
        return zest_fail(error, ZEST_MODEL_DAMAGED,
                         "tokenizer.ggml.token_type has %llu entries, it needs one 32-bit number for each of %u tokens",
                         (unsigned long long)types.count, count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t kind;
        memcpy(&kind, types.data + (size_t)i * 4, 4);
        if (kind > ZEST_TOKEN_BYTE)
            return zest_fail(error, ZEST_MODEL_DAMAGED, "token %u has type %u, the highest is %d", i, kind,
                             ZEST_TOKEN_BYTE);
        kinds[i] = (uint8_t)kind;
    }
    return ZEST_OK;
}

/* Of two tokens with the same bytes the first stays. */
static void add_to_hash(const struct zest_vocabulary *vocabulary, uint32_t *slots, uint32_t id)
{
    struct zest_text bytes = zest_vocabulary_bytes(vocabulary, id);
    uint32_t slot = (uint32_t)zest_hash_bytes(bytes.data, bytes.size) & vocabulary->slot_mask;
    while (slots[slot] != ZEST_NO_TOKEN) {
        if (zest_text_equal(zest_vocabulary_bytes(vocabulary, slots[slot]), bytes))
            return;
        slot = (slot + 1) & vocabulary->slot_mask;
    }
    slots[slot] = id;
}

static enum zest_status fill(struct zest_vocabulary *vocabulary, const struct zest_gguf_array *tokens, char *bytes,
                             uint32_t *offsets, uint32_t *slots)
{
    uint32_t used = 0;
    for (uint32_t id = 0; id < vocabulary->count; id++) {
        struct zest_text text = zest_gguf_string(tokens, id);
        size_t size = zest_byte_alphabet_decode(text, bytes + used);
        bool alphabetic = size != SIZE_MAX && size > 0;
        if (size == SIZE_MAX) { /* written as it is, as added tokens with spaces or foreign letters are */
            memcpy(bytes + used, text.data, text.size);
            size = text.size;
        }
        offsets[id] = used;
        used += (uint32_t)size;
        offsets[id + 1] = used;
        if (size > vocabulary->size_max)
            vocabulary->size_max = (uint32_t)size;
        if (alphabetic)
            add_to_hash(vocabulary, slots, id);
    }
    return ZEST_OK;
}

enum zest_status zest_vocabulary_init(struct zest_vocabulary *vocabulary, const struct zest_gguf *gguf,
                                      struct zest_error *error)
{
    struct zest_gguf_array tokens;
    uint64_t size = 0;
    *vocabulary = (struct zest_vocabulary){0};
    enum zest_status status = read_tokens(gguf, &tokens, &size, error);
    if (status != ZEST_OK)
        return status;
    zest_arena_init(&vocabulary->arena, ZEST_ARENA_UNLIMITED);
    vocabulary->count = (uint32_t)tokens.count;
    uint32_t slot_count = 64;
    while (slot_count < 2 * vocabulary->count)
        slot_count *= 2;
    vocabulary->slot_mask = slot_count - 1;
    char *bytes = ZEST_NEW_ARRAY(&vocabulary->arena, char, size + 1);
    uint32_t *offsets = ZEST_NEW_ARRAY(&vocabulary->arena, uint32_t, (size_t)vocabulary->count + 1);
    uint8_t *kinds = ZEST_NEW_ARRAY(&vocabulary->arena, uint8_t, vocabulary->count);
    uint32_t *slots = ZEST_NEW_ARRAY(&vocabulary->arena, uint32_t, slot_count);
    if (!bytes || !offsets || !kinds || !slots)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a vocabulary of %u tokens", vocabulary->count);
    memset(slots, 0xFF, (size_t)slot_count * sizeof *slots);
    vocabulary->bytes = bytes;
    vocabulary->offsets = offsets;
    vocabulary->kinds = kinds;
    vocabulary->slots = slots;
    status = read_kinds(gguf, kinds, vocabulary->count, error);
    return status != ZEST_OK ? status : fill(vocabulary, &tokens, bytes, offsets, slots);
}

void zest_vocabulary_finish(struct zest_vocabulary *vocabulary)
{
    zest_arena_finish(&vocabulary->arena);
}

uint32_t zest_vocabulary_find(const struct zest_vocabulary *vocabulary, const void *bytes, size_t size)
{
    if (size == 0 || size > vocabulary->size_max)
        return ZEST_NO_TOKEN;
    uint32_t slot = (uint32_t)zest_hash_bytes(bytes, size) & vocabulary->slot_mask;
    struct zest_text wanted = {bytes, size};
    while (vocabulary->slots[slot] != ZEST_NO_TOKEN) {
        if (zest_text_equal(zest_vocabulary_bytes(vocabulary, vocabulary->slots[slot]), wanted))
            return vocabulary->slots[slot];
        slot = (slot + 1) & vocabulary->slot_mask;
    }
    return ZEST_NO_TOKEN;
}
