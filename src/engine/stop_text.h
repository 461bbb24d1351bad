/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stop_text.h - texts that end an answer, found across token borders.
 */
#ifndef ZEST_STOP_TEXT_H
#define ZEST_STOP_TEXT_H

#include <zest/core.h>

struct zest_stop_texts {
    const struct zest_text *texts; /* none is empty */
    size_t count;
};

/*
 * Looks for the match that begins first (of equals the one listed first) and ends behind `old_size`, the size that
 * `text` had when it was searched last.
 */
bool zest_stop_find(struct zest_stop_texts stops, struct zest_text text, size_t old_size, size_t *ret_start,
                    struct zest_text *ret_stop);
/* Bytes at the end of `text` that may become a stop text with more to come. */
size_t zest_stop_held(struct zest_stop_texts stops, struct zest_text text);

#endif
