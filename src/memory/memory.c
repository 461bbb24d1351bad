/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.c - the memory service: made and freed here, and asked here what it holds.
 *
 * Owns the block ids of the KV cache; the bytes behind them are the computation's. Every call takes the service's one
 * lock for its length, so any thread may call. Tuned for a few hundred sequences and one commit_step a step.
 * Start reading at memory_commit.c.
 */
#include "memory_native.h"

const struct zest_memory_ops zest_memory_native_ops = ZEST_MEMORY_NATIVE_OPS;

static enum zest_status check_options(const struct zest_memory_options *options, struct zest_error *error)
{
    if (options->block_count < 1 || options->block_count > ZEST_MEMORY_BLOCKS_MAX)
        return zest_fail_param(error, ZEST_OUT_OF_RANGE, "block_count", "block_count is %d; it lies between 1 and %d",
                               options->block_count, ZEST_MEMORY_BLOCKS_MAX);
    if (options->block_tokens < 1 || options->block_tokens > 65536)
        return zest_fail_param(error, ZEST_OUT_OF_RANGE, "block_tokens",
                               "block_tokens is %d; it lies between 1 and 65536", options->block_tokens);
    if (options->block_bytes < 1 || options->block_bytes > INT64_MAX / ZEST_MEMORY_BLOCKS_MAX)
        return zest_fail_param(error, ZEST_OUT_OF_RANGE, "block_bytes",
                               "block_bytes is %lld; it lies between 1 and %lld", (long long)options->block_bytes,
                               (long long)(INT64_MAX / ZEST_MEMORY_BLOCKS_MAX));
    return ZEST_OK;
}

enum zest_status zest_memory_native_create(const struct zest_memory_options *options, struct zest_memory **ret,
                                           struct zest_error *error)
{
    enum zest_status status = check_options(options, error);
    if (status != ZEST_OK)
        return status;
    struct zest_memory_native *memory = calloc(1, sizeof(*memory));
    if (!memory || !zest_block_pool_init(&memory->pool, options->block_count)) {
        free(memory);
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory to keep track of %d blocks", options->block_count);
    }
    memory->base.ops = &zest_memory_native_ops;
    memory->block_tokens = options->block_tokens;
    memory->block_bytes = options->block_bytes;
    zest_block_tables_init(&memory->tables);
    pthread_mutex_init(&memory->lock, NULL);
    *ret = &memory->base;
    return ZEST_OK;
}

void zest_memory_native_destroy(struct zest_memory *self)
{
    struct zest_memory_native *memory = zest_memory_native_of(self);
    if (!memory)
        return;
    zest_block_tables_finish(&memory->tables);
    zest_block_pool_finish(&memory->pool);
    pthread_mutex_destroy(&memory->lock);
    free(memory);
}

enum zest_status zest_memory_native_get_block_table(struct zest_memory *self, struct zest_call *call,
                                                    const struct zest_memory_get_block_table_request *request,
                                                    struct zest_memory_get_block_table_reply *ret_reply)
{
    struct zest_memory_native *memory = zest_memory_native_of(self);
    enum zest_status status = ZEST_OK;
    pthread_mutex_lock(&memory->lock);
    const struct zest_block_table *table = zest_block_tables_find(&memory->tables, request->sequence_id);
    size_t count = table ? (size_t)table->block_count : 0;
    int32_t *blocks = ZEST_NEW_ARRAY(call->arena, int32_t, count);
    if (blocks) {
        if (count)
            memcpy(blocks, table->blocks, count * sizeof(*blocks));
        *ret_reply = (struct zest_memory_get_block_table_reply){
            .sequence_id = request->sequence_id, .block_ids = blocks, .block_ids_count = count};
    } else {
        status = zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory for a table of %zu blocks", count);
    }
    pthread_mutex_unlock(&memory->lock);
    return status;
}

enum zest_status zest_memory_native_find_block(struct zest_memory *self, struct zest_call *call,
                                               const struct zest_memory_find_block_request *request,
                                               struct zest_memory_find_block_reply *ret_reply)
{
    struct zest_memory_native *memory = zest_memory_native_of(self);
    if (request->position < 0)
        return zest_fail_param(&call->error, ZEST_OUT_OF_RANGE, "position", "position is %d; the first is 0",
                               request->position);
    pthread_mutex_lock(&memory->lock);
    const struct zest_block_table *table = zest_block_tables_find(&memory->tables, request->sequence_id);
    int32_t index = request->position / memory->block_tokens;
    *ret_reply = (struct zest_memory_find_block_reply){
        .block_id = table && index < table->block_count ? table->blocks[index] : -1,
        .offset = request->position % memory->block_tokens};
    pthread_mutex_unlock(&memory->lock);
    return ZEST_OK;
}

enum zest_status zest_memory_native_get_memory_stats(struct zest_memory *self, struct zest_call *call,
                                                     const struct zest_memory_get_memory_stats_request *request,
                                                     struct zest_memory_get_memory_stats_reply *ret_reply)
{
    struct zest_memory_native *memory = zest_memory_native_of(self);
    pthread_mutex_lock(&memory->lock);
    int32_t used = zest_blocks_used(memory);
    double places = (double)used * memory->block_tokens;
    *ret_reply = (struct zest_memory_get_memory_stats_reply){
        .block_count = memory->pool.block_count,
        .blocks_free = memory->pool.free_count,
        .blocks_used = used,
        .blocks_used_max = memory->blocks_used_max,
        .block_tokens = memory->block_tokens,
        .block_bytes = memory->block_bytes,
        .kv_cache_size = memory->block_bytes * memory->pool.block_count,
        .sequences = (int32_t)memory->tables.map.count,
        .usage = (double)used / memory->pool.block_count,
        .waste = used ? (places - (double)memory->tokens_placed) / places : 0,
        .strategy = ZEST_TEXT("lru"),
        .allocations_total = memory->allocations_total,
        .releases_total = memory->releases_total,
        .refusals_total = memory->refusals_total,
    };
    pthread_mutex_unlock(&memory->lock);
    return ZEST_OK;
}

static struct zest_text explain_cache(const struct zest_memory_native *memory, struct zest_arena *arena)
{
    return zest_text_format(
        arena,
        "%d of %d blocks of %d tokens are free; %u sequences hold the others, with %lld tokens. Blocks are "
        "given out by lru: the least recently freed first. At most %d were held at a time; %llu steps were "
        "refused for want of blocks.",
        memory->pool.free_count, memory->pool.block_count, memory->block_tokens, memory->tables.map.count,
        (long long)memory->tokens_placed, memory->blocks_used_max, (unsigned long long)memory->refusals_total);
}

static struct zest_text explain_sequence(const struct zest_memory_native *memory, int64_t id, struct zest_arena *arena)
{
    const struct zest_block_table *table = zest_block_tables_find(&memory->tables, id);
    if (!table)
        return zest_text_format(arena, "Sequence %lld holds no blocks.", (long long)id);
    return zest_text_format(arena,
                            "Sequence %lld holds %d blocks of %d tokens for its %d tokens; %d places are not used yet.",
                            (long long)id, table->block_count, memory->block_tokens, table->token_count,
                            table->block_count * memory->block_tokens - table->token_count);
}

enum zest_status zest_memory_native_explain(struct zest_memory *self, struct zest_call *call,
                                            const struct zest_memory_explain_request *request,
                                            struct zest_memory_explain_reply *ret_reply)
{
    struct zest_memory_native *memory = zest_memory_native_of(self);
    pthread_mutex_lock(&memory->lock);
    struct zest_text story = request->sequence_id > 0 ? explain_sequence(memory, request->sequence_id, call->arena)
                                                      : explain_cache(memory, call->arena);
    pthread_mutex_unlock(&memory->lock);
    if (!story.data)
        return zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory for an explanation");
    ret_reply->algorithm_reasoning = story;
    return ZEST_OK;
}
