/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server.c - starts and stops: the transport, the workers, and what the routes share.
 *
 * Owns the server object. The event thread runs every route; long calls go to the workers by zest_server_offload.
 * Start reading at zest_server_start, then router.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "server_private.h"

enum { PORT = 8080, CONNECTIONS = 1024, WORKERS = 64, IDLE_SECONDS = 60 };
static const size_t BODY_BYTES = (size_t)128 << 20;

/* ---- ids ----------------------------------------------------------------------------------------------------------
 */

struct zest_text zest_server_new_id(struct zest_server *server, struct zest_exchange *exchange)
{
    return zest_text_format(&exchange->arena, "zest-%s-%llu", server->id_prefix, (unsigned long long)++server->ids);
}

static bool is_usable_id(const char *id)
{
    size_t size = strnlen(id, 129);
    for (size_t i = 0; i < size; i++)
        if (id[i] <= ' ' || id[i] >= 0x7f || id[i] == '"' || id[i] == '\\')
            return false;
    return size > 0 && size <= 128;
}

struct zest_text zest_server_request_id(struct zest_server *server, struct zest_exchange *exchange)
{
    const char *given = zest_exchange_header(exchange, "X-Request-Id");
    struct zest_text id = given && is_usable_id(given) ? zest_text_copy(&exchange->arena, zest_text_of(given))
                                                       : zest_server_new_id(server, exchange);
    zest_exchange_add_header(exchange, "X-Request-Id", id.data);
    return id;
}

bool zest_server_is_remote(const struct zest_server *server, enum zest_service_id service)
{
    struct zest_text mode = zest_env_mode(server->env, service);
    return mode.size > 4 && memcmp(mode.data, "http", 4) == 0;
}

/* ---- workers ------------------------------------------------------------------------------------------------------
 */

static void run_job(struct zest_work *work)
{
    struct zest_job *job = (struct zest_job *)work;
    job->run(job);
    zest_exchange_resume(job->exchange);
}

void zest_server_offload(struct zest_server *server, struct zest_exchange *exchange, void (*run)(struct zest_job *job),
                         void *state)
{
    struct zest_job *job = ZEST_NEW(&exchange->arena, struct zest_job);
    if (job) {
        *job =
            (struct zest_job){.work.run = run_job, .server = server, .exchange = exchange, .run = run, .state = state};
        zest_exchange_defer(exchange);
        if (zest_workers_add(server->workers, &job->work))
            return;
        zest_exchange_resume(exchange);
    }
    zest_server_fail_text(exchange, ZEST_OVERLOADED, "there is no thread for a long call; try again later");
}

/* ---- start and stop -----------------------------------------------------------------------------------------------
 */

static void handle(struct zest_exchange *exchange)
{
    zest_route(exchange->user, exchange);
}

static void count_answer(struct zest_exchange *exchange)
{
    struct zest_server *server = exchange->user;
    unsigned digit = (unsigned)exchange->status / 100;
    if (digit < ZEST_COUNT(server->answers))
        atomic_fetch_add_explicit(&server->answers[digit], 1, memory_order_relaxed);
}

static enum zest_status check(const struct zest_env *env, const struct zest_server_options *options,
                              struct zest_error *error)
{
    for (int i = 0; i < ZEST_SERVICE_COUNT; i++)
        if (!zest_env_service(env, (enum zest_service_id)i))
            return zest_fail(error, ZEST_CONFLICT,
                             "the environment was opened without the %s; a server needs all five services",
                             zest_services[i]->name);
    if (options->port < -1 || options->port > 65535)
        return zest_fail_param(error, ZEST_OUT_OF_RANGE, "port",
                               "port is %d; it lies between 0 (any that is free) and 65535", options->port);
    if (options->api_key && !options->api_key[0])
        return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "api-key",
                               "the API key is empty; leave it out to ask for none");
    return ZEST_OK;
}

/* The name under which /v1 serves the model is the engine's. */
static void read_model(struct zest_server *server)
{
    struct zest_engine *engine = zest_env_engine(server->env);
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    struct zest_engine_get_model_info_request request = {0};
    struct zest_engine_get_model_info_reply reply;
    snprintf(server->model, sizeof(server->model), "zest");
    if (zest_engine_get_model_info(engine, &call, &request, &reply) == ZEST_OK && reply.model.size) {
        server->context_max = reply.context_max;
        snprintf(server->model, sizeof(server->model), "%.*s", (int)(reply.model.size > 255 ? 255 : reply.model.size),
                 reply.model.data);
    }
    zest_arena_finish(&arena);
}

static void free_server(struct zest_server *server)
{
    zest_workers_destroy(server->workers);
    zest_transport_destroy(server->transport);
    free(server->api_key);
    free(server->allow_origin);
    free(server);
}

static struct zest_server *make_server(struct zest_env *env, const struct zest_server_options *options)
{
    struct zest_server *server = calloc(1, sizeof(*server));
    if (!server)
        return NULL;
    uint32_t random = (uint32_t)zest_now_ns();
    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random))
        random ^= (uint32_t)time(NULL);
    snprintf(server->id_prefix, sizeof(server->id_prefix), "%08x", random);
    server->env = env;
    server->started = (int64_t)time(NULL);
    server->workers = zest_workers_create(options->workers_max ? options->workers_max : WORKERS);
    server->api_key = options->api_key ? strdup(options->api_key) : NULL;
    server->allow_origin = options->allow_origin ? strdup(options->allow_origin) : NULL;
    if (!server->workers || (options->api_key && !server->api_key) ||
        (options->allow_origin && !server->allow_origin)) {
        free_server(server);
        return NULL;
    }
    read_model(server);
    return server;
}

enum zest_status zest_server_start(struct zest_env *env, const struct zest_server_options *options,
                                   struct zest_server **ret_server, struct zest_error *error)
{
    enum zest_status status = check(env, options, error);
    if (status != ZEST_OK)
        return status;
    struct zest_server *server = make_server(env, options);
    if (!server)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a server");
    struct zest_transport_options transport = {
        .host = options->host ? options->host : "127.0.0.1",
        .port = options->port < 0 ? PORT : (uint16_t)options->port,
        .body_bytes_max = options->body_bytes_max ? options->body_bytes_max : BODY_BYTES,
        .connections_max = options->connections_max ? options->connections_max : CONNECTIONS,
        .idle_seconds = options->idle_seconds ? options->idle_seconds : IDLE_SECONDS,
        .handle = handle,
        .answered = count_answer,
        .user = server,
    };
    status = zest_transport_start(&transport, &server->transport, error);
    if (status != ZEST_OK) {
        free_server(server);
        return status;
    }
    *ret_server = server;
    return ZEST_OK;
}

uint16_t zest_server_port(const struct zest_server *server)
{
    return zest_transport_port(server->transport);
}

size_t zest_server_running(const struct zest_server *server)
{
    return zest_transport_running(server->transport);
}

void zest_server_stop(struct zest_server *server, unsigned grace_ms)
{
    if (!server)
        return;
    zest_transport_stop(server->transport, grace_ms);
    free_server(server);
}
