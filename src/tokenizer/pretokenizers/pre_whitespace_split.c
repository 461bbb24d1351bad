/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pre_whitespace_split.c - "WhitespaceSplit": what lies between white space (Unicode's White_Space).
 *
 *     {"type": "WhitespaceSplit"}
 */
#include "pretokenizer_kinds.h"

#include "unicode_class.h"

static enum zest_status whitespace_split_create(const json_t *json, struct zest_arena *arena,
                                                struct zest_pretokenizer **ret_pretokenizer, struct zest_error *error)
{
    return zest_pre_plain(json, &zest_pre_whitespace_split, arena, ret_pretokenizer, error);
}

static bool is_space(const void *context, uint32_t code_point)
{
    (void)context;
    return (zest_unicode_class(code_point) & ZEST_CLASS_SPACE) != 0;
}

static void whitespace_split_run(const struct zest_pretokenizer *self, const struct zest_pieces *in,
                                 struct zest_pieces *out)
{
    struct zest_piece_cutter cutter = {.cut = ZEST_CUT_REMOVED, .in = in, .out = out};
    (void)self;
    for (size_t i = 0; i < in->count && out->status == ZEST_OK; i++)
        zest_cutter_by_character(&cutter, &in->list[i], is_space, NULL);
}

const struct zest_pretokenizer_kind zest_pre_whitespace_split = {"WhitespaceSplit", whitespace_split_create,
                                                                 whitespace_split_run, NULL};
