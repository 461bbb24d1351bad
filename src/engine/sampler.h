/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sampler.h - from logits to the next token.
 *
 * The chain: penalties, then the greatest (temperature 0) or temperature, top-k, top-p, min-p and one draw. The result
 * is a function of the logits, the parameters and the sequence's tokens alone.
 */
#ifndef ZEST_SAMPLER_H
#define ZEST_SAMPLER_H

#include <zest/core.h>

#include "softmax.h"

struct zest_sampling {
    float temperature; /* 0: the likeliest */
    int32_t top_k;     /* 0: all */
    float top_p;       /* 1: all */
    float min_p;       /* 0: all */
    uint64_t seed;
    float repetition_penalty, presence_penalty, frequency_penalty; /* 1, 0, 0: off */
};

/* A sequence's tokens: the prompt, then what was generated. */
struct zest_history {
    const int32_t *tokens;
    int32_t prompt_count, count;
};

/* Scratch for one thread. */
struct zest_sampler {
    int32_t vocab;
    float *row;                        /* penalised logits, [vocab] */
    float *p;                          /* unnormalised probabilities, [vocab] */
    double *blocks;                    /* their partial sums */
    int32_t *counts;                   /* of tokens in a history, [vocab]; zero between calls */
    struct zest_candidate *candidates; /* [vocab] */
};

/* One scored token: itself or an alternative. */
struct zest_scored {
    int32_t id;
    double logprob;
};

bool zest_sampler_init(struct zest_sampler *sampler, int32_t vocab) ZEST_MUST_CHECK; /* false: no memory */
void zest_sampler_finish(struct zest_sampler *sampler);
int32_t zest_sample(struct zest_sampler *sampler, const struct zest_sampling *sampling, const float *logits,
                    struct zest_history history);
/* ret_scored[0] is `id`, the `top` likeliest follow; natural logarithms under the model, before penalties. */
void zest_score(struct zest_sampler *sampler, const float *logits, int32_t id, int32_t top,
                struct zest_scored *ret_scored);

/* penalties.c: `logits` themselves where no penalty is set, else the sampler's row. */
const float *zest_penalise(struct zest_sampler *sampler, const struct zest_sampling *sampling, const float *logits,
                           struct zest_history history);

#endif
