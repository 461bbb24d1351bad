/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model.c - from a GGUF file to packed weights.
 *
 * First everything is looked up and checked and gets its place in the arena, as a list of jobs in execution order; then
 * all threads pack. Owns nothing but what it hands out in struct zest_model. Start reading at zest_model_load.
 */
#include "model.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "architecture.h"
#include "numbers.h"

#define LAYERS_MAX 1024
#define SIZE_MAX_DIM (1u << 24) /* hidden, ffn, vocab, context */
#define HUGE_PAGE ((size_t)2 << 20)
#define GRAIN 64 /* row groups packed at a time */

static const struct zest_architecture *const architectures[] = {&zest_architecture_llama};

/* A tensor and where it goes; exactly one of matrix and vector is set. */
struct job {
    const struct zest_gguf_tensor *tensor;
    struct zest_matrix *matrix;
    const float **vector;
    enum zest_weight type;
    size_t at, size; /* in the arena */
};

struct loader {
    const struct zest_gguf *gguf;
    const struct zest_kernels *kernels;
    const struct zest_architecture *architecture;
    struct zest_model *model;
    struct zest_error *error;
    struct job *jobs;
    size_t job_count, job_max;
    size_t arena_bytes;
    zest_load_progress_fn *progress;
    void *progress_context;
};

/* ---- pages ------------------------------------------------------------------------------------------------- */

static size_t whole_pages(size_t size)
{
    return (size + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
}

/* Maps one huge page more than wanted and gives the ends back, so that the start is aligned. */
void *zest_pages_alloc(size_t size)
{
    if (size == 0 || size > SIZE_MAX / 2)
        return NULL;
    size_t want = whole_pages(size), all = want + HUGE_PAGE;
    unsigned char *map = mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED)
        return NULL;
    size_t before = (HUGE_PAGE - (uintptr_t)map % HUGE_PAGE) % HUGE_PAGE;
    if (before)
        (void)munmap(map, before);
    (void)munmap(map + before + want, HUGE_PAGE - before);
    (void)madvise(map + before, want, MADV_HUGEPAGE);
    return map + before;
}

void zest_pages_free(void *pages, size_t size)
{
    if (pages)
        (void)munmap(pages, whole_pages(size));
}

/* ---- sizes ------------------------------------------------------------------------------------------------- */

static const char *key_of(const struct loader *l, const char *suffix, char key[96])
{
    (void)snprintf(key, 96, "%s.%s", l->architecture->name, suffix);
    return key;
}

static enum zest_status read_size(const struct loader *l, const char *suffix, uint64_t limit, uint32_t *ret_size)
{
    char key[96];
    uint64_t value;
    if (!zest_gguf_u64(l->gguf, key_of(l, suffix, key), &value))
        return zest_fail(l->error, ZEST_MODEL_DAMAGED, "the model file has no whole number under the key '%s'", key);
    if (value < 1 || value > limit)
        return zest_fail(l->error, ZEST_MODEL_DAMAGED, "the model file says %s = %llu; 1 to %llu are possible", key,
                         (unsigned long long)value, (unsigned long long)limit);
    *ret_size = (uint32_t)value;
    return ZEST_OK;
}

static enum zest_status read_size_or(const struct loader *l, const char *suffix, uint64_t limit, uint32_t otherwise,
                                     uint32_t *ret_size)
{
    char key[96];
    uint64_t value;
    if (!zest_gguf_u64(l->gguf, key_of(l, suffix, key), &value)) {
        *ret_size = otherwise;
        return ZEST_OK;
    }
    return read_size(l, suffix, limit, ret_size);
}

static enum zest_status find_architecture(struct loader *l)
{
    struct zest_text name;
    if (!zest_gguf_text(l->gguf, "general.architecture", &name))
        return zest_fail(l->error, ZEST_MODEL_DAMAGED, "the model file has no text under 'general.architecture'");
    for (size_t i = 0; i < ZEST_COUNT(architectures); i++)
        if (zest_text_equal(name, zest_text_of(architectures[i]->name))) {
            l->architecture = architectures[i];
            (void)snprintf(l->model->architecture, sizeof(l->model->architecture), "%s", architectures[i]->name);
            return ZEST_OK;
        }
    return zest_fail(l->error, ZEST_UNSUPPORTED, "the model's architecture is '%.*s'; supported: llama",
                     (int)(name.size < 64 ? name.size : 64), name.data);
}

static enum zest_status check_sizes(const struct loader *l)
{
    const struct zest_model *m = l->model;
    if (m->heads % m->kv_heads)
        return zest_fail(l->error, ZEST_MODEL_DAMAGED, "the model has %u heads, not a multiple of its %u KV heads",
                         m->heads, m->kv_heads);
    if (m->head_dim % 16 || m->head_dim > ZEST_HEAD_DIM_MAX)
        return zest_fail(l->error, ZEST_UNSUPPORTED,
                         "the model's heads are %u wide; multiples of 16 up to %d are supported", m->head_dim,
                         ZEST_HEAD_DIM_MAX);
    if (m->rope_dim % 2 || m->rope_dim > m->head_dim)
        return zest_fail(l->error, ZEST_MODEL_DAMAGED,
                         "RoPE turns %u of %u dimensions; an even number of them is possible", m->rope_dim,
                         m->head_dim);
    if (!(m->epsilon > 0 && m->epsilon < 1))
        return zest_fail(l->error, ZEST_MODEL_DAMAGED, "the norms' epsilon is %g; it must lie between 0 and 1",
                         (double)m->epsilon);
    return ZEST_OK;
}

static enum zest_status read_sizes(struct loader *l)
{
    struct zest_model *m = l->model;
    uint32_t experts = 0, value_dim = 0;
    char key[96];
    double number = 1e-5;
    enum zest_status status = read_size(l, "block_count", LAYERS_MAX, &m->layers);
    if (status == ZEST_OK)
        status = read_size(l, "embedding_length", SIZE_MAX_DIM, &m->hidden);
    if (status == ZEST_OK)
        status = read_size(l, "feed_forward_length", SIZE_MAX_DIM, &m->ffn);
    if (status == ZEST_OK)
        status = read_size(l, "attention.head_count", 4096, &m->heads);
    if (status == ZEST_OK)
        status = read_size_or(l, "attention.head_count_kv", 4096, m->heads, &m->kv_heads);
    if (status == ZEST_OK)
        status = read_size(l, "context_length", SIZE_MAX_DIM, &m->context);
    if (status == ZEST_OK)
        status = read_size_or(l, "attention.key_length", 4096, m->hidden / m->heads, &m->head_dim);
    if (status == ZEST_OK)
        status = read_size_or(l, "attention.value_length", 4096, m->head_dim, &value_dim);
    if (status == ZEST_OK)
        status = read_size_or(l, "rope.dimension_count", 4096, m->head_dim, &m->rope_dim);
    if (status == ZEST_OK)
        status = read_size_or(l, "expert_count", 4096, 0, &experts);
    if (status != ZEST_OK)
        return status;
    if (experts || value_dim != m->head_dim)
        return zest_fail(l->error, ZEST_UNSUPPORTED,
                         "the model has %u experts, keys of %u and values of %u; supported: no experts, equal widths",
                         experts, m->head_dim, value_dim);
    (void)zest_gguf_f64(l->gguf, key_of(l, "attention.layer_norm_rms_epsilon", key), &number);
    m->epsilon = (float)number;
    return check_sizes(l);
}

static enum zest_status read_rope(struct loader *l)
{
    struct zest_model *m = l->model;
    char key[96];
    double base = 10000, factor = 1;
    struct zest_text scaling;
    (void)zest_gguf_f64(l->gguf, key_of(l, "rope.freq_base", key), &base);
    if (zest_gguf_text(l->gguf, key_of(l, "rope.scaling.type", key), &scaling) &&
        !zest_text_equal(scaling, ZEST_TEXT("none"))) {
        if (!zest_text_equal(scaling, ZEST_TEXT("linear")))
            return zest_fail(l->error, ZEST_UNSUPPORTED, "the model scales RoPE by '%.*s'; supported: none, linear",
                             (int)(scaling.size < 32 ? scaling.size : 32), scaling.data);
        (void)zest_gguf_f64(l->gguf, key_of(l, "rope.scaling.factor", key), &factor);
    }
    if (!(base > 0) || !(factor > 0))
        return zest_fail(l->error, ZEST_MODEL_DAMAGED, "RoPE has base %g and factor %g; both must be above 0", base,
                         factor);
    for (uint32_t i = 0; i < m->rope_dim / 2; i++)
        m->rope_inverse[i] = pow(base, -2.0 * i / m->rope_dim) / factor;
    const struct zest_gguf_tensor *factors = zest_gguf_tensor(l->gguf, "rope_freqs.weight");
    if (factors && factors->type == 0 && factors->shape[0] == m->rope_dim / 2)
        for (uint32_t i = 0; i < m->rope_dim / 2; i++) {
            float divisor;
            memcpy(&divisor, (const char *)factors->data + 4 * i, 4);
            m->rope_inverse[i] /= divisor;
        }
    return ZEST_OK;
}

/* ---- tensors ----------------------------------------------------------------------------------------------- */

static uint64_t dim_of(const struct zest_model *m, enum zest_dim dim)
{
    const uint64_t dims[ZEST_DIM_COUNT] = {1, m->hidden, (uint64_t)m->heads * m->head_dim,
                                           (uint64_t)m->kv_heads * m->head_dim, m->ffn};
    return dims[dim];
}

static enum zest_status find_tensor(const struct loader *l, const char *name, uint64_t rows, uint64_t cols,
                                    struct job *ret_job)
{
    const struct zest_gguf_tensor *t = zest_gguf_tensor(l->gguf, name);
    if (!t)
        return zest_fail(l->error, ZEST_MODEL_DAMAGED, "the model file has no tensor '%s'", name);
    if (t->shape[0] != cols || t->shape[1] != rows || t->shape[2] != 1 || t->shape[3] != 1)
        return zest_fail(l->error, ZEST_MODEL_DAMAGED, "tensor '%s' has %llu rows of %llu; %llu of %llu are wanted",
                         name, (unsigned long long)(t->shape[1] * t->shape[2] * t->shape[3]),
                         (unsigned long long)t->shape[0], (unsigned long long)rows, (unsigned long long)cols);
    if (!zest_weight_of_ggml(t->type, &ret_job->type))
        return zest_fail(
            l->error, ZEST_UNSUPPORTED,
            "tensor '%s' has the ggml type %u; supported: F32 (0), F16 (1), BF16 (30), Q8_0 (8), Q4_0 (2), "
            "Q4_1 (3)",
            name, t->type);
    if (rows == 1 && zest_weight_quantised(ret_job->type))
        return zest_fail(l->error, ZEST_UNSUPPORTED, "vector '%s' is quantised; F32, F16 and BF16 are supported", name);
    ret_job->tensor = t;
    return ZEST_OK;
}

static void place(struct loader *l, struct job *job, size_t size)
{
    job->at = l->arena_bytes;
    job->size = size;
    l->arena_bytes += (size + 63) & ~(size_t)63;
    l->jobs[l->job_count++] = *job;
}

static enum zest_status add_matrix(struct loader *l, const char *name, uint64_t rows, uint64_t cols, uint32_t lanes,
                                   struct zest_matrix *matrix)
{
    struct job job = {.matrix = matrix};
    enum zest_status status = find_tensor(l, name, rows, cols, &job);
    if (status != ZEST_OK)
        return status;
    zest_matrix_plan(job.type, rows, cols, lanes, matrix);
    place(l, &job, zest_matrix_bytes(matrix));
    return ZEST_OK;
}

static enum zest_status add_vector(struct loader *l, const char *name, uint64_t cols, const float **vector)
{
    struct job job = {.vector = vector};
    enum zest_status status = find_tensor(l, name, 1, cols, &job);
    if (status == ZEST_OK)
        place(l, &job, cols * sizeof(float));
    return status;
}

static enum zest_status add_layer(struct loader *l, uint32_t index)
{
    unsigned char *layer = (unsigned char *)&l->model->layer[index];
    for (size_t i = 0; i < l->architecture->layer_count; i++) {
        const struct zest_tensor_use *use = &l->architecture->layer[i];
        char name[96];
        enum zest_status status;
        (void)snprintf(name, sizeof(name), use->name, index);
        uint64_t rows = dim_of(l->model, use->rows), cols = dim_of(l->model, use->cols);
        if (use->rows == ZEST_DIM_ONE)
            status = add_vector(l, name, cols, (const float **)(void *)(layer + use->offset));
        else
            status =
                add_matrix(l, name, rows, cols, l->kernels->lanes, (struct zest_matrix *)(void *)(layer + use->offset));
        if (status != ZEST_OK)
            return status;
    }
    return ZEST_OK;
}

static enum zest_status add_tensors(struct loader *l)
{
    struct zest_model *m = l->model;
    const struct zest_gguf_tensor *embedding = zest_gguf_tensor(l->gguf, "token_embd.weight");
    bool tied = !zest_gguf_tensor(l->gguf, "output.weight");
    if (!embedding || embedding->shape[1] < 2 || embedding->shape[1] > SIZE_MAX_DIM)
        return zest_fail(l->error, ZEST_MODEL_DAMAGED,
                         "the model file has no tensor 'token_embd.weight' of 2 to %u rows", SIZE_MAX_DIM);
    m->vocab = (uint32_t)embedding->shape[1];
    enum zest_status status = ZEST_OK;
    if (!tied)
        status = add_matrix(l, "token_embd.weight", m->vocab, m->hidden, 1, &m->embedding);
    for (uint32_t i = 0; i < m->layers && status == ZEST_OK; i++)
        status = add_layer(l, i);
    if (status == ZEST_OK)
        status = add_vector(l, "output_norm.weight", m->hidden, &m->output_norm);
    if (status == ZEST_OK)
        status = add_matrix(l, tied ? "token_embd.weight" : "output.weight", m->vocab, m->hidden, l->kernels->lanes,
                            &m->output);
    return status;
}

/* ---- packing ----------------------------------------------------------------------------------------------- */

static void pack_vector(const struct job *job, float *to)
{
    const unsigned char *from = job->tensor->data;
    for (uint64_t i = 0; i < job->tensor->shape[0]; i++) {
        if (job->type == ZEST_WEIGHT_F32)
            memcpy(&to[i], from + 4 * i, 4);
        else
            to[i] = job->type == ZEST_WEIGHT_F16 ? zest_f16_to_f32(zest_load_u16(from + 2 * i))
                                                 : zest_bf16_to_f32(zest_load_u16(from + 2 * i));
    }
}

/* Workers take every count-th grain of each matrix; worker 0 reports. */
static void pack_all(struct zest_worker *worker, void *arg)
{
    const struct loader *l = arg;
    uint64_t done = 0, total = l->model->weight_bytes;
    for (size_t i = 0; i < l->job_count; i++) {
        const struct job *job = &l->jobs[i];
        unsigned char *to = l->model->arena + job->at;
        if (job->vector && worker->index == 0)
            pack_vector(job, (float *)(void *)to);
        if (job->matrix)
            for (size_t g = worker->index * GRAIN; g < job->matrix->groups; g += (size_t)worker->count * GRAIN) {
                size_t count = job->matrix->groups - g < GRAIN ? job->matrix->groups - g : GRAIN;
                zest_matrix_pack(job->matrix, job->tensor->data, g, count, to);
            }
        done += job->tensor->size;
        if (worker->index == 0 && l->progress)
            l->progress(l->progress_context, done, total);
    }
}

static enum zest_status pack(struct loader *l, struct zest_threads *threads)
{
    struct zest_model *m = l->model;
    m->arena_bytes = l->arena_bytes + 2 * HUGE_PAGE; /* prefetches may run past the end */
    m->arena = zest_pages_alloc(m->arena_bytes);
    if (!m->arena)
        return zest_fail(l->error, ZEST_OUT_OF_MEMORY, "no memory for %llu bytes of weights",
                         (unsigned long long)m->arena_bytes);
    for (size_t i = 0; i < l->job_count; i++) {
        if (l->jobs[i].matrix)
            l->jobs[i].matrix->data = m->arena + l->jobs[i].at;
        else
            *l->jobs[i].vector = (const float *)(const void *)(m->arena + l->jobs[i].at);
    }
    if (!m->embedding.data)
        m->embedding = m->output;
    zest_threads_run(threads, zest_threads_count(threads), pack_all, l);
    return ZEST_OK;
}

/* Name, number of weights, and the type that most of them have. */
static void describe(struct loader *l)
{
    struct zest_model *m = l->model;
    uint64_t by_type[ZEST_WEIGHT_COUNT] = {0};
    struct zest_text name = {"", 0};
    for (size_t i = 0; i < l->job_count; i++) {
        uint64_t values = l->jobs[i].tensor->shape[0] * l->jobs[i].tensor->shape[1];
        m->parameters += values;
        m->weight_bytes += l->jobs[i].tensor->size;
        by_type[l->jobs[i].type] += values;
    }
    int most = 0;
    for (int i = 1; i < ZEST_WEIGHT_COUNT; i++)
        if (by_type[i] > by_type[most])
            most = i;
    (void)snprintf(m->type, sizeof(m->type), "%s", zest_weight_name((enum zest_weight)most));
    for (char *c = m->type; *c; c++)
        *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
    (void)zest_gguf_text(l->gguf, "general.name", &name);
    if (!zest_utf8_valid(name, NULL))
        name.size = 0;
    while (name.size >= sizeof(m->name) || (name.size && !zest_utf8_valid(name, NULL)))
        name.size--;
    (void)snprintf(m->name, sizeof(m->name), "%.*s", (int)name.size, name.data);
}

static enum zest_status load(struct loader *l, struct zest_threads *threads)
{
    struct zest_model *m = l->model;
    enum zest_status status = find_architecture(l);
    if (status == ZEST_OK)
        status = read_sizes(l);
    if (status == ZEST_OK)
        status = read_rope(l);
    if (status != ZEST_OK)
        return status;
    l->job_max = (size_t)m->layers * l->architecture->layer_count + 3;
    m->layer = calloc(m->layers, sizeof(*m->layer));
    l->jobs = calloc(l->job_max, sizeof(*l->jobs));
    if (!m->layer || !l->jobs)
        return zest_fail(l->error, ZEST_OUT_OF_MEMORY, "no memory for %u layers", m->layers);
    status = add_tensors(l);
    if (status != ZEST_OK)
        return status;
    describe(l);
    return pack(l, threads);
}

enum zest_status zest_model_load(const char *path, const struct zest_kernels *kernels, struct zest_threads *threads,
                                 zest_load_progress_fn *progress, void *progress_context, struct zest_model *ret_model,
                                 struct zest_error *error)
{
    struct zest_gguf *gguf = NULL;
    struct zest_model model = {0};
    struct loader loader = {.kernels = kernels,
                            .model = &model,
                            .error = error,
                            .progress = progress,
                            .progress_context = progress_context};
    enum zest_status status = zest_gguf_open(path, &gguf, error);
    if (status != ZEST_OK)
        return status;
    loader.gguf = gguf;
    status = load(&loader, threads);
    free(loader.jobs);
    zest_gguf_close(gguf);
    if (status != ZEST_OK) {
        zest_model_finish(&model);
        return status;
    }
    *ret_model = model;
    return ZEST_OK;
}

void zest_model_finish(struct zest_model *model)
{
    free(model->layer);
    zest_pages_free(model->arena, model->arena_bytes);
    memset(model, 0, sizeof(*model));
}
