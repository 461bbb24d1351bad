/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server.h - an environment over HTTP: OpenAI's routes, every operation of every service, metrics, and pages to read.
 *
 * The server borrows the environment, which must outlive it. It prints nothing and installs no signal handlers.
 *
 * Threads: start and stop from one thread at a time; the rest from any.
 */
#ifndef ZEST_SERVER_H
#define ZEST_SERVER_H

#include <zest/environment.h>

/* Zero means: the default. Texts are borrowed for the time of zest_server_start. */
struct zest_server_options {
    const char *host;    /* default 127.0.0.1: this machine only */
    int port;            /* 0 to 65535; -1: 8080; 0: any that is free */
    const char *api_key; /* default: none is asked for */
    const char
        *allow_origin;     /* a web page's origin that may call besides the server's own, "*" for all; default: none */
    size_t body_bytes_max; /* of a request; default 128 MiB */
    unsigned connections_max; /* default 1024 */
    unsigned workers_max;     /* most threads for long calls; default 64 */
    unsigned idle_seconds;    /* a connection on which nothing moves for so long is closed; default 60 */
};

struct zest_server;

enum zest_status zest_server_start(struct zest_env *env, const struct zest_server_options *options,
                                   struct zest_server **ret_server, struct zest_error *error) ZEST_MUST_CHECK;
uint16_t zest_server_port(const struct zest_server *server);
size_t zest_server_running(const struct zest_server *server); /* requests that are not answered yet */

/* Refuses what is new, waits up to grace_ms for what runs, cancels the rest and frees the server. Takes NULL. */
void zest_server_stop(struct zest_server *server, unsigned grace_ms);

#endif
