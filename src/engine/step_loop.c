/* SPDX-License-Identifier: Apache-2.0 */
/*
 * step_loop.c - the engine's thread: takes arrivals and cancellations, runs steps, sleeps when there is nothing.
 *
 * A layer may be exchanged under it at any time. The loop looks once a step: a new scheduler is told all sequences; a
 * new memory or computation means that every sequence is computed again, which gives the same bits.
 */
#include "engine_native.h"

static struct zest_call call_of(struct zest_engine_native *engine)
{
    return (struct zest_call){.arena = &engine->arena};
}

/* ---- requests leave ------------------------------------------------------------------------------------------------
 */

/* Best effort: a service that is gone has nothing to forget. */
static void forget(struct zest_engine_native *engine, const struct zest_request *request,
                   enum zest_engine_finish finish)
{
    struct zest_call call = call_of(engine);
    struct zest_scheduler_remove_sequence_request remove = {
        .sequence_id = request->sequence_id,
        .outcome = finish == ZEST_ENGINE_FINISH_CANCELLED ? ZEST_SCHEDULER_OUTCOME_CANCELLED
                   : finish == ZEST_ENGINE_FINISH_FAILED  ? ZEST_SCHEDULER_OUTCOME_FAILED
                                                          : ZEST_SCHEDULER_OUTCOME_FINISHED};
    struct zest_scheduler_remove_sequence_reply removed;
    (void)!zest_scheduler_remove_sequence(zest_loop_scheduler(engine), &call, &remove, &removed);
    struct zest_memory_release_sequence_request release = {.sequence_id = request->sequence_id};
    struct zest_memory_release_sequence_reply released;
    (void)!zest_memory_release_sequence(zest_loop_memory(engine), &call, &release, &released);
}

static void count_end(struct zest_engine_native *engine, const struct zest_request *request,
                      enum zest_engine_finish finish)
{
    uint64_t now = zest_engine_now(engine);
    pthread_mutex_lock(&engine->stats.lock);
    engine->stats.outcomes[finish]++;
    pthread_mutex_unlock(&engine->stats.lock);
    zest_engine_stats_observe(&engine->stats, ZEST_STAT_REQUEST, (double)(now - request->arrival_ns) * 1e-9);
    if (!request->first_token_ns)
        return;
    zest_engine_stats_observe(&engine->stats, ZEST_STAT_PREFILL,
                              (double)(request->first_token_ns - request->first_step_ns) * 1e-9);
    zest_engine_stats_observe(&engine->stats, ZEST_STAT_DECODE,
                              (double)(request->last_token_ns - request->first_token_ns) * 1e-9);
}

/* From live to remembered in one go, before its reader knows: whoever asks afterwards finds its story. */
static void remember(struct zest_engine_native *engine, struct zest_request *request, enum zest_engine_finish finish,
                     const struct zest_error *error)
{
    pthread_mutex_lock(&engine->lock);
    struct zest_story *story = &engine->stories[engine->story_count++ % ZEST_STORIES_KEPT];
    *story = (struct zest_story){.timings = zest_request_timings(request), .finish = finish};
    memcpy(story->name, request->name, sizeof(story->name));
    if (error)
        story->error = *error;
    zest_engine_unlink_name(engine, request);
    engine->live--;
    pthread_mutex_unlock(&engine->lock);
}

void zest_engine_end(struct zest_engine_native *engine, struct zest_request *request, enum zest_engine_finish finish,
                     const struct zest_error *error)
{
    if (request->is_queued)
        forget(engine, request, finish);
    if (request->sequence_id) {
        zest_id_map_remove(&engine->slot_of, request->sequence_id);
        engine->slots[request->slot] = NULL;
        engine->slots_free[engine->slots_free_count++] = request->slot;
    }
    count_end(engine, request, finish);
    remember(engine, request, finish, error);
    zest_request_end(request, finish, error);
    zest_request_drop(request);
}

void zest_engine_fail_all(struct zest_engine_native *engine, const struct zest_error *error)
{
    for (int32_t i = 0; i < engine->requests_max; i++)
        if (engine->slots[i])
            zest_engine_end(engine, engine->slots[i], ZEST_ENGINE_FINISH_FAILED, error);
}

/* ---- requests come --------------------------------------------------------------------------------------------------
 */

static enum zest_status queue_request(struct zest_engine_native *engine, struct zest_request *request,
                                      struct zest_call *call)
{
    struct zest_scheduler_add_sequence_request add = {.sequence_id = request->sequence_id,
                                                      .request_id = zest_text_of(request->name),
                                                      .priority = request->priority,
                                                      .prompt_tokens = request->prompt_count,
                                                      .max_tokens = request->max_tokens,
                                                      .user = zest_text_of(request->user),
                                                      .arrival_ns = request->arrival_ns};
    struct zest_scheduler_add_sequence_reply reply;
    return zest_scheduler_add_sequence(zest_loop_scheduler(engine), call, &add, &reply);
}

static void arrive(struct zest_engine_native *engine, struct zest_request *request)
{
    enum { FIRST_SEQUENCE = 1000000 }; /* above the ids in the contracts' examples */
    struct zest_call call = call_of(engine);
    enum zest_status status;
    int64_t id = FIRST_SEQUENCE + ++engine->sequences_total;
    uint32_t slot = engine->slots_free[engine->slots_free_count - 1]; /* live <= requests_max: one is free */
    if (zest_id_map_put(&engine->slot_of, id, slot)) {
        engine->slots_free_count--;
        engine->slots[slot] = request;
        request->slot = slot;
        request->sequence_id = id;
        request->step = -1;
        status = queue_request(engine, request, &call);
    } else {
        status = zest_fail(&call.error, ZEST_OUT_OF_MEMORY, "no memory for another sequence");
    }
    request->is_queued = status == ZEST_OK;
    pthread_mutex_lock(&engine->stats.lock);
    engine->stats.prompt_tokens += (uint64_t)request->prompt_count;
    pthread_mutex_unlock(&engine->stats.lock);
    if (status != ZEST_OK)
        zest_engine_end(engine, request, ZEST_ENGINE_FINISH_FAILED, &call.error);
}

/* ---- layers change -------------------------------------------------------------------------------------------------
 */

static void tell_state(struct zest_engine_native *engine, const struct zest_request *request)
{
    struct zest_call call = call_of(engine);
    struct zest_scheduler_step_result result = {request->sequence_id, request->computed, request->known};
    struct zest_scheduler_complete_step_request complete = {
        .step = engine->step, .results = &result, .results_count = 1};
    struct zest_scheduler_complete_step_reply reply;
    (void)!zest_scheduler_complete_step(zest_loop_scheduler(engine), &call, &complete, &reply);
}

/* One that the new layer knows already (a wrapper round the same service) is no error. */
static void move_to_scheduler(struct zest_engine_native *engine)
{
    for (int32_t i = 0; i < engine->requests_max; i++) {
        struct zest_request *request = engine->slots[i];
        struct zest_call call = call_of(engine);
        enum zest_status status = request ? queue_request(engine, request, &call) : ZEST_OK;
        if (status != ZEST_OK && status != ZEST_CONFLICT)
            zest_engine_end(engine, request, ZEST_ENGINE_FINISH_FAILED, &call.error);
        else if (request)
            tell_state(engine, request);
    }
}

static void compute_again(struct zest_engine_native *engine, struct zest_memory *old_memory)
{
    engine->kv_blocks = -1;
    for (int32_t i = 0; i < engine->requests_max; i++) {
        struct zest_request *request = engine->slots[i];
        if (!request || request->computed == 0)
            continue;
        struct zest_call call = call_of(engine);
        struct zest_memory_release_sequence_request release = {.sequence_id = request->sequence_id};
        struct zest_memory_release_sequence_reply reply;
        (void)!zest_memory_release_sequence(old_memory, &call, &release, &reply);
        (void)!zest_memory_release_sequence(zest_loop_memory(engine), &call, &release, &reply);
        request->computed = 0;
        request->preemptions++;
        tell_state(engine, request);
    }
}

static void follow_layers(struct zest_engine_native *engine)
{
    struct zest_service *old[ZEST_SERVICE_COUNT];
    memcpy(old, engine->seen, sizeof(old));
    for (int i = 0; i < ZEST_SERVICE_COUNT; i++)
        engine->seen[i] = zest_handle_load(engine->handles, (enum zest_service_id)i);
    if (old[ZEST_SCHEDULER] && old[ZEST_SCHEDULER] != engine->seen[ZEST_SCHEDULER])
        move_to_scheduler(engine);
    if (old[ZEST_MEMORY] &&
        (old[ZEST_MEMORY] != engine->seen[ZEST_MEMORY] || old[ZEST_COMPUTATION] != engine->seen[ZEST_COMPUTATION]))
        compute_again(engine, (struct zest_memory *)old[ZEST_MEMORY]);
}

/* ---- the loop ------------------------------------------------------------------------------------------------------
 */

static void end_cancelled(struct zest_engine_native *engine)
{
    for (int32_t i = 0; i < engine->requests_max; i++)
        if (engine->slots[i] && atomic_load(&engine->slots[i]->is_cancelled))
            zest_engine_end(engine, engine->slots[i], ZEST_ENGINE_FINISH_CANCELLED, NULL);
}

/* Sleeps until there is something; false when the engine closes. */
static bool wait_for_work(struct zest_engine_native *engine, struct zest_request **ret_inbox, bool *ret_has_cancels)
{
    pthread_mutex_lock(&engine->lock);
    while (!engine->is_closing && engine->live == 0)
        pthread_cond_wait(&engine->work, &engine->lock);
    *ret_inbox = engine->inbox;
    *ret_has_cancels = engine->has_cancels;
    engine->inbox = NULL;
    engine->inbox_end = &engine->inbox;
    engine->has_cancels = false;
    bool goes_on = !engine->is_closing;
    pthread_mutex_unlock(&engine->lock);
    return goes_on;
}

static void close_all(struct zest_engine_native *engine, struct zest_request *inbox)
{
    struct zest_error error = {0};
    zest_fail(&error, ZEST_UNAVAILABLE, "the engine shut down before the request ended");
    for (struct zest_request *request = inbox, *next; request; request = next) {
        next = request->next;
        zest_engine_end(engine, request, ZEST_ENGINE_FINISH_FAILED, &error);
    }
    zest_engine_fail_all(engine, &error);
}

void *zest_engine_loop(void *user)
{
    struct zest_engine_native *engine = user;
    struct zest_request *inbox;
    bool has_cancels;
    while (wait_for_work(engine, &inbox, &has_cancels)) {
        zest_arena_reset(&engine->arena);
        follow_layers(engine);
        for (struct zest_request *request = inbox, *next; request; request = next) {
            next = request->next;
            arrive(engine, request);
        }
        if (has_cancels)
            end_cancelled(engine);
        if (engine->slot_of.count > 0)
            zest_engine_step(engine);
    }
    close_all(engine, inbox);
    return NULL;
}
