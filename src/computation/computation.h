/* SPDX-License-Identifier: Apache-2.0 */
/*
 * computation.h - makes the computation service's native implementation. For the binding layer.
 */
#ifndef ZEST_COMPUTATION_COMPUTATION_H
#define ZEST_COMPUTATION_COMPUTATION_H

#include <zest/api/computation.h>

/* Zero means: the default. Texts are borrowed for the time of the call. */
struct zest_computation_options {
    const char *model_path;  /* a GGUF file; required; read while the service is made, not kept open */
    int32_t threads;         /* default: every processor that the process may use */
    const char *cpu;         /* "baseline", "avx2", "avx512"; default: the best that the machine has */
    const char *activations; /* "q8" (fast) or "f32" (plain float); default q8 */
    const char *kv_type;     /* "f32" or "f16"; default f32: a mean KL of 0.0021 from the exact model, f16 0.0022 */
    int32_t block_tokens;    /* positions of a KV block, a multiple of 16; default 32 */
    int32_t block_count;     /* KV blocks at the start; default: those of one whole context */
    int32_t step_tokens_max; /* a hint: longer steps are cut inside */
    bool pin_threads;        /* the pool's threads stay on one processor each (not the caller's) */
    void (*progress)(void *user, const char *what, double fraction); /* default: silence */
    void *progress_user;
};

/* The caller destroys it by zest_computation_native_destroy. */
enum zest_status zest_computation_native_create(const struct zest_computation_options *options,
                                                struct zest_computation **ret_computation,
                                                struct zest_error *error) ZEST_MUST_CHECK;

#endif
