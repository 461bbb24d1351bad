/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_recognize.h - which tokenizers the fast path knows, by their components.
 */
#ifndef ZEST_FAST_RECOGNIZE_H
#define ZEST_FAST_RECOGNIZE_H

#include "fast_plan.h"

struct zest_fast_kind {
    enum zest_fast_family family;
    bool ignore_merges, prepend, lowers;
    uint32_t unsafe; /* bit of enum zest_unicode_bit: characters that the normalizer may change; 0: there is none */
};

/* False where the components, any one of them, are not known: the plain path serves. */
bool zest_fast_recognize(const json_t *components, struct zest_fast_kind *ret_kind);

#endif
