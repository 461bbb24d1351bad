/* SPDX-License-Identifier: Apache-2.0 */
/* test_memory_plan.c - allocation plans: what they answer, and what they refuse with numbers. */
#include "zest_test.h"

#include "memory.h"

struct fixture {
    struct zest_memory *memory;
    struct zest_arena arena;
    struct zest_call call;
};

static void start(struct fixture *f)
{
    struct zest_memory_options options = {.block_count = 8, .block_tokens = 4, .block_bytes = 1000};
    struct zest_error error = {0};
    *f = (struct fixture){0};
    zest_arena_init(&f->arena, ZEST_ARENA_UNLIMITED);
    f->call.arena = &f->arena;
    ZEST_CHECK_OK(zest_memory_native_create(&options, &f->memory, &error), &error);
}

static void stop(struct fixture *f)
{
    zest_memory_native_destroy(f->memory);
    zest_arena_finish(&f->arena);
}

static enum zest_status plan(struct fixture *f, int64_t bytes, const char *strategy,
                             struct zest_memory_allocate_memory_reply *ret_reply)
{
    struct zest_memory_allocate_memory_request request;
    zest_memory_allocate_memory_request_init(&request);
    request.kv_cache_size = bytes;
    request.hierarchical_plan.strategy = zest_text_of(strategy);
    return zest_memory_allocate_memory(f->memory, &f->call, &request, ret_reply);
}

ZEST_TEST(a_plan_is_whole_blocks)
{
    struct fixture f;
    struct zest_memory_allocate_memory_reply reply = {0};
    start(&f);
    ZEST_CHECK_OK(plan(&f, 12999, "lru_eviction", &reply), &f.call.error);
    ZEST_CHECK_INT(reply.block_count, 12);
    ZEST_CHECK_INT(reply.kv_cache_size, 12000);
    ZEST_CHECK_INT(reply.tokens_max, 48);
    ZEST_CHECK_TEXT(reply.strategy, ZEST_TEXT("lru"));
    ZEST_CHECK(strstr(reply.algorithm_reasoning.data, "12 whole blocks") != NULL);
    stop(&f);
}

ZEST_TEST(wrong_plans_are_refused)
{
    struct fixture f;
    struct zest_memory_allocate_memory_reply reply;
    start(&f);
    ZEST_CHECK_INT(plan(&f, 8000, "belady", &reply), ZEST_NOT_FOUND);
    ZEST_CHECK(strstr(f.call.error.message, "lru_eviction") != NULL);
    ZEST_CHECK_INT(plan(&f, 999, "lru", &reply), ZEST_OUT_OF_RANGE);
    ZEST_CHECK_INT(plan(&f, -1, "lru", &reply), ZEST_OUT_OF_RANGE);
    ZEST_CHECK_INT(plan(&f, INT64_MAX, "lru", &reply), ZEST_OUT_OF_RANGE);
    stop(&f);
}

ZEST_TEST(blocks_in_use_stay)
{
    struct fixture f;
    struct zest_memory_allocate_memory_reply reply;
    static const struct zest_memory_need entries[] = {{7, 17}};
    struct zest_memory_commit_step_request commit = {.entries = entries, .entries_count = 1};
    struct zest_memory_commit_step_reply tables;
    start(&f);
    ZEST_CHECK_OK(zest_memory_commit_step(f.memory, &f.call, &commit, &tables), &f.call.error);
    ZEST_CHECK_INT(plan(&f, 4000, "lru", &reply), ZEST_CONFLICT);
    ZEST_CHECK(strstr(f.call.error.message, "5000 bytes") != NULL);
    ZEST_CHECK_OK(plan(&f, 5000, "lru", &reply), &f.call.error);
    struct zest_memory_find_block_request find = {.sequence_id = 7, .position = 16};
    struct zest_memory_find_block_reply place;
    ZEST_CHECK_OK(zest_memory_find_block(f.memory, &f.call, &find, &place), &f.call.error);
    ZEST_CHECK_INT(place.block_id, tables.tables[0].block_ids[4]);
    ZEST_CHECK_INT(place.offset, 0);
    find.position = 20;
    ZEST_CHECK_OK(zest_memory_find_block(f.memory, &f.call, &find, &place), &f.call.error);
    ZEST_CHECK_INT(place.block_id, -1);
    stop(&f);
}

/* lru: the block that was freed first is given out first. */
ZEST_TEST(the_least_recently_freed_block_goes_first)
{
    struct fixture f;
    static const struct zest_memory_need fill[] = {{1, 4}, {2, 4}, {3, 4}, {4, 20}}, again[] = {{5, 4}, {6, 4}};
    struct zest_memory_commit_step_request commit = {.entries = fill, .entries_count = 4};
    struct zest_memory_commit_step_reply reply;
    struct zest_memory_release_sequence_reply released;
    start(&f);
    ZEST_CHECK_OK(zest_memory_commit_step(f.memory, &f.call, &commit, &reply), &f.call.error);
    int32_t of_1 = reply.tables[0].block_ids[0], of_2 = reply.tables[1].block_ids[0];
    struct zest_memory_release_sequence_request release = {.sequence_id = 2};
    ZEST_CHECK_OK(zest_memory_release_sequence(f.memory, &f.call, &release, &released), &f.call.error);
    release.sequence_id = 1;
    ZEST_CHECK_OK(zest_memory_release_sequence(f.memory, &f.call, &release, &released), &f.call.error);
    commit = (struct zest_memory_commit_step_request){.entries = again, .entries_count = 2};
    ZEST_CHECK_OK(zest_memory_commit_step(f.memory, &f.call, &commit, &reply), &f.call.error);
    ZEST_CHECK_INT(reply.tables[0].block_ids[0], of_2);
    ZEST_CHECK_INT(reply.tables[1].block_ids[0], of_1);
    stop(&f);
}
