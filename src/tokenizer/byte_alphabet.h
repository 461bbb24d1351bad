/* SPDX-License-Identifier: Apache-2.0 */
/*
 * byte_alphabet.h - GPT-2's byte alphabet: a printable character for each byte, as byte-level vocabularies are written.
 * Both directions, for all rooms.
 */
#ifndef ZEST_BYTE_ALPHABET_H
#define ZEST_BYTE_ALPHABET_H

#include <zest/core.h>

/* The code point that writes a byte: below U+0144, so one or two bytes of UTF-8. */
uint32_t zest_byte_alphabet_code_point(unsigned char byte);

/* Turns text in the alphabet into bytes. Answers how many were written to `out` (at most text.size), or SIZE_MAX where
   a character is outside the alphabet. */
size_t zest_byte_alphabet_decode(struct zest_text text, char *out);

#endif
