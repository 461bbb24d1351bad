/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode_stream.h - text as its tokens come: a piece of text is given once later tokens can't change it.
 *
 * As the reference's DecodeStream: the stream holds the tokens of the last chunk (what comes next may hang on them, as
 * a blank does) and those since. A step decodes them all; where that is longer than what the last chunk's tokens give
 * alone and doesn't end with U+FFFD, which may be half a character, the rest is the chunk. Where the tokens of the last
 * chunk now decode otherwise the step is an error, and so is every later one.
 *
 * Each token costs the time of its own text however long nothing can be given, for decoders that map tokens one by one
 * (decoder.h, zest_decode_join); for others all that is held is decoded at each step, as in the reference.
 *
 * One thread.
 */
#ifndef ZEST_DECODE_STREAM_H
#define ZEST_DECODE_STREAM_H

#include "decoder.h"

struct zest_decode_stream {
    const struct zest_decoder *decoder; /* borrowed */
    struct zest_decoder_scratch scratch;
    struct zest_texts held;   /* tokens of the last chunk, then those since */
    size_t prefix_count;      /* how many of them are the last chunk's */
    struct zest_texts prefix; /* bytes: what those alone decode to */
    struct zest_texts text;   /* bytes: what all held decode to, but for what is unfinished */
    struct zest_texts chunk;  /* bytes: the last answer */
    /* ZEST_DECODE_BYTE_LEVEL: a token's bytes, behind those that began a character */
    struct zest_texts bytes;
    char tail[4];
    size_t tail_size;
    /* ZEST_DECODE_BYTE_FALLBACK: text->bytes[run_start, size) are the bytes of byte tokens; valid up to run_valid */
    size_t run_start, run_valid;
    bool in_run, run_is_bad;
};

void zest_decode_stream_init(struct zest_decode_stream *stream, const struct zest_decoder *decoder);
void zest_decode_stream_finish(struct zest_decode_stream *stream);
void zest_decode_stream_reset(struct zest_decode_stream *stream); /* for another text; keeps the memory */

/*
 * The next token; NULL for one that is skipped or unknown. *ret_chunk is what became certain, empty where nothing did;
 * it lasts until the next call. ZEST_CONFLICT where the last chunk would now be another text.
 */
enum zest_status zest_decode_stream_step(struct zest_decode_stream *stream, const struct zest_text *token,
                                         struct zest_text *ret_chunk, struct zest_error *error) ZEST_MUST_CHECK;

#endif
