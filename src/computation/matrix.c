/* SPDX-License-Identifier: Apache-2.0 */
/*
 * matrix.c - laying out, packing and reading back weight matrices (the layout is drawn in matrix.h).
 *
 * Packing runs once, at load, on several threads at a time (disjoint groups); nothing here is on the hot path except
 * zest_matrix_row, which fetches the embedding of one token.
 */
#include "matrix.h"

#include "numbers.h"

struct kind {
    const char *name;
    uint32_t ggml_type;
    uint32_t unit; /* values in a block of the file */
    uint32_t unit_bytes;
    uint32_t head_bytes; /* of a block, before its quants */
};

static const struct kind kinds[ZEST_WEIGHT_COUNT] = {
    [ZEST_WEIGHT_F32] = {"f32", 0, 1, 4, 0},     [ZEST_WEIGHT_F16] = {"f16", 1, 1, 2, 0},
    [ZEST_WEIGHT_BF16] = {"bf16", 30, 1, 2, 0},  [ZEST_WEIGHT_Q8_0] = {"q8_0", 8, 32, 34, 2},
    [ZEST_WEIGHT_Q4_0] = {"q4_0", 2, 32, 18, 2}, [ZEST_WEIGHT_Q4_1] = {"q4_1", 3, 32, 20, 4},
};

const char *zest_weight_name(enum zest_weight type)
{
    return kinds[type].name;
}

bool zest_weight_of_ggml(uint32_t ggml_type, enum zest_weight *ret_type)
{
    for (int i = 0; i < ZEST_WEIGHT_COUNT; i++)
        if (kinds[i].ggml_type == ggml_type) {
            *ret_type = (enum zest_weight)i;
            return true;
        }
    return false;
}

size_t zest_weight_row_bytes(enum zest_weight type, uint64_t cols)
{
    return (size_t)(cols / kinds[type].unit * kinds[type].unit_bytes);
}

static size_t align64(size_t size)
{
    return (size + 63) & ~(size_t)63;
}

void zest_matrix_plan(enum zest_weight type, uint64_t rows, uint64_t cols, uint32_t lanes,
                      struct zest_matrix *ret_matrix)
{
    struct zest_matrix m = {.type = type, .lanes = lanes, .rows = rows, .cols = cols};
    m.groups = (size_t)((rows + lanes - 1) / lanes);
    if (zest_weight_quantised(type)) {
        m.head_bytes = (size_t)kinds[type].head_bytes * lanes;
        m.record_bytes = (size_t)kinds[type].unit_bytes * lanes;
        m.group_bytes = align64((size_t)(cols / ZEST_BLOCK) * m.record_bytes);
        m.zero = type == ZEST_WEIGHT_Q4_0 ? 8 : type == ZEST_WEIGHT_Q8_0 && lanes == 16 ? 128 : 0;
    } else {
        m.group_bytes = align64((size_t)cols * lanes * kinds[type].unit_bytes);
    }
    *ret_matrix = m;
}

static void pack_float_row(const struct zest_matrix *m, const unsigned char *row, uint32_t lane, unsigned char *to)
{
    size_t width = kinds[m->type].unit_bytes;
    for (size_t k = 0; k < m->cols; k++) {
        if (row)
            memcpy(to + (k * m->lanes + lane) * width, row + k * width, width);
        else
            memset(to + (k * m->lanes + lane) * width, 0, width);
    }
}

/* A missing row has scale and minimum zero, whatever its quants. */
static void pack_quant_row(const struct zest_matrix *m, const unsigned char *row, uint32_t lane, unsigned char *to)
{
    const struct kind *kind = &kinds[m->type];
    uint32_t flip = m->type == ZEST_WEIGHT_Q8_0 && m->zero ? 0x80808080u : 0;
    size_t words = (kind->unit_bytes - kind->head_bytes) / 4;
    for (size_t b = 0; b < m->cols / ZEST_BLOCK; b++) {
        const unsigned char *from = row ? row + b * kind->unit_bytes : NULL;
        unsigned char *record = to + b * m->record_bytes;
        uint16_t scale = from ? zest_load_u16(from) : 0,
                 min = from && kind->head_bytes == 4 ? zest_load_u16(from + 2) : 0;
        memcpy(record + lane * 2, &scale, 2);
        if (kind->head_bytes == 4)
            memcpy(record + (m->lanes + lane) * 2, &min, 2);
        for (size_t j = 0; j < words; j++) {
            uint32_t word = (from ? zest_load_u32(from + kind->head_bytes + 4 * j) : 0) ^ flip;
            memcpy(record + m->head_bytes + (j * m->lanes + lane) * 4, &word, 4);
        }
    }
}

void zest_matrix_pack(const struct zest_matrix *matrix, const void *rows, size_t first, size_t count, unsigned char *to)
{
    size_t row_bytes = zest_weight_row_bytes(matrix->type, matrix->cols);
    for (size_t g = first; g < first + count; g++)
        for (uint32_t lane = 0; lane < matrix->lanes; lane++) {
            uint64_t row = (uint64_t)g * matrix->lanes + lane;
            const unsigned char *from = row < matrix->rows ? (const unsigned char *)rows + row * row_bytes : NULL;
            if (zest_weight_quantised(matrix->type))
                pack_quant_row(matrix, from, lane, to + g * matrix->group_bytes);
            else
                pack_float_row(matrix, from, lane, to + g * matrix->group_bytes);
        }
}

static float float_at(enum zest_weight type, const unsigned char *p)
{
    float value;
    if (type == ZEST_WEIGHT_F16)
        return zest_f16_to_f32(zest_load_u16(p));
    if (type == ZEST_WEIGHT_BF16)
        return zest_bf16_to_f32(zest_load_u16(p));
    memcpy(&value, p, sizeof(value));
    return value;
}

static void quant_row(const struct zest_matrix *m, const unsigned char *group, uint32_t lane, float *ret_values)
{
    for (size_t b = 0; b < m->cols / ZEST_BLOCK; b++) {
        const unsigned char *record = group + b * m->record_bytes, *quants = record + m->head_bytes;
        float scale = zest_f16_to_f32(zest_load_u16(record + lane * 2)), min = 0;
        if (m->type == ZEST_WEIGHT_Q4_1)
            min = zest_f16_to_f32(zest_load_u16(record + (m->lanes + lane) * 2));
        for (int k = 0; k < ZEST_BLOCK; k++) {
            int q;
            if (m->type == ZEST_WEIGHT_Q8_0) {
                unsigned char byte = quants[((size_t)(k / 4) * m->lanes + lane) * 4 + k % 4];
                q = m->zero ? (int)byte - 128 : (int8_t)byte;
            } else {
                unsigned char byte = quants[((size_t)(k % 16 / 4) * m->lanes + lane) * 4 + k % 4];
                q = (k < 16 ? byte & 15 : byte >> 4) - (int)m->zero;
            }
            ret_values[b * ZEST_BLOCK + (size_t)k] = scale * (float)q + min;
        }
    }
}

void zest_matrix_row(const struct zest_matrix *matrix, uint64_t row, float *ret_values)
{
    uint32_t lane = (uint32_t)(row % matrix->lanes);
    const unsigned char *group = matrix->data + row / matrix->lanes * matrix->group_bytes;
    if (zest_weight_quantised(matrix->type)) {
        quant_row(matrix, group, lane, ret_values);
        return;
    }
    size_t width = kinds[matrix->type].unit_bytes;
    for (size_t k = 0; k < matrix->cols; k++)
        ret_values[k] = float_at(matrix->type, group + (k * matrix->lanes + lane) * width);
}
