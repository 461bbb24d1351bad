/* SPDX-License-Identifier: Apache-2.0 */
/*
 * environment.h - five services round one model, and the mode of each.
 *
 * An environment opens a model, makes the five native services and holds one handle for each. A caller takes the
 * layer that a handle names at the moment of the call:
 *
 *     struct zest_tokenizer *tokenizer = zest_env_tokenizer(env);
 *     status = zest_tokenizer_tokenize(tokenizer, &call, &request, &reply);
 *
 * In production mode the layer is the native service itself. Switching a mode is one atomic store; calls in flight
 * finish in the layer that they began in. Layers live as long as their environment, so a layer that was taken
 * before a switch goes on working (docs/decisions/0002-layers-live-as-long-as-their-environment.md).
 *
 * Threads: everything here may be called from any thread; open and close from one at a time.
 */
#ifndef ZEST_ENVIRONMENT_H
#define ZEST_ENVIRONMENT_H

#include <stdatomic.h>

#include <zest/api/computation.h>
#include <zest/api/engine.h>
#include <zest/api/memory.h>
#include <zest/api/scheduler.h>
#include <zest/api/tokenizer.h>
#include <zest/handles.h>

/* `fraction` from 0 to 1 of `what` ("loading weights") is done. May come from any thread, one at a time. */
typedef void zest_progress_fn(void *user, const char *what, double fraction);

/* Zero means: the default. Texts are borrowed for the time of zest_env_open. */
struct zest_env_options {
    const char *model_path;  /* a GGUF file; required */
    const char *model_name;  /* the name under which it is served; default: the file's without .gguf */
    int threads;             /* default: every processor that the process may use */
    const char *cpu;         /* "baseline", "avx2", "avx512"; default: the best that the machine has */
    const char *activations; /* "q8" (fast) or "f32" (plain float); default q8 */
    const char *policy;      /* scheduling policy; default fcfs */
    int64_t kv_cache_bytes;  /* default: sequences_max whole contexts, at most 2 GiB and 1/4 of the machine's memory */
    int32_t step_tokens_max; /* most tokens of a step; default 512 */
    int32_t sequences_max;   /* most sequences that run at a time; default 64 */
    int32_t queue_max;       /* most sequences that wait; default 4096 */
    const char *tokenizer_cache; /* a folder for compiled tokenizers, so that they load in no time; default: none */
    const char *files_folder; /* what operations that take a path may read; see <zest/tokenizer.h>; default: anything */
    bool tokenizer_only;      /* make the tokenizer and nothing else: the other handles stay NULL */
    zest_progress_fn *progress; /* default: silence */
    void *progress_user;
};

struct zest_env {
    struct zest_handles handles; /* first, so that a handle is one load away */
};

enum zest_status zest_env_open(const struct zest_env_options *options, struct zest_env **ret_env,
                               struct zest_error *error) ZEST_MUST_CHECK;
void zest_env_close(struct zest_env *env); /* cancels what runs, waits for it; takes NULL */

static inline struct zest_service *zest_env_service(const struct zest_env *env, enum zest_service_id service)
{
    return zest_handle_load(&env->handles, service);
}

static inline struct zest_engine *zest_env_engine(const struct zest_env *env)
{
    return (struct zest_engine *)zest_env_service(env, ZEST_ENGINE);
}

static inline struct zest_tokenizer *zest_env_tokenizer(const struct zest_env *env)
{
    return (struct zest_tokenizer *)zest_env_service(env, ZEST_TOKENIZER);
}

static inline struct zest_scheduler *zest_env_scheduler(const struct zest_env *env)
{
    return (struct zest_scheduler *)zest_env_service(env, ZEST_SCHEDULER);
}

static inline struct zest_memory *zest_env_memory(const struct zest_env *env)
{
    return (struct zest_memory *)zest_env_service(env, ZEST_MEMORY);
}

static inline struct zest_computation *zest_env_computation(const struct zest_env *env)
{
    return (struct zest_computation *)zest_env_service(env, ZEST_COMPUTATION);
}

/*
 * Modes: "production", "research" or the URL of a zest server ("http://127.0.0.1:8080"), whose service of the same
 * name then answers. A remote layer is tried with one call before the switch; where that fails nothing changes.
 * The sealed build knows production only and says so (ZEST_UNSUPPORTED).
 */
enum zest_status zest_env_set_mode(struct zest_env *env, enum zest_service_id service, struct zest_text mode,
                                   struct zest_error *error) ZEST_MUST_CHECK;
struct zest_text zest_env_mode(const struct zest_env *env, enum zest_service_id service); /* lives as long as env */
struct zest_text zest_env_layer_mode(const struct zest_service *layer); /* the same, of a layer taken earlier */

/* "tokenizer" -> ZEST_TOKENIZER; "model" is the engine. False where there is no such service. */
bool zest_service_find(struct zest_text name, enum zest_service_id *ret_service);

#endif
