/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpe_prune.h - leaves out the merges that no word can use.
 *
 * Vocabularies converted from other formats list every way in which a token splits into two tokens, up to 80 for one.
 * At most one of them ever happens: where a token comes to be, all its symbols merged among themselves, in the same
 * order as if they had been a word of their own. So the merge that counts is the last one when the token's own text is
 * encoded; a token whose text does not become the token has none. (Gemma 3: 514,906 merges, 236,339 products.)
 *
 * This holds where a token's text tells its symbols, so not where merges touch the unknown token or byte tokens, and
 * where texts of products are their parts' joined: not with a continuing prefix or an end-of-word suffix.
 */
#ifndef ZEST_BPE_PRUNE_H
#define ZEST_BPE_PRUNE_H

#include "bpe_pairs.h"

/* Moves those of merges[0, *count) that happen to the front, in their order. `table` is built of all of them and
 * regular. Its scratch lives in the arena. */
enum zest_status zest_bpe_prune(struct zest_arena *arena, const struct zest_tokenizer_definition *definition,
                                const struct zest_bpe_table *table, struct zest_merge *merges, uint32_t *count,
                                struct zest_error *error) ZEST_MUST_CHECK;

#endif
