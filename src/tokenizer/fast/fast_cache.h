/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_cache.h - words that a thread has merged, so that a word is merged once. Bounded, without upkeep.
 *
 * Short words (at most 15 bytes) of at most three tokens lie two to a cache line, and a new one moves the first back
 * and the second out:
 *
 *   byte  0              16     20     24     28      32
 *        | key          | id 0 | id 1 | id 2 | count | the other word …
 *
 * Longer words, and short ones of more tokens, have 128 bytes each, one place a word.
 *
 * Sizes: 4 MiB, four times the 27,000 different words that are no token in 5 MB of English: a merge costs ten look-ups
 * in memory, and lines are fetched ahead, so that it need not fit into a core's own cache (a tenth faster than 2 MiB, a
 * half than 512 KiB). 256 KiB for long words.
 */
#ifndef ZEST_FAST_CACHE_H
#define ZEST_FAST_CACHE_H

#include "fast_plan.h"

#define ZEST_FAST_CACHED_IDS 3u
#define ZEST_FAST_LINE_CACHED 2u
#define ZEST_FAST_MERGED_LINES 65536u
#define ZEST_FAST_LONG_IDS 14u
#define ZEST_FAST_LONG_BYTES 70u
#define ZEST_FAST_LONG_WORDS 2048u

#define ZEST_FAST_CACHED_LONG 0u /* a count: the tokens are more, and lie with those of long words */

/* A word's tokens. */
struct zest_fast_kept {
    uint32_t ids[ZEST_FAST_CACHED_IDS];
    uint32_t count;
};

struct zest_fast_cached {
    struct zest_fast_key key; /* all zeros: empty */
    struct zest_fast_kept kept;
};

struct zest_fast_cache_line {
    struct zest_fast_cached words[ZEST_FAST_LINE_CACHED];
} __attribute__((aligned(64)));

struct zest_fast_long_word {
    uint32_t ids[ZEST_FAST_LONG_IDS];
    unsigned char size, count; /* size 0: empty */
    unsigned char bytes[ZEST_FAST_LONG_BYTES];
} __attribute__((aligned(128)));

_Static_assert(sizeof(struct zest_fast_cache_line) == 64, "two words a line");
_Static_assert(sizeof(struct zest_fast_long_word) == 128, "a long word has two lines");

static inline uint32_t zest_fast_merged_place(uint64_t hash)
{
    return (uint32_t)(hash >> 40) % ZEST_FAST_MERGED_LINES;
}

/* The word's tokens; answers false, and a count of 0, where it is not there. Without branches. */
static inline bool zest_fast_cache_get(const struct zest_fast_cache_line *line, const struct zest_fast_key *key,
                                       struct zest_fast_kept *ret_kept)
{
    const struct zest_fast_cached *words = line->words;
    bool is_first = !((words[0].key.low ^ key->low) | (words[0].key.high ^ key->high));
    bool is_second = !((words[1].key.low ^ key->low) | (words[1].key.high ^ key->high));
    *ret_kept = words[is_second].kept;
    ret_kept->count = (is_first | is_second) ? ret_kept->count : 0;
    return is_first | is_second;
}

static inline void zest_fast_cache_put(struct zest_fast_cache_line *line, struct zest_fast_key key,
                                       struct zest_fast_kept kept)
{
    line->words[1] = line->words[0];
    line->words[0].key = key;
    line->words[0].kept = kept;
}

/* `size` is at most ZEST_FAST_LONG_BYTES. */
static inline struct zest_fast_long_word *zest_fast_cache_long(struct zest_fast_scratch *scratch,
                                                               const unsigned char *word, size_t size)
{
    return &scratch->long_words[zest_hash_bytes(word, size) % ZEST_FAST_LONG_WORDS];
}

/* `size` is at most ZEST_FAST_LONG_BYTES. More than ZEST_FAST_LONG_IDS are not kept. */
static inline void zest_fast_cache_put_long(struct zest_fast_scratch *scratch, const unsigned char *bytes, size_t size,
                                            const uint32_t *ids, size_t count)
{
    struct zest_fast_long_word *word = zest_fast_cache_long(scratch, bytes, size);
    if (count > ZEST_FAST_LONG_IDS)
        return;
    word->size = (unsigned char)size;
    word->count = (unsigned char)count;
    memcpy(word->bytes, bytes, size);
    memcpy(word->ids, ids, count * sizeof *ids);
}

/* Appends the tokens, with their spans, of the short word text[start, end). */
void zest_fast_put_kept(struct zest_fast_job *job, const struct zest_fast_kept *kept, uint32_t start, uint32_t end);

#endif
