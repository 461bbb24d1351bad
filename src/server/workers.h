/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workers.h - threads for what must not hold up the event thread: long, blocking and remote calls.
 *
 * A thread is started when work arrives and none is idle, up to a limit; threads stay until the end. Work beyond the
 * limit waits in order.
 */
#ifndef ZEST_WORKERS_H
#define ZEST_WORKERS_H

#include <zest/core.h>

struct zest_workers;

struct zest_work { /* lies in the caller's own object, which lives until run returns */
    struct zest_work *next;
    void (*run)(struct zest_work *work);
};

struct zest_workers *zest_workers_create(unsigned threads_max); /* NULL: no memory */
/* False when no thread can be had at all; the work is not taken then. */
bool zest_workers_add(struct zest_workers *workers, struct zest_work *work);
void zest_workers_destroy(struct zest_workers *workers); /* does what waits, then ends; takes NULL */

#endif
