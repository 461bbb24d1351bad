/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode_metaspace.c - the decoder "Metaspace": the replacement character becomes a blank, in the first token nothing
 * (unless prepend_scheme is "never").
 *
 * Source    Hugging Face tokenizers 0.23, pre_tokenizers/metaspace.rs.
 */
#include "decoder_kinds.h"
#include "model_json.h"

struct metaspace_decoder {
    struct zest_decoder_step base;
    struct zest_text replacement; /* one character */
    bool drops_first;
};

/* add_prefix_space: false is the old word for "never", and may only stand beside it. */
static enum zest_status read_scheme(const json_t *json, bool *ret_drops_first, struct zest_error *error)
{
    struct zest_text scheme = ZEST_TEXT("always");
    bool add_prefix_space = true, unused;
    enum zest_status status = zest_fields_take_text(json, "Metaspace", "prepend_scheme", &scheme, error);
    if (status == ZEST_OK)
        status = zest_fields_take_bool(json, "Metaspace", "add_prefix_space", &add_prefix_space, error);
    if (status == ZEST_OK)
        status = zest_fields_take_bool(json, "Metaspace", "split", &unused, error);
    if (status != ZEST_OK)
        return status;
    bool is_never = zest_text_equal(scheme, ZEST_TEXT("never"));
    if (!is_never && !zest_text_equal(scheme, ZEST_TEXT("always")) && !zest_text_equal(scheme, ZEST_TEXT("first")))
        return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "prepend_scheme",
                               "\"prepend_scheme\" of Metaspace is \"%.*s\", not always, first or never",
                               (int)(scheme.size < 80 ? scheme.size : 80), scheme.data);
    if (!add_prefix_space && !is_never)
        return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "add_prefix_space",
                               "\"add_prefix_space\" of Metaspace is false and \"prepend_scheme\" is not \"never\"");
    *ret_drops_first = !is_never;
    return ZEST_OK;
}

static enum zest_status metaspace_create(const json_t *json, struct zest_arena *arena,
                                         struct zest_decoder_step **ret_step, struct zest_error *error)
{
    static const char *const names[] = {"replacement", "add_prefix_space", "prepend_scheme", "split", "str_rep", NULL};
    struct metaspace_decoder *step = ZEST_NEW_STEP(arena, struct metaspace_decoder, &zest_decode_metaspace_kind, error);
    if (!step)
        return ZEST_OUT_OF_MEMORY;
    enum zest_status status = zest_fields_only(json, "Metaspace", names, error);
    if (status == ZEST_OK)
        status = zest_decoder_character(json, "Metaspace", "replacement", arena, &step->replacement, error);
    if (status == ZEST_OK)
        status = read_scheme(json, &step->drops_first, error);
    *ret_step = &step->base;
    return status;
}

static void metaspace_map(const struct zest_decoder_step *self, struct zest_text token, bool is_first,
                          struct zest_texts *out)
{
    const struct metaspace_decoder *step = (const struct metaspace_decoder *)self;
    zest_text_replace(token, step->replacement, (struct zest_text){" ", !(is_first && step->drops_first)}, out);
}

const struct zest_decoder_kind zest_decode_metaspace_kind = {
    .type = "Metaspace", .create = metaspace_create, .map = metaspace_map};
