/* SPDX-License-Identifier: Apache-2.0 */
/* batch.h - JSON lines from stdin, an answer a line on stdout, in order. */
#ifndef ZEST_PROGRAM_BATCH_H
#define ZEST_PROGRAM_BATCH_H

#include <jansson.h>

#include "command.h"

/* Answers one line: appends one JSON document to `out`, or fails with call->error set. */
typedef enum zest_status batch_fn(struct zest_env *env, struct zest_call *call, json_t *line, struct zest_buffer *out);

/* A line that fails is answered {"error": {…}} and makes the exit code 1; the others are answered all the same. */
int batch_run(struct zest_env *env, batch_fn *answer);

/* What `tokenize` and `detokenize` share: one argument, or --batch; a tokenizer, and no model behind it. */
struct batch_command {
    const char *batch_help; /* of --batch */
    const char *takes;      /* "one text (put it in quotes)" */
    batch_fn *answer;       /* with --batch */
    enum zest_status (*one)(struct zest_env *env, const char *argument, bool json, struct zest_error *error);
};

int batch_command_run(const struct command *self, const struct batch_command *what, int argc, char **argv);

/* A text member of a line. Missing: ZEST_OK and data NULL. */
enum zest_status batch_text(json_t *line, const char *key, struct zest_text *ret_text, struct zest_error *error);
enum zest_status batch_bool(json_t *line, const char *key, bool *ret_value,
                            struct zest_error *error); /* missing: as it is */
/* An array of ids, in the arena. */
enum zest_status batch_ids(json_t *line, struct zest_arena *arena, const int32_t **ret_ids, size_t *ret_count,
                           struct zest_error *error);
/* Any member as JSON text in the arena; missing: data NULL. */
struct zest_text batch_json(json_t *line, const char *key, struct zest_arena *arena);

#endif
