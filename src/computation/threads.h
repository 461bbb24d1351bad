/* SPDX-License-Identifier: Apache-2.0 */
/*
 * threads.h - a few threads that compute one step together.
 *
 * The caller of zest_threads_run is worker 0; the others wait, first spinning, then yielding, then asleep. Workers
 * of one run meet at barriers. Spinning ends after about 50 us, so that a partner that another process has pushed off
 * its core gets a core back.
 *
 * One run at a time; the caller sees to that.
 */
#ifndef ZEST_COMPUTATION_THREADS_H
#define ZEST_COMPUTATION_THREADS_H

#include <zest/core.h>

#define ZEST_THREADS_MAX 256

struct zest_threads;

/* A worker's view of a run. */
struct zest_worker {
    struct zest_threads *threads;
    uint32_t index, count;
    uint64_t wait_ticks; /* spent at barriers */
    uint32_t meetings;   /* barriers passed */
};
typedef void zest_work_fn(struct zest_worker *worker, void *arg);

enum zest_status zest_threads_create(uint32_t count, bool pin, struct zest_threads **ret_threads,
                                     struct zest_error *error) ZEST_MUST_CHECK;
void zest_threads_destroy(struct zest_threads *threads); /* takes NULL; no run is under way */
uint32_t zest_threads_count(const struct zest_threads *threads);

/* Calls fn on `count` workers (1 or all) and returns when all are done. Returns worker 0's ticks spent waiting. */
uint64_t zest_threads_run(struct zest_threads *threads, uint32_t count, zest_work_fn *fn, void *arg);
/* All workers of the run wait for each other; what they wrote before is seen by all after. */
void zest_threads_meet(struct zest_worker *worker);

/* Round trip of a cache line between two workers, in seconds; 0 with one thread. */
double zest_threads_ping_pong(struct zest_threads *threads);
/* Processors that this process may use. */
uint32_t zest_threads_cores(void);

#endif
