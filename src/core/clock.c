/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.c - ticks to seconds, and the monotonic clock.
 *
 * The tick rate is measured against CLOCK_MONOTONIC over the time since the program started; it is read only when
 * somebody looks at a duration, never on a hot path.
 */
#include <time.h>

#include <zest/core.h>

uint64_t zest_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

struct pair {
    uint64_t ticks, ns;
};

/* Both counters at one moment: tried again where the thread was put aside between the two reads, which would bend the
 * rate; of some tries the one that took least. */
static struct pair read_both(void)
{
    enum { TRIES = 8, QUICK = 1000 };
    struct pair best = {0};
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < TRIES && least > QUICK; i++) {
        uint64_t before = zest_ticks(), ns = zest_now_ns(), took = zest_ticks() - before;
        if (took < least) {
            least = took;
            best = (struct pair){before + took / 2, ns};
        }
    }
    return best;
}

/* The pair from which rates are measured: written once, before main. */
static struct pair origin;

__attribute__((constructor)) static void note_origin(void)
{
    origin = read_both();
}

/* Long enough (2 ms) that one clock read's jitter stays below 0.01 % of the rate. */
double zest_ticks_seconds(uint64_t ticks)
{
    enum { WINDOW_NS = 2000000 };
    struct pair now;
    do {
        now = read_both();
    } while (now.ns - origin.ns < WINDOW_NS);
    double ticks_per_ns = (double)(now.ticks - origin.ticks) / (double)(now.ns - origin.ns);
    return (double)ticks / ticks_per_ns * 1e-9;
}
