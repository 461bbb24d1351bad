/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform.h - rewriting a text while its origins follow, as the reference's NormalizedString does (transform_range).
 *
 * New characters come in order, each with a change: 0, it stands for the next old character; -N, for the next one and
 * N more that go; positive, it is inserted and shares the origin of the byte before. What a character really was made
 * of does not count, only how many were used up before it: so the marks that NFD moves swap their origins.
 *
 * Where no origins are kept nothing is tracked. One thread.
 */
#ifndef ZEST_TRANSFORM_H
#define ZEST_TRANSFORM_H

#include "character.h"
#include "stages.h"
#include "unicode_class.h"

struct zest_transform {
    const struct zest_aligned *in;
    struct zest_aligned *out;
    size_t at; /* byte of `in` that the next old character begins at */
};

/* The end of the old text stands still: what a damaged charsmap asks for beyond it is not there. */
static inline void zest_transform_skip(struct zest_transform *transform)
{
    if (transform->at < transform->in->size)
        transform->at += zest_character_size(transform->in->bytes[transform->at]);
}

/* The origin of something inserted at `at`; before the text's first byte that is where the text began, and empty. */
static inline struct zest_span zest_inserted_origin(const struct zest_aligned *in, size_t at)
{
    if (!in->aligned)
        return (struct zest_span){0, 0};
    return at > 0 ? in->origins[at - 1] : (struct zest_span){in->begin, in->begin};
}

/* Appends the bytes of one new character. */
static inline void zest_transform_put(struct zest_transform *transform, const void *bytes, size_t size, int32_t change)
{
    const struct zest_aligned *in = transform->in;
    struct zest_span origin = {0, 0};
    if (in->aligned) {
        bool is_new = change > 0 || transform->at == in->size;
        origin = is_new ? zest_inserted_origin(in, transform->at) : in->origins[transform->at];
        for (; change <= 0; change++)
            zest_transform_skip(transform);
    }
    zest_aligned_put(transform->out, bytes, size, origin);
}

static inline void zest_transform_put_code_point(struct zest_transform *transform, uint32_t code_point, int32_t change)
{
    char bytes[4];
    uint32_t size = zest_utf8_encode(code_point, bytes);
    zest_transform_put(transform, bytes, size, change);
}

/* ---- filters: characters stay, go, or become others, one by one ---- */

/* Where the first character from `at` on begins that has a bit of `any`; in->size where there is none. */
static inline size_t zest_find_class(const struct zest_aligned *in, size_t at, uint32_t any)
{
    while (at < in->size) {
        if (in->bytes[at] < 0x80) {
            if (zest_unicode_ascii[in->bytes[at]] & any)
                return at;
            at++;
            continue;
        }
        uint32_t length, code_point = zest_utf8_decode(in->bytes + at, &length);
        if (zest_unicode_class(code_point) & any)
            return at;
        at += length;
    }
    return in->size;
}

/* Copies all characters but those that have a bit of `any`. */
static inline void zest_aligned_copy_without(struct zest_aligned *out, const struct zest_aligned *in, uint32_t any)
{
    for (size_t at = 0; at < in->size;) {
        size_t found = zest_find_class(in, at, any);
        zest_aligned_copy(out, in, at, found);
        at = found < in->size ? found + zest_character_size(in->bytes[found]) : found;
    }
}

#endif
