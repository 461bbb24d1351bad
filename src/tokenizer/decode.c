/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode.c - ids to text: which tokens count, then the decoder. And streams, whose state the caller keeps.
 *
 * Ids that the tokenizer does not have are left out, as in the reference. The scratch is the caller's.
 */
#include "byte_alphabet.h"
#include "tokenizer_model.h"

#include <assert.h>

enum {
    STREAM_STARTED = 1
}; /* the first byte of a stream's state where the first token reads otherwise than later ones */

/* The text that decoding works with; data is NULL where the id has none or is left out. */
static struct zest_text text_of(const struct zest_tokenizer_model *model, uint32_t id, bool skip_special)
{
    const struct zest_added_entry *entry = zest_added_find_id(&model->added, id);
    if (entry)
        return skip_special && (entry->flags & ZEST_ADDED_READS_SPECIAL) ? (struct zest_text){0}
                                                                         : zest_added_decoded(&model->added, entry);
    return id < model->table.count && model->table.present[id] ? zest_token_text(&model->table, id)
                                                               : (struct zest_text){0};
}

static enum zest_status fail(enum zest_status status, size_t count, struct zest_error *error)
{
    return zest_fail(error, status, "no memory for the text of %zu ids", count);
}

enum zest_status zest_decode(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                             const uint32_t *ids, size_t count, bool skip_special, struct zest_buffer *out,
                             struct zest_error *error)
{
    if (model->has_decode_table)
        return zest_decode_table_run(&model->decode_table, &scratch->decoder, ids, count, skip_special, out, error);
    zest_texts_reset(&scratch->texts_in);
    for (size_t i = 0; i < count; i++) {
        struct zest_text text = text_of(model, ids[i], skip_special);
        if (text.data)
            zest_texts_add(&scratch->texts_in, text);
    }
    if (scratch->texts_in.status != ZEST_OK)
        return fail(scratch->texts_in.status, count, error);
    const struct zest_texts *decoded = zest_decoder_run(model->decoder, &scratch->decoder, &scratch->texts_in);
    if (decoded->status != ZEST_OK)
        return fail(decoded->status, count, error);
    struct zest_text text = zest_texts_joined(decoded);
    zest_buffer_append(out, text.data, text.size);
    return out->failed ? fail(ZEST_OUT_OF_MEMORY, count, error) : ZEST_OK;
}

/* A byte-level token's bytes; one that has a character outside the byte alphabet stands for its own text. */
static void append_bytes(const struct zest_tokenizer_model *model, struct zest_decoder_scratch *scratch,
                         struct zest_text token, struct zest_buffer *out)
{
    struct zest_text text = zest_decoder_map(model->decoder, scratch, token, false);
    if (!zest_buffer_reserve(out, text.size + 1))
        return;
    size_t size = zest_byte_alphabet_decode(text, out->data + out->size);
    if (size == SIZE_MAX)
        zest_buffer_append(out, text.data, text.size);
    else
        out->size += size;
}

enum zest_status zest_decode_bytes(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                                   const uint32_t *ids, size_t count, bool skip_special, struct zest_buffer *out,
                                   struct zest_error *error)
{
    if (model->decoder->join != ZEST_DECODE_BYTE_LEVEL)
        return zest_decode(model, scratch, ids, count, skip_special, out, error);
    for (size_t i = 0; i < count; i++) {
        struct zest_text text = text_of(model, ids[i], skip_special);
        if (text.data)
            append_bytes(model, &scratch->decoder, text, out);
    }
    return out->failed ? fail(ZEST_OUT_OF_MEMORY, count, error) : ZEST_OK;
}

struct zest_text zest_model_piece(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                                  uint32_t id, struct zest_arena *arena)
{
    struct zest_text text = text_of(model, id, false);
    if (!text.data || model->decoder->join != ZEST_DECODE_BYTE_LEVEL)
        return zest_text_copy(arena, text.data ? text : ZEST_TEXT(""));
    struct zest_buffer bytes;
    zest_buffer_init(&bytes, ZEST_TEXT_SIZE_MAX);
    append_bytes(model, &scratch->decoder, text, &bytes);
    struct zest_text piece = zest_utf8_lossy(arena, (struct zest_text){bytes.data ? bytes.data : "", bytes.size});
    zest_buffer_finish(&bytes);
    return piece;
}

/* ---- streams ---- */

/* The byte that "<0xNN>" stands for, or -1. */
static int fallback_byte(struct zest_text text)
{
    static const char digits[] = "0123456789ABCDEF0123456789abcdef";
    if (text.size != 6 || memcmp(text.data, "<0x", 3) != 0 || text.data[5] != '>')
        return -1;
    const char *high = text.data[3] ? strchr(digits, text.data[3]) : NULL,
               *low = text.data[4] ? strchr(digits, text.data[4]) : NULL;
    return high && low ? (int)((high - digits) % 16 * 16 + (low - digits) % 16) : -1;
}

struct stream {
    const struct zest_tokenizer_model *model;
    struct zest_decoder_scratch *scratch;
    struct zest_buffer *out;
    size_t held; /* bytes at the end of `out` that a run of "<0xNN>" left */
    bool started;
};

/* Text behind bytes of a run: what was no character by then never becomes one. */
static void end_run(struct stream *stream)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    size_t held = stream->held;
    stream->out->size -= held;
    for (size_t i = 0; i < held; i++)
        zest_buffer_append(stream->out, replacement, 3);
    stream->held = 0;
}

static void append_byte(struct stream *stream, unsigned char byte)
{
    zest_buffer_append(stream->out, &byte, 1);
    stream->held++;
    if (stream->out->failed)
        return;
    struct zest_text run = {stream->out->data + stream->out->size - stream->held, stream->held};
    if (zest_utf8_valid(run, NULL))
        stream->held = 0;
    else if (zest_utf8_unfinished(run) < run.size)
        end_run(stream);
}

static void append_token(struct stream *stream, struct zest_text token)
{
    const struct zest_decoder *decoder = stream->model->decoder;
    if (decoder->join == ZEST_DECODE_BYTE_LEVEL) {
        append_bytes(stream->model, stream->scratch, token, stream->out);
        return;
    }
    struct zest_text text = zest_decoder_map(decoder, stream->scratch, token, !stream->started);
    int byte = decoder->join == ZEST_DECODE_BYTE_FALLBACK ? fallback_byte(text) : -1;
    if (byte >= 0) {
        append_byte(stream, (unsigned char)byte);
    } else {
        if (stream->held > 0)
            end_run(stream);
        struct zest_text strip = stream->started ? (struct zest_text){0} : decoder->strip_content;
        if (strip.size > 0 && text.size >= strip.size && memcmp(text.data, strip.data, strip.size) == 0) {
            text.data += strip.size;
            text.size -= strip.size;
        }
        zest_buffer_append(stream->out, text.data, text.size);
    }
    stream->started = true;
}

enum zest_status zest_decode_next(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                                  const uint32_t *ids, size_t count, bool skip_special, struct zest_stream_state *state,
                                  struct zest_buffer *out, struct zest_error *error)
{
    struct stream stream = {.model = model, .scratch = &scratch->decoder, .out = out};
    bool general = model->decoder->join == ZEST_DECODE_GENERAL, bytes = model->decoder->join == ZEST_DECODE_BYTE_LEVEL;
    assert(state->size <= ZEST_STREAM_STATE_MAX);
    size_t at = !bytes && state->size > 0 ? 1 : 0;
    stream.started = bytes || at > 0;
    zest_buffer_append(out, state->bytes + at, state->size - at);
    if (!bytes)
        stream.held = state->size - at;
    if (general) {
        enum zest_status status = zest_decode(model, scratch, ids, count, skip_special, out, error);
        if (status != ZEST_OK)
            return status;
    }
    for (size_t i = 0; !general && i < count; i++) {
        struct zest_text token = text_of(model, ids[i], skip_special);
        if (token.data)
            append_token(&stream, token);
    }
    if (out->failed)
        return fail(ZEST_OUT_OF_MEMORY, count, error);
    size_t held = bytes ? zest_utf8_unfinished((struct zest_text){out->data, out->size}) : stream.held;
    size_t head = !bytes && stream.started ? 1 : 0;
    assert(held + head <= ZEST_STREAM_STATE_MAX);
    state->bytes[0] = STREAM_STARTED;
    memcpy(state->bytes + head, out->data ? out->data + out->size - held : "", held);
    state->size = head + held;
    out->size -= held;
    return ZEST_OK;
}

void zest_decode_flush(const struct zest_tokenizer_model *model, struct zest_stream_state *state,
                       struct zest_buffer *out)
{
    size_t head = model->decoder->join != ZEST_DECODE_BYTE_LEVEL && state->size > 0 ? 1 : 0;
    if (state->size > head) { /* unfinished bytes: one mark each where they came by fallback, one in all else */
        size_t marks = head > 0 ? state->size - head : 1;
        for (size_t i = 0; i < marks; i++)
            zest_buffer_append(out, "\xEF\xBF\xBD", 3);
    }
    state->size = 0;
}
