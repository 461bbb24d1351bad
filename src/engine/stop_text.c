/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stop_text.c - searching the end of a growing text. Work a token: stop texts times their length.
 */
#include "stop_text.h"

bool zest_stop_find(struct zest_stop_texts stops, struct zest_text text, size_t old_size, size_t *ret_start,
                    struct zest_text *ret_stop)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < stops.count; i++) {
        struct zest_text stop = stops.texts[i];
        size_t from = old_size + 1 > stop.size ? old_size + 1 - stop.size : 0;
        if (text.size < stop.size || from > text.size - stop.size)
            continue;
        const char *hit = memmem(text.data + from, text.size - from, stop.data, stop.size);
        if (hit && (size_t)(hit - text.data) < best) {
            best = (size_t)(hit - text.data);
            *ret_stop = stop;
        }
    }
    *ret_start = best;
    return best != SIZE_MAX;
}

size_t zest_stop_held(struct zest_stop_texts stops, struct zest_text text)
{
    size_t held = 0;
    for (size_t i = 0; i < stops.count; i++) {
        size_t most = stops.texts[i].size - 1 < text.size ? stops.texts[i].size - 1 : text.size;
        for (size_t size = most; size > held; size--)
            if (!memcmp(text.data + text.size - size, stops.texts[i].data, size))
                held = size;
    }
    return held;
}
