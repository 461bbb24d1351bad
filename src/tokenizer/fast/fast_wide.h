/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_wide.h - the classes of a block whose characters outside ASCII are all of three bytes: Chinese, Japanese,
 * Korean.
 *
 * Gives the masks that zest_fast_fill gives. Three stretches of characters are alike to every plan, and are told by
 * comparing the first and second bytes of the whole block:
 *
 *   Han     U+4E00 .. U+9F7F   E4 B8.. .. E9 BD..
 *   Hangul  U+AC00 .. U+D77F   EA B0.. .. ED 9D..
 *   kana    U+3041 .. U+3096, U+30A1 .. U+30FA   E3 81 81.. .. E3 82 96, E3 82 A1.. .. E3 83 BA
 *
 * The others (punctuation, one in ten) are looked up one by one.
 */
#ifndef ZEST_FAST_WIDE_H
#define ZEST_FAST_WIDE_H

#include "fast_masks.h"

struct zest_fast_wide {
    uint64_t han, hangul, kana; /* first bytes */
};

/* `at` is the block; two bytes behind it may be read. Bits that are no first bytes of three are noise. */
static inline struct zest_fast_wide zest_fast_wide_find(const unsigned char *at, struct zest_fast_block first)
{
    struct zest_fast_wide found = {0, 0, 0};
    struct zest_fast_block second = zest_fast_load(at + 1);
    uint64_t e3 = zest_fast_equal(first, 0xE3);
    found.han = zest_fast_in(first, 0xE5, 3) | (zest_fast_equal(first, 0xE4) & zest_fast_in(second, 0xB8, 7)) |
                (zest_fast_equal(first, 0xE9) & zest_fast_in(second, 0x80, 0x3D));
    if (zest_fast_in(first, 0xEA, 3) != 0)
        found.hangul = zest_fast_in(first, 0xEB, 1) | (zest_fast_equal(first, 0xEA) & zest_fast_in(second, 0xB0, 15)) |
                       (zest_fast_equal(first, 0xED) & zest_fast_in(second, 0x80, 0x1D));
    if (e3 == 0)
        return found;
    struct zest_fast_block third = zest_fast_load(at + 2);
    found.kana = (zest_fast_equal(second, 0x81) & ~zest_fast_equal(third, 0x80)) |
                 (zest_fast_equal(second, 0x82) & (zest_fast_in(third, 0x80, 0x16) | zest_fast_in(third, 0xA1, 0x1E))) |
                 (zest_fast_equal(second, 0x83) & zest_fast_in(third, 0x80, 0x3A));
    found.kana &= e3;
    return found;
}

/* Gives characters of three bytes their class. */
static inline void zest_fast_wide_put(uint64_t firsts, uint8_t class, struct zest_fast_masks *masks,
                                      struct zest_fast_spill *spill)
{
    uint64_t here = firsts | firsts << 1 | firsts << 2, next = firsts >> 63 | firsts >> 62;
    masks->letter |= zest_fast_where(here, class, ZEST_FAST_LETTER);
    spill->letter |= zest_fast_where(next, class, ZEST_FAST_LETTER);
    if (__builtin_expect((class & ~ZEST_FAST_LETTER) == 0, 1))
        return;
    masks->number |= zest_fast_where(here, class, ZEST_FAST_NUMBER);
    masks->space |= zest_fast_where(here, class, ZEST_FAST_SPACE);
    masks->upper |= zest_fast_where(here, class, ZEST_FAST_UPPER);
    masks->lower |= zest_fast_where(here, class, ZEST_FAST_LOWER);
    masks->mark |= zest_fast_where(here, class, ZEST_FAST_MARK);
    spill->number |= zest_fast_where(next, class, ZEST_FAST_NUMBER);
    spill->space |= zest_fast_where(next, class, ZEST_FAST_SPACE);
    spill->upper |= zest_fast_where(next, class, ZEST_FAST_UPPER);
    spill->lower |= zest_fast_where(next, class, ZEST_FAST_LOWER);
    spill->mark |= zest_fast_where(next, class, ZEST_FAST_MARK);
}

static inline uint32_t zest_fast_wide_decode(const unsigned char *at)
{
    return (uint32_t)(at[0] & 15) << 12 | (uint32_t)(at[1] & 63) << 6 | (at[2] & 63);
}

/* Before which of the characters a word may be cut. The loop's one branch is its end. */
static inline uint64_t zest_fast_wide_cuts(const struct zest_fast_text *text, size_t base, uint64_t firsts,
                                           struct zest_fast_spill *spill)
{
    uint64_t cuts = 0;
    uint32_t left = spill->character;
    if (base == 0 && (firsts & 1)) {
        left = zest_fast_wide_decode(text->bytes);
        firsts &= firsts - 1;
    }
    for (; firsts != 0; firsts &= firsts - 1) {
        uint32_t at = (uint32_t)__builtin_ctzll(firsts);
        const unsigned char *bytes = text->bytes + base + at;
        uint32_t right = zest_fast_wide_decode(bytes);
        left = bytes[-1] < 0x80 ? bytes[-1] : left;
        cuts |= (uint64_t)zest_fast_may_cut_wide(text->cuts, bytes, left, right) << at;
        left = right;
    }
    spill->character = left;
    return cuts;
}

/*
 * As zest_fast_fill, where all of `firsts`, the first bytes of characters outside ASCII, begin three bytes. `at` is the
 * block, as for zest_fast_wide_find.
 */
static inline uint8_t zest_fast_wide_fill(const struct zest_fast_text *text, size_t base, const unsigned char *at,
                                          uint64_t firsts, struct zest_fast_masks *masks, struct zest_fast_spill *spill)
{
    const struct zest_fast_classes *classes = text->classes;
    struct zest_fast_wide found = zest_fast_wide_find(at, zest_fast_load(at));
    uint8_t all = 0;
    if (text->cuts)
        masks->cuts = zest_fast_wide_cuts(text, base, firsts, spill);
    if (found.han != 0) {
        uint8_t class = zest_fast_class_of(classes, 0x4E00);
        zest_fast_wide_put(found.han, class, masks, spill);
        all |= class;
    }
    if (found.hangul != 0) {
        uint8_t class = zest_fast_class_of(classes, 0xAC00);
        zest_fast_wide_put(found.hangul, class, masks, spill);
        all |= class;
    }
    if (found.kana != 0) {
        uint8_t class = zest_fast_class_of(classes, 0x3042);
        zest_fast_wide_put(found.kana, class, masks, spill);
        all |= class;
    }
    for (firsts &= ~(found.han | found.hangul | found.kana); firsts != 0; firsts &= firsts - 1) {
        uint32_t place = (uint32_t)__builtin_ctzll(firsts);
        uint8_t class = zest_fast_class_of(classes, zest_fast_wide_decode(text->bytes + base + place));
        zest_fast_wide_put(firsts & -firsts, class, masks, spill);
        all |= class;
        if ((class & ZEST_FAST_SPACE) && zest_fast_is_word(text, base + place + 3))
            masks->before_word |= firsts & -firsts;
    }
    return all;
}

#endif
