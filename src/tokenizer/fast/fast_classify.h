/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_classify.h - one block of text to the masks of fast_masks.h.
 */
#ifndef ZEST_FAST_CLASSIFY_H
#define ZEST_FAST_CLASSIFY_H

#include "fast_wide.h"

/* Classes of text[base, base + 64). Answers false where the normalizer may have work to do there. */
static inline bool zest_fast_classify(const struct zest_fast_text *text, size_t base, struct zest_fast_masks *masks,
                                      struct zest_fast_spill *spill)
{
    unsigned char last[ZEST_FAST_BLOCK + 2];
    const unsigned char *at = text->bytes + base;
    size_t left = text->size - base;
    masks->valid = UINT64_MAX;
    if (left < ZEST_FAST_BLOCK)
        masks->valid = ((uint64_t)1 << left) - 1;
    if (left < sizeof last) {
        memset(last, 0, sizeof last);
        memcpy(last, at, left);
        at = last;
    }
    struct zest_fast_block block = zest_fast_load(at);
    masks->lower = zest_fast_in(block, 'a', 25);
    masks->upper = zest_fast_in(block, 'A', 25);
    masks->letter = zest_fast_in(zest_fast_lower(block), 'a', 25);
    masks->number = zest_fast_in(block, '0', 9);
    masks->line = zest_fast_equal(block, '\n') | zest_fast_equal(block, '\r');
    masks->blank = zest_fast_equal(block, ' ');
    masks->quote = zest_fast_equal(block, '\'');
    masks->slash = zest_fast_equal(block, '/');
    masks->feed = zest_fast_in(block, '\v', 1);
    masks->printable = zest_fast_in(block, 0x21, 0x5D);
    masks->space = zest_fast_in(block, '\t', 4) | masks->blank;
    masks->high = zest_fast_high(block);
    masks->inside = masks->mark = masks->cuts = masks->before_word = 0;
    if (__builtin_expect(masks->high == 0, 1)) {
        *spill = (struct zest_fast_spill){0};
        return true;
    }
    masks->inside = zest_fast_in(block, 0x80, 0x3F);
    masks->letter |= spill->letter;
    masks->number |= spill->number;
    masks->space |= spill->space;
    masks->upper |= spill->upper;
    masks->lower |= spill->lower;
    masks->mark |= spill->mark;
    *spill = (struct zest_fast_spill){.character = spill->character};
    uint64_t firsts = masks->high & ~masks->inside;
    if (firsts == zest_fast_in(block, 0xE0, 15))
        return !(zest_fast_wide_fill(text, base, at, firsts, masks, spill) & text->dirty);
    return !(zest_fast_fill(text, base, masks, spill) & text->dirty);
}

#endif
