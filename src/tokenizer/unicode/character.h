/* SPDX-License-Identifier: Apache-2.0 */
/* character.h - steps through UTF-8 that is known to be valid, for all rooms. Stateless. */
#ifndef ZEST_CHARACTER_H
#define ZEST_CHARACTER_H

#include "unicode_class.h"

/* Bytes of the character that `lead` begins. */
static inline uint32_t zest_character_size(unsigned char lead)
{
    return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/* How many characters valid UTF-8 has. */
static inline size_t zest_character_count(const unsigned char *text, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < size; i++)
        count += !zest_utf8_continues(text[i]);
    return count;
}

#endif
