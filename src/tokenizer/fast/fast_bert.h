/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_bert.h - words that the table of a WordPiece vocabulary does not hold, and its compiling.
 */
#ifndef ZEST_FAST_BERT_H
#define ZEST_FAST_BERT_H

#include "fast_plan.h"

/* The plain path's stages, for words outside ASCII, and the model. Live in the arena. */
struct zest_fast_stages {
    struct zest_normalizer *normalizer;
    struct zest_pretokenizer *pretokenizer;
    struct zest_token_model *model;
};

enum zest_status zest_fast_stages_open(const struct zest_image *image, struct zest_arena *arena,
                                       const struct zest_fast_stages **ret_stages,
                                       struct zest_error *error) ZEST_MUST_CHECK;

void zest_fast_stages_finish(const struct zest_fast_stages *stages);

/* Appends the tokens of the word text[start, end), `key` its key with lowered letters (if it is short). */
void zest_fast_bert_miss(struct zest_fast_job *job, uint32_t start, uint32_t end, struct zest_fast_key key,
                         uint64_t hash);

#endif
