/* SPDX-License-Identifier: Apache-2.0 */
/*
 * content_hash.c - eight independent chains of xor, multiply, rotate: one multiplication for eight bytes, none of which
 * waits for another lane's. Two finals from the same lanes.
 */
#include "content_hash.h"

#include <string.h>

#define LANES 8
#define BLOCK (LANES * sizeof(uint64_t))

static uint64_t step(uint64_t lane, uint64_t word)
{
    uint64_t product = (lane ^ word) * 0x9E3779B97F4A7C15u;
    return product << 29 | product >> 35;
}

static uint64_t finish(const uint64_t lanes[LANES], uint64_t start)
{
    uint64_t hash = start;
    for (int i = 0; i < LANES; i++) {
        hash = (hash ^ lanes[i]) * 0xC2B2AE3D27D4EB4Fu;
        hash ^= hash >> 32;
    }
    return hash;
}

static void take_block(uint64_t lanes[LANES], const unsigned char *block)
{
    uint64_t words[LANES];
    memcpy(words, block, BLOCK);
    for (int i = 0; i < LANES; i++)
        lanes[i] = step(lanes[i], words[i]);
}

struct zest_content_hash zest_content_hash(struct zest_content_hash seed, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    uint64_t lanes[LANES];
    unsigned char rest[BLOCK] = {0};
    for (int i = 0; i < LANES; i++)
        lanes[i] = step(i % 2 ? seed.b : seed.a, (uint64_t)i + size * LANES);
    for (; size >= BLOCK; size -= BLOCK, at += BLOCK)
        take_block(lanes, at);
    if (size > 0)
        memcpy(rest, at, size);
    take_block(lanes, rest); /* the size went in at the start, so that zeros at the end count */
    return (struct zest_content_hash){finish(lanes, 0x27D4EB2F165667C5u), finish(lanes, 0x165667B19E3779F9u)};
}
