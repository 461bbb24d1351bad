/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pre_char_delimiter.c - "CharDelimiterSplit": what lies between one character.
 *
 *     {"type": "CharDelimiterSplit", "delimiter": "-"}
 */
#include "pretokenizer_kinds.h"

struct char_delimiter {
    struct zest_pretokenizer base;
    uint32_t delimiter;
};

static enum zest_status char_delimiter_create(const json_t *json, struct zest_arena *arena,
                                              struct zest_pretokenizer **ret_pretokenizer, struct zest_error *error)
{
    static const char *const fields[] = {"delimiter"};
    uint32_t delimiter;
    struct zest_component_reader reader = {json, "pre_tokenizer CharDelimiterSplit", error, ZEST_OK};
    zest_component_closed(&reader, fields, ZEST_COUNT(fields));
    delimiter = zest_pre_character(&reader, "delimiter", arena);
    enum zest_status status = reader.status;
    if (status == ZEST_OK)
        status = zest_pre_new(arena, sizeof(struct char_delimiter), &zest_pre_char_delimiter, ret_pretokenizer, error);
    if (status == ZEST_OK)
        ((struct char_delimiter *)*ret_pretokenizer)->delimiter = delimiter;
    return status;
}

static bool is_delimiter(const void *context, uint32_t code_point)
{
    return code_point == *(const uint32_t *)context;
}

static void char_delimiter_run(const struct zest_pretokenizer *self, const struct zest_pieces *in,
                               struct zest_pieces *out)
{
    struct zest_piece_cutter cutter = {.cut = ZEST_CUT_REMOVED, .in = in, .out = out};
    for (size_t i = 0; i < in->count && out->status == ZEST_OK; i++)
        zest_cutter_by_character(&cutter, &in->list[i], is_delimiter,
                                 &((const struct char_delimiter *)self)->delimiter);
}

const struct zest_pretokenizer_kind zest_pre_char_delimiter = {"CharDelimiterSplit", char_delimiter_create,
                                                               char_delimiter_run, NULL};
