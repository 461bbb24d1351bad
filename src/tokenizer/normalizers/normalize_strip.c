/* SPDX-License-Identifier: Apache-2.0 */
/*
 * normalize_strip.c - Strip: takes away white space at either end; StripAccents: takes away all marks of Unicode 9.0,
 * wherever they stand (it does not decompose). Immutable: any thread.
 */
#include "normalizer_kinds.h"

struct strip {
    struct zest_normalizer base;
    bool left, right;
};

static enum zest_status create_strip(const json_t *json, struct zest_arena *arena,
                                     struct zest_normalizer **ret_normalizer, struct zest_error *error)
{
    static const char *const fields[] = {"strip_left", "strip_right"};
    struct zest_component_reader reader = {json, "normalizer Strip", error, ZEST_OK};
    zest_component_closed(&reader, fields, ZEST_COUNT(fields));
    bool left = zest_component_bool(&reader, fields[0], -1);
    bool right = zest_component_bool(&reader, fields[1], -1);
    if (reader.status != ZEST_OK)
        return reader.status;
    struct strip *strip = ZEST_NEW(arena, struct strip);
    if (!strip)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the normalizer Strip");
    *strip = (struct strip){{&zest_normalize_strip}, left, right};
    *ret_normalizer = &strip->base;
    return ZEST_OK;
}

static bool is_space(const unsigned char *at, uint32_t *ret_length)
{
    return zest_unicode_class(zest_utf8_decode(at, ret_length)) & ZEST_CLASS_SPACE;
}

static void run_strip(const struct zest_normalizer *self, const struct zest_aligned *in, struct zest_aligned *out)
{
    const struct strip *strip = (const struct strip *)self;
    size_t start = 0, end = in->size;
    uint32_t length;
    while (strip->left && start < end && is_space(in->bytes + start, &length))
        start += length;
    while (strip->right && end > start) {
        size_t last = end - 1;
        while (zest_utf8_continues(in->bytes[last]))
            last--;
        if (!is_space(in->bytes + last, &length))
            break;
        end = last;
    }
    zest_aligned_copy(out, in, start, end);
}

static enum zest_status create_accents(const json_t *json, struct zest_arena *arena,
                                       struct zest_normalizer **ret_normalizer, struct zest_error *error)
{
    return zest_normalizer_plain(&zest_normalize_strip_accents, json, arena, ret_normalizer, error);
}

static void run_accents(const struct zest_normalizer *self, const struct zest_aligned *in, struct zest_aligned *out)
{
    zest_aligned_copy_without(out, in, ZEST_CLASS_MARK9);
}

const struct zest_normalizer_kind zest_normalize_strip = {"Strip", create_strip, run_strip, NULL};
const struct zest_normalizer_kind zest_normalize_strip_accents = {"StripAccents", create_accents, run_accents, NULL};
