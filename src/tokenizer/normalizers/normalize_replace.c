/* SPDX-License-Identifier: Apache-2.0 */
/*
 * normalize_replace.c - Replace: a content in the place of every match of a text or a regular expression, leftmost
 * first, without overlap. The content shares the origin of the last byte before the match's end. Immutable: any thread.
 */
#include "aligned_pool.h"
#include "normalizer_kinds.h"
#include "regex.h"

struct replace {
    struct zest_normalizer base;
    struct zest_text text;    /* what is replaced, where `regex` is NULL; not empty */
    struct zest_regex *regex; /* owned */
    struct zest_text content;
};

/* ---- making ---- */

/* An empty text matches before every character and at the end, as the expression () does. */
static enum zest_status set_pattern(struct replace *replace, struct zest_text pattern, bool is_regex,
                                    struct zest_error *error)
{
    if (is_regex || pattern.size == 0)
        return zest_regex_create(is_regex ? pattern : ZEST_TEXT("()"), &replace->regex, error);
    replace->text = pattern;
    return ZEST_OK;
}

static enum zest_status create(const json_t *json, struct zest_arena *arena, struct zest_normalizer **ret_normalizer,
                               struct zest_error *error)
{
    static const char *const fields[] = {"pattern", "content"};
    struct replace *replace = ZEST_NEW(arena, struct replace);
    if (!replace)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the normalizer Replace");
    replace->base.kind = &zest_normalize_replace;
    struct zest_component_reader reader = {json, "normalizer Replace", error, ZEST_OK};
    zest_component_closed(&reader, fields, ZEST_COUNT(fields));
    bool is_regex;
    replace->content = zest_component_text(&reader, "content", arena);
    struct zest_text pattern = zest_component_pattern(&reader, "pattern", arena, &is_regex);
    enum zest_status status = reader.status;
    if (status == ZEST_OK)
        status = set_pattern(replace, pattern, is_regex, error); /* last: nothing to destroy where another one fails */
    if (status == ZEST_OK)
        *ret_normalizer = &replace->base;
    return status;
}

static void finish(struct zest_normalizer *self)
{
    struct replace *replace = (struct replace *)self;
    zest_regex_destroy(replace->regex);
    replace->regex = NULL;
}

const struct zest_regex *zest_normalize_replace_regex(const struct zest_normalizer *normalizer)
{
    return ((const struct replace *)normalizer)->regex;
}

/* ---- running ---- */

struct replacing {
    const struct replace *replace;
    const struct zest_aligned *in;
    struct zest_aligned *out;
};

/* A zest_regex_part. */
static void put_part(void *context, size_t start, size_t end, bool matched)
{
    const struct replacing *replacing = context;
    struct zest_text content = replacing->replace->content;
    if (matched)
        zest_aligned_put(replacing->out, content.data, content.size, zest_inserted_origin(replacing->in, end));
    else
        zest_aligned_copy(replacing->out, replacing->in, start, end);
}

static void replace_text(struct replacing *replacing)
{
    const struct zest_aligned *in = replacing->in;
    struct zest_text text = replacing->replace->text;
    const unsigned char *found;
    size_t at = 0;
    while (at < in->size && (found = memmem(in->bytes + at, in->size - at, text.data, text.size)) != NULL) {
        size_t start = (size_t)(found - in->bytes);
        put_part(replacing, at, start, false);
        put_part(replacing, start, start + text.size, true);
        at = start + text.size;
    }
    put_part(replacing, at, in->size, false);
}

static void run(const struct zest_normalizer *self, const struct zest_aligned *in, struct zest_aligned *out)
{
    struct replacing replacing = {(const struct replace *)self, in, out};
    if (replacing.replace->regex)
        zest_aligned_fail(out, zest_regex_find(replacing.replace->regex, in->bytes, in->size, put_part, &replacing));
    else
        replace_text(&replacing);
}

const struct zest_normalizer_kind zest_normalize_replace = {"Replace", create, run, finish};
