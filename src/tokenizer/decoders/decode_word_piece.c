/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode_word_piece.c - the decoder "WordPiece": tokens with the prefix go on with the word, others follow a blank.
 *
 * Source    Hugging Face tokenizers 0.23, decoders/wordpiece.rs. The clean-up looks at one token (with its blank) at a
 *           time.
 */
#include "decoder_kinds.h"

struct word_piece_decoder {
    struct zest_decoder_step base;
    struct zest_text prefix;
    bool cleanup;
};

static enum zest_status word_piece_create(const json_t *json, struct zest_arena *arena,
                                          struct zest_decoder_step **ret_step, struct zest_error *error)
{
    static const char *const fields[] = {"prefix", "cleanup"};
    struct word_piece_decoder *step =
        ZEST_NEW_STEP(arena, struct word_piece_decoder, &zest_decode_word_piece_kind, error);
    if (!step)
        return ZEST_OUT_OF_MEMORY;
    struct zest_component_reader reader = {json, "decoder WordPiece", error, ZEST_OK};
    zest_component_closed(&reader, fields, ZEST_COUNT(fields));
    step->prefix = zest_component_text(&reader, "prefix", arena);
    step->cleanup = zest_component_bool(&reader, "cleanup", -1);
    *ret_step = &step->base;
    return reader.status;
}

static void word_piece_map(const struct zest_decoder_step *self, struct zest_text token, bool is_first,
                           struct zest_texts *out)
{
    const struct word_piece_decoder *step = (const struct word_piece_decoder *)self;
    struct zest_text prefix = step->prefix;
    bool goes_on = prefix.size == 0 || (token.size >= prefix.size && !memcmp(token.data, prefix.data, prefix.size));
    size_t start = out->size;
    if (!is_first && goes_on)
        token = (struct zest_text){token.data + prefix.size, token.size - prefix.size};
    else if (!is_first)
        zest_texts_append(out, " ", 1);
    zest_texts_append(out, token.data, token.size);
    if (step->cleanup && out->status == ZEST_OK)
        zest_text_clean(out, start);
}

const struct zest_decoder_kind zest_decode_word_piece_kind = {
    .type = "WordPiece", .create = word_piece_create, .map = word_piece_map};
