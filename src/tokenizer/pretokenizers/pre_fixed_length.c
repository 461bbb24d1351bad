/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pre_fixed_length.c - "FixedLength": pieces of so many characters; the last one may be shorter.
 *
 *     {"type": "FixedLength", "length": 5}      the length may be missing
 */
#include "pretokenizer_kinds.h"

#include "unicode_class.h"

struct fixed_length {
    struct zest_pretokenizer base;
    uint64_t length; /* characters, 1 at least */
};

static enum zest_status fixed_length_create(const json_t *json, struct zest_arena *arena,
                                            struct zest_pretokenizer **ret_pretokenizer, struct zest_error *error)
{
    static const char *const fields[] = {"length"};
    struct zest_component_reader reader = {json, "pre_tokenizer FixedLength", error, ZEST_OK};
    zest_component_closed(&reader, fields, ZEST_COUNT(fields));
    size_t length = json_object_get(json, "length") ? zest_component_within(&reader, "length", 1, INT64_MAX) : 5;
    enum zest_status status = reader.status;
    if (status == ZEST_OK)
        status = zest_pre_new(arena, sizeof(struct fixed_length), &zest_pre_fixed_length, ret_pretokenizer, error);
    if (status == ZEST_OK)
        ((struct fixed_length *)*ret_pretokenizer)->length = length;
    return status;
}

static void cut_piece(uint64_t length, const struct zest_pieces *in, const struct zest_piece *piece,
                      struct zest_pieces *out)
{
    size_t start = piece->start;
    uint64_t characters = 0;
    for (size_t at = piece->start + 1; at <= piece->end; at++) {
        if (at < piece->end && zest_utf8_continues(in->text.bytes[at]))
            continue;
        if (++characters == length || at == piece->end) {
            zest_pieces_copy(out, in, start, at, zest_piece_origin(in, piece, start));
            start = at;
            characters = 0;
        }
    }
}

static void fixed_length_run(const struct zest_pretokenizer *self, const struct zest_pieces *in,
                             struct zest_pieces *out)
{
    for (size_t i = 0; i < in->count && out->status == ZEST_OK; i++)
        cut_piece(((const struct fixed_length *)self)->length, in, &in->list[i], out);
}

const struct zest_pretokenizer_kind zest_pre_fixed_length = {"FixedLength", fixed_length_create, fixed_length_run,
                                                             NULL};
