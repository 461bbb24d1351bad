/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_examples.c - the tests made of the contracts' examples: every operation of every service is called with its
 * example on the default model, in research mode, and what it answers must fit its contract.
 *
 * An example may be refused where it speaks of a state that a fresh environment does not have (a sequence, a plan); how
 * many are is printed. None may be called an internal error, and none may be left uncalled.
 */
#include <zest/environment.h>
#include <zest/json.h>
#include <zest/trace.h>

#include "zest_test.h"

static const char *model_path(char *path, size_t size)
{
    const char *models = getenv("ZEST_MODELS"), *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    static const char file[] = "SmolLM2-135M-Instruct.Q4_1.gguf";
    if (models)
        snprintf(path, size, "%s/%s", models, file);
    else if (cache && cache[0])
        snprintf(path, size, "%s/zest/models/%s", cache, file);
    else
        snprintf(path, size, "%s/.cache/zest/models/%s", home ? home : "", file);
    FILE *found = fopen(path, "rb");
    if (found)
        fclose(found);
    return found ? path : NULL;
}

/* Writes a reply and reads it back by the strict reader: it has what its contract says, within its limits. */
static void check_reply(const struct zest_operation *operation, const void *reply)
{
    struct zest_arena arena;
    struct zest_buffer json;
    struct zest_error error = {0};
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    zest_buffer_init(&json, (size_t)1 << 28);
    zest_json_write(operation->reply, reply, &json);
    void *back = zest_alloc_zero(&arena, operation->reply->size, 16);
    if (json.failed ||
        zest_json_read(operation->reply, (struct zest_text){json.data, json.size}, &arena, back, &error) != ZEST_OK)
        ZEST_FAILED("%s.%s answers against its contract: %s", operation->service, operation->name, error.message);
    zest_buffer_finish(&json);
    zest_arena_finish(&arena);
}

/* Takes every item until the stream ends. */
static enum zest_status drain(const struct zest_operation *operation, struct zest_stream *stream,
                              struct zest_call *call)
{
    void *item = zest_alloc_zero(call->arena, operation->reply->size, 16);
    enum zest_status status;
    while ((status = stream->ops->next(stream, call, item)) == ZEST_OK || status == ZEST_AGAIN) {
        if (status == ZEST_OK)
            check_reply(operation, item);
        else
            (void)!stream->ops->wait(stream, 1000000000);
    }
    stream->ops->close(stream);
    return status == ZEST_END ? ZEST_OK : status;
}

static enum zest_status call_example(struct zest_env *env, enum zest_service_id service,
                                     const struct zest_operation *operation, struct zest_call *call)
{
    struct zest_stream *stream = NULL;
    bool is_stream = operation->flags & ZEST_OPERATION_STREAM;
    void *request = zest_alloc_zero(call->arena, operation->request->size, 16);
    void *reply = zest_alloc_zero(call->arena, operation->reply->size, 16);
    struct zest_text example = zest_text_of(operation->example_request);
    enum zest_status status = zest_json_read(operation->request, example, call->arena, request, &call->error);
    if (status == ZEST_OK)
        status = operation->invoke(zest_env_service(env, service), call, request, is_stream ? (void *)&stream : reply);
    if (status == ZEST_OK && is_stream)
        status = drain(operation, stream, call);
    else if (status == ZEST_OK)
        check_reply(operation, reply);
    return status;
}

/* Answers whether the example was taken. */
static bool check_operation(struct zest_env *env, enum zest_service_id service, const struct zest_operation *operation)
{
    struct zest_arena arena;
    struct zest_trace_total before, after;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    zest_trace_totals(service, (unsigned)operation->index, &before);
    enum zest_status status = call_example(env, service, operation, &call);
    zest_trace_totals(service, (unsigned)operation->index, &after);
    if (status == ZEST_INTERNAL || (status != ZEST_OK && !call.error.message[0]))
        ZEST_FAILED("%s.%s: %s: %s", operation->service, operation->name, zest_status_name(status), call.error.message);
    if (after.calls == before.calls)
        ZEST_FAILED("%s.%s was never called", operation->service, operation->name);
    if (status != ZEST_OK)
        printf("   %s.%s refuses its example in a fresh environment: %s\n", operation->service, operation->name,
               call.error.message);
    zest_arena_finish(&arena);
    return status == ZEST_OK;
}

ZEST_TEST(every_operation_takes_its_example)
{
    char path[4096];
    struct zest_env *env = NULL;
    struct zest_error error = {0};
    struct zest_env_options options = {
        .model_path = model_path(path, sizeof(path)), .kv_cache_bytes = 64 << 20, .threads = 2};
    int taken = 0, all = 0;
    if (!options.model_path)
        ZEST_SKIP("the default model is not in the cache");
    ZEST_CHECK_OK(zest_env_open(&options, &env, &error), &error);
    for (int i = 0; env && i < ZEST_SERVICE_COUNT; i++)
        ZEST_CHECK_OK(zest_env_set_mode(env, (enum zest_service_id)i, ZEST_TEXT("research"), &error), &error);
    for (int i = 0; env && i < ZEST_SERVICE_COUNT; i++)
        for (size_t j = 0; j < zest_services[i]->operation_count; j++, all++)
            taken += check_operation(env, (enum zest_service_id)i, &zest_services[i]->operations[j]);
    printf("   %d of %d examples were taken\n", taken, all);
    ZEST_CHECK(taken * 3 >= all * 2);
    zest_env_close(env);
}
