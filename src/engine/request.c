/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request.c - a request's life: made, filled by the step loop, ended, dropped by both holders.
 */
#include "request.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

struct zest_request *zest_request_new(void)
{
    enum { TEXT_BYTES_MAX = 1 << 28 };
    struct zest_request *request = calloc(1, sizeof(*request));
    if (!request)
        return NULL;
    zest_arena_init(&request->arena, ZEST_ARENA_UNLIMITED); /* its parts are checked one by one at submit */
    zest_buffer_init(&request->text, TEXT_BYTES_MAX);
    pthread_mutex_init(&request->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&request->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    atomic_init(&request->holders, 1);
    return request;
}

void zest_request_drop(struct zest_request *request)
{
    if (atomic_fetch_sub(&request->holders, 1) > 1)
        return;
    zest_arena_finish(&request->arena);
    zest_buffer_finish(&request->text);
    pthread_cond_destroy(&request->changed);
    pthread_mutex_destroy(&request->lock);
    free(request);
}

static double ms_between(uint64_t from_ns, uint64_t to_ns)
{
    return from_ns && to_ns > from_ns ? (double)(to_ns - from_ns) * 1e-6 : 0;
}

struct zest_engine_timings zest_request_timings(const struct zest_request *request)
{
    return (struct zest_engine_timings){.queue_ms = ms_between(request->arrival_ns, request->first_step_ns),
                                        .prefill_ms = ms_between(request->first_step_ns, request->first_token_ns),
                                        .decode_ms = ms_between(request->first_token_ns, request->last_token_ns),
                                        .prompt_tokens = request->prompt_count,
                                        .generated_tokens = zest_request_generated(request),
                                        .preemptions = request->preemptions,
                                        .steps = request->steps};
}

static void tell_reader(struct zest_request *request)
{
    pthread_cond_broadcast(&request->changed);
    if (request->wake)
        request->wake(request->wake_user);
}

/* Text that runs into a stop text is cut where that begins; text that may become one is held back. */
static void append_text(struct zest_request *request, struct zest_text text)
{
    size_t old_size = request->text.size, start;
    zest_buffer_append(&request->text, text.data, text.size);
    struct zest_text all = {request->text.data, request->text.size};
    if (text.size > 0 && zest_stop_find(request->stops, all, old_size, &start, &request->stop_sequence)) {
        request->text.size = start;
        request->outcome = ZEST_ENGINE_FINISH_STOP;
    }
    all.size = request->text.size;
    bool is_open = request->outcome == ZEST_ENGINE_FINISH_NONE;
    request->text_ready = all.size - (is_open ? zest_stop_held(request->stops, all) : 0);
}

void zest_request_deliver(struct zest_request *request, struct zest_text text)
{
    pthread_mutex_lock(&request->lock);
    append_text(request, text);
    request->ids_ready = zest_request_generated(request);
    request->scores_ready = request->scored;
    request->timings = zest_request_timings(request);
    /* The end is told later, after the blocks are free; who waits for the end only is not woken before. */
    if (request->is_streamed && request->outcome == ZEST_ENGINE_FINISH_NONE)
        tell_reader(request);
    pthread_mutex_unlock(&request->lock);
}

void zest_request_end(struct zest_request *request, enum zest_engine_finish finish, const struct zest_error *error)
{
    pthread_mutex_lock(&request->lock);
    assert(!zest_request_has_ended(request));
    request->finish = finish;
    if (error)
        request->error = *error;
    request->text_ready = request->text.size;
    request->ids_ready = zest_request_generated(request);
    request->scores_ready = request->scored;
    request->timings = zest_request_timings(request);
    request->engine = NULL;
    tell_reader(request);
    pthread_mutex_unlock(&request->lock);
}

void zest_request_wait_end(struct zest_request *request)
{
    pthread_mutex_lock(&request->lock);
    while (!zest_request_has_ended(request))
        pthread_cond_wait(&request->changed, &request->lock);
    pthread_mutex_unlock(&request->lock);
}
