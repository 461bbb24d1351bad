/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aligned_pool.h - texts for a moment: what a normalizer of several steps writes between them. Any number of threads.
 */
#ifndef ZEST_ALIGNED_POOL_H
#define ZEST_ALIGNED_POOL_H

#include "scratch_pool.h"
#include "stages.h"

/* An empty one, aligned as told; NULL where memory is out. */
struct zest_aligned *zest_aligned_borrow(struct zest_scratch_pool *pool, bool aligned);
void zest_aligned_return(struct zest_scratch_pool *pool, struct zest_aligned *text); /* takes NULL */
void zest_aligned_drain(struct zest_scratch_pool *pool);                             /* frees all in the pool */

/* Keeps the first failure. */
static inline void zest_aligned_fail(struct zest_aligned *text, enum zest_status status)
{
    if (text->status == ZEST_OK)
        text->status = status;
}

#endif
