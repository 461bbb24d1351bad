/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine_native.h - the native engine's object; for the files of this folder only.
 *
 * Two locks: `lock` guards what callers and the loop share; stats has its own. Order: a request's lock, then `lock`.
 */
#ifndef ZEST_ENGINE_NATIVE_H
#define ZEST_ENGINE_NATIVE_H

#include <zest/api/computation.h>
#include <zest/api/memory.h>
#include <zest/api/scheduler.h>
#include <zest/api/tokenizer.h>

#include "engine.h"
#include "engine_stats.h"
#include "id_map.h"
#include "request.h"

enum { ZEST_STORIES_KEPT = 1024 };

/* What is remembered of an ended request. */
struct zest_story {
    char name[ZEST_REQUEST_NAME_MAX + 1]; /* "" where the place is empty */
    struct zest_engine_timings timings;
    enum zest_engine_finish finish;
    struct zest_error error;
};

struct zest_engine_native {
    struct zest_engine base;
    /* Fixed at the start. */
    const struct zest_handles *handles;
    int32_t step_tokens_max, sequences_max, requests_max; /* requests: running and waiting */
    uint64_t (*now_ns)(void *user);
    void *now_user;
    struct zest_arena info_arena; /* the texts below */
    struct zest_text model_name;
    struct zest_computation_model_info model;
    const int32_t *end_ids;
    size_t end_id_count;
    pthread_t thread;
    bool has_thread, has_locks;

    pthread_mutex_t lock;
    pthread_cond_t work; /* something for the loop */
    struct zest_request *inbox, **inbox_end;
    struct zest_request **names; /* hash table of live requests, [name_buckets], a power of two */
    size_t name_buckets;
    int32_t live; /* submitted and not ended */
    uint64_t named_total;
    bool has_cancels, is_closing;
    struct zest_story *stories; /* ring, [ZEST_STORIES_KEPT] */
    uint64_t story_count;

    struct zest_engine_stats stats;

    /* The step loop's own. */
    struct zest_request **slots; /* [requests_max], NULL: free */
    uint32_t *slots_free;
    uint32_t slots_free_count;
    struct zest_id_map slot_of; /* sequence id -> slot */
    int64_t sequences_total, step;
    int32_t kv_blocks;                             /* blocks that the computation has; -1: not known */
    int32_t idle_steps;                            /* steps in a row in which nothing was computed */
    struct zest_service *seen[ZEST_SERVICE_COUNT]; /* layers of the running step */
    struct zest_arena arena;                       /* of one step */
    struct zest_sampler sampler;
};

static inline struct zest_engine_native *zest_engine_native_of(struct zest_engine *self)
{
    return (struct zest_engine_native *)self;
}

static inline uint64_t zest_engine_now(const struct zest_engine_native *engine)
{
    return engine->now_ns ? engine->now_ns(engine->now_user) : zest_now_ns();
}

/* Callers' threads take the layer of the moment. */
static inline struct zest_tokenizer *zest_engine_tokenizer(const struct zest_engine_native *engine)
{
    return (struct zest_tokenizer *)zest_handle_load(engine->handles, ZEST_TOKENIZER);
}

static inline struct zest_scheduler *zest_engine_scheduler(const struct zest_engine_native *engine)
{
    return (struct zest_scheduler *)zest_handle_load(engine->handles, ZEST_SCHEDULER);
}

static inline struct zest_memory *zest_engine_memory(const struct zest_engine_native *engine)
{
    return (struct zest_memory *)zest_handle_load(engine->handles, ZEST_MEMORY);
}

static inline struct zest_computation *zest_engine_computation(const struct zest_engine_native *engine)
{
    return (struct zest_computation *)zest_handle_load(engine->handles, ZEST_COMPUTATION);
}

/* The step loop takes its layers at a step's border and keeps them for the step, so that no step is torn. */
static inline struct zest_tokenizer *zest_loop_tokenizer(const struct zest_engine_native *engine)
{
    return (struct zest_tokenizer *)engine->seen[ZEST_TOKENIZER];
}

static inline struct zest_scheduler *zest_loop_scheduler(const struct zest_engine_native *engine)
{
    return (struct zest_scheduler *)engine->seen[ZEST_SCHEDULER];
}

static inline struct zest_memory *zest_loop_memory(const struct zest_engine_native *engine)
{
    return (struct zest_memory *)engine->seen[ZEST_MEMORY];
}

static inline struct zest_computation *zest_loop_computation(const struct zest_engine_native *engine)
{
    return (struct zest_computation *)engine->seen[ZEST_COMPUTATION];
}

/* submit.c: checks, tokenizes and puts a request into the inbox; the caller holds it and drops it. */
enum zest_status zest_engine_submit(struct zest_engine_native *engine, struct zest_call *call,
                                    const struct zest_engine_generation *generation, struct zest_request **ret_request);
enum zest_status zest_engine_submit_forward(struct zest_engine_native *engine, struct zest_call *call,
                                            const struct zest_engine_forward_request *forward, float *rows,
                                            struct zest_request **ret_request);
/* request_table.c: names of live requests; both under the engine's lock. */
struct zest_request *zest_engine_find(const struct zest_engine_native *engine, struct zest_text name);
void zest_engine_link_name(struct zest_engine_native *engine, struct zest_request *request);
void zest_engine_unlink_name(struct zest_engine_native *engine, struct zest_request *request);
/* Asks the loop to end a live request; from any thread, without the engine's lock. */
void zest_engine_cancel_request(struct zest_engine_native *engine, struct zest_request *request);

/* step_loop.c */
void *zest_engine_loop(void *engine);
/* Ends a request of the loop: the scheduler and the memory forget it, then its reader is told. */
void zest_engine_end(struct zest_engine_native *engine, struct zest_request *request, enum zest_engine_finish finish,
                     const struct zest_error *error);
void zest_engine_fail_all(struct zest_engine_native *engine, const struct zest_error *error);
/* step.c: one step for all live requests. */
void zest_engine_step(struct zest_engine_native *engine);
/* step_sample.c: what the computed logits make of a request. `rows` are its own. */
void zest_engine_take_logits(struct zest_engine_native *engine, struct zest_request *request, const float *rows,
                             size_t row_count);
enum zest_status zest_engine_deliver(struct zest_engine_native *engine, struct zest_request *request,
                                     struct zest_call *call);

#endif
