/* SPDX-License-Identifier: Apache-2.0 */
/*
 * byte_alphabet.c - the characters that byte-level vocabularies write bytes with. Stateless: any thread.
 *
 * Source: GPT-2 (Radford et al. 2019, "bytes_to_unicode" of the released encoder). The bytes 0x21-0x7E, 0xA1-0xAC and
 * 0xAE-0xFF stand for themselves as code points; the other 68, in rising order, are U+0100, U+0101, ...
 */
#include "byte_alphabet.h"

#include "unicode_class.h"

#include <assert.h>

#define SHIFTED_COUNT 68

static bool stands_for_itself(uint32_t byte)
{
    return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || (byte >= 0xAE && byte <= 0xFF);
}

uint32_t zest_byte_alphabet_code_point(unsigned char byte)
{
    if (stands_for_itself(byte))
        return byte;
    return byte <= 0x20 ? 0x100u + byte : byte == 0xAD ? 0x100u + SHIFTED_COUNT - 1 : 0x121u + (byte - 0x7Fu);
}

/* The byte that a code point writes, or -1. The shifted bytes are 0-0x20, 0x7F-0xA0 and 0xAD. */
static int byte_of(uint32_t code_point)
{
    if (code_point < 0x100)
        return stands_for_itself(code_point) ? (int)code_point : -1;
    uint32_t rank = code_point - 0x100;
    if (rank >= SHIFTED_COUNT)
        return -1;
    if (rank <= 0x20)
        return (int)rank;
    return rank == SHIFTED_COUNT - 1 ? 0xAD : (int)(rank - 0x21 + 0x7F);
}

size_t zest_byte_alphabet_decode(struct zest_text text, char *out)
{
    assert(out || text.size == 0);
    size_t written = 0;
    const unsigned char *data = (const unsigned char *)text.data;
    for (size_t at = 0; at < text.size;) {
        uint32_t length, code_point;
        if (data[at] < 0x80) {
            code_point = data[at];
            length = 1;
        } else if (data[at] >= 0xC2 && data[at] <= 0xC5 && at + 1 < text.size && zest_utf8_continues(data[at + 1])) {
            code_point = zest_utf8_decode(data + at, &length);
        } else {
            return SIZE_MAX;
        }
        int byte = byte_of(code_point);
        if (byte < 0)
            return SIZE_MAX;
        out[written++] = (char)byte;
        at += length;
    }
    return written;
}
