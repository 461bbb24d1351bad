/* SPDX-License-Identifier: Apache-2.0 */
/* test_workers.c - work is done once each, side by side up to the limit, and all of it before the end. */
#include <pthread.h>
#include <stdatomic.h>

#include "workers.h"
#include "zest_test.h"

enum { WORKS = 2000, THREADS = 4 };

struct counted {
    struct zest_work work;
    atomic_int *done;
};

static void count(struct zest_work *work)
{
    atomic_fetch_add(((struct counted *)work)->done, 1);
}

ZEST_TEST(every_work_is_done_before_the_end)
{
    static struct counted works[WORKS];
    atomic_int done = 0;
    struct zest_workers *workers = zest_workers_create(THREADS);
    ZEST_CHECK(workers != NULL);
    for (int i = 0; i < WORKS; i++) {
        works[i] = (struct counted){.work.run = count, .done = &done};
        ZEST_CHECK(zest_workers_add(workers, &works[i].work));
    }
    zest_workers_destroy(workers);
    ZEST_CHECK_INT(done, WORKS);
}

struct meeting {
    struct zest_work work;
    pthread_barrier_t *barrier;
};

static void meet(struct zest_work *work)
{
    pthread_barrier_wait(((struct meeting *)work)->barrier);
}

/* Each work waits for the three others: with fewer threads than works this would never end. */
ZEST_TEST(works_run_side_by_side_up_to_the_limit)
{
    pthread_barrier_t barrier;
    struct meeting works[THREADS];
    pthread_barrier_init(&barrier, NULL, THREADS);
    struct zest_workers *workers = zest_workers_create(THREADS);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < THREADS; i++) {
            works[i] = (struct meeting){.work.run = meet, .barrier = &barrier};
            ZEST_CHECK(zest_workers_add(workers, &works[i].work));
        }
        if (round < 2) { /* the works' memory is used again only when all have run */
            zest_workers_destroy(workers);
            workers = zest_workers_create(THREADS);
        }
    }
    zest_workers_destroy(workers);
    pthread_barrier_destroy(&barrier);
}

ZEST_TEST(ending_without_work_is_fine)
{
    zest_workers_destroy(zest_workers_create(1));
    zest_workers_destroy(NULL);
}
