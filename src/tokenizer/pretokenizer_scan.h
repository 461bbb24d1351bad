/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pretokenizer_scan.h - stepping over characters by class, for the pre-tokenizers. Stateless.
 */
#ifndef ZEST_PRETOKENIZER_SCAN_H
#define ZEST_PRETOKENIZER_SCAN_H

#include "unicode_class.h"

struct zest_scan {
    const unsigned char *text; /* valid UTF-8 */
    size_t size;
};

/* The class bits of the character at `at` (< size), and where the next one begins. */
static inline uint8_t zest_scan_class(struct zest_scan scan, size_t at, size_t *ret_next)
{
    if (scan.text[at] < 0x80) {
        *ret_next = at + 1;
        return (uint8_t)zest_unicode_ascii[scan.text[at]];
    }
    uint32_t length, code_point = zest_utf8_decode(scan.text + at, &length);
    *ret_next = at + length;
    return (uint8_t)zest_unicode_class(code_point);
}

/* From `at`, past all characters that have one of the bits `any`. */
static inline size_t zest_scan_while(struct zest_scan scan, size_t at, uint8_t any)
{
    size_t next;
    while (at < scan.size && (zest_scan_class(scan, at, &next) & any))
        at = next;
    return at;
}

/* From `at`, past all characters that have none of the bits `none`. */
static inline size_t zest_scan_until(struct zest_scan scan, size_t at, uint8_t none)
{
    size_t next;
    while (at < scan.size && !(zest_scan_class(scan, at, &next) & none))
        at = next;
    return at;
}

/*
 * \s+(?!\S)|\s+ at white space: the whole run at the end of the text, else all but its last character, which goes to
 * the next word; that character alone where the run is one.
 */
static inline size_t zest_scan_spaces(struct zest_scan scan, size_t at, uint8_t ends_text)
{
    size_t last = at, end = at, next;
    uint8_t bits = 0;
    while (end < scan.size && ((bits = zest_scan_class(scan, end, &next)) & ZEST_CLASS_SPACE)) {
        last = end;
        end = next;
    }
    return end == scan.size || last == at || (bits & ends_text) ? end : last;
}

#endif
