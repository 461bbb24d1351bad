/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pre_bert.c - "BertPreTokenizer": words between white space, each punctuation mark alone.
 *
 *     {"type": "BertPreTokenizer"}
 *
 * White space is Unicode's White_Space; punctuation as in pre_punctuation.c. The reference cuts at the one and then at
 * the other; as no character is both, one pass does it.
 */
#include "pretokenizer_kinds.h"

#include "unicode_class.h"

static enum zest_status bert_create(const json_t *json, struct zest_arena *arena,
                                    struct zest_pretokenizer **ret_pretokenizer, struct zest_error *error)
{
    return zest_pre_plain(json, &zest_pre_bert, arena, ret_pretokenizer, error);
}

static void put_word(const struct zest_pieces *in, const struct zest_piece *piece, size_t start, size_t end,
                     struct zest_pieces *out)
{
    if (start < end)
        zest_pieces_copy(out, in, start, end, zest_piece_origin(in, piece, start));
}

static void cut_piece(const struct zest_pieces *in, const struct zest_piece *piece, struct zest_pieces *out)
{
    size_t word = piece->start;
    for (size_t at = piece->start; at < piece->end;) {
        uint32_t length, c = zest_utf8_decode(in->text.bytes + at, &length), class = zest_unicode_class(c);
        if (class & (ZEST_CLASS_SPACE | ZEST_CLASS_PUNCTUATION8)) {
            put_word(in, piece, word, at, out);
            word = at + length;
            if (!(class & ZEST_CLASS_SPACE))
                put_word(in, piece, at, word, out);
        }
        at += length;
    }
    put_word(in, piece, word, piece->end, out);
}

static void bert_run(const struct zest_pretokenizer *self, const struct zest_pieces *in, struct zest_pieces *out)
{
    (void)self;
    for (size_t i = 0; i < in->count && out->status == ZEST_OK; i++)
        cut_piece(in, &in->list[i], out);
}

const struct zest_pretokenizer_kind zest_pre_bert = {"BertPreTokenizer", bert_create, bert_run, NULL};
