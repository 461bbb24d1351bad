/* SPDX-License-Identifier: Apache-2.0 */
/* test_shortest_first.c - the policy of plugins/, loaded from its shared object; and plug-ins that are refused. */
#include "policy_check.h"

/* Whoever starts has a prompt no longer than anybody who goes on waiting. */
static void shortest_starts(const struct policy_check *check, const struct zest_scheduler_plan_step_reply *plan)
{
    bool is_named[CHECK_SEQUENCES] = {false};
    int32_t longest = 0;
    for (size_t i = 0; i < plan->preempted_count; i++)
        is_named[plan->preempted[i] - 1] = true;
    for (size_t i = 0; i < plan->entries_count; i++) {
        const struct policy_check_sequence *s = &check->all[plan->entries[i].sequence_id - 1];
        is_named[plan->entries[i].sequence_id - 1] = true;
        longest = s->computed == 0 && s->prompt > longest ? s->prompt : longest;
    }
    for (int32_t i = 0; i < check->come; i++)
        if (!is_named[i] && !check->all[i].is_done && check->all[i].computed == 0)
            ZEST_CHECK(check->all[i].prompt >= longest);
}

ZEST_TEST(the_plugin_keeps_its_promise)
{
    for (uint64_t seed = 1; seed <= 100; seed++) {
        struct policy_check *check = policy_check_run(
            (struct policy_check){.policy = SHORTEST_FIRST_PLUGIN, .seed = seed, .look = shortest_starts});
        policy_check_close(check);
    }
}

ZEST_TEST(a_loaded_policy_is_known_by_name)
{
    struct zest_scheduler_options options = {.sequences_max = 4, .queue_max = 4};
    struct zest_scheduler *scheduler;
    struct zest_error error = {0};
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    struct zest_scheduler_set_policy_request set = {ZEST_TEXT("shortest_first"), ZEST_TEXT("{\"chunk_tokens\": 8}")};
    struct zest_scheduler_set_policy_reply reply = {0};
    struct zest_text name = {0};
    ZEST_CHECK_OK(zest_scheduler_native_create(&options, &scheduler, &error), &error);
    ZEST_CHECK_INT(zest_scheduler_set_policy(scheduler, &call, &set, &reply), ZEST_NOT_FOUND);
    ZEST_CHECK_OK(zest_scheduler_load_policy(scheduler, SHORTEST_FIRST_PLUGIN, &name, &error), &error);
    ZEST_CHECK_TEXT(name, ZEST_TEXT("shortest_first"));
    ZEST_CHECK_OK(zest_scheduler_load_policy(scheduler, SHORTEST_FIRST_PLUGIN, &name, &error),
                  &error); /* twice is once */
    ZEST_CHECK_OK(zest_scheduler_set_policy(scheduler, &call, &set, &reply), &call.error);
    ZEST_CHECK_TEXT(reply.policy, ZEST_TEXT("shortest_first"));
    zest_scheduler_native_destroy(scheduler);
    zest_arena_finish(&arena);
}

ZEST_TEST(other_objects_are_refused)
{
    struct zest_scheduler_options options = {.policy = WRONG_ABI_PLUGIN, .sequences_max = 4, .queue_max = 4};
    struct zest_scheduler *scheduler = NULL;
    struct zest_error error = {0};
    ZEST_CHECK_INT(zest_scheduler_native_create(&options, &scheduler, &error), ZEST_UNSUPPORTED);
    ZEST_CHECK(strstr(error.message, "ABI 99") && strstr(error.message, "has 1 "));
    options.policy = "./nowhere/nothing.so";
    ZEST_CHECK_INT(zest_scheduler_native_create(&options, &scheduler, &error), ZEST_NOT_FOUND);
    options.policy = "/dev/null";
    ZEST_CHECK_INT(zest_scheduler_native_create(&options, &scheduler, &error), ZEST_NOT_FOUND);
}
