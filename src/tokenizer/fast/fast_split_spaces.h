/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_split_spaces.h - for vocabularies without a pattern, where the whole text is one word and U+0020 is written as ▁
 * (Gemma, Mistral, Llama 2): bounds where no merge can cross (fast_cuts.h).
 *
 * Any choice among such places gives the same tokens. Asked are those where a word of the table is likely to end:
 * before blanks, around digits and signs, at every character outside ASCII (fast_masks.h); not within runs of letters
 * or of blanks, nor behind a blank.
 */
#ifndef ZEST_FAST_SPLIT_SPACES_H
#define ZEST_FAST_SPLIT_SPACES_H

#include "fast_masks.h"

struct zest_fast_spaces_carry {
    uint64_t letter, blank; /* as in zest_fast_gpt2_carry, of ASCII */
};

/* The code point that ends before `at`. */
static inline uint32_t zest_fast_before(const unsigned char *at)
{
    uint32_t length, back = 1;
    while (back < 4 && zest_utf8_continues(at[-(ptrdiff_t)back]))
        back++;
    return zest_utf8_decode(at - back, &length);
}

static inline uint64_t zest_fast_split_spaces(const struct zest_fast_text *text, size_t base,
                                              const struct zest_fast_masks *m, struct zest_fast_spaces_carry *carry)
{
    uint64_t letter = m->letter & ~m->high, ascii = m->valid & ~m->high, cuts = 0;
    uint64_t after_letter = zest_fast_after(letter, carry->letter),
             after_blank = zest_fast_after(m->blank, carry->blank);
    uint64_t asked = ascii & ~(letter & (after_letter | after_blank)) & ~(m->blank & after_blank);
    *carry = (struct zest_fast_spaces_carry){letter >> 63, m->blank >> 63};
    if (text->cuts->letter_blank) {
        cuts = m->blank & after_letter;
        asked &= ~cuts;
    }
    if (base == 0)
        asked &= ~(uint64_t)1;
    for (; asked != 0; asked &= asked - 1) {
        uint32_t place = (uint32_t)__builtin_ctzll(asked);
        const unsigned char *at = text->bytes + base + place;
        uint32_t left = at[-1] < 0x80 ? at[-1] : zest_fast_before(at);
        cuts |= (uint64_t)zest_fast_may_cut(text->cuts, at, left, at[0]) << place;
    }
    return cuts;
}

#endif
