/* SPDX-License-Identifier: Apache-2.0 */
/*
 * softmax.c - maximum, exponentials and selection over a vocabulary (some 50,000 to 250,000 values).
 *
 * Four values side by side in the compiler's own vectors, which every 64-bit processor has; one path for whole and
 * for partly filled vectors, so the place of a value in its row changes no bit.
 */
#include "softmax.h"

#include <math.h>
#include <string.h>

typedef float four __attribute__((vector_size(16)));
typedef int32_t four_ints __attribute__((vector_size(16)));

enum { WIDE = 4 };

static four load(const float *x)
{
    four v;
    memcpy(&v, x, sizeof(v));
    return v;
}

/* Up to four values, the rest filled up. */
static four load_some(const float *x, int32_t count, float rest)
{
    float some[WIDE] = {rest, rest, rest, rest};
    memcpy(some, x, (size_t)(count < WIDE ? count : WIDE) * sizeof(*x));
    return load(some);
}

static four choose(four_ints mask, four a, four b)
{
    return (four)((mask & (four_ints)a) | (~mask & (four_ints)b));
}

static four greater(four a, four b)
{
    return choose(a > b, a, b);
}

static float maximum(const float *x, int32_t count)
{
    const float none = -INFINITY;
    four a = {none, none, none, none}, b = a;
    int32_t i = 0;
    for (; i + 2 * WIDE <= count; i += 2 * WIDE) {
        a = greater(load(x + i), a);
        b = greater(load(x + i + WIDE), b);
    }
    for (; i < count; i += WIDE)
        a = greater(load_some(x + i, count - i, none), a);
    a = greater(a, b);
    float max = a[0];
    for (int l = 1; l < WIDE; l++)
        max = a[l] > max ? a[l] : max;
    return max;
}

int32_t zest_argmax(const float *logits, int32_t count)
{
    float max = maximum(logits, count);
    four wanted = {max, max, max, max};
    int32_t i = 0;
    for (; i + ZEST_SOFTMAX_BLOCK <= count; i += ZEST_SOFTMAX_BLOCK) {
        four_ints hit = {0};
        for (int32_t k = 0; k < ZEST_SOFTMAX_BLOCK; k += WIDE)
            hit |= load(logits + i + k) == wanted;
        if (hit[0] | hit[1] | hit[2] | hit[3])
            break;
    }
    for (; i < count; i++)
        if (logits[i] == max)
            return i;
    return 0; /* nothing but NaN */
}

static four all(float value)
{
    return (four){value, value, value, value};
}

/*
 * exp(x) for x <= 0, relative error below 2e-7: x = n ln 2 + r with |r| <= ln 2 / 2, the series of exp(r) to its
 * seventh power, times 2^n put into the exponent. Below -87 (and for NaN) it is exp(-87), about 1e-38; exp(0) is 1.
 */
static four exp_of(four x)
{
    const four round = all(12582912.0f); /* 1.5 * 2^23: adding it leaves a whole number in the low bits */
    x = greater(x, all(-87.0f));
    four n = (x * all(1.44269504f) + round) - round;
    four r = (x - n * all(0.693359375f)) - n * all(-2.12194440e-4f);
    four p = all(1.0f / 5040) * r + all(1.0f / 720);
    p = p * r + all(1.0f / 120);
    p = p * r + all(1.0f / 24);
    p = p * r + all(1.0f / 6);
    p = p * r + all(0.5f);
    p = p * r + all(1.0f);
    p = p * r + all(1.0f);
    four_ints bits = (__builtin_convertvector(n, four_ints) + 127) << 23;
    return p * (four)bits;
}

static four softmax_four(four x, struct zest_softmax_scale scale)
{
    four p = exp_of((x - all(scale.max)) * all(scale.factor));
    return (four)((p >= all(scale.least)) & (four_ints)p);
}

/* One block: 16 values are added up lane by lane, their four sums in double. A partly filled vector stands alone. */
static double softmax_block(const float *logits, int32_t count, struct zest_softmax_scale scale, float *ret_p)
{
    double sum = 0;
    int32_t i = 0;
    while (i + WIDE <= count) {
        four part = all(0);
        for (int k = 0; k < 4 && i + WIDE <= count; k++, i += WIDE) {
            four p = softmax_four(load(logits + i), scale);
            memcpy(ret_p + i, &p, sizeof(p));
            part += p;
        }
        sum += ((double)part[0] + (double)part[1]) + ((double)part[2] + (double)part[3]);
    }
    if (i < count) {
        four p = softmax_four(load_some(logits + i, count - i, -INFINITY), scale);
        for (int l = 0; i < count; i++, l++)
            sum += (double)(ret_p[i] = p[l]);
    }
    return sum;
}

double zest_softmax(const float *logits, int32_t count, struct zest_softmax_scale scale, float *ret_p,
                    double *ret_blocks)
{
    double sum = 0;
    for (int32_t i = 0, block = 0; i < count; i += ZEST_SOFTMAX_BLOCK, block++) {
        int32_t size = count - i < ZEST_SOFTMAX_BLOCK ? count - i : ZEST_SOFTMAX_BLOCK;
        double part = softmax_block(logits + i, size, scale, ret_p + i);
        if (ret_blocks)
            ret_blocks[block] = part;
        sum += part;
    }
    return sum;
}

double zest_log_sum(const float *logits, int32_t count)
{
    struct zest_softmax_scale scale = {maximum(logits, count), 1, 0};
    float p[ZEST_SOFTMAX_BLOCK];
    double sum = 0;
    for (int32_t i = 0; i < count; i += ZEST_SOFTMAX_BLOCK) {
        int32_t size = count - i < ZEST_SOFTMAX_BLOCK ? count - i : ZEST_SOFTMAX_BLOCK;
        sum += softmax_block(logits + i, size, scale, p);
    }
    return (double)scale.max + log(sum);
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
