/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_threads.c - every worker runs once, nobody passes a meeting early, sleepers wake.
 */
#include <stdatomic.h>
#include <time.h>

#include "threads.h"
#include "zest_test.h"

#define MEETINGS 500

struct shared {
    _Atomic uint32_t runs, arrived, early;
};

static void work(struct zest_worker *worker, void *arg)
{
    struct shared *s = arg;
    atomic_fetch_add(&s->runs, 1);
    for (uint32_t i = 1; i <= MEETINGS; i++) {
        atomic_fetch_add(&s->arrived, 1);
        zest_threads_meet(worker);
        if (atomic_load(&s->arrived) < i * worker->count)
            atomic_fetch_add(&s->early, 1);
        zest_threads_meet(worker);
    }
}

static void check_pool(uint32_t count)
{
    struct zest_error error = {0};
    struct zest_threads *threads = NULL;
    ZEST_CHECK_OK(zest_threads_create(count, false, &threads, &error), &error);
    for (int round = 0; round < 3; round++) {
        struct shared s = {0};
        zest_threads_run(threads, count, work, &s);
        ZEST_CHECK_INT(s.runs, count);
        ZEST_CHECK_INT(s.arrived, count * MEETINGS);
        ZEST_CHECK_INT(s.early, 0);
        nanosleep(&(struct timespec){0, 5000000}, NULL); /* long enough to fall asleep */
    }
    struct shared alone = {0};
    zest_threads_run(threads, 1, work, &alone);
    ZEST_CHECK_INT(alone.runs, 1);
    zest_threads_destroy(threads);
}

ZEST_TEST(pools_of_1_to_4_meet)
{
    for (uint32_t count = 1; count <= 4; count++)
        check_pool(count);
}

ZEST_TEST(impossible_pools_are_refused)
{
    struct zest_error error = {0};
    struct zest_threads *threads = NULL;
    ZEST_CHECK_INT(zest_threads_create(0, false, &threads, &error), ZEST_OUT_OF_RANGE);
    ZEST_CHECK_INT(zest_threads_create(100000, false, &threads, &error), ZEST_OUT_OF_RANGE);
    ZEST_CHECK(threads == NULL);
    zest_threads_destroy(NULL);
}

ZEST_TEST(ping_pong_is_measured)
{
    struct zest_error error = {0};
    struct zest_threads *threads = NULL;
    ZEST_CHECK_OK(zest_threads_create(2, true, &threads, &error), &error);
    ZEST_CHECK(zest_threads_ping_pong(threads) > 0);
    zest_threads_destroy(threads);
    ZEST_CHECK(zest_threads_cores() >= 1);
}
