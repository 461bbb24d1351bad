/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overheads.c - times one call in every mode, alternating, so that all meet the machine in the same state.
 *
 * Each round times a batch of calls of every kind; the figures are medians over the rounds, and differences of them.
 */
#include <stdio.h>
#include <stdlib.h>

#include <zest/json.h>

#include "median.h"
#include "overheads.h"

enum { ROUNDS = 301, BATCH = 32, DIRECT = 0, TABLE, TRACED, ENVELOPE, KINDS };

typedef enum zest_status tokenize_fn(struct zest_tokenizer *self, struct zest_call *call,
                                     const struct zest_tokenizer_tokenize_request *request,
                                     struct zest_tokenizer_tokenize_reply *ret_reply);

struct lab {
    struct zest_tokenizer *native, *traced;
    tokenize_fn *direct;
    const struct zest_operation *operation;
    struct zest_tokenizer_tokenize_request request;
    struct zest_call call;
    struct zest_buffer json;
};

static enum zest_status call_once(struct lab *lab, int kind)
{
    struct zest_tokenizer_tokenize_reply reply;
    zest_arena_reset(lab->call.arena);
    if (kind == DIRECT)
        return lab->direct(lab->native, &lab->call, &lab->request, &reply);
    if (kind == TABLE)
        return zest_tokenizer_tokenize(lab->native, &lab->call, &lab->request, &reply);
    enum zest_status status = zest_tokenizer_tokenize(lab->traced, &lab->call, &lab->request, &reply);
    if (kind == ENVELOPE && status == ZEST_OK) {
        lab->json.size = 0;
        zest_answer_write(lab->operation, (const struct zest_service *)lab->traced, &lab->call, &reply, &lab->json);
    }
    return status;
}

static enum zest_status run_rounds(struct lab *lab, double (*ret_ns)[KINDS])
{
    static const int order[] = {DIRECT, TABLE, TRACED, ENVELOPE};
    double ticks[KINDS][ROUNDS];
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < KINDS; i++) {
            int kind = order[(i + round) % KINDS]; /* nobody always goes first */
            uint64_t start = zest_ticks();
            for (int k = 0; k < BATCH; k++) {
                enum zest_status status = call_once(lab, kind);
                if (status != ZEST_OK)
                    return status;
            }
            ticks[kind][round] = (double)(zest_ticks() - start);
        }
    for (int kind = 0; kind < KINDS; kind++) {
        uint64_t middle = (uint64_t)figure_median(ticks[kind], ROUNDS);
        (*ret_ns)[kind] = zest_ticks_seconds(middle) * 1e9 / BATCH;
    }
    return ZEST_OK;
}

/* The traced layer round the tokenizer; the mode is put back at once. */
static enum zest_status find_layers(struct zest_env *env, struct lab *lab, struct zest_error *error)
{
    struct zest_text before = zest_env_mode(env, ZEST_TOKENIZER);
    enum zest_status status = zest_env_set_mode(env, ZEST_TOKENIZER, ZEST_TEXT("production"), error);
    if (status != ZEST_OK)
        return status;
    lab->native = zest_env_tokenizer(env);
    lab->direct = lab->native->ops->tokenize;
    status = zest_env_set_mode(env, ZEST_TOKENIZER, ZEST_TEXT("research"), error);
    lab->traced = zest_env_tokenizer(env);
    if (status == ZEST_OK)
        status = zest_env_set_mode(env, ZEST_TOKENIZER, before, error);
    return status;
}

static double above(double figure, double base)
{
    return figure > base ? figure - base : 0;
}

enum zest_status overheads_measure(struct zest_env *env, struct overheads *ret_overheads, struct zest_error *error)
{
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct lab lab = {.call = {.arena = &arena},
                      .operation = zest_operation_find(ZEST_TEXT("tokenizer"), ZEST_TEXT("tokenize"))};
    double ns[KINDS];
    zest_buffer_init(&lab.json, 1 << 16);
    zest_tokenizer_tokenize_request_init(&lab.request);
    lab.request.text = ZEST_TEXT("Hello world");
    enum zest_status status = find_layers(env, &lab, error);
    if (status == ZEST_OK && (status = run_rounds(&lab, &ns)) != ZEST_OK)
        *error = lab.call.error;
    if (status == ZEST_OK)
        *ret_overheads = (struct overheads){.work_ns = ns[DIRECT],
                                            .production_ns = above(ns[TABLE], ns[DIRECT]),
                                            .traced_ns = above(ns[TRACED], ns[TABLE]),
                                            .envelope_ns = above(ns[ENVELOPE], ns[TABLE])};
    zest_buffer_finish(&lab.json);
    zest_arena_finish(&arena);
    return status;
}
