/* SPDX-License-Identifier: Apache-2.0 */
/*
 * content_hash.h - hashes of many megabytes, as fast as memory can be read.
 *
 * Eight lanes take a word each in turn; every step is a bijection of what it takes in, so that a change within one
 * aligned word of eight bytes is always seen, and any other but for one chance in 2^64 (`a`) or 2^128 (both).
 * Not for use against people who want a collision. Stateless.
 */
#ifndef ZEST_CONTENT_HASH_H
#define ZEST_CONTENT_HASH_H

#include <stddef.h>
#include <stdint.h>

struct zest_content_hash {
    uint64_t a, b;
};

/* The hash of the bytes behind what `seed` is the hash of; {0, 0} to begin. */
struct zest_content_hash zest_content_hash(struct zest_content_hash seed, const void *bytes, size_t size);

#endif
