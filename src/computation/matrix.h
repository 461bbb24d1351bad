/* SPDX-License-Identifier: Apache-2.0 */
/*
 * matrix.h - a weight matrix in the order in which the kernels read it.
 *
 * Rows are taken in groups of `lanes` (16 for AVX-512, 8 for AVX2, 1 for the plain path), so that a vector register
 * holds one number of each row and sums never cross lanes. The last group is filled up with zero rows.
 *
 *   float types, one group:  [cols][lanes] values
 *   quantised, one group:    [blocks] records: [lanes] f16 scales | [lanes] f16 minima (Q4_1) | quants
 *   quants of a record:      4 bits: [4][lanes][4] bytes; byte i of word j holds k = 4j+i low, k = 16+4j+i high
 *                            8 bits: [8][lanes][4] bytes; byte i of word j holds k = 4j+i
 *
 * A block is 32 columns. A value is scale × (quant − zero) + minimum. A product of few tokens reads one unbroken
 * stream. With one lane a record is the file's own block. Groups begin on multiples of 64 bytes.
 */
#ifndef ZEST_COMPUTATION_MATRIX_H
#define ZEST_COMPUTATION_MATRIX_H

#include <zest/core.h>

#define ZEST_BLOCK 32 /* columns that share a scale */
#define ZEST_LANES_MAX 16

enum zest_weight {
    ZEST_WEIGHT_F32,
    ZEST_WEIGHT_F16,
    ZEST_WEIGHT_BF16,
    ZEST_WEIGHT_Q8_0,
    ZEST_WEIGHT_Q4_0,
    ZEST_WEIGHT_Q4_1,
    ZEST_WEIGHT_COUNT,
};

struct zest_matrix {
    enum zest_weight type;
    uint32_t lanes;
    uint64_t rows, cols;
    size_t groups; /* rows / lanes, rounded up */
    size_t group_bytes;
    size_t record_bytes;       /* of one block of one group */
    size_t head_bytes;         /* scales and minima of a record, before its quants */
    uint32_t zero;             /* 8 in Q4_0; 128 in Q8_0 of 16 lanes, where quants are stored unsigned */
    const unsigned char *data; /* borrowed: the weight arena's */
};

/* Names as GGUF and the kernels have them ("q4_1"). */
const char *zest_weight_name(enum zest_weight type);
bool zest_weight_of_ggml(uint32_t ggml_type, enum zest_weight *ret_type);
static inline bool zest_weight_quantised(enum zest_weight type)
{
    return type >= ZEST_WEIGHT_Q8_0;
}
/* Bytes of a row of `cols` values in the file. */
size_t zest_weight_row_bytes(enum zest_weight type, uint64_t cols);

/* Fills in the layout; data stays NULL. cols is a multiple of ZEST_BLOCK for quantised types (GGUF promises it). */
void zest_matrix_plan(enum zest_weight type, uint64_t rows, uint64_t cols, uint32_t lanes,
                      struct zest_matrix *ret_matrix);
static inline size_t zest_matrix_bytes(const struct zest_matrix *matrix)
{
    return matrix->groups * matrix->group_bytes;
}
/* Writes groups [first, first + count) at `to` (where matrix->data will point) from rows as they lie in the file. */
void zest_matrix_pack(const struct zest_matrix *matrix, const void *rows, size_t first, size_t count,
                      unsigned char *to);
/* One row as floats; `row` < rows. */
void zest_matrix_row(const struct zest_matrix *matrix, uint64_t row, float *ret_values);

#endif
