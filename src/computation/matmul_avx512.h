/* SPDX-License-Identifier: Apache-2.0 */
/*
 * matmul_avx512.h - matrix products over groups of 16 rows, with VNNI for the quantised types.
 *
 * A tile is 16 rows × T tokens, T from 1 to 12, its sums in registers over all columns. Lanes are rows: no horizontal
 * sums. vpdpbusd takes the activations straight from memory as a broadcast operand; that is inline assembly because
 * compilers otherwise load each broadcast into a register first, which costs a third of the speed.
 *
 * 4-bit weights are unpacked in registers for every tile: unpacking a group of rows once into a buffer of bytes was
 * measured to be slower at every number of tokens (M 13: 150 against 166 G multiply-adds/s, M 512: 167 against 170).
 *
 * Included by kernels_avx512.c alone.
 */
#ifndef ZEST_COMPUTATION_MATMUL_AVX512_H
#define ZEST_COMPUTATION_MATMUL_AVX512_H

#include "kernels_vector.h"

#define STREAM_MAX 4  /* tokens up to which a product of Q8_0 is bound by memory */
#define PREFETCH 8192 /* bytes ahead, in products bound by memory */

#define DOT(acc, weights, at) \
    __asm__("vpdpbusd %2%{1to16%}, %1, %0" : "+v"(acc) : "v"(weights), "m"(*(const int32_t *)(const void *)(at)))

/* One group of rows and one tile of tokens. */
struct tile {
    const unsigned char *group;
    const int8_t *x;
    const float *x_scale, *x_sum;
    const int32_t *x_start;
    const float *x_f32;
    size_t blocks, cols;
    float *y;
    size_t stride;
    size_t rows; /* of the 16 that exist */
    bool add;
};

ALWAYS_INLINE void store_rows(const struct tile *t, size_t token, __m512 value)
{
    float *y = t->y + token * t->stride;
    __mmask16 mask = t->rows >= 16 ? 0xffff : (__mmask16)((1u << t->rows) - 1);
    if (t->add)
        value = _mm512_add_ps(_mm512_maskz_loadu_ps(mask, y), value);
    _mm512_mask_storeu_ps(y, mask, value);
}

ALWAYS_INLINE __m512 load_halves(const unsigned char *p)
{
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)p));
}

ALWAYS_INLINE void tile_block(const struct tile *t, size_t b, const int8_t *x, __m512 *acc, const int width,
                              const enum zest_weight type)
{
    const size_t record_bytes = type == ZEST_WEIGHT_Q4_1 ? 320 : type == ZEST_WEIGHT_Q4_0 ? 288 : 544;
    const bool has_min = type == ZEST_WEIGHT_Q4_1, nibbles = type != ZEST_WEIGHT_Q8_0;
    const int shift = type == ZEST_WEIGHT_Q4_1 ? -1 : type == ZEST_WEIGHT_Q4_0 ? 0 : 4; /* of x_start; −1: not wanted */
    const __m512i low = _mm512_set1_epi8(15);
    const unsigned char *record = t->group + b * record_bytes;
    const unsigned char *quants = record + (has_min ? 64 : 32);
    if (nibbles || width <= STREAM_MAX)
        for (size_t line = 0; line < record_bytes; line += 64)
            _mm_prefetch((const char *)record + PREFETCH + line, _MM_HINT_T0);
    __m512i sum[ZEST_TILE_MAX];
#pragma GCC unroll 12
    for (int i = 0; i < width; i++) {
        sum[i] = shift < 0 ? _mm512_setzero_si512() : _mm512_set1_epi32(t->x_start[b * (size_t)width + (size_t)i]);
        if (shift > 0)
            sum[i] = _mm512_slli_epi32(sum[i], (unsigned)shift);
    }
    if (nibbles) {
#pragma GCC unroll 4
        for (int j = 0; j < 4; j++) {
            __m512i both = _mm512_loadu_si512(quants + 64 * j);
            __m512i first = _mm512_and_si512(both, low), second = _mm512_and_si512(_mm512_srli_epi16(both, 4), low);
#pragma GCC unroll 12
            for (int i = 0; i < width; i++)
                DOT(sum[i], first, x + (j * width + i) * 4);
#pragma GCC unroll 12
            for (int i = 0; i < width; i++)
                DOT(sum[i], second, x + ((j + 4) * width + i) * 4);
        }
    } else {
#pragma GCC unroll 8
        for (int j = 0; j < 8; j++) {
            __m512i weights = _mm512_loadu_si512(quants + 64 * j);
#pragma GCC unroll 12
            for (int i = 0; i < width; i++)
                DOT(sum[i], weights, x + (j * width + i) * 4);
        }
    }
    __m512 scale = load_halves(record), min = has_min ? load_halves(record + 32) : _mm512_setzero_ps();
#pragma GCC unroll 12
    for (int i = 0; i < width; i++) {
        size_t at = b * (size_t)width + (size_t)i;
        acc[i] =
            _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum[i]), _mm512_mul_ps(scale, _mm512_set1_ps(t->x_scale[at])), acc[i]);
        if (has_min)
            acc[i] = _mm512_fmadd_ps(min, _mm512_set1_ps(t->x_sum[at]), acc[i]);
    }
}

ALWAYS_INLINE void tile_q8(const struct tile *t, const int width, const enum zest_weight type)
{
    __m512 acc[ZEST_TILE_MAX];
    const int8_t *x = t->x;
#pragma GCC unroll 12
    for (int i = 0; i < width; i++)
        acc[i] = _mm512_setzero_ps();
    for (size_t b = 0; b < t->blocks; b++, x += ZEST_BLOCK * width)
        tile_block(t, b, x, acc, width, type);
#pragma GCC unroll 12
    for (int i = 0; i < width; i++)
        store_rows(t, (size_t)i, acc[i]);
}

#define EACH_WIDTH(call) \
    switch (width) {     \
    case 1:              \
        call(1);         \
        break;           \
    case 2:              \
        call(2);         \
        break;           \
    case 3:              \
        call(3);         \
        break;           \
    case 4:              \
        call(4);         \
        break;           \
    case 5:              \
        call(5);         \
        break;           \
    case 6:              \
        call(6);         \
        break;           \
    case 7:              \
        call(7);         \
        break;           \
    case 8:              \
        call(8);         \
        break;           \
    case 9:              \
        call(9);         \
        break;           \
    case 10:             \
        call(10);        \
        break;           \
    case 11:             \
        call(11);        \
        break;           \
    default:             \
        call(12);        \
        break;           \
    }

#define Q4_1(n) tile_q8(t, n, ZEST_WEIGHT_Q4_1)
#define Q4_0(n) tile_q8(t, n, ZEST_WEIGHT_Q4_0)
#define Q8_0(n) tile_q8(t, n, ZEST_WEIGHT_Q8_0)

static __attribute__((noinline)) void tile_quants(const struct tile *t, size_t width, enum zest_weight type)
{
    if (type == ZEST_WEIGHT_Q4_1) {
        EACH_WIDTH(Q4_1)
    } else if (type == ZEST_WEIGHT_Q4_0) {
        EACH_WIDTH(Q4_0)
    } else {
        EACH_WIDTH(Q8_0)
    }
}

static struct tile tile_at(const struct zest_matmul *work, size_t group, size_t token)
{
    const struct zest_matrix *m = work->matrix;
    const struct zest_activations *x = work->x;
    const unsigned char *data = m->data + group * m->group_bytes;
    size_t blocks = m->cols / ZEST_BLOCK, rows = m->rows - group * 16;
    return (struct tile){
        .group = data,
        .x = x->q8 ? x->q8 + token * x->cols : NULL,
        .x_scale = x->q8 ? x->scale + token * blocks : NULL,
        .x_sum = x->q8 ? x->sum + token * blocks : NULL,
        .x_start = x->q8 ? x->start + token * blocks : NULL,
        .x_f32 = x->f32 ? x->f32 + token * x->cols : NULL,
        .blocks = blocks,
        .cols = m->cols,
        .y = work->y + token * work->stride + group * 16,
        .stride = work->stride,
        .rows = rows < 16 ? rows : 16,
        .add = work->add,
    };
}

static void matmul_q8_avx512(const struct zest_matmul *work)
{
    for (size_t g = work->group_first; g < work->group_first + work->group_count; g++)
        for (size_t i = 0; i < work->x->tiles; i++) {
            size_t first = zest_tile_first(work->x, i), width = zest_tile_first(work->x, i + 1) - first;
            struct tile t = tile_at(work, g, first);
            tile_quants(&t, width, work->matrix->type);
        }
}

/* ---- float inputs ------------------------------------------------------------------------------------------ */

ALWAYS_INLINE __m512 load_weights(const unsigned char *p, const enum zest_weight type)
{
    if (type == ZEST_WEIGHT_F16)
        return _mm512_cvtph_ps(_mm256_load_si256((const __m256i *)(const void *)p));
    if (type == ZEST_WEIGHT_BF16)
        return _mm512_castsi512_ps(
            _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_load_si256((const __m256i *)(const void *)p)), 16));
    return _mm512_load_ps(p);
}

/* `groups` row groups, `group_bytes` apart, side by side: independent sums hide the latency of few tokens. */
ALWAYS_INLINE void tile_f32(const struct tile *t, const int width, const int groups, size_t group_bytes,
                            const enum zest_weight type)
{
    __m512 acc[ZEST_TILE_MAX];
    const size_t bytes = type == ZEST_WEIGHT_F32 ? 64 : 32;
    const float *x = t->x_f32;
#pragma GCC unroll 12
    for (int i = 0; i < width * groups; i++)
        acc[i] = _mm512_setzero_ps();
    for (size_t k = 0; k < t->cols; k++, x += width) {
#pragma GCC unroll 4
        for (int g = 0; g < groups; g++) {
            __m512 weights = load_weights(t->group + (size_t)g * group_bytes + k * bytes, type);
#pragma GCC unroll 12
            for (int i = 0; i < width; i++)
                acc[g * width + i] = _mm512_fmadd_ps(weights, _mm512_set1_ps(x[i]), acc[g * width + i]);
        }
    }
#pragma GCC unroll 4
    for (int g = 0; g < groups; g++) {
        struct tile part = *t;
        part.y += g * 16;
        part.rows = g + 1 < groups ? 16 : t->rows;
#pragma GCC unroll 12
        for (int i = 0; i < width; i++)
            store_rows(&part, (size_t)i, acc[g * width + i]);
    }
}

#define F32_ONE(n) tile_f32(t, n, 1, 0, ZEST_WEIGHT_F32)
#define F16_ONE(n) tile_f32(t, n, 1, 0, ZEST_WEIGHT_F16)
#define BF16_ONE(n) tile_f32(t, n, 1, 0, ZEST_WEIGHT_BF16)

static __attribute__((noinline)) void tile_one(const struct tile *t, size_t width, enum zest_weight type)
{
    if (type == ZEST_WEIGHT_F16) {
        EACH_WIDTH(F16_ONE)
    } else if (type == ZEST_WEIGHT_BF16) {
        EACH_WIDTH(BF16_ONE)
    } else {
        EACH_WIDTH(F32_ONE)
    }
}

#define FOUR(n)                                           \
    if (type == ZEST_WEIGHT_F16)                          \
        tile_f32(t, n, 4, group_bytes, ZEST_WEIGHT_F16);  \
    else if (type == ZEST_WEIGHT_BF16)                    \
        tile_f32(t, n, 4, group_bytes, ZEST_WEIGHT_BF16); \
    else                                                  \
        tile_f32(t, n, 4, group_bytes, ZEST_WEIGHT_F32)

static __attribute__((noinline)) void tile_four(const struct tile *t, size_t width, size_t group_bytes,
                                                enum zest_weight type)
{
    switch (width) {
    case 1:
        FOUR(1);
        break;
    case 2:
        FOUR(2);
        break;
    default:
        FOUR(3);
        break;
    }
}

static void matmul_f32_avx512(const struct zest_matmul *work)
{
    const struct zest_matrix *m = work->matrix;
    const struct zest_activations *x = work->x;
    size_t end = work->group_first + work->group_count, step;
    for (size_t g = work->group_first; g < end; g += step) {
        step = x->tokens <= 3 && g + 4 <= end ? 4 : 1;
        for (size_t i = 0; i < x->tiles; i++) {
            size_t first = zest_tile_first(x, i), width = zest_tile_first(x, i + 1) - first;
            struct tile t = tile_at(work, g, first);
            if (step == 4) {
                size_t rows = m->rows - (g + 3) * 16; /* of the last of the four */
                t.rows = rows < 16 ? rows : 16;
                tile_four(&t, width, m->group_bytes, m->type);
            } else {
                tile_one(&t, width, m->type);
            }
        }
    }
}

/* A quantised group as floats [cols][16]; a weight is fma(scale, q, min). */
static void unpack_floats(const struct zest_matrix *m, const unsigned char *group, float *to)
{
    for (size_t b = 0; b < m->cols / ZEST_BLOCK; b++) {
        const unsigned char *record = group + b * m->record_bytes, *quants = record + m->head_bytes;
        __m512 scale = load_halves(record);
        __m512 min = m->type == ZEST_WEIGHT_Q4_1 ? load_halves(record + 32) : _mm512_setzero_ps();
        for (size_t k = 0; k < ZEST_BLOCK; k++) {
            bool bytes = m->type == ZEST_WEIGHT_Q8_0;
            __m512i word = _mm512_loadu_si512(quants + (bytes ? k / 4 : k % 16 / 4) * 64);
            unsigned shift = (unsigned)(k % 4 * 8 + (!bytes && k >= 16 ? 4 : 0));
            __m512i q = _mm512_and_si512(_mm512_srli_epi32(word, shift), _mm512_set1_epi32(bytes ? 255 : 15));
            q = _mm512_sub_epi32(q, _mm512_set1_epi32((int)m->zero));
            _mm512_store_ps(to + (b * ZEST_BLOCK + k) * 16,
                            _mm512_add_ps(_mm512_mul_ps(scale, _mm512_cvtepi32_ps(q)), min));
        }
    }
}

static void matmul_exact_avx512(const struct zest_matmul *work)
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
