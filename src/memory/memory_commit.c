/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory_commit.c - a step gets its blocks, all or none.
 *
 * Two passes: the first finds every table, counts what is needed and reserves room in the tables, so that the second
 * can't fail. Sequences that the first pass made are taken back where the step is refused.
 */
#include "memory_native.h"

/* What a commit needs, as the first pass finds it. */
struct demand {
    int64_t blocks_needed, blocks_released;
};

static bool is_released(const struct zest_memory_native *memory, const struct zest_block_table *table)
{
    return table->release_mark == memory->commit_mark;
}

static void count_released(struct zest_memory_native *memory, const struct zest_memory_commit_step_request *request,
                           struct demand *demand)
{
    for (size_t i = 0; i < request->released_count; i++) {
        struct zest_block_table *table = zest_block_tables_find(&memory->tables, request->released[i]);
        if (!table || is_released(memory, table))
            continue;
        table->release_mark = memory->commit_mark;
        demand->blocks_released += table->block_count;
    }
}

static enum zest_status count_entry(struct zest_memory_native *memory, const struct zest_memory_need *entry,
                                    struct demand *demand, struct zest_error *error)
{
    if (entry->sequence_id < 1 || entry->token_count < 1)
        return zest_fail_param(error, ZEST_OUT_OF_RANGE, "entries",
                               "sequence %lld with %d tokens can't be placed; both are at least 1",
                               (long long)entry->sequence_id, entry->token_count);
    int64_t wanted = zest_blocks_for(entry->token_count, memory->block_tokens);
    if (wanted > memory->pool.block_count) /* before any table grows */
        return zest_fail_param(
            error, ZEST_OUT_OF_MEMORY, "entries", "sequence %lld needs %lld blocks for %d tokens; the cache has %d",
            (long long)entry->sequence_id, (long long)wanted, entry->token_count, memory->pool.block_count);
    struct zest_block_table *table = zest_block_tables_find(&memory->tables, entry->sequence_id);
    if (!table)
        table = zest_block_tables_add(&memory->tables, entry->sequence_id);
    if (!table || !zest_block_table_reserve(&memory->tables, table, (int32_t)wanted))
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the block table of sequence %lld",
                         (long long)entry->sequence_id);
    if (table->entry_mark == memory->commit_mark)
        return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "entries", "sequence %lld is named twice in one step",
                               (long long)entry->sequence_id);
    table->entry_mark = memory->commit_mark;
    int64_t held = is_released(memory, table) ? 0 : table->block_count;
    demand->blocks_needed += wanted > held ? wanted - held : 0;
    return ZEST_OK;
}

/* A refused step leaves no trace: tables without blocks are those that it made itself. */
static void forget_new_tables(struct zest_memory_native *memory, const struct zest_memory_commit_step_request *request)
{
    for (size_t i = 0; i < request->entries_count; i++) {
        struct zest_block_table *table = zest_block_tables_find(&memory->tables, request->entries[i].sequence_id);
        if (table && table->block_count == 0)
            zest_block_tables_remove(&memory->tables, table);
    }
}

static enum zest_status check_demand(struct zest_memory_native *memory,
                                     const struct zest_memory_commit_step_request *request, struct zest_error *error)
{
    struct demand demand = {0};
    memory->commit_mark++;
    count_released(memory, request, &demand);
    for (size_t i = 0; i < request->entries_count; i++) {
        enum zest_status status = count_entry(memory, &request->entries[i], &demand, error);
        if (status != ZEST_OK)
            return status;
    }
    int64_t available = memory->pool.free_count + demand.blocks_released;
    if (demand.blocks_needed <= available)
        return ZEST_OK;
    memory->refusals_total++;
    return zest_fail_param(error, ZEST_OUT_OF_MEMORY, "entries",
                           "step %lld needs %lld more blocks, %lld of %d are free", (long long)request->step,
                           (long long)demand.blocks_needed, (long long)available, memory->pool.block_count);
}

/* The last block goes back first, so that a sequence's beginning stays longest. */
static int32_t give_back(struct zest_memory_native *memory, struct zest_block_table *table)
{
    int32_t count = table->block_count;
    while (table->block_count > 0)
        zest_block_pool_give(&memory->pool, table->blocks[--table->block_count]);
    memory->tokens_placed -= table->token_count;
    table->token_count = 0;
    memory->releases_total += (uint64_t)count;
    return count;
}

static void extend(struct zest_memory_native *memory, struct zest_block_table *table, int32_t token_count)
{
    int64_t wanted = zest_blocks_for(token_count, memory->block_tokens);
    while (table->block_count < wanted) {
        table->blocks[table->block_count++] = zest_block_pool_take(&memory->pool);
        memory->allocations_total++;
    }
    if (token_count > table->token_count) {
        memory->tokens_placed += token_count - table->token_count;
        table->token_count = token_count;
    }
}

static void carry_out(struct zest_memory_native *memory, const struct zest_memory_commit_step_request *request,
                      struct zest_memory_block_table *ret_tables)
{
    for (size_t i = 0; i < request->released_count; i++) {
        struct zest_block_table *table = zest_block_tables_find(&memory->tables, request->released[i]);
        if (!table)
            continue;
        give_back(memory, table);
        if (table->entry_mark != memory->commit_mark)
            zest_block_tables_remove(&memory->tables, table);
    }
    for (size_t i = 0; i < request->entries_count; i++) {
        struct zest_block_table *table = zest_block_tables_find(&memory->tables, request->entries[i].sequence_id);
        extend(memory, table, request->entries[i].token_count);
        ret_tables[i] = (struct zest_memory_block_table){.sequence_id = table->sequence_id,
                                                         .block_ids = table->blocks,
                                                         .block_ids_count = (size_t)table->block_count};
    }
    if (memory->blocks_used_max < zest_blocks_used(memory))
        memory->blocks_used_max = zest_blocks_used(memory);
}

static enum zest_status commit(struct zest_memory_native *memory, struct zest_call *call,
                               const struct zest_memory_commit_step_request *request,
                               struct zest_memory_commit_step_reply *ret_reply)
{
    struct zest_memory_block_table *tables =
        ZEST_NEW_ARRAY(call->arena, struct zest_memory_block_table, request->entries_count);
    if (!tables)
        return zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory for %zu block tables", request->entries_count);
    enum zest_status status = check_demand(memory, request, &call->error);
    if (status != ZEST_OK) {
        forget_new_tables(memory, request);
        return status;
    }
    carry_out(memory, request, tables);
    *ret_reply = (struct zest_memory_commit_step_reply){.tables = tables,
                                                        .tables_count = request->entries_count,
                                                        .blocks_free = memory->pool.free_count,
                                                        .block_count = memory->pool.block_count};
    return ZEST_OK;
}

enum zest_status zest_memory_native_commit_step(struct zest_memory *self, struct zest_call *call,
                                                const struct zest_memory_commit_step_request *request,
                                                struct zest_memory_commit_step_reply *ret_reply)
{
    struct zest_memory_native *memory = zest_memory_native_of(self);
    pthread_mutex_lock(&memory->lock);
    enum zest_status status = commit(memory, call, request, ret_reply);
    pthread_mutex_unlock(&memory->lock);
    return status;
}

enum zest_status zest_memory_native_release_sequence(struct zest_memory *self, struct zest_call *call,
                                                     const struct zest_memory_release_sequence_request *request,
                                                     struct zest_memory_release_sequence_reply *ret_reply)
{
    struct zest_memory_native *memory = zest_memory_native_of(self);
    pthread_mutex_lock(&memory->lock);
    struct zest_block_table *table = zest_block_tables_find(&memory->tables, request->sequence_id);
    int32_t released = 0;
    if (table) {
        released = give_back(memory, table);
        zest_block_tables_remove(&memory->tables, table);
    }
    pthread_mutex_unlock(&memory->lock);
    *ret_reply = (struct zest_memory_release_sequence_reply){.blocks_released = released};
    return ZEST_OK;
}
