/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernels_avx2.c - the AVX2 path: 8 lanes, FMA, F16C. Compiled with -mavx2 -mfma -mf16c, so nothing here may run before
 * kernels.c has looked at CPUID. Meanings: kernels_ref.c; products: matmul_avx2.h.
 */
#include "vector_avx2.h"

#include "matmul_avx2.h"

/* Ten chains of vpmaddubsw, 32 multiply-adds each: what the 4-bit kernel could reach if it did nothing else. */
static uint64_t peak_int8_avx2(uint64_t rounds)
{
    __m256i acc[10], b = _mm256_set1_epi8(5);
#pragma GCC unroll 10
    for (int i = 0; i < 10; i++)
        acc[i] = _mm256_set1_epi8(3);
    for (uint64_t r = 0; r < rounds; r++)
#pragma GCC unroll 10
        for (int i = 0; i < 10; i++)
            __asm__ volatile("vpmaddubsw %1, %0, %0" : "+x"(acc[i]) : "x"(b));
#pragma GCC unroll 10
    for (int i = 1; i < 10; i++)
        acc[0] = _mm256_add_epi16(acc[0], acc[i]);
    __asm__ volatile("" : : "x"(acc[0]));
    return rounds * 10 * 32;
}

/* Ten chains of fused multiply-adds. */
static uint64_t peak_f32_avx2(uint64_t rounds)
{
    __m256 acc[10], a = _mm256_set1_ps(0.5f), b = _mm256_set1_ps(0.25f);
#pragma GCC unroll 10
    for (int i = 0; i < 10; i++)
        acc[i] = _mm256_setzero_ps();
    for (uint64_t r = 0; r < rounds; r++)
#pragma GCC unroll 10
        for (int i = 0; i < 10; i++)
            __asm__ volatile("vfmadd231ps %2, %1, %0" : "+x"(acc[i]) : "x"(a), "x"(b));
#pragma GCC unroll 10
    for (int i = 1; i < 10; i++)
        acc[0] = _mm256_add_ps(acc[0], acc[i]);
    __asm__ volatile("" : : "x"(acc[0]));
    return rounds * 10 * 8;
}

static double read_sum_avx2(const void *data, size_t size)
{
    __m256i acc[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256()};
    for (size_t i = 0; i + 128 <= size; i += 128)
#pragma GCC unroll 4
        for (size_t j = 0; j < 4; j++)
            acc[j] = _mm256_add_epi64(
                acc[j], _mm256_loadu_si256((const __m256i *)(const void *)((const char *)data + i + 32 * j)));
    acc[0] = _mm256_add_epi64(_mm256_add_epi64(acc[0], acc[1]), _mm256_add_epi64(acc[2], acc[3]));
    uint64_t sums[4];
    _mm256_storeu_si256((__m256i *)(void *)sums, acc[0]);
    return (double)(sums[0] + sums[1] + sums[2] + sums[3]);
}

const struct zest_kernels zest_kernels_avx2 = {
    .name = "avx2",
    .variant = "avx2",
    .lanes = 8,
    .tile = WIDTH_MAX,
    .matmul = {matmul_f32_avx2, matmul_f32_avx2, matmul_f32_avx2, matmul_q8_avx2, matmul_q8_avx2, matmul_q8_avx2},
    .matmul_exact = {matmul_f32_avx2, matmul_f32_avx2, matmul_f32_avx2, matmul_exact_avx2, matmul_exact_avx2,
                     matmul_exact_avx2},
    .quantize = quantize_vector,
    .rms_norm = rms_norm_vector,
    .rope = rope_vector,
    .swiglu = swiglu_vector,
    .softmax = softmax_vector,
    .attention = attention_vector,
    .peak_int8 = peak_int8_avx2,
    .peak_f32 = peak_f32_avx2,
    .read_sum = read_sum_avx2,
};
