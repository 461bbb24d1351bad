/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode_bpe.c - the decoder "BPEDecoder": the end-of-word suffix becomes a blank, in the last token nothing.
 *
 * Source    Hugging Face tokenizers 0.23, decoders/bpe.rs.
 */
#include "decoder_kinds.h"

struct bpe_decoder {
    struct zest_decoder_step base;
    struct zest_text suffix;
};

static enum zest_status bpe_create(const json_t *json, struct zest_arena *arena, struct zest_decoder_step **ret_step,
                                   struct zest_error *error)
{
    static const char *const fields[] = {"suffix"};
    struct bpe_decoder *step = ZEST_NEW_STEP(arena, struct bpe_decoder, &zest_decode_bpe_kind, error);
    if (!step)
        return ZEST_OUT_OF_MEMORY;
    struct zest_component_reader reader = {json, "decoder BPEDecoder", error, ZEST_OK};
    zest_component_closed(&reader, fields, ZEST_COUNT(fields));
    step->suffix = zest_component_text(&reader, "suffix", arena);
    *ret_step = &step->base;
    return reader.status;
}

static void bpe_run(const struct zest_decoder_step *self, const struct zest_texts *in, struct zest_texts *out)
{
    const struct bpe_decoder *step = (const struct bpe_decoder *)self;
    for (size_t i = 0; i < in->count; i++) {
        struct zest_text blank = {" ", i + 1 < in->count};
        zest_text_replace(zest_texts_at(in, i), step->suffix, blank, out);
        zest_texts_close(out);
    }
}

const struct zest_decoder_kind zest_decode_bpe_kind = {.type = "BPEDecoder", .create = bpe_create, .run = bpe_run};
