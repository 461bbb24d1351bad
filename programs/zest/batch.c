/* SPDX-License-Identifier: Apache-2.0 */
/* batch.c - JSON lines in, JSON lines out. */
#include <stdlib.h>

#include "batch.h"

enum zest_status batch_text(json_t *line, const char *key, struct zest_text *ret_text, struct zest_error *error)
{
    json_t *value = json_object_get(line, key);
    *ret_text = (struct zest_text){0};
    if (!value)
        return ZEST_OK;
    if (!json_is_string(value))
        return zest_fail_param(error, ZEST_WRONG_TYPE, key, "\"%s\" must be a string", key);
    *ret_text = (struct zest_text){json_string_value(value), json_string_length(value)};
    return ZEST_OK;
}

enum zest_status batch_bool(json_t *line, const char *key, bool *ret_value, struct zest_error *error)
{
    json_t *value = json_object_get(line, key);
    if (!value)
        return ZEST_OK;
    if (!json_is_boolean(value))
        return zest_fail_param(error, ZEST_WRONG_TYPE, key, "\"%s\" must be true or false", key);
    *ret_value = json_is_true(value);
    return ZEST_OK;
}

enum zest_status batch_ids(json_t *line, struct zest_arena *arena, const int32_t **ret_ids, size_t *ret_count,
                           struct zest_error *error)
{
    json_t *list = json_object_get(line, "ids");
    if (!json_is_array(list))
        return zest_fail_param(error, ZEST_MISSING_FIELD, "ids", "a line needs \"ids\": [1, 2, 3]");
    size_t count = json_array_size(list);
    int32_t *ids = ZEST_NEW_ARRAY(arena, int32_t, count + 1);
    if (!ids)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for %zu token ids", count);
    for (size_t i = 0; i < count; i++) {
        json_t *id = json_array_get(list, i);
        if (!json_is_integer(id) || json_integer_value(id) < 0 || json_integer_value(id) > INT32_MAX)
            return zest_fail_param(error, ZEST_WRONG_TYPE, "ids", "ids[%zu] is no token id", i);
        ids[i] = (int32_t)json_integer_value(id);
    }
    *ret_ids = ids;
    *ret_count = count;
    return ZEST_OK;
}

struct zest_text batch_json(json_t *line, const char *key, struct zest_arena *arena)
{
    json_t *value = json_object_get(line, key);
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    struct zest_text copy = text ? zest_text_copy(arena, zest_text_of(text)) : (struct zest_text){0};
    free(text);
    return copy;
}

static enum zest_status answer_line(struct zest_env *env, batch_fn *answer, struct zest_call *call, const char *text,
                                    size_t size, struct zest_buffer *out)
{
    json_error_t at;
    json_t *line = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &at);
    if (!json_is_object(line)) {
        json_decref(line);
        return zest_fail(&call->error, ZEST_INVALID_JSON, "a line must be one JSON object: %s (column %d)",
                         line ? "it is another value" : at.text, line ? 1 : at.column);
    }
    enum zest_status status = answer(env, call, line, out);
    json_decref(line);
    return status;
}

int batch_run(struct zest_env *env, batch_fn *answer)
{
    char *text = NULL;
    size_t capacity = 0;
    ssize_t size;
    int exit_code = EXIT_OK;
    struct zest_arena arena;
    struct zest_buffer out;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    zest_buffer_init(&out, (size_t)1 << 32);
    while ((size = getline(&text, &capacity, stdin)) > 0) {
        if (size == 1 && text[0] == '\n')
            continue;
        struct zest_call call = {.arena = &arena};
        out.size = 0;
        if (answer_line(env, answer, &call, text, (size_t)size, &out) != ZEST_OK) {
            out.size = 0;
            zest_error_write(NULL, &call.error, &out);
            exit_code = EXIT_FAILED;
        }
        zest_buffer_append(&out, "\n", 1);
        fwrite(out.data, 1, out.size, stdout);
        zest_arena_reset(&arena);
    }
    free(text);
    zest_arena_finish(&arena);
    zest_buffer_finish(&out);
    return exit_code;
}

int batch_command_run(const struct command *self, const struct batch_command *what, int argc, char **argv)
{
    const char *tokenizer = NULL;
    bool batch = false;
    struct common common;
    const struct option_spec own[] = {
        {"tokenizer", 0, OPTION_TEXT, &tokenizer, "FILE", "a file with a tokenizer (default: the model's own)", 0, 0},
        {"batch", 0, OPTION_FLAG, &batch, "", what->batch_help, 0, 0},
        {0},
    };
    int count, exit_code;
    if (!command_begin(self, argc, argv, own, &common, &count, &exit_code))
        return exit_code;
    if (batch && count)
        return command_wrong_use(self, &common, "--batch reads stdin, but \"%s\" was given", argv[1]);
    if (!batch && count != 1)
        return command_wrong_use(self, &common, "%s takes %s, or --batch", self->name, what->takes);
    struct zest_env *env = command_open_tokenizer(&common, tokenizer, &exit_code);
    if (!env)
        return exit_code;
    struct zest_error error = {0};
    if (batch)
        exit_code = batch_run(env, what->answer);
    else if (what->one(env, argv[1], common.json, &error) != ZEST_OK)
        exit_code = command_fail(&common, NULL, &error);
    zest_env_close(env);
    return exit_code;
}
