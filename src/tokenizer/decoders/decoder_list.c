/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decoder_list.c - the list of decoders, the chain that a file means, and running it.
 *
 * "Sequence" is no kind: its decoders are steps of the chain, however deep they lie. Start at zest_decoder_create.
 */
#include "decoder_kinds.h"

#include <assert.h>

#define DEPTH_MAX 32

static const struct zest_decoder_kind *const kinds[] = {
    &zest_decode_bpe_kind,     &zest_decode_byte_fallback_kind, &zest_decode_byte_level_kind,
    &zest_decode_ctc_kind,     &zest_decode_fuse_kind,          &zest_decode_metaspace_kind,
    &zest_decode_replace_kind, &zest_decode_strip_kind,         &zest_decode_word_piece_kind,
};

/* ---- making ---- */

struct zest_decoder_step *zest_decoder_step_new(struct zest_arena *arena, size_t size,
                                                const struct zest_decoder_kind *kind, struct zest_error *error)
{
    struct zest_decoder_step *step = zest_alloc_zero(arena, size, _Alignof(max_align_t));
    if (step)
        step->kind = kind;
    else
        zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the decoder %s", kind->type);
    return step;
}

static enum zest_status add_step(struct zest_decoder *decoder, const json_t *json, struct zest_arena *arena, int depth,
                                 struct zest_error *error);

static enum zest_status add_sequence(struct zest_decoder *decoder, const json_t *json, struct zest_arena *arena,
                                     int depth, struct zest_error *error)
{
    static const char *const fields[] = {"decoders"};
    const json_t *list = json_object_get(json, "decoders");
    struct zest_component_reader reader = {json, "decoder Sequence", error, ZEST_OK};
    zest_component_closed(&reader, fields, ZEST_COUNT(fields));
    if (!json_is_array(list))
        zest_component_refuse(&reader, ZEST_WRONG_TYPE, "decoders", "a list is wanted");
    enum zest_status status = reader.status;
    if (status == ZEST_OK && depth >= DEPTH_MAX)
        return zest_fail_param(error, ZEST_TOO_LARGE, "decoders",
                               "more than %d sequences of decoders lie in each other", DEPTH_MAX);
    for (size_t i = 0; i < json_array_size(list) && status == ZEST_OK; i++)
        status = add_step(decoder, json_array_get(list, i), arena, depth + 1, error);
    return status;
}

static enum zest_status add_step(struct zest_decoder *decoder, const json_t *json, struct zest_arena *arena, int depth,
                                 struct zest_error *error)
{
    const char *type = json_string_value(json_object_get(json, "type"));
    if (!type)
        return zest_fail_param(error, ZEST_MISSING_FIELD, "type", "a decoder is no object with a \"type\"");
    if (!strcmp(type, "Sequence"))
        return add_sequence(decoder, json, arena, depth, error);
    for (size_t i = 0; i < ZEST_COUNT(kinds); i++) {
        if (strcmp(kinds[i]->type, type) != 0)
            continue;
        if (decoder->step_count == ZEST_DECODER_STEPS_MAX)
            return zest_fail_param(error, ZEST_TOO_LARGE, "decoders", "the decoder has more than %u steps",
                                   ZEST_DECODER_STEPS_MAX);
        struct zest_decoder_step *step = NULL;
        enum zest_status status = kinds[i]->create(json, arena, &step, error);
        if (step)
            decoder->steps[decoder->step_count++] = step;
        return status;
    }
    return zest_fail_param(error, ZEST_UNSUPPORTED, "type", "there is no decoder of the type \"%.80s\"", type);
}

/* Finds what the chain comes to: mapping steps; ByteFallback, ByteLevel or neither; Fuse; Strip of one at the start. */
static void find_join(struct zest_decoder *decoder)
{
    size_t at = 0, count = decoder->step_count;
    const struct zest_decoder_step *const *steps = decoder->steps;
    for (; at < count && steps[at]->kind->map; at++)
        decoder->first_differs |=
            steps[at]->kind == &zest_decode_word_piece_kind || steps[at]->kind == &zest_decode_metaspace_kind;
    decoder->map_count = at;
    decoder->first_differs |= !decoder->has_steps;
    enum zest_decode_join join = ZEST_DECODE_PLAIN;
    if (at < count && steps[at]->kind == &zest_decode_byte_level_kind) {
        join = ZEST_DECODE_BYTE_LEVEL;
        at++;
    } else if (at < count && steps[at]->kind == &zest_decode_byte_fallback_kind) {
        join = ZEST_DECODE_BYTE_FALLBACK;
        at++;
    }
    if (join != ZEST_DECODE_BYTE_LEVEL && at < count && steps[at]->kind == &zest_decode_fuse_kind) {
        at++;
        if (at < count && zest_decode_strip_once(steps[at]).size > 0)
            decoder->strip_content = zest_decode_strip_once(steps[at++]);
    }
    decoder->join = at == count ? join : ZEST_DECODE_GENERAL;
}

enum zest_status zest_decoder_create(const json_t *json, struct zest_arena *arena, struct zest_decoder **ret_decoder,
                                     struct zest_error *error)
{
    struct zest_decoder *decoder = ZEST_NEW(arena, struct zest_decoder);
    if (decoder)
        decoder->steps = ZEST_NEW_ARRAY(arena, const struct zest_decoder_step *, ZEST_DECODER_STEPS_MAX);
    if (!decoder || !decoder->steps)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a decoder");
    decoder->has_steps = json && !json_is_null(json);
    enum zest_status status = decoder->has_steps ? add_step(decoder, json, arena, 0, error) : ZEST_OK;
    if (status != ZEST_OK) {
        zest_decoder_finish(decoder);
        return status;
    }
    find_join(decoder);
    *ret_decoder = decoder;
    return ZEST_OK;
}

void zest_decoder_finish(struct zest_decoder *decoder)
{
    for (size_t i = 0; decoder && i < decoder->step_count; i++)
        if (decoder->steps[i]->kind->finish)
            decoder->steps[i]->kind->finish((struct zest_decoder_step *)(uintptr_t)decoder->steps[i]);
}

/* ---- running ---- */

void zest_decoder_scratch_finish(struct zest_decoder_scratch *scratch)
{
    zest_texts_finish(&scratch->a);
    zest_texts_finish(&scratch->b);
}

static void run_step(const struct zest_decoder_step *step, const struct zest_texts *in, struct zest_texts *out)
{
    assert(!step->kind->map != !step->kind->run);
    zest_texts_reset(out);
    if (step->kind->run)
        step->kind->run(step, in, out);
    for (size_t i = 0; step->kind->map && i < in->count; i++) {
        step->kind->map(step, zest_texts_at(in, i), i == 0, out);
        zest_texts_close(out);
    }
    if (in->status != ZEST_OK)
        out->status = in->status;
}

static void join_by_blanks(const struct zest_texts *in, struct zest_texts *out)
{
    zest_texts_reset(out);
    for (size_t i = 0; i < in->count; i++) {
        if (i > 0)
            zest_texts_append(out, " ", 1);
        zest_texts_append(out, zest_texts_at(in, i).data, zest_texts_at(in, i).size);
    }
    zest_texts_close(out);
    if (in->status != ZEST_OK)
        out->status = in->status;
}

const struct zest_texts *zest_decoder_run(const struct zest_decoder *decoder, struct zest_decoder_scratch *scratch,
                                          const struct zest_texts *tokens)
{
    assert(tokens != &scratch->a && tokens != &scratch->b);
    struct zest_texts *out = &scratch->a, *other = &scratch->b;
    if (!decoder->has_steps) {
        join_by_blanks(tokens, out);
        return out;
    }
    for (size_t i = 0; i < decoder->step_count; i++) {
        run_step(decoder->steps[i], tokens, out);
        tokens = out;
        out = other;
        other = (struct zest_texts *)(uintptr_t)tokens;
    }
    return tokens;
}

struct zest_text zest_decoder_map(const struct zest_decoder *decoder, struct zest_decoder_scratch *scratch,
                                  struct zest_text token, bool is_first)
{
    struct zest_texts *out = &scratch->a, *other = &scratch->b;
    if (!decoder->has_steps) {
        zest_texts_reset(out);
        zest_texts_append(out, " ", !is_first);
        zest_texts_append(out, token.data, token.size);
        return (struct zest_text){out->bytes, out->size};
    }
    enum zest_status status = ZEST_OK; /* the first failure: steps write the two in turn */
    for (size_t i = 0; i < decoder->map_count; i++) {
        zest_texts_reset(out);
        decoder->steps[i]->kind->map(decoder->steps[i], token, is_first, out);
        status = status == ZEST_OK ? out->status : status;
        token = (struct zest_text){out->bytes, out->size};
        struct zest_texts *swapped = out;
        out = other;
        other = swapped;
    }
    scratch->a.status = scratch->b.status = status;
    return token;
}
