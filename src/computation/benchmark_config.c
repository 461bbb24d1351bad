/* SPDX-License-Identifier: Apache-2.0 */
/*
 * benchmark_config.c - the sizes of a kernel benchmark, from and to JSON. A name that is not known is refused.
 */
#include <inttypes.h>
#include <stdio.h>

#include <jansson.h>

#include "benchmark.h"

struct field {
    const char *name;
    size_t offset;
    int64_t maximum;
    int64_t multiple;
};

#define FIELD(name, maximum, multiple)                                         \
    {                                                                          \
#name, offsetof(struct zest_benchmark_config, name), maximum, multiple \
    }

static const struct field fields[] = {
    FIELD(batch_size, 1024, 1),
    FIELD(seq_len, 131072, 1),
    FIELD(rows, 1 << 20, 1),
    FIELD(cols, 1 << 18, 32),
    FIELD(heads, 1024, 1),
    FIELD(kv_heads, 1024, 1),
    FIELD(head_dim, ZEST_HEAD_DIM_MAX, 16),
    FIELD(repeat, 1000, 1),
    FIELD(threads, ZEST_THREADS_MAX, 1),
};

static int64_t *value_of(struct zest_benchmark_config *config, const struct field *field)
{
    return (int64_t *)(void *)((char *)config + field->offset);
}

static enum zest_status set_number(struct zest_benchmark_config *config, const struct field *field, const json_t *value,
                                   struct zest_error *error)
{
    if (!json_is_integer(value))
        return zest_fail_param(error, ZEST_WRONG_TYPE, "config", "config.%s is not a whole number", field->name);
    int64_t number = json_integer_value(value);
    if (number < 1 || number > field->maximum || number % field->multiple)
        return zest_fail_param(error, ZEST_OUT_OF_RANGE, "config",
                               "config.%s is %" PRId64 "; multiples of %" PRId64 " from %" PRId64 " to %" PRId64
                               " are possible",
                               field->name, number, field->multiple, field->multiple, field->maximum);
    *value_of(config, field) = number;
    return ZEST_OK;
}

static enum zest_status set(struct zest_benchmark_config *config, const char *key, const json_t *value,
                            struct zest_error *error)
{
    if (strcmp(key, "variant") == 0) {
        if (!json_is_string(value) || json_string_length(value) >= sizeof(config->variant))
            return zest_fail_param(error, ZEST_WRONG_TYPE, "config", "config.variant is not a name such as \"avx2\"");
        memcpy(config->variant, json_string_value(value), json_string_length(value) + 1);
        return ZEST_OK;
    }
    for (size_t i = 0; i < ZEST_COUNT(fields); i++)
        if (strcmp(key, fields[i].name) == 0)
            return set_number(config, &fields[i], value, error);
    return zest_fail_param(
        error, ZEST_UNKNOWN_FIELD, "config",
        "config.%.64s is unknown; known are batch_size, seq_len, rows, cols, heads, kv_heads, head_dim, "
        "repeat, threads and variant",
        key);
}

enum zest_status zest_benchmark_parse(struct zest_text json, struct zest_benchmark_config *config,
                                      struct zest_error *error)
{
    if (json.size == 0)
        return ZEST_OK;
    json_error_t why;
    json_t *root = json_loadb(json.data, json.size, JSON_REJECT_DUPLICATES, &why);
    if (!root)
        return zest_fail_param(error, ZEST_INVALID_JSON, "config", "config is not JSON: %s", why.text);
    enum zest_status status = ZEST_OK;
    struct zest_benchmark_config changed = *config;
    const char *key;
    json_t *value;
    if (!json_is_object(root))
        status = zest_fail_param(error, ZEST_WRONG_TYPE, "config", "config is not a JSON object");
    else
        json_object_foreach(root, key, value) if (status == ZEST_OK) status = set(&changed, key, value, error);
    json_decref(root);
    if (status == ZEST_OK && changed.heads % changed.kv_heads)
        status = zest_fail_param(error, ZEST_OUT_OF_RANGE, "config",
                                 "config.heads is %" PRId64 ", not a multiple of config.kv_heads, %" PRId64,
                                 changed.heads, changed.kv_heads);
    if (status == ZEST_OK)
        *config = changed;
    return status;
}

struct zest_text zest_benchmark_print(struct zest_arena *arena, const struct zest_benchmark_config *config)
{
    return zest_text_format(arena,
                            "{\"batch_size\":%" PRId64 ",\"seq_len\":%" PRId64 ",\"rows\":%" PRId64 ",\"cols\":%" PRId64
                            ",\"heads\":%" PRId64 ",\"kv_heads\":%" PRId64 ",\"head_dim\":%" PRId64
                            ",\"repeat\":%" PRId64 ",\"threads\":%" PRId64 ",\"variant\":\"%s\"}",
                            config->batch_size, config->seq_len, config->rows, config->cols, config->heads,
                            config->kv_heads, config->head_dim, config->repeat, config->threads, config->variant);
}
