/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zest_sealed.c - zest inside another program: opens a model, generates from token ids, prints ids.
 *
 * usage: zest-sealed MODEL THREADS TOKENS ID…
 *
 * The example of an embedding program, and the subject of the zero-cost proof: the same file is built sealed (every
 * service bound at link time) and open (through the ops tables), and the instructions of the two are compared.
 */
#include <stdio.h>
#include <stdlib.h>

#include <zest/environment.h>

enum { PROMPT_MAX = 1024 };

static enum zest_status generate(struct zest_env *env, const int32_t *ids, size_t count, int32_t tokens,
                                 struct zest_error *error)
{
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    struct zest_engine_generation request;
    struct zest_engine_generate_reply reply;
    zest_engine_generation_init(&request);
    request.prompt_ids = ids;
    request.prompt_ids_count = count;
    request.max_tokens = tokens;
    request.ignore_end = true;
    enum zest_status status = zest_engine_generate(zest_env_engine(env), &call, &request, &reply);
    for (size_t i = 0; status == ZEST_OK && i < reply.ids_count; i++)
        printf("%s%d", i ? " " : "", reply.ids[i]);
    printf("\n");
    *error = call.error;
    zest_arena_finish(&arena);
    return status;
}

int main(int argc, char **argv)
{
    int32_t ids[PROMPT_MAX];
    size_t count = 0;
    struct zest_env *env = NULL;
    struct zest_error error = {0};
    if (argc < 5 || argc - 4 > PROMPT_MAX) {
        fprintf(stderr, "usage: %s MODEL THREADS TOKENS ID...\n", argv[0]);
        return 2;
    }
    for (int i = 4; i < argc; i++)
        ids[count++] = atoi(argv[i]);
    struct zest_env_options options = {
        .model_path = argv[1], .threads = atoi(argv[2]), .cpu = getenv("ZEST_CPU"), .kv_cache_bytes = 64 << 20};
    enum zest_status status = zest_env_open(&options, &env, &error);
    if (status == ZEST_OK)
        status = generate(env, ids, count, atoi(argv[3]), &error);
    if (status != ZEST_OK)
        fprintf(stderr, "%s: %s\n", argv[0], error.message);
    zest_env_close(env);
    return status == ZEST_OK ? 0 : 1;
}
