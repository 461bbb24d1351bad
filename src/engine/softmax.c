/* SPDX-License-Identifier: Apache-2.0 */
/*
 * softmax.c - maximum, exponentials and selection over a vocabulary (some 50,000 to 250,000 values).
 *
 * The loops over LANES independent values are there for the compiler's vectorizer; the lanes are joined in a fixed
 * order.
 */
#include "softmax.h"

#include <math.h>
#include <string.h>

enum { LANES = 16 };

static float maximum(const float *x, int32_t count)
{
    float lane[LANES];
    for (int l = 0; l < LANES; l++)
        lane[l] = -INFINITY;
    int32_t whole = count - count % LANES;
    for (int32_t i = 0; i < whole; i += LANES)
        for (int l = 0; l < LANES; l++)
            lane[l] = x[i + l] > lane[l] ? x[i + l] : lane[l];
    for (int32_t i = whole; i < count; i++)
        lane[0] = x[i] > lane[0] ? x[i] : lane[0];
    for (int l = 1; l < LANES; l++)
        lane[0] = lane[l] > lane[0] ? lane[l] : lane[0];
    return lane[0];
}

int32_t zest_argmax(const float *logits, int32_t count)
{
    float max = maximum(logits, count);
    for (int32_t i = 0; i < count; i++)
        if (logits[i] == max)
            return i;
    return 0; /* nothing but NaN */
}

/*
 * exp(x) for x <= 0, relative error below 2e-7: x = n ln 2 + r with |r| <= ln 2 / 2, the series of exp(r) to its
 * seventh power, times 2^n put into the exponent. Below -87 (and for NaN) it is exp(-87), about 1e-38.
 */
static inline float exp_of(float x)
{
    const float round = 12582912.0f; /* 1.5 * 2^23: adding it leaves a whole number in the low bits */
    x = x > -87.0f ? x : -87.0f;
    x = x < 88.0f ? x : 88.0f;
    float n = (x * 1.44269504f + round) - round;
    float r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
    float p = 1.0f / 5040;
    p = p * r + 1.0f / 720;
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    int32_t bits = ((int32_t)n + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof(power));
    return p * power;
}

static double block_sum(const float *p, int32_t count)
{
    double lane[8] = {0};
    int32_t whole = count - count % 8;
    for (int32_t i = 0; i < whole; i += 8)
        for (int l = 0; l < 8; l++)
            lane[l] += (double)p[i + l];
    for (int32_t i = whole; i < count; i++)
        lane[i - whole] += (double)p[i];
    return ((lane[0] + lane[4]) + (lane[1] + lane[5])) + ((lane[2] + lane[6]) + (lane[3] + lane[7]));
}

double zest_softmax(const float *logits, int32_t count, float max, float scale, float *ret_p, double *ret_blocks)
{
    double sum = 0;
    for (int32_t i = 0, block = 0; i < count; i += ZEST_SOFTMAX_BLOCK, block++) {
        int32_t size = count - i < ZEST_SOFTMAX_BLOCK ? count - i : ZEST_SOFTMAX_BLOCK;
        for (int32_t k = 0; k < size; k++)
            ret_p[i + k] = exp_of((logits[i + k] - max) * scale);
        double part = block_sum(ret_p + i, size);
        if (ret_blocks)
            ret_blocks[block] = part;
        sum += part;
    }
    return sum;
}

double zest_log_sum(const float *logits, int32_t count)
{
    float max = maximum(logits, count), p[ZEST_SOFTMAX_BLOCK];
    double sum = 0;
    for (int32_t i = 0; i < count; i += ZEST_SOFTMAX_BLOCK)
        sum += zest_softmax(logits + i, count - i < ZEST_SOFTMAX_BLOCK ? count - i : ZEST_SOFTMAX_BLOCK, max, 1.0f, p, NULL);
    return (double)max + log(sum);
}

static bool is_better(struct zest_candidate a, struct zest_candidate b)
{
    return a.logit > b.logit || (a.logit == b.logit && a.id < b.id);
}

/* A heap with its worst candidate on top: puts the one at `at` where it belongs below. */
static void sift_down(struct zest_candidate *heap, int32_t size, int32_t at)
{
    struct zest_candidate moved = heap[at];
    for (;;) {
        int32_t child = 2 * at + 1;
        if (child >= size)
            break;
        if (child + 1 < size && is_better(heap[child], heap[child + 1]))
            child++;
        if (is_better(heap[child], moved))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
}

/* Heap sort: in place, while the library's qsort may allocate. */
void zest_sort_candidates(struct zest_candidate *candidates, size_t count)
{
    int32_t size = (int32_t)count;
    for (int32_t i = size / 2; i-- > 0;)
        sift_down(candidates, size, i);
    while (size > 1) {
        struct zest_candidate worst = candidates[0];
        candidates[0] = candidates[--size];
        candidates[size] = worst;
        sift_down(candidates, size, 0);
    }
}

void zest_select_top(const float *logits, int32_t count, int32_t top, struct zest_candidate *ret_top)
{
    for (int32_t i = 0; i < top; i++)
        ret_top[i] = (struct zest_candidate){logits[i] == logits[i] ? logits[i] : -INFINITY, i};
    for (int32_t i = top / 2; i-- > 0;)
        sift_down(ret_top, top, i);
    for (int32_t i = top; i < count && top > 0; i++) {
        if (!(logits[i] > ret_top[0].logit))
            continue; /* of equals the earlier stays */
        ret_top[0] = (struct zest_candidate){logits[i], i};
        sift_down(ret_top, top, 0);
    }
    zest_sort_candidates(ret_top, (size_t)top);
}
