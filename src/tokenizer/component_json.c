/* SPDX-License-Identifier: Apache-2.0 */
/* component_json.c - reading the fields of a component's JSON. Stateless. */
#include "component_json.h"

#include <stdio.h>
#include <stdlib.h>

#define SHOWN_MAX 80 /* characters of a wrong value in a message */

void zest_component_refuse(struct zest_component_reader *reader, const char *field, const char *wanted)
{
    if (reader->status != ZEST_OK)
        return;
    const json_t *value = json_object_get(reader->json, field);
    char *shown = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    reader->status =
        value ? zest_fail(reader->error, ZEST_MODEL_DAMAGED, "%s: %s is %.*s; %s", reader->name, field, SHOWN_MAX,
                          shown ? shown : "?", wanted)
              : zest_fail(reader->error, ZEST_MODEL_DAMAGED, "%s: %s is missing; %s", reader->name, field, wanted);
    free(shown);
}

size_t zest_component_size(struct zest_component_reader *reader, const char *field, size_t missing)
{
    const json_t *value = json_object_get(reader->json, field);
    if ((!value || json_is_null(value)) && missing != SIZE_MAX)
        return missing;
    if (json_is_integer(value) && json_integer_value(value) >= 0)
        return (size_t)json_integer_value(value);
    zest_component_refuse(reader, field, "a whole number from 0 is wanted");
    return 0;
}

bool zest_component_bool(struct zest_component_reader *reader, const char *field, int missing)
{
    const json_t *value = json_object_get(reader->json, field);
    if (!value && missing >= 0)
        return missing > 0;
    if (!json_is_boolean(value))
        zest_component_refuse(reader, field, "true or false is wanted");
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
    zest_component_refuse(reader, field, wanted);
    return 0;
}

struct zest_text zest_component_text(struct zest_component_reader *reader, const char *field, struct zest_arena *arena)
{
    const json_t *value = json_object_get(reader->json, field);
    if (!json_is_string(value)) {
        zest_component_refuse(reader, field, "a text is wanted");
        return ZEST_TEXT("");
    }
    struct zest_text text =
        zest_text_copy(arena, (struct zest_text){json_string_value(value), json_string_length(value)});
    if (!text.data && reader->status == ZEST_OK)
        reader->status = zest_fail(reader->error, ZEST_OUT_OF_MEMORY, "no memory for %s", field);
    return text.data ? text : ZEST_TEXT("");
}

void zest_component_closed(struct zest_component_reader *reader, const char *const *fields, size_t count)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)reader->json, key, value)
    {
        bool known = strcmp(key, "type") == 0;
        for (size_t i = 0; i < count && !known; i++)
            known = strcmp(key, fields[i]) == 0;
        if (!known)
            zest_component_refuse(reader, key, "there is no such field");
    }
}
