/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scheduler_native.h - the native scheduler's object; for the files of this folder only.
 */
#ifndef ZEST_SCHEDULER_NATIVE_H
#define ZEST_SCHEDULER_NATIVE_H

#include <pthread.h>

#include "decision_log.h"
#include "id_map.h"
#include "policy_registry.h"
#include "scheduler.h"
#include "sequence_list.h"

enum { ZEST_NAME_SIZE_MAX = 256 };

/* A sequence with what the policies don't see. `facts` is first: lists hold pointers to it. */
struct zest_entry {
    struct zest_sequence facts;
    uint64_t request_hash;
    bool is_running;
    /* The plan in the making; valid where plan_mark is the scheduler's. */
    uint64_t plan_mark;
    size_t plan_index;     /* its place in the plan's entries, ZEST_NOT_PLANNED */
    int32_t plan_blocks;   /* blocks taken on paper */
    int32_t plan_promised; /* blocks that its prompt will still need after this step */
    bool is_preempted;
    char request[ZEST_NAME_SIZE_MAX + 1], user[ZEST_NAME_SIZE_MAX + 1];
};

#define ZEST_NOT_PLANNED SIZE_MAX

struct zest_scheduler_native {
    struct zest_scheduler base;
    pthread_mutex_t lock; /* guards all that follows; held for the length of a call */
    struct zest_policy_registry registry;
    const struct zest_policy *policy;
    void *policy_state; /* the policy's struct; owned */
    int32_t sequences_max, queue_max;
    struct zest_id_map map;      /* sequence id -> index in `entries` */
    struct zest_entry **entries; /* made as needed, re-used, freed at the end */
    uint32_t entry_count;
    uint32_t *unused; /* indices of entries that are free again */
    uint32_t unused_count;
    struct zest_sequence_list running, waiting;
    uint64_t arrivals_total, steps_total, finished_total, preemptions_total, planned_tokens_total;
    int64_t step;    /* the last that was planned */
    uint64_t now_ns; /* the latest engine time that was told */
    uint64_t plan_mark;
    /* The plan in the making; the caller gets a copy. */
    struct zest_scheduler_plan_entry *plan_entries;
    int64_t *plan_preempted;
    struct zest_decision_log log;
};

static inline struct zest_scheduler_native *zest_scheduler_native_of(struct zest_scheduler *self)
{
    return (struct zest_scheduler_native *)self;
}

static inline struct zest_entry *zest_entry_of(const struct zest_sequence *sequence)
{
    return (struct zest_entry *)(uintptr_t)sequence;
}

static inline struct zest_entry *zest_entry_find(const struct zest_scheduler_native *scheduler, int64_t id)
{
    uint32_t index = zest_id_map_find(&scheduler->map, id);
    return index == ZEST_ID_NONE ? NULL : scheduler->entries[index];
}

/* By the request's name; a search through the whole queue, for calls that people make. */
struct zest_entry *zest_entry_of_request(const struct zest_scheduler_native *scheduler, struct zest_text request);

struct zest_order zest_scheduler_order(const struct zest_scheduler_native *scheduler);

#endif
