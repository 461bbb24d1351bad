/* SPDX-License-Identifier: Apache-2.0 */
/*
 * threads.c - the pool: start, run, meet, sleep.
 *
 * Each worker owns a cache line with its count of passed barriers; to meet, a worker raises its own count and waits
 * until nobody is behind. A run begins by raising `epoch`; sleepers wait on it with a futex. Order of memory: epoch and
 * counts are stored with release and read with acquire; `sleepers` and `epoch` are sequentially consistent to each
 * other, so no wake-up is lost.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* CPU sets */
#endif

#include "threads.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SPINS 1024      /* pauses of 25 to 50 ns before a waiter yields its core */
#define IDLE_YIELDS 400 /* yields of an idle worker before it sleeps */

struct line {
    _Alignas(64) _Atomic uint32_t value;
};

struct zest_threads {
    _Alignas(64) _Atomic uint32_t epoch; /* runs so far */
    _Atomic uint32_t sleepers;
    _Atomic bool stopping;
    uint32_t count;
    struct line *met;  /* one per worker */
    struct line *done; /* one per worker: the last run it finished */
    pthread_t *ids;    /* of workers 1 and up */
    uint32_t started;
    zest_work_fn *fn;
    void *arg;
};

struct start {
    struct zest_threads *threads;
    uint32_t index;
    bool pin;
};

static inline void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Waits until the count at `line` has reached `target`; counts wrap. */
static void await(struct line *line, uint32_t target)
{
    for (uint32_t i = 0; (int32_t)(atomic_load_explicit(&line->value, memory_order_acquire) - target) < 0; i++) {
        if (i < SPINS)
            relax();
        else
            sched_yield();
    }
}

void zest_threads_meet(struct zest_worker *worker)
{
    if (worker->count < 2)
        return;
    struct zest_threads *t = worker->threads;
    uint32_t target = atomic_load_explicit(&t->met[worker->index].value, memory_order_relaxed) + 1;
    atomic_store_explicit(&t->met[worker->index].value, target, memory_order_release);
    uint64_t before = zest_ticks();
    for (uint32_t i = 0; i < worker->count; i++)
        if (i != worker->index)
            await(&t->met[i], target);
    worker->wait_ticks += zest_ticks() - before;
    worker->meetings++;
}

/* Sleeps until the epoch is no longer `seen`. */
static void await_epoch(struct zest_threads *t, uint32_t seen)
{
    for (uint32_t i = 0; i < SPINS + IDLE_YIELDS; i++) {
        if (atomic_load_explicit(&t->epoch, memory_order_acquire) != seen)
            return;
        if (i < SPINS)
            relax();
        else
            sched_yield();
    }
    atomic_fetch_add(&t->sleepers, 1);
    while (atomic_load(&t->epoch) == seen)
        (void)syscall(SYS_futex, (uint32_t *)&t->epoch, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
    atomic_fetch_sub(&t->sleepers, 1);
}

static void pin_to(uint32_t index)
{
    cpu_set_t allowed, one;
    if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
        return;
    uint32_t seen = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &allowed) && seen++ == index) {
            CPU_ZERO(&one);
            CPU_SET(cpu, &one);
            (void)sched_setaffinity(0, sizeof(one), &one);
            return;
        }
}

static void *work(void *arg)
{
    struct start start = *(struct start *)arg;
    struct zest_threads *t = start.threads;
    uint32_t seen = 0;
    free(arg);
    if (start.pin)
        pin_to(start.index);
    for (;;) {
        await_epoch(t, seen);
        if (atomic_load_explicit(&t->stopping, memory_order_acquire))
            return NULL;
        seen++;
        struct zest_worker worker = {.threads = t, .index = start.index, .count = t->count};
        t->fn(&worker, t->arg);
        atomic_store_explicit(&t->done[start.index].value, seen, memory_order_release);
    }
}

static void raise_epoch(struct zest_threads *t)
{
    atomic_fetch_add(&t->epoch, 1);
    if (atomic_load(&t->sleepers) > 0)
        (void)syscall(SYS_futex, (uint32_t *)&t->epoch, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}

uint64_t zest_threads_run(struct zest_threads *threads, uint32_t count, zest_work_fn *fn, void *arg)
{
    struct zest_worker worker = {.threads = threads, .index = 0, .count = count < 2 ? 1 : threads->count};
    if (worker.count < 2) {
        fn(&worker, arg);
        return 0;
    }
    threads->fn = fn;
    threads->arg = arg;
    raise_epoch(threads);
    uint32_t run = atomic_load_explicit(&threads->epoch, memory_order_relaxed);
    fn(&worker, arg);
    uint64_t before = zest_ticks();
    for (uint32_t i = 1; i < threads->count; i++)
        await(&threads->done[i], run);
    return worker.wait_ticks + (zest_ticks() - before);
}

static bool start_worker(struct zest_threads *t, uint32_t index, bool pin)
{
    struct start *start = malloc(sizeof(*start));
    if (!start)
        return false;
    *start = (struct start){t, index, pin};
    if (pthread_create(&t->ids[index], NULL, work, start) != 0) {
        free(start);
        return false;
    }
    t->started++;
    return true;
}

enum zest_status zest_threads_create(uint32_t count, bool pin, struct zest_threads **ret_threads,
                                     struct zest_error *error)
{
    if (count < 1 || count > ZEST_THREADS_MAX)
        return zest_fail_param(error, ZEST_OUT_OF_RANGE, "threads", "threads is %u; 1 to %d are possible", count,
                               ZEST_THREADS_MAX);
    struct zest_threads *t = aligned_alloc(64, sizeof(*t));
    if (!t)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a pool of %u threads", count);
    memset(t, 0, sizeof(*t));
    t->count = count;
    t->met = aligned_alloc(64, count * sizeof(*t->met));
    t->done = aligned_alloc(64, count * sizeof(*t->done));
    t->ids = calloc(count, sizeof(*t->ids));
    bool ok = t->met && t->done && t->ids;
    if (ok) {
        memset(t->met, 0, count * sizeof(*t->met));
        memset(t->done, 0, count * sizeof(*t->done));
    }
    for (uint32_t i = 1; ok && i < count; i++)
        ok = start_worker(t, i, pin);
    if (!ok) {
        zest_threads_destroy(t);
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "the system refuses to start %u threads", count);
    }
    *ret_threads = t;
    return ZEST_OK;
}

void zest_threads_destroy(struct zest_threads *threads)
{
    if (!threads)
        return;
    atomic_store_explicit(&threads->stopping, true, memory_order_release);
    raise_epoch(threads);
    for (uint32_t i = 1; i <= threads->started; i++)
        (void)pthread_join(threads->ids[i], NULL);
    free(threads->met);
    free(threads->done);
    free(threads->ids);
    free(threads);
}

uint32_t zest_threads_count(const struct zest_threads *threads)
{
    return threads->count;
}

/* ---- how far the cores lie apart --------------------------------------------------------------------------- */

#define ROUNDS 50 /* short pieces: the best of them was not interrupted */
#define PIECES 200

struct ping_pong {
    struct line ball;
    double best;
};

static void play(struct zest_worker *worker, void *arg)
{
    struct ping_pong *game = arg;
    if (worker->index > 1)
        return;
    for (uint32_t piece = 0; piece < PIECES; piece++) {
        uint64_t before = zest_ticks();
        for (uint32_t i = 0; i < ROUNDS; i++) {
            uint32_t turn = (piece * ROUNDS + i) * 2 + worker->index;
            await(&game->ball, turn);
            atomic_store_explicit(&game->ball.value, turn + 1, memory_order_release);
        }
        double seconds = zest_ticks_seconds(zest_ticks() - before) / ROUNDS;
        if (worker->index == 0 && (game->best == 0 || seconds < game->best))
            game->best = seconds;
    }
}

double zest_threads_ping_pong(struct zest_threads *threads)
{
    struct ping_pong game = {0};
    if (threads->count < 2)
        return 0;
    zest_threads_run(threads, threads->count, play, &game);
    return game.best;
}

uint32_t zest_threads_cores(void)
{
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0)
        return (uint32_t)CPU_COUNT(&allowed);
    return 1;
}
