/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernels_avx512.c - the AVX-512 path: 16 lanes, VNNI dots. Compiled with -mavx512{f,bw,vl,dq,vnni} and more, so
 * nothing here may run before kernels.c has looked at CPUID. Meanings: kernels_ref.c; products: matmul_avx512.h.
 */
#include "vector_avx512.h"

#include "matmul_avx512.h"

/* Twelve chains of vpdpbusd, 64 multiply-adds each. */
static uint64_t peak_int8_avx512(uint64_t rounds)
{
    __m512i acc[12], a = _mm512_set1_epi8(3), b = _mm512_set1_epi8(5);
#pragma GCC unroll 12
    for (int i = 0; i < 12; i++)
        acc[i] = _mm512_setzero_si512();
    for (uint64_t r = 0; r < rounds; r++)
#pragma GCC unroll 12
        for (int i = 0; i < 12; i++)
            __asm__ volatile("vpdpbusd %2, %1, %0" : "+v"(acc[i]) : "v"(a), "v"(b));
#pragma GCC unroll 12
    for (int i = 1; i < 12; i++)
        acc[0] = _mm512_add_epi32(acc[0], acc[i]);
    __asm__ volatile("" : : "v"(acc[0]));
    return rounds * 12 * 64;
}

/* Twelve chains of fused multiply-adds. */
static uint64_t peak_f32_avx512(uint64_t rounds)
{
    __m512 acc[12], a = _mm512_set1_ps(0.5f), b = _mm512_set1_ps(0.25f);
#pragma GCC unroll 12
    for (int i = 0; i < 12; i++)
        acc[i] = _mm512_setzero_ps();
    for (uint64_t r = 0; r < rounds; r++)
#pragma GCC unroll 12
        for (int i = 0; i < 12; i++)
            __asm__ volatile("vfmadd231ps %2, %1, %0" : "+v"(acc[i]) : "v"(a), "v"(b));
#pragma GCC unroll 12
    for (int i = 1; i < 12; i++)
        acc[0] = _mm512_add_ps(acc[0], acc[i]);
    __asm__ volatile("" : : "v"(acc[0]));
    return rounds * 12 * 16;
}

static double read_sum_avx512(const void *data, size_t size)
{
    __m512i acc[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512()};
    for (size_t i = 0; i + 256 <= size; i += 256)
#pragma GCC unroll 4
        for (size_t j = 0; j < 4; j++)
            acc[j] = _mm512_add_epi64(acc[j], _mm512_loadu_si512((const char *)data + i + 64 * j));
    acc[0] = _mm512_add_epi64(_mm512_add_epi64(acc[0], acc[1]), _mm512_add_epi64(acc[2], acc[3]));
    uint64_t sums[8], sum = 0;
    _mm512_storeu_si512(sums, acc[0]);
    for (int i = 0; i < 8; i++)
        sum += sums[i];
    return (double)sum;
}

const struct zest_kernels zest_kernels_avx512 = {
    .name = "avx512",
    .variant = "avx512",
    .lanes = 16,
    .tile = 12,
    .matmul = {matmul_f32_avx512, matmul_f32_avx512, matmul_f32_avx512, matmul_q8_avx512, matmul_q8_avx512,
               matmul_q8_avx512},
    .matmul_exact = {matmul_f32_avx512, matmul_f32_avx512, matmul_f32_avx512, matmul_exact_avx512, matmul_exact_avx512,
                     matmul_exact_avx512},
    .quantize = quantize_vector,
    .rms_norm = rms_norm_vector,
    .rope = rope_vector,
    .swiglu = swiglu_vector,
    .softmax = softmax_vector,
    .attention = attention_vector,
    .peak_int8 = peak_int8_avx512,
    .peak_f32 = peak_f32_avx512,
    .read_sum = read_sum_avx512,
};
