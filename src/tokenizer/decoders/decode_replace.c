/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode_replace.c - the decoder "Replace": in each token every occurrence of a text, or match of a regular expression,
 * becomes another text.
 *
 * Source    Hugging Face tokenizers 0.23, normalizers/replace.rs.
 */
#include "decoder_kinds.h"
#include "regex.h"

struct replace {
    struct zest_decoder_step base;
    struct zest_text pattern, content;
    struct zest_regex *regex; /* NULL: pattern counts */
};

static void replace_finish(struct zest_decoder_step *self)
{
    zest_regex_destroy(((struct replace *)self)->regex);
}

static enum zest_status replace_create(const json_t *json, struct zest_arena *arena,
                                       struct zest_decoder_step **ret_step, struct zest_error *error)
{
    static const char *const fields[] = {"pattern", "content"};
    struct zest_component_reader reader = {json, "decoder Replace", error, ZEST_OK};
    zest_component_closed(&reader, fields, ZEST_COUNT(fields));
    struct replace *step = ZEST_NEW_STEP(arena, struct replace, &zest_decode_replace_kind, error);
    if (!step)
        return ZEST_OUT_OF_MEMORY;
    bool is_regex;
    step->content = zest_component_text(&reader, "content", arena);
    step->pattern = zest_component_pattern(&reader, "pattern", arena, &is_regex);
    enum zest_status status = reader.status;
    if (status == ZEST_OK && is_regex)
        status = zest_regex_create(step->pattern, &step->regex, error);
    if (status == ZEST_OK && is_regex)
        status = zest_regex_prepare(step->regex, error); /* rare, so that it needn't wait for its first use */
    *ret_step = &step->base;
    return status;
}

/* A token in the hands of the regular expression. */
struct replacing {
    struct zest_text token, content;
    struct zest_texts *out;
};

static void replace_part(void *context, size_t start, size_t end, bool matched)
{
    const struct replacing *replacing = context;
    struct zest_text kept = {replacing->token.data + start, end - start};
    struct zest_text part = matched ? replacing->content : kept;
    zest_texts_append(replacing->out, part.data, part.size);
}

static void replace_map(const struct zest_decoder_step *self, struct zest_text token, bool is_first,
                        struct zest_texts *out)
{
    const struct replace *step = (const struct replace *)self;
    (void)is_first;
    if (token.size == 0) /* it has no places, not even for an empty pattern */
        return;
    if (!step->regex) {
        zest_text_replace(token, step->pattern, step->content, out);
        return;
    }
    struct replacing replacing = {token, step->content, out};
    enum zest_status status =
        zest_regex_find(step->regex, (const unsigned char *)token.data, token.size, replace_part, &replacing);
    if (status != ZEST_OK && out->status == ZEST_OK)
        out->status = status;
}

const struct zest_decoder_kind zest_decode_replace_kind = {
    .type = "Replace", .create = replace_create, .map = replace_map, .finish = replace_finish};
