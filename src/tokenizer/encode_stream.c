/* SPDX-License-Identifier: Apache-2.0 */
/*
 * encode_stream.c - a text that comes in parts to the ids that it has as a whole, in bounded memory where that can be.
 *
 *   parts ─► buffer ─► up to the last safe cut (stream_cuts.h) ─► zest_encode ─► ids
 *              └── what is behind it waits for more
 *
 * A stretch that is not the first is encoded behind "a\n", whose ids are left out again. Where a tokenizer allows no
 * cuts, the whole text is buffered. Tuned for parts of some KiB; a stretch has about STRETCH_BYTES.
 *
 * Threads: a stream belongs to one thread at a time; any number of streams of one tokenizer may run.
 */
#include "stream_cuts.h"
#include "tokenizer_native.h"

#include <assert.h>
#include <stdlib.h>

#define STRETCH_BYTES ((size_t)1 << 16)
#define CONTEXT_SIZE (sizeof ZEST_STREAM_CONTEXT - 1)

struct zest_encode_stream {
    struct zest_tokenizer_model *model;
    struct zest_encode_options options;
    const char *refused;
    unsigned char *bytes;            /* room for the context, then what waits */
    size_t size, capacity, searched; /* bytes that wait; of those, how many have no cut among them */
    size_t consumed, buffered_max;
    bool begun, ended;
    uint32_t *context_ids;
    size_t context_count;
};

static enum zest_status no_memory(const struct zest_encode_stream *stream, struct zest_error *error)
{
    return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory to tokenize a stream, of which %zu bytes wait",
                     stream->size);
}

/* ---- making ---- */

static enum zest_status encode_context(struct zest_encode_stream *stream, struct zest_encoder_scratch *scratch,
                                       struct zest_error *error)
{
    enum zest_status status =
        zest_encode(stream->model, scratch, ZEST_TEXT(ZEST_STREAM_CONTEXT), stream->options, error);
    if (status != ZEST_OK)
        return status;
    stream->context_ids = malloc((scratch->count + 1) * sizeof *stream->context_ids);
    if (!stream->context_ids)
        return no_memory(stream, error);
    memcpy(stream->context_ids, scratch->ids, scratch->count * sizeof *scratch->ids);
    stream->context_count = scratch->count;
    return ZEST_OK;
}

enum zest_status zest_encode_stream_create(struct zest_tokenizer *tokenizer, unsigned flags,
                                           struct zest_encode_stream **ret_stream, struct zest_error *error)
{
    struct zest_tokenizer_model *model = zest_tokenizer_native_model(tokenizer);
    if ((flags & ZEST_ENCODE_LENGTHS) && (model->truncation || model->padding))
        return zest_fail_param(
            error, ZEST_UNSUPPORTED, "flags",
            "the tokenizer truncates or pads texts, which a stream can't: leave ZEST_ENCODE_LENGTHS");
    struct zest_encode_stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a stream");
    stream->model = model;
    stream->options =
        (struct zest_encode_options){.encode_special_tokens = flags & ZEST_ENCODE_PLAIN_SPECIAL, .valid = true};
    stream->refused = zest_stream_cuts_refused(model);
    struct zest_encoder_scratch *scratch = stream->refused ? NULL : zest_encoder_borrow(model);
    enum zest_status status = ZEST_OK;
    if (!stream->refused) {
        status = scratch ? encode_context(stream, scratch, error) : no_memory(stream, error);
        if (scratch)
            zest_encoder_give_back(model, scratch);
    }
    stream->options.add_special = flags & ZEST_ENCODE_SPECIAL;
    stream->options.valid = flags & ZEST_ENCODE_VALID;
    if (status == ZEST_OK)
        *ret_stream = stream;
    else
        zest_encode_stream_destroy(stream);
    return status;
}

void zest_encode_stream_destroy(struct zest_encode_stream *stream)
{
    if (!stream)
        return;
    free(stream->bytes);
    free(stream->context_ids);
    free(stream);
}

/* ---- running ---- */

static enum zest_status check_stretch(const struct zest_encode_stream *stream, size_t size, struct zest_error *error)
{
    size_t bad;
    struct zest_text text = {(const char *)stream->bytes + CONTEXT_SIZE, size};
    if (stream->options.valid || zest_utf8_valid(text, &bad))
        return ZEST_OK;
    return zest_fail_param(error, ZEST_INVALID_UTF8, "bytes", "the stream is not UTF-8: byte %zu is 0x%02X",
                           stream->consumed + bad, (unsigned char)text.data[bad]);
}

/* The ids of what begins the buffer, behind the context where it is not the text's beginning. */
static enum zest_status encode_stretch(struct zest_encode_stream *stream, struct zest_encoder_scratch *scratch,
                                       size_t size, size_t *ret_skip, struct zest_error *error)
{
    struct zest_encode_options options = stream->options;
    struct zest_text text = {(const char *)stream->bytes + CONTEXT_SIZE, size};
    options.add_special = false;
    options.valid = true;
    if (stream->begun) {
        text.data -= CONTEXT_SIZE;
        text.size += CONTEXT_SIZE;
        memcpy(stream->bytes, ZEST_STREAM_CONTEXT, CONTEXT_SIZE);
    }
    enum zest_status status = zest_encode(stream->model, scratch, text, options, error);
    if (status != ZEST_OK)
        return status;
    *ret_skip = stream->begun ? stream->context_count : 0;
    if (*ret_skip <= scratch->count &&
        (*ret_skip == 0 || memcmp(scratch->ids, stream->context_ids, *ret_skip * sizeof *scratch->ids) == 0))
        return ZEST_OK;
    return zest_fail(error, ZEST_INTERNAL, "a cut of the stream at byte %zu is not safe with this tokenizer",
                     stream->consumed);
}

/* Encodes the first `size` bytes that wait, hands the ids out and forgets the bytes. */
static enum zest_status flush(struct zest_encode_stream *stream, size_t size, zest_ids_fn *take, void *user,
                              struct zest_error *error)
{
    const struct zest_id_frame *frame = &stream->model->frame;
    size_t skip = 0;
    enum zest_status status = check_stretch(stream, size, error);
    if (status != ZEST_OK)
        return status;
    struct zest_encoder_scratch *scratch = zest_encoder_borrow(stream->model);
    if (!scratch)
        return no_memory(stream, error);
    status = encode_stretch(stream, scratch, size, &skip, error);
    if (status == ZEST_OK && !stream->begun && stream->options.add_special && frame->before_count > 0)
        take(user, frame->before, frame->before_count);
    if (status == ZEST_OK && scratch->count > skip)
        take(user, scratch->ids + skip, scratch->count - skip);
    zest_encoder_give_back(stream->model, scratch);
    if (status != ZEST_OK)
        return status;
    memmove(stream->bytes + CONTEXT_SIZE, stream->bytes + CONTEXT_SIZE + size, stream->size - size);
    stream->size -= size;
    stream->searched = 0;
    stream->consumed += size;
    stream->begun = true;
    return ZEST_OK;
}

static enum zest_status append(struct zest_encode_stream *stream, const unsigned char *bytes, size_t size,
                               struct zest_error *error)
{
    size_t wanted = CONTEXT_SIZE + stream->size + size;
    if (stream->size + size > ZEST_TEXT_SIZE_MAX)
        return zest_fail_param(error, ZEST_TOO_LARGE, "bytes",
                               "more than %zu bytes of the stream have no place where they may be cut",
                               ZEST_TEXT_SIZE_MAX);
    if (wanted > stream->capacity) {
        size_t capacity = wanted + wanted / 2;
        unsigned char *grown = realloc(stream->bytes, capacity);
        if (!grown)
            return no_memory(stream, error);
        stream->bytes = grown;
        stream->capacity = capacity;
    }
    memcpy(stream->bytes + CONTEXT_SIZE + stream->size, bytes, size);
    stream->size += size;
    if (stream->size > stream->buffered_max)
        stream->buffered_max = stream->size;
    return ZEST_OK;
}

/* A cut needs the character on each side: the last line end may have been without its letter. */
static size_t next_cut(struct zest_encode_stream *stream)
{
    size_t from = stream->searched > 8 ? stream->searched - 8 : 0;
    if (stream->refused || stream->size < STRETCH_BYTES)
        return 0;
    stream->searched = stream->size;
    return zest_stream_cut_find(stream->bytes + CONTEXT_SIZE, from, stream->size);
}

enum zest_status zest_encode_stream_feed(struct zest_encode_stream *stream, const void *bytes, size_t size,
                                         zest_ids_fn *take, void *user, struct zest_error *error)
{
    if (stream->ended)
        return zest_fail(error, ZEST_CONFLICT, "the stream has ended; make another one");
    for (size_t at = 0, step; at < size; at += step) {
        step = size - at < STRETCH_BYTES ? size - at : STRETCH_BYTES;
        enum zest_status status = append(stream, (const unsigned char *)bytes + at, step, error);
        size_t cut = status == ZEST_OK ? next_cut(stream) : 0;
        assert(cut <= stream->size);
        if (cut > 0)
            status = flush(stream, cut, take, user, error);
        if (status != ZEST_OK)
            return status;
    }
    return ZEST_OK;
}

enum zest_status zest_encode_stream_end(struct zest_encode_stream *stream, zest_ids_fn *take, void *user,
                                        struct zest_error *error)
{
    const struct zest_id_frame *frame = &stream->model->frame;
    enum zest_status status = ZEST_OK;
    if (stream->ended)
        return zest_fail(error, ZEST_CONFLICT, "the stream has ended; make another one");
    if (!stream->bytes)
        status = append(stream, (const unsigned char *)"", 0, error);
    if (status == ZEST_OK)
        status = flush(stream, stream->size, take, user, error);
    if (status != ZEST_OK)
        return status;
    stream->ended = true;
    if (stream->options.add_special && frame->after_count > 0)
        take(user, frame->after, frame->after_count);
    return ZEST_OK;
}

struct zest_encode_stream_info zest_encode_stream_info(const struct zest_encode_stream *stream)
{
    return (struct zest_encode_stream_info){
        .bounded = !stream->refused,
        .why_not = stream->refused,
        .consumed = stream->consumed,
        .buffered = stream->size,
        .buffered_max = stream->buffered_max,
    };
}
