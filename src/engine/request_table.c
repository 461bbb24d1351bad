/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request_table.c - live requests by name: a chained hash table, for cancel, explain and the check for doubles.
 */
#include "engine_native.h"

/* FNV-1a, 64 bits. */
static size_t bucket_of(const struct zest_engine_native *engine, struct zest_text name)
{
    uint64_t hash = 0xCBF29CE484222325u;
    for (size_t i = 0; i < name.size; i++)
        hash = (hash ^ (unsigned char)name.data[i]) * 0x100000001B3u;
    return (size_t)(hash ^ (hash >> 32)) & (engine->name_buckets - 1);
}

struct zest_request *zest_engine_find(const struct zest_engine_native *engine, struct zest_text name)
{
    struct zest_request *request = engine->names[bucket_of(engine, name)];
    while (request && !zest_text_equal(zest_text_of(request->name), name))
        request = request->next_named;
    return request;
}

void zest_engine_link_name(struct zest_engine_native *engine, struct zest_request *request)
{
    struct zest_request **bucket = &engine->names[bucket_of(engine, zest_text_of(request->name))];
    request->next_named = *bucket;
    *bucket = request;
}

void zest_engine_unlink_name(struct zest_engine_native *engine, struct zest_request *request)
{
    struct zest_request **link = &engine->names[bucket_of(engine, zest_text_of(request->name))];
    while (*link != request)
        link = &(*link)->next_named;
    *link = request->next_named;
}

void zest_engine_cancel_request(struct zest_engine_native *engine, struct zest_request *request)
{
    pthread_mutex_lock(&engine->lock);
    atomic_store(&request->is_cancelled, true);
    engine->has_cancels = true;
    pthread_cond_signal(&engine->work);
    pthread_mutex_unlock(&engine->lock);
}
