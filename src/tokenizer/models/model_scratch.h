/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model_scratch.h - what a token model writes on beside its tokens: grows as pieces need it, keeps its memory.
 *
 * One thread at a time. Serves every model; nothing in it lasts from one piece to the next but the memory.
 */
#ifndef ZEST_MODEL_SCRATCH_H
#define ZEST_MODEL_SCRATCH_H

#include "component.h"

struct zest_bpe_symbol;

struct zest_model_scratch {
    struct zest_bpe_symbol *symbols; /* bpe_model.c: the piece as symbols */
    size_t symbol_capacity;
    void *block; /* whatever one run lays out there */
    size_t block_size;
    void *kept; /* bpe_merge_windows.c: what must outlast uses of the block */
    size_t kept_size;
    uint32_t *rank_heads; /* bpe_merge_ranks.c: [rank_head_count] UINT32_MAX between runs */
    size_t rank_head_count;
    uint64_t work;      /* steps done so far, for tests that bound them */
    uint32_t last_rank; /* of the last merge that was made */
};

/* At least `size` bytes whose content is open, or NULL. The last answer is no longer valid. */
void *zest_model_scratch_block(struct zest_model_scratch *scratch, size_t size);
/* The same with another piece of memory. */
void *zest_model_scratch_kept(struct zest_model_scratch *scratch, size_t size);
/* Room for `count` symbols in scratch->symbols, whose content is kept; false where memory is out. */
bool zest_model_scratch_symbols(struct zest_model_scratch *scratch, size_t count);

#endif
