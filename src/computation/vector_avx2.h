/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vector_avx2.h - 8 floats at a time: the few operations that kernels_vector.h is written in.
 *
 * Horizontal sums add the upper half to the lower half, again and again: one tree, always the same.
 */
#ifndef ZEST_COMPUTATION_VECTOR_AVX2_H
#define ZEST_COMPUTATION_VECTOR_AVX2_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define LANES 8
#define QK_TILE 2 /* queries × 4 accumulators, 4 registers of keys */
#define PV_TILE 3 /* queries × 4 accumulators, 1 register of values at a time */

typedef __m256 vec;

static inline vec v_load(const float *p)
{
    return _mm256_loadu_ps(p);
}

static inline vec v_load_half(const uint16_t *p)
{
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p));
}

static inline void v_store(float *p, vec a)
{
    _mm256_storeu_ps(p, a);
}

static inline vec v_set(float a)
{
    return _mm256_set1_ps(a);
}

static inline vec v_add(vec a, vec b)
{
    return _mm256_add_ps(a, b);
}

static inline vec v_sub(vec a, vec b)
{
    return _mm256_sub_ps(a, b);
}

static inline vec v_mul(vec a, vec b)
{
    return _mm256_mul_ps(a, b);
}

static inline vec v_div(vec a, vec b)
{
    return _mm256_div_ps(a, b);
}

static inline vec v_fma(vec a, vec b, vec c)
{
    return _mm256_fmadd_ps(a, b, c);
}

/* Gives b where one of them is NaN. */
static inline vec v_max(vec a, vec b)
{
    return _mm256_max_ps(a, b);
}

static inline vec v_min(vec a, vec b)
{
    return _mm256_min_ps(a, b);
}

static inline vec v_round(vec a)
{
    return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

/* a × 2^n for whole n from −126 to 127. */
static inline vec v_scale2(vec a, vec n)
{
    __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
    return _mm256_mul_ps(a, _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23)));
}

/* Zero where x < limit. */
static inline vec v_zero_below(vec x, vec limit, vec a)
{
    return _mm256_andnot_ps(_mm256_cmp_ps(x, limit, _CMP_LT_OQ), a);
}

/* Lanes i >= count become b. */
static inline vec v_keep(vec a, int count, vec b)
{
    __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    __m256i keep = _mm256_cmpgt_epi32(_mm256_set1_epi32(count), lane);
    return _mm256_blendv_ps(b, a, _mm256_castsi256_ps(keep));
}

static inline vec v_swap_pairs(vec a)
{
    return _mm256_permute_ps(a, 0xB1);
}

static inline float v_sum(vec a)
{
    __m128 c = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    c = _mm_add_ps(c, _mm_movehl_ps(c, c));
    return _mm_cvtss_f32(_mm_add_ss(c, _mm_movehdup_ps(c)));
}

static inline float v_top(vec a)
{
    __m128 c = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    c = _mm_max_ps(c, _mm_movehl_ps(c, c));
    return _mm_cvtss_f32(_mm_max_ss(c, _mm_movehdup_ps(c)));
}

#endif
