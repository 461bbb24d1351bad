/* SPDX-License-Identifier: Apache-2.0 */
/* logits.c - `zest logits`: the model's logits over given token ids, as JSON lines or raw float32. */
#include "command.h"

static enum zest_status print_row_list(const struct zest_tensor *logits)
{
    const float *values = logits->data;
    struct zest_buffer out;
    zest_buffer_init(&out, (size_t)1 << 32);
    zest_buffer_printf(&out, "{\"logits\": [");
    for (uint64_t row = 0; row < logits->shape[0]; row++) {
        zest_buffer_printf(&out, "%s[", row ? ", " : "");
        for (uint64_t i = 0; i < logits->shape[1]; i++)
            zest_buffer_printf(&out, "%s%.9g", i ? ", " : "", (double)values[row * logits->shape[1] + i]);
        zest_buffer_printf(&out, "]");
    }
    zest_buffer_printf(&out, "]}\n");
    fwrite(out.data, 1, out.size, stdout);
    zest_buffer_finish(&out);
    return ZEST_OK;
}

static enum zest_status one_prompt(struct zest_env *env, const char *text, bool all, FILE *out,
                                   struct zest_error *error)
{
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    struct zest_engine_forward_request request;
    struct zest_engine_forward_reply reply;
    zest_engine_forward_request_init(&request);
    request.positions = all ? ZEST_ENGINE_POSITIONS_ALL : ZEST_ENGINE_POSITIONS_LAST;
    enum zest_status status = command_read_ids(&arena, text, &request.ids, &request.ids_count, &call.error);
    if (status == ZEST_OK)
        status = zest_engine_forward(zest_env_engine(env), &call, &request, &reply);
    if (status == ZEST_OK && out) {
        size_t count = (size_t)(reply.logits.shape[0] * reply.logits.shape[1]);
        if (fwrite(reply.logits.data, sizeof(float), count, out) != count)
            status = zest_fail(&call.error, ZEST_IO, "the logits can't be written: %m");
    } else if (status == ZEST_OK) {
        status = print_row_list(&reply.logits);
    }
    *error = call.error;
    zest_arena_finish(&arena);
    return status;
}

static enum zest_status all_prompts(struct zest_env *env, const char *ids, const char *ids_file, bool all, FILE *out,
                                    struct zest_error *error)
{
    if (ids)
        return one_prompt(env, ids, all, out, error);
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_text text;
    enum zest_status status = command_read_file(&arena, ids_file, &text, error);
    char *rest = status == ZEST_OK ? (char *)(uintptr_t)text.data : NULL, *line;
    while (status == ZEST_OK && (line = strsep(&rest, "\n")))
        if (line[strspn(line, " \t\r")])
            status = one_prompt(env, line, all, out, error);
    zest_arena_finish(&arena);
    return status;
}

static int run_command(const struct command *self, int argc, char **argv)
{
    const char *ids = NULL, *ids_file = NULL, *positions = "last", *out_path = NULL;
    struct common common;
    const struct option_spec own[] = {
        {"prompt-ids", 0, OPTION_TEXT, &ids, "1,2,3", "the token ids", 0, 0},
        {"ids-file", 0, OPTION_TEXT, &ids_file, "FILE", "a prompt a line, ids separated by blanks", 0, 0},
        {"positions", 0, OPTION_TEXT, &positions, "WHICH", "last (default) or all", 0, 0},
        {"out", 0, OPTION_TEXT, &out_path, "FILE", "raw little-endian float32, prompt after prompt", 0, 0},
        {0},
    };
    int count, exit_code;
    if (!command_begin(self, argc, argv, own, &common, &count, &exit_code))
        return exit_code;
    bool all = !strcmp(positions, "all");
    if (count || !ids == !ids_file)
        return command_wrong_use(self, &common, "give --prompt-ids or --ids-file, one of them");
    if (!all && strcmp(positions, "last") != 0)
        return command_wrong_use(self, &common, "--positions is \"%s\"; it must be last or all", positions);
    struct zest_env *env = command_open(&common, &exit_code);
    if (!env)
        return exit_code;
    struct zest_error error = {0};
    FILE *out = out_path ? fopen(out_path, "wb") : NULL;
    enum zest_status status = out_path && !out ? zest_fail(&error, ZEST_IO, "%s can't be written: %m", out_path)
                                               : all_prompts(env, ids, ids_file, all, out, &error);
    if (out && fclose(out) != 0 && status == ZEST_OK)
        status = zest_fail(&error, ZEST_IO, "%s can't be written: %m", out_path);
    if (status != ZEST_OK)
        exit_code = command_fail(&common, NULL, &error);
    zest_env_close(env);
    return exit_code;
}

const struct command command_logits = {
    .name = "logits",
    .usage = "logits [options]",
    .summary = "logits of token ids",
    .examples = "  zest logits --prompt-ids 504,3575,282\n  zest logits --ids-file prompts.txt --positions all --out "
                "logits.f32\n",
    .run = run_command,
};
