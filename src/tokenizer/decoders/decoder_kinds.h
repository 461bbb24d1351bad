/* SPDX-License-Identifier: Apache-2.0 */
/* decoder_kinds.h - the kinds of decoders, and what their files share; for this folder alone. */
#ifndef ZEST_DECODER_KINDS_H
#define ZEST_DECODER_KINDS_H

#include "component_json.h"
#include "decoder.h"

extern const struct zest_decoder_kind zest_decode_bpe_kind, zest_decode_byte_fallback_kind, zest_decode_byte_level_kind,
    zest_decode_ctc_kind, zest_decode_fuse_kind, zest_decode_metaspace_kind, zest_decode_replace_kind,
    zest_decode_strip_kind, zest_decode_word_piece_kind;

/* decode_strip.c: the content of a Strip that takes at most one character, and that at the start; empty else. */
struct zest_text zest_decode_strip_once(const struct zest_decoder_step *step);

/* decode_byte_fallback.c: the byte that "<0xNN>" stands for to the reference (any case, "+N" too), or -1. */
int zest_decode_byte_value(struct zest_text token);

/* decode_byte_level.c: appends the bytes that a token stands for: of the byte alphabet where all of it is. */
void zest_decode_byte_alphabet(struct zest_text token, struct zest_texts *out);

/* text_replace.c: appends `text` with every `pattern` replaced, left to right. An empty pattern lies in front of each
 * character and at the end. */
void zest_text_replace(struct zest_text text, struct zest_text pattern, struct zest_text content,
                       struct zest_texts *out);
/* text_replace.c: the clean-up of WordPiece and CTC, of the bytes from `start` on: blanks before punctuation go,
 * English abbreviations close up. */
void zest_text_clean(struct zest_texts *texts, size_t start);

/* lossy_text.c: appends bytes as UTF-8, U+FFFD for each longest part that is none. */
void zest_lossy_append(struct zest_texts *out, const char *bytes, size_t size);

#define ZEST_REPLACEMENT_TEXT "\xEF\xBF\xBD"

/* Makes a step of a type and begins it; NULL (and an error) where memory is out. */
#define ZEST_NEW_STEP(arena, type, step_kind, error) \
    ((type *)zest_decoder_step_new((arena), sizeof(type), (step_kind), (error)))
struct zest_decoder_step *zest_decoder_step_new(struct zest_arena *arena, size_t size,
                                                const struct zest_decoder_kind *kind, struct zest_error *error);

#endif
