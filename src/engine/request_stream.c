/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request_stream.c - the reader's side of a request: items, and the stream that gives them.
 *
 * Arrays of ids and scores only grow and never move, so they are copied outside the lock; text may move and is copied
 * under it. Texts of scored tokens are asked for here, on the reader's thread, not in the step loop.
 */
#include <stdlib.h>
#include <time.h>

#include <zest/api/tokenizer.h>

#include "engine_native.h"

/* What an item takes from the request, noted under its lock. */
struct portion {
    const int32_t *ids;
    size_t id_count;
    const struct zest_scored *scores;
    size_t score_count;
    bool has_prompt;
};

static bool has_news(const struct zest_request *request)
{
    if (request->error.code != ZEST_OK)
        return true;
    return request->ids_ready > request->ids_read || request->text_ready > request->text_read ||
           request->scores_ready > request->scores_read || (zest_request_has_ended(request) && !request->is_end_read);
}

static enum zest_status take_portion(struct zest_request *request, struct zest_call *call, struct portion *ret_portion,
                                     struct zest_engine_stream_item *ret_item)
{
    if (request->error.code != ZEST_OK) {
        call->error = request->error;
        return request->error.code;
    }
    if (request->is_end_read)
        return ZEST_END;
    if (!has_news(request))
        return ZEST_AGAIN;
    struct zest_text text = {request->text.data + request->text_read, request->text_ready - request->text_read};
    *ret_item = (struct zest_engine_stream_item){.text = zest_text_copy(call->arena, text),
                                                 .finish_reason = request->finish,
                                                 .stop_sequence = request->stop_sequence,
                                                 .timings = request->timings};
    if (!ret_item->text.data)
        return zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory for %zu bytes of text", text.size);
    *ret_portion = (struct portion){.ids = request->tokens + request->prompt_count + request->ids_read,
                                    .id_count = (size_t)(request->ids_ready - request->ids_read),
                                    .scores = request->scores + (size_t)request->scores_read *
                                                                    (size_t)(1 + (request->top > 0 ? request->top : 0)),
                                    .score_count = (size_t)(request->scores_ready - request->scores_read),
                                    .has_prompt = !request->is_prompt_read};
    request->text_read = request->text_ready;
    request->ids_read = request->ids_ready;
    request->scores_read = request->scores_ready;
    request->is_prompt_read = true;
    request->is_end_read = request->finish != ZEST_ENGINE_FINISH_NONE;
    return ZEST_OK;
}

static enum zest_status text_of(const struct zest_handles *handles, struct zest_call *call, int32_t id,
                                struct zest_text *ret_text)
{
    struct zest_tokenizer *tokenizer = (struct zest_tokenizer *)zest_handle_load(handles, ZEST_TOKENIZER);
    struct zest_tokenizer_detokenize_request request = {.ids = &id, .ids_count = 1};
    struct zest_tokenizer_detokenize_reply reply;
    enum zest_status status = zest_tokenizer_detokenize(tokenizer, call, &request, &reply);
    if (status == ZEST_OK)
        *ret_text = reply.text;
    return status;
}

static enum zest_status name_alternatives(const struct zest_handles *handles, struct zest_call *call,
                                          const struct zest_scored *scores, int32_t top,
                                          struct zest_engine_alternative *ret_alternatives)
{
    for (int32_t i = 0; i < top; i++) {
        ret_alternatives[i] = (struct zest_engine_alternative){.id = scores[i].id, .logprob = scores[i].logprob};
        enum zest_status status = text_of(handles, call, scores[i].id, &ret_alternatives[i].token);
        if (status != ZEST_OK)
            return status;
    }
    return ZEST_OK;
}

/* A prompt's first token follows nothing: it has no alternatives (their ids are -1) and logprob 0. */
static enum zest_status name_scores(const struct zest_handles *handles, struct zest_call *call,
                                    const struct portion *portion, int32_t top, struct zest_engine_stream_item *item)
{
    size_t width = (size_t)(1 + top);
    struct zest_engine_token_logprob *rows =
        ZEST_NEW_ARRAY(call->arena, struct zest_engine_token_logprob, portion->score_count);
    struct zest_engine_alternative *alternatives =
        ZEST_NEW_ARRAY(call->arena, struct zest_engine_alternative, portion->score_count * (size_t)top);
    if (!rows || !alternatives)
        return zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory for %zu scores", portion->score_count);
    for (size_t i = 0; i < portion->score_count; i++) {
        const struct zest_scored *score = &portion->scores[i * width];
        bool has_top = top > 0 && score[1].id >= 0;
        rows[i] = (struct zest_engine_token_logprob){.id = score->id,
                                                     .logprob = score->logprob,
                                                     .top = alternatives + i * (size_t)top,
                                                     .top_count = has_top ? (size_t)top : 0};
        enum zest_status status = text_of(handles, call, score->id, &rows[i].token);
        if (status == ZEST_OK && has_top)
            status = name_alternatives(handles, call, score + 1, top, alternatives + i * (size_t)top);
        if (status != ZEST_OK)
            return status;
    }
    item->logprobs = rows;
    item->logprobs_count = portion->score_count;
    return ZEST_OK;
}

static const int32_t *copy_ids(struct zest_arena *arena, const int32_t *ids, size_t count)
{
    int32_t *copy = ZEST_NEW_ARRAY(arena, int32_t, count);
    if (copy && count)
        memcpy(copy, ids, count * sizeof(*ids));
    return copy;
}

enum zest_status zest_request_read(struct zest_request *request, const struct zest_handles *handles,
                                   struct zest_call *call, struct zest_engine_stream_item *ret_item)
{
    struct portion portion = {0};
    pthread_mutex_lock(&request->lock);
    enum zest_status status = take_portion(request, call, &portion, ret_item);
    pthread_mutex_unlock(&request->lock);
    if (status != ZEST_OK)
        return status;
    ret_item->request_id = zest_text_copy(call->arena, zest_text_of(request->name));
    ret_item->stop_sequence = zest_text_copy(call->arena, ret_item->stop_sequence);
    ret_item->ids = copy_ids(call->arena, portion.ids, portion.id_count);
    ret_item->ids_count = portion.id_count;
    ret_item->prompt_ids_count = portion.has_prompt ? (size_t)request->prompt_count : 0;
    ret_item->prompt_ids = copy_ids(call->arena, request->tokens, ret_item->prompt_ids_count);
    if (!ret_item->request_id.data || !ret_item->stop_sequence.data || !ret_item->ids || !ret_item->prompt_ids)
        return zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory for an item of request %s", request->name);
    return portion.score_count ? name_scores(handles, call, &portion, request->top > 0 ? request->top : 0, ret_item)
                               : ZEST_OK;
}

/* ---- the stream ---------------------------------------------------------------------------------------------------
 */

struct request_stream {
    struct zest_stream base;
    struct zest_request *request; /* held */
    const struct zest_handles *handles;
};

static enum zest_status stream_next(struct zest_stream *self, struct zest_call *call, void *ret_item)
{
    struct request_stream *stream = (struct request_stream *)self;
    return zest_request_read(stream->request, stream->handles, call, ret_item);
}

static enum zest_status stream_wait(struct zest_stream *self, uint64_t timeout_ns)
{
    struct zest_request *request = ((struct request_stream *)self)->request;
    uint64_t now = zest_now_ns(), until = timeout_ns < UINT64_MAX / 2 - now ? now + timeout_ns : UINT64_MAX / 2;
    struct timespec deadline = {(time_t)(until / 1000000000u), (long)(until % 1000000000u)};
    int result = 0;
    pthread_mutex_lock(&request->lock);
    while (result == 0 && !has_news(request) && !request->is_end_read)
        result = pthread_cond_timedwait(&request->changed, &request->lock, &deadline);
    bool is_ready = has_news(request) || request->is_end_read;
    pthread_mutex_unlock(&request->lock);
    return is_ready ? ZEST_OK : ZEST_TIMEOUT;
}

static void stream_notify(struct zest_stream *self, void (*wake)(void *user), void *user)
{
    struct zest_request *request = ((struct request_stream *)self)->request;
    pthread_mutex_lock(&request->lock);
    request->wake = wake;
    request->wake_user = user;
    if (wake && (has_news(request) || request->is_end_read))
        wake(user);
    pthread_mutex_unlock(&request->lock);
}

/* While the engine is named here it lives: it takes the name out, under this lock, before it goes. */
void zest_request_abandon(struct zest_request *request)
{
    pthread_mutex_lock(&request->lock);
    request->wake = NULL;
    if (request->engine)
        zest_engine_cancel_request(request->engine, request);
    pthread_mutex_unlock(&request->lock);
    zest_request_drop(request);
}

static void stream_close(struct zest_stream *self)
{
    zest_request_abandon(((struct request_stream *)self)->request);
    free(self);
}

struct zest_stream *zest_request_stream(struct zest_request *request, const struct zest_handles *handles)
{
    static const struct zest_stream_ops ops = {stream_next, stream_wait, stream_notify, stream_close};
    struct request_stream *stream = malloc(sizeof(*stream));
    if (!stream)
        return NULL;
    *stream = (struct request_stream){.base = {&ops}, .request = request, .handles = handles};
    pthread_mutex_lock(&request->lock);
    request->is_streamed = true;
    pthread_mutex_unlock(&request->lock);
    return &stream->base;
}
