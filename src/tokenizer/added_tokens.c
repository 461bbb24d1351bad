/* SPDX-License-Identifier: Apache-2.0 */
/*
 * added_tokens.c - finds added tokens in text: a trie of their bytes, tried where a first byte fits.
 *
 * Promises  Leftmost-longest matches, at most size_max (<= TOKEN_SIZE_MAX) steps at each byte of the text, whatever the
 *           number of tokens.
 */
#include "added_tokens.h"

#include "word_hash.h"

#define TOKEN_SIZE_MAX 512 /* bytes of one added token */

struct zest_trie_edge {
    uint32_t node, target; /* target 0: an empty slot, since nothing leads to the root */
    unsigned char byte;
};

static uint32_t edge_slot(const struct zest_added_tokens *added, uint32_t node, unsigned char byte)
{
    uint32_t slot = (uint32_t)zest_hash_pair(node, byte) & added->edge_mask;
    while (added->edges[slot].target != 0 && (added->edges[slot].node != node || added->edges[slot].byte != byte))
        slot = (slot + 1) & added->edge_mask;
    return slot;
}

static bool is_added(uint8_t kind, struct zest_text text)
{
    return (kind == ZEST_TOKEN_CONTROL || kind == ZEST_TOKEN_USER_DEFINED || kind == ZEST_TOKEN_UNKNOWN) &&
           text.size > 0 && zest_utf8_valid(text, NULL); /* others can't match UTF-8 */
}

static void insert(struct zest_added_tokens *added, struct zest_text text, uint32_t id)
{
    uint32_t node = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        struct zest_trie_edge *edge = &added->edges[edge_slot(added, node, byte)];
        if (edge->target == 0) {
            *edge = (struct zest_trie_edge){node, added->node_count, byte};
            added->node_tokens[added->node_count++] = ZEST_NO_TOKEN;
        }
        node = edge->target;
    }
    if (added->node_tokens[node] == ZEST_NO_TOKEN)
        added->node_tokens[node] = id;
    added->first_bytes[(unsigned char)text.data[0]] = true;
    added->count++;
    if (text.size > added->size_max)
        added->size_max = (uint32_t)text.size;
}

static enum zest_status measure(const struct zest_vocabulary *vocabulary, const struct zest_gguf_array *tokens,
                                size_t *ret_bytes, struct zest_error *error)
{
    size_t bytes = 0;
    for (uint32_t id = 0; id < vocabulary->count; id++) {
        struct zest_text text = zest_gguf_string(tokens, id);
        if (!is_added(vocabulary->kinds[id], text))
            continue;
        if (text.size > TOKEN_SIZE_MAX)
            return zest_fail(error, ZEST_UNSUPPORTED, "special token %u has %zu bytes, %d are possible", id, text.size,
                             TOKEN_SIZE_MAX);
        bytes += text.size;
    }
    *ret_bytes = bytes;
    return ZEST_OK;
}

enum zest_status zest_added_tokens_init(struct zest_added_tokens *added, const struct zest_vocabulary *vocabulary,
                                        const struct zest_gguf *gguf, struct zest_error *error)
{
    struct zest_gguf_array tokens;
    size_t bytes = 0;
    *added = (struct zest_added_tokens){0};
    if (!zest_gguf_array(gguf, "tokenizer.ggml.tokens", &tokens) || tokens.count != vocabulary->count)
        return zest_fail(error, ZEST_INTERNAL, "the vocabulary is not that of the file");
    enum zest_status status = measure(vocabulary, &tokens, &bytes, error);
    if (status != ZEST_OK)
        return status;
    zest_arena_init(&added->arena, ZEST_ARENA_UNLIMITED);
    uint32_t slot_count = 16;
    while (slot_count < 2 * bytes)
        slot_count *= 2;
    added->edge_mask = slot_count - 1;
    added->edges = ZEST_NEW_ARRAY(&added->arena, struct zest_trie_edge, slot_count);
    added->node_tokens = ZEST_NEW_ARRAY(&added->arena, uint32_t, bytes + 1);
    if (!added->edges || !added->node_tokens)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the special tokens (%zu bytes)", bytes);
    memset(added->edges, 0, (size_t)slot_count * sizeof *added->edges);
    added->node_tokens[added->node_count++] = ZEST_NO_TOKEN;
    for (uint32_t id = 0; id < vocabulary->count; id++)
        if (is_added(vocabulary->kinds[id], zest_gguf_string(&tokens, id)))
            insert(added, zest_gguf_string(&tokens, id), id);
    return ZEST_OK;
}

void zest_added_tokens_finish(struct zest_added_tokens *added)
{
    zest_arena_finish(&added->arena);
}

/* The longest token at text[at]. */
static bool match_at(const struct zest_added_tokens *added, struct zest_text text, size_t at,
                     struct zest_added_match *ret_match)
{
    uint32_t node = 0;
    bool found = false;
    for (size_t i = at; i < text.size; i++) {
        node = added->edges[edge_slot(added, node, (unsigned char)text.data[i])].target;
        if (node == 0)
            break;
        if (added->node_tokens[node] != ZEST_NO_TOKEN) {
            *ret_match = (struct zest_added_match){at, i + 1, added->node_tokens[node]};
            found = true;
        }
    }
    return found;
}

bool zest_added_tokens_find(const struct zest_added_tokens *added, struct zest_text text, size_t from,
                            struct zest_added_match *ret_match)
{
    if (added->count == 0)
        return false;
    for (size_t at = from; at < text.size; at++)
        if (added->first_bytes[(unsigned char)text.data[at]] && match_at(added, text, at, ret_match))
            return true;
    return false;
}
