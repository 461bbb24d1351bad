/* SPDX-License-Identifier: Apache-2.0 */
/*
 * normalize_byte_level.c - ByteLevel: writes every byte as a character of the byte alphabet.
 * All bytes of a character share its origin. Immutable: any thread.
 */
#include "byte_alphabet.h"
#include "normalizer_kinds.h"

static enum zest_status create(const json_t *json, struct zest_arena *arena, struct zest_normalizer **ret_normalizer,
                               struct zest_error *error)
{
    return zest_normalizer_plain(&zest_normalize_byte_level, json, arena, ret_normalizer, error);
}

static void run(const struct zest_normalizer *self, const struct zest_aligned *in, struct zest_aligned *out)
{
    for (size_t at = 0; at < in->size;) {
        size_t length = zest_character_size(in->bytes[at]);
        char written[8];
        uint32_t size = 0;
        for (size_t i = 0; i < length; i++)
            size += zest_utf8_encode(zest_byte_alphabet_code_point(in->bytes[at + i]), written + size);
        zest_aligned_put(out, written, size, zest_aligned_origin(in, at, at + length));
        at += length;
    }
}

const struct zest_normalizer_kind zest_normalize_byte_level = {"ByteLevel", create, run, NULL};
