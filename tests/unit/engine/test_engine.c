/* SPDX-License-Identifier: Apache-2.0 */
/* test_engine.c - the whole engine on a fake model: answers, limits, streams, cancel, shutdown. */
#include "zest_test.h"

#include <sched.h>

#include "fake_services.h"

static const struct fake_limits plenty = {"fcfs", 512, 64, 8, 64};

static struct zest_engine_generation greedy(const int32_t *ids, size_t count, int32_t max_tokens)
{
    struct zest_engine_generation request;
    zest_engine_generation_init(&request);
    request.prompt_ids = ids;
    request.prompt_ids_count = count;
    request.max_tokens = max_tokens;
    return request;
}

static const int32_t prompt[] = {'h', 'e', 'l', 'l', 'o', ' ', 'w', 'o', 'r', 'l', 'd'};

static int32_t blocks_used(struct fake_env *env)
{
    struct zest_memory_get_memory_stats_request request = {0};
    struct zest_memory_get_memory_stats_reply reply = {0};
    ZEST_CHECK_OK(zest_memory_get_memory_stats(env->memory, &env->call, &request, &reply), &env->call.error);
    return reply.blocks_used;
}

ZEST_TEST(generates_what_the_model_says)
{
    struct fake_env *env = fake_open(plenty);
    struct zest_engine_generation request = greedy(prompt, ZEST_COUNT(prompt), 20);
    struct zest_engine_generate_reply reply = {0};
    int32_t expected[20], count = fake_greedy(prompt, ZEST_COUNT(prompt), 20, expected);
    ZEST_CHECK_OK(zest_engine_generate(env->engine, &env->call, &request, &reply), &env->call.error);
    ZEST_CHECK_INT(reply.ids_count, count);
    for (int32_t i = 0; i < count; i++)
        ZEST_CHECK_INT(reply.ids[i], expected[i]);
    ZEST_CHECK_INT(reply.finish_reason, count == 20 ? ZEST_ENGINE_FINISH_LENGTH : ZEST_ENGINE_FINISH_STOP);
    ZEST_CHECK_INT(reply.prompt_ids_count, ZEST_COUNT(prompt));
    ZEST_CHECK_INT(reply.timings.generated_tokens, count);
    ZEST_CHECK_TEXT(reply.request_id, ZEST_TEXT("zest-1"));
    ZEST_CHECK_INT(blocks_used(env), 0);
    fake_close(env);
}

ZEST_TEST(reads_text_prompts)
{
    struct fake_env *env = fake_open(plenty);
    struct zest_engine_generation text = greedy(NULL, 0, 5), ids = greedy(prompt, ZEST_COUNT(prompt), 5);
    struct zest_engine_generate_reply a = {0}, b = {0};
    text.prompt = ZEST_TEXT("hello world");
    ZEST_CHECK_OK(zest_engine_generate(env->engine, &env->call, &text, &a), &env->call.error);
    ZEST_CHECK_OK(zest_engine_generate(env->engine, &env->call, &ids, &b), &env->call.error);
    ZEST_CHECK_INT(a.ids_count, b.ids_count);
    ZEST_CHECK(!memcmp(a.ids, b.ids, b.ids_count * sizeof(*b.ids)));
    fake_close(env);
}

/* One step of 64 tokens or eleven of one: the same answer. */
ZEST_TEST(chunks_change_nothing)
{
    int32_t expected[20], count = fake_greedy(prompt, ZEST_COUNT(prompt), 20, expected);
    for (int32_t step_tokens = 1; step_tokens <= 16; step_tokens *= 2) {
        struct fake_env *env = fake_open((struct fake_limits){"fcfs", 64, step_tokens, 4, 4});
        struct zest_engine_generation request = greedy(prompt, ZEST_COUNT(prompt), 20);
        struct zest_engine_generate_reply reply = {0};
        ZEST_CHECK_OK(zest_engine_generate(env->engine, &env->call, &request, &reply), &env->call.error);
        ZEST_CHECK_INT(reply.ids_count, count);
        ZEST_CHECK(!memcmp(reply.ids, expected, (size_t)count * sizeof(*expected)));
        fake_close(env);
    }
}

static void expect_error(struct fake_env *env, struct zest_engine_generation request, enum zest_status code,
                         const char *param)
{
    struct zest_engine_generate_reply reply = {0};
    memset(&env->call.error, 0, sizeof(env->call.error));
    ZEST_CHECK_INT(zest_engine_generate(env->engine, &env->call, &request, &reply), code);
    ZEST_CHECK_INT(env->call.error.code, code);
    ZEST_CHECK_TEXT(zest_text_of(env->call.error.param), zest_text_of(param));
    ZEST_CHECK(env->call.error.message[0]);
}

ZEST_TEST(wrong_requests_are_refused)
{
    struct fake_env *env = fake_open(plenty);
    static int32_t long_prompt[FAKE_CONTEXT + 1], bad_ids[] = {1, FAKE_VOCAB};
    static const struct zest_text empty[] = {{"", 0}};
    const struct zest_engine_generation good = greedy(prompt, ZEST_COUNT(prompt), 4);
    struct zest_engine_generation r;
    expect_error(env, greedy(NULL, 0, 4), ZEST_INVALID_ARGUMENT, "prompt");
    expect_error(env, greedy(long_prompt, ZEST_COUNT(long_prompt), 4), ZEST_CONTEXT_OVERFLOW, "prompt_ids");
    expect_error(env, greedy(bad_ids, 2, 4), ZEST_OUT_OF_RANGE, "prompt_ids");
    (r = good, r.prompt = ZEST_TEXT("x"), expect_error(env, r, ZEST_INVALID_ARGUMENT, "prompt_ids"));
    (r = greedy(NULL, 0, 4), r.prompt = ZEST_TEXT("\xff"), expect_error(env, r, ZEST_INVALID_UTF8, "text"));
    (r = good, r.temperature = -1, expect_error(env, r, ZEST_OUT_OF_RANGE, "temperature"));
    (r = good, r.temperature = __builtin_nanf(""), expect_error(env, r, ZEST_OUT_OF_RANGE, "temperature"));
    (r = good, r.top_p = 1.5f, expect_error(env, r, ZEST_OUT_OF_RANGE, "top_p"));
    (r = good, r.min_p = 2, expect_error(env, r, ZEST_OUT_OF_RANGE, "min_p"));
    (r = good, r.top_k = -1, expect_error(env, r, ZEST_OUT_OF_RANGE, "top_k"));
    (r = good, r.max_tokens = -1, expect_error(env, r, ZEST_OUT_OF_RANGE, "max_tokens"));
    (r = good, r.repetition_penalty = 0, expect_error(env, r, ZEST_OUT_OF_RANGE, "repetition_penalty"));
    (r = good, r.logprobs = 1001, expect_error(env, r, ZEST_OUT_OF_RANGE, "logprobs"));
    (r = good, r.priority = 2, expect_error(env, r, ZEST_OUT_OF_RANGE, "priority"));
    (r = good, r.stop = empty, r.stop_count = 1, expect_error(env, r, ZEST_OUT_OF_RANGE, "stop"));
    (r = good, r.user = (struct zest_text){(const char *)long_prompt, 300},
     expect_error(env, r, ZEST_TOO_LARGE, "user"));
    fake_close(env);
}

ZEST_TEST(a_prompt_beyond_the_cache_is_refused)
{
    struct fake_env *env = fake_open((struct fake_limits){"fcfs", 2, 64, 4, 4});
    expect_error(env, greedy(prompt, ZEST_COUNT(prompt), 4), ZEST_OUT_OF_MEMORY, "prompt_ids");
    struct zest_engine_generation request = greedy(prompt, 6, 100);
    request.ignore_end = true;
    struct zest_engine_generate_reply reply = {0};
    ZEST_CHECK_OK(zest_engine_generate(env->engine, &env->call, &request, &reply), &env->call.error);
    ZEST_CHECK_INT(reply.ids_count, 3); /* 8 places, and one token that needs none */
    ZEST_CHECK_INT(reply.finish_reason, ZEST_ENGINE_FINISH_LENGTH);
    fake_close(env);
}

ZEST_TEST(max_tokens_is_cut_to_the_context)
{
    struct fake_env *env = fake_open(plenty);
    static int32_t ids[FAKE_CONTEXT - 3];
    struct zest_engine_generation request = greedy(ids, ZEST_COUNT(ids), INT32_MAX);
    request.ignore_end = true;
    struct zest_engine_generate_reply reply = {0};
    ZEST_CHECK_OK(zest_engine_generate(env->engine, &env->call, &request, &reply), &env->call.error);
    ZEST_CHECK_INT(reply.ids_count, 3);
    ZEST_CHECK_INT(reply.finish_reason, ZEST_ENGINE_FINISH_LENGTH);
    fake_close(env);
}

/* ---- stop texts: the model writes the alphabet ----------------------------------------------------------------------
 */

static void alphabet(const int32_t *token, int32_t position, float *row)
{
    for (int i = 0; i < FAKE_VOCAB; i++)
        row[i] = i == *token + 1 ? 10 : 0;
}

ZEST_TEST(stop_texts_are_found_across_tokens)
{
    struct fake_env *env = fake_open(plenty);
    env->computation.script = alphabet;
    static const int32_t a[] = {'a'};
    static const struct zest_text stops[] = {{"hij", 3}, {"fgx", 3}};
    struct zest_engine_generation request = greedy(a, 1, 20);
    request.stop = stops;
    request.stop_count = 2;
    struct zest_engine_generate_reply reply = {0};
    ZEST_CHECK_OK(zest_engine_generate(env->engine, &env->call, &request, &reply), &env->call.error);
    ZEST_CHECK_TEXT(reply.text, ZEST_TEXT("bcdefg"));
    ZEST_CHECK_TEXT(reply.stop_sequence, ZEST_TEXT("hij"));
    ZEST_CHECK_INT(reply.finish_reason, ZEST_ENGINE_FINISH_STOP);
    fake_close(env);
}

ZEST_TEST(text_that_may_become_a_stop_text_is_held_back)
{
    struct fake_env *env = fake_open(plenty);
    env->computation.script = alphabet;
    static const int32_t a[] = {'a'};
    static const struct zest_text stops[] = {{"defghX", 6}, {"ijk", 3}};
    struct zest_engine_generation request = greedy(a, 1, 20);
    request.stop = stops;
    request.stop_count = 2;
    struct zest_stream *stream;
    ZEST_CHECK_OK(zest_engine_stream(env->engine, &env->call, &request, &stream), &env->call.error);
    char text[64] = "";
    struct zest_engine_stream_item item;
    enum zest_status status;
    while ((status = stream->ops->next(stream, &env->call, &item)) != ZEST_END) {
        if (status == ZEST_AGAIN) {
            ZEST_CHECK_INT(stream->ops->wait(stream, UINT64_MAX), ZEST_OK);
            continue;
        }
        ZEST_CHECK_OK(status, &env->call.error);
        strncat(text, item.text.data, item.text.size);
        ZEST_CHECK(!strchr(text, 'i'));
    }
    ZEST_CHECK_TEXT(zest_text_of(text), ZEST_TEXT("bcdefgh"));
    stream->ops->close(stream);
    fake_close(env);
}

static void snowman(const int32_t *token, int32_t position, float *row)
{
    static const unsigned char bytes[] = {0xE2, 0x98, 0x83};
    for (int i = 0; i < FAKE_VOCAB; i++)
        row[i] = i == bytes[(position + 2) % 3] ? 10 : 0; /* position 1 writes the first byte */
}

ZEST_TEST(items_never_split_a_character)
{
    struct fake_env *env = fake_open(plenty);
    env->computation.script = snowman;
    static const int32_t a[] = {'a', 'b'};
    struct zest_engine_generation request = greedy(a, 2, 7); /* two characters and a third of one */
    struct zest_stream *stream;
    ZEST_CHECK_OK(zest_engine_stream(env->engine, &env->call, &request, &stream), &env->call.error);
    char text[64] = "";
    struct zest_engine_stream_item item;
    enum zest_status status;
    while ((status = stream->ops->next(stream, &env->call, &item)) != ZEST_END) {
        if (status == ZEST_AGAIN)
            ZEST_CHECK_INT(stream->ops->wait(stream, 1000000000u), ZEST_OK);
        else
            ZEST_CHECK(zest_utf8_valid(item.text, NULL));
        if (status == ZEST_OK)
            strncat(text, item.text.data, item.text.size);
    }
    ZEST_CHECK_TEXT(zest_text_of(text), ZEST_TEXT("\u2603\u2603\ufffd"));
    stream->ops->close(stream);
    fake_close(env);
}

/* ---- forward, scores ------------------------------------------------------------------------------------------------
 */

ZEST_TEST(forward_gives_every_row)
{
    struct fake_env *env = fake_open((struct fake_limits){"fcfs", 64, 4, 4, 4});
    struct zest_engine_forward_request request = {
        .ids = prompt, .ids_count = ZEST_COUNT(prompt), .positions = ZEST_ENGINE_POSITIONS_ALL};
    struct zest_engine_forward_reply all = {0}, last = {0};
    float row[FAKE_VOCAB];
    uint64_t hash = 0;
    ZEST_CHECK_OK(zest_engine_forward(env->engine, &env->call, &request, &all), &env->call.error);
    request.positions = ZEST_ENGINE_POSITIONS_LAST;
    ZEST_CHECK_OK(zest_engine_forward(env->engine, &env->call, &request, &last), &env->call.error);
    ZEST_CHECK_INT(all.logits.shape[0], ZEST_COUNT(prompt));
    ZEST_CHECK_INT(last.logits.shape[0], 1);
    for (size_t i = 0; i < ZEST_COUNT(prompt); i++) {
        hash = fake_next(hash, prompt[i], (int32_t)i);
        fake_row(hash, row);
        ZEST_CHECK(!memcmp((const float *)all.logits.data + i * FAKE_VOCAB, row, sizeof(row)));
    }
    ZEST_CHECK(!memcmp(last.logits.data, row, sizeof(row)));
    ZEST_CHECK_INT(blocks_used(env), 0);
    request.ids_count = 0;
    ZEST_CHECK_INT(zest_engine_forward(env->engine, &env->call, &request, &last), ZEST_INVALID_ARGUMENT);
    fake_close(env);
}

ZEST_TEST(scores_come_with_the_prompt_first)
{
    struct fake_env *env = fake_open((struct fake_limits){"fcfs", 64, 4, 4, 4});
    struct zest_engine_generation request = greedy(prompt, ZEST_COUNT(prompt), 3);
    request.prompt_logprobs = true;
    request.logprobs = 2;
    request.ignore_end = true;
    struct zest_engine_generate_reply reply = {0};
    ZEST_CHECK_OK(zest_engine_generate(env->engine, &env->call, &request, &reply), &env->call.error);
    ZEST_CHECK_INT(reply.logprobs_count, ZEST_COUNT(prompt) + 3);
    ZEST_CHECK_INT(reply.logprobs[0].id, 'h');
    ZEST_CHECK_INT(reply.logprobs[0].top_count, 0);
    for (size_t i = 1; i < reply.logprobs_count; i++) {
        ZEST_CHECK(reply.logprobs[i].logprob < 0 && reply.logprobs[i].top_count == 2);
        ZEST_CHECK(reply.logprobs[i].top[0].logprob >= reply.logprobs[i].top[1].logprob);
    }
    for (size_t i = 0; i < reply.ids_count; i++) { /* greedy: each is the best of its own alternatives */
        const struct zest_engine_token_logprob *score = &reply.logprobs[ZEST_COUNT(prompt) + i];
        ZEST_CHECK_INT(score->id, reply.ids[i]);
        ZEST_CHECK_INT(score->top[0].id, score->id);
        ZEST_CHECK(score->top[0].logprob == score->logprob);
    }
    request.max_tokens = 0;
    ZEST_CHECK_OK(zest_engine_generate(env->engine, &env->call, &request, &reply), &env->call.error);
    ZEST_CHECK_INT(reply.logprobs_count, ZEST_COUNT(prompt));
    ZEST_CHECK_INT(reply.ids_count, 0);
    fake_close(env);
}

/* ---- cancel, failure, shutdown --------------------------------------------------------------------------------------
 */

ZEST_TEST(cancel_ends_a_stream)
{
    struct fake_env *env = fake_open((struct fake_limits){"fcfs", 512, 64, 8, 64});
    struct zest_engine_generation request = greedy(prompt, ZEST_COUNT(prompt), 200);
    struct zest_engine_cancel_request cancel = {.request_id = ZEST_TEXT("mine")};
    struct zest_engine_cancel_reply cancelled;
    struct zest_engine_explain_request ask = {.request_id = ZEST_TEXT("mine")};
    struct zest_engine_explain_reply story;
    struct zest_stream *stream;
    struct zest_engine_stream_item item = {0};
    request.ignore_end = true;
    request.request_id = ZEST_TEXT("mine");
    ZEST_CHECK_OK(zest_engine_stream(env->engine, &env->call, &request, &stream), &env->call.error);
    ZEST_CHECK_OK(zest_engine_cancel(env->engine, &env->call, &cancel, &cancelled), &env->call.error);
    enum zest_status status;
    enum zest_engine_finish finish = ZEST_ENGINE_FINISH_NONE;
    while ((status = stream->ops->next(stream, &env->call, &item)) != ZEST_END) {
        if (status == ZEST_AGAIN)
            ZEST_CHECK_INT(stream->ops->wait(stream, UINT64_MAX), ZEST_OK);
        else
            finish = item.finish_reason;
    }
    ZEST_CHECK(finish == ZEST_ENGINE_FINISH_CANCELLED || finish == ZEST_ENGINE_FINISH_LENGTH);
    ZEST_CHECK_INT(blocks_used(env), 0);
    ZEST_CHECK_OK(zest_engine_explain(env->engine, &env->call, &ask, &story), &env->call.error);
    ZEST_CHECK(strstr(story.algorithm_reasoning.data, "mine ") != NULL);
    ZEST_CHECK_OK(zest_engine_cancel(env->engine, &env->call, &cancel, &cancelled), &env->call.error);
    ZEST_CHECK(!cancelled.cancelled);
    stream->ops->close(stream);
    fake_close(env);
}

ZEST_TEST(a_failing_service_fails_requests_not_the_engine)
{
    struct fake_env *env = fake_open(plenty);
    struct zest_engine_generate_reply reply = {0};
    struct zest_engine_generation request = greedy(prompt, ZEST_COUNT(prompt), 5);
    env->computation.fail_next = 1;
    expect_error(env, request, ZEST_UNAVAILABLE, "");
    ZEST_CHECK_OK(zest_engine_generate(env->engine, &env->call, &request, &reply), &env->call.error);
    ZEST_CHECK_INT(blocks_used(env), 0);
    fake_close(env);
}

ZEST_TEST(streams_outlive_the_engine)
{
    struct fake_env *env = fake_open((struct fake_limits){"fcfs", 512, 1, 8, 64});
    struct zest_stream *streams[20];
    for (size_t i = 0; i < ZEST_COUNT(streams); i++) {
        struct zest_engine_generation request = greedy(prompt, ZEST_COUNT(prompt), 200);
        request.ignore_end = true;
        ZEST_CHECK_OK(zest_engine_stream(env->engine, &env->call, &request, &streams[i]), &env->call.error);
    }
    fake_close(env);
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    struct zest_engine_stream_item item;
    for (size_t i = 0; i < ZEST_COUNT(streams); i++) {
        ZEST_CHECK_INT(streams[i]->ops->wait(streams[i], UINT64_MAX), ZEST_OK);
        ZEST_CHECK_INT(streams[i]->ops->next(streams[i], &call, &item), ZEST_UNAVAILABLE);
        streams[i]->ops->close(streams[i]);
    }
    zest_arena_finish(&arena);
}

ZEST_TEST(a_full_queue_says_so)
{
    struct fake_env *env = fake_open((struct fake_limits){"fcfs", 512, 1, 1, 2});
    struct zest_stream *streams[8];
    size_t count = 0;
    enum zest_status status = ZEST_OK;
    while (count < ZEST_COUNT(streams) && status == ZEST_OK) {
        struct zest_engine_generation request = greedy(prompt, ZEST_COUNT(prompt), 240);
        request.ignore_end = true;
        status = zest_engine_stream(env->engine, &env->call, &request, &streams[count]);
        count += status == ZEST_OK;
    }
    ZEST_CHECK(count >= 3);
    ZEST_CHECK_INT(status, ZEST_OVERLOADED);
    for (size_t i = 0; i < count; i++)
        streams[i]->ops->close(streams[i]);
    fake_close(env);
}

ZEST_TEST(two_live_requests_cannot_share_a_name)
{
    struct fake_env *env = fake_open((struct fake_limits){"fcfs", 512, 1, 4, 4});
    struct zest_engine_generation request = greedy(prompt, ZEST_COUNT(prompt), 200);
    request.ignore_end = true;
    request.request_id = ZEST_TEXT("twin");
    struct zest_stream *stream;
    ZEST_CHECK_OK(zest_engine_stream(env->engine, &env->call, &request, &stream), &env->call.error);
    expect_error(env, request, ZEST_CONFLICT, "request_id");
    stream->ops->close(stream);
    fake_close(env);
}

/* A sequence that somebody put into the scheduler by hand must not keep the engine from its work. */
ZEST_TEST(foreign_sequences_do_not_block)
{
    struct fake_env *env = fake_open(plenty);
    struct zest_scheduler_add_sequence_request add;
    struct zest_scheduler_add_sequence_reply added;
    zest_scheduler_add_sequence_request_init(&add);
    add.sequence_id = 900001;
    add.prompt_tokens = 1000000;
    ZEST_CHECK_OK(zest_scheduler_add_sequence(env->scheduler, &env->call, &add, &added), &env->call.error);
    struct zest_engine_generation request = greedy(prompt, ZEST_COUNT(prompt), 5);
    struct zest_engine_generate_reply reply = {0};
    enum zest_status status = zest_engine_generate(env->engine, &env->call, &request, &reply);
    ZEST_CHECK(status == ZEST_OK || status == ZEST_OUT_OF_MEMORY);
    fake_close(env);
}

/* The cache shrinks under a running request: it ends with what fits or with an error, but it ends. */
ZEST_TEST(a_shrunken_cache_hangs_nothing)
{
    struct fake_env *env = fake_open((struct fake_limits){"fcfs", 64, 16, 4, 4});
    struct zest_stream *stream;
    struct zest_engine_generation request = greedy(prompt, ZEST_COUNT(prompt), 200);
    request.ignore_end = true;
    ZEST_CHECK_OK(zest_engine_stream(env->engine, &env->call, &request, &stream), &env->call.error);
    ZEST_CHECK_INT(stream->ops->wait(stream, UINT64_MAX), ZEST_OK);
    struct zest_memory_allocate_memory_request plan;
    struct zest_memory_allocate_memory_reply reply;
    enum zest_status status = ZEST_CONFLICT;
    zest_memory_allocate_memory_request_init(&plan);
    for (plan.kv_cache_size = 4; status != ZEST_OK; plan.kv_cache_size++)
        status = zest_memory_allocate_memory(env->memory, &env->call, &plan, &reply);
    struct zest_engine_stream_item item;
    while ((status = stream->ops->next(stream, &env->call, &item)) == ZEST_OK || status == ZEST_AGAIN)
        if (status == ZEST_AGAIN)
            ZEST_CHECK_INT(stream->ops->wait(stream, UINT64_MAX), ZEST_OK);
    ZEST_CHECK(status == ZEST_END || status == ZEST_OUT_OF_MEMORY);
    stream->ops->close(stream);
    fake_close(env);
}

/* Another memory, computation or scheduler takes over in the middle of requests: they are computed again, same tokens.
 */
ZEST_TEST(services_may_be_exchanged_under_requests)
{
    struct fake_env *env = fake_open((struct fake_limits){"fcfs", 200, 8, 8, 64}),
                    *other = fake_open((struct fake_limits){"priority", 150, 8, 8, 64});
    enum { STREAMS = 6 };
    struct zest_stream *streams[STREAMS];
    int32_t expected[200], count = 0;
    struct zest_engine_generation request = greedy(prompt, ZEST_COUNT(prompt), 200);
    while (count < 200) { /* a prompt whose answer is long */
        static int32_t start[] = {0, 'a', 'b'};
        start[0]++;
        request.prompt_ids = start;
        request.prompt_ids_count = ZEST_COUNT(start);
        count = fake_greedy(start, ZEST_COUNT(start), 200, expected);
        if (start[0] == 255)
            break;
    }
    request.ignore_end = count < 200;
    for (size_t i = 0; i < STREAMS; i++)
        ZEST_CHECK_OK(zest_engine_stream(env->engine, &env->call, &request, &streams[i]), &env->call.error);
    static const enum zest_service_id exchanged[] = {ZEST_SCHEDULER, ZEST_MEMORY, ZEST_COMPUTATION, ZEST_SCHEDULER,
                                                     ZEST_MEMORY};
    for (size_t i = 0; i < ZEST_COUNT(exchanged); i++) {
        ZEST_CHECK_INT(streams[0]->ops->wait(streams[0], UINT64_MAX), ZEST_OK);
        struct zest_service *mine = atomic_load(&env->handles.layer[exchanged[i]]);
        atomic_store(&env->handles.layer[exchanged[i]],
                     mine == (struct zest_service *)other->scheduler ? (struct zest_service *)env->scheduler
                     : mine == (struct zest_service *)other->memory  ? (struct zest_service *)env->memory
                                                                    : atomic_load(&other->handles.layer[exchanged[i]]));
        sched_yield();
    }
    for (size_t i = 0; i < STREAMS; i++) {
        struct zest_engine_stream_item item;
        enum zest_status status;
        int32_t got = 0;
        while ((status = streams[i]->ops->next(streams[i], &env->call, &item)) == ZEST_OK || status == ZEST_AGAIN) {
            if (status == ZEST_AGAIN)
                ZEST_CHECK_INT(streams[i]->ops->wait(streams[i], UINT64_MAX), ZEST_OK);
            for (size_t k = 0; status == ZEST_OK && k < item.ids_count; k++, got++)
                ZEST_CHECK(got >= count || item.ids[k] == expected[got]);
        }
        ZEST_CHECK_INT(status, ZEST_END);
        ZEST_CHECK(got >= count);
        streams[i]->ops->close(streams[i]);
    }
    ZEST_CHECK_INT(blocks_used(env), 0);
    ZEST_CHECK_INT(blocks_used(other), 0);
    zest_engine_native_destroy(env->engine); /* before the layers that it uses */
    env->engine = NULL;
    fake_close(other);
    fake_close(env);
}
