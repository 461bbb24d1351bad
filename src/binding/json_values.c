/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_values.c - numbers, texts, names, booleans and free-form JSON into fields, with every limit of the contract.
 *
 * Threads: none of its own.
 */
#include <math.h>
#include <stdio.h>

#include <zest/json.h>

#include "json_values.h"

size_t zest_json_item_size(const struct zest_field *field)
{
    switch (field->type) {
    case ZEST_FIELD_BOOL:
        return sizeof(bool);
    case ZEST_FIELD_INT32:
    case ZEST_FIELD_ENUM:
        return sizeof(int32_t);
    case ZEST_FIELD_INT64:
    case ZEST_FIELD_UINT64:
        return sizeof(int64_t);
    case ZEST_FIELD_FLOAT:
        return sizeof(float);
    case ZEST_FIELD_DOUBLE:
        return sizeof(double);
    case ZEST_FIELD_OBJECT:
        return field->object->size;
    case ZEST_FIELD_TENSOR:
        return sizeof(struct zest_tensor);
    case ZEST_FIELD_STRING:
    case ZEST_FIELD_BYTES:
    case ZEST_FIELD_JSON:
        break;
    }
    return sizeof(struct zest_text);
}

enum zest_status zest_json_no_memory(const struct zest_json_scan *s)
{
    return zest_json_fail(s, ZEST_OUT_OF_MEMORY, "does not fit into the request's memory of %zu bytes",
                          s->arena->limit);
}

/* ---- numbers --------------------------------------------------------------------------------------------------- */

static enum zest_status out_of_range(const struct zest_json_scan *s, const struct zest_field *field,
                                     struct zest_text token, const char *type_limits)
{
    int size = (int)(token.size < 40 ? token.size : 40);
    if (field->has_minimum && field->has_maximum)
        return zest_json_fail(s, ZEST_OUT_OF_RANGE, "is %.*s; it must lie between %.15g and %.15g", size, token.data,
                              field->minimum, field->maximum);
    if (field->has_minimum && token.size && token.data[0] == '-')
        return zest_json_fail(s, ZEST_OUT_OF_RANGE, "is %.*s; it must be at least %.15g", size, token.data,
                              field->minimum);
    if (field->has_maximum)
        return zest_json_fail(s, ZEST_OUT_OF_RANGE, "is %.*s; it must be at most %.15g", size, token.data,
                              field->maximum);
    if (field->has_minimum && !type_limits[0])
        return zest_json_fail(s, ZEST_OUT_OF_RANGE, "is %.*s; it must be at least %.15g", size, token.data,
                              field->minimum);
    return zest_json_fail(s, ZEST_OUT_OF_RANGE, "is %.*s; it must lie between %s", size, token.data, type_limits);
}

static bool inside(const struct zest_field *field, double value)
{
    return (!field->has_minimum || value >= field->minimum) && (!field->has_maximum || value <= field->maximum);
}

static bool starts_number(char c)
{
    return c == '-' || (c >= '0' && c <= '9');
}

/* 3.0 and 1e3 are integers too, as JSON Schema has it. */
static bool as_integer(struct zest_json_number *number)
{
    if (number->is_integer)
        return true;
    double magnitude = fabs(number->value);
    if (!(magnitude < 9007199254740992.0) || magnitude != floor(magnitude))
        return false;
    number->magnitude = (uint64_t)magnitude;
    return true;
}

static bool is_whole(struct zest_text token)
{
    return !memchr(token.data, '.', token.size) && !memchr(token.data, 'e', token.size) &&
           !memchr(token.data, 'E', token.size);
}

static enum zest_status read_integer(struct zest_json_scan *s, const struct zest_field *field, void *out)
{
    struct zest_json_number number;
    if (!starts_number(zest_json_peek(s)))
        return zest_json_wrong_type(s, "an integer");
    enum zest_status status = zest_json_number(s, &number);
    if (status != ZEST_OK)
        return status;
    bool is_unsigned = field->type == ZEST_FIELD_UINT64, is_narrow = field->type == ZEST_FIELD_INT32;
    const char *limits = is_narrow     ? "-2147483648 and 2147483647"
                         : is_unsigned ? "0 and 18446744073709551615"
                                       : "-9223372036854775808 and 9223372036854775807";
    if (!as_integer(&number)) {
        if (is_whole(number.token) || !isfinite(number.value))
            return out_of_range(s, field, number.token, limits);
        return zest_json_fail(s, ZEST_WRONG_TYPE, "is %.*s; it must be an integer",
                              (int)(number.token.size < 40 ? number.token.size : 40), number.token.data);
    }
    uint64_t most = is_narrow     ? INT32_MAX
                    : is_unsigned ? UINT64_MAX
                                  : INT64_MAX,
             bound = number.is_negative ? most + 1 : most;
    if (is_unsigned && number.is_negative)
        bound = 0;
    if (number.magnitude > bound || !inside(field, number.value))
        return out_of_range(s, field, number.token, number.magnitude > bound ? limits : "");
    uint64_t value = number.is_negative ? 0 - number.magnitude : number.magnitude;
    if (is_narrow)
        *(int32_t *)out = (int32_t)(uint32_t)value;
    else
        *(uint64_t *)out = value;
    return ZEST_OK;
}

/* null is what the writer makes of NaN: fields without limits take it back. */
static enum zest_status read_real(struct zest_json_scan *s, const struct zest_field *field, void *out)
{
    struct zest_json_number number = {.value = NAN};
    bool is_float = field->type != ZEST_FIELD_DOUBLE;
    enum zest_status status;
    if (zest_json_peek(s) == 'n' && !field->has_minimum && !field->has_maximum)
        status = zest_json_literal(s, "null");
    else if (!starts_number(zest_json_peek(s)))
        return zest_json_wrong_type(s, "a number");
    else
        status = zest_json_number(s, &number);
    if (status != ZEST_OK)
        return status;
    double value = is_float && number.token.size ? (double)zest_json_to_float(&number) : number.value;
    if (isinf(value) || !(inside(field, number.value) || inside(field, value)))
        return out_of_range(s, field, number.token, is_float ? "-3.4e38 and 3.4e38" : "-1.7e308 and 1.7e308");
    if (is_float)
        *(float *)out = (float)value;
    else
        *(double *)out = value;
    return ZEST_OK;
}

/* ---- texts ----------------------------------------------------------------------------------------------------- */

static enum zest_status check_size(const struct zest_json_scan *s, const struct zest_field *field, size_t size)
{
    if (!field->is_array && field->size_max && size > field->size_max)
        return zest_json_fail(s, ZEST_TOO_LARGE, "has %zu bytes; at most %zu are allowed", size, field->size_max);
    if (!field->is_array && size < field->size_min)
        return zest_json_fail(s, ZEST_INVALID_ARGUMENT, "has %zu bytes; it needs at least %zu", size, field->size_min);
    return ZEST_OK;
}

static enum zest_status read_string(struct zest_json_scan *s, const struct zest_field *field, void *out)
{
    struct zest_text text;
    if (zest_json_peek(s) != '"')
        return zest_json_wrong_type(s, "a string");
    enum zest_status status = zest_json_string(s, &text);
    if (status == ZEST_OK)
        status = check_size(s, field, text.size);
    if (status == ZEST_OK)
        memcpy(out, &text, sizeof(text));
    return status;
}

static enum zest_status read_bytes(struct zest_json_scan *s, const struct zest_field *field, void *out)
{
    struct zest_text text;
    if (zest_json_peek(s) != '"')
        return zest_json_wrong_type(s, "a base64 string");
    enum zest_status status = zest_json_string(s, &text);
    if (status != ZEST_OK)
        return status;
    unsigned char *bytes = zest_alloc(s->arena, text.size / 4 * 3 + 1, 1);
    if (!bytes)
        return zest_json_no_memory(s);
    size_t size = zest_base64_decode(text, bytes);
    if (size == SIZE_MAX)
        return zest_json_fail(s, ZEST_INVALID_ARGUMENT, "is no base64 (RFC 4648, padded): \"%.*s\"",
                              (int)(text.size < 40 ? text.size : 40), text.data);
    *(struct zest_text *)out = (struct zest_text){(const char *)bytes, size};
    return check_size(s, field, size);
}

static void list_names(const char *const *names, size_t count, char *list, size_t capacity)
{
    size_t size = 0;
    list[0] = '\0';
    for (size_t i = 0; i < count && size < capacity; i++)
        size += (size_t)snprintf(list + size, capacity - size, "%s%s", i ? ", " : "", names[i]);
}

static enum zest_status read_enum(struct zest_json_scan *s, const struct zest_field *field, void *out)
{
    struct zest_text text;
    char list[256];
    if (zest_json_peek(s) != '"')
        return zest_json_wrong_type(s, "a name in quotes");
    enum zest_status status = zest_json_string(s, &text);
    if (status != ZEST_OK)
        return status;
    for (size_t i = 0; i < field->enum_count; i++)
        if (zest_text_equal(text, zest_text_of(field->enum_names[i]))) {
            *(int32_t *)out = (int32_t)i;
            return ZEST_OK;
        }
    list_names(field->enum_names, field->enum_count, list, sizeof(list));
    return zest_json_fail(s, ZEST_INVALID_ARGUMENT, "is \"%.*s\"; it must be one of %s",
                          (int)(text.size < 60 ? text.size : 60), text.data, list);
}

static enum zest_status read_bool(struct zest_json_scan *s, void *out)
{
    char first = zest_json_peek(s);
    if (first != 't' && first != 'f')
        return zest_json_wrong_type(s, "true or false");
    *(bool *)out = first == 't';
    return zest_json_literal(s, first == 't' ? "true" : "false");
}

static enum zest_status read_json(struct zest_json_scan *s, const struct zest_field *field, void *out)
{
    const char *start = s->at;
    const char *shape = field->shape ? field->shape : "any"; /* tables written by hand may leave it out */
    char first = zest_json_peek(s);
    if (first != '[' && !strcmp(shape, "array"))
        return zest_json_wrong_type(s, "an array");
    if (first != '{' && !strcmp(shape, "object"))
        return zest_json_wrong_type(s, "an object");
    enum zest_status status = zest_json_skip(s);
    if (status == ZEST_OK)
        *(struct zest_text *)out = (struct zest_text){start, (size_t)(s->at - start)};
    return status;
}

/* ---- the kinds ------------------------------------------------------------------------------------------------- */

enum zest_status zest_json_scalar(struct zest_json_scan *s, const struct zest_field *field, void *out)
{
    switch (field->type) {
    case ZEST_FIELD_BOOL:
        return read_bool(s, out);
    case ZEST_FIELD_INT32:
    case ZEST_FIELD_INT64:
    case ZEST_FIELD_UINT64:
        return read_integer(s, field, out);
    case ZEST_FIELD_FLOAT:
    case ZEST_FIELD_DOUBLE:
        return read_real(s, field, out);
    case ZEST_FIELD_STRING:
        return read_string(s, field, out);
    case ZEST_FIELD_BYTES:
        return read_bytes(s, field, out);
    case ZEST_FIELD_ENUM:
        return read_enum(s, field, out);
    case ZEST_FIELD_JSON:
        return read_json(s, field, out);
    case ZEST_FIELD_OBJECT:
    case ZEST_FIELD_TENSOR:
        break;
    }
    return zest_json_fail(s, ZEST_INTERNAL, "is of type %d, which is no scalar", (int)field->type);
}
