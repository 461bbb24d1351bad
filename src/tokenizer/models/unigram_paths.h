/* SPDX-License-Identifier: Apache-2.0 */
/* unigram_paths.h - Unigram's best way through a piece beside the second best, for tokenizer.explain. */
#ifndef ZEST_UNIGRAM_PATHS_H
#define ZEST_UNIGRAM_PATHS_H

#include "model_steps.h"
#include "token_trie.h"

/* What of the model bears on the ways. */
struct zest_unigram_scores {
    const struct zest_token_trie *trie;
    const double *scores; /* [token count] */
    double unknown_score;
    uint32_t unknown_id;
};

/* Adds a PATH step for each token of the best way, then a RUNNER_UP step for each of the second best, if there is one.
 */
void zest_unigram_paths(const struct zest_unigram_scores *model, struct zest_model_scratch *scratch,
                        const unsigned char *piece, size_t size, struct zest_model_steps *steps);

#endif
