/* SPDX-License-Identifier: Apache-2.0 */
/*
 * random.h - a request's random numbers, as a function of its seed and the number of the token.
 *
 * Nothing is kept between tokens: a request draws the same numbers alone, in any batch and after any preemption.
 * Source: SplitMix64's mixing function, Steele, Lea and Flood, OOPSLA 2014, figure 16.
 */
#ifndef ZEST_RANDOM_H
#define ZEST_RANDOM_H

#include <stdint.h>

static inline uint64_t zest_random_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

static inline uint64_t zest_random_bits(uint64_t seed, uint64_t number)
{
    const uint64_t golden = 0x9E3779B97F4A7C15u; /* 2^64 / golden ratio: the generator's step */
    return zest_random_mix(zest_random_mix(seed + golden) + (number + 1) * golden);
}

/* Uniform in [0, 1), 53 bits. */
static inline double zest_random_unit(uint64_t seed, uint64_t number)
{
    return (double)(zest_random_bits(seed, number) >> 11) * 0x1p-53;
}

#endif
