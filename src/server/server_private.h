/* SPDX-License-Identifier: Apache-2.0 */
/* server_private.h - what the routes share: the server, and the ways to answer. */
#ifndef ZEST_SERVER_PRIVATE_H
#define ZEST_SERVER_PRIVATE_H

#include <zest/json.h>
#include <zest/server.h>

#include "transport.h"
#include "workers.h"

enum { ZEST_ID_SIZE = 40 };

struct zest_server {
    struct zest_env *env;
    struct zest_transport *transport;
    struct zest_workers *workers;
    char *api_key, *allow_origin; /* owned; NULL: none */
    char model[256];              /* the name under which /v1 serves it */
    char id_prefix[12];           /* differs from run to run, so that ids do */
    int32_t context_max;          /* tokens */
    int64_t started;              /* seconds since 1970 */
    atomic_ullong ids;
    atomic_ullong answers[6]; /* by the first digit of their status */
};

/* A request handler: fills the exchange's answer, defers it, or makes it a stream. */
typedef void zest_route_fn(struct zest_server *server, struct zest_exchange *exchange);

/* ---- answers (server_answer.c) ------------------------------------------------------------------------------------
 */

/* {"error": …} with its status; under /v1 in OpenAI's shape. `operation`, where given, lends its example. */
void zest_server_fail(struct zest_exchange *exchange, const struct zest_operation *operation,
                      const struct zest_error *error);
void zest_server_fail_text(struct zest_exchange *exchange, enum zest_status code, const char *format, ...)
    ZEST_PRINTF(3, 4);
void zest_server_json(struct zest_exchange *exchange); /* status 200, application/json; the body follows in out */
/* The wrong method on a path that is there: 405, with Allow. */
void zest_server_wrong_method(struct zest_exchange *exchange, const struct zest_operation *operation,
                              const char *allow);
/* An envelope's metadata without the braces round it, for answers that are no envelopes. No ticks: no time in it. */
void zest_server_write_metadata(const struct zest_operation *operation, struct zest_text mode, uint64_t ticks,
                                struct zest_text request_id, struct zest_buffer *out);
bool zest_server_is_v1(const struct zest_exchange *exchange);
bool zest_server_is_get(const struct zest_exchange *exchange); /* GET or HEAD */

/* ---- ids and services (server.c) ----------------------------------------------------------------------------------
 */

/* "zest-1f3c9a-17" in the exchange's arena: new with each call. */
struct zest_text zest_server_new_id(struct zest_server *server, struct zest_exchange *exchange);
/* The client's X-Request-Id where it is usable, else a new one; sent back in the same header. */
struct zest_text zest_server_request_id(struct zest_server *server, struct zest_exchange *exchange);
/* Whether calls of a service leave the process, and so may block. */
bool zest_server_is_remote(const struct zest_server *server, enum zest_service_id service);

/* ---- work on another thread (server.c) ----------------------------------------------------------------------------
 */

struct zest_job { /* in the exchange's arena */
    struct zest_work work;
    struct zest_server *server;
    struct zest_exchange *exchange;
    void (*run)(struct zest_job *job); /* on a worker; fills the answer */
    void *state;
};

/* Runs `run` on a worker and then sends what it filled in. Answers "overloaded" where there is no thread. */
void zest_server_offload(struct zest_server *server, struct zest_exchange *exchange, void (*run)(struct zest_job *job),
                         void *state);

/* ---- routes --------------------------------------------------------------------------------------------------------
 */

struct zest_route {
    const char *method, *path;
    zest_route_fn *handle;
};

extern const struct zest_route zest_fixed_routes[]; /* ends with path NULL */

void zest_route(struct zest_server *server, struct zest_exchange *exchange);
void zest_routes_suggest(const char *path, struct zest_buffer *out); /* "; did you mean /v1/models?" or nothing */

zest_route_fn zest_handle_services, zest_handle_metrics, zest_handle_health, zest_handle_version, zest_handle_index;
zest_route_fn zest_handle_docs, zest_handle_docs_style, zest_handle_docs_script, zest_handle_docs_data,
    zest_handle_openapi;
zest_route_fn zest_handle_models, zest_handle_completions, zest_handle_chat;
/* GET|PUT /services/mode; GET|PUT /services/SERVICE/mode */
zest_route_fn zest_handle_all_modes;
void zest_handle_mode(struct zest_server *server, struct zest_exchange *exchange, enum zest_service_id service);
void zest_handle_model(struct zest_server *server, struct zest_exchange *exchange, struct zest_text id);
void zest_handle_operation(struct zest_server *server, struct zest_exchange *exchange,
                           const struct zest_operation *operation);
void zest_handle_example(struct zest_server *server, struct zest_exchange *exchange,
                         const struct zest_operation *operation);

#endif
