/* SPDX-License-Identifier: Apache-2.0 */
/* model_json.c - see model_json.h. */
#include "model_json.h"

static enum zest_status wrong_type(const char *what, const char *name, const json_t *value, const char *wanted,
                                   struct zest_error *error)
{
    static const char *const names[] = {[JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list",
                                        [JSON_STRING] = "a string",  [JSON_INTEGER] = "a whole number",
                                        [JSON_REAL] = "a number",    [JSON_TRUE] = "true",
                                        [JSON_FALSE] = "false",      [JSON_NULL] = "null"};
    return zest_fail_param(error, ZEST_WRONG_TYPE, name, "\"%s\" of %s is %s, not %s", name, what,
                           names[json_typeof(value)], wanted);
}

enum zest_status zest_fields_only(const json_t *json, const char *what, const char *const *names,
                                  struct zest_error *error)
{
    const char *key;
    json_t *value;
    if (!json_is_object(json))
        return zest_fail(error, ZEST_WRONG_TYPE, "%s is not a JSON object", what);
    json_object_foreach((json_t *)json, key, value)
    {
        bool is_known = !strcmp(key, "type");
        for (const char *const *name = names; *name && !is_known; name++)
            is_known = !strcmp(key, *name);
        if (!is_known)
            return zest_fail_param(error, ZEST_UNKNOWN_FIELD, key, "%s has no field \"%.80s\"", what, key);
    }
    return ZEST_OK;
}

enum zest_status zest_fields_take_bool(const json_t *json, const char *what, const char *name, bool *value,
                                       struct zest_error *error)
{
    const json_t *field = json_object_get(json, name);
    if (!field || json_is_null(field))
        return ZEST_OK;
    if (!json_is_boolean(field))
        return wrong_type(what, name, field, "true or false", error);
    *value = json_is_true(field);
    return ZEST_OK;
}

enum zest_status zest_fields_take_text(const json_t *json, const char *what, const char *name, struct zest_text *value,
                                       struct zest_error *error)
{
    const json_t *field = json_object_get(json, name);
    if (!field || json_is_null(field))
        return ZEST_OK;
    if (!json_is_string(field))
        return wrong_type(what, name, field, "a string", error);
    *value = (struct zest_text){json_string_value(field), json_string_length(field)};
    return ZEST_OK;
}

enum zest_status zest_fields_take_count(const json_t *json, const char *what, const char *name, uint64_t most,
                                        uint64_t *value, struct zest_error *error)
{
    const json_t *field = json_object_get(json, name);
    if (!field || json_is_null(field))
        return ZEST_OK;
    if (!json_is_integer(field))
        return wrong_type(what, name, field, "a whole number", error);
    json_int_t number = json_integer_value(field);
    if (number < 0 || (uint64_t)number > most)
        return zest_fail_param(error, ZEST_OUT_OF_RANGE, name, "\"%s\" of %s is %lld, 0 to %llu are possible", name,
                               what, (long long)number, (unsigned long long)most);
    *value = (uint64_t)number;
    return ZEST_OK;
}

enum zest_status zest_fields_require(const json_t *json, const char *what, const char *name, struct zest_error *error)
{
    const json_t *field = json_object_get(json, name);
    if (field && !json_is_null(field))
        return ZEST_OK;
    return zest_fail_param(error, ZEST_MISSING_FIELD, name, "%s lacks \"%s\"", what, name);
}
