/* SPDX-License-Identifier: Apache-2.0 */
/* bench_http.h - what HTTP on loopback costs: a child `zest serve`, called one by one and over many connections. */
#ifndef ZEST_PROGRAM_BENCH_HTTP_H
#define ZEST_PROGRAM_BENCH_HTTP_H

#include <zest/environment.h>

struct http_figures {
    double p50_us, p99_us;      /* tokenizer.tokenize of a short text through the remote layer, one connection */
    double cpu_us;              /* of the server's processor time a request, at `connections` connections */
    double requests_per_second; /* there */
    int connections;
};

/*
 * Starts a server of its own for `model`, measures and stops it: latency, about a second; with the load of many
 * connections, about three. Without it the figures of the load stay as they are. Switches the environment's tokenizer
 * for that time.
 */
enum zest_status http_measure(struct zest_env *env, const char *model, bool with_load, struct http_figures *ret_figures,
                              struct zest_error *error) ZEST_MUST_CHECK;

#endif
