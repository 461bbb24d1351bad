/* SPDX-License-Identifier: Apache-2.0 */
/*
 * normalize_replace.c - Replace: a content in the place of every match of a text, leftmost first, without overlap. The
 * content shares the origin of the last byte of what it replaces. Immutable: any thread.
 *
 * An empty pattern matches before every character and at the end, as it does in the reference.
 */
#include "normalizer_kinds.h"

struct replace {
    struct zest_normalizer base;
    struct zest_text pattern, content;
};

/* "pattern" is {"String": …} or {"Regex": …}. */
static enum zest_status read_pattern(const json_t *json, struct zest_arena *arena, struct zest_text *ret_pattern,
                                     struct zest_error *error)
{
    const json_t *pattern = json_object_get(json, "pattern");
    if (!pattern)
        return zest_fail_param(error, ZEST_MISSING_FIELD, "pattern",
                               "the normalizer Replace lacks its field \"pattern\"");
    if (!json_is_object(pattern) || json_object_size(pattern) != 1)
        return zest_fail_param(error, ZEST_WRONG_TYPE, "pattern",
                               "\"pattern\" of the normalizer Replace is neither {\"String\": …} nor {\"Regex\": …}");
    if (json_object_get(pattern, "Regex"))
        return zest_fail_param(error, ZEST_UNSUPPORTED, "pattern", "the normalizer Replace takes no \"Regex\" yet");
    static const char *const fields[] = {"String"};
    enum zest_status status = zest_normalizer_fields(pattern, "Replace", fields, ZEST_COUNT(fields), error);
    return status == ZEST_OK ? zest_normalizer_text(pattern, "Replace", "String", arena, ret_pattern, error) : status;
}

static enum zest_status create(const json_t *json, struct zest_arena *arena, struct zest_normalizer **ret_normalizer,
                               struct zest_error *error)
{
    static const char *const fields[] = {"pattern", "content"};
    struct zest_text pattern = {0}, content = {0};
    enum zest_status status = zest_normalizer_fields(json, "Replace", fields, ZEST_COUNT(fields), error);
    if (status == ZEST_OK)
        status = read_pattern(json, arena, &pattern, error);
    if (status == ZEST_OK)
        status = zest_normalizer_text(json, "Replace", "content", arena, &content, error);
    if (status != ZEST_OK)
        return status;
    struct replace *replace = ZEST_NEW(arena, struct replace);
    if (!replace)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the normalizer Replace");
    *replace = (struct replace){{&zest_normalize_replace}, pattern, content};
    *ret_normalizer = &replace->base;
    return ZEST_OK;
}

/* Where the next match begins, `in->size + 1` where there is none. */
static size_t find(const struct replace *replace, const struct zest_aligned *in, size_t from)
{
    if (from > in->size)
        return in->size + 1;
    if (replace->pattern.size == 0)
        return from;
    const unsigned char *found =
        memmem(in->bytes + from, in->size - from, replace->pattern.data, replace->pattern.size);
    return found ? (size_t)(found - in->bytes) : in->size + 1;
}

static void run(const struct zest_normalizer *self, const struct zest_aligned *in, struct zest_aligned *out)
{
    const struct replace *replace = (const struct replace *)self;
    size_t kept = 0;
    for (size_t at = in->size > 0 ? find(replace, in, 0) : 1; at <= in->size;) {
        size_t end = at + replace->pattern.size;
        zest_aligned_copy(out, in, kept, at);
        zest_aligned_put(out, replace->content.data, replace->content.size, zest_inserted_origin(in, end));
        kept = end;
        if (end == at) /* an empty match: the next one is behind the next character */
            end += end < in->size ? zest_utf8_size(in->bytes[end]) : 1;
        at = find(replace, in, end);
    }
    zest_aligned_copy(out, in, kept, in->size);
}

const struct zest_normalizer_kind zest_normalize_replace = {"Replace", create, run, NULL};
