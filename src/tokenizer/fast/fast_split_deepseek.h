/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_split_deepseek.h - where words begin, by the three splits of DeepSeek V3, each within the pieces of the last:
 *
 *   \p{N}{1,3}      [一-龥぀-ゟ゠-ヿ]+
 *   [!-/:-~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
 *
 * ([!-/:-~] stands for all signs of ASCII.) Words W of letters and marks, signs Q (P, S), white space S, numbers N and
 * Han or kana H, which the first two splits cut out, and what is left, O (controls, formats, unassigned). As cl100k
 * (fast_split_cl100k.h) but that
 *
 *   - N and H end a text: white space before them stays whole, and nothing before goes to them
 *   - W takes one O before it; other O are pieces as no alternative matches them
 *   - a lone sign of ASCII goes to letters of ASCII behind it, and that word ends where these do
 */
#ifndef ZEST_FAST_SPLIT_DEEPSEEK_H
#define ZEST_FAST_SPLIT_DEEPSEEK_H

#include "fast_split_cl100k.h"

struct zest_fast_deepseek_carry {
    uint64_t word, sign, han, rest, blank, tail, lone, space, line; /* as in zest_fast_cl100k_carry */
    uint64_t led; /* a letter of ASCII in a word that a lone sign leads */
    uint32_t digit_count;
};

/* White space of which the next character is of a piece of its own, so that it stands at the end of its text. */
static inline uint64_t zest_fast_before_piece(const struct zest_fast_text *text, size_t base,
                                              const struct zest_fast_masks *m, uint64_t last_space)
{
    uint64_t cut = m->number | (m->lower & m->high), found = last_space & ~m->high & cut >> 1;
    for (uint64_t far = last_space & (m->high | (uint64_t)1 << 63); far != 0; far &= far - 1) {
        uint32_t at = (uint32_t)__builtin_ctzll(far), length;
        zest_fast_text_class(text, base + at, &length);
        if (zest_fast_text_class(text, base + at + length, &length) & (ZEST_FAST_NUMBER | ZEST_FAST_HAN))
            found |= (uint64_t)1 << at;
    }
    return found;
}

static inline uint64_t zest_fast_split_deepseek(const struct zest_fast_text *text, size_t base,
                                                const struct zest_fast_masks *m, struct zest_fast_deepseek_carry *carry)
{
    uint64_t word = m->letter | m->mark, letters = m->letter & ~m->high, han = m->lower & m->high;
    uint64_t ascii_sign = m->valid & ~m->high & ~(m->letter | m->number | m->space) & m->printable;
    uint64_t sign = ascii_sign | (m->upper & m->high);
    uint64_t rest = m->valid & ~(word | sign | m->space | m->number | han);
    uint64_t after_sign = zest_fast_after(sign, carry->sign), after_blank = zest_fast_after(m->blank, carry->blank);

    uint64_t tail_start = m->line & (after_sign | carry->tail);
    uint64_t tail = m->line & ~(m->line + tail_start);
    uint64_t space = m->space & ~tail, line = m->line & ~tail, blanks = space & ~line;
    uint64_t after_space = zest_fast_after(space, carry->space), after_line = zest_fast_after(line, carry->line);
    uint64_t after_word = zest_fast_after(word, carry->word), after_rest = zest_fast_after(rest, carry->rest);

    uint64_t lone = ascii_sign & ~(after_sign | after_blank);
    uint64_t led_start = letters & (zest_fast_after(lone, carry->lone) | carry->led);
    uint64_t led = letters & ~(letters + led_start), after_led = zest_fast_after(led, carry->led);

    uint64_t before_word = zest_fast_before_word(text, base, m);
    before_word &= ~zest_fast_before_piece(text, base, m, before_word);
    uint64_t begins =
        (word & ~(after_word | zest_fast_after(blanks | rest, (carry->space & ~carry->line) | carry->rest))) |
        (word & ~letters & after_led);
    begins &= ~led_start;
    begins |= sign & ~(after_sign | after_blank);
    begins |= han & ~zest_fast_after(han, carry->han);
    begins |= zest_fast_thirds(m, &carry->digit_count);
    begins |= space & ~after_space;
    begins |= blanks & before_word;
    uint64_t behind_line = blanks & after_line;
    if (behind_line != 0)
        begins |= zest_fast_after_last_line(text, base, behind_line, blanks, line);

    /* O: a run of them is one piece, but for the last one if a word takes it. */
    begins |= rest & ~after_rest;
    for (uint64_t each = rest & ~m->inside; each != 0; each &= each - 1) {
        uint32_t at = (uint32_t)__builtin_ctzll(each), length;
        zest_fast_text_class(text, base + at, &length);
        if (zest_fast_text_class(text, base + at + length, &length) & (ZEST_FAST_LETTER | ZEST_FAST_MARK))
            begins |= (uint64_t)1 << at;
    }
    uint32_t digit_count = carry->digit_count;
    *carry = (struct zest_fast_deepseek_carry){
        .word = word >> 63,
        .sign = sign >> 63,
        .han = han >> 63,
        .rest = rest >> 63,
        .blank = m->blank >> 63,
        .tail = tail >> 63,
        .lone = lone >> 63,
        .space = space >> 63,
        .line = line >> 63,
        .led = led >> 63,
        .digit_count = digit_count,
    };
    return begins & ~m->inside & m->valid;
}

#endif
