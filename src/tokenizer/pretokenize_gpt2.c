/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pretokenize_gpt2.c - GPT-2's words, and SmolLM's, which isolate each digit first.
 *
 * Source    GPT-2's pattern (Radford et al. 2019, released encoder):
 *           's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 *           smollm: every number (Nd, Nl, No) is a word; the pattern runs on what lies between them, so that a run
 *           of spaces before a digit stays whole.
 * Promises  The same cuts as the pattern's, one look at each character but for the last space of a run.
 */
#include "pretokenizer.h"
#include "pretokenizer_scan.h"

/* The length of a contraction's letters behind the apostrophe at text[at], or 0. */
static size_t contraction(struct zest_scan scan, size_t at)
{
    size_t left = scan.size - at - 1;
    const unsigned char *letters = scan.text + at + 1;
    if (left >= 2 && ((letters[0] == 'r' && letters[1] == 'e') || (letters[0] == 'v' && letters[1] == 'e') ||
                      (letters[0] == 'l' && letters[1] == 'l')))
        return 2;
    return left >= 1 && (letters[0] == 's' || letters[0] == 't' || letters[0] == 'm' || letters[0] == 'd') ? 1 : 0;
}

/* The end of the word at `at`. `number` is the class bit of a number; isolated ones end the text for the pattern. */
static inline size_t word_end(struct zest_scan scan, size_t at, uint8_t number, bool isolate)
{
    size_t start = at, next;
    uint8_t bits = zest_scan_class(scan, at, &next);
    if (scan.text[at] == '\'' && contraction(scan, at) > 0)
        return at + 1 + contraction(scan, at);
    if (scan.text[at] == ' ' && next < scan.size) {
        size_t behind;
        uint8_t following = zest_scan_class(scan, next, &behind);
        if (!(following & ZEST_CLASS_SPACE) && !(isolate && (following & number))) {
            start = next;
            bits = following;
            next = behind;
        }
    }
    if (bits & ZEST_CLASS_LETTER)
        return zest_scan_while(scan, next, ZEST_CLASS_LETTER);
    if (bits & number)
        return isolate ? next : zest_scan_while(scan, next, number);
    if (bits & ZEST_CLASS_SPACE)
        return zest_scan_spaces(scan, start, isolate ? number : 0);
    return zest_scan_until(scan, next, ZEST_CLASS_SPACE | ZEST_CLASS_LETTER | number);
}

static inline size_t cut(struct zest_scan scan, size_t from, size_t *ends, size_t end_count, uint8_t number,
                         bool isolate)
{
    size_t count = 0;
    while (from < scan.size && count < end_count) {
        from = word_end(scan, from, number, isolate);
        ends[count++] = from;
    }
    return count;
}

size_t zest_cut_gpt2(const unsigned char *text, size_t size, size_t from, size_t *ends, size_t end_count)
{
    return cut((struct zest_scan){text, size}, from, ends, end_count, ZEST_CLASS_NUMBER, false);
}

size_t zest_cut_smollm(const unsigned char *text, size_t size, size_t from, size_t *ends, size_t end_count)
{
    return cut((struct zest_scan){text, size}, from, ends, end_count, ZEST_CLASS_NUMERIC17, true);
}
