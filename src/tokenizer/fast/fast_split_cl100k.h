/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_split_cl100k.h - where words begin, by the pattern of cl100k and Llama 3, or Qwen 2 (which has \p{N}):
 *
 *   (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|
 *   \s*[\r\n]+|\s+(?!\S)|\s+
 *
 * Runs of letters (L), numbers (N), white space (S) and all else (P), and what joins them:
 *
 *   P  takes a U+0020 before it and the line ends behind it ("tail": no white space to the rules below)
 *   S  ends behind its last line end; what blanks follow are words of their own, of which the last one before a
 *      word goes to it if that is L, or if it is U+0020 and that is P; else it is a word alone
 *   L  takes one character before it that is white space but no line end, or a run of P of one character without
 *      a U+0020 ("lone"), which may begin a contraction instead
 */
#ifndef ZEST_FAST_SPLIT_CL100K_H
#define ZEST_FAST_SPLIT_CL100K_H

#include "fast_split_gpt2.h"

struct zest_fast_cl100k_carry {
    uint64_t letter, number, other, blank;
    uint64_t tail, lone;  /* as above; `lone` also where its character reaches into this block */
    uint64_t space;       /* white space but tails */
    uint64_t line;        /* line ends but tails */
    uint64_t begins;      /* as in zest_fast_gpt2_carry */
    uint32_t digit_count; /* characters of the number that the block before ends in, 0 where it ends in none */
};

/* Without regard to case 's is also written with U+017F, the long s. */
static inline uint32_t zest_fast_contraction(const struct zest_fast_text *text, size_t at)
{
    size_t left = text->size - at - 1;
    const unsigned char *letters = text->bytes + at + 1;
    unsigned char first = left >= 1 ? letters[0] | 32 : 0, second = left >= 2 ? letters[1] | 32 : 0;
    if (first == 's' || first == 't' || first == 'm' || first == 'd')
        return 1;
    if ((first == 'r' && second == 'e') || (first == 'v' && second == 'e') || (first == 'l' && second == 'l'))
        return 2;
    return left >= 2 && letters[0] == 0xC5 && letters[1] == 0xBF ? 2 : 0;
}

/*
 * The first bytes of numbers that begin a group of three. ASCII: from each run's start on every third byte.
 * `counted`: digits of an unfinished group before this block.
 */
static inline uint64_t zest_fast_thirds(const struct zest_fast_masks *m, uint32_t *counted)
{
    uint64_t number = m->number, starts = 0, run = number & ~(number << 1);
    if (number & m->high) { /* characters of several bytes are counted one by one */
        uint32_t count = *counted;
        for (uint32_t at = 0; at < 64; at++) {
            if (!(number >> at & 1)) {
                count = 0;
            } else if (!(m->inside >> at & 1)) {
                starts |= count % 3 == 0 ? (uint64_t)1 << at : 0;
                count = count % 3 + 1;
            }
        }
        *counted = count;
        return starts;
    }
    if (*counted > 0 && (number & 1)) {
        uint32_t missing = 3 - *counted; /* the open group ends there, if the run reaches it */
        run &= ~(uint64_t)1;
        run |= (uint64_t)(missing < (uint32_t)__builtin_ctzll(~number | (uint64_t)1 << 63)) << missing;
    }
    uint64_t whole = number & number << 1 & number << 2 & number << 3;
    for (starts = run; (run = run << 3 & whole) != 0;)
        starts |= run;
    /* The last start, where the block ends in a number, is in its last three bytes. */
    *counted = number >> 63 ? 1 + (uint32_t)__builtin_clzll(starts) : 0;
    return starts;
}

/*
 * Blanks that begin behind a line end: are they followed by another line end before anything else? Then they belong to
 * the same word. Each run is looked at once.
 */
static inline uint64_t zest_fast_after_last_line(const struct zest_fast_text *text, size_t base, uint64_t starts,
                                                 uint64_t blanks, uint64_t lines)
{
    uint64_t found = 0;
    for (; starts != 0; starts &= starts - 1) {
        uint32_t at = (uint32_t)__builtin_ctzll(starts);
        uint64_t rest = ~blanks >> at;
        if (rest != 0) {
            found |= lines >> at >> __builtin_ctzll(rest) & 1 ? 0 : (uint64_t)1 << at;
            continue;
        }
        size_t end = base + ZEST_FAST_BLOCK;
        while (end < text->size && zest_utf8_continues(text->bytes[end]))
            end++; /* of a blank that reaches into the next block */
        for (uint32_t length; zest_fast_text_class(text, end, &length) & ZEST_FAST_SPACE; end += length)
            if (text->bytes[end] == '\n' || text->bytes[end] == '\r')
                break;
        bool joined = end < text->size && (text->bytes[end] == '\n' || text->bytes[end] == '\r');
        found |= joined ? 0 : (uint64_t)1 << at;
    }
    return found;
}

static inline uint64_t zest_fast_split_cl100k(const struct zest_fast_text *text, size_t base,
                                              const struct zest_fast_masks *m, struct zest_fast_cl100k_carry *carry,
                                              bool thirds)
{
    uint64_t other = m->valid & ~(m->letter | m->number | m->space);
    uint64_t after_other = zest_fast_after(other, carry->other);
    uint64_t after_blank = zest_fast_after(m->blank, carry->blank);

    /* Line ends that directly follow P, or such ones: adding the first to a run clears the run. */
    uint64_t tail_start = m->line & (after_other | carry->tail);
    uint64_t tail = m->line & ~(m->line + tail_start);
    uint64_t space = m->space & ~tail, line = m->line & ~tail, blanks = space & ~line;
    uint64_t after_space = zest_fast_after(space, carry->space), after_line = zest_fast_after(line, carry->line);

    uint64_t lone_start = other & ~m->inside & ~(after_other | after_blank);
    uint64_t lone = zest_fast_spread(lone_start, m->inside, carry->lone);
    uint64_t joins_letter =
        zest_fast_after(m->letter | blanks | lone, carry->letter | (carry->space & ~carry->line) | carry->lone);
    uint64_t begins = carry->begins, next = 0;
    begins |= m->letter & ~joins_letter;
    begins |= other & ~(after_other | after_blank);
    begins |= thirds ? zest_fast_thirds(m, &carry->digit_count) : m->number;

    begins |= space & ~after_space;
    begins |= blanks & zest_fast_before_word(text, base, m);
    uint64_t behind_line = blanks & after_line & after_space;
    if (behind_line != 0)
        begins |= zest_fast_after_last_line(text, base, behind_line, blanks, line);

    for (uint64_t quotes = lone_start & m->quote; quotes != 0; quotes &= quotes - 1) {
        uint32_t at = (uint32_t)__builtin_ctzll(quotes), letters = zest_fast_contraction(text, base + at);
        if (letters > 0 && base + at + 1 + letters < text->size)
            zest_fast_set(&begins, &next, at + 1 + letters);
    }
    uint32_t digit_count = carry->digit_count;
    *carry = (struct zest_fast_cl100k_carry){
        .letter = m->letter >> 63,
        .number = m->number >> 63,
        .other = other >> 63,
        .blank = m->blank >> 63,
        .tail = tail >> 63,
        .lone = lone >> 63,
        .space = space >> 63,
        .line = line >> 63,
        .begins = next,
        .digit_count = digit_count,
    };
    return begins & ~m->inside & m->valid;
}

#endif
