/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine.h - how the native engine is made. Everything else about it is its contract, <zest/api/engine.h>.
 */
#ifndef ZEST_ENGINE_H
#define ZEST_ENGINE_H

#include <zest/api/engine_native.h>
#include <zest/handles.h>

struct zest_engine_options {
    const struct zest_handles *handles; /* the other four; kept, must outlive the engine */
    const char *model_name;             /* the name under which the model is served; copied */
    int32_t step_tokens_max;            /* most tokens of a step */
    int32_t sequences_max;              /* most requests that run at a time */
    int32_t queue_max;                  /* most requests that wait */
    uint64_t (*now_ns)(void *user);     /* the engine's clock; NULL: CLOCK_MONOTONIC */
    void *now_user;
};

/* Starts the step loop's thread. The other four must be in their handles. */
enum zest_status zest_engine_native_create(const struct zest_engine_options *options, struct zest_engine **ret,
                                           struct zest_error *error) ZEST_MUST_CHECK;
/*
 * zest_engine_native_destroy ends every request with ZEST_UNAVAILABLE and waits for the loop. Streams stay readable and
 * must still be closed by their readers; only unread scores (logprobs) need the tokenizer behind the handles.
 */

#endif
