/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grapheme.h - extended grapheme clusters of Unicode 17.0 (UAX #29).
 */
#ifndef ZEST_GRAPHEME_H
#define ZEST_GRAPHEME_H

#include <stddef.h>

/* Where the cluster ends that begins at `at` (< size, a cluster's begin). Valid UTF-8. */
size_t zest_grapheme_end(const unsigned char *bytes, size_t at, size_t size);

#endif
