/* SPDX-License-Identifier: Apache-2.0 */
/* shown_text.h - the beginning of a text from a file, as an error's sentence shows it: "%.*s" with ZEST_SHOWN(text). */
#ifndef ZEST_SHOWN_TEXT_H
#define ZEST_SHOWN_TEXT_H

#include <zest/core.h>

#define ZEST_SHOWN_MAX 80 /* bytes */
#define ZEST_SHOWN(text) (int)zest_shown_size(text), (text).data ? (text).data : ""

/* At most ZEST_SHOWN_MAX bytes, ending with a whole character. */
static inline size_t zest_shown_size(struct zest_text text)
{
    if (text.size <= ZEST_SHOWN_MAX)
        return text.size;
    size_t size = ZEST_SHOWN_MAX;
    while (size > 0 && ((unsigned char)text.data[size] & 0xC0) == 0x80)
        size--;
    return size;
}

#endif
