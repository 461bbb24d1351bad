/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_engine_steady.c - the step loop allocates nothing once its requests run.
 *
 * malloc and its kin are counted on every thread but this one, between two looks at a running engine: requests are in,
 * none ends. The services' own allocations count too.
 */
#include "zest_test.h"

#include <sched.h>

#include "fake_services.h"

#ifdef __has_feature
#define HAS_SANITIZER (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define HAS_SANITIZER 0
#endif

#if !HAS_SANITIZER && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && defined(__GLIBC__)
#define CAN_COUNT 1

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

static _Atomic uint64_t allocations;
static _Thread_local bool is_tester;

void *malloc(size_t size)
{
    allocations += !is_tester;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    allocations += !is_tester;
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    allocations += !is_tester;
    return __libc_realloc(memory, size);
}

static uint64_t steps_of(struct fake_env *env)
{
    struct zest_engine_get_engine_stats_request ask = {0};
    struct zest_engine_get_engine_stats_reply stats = {0};
    zest_arena_reset(&env->arena);
    ZEST_CHECK_OK(zest_engine_get_engine_stats(env->engine, &env->call, &ask, &stats), &env->call.error);
    return stats.steps_total;
}

static void wait_for_steps(struct fake_env *env, uint64_t steps)
{
    while (steps_of(env) < steps)
        sched_yield();
}
#endif

ZEST_TEST(the_step_loop_allocates_nothing)
{
#ifdef CAN_COUNT
    enum { STREAMS = 8 };
    is_tester = true;
    struct fake_env *env = fake_open((struct fake_limits){"fcfs", 1024, 64, STREAMS, 64});
    struct zest_stream *streams[STREAMS];
    static const int32_t prompt[] = {'a', 'b', 'c'};
    for (int round = 0; round < 2; round++) { /* the first fills pools and arenas */
        for (size_t i = 0; i < STREAMS; i++) {
            struct zest_engine_generation request;
            zest_engine_generation_init(&request);
            request.prompt_ids = prompt;
            request.prompt_ids_count = ZEST_COUNT(prompt);
            request.max_tokens = 250;
            request.ignore_end = true;
            request.temperature = 0.7f;
            request.top_p = 0.9f;
            request.repetition_penalty = 1.1f;
            ZEST_CHECK_OK(zest_engine_stream(env->engine, &env->call, &request, &streams[i]), &env->call.error);
        }
        uint64_t start = steps_of(env);
        wait_for_steps(env, start + 20);
        uint64_t before = allocations;
        wait_for_steps(env, start + 150);
        if (round == 1)
            ZEST_CHECK_INT(allocations, before);
        for (size_t i = 0; i < STREAMS; i++) {
            struct zest_engine_stream_item item;
            while (streams[i]->ops->next(streams[i], &env->call, &item) != ZEST_END)
                streams[i]->ops->wait(streams[i], UINT64_MAX);
            streams[i]->ops->close(streams[i]);
        }
    }
    fake_close(env);
#else
    ZEST_SKIP("a sanitizer has its own allocator");
#endif
}
