/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overheads.c - times one call in every mode, alternating, so that all meet the machine in the same state.
 *
 * Each round times a batch of calls of every kind; the figures are medians over the rounds, and differences of them.
 */
#include <stdio.h>
#include <stdlib.h>

#include <zest/json.h>
#include <zest/server.h>

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

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
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
        qsort(ticks[kind], ROUNDS, sizeof(double), compare);
        (*ret_ns)[kind] = zest_ticks_seconds((uint64_t)ticks[kind][ROUNDS / 2]) * 1e9 / BATCH;
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

/* ---- over HTTP ------------------------------------------------------------------------------------------------- */

enum { HTTP_CALLS = 400, HTTP_WARM_UP = 20 };

/* The layer that asks a server; the handle is put back before the first call, so that the server asks the native. */
static enum zest_status find_remote(struct zest_env *env, uint16_t port, struct zest_tokenizer **ret_remote,
                                    struct zest_error *error)
{
    char url[64];
    struct zest_text before = zest_env_mode(env, ZEST_TOKENIZER);
    snprintf(url, sizeof(url), "http://127.0.0.1:%u", port);
    enum zest_status status = zest_env_set_mode(env, ZEST_TOKENIZER, zest_text_of(url), error);
    if (status != ZEST_OK)
        return status;
    *ret_remote = zest_env_tokenizer(env);
    return zest_env_set_mode(env, ZEST_TOKENIZER, before, error);
}

static enum zest_status time_remote(struct zest_tokenizer *remote, struct lab *lab, double *ret_us)
{
    double us[HTTP_CALLS];
    for (int i = -HTTP_WARM_UP; i < HTTP_CALLS; i++) {
        struct zest_tokenizer_tokenize_reply reply;
        zest_arena_reset(lab->call.arena);
        uint64_t start = zest_now_ns();
        enum zest_status status = zest_tokenizer_tokenize(remote, &lab->call, &lab->request, &reply);
        if (status != ZEST_OK)
            return status;
        if (i >= 0)
            us[i] = (double)(zest_now_ns() - start) * 1e-3;
    }
    qsort(us, HTTP_CALLS, sizeof(double), compare);
    *ret_us = us[HTTP_CALLS / 2];
    return ZEST_OK;
}

/* A server on a free port, as long as the calls take. */
static enum zest_status measure_http(struct zest_env *env, struct lab *lab, double *ret_us, struct zest_error *error)
{
    struct zest_server_options options = {.port = 0};
    struct zest_server *server;
    struct zest_tokenizer *remote;
    enum zest_status status = zest_server_start(env, &options, &server, error);
    if (status != ZEST_OK)
        return status;
    status = find_remote(env, zest_server_port(server), &remote, error);
    if (status == ZEST_OK && (status = time_remote(remote, lab, ret_us)) != ZEST_OK)
        *error = lab->call.error;
    zest_server_stop(server, 1000);
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
    if (status == ZEST_OK)
        status = measure_http(env, &lab, &ret_overheads->http_us, error);
    zest_buffer_finish(&lab.json);
    zest_arena_finish(&arena);
    return status;
}
