/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpe.h - byte-pair encoding: one word's bytes to token ids.
 *
 * A struct zest_bpe is read-only after init but for the bytes of `proven` (relaxed atomics, any thread). A struct
 * zest_bpe_scratch belongs to one thread at a time.
 */
#ifndef ZEST_BPE_H
#define ZEST_BPE_H

#include "vocabulary.h"
#include "word_hash.h"

#include <stdatomic.h>

struct zest_bpe_pair {
    uint32_t left, right; /* token ids; left is ZEST_NO_TOKEN in an empty slot */
    uint32_t rank;        /* the lower merges first */
    uint32_t product;
};

struct zest_bpe {
    struct zest_arena arena;
    const struct zest_vocabulary *vocabulary; /* borrowed */
    uint32_t byte_ids[256];                   /* ZEST_NO_TOKEN: the vocabulary lacks this byte, which is dropped */
    struct zest_bpe_pair *pairs;
    uint32_t pair_mask;
    uint32_t merge_count;
    bool whole_words;              /* a word that is a token is that token, whatever the merges say ("ignore_merges") */
    _Atomic unsigned char *proven; /* [vocabulary count] whether merging a token's bytes gives the token */
};

struct zest_bpe_symbol {
    uint32_t id, start, end, previous, next;
};

struct zest_bpe_candidate {
    uint32_t rank, at, product;
};

/* Grows as words need it. `work` counts merge steps and heap moves, so that tests can bound them. */
struct zest_bpe_scratch {
    struct zest_bpe_symbol *symbols;
    size_t symbol_capacity;
    struct zest_bpe_candidate *heap;
    size_t heap_capacity;
    uint64_t work;
};

enum zest_status zest_bpe_init(struct zest_bpe *bpe, const struct zest_vocabulary *vocabulary,
                               const struct zest_gguf *gguf, bool whole_words,
                               struct zest_error *error) ZEST_MUST_CHECK;
void zest_bpe_finish(struct zest_bpe *bpe);
void zest_bpe_scratch_finish(struct zest_bpe_scratch *scratch);

/* Where a token came from in its word, in bytes. */
struct zest_span {
    uint32_t start, end;
};

/*
 * Encodes one word (1 .. 2^30 bytes). Writes at most `size` ids, and their spans where `spans` is given; answers how
 * many, or SIZE_MAX where memory is out.
 */
size_t zest_bpe_encode(const struct zest_bpe *bpe, struct zest_bpe_scratch *scratch, const unsigned char *word,
                       size_t size, uint32_t *ids, struct zest_span *spans);

/* The merge of two tokens, or NULL. */
static inline const struct zest_bpe_pair *zest_bpe_find_pair(const struct zest_bpe *bpe, uint32_t left, uint32_t right)
{
    uint32_t slot = (uint32_t)zest_hash_pair(left, right) & bpe->pair_mask;
    for (;;) {
        const struct zest_bpe_pair *pair = &bpe->pairs[slot];
        if (pair->left == left && pair->right == right)
            return pair;
        if (pair->left == ZEST_NO_TOKEN)
            return NULL;
        slot = (slot + 1) & bpe->pair_mask;
    }
}

#endif
