/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sampler.c - the chain from logits to a token, and the scores of tokens.
 *
 * Source    top-k: Fan et al., ACL 2018, section 5.4; top-p: Holtzman et al., ICLR 2020, section 3.1; min-p: Nguyen et
 *           al. 2024, section 3. Each cut is made on the distribution that the one before it left.
 * Promises  Temperature 0 is the first of the greatest; equal seeds draw equal tokens whatever runs beside.
 */
#include "sampler.h"

#include <math.h>
#include <stdlib.h>

#include "random.h"

bool zest_sampler_init(struct zest_sampler *sampler, int32_t vocab)
{
    size_t count = (size_t)vocab;
    *sampler = (struct zest_sampler){.vocab = vocab,
                                     .row = calloc(count, sizeof(float)),
                                     .p = calloc(count, sizeof(float)),
                                     .blocks = calloc(zest_softmax_blocks(count), sizeof(double)),
                                     .counts = calloc(count, sizeof(int32_t)),
                                     .candidates = calloc(count, sizeof(struct zest_candidate))};
    return sampler->row && sampler->p && sampler->blocks && sampler->counts && sampler->candidates;
}

void zest_sampler_finish(struct zest_sampler *sampler)
{
    free(sampler->row);
    free(sampler->p);
    free(sampler->blocks);
    free(sampler->counts);
    free(sampler->candidates);
    *sampler = (struct zest_sampler){0};
}

/* The index at which the running sum of p passes `target`; the last positive one where rounding leaves it short. */
static int32_t walk(const float *p, int32_t count, double target)
{
    double sum = 0;
    int32_t last = 0;
    for (int32_t i = 0; i < count; i++) {
        if (!(p[i] > 0))
            continue;
        last = i;
        sum += (double)p[i];
        if (sum > target)
            return i;
    }
    return last;
}

/* Neither top-k nor top-p: no order is needed. */
static int32_t draw_from_all(struct zest_sampler *sampler, const struct zest_sampling *s, const float *logits,
                             double unit)
{
    int32_t count = sampler->vocab;
    float max = logits[zest_argmax(logits, count)];
    struct zest_softmax_scale scale = {max, 1 / s->temperature, s->min_p};
    double sum = zest_softmax(logits, count, scale, sampler->p, sampler->blocks);
    double target = unit * sum;
    int32_t block = 0, blocks = (int32_t)zest_softmax_blocks((size_t)count);
    while (block + 1 < blocks && target >= sampler->blocks[block])
        target -= sampler->blocks[block++];
    int32_t first = block * ZEST_SOFTMAX_BLOCK;
    int32_t size = count - first < ZEST_SOFTMAX_BLOCK ? count - first : ZEST_SOFTMAX_BLOCK;
    return first + walk(sampler->p + first, size, target);
}

/*
 * The likeliest tokens that together have at least top_p of the whole, and maybe some more, best first. All above a
 * cut are taken; the cut sinks until they are enough, as a rule at once.
 */
static int32_t gather_nucleus(struct zest_sampler *sampler, const struct zest_sampling *s, const float *logits,
                              double *ret_sum)
{
    int32_t vocab = sampler->vocab, count = 0;
    float max = logits[zest_argmax(logits, vocab)];
    double sum = zest_softmax(logits, vocab, (struct zest_softmax_scale){max, 1 / s->temperature, 0}, sampler->p, NULL);
    double gathered = 0;
    for (float cut = 0.1f; count == 0 || (count < vocab && gathered < (double)s->top_p * sum);
         cut = cut > 1e-30f ? cut * 0.1f : -1) {
        count = 0;
        gathered = 0;
        for (int32_t i = 0; i < vocab; i++) {
            if (!(sampler->p[i] >= cut))
                continue;
            sampler->candidates[count++] = (struct zest_candidate){logits[i], i};
            gathered += (double)sampler->p[i];
        }
        if (cut < 0)
            break;
    }
    zest_sort_candidates(sampler->candidates, (size_t)count);
    *ret_sum = sum;
    return count;
}

/* p is filled in for the candidates only. */
static int32_t gather_top(struct zest_sampler *sampler, const struct zest_sampling *s, const float *logits,
                          double *ret_sum)
{
    int32_t count = s->top_k;
    zest_select_top(logits, sampler->vocab, count, sampler->candidates);
    float max = sampler->candidates[0].logit;
    for (int32_t i = 0; i < count; i++)
        sampler->row[i] = sampler->candidates[i].logit; /* the penalised row has done its service */
    struct zest_softmax_scale scale = {max, 1 / s->temperature, 0};
    *ret_sum = zest_softmax(sampler->row, count, scale, sampler->row, NULL);
    for (int32_t i = 0; i < count; i++)
        sampler->p[sampler->candidates[i].id] = sampler->row[i];
    return count;
}

/* Candidates lie best first, so both cuts keep a beginning of the list. */
static int32_t draw_from_sorted(struct zest_sampler *sampler, const struct zest_sampling *s, const float *logits,
                                double unit)
{
    double sum, kept = 0;
    bool has_top_k = s->top_k > 0 && s->top_k < sampler->vocab;
    int32_t gathered = has_top_k ? gather_top(sampler, s, logits, &sum) : gather_nucleus(sampler, s, logits, &sum);
    const struct zest_candidate *candidates = sampler->candidates;
    float least = s->min_p * sampler->p[candidates[0].id];
    int32_t count = 0;
    while (count < gathered &&
           (count == 0 || (kept < (double)s->top_p * sum && sampler->p[candidates[count].id] >= least)))
        kept += (double)sampler->p[candidates[count++].id];
    double target = unit * kept;
    for (int32_t i = 0; i < count; i++) {
        target -= (double)sampler->p[candidates[i].id];
        if (target < 0)
            return candidates[i].id;
    }
    return candidates[count - 1].id;
}

int32_t zest_sample(struct zest_sampler *sampler, const struct zest_sampling *sampling, const float *logits,
                    struct zest_history history)
{
    logits = zest_penalise(sampler, sampling, logits, history);
    if (sampling->temperature < 1e-5f || sampling->top_k == 1)
        return zest_argmax(logits, sampler->vocab);
    double unit = zest_random_unit(sampling->seed, (uint64_t)(history.count - history.prompt_count));
    bool is_sorted = sampling->top_p < 1 || (sampling->top_k > 0 && sampling->top_k < sampler->vocab);
    return is_sorted ? draw_from_sorted(sampler, sampling, logits, unit)
                     : draw_from_all(sampler, sampling, logits, unit);
}

void zest_score(struct zest_sampler *sampler, const float *logits, int32_t id, int32_t top,
                struct zest_scored *ret_scored)
{
    double log_sum = zest_log_sum(logits, sampler->vocab);
    ret_scored[0] = (struct zest_scored){id, (double)logits[id] - log_sum};
    if (top < 1)
        return;
    zest_select_top(logits, sampler->vocab, top, sampler->candidates);
    for (int32_t i = 0; i < top; i++)
        ret_scored[1 + i] =
            (struct zest_scored){sampler->candidates[i].id, (double)sampler->candidates[i].logit - log_sum};
}
