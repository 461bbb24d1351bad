/* SPDX-License-Identifier: Apache-2.0 */
/*
 * computation.c - the computation service: each operation of api/computation.yaml on a loaded model.
 *
 * Owns the model, the KV buffers, the thread pool and the step's buffers. Threads: operations may be called from any
 * thread; what uses the pool takes `lock`, one after the other. A benchmark holds it one run at a time, so that steps
 * go on between its runs. Logits lie in the step's buffer and are overwritten by the next execute.
 */
#include "computation.h"

#include <pthread.h>
#include <stdlib.h>

#include <zest/api/computation_native.h>

#include "benchmark.h"
#include "forward.h"
#include "machine.h"

#define BLOCK_TOKENS 32
#define REPEAT 20
#define ENTRIES_MAX 65536

struct zest_computation_native {
    struct zest_computation base;
    pthread_mutex_t lock;
    const struct zest_kernels *kernels;
    const char *asked_cpu; /* "" where it was chosen by CPUID; else a path's name */
    struct zest_threads *threads;
    struct zest_model model;
    struct zest_kv kv;
    struct zest_forward *forward;
    struct zest_forward_entry *entries; /* grows to the largest step */
    size_t entry_max;
    char *path;
    bool exact;
    struct zest_machine roof; /* measured at the first benchmark; bandwidth 0 before */
    uint64_t steps, tokens, ticks;
};

const struct zest_computation_ops zest_computation_native_ops = ZEST_COMPUTATION_NATIVE_OPS;

static struct zest_computation_native *native_of(struct zest_computation *self)
{
    return (struct zest_computation_native *)self;
}

/* ---- life -------------------------------------------------------------------------------------------------- */

struct loading {
    const struct zest_computation_options *options;
};

static void report(void *context, uint64_t done, uint64_t total)
{
    const struct zest_computation_options *options = ((struct loading *)context)->options;
    options->progress(options->progress_user, "loading weights", total ? (double)done / (double)total : 1.0);
}

static enum zest_status read_choices(const struct zest_computation_options *o, bool *ret_exact,
                                     enum zest_kv_type *ret_kv_type, struct zest_error *error)
{
    const char *activations = o->activations && *o->activations ? o->activations : "q8";
    const char *kv_type = o->kv_type && *o->kv_type ? o->kv_type : "f32";
    if (!o->model_path || !*o->model_path)
        return zest_fail_param(error, ZEST_MISSING_FIELD, "model", "no model is given; it is the path of a GGUF file");
    if (strcmp(activations, "q8") != 0 && strcmp(activations, "f32") != 0)
        return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "activations",
                               "activations is '%.32s'; q8 and f32 are possible", activations);
    if (strcmp(kv_type, "f16") != 0 && strcmp(kv_type, "f32") != 0)
        return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "kv_type", "kv_type is '%.32s'; f32 and f16 are possible",
                               kv_type);
    if (o->threads < 0 || o->threads > ZEST_THREADS_MAX || o->block_tokens < 0 || o->block_count < 0)
        return zest_fail_param(
            error, ZEST_OUT_OF_RANGE, o->threads < 0 || o->threads > ZEST_THREADS_MAX ? "threads" : "block_count",
            "threads is %d, block_tokens %d, block_count %d; none may be negative, threads at most %d", o->threads,
            o->block_tokens, o->block_count, ZEST_THREADS_MAX);
    *ret_exact = strcmp(activations, "f32") == 0;
    *ret_kv_type = strcmp(kv_type, "f16") == 0 ? ZEST_KV_F16 : ZEST_KV_F32;
    return ZEST_OK;
}

static enum zest_status start(struct zest_computation_native *n, const struct zest_computation_options *o,
                              struct zest_error *error)
{
    enum zest_kv_type kv_type = ZEST_KV_F32;
    struct loading loading = {o};
    enum zest_status status = read_choices(o, &n->exact, &kv_type, error);
    if (status == ZEST_OK)
        status = zest_kernels_choose(o->cpu, &n->kernels, error);
    if (status != ZEST_OK)
        return status;
    n->asked_cpu = o->cpu && *o->cpu && strcmp(o->cpu, "auto") != 0 ? n->kernels->name : "";
    n->path = strdup(o->model_path);
    if (!n->path)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a path");
    status = zest_threads_create(o->threads ? (uint32_t)o->threads : zest_threads_cores(), o->pin_threads, &n->threads,
                                 error);
    if (status == ZEST_OK)
        status = zest_model_load(o->model_path, n->kernels, n->threads, o->progress ? report : NULL, &loading,
                                 &n->model, error);
    if (status == ZEST_OK)
        status =
            zest_kv_init(&n->kv, &n->model, o->block_tokens ? (uint32_t)o->block_tokens : BLOCK_TOKENS, kv_type, error);
    if (status != ZEST_OK)
        return status;
    uint32_t blocks = (n->model.context + n->kv.block_tokens - 1) / n->kv.block_tokens;
    status = zest_kv_resize(&n->kv, o->block_count ? (uint32_t)o->block_count : blocks, error);
    if (status == ZEST_OK)
        status = zest_forward_create(&n->model, n->kernels, n->threads, &n->kv, n->exact, &n->forward, error);
    return status;
}

enum zest_status zest_computation_native_create(const struct zest_computation_options *options,
                                                struct zest_computation **ret_computation, struct zest_error *error)
{
    struct zest_computation_native *n = calloc(1, sizeof(*n));
    if (!n)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the computation service");
    n->base.ops = &zest_computation_native_ops;
    (void)pthread_mutex_init(&n->lock, NULL);
    enum zest_status status = start(n, options, error);
    if (status != ZEST_OK) {
        zest_computation_native_destroy(&n->base);
        return status;
    }
    *ret_computation = &n->base;
    return ZEST_OK;
}

void zest_computation_native_destroy(struct zest_computation *self)
{
    if (!self)
        return;
    struct zest_computation_native *n = native_of(self);
    zest_forward_destroy(n->forward);
    zest_kv_finish(&n->kv);
    zest_model_finish(&n->model);
    zest_threads_destroy(n->threads);
    (void)pthread_mutex_destroy(&n->lock);
    free(n->entries);
    free(n->path);
    free(n);
}

/* ---- execute ----------------------------------------------------------------------------------------------- */

static enum zest_status copy_entries(struct zest_computation_native *n,
                                     const struct zest_computation_execute_request *r, struct zest_error *error)
{
    if (r->entries_count > ENTRIES_MAX)
        return zest_fail_param(error, ZEST_TOO_LARGE, "entries", "the step has %zu entries; at most %d are taken",
                               r->entries_count, ENTRIES_MAX);
    if (r->entries_count > n->entry_max) {
        struct zest_forward_entry *entries = realloc(n->entries, r->entries_count * sizeof(*entries));
        if (!entries)
            return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for %zu entries", r->entries_count);
        n->entries = entries;
        n->entry_max = r->entries_count;
    }
    for (size_t i = 0; i < r->entries_count; i++) {
        const struct zest_computation_entry *e = &r->entries[i];
        if (e->position < 0 || e->token_count < 1)
            return zest_fail_param(error, ZEST_OUT_OF_RANGE, "entries",
                                   "entry %zu has position %d and %d tokens; at least 0 and 1 are possible", i,
                                   e->position, e->token_count);
        n->entries[i] = (struct zest_forward_entry){
            .token_count = (uint32_t)e->token_count,
            .position = (uint32_t)e->position,
            .block_ids = e->block_ids,
            .block_count = e->block_ids_count,
            .logits = e->logits == ZEST_COMPUTATION_LOGITS_WANTED_ALL    ? ZEST_LOGITS_ALL
                      : e->logits == ZEST_COMPUTATION_LOGITS_WANTED_LAST ? ZEST_LOGITS_LAST
                                                                         : ZEST_LOGITS_NONE,
        };
    }
    return ZEST_OK;
}

enum zest_status zest_computation_native_execute(struct zest_computation *self, struct zest_call *call,
                                                 const struct zest_computation_execute_request *request,
                                                 struct zest_computation_execute_reply *ret_reply)
{
    struct zest_computation_native *n = native_of(self);
    const float *logits = NULL;
    size_t rows = 0;
    (void)pthread_mutex_lock(&n->lock);
    uint64_t before = zest_ticks();
    enum zest_status status = copy_entries(n, request, &call->error);
    if (status == ZEST_OK)
        status = zest_forward_run(n->forward, request->token_ids, request->token_ids_count, n->entries,
                                  request->entries_count, &logits, &rows, &call->error);
    if (status == ZEST_OK) {
        n->steps++;
        n->tokens += request->token_ids_count;
        n->ticks += zest_ticks() - before;
        ret_reply->logits =
            (struct zest_tensor){.dtype = ZEST_DTYPE_F32, .rank = 2, .shape = {rows, n->model.vocab}, .data = logits};
    }
    (void)pthread_mutex_unlock(&n->lock);
    return status;
}

enum zest_status zest_computation_native_resize_kv(struct zest_computation *self, struct zest_call *call,
                                                   const struct zest_computation_resize_kv_request *request,
                                                   struct zest_computation_resize_kv_reply *ret_reply)
{
    struct zest_computation_native *n = native_of(self);
    if (request->block_count < 1)
        return zest_fail_param(&call->error, ZEST_OUT_OF_RANGE, "block_count",
                               "block_count is %d; at least 1 is possible", request->block_count);
    (void)pthread_mutex_lock(&n->lock);
    enum zest_status status = zest_kv_resize(&n->kv, (uint32_t)request->block_count, &call->error);
    if (status == ZEST_OK) {
        ret_reply->block_count = (int32_t)n->kv.block_count;
        ret_reply->kv_bytes = (int64_t)(n->kv.block_bytes * n->kv.block_count);
    }
    (void)pthread_mutex_unlock(&n->lock);
    return status;
}

/* ---- what it is -------------------------------------------------------------------------------------------- */

enum zest_status zest_computation_native_get_model_info(struct zest_computation *self, struct zest_call *call,
                                                        const struct zest_computation_get_model_info_request *request,
                                                        struct zest_computation_model_info *ret_reply)
{
    const struct zest_computation_native *n = native_of(self);
    const struct zest_model *m = &n->model;
    (void)call;
    (void)request;
    *ret_reply = (struct zest_computation_model_info){
        .name = zest_text_of(m->name),
        .architecture = zest_text_of(m->architecture),
        .type = zest_text_of(m->type),
        .path = zest_text_of(n->path),
        .parameters = (int64_t)m->parameters,
        .layers = (int32_t)m->layers,
        .hidden_size = (int32_t)m->hidden,
        .heads = (int32_t)m->heads,
        .kv_heads = (int32_t)m->kv_heads,
        .head_size = (int32_t)m->head_dim,
        .ffn_size = (int32_t)m->ffn,
        .vocab_size = (int32_t)m->vocab,
        .context_max = (int32_t)m->context,
        .weight_bytes = (int64_t)m->weight_bytes,
        .block_tokens = (int32_t)n->kv.block_tokens,
        .block_bytes = (int64_t)n->kv.block_bytes,
        .kv_type = n->kv.type == ZEST_KV_F16 ? ZEST_TEXT("f16") : ZEST_TEXT("f32"),
        .cpu = zest_text_of(n->kernels->name),
        .threads = (int32_t)zest_threads_count(n->threads),
        .activations = n->exact ? ZEST_TEXT("f32") : ZEST_TEXT("q8"),
    };
    return ZEST_OK;
}

static bool is_available(const struct zest_kernels *path)
{
    const struct zest_kernels *paths[ZEST_PATH_MAX];
    size_t count = zest_kernels_paths(paths);
    for (size_t i = 0; i < count; i++)
        if (paths[i] == path)
            return true;
    return false;
}

static const struct zest_kernels *const all_paths[] = {
    &zest_kernels_ref,
#if defined(__x86_64__)
    &zest_kernels_avx2,
    &zest_kernels_avx512,
#endif
};

enum zest_status
zest_computation_native_get_available_kernels(struct zest_computation *self, struct zest_call *call,
                                              const struct zest_computation_get_available_kernels_request *request,
                                              struct zest_computation_get_available_kernels_reply *ret_reply)
{
    const struct zest_computation_native *n = native_of(self);
    struct zest_text *names = ZEST_NEW_ARRAY(call->arena, struct zest_text, ZEST_KERNEL_COUNT);
    struct zest_computation_kernel_variant *variants =
        ZEST_NEW_ARRAY(call->arena, struct zest_computation_kernel_variant, ZEST_KERNEL_COUNT * ZEST_COUNT(all_paths));
    size_t count = 0;
    (void)request;
    if (!names || !variants)
        return zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory for a list of kernels");
    for (int kind = 0; kind < ZEST_KERNEL_COUNT; kind++) {
        names[kind] = zest_text_of(zest_kernel_name((enum zest_kernel_kind)kind));
        for (size_t i = 0; i < ZEST_COUNT(all_paths); i++) {
            if (!zest_kernel_has(all_paths[i], (enum zest_kernel_kind)kind))
                continue;
            variants[count++] = (struct zest_computation_kernel_variant){
                .kernel = names[kind],
                .variant = zest_text_of(all_paths[i]->variant),
                .is_used = all_paths[i] == n->kernels && kind != ZEST_KERNEL_NAIVE_ATTENTION,
                .is_available = is_available(all_paths[i]),
                .summary = zest_text_of(zest_kernel_summary(all_paths[i], (enum zest_kernel_kind)kind)),
            };
        }
    }
    *ret_reply = (struct zest_computation_get_available_kernels_reply){
        .kernels = names, .kernels_count = ZEST_KERNEL_COUNT, .variants = variants, .variants_count = count};
    return ZEST_OK;
}

static enum zest_status measure(struct zest_computation_native *n, struct zest_machine *ret_machine,
                                struct zest_error *error)
{
    (void)pthread_mutex_lock(&n->lock);
    enum zest_status status =
        zest_machine_measure(n->kernels, n->threads, zest_threads_count(n->threads), ret_machine, error);
    if (status == ZEST_OK)
        n->roof = *ret_machine;
    (void)pthread_mutex_unlock(&n->lock);
    return status;
}

enum zest_status zest_computation_native_get_machine(struct zest_computation *self, struct zest_call *call,
                                                     const struct zest_computation_get_machine_request *request,
                                                     struct zest_computation_get_machine_reply *ret_reply)
{
    struct zest_computation_native *n = native_of(self);
    const struct zest_kernels *paths[ZEST_PATH_MAX];
    struct zest_machine machine;
    char name[64];
    size_t count = zest_kernels_paths(paths);
    struct zest_text *names = ZEST_NEW_ARRAY(call->arena, struct zest_text, ZEST_PATH_MAX);
    (void)request;
    zest_machine_cpu_name(name);
    struct zest_text cpu_name = zest_text_copy(call->arena, zest_text_of(name));
    if (!names || !cpu_name.data)
        return zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory for a list of paths");
    enum zest_status status = measure(n, &machine, &call->error);
    if (status != ZEST_OK)
        return status;
    for (size_t i = 0; i < count; i++)
        names[i] = zest_text_of(paths[i]->name);
    *ret_reply = (struct zest_computation_get_machine_reply){
        .cpu_name = cpu_name,
        .cpu = zest_text_of(n->kernels->name),
        .cpu_paths = names,
        .cpu_paths_count = count,
        .cores = (int32_t)zest_threads_cores(),
        .threads = (int32_t)zest_threads_count(n->threads),
        .memory_bandwidth = machine.bandwidth,
        .int8_macs = machine.int8_macs,
        .ping_pong_seconds = machine.ping_pong,
        .placement = zest_text_of(zest_machine_placement(&machine)),
    };
    return ZEST_OK;
}

enum zest_status zest_computation_native_explain(struct zest_computation *self, struct zest_call *call,
                                                 const struct zest_computation_explain_request *request,
                                                 struct zest_computation_explain_reply *ret_reply)
{
    struct zest_computation_native *n = native_of(self);
    (void)request;
    (void)pthread_mutex_lock(&n->lock);
    *ret_reply = (struct zest_computation_explain_reply){
        .steps_total = n->steps, .tokens_total = n->tokens, .execute_seconds = zest_ticks_seconds(n->ticks)};
    unsigned long long lonely = zest_forward_lonely_steps(n->forward);
    (void)pthread_mutex_unlock(&n->lock);
    ret_reply->algorithm_reasoning = zest_text_format(
        call->arena,
        "The %s path runs, because %s. Weights are mostly %s and lie %u rows side by side; activations are %s, keys "
        "and "
        "values %s in blocks of %u positions. %u threads share a step by rows of the weights when it has few tokens, "
        "and by "
        "tokens when it has %u or more for each; the result is the same to the bit. %llu steps ran on one thread, "
        "because "
        "another process held a core.",
        n->kernels->name, *n->asked_cpu ? "it was asked for" : "it is the fastest that this machine has", n->model.type,
        n->kernels->lanes, n->exact ? "32-bit floats" : "8-bit integers with a scale for 32 of them",
        n->kv.type == ZEST_KV_F16 ? "16-bit floats" : "32-bit floats", n->kv.block_tokens,
        zest_threads_count(n->threads), 32u, lonely);
    if (!ret_reply->algorithm_reasoning.data)
        return zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory for an explanation");
    return ZEST_OK;
}

/* ---- benchmark_kernel -------------------------------------------------------------------------------------- */

static struct zest_benchmark_config defaults(const struct zest_computation_native *n, enum zest_kernel_kind kind)
{
    const struct zest_model *m = &n->model;
    bool attention = zest_kernel_is_attention(kind), matmul = zest_kernel_is_matmul(kind);
    return (struct zest_benchmark_config){
        .batch_size = 1,
        .seq_len = attention ? 512 : 1,
        .rows = m->ffn,
        .cols = matmul || m->hidden % 32 == 0 ? m->hidden / 32 * 32 + (m->hidden < 32 ? 32 : 0) : 576,
        .heads = m->heads,
        .kv_heads = m->kv_heads,
        .head_dim = m->head_dim,
        .repeat = REPEAT,
        .threads = 1};
}

static enum zest_status choose_variant(struct zest_computation_native *n, enum zest_kernel_kind kind,
                                       struct zest_benchmark_config *config, const struct zest_kernels **ret_path,
                                       struct zest_error *error)
{
    const struct zest_kernels *path = zest_kernel_has(n->kernels, kind) ? n->kernels : &zest_kernels_ref;
    if (*config->variant) {
        path = NULL;
        for (size_t i = 0; i < ZEST_COUNT(all_paths); i++)
            if (strcmp(all_paths[i]->variant, config->variant) == 0)
                path = all_paths[i];
        if (!path || !zest_kernel_has(path, kind))
            return zest_fail_param(error, ZEST_NOT_FOUND, "config", "%s has no variant '%s'", zest_kernel_name(kind),
                                   config->variant);
        if (!is_available(path))
            return zest_fail_param(error, ZEST_UNSUPPORTED, "config", "this machine can't run the variant '%s'",
                                   config->variant);
    }
    if (config->threads > zest_threads_count(n->threads))
        return zest_fail_param(error, ZEST_OUT_OF_RANGE, "config", "config.threads is %lld; the pool has %u",
                               (long long)config->threads, zest_threads_count(n->threads));
    if (config->threads > 1)
        config->threads = zest_threads_count(n->threads);
    (void)memcpy(config->variant, path->variant, strlen(path->variant) + 1);
    *ret_path = path;
    return ZEST_OK;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void time_runs(struct zest_computation_native *n, struct zest_benchmark *b, double *seconds)
{
    size_t repeat = (size_t)b->config.repeat;
    for (size_t i = 0; i <= repeat; i++) { /* the first warms up */
        (void)pthread_mutex_lock(&n->lock);
        seconds[i ? i - 1 : 0] = zest_benchmark_run(b, n->threads);
        (void)pthread_mutex_unlock(&n->lock);
    }
    qsort(seconds, repeat, sizeof(*seconds), compare);
}

static void judge(const struct zest_computation_native *n, const struct zest_benchmark *b, const double *seconds,
                  struct zest_computation_benchmark_kernel_reply *r)
{
    size_t repeat = (size_t)b->config.repeat;
    double share = (double)b->config.threads / zest_threads_count(n->threads);
    bool bytes = zest_kernel_is_matmul(b->kind) &&
                 zest_weight_quantised((enum zest_weight)(b->kind - ZEST_KERNEL_MATMUL)) && n->roof.int8_macs > 0;
    double memory = (double)b->bytes / n->roof.bandwidth;
    double arithmetic = (double)b->macs / ((bytes ? n->roof.int8_macs : n->roof.f32_macs) * share);
    r->median_seconds = seconds[repeat / 2];
    r->minimum_seconds = seconds[0];
    r->spread = r->median_seconds > 0 ? (seconds[repeat * 3 / 4] - seconds[repeat / 4]) / r->median_seconds : 0;
    r->repeats = (int32_t)repeat;
    r->bytes = (int64_t)b->bytes;
    r->macs = (int64_t)b->macs;
    r->bytes_per_second = r->median_seconds > 0 ? (double)b->bytes / r->median_seconds : 0;
    r->macs_per_second = r->median_seconds > 0 ? (double)b->macs / r->median_seconds : 0;
    r->roof_fraction = r->median_seconds > 0 ? (memory > arithmetic ? memory : arithmetic) / r->median_seconds : 0;
    r->bound = memory > arithmetic ? ZEST_TEXT("memory") : ZEST_TEXT("arithmetic");
}

static enum zest_status describe(const struct zest_computation_native *n, const struct zest_benchmark *b,
                                 struct zest_call *call, struct zest_computation_benchmark_kernel_reply *r)
{
    const char *why = b->kernels == n->kernels ? (*n->asked_cpu ? "its path was asked for at the start"
                                                                : "it is the fastest variant that this machine runs")
                                               : "it was asked for, or is the only one";
    r->kernel = zest_text_of(zest_kernel_name(b->kind));
    r->variant = zest_text_of(b->kernels->variant);
    r->config = zest_benchmark_print(call->arena, &b->config);
    r->algorithm_reasoning =
        zest_text_format(call->arena,
                         "%s ran (%s), because %s. The limit is %.*s: memory gives %.1f GB/s, and data that "
                         "stay in a cache may go beyond that.",
                         b->kernels->variant, zest_kernel_summary(b->kernels, b->kind), why, (int)r->bound.size,
                         r->bound.data, n->roof.bandwidth * 1e-9);
    if (!r->config.data || !r->algorithm_reasoning.data)
        return zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory for the reply");
    return ZEST_OK;
}

static enum zest_status benchmark(struct zest_computation_native *n, struct zest_benchmark *b, struct zest_call *call,
                                  struct zest_computation_benchmark_kernel_reply *ret_reply)
{
    struct zest_computation_benchmark_kernel_reply reply = {0};
    struct zest_machine machine;
    double *seconds = ZEST_NEW_ARRAY(call->arena, double, (size_t)b->config.repeat + 1);
    if (!seconds)
        return zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory for %lld times", (long long)b->config.repeat);
    (void)pthread_mutex_lock(&n->lock);
    bool known = n->roof.bandwidth > 0;
    (void)pthread_mutex_unlock(&n->lock);
    enum zest_status status = known ? ZEST_OK : measure(n, &machine, &call->error);
    if (status != ZEST_OK)
        return status;
    time_runs(n, b, seconds);
    judge(n, b, seconds, &reply);
    status = describe(n, b, call, &reply);
    if (status == ZEST_OK)
        *ret_reply = reply;
    return status;
}

enum zest_status
zest_computation_native_benchmark_kernel(struct zest_computation *self, struct zest_call *call,
                                         const struct zest_computation_benchmark_kernel_request *request,
                                         struct zest_computation_benchmark_kernel_reply *ret_reply)
{
    struct zest_computation_native *n = native_of(self);
    const struct zest_kernels *path = NULL;
    struct zest_benchmark b;
    enum zest_kernel_kind kind;
    if (!zest_kernel_find(request->kernel, &kind))
        return zest_fail_param(&call->error, ZEST_NOT_FOUND, "kernel",
                               "there is no kernel '%.*s'; get_available_kernels lists them, such as flash_attention",
                               (int)(request->kernel.size < 64 ? request->kernel.size : 64), request->kernel.data);
    struct zest_benchmark_config config = defaults(n, kind);
    enum zest_status status = zest_benchmark_parse(request->config, &config, &call->error);
    if (status == ZEST_OK)
        status = choose_variant(n, kind, &config, &path, &call->error);
    if (status == ZEST_OK)
        status = zest_benchmark_init(path, kind, &config, &b, &call->error);
    if (status != ZEST_OK)
        return status;
    status = benchmark(n, &b, call, ret_reply);
    zest_benchmark_finish(&b);
    return status;
}
