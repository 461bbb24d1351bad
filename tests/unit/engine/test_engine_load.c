/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_engine_load.c - many requests from many threads, cancelled and preempted at random: every one gets its answer,
 * the answer does not depend on what ran beside it, and all blocks come back.
 */
#include "zest_test.h"

#include <pthread.h>
#include <sched.h>

#include "fake_services.h"
#include "random.h"

enum { THREADS = 4, REQUESTS = 60 };

struct client {
    struct fake_env *env;
    uint64_t seed;
    int answered, cancelled, wrong, lost;
};

struct job {
    int32_t prompt[64];
    struct zest_engine_generation request;
};

static struct job make_job(uint64_t seed)
{
    struct job job;
    size_t count = 1 + zest_random_bits(seed, 0) % 60;
    for (size_t i = 0; i < count; i++)
        job.prompt[i] = (int32_t)(zest_random_bits(seed, 10 + i) % 256);
    zest_engine_generation_init(&job.request);
    job.request.prompt_ids_count = count;
    job.request.max_tokens = (int32_t)(zest_random_bits(seed, 1) % 30);
    job.request.priority = zest_random_unit(seed, 2);
    job.request.seed = seed;
    if (zest_random_bits(seed, 3) % 2) {
        job.request.temperature = 0.8f;
        job.request.top_k = 20;
        job.request.repetition_penalty = 1.2f;
    }
    if (zest_random_bits(seed, 4) % 4 == 0)
        job.request.prompt_logprobs = true;
    return job;
}

static int32_t run_alone(struct job *job, int32_t *ret_ids)
{
    struct fake_env *env = fake_open((struct fake_limits){"fcfs", 512, 512, 1, 1});
    struct zest_engine_generate_reply reply = {0};
    job->request.prompt_ids = job->prompt;
    if (zest_engine_generate(env->engine, &env->call, &job->request, &reply) != ZEST_OK)
        abort();
    memcpy(ret_ids, reply.ids, reply.ids_count * sizeof(*ret_ids));
    fake_close(env);
    return (int32_t)reply.ids_count;
}

static void read_to_end(struct client *client, struct zest_stream *stream, struct zest_call *call, bool cancels,
                        const int32_t *expected, int32_t expected_count)
{
    struct zest_engine_stream_item item;
    enum zest_engine_finish finish = ZEST_ENGINE_FINISH_NONE;
    enum zest_status status;
    int32_t count = 0;
    while ((status = stream->ops->next(stream, call, &item)) == ZEST_OK || status == ZEST_AGAIN) {
        if (status == ZEST_AGAIN) {
            client->lost += stream->ops->wait(stream, 60000000000u) != ZEST_OK;
            continue;
        }
        for (size_t i = 0; i < item.ids_count; i++, count++)
            client->wrong += count >= expected_count || item.ids[i] != expected[count];
        finish = item.finish_reason;
        if (cancels && count > 3)
            break;
    }
    if (cancels && status == ZEST_OK)
        client->cancelled++;
    else if (status == ZEST_END && finish != ZEST_ENGINE_FINISH_NONE && count == expected_count)
        client->answered++;
    else
        client->lost++;
}

static void *run_client(void *user)
{
    struct client *client = user;
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    for (uint64_t i = 0; i < REQUESTS; i++) {
        uint64_t seed = client->seed * 1000 + i;
        int32_t expected[64];
        struct job job = make_job(seed);
        int32_t count = run_alone(&job, expected);
        struct zest_stream *stream;
        zest_arena_reset(&arena);
        job.request.prompt_ids = job.prompt;
        if (zest_engine_stream(client->env->engine, &call, &job.request, &stream) != ZEST_OK) {
            client->lost++;
            continue;
        }
        if (zest_random_bits(seed, 5) % 5 != 0)
            read_to_end(client, stream, &call, zest_random_bits(seed, 6) % 4 == 0, expected, count);
        else
            client->cancelled++; /* closed unread */
        stream->ops->close(stream);
    }
    zest_arena_finish(&arena);
    return NULL;
}

static void expect_all_free(struct fake_env *env)
{
    struct zest_memory_get_memory_stats_request ask = {0};
    struct zest_memory_get_memory_stats_reply stats = {.blocks_used = -1};
    struct zest_scheduler_get_queue_stats_request ask_queue = {0};
    struct zest_scheduler_get_queue_stats_reply queue = {.running = 1};
    while (queue.running + queue.waiting > 0) { /* closed streams end at the next step's border */
        sched_yield();
        ZEST_CHECK_OK(zest_scheduler_get_queue_stats(env->scheduler, &env->call, &ask_queue, &queue), &env->call.error);
    }
    while (stats.blocks_used != 0) {
        sched_yield();
        ZEST_CHECK_OK(zest_memory_get_memory_stats(env->memory, &env->call, &ask, &stats), &env->call.error);
    }
    ZEST_CHECK_INT(stats.blocks_free, stats.block_count);
    ZEST_CHECK_INT(stats.sequences, 0);
}

static void run_load(const char *policy, struct fake_limits limits, int32_t *ret_preemptions)
{
    limits.policy = policy;
    struct fake_env *env = fake_open(limits);
    struct client clients[THREADS];
    pthread_t threads[THREADS];
    for (uint64_t i = 0; i < THREADS; i++) {
        clients[i] = (struct client){.env = env, .seed = i + 1};
        pthread_create(&threads[i], NULL, run_client, &clients[i]);
    }
    int answered = 0, cancelled = 0;
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        ZEST_CHECK_INT(clients[i].wrong, 0);
        ZEST_CHECK_INT(clients[i].lost, 0);
        answered += clients[i].answered;
        cancelled += clients[i].cancelled;
    }
    ZEST_CHECK_INT(answered + cancelled, THREADS * REQUESTS);
    ZEST_CHECK(answered > 0 && cancelled > 0);
    expect_all_free(env);
    struct zest_engine_get_engine_stats_request ask = {0};
    struct zest_engine_get_engine_stats_reply stats;
    ZEST_CHECK_OK(zest_engine_get_engine_stats(env->engine, &env->call, &ask, &stats), &env->call.error);
    *ret_preemptions = (int32_t)stats.preemptions_total;
    ZEST_CHECK_INT(stats.histograms_count, 6);
    ZEST_CHECK_INT(stats.histograms[2].count, THREADS * REQUESTS); /* each request ended once */
    fake_close(env);
}

/* 24 blocks of 4 tokens for prompts of up to 60 and four at a time: blocks run short all the time. */
ZEST_TEST(answers_do_not_depend_on_the_load)
{
    int32_t preemptions;
    run_load("fcfs", (struct fake_limits){.blocks = 24, .step_tokens = 16, .sequences = 8, .queue = 64}, &preemptions);
    ZEST_CHECK(preemptions > 0);
    run_load("priority", (struct fake_limits){.blocks = 24, .step_tokens = 7, .sequences = 8, .queue = 64},
             &preemptions);
    ZEST_CHECK(preemptions > 0);
    run_load("fcfs", (struct fake_limits){.blocks = 500, .step_tokens = 64, .sequences = 3, .queue = 64}, &preemptions);
    ZEST_CHECK_INT(preemptions, 0);
}

/* Policies and the cache's size change while requests run. */
ZEST_TEST(changes_on_the_way_lose_nothing)
{
    struct fake_env *env = fake_open((struct fake_limits){"fcfs", 40, 16, 8, 64});
    struct client client = {.env = env, .seed = 77};
    pthread_t thread;
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    pthread_create(&thread, NULL, run_client, &client);
    for (uint64_t i = 0; i < 400; i++) {
        struct zest_scheduler_set_policy_request set = {i % 2 ? ZEST_TEXT("priority") : ZEST_TEXT("fcfs"),
                                                        ZEST_TEXT("{}")};
        struct zest_scheduler_set_policy_reply changed;
        struct zest_memory_allocate_memory_request plan;
        struct zest_memory_allocate_memory_reply planned;
        zest_memory_allocate_memory_request_init(&plan);
        plan.kv_cache_size = 30 + (int64_t)(zest_random_bits(3, i) % 40);
        zest_arena_reset(&arena);
        ZEST_CHECK_OK(zest_scheduler_set_policy(env->scheduler, &call, &set, &changed), &call.error);
        enum zest_status status = zest_memory_allocate_memory(env->memory, &call, &plan, &planned);
        ZEST_CHECK(status == ZEST_OK || status == ZEST_CONFLICT);
        sched_yield();
    }
    pthread_join(thread, NULL);
    ZEST_CHECK_INT(client.wrong + client.lost, 0);
    expect_all_free(env);
    zest_arena_finish(&arena);
    fake_close(env);
}
