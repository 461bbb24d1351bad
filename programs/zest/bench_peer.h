/* SPDX-License-Identifier: Apache-2.0 */
/* bench_peer.h - runs somebody else's llama-bench once and reads its figure. */
#ifndef ZEST_PROGRAM_BENCH_PEER_H
#define ZEST_PROGRAM_BENCH_PEER_H

#include <zest/core.h>

/* Tokens/s of one test (prompt or gen tokens, the other 0) by the llama-bench at `program`. */
enum zest_status bench_peer_run(const char *program, const char *model, int threads, int prompt, int gen,
                                double *ret_rate, struct zest_error *error);

#endif
