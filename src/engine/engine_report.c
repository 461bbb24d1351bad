/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine_report.c - what the engine tells about itself: model, counters, a request's story.
 */
#include "engine_native.h"

enum zest_status zest_engine_native_get_model_info(struct zest_engine *self, struct zest_call *call,
                                                   const struct zest_engine_get_model_info_request *request,
                                                   struct zest_engine_get_model_info_reply *ret_reply)
{
    const struct zest_engine_native *engine = zest_engine_native_of(self);
    *ret_reply = (struct zest_engine_get_model_info_reply){.model = engine->model_name,
                                                           .name = engine->model.name,
                                                           .architecture = engine->model.architecture,
                                                           .type = engine->model.type,
                                                           .parameters = engine->model.parameters,
                                                           .vocab_size = engine->model.vocab_size,
                                                           .context_max = engine->model.context_max,
                                                           .layers = engine->model.layers,
                                                           .hidden_size = engine->model.hidden_size};
    return ZEST_OK;
}

enum zest_status zest_engine_native_get_engine_stats(struct zest_engine *self, struct zest_call *call,
                                                     const struct zest_engine_get_engine_stats_request *request,
                                                     struct zest_engine_get_engine_stats_reply *ret_reply)
{
    struct zest_engine_native *engine = zest_engine_native_of(self);
    struct zest_scheduler_get_queue_stats_request ask_queue = {0};
    struct zest_scheduler_get_queue_stats_reply queue;
    struct zest_memory_get_memory_stats_request ask_memory = {0};
    struct zest_memory_get_memory_stats_reply memory;
    enum zest_status status = zest_scheduler_get_queue_stats(zest_engine_scheduler(engine), call, &ask_queue, &queue);
    if (status == ZEST_OK)
        status = zest_memory_get_memory_stats(zest_engine_memory(engine), call, &ask_memory, &memory);
    if (status != ZEST_OK)
        return status;
    struct zest_engine_get_engine_stats_reply reply = {
        .running = queue.running, .waiting = queue.waiting, .kv_usage = memory.usage};
    if (!zest_engine_stats_report(&engine->stats, call->arena, &reply))
        return zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory for the statistics");
    *ret_reply = reply;
    return ZEST_OK;
}

/* ---- explain -------------------------------------------------------------------------------------------------------
 */

static const char *const finish_words[] = {[ZEST_ENGINE_FINISH_NONE] = "is not finished",
                                           [ZEST_ENGINE_FINISH_STOP] = "ended at an end token or stop text",
                                           [ZEST_ENGINE_FINISH_LENGTH] = "ended at its token limit",
                                           [ZEST_ENGINE_FINISH_CANCELLED] = "was cancelled",
                                           [ZEST_ENGINE_FINISH_FAILED] = "failed"};

static bool find_ended(const struct zest_engine_native *engine, struct zest_text name, struct zest_story *ret_story)
{
    uint64_t oldest = engine->story_count > ZEST_STORIES_KEPT ? engine->story_count - ZEST_STORIES_KEPT : 0;
    for (uint64_t i = engine->story_count; i > oldest; i--)
        if (zest_text_equal(name, zest_text_of(engine->stories[(i - 1) % ZEST_STORIES_KEPT].name))) {
            *ret_story = engine->stories[(i - 1) % ZEST_STORIES_KEPT];
            return true;
        }
    return false;
}

/* A live request is held while its own lock is taken: that lock comes before the engine's. */
static bool find_story(struct zest_engine_native *engine, struct zest_text name, struct zest_story *ret_story)
{
    pthread_mutex_lock(&engine->lock);
    struct zest_request *live = zest_engine_find(engine, name);
    if (live)
        atomic_fetch_add(&live->holders, 1);
    bool is_found = live || find_ended(engine, name, ret_story);
    pthread_mutex_unlock(&engine->lock);
    if (!live)
        return is_found;
    pthread_mutex_lock(&live->lock);
    *ret_story = (struct zest_story){.timings = live->timings, .finish = live->finish, .error = live->error};
    pthread_mutex_unlock(&live->lock);
    zest_request_drop(live);
    return true;
}

static struct zest_text tell(const struct zest_story *story, struct zest_text name, struct zest_text decisions,
                             struct zest_arena *arena)
{
    const struct zest_engine_timings *t = &story->timings;
    const char *why = story->error.code != ZEST_OK ? ": " : "";
    return zest_text_format(
        arena,
        "%.*s %s%s%s. It waited %.1f ms, computed its prompt of %d tokens in %.1f ms and generated %d tokens in "
        "%.1f ms, in %d steps; it gave its KV blocks back %d times. %.*s",
        (int)name.size, name.data, finish_words[story->finish], why, story->error.message, t->queue_ms,
        t->prompt_tokens, t->prefill_ms, t->generated_tokens, t->decode_ms, t->steps, t->preemptions,
        (int)decisions.size, decisions.data ? decisions.data : "");
}

enum zest_status zest_engine_native_explain(struct zest_engine *self, struct zest_call *call,
                                            const struct zest_engine_explain_request *request,
                                            struct zest_engine_explain_reply *ret_reply)
{
    struct zest_engine_native *engine = zest_engine_native_of(self);
    struct zest_story story;
    struct zest_text text;
    if (find_story(engine, request->request_id, &story)) {
        struct zest_scheduler_explain_request ask = {.request_id = request->request_id, .last = 2};
        struct zest_scheduler_explain_reply decisions;
        enum zest_status status = zest_scheduler_explain(zest_engine_scheduler(engine), call, &ask, &decisions);
        if (status != ZEST_OK)
            return status;
        text = tell(&story, request->request_id, decisions.algorithm_reasoning, call->arena);
    } else {
        text = zest_text_format(call->arena, "Nothing is known about %.*s.", (int)request->request_id.size,
                                request->request_id.data ? request->request_id.data : "");
    }
    if (!text.data)
        return zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory for an explanation");
    ret_reply->algorithm_reasoning = text;
    return ZEST_OK;
}
