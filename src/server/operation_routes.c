/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operation_routes.c - any operation of any service over HTTP, by its description; its example; and streams as
 * server-sent events.
 *
 * A call runs where it may: short ones on the event thread; those that may take long, bodies that take long to read,
 * and services that are remote, on a worker. A stream is pulled on the event thread and sleeps while it has nothing.
 *
 * Start reading at zest_handle_operation.
 */
#include <zest/wire.h>

#include "server_private.h"

enum { LONG_BODY = 1 << 20, LONG_STREAM_BODY = 16 << 10 };

struct operation_call { /* in the exchange's arena */
    struct zest_server *server;
    const struct zest_operation *operation;
    enum zest_service_id service;
    struct zest_service *layer; /* as it was when the request came; layers live as long as the environment */
    struct zest_call call;
    struct zest_stream *stream;
    void *item;
    struct zest_arena item_arena;         /* of the stream's newest item */
    struct zest_text engine_id;           /* the request's name in the engine, where the operation has one */
    bool is_wire_request, is_wire_answer; /* application/x-zest instead of JSON */
    bool has_own_id;                      /* the client named the request (X-Request-Id) */
    bool is_bare;                         /* the client wants the data alone, whatever the mode */
    uint64_t opened;                      /* ticks */
};

/* ---- streams ------------------------------------------------------------------------------------------------------
 */

static void wake_exchange(void *exchange)
{
    zest_exchange_wake(exchange);
}

static void write_item(struct operation_call *state, struct zest_buffer *out)
{
    zest_buffer_append(out, "data: ", 6);
    zest_json_write(state->operation->reply, state->item, out);
    zest_buffer_append(out, "\n\n", 2);
}

static void write_stream_error(struct operation_call *state, struct zest_buffer *out)
{
    zest_buffer_printf(out, "event: error\ndata: ");
    zest_error_write(state->operation, &state->call.error, out);
    zest_buffer_append(out, "\n\n", 2);
}

/* In research mode a stream ends with an event that has an envelope's metadata; time counts from its opening. */
static void write_stream_end(struct operation_call *state, struct zest_buffer *out)
{
    struct zest_text mode = zest_env_layer_mode(state->layer);
    if (state->is_bare || zest_text_equal(mode, ZEST_TEXT("production")))
        return;
    zest_buffer_printf(out, "event: metadata\ndata: {");
    zest_server_write_metadata(state->operation, mode, zest_ticks() - state->opened, state->call.request_id, out);
    zest_buffer_append(out, "}\n\n", 3);
}

static enum zest_pull pull_items(struct zest_exchange *exchange)
{
    enum { ENOUGH = 16 << 10 };
    struct operation_call *state = exchange->state;
    while (exchange->out.size < ENOUGH) {
        zest_arena_reset(&state->item_arena);
        enum zest_status status = state->stream->ops->next(state->stream, &state->call, state->item);
        if (status == ZEST_AGAIN)
            return ZEST_PULL_WAIT;
        if (status == ZEST_END)
            write_stream_end(state, &exchange->out);
        else if (status != ZEST_OK)
            write_stream_error(state, &exchange->out);
        if (status != ZEST_OK)
            return ZEST_PULL_END;
        write_item(state, &exchange->out);
    }
    return ZEST_PULL_MORE;
}

static void close_stream(struct zest_exchange *exchange)
{
    struct operation_call *state = exchange->state;
    if (state->stream)
        state->stream->ops->close(state->stream);
    zest_arena_finish(&state->item_arena);
}

static void begin_stream(struct zest_exchange *exchange, struct operation_call *state)
{
    state->item = zest_alloc_zero(&exchange->arena, state->operation->reply->size, _Alignof(max_align_t));
    if (!state->item) {
        zest_server_fail_text(exchange, ZEST_OUT_OF_MEMORY, "no memory for the stream's items");
        return;
    }
    zest_arena_init(&state->item_arena, ZEST_ARENA_UNLIMITED);
    state->call.arena = &state->item_arena;
    exchange->status = 200;
    exchange->content_type = "text/event-stream";
    zest_exchange_add_header(exchange, "Cache-Control", "no-cache");
    exchange->pull = pull_items;
    state->stream->ops->notify(state->stream, wake_exchange, exchange);
}

/* ---- calls --------------------------------------------------------------------------------------------------------
 */

/* A request that may be cancelled needs a name that the server knows: where the client gave none, it gets one. */
static void name_request(struct zest_exchange *exchange, struct operation_call *state, void *request)
{
    const struct zest_object *object = state->operation->request;
    for (size_t i = 0; i < object->field_count; i++) {
        const struct zest_field *field = &object->fields[i];
        if (strcmp(field->name, "request_id") != 0 || field->is_required || field->type != ZEST_FIELD_STRING)
            continue;
        struct zest_text *id = (struct zest_text *)((char *)request + field->offset);
        if (id->size == 0) /* a client's own X-Request-Id may come twice; the engine's names may not */
            *id = state->has_own_id ? zest_server_new_id(state->server, exchange) : state->call.request_id;
        state->engine_id = *id;
    }
}

static void answer(struct zest_exchange *exchange, struct operation_call *state, const void *reply)
{
    zest_server_json(exchange);
    if (state->is_wire_answer) {
        exchange->content_type = ZEST_WIRE_MEDIA;
        zest_wire_write(state->operation->reply, reply, &exchange->out);
    } else if (state->is_bare)
        zest_json_write(state->operation->reply, reply, &exchange->out);
    else
        zest_answer_write(state->operation, state->layer, &state->call, reply, &exchange->out);
}

static enum zest_status read_body(struct zest_exchange *exchange, struct operation_call *state, void *request)
{
    struct zest_text body = {exchange->body.data, exchange->body.size};
    const struct zest_object *object = state->operation->request;
    if (state->is_wire_request)
        return zest_wire_read(object, body, &exchange->arena, request, &state->call.error);
    return zest_json_read(object, body.size ? body : ZEST_TEXT("{}"), &exchange->arena, request, &state->call.error);
}

/* Reads the body, calls, writes the answer: on the event thread or on a worker. */
static void run_call(struct zest_exchange *exchange)
{
    struct operation_call *state = exchange->state;
    const struct zest_operation *operation = state->operation;
    void *request = zest_alloc_zero(&exchange->arena, operation->request->size + 1, _Alignof(max_align_t));
    void *reply = zest_alloc_zero(&exchange->arena, operation->reply->size + sizeof(void *), _Alignof(max_align_t));
    enum zest_status status = ZEST_OUT_OF_MEMORY;
    if (!request || !reply)
        zest_fail(&state->call.error, status, "no memory for the call");
    else
        status = read_body(exchange, state, request);
    if (status == ZEST_OK) {
        name_request(exchange, state, request);
        state->opened = zest_ticks();
        status = operation->invoke(state->layer, &state->call, request,
                                   operation->flags & ZEST_OPERATION_STREAM ? (void *)&state->stream : reply);
    }
    if (status != ZEST_OK)
        zest_server_fail(exchange, operation, &state->call.error);
    else if (operation->flags & ZEST_OPERATION_STREAM)
        begin_stream(exchange, state);
    else
        answer(exchange, state, reply);
}

static void run_on_worker(struct zest_job *job)
{
    run_call(job->exchange);
}

/* The client of a call that still runs is gone: the engine need not finish it. */
static void cancel(struct zest_exchange *exchange)
{
    struct operation_call *state = exchange->state;
    struct zest_engine *engine = zest_env_engine(state->server->env);
    if (!state->engine_id.size || !engine || zest_server_is_remote(state->server, ZEST_ENGINE))
        return;
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    struct zest_engine_cancel_request request = {.request_id = state->engine_id};
    struct zest_engine_cancel_reply reply;
    (void)!zest_engine_cancel(engine, &call, &request, &reply);
    zest_arena_finish(&arena);
}

static bool is_long(const struct zest_server *server, const struct zest_exchange *exchange,
                    const struct operation_call *state)
{
    const struct zest_operation *operation = state->operation;
    size_t size = exchange->body.size;
    if (size >= LONG_BODY || zest_server_is_remote(server, state->service))
        return true;
    if (operation->flags & ZEST_OPERATION_STREAM) /* opening one takes no longer than reading its request */
        return size >= LONG_STREAM_BODY;
    return (operation->flags & ZEST_OPERATION_OFFLOAD) && size >= operation->offload_from;
}

static bool takes_get(const struct zest_operation *operation)
{
    for (size_t i = 0; i < operation->request->field_count; i++)
        if (operation->request->fields[i].is_required)
            return false;
    return (operation->flags & ZEST_OPERATION_READ_ONLY) && !(operation->flags & ZEST_OPERATION_STREAM);
}

static bool check_method(struct zest_exchange *exchange, const struct zest_operation *operation)
{
    bool get = takes_get(operation);
    if (!strcmp(exchange->method, "POST") || (get && zest_server_is_get(exchange)))
        return true;
    zest_server_wrong_method(exchange, operation, get ? "GET, POST" : "POST");
    return false;
}

static bool has_header(const struct zest_exchange *exchange, const char *name, const char *value)
{
    const char *given = zest_exchange_header(exchange, name);
    return given && !strncmp(given, value, strlen(value));
}

static void read_headers(const struct zest_exchange *exchange, struct operation_call *state)
{
    state->has_own_id = zest_exchange_header(exchange, "X-Request-Id") != NULL;
    state->is_bare = has_header(exchange, ZEST_WIRE_MODE_HEADER, "data");
    state->is_wire_request = has_header(exchange, "Content-Type", ZEST_WIRE_MEDIA);
    state->is_wire_answer =
        has_header(exchange, "Accept", ZEST_WIRE_MEDIA) && zest_wire_has_tensor(state->operation->reply);
}

void zest_handle_operation(struct zest_server *server, struct zest_exchange *exchange,
                           const struct zest_operation *operation)
{
    if (!check_method(exchange, operation))
        return;
    struct operation_call *state = ZEST_NEW(&exchange->arena, struct operation_call);
    if (!state || !zest_service_find(zest_text_of(operation->service), &state->service)) {
        zest_server_fail_text(exchange, ZEST_OUT_OF_MEMORY, "no memory for the call");
        return;
    }
    state->server = server;
    state->operation = operation;
    state->layer = zest_env_service(server->env, state->service);
    if (!state->layer) {
        zest_server_fail_text(exchange, ZEST_CONFLICT, "this server was started without the %s", operation->service);
        return;
    }
    state->call.arena = &exchange->arena;
    state->call.request_id = zest_server_request_id(server, exchange);
    read_headers(exchange, state);
    exchange->state = state;
    exchange->done = close_stream;
    exchange->abandon = cancel;
    if (is_long(server, exchange, state))
        zest_server_offload(server, exchange, run_on_worker, state);
    else
        run_call(exchange);
}

/* ---- examples -----------------------------------------------------------------------------------------------------
 */

/* A shell's word: in single quotes, each of its own as '\''. */
static void write_shell_word(const char *text, struct zest_buffer *out)
{
    zest_buffer_append(out, "'", 1);
    for (; *text; text++)
        if (*text == '\'')
            zest_buffer_append(out, "'\\''", 4);
        else
            zest_buffer_append(out, text, 1);
    zest_buffer_append(out, "'", 1);
}

void zest_handle_example(struct zest_server *server, struct zest_exchange *exchange,
                         const struct zest_operation *operation)
{
    if (!zest_server_is_get(exchange)) {
        zest_server_wrong_method(exchange, operation, "GET");
        return;
    }
    const char *host = zest_exchange_header(exchange, "Host");
    struct zest_buffer line;
    zest_buffer_init(&line, 1 << 20);
    zest_buffer_printf(&line, "curl %shttp://%s/services/%s/%s -d ",
                       operation->flags & ZEST_OPERATION_STREAM ? "-N " : "", host ? host : "127.0.0.1",
                       operation->service, operation->name);
    write_shell_word(operation->example_request, &line);
    if (server->api_key)
        zest_buffer_printf(&line, " -H 'Authorization: Bearer KEY'");
    zest_server_json(exchange);
    zest_buffer_printf(&exchange->out, "{\"request\":%s,\"answer\":%s,\"call\":", operation->example_request,
                       operation->example_reply);
    zest_json_write_text((struct zest_text){line.data, line.size}, &exchange->out);
    zest_buffer_printf(&exchange->out, "}");
    zest_buffer_finish(&line);
}
