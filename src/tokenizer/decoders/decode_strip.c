/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode_strip.c - the decoder "Strip": up to `start` of a character go from each token's start, up to `stop` from its
 * end.
 *
 * Source    Hugging Face tokenizers 0.23, decoders/strip.rs. Where fewer characters are there than should go the
 *           reference panics; here nothing is left.
 */
#include "decoder_kinds.h"

#define COUNT_MAX ((uint64_t)1 << 32)

struct strip {
    struct zest_decoder_step base;
    struct zest_text content; /* one character */
    uint64_t start, stop;
};

static enum zest_status strip_create(const json_t *json, struct zest_arena *arena, struct zest_decoder_step **ret_step,
                                     struct zest_error *error)
{
    static const char *const fields[] = {"content", "start", "stop"};
    struct strip *step = ZEST_NEW_STEP(arena, struct strip, &zest_decode_strip_kind, error);
    if (!step)
        return ZEST_OUT_OF_MEMORY;
    struct zest_component_reader reader = {json, "decoder Strip", error, ZEST_OK};
    zest_component_closed(&reader, fields, ZEST_COUNT(fields));
    step->content = zest_component_character(&reader, "content", arena);
    step->start = zest_component_within(&reader, "start", 0, COUNT_MAX);
    step->stop = zest_component_within(&reader, "stop", 0, COUNT_MAX);
    *ret_step = &step->base;
    return reader.status;
}

static void strip_map(const struct zest_decoder_step *self, struct zest_text token, bool is_first,
                      struct zest_texts *out)
{
    const struct strip *step = (const struct strip *)self;
    size_t size = step->content.size;
    (void)is_first;
    for (uint64_t i = 0; i < step->start && token.size >= size && !memcmp(token.data, step->content.data, size); i++) {
        token.data += size;
        token.size -= size;
    }
    for (uint64_t i = 0;
         i < step->stop && token.size >= size && !memcmp(token.data + token.size - size, step->content.data, size); i++)
        token.size -= size;
    zest_texts_append(out, token.data, token.size);
}

struct zest_text zest_decode_strip_once(const struct zest_decoder_step *step)
{
    const struct strip *strip = (const struct strip *)step;
    bool once = step->kind == &zest_decode_strip_kind && strip->start == 1 && strip->stop == 0;
    return once ? strip->content : (struct zest_text){NULL, 0};
}

const struct zest_decoder_kind zest_decode_strip_kind = {.type = "Strip", .create = strip_create, .map = strip_map};
