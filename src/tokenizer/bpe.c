/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpe.c - byte-pair encoding of one word.
 *
 * Source    Sennrich et al., Neural Machine Translation of Rare Words with Subword Units, ACL 2016, section 3.2; on
 * bytes as in Radford et al. 2019 (GPT-2), section 2.2. Promises  Of all neighbours that have a merge, the pair of
 * lowest rank merges first, the leftmost of equals first, until none is left. Bytes without a symbol are dropped first,
 * so that their neighbours meet. Short words (at most SHORT_MAX symbols) scan for the best pair; longer ones keep the
 * pairs in a heap: n log n steps for a word of n bytes.
 *
 * Threads: scratch is the caller's. Start at zest_bpe_encode.
 */
#include "bpe.h"

#include <stdlib.h>

#define SHORT_MAX 32
#define NO_SYMBOL UINT32_MAX

enum { UNKNOWN, IS_ITSELF, IS_OTHERS }; /* values of zest_bpe.proven */

/* ---- short words: arrays on the stack, a scan for each merge ---- */

struct short_word {
    uint32_t count;
    uint32_t ids[SHORT_MAX], ranks[SHORT_MAX], products[SHORT_MAX]; /* rank and product of the pair (i, i + 1) */
    struct zest_span spans[SHORT_MAX];
};

static void short_pair(const struct zest_bpe *bpe, struct short_word *word, uint32_t at)
{
    const struct zest_bpe_pair *pair =
        at + 1 < word->count ? zest_bpe_find_pair(bpe, word->ids[at], word->ids[at + 1]) : NULL;
    word->ranks[at] = pair ? pair->rank : UINT32_MAX;
    word->products[at] = pair ? pair->product : ZEST_NO_TOKEN;
}

static void short_merge(const struct zest_bpe *bpe, struct short_word *word, uint32_t at)
{
    word->ids[at] = word->products[at];
    word->spans[at].end = word->spans[at + 1].end;
    uint32_t moved = word->count - at - 2;
    memmove(word->ids + at + 1, word->ids + at + 2, moved * sizeof *word->ids);
    memmove(word->ranks + at + 1, word->ranks + at + 2, moved * sizeof *word->ranks);
    memmove(word->products + at + 1, word->products + at + 2, moved * sizeof *word->products);
    memmove(word->spans + at + 1, word->spans + at + 2, moved * sizeof *word->spans);
    word->count--;
    short_pair(bpe, word, at);
    if (at > 0)
        short_pair(bpe, word, at - 1);
}

static size_t encode_short(const struct zest_bpe *bpe, struct zest_bpe_scratch *scratch, const unsigned char *bytes,
                           size_t size, uint32_t *ids, struct zest_span *spans)
{
    struct short_word word = {0};
    for (uint32_t i = 0; i < size; i++) {
        if (bpe->byte_ids[bytes[i]] == ZEST_NO_TOKEN)
            continue;
        word.spans[word.count] = (struct zest_span){i, i + 1};
        word.ids[word.count++] = bpe->byte_ids[bytes[i]];
    }
    for (uint32_t i = 0; i < word.count; i++)
        short_pair(bpe, &word, i);
    while (word.count > 1) {
        uint32_t best = 0;
        for (uint32_t i = 1; i + 1 < word.count; i++)
            if (word.ranks[i] < word.ranks[best])
                best = i;
        if (word.ranks[best] == UINT32_MAX)
            break;
        short_merge(bpe, &word, best);
        scratch->work += word.count;
    }
    memcpy(ids, word.ids, word.count * sizeof *ids);
    if (spans)
        memcpy(spans, word.spans, word.count * sizeof *spans);
    return word.count;
}

/* ---- long words: a linked list of symbols and a heap of candidates ---- */

static bool before(struct zest_bpe_candidate a, struct zest_bpe_candidate b)
{
    return a.rank != b.rank ? a.rank < b.rank : a.at < b.at;
}

static void sift_down(struct zest_bpe_scratch *scratch, size_t count, size_t at)
{
    struct zest_bpe_candidate moving = scratch->heap[at];
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= count)
            break;
        if (child + 1 < count && before(scratch->heap[child + 1], scratch->heap[child]))
            child++;
        if (!before(scratch->heap[child], moving))
            break;
        scratch->heap[at] = scratch->heap[child];
        at = child;
        scratch->work++;
    }
    scratch->heap[at] = moving;
}

static void push(struct zest_bpe_scratch *scratch, size_t *count, struct zest_bpe_candidate candidate)
{
    size_t at = (*count)++;
    while (at > 0 && before(candidate, scratch->heap[(at - 1) / 2])) {
        scratch->heap[at] = scratch->heap[(at - 1) / 2];
        at = (at - 1) / 2;
        scratch->work++;
    }
    scratch->heap[at] = candidate;
}

static struct zest_bpe_candidate pop(struct zest_bpe_scratch *scratch, size_t *count)
{
    struct zest_bpe_candidate top = scratch->heap[0];
    scratch->heap[0] = scratch->heap[--*count];
    if (*count > 0)
        sift_down(scratch, *count, 0);
    scratch->work++;
    return top;
}

/* Room for `size` symbols and for every candidate there can be: size - 1 at first, at most two more a merge. */
static bool reserve(struct zest_bpe_scratch *scratch, size_t size)
{
    if (scratch->symbol_capacity < size) {
        void *symbols = realloc(scratch->symbols, size * sizeof *scratch->symbols);
        if (!symbols)
            return false;
        scratch->symbols = symbols;
        scratch->symbol_capacity = size;
    }
    if (scratch->heap_capacity < 3 * size) {
        void *heap = realloc(scratch->heap, 3 * size * sizeof *scratch->heap);
        if (!heap)
            return false;
        scratch->heap = heap;
        scratch->heap_capacity = 3 * size;
    }
    return true;
}

static size_t fill_symbols(const struct zest_bpe *bpe, struct zest_bpe_symbol *symbols, const unsigned char *bytes,
                           size_t size)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < size; i++) {
        if (bpe->byte_ids[bytes[i]] == ZEST_NO_TOKEN)
            continue;
        symbols[count] = (struct zest_bpe_symbol){bpe->byte_ids[bytes[i]], i, i + 1, count - 1, count + 1};
        count++;
    }
    if (count > 0)
        symbols[count - 1].next = NO_SYMBOL; /* the first one's previous wrapped to NO_SYMBOL */
    return count;
}

static void push_pair(const struct zest_bpe *bpe, struct zest_bpe_scratch *scratch, size_t *heap_count, uint32_t at)
{
    uint32_t next = scratch->symbols[at].next;
    if (next == NO_SYMBOL)
        return;
    const struct zest_bpe_pair *pair = zest_bpe_find_pair(bpe, scratch->symbols[at].id, scratch->symbols[next].id);
    if (pair)
        push(scratch, heap_count, (struct zest_bpe_candidate){pair->rank, at, pair->product});
}

/* A candidate is stale where its symbol is gone or its pair has another product by now. */
static bool is_current(const struct zest_bpe *bpe, const struct zest_bpe_symbol *symbols,
                       struct zest_bpe_candidate candidate)
{
    const struct zest_bpe_symbol *symbol = &symbols[candidate.at];
    if (symbol->id == ZEST_NO_TOKEN || symbol->next == NO_SYMBOL)
        return false;
    const struct zest_bpe_pair *pair = zest_bpe_find_pair(bpe, symbol->id, symbols[symbol->next].id);
    return pair && pair->product == candidate.product;
}

static void merge_symbols(struct zest_bpe_symbol *symbols, struct zest_bpe_candidate candidate)
{
    struct zest_bpe_symbol *left = &symbols[candidate.at];
    struct zest_bpe_symbol *right = &symbols[left->next];
    left->id = candidate.product;
    left->end = right->end;
    left->next = right->next;
    right->id = ZEST_NO_TOKEN;
    if (left->next != NO_SYMBOL)
        symbols[left->next].previous = candidate.at;
}

static size_t encode_long(const struct zest_bpe *bpe, struct zest_bpe_scratch *scratch, const unsigned char *bytes,
                          size_t size, uint32_t *ids, struct zest_span *spans)
{
    if (!reserve(scratch, size))
        return SIZE_MAX;
    struct zest_bpe_symbol *symbols = scratch->symbols;
    size_t count = fill_symbols(bpe, symbols, bytes, size), heap_count = 0;
    for (uint32_t i = 0; i < count; i++)
        push_pair(bpe, scratch, &heap_count, i);
    while (heap_count > 0) {
        struct zest_bpe_candidate candidate = pop(scratch, &heap_count);
        if (!is_current(bpe, symbols, candidate))
            continue;
        merge_symbols(symbols, candidate);
        push_pair(bpe, scratch, &heap_count, candidate.at);
        if (symbols[candidate.at].previous != NO_SYMBOL)
            push_pair(bpe, scratch, &heap_count, symbols[candidate.at].previous);
    }
    size_t id_count = 0;
    for (uint32_t i = count > 0 ? 0 : NO_SYMBOL; i != NO_SYMBOL; i = symbols[i].next) {
        if (spans)
            spans[id_count] = (struct zest_span){symbols[i].start, symbols[i].end};
        ids[id_count++] = symbols[i].id;
    }
    return id_count;
}

/* ---- one word ---- */

static size_t merge_word(const struct zest_bpe *bpe, struct zest_bpe_scratch *scratch, const unsigned char *word,
                         size_t size, uint32_t *ids, struct zest_span *spans)
{
    return size <= SHORT_MAX ? encode_short(bpe, scratch, word, size, ids, spans)
                             : encode_long(bpe, scratch, word, size, ids, spans);
}

size_t zest_bpe_encode(const struct zest_bpe *bpe, struct zest_bpe_scratch *scratch, const unsigned char *word,
                       size_t size, uint32_t *ids, struct zest_span *spans)
{
    uint32_t id = zest_vocabulary_find(bpe->vocabulary, word, size);
    unsigned char proven = UNKNOWN;
    if (id != ZEST_NO_TOKEN)
        proven = bpe->vocabulary->kinds[id] != ZEST_TOKEN_NORMAL
                     ? IS_OTHERS
                     : atomic_load_explicit(&bpe->proven[id], memory_order_relaxed);
    if (proven == IS_ITSELF || (id != ZEST_NO_TOKEN && proven != IS_OTHERS && bpe->whole_words)) {
        ids[0] = id;
        if (spans)
            spans[0] = (struct zest_span){0, (uint32_t)size};
        return 1;
    }
    size_t count = merge_word(bpe, scratch, word, size, ids, spans);
    if (id != ZEST_NO_TOKEN && proven == UNKNOWN && count != SIZE_MAX)
        atomic_store_explicit(&bpe->proven[id], count == 1 && ids[0] == id ? IS_ITSELF : IS_OTHERS,
                              memory_order_relaxed);
    return count;
}

void zest_bpe_scratch_finish(struct zest_bpe_scratch *scratch)
{
    free(scratch->symbols);
    free(scratch->heap);
    *scratch = (struct zest_bpe_scratch){0};
}
