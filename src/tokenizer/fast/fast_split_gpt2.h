/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_split_gpt2.h - where words begin, by GPT-2's pattern, alone or after each digit was cut out:
 *
 *   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 *
 * Letters (L), numbers (N), white space (S) and all else (P) form runs; a word is a run, but for three rules:
 *
 *   1. the last white space before a run of another class is cut from its run; if it is U+0020 it goes to what follows
 *   2. 's 't 're 've 'm 'll 'd begin where a run of P begins with ' (and no U+0020 went to it), and end a word
 *   3. white space at the end of the text stays whole
 *
 * With digits cut out first (each a text of its own for the pattern) a run of white space before a number stays whole
 * too, and no U+0020 goes to a number.
 */
#ifndef ZEST_FAST_SPLIT_GPT2_H
#define ZEST_FAST_SPLIT_GPT2_H

#include "fast_masks.h"

/* Whether the last byte of the block before had a class; bits as in a mask's bit 0. */
struct zest_fast_gpt2_carry {
    uint64_t letter, number, space, other, blank;
    uint64_t begins; /* words that begin here by what the block before saw */
    uint64_t joined; /* the first letter of a contraction that began in the block before */
};

/* The length of the contraction that follows the apostrophe at `at`, 0 where none does. */
static inline uint32_t zest_fast_contraction_gpt2(const struct zest_fast_text *text, size_t at)
{
    size_t left = text->size - at - 1;
    const unsigned char *letters = text->bytes + at + 1;
    unsigned char first = left >= 1 ? letters[0] : 0, second = left >= 2 ? letters[1] : 0;
    if (first == 's' || first == 't' || first == 'm' || first == 'd')
        return 1;
    return (first == 'r' && second == 'e') || (first == 'v' && second == 'e') || (first == 'l' && second == 'l') ? 2
                                                                                                                 : 0;
}

/* Sets the bit `at` (counted from this block's start) here or in the next block. */
static inline void zest_fast_set(uint64_t *here, uint64_t *next, uint32_t at)
{
    if (at < 64)
        *here |= (uint64_t)1 << at;
    else
        *next |= (uint64_t)1 << (at - 64);
}

static inline uint64_t zest_fast_split_gpt2(const struct zest_fast_text *text, size_t base,
                                            const struct zest_fast_masks *m, struct zest_fast_gpt2_carry *carry,
                                            bool digits)
{
    uint64_t other = m->valid & ~(m->letter | m->number | m->space);
    uint64_t after_letter = zest_fast_after(m->letter, carry->letter);
    uint64_t after_number = zest_fast_after(m->number, carry->number);
    uint64_t after_space = zest_fast_after(m->space, carry->space);
    uint64_t after_other = zest_fast_after(other, carry->other);
    uint64_t after_blank = zest_fast_after(m->blank, carry->blank);
    uint64_t last_space = zest_fast_before_word(text, base, m);
    uint64_t begins = 0, behind = carry->begins, joined = carry->joined, next_behind = 0, next_joined = 0;
    if (digits) {
        /* The bit of a space before a number is cleared where both lie here; else the number is looked at. */
        last_space &= ~(m->number >> 1);
        begins |= m->number | (m->space & after_number);
        for (uint64_t far = last_space & (m->high | (uint64_t)1 << 63); far != 0; far &= far - 1) {
            uint32_t at = (uint32_t)__builtin_ctzll(far), length;
            zest_fast_text_class(text, base + at, &length);
            if (zest_fast_text_class(text, base + at + length, &length) & ZEST_FAST_NUMBER)
                last_space &= ~((uint64_t)1 << at);
        }
    } else {
        begins |= m->number & ~(after_number | after_blank);
    }
    begins |= (m->letter & ~(after_letter | after_blank)) | (other & ~(after_other | after_blank));
    begins |= m->space & (~after_space | last_space);
    uint64_t apostrophes = m->quote & ~(after_other | after_blank);
    for (; apostrophes != 0; apostrophes &= apostrophes - 1) {
        uint32_t at = (uint32_t)__builtin_ctzll(apostrophes);
        uint32_t letters = zest_fast_contraction_gpt2(text, base + at);
        if (letters == 0)
            continue;
        zest_fast_set(&joined, &next_joined, at + 1);
        if (base + at + 1 + letters < text->size)
            zest_fast_set(&behind, &next_behind, at + 1 + letters);
    }
    *carry = (struct zest_fast_gpt2_carry){
        .letter = m->letter >> 63,
        .number = m->number >> 63,
        .space = m->space >> 63,
        .other = other >> 63,
        .blank = m->blank >> 63,
        .begins = next_behind,
        .joined = next_joined,
    };
    return ((begins & ~joined) | behind) & ~m->inside & m->valid;
}

#endif
