/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory_native.h - the native memory service's object; for the files of this folder only.
 */
#ifndef ZEST_MEMORY_NATIVE_H
#define ZEST_MEMORY_NATIVE_H

#include <pthread.h>

#include "block_pool.h"
#include "block_table.h"
#include "memory.h"

struct zest_memory_native {
    struct zest_memory base;
    pthread_mutex_t lock; /* guards all that follows; held for the length of a call, never across one */
    int32_t block_tokens;
    int64_t block_bytes;
    struct zest_block_pool pool;
    struct zest_block_tables tables;
    int64_t tokens_placed; /* of all sequences */
    int32_t blocks_used_max;
    uint64_t commit_mark; /* number of the running commit_step, to see a sequence that is named twice */
    uint64_t allocations_total, releases_total, refusals_total;
};

static inline struct zest_memory_native *zest_memory_native_of(struct zest_memory *self)
{
    return (struct zest_memory_native *)self;
}

static inline int32_t zest_blocks_used(const struct zest_memory_native *memory)
{
    return memory->pool.block_count - memory->pool.free_count;
}

/* The blocks that so many tokens need. */
static inline int64_t zest_blocks_for(int64_t token_count, int32_t block_tokens)
{
    return (token_count + block_tokens - 1) / block_tokens;
}

#endif
