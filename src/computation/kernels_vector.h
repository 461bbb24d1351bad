/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernels_vector.h - the kernels that are the same on every vector path but for the width.
 *
 * Included once by each kernels_<path>.c, behind a vector_<path>.h that defines LANES, `vec` and its operations. All
 * functions are static: each path gets its own, compiled with its own flags.
 *
 * Attention (flash attention over pages). Source: Dao et al., FlashAttention-2, 2023, section 3.1; paging as in Kwon et
 * al., PagedAttention, SOSP 2023. Up to ZEST_QUERY_MAX queries (the heads of a KV head × consecutive tokens) pass over
 * the keys together, in blocks of ZEST_KEY_BLOCK from position 0:
 *
 *   scores  lanes are keys:   s[q][key] = Σ_d q[d] K[d][key], d ascending
 *   softmax per query:        m' = max(m, s), p = exp(s − m'), l = l exp(m − m') + p by lanes
 *   output  lanes are dims:   o[q][d] = o[q][d] exp(m − m') + Σ_key p[key] V[key][d], keys ascending
 *
 * Promise: a query's bits depend on its own q and on the keys up to its position only. Keys behind it have p = 0, and
 * fma(0, v, o) is o.
 */
#ifndef ZEST_COMPUTATION_KERNELS_VECTOR_H
#define ZEST_COMPUTATION_KERNELS_VECTOR_H

#include <math.h>

#include "kernels.h"
#include "numbers.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define SCORE_KEYS 32 /* keys of a tile of scores */
#define KEY_VECS (SCORE_KEYS / LANES)
#define KEY_PARTS (ZEST_KEY_BLOCK / ZEST_KEY_LANES)
#define EXP_LOWEST -87.3f /* below it exp is taken as 0 */

/* ---- exp --------------------------------------------------------------------------------------------------- */

/* exp by 2^n × polynomial on ±ln2/2; relative error below 2e-7. Source: Moshier, Cephes expf. exp(0) is 1 exactly. */
ALWAYS_INLINE vec v_exp(vec x)
{
    vec clamped = v_max(v_set(EXP_LOWEST), v_min(v_set(88.0f), x));
    vec n = v_round(v_mul(clamped, v_set(0x1.715476p+0f)));
    vec r = v_fma(n, v_set(-0x1.62e400p-1f), clamped);
    r = v_fma(n, v_set(-0x1.7f7d1cp-20f), r);
    vec p = v_set(1.9875691500e-4f);
    p = v_fma(p, r, v_set(1.3981999507e-3f));
    p = v_fma(p, r, v_set(8.3334519073e-3f));
    p = v_fma(p, r, v_set(4.1665795894e-2f));
    p = v_fma(p, r, v_set(1.6666665459e-1f));
    p = v_fma(p, r, v_set(5.0000001201e-1f));
    p = v_fma(v_mul(p, r), r, r);
    return v_zero_below(x, v_set(EXP_LOWEST), v_scale2(v_add(p, v_set(1)), n));
}

/* ---- element-wise ------------------------------------------------------------------------------------------ */

static void rms_norm_vector(const float *x, const float *weight, float epsilon, size_t n, float *ret_y)
{
    vec even = v_set(0), odd = v_set(0);
    size_t i = 0;
    for (; i + 2 * LANES <= n; i += 2 * LANES) {
        vec a = v_load(x + i), b = v_load(x + i + LANES);
        even = v_fma(a, a, even);
        odd = v_fma(b, b, odd);
    }
    float sum = v_sum(v_add(even, odd));
    for (; i < n; i++)
        sum = fmaf(x[i], x[i], sum);
    float factor = 1.0f / sqrtf(sum / (float)n + epsilon);
    for (i = 0; i + LANES <= n; i += LANES)
        v_store(ret_y + i, v_mul(v_mul(v_load(x + i), v_set(factor)), v_load(weight + i)));
    for (; i < n; i++)
        ret_y[i] = x[i] * factor * weight[i];
}

static void rope_vector(float *x, const float *cos, const float *sin, size_t n)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        vec a = v_load(x + i);
        v_store(x + i, v_fma(v_swap_pairs(a), v_load(sin + i), v_mul(a, v_load(cos + i))));
    }
    for (; i + 1 < n; i += 2) {
        float a = x[i], b = x[i + 1];
        x[i] = fmaf(b, sin[i], a * cos[i]);
        x[i + 1] = fmaf(a, sin[i + 1], b * cos[i + 1]);
    }
}

ALWAYS_INLINE vec v_swiglu(vec gate, vec up)
{
    vec sigmoid = v_add(v_set(1), v_exp(v_sub(v_set(0), gate)));
    return v_mul(v_div(gate, sigmoid), up);
}

static void swiglu_vector(const float *gate, const float *up, size_t n, float *ret_y)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        v_store(ret_y + i, v_swiglu(v_load(gate + i), v_load(up + i)));
    if (i < n) {
        float tail[3][LANES] = {{0}};
        memcpy(tail[0], gate + i, (n - i) * sizeof(float));
        memcpy(tail[1], up + i, (n - i) * sizeof(float));
        v_store(tail[2], v_swiglu(v_load(tail[0]), v_load(tail[1])));
        memcpy(ret_y + i, tail[2], (n - i) * sizeof(float));
    }
}

static void softmax_vector(const float *x, size_t n, float *ret_y)
{
    vec top = v_set(-INFINITY), sum = v_set(0);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        top = v_max(top, v_load(x + i));
    float tail[LANES];
    for (size_t k = 0; k < LANES; k++)
        tail[k] = i + k < n ? x[i + k] : -INFINITY;
    vec highest = v_set(v_top(v_max(top, v_load(tail))));
    for (i = 0; i + LANES <= n; i += LANES) {
        vec e = v_exp(v_sub(v_load(x + i), highest));
        v_store(ret_y + i, e);
        sum = v_add(sum, e);
    }
    vec last = v_exp(v_sub(v_load(tail), highest));
    vec factor = v_div(v_set(1), v_set(v_sum(v_add(sum, last))));
    for (size_t k = 0; k + LANES <= n; k += LANES)
        v_store(ret_y + k, v_mul(v_load(ret_y + k), factor));
    v_store(tail, v_mul(last, factor));
    if (i < n)
        memcpy(ret_y + i, tail, (n - i) * sizeof(float));
}

/* ---- int8 blocks ------------------------------------------------------------------------------------------- */

/* 32 floats × inverse, rounded to nearest even, as bytes in order; their sum. Plain AVX2 on every path. */
ALWAYS_INLINE int32_t quantize_block(const float *values, float inverse, float scale, int8_t ret_quants[ZEST_BLOCK],
                                     float *residual)
{
    __m256 factor = _mm256_set1_ps(inverse);
    __m256i q[4];
    for (int i = 0; i < 4; i++) {
        __m256 value = _mm256_loadu_ps(values + 8 * i);
        q[i] = _mm256_cvtps_epi32(_mm256_mul_ps(value, factor));
        if (residual)
            _mm256_storeu_ps(residual + 8 * i,
                             _mm256_fnmadd_ps(_mm256_cvtepi32_ps(q[i]), _mm256_set1_ps(scale), value));
    }
    __m256i bytes = _mm256_packs_epi16(_mm256_packs_epi32(q[0], q[1]), _mm256_packs_epi32(q[2], q[3]));
    bytes = _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
    _mm256_storeu_si256((__m256i *)ret_quants, bytes);
    __m256i pairs = _mm256_madd_epi16(_mm256_maddubs_epi16(_mm256_set1_epi8(1), bytes), _mm256_set1_epi16(1));
    __m128i four = _mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(four, _mm_shuffle_epi32(four, 0xb1)));
}

ALWAYS_INLINE float block_top(const float *values)
{
    __m256 sign = _mm256_set1_ps(-0.0f), top = _mm256_setzero_ps();
    for (int i = 0; i < 4; i++)
        top = _mm256_max_ps(top, _mm256_andnot_ps(sign, _mm256_loadu_ps(values + 8 * i)));
    __m128 c = _mm_max_ps(_mm256_castps256_ps128(top), _mm256_extractf128_ps(top, 1));
    c = _mm_max_ps(c, _mm_movehl_ps(c, c));
    return _mm_cvtss_f32(_mm_max_ss(c, _mm_movehdup_ps(c)));
}

static void quantize_vector(const float *values, const struct zest_activations *x, size_t first, size_t slot,
                            size_t width, float *residual)
{
    size_t blocks = x->cols / ZEST_BLOCK;
    int8_t *to = x->q8 + first * x->cols + slot * 4;
    for (size_t b = 0; b < blocks; b++, to += ZEST_BLOCK * width) {
        size_t at = first * blocks + b * width + slot;
        int8_t quants[ZEST_BLOCK];
        float top = block_top(values + b * ZEST_BLOCK), scale = top / 127.0f;
        int32_t sum = quantize_block(values + b * ZEST_BLOCK, top > 0 ? 127.0f / top : 0, scale, quants,
                                     residual ? residual + b * ZEST_BLOCK : NULL);
        for (size_t j = 0; j < ZEST_BLOCK / 4; j++)
            memcpy(to + j * width * 4, quants + j * 4, 4);
        x->scale[at] = scale;
        x->sum[at] = scale * (float)sum;
        x->start[at] = -8 * sum;
    }
}

/* ---- attention --------------------------------------------------------------------------------------------- */

/* Up to ZEST_QUERY_MAX queries on their way over the keys; the arrays lie in the caller's scratch. */
struct queries {
    size_t count, last_max;                                /* last_max: the highest position any of them sees */
    size_t last[ZEST_QUERY_MAX];                           /* position of each */
    float top[ZEST_KEY_LANES], correction[ZEST_KEY_LANES]; /* count of them are used; the rest keep vectors whole */
    float *q;                                              /* [head_dim][ZEST_QUERY_MAX], scaled */
    float *out;                                            /* [count][head_dim] */
    float *scores;                                         /* [count][ZEST_KEY_BLOCK] */
    float *sums;                                           /* [count][LANES] */
};

/* Where a block of keys lies, in parts of 16. */
struct keys {
    const unsigned char *k[KEY_PARTS], *v[KEY_PARTS];
    size_t first, count; /* positions; count is at most ZEST_KEY_BLOCK, and not beyond last_max */
};

ALWAYS_INLINE vec load_kv(const unsigned char *p, size_t index, bool half)
{
    return half ? v_load_half((const uint16_t *)(const void *)p + index)
                : v_load((const float *)(const void *)p + index);
}

ALWAYS_INLINE void score_tile(const struct queries *s, const struct keys *keys, size_t part, size_t head_dim,
                              size_t first, const int width, const bool half)
{
    vec acc[QK_TILE][KEY_VECS];
    for (int i = 0; i < width; i++)
        for (int v = 0; v < KEY_VECS; v++)
            acc[i][v] = v_set(0);
    const float *q = s->q + first;
    for (size_t d = 0; d < head_dim; d++, q += ZEST_QUERY_MAX) {
        vec k[KEY_VECS];
        for (int v = 0; v < KEY_VECS; v++)
            k[v] = load_kv(keys->k[part + (size_t)v * LANES / ZEST_KEY_LANES],
                           d * ZEST_KEY_LANES + (size_t)v * LANES % ZEST_KEY_LANES, half);
#pragma GCC unroll 8
        for (int i = 0; i < width; i++) {
            vec one = v_set(q[i]);
#pragma GCC unroll 4
            for (int v = 0; v < KEY_VECS; v++)
                acc[i][v] = v_fma(k[v], one, acc[i][v]);
        }
    }
    for (int i = 0; i < width; i++)
        for (int v = 0; v < KEY_VECS; v++)
            v_store(s->scores + (first + (size_t)i) * ZEST_KEY_BLOCK + part * ZEST_KEY_LANES + (size_t)v * LANES,
                    acc[i][v]);
}

/* SCORE_KEYS keys from `part` on, for all queries. */
ALWAYS_INLINE void score_part(const struct queries *s, const struct keys *keys, size_t part, size_t head_dim,
                              const bool half)
{
    size_t i = 0;
    for (; i + QK_TILE <= s->count; i += QK_TILE)
        score_tile(s, keys, part, head_dim, i, QK_TILE, half);
#if QK_TILE > 3
    for (; i + 3 <= s->count; i += 3)
        score_tile(s, keys, part, head_dim, i, 3, half);
#endif
    for (; i < s->count; i++)
        score_tile(s, keys, part, head_dim, i, 1, half);
}

/* How many of the block's keys a query sees. */
ALWAYS_INLINE int keys_seen(const struct queries *s, size_t i, const struct keys *keys)
{
    if (keys->first > s->last[i])
        return 0;
    return s->last[i] - keys->first >= ZEST_KEY_BLOCK ? ZEST_KEY_BLOCK : (int)(s->last[i] - keys->first + 1);
}

/* Raises the running maxima of all queries, and gives exp(old − new) of all at once. */
ALWAYS_INLINE void raise_tops(struct queries *s, const struct keys *keys)
{
    float before[ZEST_KEY_LANES];
    memcpy(before, s->top, sizeof(before));
    for (size_t i = 0; i < s->count; i++) {
        int seen = keys_seen(s, i, keys);
        vec top = v_set(s->top[i]);
        for (int v = 0; v * LANES < seen; v++)
            top = v_max(top,
                        v_keep(v_load(s->scores + i * ZEST_KEY_BLOCK + v * LANES), seen - v * LANES, v_set(-INFINITY)));
        s->top[i] = v_top(top);
    }
    for (int i = 0; i < ZEST_KEY_LANES; i += LANES)
        v_store(s->correction + i, v_exp(v_sub(v_load(before + i), v_load(s->top + i))));
}

/* Scores of one query become exp(score − maximum); zero where it does not see the key. */
ALWAYS_INLINE void exponentiate(struct queries *s, size_t i, const struct keys *keys)
{
    int seen = keys_seen(s, i, keys);
    vec sum = v_set(0), top = v_set(s->top[i]);
    for (int v = 0; v * LANES < (int)keys->count; v++) {
        float *at = s->scores + i * ZEST_KEY_BLOCK + v * LANES;
        vec p = v_keep(v_exp(v_sub(v_load(at), top)), seen - v * LANES, v_set(0));
        v_store(at, p);
        sum = v_add(sum, p);
    }
    v_store(s->sums + i * LANES, v_fma(v_load(s->sums + i * LANES), v_set(s->correction[i]), sum));
}

ALWAYS_INLINE void output_tile(const struct queries *s, const struct keys *keys, size_t head_dim, size_t first,
                               size_t dim, const int width, const int vecs, const bool half)
{
    vec acc[PV_TILE][4];
#pragma GCC unroll 4
    for (int i = 0; i < width; i++)
#pragma GCC unroll 4
        for (int v = 0; v < vecs; v++)
            acc[i][v] = v_mul(v_load(s->out + (first + (size_t)i) * head_dim + dim + (size_t)v * LANES),
                              v_set(s->correction[first + (size_t)i]));
    const float *p = s->scores + first * ZEST_KEY_BLOCK;
    for (size_t key = 0; key < keys->count; key++) {
        const unsigned char *row = keys->v[key / ZEST_KEY_LANES];
        size_t at = key % ZEST_KEY_LANES * head_dim + dim;
        vec one[PV_TILE];
#pragma GCC unroll 4
        for (int i = 0; i < width; i++)
            one[i] = v_set(p[(size_t)i * ZEST_KEY_BLOCK + key]);
#pragma GCC unroll 4
        for (int v = 0; v < vecs; v++) {
            vec value = load_kv(row, at + (size_t)v * LANES, half);
#pragma GCC unroll 4
            for (int i = 0; i < width; i++)
                acc[i][v] = v_fma(value, one[i], acc[i][v]);
        }
    }
#pragma GCC unroll 4
    for (int i = 0; i < width; i++)
#pragma GCC unroll 4
        for (int v = 0; v < vecs; v++)
            v_store(s->out + (first + (size_t)i) * head_dim + dim + (size_t)v * LANES, acc[i][v]);
}

ALWAYS_INLINE void output_rows(const struct queries *s, const struct keys *keys, size_t head_dim, size_t first,
                               const int width, const bool half)
{
    size_t dim = 0;
    for (; dim + 4 * LANES <= head_dim; dim += 4 * LANES)
        output_tile(s, keys, head_dim, first, dim, width, 4, half);
    for (; dim < head_dim; dim += 16)
        output_tile(s, keys, head_dim, first, dim, width, 16 / LANES, half);
}

ALWAYS_INLINE void output_block(const struct queries *s, const struct keys *keys, size_t head_dim, const bool half)
{
    size_t i = 0;
    for (; i + PV_TILE <= s->count; i += PV_TILE)
        output_rows(s, keys, head_dim, i, PV_TILE, half);
#if PV_TILE > 3
    for (; i + 3 <= s->count; i += 3)
        output_rows(s, keys, head_dim, i, 3, half);
#endif
    for (; i < s->count; i++)
        output_rows(s, keys, head_dim, i, 1, half);
}

/* The 16 keys from `position` on; the table names the block of every position that any query sees. */
static void find_keys(const struct zest_attention *w, size_t position, const unsigned char **ret_k,
                      const unsigned char **ret_v)
{
    size_t width = w->kv_type == ZEST_KV_F16 ? 2 : 4, slot = position % w->block_tokens;
    const unsigned char *block = w->kv + (size_t)w->block_table[position / w->block_tokens] * w->block_bytes;
    *ret_k = block + w->k_offset + slot * w->head_dim * width;
    *ret_v = block + w->v_offset + slot * w->head_dim * width;
}

static void start_queries(const struct zest_attention *w, size_t first, size_t count, struct queries *s)
{
    size_t dim = w->head_dim;
    s->count = count;
    s->q = w->scratch;
    s->out = s->q + ZEST_QUERY_MAX * dim;
    s->scores = s->out + ZEST_QUERY_MAX * dim;
    s->sums = s->scores + ZEST_QUERY_MAX * ZEST_KEY_BLOCK;
    memset(s->out, 0, count * dim * sizeof(float));
    memset(s->sums, 0, count * LANES * sizeof(float));
    memset(s->top, 0, sizeof(s->top));
    for (size_t i = 0; i < count; i++) {
        size_t token = (first + i) / w->group, head = w->kv_head * w->group + (first + i) % w->group;
        const float *q = w->q + token * w->q_stride + head * dim;
        for (size_t d = 0; d < dim; d++)
            s->q[d * ZEST_QUERY_MAX + i] = q[d] * w->scale;
        s->last[i] = w->position + token;
        s->top[i] = -INFINITY;
    }
    s->last_max = s->last[count - 1];
}

static void finish_queries(const struct zest_attention *w, size_t first, const struct queries *s)
{
    size_t dim = w->head_dim;
    for (size_t i = 0; i < s->count; i++) {
        size_t token = (first + i) / w->group, head = w->kv_head * w->group + (first + i) % w->group;
        float *out = w->out + token * w->out_stride + head * dim;
        vec factor = v_set(1.0f / v_sum(v_load(s->sums + i * LANES)));
        for (size_t d = 0; d < dim; d += LANES)
            v_store(out + d, v_mul(v_load(s->out + i * dim + d), factor));
    }
}

ALWAYS_INLINE void attend_tile(const struct zest_attention *w, size_t first, size_t count, const bool half)
{
    struct queries s;
    start_queries(w, first, count, &s);
    for (size_t key = 0; key <= s.last_max; key += ZEST_KEY_BLOCK) {
        struct keys keys = {.first = key};
        keys.count = s.last_max - key + 1 < ZEST_KEY_BLOCK ? s.last_max - key + 1 : ZEST_KEY_BLOCK;
        for (size_t part = 0; part < KEY_PARTS; part++) /* parts behind the last key are scored, but not looked at */
            find_keys(w, part * ZEST_KEY_LANES < keys.count ? key + part * ZEST_KEY_LANES : key, &keys.k[part],
                      &keys.v[part]);
        for (size_t part = 0; part * ZEST_KEY_LANES < keys.count; part += SCORE_KEYS / ZEST_KEY_LANES)
            score_part(&s, &keys, part, w->head_dim, half);
        raise_tops(&s, &keys);
        for (size_t i = 0; i < s.count; i++)
            exponentiate(&s, i, &keys);
        output_block(&s, &keys, w->head_dim, half);
    }
    finish_queries(w, first, &s);
}

static void attention_vector(const struct zest_attention *work)
{
    size_t queries = work->tokens * work->group;
    for (size_t first = 0; first < queries; first += ZEST_QUERY_MAX) {
        size_t count = queries - first < ZEST_QUERY_MAX ? queries - first : ZEST_QUERY_MAX;
        if (work->kv_type == ZEST_KV_F16)
            attend_tile(work, first, count, true);
        else
            attend_tile(work, first, count, false);
    }
}

#endif
