/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_write.c - the structs of the contracts to JSON, driven by their descriptions.
 *
 * Writes straight into the caller's buffer: room is asked for once a value (once a thousand numbers in arrays), and
 * what is plain is copied in runs. Texts that are no UTF-8 are written with U+FFFD for their bad bytes, so that every
 * output is JSON. Threads: none of its own.
 */
#include <math.h>

#include <zest/json.h>

#include "json_scan.h"

/* `blob` counts the bytes of tensors that are referred to; NULL: tensors are nested arrays. */
static void write_object(const struct zest_object *object, const char *value, uint64_t *blob, struct zest_buffer *out);

static inline void put(struct zest_buffer *out, const char *text, size_t size)
{
    if (size <= out->capacity - out->size || zest_buffer_reserve(out, size)) {
        memcpy(out->data + out->size, text, size);
        out->size += size;
    }
}

static inline void put_char(struct zest_buffer *out, char c)
{
    if (out->size < out->capacity || zest_buffer_reserve(out, 1))
        out->data[out->size++] = c;
}

#define PUT(out, literal) put((out), (literal), sizeof(literal) - 1)

/* ---- numbers --------------------------------------------------------------------------------------------------- */

/* At most 20 characters; the end. */
static char *digits(uint64_t value, char *at)
{
    static const char pairs[] =
        "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748"
        "49505152535455565758596061626364656667686970717273747576777879808182838485868788899091929394959697"
        "9899";
    char reversed[20], *r = reversed + sizeof(reversed);
    while (value >= 100) {
        r -= 2;
        memcpy(r, pairs + value % 100 * 2, 2);
        value /= 100;
    }
    if (value >= 10) {
        r -= 2;
        memcpy(r, pairs + value * 2, 2);
    } else {
        *--r = (char)('0' + value);
    }
    size_t size = (size_t)(reversed + sizeof(reversed) - r);
    memcpy(at, r, size);
    return at + size;
}

static char *signed_digits(int64_t value, char *at)
{
    if (value >= 0)
        return digits((uint64_t)value, at);
    *at = '-';
    return digits(0 - (uint64_t)value, at + 1);
}

static char *real(double value, bool is_float, char *at)
{
    if (!isfinite(value)) {
        memcpy(at, "null", 4);
        return at + 4;
    }
    return at + (is_float ? zest_json_format_float((float)value, at) : zest_json_format_double(value, at));
}

/* One number or boolean; there is room for ZEST_JSON_NUMBER_MAX. */
static char *scalar(enum zest_field_type type, const char *value, char *at)
{
    switch (type) {
    case ZEST_FIELD_INT32:
        return signed_digits(*(const int32_t *)value, at);
    case ZEST_FIELD_INT64:
        return signed_digits(*(const int64_t *)value, at);
    case ZEST_FIELD_UINT64:
        return digits(*(const uint64_t *)value, at);
    case ZEST_FIELD_FLOAT:
        return real((double)*(const float *)value, true, at);
    case ZEST_FIELD_DOUBLE:
        return real(*(const double *)value, false, at);
    default: /* ZEST_FIELD_BOOL */
        memcpy(at, *(const bool *)value ? "true" : "false", 5);
        return at + (*(const bool *)value ? 4 : 5);
    }
}

static void write_scalar(enum zest_field_type type, const char *value, struct zest_buffer *out)
{
    if (zest_buffer_reserve(out, ZEST_JSON_NUMBER_MAX))
        out->size = (size_t)(scalar(type, value, out->data + out->size) - out->data);
}

static void write_scalars(enum zest_field_type type, size_t size, const char *items, size_t count,
                          struct zest_buffer *out)
{
    enum { CHUNK = 1024 };
    put_char(out, '[');
    for (size_t i = 0; i < count;) {
        size_t end = count - i > CHUNK ? i + CHUNK : count;
        if (!zest_buffer_reserve(out, (end - i) * (ZEST_JSON_NUMBER_MAX + 1)))
            return;
        char *at = out->data + out->size;
        for (; i < end; i++) {
            at = scalar(type, items + i * size, at);
            *at++ = ',';
        }
        out->size = (size_t)(at - out->data);
    }
    if (count)
        out->data[out->size - 1] = ']';
    else
        put_char(out, ']');
}

void zest_json_write_double(double number, struct zest_buffer *out)
{
    write_scalar(ZEST_FIELD_DOUBLE, (const char *)&number, out);
}

/* ---- texts ----------------------------------------------------------------------------------------------------- */

static void write_escape(unsigned char c, struct zest_buffer *out)
{
    static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt", hex[] = "0123456789abcdef";
    const char *found = c ? strchr(from, c) : NULL;
    if (found) {
        put(out, (char[]){'\\', to[found - from]}, 2);
        return;
    }
    put(out, (char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
}

/* The bytes of `text` that come before a quote, a backslash, a control character or (ret_ascii false) hold others. */
static size_t plain_size(const char *text, size_t size, bool *ret_ascii)
{
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    uint64_t eight, seen = 0;
    size_t i = 0;
    for (; size - i >= 8; i += 8) {
        memcpy(&eight, text + i, 8);
        uint64_t quote = eight ^ (ones * '"'), slash = eight ^ (ones * '\\');
        if ((((quote - ones) & ~quote) | ((slash - ones) & ~slash) | ((eight - ones * 0x20) & ~eight)) & highs)
            break;
        seen |= eight;
    }
    for (; i < size && (unsigned char)text[i] >= 0x20 && text[i] != '"' && text[i] != '\\'; i++)
        seen |= (unsigned char)text[i];
    *ret_ascii = *ret_ascii && !(seen & highs);
    return i;
}

/* The text between the quotes; false where it held more than ASCII. */
static bool write_runs(struct zest_text text, struct zest_buffer *out)
{
    bool is_ascii = true;
    size_t i = 0;
    while (i < text.size) {
        size_t run = plain_size(text.data + i, text.size - i, &is_ascii);
        put(out, text.data + i, run);
        i += run;
        if (i < text.size)
            write_escape((unsigned char)text.data[i++], out);
    }
    return is_ascii;
}

void zest_json_write_text(struct zest_text text, struct zest_buffer *out)
{
    size_t start = out->size;
    put_char(out, '"');
    if (!write_runs(text, out) && !zest_utf8_valid(text, NULL)) {
        struct zest_arena arena;
        zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
        out->size = start;
        put_char(out, '"');
        struct zest_text lossy = zest_utf8_lossy(&arena, text);
        write_runs(lossy, out);
        if (!lossy.data)
            out->failed = true;
        zest_arena_finish(&arena);
    }
    put_char(out, '"');
}

static void write_bytes(struct zest_text bytes, struct zest_buffer *out)
{
    put_char(out, '"');
    if (bytes.size < SIZE_MAX / 2 && zest_buffer_reserve(out, (bytes.size + 2) / 3 * 4))
        out->size += zest_base64_encode(bytes, out->data + out->size);
    put_char(out, '"');
}

/* A text of JSON is the maker's promise; nothing reads as null. */
static void write_raw(struct zest_text json, struct zest_buffer *out)
{
    if (json.size)
        put(out, json.data, json.size);
    else
        PUT(out, "null");
}

/* ---- tensors, arrays, objects ---------------------------------------------------------------------------------- */

static const char *write_axis(const struct zest_tensor *tensor, uint32_t axis, const char *data,
                              struct zest_buffer *out)
{
    enum zest_field_type type = tensor->dtype == ZEST_DTYPE_F32 ? ZEST_FIELD_FLOAT : ZEST_FIELD_INT32;
    if (axis + 1 >= tensor->rank || axis + 1 == ZEST_TENSOR_RANK_MAX) {
        size_t count = tensor->rank ? (size_t)tensor->shape[axis] : 0;
        write_scalars(type, 4, data, count, out);
        return data + count * 4;
    }
    put_char(out, '[');
    for (uint64_t i = 0; i < tensor->shape[axis] && !out->failed; i++) {
        if (i)
            put_char(out, ',');
        data = write_axis(tensor, axis + 1, data, out);
    }
    put_char(out, ']');
    return data;
}

size_t zest_tensor_bytes(const struct zest_tensor *tensor)
{
    uint64_t count = tensor->rank ? 4 : 0;
    for (uint32_t i = 0; i < tensor->rank; i++)
        count *= tensor->shape[i];
    return (size_t)count;
}

static void write_ref(const struct zest_tensor *tensor, uint64_t *blob, struct zest_buffer *out)
{
    zest_buffer_printf(out, "{\"dtype\":\"%s\",\"shape\":", tensor->dtype == ZEST_DTYPE_F32 ? "f32" : "i32");
    write_scalars(ZEST_FIELD_UINT64, sizeof(uint64_t), (const char *)tensor->shape, tensor->rank, out);
    zest_buffer_printf(out, ",\"offset\":%llu}", (unsigned long long)*blob);
    *blob += (zest_tensor_bytes(tensor) + ZEST_WIRE_ALIGN - 1) / ZEST_WIRE_ALIGN * ZEST_WIRE_ALIGN;
}

static void write_tensor(const struct zest_tensor *tensor, uint64_t *blob, struct zest_buffer *out)
{
    if (blob)
        write_ref(tensor, blob, out);
    else
        write_axis(tensor, 0, tensor->data, out);
}

static void write_value(const struct zest_field *field, const char *value, uint64_t *blob, struct zest_buffer *out)
{
    switch (field->type) {
    case ZEST_FIELD_STRING:
        zest_json_write_text(*(const struct zest_text *)value, out);
        break;
    case ZEST_FIELD_BYTES:
        write_bytes(*(const struct zest_text *)value, out);
        break;
    case ZEST_FIELD_JSON:
        write_raw(*(const struct zest_text *)value, out);
        break;
    case ZEST_FIELD_ENUM: {
        uint32_t index = *(const uint32_t *)value;
        zest_json_write_text(zest_text_of(index < field->enum_count ? field->enum_names[index] : ""), out);
        break;
    }
    case ZEST_FIELD_OBJECT:
        write_object(field->object, value, blob, out);
        break;
    case ZEST_FIELD_TENSOR:
        write_tensor((const struct zest_tensor *)value, blob, out);
        break;
    default:
        write_scalar(field->type, value, out);
    }
}

static void write_array(const struct zest_field *field, const char *value, uint64_t *blob, struct zest_buffer *out)
{
    const char *items = *(const char *const *)(value + field->offset);
    size_t count = *(const size_t *)(value + field->count_offset), size = zest_json_item_size(field);
    if (field->type <= ZEST_FIELD_DOUBLE) {
        write_scalars(field->type, size, items, count, out);
        return;
    }
    put_char(out, '[');
    for (size_t i = 0; i < count && !out->failed; i++) {
        if (i)
            put_char(out, ',');
        write_value(field, items + i * size, blob, out);
    }
    put_char(out, ']');
}

static void write_object(const struct zest_object *object, const char *value, uint64_t *blob, struct zest_buffer *out)
{
    put_char(out, '{');
    for (size_t i = 0; i < object->field_count; i++) {
        const struct zest_field *field = &object->fields[i];
        if (i)
            put_char(out, ',');
        put_char(out, '"');
        put(out, field->name, strlen(field->name));
        PUT(out, "\":");
        if (field->is_array)
            write_array(field, value, blob, out);
        else
            write_value(field, value + field->offset, blob, out);
    }
    put_char(out, '}');
}

void zest_json_write(const struct zest_object *object, const void *value, struct zest_buffer *out)
{
    write_object(object, value, NULL, out);
}

void zest_json_write_refs(const struct zest_object *object, const void *value, uint64_t *blob_size,
                          struct zest_buffer *out)
{
    write_object(object, value, blob_size, out);
}
