/* SPDX-License-Identifier: Apache-2.0 */
/*
 * remote.c - the remote layer: a service of another zest, called over HTTP with libcurl.
 *
 * A call takes a handle from the layer's pool (or makes one), writes the request as JSON, waits for the answer and
 * reads it into the caller's arena; handles keep their connection. Tensors come as raw numbers (<zest/wire.h>).
 * Whatever goes wrong on the way is ZEST_UNAVAILABLE (or ZEST_TIMEOUT) with the URL and the reason; what the server
 * says no to comes back as the same code, sentence and param that the caller would have got in process.
 *
 * Proxies of the environment are not used: the library reads no environment.
 * Threads: any number of calls at a time; the pool has a lock, held for a few instructions.
 */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include <zest/json.h>
#include <zest/wire.h>

#include "json_scan.h"
#include "remote.h"

enum {
    CONNECT_MS = 5000,
    INLINE_S = 60,    /* operations that don't take long */
    OFFLOAD_S = 7200, /* generations and measurements */
    POOL_MAX = 64,    /* idle handles that a layer keeps */
    URL_MAX = 1024,
};
static const size_t BODY_MAX = (size_t)4 << 30;

struct remote {
    pthread_mutex_t lock;
    struct zest_remote_handle *idle;
    int idle_count;
    char url[]; /* without a slash at its end */
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void start_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* ---- handles --------------------------------------------------------------------------------------------------- */

static size_t take_body(char *data, size_t size, size_t count, void *user)
{
    struct zest_buffer *body = user;
    zest_buffer_append(body, data, size * count);
    return body->failed ? 0 : size * count;
}

static void set_options(struct zest_remote_handle *handle)
{
    CURL *curl = handle->curl;
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, handle->reason);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &handle->body);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "zest");
}

static struct zest_remote_handle *make_handle(void)
{
    struct zest_remote_handle *handle = calloc(1, sizeof(*handle));
    if (!handle)
        return NULL;
    zest_buffer_init(&handle->request, BODY_MAX);
    zest_buffer_init(&handle->body, BODY_MAX);
    handle->curl = curl_easy_init();
    if (!handle->curl) {
        zest_remote_drop(handle);
        return NULL;
    }
    set_options(handle);
    return handle;
}

struct zest_remote_handle *zest_remote_take(struct zest_layer *layer)
{
    struct remote *remote = layer->state;
    pthread_mutex_lock(&remote->lock);
    struct zest_remote_handle *handle = remote->idle;
    if (handle) {
        remote->idle = handle->next;
        remote->idle_count--;
    }
    pthread_mutex_unlock(&remote->lock);
    return handle ? handle : make_handle();
}

void zest_remote_drop(struct zest_remote_handle *handle)
{
    if (!handle)
        return;
    if (handle->curl)
        curl_easy_cleanup(handle->curl);
    if (handle->multi)
        curl_multi_cleanup(handle->multi);
    curl_slist_free_all(handle->headers);
    zest_buffer_finish(&handle->request);
    zest_buffer_finish(&handle->body);
    free(handle);
}

void zest_remote_give(struct zest_layer *layer, struct zest_remote_handle *handle)
{
    enum { KEEP_BYTES = 1 << 20 };
    struct remote *remote = layer->state;
    if (handle->body.capacity > KEEP_BYTES)
        zest_buffer_finish(&handle->body);
    if (handle->request.capacity > KEEP_BYTES)
        zest_buffer_finish(&handle->request);
    pthread_mutex_lock(&remote->lock);
    bool is_kept = remote->idle_count < POOL_MAX;
    if (is_kept) {
        handle->next = remote->idle;
        remote->idle = handle;
        remote->idle_count++;
    }
    pthread_mutex_unlock(&remote->lock);
    if (!is_kept)
        zest_remote_drop(handle);
}

/* ---- requests -------------------------------------------------------------------------------------------------- */

static bool add_header(struct zest_remote_handle *handle, const char *line)
{
    struct curl_slist *grown = curl_slist_append(handle->headers, line);
    if (grown)
        handle->headers = grown;
    return grown != NULL;
}

/* Letters, digits and a few signs only: a header must not be broken by a name. */
static bool is_plain(struct zest_text text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] <= ' ' || text.data[i] > '~')
            return false;
    return text.size > 0 && text.size <= 128;
}

static bool set_headers(struct zest_remote_handle *handle, const struct zest_operation *operation,
                        const struct zest_call *call)
{
    char line[192];
    curl_slist_free_all(handle->headers);
    handle->headers = NULL;
    bool ok = add_header(handle, "Content-Type: application/json") && add_header(handle, "Expect:") &&
              add_header(handle, ZEST_WIRE_MODE_HEADER ": data");
    if (ok && zest_wire_has_tensor(operation->reply))
        ok = add_header(handle, "Accept: " ZEST_WIRE_MEDIA ", application/json");
    if (ok && is_plain(call->request_id)) {
        snprintf(line, sizeof(line), "X-Request-Id: %.*s", (int)call->request_id.size, call->request_id.data);
        ok = add_header(handle, line);
    }
    curl_easy_setopt(handle->curl, CURLOPT_HTTPHEADER, handle->headers);
    return ok;
}

enum zest_status zest_remote_prepare(struct zest_layer *layer, struct zest_remote_handle *handle,
                                     const struct zest_operation *operation, const struct zest_call *call,
                                     const void *request, struct zest_error *error)
{
    const struct remote *remote = layer->state;
    char url[URL_MAX + 200];
    snprintf(url, sizeof(url), "%s/services/%s/%s", remote->url, operation->service, operation->name);
    handle->request.size = handle->body.size = 0;
    handle->request.failed = handle->body.failed = false;
    handle->reason[0] = '\0';
    zest_json_write(operation->request, request, &handle->request);
    if (handle->request.failed || !set_headers(handle, operation, call) ||
        curl_easy_setopt(handle->curl, CURLOPT_URL, url) != CURLE_OK)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a request to %s", url);
    bool is_long = operation->flags & (ZEST_OPERATION_OFFLOAD | ZEST_OPERATION_STREAM);
    curl_easy_setopt(handle->curl, CURLOPT_POSTFIELDS, handle->request.data);
    curl_easy_setopt(handle->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)handle->request.size);
    curl_easy_setopt(handle->curl, CURLOPT_TIMEOUT, is_long ? (long)OFFLOAD_S : (long)INLINE_S);
    return ZEST_OK;
}

/* ---- answers --------------------------------------------------------------------------------------------------- */

enum zest_status zest_remote_transfer_failed(const struct zest_layer *layer, const struct zest_remote_handle *handle,
                                             CURLcode code, struct zest_error *error)
{
    const struct remote *remote = layer->state;
    double connected = 0;
    curl_easy_getinfo(handle->curl, CURLINFO_CONNECT_TIME, &connected);
    const char *reason = handle->reason[0] ? handle->reason : curl_easy_strerror(code);
    if (code == CURLE_OPERATION_TIMEDOUT && connected > 0)
        return zest_fail(error, ZEST_TIMEOUT, "%s gave no answer in time: %s", remote->url, reason);
    if (handle->body.failed)
        return zest_fail(error, ZEST_OUT_OF_MEMORY,
                         "the answer of %s does not fit into memory (its limit is %zu bytes)", remote->url, BODY_MAX);
    return zest_fail(error, ZEST_UNAVAILABLE, "%s can't be reached: %s", remote->url, reason);
}

struct error_fields {
    struct zest_text code, message, param, type, example, docs;
};
struct error_body {
    struct error_fields error;
};

#define ERROR_FIELD(member, kind)                                                        \
    {                                                                                    \
        .name = #member, .type = (kind), .offset = offsetof(struct error_fields, member) \
    }
static const struct zest_field error_fields[] = {
    ERROR_FIELD(code, ZEST_FIELD_STRING), ERROR_FIELD(message, ZEST_FIELD_STRING), ERROR_FIELD(param, ZEST_FIELD_JSON),
    ERROR_FIELD(type, ZEST_FIELD_JSON),   ERROR_FIELD(example, ZEST_FIELD_JSON),   ERROR_FIELD(docs, ZEST_FIELD_JSON),
};
static const struct zest_object error_object = {.name = "error",
                                                .size = sizeof(struct error_fields),
                                                .fields = error_fields,
                                                .field_count = ZEST_COUNT(error_fields)};
static const struct zest_field body_field = {
    .name = "error", .type = ZEST_FIELD_OBJECT, .is_required = true, .object = &error_object};
static const struct zest_object body_object = {
    .name = "body", .size = sizeof(struct error_body), .fields = &body_field, .field_count = 1};

/* The text inside a JSON string; empty for null and all else. */
static struct zest_text text_of(struct zest_text json, struct zest_arena *arena)
{
    struct zest_text text;
    struct zest_json_scan s = {.start = json.data, .at = json.data, .end = json.data + json.size, .arena = arena};
    if (zest_json_peek(&s) != '"' || zest_json_string(&s, &text) != ZEST_OK)
        return (struct zest_text){0};
    return text;
}

static int shown(struct zest_text text, size_t most)
{
    return (int)(text.size < most ? text.size : most);
}

enum zest_status zest_remote_refused(const struct zest_layer *layer, long http, struct zest_text body,
                                     struct zest_error *error)
{
    const struct remote *remote = layer->state;
    struct zest_arena arena;
    struct error_body read = {0};
    enum zest_status status;
    zest_arena_init(&arena, 1 << 20);
    if (zest_json_read(&body_object, body, &arena, &read, NULL) != ZEST_OK || !read.error.message.size) {
        status = zest_fail(error, ZEST_UNAVAILABLE, "%s answered with HTTP status %ld and no error of zest's: \"%.*s\"",
                           remote->url, http, shown(body, 120), body.data ? body.data : "");
    } else {
        struct zest_text param = text_of(read.error.param, &arena);
        char name[64];
        snprintf(name, sizeof(name), "%.*s", shown(param, 63), param.data ? param.data : "");
        status = zest_status_of_name(read.error.code);
        if (status == ZEST_OK)
            status = ZEST_INTERNAL;
        zest_fail_param(error, status, name, "%.*s", shown(read.error.message, 511), read.error.message.data);
    }
    zest_arena_finish(&arena);
    return status;
}

static bool is_wire(CURL *curl)
{
    char *type = NULL;
    curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
    return type && !strncmp(type, ZEST_WIRE_MEDIA, sizeof(ZEST_WIRE_MEDIA) - 1);
}

/* Texts and tensors of the reply point into the body, so it moves to the arena first. */
static enum zest_status read_reply(const struct zest_layer *layer, struct zest_remote_handle *handle,
                                   const struct zest_operation *operation, struct zest_call *call, void *ret_reply)
{
    const struct remote *remote = layer->state;
    struct zest_error reason = {0};
    size_t size = handle->body.size;
    char *copy = zest_alloc(call->arena, size + 1, ZEST_WIRE_ALIGN);
    if (!copy)
        return zest_fail(&call->error, ZEST_OUT_OF_MEMORY,
                         "the answer of %s, %zu bytes, does not fit into the call's memory", remote->url, size);
    if (size)
        memcpy(copy, handle->body.data, size);
    struct zest_text body = {copy, size};
    enum zest_status status = is_wire(handle->curl)
                                  ? zest_wire_read(operation->reply, body, call->arena, ret_reply, &reason)
                                  : zest_json_read(operation->reply, body, call->arena, ret_reply, &reason);
    if (status != ZEST_OK)
        return zest_fail(&call->error, status == ZEST_OUT_OF_MEMORY ? status : ZEST_UNAVAILABLE,
                         "%s answered %s.%s with what is not its reply: %s", remote->url, operation->service,
                         operation->name, reason.message);
    return ZEST_OK;
}

/*
 * One request and its answer. It looks for the answer for a moment before it sleeps: a near server answers within 20 µs,
 * and a sleeping processor alone takes 50 µs to wake.
 */
static CURLcode transfer(struct zest_remote_handle *handle)
{
    enum { LOOK_NS = 100000, SLEEP_MS = 1000 };
    int running = 1, left;
    if (!handle->multi && !(handle->multi = curl_multi_init()))
        return CURLE_OUT_OF_MEMORY;
    if (curl_multi_add_handle(handle->multi, handle->curl) != CURLM_OK)
        return CURLE_FAILED_INIT;
    uint64_t until = zest_now_ns() + LOOK_NS;
    CURLMcode code = curl_multi_perform(handle->multi, &running);
    while (code == CURLM_OK && running) {
        if (zest_now_ns() < until)
            sched_yield();
        else
            (void)curl_multi_poll(handle->multi, NULL, 0, SLEEP_MS, NULL);
        code = curl_multi_perform(handle->multi, &running);
    }
    struct CURLMsg *message = curl_multi_info_read(handle->multi, &left);
    CURLcode result = message && message->msg == CURLMSG_DONE ? message->data.result : CURLE_FAILED_INIT;
    curl_multi_remove_handle(handle->multi, handle->curl);
    return result;
}

static enum zest_status perform(struct zest_layer *layer, struct zest_remote_handle *handle,
                                const struct zest_operation *operation, struct zest_call *call, void *ret_reply)
{
    long http = 0;
    CURLcode code = transfer(handle);
    if (code != CURLE_OK)
        return zest_remote_transfer_failed(layer, handle, code, &call->error);
    curl_easy_getinfo(handle->curl, CURLINFO_RESPONSE_CODE, &http);
    if (http != 200)
        return zest_remote_refused(layer, http, (struct zest_text){handle->body.data, handle->body.size}, &call->error);
    return read_reply(layer, handle, operation, call, ret_reply);
}

static enum zest_status do_call(struct zest_layer *layer, const struct zest_operation *operation,
                                struct zest_call *call, const void *request, void *ret_reply)
{
    if (operation->flags & ZEST_OPERATION_HOT)
        return zest_fail(&call->error, ZEST_UNSUPPORTED,
                         "%s.%s is called in process only; it has no route to call remotely", operation->service,
                         operation->name);
    struct zest_remote_handle *handle = zest_remote_take(layer);
    if (!handle)
        return zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory for a connection to %.*s",
                         shown(layer->mode, 200), layer->mode.data);
    enum zest_status status = zest_remote_prepare(layer, handle, operation, call, request, &call->error);
    if (operation->flags & ZEST_OPERATION_STREAM && status == ZEST_OK)
        return zest_remote_stream(layer, handle, operation, ret_reply, &call->error);
    if (status == ZEST_OK)
        status = perform(layer, handle, operation, call, ret_reply);
    if (status == ZEST_UNAVAILABLE || status == ZEST_TIMEOUT)
        zest_remote_drop(handle);
    else
        zest_remote_give(layer, handle);
    return status;
}

enum zest_status zest_remote_call(struct zest_layer *layer, const struct zest_operation *operation,
                                  struct zest_call *call, const void *request, void *ret_reply)
{
    assert(call->arena);
    uint64_t start = zest_ticks();
    enum zest_status status = do_call(layer, operation, call, request, ret_reply);
    call->ticks = zest_ticks() - start;
    call->implementation = "remote";
    return status;
}

/* ---- the layer --------------------------------------------------------------------------------------------------- */

static bool has_part(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    bool found = curl_url_get(url, part, &text, 0) == CURLUE_OK && text && text[0];
    curl_free(text);
    return found;
}

static bool is_good_url(const char *text)
{
    CURLU *url = curl_url();
    bool is_http = !strncmp(text, "http://", 7) || !strncmp(text, "https://", 8);
    bool ok = url && is_http && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
              has_part(url, CURLUPART_HOST) && !has_part(url, CURLUPART_USER) && !has_part(url, CURLUPART_QUERY) &&
              !has_part(url, CURLUPART_FRAGMENT);
    curl_url_cleanup(url);
    return ok;
}

static enum zest_status check_url(struct zest_text url, struct zest_error *error)
{
    char text[URL_MAX + 1];
    if (url.size <= URL_MAX && !memchr(url.data, '\0', url.size)) {
        memcpy(text, url.data, url.size);
        text[url.size] = '\0';
        if (is_good_url(text))
            return ZEST_OK;
    }
    return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "mode",
                           "\"%.*s\" is no address of a zest server; write it as http://host:port (at most %d bytes)",
                           shown(url, 100), url.data, URL_MAX);
}

static bool has_required(const struct zest_object *object)
{
    for (size_t i = 0; i < object->field_count; i++)
        if (object->fields[i].is_required)
            return true;
    return false;
}

/* One call that changes nothing, so that a wrong address shows now. */
static enum zest_status try_out(struct zest_layer *layer, struct zest_error *error)
{
    const struct zest_service_description *service = zest_services[layer->service];
    const unsigned not_these = ZEST_OPERATION_HOT | ZEST_OPERATION_STREAM | ZEST_OPERATION_OFFLOAD;
    enum zest_status status = ZEST_OK;
    for (size_t i = 0; i < service->operation_count; i++) {
        const struct zest_operation *operation = &service->operations[i];
        if (!(operation->flags & ZEST_OPERATION_READ_ONLY) || operation->flags & not_these ||
            has_required(operation->request))
            continue;
        struct zest_arena arena;
        zest_arena_init(&arena, (size_t)64 << 20);
        struct zest_call call = {.arena = &arena};
        void *request = zest_alloc_zero(&arena, operation->request->size, 16);
        void *reply = zest_alloc_zero(&arena, operation->reply->size, 16);
        status = request && reply ? zest_json_defaults(operation->request, &arena, request, error)
                                  : zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory to try the remote service");
        if (status == ZEST_OK && (status = zest_remote_call(layer, operation, &call, request, reply)) != ZEST_OK)
            *error = call.error;
        zest_arena_finish(&arena);
        break;
    }
    return status;
}

static struct zest_layer *make_layer(enum zest_service_id service, struct zest_text url)
{
    struct zest_layer *layer = calloc(1, sizeof(*layer));
    struct remote *remote = calloc(1, sizeof(*remote) + 2 * (url.size + 1));
    if (!layer || !remote) {
        free(layer);
        free(remote);
        return NULL;
    }
    char *mode = remote->url + url.size + 1; /* as it was given, so that it is found again */
    memcpy(remote->url, url.data, url.size);
    memcpy(mode, url.data, url.size);
    for (size_t size = url.size; size > 0 && remote->url[size - 1] == '/'; size--)
        remote->url[size - 1] = '\0';
    pthread_mutex_init(&remote->lock, NULL);
    *layer = (struct zest_layer){.ops = zest_remote_ops[service],
                                 .service = service,
                                 .mode = {mode, url.size},
                                 .implementation = "remote",
                                 .state = remote};
    return layer;
}

enum zest_status zest_remote_create(enum zest_service_id service, struct zest_text url, struct zest_layer **ret_layer,
                                    struct zest_error *error)
{
    enum zest_status status = check_url(url, error);
    if (status != ZEST_OK)
        return status;
    pthread_once(&curl_once, start_curl);
    struct zest_layer *layer = make_layer(service, url);
    if (!layer)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a remote layer");
    struct zest_error reason = {0};
    status = try_out(layer, &reason);
    if (status != ZEST_OK) {
        zest_remote_free(layer);
        if (error)
            *error = reason;
        return status;
    }
    *ret_layer = layer;
    return ZEST_OK;
}

void zest_remote_free(struct zest_layer *layer)
{
    if (!layer)
        return;
    struct remote *remote = layer->state;
    while (remote->idle) {
        struct zest_remote_handle *handle = remote->idle;
        remote->idle = handle->next;
        zest_remote_drop(handle);
    }
    pthread_mutex_destroy(&remote->lock);
    free(remote);
    free(layer);
}
