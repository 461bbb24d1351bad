/* SPDX-License-Identifier: Apache-2.0 */
/*
 * penalties.c - less of what was said before.
 *
 * Source    repetition: CTRL, Keskar et al. 2019, section 4.1 (divide positive, multiply negative logits, once a
 *           token, prompt and answer alike); presence and frequency: OpenAI's API reference (answer only).
 * Promises  The order of the tokens does not matter; only the counts do.
 */
#include "sampler.h"

static bool has_penalty(const struct zest_sampling *s)
{
    return s->repetition_penalty != 1 || s->presence_penalty != 0 || s->frequency_penalty != 0;
}

static float penalised(const struct zest_sampling *s, float logit, int32_t generated)
{
    logit = logit > 0 ? logit / s->repetition_penalty : logit * s->repetition_penalty;
    if (generated > 0)
        logit -= s->presence_penalty + s->frequency_penalty * (float)generated;
    return logit;
}

const float *zest_penalise(struct zest_sampler *sampler, const struct zest_sampling *sampling, const float *logits,
                           struct zest_history history)
{
    if (!has_penalty(sampling))
        return logits;
    int32_t *counts = sampler->counts;
    memcpy(sampler->row, logits, (size_t)sampler->vocab * sizeof(*logits));
    for (int32_t i = history.prompt_count; i < history.count; i++)
        counts[history.tokens[i]]++;
    for (int32_t i = 0; i < history.count; i++) {
        int32_t id = history.tokens[i];
        if (counts[id] >= 0)
            sampler->row[id] = penalised(sampling, sampler->row[id], counts[id]);
        counts[id] = -1; /* done */
    }
    for (int32_t i = 0; i < history.count; i++)
        counts[history.tokens[i]] = 0;
    return sampler->row;
}
