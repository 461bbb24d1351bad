/* SPDX-License-Identifier: Apache-2.0 */
/*
 * block_pool.c - the free list of KV blocks. Every operation but resize takes constant time.
 *
 * Threads: none of its own; the memory service holds its lock.
 */
#include "block_pool.h"

#include <assert.h>
#include <stdlib.h>

static void append(struct zest_block_pool *pool, int32_t block)
{
    pool->links[block] = (struct zest_block_link){.previous = pool->tail, .next = -1};
    if (pool->tail >= 0)
        pool->links[pool->tail].next = block;
    else
        pool->head = block;
    pool->tail = block;
    pool->free_count++;
}

static void unlink_block(struct zest_block_pool *pool, int32_t block)
{
    struct zest_block_link link = pool->links[block];
    if (link.previous >= 0)
        pool->links[link.previous].next = link.next;
    else
        pool->head = link.next;
    if (link.next >= 0)
        pool->links[link.next].previous = link.previous;
    else
        pool->tail = link.previous;
    pool->links[block].next = ZEST_BLOCK_HELD;
    pool->free_count--;
}

bool zest_block_pool_init(struct zest_block_pool *pool, int32_t block_count)
{
    *pool = (struct zest_block_pool){.head = -1, .tail = -1};
    return zest_block_pool_resize(pool, block_count);
}

void zest_block_pool_finish(struct zest_block_pool *pool)
{
    free(pool->links);
    *pool = (struct zest_block_pool){.head = -1, .tail = -1};
}

int32_t zest_block_pool_take(struct zest_block_pool *pool)
{
    assert(pool->free_count > 0);
    int32_t block = pool->head;
    unlink_block(pool, block);
    return block;
}

void zest_block_pool_give(struct zest_block_pool *pool, int32_t block)
{
    assert(block >= 0 && block < pool->block_count && !zest_block_is_free(pool, block));
    append(pool, block);
}

int32_t zest_block_pool_floor(const struct zest_block_pool *pool)
{
    int32_t floor = pool->block_count;
    while (floor > 0 && zest_block_is_free(pool, floor - 1))
        floor--;
    return floor;
}

bool zest_block_pool_resize(struct zest_block_pool *pool, int32_t block_count)
{
    assert(block_count > 0 && block_count >= zest_block_pool_floor(pool));
    if (block_count > pool->block_count) {
        struct zest_block_link *links = realloc(pool->links, (size_t)block_count * sizeof(*links));
        if (!links)
            return false;
        pool->links = links;
    }
    for (int32_t block = block_count; block < pool->block_count; block++)
        unlink_block(pool, block);
    for (int32_t block = pool->block_count; block < block_count; block++)
        append(pool, block);
    pool->block_count = block_count;
    return true;
}
