/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_together.h - merges several short words at the same time, a step of each in turn.
 *
 * A merge waits for memory: the pair's place in the filter, its slot, its product, and what comes next is known only
 * then. Words don't wait for each other, so while one waits the next ones go on. Nothing here branches on the text
 * but the end of a word.
 *
 * What a pair of ASCII characters merges as is read from a table (zest_fast_header), others are looked for. Else this
 * is the short route of bpe_merge.c, with the keys of all places in vectors:
 *
 *   31            4      0
 *   | rank        | place |      NO_MERGE: no merge, or the symbol is gone
 */
#ifndef ZEST_FAST_TOGETHER_H
#define ZEST_FAST_TOGETHER_H

#include "fast_vector.h"

#include <assert.h>

#define ZEST_FAST_LANES 4u

#if defined(__AVX2__)

#define ZEST_FAST_TOGETHER 1
#define ZEST_FAST_NO_MERGE UINT32_MAX

struct zest_fast_lane {
    uint32_t keys[16] __attribute__((aligned(64)));
    uint32_t ids[17]; /* one more to be read where a word ends */
    uint32_t left;    /* bit i: symbol i is there */
    uint32_t place;   /* in the list of words */
};

#if defined(__AVX512BW__) && defined(__AVX512VBMI2__)

static inline uint32_t zest_fast_lane_least(const struct zest_fast_lane *lane)
{
    return _mm512_reduce_min_epu32(_mm512_load_si512(lane->keys));
}

/* Sets two keys, and one to NO_MERGE; whole vectors are stored, which later loads don't wait for. */
static inline void zest_fast_lane_set(struct zest_fast_lane *lane, uint32_t at, uint32_t key, uint32_t before,
                                      uint32_t before_key, uint32_t gone)
{
    __m512i keys = _mm512_load_si512(lane->keys);
    keys = _mm512_mask_set1_epi32(keys, (__mmask16)before, (int)before_key);
    keys = _mm512_mask_set1_epi32(keys, (__mmask16)at, (int)key);
    keys = _mm512_mask_set1_epi32(keys, (__mmask16)gone, -1);
    _mm512_store_si512(lane->keys, keys);
}

#else

static inline uint32_t zest_fast_lane_least(const struct zest_fast_lane *lane)
{
    __m256i both = _mm256_min_epu32(_mm256_load_si256((const __m256i *)lane->keys),
                                    _mm256_load_si256((const __m256i *)lane->keys + 1));
    __m128i four = _mm_min_epu32(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
    __m128i two = _mm_min_epu32(four, _mm_shuffle_epi32(four, 0x4E));
    return (uint32_t)_mm_cvtsi128_si32(_mm_min_epu32(two, _mm_shuffle_epi32(two, 0xB1)));
}

static inline void zest_fast_lane_set(struct zest_fast_lane *lane, uint32_t at, uint32_t key, uint32_t before,
                                      uint32_t before_key, uint32_t gone)
{
    const __m256i bits = _mm256_set_epi32(128, 64, 32, 16, 8, 4, 2, 1), ones = _mm256_set1_epi32(-1);
    for (uint32_t half = 0; half < 2; half++) {
        __m256i *place = (__m256i *)lane->keys + half, keys = _mm256_load_si256(place);
        __m256i is_before =
            _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32((int)(before >> 8 * half)), bits), bits);
        __m256i is_at = _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32((int)(at >> 8 * half)), bits), bits);
        __m256i is_gone = _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32((int)(gone >> 8 * half)), bits), bits);
        keys = _mm256_blendv_epi8(keys, _mm256_set1_epi32((int)before_key), is_before);
        keys = _mm256_blendv_epi8(keys, _mm256_set1_epi32((int)key), is_at);
        _mm256_store_si256(place, _mm256_or_si256(keys, _mm256_and_si256(is_gone, ones)));
    }
}

#endif

static inline uint32_t zest_fast_pair_key(const struct zest_bpe_pairs *pairs, uint32_t left, uint32_t right,
                                          uint32_t at)
{
    uint32_t rank = zest_bpe_pairs_find(pairs, left, right);
    __builtin_prefetch(&pairs->products[rank == ZEST_BPE_NO_RANK ? 0 : rank]);
    return rank == ZEST_BPE_NO_RANK ? ZEST_FAST_NO_MERGE : rank << 4 | at;
}

/* The word's bytes as symbols, 2 .. 15. */
static inline void zest_fast_lane_begin(const struct zest_fast *fast, struct zest_fast_lane *lane,
                                        const struct zest_fast_key *key, uint32_t place)
{
    unsigned char bytes[16];
    memcpy(bytes, key, 16);
    uint32_t size = bytes[15];
    uint64_t low = key->low, high = key->high & (UINT64_MAX >> 8);
    bool is_ascii = ((low | high) & 0x8080808080808080u) == 0;
    uint32_t keys[16];
    assert(size >= 2 && size <= ZEST_FAST_SHORT_MAX);
    for (uint32_t i = 0; i < 16; i++)
        lane->ids[i] = fast->byte_ids[bytes[i]];
    lane->ids[16] = 0;
    for (uint32_t i = 0; i < 16; i++)
        keys[i] = ZEST_FAST_NO_MERGE;
    for (uint32_t i = 0; i + 1 < size; i++) {
        if (is_ascii) {
            uint32_t rank = fast->ascii_ranks[bytes[i]][bytes[i + 1]];
            keys[i] = rank == ZEST_BPE_NO_RANK ? ZEST_FAST_NO_MERGE : rank << 4 | i;
        } else {
            keys[i] = zest_fast_pair_key(&fast->pairs, lane->ids[i], lane->ids[i + 1], i);
        }
    }
    memcpy(lane->keys, keys, sizeof keys);
    lane->left = (1u << size) - 1;
    lane->place = place;
}

/* One merge; false where there is none left. */
static inline bool zest_fast_lane_step(const struct zest_bpe_pairs *pairs, struct zest_fast_lane *lane)
{
    uint32_t least = zest_fast_lane_least(lane);
    if (least == ZEST_FAST_NO_MERGE)
        return false;
    uint32_t at = least & 15, product = pairs->products[least >> 4];
    uint32_t behind = lane->left & (UINT32_MAX << 1 << at), gone = behind & -behind;
    lane->left &= ~gone;
    behind &= behind - 1;
    uint32_t before = lane->left & ((1u << at) - 1), previous = 31 - (uint32_t)__builtin_clz(before | 1);
    uint32_t next = (uint32_t)__builtin_ctz(behind | 1u << 16);
    uint32_t key = zest_fast_pair_key(pairs, product, lane->ids[next], at);
    uint32_t before_key = zest_fast_pair_key(pairs, lane->ids[previous], product, previous);
    lane->ids[at] = product;
    key |= behind ? 0 : ZEST_FAST_NO_MERGE;
    zest_fast_lane_set(lane, 1u << at, key, before ? 1u << previous : 0, before_key, gone);
    return true;
}

/* Keeps the finished word's tokens. */
static inline void zest_fast_lane_end(const struct zest_fast_job *job, const struct zest_fast_lane *lane,
                                      struct zest_fast_key key, uint64_t hash, struct zest_fast_kept *ret_kept)
{
    uint32_t ids[16], count = 0;
    for (uint32_t left = lane->left; left != 0; left &= left - 1)
        ids[count++] = lane->ids[__builtin_ctz(left)];
    memcpy(ret_kept->ids, ids, sizeof ret_kept->ids); /* what is too much is of no account */
    ret_kept->count = count <= ZEST_FAST_CACHED_IDS ? count : ZEST_FAST_CACHED_LONG;
    zest_fast_cache_put(&job->scratch->merged[zest_fast_merged_place(hash)], key, *ret_kept);
    if (ret_kept->count == ZEST_FAST_CACHED_LONG)
        zest_fast_cache_put_long(job->scratch, (const unsigned char *)&key, key.high >> 56, ids, count);
}

/*
 * Merges words and keeps their tokens in the cache and in `kept`. `list` has each word's place in `kept`, and there
 * `words` has the place in `keys` and `hashes`.
 */
static inline void zest_fast_merge_together(const struct zest_fast_job *job, const struct zest_fast_key *keys,
                                            const uint64_t *hashes, const uint32_t *words, const uint32_t *list,
                                            uint32_t count, struct zest_fast_kept *kept)
{
    struct zest_fast_lane lanes[ZEST_FAST_LANES];
    const struct zest_fast *fast = job->fast;
    uint32_t begun = 0, alive = 0;
    for (; begun < count && begun < ZEST_FAST_LANES; begun++) {
        zest_fast_lane_begin(fast, &lanes[begun], &keys[words[list[begun]]], list[begun]);
        alive |= 1u << begun;
    }
    while (alive)
        for (uint32_t i = 0; i < ZEST_FAST_LANES; i++) {
            struct zest_fast_lane *lane = &lanes[i];
            if (!(alive >> i & 1) || zest_fast_lane_step(&fast->pairs, lane))
                continue;
            uint32_t word = words[lane->place];
            zest_fast_lane_end(job, lane, keys[word], hashes[word], &kept[lane->place]);
            alive &= ~(1u << i);
            if (begun < count) {
                zest_fast_lane_begin(fast, lane, &keys[words[list[begun]]], list[begun]);
                alive |= 1u << i;
                begun++;
            }
        }
}

#endif

#endif
