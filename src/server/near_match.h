/* SPDX-License-Identifier: Apache-2.0 */
/* near_match.h - how far two short texts are apart, for "did you mean". */
#ifndef ZEST_NEAR_MATCH_H
#define ZEST_NEAR_MATCH_H

#include <zest/core.h>

enum { ZEST_NEAR_SIZE_MAX = 96 };

/* Letters to insert, remove or replace; texts beyond ZEST_NEAR_SIZE_MAX bytes are far from everything (UINT32_MAX). */
unsigned zest_near_distance(struct zest_text a, struct zest_text b);

#endif
