/* SPDX-License-Identifier: Apache-2.0 */
/*
 * machine.h - what this machine can do: the roofs under which kernels and steps are judged.
 *
 * A measurement takes about a third of a second and all threads of the pool; it is the best of several rounds, since
 * other processes only ever make a round slower.
 */
#ifndef ZEST_COMPUTATION_MACHINE_H
#define ZEST_COMPUTATION_MACHINE_H

#include "kernels.h"
#include "threads.h"

struct zest_machine {
    double bandwidth; /* bytes/s, read, from memory */
    double int8_macs; /* multiply-adds/s of the path's 8-bit dot products; 0 where it has none */
    double f32_macs;  /* multiply-adds/s in 32-bit floats */
    double ping_pong; /* s, round trip; 0 with one thread */
};

#define ZEST_FAR_SECONDS 300e-9 /* a round trip above it: the cores share no cache */

/* On `workers` threads: 1 or all of the pool. Nothing else may run on the pool. */
enum zest_status zest_machine_measure(const struct zest_kernels *kernels, struct zest_threads *threads,
                                      uint32_t workers, struct zest_machine *ret_machine,
                                      struct zest_error *error) ZEST_MUST_CHECK;
const char *zest_machine_placement(const struct zest_machine *machine); /* "near", "far", "single" */
/* The processor's own name; "" where it does not tell. */
void zest_machine_cpu_name(char ret_name[64]);

#endif
