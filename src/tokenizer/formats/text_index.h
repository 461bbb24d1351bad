/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text_index.h - finds texts of an array by their bytes: open addressing, half empty, hash bits beside each number.
 *
 * Each text has a key of 16 bytes that is all of it where it is short, so that most searches touch two cache lines: the
 * slot's and the key's. While a file is read; the image has a table of its own (token_table.h). One thread.
 */
#ifndef ZEST_TEXT_INDEX_H
#define ZEST_TEXT_INDEX_H

#include "large_memory.h"
#include "stages.h"
#include "word_hash.h"

#include <stdlib.h>

#define ZEST_TEXT_KEY_MAX 15 /* bytes of a text that is whole in its key */

/*
 * Up to 15 bytes: the first eight, then the others with the size in the highest byte; both filled up with zeros.
 * Else: a hash, with 255 in the highest byte.
 */
struct zest_text_key {
    uint64_t head, tail;
};

struct zest_text_index {
    const struct zest_text *texts; /* borrowed; numbers are places in it */
    struct zest_text_key *keys;    /* [text_count], of those that were put */
    uint64_t *slots;               /* upper half: upper half of the hash; lower half: number + 1, 0 where empty */
    uint32_t mask;
};

/* A text with all that a search for it needs. */
struct zest_text_probe {
    struct zest_text text;
    struct zest_text_key key;
    uint64_t hash;
};

/* For `used` of the `text_count` texts (both below 2^30). False where memory is out. */
static inline bool zest_text_index_init(struct zest_text_index *index, const struct zest_text *texts, size_t text_count,
                                        size_t used)
{
    size_t slots = 16;
    while (slots < 2 * used)
        slots *= 2;
    *index = (struct zest_text_index){
        .texts = texts,
        .keys = zest_large_alloc((text_count + 1) * sizeof(struct zest_text_key)),
        .slots = zest_large_alloc(slots * sizeof(uint64_t)),
        .mask = (uint32_t)(slots - 1),
    };
    if (index->slots)
        memset(index->slots, 0, slots * sizeof(uint64_t));
    return index->slots && index->keys;
}

static inline void zest_text_index_finish(struct zest_text_index *index) /* takes a zeroed one too */
{
    free(index->slots);
    free(index->keys);
    *index = (struct zest_text_index){0};
}

/* `size` (1 .. 8) bytes as a number, the first one lowest. */
static inline uint64_t zest_text_load(const char *bytes, size_t size)
{
    uint32_t low, high;
    uint64_t word;
    if (size == 8) {
        memcpy(&word, bytes, 8);
        return word;
    }
    if (size >= 4) {
        memcpy(&low, bytes, 4);
        memcpy(&high, bytes + size - 4, 4);
        return low | (uint64_t)high << 8 * (size - 4);
    }
    const unsigned char *b = (const unsigned char *)bytes;
    return b[0] | (uint64_t)b[size / 2] << 8 * (size / 2) | (uint64_t)b[size - 1] << 8 * (size - 1);
}

static inline struct zest_text_probe zest_text_probe(struct zest_text text)
{
    struct zest_text_probe probe = {text, {0, (uint64_t)text.size << 56}, 0};
    if (text.size > ZEST_TEXT_KEY_MAX) {
        probe.key.head = zest_hash_bytes(text.data, text.size);
        probe.key.tail = (uint64_t)255 << 56;
    } else if (text.size > 0) {
        probe.key.head = zest_text_load(text.data, text.size < 8 ? text.size : 8);
        if (text.size > 8)
            probe.key.tail |= zest_text_load(text.data + 8, text.size - 8);
    }
    probe.hash = zest_hash_pair(probe.key.head, probe.key.tail);
    return probe;
}

/* For the two texts joined, which have ZEST_TEXT_KEY_MAX bytes together at most: its text is only told by the key. */
static inline struct zest_text_probe zest_text_probe_joined(const struct zest_text_probe *left,
                                                            const struct zest_text_probe *right)
{
    const uint64_t no_size = UINT64_MAX >> 8;
    size_t size = left->text.size + right->text.size;
    unsigned __int128 head = (unsigned __int128)(left->key.tail & no_size) << 64 | left->key.head;
    unsigned __int128 rest = (unsigned __int128)(right->key.tail & no_size) << 64 | right->key.head;
    unsigned __int128 joined = head | rest << 8 * left->text.size;
    struct zest_text_probe probe = {
        {NULL, size}, {(uint64_t)joined, (uint64_t)(joined >> 64) | (uint64_t)size << 56}, 0};
    probe.hash = zest_hash_pair(probe.key.head, probe.key.tail);
    return probe;
}

static inline void zest_text_index_prefetch(const struct zest_text_index *index, uint64_t hash)
{
    __builtin_prefetch(&index->slots[(uint32_t)hash & index->mask]);
}

/* Whether a text that was put is the probe's. */
static inline bool zest_text_index_is(const struct zest_text_index *index, uint32_t number,
                                      const struct zest_text_probe *probe)
{
    struct zest_text_key key = index->keys[number];
    return key.head == probe->key.head && key.tail == probe->key.tail &&
           (probe->text.size <= ZEST_TEXT_KEY_MAX || zest_text_equal(index->texts[number], probe->text));
}

/* The slot that holds the text, or the empty one where it would go. */
static inline uint64_t *zest_text_index_slot(const struct zest_text_index *index, const struct zest_text_probe *probe)
{
    uint32_t at = (uint32_t)probe->hash & index->mask;
    for (;; at = (at + 1) & index->mask) {
        uint64_t slot = index->slots[at];
        uint32_t number = (uint32_t)slot - 1;
        if (slot == 0)
            return &index->slots[at];
        if (slot >> 32 == probe->hash >> 32 && zest_text_index_is(index, number, probe))
            return &index->slots[at];
    }
}

static inline void zest_text_index_put(struct zest_text_index *index, uint64_t *slot,
                                       const struct zest_text_probe *probe, uint32_t number)
{
    *slot = (probe->hash >> 32) << 32 | (number + 1);
    index->keys[number] = probe->key;
}

/* ZEST_NO_TOKEN where no text is like it. */
static inline uint32_t zest_text_index_find(const struct zest_text_index *index, struct zest_text text)
{
    struct zest_text_probe probe = zest_text_probe(text);
    return (uint32_t)*zest_text_index_slot(index, &probe) - 1;
}

#endif
