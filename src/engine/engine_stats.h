/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine_stats.h - counters and histograms of the engine, as /metrics shows them.
 */
#ifndef ZEST_ENGINE_STATS_H
#define ZEST_ENGINE_STATS_H

#include <pthread.h>

#include <zest/api/engine.h>

enum zest_stat {
    ZEST_STAT_FIRST_TOKEN,
    ZEST_STAT_INTER_TOKEN,
    ZEST_STAT_REQUEST,
    ZEST_STAT_QUEUE,
    ZEST_STAT_PREFILL,
    ZEST_STAT_DECODE,
    ZEST_STAT_COUNT
};

enum zest_stage {
    ZEST_STAGE_PLAN,
    ZEST_STAGE_COMMIT,
    ZEST_STAGE_EXECUTE,
    ZEST_STAGE_SAMPLE,
    ZEST_STAGE_DELIVER,
    ZEST_STAGE_COUNT
};

enum { ZEST_BUCKETS_MAX = 24, ZEST_FINISH_COUNT = 5 };

struct zest_engine_stats {
    pthread_mutex_t lock; /* guards all that follows */
    struct zest_stat_row {
        uint64_t counts[ZEST_BUCKETS_MAX]; /* by bucket, not cumulative */
        double sum;
        uint64_t count;
    } rows[ZEST_STAT_COUNT];
    uint64_t outcomes[ZEST_FINISH_COUNT]; /* by enum zest_engine_finish */
    uint64_t steps, prompt_tokens, generated_tokens, preemptions;
    uint64_t stage_ticks[ZEST_STAGE_COUNT];
};

void zest_engine_stats_init(struct zest_engine_stats *stats);
void zest_engine_stats_finish(struct zest_engine_stats *stats);
void zest_engine_stats_observe(struct zest_engine_stats *stats, enum zest_stat stat, double seconds);
void zest_engine_stats_step(struct zest_engine_stats *stats, const uint64_t ticks[ZEST_STAGE_COUNT],
                            uint64_t generated);
/* Fills in all but running, waiting and kv_usage. */
bool zest_engine_stats_report(struct zest_engine_stats *stats, struct zest_arena *arena,
                              struct zest_engine_get_engine_stats_reply *ret_reply);

#endif
