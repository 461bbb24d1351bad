/* SPDX-License-Identifier: Apache-2.0 */
/* component_json.c - reading the fields of a component's JSON. Stateless. */
#include "component_json.h"

#include "unicode_class.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define SHOWN_MAX 80 /* characters of a wrong value in a message */

/* At most SHOWN_MAX bytes, of whole characters. */
static int shown_size(const char *shown)
{
    size_t size = strnlen(shown, SHOWN_MAX + 1);
    if (size > SHOWN_MAX)
        for (size = SHOWN_MAX; size > 0 && zest_utf8_continues((unsigned char)shown[size]);)
            size--;
    return (int)size;
}

void zest_component_refuse(struct zest_component_reader *reader, enum zest_status status, const char *field,
                           const char *wanted)
{
    assert(status != ZEST_OK && field && wanted);
    if (reader->status != ZEST_OK)
        return;
    const json_t *value = json_object_get(reader->json, field);
    if (!value) {
        reader->status = zest_fail_param(reader->error, ZEST_MISSING_FIELD, field, "%s: %s is missing; %s",
                                         reader->name, field, wanted);
        return;
    }
    char *dumped = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    const char *shown = dumped ? dumped : "?";
    reader->status = zest_fail_param(reader->error, status, field, "%s: %.*s is %.*s; %s", reader->name,
                                     shown_size(field), field, shown_size(shown), shown, wanted);
    free(dumped);
}

bool zest_component_has(const struct zest_component_reader *reader, const char *field)
{
    const json_t *value = json_object_get(reader->json, field);
    return value && !json_is_null(value);
}

size_t zest_component_size(struct zest_component_reader *reader, const char *field, size_t missing)
{
    const json_t *value = json_object_get(reader->json, field);
    if ((!value || json_is_null(value)) && missing != SIZE_MAX)
        return missing;
    if (json_is_integer(value) && json_integer_value(value) >= 0)
        return (size_t)json_integer_value(value);
    zest_component_refuse(reader, json_is_integer(value) ? ZEST_OUT_OF_RANGE : ZEST_WRONG_TYPE, field,
                          "a whole number from 0 is wanted");
    return 0;
}

size_t zest_component_within(struct zest_component_reader *reader, const char *field, size_t least, size_t most)
{
    assert(least <= most);
    const json_t *value = json_object_get(reader->json, field);
    json_int_t number = json_integer_value(value);
    if (json_is_integer(value) && number >= 0 && (size_t)number >= least && (size_t)number <= most)
        return (size_t)number;
    char wanted[100];
    snprintf(wanted, sizeof wanted, "a whole number from %zu to %zu is wanted", least, most);
    zest_component_refuse(reader, json_is_integer(value) ? ZEST_OUT_OF_RANGE : ZEST_WRONG_TYPE, field, wanted);
    return least;
}

bool zest_component_bool(struct zest_component_reader *reader, const char *field, int missing)
{
    const json_t *value = json_object_get(reader->json, field);
    if (!value && missing >= 0)
        return missing > 0;
    if (!json_is_boolean(value))
        zest_component_refuse(reader, ZEST_WRONG_TYPE, field, "true or false is wanted");
    return json_is_true(value);
}

int zest_component_choice(struct zest_component_reader *reader, const char *field, const char *const *names,
                          size_t count, int missing)
{
    const json_t *value = json_object_get(reader->json, field);
    if (!value && missing >= 0)
        return missing;
    for (size_t i = 0; json_is_string(value) && i < count; i++)
        if (strcmp(json_string_value(value), names[i]) == 0)
            return (int)i;
    char wanted[200];
    size_t used = 0;
    for (size_t i = 0; i < count && used < sizeof wanted; i++)
        used += (size_t)snprintf(wanted + used, sizeof wanted - used, "%s\"%s\"", i > 0 ? " or " : "", names[i]);
    snprintf(wanted + (used < 180 ? used : 180), 20, " is wanted");
    zest_component_refuse(reader, json_is_string(value) ? ZEST_UNSUPPORTED : ZEST_WRONG_TYPE, field, wanted);
    return 0;
}

static struct zest_text copied(struct zest_component_reader *reader, const char *field, const json_t *string,
                               struct zest_arena *arena)
{
    struct zest_text text = {json_string_value(string), json_string_length(string)};
    if (!arena)
        return text;
    text = zest_text_copy(arena, text);
    if (!text.data && reader->status == ZEST_OK)
        reader->status = zest_fail(reader->error, ZEST_OUT_OF_MEMORY, "no memory for %s of %s", field, reader->name);
    return text.data ? text : ZEST_TEXT("");
}

struct zest_text zest_component_text(struct zest_component_reader *reader, const char *field, struct zest_arena *arena)
{
    const json_t *value = json_object_get(reader->json, field);
    if (!json_is_string(value)) {
        zest_component_refuse(reader, ZEST_WRONG_TYPE, field, "a text is wanted");
        return ZEST_TEXT("");
    }
    return copied(reader, field, value, arena);
}

struct zest_text zest_component_character(struct zest_component_reader *reader, const char *field,
                                          struct zest_arena *arena)
{
    struct zest_text text = zest_component_text(reader, field, arena);
    uint32_t length = 0;
    if (text.size > 0)
        zest_utf8_decode((const unsigned char *)text.data, &length);
    if (length == 0 || length != text.size)
        zest_component_refuse(reader, ZEST_INVALID_ARGUMENT, field, "one character is wanted");
    return text;
}

struct zest_text zest_component_pattern(struct zest_component_reader *reader, const char *field,
                                        struct zest_arena *arena, bool *ret_is_regex)
{
    const json_t *pattern = json_object_get(reader->json, field);
    const json_t *regex = json_object_get(pattern, "Regex"),
                 *value = regex ? regex : json_object_get(pattern, "String");
    *ret_is_regex = regex != NULL;
    if (json_object_size(pattern) != 1 || !json_is_string(value)) {
        zest_component_refuse(reader, ZEST_WRONG_TYPE, field, "{\"String\": …} or {\"Regex\": …} is wanted");
        return ZEST_TEXT("");
    }
    return copied(reader, field, value, arena);
}

void zest_component_closed(struct zest_component_reader *reader, const char *const *fields, size_t count)
{
    const char *key;
    json_t *value;
    if (reader->status == ZEST_OK && !json_is_object(reader->json))
        reader->status = zest_fail(reader->error, ZEST_WRONG_TYPE, "%s is no object", reader->name);
    json_object_foreach((json_t *)reader->json, key, value)
    {
        bool known = strcmp(key, "type") == 0;
        for (size_t i = 0; i < count && !known; i++)
            known = strcmp(key, fields[i]) == 0;
        if (!known)
            zest_component_refuse(reader, ZEST_UNKNOWN_FIELD, key, "there is no such field");
    }
}
