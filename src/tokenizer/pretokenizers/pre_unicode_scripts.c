/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pre_unicode_scripts.c - "UnicodeScripts": cuts where the script changes.
 *
 *     {"type": "UnicodeScripts"}
 *
 * Spaces and characters without a script go with what stands before them. What stands before the first character that
 * has a script is dropped, as in the reference: a piece begins only where a script is met.
 */
#include "pretokenizer_kinds.h"

#include "unicode_class.h"

static enum zest_status unicode_scripts_create(const json_t *json, struct zest_arena *arena,
                                               struct zest_pretokenizer **ret_pretokenizer, struct zest_error *error)
{
    return zest_pre_plain(json, &zest_pre_unicode_scripts, arena, ret_pretokenizer, error);
}

static void cut_piece(const struct zest_pieces *in, const struct zest_piece *piece, struct zest_pieces *out)
{
    uint8_t last = 0; /* no script was met */
    size_t start = piece->end;
    for (size_t at = piece->start; at < piece->end;) {
        uint32_t length;
        uint8_t script = zest_unicode_script(zest_utf8_decode(in->text.bytes + at, &length));
        if (script != 0 && script != last) {
            if (last != 0)
                zest_pieces_copy(out, in, start, at, zest_piece_origin(in, piece, start));
            start = at;
            last = script;
        }
        at += length;
    }
    if (start < piece->end)
        zest_pieces_copy(out, in, start, piece->end, zest_piece_origin(in, piece, start));
}

static void unicode_scripts_run(const struct zest_pretokenizer *self, const struct zest_pieces *in,
                                struct zest_pieces *out)
{
    (void)self;
    for (size_t i = 0; i < in->count && out->status == ZEST_OK; i++)
        cut_piece(in, &in->list[i], out);
}

const struct zest_pretokenizer_kind zest_pre_unicode_scripts = {"UnicodeScripts", unicode_scripts_create,
                                                                unicode_scripts_run, NULL};
