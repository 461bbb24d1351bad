/* SPDX-License-Identifier: Apache-2.0 */
/* overheads.h - what a call of tokenizer.tokenize costs in each mode on top of its work. */
#ifndef ZEST_PROGRAM_OVERHEADS_H
#define ZEST_PROGRAM_OVERHEADS_H

#include <zest/environment.h>

struct overheads {
    double work_ns;       /* tokenizing "Hello world" itself */
    double production_ns; /* the ops table: call minus direct call */
    double traced_ns;     /* a traced call minus a production call */
    double envelope_ns;   /* traced, with the answer written as JSON envelope */
};

/* Medians of alternating rounds; takes about half a second. Leaves the modes as they were. */
enum zest_status overheads_measure(struct zest_env *env, struct overheads *ret_overheads,
                                   struct zest_error *error) ZEST_MUST_CHECK;

#endif
