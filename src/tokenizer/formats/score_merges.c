/* SPDX-License-Identifier: Apache-2.0 */
/*
 * score_merges.c - every cut of a token into two tokens is a merge; a higher score of the token goes first.
 *
 * Of one token's cuts the one with the lower left id goes first, of tokens with one score the lower id. SentencePiece
 * itself takes the leftmost of pairs with one score; the two orders meet in all but constructed vocabularies, and where
 * they don't, tokenizer.json is followed.
 *
 * Source    generate_merges of Hugging Face transformers 4 (convert_slow_tokenizer.py).
 */
#include "score_merges.h"

#include "shown_text.h"

#include <assert.h>

#define TOKEN_SIZE_MAX 1024 /* bytes of a token that is cut: the work grows with the square */

struct cut {
    struct zest_merge merge;
    float score;
};

struct cutting {
    const struct zest_token_list *tokens;
    struct cut *cuts;
    size_t count, capacity;
};

static bool add_cut(struct cutting *c, struct cut cut)
{
    if (c->count == c->capacity) {
        size_t capacity = c->capacity > 0 ? 2 * c->capacity : 4096;
        void *cuts = realloc(c->cuts, capacity * sizeof *c->cuts);
        if (!cuts)
            return false;
        c->cuts = cuts;
        c->capacity = capacity;
    }
    c->cuts[c->count++] = cut;
    return true;
}

static bool cut_token(struct cutting *c, struct zest_text text, uint32_t id, float score)
{
    for (size_t at = 1; at < text.size; at++) {
        if (((unsigned char)text.data[at] & 0xC0) == 0x80)
            continue; /* inside a character */
        uint32_t left = zest_token_list_find(c->tokens, (struct zest_text){text.data, at});
        if (left == ZEST_NO_TOKEN)
            continue;
        uint32_t right = zest_token_list_find(c->tokens, (struct zest_text){text.data + at, text.size - at});
        if (right != ZEST_NO_TOKEN && !add_cut(c, (struct cut){{left, right, id}, score}))
            return false;
    }
    return true;
}

static int compare_cuts(const void *a, const void *b)
{
    const struct cut *left = a, *right = b;
    if (left->score != right->score)
        return left->score > right->score ? -1 : 1;
    if (left->merge.product != right->merge.product)
        return left->merge.product < right->merge.product ? -1 : 1;
    if (left->merge.left != right->merge.left)
        return left->merge.left < right->merge.left ? -1 : 1;
    return (left->merge.right > right->merge.right) - (left->merge.right < right->merge.right);
}

static enum zest_status cut_all(struct cutting *c, const float *scores,
                                const struct zest_tokenizer_definition *definition, struct zest_error *error)
{
    for (uint32_t id = 0; id < definition->token_count; id++) {
        struct zest_text text = definition->tokens[id];
        if (!text.data || zest_token_list_find(c->tokens, text) != id)
            continue; /* a text that a later id has as well */
        if (text.size > TOKEN_SIZE_MAX)
            return zest_fail(error, ZEST_UNSUPPORTED,
                             "token %u (\"%.*s\") has %zu bytes, merges can be found for tokens of up to %d", id,
                             ZEST_SHOWN(text), text.size, TOKEN_SIZE_MAX);
        if (scores[id] != scores[id])
            return zest_fail(error, ZEST_MODEL_DAMAGED, "the score of token %u is no number", id);
        if (!cut_token(c, text, id, scores[id]))
            return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for %zu merges", c->count);
    }
    return ZEST_OK;
}

enum zest_status zest_score_merges(const struct zest_token_list *tokens, const float *scores,
                                   struct zest_tokenizer_definition *definition, struct zest_error *error)
{
    struct cutting c = {.tokens = tokens};
    assert(scores && tokens->index.slots && !definition->merges);
    enum zest_status status = cut_all(&c, scores, definition, error);
    if (status == ZEST_OK) {
        definition->merges = ZEST_NEW_ARRAY(&definition->arena, struct zest_merge, c.count + 1);
        if (!definition->merges)
            status = zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for %zu merges", c.count);
    }
    if (status == ZEST_OK && c.count > 0) {
        qsort(c.cuts, c.count, sizeof *c.cuts, compare_cuts);
        for (size_t i = 0; i < c.count; i++)
            definition->merges[i] = c.cuts[i].merge;
        definition->merge_count = (uint32_t)c.count;
    }
    free(c.cuts);
    return status;
}
