/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpe_merge_windows.c - byte-pair encoding of long words by windows that fit in the nearest cache, in linear time.
 *
 * A list of tokens is what a word becomes if and only if each two neighbours are what their own text becomes: where
 * something merged across a border in the whole word it would be the least pair among the two neighbours' too, in the
 * same state, and merge there. (Regular tables, see bpe_pairs.h; the observation is that of rust-gems' bpe.) So lists
 * of two overlapping windows may be joined at any token that both have at the same place: all neighbours are neighbours
 * in one of the two. The next window begins at a token of the answer, a quarter of a window before its end, and mostly
 * agrees at once. Where no such token is found windows grow and begin further back, and shrink again later.
 *
 * Windows are as short as the short route allows: it works in registers and the nearest cache. A window that has the
 * symbols of the last one has its tokens too (runs of one letter, of spaces).
 *
 * Promises  as zest_bpe_merge_heap for regular tables; time linear in the symbols but for what zest_bpe_merge_ranks
 *           excepts in windows that grew; 20 bytes a symbol.
 * Threads: scratch is the caller's.
 */
#include "bpe_merge.h"
#include "model_scratch.h"

#include <assert.h>

#define GROWTH 4u
#define PATIENCE_MAX 64u
#define CALM 8u /* of the shortest windows joined before patience falls */

/* Spans count symbols here, not bytes. */
struct windowed_word {
    const struct zest_bpe_pairs *pairs;
    struct zest_model_scratch *scratch;
    struct zest_bpe_symbol *tokens, *found; /* the answer so far, in place of the symbols; the window's tokens */
    uint32_t *ids, *starts;                 /* [count] of the symbols */
    uint32_t count, end;                    /* symbols of the word; where the last window ended */
    uint32_t least, window;                 /* symbols of a window at least, and now */
    uint32_t found_from, found_size;        /* the symbols that `found` was made of; 0: none yet */
    bool wide;                              /* the next window begins further back than others */
    uint32_t patience;                      /* windows to be joined before they are shorter again */
    uint64_t joined;                        /* symbols since the window's length changed */
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

/* ---- one window ---- */

static void list_symbols(struct windowed_word *word, uint32_t from, uint32_t end)
{
    for (uint32_t i = from; i < end; i++)
        word->found[i - from] = (struct zest_bpe_symbol){word->ids[i], i, i + 1};
}

/* In a text that repeats itself the last window's symbols may be this one's too, and so its tokens. */
static bool is_last_again(const struct windowed_word *word, uint32_t from, uint32_t end)
{
    return word->found_size == end - from &&
           memcmp(word->ids + word->found_from, word->ids + from, (end - from) * sizeof *word->ids) == 0;
}

static void move_found(struct windowed_word *word, uint32_t from)
{
    uint32_t step = from - word->found_from; /* modulo 2^32 */
    for (size_t i = 0; i < word->found_count; i++) {
        word->found[i].start += step;
        word->found[i].end += step;
    }
}

static void merge_long_window(struct windowed_word *word, uint32_t from, uint32_t end)
{
    word->found_count = zest_bpe_merge_ranks(word->pairs, word->scratch, word->found, end - from);
    if (word->found_count != ZEST_BPE_FELL)
        return;
    list_symbols(word, from, end);
    word->found_count = zest_bpe_merge_heap(word->pairs, word->scratch, word->found, end - from);
}

/* Merges symbols [from, end) into `found`. */
static bool merge_window(struct windowed_word *word, uint32_t from, uint32_t end)
{
    if (is_last_again(word, from, end)) {
        move_found(word, from);
    } else {
        list_symbols(word, from, end);
        if (end - from <= ZEST_BPE_SHORT_MAX)
            word->found_count = zest_bpe_merge_short(word->pairs, word->scratch, word->found, end - from);
        else
            merge_long_window(word, from, end);
    }
    word->scratch->work += end - from;
    word->found_from = from;
    word->found_size = end - from;
    return word->found_count != SIZE_MAX;
}

/* ---- joining ---- */

/* Appends the found tokens behind the first that is also among the answer's from `at` on. False where none is. */
static bool join(struct windowed_word *word, size_t at)
{
    size_t j = 0;
    while (at < word->token_count && j < word->found_count) {
        const struct zest_bpe_symbol *known = &word->tokens[at], *found = &word->found[j];
        if (known->start == found->start && known->end == found->end) {
            memcpy(word->tokens + at, found, (word->found_count - j) * sizeof *found);
            word->token_count = at + word->found_count - j;
            return true;
        }
        at += known->end <= found->end;
        j += found->end <= known->end;
    }
    return false;
}

/* The token that the next window begins with: a quarter of a window back, which mostly is enough to agree. */
static size_t overlap_start(const struct windowed_word *word)
{
    if (word->token_count == 0 || word->window >= word->count)
        return 0;
    size_t at = word->token_count - 1;
    while (at > 0 && word->end - word->tokens[at].start < word->window / (word->wide ? 2 : 4))
        at--;
    return at;
}

/* The window was not joined: another begins further back, and if that is not enough they grow. */
static void widen_window(struct windowed_word *word)
{
    assert(word->window < word->count);
    if (!word->wide) {
        word->wide = true;
        return;
    }
    word->window = word->window < word->count / GROWTH ? GROWTH * word->window : word->count;
    word->patience = word->patience < PATIENCE_MAX / 2 ? 2 * word->patience : PATIENCE_MAX;
    word->wide = false;
    word->joined = 0;
}

/* What was joined pays for the next failure, so that all of them together take linear time. */
static void settle_window(struct windowed_word *word, uint32_t joined)
{
    word->wide = false;
    word->joined += joined;
    if (word->window == word->least && word->joined >= CALM * (uint64_t)word->window) {
        word->patience -= word->patience > 1;
        word->joined = 0;
    } else if (word->window > word->least && word->joined >= word->patience * (uint64_t)word->window) {
        word->window = word->window / GROWTH > word->least ? word->window / GROWTH : word->least;
        word->joined = 0;
    }
}

static bool merge_windows(struct windowed_word *word)
{
    while (word->end < word->count) {
        size_t at = overlap_start(word);
        uint32_t from = word->token_count > 0 ? word->tokens[at].start : 0, end = from + word->window;
        if (end <= word->end + word->window / 4) /* a long token */
            end = word->end + word->window / 4 + 1;
        if (end > word->count)
            end = word->count;
        if (!merge_window(word, from, end))
            return false;
        if (from == 0) { /* what begins with the word needs nothing before it */
            memcpy(word->tokens, word->found, word->found_count * sizeof *word->found);
            word->token_count = word->found_count;
        } else if (!join(word, at)) {
            widen_window(word);
            continue;
        }
        settle_window(word, end - word->end);
        word->end = end;
    }
    return true;
}

size_t zest_bpe_merge_windows(const struct zest_bpe_pairs *pairs, struct zest_model_scratch *scratch,
                              struct zest_bpe_symbol *symbols, size_t count, uint32_t window)
{
    struct windowed_word word = {.pairs = pairs,
                                 .scratch = scratch,
                                 .tokens = symbols,
                                 .count = (uint32_t)count,
                                 .least = window,
                                 .window = window,
                                 .patience = 1};
    assert((pairs->flags & ZEST_BPE_REGULAR) && count < UINT32_MAX / 8 && window >= 2);
    if (count <= 1)
        return count;
    uint32_t bytes_end = symbols[count - 1].end;
    if (!lay_out(&word) || !merge_windows(&word))
        return SIZE_MAX;
    for (size_t i = 0; i < word.token_count; i++) {
        struct zest_bpe_symbol *token = &word.tokens[i];
        token->end = token->end < word.count ? word.starts[token->end] : bytes_end;
        token->start = word.starts[token->start];
    }
    return word.token_count;
}
