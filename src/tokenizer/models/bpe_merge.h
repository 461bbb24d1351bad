/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpe_merge.h - byte-pair encoding from symbols on: merges neighbours until none is left that has a merge.
 *
 * Of all neighbours that have a merge the pair of lowest rank merges first, the leftmost of equals first. Three routes
 * lead to the same symbols: a few symbols are merged on the stack, many by windows of them with lists of places by
 * rank, in linear time, and what those can't do (tables without the flag that they need, bpe_pairs.h) with a heap.
 *
 * Tuned for words of 2 to 30 symbols.
 */
#ifndef ZEST_BPE_MERGE_H
#define ZEST_BPE_MERGE_H

#include "bpe_pairs.h"

struct zest_model_scratch;
struct zest_model_steps;

struct zest_bpe_symbol {
    uint32_t id;
    uint32_t start, end; /* bytes of the piece; `end` is the next one's start */
};

/*
 * Merges symbols[0, count) in place and answers how many are left, or SIZE_MAX where memory is out (words of at most
 * ZEST_BPE_SHORT_MAX symbols need none). ids are of the vocabulary that the pairs were compiled for. The rank of the
 * last merge is left in scratch->last_rank where one was made.
 */
size_t zest_bpe_merge(const struct zest_bpe_pairs *pairs, struct zest_model_scratch *scratch,
                      struct zest_bpe_symbol *symbols, size_t count);

/* ---- the routes, for zest_bpe_merge and its tests ---- */

#define ZEST_BPE_SHORT_MAX 32u

/* count is at most ZEST_BPE_SHORT_MAX, the table regular. */
size_t zest_bpe_merge_short(const struct zest_bpe_pairs *pairs, struct zest_model_scratch *scratch,
                            struct zest_bpe_symbol *symbols, size_t count);
/* The table is regular. ZEST_BPE_FELL, and the symbols spoilt, where a merge made a pair of lower rank. */
#define ZEST_BPE_FELL (SIZE_MAX - 1)
size_t zest_bpe_merge_ranks(const struct zest_bpe_pairs *pairs, struct zest_model_scratch *scratch,
                            struct zest_bpe_symbol *symbols, size_t count);
/* The table is regular. Windows have at least `window` symbols, which is 2 or more. */
size_t zest_bpe_merge_windows(const struct zest_bpe_pairs *pairs, struct zest_model_scratch *scratch,
                              struct zest_bpe_symbol *symbols, size_t count, uint32_t window);
/* Any table; as the reference does it. */
size_t zest_bpe_merge_heap(const struct zest_bpe_pairs *pairs, struct zest_model_scratch *scratch,
                           struct zest_bpe_symbol *symbols, size_t count);
/* The same, and each merge as a step (model_steps.h), in the order in which they happen. */
size_t zest_bpe_merge_explained(const struct zest_bpe_pairs *pairs, struct zest_model_scratch *scratch,
                                struct zest_bpe_symbol *symbols, size_t count, struct zest_model_steps *steps);

#endif
