/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scratch_pool.h - a few pieces of working memory that threads borrow from an object that they share.
 *
 * Components are immutable and have no working memory of their own; what they need for a moment they take from such a
 * pool and put back, so that nothing is allocated once as many pieces exist as threads work at a time. Lock-free: a
 * taker that finds no piece makes one, a putter that finds no free slot destroys its own. Any number of threads.
 */
#ifndef ZEST_SCRATCH_POOL_H
#define ZEST_SCRATCH_POOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#define ZEST_SCRATCH_SLOTS 32

struct zest_scratch_pool {
    _Atomic(void *) slots[ZEST_SCRATCH_SLOTS]; /* NULL: empty */
};

/* NULL where none is at hand. */
static inline void *zest_scratch_take(struct zest_scratch_pool *pool)
{
    for (size_t i = 0; i < ZEST_SCRATCH_SLOTS; i++) {
        void *scratch = atomic_load_explicit(&pool->slots[i], memory_order_relaxed);
        if (scratch && (scratch = atomic_exchange_explicit(&pool->slots[i], NULL, memory_order_acquire)))
            return scratch;
    }
    return NULL;
}

/* False where the pool is full: the caller keeps it. */
static inline bool zest_scratch_put(struct zest_scratch_pool *pool, void *scratch)
{
    for (size_t i = 0; i < ZEST_SCRATCH_SLOTS; i++) {
        void *expected = NULL;
        if (!atomic_load_explicit(&pool->slots[i], memory_order_relaxed) &&
            atomic_compare_exchange_strong_explicit(&pool->slots[i], &expected, scratch, memory_order_release,
                                                    memory_order_relaxed))
            return true;
    }
    return false;
}

#endif
