/* SPDX-License-Identifier: Apache-2.0 */
/*
 * benchmark.h - one kernel alone, on made-up data of chosen sizes.
 */
#ifndef ZEST_COMPUTATION_BENCHMARK_H
#define ZEST_COMPUTATION_BENCHMARK_H

#include "kernel_list.h"
#include "threads.h"

/*
 * Sizes. matmul: rows × cols weights, batch_size × seq_len tokens. Attention: batch_size sequences of seq_len keys;
 * flash and naive attend from every position (a prompt), paged from the last one (a decode step) over shuffled pages.
 * Others: batch_size × seq_len vectors of cols.
 */
struct zest_benchmark_config {
    int64_t batch_size, seq_len, rows, cols, heads, kv_heads, head_dim, repeat, threads;
    char variant[16]; /* "" for the one in use */
};

/* Reads a JSON object over the defaults in *config. */
enum zest_status zest_benchmark_parse(struct zest_text json, struct zest_benchmark_config *config,
                                      struct zest_error *error) ZEST_MUST_CHECK;
/* The whole configuration as JSON, in the arena; data NULL when memory is out. */
struct zest_text zest_benchmark_print(struct zest_arena *arena, const struct zest_benchmark_config *config);

struct zest_benchmark {
    const struct zest_kernels *kernels;
    enum zest_kernel_kind kind;
    struct zest_benchmark_config config;
    uint64_t bytes, macs; /* of a run: must move, must do */
    struct zest_benchmark_data *data;
};

enum zest_status zest_benchmark_init(const struct zest_kernels *kernels, enum zest_kernel_kind kind,
                                     const struct zest_benchmark_config *config, struct zest_benchmark *ret_benchmark,
                                     struct zest_error *error) ZEST_MUST_CHECK;
void zest_benchmark_finish(struct zest_benchmark *benchmark);
/* Seconds of one run. Nothing else runs on the pool meanwhile. */
double zest_benchmark_run(struct zest_benchmark *benchmark, struct zest_threads *threads);

#endif
