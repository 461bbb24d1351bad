/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpe_load.c - reads the merges of a GGUF into the pair table. Runs once, when a tokenizer is made.
 */
#include "bpe.h"

#include <stdlib.h>

#define MERGES_MAX (1u << 23)

/* "left right", split at the first blank after the first byte; each side a token in the byte alphabet. */
static enum zest_status read_merge(struct zest_bpe *bpe, struct zest_text line, uint32_t rank, char *bytes,
                                   struct zest_bpe_pair *ret_pair, struct zest_error *error)
{
    const char *blank = line.size > 2 ? memchr(line.data + 1, ' ', line.size - 2) : NULL;
    if (!blank)
        return zest_fail(error, ZEST_MODEL_DAMAGED, "merge %u is not two tokens with a blank between them", rank);
    size_t left_size = (size_t)(blank - line.data);
    size_t left = zest_byte_alphabet_decode((struct zest_text){line.data, left_size}, bytes);
    size_t right =
        left == SIZE_MAX
            ? SIZE_MAX
            : zest_byte_alphabet_decode((struct zest_text){blank + 1, line.size - left_size - 1}, bytes + left);
    if (right == SIZE_MAX)
        return zest_fail(error, ZEST_MODEL_DAMAGED, "merge %u has a character outside the byte alphabet", rank);
    *ret_pair = (struct zest_bpe_pair){
        zest_vocabulary_find(bpe->vocabulary, bytes, left),
        zest_vocabulary_find(bpe->vocabulary, bytes + left, right),
        rank,
        zest_vocabulary_find(bpe->vocabulary, bytes, left + right),
    };
    if (ret_pair->left == ZEST_NO_TOKEN || ret_pair->right == ZEST_NO_TOKEN || ret_pair->product == ZEST_NO_TOKEN)
        return zest_fail(error, ZEST_MODEL_DAMAGED, "merge %u (%.*s) names or makes a token outside the vocabulary",
                         rank, (int)(line.size < 100 ? line.size : 100), line.data);
    return ZEST_OK;
}

/* A pair that is listed twice keeps its later rank, as the reference's map does. */
static void insert_pair(struct zest_bpe *bpe, struct zest_bpe_pair pair)
{
    uint32_t slot = (uint32_t)zest_hash_pair(pair.left, pair.right) & bpe->pair_mask;
    while (bpe->pairs[slot].left != ZEST_NO_TOKEN &&
           (bpe->pairs[slot].left != pair.left || bpe->pairs[slot].right != pair.right))
        slot = (slot + 1) & bpe->pair_mask;
    bpe->pairs[slot] = pair;
}

static enum zest_status read_merges(struct zest_bpe *bpe, const struct zest_gguf_array *merges,
                                    struct zest_error *error)
{
    enum zest_status status = ZEST_OK;
    size_t longest = 0;
    for (uint64_t i = 0; i < merges->count; i++)
        if (zest_gguf_string(merges, i).size > longest)
            longest = zest_gguf_string(merges, i).size;
    char *bytes = malloc(longest + 1);
    if (!bytes)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a merge of %zu bytes", longest);
    for (uint32_t rank = 0; rank < merges->count && status == ZEST_OK; rank++) {
        struct zest_bpe_pair pair = {0};
        status = read_merge(bpe, zest_gguf_string(merges, rank), rank, bytes, &pair, error);
        if (status == ZEST_OK)
            insert_pair(bpe, pair);
    }
    free(bytes);
    return status;
}

static enum zest_status find_merges(const struct zest_gguf *gguf, struct zest_gguf_array *ret_merges,
                                    struct zest_error *error)
{
    struct zest_gguf_array merges;
    if (!zest_gguf_array(gguf, "tokenizer.ggml.merges", &merges) || merges.type != ZEST_GGUF_STRING)
        return zest_fail(error, ZEST_MODEL_DAMAGED, "the model has no tokenizer.ggml.merges (an array of strings)");
    if (merges.count > MERGES_MAX)
        return zest_fail(error, ZEST_MODEL_DAMAGED, "the model has %llu merges, %u are possible",
                         (unsigned long long)merges.count, MERGES_MAX);
    *ret_merges = merges;
    return ZEST_OK;
}

enum zest_status zest_bpe_init(struct zest_bpe *bpe, const struct zest_vocabulary *vocabulary,
                               const struct zest_gguf *gguf, bool whole_words, struct zest_error *error)
{
    struct zest_gguf_array merges;
    *bpe = (struct zest_bpe){.vocabulary = vocabulary, .whole_words = whole_words};
    enum zest_status status = find_merges(gguf, &merges, error);
    if (status != ZEST_OK)
        return status;
    for (unsigned byte = 0; byte < 256; byte++) {
        char symbol = (char)byte;
        bpe->byte_ids[byte] = zest_vocabulary_find(vocabulary, &symbol, 1);
    }
    zest_arena_init(&bpe->arena, ZEST_ARENA_UNLIMITED);
    bpe->merge_count = (uint32_t)merges.count;
    uint32_t slot_count = 64;
    while (slot_count < 2 * bpe->merge_count)
        slot_count *= 2;
    bpe->pair_mask = slot_count - 1;
    bpe->pairs = ZEST_NEW_ARRAY(&bpe->arena, struct zest_bpe_pair, slot_count);
    bpe->proven = zest_alloc_zero(&bpe->arena, vocabulary->count, 1);
    if (!bpe->pairs || !bpe->proven)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for %u merges", bpe->merge_count);
    memset(bpe->pairs, 0xFF, (size_t)slot_count * sizeof *bpe->pairs);
    return read_merges(bpe, &merges, error);
}

void zest_bpe_finish(struct zest_bpe *bpe)
{
    zest_arena_finish(&bpe->arena);
}
