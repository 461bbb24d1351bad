/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command.h - what every sub-command of zest shares: its entry, the common options, opening a model, saying errors.
 *
 * A sub-command is one file with one `const struct command`; its name in main.c's list and the file's in meson.build
 * is all. It answers the exit code: 0, 1 for a failure, 2 for wrong use.
 */
#ifndef ZEST_PROGRAM_COMMAND_H
#define ZEST_PROGRAM_COMMAND_H

#include <stdio.h>

#include <zest/environment.h>
#include <zest/json.h>

#include "options.h"

struct command {
    const char *name;
    const char *usage;    /* "run [options] PROMPT" */
    const char *summary;  /* one line */
    const char *examples; /* lines of shell, shown by --help */
    int (*run)(const struct command *self, int argc, char **argv);
};

extern const struct command command_bench, command_call, command_chat, command_demo, command_detokenize,
    command_example, command_logits, command_perplexity, command_render_chat, command_run, command_serve,
    command_services, command_tokenize;

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_WRONG_USE = 2 };

/* The options that every sub-command takes. */
struct common {
    const char *model;
    const char *mode;
    const char *cpu;
    const char *activations;
    const char *policy;
    int threads, step_tokens;
    uint64_t seed;
    uint64_t kv_cache_bytes;
    bool json, help, quiet;
    bool served; /* strangers may call: operations read files below the models folder only */
};

/*
 * Parses; answers true when the command should go on. Else *ret_exit is the exit code: --help was printed, or the
 * wrong use was said.
 */
bool command_begin(const struct command *self, int argc, char **argv, const struct option_spec *own,
                   struct common *common, int *ret_positional_count, int *ret_exit);

/* Says an error as INTERFACE.md has it (stderr; with --json an object) and answers the exit code that goes with it. */
int command_fail(const struct common *common, const struct zest_operation *operation, const struct zest_error *error);
/* Wrong use found by the command itself. */
int command_wrong_use(const struct command *self, const struct common *common, const char *format, ...)
    ZEST_PRINTF(3, 4);

/* Opens the model with a progress bar on a terminal, and sets --mode. NULL: said, and *ret_exit is set. */
struct zest_env *command_open(const struct common *common, int *ret_exit);
/* As command_open but with --mode left alone. */
struct zest_env *command_open_production(const struct common *common, int *ret_exit);
/* Only the tokenizer of `file` (NULL: of the model); the other services are missing from the environment. */
struct zest_env *command_open_tokenizer(const struct common *common, const char *file, int *ret_exit);
enum zest_status command_set_modes(struct zest_env *env, const char *modes, struct zest_error *error);

/* Where the default model lies (ZEST_MODELS, or the cache folder as the XDG rules say). */
void command_default_model(char *path, size_t size);

/* A file's bytes in the arena. */
enum zest_status command_read_file(struct zest_arena *arena, const char *path, struct zest_text *ret_text,
                                   struct zest_error *error);
/* "1,2,3" or "1 2 3" to ids in the arena. */
enum zest_status command_read_ids(struct zest_arena *arena, const char *text, const int32_t **ret_ids,
                                  size_t *ret_count, struct zest_error *error);

void command_write_ids(struct zest_buffer *out, const int32_t *ids, size_t count); /* [1, 2, 3] */

/* Calls any operation with a JSON request; appends its answer (data, or envelope in research mode) to `out`. */
enum zest_status command_call_json(struct zest_env *env, const struct zest_operation *operation,
                                   struct zest_text request, struct zest_arena *arena, struct zest_buffer *out,
                                   struct zest_error *error);

/* "tokenizer.tokenize" to its operation; the error lists what there is. */
enum zest_status command_find_operation(const char *name, const struct zest_operation **ret_operation,
                                        struct zest_error *error);

#endif
