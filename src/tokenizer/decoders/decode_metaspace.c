/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode_metaspace.c - the decoder "Metaspace": the replacement character becomes a blank, in the first token nothing
 * (unless prepend_scheme is "never").
 *
 * Source    Hugging Face tokenizers 0.23, pre_tokenizers/metaspace.rs.
 */
#include "decoder_kinds.h"

struct metaspace_decoder {
    struct zest_decoder_step base;
    struct zest_text replacement; /* one character */
    bool drops_first;
};

/* add_prefix_space: false is the old word for "never", and may only stand beside it. */
/* Whether the first token loses its space. */
static bool read_scheme(struct zest_component_reader *reader)
{
    static const char *const names[] = {"always", "first", "never"};
    const int never = 2;
    int scheme = zest_component_has(reader, "prepend_scheme")
                     ? zest_component_choice(reader, "prepend_scheme", names, ZEST_COUNT(names), -1)
                     : 0;
    bool adds_space =
        !zest_component_has(reader, "add_prefix_space") || zest_component_bool(reader, "add_prefix_space", -1);
    if (!adds_space && scheme != never)
        zest_component_refuse(reader, ZEST_INVALID_ARGUMENT, "add_prefix_space",
                              "true is wanted where \"prepend_scheme\" is not \"never\"");
    return scheme != never;
}

static enum zest_status metaspace_create(const json_t *json, struct zest_arena *arena,
                                         struct zest_decoder_step **ret_step, struct zest_error *error)
{
    static const char *const fields[] = {"replacement", "add_prefix_space", "prepend_scheme", "split", "str_rep"};
    struct metaspace_decoder *step = ZEST_NEW_STEP(arena, struct metaspace_decoder, &zest_decode_metaspace_kind, error);
    if (!step)
        return ZEST_OUT_OF_MEMORY;
    struct zest_component_reader reader = {json, "decoder Metaspace", error, ZEST_OK};
    zest_component_closed(&reader, fields, ZEST_COUNT(fields));
    step->replacement = zest_component_character(&reader, "replacement", arena);
    step->drops_first = read_scheme(&reader);
    if (zest_component_has(&reader, "split")) /* says how to encode */
        zest_component_bool(&reader, "split", -1);
    *ret_step = &step->base;
    return reader.status;
}

static void metaspace_map(const struct zest_decoder_step *self, struct zest_text token, bool is_first,
                          struct zest_texts *out)
{
    const struct metaspace_decoder *step = (const struct metaspace_decoder *)self;
    zest_text_replace(token, step->replacement, (struct zest_text){" ", !(is_first && step->drops_first)}, out);
}

const struct zest_decoder_kind zest_decode_metaspace_kind = {
    .type = "Metaspace", .create = metaspace_create, .map = metaspace_map};
