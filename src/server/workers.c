/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workers.c - a queue and threads that grow with it. Owns the threads; one lock round everything.
 *
 * Tuned for tens of calls that take milliseconds to minutes each (a blocking generation holds its thread), not for
 * thousands of short ones: those run on the event thread.
 */
#include <pthread.h>
#include <stdlib.h>

#include "workers.h"

struct zest_workers {
    pthread_mutex_t lock;
    pthread_cond_t arrival;
    struct zest_work *first, **end;
    unsigned waiting; /* works in the queue */
    unsigned idle, count, limit;
    bool ending;
    pthread_t threads[];
};

/* The next work, NULL at the end. Called and left with the lock held. */
static struct zest_work *take(struct zest_workers *workers)
{
    while (!workers->first && !workers->ending) {
        workers->idle++;
        pthread_cond_wait(&workers->arrival, &workers->lock);
        workers->idle--;
    }
    struct zest_work *work = workers->first;
    if (work) {
        workers->first = work->next;
        workers->waiting--;
        if (!workers->first)
            workers->end = &workers->first;
    }
    return work;
}

static void *work_loop(void *user)
{
    struct zest_workers *workers = user;
    struct zest_work *work;
    pthread_mutex_lock(&workers->lock);
    while ((work = take(workers))) {
        pthread_mutex_unlock(&workers->lock);
        work->run(work);
        pthread_mutex_lock(&workers->lock);
    }
    pthread_mutex_unlock(&workers->lock);
    return NULL;
}

struct zest_workers *zest_workers_create(unsigned threads_max)
{
    struct zest_workers *workers = calloc(1, sizeof(*workers) + threads_max * sizeof(workers->threads[0]));
    if (!workers)
        return NULL;
    workers->limit = threads_max;
    workers->end = &workers->first;
    pthread_mutex_init(&workers->lock, NULL);
    pthread_cond_init(&workers->arrival, NULL);
    return workers;
}

bool zest_workers_add(struct zest_workers *workers, struct zest_work *work)
{
    pthread_mutex_lock(&workers->lock);
    if (workers->idle <= workers->waiting && workers->count < workers->limit &&
        pthread_create(&workers->threads[workers->count], NULL, work_loop, workers) == 0)
        workers->count++;
    bool taken = workers->count > 0;
    if (taken) {
        work->next = NULL;
        *workers->end = work;
        workers->end = &work->next;
        workers->waiting++;
        pthread_cond_signal(&workers->arrival);
    }
    pthread_mutex_unlock(&workers->lock);
    return taken;
}

void zest_workers_destroy(struct zest_workers *workers)
{
    if (!workers)
        return;
    pthread_mutex_lock(&workers->lock);
    workers->ending = true;
    pthread_cond_broadcast(&workers->arrival);
    pthread_mutex_unlock(&workers->lock);
    for (unsigned i = 0; i < workers->count; i++)
        pthread_join(workers->threads[i], NULL);
    pthread_cond_destroy(&workers->arrival);
    pthread_mutex_destroy(&workers->lock);
    free(workers);
}
