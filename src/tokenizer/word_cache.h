/* SPDX-License-Identifier: Apache-2.0 */
/*
 * word_cache.h - words of at most 15 bytes and their ids, so that a word is merged once.
 *
 * Direct-mapped, a newer word takes an older one's place: bounded and without upkeep. Belongs to one thread at a time.
 * Tuned for English and code, where nine words in ten are in it and are one token; 512 KiB fit a core's second cache.
 */
#ifndef ZEST_WORD_CACHE_H
#define ZEST_WORD_CACHE_H

#include "word_hash.h"

#include <stdbool.h>

#define ZEST_CACHED_WORD_MAX 15
#define ZEST_CACHED_IDS_MAX 3
#define ZEST_WORD_CACHE_SLOTS 16384u

/* Up to 15 bytes, zero-padded, the size in the last byte; no word has size 0, so a zeroed slot is empty. */
struct zest_word_key {
    uint64_t low, high;
};

struct zest_cached_word {
    struct zest_word_key key;
    uint32_t ids[ZEST_CACHED_IDS_MAX];
    uint32_t count;
};

/* `room` is how many bytes may be read at `word`, at least `size`. */
static inline struct zest_word_key zest_word_key_of(const unsigned char *word, size_t size, size_t room)
{
    struct zest_word_key key = {0, 0};
    if (room >= 16) {
        memcpy(&key, word, 16);
        /* Keep the lowest `size` bytes (size <= 15). */
        uint64_t low_mask = size >= 8 ? ~(uint64_t)0 : ((uint64_t)1 << (8 * size)) - 1;
        uint64_t high_mask = size <= 8 ? 0 : ((uint64_t)1 << (8 * (size - 8))) - 1;
        key.low &= low_mask;
        key.high &= high_mask;
    } else {
        unsigned char padded[16] = {0};
        memcpy(padded, word, size);
        memcpy(&key, padded, 16);
    }
    key.high |= (uint64_t)size << 56;
    return key;
}

static inline struct zest_cached_word *zest_word_cache_slot(struct zest_cached_word *slots, struct zest_word_key key)
{
    return &slots[zest_hash_pair(key.low, key.high) % ZEST_WORD_CACHE_SLOTS];
}

static inline bool zest_word_key_equal(struct zest_word_key a, struct zest_word_key b)
{
    return a.low == b.low && a.high == b.high;
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "keys are masked as little-endian words");
_Static_assert(sizeof(struct zest_cached_word) == 32, "two slots fill a cache line");

#endif
