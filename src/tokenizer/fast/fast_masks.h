/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_masks.h - the classes of 64 bytes of text as masks. All bytes of a character carry its classes.
 *
 * ASCII is compared by vectors; each other character is looked up and its bits are filled in, and whether a word may be
 * cut before it (fast_cuts.h); fast_wide.h does many of them at a time, fast_classify.h the whole. What a character
 * that begins here has in the next block is kept in `spill`.
 */
#ifndef ZEST_FAST_MASKS_H
#define ZEST_FAST_MASKS_H

#include "fast_vector.h"

struct zest_fast_masks {
    uint64_t valid;  /* bytes of the text */
    uint64_t inside; /* bytes that continue a character */
    uint64_t high;   /* bytes of characters outside ASCII */
    uint64_t letter, number, space, upper, lower, mark;
    uint64_t line;         /* \r \n */
    uint64_t blank;        /* U+0020 */
    uint64_t quote, slash; /* ' and / */
    uint64_t printable;    /* 0x21 .. 0x7E */
    uint64_t feed;         /* \v \f */
    uint64_t cuts;         /* characters outside ASCII before which a word may be cut */
    uint64_t before_word;  /* first bytes of white space outside ASCII, where what follows is none (and not the end) */
};

/* The bits of a character that reach into the next block. */
struct zest_fast_spill {
    uint64_t letter, number, space, upper, lower, mark;
    uint32_t character; /* the last one outside ASCII, whole */
};

/* A text that is being cut. */
struct zest_fast_text {
    const struct zest_fast_classes *classes;
    const struct zest_fast_cuts *cuts; /* or NULL */
    const unsigned char *bytes;
    size_t size;
    uint8_t dirty; /* classes that want the plain path: ZEST_FAST_DIRTY or none */
};

/* The classes of the character that begins at `at`; 0 at the end. */
static inline uint8_t zest_fast_text_class(const struct zest_fast_text *text, size_t at, uint32_t *ret_length)
{
    *ret_length = 0;
    return at < text->size ? zest_fast_class_at(text->classes, text->bytes + at, ret_length) : 0;
}

/* Does white space before `at` stand before a word (not before white space, nor the end)? */
static inline bool zest_fast_is_word(const struct zest_fast_text *text, size_t at)
{
    uint32_t length;
    return at < text->size && !(zest_fast_text_class(text, at, &length) & ZEST_FAST_SPACE);
}

/* bits, where the class has the bit `flag`, else 0 */
static inline uint64_t zest_fast_where(uint64_t bits, uint8_t class, uint8_t flag)
{
    return class & flag ? bits : 0;
}

/* Answers the classes of all characters together. */
static inline uint8_t zest_fast_fill(const struct zest_fast_text *text, size_t base, struct zest_fast_masks *masks,
                                     struct zest_fast_spill *spill)
{
    uint8_t all = 0;
    uint32_t left = spill->character;
    for (uint64_t firsts = masks->high & ~masks->inside; firsts != 0; firsts &= firsts - 1) {
        uint32_t at = (uint32_t)__builtin_ctzll(firsts), length;
        const unsigned char *bytes = text->bytes + base + at;
        uint32_t right = zest_utf8_decode(bytes, &length);
        uint8_t class = zest_fast_class_of(text->classes, right);
        if (base + at > 0 && text->cuts) {
            left = bytes[-1] < 0x80 ? bytes[-1] : left;
            masks->cuts |= (uint64_t)zest_fast_may_cut(text->cuts, bytes, left, right) << at;
        }
        left = right;
        uint64_t span = ((uint64_t)1 << length) - 1, here = span << at, next = at > 60 ? span >> (64 - at) : 0;
        all |= class;
        if (class == ZEST_FAST_LETTER) { /* nearly all of Chinese, Japanese and Korean */
            masks->letter |= here;
            spill->letter |= next;
            continue;
        }
        masks->letter |= zest_fast_where(here, class, ZEST_FAST_LETTER);
        masks->number |= zest_fast_where(here, class, ZEST_FAST_NUMBER);
        masks->space |= zest_fast_where(here, class, ZEST_FAST_SPACE);
        masks->upper |= zest_fast_where(here, class, ZEST_FAST_UPPER);
        masks->lower |= zest_fast_where(here, class, ZEST_FAST_LOWER);
        masks->mark |= zest_fast_where(here, class, ZEST_FAST_MARK);
        spill->letter |= zest_fast_where(next, class, ZEST_FAST_LETTER);
        spill->number |= zest_fast_where(next, class, ZEST_FAST_NUMBER);
        spill->space |= zest_fast_where(next, class, ZEST_FAST_SPACE);
        spill->upper |= zest_fast_where(next, class, ZEST_FAST_UPPER);
        spill->lower |= zest_fast_where(next, class, ZEST_FAST_LOWER);
        spill->mark |= zest_fast_where(next, class, ZEST_FAST_MARK);
        if ((class & ZEST_FAST_SPACE) && zest_fast_is_word(text, base + at + length))
            masks->before_word |= (uint64_t)1 << at;
    }
    spill->character = left;
    return all;
}

/* ---- what stands before and behind ---- */

/* Each bit moved to the next byte; the block's first is whether the block before ended with one. */
static inline uint64_t zest_fast_after(uint64_t mask, uint64_t carry)
{
    return mask << 1 | carry;
}

/* First bytes' bits spread over all bytes of their characters. `carry`: bit 0 where one reaches in here. */
static inline uint64_t zest_fast_spread(uint64_t firsts, uint64_t inside, uint64_t carry)
{
    uint64_t spread = firsts | (carry & inside);
    if (inside == 0)
        return spread;
    spread |= spread << 1 & inside;
    spread |= spread << 1 & inside;
    return spread | (spread << 1 & inside);
}

/*
 * First bytes of white space that stands directly before a word. For what is in this block; only its last byte asks
 * what follows.
 */
static inline uint64_t zest_fast_before_word(const struct zest_fast_text *text, size_t base,
                                             const struct zest_fast_masks *masks)
{
    uint64_t ascii = masks->space & ~masks->high;
    uint64_t found = ascii & (masks->valid & ~masks->space) >> 1;
    if (ascii >> 63 && zest_fast_is_word(text, base + ZEST_FAST_BLOCK))
        found |= (uint64_t)1 << 63;
    return found | masks->before_word;
}

#endif
