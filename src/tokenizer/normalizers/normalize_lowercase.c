/* SPDX-License-Identifier: Apache-2.0 */
/*
 * normalize_lowercase.c - Lowercase: each character alone by Unicode 17.0, without the rule of the last sigma; one may
 * become two (U+0130). Immutable: any thread.
 */
#include "normalize_lowercase.h"
#include "normalizer_kinds.h"

#include <assert.h>

/* Writes the character at `at`, which the map changes; answers where the next one begins. */
static size_t put_lower(struct zest_aligned *out, const struct zest_aligned *in, size_t at)
{
    uint32_t mapped[3], length, size = 0;
    uint32_t count = zest_case_apply(&zest_case_lower17, zest_utf8_decode(in->bytes + at, &length), mapped);
    assert(count >= 1); /* the class said so */
    char bytes[12];
    for (uint32_t i = 0; i < count; i++)
        size += zest_utf8_encode(mapped[i], bytes + size);
    zest_aligned_put(out, bytes, size, zest_aligned_origin(in, at, at + length));
    return at + length;
}

void zest_lowercase_append(const struct zest_aligned *in, struct zest_aligned *out)
{
    for (size_t at = 0; at < in->size;) {
        size_t found = zest_find_class(in, at, ZEST_CLASS_LOWERS);
        zest_aligned_copy(out, in, at, found);
        at = found < in->size ? put_lower(out, in, found) : found;
    }
}

static enum zest_status create(const json_t *json, struct zest_arena *arena, struct zest_normalizer **ret_normalizer,
                               struct zest_error *error)
{
    return zest_normalizer_plain(&zest_normalize_lowercase, json, arena, ret_normalizer, error);
}

static void run(const struct zest_normalizer *self, const struct zest_aligned *in, struct zest_aligned *out)
{
    zest_lowercase_append(in, out);
}

const struct zest_normalizer_kind zest_normalize_lowercase = {"Lowercase", create, run, NULL};
