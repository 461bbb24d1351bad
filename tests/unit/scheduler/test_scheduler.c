/* SPDX-License-Identifier: Apache-2.0 */
/* test_scheduler.c - the queue's operations: places, priorities, policies and their parameters, explanations. */
#include "zest_test.h"

#include "scheduler.h"

struct fixture {
    struct zest_scheduler *scheduler;
    struct zest_arena arena;
    struct zest_call call;
};

static void start(struct fixture *f, const char *policy)
{
    struct zest_scheduler_options options = {.policy = policy, .sequences_max = 4, .queue_max = 8};
    struct zest_error error = {0};
    *f = (struct fixture){0};
    zest_arena_init(&f->arena, ZEST_ARENA_UNLIMITED);
    f->call.arena = &f->arena;
    ZEST_CHECK_OK(zest_scheduler_native_create(&options, &f->scheduler, &error), &error);
}

static void stop(struct fixture *f)
{
    zest_scheduler_native_destroy(f->scheduler);
    zest_arena_finish(&f->arena);
}

static enum zest_status add(struct fixture *f, int64_t id, const char *name, double priority, int32_t *ret_position)
{
    struct zest_scheduler_add_sequence_request request;
    struct zest_scheduler_add_sequence_reply reply = {0};
    zest_scheduler_add_sequence_request_init(&request);
    request.sequence_id = id;
    request.request_id = zest_text_of(name);
    request.priority = priority;
    request.prompt_tokens = 10;
    request.max_tokens = 5;
    enum zest_status status = zest_scheduler_add_sequence(f->scheduler, &f->call, &request, &reply);
    *ret_position = reply.position;
    return status;
}

static struct zest_scheduler_schedule_request_reply schedule(struct fixture *f, const char *name, double priority)
{
    struct zest_scheduler_schedule_request_request request = {.request_id = zest_text_of(name), .priority = priority};
    struct zest_scheduler_schedule_request_reply reply = {0};
    ZEST_CHECK_OK(zest_scheduler_schedule_request(f->scheduler, &f->call, &request, &reply), &f->call.error);
    return reply;
}

static struct zest_scheduler_plan_step_reply plan(struct fixture *f, int64_t step, int32_t tokens, int32_t blocks)
{
    struct zest_scheduler_plan_step_request request = {
        .step = step, .blocks_free = blocks, .block_tokens = 4, .tokens_max = tokens, .sequences_max = 4};
    struct zest_scheduler_plan_step_reply reply = {0};
    ZEST_CHECK_OK(zest_scheduler_plan_step(f->scheduler, &f->call, &request, &reply), &f->call.error);
    return reply;
}

ZEST_TEST(an_unknown_request_is_tried)
{
    struct fixture f;
    start(&f, "fcfs");
    struct zest_scheduler_schedule_request_reply reply = schedule(&f, "req1", 0.5);
    ZEST_CHECK_INT(reply.position, 1);
    ZEST_CHECK(!reply.is_known);
    ZEST_CHECK_TEXT(reply.algorithm_reasoning,
                    ZEST_TEXT("Scheduled with priority 1: the queue is empty, so fcfs would run it in the next step."));
    ZEST_CHECK_INT(plan(&f, 1, 100, 100).entries_count, 0); /* without effect */
    stop(&f);
}

ZEST_TEST(places_follow_the_policy)
{
    struct fixture f;
    int32_t position;
    start(&f, "fcfs");
    for (int64_t id = 1; id <= 3; id++) {
        ZEST_CHECK_OK(add(&f, id, id == 1 ? "a" : id == 2 ? "b" : "c", 0.5, &position), &f.call.error);
        ZEST_CHECK_INT(position, id);
    }
    ZEST_CHECK_INT(schedule(&f, "new", 1).position, 4);
    ZEST_CHECK_INT(schedule(&f, "c", 0.9).position, 3); /* fcfs does not mind */
    struct zest_scheduler_set_policy_request set = {.policy = ZEST_TEXT("priority"), .parameters = ZEST_TEXT("{}")};
    struct zest_scheduler_set_policy_reply changed;
    ZEST_CHECK_OK(zest_scheduler_set_policy(f.scheduler, &f.call, &set, &changed), &f.call.error);
    ZEST_CHECK_TEXT(changed.previous, ZEST_TEXT("fcfs"));
    ZEST_CHECK_INT(schedule(&f, "c", 0.9).position, 1);
    ZEST_CHECK_INT(schedule(&f, "new", 1).position, 1);
    ZEST_CHECK_INT(schedule(&f, "a", 0.1).position, 3);
    struct zest_scheduler_plan_step_reply reply = plan(&f, 1, 100, 100);
    ZEST_CHECK_INT(reply.entries_count, 3);
    ZEST_CHECK_INT(reply.entries[0].sequence_id, 3);
    ZEST_CHECK_INT(reply.entries[2].sequence_id, 1);
    stop(&f);
}

ZEST_TEST(wrong_calls_are_refused)
{
    struct fixture f;
    int32_t position;
    start(&f, "fcfs");
    ZEST_CHECK_OK(add(&f, 1, "a", 0.5, &position), &f.call.error);
    ZEST_CHECK_INT(add(&f, 1, "b", 0.5, &position), ZEST_CONFLICT);
    ZEST_CHECK_INT(add(&f, 0, "b", 0.5, &position), ZEST_OUT_OF_RANGE);
    ZEST_CHECK_INT(add(&f, 2, "b", 1.5, &position), ZEST_OUT_OF_RANGE);
    ZEST_CHECK_INT(add(&f, 2, "b", __builtin_nan(""), &position), ZEST_OUT_OF_RANGE);
    for (int64_t id = 2; id <= 12; id++)
        ZEST_CHECK_OK(add(&f, id, "x", 0.5, &position), &f.call.error);
    ZEST_CHECK_INT(add(&f, 13, "x", 0.5, &position), ZEST_OVERLOADED);
    static const struct zest_scheduler_step_result unknown[] = {{99, 1, 2}}, wrong[] = {{1, 3, 2}};
    struct zest_scheduler_complete_step_request complete = {.results = unknown, .results_count = 1};
    struct zest_scheduler_complete_step_reply completed;
    ZEST_CHECK_INT(zest_scheduler_complete_step(f.scheduler, &f.call, &complete, &completed), ZEST_NOT_FOUND);
    complete.results = wrong;
    ZEST_CHECK_INT(zest_scheduler_complete_step(f.scheduler, &f.call, &complete, &completed), ZEST_OUT_OF_RANGE);
    struct zest_scheduler_plan_step_request bad = {
        .blocks_free = 1, .block_tokens = 0, .tokens_max = 1, .sequences_max = 1};
    struct zest_scheduler_plan_step_reply reply;
    ZEST_CHECK_INT(zest_scheduler_plan_step(f.scheduler, &f.call, &bad, &reply), ZEST_OUT_OF_RANGE);
    stop(&f);
}

ZEST_TEST(policies_check_their_parameters)
{
    struct fixture f;
    start(&f, NULL);
    const struct {
        const char *policy, *parameters;
        enum zest_status status;
        const char *says;
    } rows[] = {{"fcfs", "{\"budget_tokens\": 64}", ZEST_OK, ""},
                {"nope", "{}", ZEST_NOT_FOUND, "fcfs, priority"},
                {"fcfs", "{\"budget\": 64}", ZEST_UNKNOWN_FIELD, "budget_tokens"},
                {"fcfs", "{\"budget_tokens\": 0}", ZEST_OUT_OF_RANGE, "between 1 and 65536"},
                {"fcfs", "{\"budget_tokens\": 1.5}", ZEST_WRONG_TYPE, "whole number"},
                {"fcfs", "{\"budget_tokens\": \"x\"}", ZEST_WRONG_TYPE, "whole number"},
                {"priority", "{\"ageing_per_second\": \"x\"}", ZEST_WRONG_TYPE, "a number"},
                {"priority", "[1]", ZEST_WRONG_TYPE, "object"},
                {"priority", "{", ZEST_INVALID_JSON, "JSON"},
                {"priority", "{\"ageing_per_second\": 0.5}", ZEST_OK, ""}};
    for (size_t i = 0; i < ZEST_COUNT(rows); i++) {
        struct zest_scheduler_set_policy_request request = {zest_text_of(rows[i].policy),
                                                            zest_text_of(rows[i].parameters)};
        struct zest_scheduler_set_policy_reply reply;
        f.call.error.message[0] = '\0';
        ZEST_CHECK_INT(zest_scheduler_set_policy(f.scheduler, &f.call, &request, &reply), rows[i].status);
        ZEST_CHECK(strstr(f.call.error.message, rows[i].says) != NULL);
    }
    stop(&f);
}

ZEST_TEST(the_list_of_policies_is_complete)
{
    struct fixture f;
    struct zest_scheduler_get_policies_request ask = {0};
    struct zest_scheduler_get_policies_reply reply;
    start(&f, NULL);
    ZEST_CHECK_OK(zest_scheduler_get_policies(f.scheduler, &f.call, &ask, &reply), &f.call.error);
    ZEST_CHECK(reply.policies_count >= 2);
    for (size_t i = 0; i < reply.policies_count; i++)
        ZEST_CHECK(reply.policies[i].name.size && reply.policies[i].summary.size && reply.policies[i].source.size &&
                   reply.policies[i].parameters_count);
    stop(&f);
}

ZEST_TEST(decisions_are_explained)
{
    struct fixture f;
    int32_t position;
    start(&f, "fcfs");
    ZEST_CHECK_OK(add(&f, 1, "first", 0.5, &position), &f.call.error);
    ZEST_CHECK_OK(add(&f, 2, "second", 0.5, &position), &f.call.error);
    plan(&f, 1, 8, 100);
    struct zest_scheduler_explain_request ask = {.request_id = ZEST_TEXT("first"), .last = 4};
    struct zest_scheduler_explain_reply reply;
    ZEST_CHECK_OK(zest_scheduler_explain(f.scheduler, &f.call, &ask, &reply), &f.call.error);
    ZEST_CHECK_INT(reply.decisions_count, 1);
    ZEST_CHECK_INT(reply.decisions[0].token_count, 8);
    ZEST_CHECK_TEXT(reply.algorithm_reasoning,
                    ZEST_TEXT("Step 1: first is the oldest waiting and starts with 8 of its 10 prompt tokens."));
    ask.request_id = ZEST_TEXT("second");
    ZEST_CHECK_OK(zest_scheduler_explain(f.scheduler, &f.call, &ask, &reply), &f.call.error);
    ZEST_CHECK_TEXT(reply.algorithm_reasoning,
                    ZEST_TEXT("Step 1: second waits: the step's 8 tokens went to earlier arrivals."));
    ask.request_id = ZEST_TEXT("nobody");
    ZEST_CHECK_OK(zest_scheduler_explain(f.scheduler, &f.call, &ask, &reply), &f.call.error);
    ZEST_CHECK_TEXT(reply.algorithm_reasoning, ZEST_TEXT("Nothing is known about nobody."));
    stop(&f);
}
