/* SPDX-License-Identifier: Apache-2.0 */
/*
 * environment.c - opens a model, makes the five native services round it and holds their handles.
 *
 * Owns the natives. Both builds use this file; what switches modes is in modes.c (open) and modes_sealed.c (sealed).
 * Start reading at zest_env_open: services are made in the order in which they need each other, and freed backwards.
 */
#include <stdlib.h>
#include <unistd.h>

#include <zest/api/computation_native.h>
#include <zest/api/engine_native.h>
#include <zest/api/memory_native.h>
#include <zest/api/scheduler_native.h>
#include <zest/api/tokenizer_native.h>

#include "computation.h"
#include "engine.h"
#include "env_private.h"
#include "memory.h"
#include "scheduler.h"
#include <zest/tokenizer.h>

enum { STEP_TOKENS = 512, SEQUENCES = 64, QUEUE = 4096, BLOCK_TOKENS = 32 };
static const int64_t KV_BYTES_MAX = (int64_t)2 << 30;

struct plan {
    const struct zest_env_options *options;
    char *model_name; /* owned */
    int32_t step_tokens_max, sequences_max, queue_max;
};

/* The file's name without folders and ".gguf". NULL where memory is out. */
static char *name_of_path(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *name = strdup(slash ? slash + 1 : path);
    size_t size = name ? strlen(name) : 0;
    if (size > 5 && !strcmp(name + size - 5, ".gguf"))
        name[size - 5] = '\0';
    return name;
}

static int32_t or_default(int32_t value, int32_t fallback)
{
    return value > 0 ? value : fallback;
}

static enum zest_status check_limits(const struct zest_env_options *options, struct zest_error *error)
{
    if (!options->model_path || !options->model_path[0])
        return zest_fail_param(error, ZEST_MISSING_FIELD, "model", "no model is given; it is the path of a GGUF file");
    if (options->threads < 0 || options->threads > 1024)
        return zest_fail_param(error, ZEST_OUT_OF_RANGE, "threads",
                               "threads is %d; it must lie between 0 (all) and 1024", options->threads);
    if (options->kv_cache_bytes < 0)
        return zest_fail_param(error, ZEST_OUT_OF_RANGE, "kv_cache_bytes",
                               "kv_cache_bytes is %lld; it must not be negative", (long long)options->kv_cache_bytes);
    return ZEST_OK;
}

/* ---- the five, in the order in which they need each other ------------------------------------------------------- */

static enum zest_status make_tokenizer(struct env *env, const struct plan *plan, struct zest_error *error)
{
    struct zest_tokenizer_options options = {.model_path = plan->options->model_path,
                                             .cache_folder = plan->options->tokenizer_cache,
                                             .files_folder = plan->options->files_folder,
                                             .cpu = plan->options->cpu};
    struct zest_tokenizer *tokenizer;
    enum zest_status status = zest_tokenizer_native_create(&options, &tokenizer, error);
    if (status == ZEST_OK)
        env->native[ZEST_TOKENIZER] = (struct zest_service *)tokenizer;
    return status;
}

static enum zest_status make_computation(struct env *env, const struct plan *plan, struct zest_error *error)
{
    struct zest_computation_options options = {
        .model_path = plan->options->model_path,
        .threads = plan->options->threads,
        .cpu = plan->options->cpu,
        .activations = plan->options->activations,
        .block_tokens = BLOCK_TOKENS,
        .block_count = 1, /* the engine brings it to the memory's size; growing copies what is there */
        .step_tokens_max = plan->step_tokens_max,
        .progress = plan->options->progress,
        .progress_user = plan->options->progress_user,
    };
    struct zest_computation *computation;
    enum zest_status status = zest_computation_native_create(&options, &computation, error);
    if (status == ZEST_OK)
        env->native[ZEST_COMPUTATION] = (struct zest_service *)computation;
    return status;
}

/* The KV cache's bytes: what was asked for, else whole contexts within the limits of the machine. */
static int64_t kv_bytes(const struct plan *plan, const struct zest_computation_model_info *info)
{
    if (plan->options->kv_cache_bytes > 0)
        return plan->options->kv_cache_bytes;
    int64_t quarter = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE) / 4;
    int64_t limit = quarter < KV_BYTES_MAX ? quarter : KV_BYTES_MAX;
    double contexts = (double)info->context_max / info->block_tokens * (double)info->block_bytes * plan->sequences_max;
    return contexts < (double)limit ? (int64_t)contexts : limit;
}

static enum zest_status make_memory(struct env *env, const struct plan *plan, struct zest_error *error)
{
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    struct zest_computation_get_model_info_request request = {0};
    struct zest_computation_model_info info;
    enum zest_status status = zest_computation_get_model_info((struct zest_computation *)env->native[ZEST_COMPUTATION],
                                                              &call, &request, &info);
    if (status != ZEST_OK) {
        *error = call.error;
    } else {
        int64_t blocks = kv_bytes(plan, &info) / info.block_bytes;
        struct zest_memory_options options = {.block_count = blocks < 1           ? 1
                                                             : blocks > INT32_MAX ? INT32_MAX
                                                                                  : (int32_t)blocks,
                                              .block_tokens = info.block_tokens,
                                              .block_bytes = info.block_bytes};
        struct zest_memory *memory;
        status = zest_memory_native_create(&options, &memory, error);
        if (status == ZEST_OK)
            env->native[ZEST_MEMORY] = (struct zest_service *)memory;
    }
    zest_arena_finish(&arena);
    return status;
}

static enum zest_status make_scheduler(struct env *env, const struct plan *plan, struct zest_error *error)
{
    struct zest_scheduler_options options = {
        .policy = plan->options->policy, .sequences_max = plan->sequences_max, .queue_max = plan->queue_max};
    struct zest_scheduler *scheduler;
    enum zest_status status = zest_scheduler_native_create(&options, &scheduler, error);
    if (status == ZEST_OK)
        env->native[ZEST_SCHEDULER] = (struct zest_service *)scheduler;
    return status;
}

/* Last: its loop calls the others through the handles from its first moment on. */
static enum zest_status make_engine(struct env *env, const struct plan *plan, struct zest_error *error)
{
    for (int i = 0; i < ZEST_SERVICE_COUNT; i++)
        atomic_store(&env->base.handles.layer[i], env->native[i]);
    struct zest_engine_options options = {.handles = &env->base.handles,
                                          .model_name = plan->model_name,
                                          .step_tokens_max = plan->step_tokens_max,
                                          .sequences_max = plan->sequences_max,
                                          .queue_max = plan->queue_max};
    struct zest_engine *engine;
    enum zest_status status = zest_engine_native_create(&options, &engine, error);
    if (status == ZEST_OK) {
        env->native[ZEST_ENGINE] = (struct zest_service *)engine;
        atomic_store(&env->base.handles.layer[ZEST_ENGINE], env->native[ZEST_ENGINE]);
    }
    return status;
}

static enum zest_status make_all(struct env *env, const struct plan *plan, struct zest_error *error)
{
    static enum zest_status (*const make[])(struct env *, const struct plan *, struct zest_error *) = {
        make_tokenizer, make_computation, make_memory, make_scheduler, make_engine};
    size_t count = plan->options->tokenizer_only ? 1 : ZEST_COUNT(make);
    for (size_t i = 0; i < count; i++) {
        enum zest_status status = make[i](env, plan, error);
        if (status != ZEST_OK)
            return status;
    }
    atomic_store(&env->base.handles.layer[ZEST_TOKENIZER], env->native[ZEST_TOKENIZER]);
    return ZEST_OK;
}

enum zest_status zest_env_open(const struct zest_env_options *options, struct zest_env **ret_env,
                               struct zest_error *error)
{
    enum zest_status status = check_limits(options, error);
    if (status != ZEST_OK)
        return status;
    struct plan plan = {.options = options,
                        .model_name =
                            options->model_name ? strdup(options->model_name) : name_of_path(options->model_path),
                        .step_tokens_max = or_default(options->step_tokens_max, STEP_TOKENS),
                        .sequences_max = or_default(options->sequences_max, SEQUENCES),
                        .queue_max = or_default(options->queue_max, QUEUE)};
    struct env *env = calloc(1, sizeof(*env));
    if (!env || !plan.model_name)
        status = zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for an environment");
    else
        status = make_all(env, &plan, error);
    free(plan.model_name);
    if (status != ZEST_OK) {
        zest_env_close(env ? &env->base : NULL);
        return status;
    }
    *ret_env = &env->base;
    return ZEST_OK;
}

void zest_env_close(struct zest_env *public_env)
{
    struct env *env = (struct env *)public_env;
    if (!env)
        return;
    if (env->native[ZEST_ENGINE])
        zest_engine_native_destroy((struct zest_engine *)env->native[ZEST_ENGINE]);
    zest_modes_free(env->modes);
    if (env->native[ZEST_SCHEDULER])
        zest_scheduler_native_destroy((struct zest_scheduler *)env->native[ZEST_SCHEDULER]);
    if (env->native[ZEST_MEMORY])
        zest_memory_native_destroy((struct zest_memory *)env->native[ZEST_MEMORY]);
    if (env->native[ZEST_COMPUTATION])
        zest_computation_native_destroy((struct zest_computation *)env->native[ZEST_COMPUTATION]);
    if (env->native[ZEST_TOKENIZER])
        zest_tokenizer_native_destroy((struct zest_tokenizer *)env->native[ZEST_TOKENIZER]);
    free(env);
}
