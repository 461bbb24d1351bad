/* SPDX-License-Identifier: Apache-2.0 */
/*
 * normalize_lowercase.h - lower-casing, for Lowercase and BertNormalizer.
 */
#ifndef ZEST_NORMALIZE_LOWERCASE_H
#define ZEST_NORMALIZE_LOWERCASE_H

#include "stages.h"

/* Appends `in` in lower case. */
void zest_lowercase_append(const struct zest_aligned *in, struct zest_aligned *out);

#endif
