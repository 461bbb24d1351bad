/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transport_mhd.c - the transport on libmicrohttpd: one event thread of our own with epoll, suspended connections while work is
 * done elsewhere, and a second thread that sees clients hang up meanwhile (disconnect_watch.c).
 *
 * Owns the exchanges; those that are over are kept for the next request, with their buffers. Tuned for keep-alive
 * connections with small requests (one lock taken and released a request, nothing allocated after the first ones)
 * and for streams of small events (one wake-up each).
 *
 * Locks: `lock` guards the list of exchanges and each one's suspension; no callback is called with it held. It is
 * taken before the library's own lock (suspend and resume), never behind it.
 *
 * Start reading at on_request.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <microhttpd.h>

#include "disconnect_watch.h"
#include "listen_socket.h"
#include "request_check.h"
#include "transport.h"

enum { CONNECTION_MEMORY = 32 << 10, STREAM_BLOCK = 8 << 10, SPARE_MAX = 128, BODY_KEPT_MAX = 1 << 20 };
static const size_t ANSWER_BYTES_MAX = (size_t)4 << 30;
static const size_t ARENA_BYTES_MAX = (size_t)4 << 30;

struct exchange {
    struct zest_exchange base; /* first: routes see it */
    struct zest_transport *transport;
    struct MHD_Connection *connection;
    struct exchange *next, *previous; /* the running ones; the spare ones by next */
    uint64_t serial;                  /* never used twice: what the watch knows it by */
    uint64_t discarded;               /* body bytes beyond the limit */
    size_t sent;                      /* of base.out, in a stream */
    unsigned references;              /* the connection's, and one of a deferral */
    bool is_handled, is_ended, is_watched;
    bool is_deferred, is_suspended, is_woken; /* under the lock */
};

struct zest_transport {
    struct zest_transport_options options;
    struct MHD_Daemon *daemon;
    struct zest_disconnect_watch *watch;
    pthread_mutex_t lock;
    pthread_cond_t idle; /* signalled when the last exchange is over */
    struct exchange *running, *spare;
    size_t running_count, spare_count;
    uint64_t serials;
    uint16_t port;
    int woken; /* eventfd: a suspended exchange goes on */
    pthread_t loop;
    bool has_loop;
    uint64_t requests;       /* the loop's own: callbacks of requests so far */
    atomic_bool is_refusing; /* stop has begun */
    atomic_bool is_ending;   /* the loop should end */
};

/* ---- exchanges -------------------------------------------------------------------------------------------------- */

static struct exchange *take_spare(struct zest_transport *transport)
{
    struct exchange *exchange = transport->spare;
    if (exchange) {
        transport->spare = exchange->next;
        transport->spare_count--;
    }
    return exchange;
}

static struct exchange *make_exchange(struct zest_transport *transport)
{
    struct exchange *exchange = calloc(1, sizeof(*exchange));
    if (!exchange)
        return NULL;
    exchange->transport = transport;
    zest_buffer_init(&exchange->base.body, transport->options.body_bytes_max);
    zest_buffer_init(&exchange->base.out, ANSWER_BYTES_MAX);
    zest_arena_init(&exchange->base.arena, ARENA_BYTES_MAX);
    return exchange;
}

static void free_exchange(struct exchange *exchange)
{
    zest_buffer_finish(&exchange->base.body);
    zest_buffer_finish(&exchange->base.out);
    zest_arena_finish(&exchange->base.arena);
    free(exchange);
}

static void reset_buffer(struct zest_buffer *buffer)
{
    if (buffer->capacity > BODY_KEPT_MAX)
        zest_buffer_finish(buffer);
    buffer->size = 0;
    buffer->failed = false;
}

/* Everything as new but the memory, which stays for the next request. */
static void reset_exchange(struct exchange *exchange)
{
    struct zest_exchange *base = &exchange->base;
    reset_buffer(&base->body);
    reset_buffer(&base->out);
    if (base->arena.total > BODY_KEPT_MAX)
        zest_arena_finish(&base->arena);
    zest_arena_reset(&base->arena);
    struct zest_exchange kept = {.body = base->body, .out = base->out, .arena = base->arena};
    struct zest_transport *transport = exchange->transport;
    *exchange = (struct exchange){.base = kept, .transport = transport};
    base->user = transport->options.user;
}

static struct exchange *open_exchange(struct zest_transport *transport, struct MHD_Connection *connection)
{
    pthread_mutex_lock(&transport->lock);
    struct exchange *exchange = take_spare(transport);
    pthread_mutex_unlock(&transport->lock);
    if (!exchange && !(exchange = make_exchange(transport)))
        return NULL;
    reset_exchange(exchange);
    exchange->connection = connection;
    exchange->references = 1;
    pthread_mutex_lock(&transport->lock);
    exchange->serial = ++transport->serials;
    exchange->next = transport->running;
    if (exchange->next)
        exchange->next->previous = exchange;
    transport->running = exchange;
    transport->running_count++;
    pthread_mutex_unlock(&transport->lock);
    return exchange;
}

/* Under the lock. */
static void unlink_exchange(struct zest_transport *transport, struct exchange *exchange)
{
    if (exchange->previous)
        exchange->previous->next = exchange->next;
    else
        transport->running = exchange->next;
    if (exchange->next)
        exchange->next->previous = exchange->previous;
}

static void release(struct exchange *exchange)
{
    struct zest_transport *transport = exchange->transport;
    pthread_mutex_lock(&transport->lock);
    bool is_last = --exchange->references == 0;
    pthread_mutex_unlock(&transport->lock);
    if (!is_last)
        return;
    if (exchange->base.done)
        exchange->base.done(&exchange->base);
    pthread_mutex_lock(&transport->lock);
    unlink_exchange(transport, exchange);
    bool is_kept = transport->spare_count < SPARE_MAX;
    if (is_kept) {
        exchange->next = transport->spare;
        transport->spare = exchange;
        transport->spare_count++;
    }
    if (--transport->running_count == 0)
        pthread_cond_broadcast(&transport->idle);
    pthread_mutex_unlock(&transport->lock);
    if (!is_kept)
        free_exchange(exchange);
}

/* ---- waiting and waking ----------------------------------------------------------------------------------------- */

/* From the first wait on the client is watched for hanging up: a suspended connection does not see it by itself. */
static void watch(struct exchange *exchange)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (exchange->is_watched || !info)
        return;
    exchange->is_watched = true;
    zest_disconnect_watch_add(exchange->transport->watch, info->connect_fd, exchange->serial);
}

/* Suspends until a wake; false where one came already. */
static bool suspend(struct exchange *exchange)
{
    watch(exchange);
    pthread_mutex_lock(&exchange->transport->lock);
    bool waits = !exchange->is_woken && !exchange->base.gone;
    exchange->is_woken = false;
    if (waits) {
        exchange->is_suspended = true;
        MHD_suspend_connection(exchange->connection);
    }
    pthread_mutex_unlock(&exchange->transport->lock);
    return waits;
}

/* Under the lock. */
static void wake(struct exchange *exchange)
{
    if (exchange->is_suspended) {
        exchange->is_suspended = false;
        MHD_resume_connection(exchange->connection);
        eventfd_write(exchange->transport->woken, 1);
    } else {
        exchange->is_woken = true;
    }
}

void zest_exchange_wake(struct zest_exchange *base)
{
    struct exchange *exchange = (struct exchange *)base;
    pthread_mutex_lock(&exchange->transport->lock);
    wake(exchange);
    pthread_mutex_unlock(&exchange->transport->lock);
}

void zest_exchange_defer(struct zest_exchange *base)
{
    struct exchange *exchange = (struct exchange *)base;
    pthread_mutex_lock(&exchange->transport->lock);
    exchange->is_deferred = true;
    exchange->references++;
    pthread_mutex_unlock(&exchange->transport->lock);
}

void zest_exchange_resume(struct zest_exchange *base)
{
    struct exchange *exchange = (struct exchange *)base;
    pthread_mutex_lock(&exchange->transport->lock);
    exchange->is_deferred = false;
    if (exchange->references > 1) /* else the connection is over */
        wake(exchange);
    pthread_mutex_unlock(&exchange->transport->lock);
    release(exchange);
}

static bool is_deferred(struct exchange *exchange)
{
    pthread_mutex_lock(&exchange->transport->lock);
    bool deferred = exchange->is_deferred;
    pthread_mutex_unlock(&exchange->transport->lock);
    return deferred;
}

/* From the watch's thread: the client of the exchange with this serial has closed. */
static void on_disconnect(void *user, uint64_t serial)
{
    struct zest_transport *transport = user;
    pthread_mutex_lock(&transport->lock);
    struct exchange *exchange = transport->running;
    while (exchange && exchange->serial != serial)
        exchange = exchange->next;
    if (exchange && exchange->connection) {
        exchange->base.gone = true;
        wake(exchange);
    }
    pthread_mutex_unlock(&transport->lock);
}

/* ---- answers ---------------------------------------------------------------------------------------------------- */

static ssize_t send_pending(struct exchange *exchange, char *target, size_t size)
{
    struct zest_buffer *out = &exchange->base.out;
    size_t left = out->size - exchange->sent;
    if (left < size)
        size = left;
    memcpy(target, out->data + exchange->sent, size);
    exchange->sent += size;
    if (exchange->sent == out->size)
        exchange->sent = out->size = 0;
    return (ssize_t)size;
}

static ssize_t read_stream(void *user, uint64_t position, char *target, size_t size)
{
    struct exchange *exchange = user;
    (void)position;
    for (;;) {
        if (exchange->base.gone || exchange->base.out.failed)
            return MHD_CONTENT_READER_END_WITH_ERROR;
        if (exchange->sent < exchange->base.out.size)
            return send_pending(exchange, target, size);
        if (exchange->is_ended)
            return MHD_CONTENT_READER_END_OF_STREAM;
        enum zest_pull pulled = exchange->base.pull(&exchange->base);
        exchange->is_ended = pulled == ZEST_PULL_END;
        if (pulled == ZEST_PULL_WAIT && exchange->base.out.size == 0 && suspend(exchange))
            return 0;
    }
}

static struct MHD_Response *make_response(struct exchange *exchange)
{
    struct zest_exchange *base = &exchange->base;
    struct MHD_Response *response =
        base->pull ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_stream, exchange, NULL)
                   : MHD_create_response_from_buffer(base->out.size, base->out.data, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return NULL;
    if (base->content_type)
        MHD_add_response_header(response, "Content-Type", base->content_type);
    for (size_t i = 0; i < base->header_count; i++)
        MHD_add_response_header(response, base->headers[i].name, base->headers[i].value);
    if (base->close_after || base->refusal != ZEST_OK || exchange->transport->is_refusing)
        MHD_add_response_header(response, "Connection", "close");
    return response;
}

static enum MHD_Result send_answer(struct exchange *exchange)
{
    if (exchange->base.out.failed) {
        static const char text[] =
            "{\"error\": {\"code\": \"out_of_memory\", \"message\": \"the answer does not fit in memory\", "
            "\"param\": \"\", \"example\": null, \"docs\": \"/docs\"}}\n";
        exchange->base.out.failed = false;
        exchange->base.out.size = 0;
        exchange->base.pull = NULL;
        exchange->base.status = zest_status_http(ZEST_OUT_OF_MEMORY);
        zest_buffer_append(&exchange->base.out, text, sizeof(text) - 1);
    }
    struct MHD_Response *response = make_response(exchange);
    if (!response)
        return MHD_NO;
    exchange->transport->options.answered(&exchange->base);
    enum MHD_Result result = MHD_queue_response(exchange->connection, (unsigned)exchange->base.status, response);
    MHD_destroy_response(response);
    return result;
}

/* ---- the library's callbacks ------------------------------------------------------------------------------------ */

static enum MHD_Result check_header(void *user, enum MHD_ValueKind kind, const char *key, size_t key_size,
                                    const char *value, size_t value_size)
{
    (void)kind;
    zest_request_check_header(user, (struct zest_text){key, key_size}, (struct zest_text){value, value_size});
    return MHD_YES;
}

static enum MHD_Result begin(struct zest_transport *transport, struct MHD_Connection *connection, const char *method,
                             const char *path, const char *version, void **ret_exchange)
{
    struct exchange *exchange = open_exchange(transport, connection);
    if (!exchange)
        return MHD_NO;
    *ret_exchange = exchange;
    struct zest_exchange *base = &exchange->base;
    base->method = method;
    base->path = path;
    struct zest_request_check check = {0};
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, check_header, &check);
    base->refusal = zest_request_check_end(&check, version, path, transport->options.body_bytes_max, &base->error);
    if (base->refusal == ZEST_OK && transport->is_refusing)
        base->refusal = zest_fail(&base->error, ZEST_UNAVAILABLE, "the server is shutting down");
    if (base->refusal == ZEST_OK)
        return MHD_YES;
    exchange->is_handled = true; /* an answer before the body is read makes the library close the connection */
    transport->options.handle(base);
    return send_answer(exchange);
}

/* A chunked body has no announced size: what is over the limit is read and dropped for a while, so that the client can
 * hear why, then the connection is cut. */
static enum MHD_Result take_upload(struct exchange *exchange, const char *data, size_t *size)
{
    struct zest_exchange *base = &exchange->base;
    zest_buffer_append(&base->body, data, *size);
    if (base->body.failed) {
        exchange->discarded += *size;
        base->refusal =
            zest_fail(&base->error, ZEST_TOO_LARGE, "the body is larger than %zu bytes, the limit", base->body.limit);
    }
    *size = 0;
    return exchange->discarded > base->body.limit ? MHD_NO : MHD_YES;
}

static bool is_ready(struct exchange *exchange)
{
    return !is_deferred(exchange) && (!exchange->base.poll || exchange->base.poll(&exchange->base));
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *path, const char *method,
                                  const char *version, const char *data, size_t *size, void **state)
{
    struct exchange *exchange = *state;
    ((struct zest_transport *)user)->requests++;
    if (!exchange)
        return begin(user, connection, method, path, version, state);
    if (*size)
        return take_upload(exchange, data, size);
    if (!exchange->is_handled) {
        exchange->is_handled = true;
        exchange->transport->options.handle(&exchange->base);
    }
    while (!exchange->base.gone && !is_ready(exchange))
        if (suspend(exchange))
            return MHD_YES;
    return exchange->base.gone ? MHD_NO : send_answer(exchange);
}

static void on_completed(void *user, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    struct exchange *exchange = *state;
    (void)user, (void)connection, (void)code;
    if (!exchange)
        return;
    *state = NULL;
    if (exchange->is_watched)
        zest_disconnect_watch_remove(
            exchange->transport->watch,
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd);
    bool is_abandoned = is_deferred(exchange);
    if (is_abandoned && exchange->base.abandon)
        exchange->base.abandon(&exchange->base);
    pthread_mutex_lock(&exchange->transport->lock);
    exchange->connection = NULL;
    pthread_mutex_unlock(&exchange->transport->lock);
    release(exchange);
}

/* Paths stay as they were sent: the routes decode what they take, so that %00 and %2F have one reading. */
static size_t keep_escapes(void *user, struct MHD_Connection *connection, char *text)
{
    (void)user, (void)connection;
    return strlen(text);
}

static void no_log(void *user, const char *format, va_list args)
{
    (void)user, (void)format, (void)args;
}

/* ---- the event loop --------------------------------------------------------------------------------------------- */

/* Sleeps until the library has events, somebody woke an exchange, or a while has gone by. */
static void sleep_for_events(struct zest_transport *transport, int library_fd)
{
    enum { SLEEP_MS = 100 }; /* the library looks after its time limits this often */
    struct pollfd fds[] = {{.fd = library_fd, .events = POLLIN}, {.fd = transport->woken, .events = POLLIN}};
    eventfd_t count;
    if (poll(fds, ZEST_COUNT(fds), SLEEP_MS) > 0 && fds[1].revents)
        (void)eventfd_read(transport->woken, &count);
}

/*
 * Serves events; after a request it looks for the next one for a moment before it sleeps. A caller that goes from answer
 * to request (a step loop with a remote service) then never waits for a sleeping processor, which costs 50 µs and more.
 */
static void *run_loop(void *user)
{
    enum { LOOK_NS = 60000 };
    struct zest_transport *transport = user;
    int library_fd = MHD_get_daemon_info(transport->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    while (!atomic_load(&transport->is_ending)) {
        uint64_t seen = transport->requests;
        sleep_for_events(transport, library_fd);
        MHD_run_wait(transport->daemon, 0); /* takes events, and brings back what was woken */
        MHD_run_wait(transport->daemon, 0); /* serves what came back */
        if (transport->requests == seen)
            continue;
        for (uint64_t until = zest_now_ns() + LOOK_NS; zest_now_ns() < until;) {
            seen = transport->requests;
            sched_yield();
            MHD_run_wait(transport->daemon, 0);
            if (transport->requests != seen)
                until = zest_now_ns() + LOOK_NS;
        }
    }
    return NULL;
}

static void end_loop(struct zest_transport *transport)
{
    if (!transport->has_loop)
        return;
    atomic_store(&transport->is_ending, true);
    eventfd_write(transport->woken, 1);
    pthread_join(transport->loop, NULL);
    transport->has_loop = false;
}

/* ---- start and stop --------------------------------------------------------------------------------------------- */

static struct MHD_Daemon *start_daemon(struct zest_transport *transport, int fd)
{
    const struct zest_transport_options *options = &transport->options;
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    return MHD_start_daemon(flags, 0, NULL, NULL, on_request, transport, MHD_OPTION_EXTERNAL_LOGGER, no_log, NULL,
                            MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_STRICT_FOR_CLIENT, 1,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_LIMIT,
                            options->connections_max, MHD_OPTION_CONNECTION_TIMEOUT, options->idle_seconds,
                            MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes,
                            NULL, MHD_OPTION_END);
}

enum zest_status zest_transport_start(const struct zest_transport_options *options,
                                      struct zest_transport **ret_transport, struct zest_error *error)
{
    int fd;
    uint16_t port;
    enum zest_status status = zest_listen(options->host, options->port, &fd, &port, error);
    if (status != ZEST_OK)
        return status;
    struct zest_transport *transport = calloc(1, sizeof(*transport));
    if (transport) {
        transport->options = *options;
        transport->port = port;
        transport->woken = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        pthread_mutex_init(&transport->lock, NULL);
        pthread_cond_init(&transport->idle, NULL);
        transport->watch = zest_disconnect_watch_create(on_disconnect, transport);
    }
    *ret_transport = transport; /* before the event thread begins: its first request may ask for it */
    if (transport && transport->watch && transport->woken >= 0 && (transport->daemon = start_daemon(transport, fd)))
        transport->has_loop = pthread_create(&transport->loop, NULL, run_loop, transport) == 0;
    if (!transport || !transport->has_loop) {
        if (!transport || !transport->daemon)
            close(fd);
        zest_transport_destroy(transport);
        *ret_transport = NULL;
        return zest_fail(error, ZEST_IO, "the HTTP server can't be started: %m");
    }
    return ZEST_OK;
}

uint16_t zest_transport_port(const struct zest_transport *transport)
{
    return transport->port;
}

size_t zest_transport_running(struct zest_transport *transport)
{
    pthread_mutex_lock(&transport->lock);
    size_t count = transport->running_count;
    pthread_mutex_unlock(&transport->lock);
    return count;
}

/* False where exchanges still run when the time is up. */
static bool wait_idle(struct zest_transport *transport, unsigned grace_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += grace_ms / 1000;
    until.tv_nsec += (long)(grace_ms % 1000) * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&transport->lock);
    while (transport->running_count && pthread_cond_timedwait(&transport->idle, &transport->lock, &until) == 0)
        ;
    bool is_idle = transport->running_count == 0;
    pthread_mutex_unlock(&transport->lock);
    return is_idle;
}

static void end_all(struct zest_transport *transport)
{
    pthread_mutex_lock(&transport->lock);
    for (struct exchange *exchange = transport->running; exchange; exchange = exchange->next)
        if (exchange->connection) {
            exchange->base.gone = true;
            wake(exchange);
        }
    pthread_mutex_unlock(&transport->lock);
}

void zest_transport_stop(struct zest_transport *transport, unsigned grace_ms)
{
    enum { RESUMED_MS = 2000 }; /* ample for the event thread to end what was woken */
    MHD_socket fd = MHD_quiesce_daemon(transport->daemon);
    if (fd != MHD_INVALID_SOCKET)
        close(fd);
    transport->is_refusing = true;
    if (!wait_idle(transport, grace_ms)) {
        end_all(transport);
        wait_idle(transport, RESUMED_MS);
    }
    end_loop(transport);
    MHD_stop_daemon(transport->daemon);
    transport->daemon = NULL;
}

void zest_transport_destroy(struct zest_transport *transport)
{
    if (!transport)
        return;
    end_loop(transport);
    if (transport->daemon)
        MHD_stop_daemon(transport->daemon);
    zest_disconnect_watch_destroy(transport->watch);
    for (struct exchange *exchange; (exchange = take_spare(transport));)
        free_exchange(exchange);
    if (transport->woken >= 0)
        close(transport->woken);
    pthread_cond_destroy(&transport->idle);
    pthread_mutex_destroy(&transport->lock);
    free(transport);
}

/* ---- what routes ask -----------------------------------------------------------------------------------------------
 */

const char *zest_exchange_header(const struct zest_exchange *base, const char *name)
{
    const struct exchange *exchange = (const struct exchange *)base;
    return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

void zest_exchange_add_header(struct zest_exchange *exchange, const char *name, const char *value)
{
    if (exchange->header_count < ZEST_ANSWER_HEADERS_MAX && value)
        exchange->headers[exchange->header_count++] = (struct zest_header){name, value};
}
