/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine_stats.c - counting what the step loop did.
 *
 * The loop writes, any thread reads; one lock, taken for a few additions. Bucket bounds are those of vLLM's metrics of
 * the same names, so that dashboards made for it fit.
 */
#include "engine_stats.h"

static const double first_token_bounds[] = {0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1,  0.25,  0.5,   0.75,
                                            1.0,   2.5,   5.0,  7.5,  10.0, 20.0, 40.0, 80.0, 160.0, 640.0, 2560.0};
static const double inter_token_bounds[] = {0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2,  0.3,  0.4, 0.5,
                                            0.75, 1.0,   2.5,  5.0,   7.5, 10.0, 20.0, 40.0, 80.0};
static const double request_bounds[] = {0.3,  0.5,  0.8,  1.0,  1.5,   2.0,   2.5,   5.0,   10.0,   15.0,  20.0,
                                        30.0, 40.0, 50.0, 60.0, 120.0, 240.0, 480.0, 960.0, 1920.0, 7680.0};

static const struct {
    const char *name;
    const double *bounds;
    size_t bound_count;
} kinds[ZEST_STAT_COUNT] = {
    [ZEST_STAT_FIRST_TOKEN] = {"time_to_first_token", first_token_bounds, ZEST_COUNT(first_token_bounds)},
    [ZEST_STAT_INTER_TOKEN] = {"inter_token_latency", inter_token_bounds, ZEST_COUNT(inter_token_bounds)},
    [ZEST_STAT_REQUEST] = {"e2e_request_latency", request_bounds, ZEST_COUNT(request_bounds)},
    [ZEST_STAT_QUEUE] = {"request_queue_time", request_bounds, ZEST_COUNT(request_bounds)},
    [ZEST_STAT_PREFILL] = {"request_prefill_time", request_bounds, ZEST_COUNT(request_bounds)},
    [ZEST_STAT_DECODE] = {"request_decode_time", request_bounds, ZEST_COUNT(request_bounds)},
};

static const char *const stage_names[ZEST_STAGE_COUNT] = {"plan", "commit", "execute", "sample", "deliver"};

void zest_engine_stats_init(struct zest_engine_stats *stats)
{
    *stats = (struct zest_engine_stats){0};
    pthread_mutex_init(&stats->lock, NULL);
}

void zest_engine_stats_finish(struct zest_engine_stats *stats)
{
    pthread_mutex_destroy(&stats->lock);
}

void zest_engine_stats_observe(struct zest_engine_stats *stats, enum zest_stat stat, double seconds)
{
    size_t bucket = 0;
    while (bucket < kinds[stat].bound_count && seconds > kinds[stat].bounds[bucket])
        bucket++;
    pthread_mutex_lock(&stats->lock);
    struct zest_stat_row *row = &stats->rows[stat];
    row->counts[bucket]++;
    row->sum += seconds;
    row->count++;
    pthread_mutex_unlock(&stats->lock);
}

void zest_engine_stats_step(struct zest_engine_stats *stats, const uint64_t ticks[ZEST_STAGE_COUNT], uint64_t generated)
{
    pthread_mutex_lock(&stats->lock);
    stats->steps++;
    stats->generated_tokens += generated;
    for (int i = 0; i < ZEST_STAGE_COUNT; i++)
        stats->stage_ticks[i] += ticks[i];
    pthread_mutex_unlock(&stats->lock);
}

static bool report_histogram(const struct zest_stat_row *row, enum zest_stat stat, struct zest_arena *arena,
                             struct zest_engine_histogram *ret_histogram)
{
    size_t count = kinds[stat].bound_count + 1;
    uint64_t *counts = ZEST_NEW_ARRAY(arena, uint64_t, count), sum = 0;
    if (!counts)
        return false;
    for (size_t i = 0; i < count; i++)
        counts[i] = sum += row->counts[i];
    *ret_histogram = (struct zest_engine_histogram){.name = zest_text_of(kinds[stat].name),
                                                    .bounds = kinds[stat].bounds,
                                                    .bounds_count = kinds[stat].bound_count,
                                                    .counts = counts,
                                                    .counts_count = count,
                                                    .sum = row->sum,
                                                    .count = row->count};
    return true;
}

bool zest_engine_stats_report(struct zest_engine_stats *stats, struct zest_arena *arena,
                              struct zest_engine_get_engine_stats_reply *ret_reply)
{
    struct zest_engine_histogram *histograms = ZEST_NEW_ARRAY(arena, struct zest_engine_histogram, ZEST_STAT_COUNT);
    struct zest_engine_stage *stages = ZEST_NEW_ARRAY(arena, struct zest_engine_stage, ZEST_STAGE_COUNT);
    struct zest_engine_outcome_count *outcomes =
        ZEST_NEW_ARRAY(arena, struct zest_engine_outcome_count, ZEST_FINISH_COUNT - 1);
    bool is_done = histograms && stages && outcomes;
    uint64_t ticks[ZEST_STAGE_COUNT];
    pthread_mutex_lock(&stats->lock);
    for (int i = 0; i < ZEST_STAT_COUNT && is_done; i++)
        is_done = report_histogram(&stats->rows[i], (enum zest_stat)i, arena, &histograms[i]);
    for (int i = 1; i < ZEST_FINISH_COUNT && is_done; i++)
        outcomes[i - 1] = (struct zest_engine_outcome_count){(enum zest_engine_finish)i, stats->outcomes[i]};
    memcpy(ticks, stats->stage_ticks, sizeof(ticks));
    ret_reply->steps_total = stats->steps;
    ret_reply->prompt_tokens_total = stats->prompt_tokens;
    ret_reply->generation_tokens_total = stats->generated_tokens;
    ret_reply->preemptions_total = stats->preemptions;
    pthread_mutex_unlock(&stats->lock);
    for (int i = 0; i < ZEST_STAGE_COUNT && is_done; i++)
        stages[i] = (struct zest_engine_stage){zest_text_of(stage_names[i]), zest_ticks_seconds(ticks[i]),
                                               ret_reply->steps_total};
    ret_reply->histograms = histograms;
    ret_reply->histograms_count = ZEST_STAT_COUNT;
    ret_reply->stages = stages;
    ret_reply->stages_count = ZEST_STAGE_COUNT;
    ret_reply->outcomes = outcomes;
    ret_reply->outcomes_count = ZEST_FINISH_COUNT - 1;
    return is_done;
}
