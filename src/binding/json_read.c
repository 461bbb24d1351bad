/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_read.c - JSON to the structs of the contracts, driven by their descriptions: objects, defaults, documents.
 *
 * One walk over the text: no document tree; arrays and unescaped texts go into the caller's arena, other texts point
 * into the input. Start reading at zest_json_read. Threads: none of its own.
 */
#include <assert.h>
#include <stdio.h>

#include <zest/json.h>

#include "json_values.h"

/* ---- objects --------------------------------------------------------------------------------------------------- */

/* One value of the field's type; of an array field: one item. */
enum zest_status zest_json_value(struct zest_json_scan *s, const struct zest_field *field, char *out)
{
    if (field->type == ZEST_FIELD_OBJECT)
        return zest_json_object(s, field->object, out);
    if (field->type == ZEST_FIELD_TENSOR)
        return zest_json_tensor(s, field, out);
    return zest_json_scalar(s, field, out);
}

static enum zest_status read_field(struct zest_json_scan *s, const struct zest_field *field, char *out)
{
    return field->is_array ? zest_json_array(s, field, out) : zest_json_value(s, field, out + field->offset);
}

/* Fields mostly come in the contract's order, so the search begins behind the last one. */
static size_t find_field(const struct zest_object *object, struct zest_text name, size_t hint)
{
    for (size_t i = 0; i < object->field_count; i++, hint++) {
        if (hint >= object->field_count)
            hint = 0;
        const char *known = object->fields[hint].name;
        if (!strncmp(known, name.data, name.size) && known[name.size] == '\0')
            return hint;
    }
    return SIZE_MAX;
}

static enum zest_status unknown_field(const struct zest_json_scan *s, const struct zest_object *object,
                                      struct zest_text name)
{
    char list[300];
    size_t size = 0;
    list[0] = '\0';
    for (size_t i = 0; i < object->field_count && size < sizeof(list); i++)
        size += (size_t)snprintf(list + size, sizeof(list) - size, "%s%s", i ? ", " : "", object->fields[i].name);
    struct zest_json_place place = {.up = s->place, .name = name};
    struct zest_json_scan inner = *s;
    inner.place = &place;
    if (!object->field_count)
        return zest_json_fail(&inner, ZEST_UNKNOWN_FIELD, "is not known; this object has no fields");
    return zest_json_fail(&inner, ZEST_UNKNOWN_FIELD, "is not known; the fields are %s", list);
}

static enum zest_status fail_at(const struct zest_json_scan *s, const char *name, enum zest_status code,
                                const char *text)
{
    struct zest_json_place place = {.up = s->place, .name = zest_text_of(name)};
    struct zest_json_scan inner = *s;
    inner.place = &place;
    return zest_json_fail(&inner, code, "%s", text);
}

static enum zest_status default_of(struct zest_arena *arena, const struct zest_field *field, char *out,
                                   struct zest_error *error);

/* Fields that were not given: an error where required, else the default. */
static enum zest_status fill_rest(struct zest_json_scan *s, const struct zest_object *object, uint64_t seen, char *out)
{
    for (size_t i = 0; i < object->field_count; i++) {
        const struct zest_field *field = &object->fields[i];
        if (seen >> i & 1)
            continue;
        if (field->is_required)
            return fail_at(s, field->name, ZEST_MISSING_FIELD, "is required, and was not given");
        enum zest_status status = default_of(s->arena, field, out, s->error);
        if (status != ZEST_OK)
            return status;
    }
    return ZEST_OK;
}

/* One "name": value; s->at is at the name's quote. */
static enum zest_status read_member(struct zest_json_scan *s, const struct zest_object *object, uint64_t *seen,
                                    size_t *hint, char *out)
{
    struct zest_text name;
    if (zest_json_peek(s) != '"')
        return zest_json_syntax(s, "a name in quotes");
    enum zest_status status = zest_json_string(s, &name);
    if (status != ZEST_OK)
        return status;
    size_t index = find_field(object, name, *hint);
    if (index == SIZE_MAX)
        return unknown_field(s, object, name);
    const struct zest_field *field = &object->fields[index];
    if (*seen >> index & 1)
        return fail_at(s, field->name, ZEST_INVALID_JSON, "is there twice");
    zest_json_blank(s);
    if (zest_json_peek(s) != ':')
        return zest_json_syntax(s, "':'");
    s->at++;
    zest_json_blank(s);
    *seen |= (uint64_t)1 << index;
    *hint = index + 1;
    struct zest_json_place place = {.up = s->place, .name = name};
    s->place = &place;
    status = read_field(s, field, out);
    s->place = place.up;
    return status;
}

enum zest_status zest_json_object(struct zest_json_scan *s, const struct zest_object *object, char *out)
{
    uint64_t seen = 0;
    size_t hint = 0;
    assert(object->field_count <= 64); /* `seen` has a bit for each */
    if (zest_json_peek(s) != '{')
        return zest_json_wrong_type(s, "an object");
    s->at++;
    zest_json_blank(s);
    if (zest_json_peek(s) == '}') {
        s->at++;
        return fill_rest(s, object, seen, out);
    }
    for (;;) {
        enum zest_status status = read_member(s, object, &seen, &hint, out);
        if (status != ZEST_OK)
            return status;
        zest_json_blank(s);
        char next = zest_json_peek(s);
        if (next != ',' && next != '}')
            return zest_json_syntax(s, "',' or '}'");
        s->at++;
        if (next == '}')
            return fill_rest(s, object, seen, out);
        zest_json_blank(s);
    }
}

/* ---- defaults -------------------------------------------------------------------------------------------------- */

static enum zest_status fill_defaults(struct zest_arena *arena, const struct zest_object *object, char *out,
                                      struct zest_error *error)
{
    for (size_t i = 0; i < object->field_count; i++) {
        enum zest_status status = default_of(arena, &object->fields[i], out, error);
        if (status != ZEST_OK)
            return status;
    }
    return ZEST_OK;
}

/* `out` is the struct, whose bytes are zero. */
static enum zest_status default_of(struct zest_arena *arena, const struct zest_field *field, char *out,
                                   struct zest_error *error)
{
    if (!field->default_json) {
        if (field->type == ZEST_FIELD_OBJECT && !field->is_array)
            return fill_defaults(arena, field->object, out + field->offset, error);
        if (field->type == ZEST_FIELD_JSON && !field->is_array)
            *(struct zest_text *)(out + field->offset) = ZEST_TEXT("null");
        return ZEST_OK;
    }
    struct zest_text json = zest_text_of(field->default_json);
    struct zest_json_scan s = {
        .start = json.data, .at = json.data, .end = json.data + json.size, .arena = arena, .error = error};
    return read_field(&s, field, out);
}

enum zest_status zest_json_defaults(const struct zest_object *object, struct zest_arena *arena, void *ret_struct,
                                    struct zest_error *error)
{
    memset(ret_struct, 0, object->size);
    return fill_defaults(arena, object, ret_struct, error);
}

/* ---- documents ------------------------------------------------------------------------------------------------- */

static enum zest_status read_document(struct zest_json_scan *s, const struct zest_object *object, char *out)
{
    size_t bad;
    struct zest_text json = {s->start, (size_t)(s->end - s->start)};
    if (!zest_utf8_valid(json, &bad))
        return zest_json_fail(s, ZEST_INVALID_UTF8, "has the byte 0x%02x at offset %zu, which is no UTF-8",
                              (unsigned char)json.data[bad], bad);
    zest_json_blank(s);
    if (s->at == s->end)
        return zest_json_fail(s, ZEST_INVALID_JSON, "is empty; it must be one JSON object");
    enum zest_status status = zest_json_object(s, object, out);
    if (status != ZEST_OK)
        return status;
    zest_json_blank(s);
    return s->at == s->end ? ZEST_OK : zest_json_syntax(s, "nothing behind the document");
}

static enum zest_status read_with(const struct zest_object *object, struct zest_text json, const struct zest_text *blob,
                                  struct zest_arena *arena, void *ret_struct, struct zest_error *error)
{
    struct zest_json_scan s = {.start = json.data,
                               .at = json.data,
                               .end = json.data + json.size,
                               .arena = arena,
                               .error = error,
                               .blob = blob};
    assert(arena && (json.data || json.size == 0));
    char *out = zest_alloc_zero(arena, object->size, _Alignof(max_align_t));
    if (!out)
        return zest_json_no_memory(&s);
    enum zest_status status = read_document(&s, object, out);
    if (status == ZEST_OK)
        memcpy(ret_struct, out, object->size);
    return status;
}

enum zest_status zest_json_read(const struct zest_object *object, struct zest_text json, struct zest_arena *arena,
                                void *ret_struct, struct zest_error *error)
{
    return read_with(object, json, NULL, arena, ret_struct, error);
}

enum zest_status zest_json_read_refs(const struct zest_object *object, struct zest_text json, struct zest_text blob,
                                     struct zest_arena *arena, void *ret_struct, struct zest_error *error)
{
    return read_with(object, json, &blob, arena, ret_struct, error);
}

bool zest_json_valid(struct zest_text text)
{
    struct zest_json_scan s = {.start = text.data, .at = text.data, .end = text.data + text.size};
    if (!zest_utf8_valid(text, NULL))
        return false;
    zest_json_blank(&s);
    if (zest_json_skip(&s) != ZEST_OK)
        return false;
    zest_json_blank(&s);
    return s.at == s.end;
}
