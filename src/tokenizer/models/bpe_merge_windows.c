/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpe_merge_windows.c - byte-pair encoding of long words by windows that fit in the nearest cache, in linear time.
 *
 * A list of tokens is what a word becomes if and only if each two neighbours are what their own text becomes: where
 * something merged across a border in the whole word it would be the least pair among the two neighbours' too, in the
 * same state, and merge there. (Regular tables, see bpe_pairs.h; the observation is that of rust-gems' bpe.) So lists
 * of two overlapping windows may be joined at any token that both have at the same place: all neighbours are neighbours
 * in one of the two. The second window begins at a token of the first, a few before its end, and mostly agrees at once.
 * Where no such token is found in the overlap all begins again with windows four times as long.
 *
 * Promises  as zest_bpe_merge_heap for regular tables; 8 bytes a symbol and a window's share.
 * Threads: scratch is the caller's.
 */
#include "bpe_merge.h"
#include "model_scratch.h"

#include <assert.h>

#define OVERLAP_TOKENS 16u /* tokens of the window before that the next one begins with */

/* Spans count symbols here, not bytes. */
struct windowed_word {
    const struct zest_bpe_pairs *pairs;
    struct zest_model_scratch *scratch;
    struct zest_bpe_symbol *tokens, *found; /* the answer so far, in place of the symbols; the window's tokens */
    uint32_t *ids, *starts;                 /* [count] of the symbols */
    uint32_t count, window, end;            /* symbols of the word, of a window; where the last window ended */
    size_t token_count, found_count;
};

static bool lay_out(struct windowed_word *word)
{
    /* A window may have to be longer than the others: where a token is. The word itself is the longest. */
    size_t size = word->count * (2 * sizeof *word->ids + sizeof *word->found);
    word->ids = zest_model_scratch_kept(word->scratch, size);
    if (!word->ids)
        return false;
    word->starts = word->ids + word->count;
    word->found = (struct zest_bpe_symbol *)(word->starts + word->count);
    for (uint32_t i = 0; i < word->count; i++) {
        word->ids[i] = word->tokens[i].id;
        word->starts[i] = word->tokens[i].start;
    }
    return true;
}

static void list_symbols(struct windowed_word *word, uint32_t from, uint32_t end)
{
    for (uint32_t i = from; i < end; i++)
        word->found[i - from] = (struct zest_bpe_symbol){word->ids[i], i, i + 1};
}

/* Merges symbols [from, end) into `found`. */
static bool merge_window(struct windowed_word *word, uint32_t from, uint32_t end)
{
    list_symbols(word, from, end);
    word->found_count = zest_bpe_merge_ranks(word->pairs, word->scratch, word->found, end - from);
    if (word->found_count == ZEST_BPE_FELL) {
        list_symbols(word, from, end);
        word->found_count = zest_bpe_merge_heap(word->pairs, word->scratch, word->found, end - from);
    }
    word->end = end;
    return word->found_count != SIZE_MAX;
}

/* Appends the found tokens behind the first that is also among the answer's from `at` on. False where none is. */
static bool join(struct windowed_word *word, size_t at)
{
    size_t j = 0;
    while (at < word->token_count && j < word->found_count) {
        const struct zest_bpe_symbol *known = &word->tokens[at], *found = &word->found[j];
        if (known->start == found->start && known->end == found->end) {
            memcpy(word->tokens + at + 1, found + 1, (word->found_count - j - 1) * sizeof *found);
            word->token_count = at + word->found_count - j;
            return true;
        }
        at += known->end <= found->end;
        j += found->end <= known->end;
    }
    return false;
}

/* Where the next window begins: some tokens back, but not so many that half of it would be known already. */
static size_t overlap_start(const struct windowed_word *word)
{
    size_t at = word->token_count - 1;
    for (uint32_t i = 1; i < OVERLAP_TOKENS && at > 0; i++) {
        if (word->end - word->tokens[at - 1].start > word->window / 2)
            break;
        at--;
    }
    return at;
}

enum outcome { MERGED, APART, NO_MEMORY };

/* The whole word by windows; APART where two would not join. */
static enum outcome merge_windows(struct windowed_word *word)
{
    if (!merge_window(word, 0, word->window < word->count ? word->window : word->count))
        return NO_MEMORY;
    memcpy(word->tokens, word->found, word->found_count * sizeof *word->found);
    word->token_count = word->found_count;
    while (word->end < word->count) {
        size_t at = overlap_start(word);
        uint32_t from = word->tokens[at].start, end = from + word->window;
        if (end < word->end + word->window / 2)
            end = word->end + word->window / 2;
        if (!merge_window(word, from, end < word->count ? end : word->count))
            return NO_MEMORY;
        if (!join(word, at))
            return APART;
    }
    return MERGED;
}

size_t zest_bpe_merge_windows(const struct zest_bpe_pairs *pairs, struct zest_model_scratch *scratch,
                              struct zest_bpe_symbol *symbols, size_t count, uint32_t window)
{
    struct windowed_word word = {
        .pairs = pairs, .scratch = scratch, .tokens = symbols, .count = (uint32_t)count, .window = window};
    assert((pairs->flags & ZEST_BPE_REGULAR) && count < UINT32_MAX / 8 && window >= 2);
    if (count <= 1)
        return count;
    uint32_t bytes_end = symbols[count - 1].end;
    if (!lay_out(&word))
        return SIZE_MAX;
    enum outcome outcome;
    while ((outcome = merge_windows(&word)) == APART)
        word.window = word.window < word.count / 4 ? 4 * word.window : word.count;
    if (outcome == NO_MEMORY)
        return SIZE_MAX;
    for (size_t i = 0; i < word.token_count; i++) {
        struct zest_bpe_symbol *token = &word.tokens[i];
        token->end = token->end < word.count ? word.starts[token->end] : bytes_end;
        token->start = word.starts[token->start];
    }
    return word.token_count;
}
