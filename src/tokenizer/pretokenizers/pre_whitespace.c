/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pre_whitespace.c - "Whitespace": runs of word characters, and runs of what is neither a word nor white space.
 *
 *     {"type": "Whitespace"}
 *
 * The pattern \w+|[^\w\s]+ of Rust's regex crate, Unicode 16.0: a word character is Alphabetic, a mark, a decimal
 * number, a connector or a joiner.
 */
#include "pretokenizer_kinds.h"

#include "unicode_class.h"

static enum zest_status whitespace_create(const json_t *json, struct zest_arena *arena,
                                          struct zest_pretokenizer **ret_pretokenizer, struct zest_error *error)
{
    return zest_pre_plain(json, &zest_pre_whitespace, arena, ret_pretokenizer, error);
}

enum run { SPACES, WORD, OTHERS };

static enum run run_of(uint32_t code_point)
{
    uint32_t class = zest_unicode_class(code_point);
    return class & ZEST_CLASS_RUST_WORD ? WORD : class & ZEST_CLASS_SPACE ? SPACES : OTHERS;
}

static void cut_piece(const struct zest_pieces *in, const struct zest_piece *piece, struct zest_pieces *out)
{
    enum run last = SPACES;
    size_t start = piece->start;
    for (size_t at = piece->start; at <= piece->end;) {
        uint32_t length = 1;
        enum run run = at < piece->end ? run_of(zest_utf8_decode(in->text.bytes + at, &length)) : SPACES;
        if (run != last) {
            if (last != SPACES)
                zest_pieces_copy(out, in, start, at, zest_piece_origin(in, piece, start));
            start = at;
            last = run;
        }
        at += length;
    }
}

static void whitespace_run(const struct zest_pretokenizer *self, const struct zest_pieces *in, struct zest_pieces *out)
{
    (void)self;
    for (size_t i = 0; i < in->count && out->status == ZEST_OK; i++)
        cut_piece(in, &in->list[i], out);
}

const struct zest_pretokenizer_kind zest_pre_whitespace = {"Whitespace", whitespace_create, whitespace_run, NULL};
