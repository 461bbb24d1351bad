/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transport.h - what the routes see of HTTP: exchanges. Behind it stands transport_mhd.c; another library can.
 *
 * An exchange is one request and its answer. `handle` is called on the event thread once the whole request is there
 * and does one of these before it returns:
 *
 *   answer now     fills status, content_type and out.
 *   answer later   calls zest_exchange_defer; somebody fills the answer on another thread and calls
 *                  zest_exchange_resume, once.
 *   wait           sets poll, which is called on the event thread at once and after each zest_exchange_wake until it
 *                  answers true; then as above. Costs no thread.
 *   stream         sets status, content_type and pull; pull is called on the event thread whenever the client can
 *                  take more, and again after each zest_exchange_wake.
 *
 * Threads: one event thread runs handle, pull and done. resume and wake may be called from any thread.
 */
#ifndef ZEST_TRANSPORT_H
#define ZEST_TRANSPORT_H

#include <stdatomic.h>

#include <zest/core.h>

enum zest_pull { ZEST_PULL_MORE, ZEST_PULL_WAIT, ZEST_PULL_END };

enum { ZEST_ANSWER_HEADERS_MAX = 6 };

struct zest_header {
    const char *name, *value; /* NUL-terminated, alive as long as the exchange (its arena is the place for them) */
};

struct zest_exchange {
    /* the request; all of it is borrowed and valid in handle, but arena, body and user, which stay until done */
    const char *method, *path; /* path as sent, without the query, percent signs and all */
    struct zest_buffer body;
    struct zest_arena arena;  /* lives as long as the exchange */
    enum zest_status refusal; /* the transport refuses the request: answer with `error` and nothing else */
    struct zest_error error;
    /* the answer */
    int status;
    const char *content_type; /* constant */
    struct zest_buffer out;   /* the whole answer, or the part of the stream that is not sent yet */
    struct zest_header headers[ZEST_ANSWER_HEADERS_MAX];
    size_t header_count;
    bool close_after;                                       /* end the connection behind this answer */
    enum zest_pull (*pull)(struct zest_exchange *exchange); /* appends to out; NULL: out is all */
    bool (*poll)(struct zest_exchange *exchange); /* true: the answer (or pull) is set; NULL: it is set already */
    /* what belongs to whoever handles it */
    void (*done)(struct zest_exchange *exchange); /* the answer is out or the client gone; frees `state`; may be NULL */
    void (*abandon)(struct zest_exchange *exchange); /* of a deferred exchange: its client is gone; may be NULL */
    void *state;
    void *user;       /* as given to zest_transport_start */
    atomic_bool gone; /* the client closed, or the server ends now */
};

struct zest_transport_options {
    const char *host;
    uint16_t port; /* 0: any that is free */
    size_t body_bytes_max;
    unsigned connections_max;
    unsigned idle_seconds; /* a connection on which nothing moves for so long is closed */
    void (*handle)(struct zest_exchange *exchange);
    void (*answered)(struct zest_exchange *exchange); /* status is set and goes out now; on the event thread */
    void *user;
};

struct zest_transport;

/* *ret_transport is set before the first request is handled. */
enum zest_status zest_transport_start(const struct zest_transport_options *options,
                                      struct zest_transport **ret_transport, struct zest_error *error) ZEST_MUST_CHECK;
uint16_t zest_transport_port(const struct zest_transport *transport);
size_t zest_transport_running(struct zest_transport *transport); /* exchanges that are not done */
/* Takes no more connections, waits up to grace_ms for what runs, then ends it. Blocks; no resume may follow. */
void zest_transport_stop(struct zest_transport *transport, unsigned grace_ms);
void zest_transport_destroy(struct zest_transport *transport); /* after stop; takes NULL */

/* A request header's value, NULL where it is missing. Valid in handle only. */
const char *zest_exchange_header(const struct zest_exchange *exchange, const char *name);
void zest_exchange_add_header(struct zest_exchange *exchange, const char *name, const char *value);
void zest_exchange_defer(struct zest_exchange *exchange);  /* in handle */
void zest_exchange_resume(struct zest_exchange *exchange); /* ends a deferral; the exchange may be gone afterwards */
void zest_exchange_wake(struct zest_exchange *exchange);   /* of a stream: pull has something new */

#endif
