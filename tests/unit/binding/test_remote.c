/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_remote.c - the remote layer against a server of this file's own, which answers from a table of canned bodies.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <zest/api/engine.h>
#include <zest/api/memory.h>
#include <zest/api/tokenizer.h>
#include <zest/wire.h>

#include "layer.h"
#include "zest_test.h"

/* ---- the server: a thread a connection, kept alive --------------------------------------------------------------- */

struct canned {
    const char *path;
    int status;
    const char *type, *body;
};

static const char info[] =
    "{\"model\":\"bpe\",\"pre_tokenizer\":\"x\",\"vocab_size\":7,\"bos_id\":1,\"eos_id\":2,\"end_ids\":[2],"
    "\"adds_bos\":false,\"adds_eos\":false,\"has_chat_template\":false,\"chat_template\":\"\"}";

static const struct canned usual[] = {
    {"/services/tokenizer/get_tokenizer_info", 200, "application/json", info},
    {"/services/tokenizer/tokenize", 200, "application/json", "{\"ids\":[1,2,3],\"offsets\":[],\"pieces\":[\"a\\n\"]}"},
    {"/services/tokenizer/detokenize", 400, "application/json",
     "{\"error\":{\"code\":\"out_of_range\",\"message\":\"ids[0] is "
     "-1\",\"param\":\"ids[0]\",\"example\":{\"ids\":[1]},\"docs\":\"/\"}}"},
    {"/services/tokenizer/decode_stream", 200, "application/json", "{\"text\":7}"},
    {"/services/tokenizer/render_chat", 502, "text/html", "<h1>Bad Gateway</h1>"},
    {"/services/engine/get_model_info", 200, "application/json",
     "{\"model\":\"m\",\"name\":\"m\",\"architecture\":\"llama\",\"type\":\"Q4_1\",\"parameters\":1,\"vocab_size\":7,"
     "\"context_max\":8,"
     "\"layers\":1,\"hidden_size\":4}"},
    {"/services/engine/stream", 200, "text/event-stream",
     ": hello\n\ndata: {\"request_id\":\"r\",\"text\":\"a\",\"ids\":[1],\"finish_reason\":\"none\"}\r\n\r\n"
     "event: metadata\ndata: {}\n\ndata: {\"request_id\":\"r\",\"text\":\"b\",\"ids\":[2],\n"
     "data: \"finish_reason\":\"stop\"}\n\ndata: [DONE]\n\n"},
};
static const struct canned failing_stream[] = {
    {"/services/engine/get_model_info", 200, "application/json",
     "{\"model\":\"m\",\"name\":\"m\",\"architecture\":\"llama\",\"type\":\"Q4_1\",\"parameters\":1,\"vocab_size\":7,"
     "\"context_max\":8,"
     "\"layers\":1,\"hidden_size\":4}"},
    {"/services/engine/stream", 200, "text/event-stream",
     "data: {\"request_id\":\"r\",\"text\":\"a\",\"ids\":[1],\"finish_reason\":\"none\"}\n\n"
     "event: error\ndata: {\"error\":{\"code\":\"out_of_memory\",\"message\":\"no blocks\",\"param\":null}}\n\n"},
};
static const struct canned refused_stream[] = {
    {"/services/engine/get_model_info", 200, "application/json",
     "{\"model\":\"m\",\"name\":\"m\",\"architecture\":\"llama\",\"type\":\"Q4_1\",\"parameters\":1,\"vocab_size\":7,"
     "\"context_max\":8,"
     "\"layers\":1,\"hidden_size\":4}"},
    {"/services/engine/stream", 429, "application/json",
     "{\"error\":{\"code\":\"overloaded\",\"message\":\"the queue is full\"}}"},
};

struct server {
    int socket, port;
    pthread_t thread;
    const struct canned *rows;
    size_t count;
    _Atomic int connections, open;
    char last[4096]; /* the newest request's head */
};

static void answer(struct server *server, int client, const char *head)
{
    char out[4096], path[128] = "";
    sscanf(head, "%*s %127s", path);
    const struct canned *row = NULL;
    for (size_t i = 0; i < server->count; i++)
        if (!strcmp(server->rows[i].path, path))
            row = &server->rows[i];
    const char *body = row ? row->body : "{\"error\":{\"code\":\"not_found\",\"message\":\"no route\"}}";
    int size = snprintf(out, sizeof(out), "HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n%s",
                        row ? row->status : 404, row ? row->type : "application/json", strlen(body), body);
    (void)!write(client, out, (size_t)size);
}

struct connection {
    struct server *server;
    int client;
};

/* Reads requests until the client hangs up. */
static void *serve(void *user)
{
    struct server *server = ((struct connection *)user)->server;
    int client = ((struct connection *)user)->client;
    char in[8192];
    free(user);
    size_t size = 0;
    ssize_t more;
    while ((more = read(client, in + size, sizeof(in) - 1 - size)) > 0) {
        size += (size_t)more;
        in[size] = '\0';
        char *end = strstr(in, "\r\n\r\n"), *length = strcasestr(in, "content-length:");
        size_t whole =
            end ? (size_t)(end - in) + 4 + (length && length < end ? (size_t)atol(length + 15) : 0) : SIZE_MAX;
        if (size < whole)
            continue;
        snprintf(server->last, sizeof(server->last), "%.*s", (int)(end - in), in);
        answer(server, client, in);
        size = 0;
    }
    close(client);
    server->open--;
    return NULL;
}

static void *run_server(void *user)
{
    struct server *server = user;
    for (int client; (client = accept(server->socket, NULL, NULL)) >= 0;) {
        struct connection *connection = malloc(sizeof(*connection));
        pthread_t thread;
        *connection = (struct connection){server, client};
        server->connections++;
        server->open++;
        pthread_create(&thread, NULL, serve, connection);
        pthread_detach(thread);
    }
    return NULL;
}

static void start(struct server *server, const struct canned *rows, size_t count)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    *server = (struct server){.socket = socket(AF_INET, SOCK_STREAM, 0), .rows = rows, .count = count};
    ZEST_CHECK(bind(server->socket, (struct sockaddr *)&address, size) == 0 && listen(server->socket, 8) == 0);
    getsockname(server->socket, (struct sockaddr *)&address, &size);
    server->port = ntohs(address.sin_port);
    pthread_create(&server->thread, NULL, run_server, server);
}

static void stop(struct server *server)
{
    shutdown(server->socket, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    while (server->open) /* the client has closed its connections: their threads are about to end */
        sched_yield();
    close(server->socket);
}

static struct zest_layer *connect_to(const struct server *server, enum zest_service_id service)
{
    char url[64];
    struct zest_error error = {0};
    struct zest_layer *layer = NULL;
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/", server->port);
    ZEST_CHECK_OK(zest_remote_create(service, zest_text_of(url), &layer, &error), &error);
    return layer;
}

/* ---- calls --------------------------------------------------------------------------------------------------------
 */

ZEST_TEST(a_call_brings_its_reply)
{
    struct server server;
    struct zest_arena arena;
    start(&server, usual, ZEST_COUNT(usual));
    struct zest_layer *layer = connect_to(&server, ZEST_TOKENIZER);
    zest_arena_init(&arena, 1 << 20);
    struct zest_call call = {.arena = &arena, .request_id = ZEST_TEXT("mine-1")};
    struct zest_tokenizer_tokenize_request request = {.text = ZEST_TEXT("x")};
    struct zest_tokenizer_tokenize_reply reply;
    for (int i = 0; layer && i < 5; i++) {
        ZEST_CHECK_OK(zest_tokenizer_tokenize((struct zest_tokenizer *)layer, &call, &request, &reply), &call.error);
        ZEST_CHECK(reply.ids_count == 3 && reply.ids[2] == 3 && reply.pieces_count == 1);
        ZEST_CHECK_TEXT(reply.pieces[0], ZEST_TEXT("a\n"));
    }
    ZEST_CHECK_TEXT(zest_text_of(call.implementation), ZEST_TEXT("remote"));
    ZEST_CHECK(call.ticks > 0);
    ZEST_CHECK_INT(server.connections, 1);
    ZEST_CHECK(strstr(server.last, "X-Zest-Mode: data") && strstr(server.last, "X-Request-Id: mine-1"));
    zest_remote_free(layer);
    zest_arena_finish(&arena);
    stop(&server);
}

ZEST_TEST(refusals_come_back_as_they_were_said)
{
    struct server server;
    struct zest_arena arena;
    start(&server, usual, ZEST_COUNT(usual));
    struct zest_tokenizer *tokenizer = (struct zest_tokenizer *)connect_to(&server, ZEST_TOKENIZER);
    zest_arena_init(&arena, 1 << 20);
    struct zest_call call = {.arena = &arena};
    struct zest_tokenizer_detokenize_request ids = {0};
    struct zest_tokenizer_detokenize_reply text;
    ZEST_CHECK_INT(zest_tokenizer_detokenize(tokenizer, &call, &ids, &text), ZEST_OUT_OF_RANGE);
    ZEST_CHECK_TEXT(zest_text_of(call.error.message), ZEST_TEXT("ids[0] is -1"));
    ZEST_CHECK_TEXT(zest_text_of(call.error.param), ZEST_TEXT("ids[0]"));
    struct zest_tokenizer_decode_stream_request next = {0};
    struct zest_tokenizer_decode_stream_reply piece;
    ZEST_CHECK_INT(zest_tokenizer_decode_stream(tokenizer, &call, &next, &piece), ZEST_UNAVAILABLE);
    ZEST_CHECK(strstr(call.error.message, "what is not its reply: text must be a string") != NULL);
    struct zest_tokenizer_render_chat_request chat = {.messages = ZEST_TEXT("[]")};
    struct zest_tokenizer_render_chat_reply prompt;
    ZEST_CHECK_INT(zest_tokenizer_render_chat(tokenizer, &call, &chat, &prompt), ZEST_UNAVAILABLE);
    ZEST_CHECK(strstr(call.error.message, "502") && strstr(call.error.message, "Bad Gateway"));
    tokenizer->ops->destroy(tokenizer);
    zest_arena_finish(&arena);
    stop(&server);
}

ZEST_TEST(a_server_that_goes_away_is_named)
{
    struct server server;
    char url[64];
    start(&server, usual, ZEST_COUNT(usual));
    struct zest_layer *layer = connect_to(&server, ZEST_TOKENIZER), *other = NULL;
    snprintf(url, sizeof(url), "http://127.0.0.1:%d", server.port);
    zest_remote_free(layer);
    stop(&server);
    struct zest_error error = {0};
    ZEST_CHECK_INT(zest_remote_create(ZEST_TOKENIZER, zest_text_of(url), &other, &error), ZEST_UNAVAILABLE);
    ZEST_CHECK(strstr(error.message, url) && strstr(error.message, "can't be reached"));
    ZEST_CHECK(other == NULL);
}

ZEST_TEST(addresses_are_checked)
{
    static const char *const bad[] = {"http://",        "ftp://a",     "127.0.0.1:80", "http://a b",
                                      "http://h:99999", "http://h/?q", "http://u:p@h", ""};
    for (size_t i = 0; i < ZEST_COUNT(bad); i++) {
        struct zest_layer *layer = NULL;
        struct zest_error error = {0};
        if (zest_remote_create(ZEST_MEMORY, zest_text_of(bad[i]), &layer, &error) != ZEST_INVALID_ARGUMENT)
            ZEST_FAILED("taken: %s (%s)", bad[i], error.message);
        ZEST_CHECK_TEXT(zest_text_of(error.param), ZEST_TEXT("mode"));
    }
}

/* ---- streams ------------------------------------------------------------------------------------------------------
 */

/* Waits for the next item; its status. */
static enum zest_status pull(struct zest_stream *stream, struct zest_call *call, struct zest_engine_stream_item *item)
{
    enum zest_status status;
    while ((status = stream->ops->next(stream, call, item)) == ZEST_AGAIN)
        (void)!stream->ops->wait(stream, 1000000000);
    return status;
}

ZEST_TEST(a_stream_brings_its_items)
{
    struct server server;
    struct zest_arena arena;
    struct zest_stream *stream = NULL;
    struct zest_engine_stream_item item;
    start(&server, usual, ZEST_COUNT(usual));
    struct zest_engine *engine = (struct zest_engine *)connect_to(&server, ZEST_ENGINE);
    zest_arena_init(&arena, 1 << 20);
    struct zest_call call = {.arena = &arena};
    struct zest_engine_generation request;
    zest_engine_generation_init(&request);
    ZEST_CHECK_OK(zest_engine_stream(engine, &call, &request, &stream), &call.error);
    ZEST_CHECK_OK(pull(stream, &call, &item), &call.error);
    ZEST_CHECK_TEXT(item.text, ZEST_TEXT("a"));
    ZEST_CHECK_OK(pull(stream, &call, &item), &call.error);
    ZEST_CHECK_TEXT(item.text, ZEST_TEXT("b"));
    ZEST_CHECK_INT(item.finish_reason, ZEST_ENGINE_FINISH_STOP);
    ZEST_CHECK_INT(pull(stream, &call, &item), ZEST_END);
    stream->ops->close(stream);
    engine->ops->destroy(engine);
    zest_arena_finish(&arena);
    stop(&server);
}

static void count_wake(void *user)
{
    ++*(_Atomic int *)user;
}

ZEST_TEST(a_stream_that_fails_says_why)
{
    struct server server;
    struct zest_arena arena;
    struct zest_stream *stream = NULL;
    struct zest_engine_stream_item item;
    _Atomic int wakes = 0;
    start(&server, failing_stream, ZEST_COUNT(failing_stream));
    struct zest_engine *engine = (struct zest_engine *)connect_to(&server, ZEST_ENGINE);
    zest_arena_init(&arena, 1 << 20);
    struct zest_call call = {.arena = &arena};
    struct zest_engine_generation request;
    zest_engine_generation_init(&request);
    ZEST_CHECK_OK(zest_engine_stream(engine, &call, &request, &stream), &call.error);
    stream->ops->notify(stream, count_wake, &wakes);
    ZEST_CHECK_OK(pull(stream, &call, &item), &call.error);
    ZEST_CHECK_INT(pull(stream, &call, &item), ZEST_OUT_OF_MEMORY);
    ZEST_CHECK_TEXT(zest_text_of(call.error.message), ZEST_TEXT("no blocks"));
    ZEST_CHECK(wakes > 0);
    stream->ops->close(stream);
    engine->ops->destroy(engine);
    zest_arena_finish(&arena);
    stop(&server);
}

ZEST_TEST(a_stream_that_is_refused_never_begins)
{
    struct server server;
    struct zest_arena arena;
    struct zest_stream *stream = NULL;
    start(&server, refused_stream, ZEST_COUNT(refused_stream));
    struct zest_engine *engine = (struct zest_engine *)connect_to(&server, ZEST_ENGINE);
    zest_arena_init(&arena, 1 << 20);
    struct zest_call call = {.arena = &arena};
    struct zest_engine_generation request;
    zest_engine_generation_init(&request);
    ZEST_CHECK_INT(zest_engine_stream(engine, &call, &request, &stream), ZEST_OVERLOADED);
    ZEST_CHECK_TEXT(zest_text_of(call.error.message), ZEST_TEXT("the queue is full"));
    ZEST_CHECK(stream == NULL);
    engine->ops->destroy(engine);
    zest_arena_finish(&arena);
    stop(&server);
}
