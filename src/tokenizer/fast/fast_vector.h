/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_vector.h - 64 bytes of text at a time, in the instruction set that the file is compiled for.
 *
 * A mask has bit i for byte i of a block. What differs between instruction sets is here and nowhere else: comparing 64
 * bytes, listing the set bits of a mask, masking a word's key, looking at a line of the table.
 */
#ifndef ZEST_FAST_VECTOR_H
#define ZEST_FAST_VECTOR_H

#include "fast_cache.h"
#include "fast_plan.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#define ZEST_FAST_BLOCK 64u

/* ---- comparing ---- */

#if defined(__AVX512BW__) && defined(__AVX512VBMI2__)

struct zest_fast_block {
    __m512i bytes;
};

static inline struct zest_fast_block zest_fast_load(const unsigned char *at)
{
    return (struct zest_fast_block){_mm512_loadu_si512(at)};
}

/* Bytes in first .. first + count, unsigned. */
static inline uint64_t zest_fast_in(struct zest_fast_block block, unsigned char first, unsigned char count)
{
    return _mm512_cmple_epu8_mask(_mm512_sub_epi8(block.bytes, _mm512_set1_epi8((char)first)),
                                  _mm512_set1_epi8((char)count));
}

static inline struct zest_fast_block zest_fast_lower(struct zest_fast_block block) /* of ASCII letters */
{
    return (struct zest_fast_block){_mm512_or_si512(block.bytes, _mm512_set1_epi8(32))};
}

static inline uint64_t zest_fast_high(struct zest_fast_block block) /* bytes from 0x80 on */
{
    return _mm512_movepi8_mask(block.bytes);
}

#elif defined(__AVX2__)

struct zest_fast_block {
    __m256i a, b;
};

static inline struct zest_fast_block zest_fast_load(const unsigned char *at)
{
    return (struct zest_fast_block){_mm256_loadu_si256((const __m256i *)at),
                                    _mm256_loadu_si256((const __m256i *)(at + 32))};
}

static inline uint32_t zest_fast_half_in(__m256i bytes, __m256i first, __m256i count)
{
    __m256i from_first = _mm256_sub_epi8(bytes, first);
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_min_epu8(from_first, count), from_first));
}

static inline uint64_t zest_fast_in(struct zest_fast_block block, unsigned char first, unsigned char count)
{
    __m256i firsts = _mm256_set1_epi8((char)first), counts = _mm256_set1_epi8((char)count);
    return zest_fast_half_in(block.a, firsts, counts) | (uint64_t)zest_fast_half_in(block.b, firsts, counts) << 32;
}

static inline struct zest_fast_block zest_fast_lower(struct zest_fast_block block)
{
    __m256i bit = _mm256_set1_epi8(32);
    return (struct zest_fast_block){_mm256_or_si256(block.a, bit), _mm256_or_si256(block.b, bit)};
}

static inline uint64_t zest_fast_high(struct zest_fast_block block)
{
    return (uint32_t)_mm256_movemask_epi8(block.a) | (uint64_t)(uint32_t)_mm256_movemask_epi8(block.b) << 32;
}

#else

struct zest_fast_block {
    unsigned char bytes[ZEST_FAST_BLOCK];
};

static inline struct zest_fast_block zest_fast_load(const unsigned char *at)
{
    struct zest_fast_block block;
    memcpy(block.bytes, at, sizeof block.bytes);
    return block;
}

/* The highest bits of eight bytes, the first one's lowest. */
static inline uint64_t zest_fast_gather(uint64_t bytes)
{
    return (bytes >> 7 & 0x0101010101010101u) * 0x0102040810204080u >> 56;
}

static inline uint64_t zest_fast_in(struct zest_fast_block block, unsigned char first, unsigned char count)
{
    uint64_t mask = 0;
    for (uint32_t i = 0; i < ZEST_FAST_BLOCK; i++)
        block.bytes[i] = (unsigned char)(block.bytes[i] - first) <= count ? 0x80 : 0;
    for (uint32_t i = 0; i < ZEST_FAST_BLOCK / 8; i++) {
        uint64_t bytes;
        memcpy(&bytes, block.bytes + 8 * i, 8);
        mask |= zest_fast_gather(bytes) << 8 * i;
    }
    return mask;
}

static inline struct zest_fast_block zest_fast_lower(struct zest_fast_block block)
{
    for (uint32_t i = 0; i < ZEST_FAST_BLOCK; i++)
        block.bytes[i] |= 32;
    return block;
}

static inline uint64_t zest_fast_high(struct zest_fast_block block)
{
    return zest_fast_in(block, 0x80, 0x7F);
}

#endif

static inline uint64_t zest_fast_equal(struct zest_fast_block block, unsigned char byte)
{
    return zest_fast_in(block, byte, 0);
}

/* ---- listing ---- */

/* Writes base + i for each set bit i, in order, and answers how many. There is room for 64, whatever the count. */
static inline uint32_t zest_fast_list(uint64_t mask, uint32_t base, uint32_t *places)
{
    uint32_t count = (uint32_t)__builtin_popcountll(mask);
#if defined(__AVX512BW__) && defined(__AVX512VBMI2__)
    const __m512i iota =
        _mm512_set_epi8(63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40,
                        39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16,
                        15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    __m512i packed = _mm512_maskz_compress_epi8(mask, iota), bases = _mm512_set1_epi32((int)base);
    _mm512_storeu_si512(places, _mm512_add_epi32(bases, _mm512_cvtepu8_epi32(_mm512_castsi512_si128(packed))));
    _mm512_storeu_si512(places + 16,
                        _mm512_add_epi32(bases, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(packed, 1))));
    if (count > 32) {
        _mm512_storeu_si512(places + 32,
                            _mm512_add_epi32(bases, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(packed, 2))));
        _mm512_storeu_si512(places + 48,
                            _mm512_add_epi32(bases, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(packed, 3))));
    }
#else
    /* Eight at a time without a look at the count: fewer branches to guess. What is too much is overwritten. */
    for (uint32_t done = 0; done < count; done += 8)
        for (uint32_t i = 0; i < 8; i++) {
            places[done + i] = base + (uint32_t)__builtin_ctzll(mask | (uint64_t)1 << 63);
            mask &= mask - 1;
        }
#endif
    return count;
}

/* ---- keys ---- */

/*
 * Entry n keeps the first n bytes of a key and writes n as its last; entry 16, for all longer words, makes a key that
 * no word has.
 */
struct zest_fast_key_masks {
    unsigned char keep[17][16], size[17][16];
};

extern const struct zest_fast_key_masks zest_fast_key_masks;

/* The key of the word of `size` bytes at `at`, where 16 bytes may be read. */
static inline void zest_fast_key_load(const unsigned char *at, uint32_t size, struct zest_fast_key *ret_key)
{
    uint32_t entry = size < 16 ? size : 16;
#if defined(__SSE2__)
    __m128i key = _mm_and_si128(_mm_loadu_si128((const __m128i *)at),
                                _mm_load_si128((const __m128i *)zest_fast_key_masks.keep[entry]));
    key = _mm_or_si128(key, _mm_load_si128((const __m128i *)zest_fast_key_masks.size[entry]));
    _mm_store_si128((__m128i *)ret_key, key);
#else
    uint64_t key[2], keep[2], length[2];
    memcpy(key, at, 16);
    memcpy(keep, zest_fast_key_masks.keep[entry], 16);
    memcpy(length, zest_fast_key_masks.size[entry], 16);
    *ret_key = (struct zest_fast_key){(key[0] & keep[0]) | length[0], (key[1] & keep[1]) | length[1]};
#endif
}

/* The key with its letters of ASCII lowered. A length is no letter. */
static inline void zest_fast_key_lower(struct zest_fast_key *key)
{
#if defined(__SSE2__)
    __m128i bytes = _mm_load_si128((const __m128i *)key), from_a = _mm_sub_epi8(bytes, _mm_set1_epi8('A'));
    __m128i upper = _mm_cmpeq_epi8(_mm_min_epu8(from_a, _mm_set1_epi8(25)), from_a);
    _mm_store_si128((__m128i *)key, _mm_or_si128(bytes, _mm_and_si128(upper, _mm_set1_epi8(32))));
#else
    unsigned char bytes[16];
    memcpy(bytes, key, 16);
    for (int i = 0; i < 15; i++)
        bytes[i] |= bytes[i] >= 'A' && bytes[i] <= 'Z' ? 32 : 0;
    memcpy(key, bytes, 16);
#endif
}

/* The id of the key in the line, or what the line says of absent ones. Without branches. */
static inline uint32_t zest_fast_line_find(const struct zest_fast_line *line, const struct zest_fast_key *key)
{
#if defined(__AVX512BW__) && defined(__AVX512VBMI2__)
    __m512i keys = _mm512_broadcast_i32x4(_mm_load_si128((const __m128i *)key));
    uint32_t halves = _mm512_cmpeq_epi64_mask(_mm512_load_si512(line), keys), both = halves & halves >> 1 & 0x15;
    return line->ids[(uint32_t)__builtin_ctz(both | 0x40) >> 1];
#elif defined(__AVX2__)
    __m256i keys = _mm256_broadcastsi128_si256(_mm_load_si128((const __m128i *)key));
    __m256i first = _mm256_cmpeq_epi64(_mm256_load_si256((const __m256i *)line), keys);
    __m256i second = _mm256_cmpeq_epi64(_mm256_load_si256((const __m256i *)line + 1), keys);
    uint32_t halves = (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(first)) |
                      (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(second)) << 4;
    return line->ids[(uint32_t)__builtin_ctz((halves & halves >> 1 & 0x15) | 0x40) >> 1];
#else
    uint32_t id = line->ids[ZEST_FAST_LINE_WORDS];
    for (uint32_t i = 0; i < ZEST_FAST_LINE_WORDS; i++)
        id = line->keys[i].low == key->low && line->keys[i].high == key->high ? line->ids[i] : id;
    return id;
#endif
}

#endif
