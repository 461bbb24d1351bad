/* SPDX-License-Identifier: Apache-2.0 */
/*
 * normalize_nmt.c - Nmt: drops some control characters and makes others, line ends and the replacement character
 * spaces, as SentencePiece's nmt rules begin. Immutable: any thread.
 */
#include "normalizer_kinds.h"

static bool is_dropped(uint32_t code_point)
{
    if (code_point == 0x09 || code_point == 0x0A || code_point == 0x0C || code_point == 0x0D)
        return false;
    return (code_point >= 0x01 && code_point <= 0x1F) || code_point == 0x7F || code_point == 0x8F || code_point == 0x9F;
}

static bool is_space(uint32_t code_point)
{
    switch (code_point) {
    case 0x09:
    case 0x0A:
    case 0x0C:
    case 0x0D:
    case 0x1680:
    case 0x200B ... 0x200F:
    case 0x2028:
    case 0x2029:
    case 0x2581:
    case 0xFEFF:
    case 0xFFFD:
        return true;
    default:
        return false;
    }
}

static enum zest_status create(const json_t *json, struct zest_arena *arena, struct zest_normalizer **ret_normalizer,
                               struct zest_error *error)
{
    return zest_normalizer_plain(&zest_normalize_nmt, json, arena, ret_normalizer, error);
}

static void run(const struct zest_normalizer *self, const struct zest_aligned *in, struct zest_aligned *out)
{
    size_t kept = 0;
    for (size_t at = 0; at < in->size;) {
        uint32_t length, code_point = zest_utf8_decode(in->bytes + at, &length);
        bool space = is_space(code_point);
        if (space || is_dropped(code_point)) {
            zest_aligned_copy(out, in, kept, at);
            if (space)
                zest_aligned_put(out, " ", 1, zest_aligned_origin(in, at, at + length));
            kept = at + length;
        }
        at += length;
    }
    zest_aligned_copy(out, in, kept, in->size);
}

const struct zest_normalizer_kind zest_normalize_nmt = {"Nmt", create, run, NULL};
