/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pretokenizer.c - which ways of cutting there are, by their names in GGUF files. Constant: any thread.
 *
 * To add one: a cut function in a file of its own, a line here.
 */
#include "pretokenizer.h"

static const struct zest_pretokenizer all[] = {
    {"gpt-2", zest_cut_gpt2, false, false},    {"default", zest_cut_gpt2, false, false},
    {"smollm", zest_cut_smollm, false, false}, {"starcoder", zest_cut_smollm, false, false},
    {"refact", zest_cut_smollm, false, false}, {"llama-bpe", zest_cut_llama3, true, true},
    {"llama3", zest_cut_llama3, true, true},   {"llama-v3", zest_cut_llama3, true, true},
};

const struct zest_pretokenizer *zest_pretokenizer_find(struct zest_text name)
{
    for (size_t i = 0; i < ZEST_COUNT(all); i++)
        if (zest_text_equal(zest_text_of(all[i].name), name))
            return &all[i];
    return NULL;
}

void zest_pretokenizer_names(struct zest_buffer *ret_names)
{
    for (size_t i = 0; i < ZEST_COUNT(all); i++)
        zest_buffer_printf(ret_names, "%s%s", i > 0 ? ", " : "", all[i].name);
}
