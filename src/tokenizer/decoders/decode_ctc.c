/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode_ctc.c - the decoder "CTC": of equal neighbours one is left, the padding token goes, the word delimiter becomes
 * a blank.
 *
 * Source    Hugging Face tokenizers 0.23, decoders/ctc.rs. Delimiters are replaced only where `cleanup` is on.
 */
#include "decoder_kinds.h"

struct ctc {
    struct zest_decoder_step base;
    struct zest_text pad, delimiter;
    bool cleanup;
};

static enum zest_status ctc_create(const json_t *json, struct zest_arena *arena, struct zest_decoder_step **ret_step,
                                   struct zest_error *error)
{
    static const char *const fields[] = {"pad_token", "word_delimiter_token", "cleanup"};
    struct ctc *step = ZEST_NEW_STEP(arena, struct ctc, &zest_decode_ctc_kind, error);
    if (!step)
        return ZEST_OUT_OF_MEMORY;
    struct zest_component_reader reader = {json, "decoder CTC", error, ZEST_OK};
    zest_component_closed(&reader, fields, ZEST_COUNT(fields));
    step->pad = zest_component_text(&reader, "pad_token", arena);
    step->delimiter = zest_component_text(&reader, "word_delimiter_token", arena);
    step->cleanup = zest_component_bool(&reader, "cleanup", -1);
    *ret_step = &step->base;
    return reader.status;
}

static void ctc_run(const struct zest_decoder_step *self, const struct zest_texts *in, struct zest_texts *out)
{
    const struct ctc *step = (const struct ctc *)self;
    struct zest_texts token = {0}; /* in the making */
    for (size_t i = 0; i < in->count && token.status == ZEST_OK; i++) {
        if (i > 0 && zest_text_equal(zest_texts_at(in, i), zest_texts_at(in, i - 1)))
            continue;
        size_t start = out->size;
        zest_texts_reset(&token);
        if (step->pad.size > 0)
            zest_text_replace(zest_texts_at(in, i), step->pad, (struct zest_text){"", 0}, &token);
        else
            zest_texts_append(&token, zest_texts_at(in, i).data, zest_texts_at(in, i).size);
        if (step->cleanup) {
            zest_text_clean(&token, 0);
            zest_text_replace((struct zest_text){token.bytes, token.size}, step->delimiter, ZEST_TEXT(" "), out);
        } else {
            zest_texts_append(out, token.bytes, token.size);
        }
        if (out->size > start)
            zest_texts_close(out);
    }
    if (token.status != ZEST_OK)
        out->status = token.status;
    zest_texts_finish(&token);
}

const struct zest_decoder_kind zest_decode_ctc_kind = {.type = "CTC", .create = ctc_create, .run = ctc_run};
