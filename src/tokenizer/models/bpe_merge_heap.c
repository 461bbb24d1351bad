/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpe_merge_heap.c - byte-pair encoding as the reference does it, for any table: a heap of candidates.
 *
 * Source    Hugging Face tokenizers, models/bpe/word.rs, merge_all. A candidate is the place and the rank of a pair at
 *           the time when the pair came to be. The least (rank, place) is taken out; it counts where its symbol is
 * still there and the pair that begins there *now* has the same product, whatever its rank; else it is stale. Promises
 * n log n steps and 36 n bytes for n symbols.
 *
 * Threads: scratch is the caller's.
 */
#include "bpe_merge.h"
#include "model_scratch.h"
#include "model_steps.h"

#include <assert.h>

#define NO_SYMBOL UINT32_MAX

struct heap_word {
    const struct zest_bpe_pairs *pairs;
    struct zest_bpe_symbol *symbols;
    uint32_t *previous, *next; /* [count] neighbours, NO_SYMBOL at the ends; next[i] == i: symbol i is gone */
    uint64_t *heap;            /* rank << 32 | place; a heap of four children each */
    size_t heap_count, heap_capacity;
    uint64_t work;
};

static void push(struct heap_word *word, uint64_t candidate)
{
    assert(word->heap_count < word->heap_capacity);
    size_t at = word->heap_count++;
    while (at > 0 && candidate < word->heap[(at - 1) / 4]) {
        word->heap[at] = word->heap[(at - 1) / 4];
        at = (at - 1) / 4;
        word->work++;
    }
    word->heap[at] = candidate;
}

static uint64_t pop(struct heap_word *word)
{
    uint64_t top = word->heap[0], moving = word->heap[--word->heap_count];
    size_t at = 0;
    for (size_t child; (child = 4 * at + 1) < word->heap_count; at = child) {
        size_t end = child + 4 < word->heap_count ? child + 4 : word->heap_count, least = child;
        for (size_t i = child + 1; i < end; i++)
            if (word->heap[i] < word->heap[least])
                least = i;
        child = least;
        if (word->heap[child] >= moving)
            break;
        word->heap[at] = word->heap[child];
        word->work++;
    }
    word->heap[at] = moving;
    return top;
}

static void push_pair(struct heap_word *word, uint32_t at)
{
    if (at == NO_SYMBOL || word->next[at] == NO_SYMBOL)
        return;
    uint32_t rank = zest_bpe_pairs_find(word->pairs, word->symbols[at].id, word->symbols[word->next[at]].id);
    if (rank != ZEST_BPE_NO_RANK)
        push(word, (uint64_t)rank << 32 | at);
}

static bool is_stale(const struct heap_word *word, uint32_t at, uint32_t product)
{
    uint32_t next = word->next[at];
    if (next == at || next == NO_SYMBOL)
        return true;
    uint32_t rank = zest_bpe_pairs_find(word->pairs, word->symbols[at].id, word->symbols[next].id);
    return rank == ZEST_BPE_NO_RANK || word->pairs->products[rank] != product;
}

static void merge_at(struct heap_word *word, uint32_t at, uint32_t product)
{
    uint32_t gone = word->next[at], behind = word->next[gone];
    word->symbols[at].id = product;
    word->symbols[at].end = word->symbols[gone].end;
    word->next[at] = behind;
    word->next[gone] = gone;
    if (behind != NO_SYMBOL)
        word->previous[behind] = at;
    push_pair(word, word->previous[at]);
    push_pair(word, at);
}

static bool lay_out(struct heap_word *word, struct zest_model_scratch *scratch, size_t count)
{
    word->heap_capacity = 3 * count; /* count - 1 at first, two more a merge at most */
    word->heap =
        zest_model_scratch_block(scratch, word->heap_capacity * sizeof *word->heap + 2 * count * sizeof *word->next);
    if (!word->heap)
        return false;
    word->next = (uint32_t *)(word->heap + word->heap_capacity);
    word->previous = word->next + count;
    for (uint32_t i = 0; i < count; i++) {
        word->next[i] = i + 1 < count ? i + 1 : NO_SYMBOL;
        word->previous[i] = i - 1; /* the first one's wraps to NO_SYMBOL */
    }
    return true;
}

static void note_merge(const struct heap_word *word, uint32_t at, uint32_t rank, uint32_t product,
                       struct zest_model_steps *steps)
{
    const struct zest_bpe_symbol *left = &word->symbols[at], *right = &word->symbols[word->next[at]];
    zest_model_steps_add(steps, (struct zest_model_step){.kind = ZEST_STEP_MERGE,
                                                         .left = left->id,
                                                         .right = right->id,
                                                         .id = product,
                                                         .rank = rank,
                                                         .span = {left->start, right->end}});
}

/* `steps` is a constant NULL for those who only want the symbols, and costs them nothing. */
static inline __attribute__((always_inline)) size_t merge_all(const struct zest_bpe_pairs *pairs,
                                                              struct zest_model_scratch *scratch,
                                                              struct zest_bpe_symbol *symbols, size_t count,
                                                              struct zest_model_steps *steps)
{
    struct heap_word word = {.pairs = pairs, .symbols = symbols};
    assert(count < NO_SYMBOL / 4);
    if (count <= 1)
        return count;
    if (!lay_out(&word, scratch, count))
        return SIZE_MAX;
    for (uint32_t i = 0; i + 1 < count; i++)
        push_pair(&word, i);
    while (word.heap_count > 0) {
        uint64_t candidate = pop(&word);
        uint32_t rank = (uint32_t)(candidate >> 32), at = (uint32_t)candidate;
        word.work++;
        if (is_stale(&word, at, pairs->products[rank]))
            continue;
        if (steps)
            note_merge(&word, at, rank, pairs->products[rank], steps);
        merge_at(&word, at, pairs->products[rank]);
        scratch->last_rank = rank;
    }
    size_t written = 0;
    for (uint32_t i = 0; i != NO_SYMBOL; i = word.next[i])
        symbols[written++] = symbols[i];
    scratch->work += word.work;
    return written;
}

size_t zest_bpe_merge_heap(const struct zest_bpe_pairs *pairs, struct zest_model_scratch *scratch,
                           struct zest_bpe_symbol *symbols, size_t count)
{
    return merge_all(pairs, scratch, symbols, count, NULL);
}

size_t zest_bpe_merge_explained(const struct zest_bpe_pairs *pairs, struct zest_model_scratch *scratch,
                                struct zest_bpe_symbol *symbols, size_t count, struct zest_model_steps *steps)
{
    assert(steps);
    return merge_all(pairs, scratch, symbols, count, steps);
}
