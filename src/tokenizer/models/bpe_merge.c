/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpe_merge.c - the choice of a route, and the route of short words.
 *
 * Source    Sennrich et al., Neural Machine Translation of Rare Words with Subword Units, ACL 2016, section 3.2.
 *
 * Short words: keys[i] is what the pair that begins at symbol i would merge as,
 *
 *   30            5      0
 *   | rank        | i    |      INT32_MAX: no merge, or the symbol is gone
 *
 * so that the least key is the lowest rank, the leftmost of equals. Symbols don't move: a word of bits says which are
 * left, and neighbours are found in it by counting zeros. Each merge asks for two new pairs, whose look-ups overlap.
 *
 * Why candidates that the reference calls stale need no thought here: it lets an old candidate of a place fire where
 * the pair there now gives the same product. In a regular table a pair that comes to lie at a place after another
 * covers more, its product is a longer text and so another token. (Bounds between symbols only vanish: a pair [p, i, j)
 * is followed at p by one that ends behind j, since if [i, j) is still whole and p still ends at i nothing changed.)
 */
#include "bpe_merge.h"

#include "model_scratch.h"

#include <assert.h>

#define PLACE_BITS 5
#define NO_KEY INT32_MAX

_Static_assert(1u << PLACE_BITS == ZEST_BPE_SHORT_MAX, "a key holds each place");
_Static_assert((uint64_t)ZEST_BPE_MERGES_MAX << PLACE_BITS < NO_KEY, "a key holds each rank");

struct short_word {
    int32_t keys[ZEST_BPE_SHORT_MAX];
    uint32_t ids[ZEST_BPE_SHORT_MAX];
    uint32_t left; /* bit i: symbol i is there */
};

/* By scalars: keys were written one by one a moment ago, and a vector load would have to wait for those stores. */
static inline int32_t least_key(const struct short_word *word)
{
    int32_t least = NO_KEY;
    for (uint32_t left = word->left; left != 0; left &= left - 1) {
        int32_t key = word->keys[__builtin_ctz(left)];
        least = key < least ? key : least;
    }
    return least;
}

static inline int32_t key_of(const struct zest_bpe_pairs *pairs, const struct short_word *word, uint32_t at,
                             uint32_t next)
{
    uint32_t rank = zest_bpe_pairs_find(pairs, word->ids[at], word->ids[next]);
    __builtin_prefetch(&pairs->products[rank == ZEST_BPE_NO_RANK ? 0 : rank]); /* asked for where it is the least */
    return rank == ZEST_BPE_NO_RANK ? NO_KEY : (int32_t)(rank << PLACE_BITS | at);
}

/* Merges the symbol at `at` with the one behind it. */
static inline void merge_at(const struct zest_bpe_pairs *pairs, struct short_word *word, uint32_t at, uint32_t product)
{
    uint32_t behind = word->left & (UINT32_MAX << at << 1); /* two shifts: `at` may be 31 */
    assert(behind != 0);
    uint32_t gone = (uint32_t)__builtin_ctz(behind);
    behind &= behind - 1;
    word->left &= ~(1u << gone);
    word->ids[at] = product;
    word->keys[at] = behind ? key_of(pairs, word, at, (uint32_t)__builtin_ctz(behind)) : NO_KEY;
    uint32_t before = word->left & ((1u << at) - 1);
    if (before) {
        uint32_t previous = 31 - (uint32_t)__builtin_clz(before);
        word->keys[previous] = key_of(pairs, word, previous, at);
    }
}

static size_t write_back(const struct short_word *word, struct zest_bpe_symbol *symbols, size_t count)
{
    uint32_t end = symbols[count - 1].end;
    size_t written = 0;
    for (uint32_t left = word->left; left != 0; left &= left - 1, written++) {
        uint32_t at = (uint32_t)__builtin_ctz(left);
        symbols[written] = (struct zest_bpe_symbol){word->ids[at], symbols[at].start, 0};
        if (written > 0)
            symbols[written - 1].end = symbols[written].start;
    }
    symbols[written - 1].end = end;
    return written;
}

size_t zest_bpe_merge_short(const struct zest_bpe_pairs *pairs, struct zest_model_scratch *scratch,
                            struct zest_bpe_symbol *symbols, size_t count)
{
    struct short_word word;
    assert(count >= 1 && count <= ZEST_BPE_SHORT_MAX && (pairs->flags & ZEST_BPE_REGULAR));
    for (size_t i = 0; i < count; i++)
        word.ids[i] = symbols[i].id;
    word.left = UINT32_MAX >> (ZEST_BPE_SHORT_MAX - count);
    for (uint32_t i = 0; i + 1 < count; i++)
        word.keys[i] = key_of(pairs, &word, i, i + 1);
    word.keys[count - 1] = NO_KEY;
    bool merged = false;
    for (int32_t key; (key = least_key(&word)) != NO_KEY; merged = true) {
        scratch->last_rank = (uint32_t)key >> PLACE_BITS;
        merge_at(pairs, &word, (uint32_t)key % ZEST_BPE_SHORT_MAX, pairs->products[scratch->last_rank]);
    }
    return merged ? write_back(&word, symbols, count) : count;
}

size_t zest_bpe_merge(const struct zest_bpe_pairs *pairs, struct zest_model_scratch *scratch,
                      struct zest_bpe_symbol *symbols, size_t count)
{
    if (count <= 1)
        return count;
    if (count <= ZEST_BPE_SHORT_MAX && (pairs->flags & ZEST_BPE_REGULAR))
        return zest_bpe_merge_short(pairs, scratch, symbols, count);
    if (pairs->flags & ZEST_BPE_REGULAR)
        return zest_bpe_merge_windows(pairs, scratch, symbols, count, ZEST_BPE_SHORT_MAX);
    return zest_bpe_merge_heap(pairs, scratch, symbols, count);
}
