/* SPDX-License-Identifier: Apache-2.0 */
/*
 * block_pool.h - which KV blocks are free, in the order in which they will be given out.
 *
 * The free blocks form a list; a block that comes back goes to its end and the next one given out is its head, the
 * least recently freed (lru). A block's contents so stay as long as possible, which a prefix index can use.
 *
 *     head -> 4 -> 9 -> 2 <- tail          held: 0 1 3 5 6 7 8
 */
#ifndef ZEST_BLOCK_POOL_H
#define ZEST_BLOCK_POOL_H

#include <zest/core.h>

struct zest_block_pool {
    struct zest_block_link {
        int32_t previous, next; /* neighbours in the free list, -1 at its ends; ZEST_BLOCK_HELD in `next`: not free */
    } * links;
    int32_t block_count;
    int32_t free_count;
    int32_t head, tail; /* -1 where no block is free */
};

enum { ZEST_BLOCK_HELD = -2 };

bool zest_block_pool_init(struct zest_block_pool *pool, int32_t block_count) ZEST_MUST_CHECK; /* false: no memory */
void zest_block_pool_finish(struct zest_block_pool *pool);
int32_t zest_block_pool_take(struct zest_block_pool *pool); /* a block must be free */
void zest_block_pool_give(struct zest_block_pool *pool, int32_t block);
/* The least number of blocks that the pool could have now: the highest held block, plus one. */
int32_t zest_block_pool_floor(const struct zest_block_pool *pool);
/* `block_count` is not below the floor. False where memory is out; nothing is changed then. */
bool zest_block_pool_resize(struct zest_block_pool *pool, int32_t block_count) ZEST_MUST_CHECK;

static inline bool zest_block_is_free(const struct zest_block_pool *pool, int32_t block)
{
    return pool->links[block].next != ZEST_BLOCK_HELD;
}

#endif
