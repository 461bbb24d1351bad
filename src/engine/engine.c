/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine.c - the engine: made and freed here, and the operations that callers wait for or ask.
 *
 * Owns the requests and one thread, the step loop (step_loop.c, step.c). Every operation may be called from any
 * thread. The engine knows the other four services by their contracts alone: the loop takes their layers from the
 * handles at each step's border, callers at each call. Start reading at step.c.
 */
#include "engine_native.h"

#include <stdlib.h>

const struct zest_engine_ops zest_engine_native_ops = ZEST_ENGINE_NATIVE_OPS;

enum { LIMIT_MAX = 1 << 20 };

/* ---- made ----------------------------------------------------------------------------------------------------------
 */

static enum zest_status check_limit(const char *name, int32_t value, struct zest_error *error)
{
    if (value >= 1 && value <= LIMIT_MAX)
        return ZEST_OK;
    return zest_fail_param(error, ZEST_OUT_OF_RANGE, name, "%s is %d; it lies between 1 and %d", name, value,
                           LIMIT_MAX);
}

static enum zest_status check_options(const struct zest_engine_options *options, struct zest_error *error)
{
    enum zest_status status = check_limit("step_tokens_max", options->step_tokens_max, error);
    if (status == ZEST_OK)
        status = check_limit("sequences_max", options->sequences_max, error);
    if (status == ZEST_OK)
        status = check_limit("queue_max", options->queue_max, error);
    return status;
}

/* The texts of a reply from a service live in the call's arena: here for as long as the engine. */
static enum zest_status learn_model(struct zest_engine_native *engine, const char *model_name, struct zest_error *error)
{
    struct zest_call call = {.arena = &engine->info_arena};
    struct zest_computation_get_model_info_request model = {0};
    struct zest_tokenizer_get_tokenizer_info_request tokenizer = {0};
    struct zest_tokenizer_get_tokenizer_info_reply info;
    enum zest_status status =
        zest_computation_get_model_info(zest_engine_computation(engine), &call, &model, &engine->model);
    if (status == ZEST_OK)
        status = zest_tokenizer_get_tokenizer_info(zest_engine_tokenizer(engine), &call, &tokenizer, &info);
    if (status != ZEST_OK) {
        *error = call.error;
        return status;
    }
    if (engine->model.vocab_size < 1 || engine->model.context_max < 1)
        return zest_fail(error, ZEST_MODEL_DAMAGED, "the model has %d token ids and a context of %d",
                         engine->model.vocab_size, engine->model.context_max);
    int32_t *end_ids = ZEST_NEW_ARRAY(&engine->info_arena, int32_t, info.end_ids_count);
    engine->model_name = zest_text_copy(&engine->info_arena, zest_text_of(model_name ? model_name : "model"));
    if (!end_ids || !engine->model_name.data)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the model's description");
    if (info.end_ids_count)
        memcpy(end_ids, info.end_ids, info.end_ids_count * sizeof(*end_ids));
    engine->end_ids = end_ids;
    engine->end_id_count = info.end_ids_count;
    return ZEST_OK;
}

static bool make_arrays(struct zest_engine_native *engine)
{
    size_t count = (size_t)engine->requests_max;
    for (engine->name_buckets = 64; engine->name_buckets < 2 * count;)
        engine->name_buckets *= 2;
    engine->names = calloc(engine->name_buckets, sizeof(*engine->names));
    engine->slots = calloc(count, sizeof(*engine->slots));
    engine->slots_free = calloc(count, sizeof(*engine->slots_free));
    engine->stories = calloc(ZEST_STORIES_KEPT, sizeof(*engine->stories));
    if (!engine->names || !engine->slots || !engine->slots_free || !engine->stories)
        return false;
    for (size_t i = 0; i < count; i++)
        engine->slots_free[i] = (uint32_t)(count - 1 - i);
    engine->slots_free_count = (uint32_t)count;
    return zest_sampler_init(&engine->sampler, engine->model.vocab_size);
}

static void make_locks(struct zest_engine_native *engine)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&engine->work, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&engine->lock, NULL);
    zest_engine_stats_init(&engine->stats);
    engine->has_locks = true;
}

static enum zest_status start(struct zest_engine_native *engine, const struct zest_engine_options *options,
                              struct zest_error *error)
{
    enum zest_status status = learn_model(engine, options->model_name, error);
    if (status != ZEST_OK)
        return status;
    if (!make_arrays(engine))
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for %d requests", engine->requests_max);
    if (pthread_create(&engine->thread, NULL, zest_engine_loop, engine))
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "the system gives no thread for the step loop");
    engine->has_thread = true;
    return ZEST_OK;
}

enum zest_status zest_engine_native_create(const struct zest_engine_options *options, struct zest_engine **ret,
                                           struct zest_error *error)
{
    enum zest_status status = check_options(options, error);
    if (status != ZEST_OK)
        return status;
    struct zest_engine_native *engine = calloc(1, sizeof(*engine));
    if (!engine)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for an engine");
    engine->base.ops = &zest_engine_native_ops;
    engine->handles = options->handles;
    engine->step_tokens_max = options->step_tokens_max;
    engine->sequences_max = options->sequences_max;
    engine->requests_max = options->sequences_max + options->queue_max;
    engine->now_ns = options->now_ns;
    engine->now_user = options->now_user;
    engine->inbox_end = &engine->inbox;
    engine->kv_blocks = -1;
    zest_arena_init(&engine->info_arena, ZEST_ARENA_UNLIMITED);
    zest_arena_init(&engine->arena, ZEST_ARENA_UNLIMITED);
    make_locks(engine);
    status = start(engine, options, error);
    if (status != ZEST_OK) {
        zest_engine_native_destroy(&engine->base);
        return status;
    }
    *ret = &engine->base;
    return ZEST_OK;
}

static void stop_loop(struct zest_engine_native *engine)
{
    pthread_mutex_lock(&engine->lock);
    engine->is_closing = true;
    pthread_cond_signal(&engine->work);
    pthread_mutex_unlock(&engine->lock);
    pthread_join(engine->thread, NULL);
}

void zest_engine_native_destroy(struct zest_engine *self)
{
    struct zest_engine_native *engine = zest_engine_native_of(self);
    if (!engine)
        return;
    if (engine->has_thread)
        stop_loop(engine);
    zest_sampler_finish(&engine->sampler);
    zest_id_map_finish(&engine->slot_of);
    zest_arena_finish(&engine->info_arena);
    zest_arena_finish(&engine->arena);
    free(engine->names);
    free(engine->slots);
    free(engine->slots_free);
    free(engine->stories);
    zest_engine_stats_finish(&engine->stats);
    pthread_cond_destroy(&engine->work);
    pthread_mutex_destroy(&engine->lock);
    free(engine);
}

/* ---- generate, stream, forward -------------------------------------------------------------------------------------
 */

enum zest_status zest_engine_native_stream(struct zest_engine *self, struct zest_call *call,
                                           const struct zest_engine_generation *request,
                                           struct zest_stream **ret_stream)
{
    struct zest_engine_native *engine = zest_engine_native_of(self);
    struct zest_request *live;
    enum zest_status status = zest_engine_submit(engine, call, request, &live);
    if (status != ZEST_OK)
        return status;
    struct zest_stream *stream = zest_request_stream(live, engine->handles);
    if (!stream) {
        zest_request_abandon(live);
        return zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory for a stream");
    }
    *ret_stream = stream;
    return ZEST_OK;
}

enum zest_status zest_engine_native_generate(struct zest_engine *self, struct zest_call *call,
                                             const struct zest_engine_generation *request,
                                             struct zest_engine_generate_reply *ret_reply)
{
    struct zest_engine_native *engine = zest_engine_native_of(self);
    struct zest_request *live;
    enum zest_status status = zest_engine_submit(engine, call, request, &live);
    if (status != ZEST_OK)
        return status;
    struct zest_engine_stream_item item;
    zest_request_wait_end(live);
    status = zest_request_read(live, engine->handles, call, &item);
    zest_request_drop(live);
    if (status == ZEST_OK)
        *ret_reply = (struct zest_engine_generate_reply){.request_id = item.request_id,
                                                         .text = item.text,
                                                         .ids = item.ids,
                                                         .ids_count = item.ids_count,
                                                         .prompt_ids = item.prompt_ids,
                                                         .prompt_ids_count = item.prompt_ids_count,
                                                         .logprobs = item.logprobs,
                                                         .logprobs_count = item.logprobs_count,
                                                         .finish_reason = item.finish_reason,
                                                         .stop_sequence = item.stop_sequence,
                                                         .timings = item.timings};
    return status;
}

/* The loop writes the rows straight into the caller's arena; the caller waits here until it is done with them. */
enum zest_status zest_engine_native_forward(struct zest_engine *self, struct zest_call *call,
                                            const struct zest_engine_forward_request *request,
                                            struct zest_engine_forward_reply *ret_reply)
{
    struct zest_engine_native *engine = zest_engine_native_of(self);
    size_t rows = request->positions == ZEST_ENGINE_POSITIONS_ALL ? request->ids_count : 1;
    size_t vocab = (size_t)engine->model.vocab_size;
    bool fits = rows <= (size_t)engine->model.context_max; /* else submit says what is wrong */
    float *logits = ZEST_NEW_ARRAY(call->arena, float, fits ? rows *vocab : 1);
    if (!logits)
        return zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory for %zu rows of %zu logits", rows, vocab);
    struct zest_request *live;
    enum zest_status status = zest_engine_submit_forward(engine, call, request, logits, &live);
    if (status != ZEST_OK)
        return status;
    zest_request_wait_end(live);
    status = live->error.code;
    if (status != ZEST_OK)
        call->error = live->error;
    else if (live->finish == ZEST_ENGINE_FINISH_CANCELLED)
        status = zest_fail(&call->error, ZEST_CANCELLED, "the request %s was cancelled", live->name);
    zest_request_drop(live);
    if (status == ZEST_OK)
        ret_reply->logits =
            (struct zest_tensor){.dtype = ZEST_DTYPE_F32, .rank = 2, .shape = {rows, vocab}, .data = logits};
    return status;
}

enum zest_status zest_engine_native_cancel(struct zest_engine *self, struct zest_call *call,
                                           const struct zest_engine_cancel_request *request,
                                           struct zest_engine_cancel_reply *ret_reply)
{
    struct zest_engine_native *engine = zest_engine_native_of(self);
    pthread_mutex_lock(&engine->lock);
    struct zest_request *live = zest_engine_find(engine, request->request_id);
    if (live) {
        atomic_store(&live->is_cancelled, true);
        engine->has_cancels = true;
        pthread_cond_signal(&engine->work);
    }
    pthread_mutex_unlock(&engine->lock);
    ret_reply->cancelled = live != NULL;
    return ZEST_OK;
}
