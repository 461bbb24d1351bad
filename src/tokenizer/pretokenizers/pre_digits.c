/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pre_digits.c - "Digits": cuts numbers off, as a whole or digit by digit.
 *
 *     {"type": "Digits", "individual_digits": true}
 *
 * A digit is what Rust's char::is_numeric says: general category N (½ and Ⅷ too), Unicode 17.0.
 */
#include "pretokenizer_kinds.h"

#include "unicode_class.h"

struct digits {
    struct zest_pretokenizer base;
    bool individual;
};

static enum zest_status digits_create(const json_t *json, struct zest_arena *arena,
                                      struct zest_pretokenizer **ret_pretokenizer, struct zest_error *error)
{
    static const char *const fields[] = {"individual_digits"};
    struct zest_component_reader reader = {json, "pre_tokenizer Digits", error, ZEST_OK};
    zest_component_closed(&reader, fields, ZEST_COUNT(fields));
    bool individual = zest_component_bool(&reader, "individual_digits", -1);
    enum zest_status status = reader.status;
    if (status == ZEST_OK)
        status = zest_pre_new(arena, sizeof(struct digits), &zest_pre_digits, ret_pretokenizer, error);
    if (status == ZEST_OK)
        ((struct digits *)*ret_pretokenizer)->individual = individual;
    return status;
}

static bool is_digit(const void *context, uint32_t code_point)
{
    (void)context;
    return (zest_unicode_class(code_point) & ZEST_CLASS_NUMERIC17) != 0;
}

static void digits_run(const struct zest_pretokenizer *self, const struct zest_pieces *in, struct zest_pieces *out)
{
    bool individual = ((const struct digits *)self)->individual;
    struct zest_piece_cutter cutter = {
        .cut = individual ? ZEST_CUT_ISOLATED : ZEST_CUT_CONTIGUOUS, .in = in, .out = out};
    for (size_t i = 0; i < in->count && out->status == ZEST_OK; i++)
        zest_cutter_by_character(&cutter, &in->list[i], is_digit, NULL);
}

const struct zest_pretokenizer_kind zest_pre_digits = {"Digits", digits_create, digits_run, NULL};
