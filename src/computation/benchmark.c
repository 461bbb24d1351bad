/* SPDX-License-Identifier: Apache-2.0 */
/*
 * benchmark.c - data for one kernel, its work shared over the pool, and what a run moves and does.
 *
 * All data lies in one huge-page arena, laid out twice: once to count, once to place. Numbers come from a fixed seed.
 * Start reading at zest_benchmark_init.
 */
#include "benchmark.h"

#include <stdlib.h>

#include "model.h"

#define BYTES_MAX ((uint64_t)4 << 30)
#define PAGE_TOKENS 32

struct zest_benchmark_data {
    unsigned char *arena;
    size_t arena_bytes;
    uint64_t seed;
    struct zest_matrix matrix;
    struct zest_activations x;
    float *values, *others, *result; /* [vectors][width] */
    size_t vectors, width;
    unsigned char *kv;
    size_t block_bytes, part_bytes, blocks; /* blocks: of a sequence */
    int32_t *tables;                        /* [batch][blocks] */
    float *scratch;                         /* per worker */
    size_t scratch_floats;
};

static uint32_t next_random(struct zest_benchmark_data *d)
{
    d->seed = d->seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(d->seed >> 32);
}

static void *cut(struct zest_benchmark_data *d, size_t size)
{
    void *part = d->arena ? d->arena + d->arena_bytes : NULL;
    d->arena_bytes += (size + 63) & ~(size_t)63;
    return part;
}

static void fill_floats(struct zest_benchmark_data *d, float *to, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] = (float)(int32_t)next_random(d) * 0x1p-31f;
}

/* Any bytes are quants; scales and 16-bit weights get an exponent near one. */
static void fill_matrix(struct zest_benchmark_data *d, unsigned char *to)
{
    const struct zest_matrix *m = &d->matrix;
    bool quantised = zest_weight_quantised(m->type);
    size_t bytes = zest_matrix_bytes(m), step = quantised ? m->record_bytes : 2, halves = quantised ? m->head_bytes : 2;
    uint16_t exponent = m->type == ZEST_WEIGHT_BF16 ? 0x3d00 : 0x2c00,
             mask = m->type == ZEST_WEIGHT_BF16 ? 0x7f : 0x3ff;
    if (m->type == ZEST_WEIGHT_F32) {
        fill_floats(d, (float *)(void *)to, bytes / 4);
        return;
    }
    for (size_t i = 0; i + 4 <= bytes; i += 4) {
        uint32_t word = next_random(d);
        memcpy(to + i, &word, 4);
    }
    for (size_t g = 0; g < m->groups; g++)
        for (size_t i = 0; i + step <= m->group_bytes; i += step)
            for (size_t k = 0; k < halves; k += 2) {
                uint16_t half = exponent | (next_random(d) & mask);
                memcpy(to + g * m->group_bytes + i + k, &half, 2);
            }
}

/* ---- sizes ------------------------------------------------------------------------------------------------- */

static void lay_matmul(struct zest_benchmark *b, struct zest_benchmark_data *d)
{
    const struct zest_benchmark_config *c = &b->config;
    size_t tokens = (size_t)(c->batch_size * c->seq_len), cols = (size_t)c->cols;
    zest_matrix_plan((enum zest_weight)(b->kind - ZEST_KERNEL_MATMUL), (uint64_t)c->rows, cols, b->kernels->lanes,
                     &d->matrix);
    d->matrix.data = cut(d, zest_matrix_bytes(&d->matrix) + 8192); /* prefetches may run past the end */
    d->x = (struct zest_activations){.tokens = tokens, .cols = cols, .tiles = zest_tile_count(b->kernels, tokens)};
    d->x.f32 = cut(d, tokens * cols * 4);
    d->x.q8 = cut(d, tokens * cols);
    d->x.scale = cut(d, tokens * cols / 8);
    d->x.sum = cut(d, tokens * cols / 8);
    d->x.start = cut(d, tokens * cols / 8);
    d->values = cut(d, tokens * cols * 4);
    d->result = cut(d, tokens * (size_t)c->rows * 4);
    d->scratch_floats = zest_panel_bytes(cols) / 4;
    b->macs = (uint64_t)tokens * (uint64_t)c->rows * cols;
    b->bytes = zest_matrix_bytes(&d->matrix) + tokens * (cols + (uint64_t)c->rows * 4);
}

static void lay_attention(struct zest_benchmark *b, struct zest_benchmark_data *d)
{
    const struct zest_benchmark_config *c = &b->config;
    uint64_t keys = (uint64_t)c->seq_len, queries = b->kind == ZEST_KERNEL_PAGED_ATTENTION ? 1 : keys;
    size_t dim = (size_t)c->head_dim;
    d->blocks = (size_t)((keys + PAGE_TOKENS - 1) / PAGE_TOKENS);
    d->part_bytes = PAGE_TOKENS * dim * 4;
    d->block_bytes = 2 * d->part_bytes * (size_t)c->kv_heads;
    d->kv = cut(d, d->block_bytes * d->blocks * (size_t)c->batch_size);
    d->tables = cut(d, d->blocks * (size_t)c->batch_size * 4);
    d->vectors = (size_t)c->batch_size * queries;
    d->width = (size_t)c->heads * dim;
    d->values = cut(d, d->vectors * d->width * 4);
    d->result = cut(d, d->vectors * d->width * 4);
    d->scratch_floats = zest_attention_scratch(dim, (size_t)keys);
    uint64_t pairs = queries == 1 ? keys : keys * (keys + 1) / 2;
    b->macs = (uint64_t)c->batch_size * (uint64_t)c->heads * dim * 2 * pairs;
    b->bytes = (uint64_t)c->batch_size * (keys * (uint64_t)c->kv_heads * dim * 8 + queries * d->width * 8);
}

/* Passes over the vector: read and written floats, and rough multiply-adds (none of them is bound by arithmetic alone).
 */
static void lay_vectors(struct zest_benchmark *b, struct zest_benchmark_data *d)
{
    const struct zest_benchmark_config *c = &b->config;
    d->vectors = (size_t)(c->batch_size * c->seq_len);
    d->width = (size_t)c->cols;
    size_t count = d->vectors * d->width;
    d->values = cut(d, count * 4);
    d->others = cut(d, (b->kind == ZEST_KERNEL_SWIGLU ? count : 2 * d->width) * 4);
    d->result = cut(d, count * 4);
    if (b->kind == ZEST_KERNEL_QUANTIZE_Q8) {
        d->x = (struct zest_activations){.tokens = d->vectors, .cols = d->width, .tiles = d->vectors};
        d->x.q8 = cut(d, count);
        d->x.scale = cut(d, count / 8);
        d->x.sum = cut(d, count / 8);
        d->x.start = cut(d, count / 8);
    }
    b->macs = count * (b->kind == ZEST_KERNEL_SWIGLU || b->kind == ZEST_KERNEL_SOFTMAX ? 12 : 2);
    b->bytes = count * (b->kind == ZEST_KERNEL_QUANTIZE_Q8 ? 5 : b->kind == ZEST_KERNEL_SWIGLU ? 12 : 8);
}

static void lay_out(struct zest_benchmark *b, struct zest_benchmark_data *d)
{
    d->arena_bytes = 0;
    if (zest_kernel_is_matmul(b->kind))
        lay_matmul(b, d);
    else if (zest_kernel_is_attention(b->kind))
        lay_attention(b, d);
    else
        lay_vectors(b, d);
    d->scratch = cut(d, ((d->scratch_floats * 4 + 63) & ~(size_t)63) * (size_t)b->config.threads);
}

/* An upper bound in floating point, before any size is multiplied in integers. */
static double estimate(const struct zest_benchmark *b)
{
    const struct zest_benchmark_config *c = &b->config;
    double tokens = (double)c->batch_size * (double)c->seq_len;
    if (zest_kernel_is_matmul(b->kind))
        return 4.0 * (double)c->rows * (double)c->cols + tokens * (12.0 * (double)c->cols + 4.0 * (double)c->rows);
    if (zest_kernel_is_attention(b->kind))
        return tokens * (double)c->head_dim * (8.0 * (double)c->kv_heads + 8.0 * (double)c->heads);
    return tokens * (double)c->cols * 16;
}

/* ---- data -------------------------------------------------------------------------------------------------- */

/* Pages of a sequence lie one behind the other for flash attention, shuffled over all sequences for paged attention. */
static void fill_attention(struct zest_benchmark *b, struct zest_benchmark_data *d)
{
    size_t count = d->blocks * (size_t)b->config.batch_size;
    for (size_t i = 0; i < count; i++)
        d->tables[i] = (int32_t)i;
    for (size_t i = count; b->kind == ZEST_KERNEL_PAGED_ATTENTION && i > 1; i--) {
        size_t other = next_random(d) % i;
        int32_t id = d->tables[i - 1];
        d->tables[i - 1] = d->tables[other];
        d->tables[other] = id;
    }
    fill_floats(d, (float *)(void *)d->kv, d->block_bytes * count / 4);
    fill_floats(d, d->values, d->vectors * d->width);
}

static void fill(struct zest_benchmark *b, struct zest_benchmark_data *d)
{
    if (zest_kernel_is_matmul(b->kind)) {
        fill_matrix(d, (unsigned char *)(uintptr_t)d->matrix.data);
        fill_floats(d, d->values, d->x.tokens * d->x.cols);
        zest_activations_fill(b->kernels, &d->x, d->values, d->x.cols, NULL);
    } else if (zest_kernel_is_attention(b->kind)) {
        fill_attention(b, d);
    } else {
        fill_floats(d, d->values, d->vectors * d->width);
        fill_floats(d, d->others, b->kind == ZEST_KERNEL_SWIGLU ? d->vectors * d->width : 2 * d->width);
    }
}

enum zest_status zest_benchmark_init(const struct zest_kernels *kernels, enum zest_kernel_kind kind,
                                     const struct zest_benchmark_config *config, struct zest_benchmark *ret_benchmark,
                                     struct zest_error *error)
{
    struct zest_benchmark b = {.kernels = kernels, .kind = kind, .config = *config};
    double bytes = estimate(&b);
    if (bytes > (double)BYTES_MAX)
        return zest_fail_param(error, ZEST_TOO_LARGE, "config", "these sizes need %.0f bytes; at most %llu are taken",
                               bytes, (unsigned long long)BYTES_MAX);
    struct zest_benchmark_data *d = calloc(1, sizeof(*d));
    if (d) {
        d->seed = 1;
        lay_out(&b, d);
        d->arena = zest_pages_alloc(d->arena_bytes);
    }
    if (!d || !d->arena) {
        free(d);
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the benchmark's %.0f bytes", bytes);
    }
    lay_out(&b, d);
    fill(&b, d);
    b.data = d;
    *ret_benchmark = b;
    return ZEST_OK;
}

void zest_benchmark_finish(struct zest_benchmark *benchmark)
{
    if (!benchmark->data)
        return;
    zest_pages_free(benchmark->data->arena, benchmark->data->arena_bytes);
    free(benchmark->data);
    benchmark->data = NULL;
}

/* ---- a run ------------------------------------------------------------------------------------------------- */

static float *scratch_of(const struct zest_benchmark_data *d, uint32_t worker)
{
    return d->scratch + (size_t)worker * (((d->scratch_floats * 4 + 63) & ~(size_t)63) / 4);
}

static void run_matmul(const struct zest_benchmark *b, struct zest_worker *w)
{
    const struct zest_benchmark_data *d = b->data;
    size_t first = d->matrix.groups * w->index / w->count, end = d->matrix.groups * (w->index + 1) / w->count;
    struct zest_matmul work = {.matrix = &d->matrix,
                               .group_first = first,
                               .group_count = end - first,
                               .x = &d->x,
                               .y = d->result,
                               .stride = (size_t)b->config.rows,
                               .panel = scratch_of(d, w->index)};
    b->kernels->matmul[d->matrix.type](&work);
}

static void run_attention(const struct zest_benchmark *b, struct zest_worker *w)
{
    const struct zest_benchmark_config *c = &b->config;
    const struct zest_benchmark_data *d = b->data;
    size_t queries = d->vectors / (size_t)c->batch_size, keys = (size_t)c->seq_len, item = 0;
    for (size_t s = 0; s < (size_t)c->batch_size; s++)
        for (size_t head = 0; head < (size_t)c->kv_heads; head++, item++) {
            if (item % w->count != w->index)
                continue;
            struct zest_attention work = {
                .q = d->values + s * queries * d->width,
                .out = d->result + s * queries * d->width,
                .q_stride = d->width,
                .out_stride = d->width,
                .tokens = queries,
                .position = keys - queries,
                .kv_head = head,
                .group = (size_t)(c->heads / c->kv_heads),
                .head_dim = (size_t)c->head_dim,
                .scale = 0.125f,
                .kv = d->kv,
                .block_bytes = d->block_bytes,
                .k_offset = head * 2 * d->part_bytes,
                .v_offset = (head * 2 + 1) * d->part_bytes,
                .block_table = d->tables + s * d->blocks,
                .block_tokens = PAGE_TOKENS,
                .kv_type = ZEST_KV_F32,
                .scratch = scratch_of(d, w->index),
            };
            (b->kind == ZEST_KERNEL_NAIVE_ATTENTION ? b->kernels->naive_attention : b->kernels->attention)(&work);
        }
}

static void run_vector(const struct zest_benchmark *b, size_t i)
{
    const struct zest_benchmark_data *d = b->data;
    float *x = d->values + i * d->width, *y = d->result + i * d->width;
    switch (b->kind) {
    case ZEST_KERNEL_RMS_NORM:
        b->kernels->rms_norm(x, d->others, 1e-5f, d->width, y);
        break;
    case ZEST_KERNEL_ROPE:
        b->kernels->rope(x, d->others, d->others + d->width, d->width);
        break;
    case ZEST_KERNEL_SWIGLU:
        b->kernels->swiglu(x, d->others + i * d->width, d->width, y);
        break;
    case ZEST_KERNEL_SOFTMAX:
        b->kernels->softmax(x, d->width, y);
        break;
    default:
        b->kernels->quantize(x, &d->x, i, 0, 1, NULL);
        break;
    }
}

static void run(struct zest_worker *worker, void *arg)
{
    const struct zest_benchmark *b = arg;
    if (zest_kernel_is_matmul(b->kind)) {
        run_matmul(b, worker);
    } else if (zest_kernel_is_attention(b->kind)) {
        run_attention(b, worker);
    } else {
        size_t end = b->data->vectors * (worker->index + 1) / worker->count;
        for (size_t i = b->data->vectors * worker->index / worker->count; i < end; i++)
            run_vector(b, i);
    }
}

double zest_benchmark_run(struct zest_benchmark *benchmark, struct zest_threads *threads)
{
    uint64_t before = zest_ticks();
    zest_threads_run(threads, (uint32_t)benchmark->config.threads, run, benchmark);
    return zest_ticks_seconds(zest_ticks() - before);
}
