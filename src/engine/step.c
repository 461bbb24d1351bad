/* SPDX-License-Identifier: Apache-2.0 */
/*
 * step.c - one step: plan, commit, execute, sample, deliver, complete.
 *
 * Everything about a step lies in the step's arena. What another service answers is checked before it is believed:
 * sequences that the engine does not know are taken out of the queue, token counts are cut to what is left. An error
 * of a service ends the requests that it concerns, with that error.
 */
#include <time.h>

#include "engine_native.h"

struct step {
    struct zest_engine_native *engine;
    struct zest_call call;
    struct zest_memory_get_memory_stats_reply memory;
    struct zest_scheduler_plan_step_reply plan;
    struct zest_request **batch; /* who computes, in the plan's order */
    size_t batch_count;
    struct zest_request **preempted;
    size_t preempted_count;
    struct zest_memory_commit_step_reply blocks;
    struct zest_computation_entry *entries;
    size_t row_count;
    const float *logits;
    uint64_t ticks[ZEST_STAGE_COUNT];
    uint64_t generated;
};

enum { IDLE_STEPS_MAX = 50 }; /* of 1 ms each: then the oldest request can't be helped */

static enum zest_status no_memory(struct step *step)
{
    return zest_fail(&step->call.error, ZEST_OUT_OF_MEMORY, "no memory for a step");
}

static struct zest_request *request_of(const struct zest_engine_native *engine, int64_t sequence_id)
{
    uint32_t slot = zest_id_map_find(&engine->slot_of, sequence_id);
    return slot == ZEST_ID_NONE ? NULL : engine->slots[slot];
}

/* ---- plan ----------------------------------------------------------------------------------------------------------
 */

/* Somebody else put it there: it would be planned for ever. */
static void remove_foreign(struct step *step, int64_t sequence_id)
{
    struct zest_scheduler_remove_sequence_request request = {.sequence_id = sequence_id,
                                                             .outcome = ZEST_SCHEDULER_OUTCOME_FAILED};
    struct zest_scheduler_remove_sequence_reply reply;
    (void)!zest_scheduler_remove_sequence(zest_loop_scheduler(step->engine), &step->call, &request, &reply);
}

/* NULL where the plan names nobody, or somebody twice. */
static struct zest_request *claim(struct step *step, int64_t sequence_id)
{
    struct zest_request *request = request_of(step->engine, sequence_id);
    if (!request) {
        remove_foreign(step, sequence_id);
        return NULL;
    }
    if (request->step == step->engine->step)
        return NULL;
    request->step = step->engine->step;
    return request;
}

static enum zest_status read_plan(struct step *step)
{
    const struct zest_scheduler_plan_step_reply *plan = &step->plan;
    step->batch = ZEST_NEW_ARRAY(&step->engine->arena, struct zest_request *, plan->entries_count);
    step->preempted = ZEST_NEW_ARRAY(&step->engine->arena, struct zest_request *, plan->preempted_count);
    if (!step->batch || !step->preempted)
        return no_memory(step);
    for (size_t i = 0; i < plan->preempted_count; i++) {
        struct zest_request *request = claim(step, plan->preempted[i]);
        if (request)
            step->preempted[step->preempted_count++] = request;
    }
    for (size_t i = 0; i < plan->entries_count; i++) {
        struct zest_request *request = claim(step, plan->entries[i].sequence_id);
        if (!request || plan->entries[i].token_count < 1)
            continue;
        int32_t left = request->known - request->computed;
        request->planned = plan->entries[i].token_count < left ? plan->entries[i].token_count : left;
        step->batch[step->batch_count++] = request;
    }
    return ZEST_OK;
}

static enum zest_status make_plan(struct step *step)
{
    struct zest_engine_native *engine = step->engine;
    struct zest_memory_get_memory_stats_request nothing = {0};
    enum zest_status status =
        zest_memory_get_memory_stats(zest_loop_memory(engine), &step->call, &nothing, &step->memory);
    if (status != ZEST_OK)
        return status;
    struct zest_scheduler_plan_step_request request = {.step = engine->step,
                                                       .now_ns = zest_engine_now(engine),
                                                       .blocks_free = step->memory.blocks_free,
                                                       .block_tokens = step->memory.block_tokens,
                                                       .tokens_max = engine->step_tokens_max,
                                                       .sequences_max = engine->sequences_max};
    status = zest_scheduler_plan_step(zest_loop_scheduler(engine), &step->call, &request, &step->plan);
    return status == ZEST_OK ? read_plan(step) : status;
}

/* ---- commit --------------------------------------------------------------------------------------------------------
 */

static enum zest_status commit(struct step *step)
{
    struct zest_arena *arena = &step->engine->arena;
    struct zest_memory_need *needs = ZEST_NEW_ARRAY(arena, struct zest_memory_need, step->batch_count);
    int64_t *released = ZEST_NEW_ARRAY(arena, int64_t, step->preempted_count);
    if (!needs || !released)
        return no_memory(step);
    for (size_t i = 0; i < step->preempted_count; i++)
        released[i] = step->preempted[i]->sequence_id;
    for (size_t i = 0; i < step->batch_count; i++)
        needs[i] =
            (struct zest_memory_need){step->batch[i]->sequence_id, step->batch[i]->computed + step->batch[i]->planned};
    struct zest_memory_commit_step_request request = {.step = step->engine->step,
                                                      .released = released,
                                                      .released_count = step->preempted_count,
                                                      .entries = needs,
                                                      .entries_count = step->batch_count};
    enum zest_status status =
        zest_memory_commit_step(zest_loop_memory(step->engine), &step->call, &request, &step->blocks);
    if (status == ZEST_OK && step->blocks.tables_count != step->batch_count)
        return zest_fail(&step->call.error, ZEST_INTERNAL, "the memory answered %zu block tables for %zu sequences",
                         step->blocks.tables_count, step->batch_count);
    return status;
}

static void note_preemptions(struct step *step)
{
    for (size_t i = 0; i < step->preempted_count; i++) {
        step->preempted[i]->computed = 0;
        step->preempted[i]->preemptions++;
    }
    if (step->preempted_count == 0)
        return;
    pthread_mutex_lock(&step->engine->stats.lock);
    step->engine->stats.preemptions += step->preempted_count;
    pthread_mutex_unlock(&step->engine->stats.lock);
}

/* The computation's buffers follow the memory's plan. */
static enum zest_status follow_block_count(struct step *step)
{
    struct zest_engine_native *engine = step->engine;
    if (step->blocks.block_count == engine->kv_blocks)
        return ZEST_OK;
    struct zest_computation_resize_kv_request request = {.block_count = step->blocks.block_count};
    struct zest_computation_resize_kv_reply reply;
    enum zest_status status = zest_computation_resize_kv(zest_loop_computation(engine), &step->call, &request, &reply);
    if (status == ZEST_OK)
        engine->kv_blocks = step->blocks.block_count;
    return status;
}

/* ---- execute -------------------------------------------------------------------------------------------------------
 */

static enum zest_computation_logits_wanted logits_wanted(const struct zest_request *request)
{
    bool is_complete = request->computed + request->planned == request->known;
    bool wants_all = request->forward_rows ? request->forward_all
                                           : request->scores_prompt && request->scored < request->prompt_count;
    if (wants_all)
        return ZEST_COMPUTATION_LOGITS_WANTED_ALL;
    bool wants_last = request->forward_rows || request->max_tokens > 0;
    return is_complete && wants_last ? ZEST_COMPUTATION_LOGITS_WANTED_LAST : ZEST_COMPUTATION_LOGITS_WANTED_NONE;
}

static size_t rows_of(const struct zest_computation_entry *entry)
{
    return entry->logits == ZEST_COMPUTATION_LOGITS_WANTED_ALL    ? (size_t)entry->token_count
           : entry->logits == ZEST_COMPUTATION_LOGITS_WANTED_LAST ? 1
                                                                  : 0;
}

static enum zest_status check_logits(struct step *step, const struct zest_tensor *logits)
{
    uint64_t vocab = (uint64_t)step->engine->model.vocab_size;
    if (step->row_count == 0)
        return ZEST_OK;
    if (logits->rank != 2 || logits->dtype != ZEST_DTYPE_F32 || logits->shape[0] != step->row_count ||
        logits->shape[1] != vocab || !logits->data)
        return zest_fail(&step->call.error, ZEST_INTERNAL,
                         "the computation answered logits of another shape than [%zu, %llu]", step->row_count,
                         (unsigned long long)vocab);
    step->logits = logits->data;
    return ZEST_OK;
}

static enum zest_status execute(struct step *step)
{
    struct zest_arena *arena = &step->engine->arena;
    size_t token_count = 0, used = 0;
    for (size_t i = 0; i < step->batch_count; i++)
        token_count += (size_t)step->batch[i]->planned;
    int32_t *tokens = ZEST_NEW_ARRAY(arena, int32_t, token_count);
    step->entries = ZEST_NEW_ARRAY(arena, struct zest_computation_entry, step->batch_count);
    if (!tokens || !step->entries)
        return no_memory(step);
    for (size_t i = 0; i < step->batch_count; i++) {
        const struct zest_request *request = step->batch[i];
        step->entries[i] = (struct zest_computation_entry){.sequence_id = request->sequence_id,
                                                           .position = request->computed,
                                                           .token_count = request->planned,
                                                           .logits = logits_wanted(request),
                                                           .block_ids = step->blocks.tables[i].block_ids,
                                                           .block_ids_count = step->blocks.tables[i].block_ids_count};
        memcpy(tokens + used, request->tokens + request->computed, (size_t)request->planned * sizeof(*tokens));
        used += (size_t)request->planned;
        step->row_count += rows_of(&step->entries[i]);
    }
    struct zest_computation_execute_request request = {.step = step->engine->step,
                                                       .token_ids = tokens,
                                                       .token_ids_count = token_count,
                                                       .entries = step->entries,
                                                       .entries_count = step->batch_count};
    struct zest_computation_execute_reply reply;
    enum zest_status status =
        zest_computation_execute(zest_loop_computation(step->engine), &step->call, &request, &reply);
    return status == ZEST_OK ? check_logits(step, &reply.logits) : status;
}

/* ---- sample, deliver, complete -------------------------------------------------------------------------------------
 */

static void sample_all(struct step *step)
{
    const float *row = step->logits;
    for (size_t i = 0; i < step->batch_count; i++) {
        size_t rows = rows_of(&step->entries[i]);
        zest_engine_take_logits(step->engine, step->batch[i], row, rows);
        if (rows)
            row += rows * (size_t)step->engine->model.vocab_size;
    }
}

static void note_times(struct step *step, struct zest_request *request, uint64_t now)
{
    struct zest_engine_stats *stats = &step->engine->stats;
    request->steps++;
    if (zest_request_generated(request) == request->ids_ready)
        return;
    step->generated++;
    if (!request->first_token_ns) {
        request->first_token_ns = now;
        zest_engine_stats_observe(stats, ZEST_STAT_FIRST_TOKEN, (double)(now - request->arrival_ns) * 1e-9);
    } else {
        zest_engine_stats_observe(stats, ZEST_STAT_INTER_TOKEN, (double)(now - request->last_token_ns) * 1e-9);
    }
    request->last_token_ns = now;
}

static void deliver_all(struct step *step)
{
    uint64_t now = zest_engine_now(step->engine);
    for (size_t i = 0; i < step->batch_count; i++) {
        struct zest_request *request = step->batch[i];
        note_times(step, request, now);
        if (zest_engine_deliver(step->engine, request, &step->call) != ZEST_OK) {
            zest_engine_end(step->engine, request, ZEST_ENGINE_FINISH_FAILED, &step->call.error);
            step->batch[i] = NULL;
        }
    }
}

static enum zest_status complete(struct step *step)
{
    size_t count = 0;
    struct zest_scheduler_step_result *results = ZEST_NEW_ARRAY(&step->engine->arena, struct zest_scheduler_step_result,
                                                                step->batch_count + step->preempted_count);
    if (!results)
        return no_memory(step);
    for (size_t i = 0; i < step->preempted_count; i++)
        results[count++] =
            (struct zest_scheduler_step_result){step->preempted[i]->sequence_id, 0, step->preempted[i]->known};
    for (size_t i = 0; i < step->batch_count; i++)
        if (step->batch[i] && step->batch[i]->outcome == ZEST_ENGINE_FINISH_NONE)
            results[count++] = (struct zest_scheduler_step_result){step->batch[i]->sequence_id,
                                                                   step->batch[i]->computed, step->batch[i]->known};
    struct zest_scheduler_complete_step_request request = {
        .step = step->engine->step, .results = results, .results_count = count};
    struct zest_scheduler_complete_step_reply reply;
    return zest_scheduler_complete_step(zest_loop_scheduler(step->engine), &step->call, &request, &reply);
}

static void end_finished(struct step *step)
{
    for (size_t i = 0; i < step->batch_count; i++)
        if (step->batch[i] && step->batch[i]->outcome != ZEST_ENGINE_FINISH_NONE)
            zest_engine_end(step->engine, step->batch[i], step->batch[i]->outcome, NULL);
}

static void fail_batch(struct step *step)
{
    struct zest_error error = step->call.error;
    for (size_t i = 0; i < step->batch_count; i++)
        if (step->batch[i])
            zest_engine_end(step->engine, step->batch[i], ZEST_ENGINE_FINISH_FAILED, &error);
}

/* ---- nothing to compute --------------------------------------------------------------------------------------------
 */

static struct zest_request *oldest(const struct zest_engine_native *engine)
{
    struct zest_request *first = NULL;
    for (int32_t i = 0; i < engine->requests_max; i++)
        if (engine->slots[i] && (!first || engine->slots[i]->sequence_id < first->sequence_id))
            first = engine->slots[i];
    return first;
}

/* A policy may let time pass; when it does so for long, its oldest request does not fit and ends, so nothing hangs. */
static void idle(struct step *step)
{
    struct zest_engine_native *engine = step->engine;
    struct zest_request *request = ++engine->idle_steps > IDLE_STEPS_MAX ? oldest(engine) : NULL;
    if (request) {
        struct zest_error error = {0};
        zest_fail(&error, ZEST_OUT_OF_MEMORY,
                  "request %.64s got no tokens in %d steps: it has %d tokens, %d of %d KV blocks of %d "
                  "tokens are free",
                  request->name, engine->idle_steps, request->known, step->memory.blocks_free, step->memory.block_count,
                  step->memory.block_tokens);
        zest_engine_end(engine, request, ZEST_ENGINE_FINISH_FAILED, &error);
        engine->idle_steps = 0;
        return;
    }
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&engine->lock);
    if (!engine->inbox && !engine->has_cancels && !engine->is_closing)
        pthread_cond_timedwait(&engine->work, &engine->lock, &until);
    pthread_mutex_unlock(&engine->lock);
}

/* ---- the step ------------------------------------------------------------------------------------------------------
 */

static void lap(struct step *step, enum zest_stage stage, uint64_t *start)
{
    uint64_t now = zest_ticks();
    step->ticks[stage] += now - *start;
    *start = now;
}

static void note_first_steps(struct step *step)
{
    uint64_t now = zest_engine_now(step->engine);
    for (size_t i = 0; i < step->batch_count; i++)
        if (!step->batch[i]->first_step_ns) {
            step->batch[i]->first_step_ns = now;
            zest_engine_stats_observe(&step->engine->stats, ZEST_STAT_QUEUE,
                                      (double)(now - step->batch[i]->arrival_ns) * 1e-9);
        }
}

static void compute(struct step *step, uint64_t start)
{
    note_first_steps(step);
    enum zest_status status = follow_block_count(step);
    if (status == ZEST_OK)
        status = execute(step);
    lap(step, ZEST_STAGE_EXECUTE, &start);
    if (status == ZEST_OK) {
        sample_all(step);
        lap(step, ZEST_STAGE_SAMPLE, &start);
        deliver_all(step);
        status = complete(step);
    }
    if (status == ZEST_OK)
        end_finished(step);
    else
        fail_batch(step);
    lap(step, ZEST_STAGE_DELIVER, &start);
    zest_engine_stats_step(&step->engine->stats, step->ticks, step->generated);
}

void zest_engine_step(struct zest_engine_native *engine)
{
    zest_arena_reset(&engine->arena);
    engine->step++;
    struct step step = {.engine = engine, .call = {.arena = &engine->arena}};
    uint64_t start = zest_ticks();
    if (make_plan(&step) != ZEST_OK) {
        zest_engine_fail_all(engine, &step.call.error);
        return;
    }
    lap(&step, ZEST_STAGE_PLAN, &start);
    enum zest_status status = commit(&step);
    lap(&step, ZEST_STAGE_COMMIT, &start);
    if (status != ZEST_OK) { /* nothing was changed */
        if (status == ZEST_OUT_OF_MEMORY)
            idle(&step);
        else
            fail_batch(&step);
        return;
    }
    note_preemptions(&step);
    if (step.batch_count > 0) {
        engine->idle_steps = 0;
        compute(&step, start);
        return;
    }
    if (step.preempted_count > 0 && complete(&step) != ZEST_OK)
        zest_engine_fail_all(engine, &step.call.error);
    else
        idle(&step);
}
