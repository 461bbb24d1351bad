/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pre_punctuation.c - "Punctuation": cuts at each punctuation mark.
 *
 *     {"type": "Punctuation", "behavior": "Isolated"}      the behavior may be missing
 *
 * Punctuation is what is so in ASCII (symbols included), and general category P of Unicode 8.0.
 */
#include "pretokenizer_kinds.h"

#include "unicode_class.h"

struct punctuation {
    struct zest_pretokenizer base;
    enum zest_cut cut;
};

static enum zest_status punctuation_create(const json_t *json, struct zest_arena *arena,
                                           struct zest_pretokenizer **ret_pretokenizer, struct zest_error *error)
{
    static const char *const fields[] = {"behavior"};
    struct zest_component_reader reader = {json, "pre_tokenizer Punctuation", error, ZEST_OK};
    zest_component_closed(&reader, fields, ZEST_COUNT(fields));
    enum zest_cut cut = zest_pre_cut(&reader, ZEST_CUT_ISOLATED);
    enum zest_status status = reader.status;
    if (status == ZEST_OK)
        status = zest_pre_new(arena, sizeof(struct punctuation), &zest_pre_punctuation, ret_pretokenizer, error);
    if (status == ZEST_OK)
        ((struct punctuation *)*ret_pretokenizer)->cut = cut;
    return status;
}

static bool is_punctuation(const void *context, uint32_t code_point)
{
    (void)context;
    return (zest_unicode_class(code_point) & ZEST_CLASS_PUNCTUATION8) != 0;
}

static void punctuation_run(const struct zest_pretokenizer *self, const struct zest_pieces *in, struct zest_pieces *out)
{
    struct zest_piece_cutter cutter = {.cut = ((const struct punctuation *)self)->cut, .in = in, .out = out};
    for (size_t i = 0; i < in->count && out->status == ZEST_OK; i++)
        zest_cutter_by_character(&cutter, &in->list[i], is_punctuation, NULL);
}

const struct zest_pretokenizer_kind zest_pre_punctuation = {"Punctuation", punctuation_create, punctuation_run, NULL};
