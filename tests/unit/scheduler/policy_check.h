/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_check.h - a small world for policies: random arrivals, plans carried out, every promise checked each step.
 *
 *     policy_check_run((struct policy_check){.policy = "fcfs", .seed = 1, .steps = 500});
 *
 * Checked after each plan: tokens, places and blocks within their limits, nobody named twice, nobody given more than
 * is left, preempted ones were running; at the end: everybody finished (no request lost, none starved for ever).
 */
#ifndef POLICY_CHECK_H
#define POLICY_CHECK_H

#include "zest_test.h"

#include "scheduler.h"

enum { CHECK_SEQUENCES = 400 };

struct policy_check {
    const char *policy;     /* a name, or the path of a plug-in */
    const char *parameters; /* JSON, NULL: none */
    uint64_t seed;
    int32_t block_count, block_tokens, tokens_max, sequences_max; /* 0: some */
    int32_t arrivals;                                             /* how many requests come; at most CHECK_SEQUENCES */
    /* Called after each plan, where set. */
    void (*look)(const struct policy_check *check, const struct zest_scheduler_plan_step_reply *plan);
    /* The world: sequence i has id i + 1. */
    struct policy_check_sequence {
        int32_t prompt, max_tokens, known, computed, priority_percent;
        int64_t admitted_step;
        bool has_come, is_done;
    } all[CHECK_SEQUENCES];
    int32_t come, done;
    int64_t step;
    struct zest_scheduler *scheduler;
    struct zest_arena arena;
    struct zest_call call;
};

static uint64_t check_random(struct policy_check *check)
{
    check->seed = check->seed * 6364136223846793005u + 1442695040888963407u;
    return check->seed >> 33;
}

static int32_t check_blocks(const struct policy_check *check, int32_t tokens)
{
    return (tokens + check->block_tokens - 1) / check->block_tokens;
}

static int32_t check_blocks_free(const struct policy_check *check)
{
    int32_t free_blocks = check->block_count;
    for (int32_t i = 0; i < check->come; i++)
        free_blocks -= check_blocks(check, check->all[i].computed);
    return free_blocks;
}

static void check_arrive(struct policy_check *check)
{
    struct policy_check_sequence *s = &check->all[check->come];
    int32_t places = check->block_count * check->block_tokens;
    s->prompt = 1 + (int32_t)(check_random(check) % (uint64_t)(places / 2));
    s->max_tokens = 1 + (int32_t)(check_random(check) % (uint64_t)(places / 4));
    s->known = s->prompt;
    s->priority_percent = (int32_t)(check_random(check) % 101);
    s->admitted_step = -1;
    s->has_come = true;
    struct zest_scheduler_add_sequence_request add;
    struct zest_scheduler_add_sequence_reply reply;
    zest_scheduler_add_sequence_request_init(&add);
    add.sequence_id = ++check->come;
    add.request_id = zest_text_format(&check->arena, "r%d", check->come);
    add.priority = s->priority_percent / 100.0;
    add.prompt_tokens = s->prompt;
    add.max_tokens = s->max_tokens;
    add.arrival_ns = (uint64_t)check->step * 1000000u;
    ZEST_CHECK_OK(zest_scheduler_add_sequence(check->scheduler, &check->call, &add, &reply), &check->call.error);
}

/* The plan's own limits, and the blocks that it needs. */
static void check_plan(struct policy_check *check, const struct zest_scheduler_plan_step_reply *plan,
                       int32_t blocks_free)
{
    bool is_named[CHECK_SEQUENCES] = {false};
    int32_t tokens = 0, needed = 0, freed = 0, running = 0;
    for (size_t i = 0; i < plan->preempted_count; i++) {
        struct policy_check_sequence *s = &check->all[plan->preempted[i] - 1];
        ZEST_CHECK(s->computed > 0 && !is_named[plan->preempted[i] - 1]);
        is_named[plan->preempted[i] - 1] = true;
        freed += check_blocks(check, s->computed);
    }
    for (size_t i = 0; i < plan->entries_count; i++) {
        const struct zest_scheduler_plan_entry *entry = &plan->entries[i];
        struct policy_check_sequence *s = &check->all[entry->sequence_id - 1];
        ZEST_CHECK(!is_named[entry->sequence_id - 1] && s->has_come && !s->is_done);
        is_named[entry->sequence_id - 1] = true;
        ZEST_CHECK(entry->token_count > 0 && entry->token_count <= s->known - s->computed);
        tokens += entry->token_count;
        needed += check_blocks(check, s->computed + entry->token_count) - check_blocks(check, s->computed);
        running += s->computed == 0;
    }
    for (int32_t i = 0; i < check->come; i++)
        running += check->all[i].computed > 0;
    running -= (int32_t)plan->preempted_count;
    ZEST_CHECK_INT(plan->tokens, tokens);
    ZEST_CHECK(tokens <= check->tokens_max);
    ZEST_CHECK(needed <= blocks_free + freed);
    ZEST_CHECK(running <= check->sequences_max);
}

static void check_finish(struct policy_check *check, int64_t id)
{
    struct zest_scheduler_remove_sequence_request remove = {.sequence_id = id};
    struct zest_scheduler_remove_sequence_reply reply;
    ZEST_CHECK_OK(zest_scheduler_remove_sequence(check->scheduler, &check->call, &remove, &reply), &check->call.error);
    ZEST_CHECK(reply.removed);
    check->all[id - 1].is_done = true;
    check->all[id - 1].computed = 0;
    check->done++;
}

static void check_carry_out(struct policy_check *check, const struct zest_scheduler_plan_step_reply *plan)
{
    size_t count = 0;
    struct zest_scheduler_step_result *results =
        ZEST_NEW_ARRAY(&check->arena, struct zest_scheduler_step_result, plan->entries_count + plan->preempted_count);
    for (size_t i = 0; i < plan->preempted_count; i++) {
        struct policy_check_sequence *s = &check->all[plan->preempted[i] - 1];
        s->computed = 0;
        results[count++] = (struct zest_scheduler_step_result){plan->preempted[i], 0, s->known};
    }
    for (size_t i = 0; i < plan->entries_count; i++) {
        struct policy_check_sequence *s = &check->all[plan->entries[i].sequence_id - 1];
        s->admitted_step = s->admitted_step < 0 ? check->step : s->admitted_step;
        s->computed += plan->entries[i].token_count;
        if (s->computed == s->known && ++s->known - s->prompt >= s->max_tokens)
            check_finish(check, plan->entries[i].sequence_id);
        else
            results[count++] = (struct zest_scheduler_step_result){plan->entries[i].sequence_id, s->computed, s->known};
    }
    struct zest_scheduler_complete_step_request complete = {
        .step = check->step, .results = results, .results_count = count};
    struct zest_scheduler_complete_step_reply reply;
    ZEST_CHECK_OK(zest_scheduler_complete_step(check->scheduler, &check->call, &complete, &reply), &check->call.error);
}

static void check_step(struct policy_check *check)
{
    int32_t blocks_free = check_blocks_free(check);
    struct zest_scheduler_plan_step_request request = {.step = check->step,
                                                       .now_ns = (uint64_t)check->step * 1000000u,
                                                       .blocks_free = blocks_free,
                                                       .block_tokens = check->block_tokens,
                                                       .tokens_max = check->tokens_max,
                                                       .sequences_max = check->sequences_max};
    struct zest_scheduler_plan_step_reply plan, again;
    ZEST_CHECK_OK(zest_scheduler_plan_step(check->scheduler, &check->call, &request, &plan), &check->call.error);
    ZEST_CHECK_OK(zest_scheduler_plan_step(check->scheduler, &check->call, &request, &again), &check->call.error);
    ZEST_CHECK_INT(plan.entries_count, again.entries_count); /* planning changes nothing */
    for (size_t i = 0; i < plan.entries_count && i < again.entries_count; i++)
        ZEST_CHECK(plan.entries[i].sequence_id == again.entries[i].sequence_id &&
                   plan.entries[i].token_count == again.entries[i].token_count);
    check_plan(check, &plan, blocks_free);
    if (check->look)
        check->look(check, &plan);
    check_carry_out(check, &plan);
}

static void check_open(struct policy_check *check)
{
    struct zest_scheduler_options options = {
        .policy = check->policy, .sequences_max = check->sequences_max, .queue_max = 1024};
    struct zest_error error = {0};
    zest_arena_init(&check->arena, ZEST_ARENA_UNLIMITED);
    check->call.arena = &check->arena;
    ZEST_CHECK_OK(zest_scheduler_native_create(&options, &check->scheduler, &error), &error);
    if (!check->scheduler || !check->parameters)
        return;
    struct zest_scheduler_set_policy_request set = {.policy = zest_text_of(check->policy),
                                                    .parameters = zest_text_of(check->parameters)};
    struct zest_scheduler_set_policy_reply reply;
    ZEST_CHECK_OK(zest_scheduler_set_policy(check->scheduler, &check->call, &set, &reply), &check->call.error);
}

/* Returns with the world as it ended; free it with policy_check_close. */
static struct policy_check *policy_check_run(struct policy_check start)
{
    struct policy_check *check = malloc(sizeof(*check));
    *check = start;
    check->block_tokens = check->block_tokens ? check->block_tokens : 1 + (int32_t)(check_random(check) % 8);
    check->block_count = check->block_count ? check->block_count : 4 + (int32_t)(check_random(check) % 60);
    check->tokens_max = check->tokens_max ? check->tokens_max : 1 + (int32_t)(check_random(check) % 64);
    check->sequences_max = check->sequences_max ? check->sequences_max : 1 + (int32_t)(check_random(check) % 12);
    check->arrivals = check->arrivals ? check->arrivals : 40;
    check_open(check);
    for (check->step = 1; check->scheduler && check->done < check->arrivals && check->step < 100000; check->step++) {
        zest_arena_reset(&check->arena);
        while (check->come < check->arrivals && check_random(check) % 4 == 0)
            check_arrive(check);
        check_step(check);
    }
    ZEST_CHECK_INT(check->done, check->arrivals);
    return check;
}

static void policy_check_close(struct policy_check *check)
{
    zest_scheduler_native_destroy(check->scheduler);
    zest_arena_finish(&check->arena);
    free(check);
}

#endif
