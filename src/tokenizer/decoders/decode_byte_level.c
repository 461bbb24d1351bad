/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode_byte_level.c - the decoder "ByteLevel": characters of the byte alphabet become the bytes they stand for.
 *
 * Source    Hugging Face tokenizers 0.23, pre_tokenizers/byte_level.rs. A token with any other character is taken as it
 *           is. All bytes together are then read as UTF-8, U+FFFD for what is none.
 */
#include "byte_alphabet.h"
#include "decoder_kinds.h"

static enum zest_status byte_level_create(const json_t *json, struct zest_arena *arena,
                                          struct zest_decoder_step **ret_step, struct zest_error *error)
{
    static const char *const fields[] = {"add_prefix_space", "trim_offsets", "use_regex"};
    struct zest_component_reader reader = {json, "decoder ByteLevel", error, ZEST_OK};
    zest_component_closed(&reader, fields, ZEST_COUNT(fields));
    zest_component_bool(&reader, "add_prefix_space", -1); /* the three say how to encode */
    zest_component_bool(&reader, "trim_offsets", -1);
    if (zest_component_has(&reader, "use_regex"))
        zest_component_bool(&reader, "use_regex", -1);
    if (reader.status != ZEST_OK)
        return reader.status;
    *ret_step = ZEST_NEW_STEP(arena, struct zest_decoder_step, &zest_decode_byte_level_kind, error);
    return *ret_step ? ZEST_OK : ZEST_OUT_OF_MEMORY;
}

void zest_decode_byte_alphabet(struct zest_text token, struct zest_texts *out)
{
    size_t start = out->size;
    zest_texts_append(out, token.data, token.size); /* room, and the answer where a character is of no byte */
    if (out->status != ZEST_OK || token.size == 0)
        return;
    size_t size = zest_byte_alphabet_decode(token, out->bytes + start);
    if (size != SIZE_MAX)
        out->size = start + size;
    else
        memcpy(out->bytes + start, token.data, token.size);
}

static void byte_level_run(const struct zest_decoder_step *self, const struct zest_texts *in, struct zest_texts *out)
{
    struct zest_texts bytes = {0};
    (void)self;
    for (size_t i = 0; i < in->count; i++)
        zest_decode_byte_alphabet(zest_texts_at(in, i), &bytes);
    zest_lossy_append(out, bytes.bytes, bytes.size);
    zest_texts_close(out);
    if (bytes.status != ZEST_OK)
        out->status = bytes.status;
    zest_texts_finish(&bytes);
}

const struct zest_decoder_kind zest_decode_byte_level_kind = {
    .type = "ByteLevel", .create = byte_level_create, .run = byte_level_run};
