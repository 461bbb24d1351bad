/* SPDX-License-Identifier: Apache-2.0 */
/*
 * softmax.h - the numeric parts of sampling: maximum, exponentials and their sum, the likeliest tokens.
 *
 * All are plain C with a fixed order of operations, so their bits do not depend on batch, thread or compiler flags.
 * NaN counts as unlikely as can be.
 */
#ifndef ZEST_SOFTMAX_H
#define ZEST_SOFTMAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ZEST_SOFTMAX_BLOCK = 64 }; /* values a partial sum covers */

struct zest_candidate {
    float logit;
    int32_t id;
};

/* Number of partial sums of `count` values. */
static inline size_t zest_softmax_blocks(size_t count)
{
    return (count + ZEST_SOFTMAX_BLOCK - 1) / ZEST_SOFTMAX_BLOCK;
}

int32_t zest_argmax(const float *logits, int32_t count); /* the first of the greatest */
/* What is done to a logit before and after its exponential. */
struct zest_softmax_scale {
    float max;    /* the greatest logit: its p is 1 */
    float factor; /* 1 / temperature */
    float least;  /* smaller p become 0 */
};

/* ret_p[i] = exp((logits[i] - max) * factor); ret_blocks, where not NULL, gets each block's sum. Answers the sum.
 * `ret_p` may be `logits`. */
double zest_softmax(const float *logits, int32_t count, struct zest_softmax_scale scale, float *ret_p,
                    double *ret_blocks);
double zest_log_sum(const float *logits, int32_t count); /* log of the sum of exp(logits) */
/* The `top` greatest, best first, of equals the lower id first. top <= count. */
void zest_select_top(const float *logits, int32_t count, int32_t top, struct zest_candidate *ret_top);
void zest_sort_candidates(struct zest_candidate *candidates, size_t count); /* best first, then by id */

#endif
