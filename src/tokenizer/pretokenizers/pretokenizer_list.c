/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pretokenizer_list.c - the kinds of pre-tokenizers by their names, and what is the same for all of them.
 *
 * A field that a kind does not have is an error, where the reference passes over it in silence: a file may come from a
 * newer version in which it means something.
 */
#include "pretokenizer_kinds.h"
#include "unicode_class.h"

#include <assert.h>
#include <stdio.h>

static const struct zest_pretokenizer_kind *const kinds[] = {
    &zest_pre_bert,         &zest_pre_byte_level,      &zest_pre_char_delimiter, &zest_pre_digits,
    &zest_pre_fixed_length, &zest_pre_metaspace,       &zest_pre_punctuation,    &zest_pre_sequence,
    &zest_pre_split,        &zest_pre_unicode_scripts, &zest_pre_whitespace,     &zest_pre_whitespace_split,
};

enum zest_status zest_pretokenizer_create(const json_t *json, struct zest_arena *arena,
                                          struct zest_pretokenizer **ret_pretokenizer, struct zest_error *error)
{
    if (!json || json_is_null(json)) {
        *ret_pretokenizer = NULL;
        return ZEST_OK;
    }
    const char *type = json_string_value(json_object_get(json, "type"));
    if (!type)
        return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "pre_tokenizer", "a pre-tokenizer has no \"type\"");
    for (size_t i = 0; i < ZEST_COUNT(kinds); i++)
        if (strcmp(type, kinds[i]->type) == 0)
            return kinds[i]->create(json, arena, ret_pretokenizer, error);
    return zest_fail_param(error, ZEST_UNSUPPORTED, "pre_tokenizer", "the pre-tokenizer '%.64s' is unknown", type);
}

void zest_pretokenizer_run(const struct zest_pretokenizer *pretokenizer, const struct zest_pieces *in,
                           struct zest_pieces *out)
{
    assert(out->count == 0 && out->text.aligned == in->text.aligned);
    zest_pieces_fail(out, in->status);
    if (out->status != ZEST_OK)
        return;
    if (pretokenizer) {
        pretokenizer->kind->run(pretokenizer, in, out);
        return;
    }
    for (size_t i = 0; i < in->count; i++)
        zest_pieces_copy(out, in, in->list[i].start, in->list[i].end, in->list[i].origin);
}

void zest_pretokenizer_finish(struct zest_pretokenizer *pretokenizer)
{
    if (pretokenizer && pretokenizer->kind->finish)
        pretokenizer->kind->finish(pretokenizer);
}

bool zest_pretokenizer_needs_origins(const struct zest_pretokenizer *pretokenizer, bool normalized)
{
    struct zest_pretokenizer *const *members;
    if (!pretokenizer)
        return false;
    if (pretokenizer->kind != &zest_pre_sequence)
        return normalized && zest_pre_metaspace_is_first(pretokenizer);
    size_t count = zest_pre_sequence_members(pretokenizer, &members);
    for (size_t i = 0; i < count; i++)
        if (zest_pretokenizer_needs_origins(members[i], normalized || i > 0))
            return true;
    return false;
}

/* ---- regular expressions ---- */

/* That of the pre-tokenizer itself; NULL where it has none. */
static const struct zest_regex *own_regex(const struct zest_pretokenizer *pretokenizer)
{
    if (pretokenizer->kind == &zest_pre_split)
        return zest_pre_split_regex(pretokenizer);
    return pretokenizer->kind == &zest_pre_byte_level ? zest_pre_byte_level_regex(pretokenizer) : NULL;
}

static size_t members_of(const struct zest_pretokenizer *pretokenizer, struct zest_pretokenizer *const **ret_members)
{
    return pretokenizer->kind == &zest_pre_sequence ? zest_pre_sequence_members(pretokenizer, ret_members) : 0;
}

enum zest_status zest_pretokenizer_prepare(const struct zest_pretokenizer *pretokenizer, struct zest_error *error)
{
    struct zest_pretokenizer *const *members;
    if (!pretokenizer)
        return ZEST_OK;
    const struct zest_regex *regex = own_regex(pretokenizer);
    enum zest_status status = regex ? zest_regex_prepare(regex, error) : ZEST_OK;
    size_t count = members_of(pretokenizer, &members);
    for (size_t i = 0; i < count && status == ZEST_OK; i++)
        status = zest_pretokenizer_prepare(members[i], error);
    return status;
}

static const struct zest_regex *limited_regex(const struct zest_pretokenizer *pretokenizer)
{
    struct zest_pretokenizer *const *members;
    const struct zest_regex *regex = own_regex(pretokenizer);
    if (regex && zest_regex_limited(regex))
        return regex;
    size_t count = members_of(pretokenizer, &members);
    for (size_t i = 0; i < count; i++)
        if ((regex = limited_regex(members[i])))
            return regex;
    return NULL;
}

enum zest_status zest_pretokenizer_fail(const struct zest_pretokenizer *pretokenizer, enum zest_status status,
                                        struct zest_error *error)
{
    const struct zest_regex *regex = pretokenizer && status == ZEST_TOO_LARGE ? limited_regex(pretokenizer) : NULL;
    if (regex)
        return zest_regex_fail(regex, error);
    if (status == ZEST_OUT_OF_MEMORY)
        return zest_fail(error, status, "memory for the pieces of a text is out");
    return zest_fail_param(error, status, "text", "the pieces of a text take more than 4 GiB");
}

/* ---- fields ---- */

enum zest_cut zest_pre_cut(struct zest_component_reader *reader, int missing)
{
    static const char *const names[] = {
        [ZEST_CUT_REMOVED] = "Removed",
        [ZEST_CUT_ISOLATED] = "Isolated",
        [ZEST_CUT_MERGED_WITH_PREVIOUS] = "MergedWithPrevious",
        [ZEST_CUT_MERGED_WITH_NEXT] = "MergedWithNext",
        [ZEST_CUT_CONTIGUOUS] = "Contiguous",
    };
    return (enum zest_cut)zest_component_choice(reader, "behavior", names, ZEST_COUNT(names), missing);
}

uint32_t zest_pre_character(struct zest_component_reader *reader, const char *field, struct zest_arena *arena)
{
    uint32_t length;
    struct zest_text text = zest_component_character(reader, field, arena);
    return text.size > 0 ? zest_utf8_decode((const unsigned char *)text.data, &length) : 0;
}

enum zest_status zest_pre_plain(const json_t *json, const struct zest_pretokenizer_kind *kind, struct zest_arena *arena,
                                struct zest_pretokenizer **ret_pretokenizer, struct zest_error *error)
{
    char name[48];
    snprintf(name, sizeof name, "pre_tokenizer %s", kind->type);
    struct zest_component_reader reader = {json, name, error, ZEST_OK};
    zest_component_closed(&reader, NULL, 0);
    return reader.status == ZEST_OK
               ? zest_pre_new(arena, sizeof(struct zest_pretokenizer), kind, ret_pretokenizer, error)
               : reader.status;
}

enum zest_status zest_pre_new(struct zest_arena *arena, size_t size, const struct zest_pretokenizer_kind *kind,
                              struct zest_pretokenizer **ret_pretokenizer, struct zest_error *error)
{
    struct zest_pretokenizer *made = zest_alloc_zero(arena, size, _Alignof(max_align_t));
    if (!made)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "memory for the pre-tokenizer '%s' is out", kind->type);
    made->kind = kind;
    *ret_pretokenizer = made;
    return ZEST_OK;
}
