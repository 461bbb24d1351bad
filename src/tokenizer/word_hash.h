/* SPDX-License-Identifier: Apache-2.0 */
/*
 * word_hash.h - hashes of short byte strings, for the tables of the tokenizer. Stateless.
 *
 * Multiply and fold: the 128-bit product of two odd-constant mixed words, its halves xored. Not a cryptographic hash.
 */
#ifndef ZEST_WORD_HASH_H
#define ZEST_WORD_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t zest_hash_pair(uint64_t a, uint64_t b)
{
    __uint128_t product = (__uint128_t)(a ^ 0x9E3779B97F4A7C15u) * (b ^ 0xC2B2AE3D27D4EB4Fu);
    uint64_t folded = (uint64_t)product ^ (uint64_t)(product >> 64);
    return folded ^ folded >> 29;
}

static inline uint64_t zest_hash_bytes(const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    uint64_t hash = size * 0xA0761D6478BD642Fu;
    for (; size >= 8; size -= 8, at += 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        hash = zest_hash_pair(hash, word);
    }
    uint64_t rest = 0;
    memcpy(&rest, at, size);
    return zest_hash_pair(hash, rest);
}

#endif
