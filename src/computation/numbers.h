/* SPDX-License-Identifier: Apache-2.0 */
/*
 * numbers.h - 16-bit floats to 32 bits and back, bit-exact on every machine.
 *
 * Plain arithmetic without tables, for packing, references and single rows; the fast kernels use instructions that
 * give the same bits. Source: IEEE 754-2019 binary16; bfloat16 is the upper half of binary32.
 */
#ifndef ZEST_COMPUTATION_NUMBERS_H
#define ZEST_COMPUTATION_NUMBERS_H

#include <stdint.h>
#include <string.h>

static inline float zest_bits_to_f32(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static inline uint32_t zest_f32_to_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static inline float zest_f16_to_f32(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = (half >> 10) & 31, fraction = half & 1023;
    if (exponent == 31)
        return zest_bits_to_f32(sign | 0x7f800000u | fraction << 13);
    if (exponent == 0) { /* zero and subnormals: fraction × 2^-24, exact in 32 bits */
        float value = (float)fraction * 0x1p-24f;
        return sign ? -value : value;
    }
    return zest_bits_to_f32(sign | (exponent + 112) << 23 | fraction << 13);
}

/* Rounds to nearest, ties to even, as vcvtps2ph does. */
static inline uint16_t zest_f32_to_f16(float value)
{
    uint32_t bits = zest_f32_to_bits(value), magnitude = bits & 0x7fffffffu;
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
    if (magnitude > 0x7f800000u)
        return sign | 0x7e00 | (uint16_t)(magnitude >> 13 & 0x3ff);
    if (magnitude >= 0x477ff000u) /* 65520 and more */
        return sign | 0x7c00;
    if (magnitude < 0x38800000u) { /* below 2^-14: the adder rounds to multiples of 2^-24 */
        uint32_t rounded = zest_f32_to_bits(zest_bits_to_f32(magnitude) + 0.5f);
        return sign | (uint16_t)(rounded - 0x3f000000u);
    }
    uint32_t rounded = magnitude + 0xfff + (magnitude >> 13 & 1);
    return sign | (uint16_t)((rounded - 0x38000000u) >> 13);
}

static inline float zest_bf16_to_f32(uint16_t half)
{
    return zest_bits_to_f32((uint32_t)half << 16);
}

static inline uint16_t zest_load_u16(const void *p)
{
    uint16_t value;
    memcpy(&value, p, sizeof(value));
    return value;
}

static inline uint32_t zest_load_u32(const void *p)
{
    uint32_t value;
    memcpy(&value, p, sizeof(value));
    return value;
}

#endif
