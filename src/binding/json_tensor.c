/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_tensor.c - tensors out of JSON: nested arrays of numbers, or references to numbers that travel beside it.
 *
 * Threads: none of its own.
 */
#include "json_values.h"

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
                                                            : zest_json_scalar(s, &number, &t->data[t->count++]);
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

static enum zest_status read_tensor(struct zest_json_scan *s, const struct zest_field *field, void *out)
{
    struct tensor_reader t = {.tensor = {.dtype = ZEST_DTYPE_F32, .rank = rank_of(field)}};
    struct zest_json_scan ahead = *s;
    enum zest_status status = zest_json_peek(s) == '[' ? zest_json_skip(&ahead) : zest_json_wrong_type(s, "an array");
    if (status != ZEST_OK)
        return status;
    t.data = ZEST_NEW_ARRAY(s->arena, float, zest_json_count_commas(s->at, ahead.at) + 1);
    if (!t.data)
        return zest_json_no_memory(s);
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
        return zest_json_no_memory(s);
    tensor->data = memcpy(copy, tensor->data, bytes);
    return ZEST_OK;
}

static enum zest_status read_ref(struct zest_json_scan *s, void *out)
{
    struct tensor_ref ref = {0};
    enum zest_status status = zest_json_object(s, &ref_object, (char *)&ref);
    struct zest_tensor tensor = {.dtype = (enum zest_dtype)ref.dtype, .rank = (uint32_t)ref.shape_count};
    if (status == ZEST_OK)
        status = find_numbers(s, &ref, &tensor);
    if (status == ZEST_OK)
        memcpy(out, &tensor, sizeof(tensor));
    return status;
}

enum zest_status zest_json_tensor(struct zest_json_scan *s, const struct zest_field *field, void *out)
{
    return s->blob ? read_ref(s, out) : read_tensor(s, field, out);
}
