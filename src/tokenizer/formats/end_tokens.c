/* SPDX-License-Identifier: Apache-2.0 */
/* end_tokens.c - gathers end tokens. Stateless. */
#include "end_tokens.h"

#include <assert.h>
#include <stdlib.h>

/* Texts of special tokens that end a generation, in the model families at hand. */
static const char *const end_tokens[] = {
    "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|end_of_text|>", "<|eom_id|>", "<|end|>",
    "<|return|>", "<end_of_turn>", "<|EOT|>",    "<EOT>",           "</s>",       "<eos>",
};

void zest_ends_add(struct zest_tokenizer_ends *ends, int32_t id)
{
    for (size_t i = 0; i < ends->end_id_count; i++)
        if (ends->end_ids[i] == id)
            return;
    if (id >= 0 && ends->end_id_count < ZEST_END_IDS_MAX)
        ends->end_ids[ends->end_id_count++] = id;
}

static int compare_ids(const void *a, const void *b)
{
    int32_t left = *(const int32_t *)a, right = *(const int32_t *)b;
    return (left > right) - (left < right);
}

static bool is_end(struct zest_text text)
{
    for (size_t i = 0; i < ZEST_COUNT(end_tokens); i++)
        if (zest_text_equal(text, zest_text_of(end_tokens[i])))
            return true;
    return false;
}

void zest_ends_settle(struct zest_tokenizer_definition *definition)
{
    struct zest_tokenizer_ends *ends = &definition->ends;
    zest_ends_add(ends, ends->eos_id);
    for (uint32_t i = 0; i < definition->added_count; i++) {
        const struct zest_added_token *token = &definition->added[i];
        if (token->special && is_end(token->content))
            zest_ends_add(ends, (int32_t)token->id);
    }
    qsort(ends->end_ids, ends->end_id_count, sizeof *ends->end_ids, compare_ids);
    assert(ends->end_id_count <= ZEST_END_IDS_MAX);
}
