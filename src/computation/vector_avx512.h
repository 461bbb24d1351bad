/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vector_avx512.h - 16 floats at a time: the few operations that kernels_vector.h is written in.
 *
 * Horizontal sums add the upper half to the lower half, again and again: one tree, always the same.
 */
#ifndef ZEST_COMPUTATION_VECTOR_AVX512_H
#define ZEST_COMPUTATION_VECTOR_AVX512_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define LANES 16
#define QK_TILE 6 /* queries × 2 accumulators, 2 registers of keys */
#define PV_TILE 4 /* queries × 4 accumulators, 4 registers of values */

typedef __m512 vec;

static inline vec v_load(const float *p)
{
    return _mm512_loadu_ps(p);
}

static inline vec v_load_half(const uint16_t *p)
{
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
}

static inline void v_store(float *p, vec a)
{
    _mm512_storeu_ps(p, a);
}

static inline vec v_set(float a)
{
    return _mm512_set1_ps(a);
}

static inline vec v_add(vec a, vec b)
{
    return _mm512_add_ps(a, b);
}

static inline vec v_sub(vec a, vec b)
{
    return _mm512_sub_ps(a, b);
}

static inline vec v_mul(vec a, vec b)
{
    return _mm512_mul_ps(a, b);
}

static inline vec v_div(vec a, vec b)
{
    return _mm512_div_ps(a, b);
}

static inline vec v_fma(vec a, vec b, vec c)
{
    return _mm512_fmadd_ps(a, b, c);
}

/* Gives b where one of them is NaN. */
static inline vec v_max(vec a, vec b)
{
    return _mm512_max_ps(a, b);
}

static inline vec v_min(vec a, vec b)
{
    return _mm512_min_ps(a, b);
}

static inline vec v_round(vec a)
{
    return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

/* a × 2^n for whole n from −126 to 127. */
static inline vec v_scale2(vec a, vec n)
{
    return _mm512_scalef_ps(a, n);
}

/* Zero where x < limit. */
static inline vec v_zero_below(vec x, vec limit, vec a)
{
    return _mm512_mask_mov_ps(a, _mm512_cmp_ps_mask(x, limit, _CMP_LT_OQ), _mm512_setzero_ps());
}

/* Lanes i >= count become b. */
static inline vec v_keep(vec a, int count, vec b)
{
    __mmask16 mask = count >= LANES ? 0xffff : count <= 0 ? 0 : (__mmask16)((1u << count) - 1);
    return _mm512_mask_mov_ps(b, mask, a);
}

static inline vec v_swap_pairs(vec a)
{
    return _mm512_permute_ps(a, 0xB1);
}

static inline float v_sum(vec a)
{
    __m256 b = _mm256_add_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1));
    __m128 c = _mm_add_ps(_mm256_castps256_ps128(b), _mm256_extractf128_ps(b, 1));
    c = _mm_add_ps(c, _mm_movehl_ps(c, c));
    return _mm_cvtss_f32(_mm_add_ss(c, _mm_movehdup_ps(c)));
}

static inline float v_top(vec a)
{
    __m256 b = _mm256_max_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1));
    __m128 c = _mm_max_ps(_mm256_castps256_ps128(b), _mm256_extractf128_ps(b, 1));
    c = _mm_max_ps(c, _mm_movehl_ps(c, c));
    return _mm_cvtss_f32(_mm_max_ss(c, _mm_movehdup_ps(c)));
}

#endif
