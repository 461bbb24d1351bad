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

/* The pair from which rates are measured: written once, before main. */
static struct {
    uint64_t ticks, ns;
} origin;

__attribute__((constructor)) static void note_origin(void)
{
    origin.ns = zest_now_ns();
    origin.ticks = zest_ticks();
}

/* Long enough (2 ms) that one clock read's jitter stays below 0.01 % of the rate. */
double zest_ticks_seconds(uint64_t ticks)
{
    enum { WINDOW_NS = 2000000 };
    uint64_t ns, now;
    do {
        now = zest_ticks();
        ns = zest_now_ns() - origin.ns;
    } while (ns < WINDOW_NS);
    double ticks_per_ns = (double)(now - origin.ticks) / (double)ns;
    return (double)ticks / ticks_per_ns * 1e-9;
}
