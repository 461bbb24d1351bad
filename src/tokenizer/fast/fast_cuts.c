/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_cuts.c - gathers the pairs of characters that tokens hold. Runs once, when a tokenizer is compiled.
 */
#include "fast_cuts.h"

/* The length that a first byte announces, 0 where it is none. */
static size_t announced(unsigned char first)
{
    if (first < 0x80)
        return 1;
    return first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
}

/* Bytes of the character at `at`, or 0 where it is not whole. */
static size_t whole_character(const unsigned char *bytes, size_t size, size_t at)
{
    size_t length = announced(bytes[at]);
    if (length == 0 || length > size - at)
        return 0;
    for (size_t i = 1; i < length; i++)
        if (!zest_utf8_continues(bytes[at + i]))
            return 0;
    return length;
}

static void add_pair(struct zest_fast_cut_builder *builder, uint32_t left, uint32_t right)
{
    if ((left | right) < 0x80) {
        builder->ascii[left][right >> 6] |= (uint64_t)1 << (right & 63);
        return;
    }
    uint32_t hash = zest_fast_cut_hash(left, right);
    builder->hashed[hash >> 6] |= (uint64_t)1 << (hash & 63);
}

void zest_fast_cuts_add(struct zest_fast_cut_builder *builder, const unsigned char *bytes, size_t size)
{
    const uint32_t part = UINT32_MAX; /* stands for some part of a character */
    uint32_t before = part, length;
    for (size_t at = 0, step; at < size; at += step) {
        step = whole_character(bytes, size, at);
        uint32_t code_point = step > 0 ? zest_utf8_decode(bytes + at, &length) : part;
        step = step > 0 ? step : 1;
        /* A continuation byte after a part is in the same character: no bound, no matter. */
        if (at > 0 && (code_point == part || before == part))
            builder->bytes[bytes[at - 1]][bytes[at] >> 6] |= (uint64_t)1 << (bytes[at] & 63);
        else if (at > 0)
            add_pair(builder, before, code_point);
        before = code_point;
    }
}

void zest_fast_cuts_join(struct zest_fast_cut_builder *builder, unsigned char byte)
{
    uint64_t bit = (uint64_t)1 << (byte & 63);
    memset(builder->bytes[byte], 0xFF, sizeof builder->bytes[byte]);
    for (size_t other = 0; other < ZEST_COUNT(builder->bytes); other++)
        builder->bytes[other][byte >> 6] |= bit;
    if (byte >= 0x80)
        return;
    memset(builder->ascii[byte], 0xFF, sizeof builder->ascii[byte]);
    for (size_t other = 0; other < ZEST_COUNT(builder->ascii); other++)
        builder->ascii[other][byte >> 6] |= bit;
}

bool zest_fast_cuts_open(const void *section, size_t size, struct zest_fast_cuts *ret_cuts)
{
    const struct zest_fast_cut_builder *tables = section;
    if (!section || size != sizeof *tables)
        return false;
    *ret_cuts = (struct zest_fast_cuts){tables->ascii, tables->bytes, tables->hashed, true};
    for (uint32_t letter = 'A'; letter <= 'z'; letter++)
        if (letter <= 'Z' || letter >= 'a')
            ret_cuts->letter_blank = ret_cuts->letter_blank && !(tables->ascii[letter][0] >> ' ' & 1);
    return true;
}
