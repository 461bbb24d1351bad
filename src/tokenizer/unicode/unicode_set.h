/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unicode_set.h - sets of code points by the names of their properties, for the writers of regular expressions.
 *
 * Known are (Unicode 16.0): every General_Category value and group ("Lu", "Uppercase_Letter", "L"), every script
 * ("Han", "Hani"), the POSIX brackets ("alpha", "punct" as in \p{Punct}; "posixpunct" is what [[:punct:]] has), emoji
 * and some other properties, and the sets of the other lists ("rustword", "numeric17", "punctuation8"). Names compare
 * without case, spaces, '_' and '-'. Read-only: any thread.
 */
#ifndef ZEST_UNICODE_SET_H
#define ZEST_UNICODE_SET_H

#include <zest/core.h>

struct zest_code_range {
    uint32_t first, last;
};

/* Ranges are sorted and neither touch nor overlap. */
struct zest_unicode_set {
    const char *name; /* small letters and digits */
    const struct zest_code_range *ranges;
    size_t count;
};

extern const struct zest_code_range zest_unicode_ranges[]; /* all sets' ranges */
extern const struct zest_unicode_set zest_unicode_sets[];  /* sorted by name */
extern const size_t zest_unicode_set_count;

/* NULL where no set has this name. */
const struct zest_unicode_set *zest_unicode_set_find(struct zest_text name);
bool zest_unicode_set_has(const struct zest_unicode_set *set, uint32_t code_point);

#endif
