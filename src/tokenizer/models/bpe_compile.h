/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpe_compile.h - from a definition's merges to the table in the image: which flags hold, which merges stay.
 */
#ifndef ZEST_BPE_COMPILE_H
#define ZEST_BPE_COMPILE_H

#include "bpe_pairs.h"

/* What of the model's fields bears on the table. */
struct zest_bpe_marks {
    struct zest_text prefix, suffix,
        unknown; /* continuing_subword_prefix, end_of_word_suffix, unk_token; empty: none */
    bool byte_fallback;
};

/* Everything made lies in the arena. */
enum zest_status zest_bpe_compile_pairs(struct zest_arena *arena, const struct zest_tokenizer_definition *definition,
                                        const struct zest_bpe_marks *marks, struct zest_bpe_table *ret_table,
                                        struct zest_error *error) ZEST_MUST_CHECK;

/* The byte that "<0xNN>" stands for, or -1: two upper-case hexadecimal digits, as the reference writes them. */
int zest_byte_token_value(struct zest_text text);

#endif
