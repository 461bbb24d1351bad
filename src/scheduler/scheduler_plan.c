/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scheduler_plan.c - a step's plan, and the policies that make it.
 *
 * The policy sees the two sorted lists and gives tokens through the plan's helpers (plan_builder.c). The queue
 * changes only when complete_step says what was done.
 */
#include <stdlib.h>

#include "plan_builder.h"

static enum zest_status check_limits(const struct zest_scheduler_plan_step_request *request, struct zest_error *error)
{
    if (request->blocks_free < 0 || request->block_tokens < 1 || request->tokens_max < 1 || request->sequences_max < 1)
        return zest_fail_param(
            error, ZEST_OUT_OF_RANGE, "tokens_max",
            "blocks_free %d, block_tokens %d, tokens_max %d, sequences_max %d: the least are 0, 1, 1 and 1",
            request->blocks_free, request->block_tokens, request->tokens_max, request->sequences_max);
    return ZEST_OK;
}

static void plan(struct zest_scheduler_native *scheduler, const struct zest_scheduler_plan_step_request *request,
                 struct zest_plan_builder *builder)
{
    if (scheduler->now_ns < request->now_ns)
        scheduler->now_ns = request->now_ns;
    scheduler->step = request->step;
    struct zest_queue queue = {.running = zest_sequence_list_items(&scheduler->running),
                               .running_count = scheduler->running.count,
                               .waiting = zest_sequence_list_items(&scheduler->waiting),
                               .waiting_count = scheduler->waiting.count,
                               .now_ns = request->now_ns};
    zest_plan_builder_start(builder, scheduler, request);
    scheduler->policy->plan(scheduler->policy_state, &queue, &builder->plan);
}

/* Copied into the caller's arena: a second planner can't change a plan that is being carried out. */
static enum zest_status answer(struct zest_scheduler_native *scheduler, struct zest_call *call,
                               struct zest_plan_builder *builder, struct zest_scheduler_plan_step_reply *ret_reply)
{
    int32_t tokens = zest_plan_builder_end(builder);
    struct zest_scheduler_plan_entry *entries =
        ZEST_NEW_ARRAY(call->arena, struct zest_scheduler_plan_entry, builder->entry_count);
    int64_t *preempted = ZEST_NEW_ARRAY(call->arena, int64_t, builder->preempted_count);
    if (!entries || !preempted)
        return zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory for a plan of %zu sequences",
                         builder->entry_count);
    memcpy(entries, scheduler->plan_entries, builder->entry_count * sizeof(*entries));
    memcpy(preempted, scheduler->plan_preempted, builder->preempted_count * sizeof(*preempted));
    scheduler->steps_total++;
    scheduler->planned_tokens_total += (uint64_t)tokens;
    *ret_reply = (struct zest_scheduler_plan_step_reply){
        .entries = entries,
        .entries_count = builder->entry_count,
        .preempted = preempted,
        .preempted_count = builder->preempted_count,
        .tokens = tokens,
        .waiting = (int32_t)(scheduler->running.count + scheduler->waiting.count - builder->entry_count)};
    return ZEST_OK;
}

enum zest_status zest_scheduler_native_plan_step(struct zest_scheduler *self, struct zest_call *call,
                                                 const struct zest_scheduler_plan_step_request *request,
                                                 struct zest_scheduler_plan_step_reply *ret_reply)
{
    struct zest_scheduler_native *scheduler = zest_scheduler_native_of(self);
    enum zest_status status = check_limits(request, &call->error);
    if (status != ZEST_OK)
        return status;
    struct zest_plan_builder builder;
    pthread_mutex_lock(&scheduler->lock);
    plan(scheduler, request, &builder);
    status = answer(scheduler, call, &builder, ret_reply);
    pthread_mutex_unlock(&scheduler->lock);
    return status;
}

/* ---- policies -----------------------------------------------------------------------------------------------------
 */

static enum zest_status set_policy(struct zest_scheduler_native *scheduler, struct zest_call *call,
                                   const struct zest_scheduler_set_policy_request *request,
                                   struct zest_scheduler_set_policy_reply *ret_reply)
{
    const struct zest_policy *policy;
    void *state;
    enum zest_status status = zest_policy_require(&scheduler->registry, request->policy, &policy, &call->error);
    if (status == ZEST_OK)
        status = zest_policy_state_create(policy, request->parameters, &state, &call->error);
    if (status != ZEST_OK)
        return status;
    ret_reply->previous = zest_text_of(scheduler->policy->name);
    ret_reply->policy = zest_text_of(policy->name);
    free(scheduler->policy_state);
    scheduler->policy = policy;
    scheduler->policy_state = state;
    zest_sequence_list_sort(&scheduler->running, zest_scheduler_order(scheduler));
    zest_sequence_list_sort(&scheduler->waiting, zest_scheduler_order(scheduler));
    return ZEST_OK;
}

enum zest_status zest_scheduler_native_set_policy(struct zest_scheduler *self, struct zest_call *call,
                                                  const struct zest_scheduler_set_policy_request *request,
                                                  struct zest_scheduler_set_policy_reply *ret_reply)
{
    struct zest_scheduler_native *scheduler = zest_scheduler_native_of(self);
    pthread_mutex_lock(&scheduler->lock);
    enum zest_status status = set_policy(scheduler, call, request, ret_reply);
    pthread_mutex_unlock(&scheduler->lock);
    return status;
}

enum zest_status zest_scheduler_load_policy(struct zest_scheduler *self, const char *path, struct zest_text *ret_name,
                                            struct zest_error *error)
{
    struct zest_scheduler_native *scheduler = zest_scheduler_native_of(self);
    const struct zest_policy *policy;
    pthread_mutex_lock(&scheduler->lock);
    enum zest_status status = zest_policy_load(&scheduler->registry, path, &policy, error);
    pthread_mutex_unlock(&scheduler->lock);
    if (status == ZEST_OK)
        *ret_name = zest_text_of(policy->name);
    return status;
}

static bool describe(const struct zest_policy *policy, struct zest_arena *arena,
                     struct zest_scheduler_policy *ret_policy)
{
    struct zest_scheduler_parameter *params =
        ZEST_NEW_ARRAY(arena, struct zest_scheduler_parameter, policy->param_count);
    if (!params)
        return false;
    for (size_t i = 0; i < policy->param_count; i++)
        params[i] = (struct zest_scheduler_parameter){.name = zest_text_of(policy->params[i].name),
                                                      .default_value = policy->params[i].default_value,
                                                      .minimum = policy->params[i].minimum,
                                                      .maximum = policy->params[i].maximum,
                                                      .meaning = zest_text_of(policy->params[i].meaning)};
    *ret_policy = (struct zest_scheduler_policy){.name = zest_text_of(policy->name),
                                                 .summary = zest_text_of(policy->summary),
                                                 .source = zest_text_of(policy->source),
                                                 .parameters = params,
                                                 .parameters_count = policy->param_count};
    return true;
}

enum zest_status zest_scheduler_native_get_policies(struct zest_scheduler *self, struct zest_call *call,
                                                    const struct zest_scheduler_get_policies_request *request,
                                                    struct zest_scheduler_get_policies_reply *ret_reply)
{
    struct zest_scheduler_native *scheduler = zest_scheduler_native_of(self);
    pthread_mutex_lock(&scheduler->lock);
    size_t count = zest_policy_count(&scheduler->registry);
    struct zest_scheduler_policy *policies = ZEST_NEW_ARRAY(call->arena, struct zest_scheduler_policy, count);
    bool is_done = policies != NULL;
    for (size_t i = 0; i < count && is_done; i++)
        is_done = describe(zest_policy_at(&scheduler->registry, i), call->arena, &policies[i]);
    pthread_mutex_unlock(&scheduler->lock);
    if (!is_done)
        return zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory to describe %zu policies", count);
    *ret_reply = (struct zest_scheduler_get_policies_reply){.policies = policies, .policies_count = count};
    return ZEST_OK;
}
