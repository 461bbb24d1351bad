/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utf8_vector.h - well-formed UTF-8 by vectors, for utf8.c.
 */
#ifndef ZEST_UTF8_VECTOR_H
#define ZEST_UTF8_VECTOR_H

#include <zest/core.h>

/*
 * How many of the first bytes are whole, well-formed characters: a lower bound, which is short of the truth by less
 * than a block of 64 bytes and a character, and 0 on machines without the instructions.
 */
size_t zest_utf8_valid_prefix(const unsigned char *bytes, size_t size);

#endif
