/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpe_merge_ranks.c - byte-pair encoding of long words in linear time: lists of places, one list a rank.
 *
 * While ranks never fall (a merge's product takes part in later merges only, as is usual) all places of a rank can be
 * merged in one go, from left to right. Only the distinct ranks need be kept in order, in a heap; the places of one are
 * a list, which mostly rises or falls as it is.
 *
 * Promises  as zest_bpe_merge_heap for regular tables, or the answer ZEST_BPE_FELL; time linear in the symbols but for
 *           the distinct ranks (each log of their number) and lists that neither rise nor fall; 52 n bytes for n
 *           symbols and 4 bytes a merge of the table, kept.
 *
 * Threads: scratch is the caller's.
 */
#include "bpe_merge.h"
#include "model_scratch.h"

#include <assert.h>
#include <stdlib.h>

#define NO_PLACE UINT32_MAX

struct entry {
    uint32_t place, next; /* entry of the same rank, NO_PLACE at the end */
};

struct listed_word {
    const struct zest_bpe_pairs *pairs;
    struct zest_bpe_symbol *symbols;
    struct entry *entries; /* [3 count] */
    uint32_t *heads;       /* [merge_count] entry of each rank's list, NO_PLACE where it is empty */
    uint32_t *ranks;       /* [count] of the pair that begins at a symbol, ZEST_BPE_NO_RANK where none does */
    uint32_t *previous, *next;
    uint32_t *places; /* [count] of the rank that is being merged */
    uint32_t *heap;   /* [3 count] the ranks whose lists aren't empty */
    uint32_t entry_count, heap_count;
    uint32_t current; /* the rank that is being merged */
    bool fell;        /* a pair of a lower rank came to be */
    uint64_t work;
};

/* ---- the heap of ranks ---- */

static void push_rank(struct listed_word *word, uint32_t rank)
{
    uint32_t at = word->heap_count++;
    while (at > 0 && rank < word->heap[(at - 1) / 4]) {
        word->heap[at] = word->heap[(at - 1) / 4];
        at = (at - 1) / 4;
        word->work++;
    }
    word->heap[at] = rank;
}

static uint32_t pop_rank(struct listed_word *word)
{
    uint32_t top = word->heap[0], moving = word->heap[--word->heap_count];
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

/* ---- lists ---- */

static void list_pair(struct listed_word *word, uint32_t at)
{
    uint32_t rank = zest_bpe_pairs_find(word->pairs, word->symbols[at].id, word->symbols[word->next[at]].id);
    word->ranks[at] = rank;
    if (rank == ZEST_BPE_NO_RANK)
        return;
    word->fell |= rank < word->current;
    if (word->heads[rank] == NO_PLACE)
        push_rank(word, rank);
    word->entries[word->entry_count] = (struct entry){at, word->heads[rank]};
    word->heads[rank] = word->entry_count++;
}

static int by_place(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

static void put_in_order(uint32_t *places, size_t count)
{
    bool rises = true, falls = true;
    for (size_t i = 1; i < count; i++) {
        rises &= places[i - 1] < places[i];
        falls &= places[i - 1] > places[i];
    }
    if (falls)
        for (size_t i = 0; i < count / 2; i++) {
            uint32_t place = places[i];
            places[i] = places[count - 1 - i];
            places[count - 1 - i] = place;
        }
    else if (!rises)
        qsort(places, count, sizeof *places, by_place);
}

/* Empties a rank's list into word->places, without the places where another pair lies by now. */
static size_t take_places(struct listed_word *word, uint32_t rank)
{
    size_t count = 0;
    for (uint32_t i = word->heads[rank]; i != NO_PLACE; i = word->entries[i].next) {
        uint32_t place = word->entries[i].place;
        word->work++;
        if (word->ranks[place] == rank)
            word->places[count++] = place;
    }
    word->heads[rank] = NO_PLACE;
    put_in_order(word->places, count);
    return count;
}

/* ---- merging ---- */

static void merge_at(struct listed_word *word, uint32_t at, uint32_t product)
{
    uint32_t gone = word->next[at], behind = word->next[gone], before = word->previous[at];
    word->symbols[at].id = product;
    word->symbols[at].end = word->symbols[gone].end;
    word->ranks[gone] = ZEST_BPE_NO_RANK;
    word->next[at] = behind;
    if (behind != NO_PLACE) {
        word->previous[behind] = at;
        list_pair(word, at);
    } else {
        word->ranks[at] = ZEST_BPE_NO_RANK;
    }
    if (before != NO_PLACE)
        list_pair(word, before);
}

static bool lay_out(struct listed_word *word, struct zest_model_scratch *scratch, size_t count)
{
    if (scratch->rank_head_count < word->pairs->merge_count) {
        void *heads = realloc(scratch->rank_heads, word->pairs->merge_count * sizeof *scratch->rank_heads);
        if (!heads)
            return false;
        memset(heads, 0xFF, word->pairs->merge_count * sizeof *scratch->rank_heads);
        scratch->rank_heads = heads;
        scratch->rank_head_count = word->pairs->merge_count;
    }
    word->heads = scratch->rank_heads;
    word->entries = zest_model_scratch_block(scratch, count * (3 * sizeof *word->entries + 7 * sizeof *word->ranks));
    if (!word->entries)
        return false;
    word->ranks = (uint32_t *)(word->entries + 3 * count);
    word->previous = word->ranks + count;
    word->next = word->previous + count;
    word->places = word->next + count;
    word->heap = word->places + count;
    for (uint32_t i = 0; i < count; i++) {
        word->next[i] = i + 1 < count ? i + 1 : NO_PLACE;
        word->previous[i] = i - 1; /* the first one's wraps to NO_PLACE */
    }
    return true;
}

size_t zest_bpe_merge_ranks(const struct zest_bpe_pairs *pairs, struct zest_model_scratch *scratch,
                            struct zest_bpe_symbol *symbols, size_t count)
{
    struct listed_word word = {.pairs = pairs, .symbols = symbols};
    assert(count < NO_PLACE / 4 && (pairs->flags & ZEST_BPE_REGULAR));
    if (count <= 1)
        return count;
    if (!lay_out(&word, scratch, count))
        return SIZE_MAX;
    word.ranks[count - 1] = ZEST_BPE_NO_RANK;
    for (uint32_t i = (uint32_t)count - 1; i-- > 0;) /* from the end, so that lists begin at the beginning */
        list_pair(&word, i);
    while (word.heap_count > 0 && !word.fell) {
        uint32_t rank = word.current = pop_rank(&word);
        size_t place_count = take_places(&word, rank);
        for (size_t i = 0; i < place_count && !word.fell; i++)
            if (word.ranks[word.places[i]] == rank) { /* not taken by its left neighbour in this go */
                merge_at(&word, word.places[i], pairs->products[rank]);
                scratch->last_rank = rank;
            }
    }
    scratch->work += word.work;
    for (uint32_t i = 0; i < word.heap_count; i++) /* where it fell: no list may be left behind */
        word.heads[word.heap[i]] = NO_PLACE;
    if (word.fell)
        return ZEST_BPE_FELL;
    size_t written = 0;
    for (uint32_t i = 0; i != NO_PLACE; i = word.next[i])
        symbols[written++] = symbols[i];
    return written;
}
