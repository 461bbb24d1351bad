/* SPDX-License-Identifier: Apache-2.0 */
/*
 * normalizer_json.c - reads the fields of a normalizer. The reference passes over fields that it does not know; here
 * they are errors, as what they ask for would silently not happen. Stateless: any thread.
 */
#include "normalizer_kinds.h"

#include <assert.h>

static bool is_known(const char *name, const char *const *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, fields[i]) == 0)
            return true;
    return strcmp(name, "type") == 0;
}

enum zest_status zest_normalizer_fields(const json_t *json, const char *type, const char *const *fields, size_t count,
                                        struct zest_error *error)
{
    const char *name;
    json_t *value;
    assert(json_is_object(json));
    json_object_foreach((json_t *)json, name, value) if (!is_known(name, fields, count)) return zest_fail_param(
        error, ZEST_UNKNOWN_FIELD, name, "the normalizer %s has no field \"%.100s\"", type, name);
    return ZEST_OK;
}

static enum zest_status find(const json_t *json, const char *type, const char *field, const json_t **ret_value,
                             struct zest_error *error)
{
    *ret_value = json_object_get(json, field);
    if (!*ret_value)
        return zest_fail_param(error, ZEST_MISSING_FIELD, field, "the normalizer %s lacks its field \"%s\"", type,
                               field);
    return ZEST_OK;
}

enum zest_status zest_normalizer_bool(const json_t *json, const char *type, const char *field, bool *ret_value,
                                      struct zest_error *error)
{
    const json_t *value;
    enum zest_status status = find(json, type, field, &value, error);
    if (status != ZEST_OK)
        return status;
    if (!json_is_boolean(value))
        return zest_fail_param(error, ZEST_WRONG_TYPE, field, "\"%s\" of the normalizer %s is neither true nor false",
                               field, type);
    *ret_value = json_is_true(value);
    return ZEST_OK;
}

enum zest_status zest_normalizer_text(const json_t *json, const char *type, const char *field, struct zest_arena *arena,
                                      struct zest_text *ret_text, struct zest_error *error)
{
    const json_t *value;
    enum zest_status status = find(json, type, field, &value, error);
    if (status != ZEST_OK)
        return status;
    if (!json_is_string(value))
        return zest_fail_param(error, ZEST_WRONG_TYPE, field, "\"%s\" of the normalizer %s is no string", field, type);
    *ret_text = zest_text_copy(arena, (struct zest_text){json_string_value(value), json_string_length(value)});
    if (!ret_text->data)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the normalizer %s", type);
    return ZEST_OK;
}

enum zest_status zest_normalizer_plain(const struct zest_normalizer_kind *kind, const json_t *json,
                                       struct zest_arena *arena, struct zest_normalizer **ret_normalizer,
                                       struct zest_error *error)
{
    enum zest_status status = zest_normalizer_fields(json, kind->type, NULL, 0, error);
    if (status != ZEST_OK)
        return status;
    struct zest_normalizer *normalizer = ZEST_NEW(arena, struct zest_normalizer);
    if (!normalizer)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the normalizer %s", kind->type);
    normalizer->kind = kind;
    *ret_normalizer = normalizer;
    return ZEST_OK;
}
