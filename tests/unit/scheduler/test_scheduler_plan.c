/* SPDX-License-Identifier: Apache-2.0 */
/* test_scheduler_plan.c - what every policy keeps on random queues, and what fcfs and priority promise beyond it. */
#include "policy_check.h"

ZEST_TEST(plans_keep_their_limits)
{
    static const char *const policies[] = {"fcfs", "priority"};
    for (size_t p = 0; p < ZEST_COUNT(policies); p++)
        for (uint64_t seed = 1; seed <= 150; seed++)
            policy_check_close(policy_check_run((struct policy_check){.policy = policies[p], .seed = seed}));
}

/* Admission in the order of arrival; a preempted one was younger than everybody who computes. */
static void oldest_first(const struct policy_check *check, const struct zest_scheduler_plan_step_reply *plan)
{
    int64_t youngest = 0;
    for (size_t i = 0; i < plan->entries_count; i++)
        youngest = plan->entries[i].sequence_id > youngest ? plan->entries[i].sequence_id : youngest;
    for (size_t i = 0; i < plan->preempted_count; i++)
        ZEST_CHECK(plan->preempted[i] > youngest);
}

ZEST_TEST(fcfs_admits_in_the_order_of_arrival)
{
    for (uint64_t seed = 1; seed <= 100; seed++) {
        struct policy_check *check =
            policy_check_run((struct policy_check){.policy = "fcfs", .seed = seed, .look = oldest_first});
        for (int32_t i = 1; i < check->come; i++)
            ZEST_CHECK(check->all[i - 1].admitted_step <= check->all[i].admitted_step);
        policy_check_close(check);
    }
}

/*
 * With ageing off: where one waits that would start with the blocks and places of strictly lower levels, and the step
 * has tokens left, the plan is wrong.
 */
static void nobody_is_outranked(const struct policy_check *check, const struct zest_scheduler_plan_step_reply *plan)
{
    int32_t gets[CHECK_SEQUENCES] = {0};
    bool is_preempted[CHECK_SEQUENCES] = {false};
    if (plan->tokens == check->tokens_max)
        return;
    for (size_t i = 0; i < plan->entries_count; i++)
        gets[plan->entries[i].sequence_id - 1] = plan->entries[i].token_count;
    for (size_t i = 0; i < plan->preempted_count; i++)
        is_preempted[plan->preempted[i] - 1] = true;
    int32_t best = -1; /* the most urgent that holds nothing after the step */
    for (int32_t i = 0; i < check->come; i++) {
        bool holds = (check->all[i].computed > 0 && !is_preempted[i]) || gets[i] > 0;
        if (!check->all[i].is_done && !holds &&
            (best < 0 || check->all[i].priority_percent > check->all[best].priority_percent))
            best = i;
    }
    for (int32_t i = 0, lower = 0; best >= 0 && i < check->come; i++) {
        bool was_running = check->all[i].computed > 0 && !is_preempted[i];
        lower += was_running && check->all[i].priority_percent < check->all[best].priority_percent
                     ? check_blocks(check, check->all[i].computed)
                     : 0;
        ZEST_CHECK(lower < check_blocks(check, check->all[best].known));
    }
}

ZEST_TEST(priority_never_inverts)
{
    for (uint64_t seed = 1; seed <= 100; seed++)
        policy_check_close(policy_check_run((struct policy_check){.policy = "priority",
                                                                  .parameters = "{\"ageing_per_second\": 0}",
                                                                  .seed = seed,
                                                                  .look = nobody_is_outranked}));
}

/* Whoever decodes and keeps its blocks gets its token: prompts never stall it. */
static void no_decode_stalls(const struct policy_check *check, const struct zest_scheduler_plan_step_reply *plan)
{
    bool is_named[CHECK_SEQUENCES] = {false};
    for (size_t i = 0; i < plan->entries_count; i++)
        is_named[plan->entries[i].sequence_id - 1] = true;
    for (size_t i = 0; i < plan->preempted_count; i++)
        is_named[plan->preempted[i] - 1] = true;
    for (int32_t i = 0; i < check->come; i++)
        if (check->all[i].computed > 0 && check->all[i].known - check->all[i].computed == 1)
            ZEST_CHECK(is_named[i]);
}

ZEST_TEST(decodes_are_in_every_step)
{
    static const char *const policies[] = {"fcfs", "priority"};
    for (size_t p = 0; p < ZEST_COUNT(policies); p++) {
        struct policy_check *check = policy_check_run((struct policy_check){
            .policy = policies[p], .seed = 9, .tokens_max = 16, .sequences_max = 8, .look = no_decode_stalls});
        struct zest_scheduler_get_queue_stats_request ask = {0};
        struct zest_scheduler_get_queue_stats_reply stats;
        ZEST_CHECK_OK(zest_scheduler_get_queue_stats(check->scheduler, &check->call, &ask, &stats), &check->call.error);
        ZEST_CHECK_INT(stats.running + stats.waiting, 0);
        ZEST_CHECK_INT(stats.finished_total, (uint64_t)check->arrivals);
        policy_check_close(check);
    }
}
