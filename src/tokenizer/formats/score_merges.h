/* SPDX-License-Identifier: Apache-2.0 */
/*
 * score_merges.h - the merges of a SentencePiece BPE vocabulary, which stores none. For the readers of formats/.
 */
#ifndef ZEST_SCORE_MERGES_H
#define ZEST_SCORE_MERGES_H

#include "token_list.h"

/*
 * Fills definition->merges from definition->tokens and `scores` (by id), as the reference's converters do when they
 * write the tokenizer.json of such a model.
 */
enum zest_status zest_score_merges(const struct zest_token_list *tokens, const float *scores,
                                   struct zest_tokenizer_definition *definition,
                                   struct zest_error *error) ZEST_MUST_CHECK;

#endif
