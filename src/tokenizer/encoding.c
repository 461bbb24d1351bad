/* SPDX-License-Identifier: Apache-2.0 */
/*
 * encoding.c - growing and merging encodings. One thread at a time.
 */
#include "encoding.h"

#include <assert.h>

bool zest_encoding_reserve(struct zest_encoding *encoding, struct zest_arena *arena, size_t more)
{
    size_t wanted = encoding->count + more;
    if (wanted <= encoding->capacity)
        return true;
    size_t capacity = wanted + encoding->count;
    struct zest_encoded *items = ZEST_NEW_ARRAY(arena, struct zest_encoded, capacity);
    if (!items)
        return false;
    if (encoding->count > 0)
        memcpy(items, encoding->items, encoding->count * sizeof *items);
    encoding->items = items;
    encoding->capacity = capacity;
    return true;
}

void zest_encoding_set_sequence(struct zest_encoding *encoding, int8_t sequence)
{
    for (size_t i = 0; i < encoding->count; i++)
        encoding->items[i].sequence = sequence;
}

void zest_encoding_set_type(struct zest_encoding *encoding, uint32_t type_id)
{
    for (size_t i = 0; i < encoding->count; i++)
        encoding->items[i].type_id = type_id;
}

static bool append(struct zest_encoding *encoding, const struct zest_encoding *other, struct zest_arena *arena)
{
    if (!zest_encoding_reserve(encoding, arena, other->count))
        return false;
    if (other->count > 0)
        memcpy(encoding->items + encoding->count, other->items, other->count * sizeof *other->items);
    encoding->count += other->count;
    return true;
}

/* *ret is a, then b, without overflows. */
static bool join(const struct zest_encoding *a, const struct zest_encoding *b, struct zest_encoding *ret,
                 struct zest_arena *arena)
{
    *ret = (struct zest_encoding){0};
    return append(ret, a, arena) && append(ret, b, arena);
}

/* Each overflow of a with b and with each overflow of b, then a with each overflow of b. */
static bool join_overflows(const struct zest_encoding *a, const struct zest_encoding *b, struct zest_encoding *ret_list,
                           struct zest_arena *arena)
{
    size_t count = 0;
    for (size_t i = 0; i < a->overflow_count; i++) {
        if (!join(&a->overflow[i], b, &ret_list[count++], arena))
            return false;
        for (size_t j = 0; j < b->overflow_count; j++)
            if (!join(&a->overflow[i], &b->overflow[j], &ret_list[count++], arena))
                return false;
    }
    for (size_t j = 0; j < b->overflow_count; j++)
        if (!join(a, &b->overflow[j], &ret_list[count++], arena))
            return false;
    return true;
}

bool zest_encoding_merge(struct zest_encoding *encoding, const struct zest_encoding *pair, struct zest_arena *arena)
{
    size_t count = encoding->overflow_count * (pair->overflow_count + 1) + pair->overflow_count;
    struct zest_encoding *overflow = NULL;
    if (count > 0) {
        overflow = ZEST_NEW_ARRAY(arena, struct zest_encoding, count);
        if (!overflow || !join_overflows(encoding, pair, overflow, arena))
            return false;
    }
    encoding->overflow = overflow;
    encoding->overflow_count = count;
    return append(encoding, pair, arena);
}
