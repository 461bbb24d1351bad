/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode_byte_fallback.c - the decoder "ByteFallback": runs of "<0xNN>" become the text that their bytes are.
 *
 * Source    Hugging Face tokenizers 0.23, decoders/byte_fallback.rs. A run that is not UTF-8 as a whole becomes U+FFFD
 *           for each of its bytes.
 */
#include "decoder_kinds.h"

static int hex_value(char digit)
{
    return digit >= '0' && digit <= '9'   ? digit - '0'
           : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
           : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10
                                          : -1;
}

int zest_decode_byte_value(struct zest_text token)
{
    if (token.size != 6 || memcmp(token.data, "<0x", 3) != 0 || token.data[5] != '>')
        return -1;
    int high = token.data[3] == '+' ? 0 : hex_value(token.data[3]), low = hex_value(token.data[4]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static enum zest_status byte_fallback_create(const json_t *json, struct zest_arena *arena,
                                             struct zest_decoder_step **ret_step, struct zest_error *error)
{
    struct zest_component_reader reader = {json, "decoder ByteFallback", error, ZEST_OK};
    zest_component_closed(&reader, NULL, 0);
    if (reader.status != ZEST_OK)
        return reader.status;
    *ret_step = ZEST_NEW_STEP(arena, struct zest_decoder_step, &zest_decode_byte_fallback_kind, error);
    return *ret_step ? ZEST_OK : ZEST_OUT_OF_MEMORY;
}

/* The run that was appended to `out` since `start` becomes one text, or a U+FFFD for each byte. */
static void close_run(struct zest_texts *out, size_t start)
{
    size_t size = out->size - start;
    if (out->status != ZEST_OK || size == 0)
        return;
    if (zest_utf8_valid((struct zest_text){out->bytes + start, size}, NULL)) {
        zest_texts_close(out);
        return;
    }
    out->size = start;
    for (size_t i = 0; i < size; i++)
        zest_texts_add(out, ZEST_TEXT(ZEST_REPLACEMENT_TEXT));
}

static void byte_fallback_run(const struct zest_decoder_step *self, const struct zest_texts *in, struct zest_texts *out)
{
    size_t run = 0; /* where the run begins in out */
    (void)self;
    for (size_t i = 0; i < in->count; i++) {
        struct zest_text token = zest_texts_at(in, i);
        int value = zest_decode_byte_value(token);
        if (value >= 0) {
            zest_texts_append(out, &(char){(char)value}, 1);
            continue;
        }
        close_run(out, run);
        zest_texts_add(out, token);
        run = out->size;
    }
    close_run(out, run);
}

const struct zest_decoder_kind zest_decode_byte_fallback_kind = {
    .type = "ByteFallback", .create = byte_fallback_create, .run = byte_fallback_run};
