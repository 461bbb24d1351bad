/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_read.c - JSON to the structs of the contracts, driven by their descriptions.
 *
 * One walk over the text: no document tree; arrays and unescaped texts go into the caller's arena, other texts point
 * into the input. Numbers without nesting (ids) are counted first, so that their array has its right size at once.
 * Start reading at zest_json_read. Threads: none of its own.
 */
#include <math.h>
#include <stdio.h>

#include <zest/json.h>

#include "json_scan.h"

static enum zest_status read_object(struct zest_json_scan *s, const struct zest_object *object, char *out);
static enum zest_status read_value(struct zest_json_scan *s, const struct zest_field *field, char *out);

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

static enum zest_status no_memory(const struct zest_json_scan *s)
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
        return no_memory(s);
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

static enum zest_status read_json(struct zest_json_scan *s, void *out)
{
    const char *start = s->at;
    enum zest_status status = zest_json_skip(s);
    if (status == ZEST_OK)
        *(struct zest_text *)out = (struct zest_text){start, (size_t)(s->at - start)};
    return status;
}

/* ---- tensors: nested arrays of numbers, float32 ------------------------------------------------------------------ */

struct tensor_reader {
    struct zest_tensor tensor;
    float *data;
    uint64_t count;
};

/* The rank that the contract writes as "[n, vocab]". */
static uint32_t rank_of(const struct zest_field *field)
{
    uint32_t rank = 1;
    for (const char *c = field->shape; *c; c++)
        rank += *c == ',';
    return rank < ZEST_TENSOR_RANK_MAX ? rank : ZEST_TENSOR_RANK_MAX;
}

static enum zest_status read_axis(struct zest_json_scan *s, struct tensor_reader *t, uint32_t axis, bool is_first)
{
    static const struct zest_field number = {.type = ZEST_FIELD_FLOAT};
    uint64_t size = 0;
    if (zest_json_peek(s) != '[')
        return zest_json_wrong_type(s, "an array as deep as the tensor's shape");
    s->at++;
    zest_json_blank(s);
    while (zest_json_peek(s) != ']') {
        enum zest_status status = axis + 1 < t->tensor.rank ? read_axis(s, t, axis + 1, is_first && size == 0)
                                                            : read_real(s, &number, &t->data[t->count++]);
        if (status != ZEST_OK)
            return status;
        size++;
        zest_json_blank(s);
        if (zest_json_peek(s) == ',') {
            s->at++;
            zest_json_blank(s);
            if (zest_json_peek(s) == ']')
                return zest_json_syntax(s, "a value");
        } else if (zest_json_peek(s) != ']') {
            return zest_json_syntax(s, "',' or ']'");
        }
    }
    s->at++;
    if (is_first)
        t->tensor.shape[axis] = size;
    else if (t->tensor.shape[axis] != size)
        return zest_json_fail(s, ZEST_INVALID_ARGUMENT, "has rows of %llu and of %llu values; all must be of one size",
                              (unsigned long long)t->tensor.shape[axis], (unsigned long long)size);
    return ZEST_OK;
}

/* Eight characters at a time: a byte of `commas` is 0x80 where one was. */
static size_t count_commas(const char *at, const char *end)
{
    const uint64_t low = 0x7F7F7F7F7F7F7F7Fu;
    size_t count = 0;
    for (uint64_t eight; end - at >= 8; at += 8) {
        memcpy(&eight, at, 8);
        uint64_t other = eight ^ 0x2C2C2C2C2C2C2C2Cu;
        uint64_t commas = ~(((other & low) + low) | other) & ~low;
        count += (commas >> 7) * 0x0101010101010101u >> 56;
    }
    for (; at < end; at++)
        count += *at == ',';
    return count;
}

static enum zest_status read_tensor(struct zest_json_scan *s, const struct zest_field *field, void *out)
{
    struct tensor_reader t = {.tensor = {.dtype = ZEST_DTYPE_F32, .rank = rank_of(field)}};
    struct zest_json_scan ahead = *s;
    enum zest_status status = zest_json_peek(s) == '[' ? zest_json_skip(&ahead) : zest_json_wrong_type(s, "an array");
    if (status != ZEST_OK)
        return status;
    t.data = ZEST_NEW_ARRAY(s->arena, float, count_commas(s->at, ahead.at) + 1);
    if (!t.data)
        return no_memory(s);
    status = read_axis(s, &t, 0, true);
    t.tensor.data = t.data;
    if (status == ZEST_OK)
        memcpy(out, &t.tensor, sizeof(t.tensor));
    return status;
}

/* What stands for a tensor whose numbers travel beside the JSON. */
struct tensor_ref {
    int32_t dtype;
    const uint64_t *shape;
    size_t shape_count;
    uint64_t offset;
};

static const char *const dtype_names[] = {[ZEST_DTYPE_F32] = "f32", [ZEST_DTYPE_I32] = "i32"};
static const struct zest_field ref_fields[] = {
    {.name = "dtype",
     .type = ZEST_FIELD_ENUM,
     .is_required = true,
     .offset = offsetof(struct tensor_ref, dtype),
     .enum_names = dtype_names,
     .enum_count = ZEST_COUNT(dtype_names)},
    {.name = "shape",
     .type = ZEST_FIELD_UINT64,
     .is_array = true,
     .is_required = true,
     .size_max = ZEST_TENSOR_RANK_MAX,
     .offset = offsetof(struct tensor_ref, shape),
     .count_offset = offsetof(struct tensor_ref, shape_count)},
    {.name = "offset", .type = ZEST_FIELD_UINT64, .is_required = true, .offset = offsetof(struct tensor_ref, offset)},
};
static const struct zest_object ref_object = {
    .name = "tensor", .size = sizeof(struct tensor_ref), .fields = ref_fields, .field_count = ZEST_COUNT(ref_fields)};

/* Checks that the numbers lie in the blob; copies them where the blob is not aligned. */
static enum zest_status find_numbers(const struct zest_json_scan *s, const struct tensor_ref *ref,
                                     struct zest_tensor *tensor)
{
    uint64_t bytes = ref->shape_count ? 4 : 0, end;
    for (size_t i = 0; i < ref->shape_count; i++) {
        tensor->shape[i] = ref->shape[i];
        if (__builtin_mul_overflow(bytes, ref->shape[i], &bytes))
            return zest_json_fail(s, ZEST_INVALID_ARGUMENT, "has a shape of more than 2^64 bytes");
    }
    if (__builtin_add_overflow(ref->offset, bytes, &end) || end > s->blob->size)
        return zest_json_fail(s, ZEST_INVALID_ARGUMENT, "needs %llu bytes at offset %llu of a block of %zu",
                              (unsigned long long)bytes, (unsigned long long)ref->offset, s->blob->size);
    tensor->data = s->blob->data + ref->offset;
    if ((uintptr_t)tensor->data % 4 == 0 || bytes == 0)
        return ZEST_OK;
    void *copy = zest_alloc(s->arena, bytes, ZEST_WIRE_ALIGN);
    if (!copy)
        return no_memory(s);
    tensor->data = memcpy(copy, tensor->data, bytes);
    return ZEST_OK;
}

static enum zest_status read_ref(struct zest_json_scan *s, void *out)
{
    struct tensor_ref ref = {0};
    enum zest_status status = read_object(s, &ref_object, (char *)&ref);
    struct zest_tensor tensor = {.dtype = (enum zest_dtype)ref.dtype, .rank = (uint32_t)ref.shape_count};
    if (status == ZEST_OK)
        status = find_numbers(s, &ref, &tensor);
    if (status == ZEST_OK)
        memcpy(out, &tensor, sizeof(tensor));
    return status;
}

/* ---- arrays ---------------------------------------------------------------------------------------------------- */

static enum zest_status too_many(const struct zest_json_scan *s, const struct zest_field *field)
{
    return zest_json_fail(s, ZEST_TOO_LARGE, "has more than %zu items, its limit", field->size_max);
}

/*
 * A plain integer of up to seven digits: eight characters are looked at together, and turned into a number by three
 * multiplications, so that no branch depends on how many digits there are (Lemire 2018, "Quickly parsing eight
 * digits"). Answers the end of the number, NULL where the careful reader must decide.
 */
static inline const char *quick_int32(const char *at, const char *end, int32_t *ret_value)
{
    const uint64_t ones = 0x0101010101010101u;
    bool is_negative = *at == '-';
    uint64_t eight;
    at += is_negative;
    if (end - at < 9)
        return NULL;
    memcpy(&eight, at, 8);
    uint64_t others = ((eight + ones * 0x46) | (eight - ones * '0')) & (ones * 0x80);
    if (!others)
        return NULL;
    int count = __builtin_ctzll(others) / 8;
    if (count == 0 || (*at == '0' && count > 1) || (at[count] != ',' && at[count] != ']'))
        return NULL;
    uint64_t value = (eight - ones * '0') << (64 - 8 * count);
    value = value * 10 + (value >> 8);
    value =
        ((value & 0x000000FF000000FF) * 0x000F424000000064 + (value >> 16 & 0x000000FF000000FF) * 0x0000271000000001) >>
        32;
    *ret_value = is_negative ? -(int32_t)value : (int32_t)value;
    return at + count;
}

/* After an item: true where another one follows, false at the end of the array. */
static enum zest_status next_item(struct zest_json_scan *s, bool *ret_more)
{
    zest_json_blank(s);
    char next = zest_json_peek(s);
    if (next != ',' && next != ']')
        return zest_json_syntax(s, "',' or ']'");
    s->at++;
    *ret_more = next == ',';
    if (*ret_more)
        zest_json_blank(s);
    return ZEST_OK;
}

/* Ids, most of all: the items that quick_int32 knows; the careful loop does the rest. */
static size_t read_quick(struct zest_json_scan *s, const struct zest_field *field, int32_t *data, bool *ret_more)
{
    size_t count = 0;
    const char *number;
    if (field->type != ZEST_FIELD_INT32 || field->has_minimum || field->has_maximum)
        return 0;
    for (const char *at = s->at; (number = quick_int32(at, s->end, &data[count])) != NULL; count++) {
        at = number + 1;
        if (*number == ']') {
            s->at = at;
            *ret_more = false;
            return count + 1;
        }
        while (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t') /* the array's ']' is still to come */
            at++;
        s->at = at;
    }
    return count;
}

static enum zest_status read_items(struct zest_json_scan *s, const struct zest_field *field,
                                   struct zest_json_place *place, char *data, size_t *ret_count)
{
    bool more = true;
    size_t size = zest_json_item_size(field), count = read_quick(s, field, (int32_t *)(void *)data, &more);
    for (; more; count++) {
        place->index = count;
        enum zest_status status = read_value(s, field, data + count * size);
        if (status == ZEST_OK)
            status = next_item(s, &more);
        if (status != ZEST_OK)
            return status;
    }
    *ret_count = count;
    return ZEST_OK;
}

/* Of numbers and booleans: no ']' lies inside an item, so commas up to it tell the count. */
static enum zest_status read_flat(struct zest_json_scan *s, const struct zest_field *field,
                                  struct zest_json_place *place, char **ret_data, size_t *ret_count)
{
    const char *close = memchr(s->at, ']', (size_t)(s->end - s->at));
    size_t bound = close ? count_commas(s->at, close) + 1 : 0, size = zest_json_item_size(field);
    if (!close) {
        s->at = s->end;
        return zest_json_syntax(s, "']'");
    }
    if (field->size_max && bound > field->size_max) {
        s->place = place->up;
        return too_many(s, field);
    }
    *ret_data = zest_alloc_array(s->arena, bound, size, 16);
    if (!*ret_data)
        return no_memory(s);
    return read_items(s, field, place, *ret_data, ret_count);
}

/* Twice the room in a new place; the old one stays in the arena. */
static bool grow(struct zest_json_scan *s, char **data, size_t count, size_t *capacity, size_t size)
{
    size_t more = *capacity ? *capacity * 2 : 4;
    char *grown = zest_alloc_array(s->arena, more, size, _Alignof(max_align_t));
    if (!grown)
        return false;
    if (count)
        memcpy(grown, *data, count * size);
    *data = grown;
    *capacity = more;
    return true;
}

static enum zest_status read_growing(struct zest_json_scan *s, const struct zest_field *field,
                                     struct zest_json_place *place, char **ret_data, size_t *ret_count)
{
    size_t size = zest_json_item_size(field), count = 0, capacity = 0;
    for (bool more = true; more; count++) {
        place->index = count;
        if (field->size_max && count == field->size_max) {
            s->place = place->up;
            return too_many(s, field);
        }
        if (count == capacity && !grow(s, ret_data, count, &capacity, size))
            return no_memory(s);
        memset(*ret_data + count * size, 0, size);
        enum zest_status status = read_value(s, field, *ret_data + count * size);
        if (status == ZEST_OK)
            status = next_item(s, &more);
        if (status != ZEST_OK)
            return status;
    }
    *ret_count = count;
    return ZEST_OK;
}

static bool is_flat(const struct zest_field *field)
{
    return field->type <= ZEST_FIELD_DOUBLE;
}

/* `out` is the struct that has the field. */
static enum zest_status read_array(struct zest_json_scan *s, const struct zest_field *field, char *out)
{
    char *data = NULL;
    size_t count = 0;
    if (zest_json_peek(s) != '[')
        return zest_json_wrong_type(s, "an array");
    s->at++;
    zest_json_blank(s);
    if (zest_json_peek(s) == ']') {
        s->at++;
    } else {
        struct zest_json_place place = {.up = s->place};
        s->place = &place;
        enum zest_status status = (is_flat(field) ? read_flat : read_growing)(s, field, &place, &data, &count);
        s->place = place.up;
        if (status != ZEST_OK)
            return status;
    }
    memcpy(out + field->offset, &data, sizeof(data));
    memcpy(out + field->count_offset, &count, sizeof(count));
    return ZEST_OK;
}

/* ---- objects --------------------------------------------------------------------------------------------------- */

/* One value of the field's type; of an array field: one item. */
static enum zest_status read_value(struct zest_json_scan *s, const struct zest_field *field, char *out)
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
    case ZEST_FIELD_OBJECT:
        return read_object(s, field->object, out);
    case ZEST_FIELD_JSON:
        return read_json(s, out);
    case ZEST_FIELD_TENSOR:
        return s->blob ? read_ref(s, out) : read_tensor(s, field, out);
    }
    return zest_json_fail(s, ZEST_INTERNAL, "has the unknown type %d", (int)field->type);
}

static enum zest_status read_field(struct zest_json_scan *s, const struct zest_field *field, char *out)
{
    return field->is_array ? read_array(s, field, out) : read_value(s, field, out + field->offset);
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

static enum zest_status read_object(struct zest_json_scan *s, const struct zest_object *object, char *out)
{
    uint64_t seen = 0;
    size_t hint = 0;
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
    enum zest_status status = read_object(s, object, out);
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
    char *out = zest_alloc_zero(arena, object->size, _Alignof(max_align_t));
    if (!out)
        return no_memory(&s);
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
