/* SPDX-License-Identifier: Apache-2.0 */
/*
 * regex_program.c - parse, alphabet, emit, PCRE2: what regex.h draws, one step after the other.
 */
#include "regex_program.h"

#include <stdio.h>
#include <stdlib.h>

#define COMPILE_BYTES_MAX ((size_t)64 << 20)
#define EMITTED_BYTES_MAX ((size_t)1 << 20)

static enum zest_status compile_emitted(struct regex_program *program, struct zest_text pattern,
                                        const struct zest_buffer *emitted, struct zest_error *error)
{
    int code;
    size_t at;
    if (emitted->failed)
        return regex_refuse(pattern, 0, ZEST_TOO_LARGE, "a form for PCRE2 of more than 1 MiB", error);
    /* PCRE2 takes callouts for what never fails, and would not go back over a repeat before one. */
    uint32_t options = PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | (program->run_count > 0 ? PCRE2_NO_AUTO_POSSESS : 0);
    const char *text = emitted->data ? emitted->data : "";
    program->code = pcre2_compile((PCRE2_SPTR)text, emitted->size, options, &code, &at, NULL);
    if (!program->code) {
        char reason[128] = "";
        char what[192];
        pcre2_get_error_message(code, (PCRE2_UCHAR *)reason, sizeof reason);
        snprintf(what, sizeof what, "what PCRE2 does not compile (%s)", reason);
        return regex_refuse(pattern, 0, ZEST_UNSUPPORTED, what, error);
    }
    program->jit = pcre2_jit_compile(program->code, PCRE2_JIT_COMPLETE) == 0;
    return ZEST_OK;
}

static enum zest_status translate(struct regex_program *program, struct zest_text pattern, struct zest_error *error)
{
    struct zest_arena arena;
    struct regex_tree tree;
    struct zest_buffer emitted;
    zest_arena_init(&arena, COMPILE_BYTES_MAX);
    zest_buffer_init(&emitted, EMITTED_BYTES_MAX);
    enum zest_status status = regex_parse(pattern, &arena, &tree, error);
    if (status == ZEST_OK)
        status = regex_alphabet_make(&tree, &program->alphabet, error);
    if (status == ZEST_OK) {
        regex_emit(&tree, &emitted, program->runs, &program->run_count);
        status = compile_emitted(program, pattern, &emitted, error);
    }
    zest_buffer_finish(&emitted);
    zest_arena_finish(&arena);
    return status;
}

enum zest_status regex_program_create(struct zest_text pattern, struct regex_program **ret_program,
                                      struct zest_error *error)
{
    struct regex_program *program = calloc(1, sizeof *program);
    if (!program)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "memory for a pattern of %zu bytes is out", pattern.size);
    enum zest_status status = translate(program, pattern, error);
    if (status == ZEST_OK)
        *ret_program = program;
    else
        regex_program_destroy(program);
    return status;
}

void regex_program_destroy(struct regex_program *program)
{
    if (!program)
        return;
    pcre2_code_free(program->code);
    free(program->alphabet.stage2);
    free(program);
}
