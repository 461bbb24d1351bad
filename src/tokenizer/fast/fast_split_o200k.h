/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_split_o200k.h - where words begin, by the pattern of o200k (GPT-4o, gpt-oss):
 *
 *   [^\r\n\p{L}\p{N}]?[UB]*[lB]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[UB]+[lB]*(?i:…)?|\p{N}{1,3}|
 *    ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+
 *
 * with U = Lu Lt, l = Ll, B = Lm Lo M ("both"). Words W are of U, l and B; else as cl100k (fast_split_cl100k.h), with
 * these differences:
 *
 *   - a word ends between l or [lB] and U; and between B and U, where no l came before in the word, if the run of U
 *     ends the run of W (the pattern steps back to the last B)
 *   - a contraction ends the word that it follows, does not begin one
 *   - a mark is P where it follows more of P than a lone character
 *   - the tail behind P goes on over / once it has a line end
 */
#ifndef ZEST_FAST_SPLIT_O200K_H
#define ZEST_FAST_SPLIT_O200K_H

#include "fast_split_cl100k.h"

struct zest_fast_o200k_carry {
    uint64_t word, other, blank, tail, lone, space, line; /* as in zest_fast_cl100k_carry */
    uint64_t lowered;                                     /* l or the B behind it */
    uint64_t both;                                        /* B that is not */
    uint64_t begins;                                      /* behind contractions */
    uint64_t joined;                                      /* letters of a contraction that began before this block */
    uint32_t digit_count;
};

/* What P, its tails and the marks among it are; found in one go as each depends on what is before. */
struct zest_fast_o200k_other {
    uint64_t other, tail, mark, lone_start, lone;
};

static inline uint64_t zest_fast_o200k_tail(const struct zest_fast_masks *m, uint64_t other,
                                            const struct zest_fast_o200k_carry *carry)
{
    uint64_t run = m->line | m->slash, tail = 0;
    uint64_t starts = (m->line & zest_fast_after(other, carry->other)) | (run & carry->tail);
    while (starts != 0) {
        uint64_t first = starts & -starts;
        tail |= run & ~(run + first);
        starts &= ~(tail | first);
    }
    return tail;
}

static inline struct zest_fast_o200k_other zest_fast_o200k_others(const struct zest_fast_masks *m,
                                                                  const struct zest_fast_o200k_carry *carry)
{
    struct zest_fast_o200k_other found = {.mark = m->mark};
    for (;;) {
        found.other = m->valid & ~(m->letter | m->number | m->space | found.mark);
        found.tail = zest_fast_o200k_tail(m, found.other, carry);
        found.other &= ~found.tail;
        uint64_t after_other = zest_fast_after(found.other, carry->other);
        uint64_t after_blank = zest_fast_after(m->blank, carry->blank);
        found.lone_start = found.other & ~m->inside & ~(after_other | after_blank);
        found.lone = zest_fast_spread(found.lone_start, m->inside, carry->lone);
        /* At bit 0 a mark that began in the block before, as P. */
        uint64_t as_other = found.mark & after_other & ~zest_fast_after(found.lone, carry->lone) & (~m->inside | 1);
        if (__builtin_expect(as_other == 0, 1))
            return found;
        found.mark &= found.mark + (as_other & -as_other); /* clears the run of marks from the first one on */
    }
}

/* Does the run of U from `at` (in this block) on end the run of W? `word` has the block's W. */
static inline bool zest_fast_ends_word(const struct zest_fast_text *text, size_t base, const struct zest_fast_masks *m,
                                       uint64_t word, uint32_t at)
{
    uint64_t rest = ~m->upper >> at;
    if (rest != 0)
        return !(word >> at >> __builtin_ctzll(rest) & 1);
    size_t end = base + ZEST_FAST_BLOCK;
    while (end < text->size && zest_utf8_continues(text->bytes[end]))
        end++;
    uint8_t class;
    for (uint32_t length; (class = zest_fast_text_class(text, end, &length)) & ZEST_FAST_UPPER;)
        end += length;
    return !(class & (ZEST_FAST_LETTER | ZEST_FAST_MARK));
}

static inline uint64_t zest_fast_split_o200k(const struct zest_fast_text *text, size_t base,
                                             const struct zest_fast_masks *m, struct zest_fast_o200k_carry *carry)
{
    struct zest_fast_o200k_other o = zest_fast_o200k_others(m, carry);
    uint64_t word = m->letter | o.mark;
    uint64_t after_word = zest_fast_after(word, carry->word);
    uint64_t contracted = carry->begins, next_contracted = 0, joined = carry->joined, next_joined = 0;
    for (uint64_t quotes = m->quote & after_word; quotes != 0; quotes &= quotes - 1) {
        uint32_t at = (uint32_t)__builtin_ctzll(quotes);
        if (contracted >> at & 1)
            continue; /* follows a contraction, not a word */
        uint32_t letters = zest_fast_contraction(text, base + at);
        if (letters == 0)
            continue;
        for (uint32_t i = 0; i <= letters; i++)
            zest_fast_set(&joined, &next_joined, at + i);
        if (base + at + 1 + letters < text->size)
            zest_fast_set(&contracted, &next_contracted, at + 1 + letters);
    }

    uint64_t space = m->space & ~o.tail, line = m->line & ~o.tail, blanks = space & ~line;
    uint64_t after_space = zest_fast_after(space, carry->space), after_line = zest_fast_after(line, carry->line);
    uint64_t joins_word =
        zest_fast_after(word | blanks | o.lone, carry->word | (carry->space & ~carry->line) | carry->lone);
    uint64_t begins = word & ~joins_word;
    begins |= o.other & ~(zest_fast_after(o.other, carry->other) | zest_fast_after(m->blank, carry->blank));
    begins |= zest_fast_thirds(m, &carry->digit_count);
    begins |= space & ~after_space;
    begins |= blanks & zest_fast_before_word(text, base, m);
    uint64_t behind_line = blanks & after_line;
    if (behind_line != 0)
        begins |= zest_fast_after_last_line(text, base, behind_line, blanks, line);

    uint64_t both = word & ~(m->upper | m->lower);
    uint64_t behind_lower = both & ~contracted & zest_fast_after(m->lower, carry->lowered);
    uint64_t lowered = m->lower | (both & ~(both + behind_lower));
    begins |= m->upper & zest_fast_after(lowered, carry->lowered);
    both &= ~lowered;
    for (uint64_t risk = m->upper & ~m->inside & zest_fast_after(both, carry->both); risk != 0; risk &= risk - 1) {
        uint32_t at = (uint32_t)__builtin_ctzll(risk);
        if (zest_fast_ends_word(text, base, m, word, at))
            begins |= (uint64_t)1 << at;
    }
    uint32_t digit_count = carry->digit_count;
    *carry = (struct zest_fast_o200k_carry){
        .word = word >> 63,
        .other = o.other >> 63,
        .blank = m->blank >> 63,
        .tail = o.tail >> 63,
        .lone = o.lone >> 63,
        .space = space >> 63,
        .line = line >> 63,
        .lowered = lowered >> 63,
        .both = both >> 63,
        .begins = next_contracted,
        .joined = next_joined,
        .digit_count = digit_count,
    };
    return ((begins & ~joined) | contracted) & ~m->inside & m->valid;
}

#endif
