/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utf8_vector.c - see utf8_vector.h: AVX2 where the machine has it, 64 bytes at a time.
 *
 * Every error but one shows in two neighbouring bytes: three tables of 16 entries, asked by the first byte's halves and
 * the second's upper half, each tell which errors are possible, and what all three tell is one. The exception is the
 * number of continuation bytes: two of them in a row are right just behind the second byte of a character of three, and
 * the second and third of one of four.
 *
 * Source: Keiser and Lemire, Validating UTF-8 in Less Than One Instruction per Byte, Software: Practice and
 * Experience 51 (5), 2021.
 * Threads: any.
 */
#include "utf8_vector.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define BLOCK 64u
#define WITH_AVX2 __attribute__((target("avx2")))

/* What may be wrong with two bytes. */
enum wrong {
    TOO_SHORT = 1,    /* a first byte, then no continuation */
    TOO_LONG = 2,     /* ASCII, then a continuation */
    OVERLONG_3 = 4,   /* E0 80 .. 9F */
    TOO_LARGE = 8,    /* F4 90 .. BF, F5 .. FF 90 .. BF */
    SURROGATE = 16,   /* ED A0 .. BF */
    OVERLONG_2 = 32,  /* C0, C1 */
    BAD_FOUR_80 = 64, /* F0, F5 .. FF 80 .. 8F: overlong, too large */
    TWO_MORE = 128,   /* two continuations; not wrong everywhere */
};

#define ANY_LOW (TOO_SHORT | TOO_LONG | TWO_MORE) /* does not depend on the first byte's lower half */
#define LARGE_LOW (ANY_LOW | TOO_LARGE | BAD_FOUR_80)
#define CONTINUED (TOO_LONG | OVERLONG_2 | TWO_MORE)

static const unsigned char first_upper[16] = {
    [0x0] = TOO_LONG,
    [0x1] = TOO_LONG,
    [0x2] = TOO_LONG,
    [0x3] = TOO_LONG,
    [0x4] = TOO_LONG,
    [0x5] = TOO_LONG,
    [0x6] = TOO_LONG,
    [0x7] = TOO_LONG,
    [0x8] = TWO_MORE,
    [0x9] = TWO_MORE,
    [0xA] = TWO_MORE,
    [0xB] = TWO_MORE,
    [0xC] = TOO_SHORT | OVERLONG_2,
    [0xD] = TOO_SHORT,
    [0xE] = TOO_SHORT | OVERLONG_3 | SURROGATE,
    [0xF] = TOO_SHORT | TOO_LARGE | BAD_FOUR_80,
};

static const unsigned char first_lower[16] = {
    [0x0] = ANY_LOW | OVERLONG_3 | OVERLONG_2 | BAD_FOUR_80,
    [0x1] = ANY_LOW | OVERLONG_2,
    [0x2] = ANY_LOW,
    [0x3] = ANY_LOW,
    [0x4] = ANY_LOW | TOO_LARGE,
    [0x5] = LARGE_LOW,
    [0x6] = LARGE_LOW,
    [0x7] = LARGE_LOW,
    [0x8] = LARGE_LOW,
    [0x9] = LARGE_LOW,
    [0xA] = LARGE_LOW,
    [0xB] = LARGE_LOW,
    [0xC] = LARGE_LOW,
    [0xD] = LARGE_LOW | SURROGATE,
    [0xE] = LARGE_LOW,
    [0xF] = LARGE_LOW,
};

static const unsigned char second_upper[16] = {
    [0x0] = TOO_SHORT,
    [0x1] = TOO_SHORT,
    [0x2] = TOO_SHORT,
    [0x3] = TOO_SHORT,
    [0x4] = TOO_SHORT,
    [0x5] = TOO_SHORT,
    [0x6] = TOO_SHORT,
    [0x7] = TOO_SHORT,
    [0x8] = CONTINUED | OVERLONG_3 | BAD_FOUR_80,
    [0x9] = CONTINUED | OVERLONG_3 | TOO_LARGE,
    [0xA] = CONTINUED | SURROGATE | TOO_LARGE,
    [0xB] = CONTINUED | SURROGATE | TOO_LARGE,
    [0xC] = TOO_SHORT,
    [0xD] = TOO_SHORT,
    [0xE] = TOO_SHORT,
    [0xF] = TOO_SHORT,
};

struct tables {
    __m256i first_upper, first_lower, second_upper;
};

WITH_AVX2 static inline __m256i load_table(const unsigned char *table)
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)table));
}

WITH_AVX2 static inline __m256i upper_halves(__m256i bytes)
{
    return _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(0x0F));
}

/* Not zero where 32 bytes behind `before` are wrong. An unfinished character at their end shows in the next ones. */
WITH_AVX2 static inline __m256i find_wrong(const struct tables *tables, __m256i before, __m256i bytes)
{
    __m256i middle = _mm256_permute2x128_si256(before, bytes, 0x21);
    __m256i first = _mm256_alignr_epi8(bytes, middle, 15), second_last = _mm256_alignr_epi8(bytes, middle, 14),
            third_last = _mm256_alignr_epi8(bytes, middle, 13);
    __m256i wrong = _mm256_and_si256(
        _mm256_and_si256(_mm256_shuffle_epi8(tables->first_upper, upper_halves(first)),
                         _mm256_shuffle_epi8(tables->first_lower, _mm256_and_si256(first, _mm256_set1_epi8(0x0F)))),
        _mm256_shuffle_epi8(tables->second_upper, upper_halves(bytes)));
    /* The top bit where a third or fourth byte must be. */
    __m256i more = _mm256_or_si256(_mm256_subs_epu8(second_last, _mm256_set1_epi8(0xE0 - 0x80)),
                                   _mm256_subs_epu8(third_last, _mm256_set1_epi8((char)(0xF0 - 0x80))));
    return _mm256_xor_si256(_mm256_and_si256(more, _mm256_set1_epi8((char)0x80)), wrong);
}

/* Where the character begins that reaches over `at`, else `at`. What is before is well-formed. */
static size_t character_start(const unsigned char *bytes, size_t at)
{
    for (size_t back = 1; back <= 3 && back <= at; back++) {
        unsigned char byte = bytes[at - back];
        if (byte < 0x80)
            break;
        if (byte >= 0xC0) {
            size_t size = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
            return size > back ? at - back : at;
        }
    }
    return at;
}

WITH_AVX2 static size_t valid_prefix(const unsigned char *bytes, size_t size)
{
    const struct tables tables = {load_table(first_upper), load_table(first_lower), load_table(second_upper)};
    __m256i before = _mm256_setzero_si256();
    size_t at = 0;
    for (; size - at >= BLOCK; at += BLOCK) {
        __m256i low = _mm256_loadu_si256((const __m256i *)(bytes + at));
        __m256i high = _mm256_loadu_si256((const __m256i *)(bytes + at + 32));
        /* ASCII behind ASCII; the block before might end with an unfinished character. */
        if (_mm256_movemask_epi8(_mm256_or_si256(_mm256_or_si256(low, high), before)) != 0) {
            __m256i wrong = _mm256_or_si256(find_wrong(&tables, before, low), find_wrong(&tables, low, high));
            if (!_mm256_testz_si256(wrong, wrong))
                break;
        }
        before = high;
    }
    return character_start(bytes, at);
}

size_t zest_utf8_valid_prefix(const unsigned char *bytes, size_t size)
{
    return size >= BLOCK && __builtin_cpu_supports("avx2") ? valid_prefix(bytes, size) : 0;
}

#else

size_t zest_utf8_valid_prefix(const unsigned char *bytes, size_t size)
{
    (void)bytes, (void)size;
    return 0;
}

#endif
