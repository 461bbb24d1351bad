/* SPDX-License-Identifier: Apache-2.0 */
/*
 * normalizer_list.c - all normalizers, and making one from its JSON. Stateless: any thread.
 *
 * A new kind is a file normalize_NAME.c, a line in `kinds` and one in meson.build.
 */
#include "normalizer_kinds.h"
#include "regex.h"

#include <assert.h>
#include <stdio.h>

static const struct zest_normalizer_kind *const kinds[] = {
    &zest_normalize_bert,        &zest_normalize_byte_level,    &zest_normalize_lowercase, &zest_normalize_nfc,
    &zest_normalize_nfd,         &zest_normalize_nfkc,          &zest_normalize_nfkd,      &zest_normalize_nmt,
    &zest_normalize_precompiled, &zest_normalize_prepend,       &zest_normalize_replace,   &zest_normalize_sequence,
    &zest_normalize_strip,       &zest_normalize_strip_accents,
};

/* Files of old have no "type": what a field says of it, in the order in which the reference tries the kinds. */
static const struct {
    const char *field, *type;
} telling_fields[] = {
    {"clean_text", "BertNormalizer"},        {"strip_left", "Strip"}, {"normalizers", "Sequence"},
    {"precompiled_charsmap", "Precompiled"}, {"pattern", "Replace"},  {"prepend", "Prepend"},
};

static const char *type_by_fields(const json_t *json)
{
    for (size_t i = 0; i < ZEST_COUNT(telling_fields); i++)
        if (json_object_get(json, telling_fields[i].field))
            return telling_fields[i].type;
    return NULL;
}

static const struct zest_normalizer_kind *find_kind(const char *type)
{
    if (strcmp(type, "Bert") == 0) /* the reference reads both names, and writes the longer */
        return &zest_normalize_bert;
    for (size_t i = 0; i < ZEST_COUNT(kinds); i++)
        if (strcmp(kinds[i]->type, type) == 0)
            return kinds[i];
    return NULL;
}

enum zest_status zest_normalizer_create(const json_t *json, struct zest_arena *arena,
                                        struct zest_normalizer **ret_normalizer, struct zest_error *error)
{
    assert(arena && ret_normalizer);
    if (!json || json_is_null(json)) {
        *ret_normalizer = NULL;
        return ZEST_OK;
    }
    if (!json_is_object(json))
        return zest_fail_param(error, ZEST_WRONG_TYPE, "normalizer", "a normalizer is neither an object nor null");
    const json_t *named = json_object_get(json, "type");
    if (named && !json_is_string(named))
        return zest_fail_param(error, ZEST_WRONG_TYPE, "type", "\"type\" of a normalizer is no string");
    const char *type = named ? json_string_value(named) : type_by_fields(json);
    if (!type)
        return zest_fail_param(error, ZEST_MISSING_FIELD, "type", "a normalizer lacks its field \"type\"");
    const struct zest_normalizer_kind *kind = find_kind(type);
    if (!kind)
        return zest_fail_param(error, ZEST_UNSUPPORTED, "type", "there is no normalizer \"%.100s\"", type);
    return kind->create(json, arena, ret_normalizer, error);
}

enum zest_status zest_normalizer_plain(const struct zest_normalizer_kind *kind, const json_t *json,
                                       struct zest_arena *arena, struct zest_normalizer **ret_normalizer,
                                       struct zest_error *error)
{
    char name[48];
    snprintf(name, sizeof name, "normalizer %s", kind->type);
    struct zest_component_reader reader = {json, name, error, ZEST_OK};
    zest_component_closed(&reader, NULL, 0);
    if (reader.status != ZEST_OK)
        return reader.status;
    struct zest_normalizer *normalizer = ZEST_NEW(arena, struct zest_normalizer);
    if (!normalizer)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the normalizer %s", kind->type);
    normalizer->kind = kind;
    *ret_normalizer = normalizer;
    return ZEST_OK;
}

void zest_normalizer_run(const struct zest_normalizer *normalizer, const struct zest_aligned *in,
                         struct zest_aligned *out)
{
    assert(in != out && out->size == 0);
    if (normalizer)
        normalizer->kind->run(normalizer, in, out);
    else
        zest_aligned_copy(out, in, 0, in->size);
}

void zest_normalizer_finish(struct zest_normalizer *normalizer)
{
    if (normalizer && normalizer->kind->finish)
        normalizer->kind->finish(normalizer);
}

/* ---- regular expressions ---- */

/* That of the normalizer itself; NULL where it has none. */
static const struct zest_regex *own_regex(const struct zest_normalizer *normalizer)
{
    return normalizer->kind == &zest_normalize_replace ? zest_normalize_replace_regex(normalizer) : NULL;
}

static size_t members_of(const struct zest_normalizer *normalizer, struct zest_normalizer *const **ret_members)
{
    return normalizer->kind == &zest_normalize_sequence ? zest_normalize_sequence_members(normalizer, ret_members) : 0;
}

enum zest_status zest_normalizer_prepare(const struct zest_normalizer *normalizer, struct zest_error *error)
{
    struct zest_normalizer *const *members;
    if (!normalizer)
        return ZEST_OK;
    const struct zest_regex *regex = own_regex(normalizer);
    enum zest_status status = regex ? zest_regex_prepare(regex, error) : ZEST_OK;
    size_t count = members_of(normalizer, &members);
    for (size_t i = 0; i < count && status == ZEST_OK; i++)
        status = zest_normalizer_prepare(members[i], error);
    return status;
}

static const struct zest_regex *limited_regex(const struct zest_normalizer *normalizer)
{
    struct zest_normalizer *const *members;
    const struct zest_regex *regex = own_regex(normalizer);
    if (regex && zest_regex_limited(regex))
        return regex;
    size_t count = members_of(normalizer, &members);
    for (size_t i = 0; i < count; i++)
        if ((regex = limited_regex(members[i])))
            return regex;
    return NULL;
}

enum zest_status zest_normalizer_fail(const struct zest_normalizer *normalizer, enum zest_status status,
                                      struct zest_error *error)
{
    const struct zest_regex *regex = normalizer && status == ZEST_TOO_LARGE ? limited_regex(normalizer) : NULL;
    if (regex)
        return zest_regex_fail(regex, error);
    if (status == ZEST_OUT_OF_MEMORY)
        return zest_fail(error, status, "memory for the normalized form of a text is out");
    return zest_fail_param(error, status, "text", "the normalized form of a text takes more than 4 GiB");
}
