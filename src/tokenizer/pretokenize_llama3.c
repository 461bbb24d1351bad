/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pretokenize_llama3.c - the words of Llama 3 (and of cl100k, whose pattern it is).
 *
 * Source    The pattern in Llama 3's tokenizer.json:
 *           (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|
 *           \s*[\r\n]+|\s+(?!\S)|\s+
 *           Without regard to case, 's matches the long s (U+017F) too, as the reference's regular expressions do.
 * Promises  The same cuts as the pattern's. A run of white space is looked at twice at most.
 */
#include "pretokenizer.h"
#include "pretokenizer_scan.h"

#define DIGITS_MAX 3

static size_t contraction(struct zest_scan scan, size_t at)
{
    size_t left = scan.size - at - 1;
    const unsigned char *letters = scan.text + at + 1;
    unsigned char first = left >= 1 ? letters[0] | 32 : 0, second = left >= 2 ? letters[1] | 32 : 0;
    if ((first == 'r' && second == 'e') || (first == 'v' && second == 'e') || (first == 'l' && second == 'l'))
        return 2;
    if (left >= 2 && letters[0] == 0xC5 && letters[1] == 0xBF)
        return 2;
    return first == 's' || first == 't' || first == 'm' || first == 'd' ? 1 : 0;
}

static size_t numbers_end(struct zest_scan scan, size_t at)
{
    size_t next = at;
    for (int count = 0; count < DIGITS_MAX && at < scan.size; count++) {
        if (!(zest_scan_class(scan, at, &next) & ZEST_CLASS_NUMBER))
            break;
        at = next;
    }
    return at;
}

static bool is_line_end(unsigned char byte)
{
    return byte == '\r' || byte == '\n';
}

static size_t spaces_end(struct zest_scan scan, size_t at)
{
    size_t line_end = 0, next;
    for (size_t i = at; i < scan.size && (zest_scan_class(scan, i, &next) & ZEST_CLASS_SPACE); i = next)
        if (is_line_end(scan.text[i]))
            line_end = next;
    return line_end > 0 ? line_end : zest_scan_spaces(scan, at, 0);
}

static size_t word_end(struct zest_scan scan, size_t at)
{
    const uint8_t words = ZEST_CLASS_LETTER | ZEST_CLASS_NUMBER;
    size_t next, behind;
    uint8_t bits = zest_scan_class(scan, at, &next);
    if (scan.text[at] == '\'' && contraction(scan, at) > 0)
        return at + 1 + contraction(scan, at);
    if (bits & ZEST_CLASS_LETTER)
        return zest_scan_while(scan, next, ZEST_CLASS_LETTER);
    if (bits & ZEST_CLASS_NUMBER)
        return numbers_end(scan, at);
    uint8_t following = next < scan.size ? zest_scan_class(scan, next, &behind) : ZEST_CLASS_SPACE;
    if (!is_line_end(scan.text[at]) && (following & ZEST_CLASS_LETTER))
        return zest_scan_while(scan, behind, ZEST_CLASS_LETTER);
    if ((bits & ZEST_CLASS_SPACE) && (scan.text[at] != ' ' || (following & (words | ZEST_CLASS_SPACE))))
        return spaces_end(scan, at);
    next = zest_scan_until(scan, next, words | ZEST_CLASS_SPACE);
    while (next < scan.size && is_line_end(scan.text[next]))
        next++;
    return next;
}

size_t zest_cut_llama3(const unsigned char *text, size_t size, size_t from, size_t *ends, size_t end_count)
{
    struct zest_scan scan = {text, size};
    size_t count = 0;
    while (from < size && count < end_count) {
        from = word_end(scan, from);
        ends[count++] = from;
    }
    return count;
}
