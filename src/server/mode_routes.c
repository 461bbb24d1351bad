/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mode_routes.c - reading and switching the services' modes.
 *
 * A switch to a remote service is tried with a call first, so switches run on a worker. A server that were its own
 * remote service would wait for itself for ever; that is refused.
 */
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "server_private.h"

enum { EVERY_SERVICE = ZEST_SERVICE_COUNT };

struct mode_switch {
    int service; /* or EVERY_SERVICE */
    char own_host[256];
};

static void write_modes(const struct zest_text *modes, struct zest_buffer *out)
{
    for (int i = 0; i < ZEST_SERVICE_COUNT; i++) {
        zest_buffer_printf(out, "%s\"%s\":", i ? "," : "{", zest_services[i]->name);
        zest_json_write_text(modes[i], out);
    }
    zest_buffer_append(out, "}", 1);
}

static void read_modes(const struct zest_server *server, struct zest_text *ret_modes)
{
    for (int i = 0; i < ZEST_SERVICE_COUNT; i++)
        ret_modes[i] = zest_env_mode(server->env, (enum zest_service_id)i);
}

/* ---- the request --------------------------------------------------------------------------------------------------
 */

static enum zest_status parse(const struct zest_exchange *exchange, json_t **ret_body, struct zest_error *error)
{
    json_error_t where;
    *ret_body =
        json_loadb(exchange->body.data ? exchange->body.data : "", exchange->body.size, JSON_REJECT_DUPLICATES, &where);
    if (!*ret_body)
        return zest_fail(error, ZEST_INVALID_JSON, "the body is not one JSON document: %s at byte %d", where.text,
                         where.position);
    if (!json_is_object(*ret_body))
        return zest_fail(error, ZEST_WRONG_TYPE, "the body is no JSON object; it looks like {\"mode\": \"research\"}");
    return ZEST_OK;
}

/* "http://127.0.0.1:8080" names this server when the Host that the client used, or a loopback name, has our port. */
static bool is_self(const struct zest_server *server, const char *own_host, const char *mode)
{
    static const char *const loopback[] = {"127.0.0.1", "localhost", "[::1]", "0.0.0.0"};
    const char *start = strstr(mode, "://");
    if (strncmp(mode, "http", 4) != 0 || !start)
        return false;
    start += 3;
    size_t size = strcspn(start, "/");
    if (strlen(own_host) == size && !strncmp(start, own_host, size))
        return true;
    for (size_t i = 0; i < ZEST_COUNT(loopback); i++) {
        char own[64];
        int length = snprintf(own, sizeof(own), "%s:%u", loopback[i], zest_server_port(server));
        if (length == (int)size && !strncmp(start, own, size))
            return true;
    }
    return false;
}

static enum zest_status set_one(struct zest_server *server, const struct mode_switch *request,
                                enum zest_service_id service, const json_t *value, struct zest_error *error)
{
    if (!json_is_string(value))
        return zest_fail_param(error, ZEST_WRONG_TYPE, "mode",
                               "the mode of the %s is no string; it is \"production\", \"research\" or a URL",
                               zest_services[service]->name);
    const char *mode = json_string_value(value);
    if (is_self(server, request->own_host, mode))
        return zest_fail_param(error, ZEST_CONFLICT, "mode", "%.200s is this server; its own %s can't be remote", mode,
                               zest_services[service]->name);
    return zest_env_set_mode(server->env, service, (struct zest_text){mode, json_string_length(value)}, error);
}

/* {"tokenizer": "research", …}, or {"mode": "research"} for all. */
static enum zest_status set_named(struct zest_server *server, const struct mode_switch *request, json_t *body,
                                  struct zest_error *error)
{
    const char *key;
    json_t *value;
    enum zest_status status = ZEST_OK;
    json_object_foreach(body, key, value)
    {
        enum zest_service_id service;
        if (!strcmp(key, "mode")) {
            for (int i = 0; i < ZEST_SERVICE_COUNT && status == ZEST_OK; i++)
                status = set_one(server, request, (enum zest_service_id)i, value, error);
        } else if (!zest_service_find(zest_text_of(key), &service)) {
            status = zest_fail_param(
                error, ZEST_UNKNOWN_FIELD, key,
                "there is no service \"%.60s\"; there are engine, tokenizer, scheduler, memory and computation", key);
        } else {
            status = set_one(server, request, service, value, error);
        }
        if (status != ZEST_OK)
            break;
    }
    return status;
}

static enum zest_status set_single(struct zest_server *server, const struct mode_switch *request, json_t *body,
                                   struct zest_error *error)
{
    const char *key;
    json_t *value;
    json_object_foreach(body, key, value) if (strcmp(key, "mode") != 0) return zest_fail_param(
        error, ZEST_UNKNOWN_FIELD, key, "there is no field \"%.60s\" here; there is mode", key);
    if (!(value = json_object_get(body, "mode")))
        return zest_fail_param(error, ZEST_MISSING_FIELD, "mode",
                               "mode is missing; the body looks like {\"mode\": \"research\"}");
    return set_one(server, request, (enum zest_service_id)request->service, value, error);
}

/* ---- the answer ---------------------------------------------------------------------------------------------------
 */

static void fail(struct zest_exchange *exchange, const struct zest_error *error)
{
    static const struct zest_operation example = {
        .service = "services", .name = "mode", .example_request = "{\"mode\": \"research\"}"};
    zest_server_fail(exchange, &example, error);
}

/* What a failed switch of several had done already is taken back. */
static void restore(struct zest_server *server, const struct zest_text *modes)
{
    struct zest_error ignored;
    for (int i = 0; i < ZEST_SERVICE_COUNT; i++)
        if (zest_env_service(server->env, (enum zest_service_id)i))
            (void)!zest_env_set_mode(server->env, (enum zest_service_id)i, modes[i], &ignored);
}

static void write_switched(const struct zest_server *server, struct zest_exchange *exchange,
                           const struct mode_switch *request, const struct zest_text *before)
{
    struct zest_text now[ZEST_SERVICE_COUNT];
    read_modes(server, now);
    zest_server_json(exchange);
    zest_buffer_printf(&exchange->out, "{\"previous\":");
    if (request->service == EVERY_SERVICE)
        write_modes(before, &exchange->out);
    else
        zest_json_write_text(before[request->service], &exchange->out);
    zest_buffer_printf(&exchange->out, ",\"mode\":");
    if (request->service == EVERY_SERVICE)
        write_modes(now, &exchange->out);
    else
        zest_json_write_text(now[request->service], &exchange->out);
    zest_buffer_printf(&exchange->out, "}");
}

static void run_switch(struct zest_job *job)
{
    struct zest_server *server = job->server;
    const struct mode_switch *request = job->state;
    struct zest_text before[ZEST_SERVICE_COUNT];
    struct zest_error error = {0};
    json_t *body = NULL;
    read_modes(server, before);
    enum zest_status status = parse(job->exchange, &body, &error);
    if (status == ZEST_OK)
        status = (request->service == EVERY_SERVICE ? set_named : set_single)(server, request, body, &error);
    json_decref(body);
    if (status == ZEST_OK) {
        write_switched(server, job->exchange, request, before);
        return;
    }
    if (request->service == EVERY_SERVICE)
        restore(server, before);
    fail(job->exchange, &error);
}

/* ---- routes -------------------------------------------------------------------------------------------------------
 */

static void handle_any(struct zest_server *server, struct zest_exchange *exchange, int service)
{
    if (zest_server_is_get(exchange)) {
        struct zest_text modes[ZEST_SERVICE_COUNT];
        read_modes(server, modes);
        zest_server_json(exchange);
        if (service == EVERY_SERVICE) {
            write_modes(modes, &exchange->out);
        } else {
            zest_buffer_printf(&exchange->out, "{\"mode\":");
            zest_json_write_text(modes[service], &exchange->out);
            zest_buffer_printf(&exchange->out, "}");
        }
        return;
    }
    if (strcmp(exchange->method, "PUT") != 0) {
        zest_server_wrong_method(exchange, NULL, "GET, PUT");
        return;
    }
    const char *host = zest_exchange_header(exchange, "Host");
    struct mode_switch *request = ZEST_NEW(&exchange->arena, struct mode_switch);
    if (!request) {
        zest_server_fail_text(exchange, ZEST_OUT_OF_MEMORY, "no memory for the request");
        return;
    }
    request->service = service;
    snprintf(request->own_host, sizeof(request->own_host), "%s", host ? host : "");
    zest_server_offload(server, exchange, run_switch, request);
}

void zest_handle_mode(struct zest_server *server, struct zest_exchange *exchange, enum zest_service_id service)
{
    handle_any(server, exchange, (int)service);
}

void zest_handle_all_modes(struct zest_server *server, struct zest_exchange *exchange)
{
    handle_any(server, exchange, EVERY_SERVICE);
}
