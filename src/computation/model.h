/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model.h - a loaded model: sizes, and weights packed for one instruction-set path.
 *
 * All weights lie in one huge-page arena in the order in which a step reads them. The file is let go after loading.
 * Immutable after loading; any number of threads may read.
 */
#ifndef ZEST_COMPUTATION_MODEL_H
#define ZEST_COMPUTATION_MODEL_H

#include "../core/gguf.h"
#include "kernels.h"
#include "threads.h"

#define ZEST_ROPE_DIM_MAX ZEST_HEAD_DIM_MAX

struct zest_layer {
    const float *attn_norm, *ffn_norm; /* [hidden] */
    struct zest_matrix q, k, v, o;     /* rows: heads × head_dim, kv_heads × head_dim twice, hidden */
    struct zest_matrix gate, up, down; /* rows: ffn, ffn, hidden */
};

struct zest_model {
    char name[128], architecture[32], type[16]; /* type: of most weights, as "Q4_1" */
    uint64_t parameters, weight_bytes;          /* as in the file */
    uint32_t layers, hidden, heads, kv_heads, head_dim, ffn, vocab, context, rope_dim;
    float epsilon;
    double rope_inverse[ZEST_ROPE_DIM_MAX / 2]; /* radians per position, by pair */
    struct zest_layer *layer;
    const float *output_norm;
    struct zest_matrix embedding, output; /* the same data where the file ties them */
    unsigned char *arena;
    size_t arena_bytes;
};

typedef void zest_load_progress_fn(void *context, uint64_t done, uint64_t total); /* bytes of weights packed */

enum zest_status zest_model_load(const char *path, const struct zest_kernels *kernels, struct zest_threads *threads,
                                 zest_load_progress_fn *progress, void *progress_context, struct zest_model *ret_model,
                                 struct zest_error *error) ZEST_MUST_CHECK;
void zest_model_finish(struct zest_model *model); /* takes a zeroed one too */

/* Zeroed memory on huge pages where the system has them; NULL when there is none. */
void *zest_pages_alloc(size_t size);
void zest_pages_free(void *pages, size_t size); /* takes NULL */

#endif
