/* SPDX-License-Identifier: Apache-2.0 */
/* bench_load.h - how long a tokenizer takes to load in a process of its own, and what memory it has then. */
#ifndef ZEST_PROGRAM_BENCH_LOAD_H
#define ZEST_PROGRAM_BENCH_LOAD_H

#include <stdbool.h>

/* What loading is to take: at first (nothing is in the cache) by the size of the file, later whatever the size. */
#define BENCH_LOAD_FIRST_MS_A_MB (250.0 / 33.4)
#define BENCH_LOAD_MAPPED_MS 3.0

enum { BENCH_LOAD_ROUNDS_MAX = 31 };

/* Medians. "first": with an empty cache; "mapped": with what that left there. */
struct bench_load_figures {
    double first_wall_ms, first_cpu_ms, mapped_wall_ms, mapped_cpu_ms;
    double private_mb; /* that a mapped one takes for itself … */
    double shared_mb;  /* … and in pages of the cache's file, which all processes share */
};

/* False, and nothing is said, where the tokenizer at `path` can't be loaded. `rounds` is at most BENCH_LOAD_ROUNDS_MAX. */
bool bench_load_measure(const char *path, int rounds, struct bench_load_figures *ret_figures);

#endif
