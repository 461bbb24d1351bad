/* SPDX-License-Identifier: Apache-2.0 */
/*
 * router.c - from a path to its handler: the fixed paths by a table, /services/… by the contracts' descriptions.
 *
 * In front of every route: what the transport refused, the API key, and pages of other origins. A path that is not
 * there is answered with those that look like it.
 */
#include <stdio.h>
#include <strings.h>

#include "near_match.h"
#include "server_private.h"

static zest_route_fn handle_service_list;

const struct zest_route zest_fixed_routes[] = {
    {"GET", "/", zest_handle_index},
    {"GET", "/health", zest_handle_health},
    {"GET", "/version", zest_handle_version},
    {"GET", "/metrics", zest_handle_metrics},
    {"GET", "/openapi.json", zest_handle_openapi},
    {"GET", "/docs", zest_handle_docs},
    {"GET", "/docs/docs.css", zest_handle_docs_style},
    {"GET", "/docs/docs.js", zest_handle_docs_script},
    {"GET", "/docs/docs.json", zest_handle_docs_data},
    {"GET", "/services", handle_service_list},
    {"GET, PUT", "/services/mode", zest_handle_all_modes},
    {"GET", "/v1/models", zest_handle_models},
    {"POST", "/v1/completions", zest_handle_completions},
    {"POST", "/v1/chat/completions", zest_handle_chat},
    {0},
};

/* ---- lists of services --------------------------------------------------------------------------------------------
 */

static void write_operation(const struct zest_operation *operation, struct zest_buffer *out)
{
    zest_buffer_printf(out, "{\"name\":\"%s\",\"path\":\"/services/%s/%s\",\"summary\":", operation->name,
                       operation->service, operation->name);
    zest_json_write_text(zest_text_of(operation->summary), out);
    zest_buffer_printf(out, ",\"read_only\":%s,\"stream\":%s}",
                       operation->flags & ZEST_OPERATION_READ_ONLY ? "true" : "false",
                       operation->flags & ZEST_OPERATION_STREAM ? "true" : "false");
}

static void write_service(struct zest_server *server, enum zest_service_id id, struct zest_buffer *out)
{
    const struct zest_service_description *service = zest_services[id];
    zest_buffer_printf(out, "{\"name\":\"%s\",\"summary\":", service->name);
    zest_json_write_text(zest_text_of(service->summary), out);
    zest_buffer_printf(out, ",\"mode\":");
    zest_json_write_text(zest_env_mode(server->env, id), out);
    zest_buffer_printf(out, ",\"operations\":[");
    const char *comma = "";
    for (size_t i = 0; i < service->operation_count; i++)
        if (!(service->operations[i].flags & ZEST_OPERATION_HOT)) {
            zest_buffer_printf(out, "%s", comma);
            write_operation(&service->operations[i], out);
            comma = ",";
        }
    zest_buffer_printf(out, "]}");
}

static void handle_service_list(struct zest_server *server, struct zest_exchange *exchange)
{
    zest_server_json(exchange);
    zest_buffer_printf(&exchange->out, "{\"services\":[");
    for (int i = 0; i < ZEST_SERVICE_COUNT; i++) {
        zest_buffer_printf(&exchange->out, i ? "," : "");
        write_service(server, (enum zest_service_id)i, &exchange->out);
    }
    zest_buffer_printf(&exchange->out, "]}");
}

/* ---- paths that are not there -------------------------------------------------------------------------------------
 */

enum { SUGGESTIONS = 3 };

struct suggestions {
    struct zest_text path;
    char best[SUGGESTIONS][ZEST_NEAR_SIZE_MAX + 1];
    unsigned distance[SUGGESTIONS];
    unsigned worst; /* what is further away is no suggestion */
};

static void suggest(struct suggestions *found, const char *candidate)
{
    unsigned distance = zest_near_distance(found->path, zest_text_of(candidate));
    if (distance > found->worst)
        return;
    int place = SUGGESTIONS - 1;
    if (found->best[place][0] && found->distance[place] <= distance)
        return;
    for (; place > 0 && (!found->best[place - 1][0] || found->distance[place - 1] > distance); place--) {
        memcpy(found->best[place], found->best[place - 1], sizeof(found->best[0]));
        found->distance[place] = found->distance[place - 1];
    }
    snprintf(found->best[place], sizeof(found->best[0]), "%s", candidate);
    found->distance[place] = distance;
}

static void suggest_operations(struct suggestions *found, const struct zest_service_description *service)
{
    char path[ZEST_NEAR_SIZE_MAX + 1];
    for (size_t i = 0; i < service->operation_count; i++) {
        if (service->operations[i].flags & ZEST_OPERATION_HOT)
            continue;
        snprintf(path, sizeof(path), "/services/%s/%s", service->name, service->operations[i].name);
        suggest(found, path);
    }
    snprintf(path, sizeof(path), "/services/%s", service->name);
    suggest(found, path);
}

void zest_routes_suggest(const char *path, struct zest_buffer *out)
{
    struct suggestions found = {.path = zest_text_of(path)};
    found.worst = (unsigned)(found.path.size / 3 < 3 ? 3 : found.path.size / 3);
    for (const struct zest_route *route = zest_fixed_routes; route->path; route++)
        suggest(&found, route->path);
    for (int i = 0; i < ZEST_SERVICE_COUNT; i++)
        suggest_operations(&found, zest_services[i]);
    for (int i = 0; i < SUGGESTIONS && found.best[i][0]; i++)
        zest_buffer_printf(out, "%s%s", i ? ", " : "; did you mean ", found.best[i]);
    zest_buffer_printf(out, found.best[0][0] ? "?" : "; GET /services lists the services and /docs shows every route");
}

static void handle_unknown(struct zest_exchange *exchange)
{
    struct zest_buffer near;
    zest_buffer_init(&near, 4096);
    zest_routes_suggest(exchange->path, &near);
    zest_server_fail_text(exchange, ZEST_NOT_FOUND, "there is no route %.100s%.*s", exchange->path, (int)near.size,
                          near.data ? near.data : "");
    zest_buffer_finish(&near);
}

/* ---- /services/… --------------------------------------------------------------------------------------------------
 */

/* The next part of a path, which moves behind it. */
static struct zest_text next_part(const char **path)
{
    const char *start = *path + (**path == '/');
    size_t size = strcspn(start, "/");
    *path = start + size;
    return (struct zest_text){start, size};
}

static void handle_one_service(struct zest_server *server, struct zest_exchange *exchange, enum zest_service_id service)
{
    if (!zest_server_is_get(exchange)) {
        zest_server_wrong_method(exchange, NULL, "GET");
        return;
    }
    zest_server_json(exchange);
    write_service(server, service, &exchange->out);
}

static bool route_service(struct zest_server *server, struct zest_exchange *exchange, const char *path)
{
    static const struct zest_text mode = {"mode", 4}, example = {"example", 7};
    enum zest_service_id service;
    if (!zest_service_find(next_part(&path), &service))
        return false;
    struct zest_text name = next_part(&path), last = next_part(&path);
    if (*path || (name.size == 0 && last.size))
        return false;
    if (name.size == 0) {
        handle_one_service(server, exchange, service);
        return true;
    }
    if (last.size == 0 && zest_text_equal(name, mode)) {
        zest_handle_mode(server, exchange, service);
        return true;
    }
    const struct zest_operation *operation = zest_operation_find(zest_text_of(zest_services[service]->name), name);
    if (!operation || (operation->flags & ZEST_OPERATION_HOT) || (last.size && !zest_text_equal(last, example)))
        return false;
    (last.size ? zest_handle_example : zest_handle_operation)(server, exchange, operation);
    return true;
}

/* ---- in front of all routes ---------------------------------------------------------------------------------------
 */

/* Takes as long for a key that is nearly right as for any other: only its length can be told from the time. */
static bool is_same_secret(const char *given, const char *wanted)
{
    size_t size = strlen(wanted);
    if (strlen(given) != size)
        return false;
    volatile unsigned char difference = 0;
    for (size_t i = 0; i < size; i++)
        difference = (unsigned char)(difference | (given[i] ^ wanted[i]));
    return difference == 0;
}

static bool is_open_path(const char *path)
{
    return !strcmp(path, "/health") || !strcmp(path, "/version") || !strcmp(path, "/") ||
           !strcmp(path, "/openapi.json") || !strncmp(path, "/docs", 5);
}

static bool has_key(const struct zest_server *server, const struct zest_exchange *exchange)
{
    const char *header = zest_exchange_header(exchange, "Authorization");
    if (!header || strncasecmp(header, "Bearer ", 7) != 0)
        return false;
    return is_same_secret(header + 7 + strspn(header + 7, " "), server->api_key);
}

/* A page of another site may make a browser send requests here; only the server's own pages and allow_origin may. */
static bool is_own_origin(const struct zest_server *server, const char *origin, const char *host)
{
    const char *name = strstr(origin, "://");
    if (name && host && !strcasecmp(name + 3, host))
        return true;
    return server->allow_origin && (!strcmp(server->allow_origin, "*") || !strcasecmp(server->allow_origin, origin));
}

/* False where the request is answered already. */
static bool pass_guards(struct zest_server *server, struct zest_exchange *exchange)
{
    if (exchange->refusal != ZEST_OK) {
        zest_server_fail(exchange, NULL, &exchange->error);
        return false;
    }
    const char *origin = zest_exchange_header(exchange, "Origin");
    if (origin && !is_own_origin(server, origin, zest_exchange_header(exchange, "Host"))) {
        zest_server_fail_text(exchange, ZEST_UNAUTHORIZED,
                              "pages of %.100s may not call this server; zest serve --allow-origin %.100s lets them",
                              origin, origin);
        return false;
    }
    if (origin && server->allow_origin) {
        zest_exchange_add_header(exchange, "Access-Control-Allow-Origin", server->allow_origin);
        zest_exchange_add_header(exchange, "Access-Control-Allow-Headers", "*, Authorization");
        zest_exchange_add_header(exchange, "Access-Control-Allow-Methods", "GET, POST, PUT");
    }
    if (!strcmp(exchange->method, "OPTIONS")) {
        exchange->status = 204;
        return false;
    }
    if (server->api_key && !is_open_path(exchange->path) && !has_key(server, exchange)) {
        zest_server_fail_text(exchange, ZEST_UNAUTHORIZED,
                              "the API key is missing or wrong; send the header Authorization: Bearer KEY");
        return false;
    }
    return true;
}

/* `taken` is "GET" or "GET, PUT". */
static bool takes_method(const char *taken, const char *method)
{
    if (!strcmp(method, "HEAD"))
        method = "GET";
    size_t size = strlen(method);
    if (size == 0)
        return false;
    for (const char *at = taken; (at = strstr(at, method)); at += size)
        if ((at == taken || at[-1] == ' ') && (at[size] == '\0' || at[size] == ','))
            return true;
    return false;
}

static bool route_fixed(struct zest_server *server, struct zest_exchange *exchange)
{
    for (const struct zest_route *route = zest_fixed_routes; route->path; route++) {
        if (strcmp(route->path, exchange->path) != 0)
            continue;
        if (takes_method(route->method, exchange->method))
            route->handle(server, exchange);
        else
            zest_server_wrong_method(exchange, NULL, route->method);
        return true;
    }
    return false;
}

void zest_route(struct zest_server *server, struct zest_exchange *exchange)
{
    static const char services[] = "/services/", models[] = "/v1/models/";
    if (!pass_guards(server, exchange))
        return;
    /* The contracts' operations first: these are the many. */
    if (!strncmp(exchange->path, services, sizeof(services) - 1) &&
        route_service(server, exchange, exchange->path + sizeof(services) - 1))
        return;
    if (route_fixed(server, exchange))
        return;
    if (!strncmp(exchange->path, models, sizeof(models) - 1))
        zest_handle_model(server, exchange, zest_text_of(exchange->path + sizeof(models) - 1));
    else
        handle_unknown(exchange);
}
