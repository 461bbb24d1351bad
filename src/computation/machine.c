/* SPDX-License-Identifier: Apache-2.0 */
/*
 * machine.c - measures memory bandwidth, arithmetic peaks and the distance between cores.
 *
 * Start at zest_machine_measure. Each round lets all workers begin together and takes the time of the slowest.
 */
#include "machine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "model.h"

#define SET_BYTES ((size_t)192 << 20) /* far beyond any cache that one gets a share of */
#define ROUNDS 6
#define PEAK_ROUNDS 100000

enum what { BANDWIDTH, INT8, F32 };

struct measurement {
    const struct zest_kernels *kernels;
    unsigned char *data;
    enum what what;
    double amount[ZEST_THREADS_MAX]; /* bytes or multiply-adds of each worker in a round */
    double seconds[ZEST_THREADS_MAX];
    double sink[ZEST_THREADS_MAX]; /* so that nothing is optimised away */
};

static void measure(struct zest_worker *worker, void *arg)
{
    struct measurement *m = arg;
    size_t part = SET_BYTES / worker->count / 4096 * 4096;
    if (m->what == BANDWIDTH)
        memset(m->data + worker->index * part, 1, part);
    zest_threads_meet(worker);
    uint64_t before = zest_ticks();
    if (m->what == BANDWIDTH) {
        m->sink[worker->index] = m->kernels->read_sum(m->data + worker->index * part, part);
        m->amount[worker->index] = (double)part;
    } else {
        m->amount[worker->index] =
            (double)(m->what == INT8 ? m->kernels->peak_int8 : m->kernels->peak_f32)(PEAK_ROUNDS);
    }
    m->seconds[worker->index] = zest_ticks_seconds(zest_ticks() - before);
}

static double best_of(struct measurement *m, struct zest_threads *threads, uint32_t workers, enum what what)
{
    double best = 0;
    m->what = what;
    for (int round = 0; round < ROUNDS; round++) {
        zest_threads_run(threads, workers, measure, m);
        double amount = 0, seconds = 0;
        for (uint32_t i = 0; i < workers; i++) {
            amount += m->amount[i];
            seconds = fmax(seconds, m->seconds[i]);
        }
        best = fmax(best, amount / seconds);
    }
    return best;
}

enum zest_status zest_machine_measure(const struct zest_kernels *kernels, struct zest_threads *threads,
                                      uint32_t workers, struct zest_machine *ret_machine, struct zest_error *error)
{
    struct measurement *m = calloc(1, sizeof(*m));
    unsigned char *data = zest_pages_alloc(SET_BYTES);
    if (!m || !data) {
        free(m);
        zest_pages_free(data, SET_BYTES);
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a set of %zu bytes to measure with", SET_BYTES);
    }
    m->kernels = kernels;
    m->data = data;
    workers = workers < 2 ? 1 : zest_threads_count(threads);
    ret_machine->bandwidth = best_of(m, threads, workers, BANDWIDTH);
    ret_machine->int8_macs = kernels->peak_int8 ? best_of(m, threads, workers, INT8) : 0;
    ret_machine->f32_macs = best_of(m, threads, workers, F32);
    ret_machine->ping_pong = workers > 1 ? zest_threads_ping_pong(threads) : 0;
    zest_pages_free(data, SET_BYTES);
    free(m);
    return ZEST_OK;
}

const char *zest_machine_placement(const struct zest_machine *machine)
{
    if (machine->ping_pong == 0)
        return "single";
    return machine->ping_pong > ZEST_FAR_SECONDS ? "far" : "near";
}

void zest_machine_cpu_name(char ret_name[64])
{
    ret_name[0] = '\0';
#if defined(__x86_64__)
    unsigned words[12];
    for (unsigned i = 0; i < 3; i++)
        if (!__get_cpuid(0x80000002u + i, &words[4 * i], &words[4 * i + 1], &words[4 * i + 2], &words[4 * i + 3]))
            return;
    char raw[49];
    memcpy(raw, words, 48);
    raw[48] = '\0';
    size_t first = strspn(raw, " "), size = strlen(raw);
    while (size > first && raw[size - 1] == ' ')
        size--;
    (void)snprintf(ret_name, 64, "%.*s", (int)(size - first), raw + first);
#endif
}
