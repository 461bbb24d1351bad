/* SPDX-License-Identifier: Apache-2.0 */
/*
 * encoding.h - a tokenized text with everything that is known of each token; and what is done with whole encodings:
 * merging, truncation, padding.
 *
 * Encodings and their overflows live in an arena; one thread at a time. A missing allocation is kept in `failed` of the
 * arena's owner: functions answer false.
 *
 * Source    Hugging Face tokenizers 0.23, Encoding.
 */
#ifndef ZEST_TOKENIZER_ENCODING_H
#define ZEST_TOKENIZER_ENCODING_H

#include "stages.h"

#include <jansson.h>

#define ZEST_NO_WORD (-1)

struct zest_encoded {
    uint32_t id, type_id;
    struct zest_span span; /* of the original: bytes or code points, as asked for */
    struct zest_text text; /* the token as the vocabulary writes it */
    int32_t word;          /* the piece that it is from, ZEST_NO_WORD for tokens that were added round the text */
    int8_t sequence;       /* 0 or 1: of which text; -1: of none */
    uint8_t special;       /* 1: not of the text itself */
    uint8_t attention;     /* 0: padding */
};

struct zest_encoding {
    struct zest_encoded *items;
    size_t count, capacity;
    struct zest_encoding *overflow; /* what truncation cut off, in parts */
    size_t overflow_count;
};

/* Room for `more` items; what was there is copied when it moves. */
bool zest_encoding_reserve(struct zest_encoding *encoding, struct zest_arena *arena, size_t more) ZEST_MUST_CHECK;
void zest_encoding_set_sequence(struct zest_encoding *encoding, int8_t sequence);
void zest_encoding_set_type(struct zest_encoding *encoding, uint32_t type_id);
/* Appends `pair`; overflows are combined each with each. */
bool zest_encoding_merge(struct zest_encoding *encoding, const struct zest_encoding *pair,
                         struct zest_arena *arena) ZEST_MUST_CHECK;

/* ---- truncation ("truncation" of tokenizer.json) ---- */

enum zest_truncation_strategy { ZEST_LONGEST_FIRST, ZEST_ONLY_FIRST, ZEST_ONLY_SECOND };

struct zest_truncation {
    size_t length_max, stride;
    enum zest_truncation_strategy strategy;
    bool left; /* keep the end of the text */
};

/* `json` is an object. */
enum zest_status zest_truncation_read(const json_t *json, struct zest_truncation *ret_truncation,
                                      struct zest_error *error) ZEST_MUST_CHECK;
/* `second` may be NULL. What is cut off becomes their overflow. */
enum zest_status zest_truncate(const struct zest_truncation *truncation, struct zest_encoding *first,
                               struct zest_encoding *second, struct zest_arena *arena,
                               struct zest_error *error) ZEST_MUST_CHECK;

/* ---- padding ("padding" of tokenizer.json) ---- */

struct zest_padding {
    size_t fixed;    /* length to pad to; 0: to the longest of the batch */
    size_t multiple; /* round the length up to it; 0: as it is */
    struct zest_text token;
    uint32_t id, type_id;
    bool left;
};

enum zest_status zest_padding_read(const json_t *json, struct zest_arena *arena, struct zest_padding *ret_padding,
                                   struct zest_error *error) ZEST_MUST_CHECK;
/* Pads all encodings and their overflows to one length. */
bool zest_pad(const struct zest_padding *padding, struct zest_encoding *encodings, size_t count,
              struct zest_arena *arena) ZEST_MUST_CHECK;

#endif
