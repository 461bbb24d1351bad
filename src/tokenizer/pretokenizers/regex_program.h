/* SPDX-License-Identifier: Apache-2.0 */
/*
 * regex_program.h - a pattern as machine code over its own alphabet. Private to regex.c.
 *
 * Immutable once made: any number of threads may run it.
 */
#ifndef ZEST_REGEX_PROGRAM_H
#define ZEST_REGEX_PROGRAM_H

#include "regex_tree.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

struct regex_program {
    pcre2_code *code;
    bool jit; /* there is machine code */
    struct regex_alphabet alphabet;
    struct regex_run runs[REGEX_RUNS_MAX];
    size_t run_count;
};

/* Takes 0.3 to 1 ms. `pattern` is valid UTF-8. */
enum zest_status regex_program_create(struct zest_text pattern, struct regex_program **ret_program,
                                      struct zest_error *error) ZEST_MUST_CHECK;
void regex_program_destroy(struct regex_program *program); /* takes NULL */

#endif
