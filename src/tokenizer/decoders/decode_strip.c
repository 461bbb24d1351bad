/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode_strip.c - the decoder "Strip": up to `start` of a character go from each token's start, up to `stop` from its
 * end.
 *
 * Source    Hugging Face tokenizers 0.23, decoders/strip.rs. Where fewer characters are there than should go the
 *           reference panics; here nothing is left.
 */
#include "decoder_kinds.h"
#include "model_json.h"

#define COUNT_MAX ((uint64_t)1 << 32)

struct strip {
    struct zest_decoder_step base;
    struct zest_text content; /* one character */
    uint64_t start, stop;
};

static enum zest_status strip_create(const json_t *json, struct zest_arena *arena, struct zest_decoder_step **ret_step,
                                     struct zest_error *error)
{
    static const char *const names[] = {"content", "start", "stop", NULL};
    struct strip *step = ZEST_NEW_STEP(arena, struct strip, &zest_decode_strip_kind, error);
    if (!step)
        return ZEST_OUT_OF_MEMORY;
    enum zest_status status = zest_fields_only(json, "Strip", names, error);
    for (int i = 1; i < 3 && status == ZEST_OK; i++)
        status = zest_fields_require(json, "Strip", names[i], error);
    if (status == ZEST_OK)
        status = zest_decoder_character(json, "Strip", "content", arena, &step->content, error);
    if (status == ZEST_OK)
        status = zest_fields_take_count(json, "Strip", "start", COUNT_MAX, &step->start, error);
    if (status == ZEST_OK)
        status = zest_fields_take_count(json, "Strip", "stop", COUNT_MAX, &step->stop, error);
    *ret_step = &step->base;
    return status;
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
