/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernels_ref.c - the plain meaning of every kernel, and the path of machines without AVX2.
 *
 * Written to be read, never tuned: one output at a time, sums in the order that kernels.h states (with a multiply and
 * an add where the fast paths fuse). Works on every weight layout, so that the tests hand the same packed matrix to
 * this and to the variant under test.
 */
#include <math.h>

#include "kernels.h"
#include "numbers.h"

/* ---- matmul ------------------------------------------------------------------------------------------------ */

static int quant_at(const struct zest_matrix *m, const unsigned char *quants, size_t lane, size_t k)
{
    if (m->type == ZEST_WEIGHT_Q8_0) {
        unsigned char byte = quants[(k / 4 * m->lanes + lane) * 4 + k % 4];
        return m->zero ? (int)byte - (int)m->zero : (int8_t)byte;
    }
    unsigned char byte = quants[(k % 16 / 4 * m->lanes + lane) * 4 + k % 4];
    return (k < 16 ? byte & 15 : byte >> 4) - (int)m->zero;
}

/* Tile position of a token: where its parts begin, and the distance from one value to the next. */
struct slot {
    size_t first, slot, width;
};

static struct slot slot_of(const struct zest_activations *x, size_t token)
{
    size_t tile = 0;
    while (zest_tile_first(x, tile + 1) <= token)
        tile++;
    size_t first = zest_tile_first(x, tile);
    return (struct slot){first, token - first, zest_tile_first(x, tile + 1) - first};
}

static void store(const struct zest_matmul *work, size_t token, uint64_t row, float value)
{
    float *y = &work->y[token * work->stride + row];
    *y = work->add ? *y + value : value;
}

static float dot_q8(const struct zest_matmul *work, const unsigned char *group, size_t lane, struct slot at)
{
    const struct zest_matrix *m = work->matrix;
    const struct zest_activations *x = work->x;
    size_t blocks = x->cols / ZEST_BLOCK;
    float acc = 0;
    for (size_t b = 0; b < blocks; b++) {
        const unsigned char *record = group + b * m->record_bytes, *quants = record + m->head_bytes;
        const int8_t *q8 = x->q8 + at.first * x->cols + b * ZEST_BLOCK * at.width;
        size_t scale_at = at.first * blocks + b * at.width + at.slot;
        int32_t sum = 0;
        for (size_t k = 0; k < ZEST_BLOCK; k++)
            sum += quant_at(m, quants, lane, k) * q8[(k / 4 * at.width + at.slot) * 4 + k % 4];
        float weight_scale = zest_f16_to_f32(zest_load_u16(record + lane * 2));
        acc += (float)sum * (weight_scale * x->scale[scale_at]);
        if (m->type == ZEST_WEIGHT_Q4_1)
            acc += zest_f16_to_f32(zest_load_u16(record + (m->lanes + lane) * 2)) * x->sum[scale_at];
    }
    return acc;
}

static void matmul_q8_ref(const struct zest_matmul *work)
{
    const struct zest_matrix *m = work->matrix;
    for (size_t g = work->group_first; g < work->group_first + work->group_count; g++)
        for (size_t lane = 0; lane < m->lanes && g * m->lanes + lane < m->rows; lane++)
            for (size_t t = 0; t < work->x->tokens; t++)
                store(work, t, g * m->lanes + lane,
                      dot_q8(work, m->data + g * m->group_bytes, lane, slot_of(work->x, t)));
}

static void matmul_f32_ref(const struct zest_matmul *work)
{
    const struct zest_matrix *m = work->matrix;
    const struct zest_activations *x = work->x;
    float *row = work->panel;
    for (uint64_t r = work->group_first * m->lanes;
         r < (work->group_first + work->group_count) * m->lanes && r < m->rows; r++) {
        zest_matrix_row(m, r, row);
        for (size_t t = 0; t < x->tokens; t++) {
            struct slot at = slot_of(x, t);
            const float *values = x->f32 + at.first * x->cols + at.slot;
            float acc = 0;
            for (size_t k = 0; k < x->cols; k++)
                acc += row[k] * values[k * at.width];
            store(work, t, r, acc);
        }
    }
}

/* ---- element-wise ------------------------------------------------------------------------------------------ */

static void quantize_ref(const float *values, const struct zest_activations *x, size_t first, size_t slot, size_t width,
                         float *residual)
{
    size_t blocks = x->cols / ZEST_BLOCK;
    for (size_t b = 0; b < blocks; b++) {
        int8_t *q8 = x->q8 + first * x->cols + b * ZEST_BLOCK * width;
        size_t at = first * blocks + b * width + slot;
        float top = 0;
        int32_t sum = 0;
        for (size_t k = 0; k < ZEST_BLOCK; k++)
            top = fmaxf(top, fabsf(values[b * ZEST_BLOCK + k]));
        float scale = top / 127.0f, inverse = top > 0 ? 127.0f / top : 0;
        for (size_t k = 0; k < ZEST_BLOCK; k++) {
            int32_t q = (int32_t)nearbyintf(values[b * ZEST_BLOCK + k] * inverse);
            q8[(k / 4 * width + slot) * 4 + k % 4] = (int8_t)q;
            sum += (int8_t)q;
            if (residual)
                residual[b * ZEST_BLOCK + k] = values[b * ZEST_BLOCK + k] - scale * (float)q;
        }
        x->scale[at] = scale;
        x->sum[at] = scale * (float)sum;
        x->start[at] = -8 * sum;
    }
}

static void rms_norm_ref(const float *x, const float *weight, float epsilon, size_t n, float *ret_y)
{
    float sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    float factor = 1.0f / sqrtf(sum / (float)n + epsilon);
    for (size_t i = 0; i < n; i++)
        ret_y[i] = x[i] * factor * weight[i];
}

static void rope_ref(float *x, const float *cos, const float *sin, size_t n)
{
    for (size_t i = 0; i + 1 < n; i += 2) {
        float a = x[i], b = x[i + 1];
        x[i] = a * cos[i] + b * sin[i];
        x[i + 1] = b * cos[i + 1] + a * sin[i + 1];
    }
}

static void swiglu_ref(const float *gate, const float *up, size_t n, float *ret_y)
{
    for (size_t i = 0; i < n; i++)
        ret_y[i] = gate[i] / (1.0f + expf(-gate[i])) * up[i];
}

static void softmax_ref(const float *x, size_t n, float *ret_y)
{
    float top = -INFINITY, sum = 0;
    for (size_t i = 0; i < n; i++)
        top = x[i] > top || isnan(x[i]) ? x[i] : top;
    for (size_t i = 0; i < n; i++)
        sum += ret_y[i] = expf(x[i] - top);
    for (size_t i = 0; i < n; i++)
        ret_y[i] /= sum;
}

/* ---- attention --------------------------------------------------------------------------------------------- */

static float kv_at(const struct zest_attention *w, size_t offset, size_t position, size_t index)
{
    const unsigned char *part = w->kv + (size_t)w->block_table[position / w->block_tokens] * w->block_bytes + offset;
    if (w->kv_type == ZEST_KV_F16)
        return zest_f16_to_f32(zest_load_u16(part + 2 * index));
    float value;
    memcpy(&value, part + 4 * index, sizeof(value));
    return value;
}

static float key_at(const struct zest_attention *w, size_t position, size_t d)
{
    size_t slot = position % w->block_tokens;
    return kv_at(w, w->k_offset, position,
                 (slot / ZEST_KEY_LANES * w->head_dim + d) * ZEST_KEY_LANES + slot % ZEST_KEY_LANES);
}

static float value_at(const struct zest_attention *w, size_t position, size_t d)
{
    return kv_at(w, w->v_offset, position, position % w->block_tokens * w->head_dim + d);
}

static float score(const struct zest_attention *w, const float *q, size_t position)
{
    float sum = 0;
    for (size_t d = 0; d < w->head_dim; d++)
        sum += q[d] * w->scale * key_at(w, position, d);
    return sum;
}

/* One query: blocks of ZEST_KEY_BLOCK keys, running maximum, sum and output. */
static void attend(const struct zest_attention *w, const float *q, size_t last, float *out)
{
    float top = -INFINITY, sum = 0, scores[ZEST_KEY_BLOCK];
    for (size_t d = 0; d < w->head_dim; d++)
        out[d] = 0;
    for (size_t first = 0; first <= last; first += ZEST_KEY_BLOCK) {
        size_t count = last - first + 1 < ZEST_KEY_BLOCK ? last - first + 1 : ZEST_KEY_BLOCK;
        float block_top = top;
        for (size_t i = 0; i < count; i++) {
            scores[i] = score(w, q, first + i);
            block_top = fmaxf(block_top, scores[i]);
        }
        float correction = expf(top - block_top);
        sum *= correction;
        for (size_t d = 0; d < w->head_dim; d++)
            out[d] *= correction;
        for (size_t i = 0; i < count; i++) {
            float p = expf(scores[i] - block_top);
            sum += p;
            for (size_t d = 0; d < w->head_dim; d++)
                out[d] += p * value_at(w, first + i, d);
        }
        top = block_top;
    }
    for (size_t d = 0; d < w->head_dim; d++)
        out[d] /= sum;
}

static void attention_ref(const struct zest_attention *work)
{
    for (size_t t = 0; t < work->tokens; t++)
        for (size_t h = 0; h < work->group; h++) {
            size_t at = (work->kv_head * work->group + h) * work->head_dim;
            attend(work, work->q + t * work->q_stride + at, work->position + t, work->out + t * work->out_stride + at);
        }
}

/* The textbook: all scores, one softmax over them, one weighted sum. */
static void attend_naive(const struct zest_attention *w, const float *q, size_t last, float *out)
{
    float *scores = w->scratch;
    for (size_t i = 0; i <= last; i++)
        scores[i] = score(w, q, i);
    softmax_ref(scores, last + 1, scores);
    for (size_t d = 0; d < w->head_dim; d++) {
        out[d] = 0;
        for (size_t i = 0; i <= last; i++)
            out[d] += scores[i] * value_at(w, i, d);
    }
}

static void naive_attention_ref(const struct zest_attention *work)
{
    for (size_t t = 0; t < work->tokens; t++)
        for (size_t h = 0; h < work->group; h++) {
            size_t at = (work->kv_head * work->group + h) * work->head_dim;
            attend_naive(work, work->q + t * work->q_stride + at, work->position + t,
                         work->out + t * work->out_stride + at);
        }
}

/* ---- roofs ------------------------------------------------------------------------------------------------- */

static uint64_t peak_f32_ref(uint64_t rounds)
{
    float acc[16] = {0};
    volatile float sink = 0.5f, other = 0.25f;
    float a = sink, b = other;
    for (uint64_t r = 0; r < rounds; r++)
        for (int i = 0; i < 16; i++)
            acc[i] = acc[i] * a + b;
    for (int i = 1; i < 16; i++)
        acc[0] += acc[i];
    sink = acc[0];
    return rounds * 16;
}

static double read_sum_ref(const void *data, size_t size)
{
    uint64_t sum = 0, word;
    for (size_t i = 0; i + 8 <= size; i += 8) {
        memcpy(&word, (const unsigned char *)data + i, 8);
        sum += word;
    }
    return (double)sum;
}

const struct zest_kernels zest_kernels_ref = {
    .name = "baseline",
    .variant = "ref",
    .lanes = 1,
    .tile = 1,
    .matmul = {matmul_f32_ref, matmul_f32_ref, matmul_f32_ref, matmul_q8_ref, matmul_q8_ref, matmul_q8_ref},
    .matmul_exact = {matmul_f32_ref, matmul_f32_ref, matmul_f32_ref, matmul_f32_ref, matmul_f32_ref, matmul_f32_ref},
    .quantize = quantize_ref,
    .rms_norm = rms_norm_ref,
    .rope = rope_ref,
    .swiglu = swiglu_ref,
    .softmax = softmax_ref,
    .attention = attention_ref,
    .naive_attention = naive_attention_ref,
    .peak_f32 = peak_f32_ref,
    .read_sum = read_sum_ref,
};
