/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory_plan.c - allocation plans: how many blocks the cache has and which rule gives them out.
 *
 * A plan is checked as a whole before anything changes. Block ids name places in the computation's buffers, so a
 * cache can shrink no further than to its highest held block.
 */
#include <stdio.h>

#include "memory_native.h"

static const struct rule {
    const char *name, *alias;
} rules[] = {{"lru", "lru_eviction"}};

static const struct rule *find_rule(struct zest_text name)
{
    for (size_t i = 0; i < ZEST_COUNT(rules); i++)
        if (zest_text_equal(name, zest_text_of(rules[i].name)) || zest_text_equal(name, zest_text_of(rules[i].alias)))
            return &rules[i];
    return NULL;
}

static enum zest_status check_rule(struct zest_text name, struct zest_error *error)
{
    if (find_rule(name))
        return ZEST_OK;
    char known[256] = "";
    for (size_t i = 0, used = 0; i < ZEST_COUNT(rules) && used < sizeof(known); i++)
        used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s (or %s)", i ? ", " : "", rules[i].name,
                                 rules[i].alias);
    return zest_fail_param(error, ZEST_NOT_FOUND, "hierarchical_plan.strategy",
                           "the strategy \"%.*s\" is not known; known are: %s", (int)(name.size < 64 ? name.size : 64),
                           name.data ? name.data : "", known);
}

static enum zest_status check_size(const struct zest_memory_native *memory, int64_t bytes, int64_t *ret_blocks,
                                   struct zest_error *error)
{
    int64_t blocks = bytes / memory->block_bytes;
    if (bytes < 1 || blocks < 1)
        return zest_fail_param(error, ZEST_OUT_OF_RANGE, "kv_cache_size",
                               "kv_cache_size is %lld bytes; one block needs %lld", (long long)bytes,
                               (long long)memory->block_bytes);
    if (blocks > ZEST_MEMORY_BLOCKS_MAX)
        return zest_fail_param(error, ZEST_OUT_OF_RANGE, "kv_cache_size",
                               "kv_cache_size of %lld bytes makes %lld blocks; the most is %d", (long long)bytes,
                               (long long)blocks, ZEST_MEMORY_BLOCKS_MAX);
    int32_t floor = zest_block_pool_floor(&memory->pool), used = zest_blocks_used(memory);
    if (blocks < floor)
        return zest_fail_param(
            error, ZEST_CONFLICT, "kv_cache_size",
            "%lld bytes hold %lld blocks, but sequences hold %d blocks and the highest of them is number "
            "%d; the least that is possible now is %lld bytes",
            (long long)bytes, (long long)blocks, used, floor - 1, (long long)floor * memory->block_bytes);
    *ret_blocks = blocks;
    return ZEST_OK;
}

static enum zest_status allocate(struct zest_memory_native *memory, struct zest_call *call,
                                 const struct zest_memory_allocate_memory_request *request,
                                 struct zest_memory_allocate_memory_reply *ret_reply)
{
    int64_t blocks = 0;
    struct zest_text strategy = request->hierarchical_plan.strategy;
    enum zest_status status = check_rule(strategy, &call->error);
    if (status == ZEST_OK)
        status = check_size(memory, request->kv_cache_size, &blocks, &call->error);
    if (status != ZEST_OK)
        return status;
    int32_t before = memory->pool.block_count;
    struct zest_text why = zest_text_format(
        call->arena,
        "%lld bytes hold %lld whole blocks of %lld bytes (%d tokens each); there were %d, of which %d are in "
        "use and stay. Blocks are given out by %s: the least recently freed first.",
        (long long)request->kv_cache_size, (long long)blocks, (long long)memory->block_bytes, memory->block_tokens,
        before, zest_blocks_used(memory), find_rule(strategy)->name);
    if (!why.data || !zest_block_pool_resize(&memory->pool, (int32_t)blocks))
        return zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory to keep track of %lld blocks", (long long)blocks);
    *ret_reply = (struct zest_memory_allocate_memory_reply){.kv_cache_size = blocks * memory->block_bytes,
                                                            .block_count = (int32_t)blocks,
                                                            .block_bytes = memory->block_bytes,
                                                            .block_tokens = memory->block_tokens,
                                                            .tokens_max = blocks * memory->block_tokens,
                                                            .strategy = zest_text_of(find_rule(strategy)->name),
                                                            .algorithm_reasoning = why};
    return ZEST_OK;
}

enum zest_status zest_memory_native_allocate_memory(struct zest_memory *self, struct zest_call *call,
                                                    const struct zest_memory_allocate_memory_request *request,
                                                    struct zest_memory_allocate_memory_reply *ret_reply)
{
    struct zest_memory_native *memory = zest_memory_native_of(self);
    pthread_mutex_lock(&memory->lock);
    enum zest_status status = allocate(memory, call, request, ret_reply);
    pthread_mutex_unlock(&memory->lock);
    return status;
}
