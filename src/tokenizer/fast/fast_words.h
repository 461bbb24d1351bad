/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_words.h - words of which the tokens are known without merging, in the image (ZEST_SECTION_FAST_WORDS).
 *
 * Short words, 1 .. 15 bytes, lie three to a cache line, so that a look-up touches one line and compares at once:
 *
 *   byte  0            16           32           48     52     56     60
 *        | key 0      | key 1      | key 2      | id 0 | id 1 | id 2 | rest |
 *
 *   key: the word's bytes, zeros, and its length as the 16th byte; an empty place is all zeros.
 *   rest: the "fourth id", what is read for a word that is not here: bit 31, and for each word of this line that lies
 * in one of the next ones a bit by its hash, so that few others are looked for there.
 *
 * Words are put in the order of their ids, as vocabularies list what is frequent first: it finds its own line free.
 *
 * Long words (few) are found by the hash of all their bytes: uint32_t slots, then their ids, ends and bytes.
 *
 * An id with ZEST_FAST_WHOLE stands for the word as a whole piece only (ignore_merges): merging its bytes gives others.
 */
#ifndef ZEST_FAST_WORDS_H
#define ZEST_FAST_WORDS_H

#include "word_hash.h"

#include <zest/core.h>

#define ZEST_FAST_SHORT_MAX 15u
#define ZEST_FAST_LINE_WORDS 3u
#define ZEST_FAST_WHOLE (1u << 31)
#define ZEST_FAST_NO_WORD UINT32_MAX
#define ZEST_FAST_ABSENT (1u << 31)

struct zest_fast_key {
    uint64_t low, high;
};

struct zest_fast_line {
    struct zest_fast_key keys[ZEST_FAST_LINE_WORDS];
    uint32_t ids[ZEST_FAST_LINE_WORDS + 1]; /* the last one is `rest` */
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct zest_fast_line) == 64, "a line of the table is a line of the cache");

struct zest_fast_words_header {
    uint32_t line_count;      /* a power of two */
    uint32_t long_slot_count; /* a power of two, or 0 */
    uint32_t long_count;
    uint32_t padding[13];
};

struct zest_fast_words {
    const struct zest_fast_line *lines;
    uint32_t line_mask;
    const uint32_t *long_slots; /* place in long_ids + 1; 0 is empty */
    uint32_t long_mask;
    const uint32_t *long_ids;  /* [long_count] */
    const uint32_t *long_ends; /* [long_count + 1], from 0 */
    const unsigned char *long_bytes;
};

/* The table takes the low bits, the cache (fast_cache.h) the high ones. */
static inline uint64_t zest_fast_hash(struct zest_fast_key key)
{
    unsigned __int128 product = (unsigned __int128)(key.low ^ 0x9E3779B97F4A7C15u) * (key.high ^ 0xC2B2AE3D27D4EB4Fu);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint32_t zest_fast_home(uint64_t hash)
{
    return (uint32_t)hash;
}

/* The key of 1 .. 15 bytes. Reads no others. */
static inline struct zest_fast_key zest_fast_key_of(const unsigned char *word, size_t size)
{
    unsigned char padded[16] = {0};
    struct zest_fast_key key;
    memcpy(padded, word, size);
    padded[15] = (unsigned char)size;
    memcpy(&key, padded, 16);
    return key;
}

/* The bit of `rest` that says that words of this hash may lie further on. */
static inline uint32_t zest_fast_overflow(uint64_t hash)
{
    return 1u << (uint32_t)((hash >> 32) % 31);
}

/* The id, with ZEST_FAST_WHOLE perhaps, or ZEST_FAST_NO_WORD. */
static inline uint32_t zest_fast_words_find(const struct zest_fast_words *words, struct zest_fast_key key,
                                            uint64_t hash)
{
    for (uint32_t at = zest_fast_home(hash) & words->line_mask;; at = (at + 1) & words->line_mask) {
        const struct zest_fast_line *line = &words->lines[at];
        for (uint32_t i = 0; i < ZEST_FAST_LINE_WORDS; i++)
            if (line->keys[i].low == key.low && line->keys[i].high == key.high)
                return line->ids[i];
        if (!(line->ids[ZEST_FAST_LINE_WORDS] & zest_fast_overflow(hash)))
            return ZEST_FAST_NO_WORD;
    }
}

uint32_t zest_fast_words_find_long(const struct zest_fast_words *words, const unsigned char *word, size_t size);

/* ---- compiling ---- */

struct zest_fast_word {
    const unsigned char *bytes;
    uint32_t size, id; /* ZEST_FAST_WHOLE in id perhaps */
};

/* Bytes of the section of these words. */
size_t zest_fast_words_size(const struct zest_fast_word *list, size_t count);
/* Writes the section: each word once, in the order of their ids. Its memory is zeroed and aligned to 64 bytes. */
void zest_fast_words_write(void *section, const struct zest_fast_word *list, size_t count);
/* `section` is aligned to 64 bytes. False where it is none. */
bool zest_fast_words_open(const void *section, size_t size, struct zest_fast_words *ret_words);

#endif
