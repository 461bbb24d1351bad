/* SPDX-License-Identifier: Apache-2.0 */
/* test_memory_commit.c - blocks are conserved, steps are all or nothing, whatever comes in whatever order. */
#include "zest_test.h"

#include "memory.h"

enum { BLOCKS = 40, BLOCK_TOKENS = 4, SEQUENCES = 12 };

static struct zest_memory *make(int32_t blocks)
{
    struct zest_memory_options options = {.block_count = blocks, .block_tokens = BLOCK_TOKENS, .block_bytes = 100};
    struct zest_memory *memory = NULL;
    struct zest_error error = {0};
    ZEST_CHECK_OK(zest_memory_native_create(&options, &memory, &error), &error);
    return memory;
}

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* A model of the memory: how many tokens each sequence has a place for. */
struct model {
    int32_t tokens[SEQUENCES];
    int32_t block_count;
};

static int32_t blocks_for(int32_t tokens)
{
    return (tokens + BLOCK_TOKENS - 1) / BLOCK_TOKENS;
}

static int32_t model_used(const struct model *model)
{
    int32_t used = 0;
    for (int i = 0; i < SEQUENCES; i++)
        used += blocks_for(model->tokens[i]);
    return used;
}

static void check_invariants(struct zest_memory *memory, struct zest_call *call, const struct model *model)
{
    struct zest_memory_get_memory_stats_request ask = {0};
    struct zest_memory_get_memory_stats_reply stats;
    ZEST_CHECK_OK(zest_memory_get_memory_stats(memory, call, &ask, &stats), &call->error);
    ZEST_CHECK_INT(stats.blocks_free + stats.blocks_used, stats.block_count);
    ZEST_CHECK_INT(stats.block_count, model->block_count);
    ZEST_CHECK_INT(stats.blocks_used, model_used(model));
    ZEST_CHECK_INT(stats.allocations_total - stats.releases_total, (uint64_t)stats.blocks_used);
    bool is_held[BLOCKS * 2] = {false};
    for (int i = 0; i < SEQUENCES; i++) {
        struct zest_memory_get_block_table_request get = {.sequence_id = i + 1};
        struct zest_memory_get_block_table_reply table;
        ZEST_CHECK_OK(zest_memory_get_block_table(memory, call, &get, &table), &call->error);
        ZEST_CHECK_INT(table.block_ids_count, (size_t)blocks_for(model->tokens[i]));
        for (size_t b = 0; b < table.block_ids_count; b++) {
            ZEST_CHECK(table.block_ids[b] >= 0 && table.block_ids[b] < model->block_count);
            ZEST_CHECK(!is_held[table.block_ids[b]]); /* nobody else has it */
            is_held[table.block_ids[b]] = true;
        }
    }
}

static void random_commit(struct zest_memory *memory, struct zest_call *call, struct model *model, uint64_t *seed)
{
    struct model after = *model;
    struct zest_memory_need entries[SEQUENCES];
    int64_t released[SEQUENCES];
    size_t entry_count = 0, released_count = 0;
    for (int i = 0; i < SEQUENCES; i++) {
        if (next_random(seed) % 8 == 0) {
            released[released_count++] = i + 1;
            after.tokens[i] = 0;
        }
        if (next_random(seed) % 2) {
            int32_t tokens = 1 + (int32_t)(next_random(seed) % 24);
            entries[entry_count++] = (struct zest_memory_need){i + 1, tokens};
            after.tokens[i] = tokens > after.tokens[i] ? tokens : after.tokens[i];
        }
    }
    struct zest_memory_commit_step_request request = {
        .released = released, .released_count = released_count, .entries = entries, .entries_count = entry_count};
    struct zest_memory_commit_step_reply reply = {0};
    enum zest_status status = zest_memory_commit_step(memory, call, &request, &reply);
    bool fits = model_used(&after) <= model->block_count;
    ZEST_CHECK_INT(status, fits ? ZEST_OK : ZEST_OUT_OF_MEMORY);
    if (status != ZEST_OK)
        return;
    *model = after;
    ZEST_CHECK_INT(reply.tables_count, entry_count);
    for (size_t i = 0; i < entry_count; i++) {
        ZEST_CHECK_INT(reply.tables[i].sequence_id, entries[i].sequence_id);
        ZEST_CHECK_INT(reply.tables[i].block_ids_count, (size_t)blocks_for(after.tokens[entries[i].sequence_id - 1]));
    }
}

static void random_resize(struct zest_memory *memory, struct zest_call *call, struct model *model, uint64_t *seed)
{
    struct zest_memory_allocate_memory_request request;
    struct zest_memory_allocate_memory_reply reply;
    zest_memory_allocate_memory_request_init(&request);
    int32_t blocks = 1 + (int32_t)(next_random(seed) % (BLOCKS * 2));
    request.kv_cache_size = blocks * 100 + 99;
    enum zest_status status = zest_memory_allocate_memory(memory, call, &request, &reply);
    ZEST_CHECK(status == ZEST_OK || status == ZEST_CONFLICT);
    if (blocks < model_used(model))
        ZEST_CHECK_INT(status, ZEST_CONFLICT);
    if (status == ZEST_OK)
        model->block_count = reply.block_count;
}

ZEST_TEST(blocks_are_conserved)
{
    struct zest_memory *memory = make(BLOCKS);
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    struct model model = {.block_count = BLOCKS};
    uint64_t seed = 42;
    for (int step = 0; step < 20000; step++) {
        uint64_t what = next_random(&seed) % 16;
        int64_t id = 1 + (int64_t)(next_random(&seed) % SEQUENCES);
        zest_arena_reset(&arena);
        if (what == 0) {
            random_resize(memory, &call, &model, &seed);
        } else if (what == 1) {
            struct zest_memory_release_sequence_request release = {.sequence_id = id};
            struct zest_memory_release_sequence_reply reply;
            ZEST_CHECK_OK(zest_memory_release_sequence(memory, &call, &release, &reply), &call.error);
            ZEST_CHECK_INT(reply.blocks_released, blocks_for(model.tokens[id - 1]));
            model.tokens[id - 1] = 0;
        } else {
            random_commit(memory, &call, &model, &seed);
        }
        check_invariants(memory, &call, &model);
    }
    zest_arena_finish(&arena);
    zest_memory_native_destroy(memory);
}

ZEST_TEST(wrong_steps_change_nothing)
{
    struct zest_memory *memory = make(4);
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    struct model model = {.block_count = 4};
    static const struct zest_memory_need twice[] = {{1, 1}, {1, 2}}, none[] = {{1, 0}}, bad_id[] = {{0, 1}},
                                         huge[] = {{1, INT32_MAX}}, many[] = {{1, 8}, {2, 12}};
    const struct {
        const struct zest_memory_need *entries;
        size_t count;
        enum zest_status status;
    } rows[] = {{twice, 2, ZEST_INVALID_ARGUMENT},
                {none, 1, ZEST_OUT_OF_RANGE},
                {bad_id, 1, ZEST_OUT_OF_RANGE},
                {huge, 1, ZEST_OUT_OF_MEMORY},
                {many, 2, ZEST_OUT_OF_MEMORY}};
    for (size_t i = 0; i < ZEST_COUNT(rows); i++) {
        struct zest_memory_commit_step_request request = {.entries = rows[i].entries, .entries_count = rows[i].count};
        struct zest_memory_commit_step_reply reply;
        ZEST_CHECK_INT(zest_memory_commit_step(memory, &call, &request, &reply), rows[i].status);
        check_invariants(memory, &call, &model);
    }
    zest_arena_finish(&arena);
    zest_memory_native_destroy(memory);
}
