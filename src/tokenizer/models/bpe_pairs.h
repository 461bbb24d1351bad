/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpe_pairs.h - which two tokens merge, in what order and into what: the table that byte-pair encoding asks.
 *
 * ZEST_SECTION_PAIRS:
 *
 *   struct zest_bpe_pairs_header | uint32_t products[merge_count rounded up to even] | uint64_t slots[slot_count] |
 *   uint64_t filter[2^filter_bits / 64]
 *
 *   slot   63                     rank_bits          0
 *          | mix(left, right)     | rank             |
 *
 * mix multiplies left:right (2 × id_bits bits, at the slot's top) by an odd number, which can be undone: equal mixes
 * are equal pairs, and no pair is told apart by luck. Slots rise with their place. A pair's home is its mix scaled to
 * `home_count`; it lies there or a little behind, and the first slot that is not below the pair's mix decides. Places
 * that no pair took repeat the next one's slot, so that there are no empty ones; the last slots are all ones.
 *
 * Most look-ups find nothing, and the slots are larger than the nearer caches. The filter has a bit for each value of a
 * mix's top bits: some pair has it. It is an eighth of the slots, and where it says no, all look at one slot, the last.
 *
 * `rank` counts the merges from 0 in the order in which they are preferred; products[rank] is what they give.
 *
 * Source: ordered hash tables are Amble and Knuth's, The Computer Journal 17 (2), 1974.
 * Threads: immutable once opened.
 */
#ifndef ZEST_BPE_PAIRS_H
#define ZEST_BPE_PAIRS_H

#include "image.h"

#define ZEST_BPE_NO_RANK UINT32_MAX
#define ZEST_BPE_MERGES_MAX (1u << 23) /* the short route keeps a rank and a place in 31 bits */

enum zest_bpe_pairs_flag {
    /* A product is longer than its parts, as texts. Then no two pairs that ever stand at one place have one product,
     * and the reference's rule for stale candidates can't tell them apart (bpe_merge_heap.c). */
    ZEST_BPE_REGULAR = 1,
    /* Only merges that some word uses are kept: each token is the product of one merge at most (bpe_prune.h). */
    ZEST_BPE_PRUNED = 2,
};

struct zest_bpe_pairs_header {
    uint64_t multiplier, home_count, slot_count;
    uint32_t merge_count, id_bits, flags, longest; /* longest: bytes of the longest product's text */
    uint32_t filter_bits, padding[3];
};

struct zest_bpe_pairs {
    const uint64_t *slots;
    const uint64_t *last_slot; /* all ones */
    const uint64_t *filter;
    const uint32_t *products;
    uint64_t multiplier, home_count;
    uint32_t merge_count, left_shift, right_shift, filter_shift, flags, longest;
};

static inline uint64_t zest_bpe_pairs_mix(const struct zest_bpe_pairs *pairs, uint32_t left, uint32_t right)
{
    return ((uint64_t)left << pairs->left_shift | (uint64_t)right << pairs->right_shift) * pairs->multiplier;
}

/* For a pair that will be looked for soon and is there. */
static inline void zest_bpe_pairs_prefetch(const struct zest_bpe_pairs *pairs, uint32_t left, uint32_t right)
{
    uint64_t mixed = zest_bpe_pairs_mix(pairs, left, right);
    __builtin_prefetch(pairs->slots + (uint64_t)((unsigned __int128)mixed * pairs->home_count >> 64));
}

/* The rank of the merge of two tokens of the vocabulary, or ZEST_BPE_NO_RANK. */
static inline uint32_t zest_bpe_pairs_find(const struct zest_bpe_pairs *pairs, uint32_t left, uint32_t right)
{
    uint64_t mixed = zest_bpe_pairs_mix(pairs, left, right);
    const uint64_t *slot = pairs->slots + (uint64_t)((unsigned __int128)mixed * pairs->home_count >> 64);
    uint64_t top = mixed >> pairs->filter_shift;
    bool may_be = pairs->filter[top >> 6] >> (top & 63) & 1;
    /* Neither this nor how far it is can be foretold: chosen and counted, not branched on. */
    slot = may_be ? slot : pairs->last_slot;
    __asm__("" : "+r"(slot)); /* keeps compilers from making it a branch */
    slot += (slot[0] < mixed) + (slot[1] < mixed) + (slot[2] < mixed);
    while (__builtin_expect(*slot < mixed, 0))
        slot++;
    uint64_t rank = *slot ^ mixed; /* a foreign mix leaves high bits, the last slots leave a rank out of range */
    return rank < pairs->merge_count ? (uint32_t)rank : ZEST_BPE_NO_RANK;
}

/* Points into the image, which outlives it. */
enum zest_status zest_bpe_pairs_open(const struct zest_image *image, struct zest_bpe_pairs *ret_pairs,
                                     struct zest_error *error) ZEST_MUST_CHECK;

/* ---- compiling ---- */

/* A table that is being made. Everything lies in the arena it was built in. */
struct zest_bpe_table {
    struct zest_bpe_pairs_header *header; /* the section begins here */
    size_t size;                          /* bytes of the section */
    struct zest_bpe_pairs view;
};

/* `merges` in the order of their ranks, ids below token_count; of a pair that is there twice the later place counts.
 * The flags and `longest` are the caller's word. */
enum zest_status zest_bpe_table_build(struct zest_arena *arena, const struct zest_merge *merges, uint32_t merge_count,
                                      uint32_t token_count, uint32_t flags, uint32_t longest,
                                      struct zest_bpe_table *ret_table, struct zest_error *error) ZEST_MUST_CHECK;

#endif
