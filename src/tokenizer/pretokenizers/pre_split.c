/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pre_split.c - "Split": cuts where a text or a regular expression matches.
 *
 *     {"type": "Split", "pattern": {"Regex": "\\s+"} or {"String": " "}, "behavior": "Isolated", "invert": false}
 */
#include "pretokenizer_kinds.h"

struct split {
    struct zest_pretokenizer base;
    struct zest_regex *regex;
    enum zest_cut cut;
    bool inverted;
};

static enum zest_status split_create(const json_t *json, struct zest_arena *arena,
                                     struct zest_pretokenizer **ret_pretokenizer, struct zest_error *error)
{
    static const char *const fields[] = {"pattern", "behavior", "invert"};
    struct split read = {.regex = NULL};
    struct zest_component_reader reader = {json, "pre_tokenizer Split", error, ZEST_OK};
    zest_component_closed(&reader, fields, ZEST_COUNT(fields));
    read.cut = zest_pre_cut(&reader, -1);
    read.inverted = zest_component_bool(&reader, "invert", -1);
    bool is_regex;
    struct zest_text pattern = zest_component_pattern(&reader, "pattern", arena, &is_regex);
    enum zest_status status = reader.status;
    if (status == ZEST_OK)
        status = is_regex ? zest_regex_create(pattern, &read.regex, error)
                          : zest_regex_create_literal(pattern, &read.regex, error);
    if (status == ZEST_OK)
        status = zest_pre_new(arena, sizeof read, &zest_pre_split, ret_pretokenizer, error);
    if (status != ZEST_OK) {
        zest_regex_destroy(read.regex);
        return status;
    }
    read.base = **ret_pretokenizer;
    *(struct split *)*ret_pretokenizer = read;
    return ZEST_OK;
}

static void split_run(const struct zest_pretokenizer *self, const struct zest_pieces *in, struct zest_pieces *out)
{
    const struct split *split = (const struct split *)self;
    struct zest_piece_cutter cutter = {.cut = split->cut, .inverted = split->inverted, .in = in, .out = out};
    for (size_t i = 0; i < in->count && out->status == ZEST_OK; i++) {
        const struct zest_piece *piece = &in->list[i];
        zest_cutter_begin(&cutter, piece);
        zest_pieces_fail(out, zest_regex_find(split->regex, zest_piece_text(in, piece), piece->end - piece->start,
                                              zest_cutter_part, &cutter));
        zest_cutter_end(&cutter);
    }
}

static void split_finish(struct zest_pretokenizer *self)
{
    struct split *split = (struct split *)self;
    zest_regex_destroy(split->regex);
    split->regex = NULL;
}

const struct zest_regex *zest_pre_split_regex(const struct zest_pretokenizer *pretokenizer)
{
    return ((const struct split *)pretokenizer)->regex;
}

const struct zest_pretokenizer_kind zest_pre_split = {"Split", split_create, split_run, split_finish};
