/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire.c - writes and reads application/x-zest bodies (<zest/wire.h> draws the layout).
 *
 * The JSON part is the codec's own, told to put a reference where a tensor stands; the numbers follow in the same order
 * in a second walk. Threads: none of its own.
 */
#include <assert.h>

#include <zest/wire.h>

#include "json_scan.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "application/x-zest is written as the machine has its numbers, which must be little-endian"
#endif

enum { HEADER = 12, VERSION = 1 };

bool zest_wire_has_tensor(const struct zest_object *object)
{
    for (size_t i = 0; i < object->field_count; i++) {
        const struct zest_field *field = &object->fields[i];
        if (field->type == ZEST_FIELD_TENSOR ||
            (field->type == ZEST_FIELD_OBJECT && zest_wire_has_tensor(field->object)))
            return true;
    }
    return false;
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

static void pad(struct zest_buffer *out, size_t start)
{
    static const char blanks[ZEST_WIRE_ALIGN] = "                                                               ";
    size_t over = (out->size - start) % ZEST_WIRE_ALIGN;
    if (over)
        zest_buffer_append(out, blanks, ZEST_WIRE_ALIGN - over);
}

static void append_tensors(const struct zest_object *object, const char *value, size_t start, struct zest_buffer *out);

static void append_value(const struct zest_field *field, const char *value, size_t start, struct zest_buffer *out)
{
    if (field->type == ZEST_FIELD_OBJECT) {
        append_tensors(field->object, value, start, out);
    } else {
        const struct zest_tensor *tensor = (const struct zest_tensor *)value;
        assert(tensor->rank <= ZEST_TENSOR_RANK_MAX && (tensor->data || zest_tensor_bytes(tensor) == 0));
        zest_buffer_append(out, tensor->data, zest_tensor_bytes(tensor));
        pad(out, start);
    }
}

/* In the order in which the JSON part refers to them. */
static void append_tensors(const struct zest_object *object, const char *value, size_t start, struct zest_buffer *out)
{
    for (size_t i = 0; i < object->field_count; i++) {
        const struct zest_field *field = &object->fields[i];
        if (field->type != ZEST_FIELD_TENSOR &&
            (field->type != ZEST_FIELD_OBJECT || !zest_wire_has_tensor(field->object)))
            continue;
        const char *items = field->is_array ? *(const char *const *)(value + field->offset) : value + field->offset;
        size_t count = field->is_array ? *(const size_t *)(value + field->count_offset) : 1;
        for (size_t j = 0; j < count; j++)
            append_value(field, items + j * zest_json_item_size(field), start, out);
    }
}

void zest_wire_write(const struct zest_object *object, const void *value, struct zest_buffer *out)
{
    const uint32_t head[] = {VERSION, 0};
    size_t start = out->size;
    uint64_t blob = 0;
    zest_buffer_append(out, "zest", 4);
    zest_buffer_append(out, head, sizeof(head));
    zest_json_write_refs(object, value, &blob, out);
    size_t json_size = out->size - start - HEADER;
    if (out->failed || json_size > UINT32_MAX) {
        out->failed = true;
        return;
    }
    uint32_t stored = (uint32_t)json_size;
    memcpy(out->data + start + 8, &stored, 4);
    pad(out, start);
    append_tensors(object, value, start, out);
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

enum zest_status zest_wire_read(const struct zest_object *object, struct zest_text body, struct zest_arena *arena,
                                void *ret_struct, struct zest_error *error)
{
    uint32_t version, json_size;
    if (body.size < HEADER || memcmp(body.data, "zest", 4))
        return zest_fail(error, ZEST_INVALID_JSON,
                         "the body is no %s: it has %zu bytes and does not begin with \"zest\"", ZEST_WIRE_MEDIA,
                         body.size);
    memcpy(&version, body.data + 4, 4);
    memcpy(&json_size, body.data + 8, 4);
    if (version != VERSION)
        return zest_fail(error, ZEST_UNSUPPORTED, "the body is %s of version %u; this zest reads version %d",
                         ZEST_WIRE_MEDIA, version, VERSION);
    if (json_size > body.size - HEADER)
        return zest_fail(error, ZEST_INVALID_JSON, "the body is cut off: it says %u bytes of JSON and has %zu",
                         json_size, body.size - HEADER);
    size_t start = ((size_t)HEADER + json_size + ZEST_WIRE_ALIGN - 1) / ZEST_WIRE_ALIGN * ZEST_WIRE_ALIGN;
    struct zest_text blob = {body.data + body.size, 0};
    if (start < body.size)
        blob = (struct zest_text){body.data + start, body.size - start};
    return zest_json_read_refs(object, (struct zest_text){body.data + HEADER, json_size}, blob, arena, ret_struct,
                               error);
}
