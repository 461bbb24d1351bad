/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decision_log.h - what was decided, as numbers, for the last some thousand decisions; words are made when asked for.
 *
 * A record is written once a planned sequence and once a step (for all that wait). Names of requests lie in a ring of
 * their own, cut to NAME_KEPT bytes, so that a story can be told after its request has ended.
 */
#ifndef ZEST_DECISION_LOG_H
#define ZEST_DECISION_LOG_H

#include <zest/core.h>
#include <zest/scheduler_policy.h>

enum { ZEST_DECISIONS_KEPT = 16384, ZEST_NAMES_KEPT = 4096, ZEST_NAME_KEPT = 64 }; /* the first two: powers of two */

enum zest_decision_kind { ZEST_DECIDED_GIVE, ZEST_DECIDED_PREEMPT, ZEST_DECIDED_WAIT, ZEST_DECIDED_REST };

struct zest_decision {
    const struct zest_policy *policy;
    int64_t step;
    int64_t sequence_id;  /* 0: all that were not named (ZEST_DECIDED_REST) */
    int64_t other_id;     /* for whom it was preempted, 0 */
    int32_t tokens, left; /* given; not computed before this step */
    int32_t tokens_left, tokens_max;
    int32_t blocks_left;
    int32_t prompt_tokens;
    float priority;
    uint16_t reason;
    uint8_t kind;
};

struct zest_logged_name {
    int64_t sequence_id;
    uint64_t hash;      /* of the whole name */
    uint64_t decisions; /* written before it came */
    char text[ZEST_NAME_KEPT];
};

struct zest_decision_log {
    struct zest_decision *decisions; /* ring */
    uint64_t decision_count;         /* ever written */
    struct zest_logged_name *names;  /* ring */
    uint64_t name_count;
};

bool zest_decision_log_init(struct zest_decision_log *log); /* false: no memory; finish it all the same */
void zest_decision_log_finish(struct zest_decision_log *log);
uint64_t zest_name_hash(struct zest_text name);
void zest_decision_log_name(struct zest_decision_log *log, int64_t sequence_id, uint64_t hash, struct zest_text name);
const struct zest_logged_name *zest_decision_log_find(const struct zest_decision_log *log,
                                                      uint64_t hash); /* the newest */

static inline void zest_decision_log_add(struct zest_decision_log *log, const struct zest_decision *decision)
{
    log->decisions[log->decision_count++ & (ZEST_DECISIONS_KEPT - 1)] = *decision;
}

/* The reason in words, with its placeholders filled in. data is NULL where memory is out. */
struct zest_text zest_decision_words(const struct zest_decision_log *log, const struct zest_decision *decision,
                                     struct zest_arena *arena);

#endif
