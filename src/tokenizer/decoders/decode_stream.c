/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode_stream.c - see decode_stream.h.
 *
 * Source    Hugging Face tokenizers 0.23, tokenizer/mod.rs, step_decode_stream. There everything held is decoded anew;
 *           here `text` grows by what a token adds. Start at zest_decode_stream_step.
 */
#include "decode_stream.h"

#include "decoder_kinds.h"

#include <assert.h>

void zest_decode_stream_init(struct zest_decode_stream *stream, const struct zest_decoder *decoder)
{
    *stream = (struct zest_decode_stream){.decoder = decoder};
}

void zest_decode_stream_finish(struct zest_decode_stream *stream)
{
    zest_decoder_scratch_finish(&stream->scratch);
    zest_texts_finish(&stream->held);
    zest_texts_finish(&stream->prefix);
    zest_texts_finish(&stream->text);
    zest_texts_finish(&stream->chunk);
    zest_texts_finish(&stream->bytes);
}

static void forget_text(struct zest_decode_stream *stream)
{
    zest_texts_reset(&stream->text);
    stream->tail_size = stream->run_start = stream->run_valid = 0;
    stream->in_run = stream->run_is_bad = false;
}

void zest_decode_stream_reset(struct zest_decode_stream *stream)
{
    zest_texts_reset(&stream->held);
    zest_texts_reset(&stream->prefix);
    stream->prefix_count = 0;
    forget_text(stream);
}

/* ---- what all held decode to ---- */

static void add_bytes(struct zest_decode_stream *stream, struct zest_text token)
{
    struct zest_texts *bytes = &stream->bytes;
    zest_texts_reset(bytes);
    zest_texts_append(bytes, stream->tail, stream->tail_size);
    zest_decode_byte_alphabet(token, bytes);
    if (bytes->status != ZEST_OK) {
        stream->text.status = bytes->status;
        return;
    }
    size_t unfinished = zest_utf8_unfinished((struct zest_text){bytes->bytes, bytes->size});
    zest_lossy_append(&stream->text, bytes->bytes, bytes->size - unfinished);
    if (unfinished > 0)
        memcpy(stream->tail, bytes->bytes + bytes->size - unfinished, unfinished);
    stream->tail_size = unfinished;
}

/* A run that is over and was no UTF-8 becomes a U+FFFD for each byte. */
static void close_run(struct zest_decode_stream *stream)
{
    size_t size = stream->text.size - stream->run_start;
    bool is_whole = !stream->run_is_bad && stream->run_valid == stream->text.size;
    if (stream->in_run && !is_whole) {
        stream->text.size = stream->run_start;
        for (size_t i = 0; i < size; i++)
            zest_texts_append(&stream->text, ZEST_REPLACEMENT_TEXT, 3);
    }
    stream->in_run = stream->run_is_bad = false;
}

static void add_to_run(struct zest_decode_stream *stream, int value)
{
    struct zest_texts *text = &stream->text;
    if (!stream->in_run)
        stream->run_start = stream->run_valid = text->size;
    stream->in_run = true;
    zest_texts_append(text, &(char){(char)value}, 1);
    if (stream->run_is_bad || text->status != ZEST_OK)
        return;
    struct zest_text rest = {text->bytes + stream->run_valid, text->size - stream->run_valid};
    if (zest_utf8_valid(rest, NULL))
        stream->run_valid = text->size;
    else if (zest_utf8_unfinished(rest) != rest.size)
        stream->run_is_bad = true;
}

static void add_text(struct zest_decode_stream *stream, size_t at)
{
    struct zest_text token = zest_texts_at(&stream->held, at);
    struct zest_text mapped = zest_decoder_map(stream->decoder, &stream->scratch, token, at == 0);
    enum zest_status status = stream->scratch.a.status != ZEST_OK ? stream->scratch.a.status : stream->scratch.b.status;
    if (stream->decoder->join == ZEST_DECODE_BYTE_LEVEL) {
        add_bytes(stream, mapped);
        return;
    }
    int value = stream->decoder->join == ZEST_DECODE_BYTE_FALLBACK ? zest_decode_byte_value(mapped) : -1;
    if (status != ZEST_OK)
        stream->text.status = status;
    if (value >= 0) {
        add_to_run(stream, value);
        return;
    }
    close_run(stream);
    zest_texts_append(&stream->text, mapped.data, mapped.size);
}

/* Takes held token number `at` into account, which is the last. */
static void decode_one(struct zest_decode_stream *stream, size_t at)
{
    if (stream->decoder->join != ZEST_DECODE_GENERAL) {
        add_text(stream, at);
        return;
    }
    const struct zest_texts *texts = zest_decoder_run(stream->decoder, &stream->scratch, &stream->held);
    struct zest_text joined = zest_texts_joined(texts);
    zest_texts_reset(&stream->text);
    zest_texts_append(&stream->text, joined.data, joined.size);
    if (texts->status != ZEST_OK)
        stream->text.status = texts->status;
}

/* What is certain of the text so far; whether more is to come, which the reference writes as a U+FFFD at the end. */
static struct zest_text text_so_far(const struct zest_decode_stream *stream, bool *ret_unfinished)
{
    struct zest_text text = {stream->text.bytes, stream->text.size}, strip = stream->decoder->strip_content;
    bool in_bad_run = stream->in_run && (stream->run_is_bad || stream->run_valid != stream->text.size);
    *ret_unfinished = stream->tail_size > 0 || in_bad_run ||
                      (text.size >= 3 && !memcmp(text.data + text.size - 3, ZEST_REPLACEMENT_TEXT, 3));
    if (strip.size > 0 && text.size >= strip.size && !memcmp(text.data, strip.data, strip.size))
        text = (struct zest_text){text.data + strip.size, text.size - strip.size};
    return text;
}

/* ---- steps ---- */

/* The prefix is what is held, to the end: with a U+FFFD for what is unfinished. That can be so only where a token
 * decodes otherwise when it is the first. */
static void set_prefix(struct zest_decode_stream *stream)
{
    bool unfinished;
    struct zest_text text = text_so_far(stream, &unfinished);
    size_t run = stream->text.size - stream->run_start;
    bool in_bad_run = stream->in_run && (stream->run_is_bad || stream->run_valid != stream->text.size);
    zest_texts_reset(&stream->prefix);
    zest_texts_append(&stream->prefix, text.data, in_bad_run && run < text.size ? text.size - run : text.size);
    if (in_bad_run && run >= text.size)
        zest_texts_reset(&stream->prefix);
    for (size_t i = 0; i < (in_bad_run ? run : stream->tail_size > 0); i++)
        zest_texts_append(&stream->prefix, ZEST_REPLACEMENT_TEXT, 3);
}

/* The tokens since the last chunk are the ones to hold now. */
static void keep_new(struct zest_decode_stream *stream)
{
    struct zest_texts *held = &stream->held;
    size_t dropped = stream->prefix_count, from = dropped > 0 ? held->ends[dropped - 1] : 0;
    memmove(held->bytes, held->bytes + from, held->size - from);
    for (size_t i = dropped; i < held->count; i++)
        held->ends[i - dropped] = held->ends[i] - from;
    held->size -= from;
    held->count -= dropped;
    stream->prefix_count = held->count;
    forget_text(stream);
    if (stream->decoder->join == ZEST_DECODE_GENERAL)
        decode_one(stream, 0);
    else
        for (size_t i = 0; i < held->count; i++)
            decode_one(stream, i);
    set_prefix(stream);
}

static enum zest_status status_of(const struct zest_decode_stream *stream, struct zest_error *error)
{
    const struct zest_texts *all[] = {&stream->held, &stream->prefix, &stream->text, &stream->chunk};
    for (size_t i = 0; i < ZEST_COUNT(all); i++)
        if (all[i]->status != ZEST_OK)
            return zest_fail(error, all[i]->status, "no memory to decode a token");
    return ZEST_OK;
}

/* Gives what lies behind the prefix, where it can be given. */
static enum zest_status give(struct zest_decode_stream *stream, struct zest_text *ret_chunk, struct zest_error *error)
{
    bool unfinished;
    struct zest_text text = text_so_far(stream, &unfinished);
    size_t known = stream->prefix.size;
    if (unfinished || text.size <= known)
        return ZEST_OK;
    if (known > 0 && memcmp(text.data, stream->prefix.bytes, known) != 0)
        return zest_fail(error, ZEST_CONFLICT,
                         "text that was given before would now be another: \"%.*s\" became \"%.*s\"",
                         (int)(known < 100 ? known : 100), stream->prefix.bytes,
                         (int)(text.size < 100 ? text.size : 100), text.data);
    zest_texts_reset(&stream->chunk);
    zest_texts_append(&stream->chunk, text.data + known, text.size - known);
    keep_new(stream);
    if (stream->chunk.status == ZEST_OK)
        *ret_chunk = (struct zest_text){stream->chunk.bytes, stream->chunk.size};
    return ZEST_OK;
}

enum zest_status zest_decode_stream_step(struct zest_decode_stream *stream, const struct zest_text *token,
                                         struct zest_text *ret_chunk, struct zest_error *error)
{
    bool unfinished;
    assert(stream->decoder);
    *ret_chunk = (struct zest_text){NULL, 0};
    struct zest_text text = text_so_far(stream, &unfinished);
    if (stream->prefix.size == 0 && !unfinished) { /* tokens that give nothing needn't be held for long */
        zest_texts_append(&stream->prefix, text.data, text.size);
        stream->prefix_count = stream->held.count;
    }
    if (token) {
        zest_texts_add(&stream->held, *token);
        if (stream->held.status == ZEST_OK)
            decode_one(stream, stream->held.count - 1);
    } else if (stream->decoder->join == ZEST_DECODE_GENERAL) {
        decode_one(stream, 0); /* there are chains that make something of nothing */
    }
    enum zest_status status = status_of(stream, error);
    if (status == ZEST_OK)
        status = give(stream, ret_chunk, error);
    return status == ZEST_OK ? status_of(stream, error) : status;
}
