/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openai_job.c - runs a completion: reads it, makes its prompts, opens a stream of the engine for each choice and
 * follows them until all have ended.
 *
 * Nothing here waits: streams wake the exchange, which is polled (one answer) or pulled (server-sent events) on the
 * event thread. Only reading and opening moves to a worker, where the body is long or a service is remote. A client
 * that goes away closes the streams, which cancels their requests.
 *
 * Start reading at handle.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "openai_job.h"

enum { LONG_BODY = 16 << 10 };
static const size_t TEXT_BYTES_MAX = (size_t)1 << 30;

/* ---- choices ------------------------------------------------------------------------------------------------------
 */

static void wake_exchange(void *exchange)
{
    zest_exchange_wake(exchange);
}

static void init_choice(struct openai_job *job, struct openai_choice *choice, size_t index)
{
    choice->index = index;
    choice->prompt = &job->prompts[index / (size_t)job->n];
    zest_arena_init(&choice->arena, ZEST_ARENA_UNLIMITED);
    zest_buffer_init(&choice->text, TEXT_BYTES_MAX);
    zest_buffer_init(&choice->logprobs.tokens, TEXT_BYTES_MAX);
    zest_buffer_init(&choice->logprobs.values, TEXT_BYTES_MAX);
    zest_buffer_init(&choice->logprobs.tops, TEXT_BYTES_MAX);
    zest_buffer_init(&choice->logprobs.offsets, TEXT_BYTES_MAX);
    choice->call.arena = &choice->arena;
    choice->call.request_id = job->id;
    if (job->echo)
        zest_buffer_append(&choice->text, choice->prompt->text.data, choice->prompt->text.size);
}

void openai_finish_choice(struct openai_choice *choice)
{
    if (choice->stream)
        choice->stream->ops->close(choice->stream);
    zest_arena_finish(&choice->arena);
    zest_buffer_finish(&choice->text);
    zest_buffer_finish(&choice->logprobs.tokens);
    zest_buffer_finish(&choice->logprobs.values);
    zest_buffer_finish(&choice->logprobs.tops);
    zest_buffer_finish(&choice->logprobs.offsets);
}

/* A chat without max_tokens goes on to the end of the context. */
static int32_t tokens_left(const struct openai_job *job, const struct openai_prompt *prompt)
{
    int64_t left = job->server->context_max - (int64_t)prompt->count;
    if (!job->is_chat || job->max_tokens_given || job->server->context_max == 0)
        return job->generation.max_tokens;
    return left > 0 ? (int32_t)left : 1;
}

static enum zest_status open_choice(struct openai_job *job, struct openai_choice *choice, struct zest_error *error)
{
    struct zest_arena *arena = &job->exchange->arena;
    struct zest_engine_generation request = job->generation;
    request.prompt_ids = choice->prompt->ids;
    request.prompt_ids_count = choice->prompt->count;
    request.max_tokens = tokens_left(job, choice->prompt);
    request.seed += choice->index % (size_t)job->n; /* the choices of a prompt differ */
    choice->request_id =
        job->choice_count == 1 ? job->id : zest_text_format(arena, "%s-%zu", job->id.data, choice->index);
    request.request_id = choice->request_id;
    enum zest_status status =
        zest_engine_stream(zest_env_engine(job->server->env), &choice->call, &request, &choice->stream);
    if (status != ZEST_OK)
        *error = choice->call.error;
    return status;
}

static enum zest_status open_choices(struct openai_job *job, struct zest_error *error)
{
    size_t count = job->prompt_count * (size_t)job->n;
    if (count > OPENAI_CHOICES_MAX)
        return zest_fail_param(error, ZEST_TOO_LARGE, "n", "%zu prompts with %d answers each are %zu; the limit is %d",
                               job->prompt_count, job->n, count, OPENAI_CHOICES_MAX);
    job->choices = ZEST_NEW_ARRAY(&job->exchange->arena, struct openai_choice, count);
    if (!job->choices)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for %zu answers", count);
    memset(job->choices, 0, count * sizeof(*job->choices));
    job->choice_count = count;
    for (size_t i = 0; i < count; i++)
        init_choice(job, &job->choices[i], i);
    for (size_t i = 0; i < count; i++) {
        enum zest_status status = open_choice(job, &job->choices[i], error);
        if (status != ZEST_OK)
            return status;
    }
    return ZEST_OK;
}

/* Takes what a choice has so far; true where that was all, or something new when `one` is set. */
static enum zest_status advance(struct openai_job *job, struct openai_choice *choice, bool *ret_news,
                                struct zest_error *error)
{
    struct zest_engine_stream_item item;
    *ret_news = false;
    while (!choice->is_ended) {
        zest_arena_reset(&choice->arena);
        enum zest_status status = choice->stream->ops->next(choice->stream, &choice->call, &item);
        if (status == ZEST_AGAIN)
            return ZEST_OK;
        if (status != ZEST_OK && status != ZEST_END) {
            *error = choice->call.error;
            return status;
        }
        *ret_news = true;
        if (status == ZEST_OK)
            openai_take_item(job, choice, &item);
        choice->is_ended = status == ZEST_END || item.finish_reason != ZEST_ENGINE_FINISH_NONE;
        job->ended_count += choice->is_ended;
    }
    return ZEST_OK;
}

/* ---- one answer ---------------------------------------------------------------------------------------------------
 */

static bool poll_choices(struct zest_exchange *exchange)
{
    struct openai_job *job = exchange->state;
    struct zest_error error = {0};
    bool news;
    for (size_t i = 0; i < job->choice_count; i++)
        if (advance(job, &job->choices[i], &news, &error) != ZEST_OK) {
            zest_server_fail(exchange, NULL, &error);
            return true;
        }
    if (job->ended_count < job->choice_count)
        return false;
    zest_server_json(exchange);
    openai_write_answer(job, &exchange->out);
    return true;
}

/* ---- server-sent events -------------------------------------------------------------------------------------------
 */

static enum zest_pull fail_stream(struct zest_exchange *exchange, const struct zest_error *error)
{
    struct zest_buffer *out = &exchange->out;
    zest_buffer_printf(out, "data: {\"error\":{\"message\":");
    zest_json_write_text(zest_text_of(error->message), out);
    zest_buffer_printf(out, ",\"type\":\"server_error\",\"param\":null,\"code\":\"%s\"}}\n\ndata: [DONE]\n\n",
                       zest_status_name(error->code));
    return ZEST_PULL_END;
}

static enum zest_pull pull_chunks(struct zest_exchange *exchange)
{
    struct openai_job *job = exchange->state;
    struct zest_error error = {0};
    for (size_t i = 0; i < job->choice_count; i++) {
        struct openai_choice *choice = &job->choices[i];
        bool news = false;
        if (choice->is_reported)
            continue;
        if (advance(job, choice, &news, &error) != ZEST_OK)
            return fail_stream(exchange, &error);
        if (news)
            openai_write_chunk(job, choice, &exchange->out);
    }
    if (job->ended_count < job->choice_count)
        return ZEST_PULL_WAIT;
    openai_write_stream_end(job, &exchange->out);
    return ZEST_PULL_END;
}

/* ---- a request ----------------------------------------------------------------------------------------------------
 */

static void finish_job(struct zest_exchange *exchange)
{
    struct openai_job *job = exchange->state;
    for (size_t i = 0; i < job->choice_count; i++)
        openai_finish_choice(&job->choices[i]);
    zest_buffer_finish(&job->warnings);
    json_decref(job->body);
}

static void add_warning_header(struct openai_job *job)
{
    struct zest_text list =
        zest_text_copy(&job->exchange->arena, (struct zest_text){job->warnings.data, job->warnings.size});
    for (size_t i = 0; i < list.size && list.data; i++)
        if ((unsigned char)list.data[i] < ' ' || (unsigned char)list.data[i] >= 0x7f)
            ((char *)list.data)[i] = '?';
    zest_exchange_add_header(job->exchange, "X-Zest-Warning", list.data);
}

/* Reads and opens, on the event thread or a worker; then streams wake the exchange. */
static void begin(struct zest_exchange *exchange)
{
    struct openai_job *job = exchange->state;
    struct zest_error error = {0};
    enum zest_status status = openai_read(job, &error);
    if (status == ZEST_OK)
        status = openai_make_prompts(job, &error);
    if (status == ZEST_OK)
        status = open_choices(job, &error);
    if (status != ZEST_OK) {
        zest_server_fail(exchange, NULL, &error);
        return;
    }
    if (job->warnings.size)
        add_warning_header(job);
    if (job->is_stream) {
        exchange->status = 200;
        exchange->content_type = "text/event-stream; charset=utf-8";
        zest_exchange_add_header(exchange, "Cache-Control", "no-cache");
        exchange->pull = pull_chunks;
    } else {
        exchange->poll = poll_choices;
    }
    for (size_t i = 0; i < job->choice_count; i++)
        job->choices[i].stream->ops->notify(job->choices[i].stream, wake_exchange, exchange);
}

static void begin_on_worker(struct zest_job *work)
{
    begin(work->exchange);
}

static void handle(struct zest_server *server, struct zest_exchange *exchange, bool is_chat)
{
    struct openai_job *job = ZEST_NEW(&exchange->arena, struct openai_job);
    if (!job) {
        zest_server_fail_text(exchange, ZEST_OUT_OF_MEMORY, "no memory for the request");
        return;
    }
    job->server = server;
    job->exchange = exchange;
    job->is_chat = is_chat;
    job->created = (int64_t)time(NULL);
    job->id = zest_text_format(&exchange->arena, "%s-%s-%llu", is_chat ? "chatcmpl" : "cmpl", server->id_prefix,
                               (unsigned long long)++server->ids);
    zest_buffer_init(&job->warnings, 1 << 16);
    zest_exchange_add_header(exchange, "X-Request-Id", job->id.data);
    exchange->state = job;
    exchange->done = finish_job;
    if (exchange->body.size >= LONG_BODY || zest_server_is_remote(server, ZEST_TOKENIZER) ||
        zest_server_is_remote(server, ZEST_ENGINE))
        zest_server_offload(server, exchange, begin_on_worker, job);
    else
        begin(exchange);
}

void zest_handle_completions(struct zest_server *server, struct zest_exchange *exchange)
{
    handle(server, exchange, false);
}

void zest_handle_chat(struct zest_server *server, struct zest_exchange *exchange)
{
    handle(server, exchange, true);
}
