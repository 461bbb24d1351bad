/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aligned_pool.c - lends texts and takes them back; large ones are not kept. Any number of threads.
 */
#include "aligned_pool.h"

#include <stdlib.h>

#define KEPT_BYTES_MAX                                                                            \
    ((size_t)1 << 20) /* capacity of a text that stays in the pool; its origins take 8 times that \
                       */

static void destroy(struct zest_aligned *text)
{
    zest_aligned_finish(text);
    free(text);
}

struct zest_aligned *zest_aligned_borrow(struct zest_scratch_pool *pool, bool aligned)
{
    struct zest_aligned *text = zest_scratch_take(pool);
    if (!text)
        text = calloc(1, sizeof *text);
    if (text)
        zest_aligned_reset(text, aligned);
    return text;
}

void zest_aligned_return(struct zest_scratch_pool *pool, struct zest_aligned *text)
{
    if (text && (text->byte_capacity > KEPT_BYTES_MAX || !zest_scratch_put(pool, text)))
        destroy(text);
}

void zest_aligned_drain(struct zest_scratch_pool *pool)
{
    for (struct zest_aligned *text; (text = zest_scratch_take(pool));)
        destroy(text);
}
