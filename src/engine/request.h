/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request.h - one request on its way through the engine; for the files of this folder only.
 *
 * Two hold a request: the step loop until it ends, and its reader (a stream or a waiting call). Fields fall into four
 * groups by who may touch them when; a request's own memory is made at submit and sized by its limits.
 */
#ifndef ZEST_REQUEST_H
#define ZEST_REQUEST_H

#include <pthread.h>
#include <stdatomic.h>

#include <zest/api/engine.h>
#include <zest/handles.h>

#include "sampler.h"
#include "stop_text.h"

struct zest_engine_native;

enum { ZEST_REQUEST_NAME_MAX = 256, ZEST_PENDING_MAX = 16 };

struct zest_request {
    /* Fixed at submit. */
    char name[ZEST_REQUEST_NAME_MAX + 1], user[ZEST_REQUEST_NAME_MAX + 1];
    double priority;
    struct zest_sampling sampling;
    struct zest_stop_texts stops;
    bool ignore_end, scores_prompt;
    int32_t top; /* alternatives of each scored token; -1: no scores */
    int32_t prompt_count, max_tokens;
    float *forward_rows; /* where a forward's logits go (the caller's memory); NULL: a generation */
    bool forward_all;
    uint64_t arrival_ns;
    struct zest_arena arena; /* tokens, scores, stop texts */

    /* The step loop's own. */
    int64_t sequence_id;
    uint32_t slot;                  /* in the loop's table */
    bool is_queued;                 /* the scheduler has it */
    int32_t *tokens;                /* [prompt_count + max_tokens] */
    int32_t known, computed;        /* tokens known; of these in the KV cache */
    int32_t planned;                /* tokens of the running step */
    int64_t step;                   /* the last step that named it */
    struct zest_scored *scores;     /* [scored][1 + top] */
    int32_t scored;                 /* prompt's first, where asked for */
    char pending[ZEST_PENDING_MAX]; /* bytes of an unfinished character */
    size_t pending_size;
    uint64_t first_step_ns, first_token_ns, last_token_ns;
    int32_t preemptions, steps;
    enum zest_engine_finish outcome; /* what the running step made of it; none: it goes on */
    struct zest_request *next;       /* in the inbox */
    struct zest_request *next_named; /* in the table of names (under the engine's lock) */

    /* Shared, under `lock`. Lock order: a request's lock, then the engine's. */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct zest_engine_native *engine; /* NULL once it has ended */
    struct zest_buffer text;
    size_t text_ready;               /* bytes that may go out: the rest may become a stop text */
    int32_t ids_ready, scores_ready; /* generated tokens and scores that may go out */
    struct zest_text stop_sequence;  /* the one that ended it */
    enum zest_engine_finish finish;  /* none while it goes on */
    struct zest_error error;         /* code ZEST_OK unless it failed */
    struct zest_engine_timings timings;
    bool is_streamed; /* its reader wants every token at once */
    void (*wake)(void *user);
    void *wake_user;
    /* What the reader has had; under `lock` too. */
    size_t text_read;
    int32_t ids_read, scores_read;
    bool is_prompt_read, is_end_read;

    atomic_bool is_cancelled; /* set by anybody, seen by the loop at the next step's border */
    atomic_int holders;
};

static inline int32_t zest_request_generated(const struct zest_request *request)
{
    return request->known - request->prompt_count;
}

static inline struct zest_history zest_request_history(const struct zest_request *request)
{
    return (struct zest_history){request->tokens, request->prompt_count, request->known};
}

static inline bool zest_request_has_ended(const struct zest_request *request)
{
    return request->finish != ZEST_ENGINE_FINISH_NONE || request->error.code != ZEST_OK;
}

/* An empty request with one holder; NULL where memory is out. */
struct zest_request *zest_request_new(void);
void zest_request_drop(struct zest_request *request); /* one holder less; the last frees it */
struct zest_engine_timings zest_request_timings(const struct zest_request *request); /* the loop */
/* The loop: a token (or only scores and the time) is there to be read. `text` is what the token added. */
void zest_request_deliver(struct zest_request *request, struct zest_text text);
/* The loop: it has ended; everything is ready and no engine is behind it any more. */
void zest_request_end(struct zest_request *request, enum zest_engine_finish finish, const struct zest_error *error);
/* The reader: blocks until it has ended. */
void zest_request_wait_end(struct zest_request *request);
/* What is new since the last item, in call->arena: ZEST_OK, ZEST_AGAIN, ZEST_END or the request's error. */
enum zest_status zest_request_read(struct zest_request *request, const struct zest_handles *handles,
                                   struct zest_call *call, struct zest_engine_stream_item *ret_item);
void zest_request_abandon(struct zest_request *request); /* the reader: cancels it where it runs, and drops it */
struct zest_stream *zest_request_stream(struct zest_request *request, const struct zest_handles *handles);

#endif
