/* SPDX-License-Identifier: Apache-2.0 */
/*
 * submit.c - a request is checked, tokenized, given its memory and put into the inbox; on the caller's thread.
 *
 * Whatever is wrong with a request is said here, before it waits for anything. All memory that it needs while it runs
 * is made here, so the step loop allocates nothing.
 */
#include <stdio.h>

#include "engine_native.h"

enum { STOPS_MAX = 64, STOP_BYTES_MAX = 4096, TEXT_RESERVE_TOKENS = 4096, TEXT_RESERVE_BYTES = 16 };
static const uint64_t SCORE_BYTES_MAX = (uint64_t)1 << 30;

/* ---- checks --------------------------------------------------------------------------------------------------------
 */

static enum zest_status check_number(const char *name, double value, double least, double most,
                                     struct zest_error *error)
{
    if (value >= least && value <= most)
        return ZEST_OK;
    return zest_fail_param(error, ZEST_OUT_OF_RANGE, name, "%s is %g; it lies between %g and %g", name, value, least,
                           most);
}

static enum zest_status check_numbers(const struct zest_engine_generation *g, struct zest_error *error)
{
    const struct {
        const char *name;
        double value, least, most;
    } rows[] = {{"temperature", (double)g->temperature, 0, 100},
                {"top_k", g->top_k, 0, INT32_MAX},
                {"top_p", (double)g->top_p, 0, 1},
                {"min_p", (double)g->min_p, 0, 1},
                {"repetition_penalty", (double)g->repetition_penalty, (double)0.01f, 100},
                {"presence_penalty", (double)g->presence_penalty, -100, 100},
                {"frequency_penalty", (double)g->frequency_penalty, -100, 100},
                {"logprobs", g->logprobs, -1, 1000},
                {"priority", g->priority, 0, 1},
                {"max_tokens", g->max_tokens, 0, INT32_MAX}};
    for (size_t i = 0; i < ZEST_COUNT(rows); i++) {
        enum zest_status status = check_number(rows[i].name, rows[i].value, rows[i].least, rows[i].most, error);
        if (status != ZEST_OK)
            return status;
    }
    return ZEST_OK;
}

static enum zest_status check_texts(const struct zest_engine_generation *g, struct zest_error *error)
{
    if (g->prompt.size > 0 && g->prompt_ids_count > 0)
        return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "prompt_ids",
                               "prompt and prompt_ids are both given; a request has one of them");
    if (g->request_id.size > ZEST_REQUEST_NAME_MAX)
        return zest_fail_param(error, ZEST_TOO_LARGE, "request_id", "request_id has %zu bytes; the most are %d",
                               g->request_id.size, ZEST_REQUEST_NAME_MAX);
    if (g->user.size > ZEST_REQUEST_NAME_MAX)
        return zest_fail_param(error, ZEST_TOO_LARGE, "user", "user has %zu bytes; the most are %d", g->user.size,
                               ZEST_REQUEST_NAME_MAX);
    if (g->stop_count > STOPS_MAX)
        return zest_fail_param(error, ZEST_TOO_LARGE, "stop", "%zu stop texts are given; the most are %d",
                               g->stop_count, STOPS_MAX);
    for (size_t i = 0; i < g->stop_count; i++)
        if (g->stop[i].size < 1 || g->stop[i].size > STOP_BYTES_MAX)
            return zest_fail_param(error, ZEST_OUT_OF_RANGE, "stop", "stop[%zu] has %zu bytes; it has 1 to %d", i,
                                   g->stop[i].size, STOP_BYTES_MAX);
    return ZEST_OK;
}

static enum zest_status check_ids(const struct zest_engine_native *engine, const char *name, const int32_t *ids,
                                  size_t count, struct zest_error *error)
{
    if (count == 0)
        return zest_fail_param(error, ZEST_INVALID_ARGUMENT, name,
                               "the prompt is empty; it needs at least one character or token");
    if (count > (size_t)engine->model.context_max)
        return zest_fail_param(error, ZEST_CONTEXT_OVERFLOW, name,
                               "the prompt has %zu tokens; the model's context holds %d", count,
                               engine->model.context_max);
    for (size_t i = 0; i < count; i++)
        if (ids[i] < 0 || ids[i] >= engine->model.vocab_size)
            return zest_fail_param(error, ZEST_OUT_OF_RANGE, name, "%s[%zu] is %d; token ids lie between 0 and %d",
                                   name, i, ids[i], engine->model.vocab_size - 1);
    return ZEST_OK;
}

/* The tokens that one request can have: those of the context, and those that the whole KV cache holds. */
static enum zest_status find_room(const struct zest_engine_native *engine, const char *name, size_t prompt_count,
                                  struct zest_call *call, int64_t *ret_room)
{
    struct zest_memory_get_memory_stats_request request = {0};
    struct zest_memory_get_memory_stats_reply stats;
    enum zest_status status = zest_memory_get_memory_stats(zest_engine_memory(engine), call, &request, &stats);
    if (status != ZEST_OK)
        return status;
    int64_t places = (int64_t)stats.block_count * stats.block_tokens;
    if ((int64_t)prompt_count > places)
        return zest_fail_param(&call->error, ZEST_OUT_OF_MEMORY, name,
                               "the prompt has %zu tokens; the KV cache's %d blocks hold %lld", prompt_count,
                               stats.block_count, (long long)places);
    int64_t most = places + 1; /* the last token is never computed */
    *ret_room = (engine->model.context_max < most ? engine->model.context_max : most) - (int64_t)prompt_count;
    return ZEST_OK;
}

/* ---- making --------------------------------------------------------------------------------------------------------
 */

static enum zest_status tokenize(const struct zest_engine_native *engine, struct zest_call *call,
                                 const struct zest_engine_generation *g,
                                 struct zest_tokenizer_tokenize_reply *ret_reply)
{
    if (g->prompt_ids_count > 0) {
        ret_reply->ids = g->prompt_ids;
        ret_reply->ids_count = g->prompt_ids_count;
        return ZEST_OK;
    }
    struct zest_tokenizer_tokenize_request request;
    zest_tokenizer_tokenize_request_init(&request);
    request.text = g->prompt;
    request.encode_special_tokens = g->encode_special_tokens;
    return zest_tokenizer_tokenize(zest_engine_tokenizer(engine), call, &request, ret_reply);
}

static bool copy_stops(struct zest_request *request, const struct zest_engine_generation *g)
{
    struct zest_text *texts = ZEST_NEW_ARRAY(&request->arena, struct zest_text, g->stop_count);
    for (size_t i = 0; texts && i < g->stop_count; i++) {
        texts[i] = zest_text_copy(&request->arena, g->stop[i]);
        if (!texts[i].data)
            return false;
    }
    request->stops = (struct zest_stop_texts){texts, g->stop_count};
    return texts != NULL;
}

static bool copy_tokens(struct zest_request *request, const int32_t *ids, size_t count)
{
    request->tokens = ZEST_NEW_ARRAY(&request->arena, int32_t, count + (size_t)request->max_tokens);
    if (!request->tokens)
        return false;
    memcpy(request->tokens, ids, count * sizeof(*ids));
    request->prompt_count = request->known = (int32_t)count;
    return true;
}

static enum zest_status make_scores(struct zest_request *request, struct zest_error *error)
{
    if (request->top < 0)
        return ZEST_OK;
    uint64_t rows = (uint64_t)request->max_tokens + (request->scores_prompt ? (uint64_t)request->prompt_count : 0);
    uint64_t count = rows * (uint64_t)(1 + request->top);
    if (count * sizeof(struct zest_scored) > SCORE_BYTES_MAX)
        return zest_fail_param(error, ZEST_TOO_LARGE, "logprobs",
                               "%d alternatives of each of %llu tokens are %llu scores; the most are %llu",
                               request->top, (unsigned long long)rows, (unsigned long long)count,
                               (unsigned long long)(SCORE_BYTES_MAX / sizeof(struct zest_scored)));
    request->scores = ZEST_NEW_ARRAY(&request->arena, struct zest_scored, (size_t)count);
    if (!request->scores)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for %llu scores", (unsigned long long)count);
    return ZEST_OK;
}

static void copy_name(char *out, struct zest_text name)
{
    if (name.size)
        memcpy(out, name.data, name.size);
    out[name.size] = '\0';
}

static enum zest_status fill(const struct zest_engine_native *engine, struct zest_request *request,
                             const struct zest_engine_generation *g, const struct zest_tokenizer_tokenize_reply *prompt,
                             int64_t room, struct zest_error *error)
{
    copy_name(request->name, g->request_id);
    copy_name(request->user, g->user);
    request->priority = g->priority;
    request->sampling = (struct zest_sampling){.temperature = g->temperature,
                                               .top_k = g->top_k,
                                               .top_p = g->top_p,
                                               .min_p = g->min_p,
                                               .seed = g->seed,
                                               .repetition_penalty = g->repetition_penalty,
                                               .presence_penalty = g->presence_penalty,
                                               .frequency_penalty = g->frequency_penalty};
    request->ignore_end = g->ignore_end;
    request->scores_prompt = g->prompt_logprobs;
    int32_t top = g->prompt_logprobs && g->logprobs < 0 ? 0 : g->logprobs;
    request->top = top < engine->model.vocab_size ? top : engine->model.vocab_size;
    request->max_tokens = g->max_tokens < room ? g->max_tokens : (int32_t)(room > 0 ? room : 0);
    size_t reserve = (size_t)(request->max_tokens < TEXT_RESERVE_TOKENS ? request->max_tokens : TEXT_RESERVE_TOKENS);
    if (!copy_tokens(request, prompt->ids, prompt->ids_count) || !copy_stops(request, g) ||
        !zest_buffer_reserve(&request->text, reserve * TEXT_RESERVE_BYTES + 1))
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a request of %zu tokens and max_tokens %d",
                         prompt->ids_count, request->max_tokens);
    return make_scores(request, error);
}

/* ---- into the inbox ------------------------------------------------------------------------------------------------
 */

static enum zest_status admit(struct zest_engine_native *engine, struct zest_request *request, struct zest_error *error)
{
    if (engine->is_closing)
        return zest_fail(error, ZEST_UNAVAILABLE, "the engine shuts down");
    if (engine->live >= engine->requests_max)
        return zest_fail(error, ZEST_OVERLOADED, "%d requests run or wait, as many as may; try again later",
                         engine->live);
    if (!request->name[0])
        snprintf(request->name, sizeof(request->name), "%s-%llu", request->forward_rows ? "forward" : "zest",
                 (unsigned long long)++engine->named_total);
    if (zest_engine_find(engine, zest_text_of(request->name)))
        return zest_fail_param(error, ZEST_CONFLICT, "request_id", "a request named \"%.64s\" is running or waiting",
                               request->name);
    request->engine = engine;
    request->arrival_ns = zest_engine_now(engine);
    zest_engine_link_name(engine, request);
    engine->live++;
    atomic_fetch_add(&request->holders, 1); /* the loop's */
    request->next = NULL;
    *engine->inbox_end = request;
    engine->inbox_end = &request->next;
    pthread_cond_signal(&engine->work);
    return ZEST_OK;
}

static enum zest_status enqueue(struct zest_engine_native *engine, struct zest_request *request,
                                struct zest_error *error)
{
    pthread_mutex_lock(&engine->lock);
    enum zest_status status = admit(engine, request, error);
    pthread_mutex_unlock(&engine->lock);
    return status;
}

static enum zest_status make_and_enqueue(struct zest_engine_native *engine, struct zest_call *call,
                                         const struct zest_engine_generation *g,
                                         const struct zest_tokenizer_tokenize_reply *prompt, int64_t room, float *rows,
                                         bool all_rows, struct zest_request **ret_request)
{
    struct zest_request *request = zest_request_new();
    if (!request)
        return zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory for a request");
    request->forward_rows = rows;
    request->forward_all = all_rows;
    enum zest_status status = fill(engine, request, g, prompt, room, &call->error);
    if (status == ZEST_OK)
        status = enqueue(engine, request, &call->error);
    if (status != ZEST_OK) {
        zest_request_drop(request);
        return status;
    }
    *ret_request = request;
    return ZEST_OK;
}

enum zest_status zest_engine_submit(struct zest_engine_native *engine, struct zest_call *call,
                                    const struct zest_engine_generation *g, struct zest_request **ret_request)
{
    struct zest_tokenizer_tokenize_reply prompt = {0};
    int64_t room = 0;
    enum zest_status status = check_numbers(g, &call->error);
    if (status == ZEST_OK)
        status = check_texts(g, &call->error);
    if (status == ZEST_OK)
        status = tokenize(engine, call, g, &prompt);
    const char *name = g->prompt_ids_count > 0 ? "prompt_ids" : "prompt";
    if (status == ZEST_OK)
        status = check_ids(engine, name, prompt.ids, prompt.ids_count, &call->error);
    if (status == ZEST_OK)
        status = find_room(engine, name, prompt.ids_count, call, &room);
    return status == ZEST_OK ? make_and_enqueue(engine, call, g, &prompt, room, NULL, false, ret_request) : status;
}

enum zest_status zest_engine_submit_forward(struct zest_engine_native *engine, struct zest_call *call,
                                            const struct zest_engine_forward_request *forward, float *rows,
                                            struct zest_request **ret_request)
{
    struct zest_tokenizer_tokenize_reply prompt = {.ids = forward->ids, .ids_count = forward->ids_count};
    struct zest_engine_generation g;
    zest_engine_generation_init(&g);
    g.max_tokens = 0;
    int64_t room = 0;
    enum zest_status status = check_ids(engine, "ids", forward->ids, forward->ids_count, &call->error);
    if (status == ZEST_OK)
        status = find_room(engine, "ids", forward->ids_count, call, &room);
    bool is_all = forward->positions == ZEST_ENGINE_POSITIONS_ALL;
    return status == ZEST_OK ? make_and_enqueue(engine, call, &g, &prompt, room, rows, is_all, ret_request) : status;
}
