/* SPDX-License-Identifier: Apache-2.0 */
/*
 * matmul_avx2.h - matrix products over groups of 8 rows, without VNNI.
 *
 * A tile is 8 rows × T tokens, T from 1 to 4. 4-bit weights: eight vpmaddubsw of unsigned nibbles and signed
 * activations stay below 2^15 when added up in 16 bits (15 × 127 × 2 × 8 = 30,480), so one vpmaddwd serves a whole
 * block. 8-bit weights are signed: |w| × (x with w's sign) stays below 2^15 for one product (2 × 128 × 127 = 32,512)
 * and is widened at once. Integer sums are exact, so every tile width gives the same bits.
 *
 * Included by kernels_avx2.c alone.
 */
#ifndef ZEST_COMPUTATION_MATMUL_AVX2_H
#define ZEST_COMPUTATION_MATMUL_AVX2_H

#include "kernels_vector.h"

#define WIDTH_MAX 4
#define PREFETCH 4096 /* bytes ahead, in products bound by memory */

struct tile {
    const unsigned char *group;
    const int8_t *x;
    const float *x_scale, *x_sum;
    const int32_t *x_start;
    const float *x_f32;
    size_t blocks, cols;
    float *y;
    size_t stride;
    size_t rows; /* of the 8 that exist */
    bool add;
};

ALWAYS_INLINE void store_rows(const struct tile *t, size_t token, __m256 value)
{
    float *y = t->y + token * t->stride;
    if (t->rows >= 8) {
        _mm256_storeu_ps(y, t->add ? _mm256_add_ps(_mm256_loadu_ps(y), value) : value);
        return;
    }
    float rows[8];
    _mm256_storeu_ps(rows, value);
    for (size_t i = 0; i < t->rows; i++)
        y[i] = t->add ? y[i] + rows[i] : rows[i];
}

ALWAYS_INLINE __m256i broadcast(const int8_t *p)
{
    return _mm256_set1_epi32((int32_t)zest_load_u32(p));
}

/* Compilers turn a chain of integer additions into a tree, run out of registers and spill; this keeps the chain. */
#define KEEP_ORDER(x) __asm__("" : "+x"(x))

ALWAYS_INLINE void dots_nibbles(const unsigned char *quants, const int8_t *x, __m256i *sum, const int width)
{
    const __m256i low = _mm256_set1_epi8(15), ones = _mm256_set1_epi16(1);
    __m256i pairs[WIDTH_MAX];
#pragma GCC unroll 4
    for (int j = 0; j < 4; j++) {
        __m256i both = _mm256_loadu_si256((const __m256i *)(const void *)(quants + 32 * j));
        __m256i first = _mm256_and_si256(both, low), second = _mm256_and_si256(_mm256_srli_epi16(both, 4), low);
#pragma GCC unroll 4
        for (int i = 0; i < width; i++) {
            __m256i dot = _mm256_maddubs_epi16(first, broadcast(x + (j * width + i) * 4));
            pairs[i] = j == 0 ? dot : _mm256_add_epi16(pairs[i], dot);
            KEEP_ORDER(pairs[i]);
        }
#pragma GCC unroll 4
        for (int i = 0; i < width; i++) {
            __m256i dot = _mm256_maddubs_epi16(second, broadcast(x + ((j + 4) * width + i) * 4));
            pairs[i] = _mm256_add_epi16(pairs[i], dot);
            KEEP_ORDER(pairs[i]);
        }
    }
#pragma GCC unroll 4
    for (int i = 0; i < width; i++)
        sum[i] = _mm256_add_epi32(sum[i], _mm256_madd_epi16(pairs[i], ones));
}

ALWAYS_INLINE void dots_bytes(const unsigned char *quants, const int8_t *x, __m256i *sum, const int width)
{
    const __m256i ones = _mm256_set1_epi16(1);
#pragma GCC unroll 8
    for (int j = 0; j < 8; j++) {
        __m256i weights = _mm256_loadu_si256((const __m256i *)(const void *)(quants + 32 * j));
        __m256i magnitude = _mm256_abs_epi8(weights);
#pragma GCC unroll 4
        for (int i = 0; i < width; i++) {
            __m256i signed_x = _mm256_sign_epi8(broadcast(x + (j * width + i) * 4), weights);
            sum[i] = _mm256_add_epi32(sum[i], _mm256_madd_epi16(_mm256_maddubs_epi16(magnitude, signed_x), ones));
            KEEP_ORDER(sum[i]);
        }
    }
}

ALWAYS_INLINE __m256 load_half8(const unsigned char *p)
{
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)p));
}

ALWAYS_INLINE void tile_q8(const struct tile *t, const int width, const enum zest_weight type)
{
    const size_t record_bytes = type == ZEST_WEIGHT_Q4_1 ? 160 : type == ZEST_WEIGHT_Q4_0 ? 144 : 272;
    __m256 acc[WIDTH_MAX];
    const int8_t *x = t->x;
#pragma GCC unroll 4
    for (int i = 0; i < width; i++)
        acc[i] = _mm256_setzero_ps();
    for (size_t b = 0; b < t->blocks; b++, x += ZEST_BLOCK * width) {
        const unsigned char *record = t->group + b * record_bytes,
                            *quants = record + (type == ZEST_WEIGHT_Q4_1 ? 32 : 16);
        __m256i sum[WIDTH_MAX];
        for (size_t line = 0; line < record_bytes; line += 64)
            _mm_prefetch((const char *)record + PREFETCH + line, _MM_HINT_T0);
#pragma GCC unroll 4
        for (int i = 0; i < width; i++)
            sum[i] = type == ZEST_WEIGHT_Q4_0 ? _mm256_set1_epi32(t->x_start[b * (size_t)width + (size_t)i])
                                              : _mm256_setzero_si256();
        if (type == ZEST_WEIGHT_Q8_0)
            dots_bytes(quants, x, sum, width);
        else
            dots_nibbles(quants, x, sum, width);
        __m256 scale = load_half8(record);
        __m256 min = type == ZEST_WEIGHT_Q4_1 ? load_half8(record + 16) : _mm256_setzero_ps();
#pragma GCC unroll 4
        for (int i = 0; i < width; i++) {
            size_t at = b * (size_t)width + (size_t)i;
            __m256 scales = _mm256_mul_ps(scale, _mm256_set1_ps(t->x_scale[at]));
            acc[i] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum[i]), scales, acc[i]);
            if (type == ZEST_WEIGHT_Q4_1)
                acc[i] = _mm256_fmadd_ps(min, _mm256_set1_ps(t->x_sum[at]), acc[i]);
        }
    }
#pragma GCC unroll 4
    for (int i = 0; i < width; i++)
        store_rows(t, (size_t)i, acc[i]);
}

#define EACH_WIDTH(call, type) \
    switch (width) {           \
    case 1:                    \
        call(t, 1, type);      \
        break;                 \
    case 2:                    \
        call(t, 2, type);      \
        break;                 \
    case 3:                    \
        call(t, 3, type);      \
        break;                 \
    default:                   \
        call(t, 4, type);      \
        break;                 \
    }

static __attribute__((noinline)) void tile_quants(const struct tile *t, size_t width, enum zest_weight type)
{
    if (type == ZEST_WEIGHT_Q4_1) {
        EACH_WIDTH(tile_q8, ZEST_WEIGHT_Q4_1)
    } else if (type == ZEST_WEIGHT_Q4_0) {
        EACH_WIDTH(tile_q8, ZEST_WEIGHT_Q4_0)
    } else {
        EACH_WIDTH(tile_q8, ZEST_WEIGHT_Q8_0)
    }
}

static struct tile tile_at(const struct zest_matmul *work, size_t group, size_t token)
{
    const struct zest_matrix *m = work->matrix;
    const struct zest_activations *x = work->x;
    const unsigned char *data = m->data + group * m->group_bytes;
    size_t blocks = m->cols / ZEST_BLOCK, rows = m->rows - group * 8;
    return (struct tile){
        .group = data,
        .x = x->q8 ? x->q8 + token * x->cols : NULL,
        .x_scale = x->q8 ? x->scale + token * blocks : NULL,
        .x_sum = x->q8 ? x->sum + token * blocks : NULL,
        .x_start = x->q8 ? x->start + token * blocks : NULL,
        .x_f32 = x->f32 ? x->f32 + token * x->cols : NULL,
        .blocks = blocks,
        .cols = m->cols,
        .y = work->y + token * work->stride + group * 8,
        .stride = work->stride,
        .rows = rows < 8 ? rows : 8,
        .add = work->add,
    };
}

static void matmul_q8_avx2(const struct zest_matmul *work)
{
    for (size_t g = work->group_first; g < work->group_first + work->group_count; g++)
        for (size_t i = 0; i < work->x->tiles; i++) {
            size_t first = zest_tile_first(work->x, i), width = zest_tile_first(work->x, i + 1) - first;
            struct tile t = tile_at(work, g, first);
            tile_quants(&t, width, work->matrix->type);
        }
}

/* ---- float inputs ------------------------------------------------------------------------------------------ */

ALWAYS_INLINE __m256 load_weights(const unsigned char *p, const enum zest_weight type)
{
    if (type == ZEST_WEIGHT_F16)
        return load_half8(p);
    if (type == ZEST_WEIGHT_BF16)
        return _mm256_castsi256_ps(
            _mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_load_si128((const __m128i *)(const void *)p)), 16));
    return _mm256_load_ps((const float *)(const void *)p);
}

/* `groups` row groups side by side: independent sums hide the latency of few tokens. */
ALWAYS_INLINE void tile_f32(const struct tile *t, const int width, const int groups, size_t group_bytes,
                            const enum zest_weight type)
{
    __m256 acc[12];
    const size_t bytes = type == ZEST_WEIGHT_F32 ? 32 : 16;
    const float *x = t->x_f32;
#pragma GCC unroll 12
    for (int i = 0; i < width * groups; i++)
        acc[i] = _mm256_setzero_ps();
    for (size_t k = 0; k < t->cols; k++, x += width)
#pragma GCC unroll 4
        for (int g = 0; g < groups; g++) {
            __m256 weights = load_weights(t->group + (size_t)g * group_bytes + k * bytes, type);
#pragma GCC unroll 4
            for (int i = 0; i < width; i++)
                acc[g * width + i] = _mm256_fmadd_ps(weights, _mm256_set1_ps(x[i]), acc[g * width + i]);
        }
#pragma GCC unroll 4
    for (int g = 0; g < groups; g++) {
        struct tile part = *t;
        part.y += g * 8;
        part.rows = g + 1 < groups ? 8 : t->rows;
#pragma GCC unroll 4
        for (int i = 0; i < width; i++)
            store_rows(&part, (size_t)i, acc[g * width + i]);
    }
}

#define ONE(t, n, type) tile_f32(t, n, 1, 0, type)
#define FOUR(t, n, type) tile_f32(t, n, n > 3 ? 1 : 4, group_bytes, type)

static __attribute__((noinline)) void tile_one(const struct tile *t, size_t width, enum zest_weight type)
{
    if (type == ZEST_WEIGHT_F16) {
        EACH_WIDTH(ONE, ZEST_WEIGHT_F16)
    } else if (type == ZEST_WEIGHT_BF16) {
        EACH_WIDTH(ONE, ZEST_WEIGHT_BF16)
    } else {
        EACH_WIDTH(ONE, ZEST_WEIGHT_F32)
    }
}

static __attribute__((noinline)) void tile_four(const struct tile *t, size_t width, size_t group_bytes,
                                                enum zest_weight type)
{
    if (type == ZEST_WEIGHT_F16) {
        EACH_WIDTH(FOUR, ZEST_WEIGHT_F16)
    } else if (type == ZEST_WEIGHT_BF16) {
        EACH_WIDTH(FOUR, ZEST_WEIGHT_BF16)
    } else {
        EACH_WIDTH(FOUR, ZEST_WEIGHT_F32)
    }
}

static void matmul_f32_avx2(const struct zest_matmul *work)
{
    const struct zest_matrix *m = work->matrix;
    const struct zest_activations *x = work->x;
    size_t end = work->group_first + work->group_count, step;
    for (size_t g = work->group_first; g < end; g += step) {
        step = x->tokens <= 2 && g + 4 <= end ? 4 : 1;
        for (size_t i = 0; i < x->tiles; i++) {
            size_t first = zest_tile_first(x, i), width = zest_tile_first(x, i + 1) - first;
            struct tile t = tile_at(work, g, first);
            if (step == 4) {
                size_t rows = m->rows - (g + 3) * 8; /* of the last of the four */
                t.rows = rows < 8 ? rows : 8;
                tile_four(&t, width, m->group_bytes, m->type);
            } else {
                tile_one(&t, width, m->type);
            }
        }
    }
}

/* A quantised group as floats [cols][8]. */
static void unpack_floats(const struct zest_matrix *m, const unsigned char *group, float *to)
{
    bool bytes = m->type == ZEST_WEIGHT_Q8_0;
    for (size_t b = 0; b < m->cols / ZEST_BLOCK; b++) {
        const unsigned char *record = group + b * m->record_bytes, *quants = record + m->head_bytes;
        __m256 scale = load_half8(record);
        __m256 min = m->type == ZEST_WEIGHT_Q4_1 ? load_half8(record + 16) : _mm256_setzero_ps();
        for (size_t k = 0; k < ZEST_BLOCK; k++) {
            __m256i word =
                _mm256_loadu_si256((const __m256i *)(const void *)(quants + (bytes ? k / 4 : k % 16 / 4) * 32));
            __m256i q;
            if (bytes) /* the byte to the top, and down again with its sign */
                q = _mm256_srai_epi32(_mm256_sllv_epi32(word, _mm256_set1_epi32((int)(24 - k % 4 * 8))), 24);
            else
                q = _mm256_sub_epi32(
                    _mm256_and_si256(_mm256_srlv_epi32(word, _mm256_set1_epi32((int)(k % 4 * 8 + (k >= 16 ? 4 : 0)))),
                                     _mm256_set1_epi32(15)),
                    _mm256_set1_epi32((int)m->zero));
            _mm256_store_ps(to + (b * ZEST_BLOCK + k) * 8,
                            _mm256_add_ps(_mm256_mul_ps(scale, _mm256_cvtepi32_ps(q)), min));
        }
    }
}

static void matmul_exact_avx2(const struct zest_matmul *work)
{
    const struct zest_matrix *m = work->matrix;
    const struct zest_activations *x = work->x;
    for (size_t g = work->group_first; g < work->group_first + work->group_count; g++) {
        unpack_floats(m, m->data + g * m->group_bytes, work->panel);
        for (size_t i = 0; i < x->tiles; i++) {
            size_t first = zest_tile_first(x, i), width = zest_tile_first(x, i + 1) - first;
            struct tile t = tile_at(work, g, first);
            t.group = work->panel;
            tile_one(&t, width, ZEST_WEIGHT_F32);
        }
    }
}

#endif
