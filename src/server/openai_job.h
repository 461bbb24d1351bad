/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openai_job.h - one request of /v1/completions or /v1/chat/completions, from its JSON to its choices.
 *
 * openai_request.c reads it, openai_prompt.c makes token ids of what it asks, openai_job.c runs it on the engine's
 * streams (one a choice, none of which holds a thread) and openai_answer.c writes what comes back.
 */
#ifndef ZEST_OPENAI_JOB_H
#define ZEST_OPENAI_JOB_H

#include <jansson.h>

#include "server_private.h"

enum { OPENAI_CHOICES_MAX = 1024, OPENAI_N_MAX = 128, OPENAI_STOPS_MAX = 64, OPENAI_TOP_MAX = 1000 };

struct openai_prompt {
    const int32_t *ids;
    size_t count;
    struct zest_text text; /* as given; of ids only where echo wants it */
};

/* The arrays of a logprobs object, grown token by token, as JSON without the brackets. */
struct openai_logprobs {
    struct zest_buffer tokens, values, tops, offsets; /* chat uses `tokens` alone, for whole entries */
};

struct openai_choice {
    size_t index;
    const struct openai_prompt *prompt;
    struct zest_stream *stream;
    struct zest_call call;
    struct zest_arena arena; /* of the newest item */
    struct zest_buffer text; /* what is not sent yet */
    struct openai_logprobs logprobs;
    uint64_t text_offset; /* code points before the next token */
    enum zest_engine_finish finish;
    struct zest_engine_timings timings;
    struct zest_text request_id; /* its name in the engine */
    bool is_begun, is_ended, is_reported;
};

struct openai_job { /* in the exchange's arena */
    struct zest_server *server;
    struct zest_exchange *exchange;
    json_t *body; /* owned */
    bool is_chat, is_stream, include_usage, echo, has_seed;
    int n, logprobs;                          /* logprobs -1: none, else how many alternatives */
    struct zest_engine_generation generation; /* the prompt is filled in for each choice */
    struct zest_text stops[OPENAI_STOPS_MAX];
    struct openai_prompt *prompts;
    size_t prompt_count;
    struct openai_choice *choices;
    size_t choice_count, ended_count;
    struct zest_buffer warnings; /* JSON strings with commas between */
    struct zest_text id;         /* of the answer */
    int64_t created;
    uint64_t tokenizer_ticks; /* of all its calls, where the tokenizer is traced */
    const char *tokenizer_method;
    bool max_tokens_given;
    bool is_done_sent;
};

/* Reads the body; the job's texts point into it. */
enum zest_status openai_read(struct openai_job *job, struct zest_error *error) ZEST_MUST_CHECK;
void openai_warn(struct openai_job *job, const char *format, ...) ZEST_PRINTF(2, 3);

/* Fills prompts. */
enum zest_status openai_make_prompts(struct openai_job *job, struct zest_error *error) ZEST_MUST_CHECK;

/* A choice's newest item, into its buffers. */
void openai_take_item(struct openai_job *job, struct openai_choice *choice, const struct zest_engine_stream_item *item);
void openai_write_answer(struct openai_job *job, struct zest_buffer *out);
void openai_write_chunk(struct openai_job *job, struct openai_choice *choice, struct zest_buffer *out);
void openai_write_stream_end(struct openai_job *job, struct zest_buffer *out);
void openai_finish_choice(struct openai_choice *choice); /* frees its buffers and closes its stream */

/* The answer's field "zest": warnings, and the metadata of services in research mode. Nothing where there is neither.
 */
void openai_write_zest(struct openai_job *job, struct zest_buffer *out);

#endif
