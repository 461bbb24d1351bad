/* SPDX-License-Identifier: Apache-2.0 */
/* test_engine_garbage.c - a scheduler that answers nonsense, or nothing: requests end, with their tokens or an error.
 */
#include "zest_test.h"

#include "fake_services.h"

/* Wraps the real scheduler; `spoil` changes its plans. */
struct garbage {
    struct zest_scheduler base;
    struct zest_scheduler *inner;
    enum { ADDS_JUNK, PLANS_NOTHING, FAILS_PLAN, FAILS_COMPLETE, PREEMPTS_ALL } kind;
    int plans;
};

static struct zest_scheduler *inner_of(struct zest_scheduler *self)
{
    return ((struct garbage *)self)->inner;
}

static enum zest_status add_sequence(struct zest_scheduler *self, struct zest_call *call,
                                     const struct zest_scheduler_add_sequence_request *request,
                                     struct zest_scheduler_add_sequence_reply *ret_reply)
{
    return zest_scheduler_add_sequence(inner_of(self), call, request, ret_reply);
}

static enum zest_status remove_sequence(struct zest_scheduler *self, struct zest_call *call,
                                        const struct zest_scheduler_remove_sequence_request *request,
                                        struct zest_scheduler_remove_sequence_reply *ret_reply)
{
    return zest_scheduler_remove_sequence(inner_of(self), call, request, ret_reply);
}

static enum zest_status complete_step(struct zest_scheduler *self, struct zest_call *call,
                                      const struct zest_scheduler_complete_step_request *request,
                                      struct zest_scheduler_complete_step_reply *ret_reply)
{
    if (((struct garbage *)self)->kind == FAILS_COMPLETE)
        return zest_fail(&call->error, ZEST_UNAVAILABLE, "the scheduler is told to fail");
    return zest_scheduler_complete_step(inner_of(self), call, request, ret_reply);
}

/* Each real entry, then itself again, strangers, and counts out of all reason. */
static void add_junk(struct zest_call *call, struct zest_scheduler_plan_step_reply *reply)
{
    size_t count = reply->entries_count;
    struct zest_scheduler_plan_entry *entries =
        ZEST_NEW_ARRAY(call->arena, struct zest_scheduler_plan_entry, count * 2 + 2);
    int64_t *preempted = ZEST_NEW_ARRAY(call->arena, int64_t, 2);
    entries[0] = (struct zest_scheduler_plan_entry){.sequence_id = 42, .token_count = 7};
    entries[1] = (struct zest_scheduler_plan_entry){.sequence_id = -1, .token_count = INT32_MIN};
    for (size_t i = 0; i < count; i++) {
        entries[2 + 2 * i] = reply->entries[i];
        entries[2 + 2 * i].token_count = INT32_MAX; /* the engine cuts it to what is left */
        entries[3 + 2 * i] = reply->entries[i];
    }
    preempted[0] = 0;
    preempted[1] = 77;
    reply->entries = entries;
    reply->entries_count = count * 2 + 2;
    reply->preempted = preempted;
    reply->preempted_count = 2;
}

/* Every third plan takes everybody's blocks away. */
static void preempt_all(struct garbage *garbage, struct zest_call *call, struct zest_scheduler_plan_step_reply *reply)
{
    if (++garbage->plans % 3)
        return;
    int64_t *preempted = ZEST_NEW_ARRAY(call->arena, int64_t, reply->entries_count);
    for (size_t i = 0; i < reply->entries_count; i++)
        preempted[i] = reply->entries[i].sequence_id;
    reply->preempted = preempted;
    reply->preempted_count = reply->entries_count;
    reply->entries_count = 0;
}

static enum zest_status plan_step(struct zest_scheduler *self, struct zest_call *call,
                                  const struct zest_scheduler_plan_step_request *request,
                                  struct zest_scheduler_plan_step_reply *ret_reply)
{
    struct garbage *garbage = (struct garbage *)self;
    if (garbage->kind == FAILS_PLAN)
        return zest_fail(&call->error, ZEST_UNAVAILABLE, "the scheduler is told to fail");
    enum zest_status status = zest_scheduler_plan_step(garbage->inner, call, request, ret_reply);
    if (garbage->kind == ADDS_JUNK)
        add_junk(call, ret_reply);
    else if (garbage->kind == PREEMPTS_ALL)
        preempt_all(garbage, call, ret_reply);
    else if (garbage->kind == PLANS_NOTHING)
        *ret_reply = (struct zest_scheduler_plan_step_reply){0};
    return status;
}

static const struct zest_scheduler_ops garbage_ops = {.add_sequence = add_sequence,
                                                      .remove_sequence = remove_sequence,
                                                      .complete_step = complete_step,
                                                      .plan_step = plan_step};

/* What a request gets under each kind of nonsense; afterwards the engine works as before. */
static void run_kind(int kind, enum zest_status expected)
{
    static const int32_t prompt[] = {'q', 'u', 'e', 's', 't'};
    struct fake_env *env = fake_open((struct fake_limits){"fcfs", 64, 64, 4, 4});
    struct garbage garbage = {.base = {&garbage_ops}, .inner = env->scheduler, .kind = kind};
    struct zest_engine_generation request;
    struct zest_engine_generate_reply reply = {0};
    int32_t ids[12], count = fake_greedy(prompt, ZEST_COUNT(prompt), 12, ids);
    zest_engine_generation_init(&request);
    request.prompt_ids = prompt;
    request.prompt_ids_count = ZEST_COUNT(prompt);
    request.max_tokens = 12;
    atomic_store(&env->handles.layer[ZEST_SCHEDULER], (struct zest_service *)&garbage);
    ZEST_CHECK_INT(zest_engine_generate(env->engine, &env->call, &request, &reply), expected);
    if (expected == ZEST_OK)
        ZEST_CHECK(reply.ids_count == (size_t)count && !memcmp(reply.ids, ids, (size_t)count * sizeof(*ids)));
    else
        ZEST_CHECK(env->call.error.message[0]);
    atomic_store(&env->handles.layer[ZEST_SCHEDULER], (struct zest_service *)env->scheduler);
    ZEST_CHECK_OK(zest_engine_generate(env->engine, &env->call, &request, &reply), &env->call.error);
    ZEST_CHECK(reply.ids_count == (size_t)count && !memcmp(reply.ids, ids, (size_t)count * sizeof(*ids)));
    fake_close(env);
}

ZEST_TEST(junk_in_plans_is_ignored)
{
    run_kind(ADDS_JUNK, ZEST_OK);
}

ZEST_TEST(preemption_at_every_turn_gives_the_same_tokens)
{
    run_kind(PREEMPTS_ALL, ZEST_OK);
}

ZEST_TEST(a_scheduler_that_never_plans_hangs_nothing)
{
    run_kind(PLANS_NOTHING, ZEST_OUT_OF_MEMORY);
}

ZEST_TEST(a_scheduler_that_fails_fails_its_requests)
{
    run_kind(FAILS_PLAN, ZEST_UNAVAILABLE);
    run_kind(FAILS_COMPLETE, ZEST_UNAVAILABLE);
}
