/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenizer_model.h - a loaded tokenizer: an image and the components made from it. And what it does.
 *
 * Read-only after opening but for the pool of scratches, which is lock-free: any number of threads at once.
 */
#ifndef ZEST_TOKENIZER_MODEL_H
#define ZEST_TOKENIZER_MODEL_H

#include "added_vocabulary.h"
#include "component.h"
#include "decode_table.h"
#include "encoding.h"
#include "fast.h"
#include "post_processor.h"
#include "token_table.h"

#include <stdatomic.h>

#define ZEST_SCRATCH_POOL_SIZE 16

/* What encoding writes on; one thread at a time, keeps its memory. `ids` and so on hold the last result. */
struct zest_encoder_scratch {
    uint32_t *ids;
    struct zest_span *spans; /* bytes of the text, where asked for */
    struct zest_text
        *texts;     /* the tokens as the vocabulary writes them, where asked for; in the caller's arena or the image */
    int32_t *words; /* of which piece each token is, where asked for */
    size_t count, capacity;
    int32_t word_count;
    enum zest_status status;
    struct zest_aligned raw, normal;
    struct zest_pieces whole, cut;
    struct zest_tokens tokens;
    struct zest_model_scratch *model;
    struct zest_fast_scratch *fast;
    struct zest_texts texts_in; /* decoding */
    struct zest_decoder_scratch decoder;
};

/* Ids that the post-processor puts round one text. */
struct zest_id_frame {
    uint32_t *before, *after;
    size_t before_count, after_count;
};

struct zest_tokenizer_model {
    struct zest_arena arena;
    struct zest_image image;
    json_t *components;
    struct zest_tokenizer_ends ends;
    struct zest_token_table table;
    struct zest_added_vocabulary added;
    struct zest_normalizer *normalizer; /* NULL: none, as the following */
    struct zest_pretokenizer *pretokenizer;
    struct zest_token_model *token_model;
    const struct zest_fast *fast;
    struct zest_post_processor *post_processor;
    struct zest_decoder *decoder;          /* always there; it joins by blanks where the file has none */
    struct zest_decode_table decode_table; /* where has_decode_table */
    bool has_decode_table;
    const struct zest_truncation *truncation;
    const struct zest_padding *padding;
    bool needs_origins; /* the plain path must know where text comes from even where no spans are wanted */
    struct zest_id_frame frame;
    /* What a token stands for may be spelt otherwise than the token: added tokens that take white space beside them or
     * are found in normal form, a Unigram's unknown. */
    bool respells;
    bool trims_spans, trims_first; /* the post-processor takes a word's space out of its span; the first word's too */
    uint32_t id_count;             /* ids are below it: the vocabulary's and the added tokens' */
    _Atomic(struct zest_encoder_scratch *) pool[ZEST_SCRATCH_POOL_SIZE];
};

struct zest_tokenizer_model_options {
    const char *path;         /* a file of any kind that formats/ reads, or a folder */
    const char *cache_folder; /* where compiled tokenizers are kept; NULL: nowhere */
    const char *cpu;          /* instructions for the fast path; NULL: the best that the machine has */
    bool plain;               /* take the plain path always, as a reference */
};

enum zest_status zest_tokenizer_model_open(struct zest_tokenizer_model *model,
                                           const struct zest_tokenizer_model_options *options,
                                           struct zest_error *error) ZEST_MUST_CHECK;
void zest_tokenizer_model_close(struct zest_tokenizer_model *model); /* takes a half-opened one too */

/* ---- text to ids: encode.c ---- */

struct zest_encode_options {
    bool add_special;           /* what the post-processor puts round the text */
    bool encode_special_tokens; /* special tokens in the text are plain characters */
    bool valid;                 /* the caller knows that the text is UTF-8 */
    bool lengths;               /* truncate and pad as the file says; not together with the following */
    bool spans, words;          /* fill scratch->spans, scratch->words */
    struct zest_arena *texts;   /* fill scratch->texts; what is not in the image is copied here. NULL: don't */
};

/* A scratch for one call, NULL where memory is out; give it back when its ids are no longer needed. */
struct zest_encoder_scratch *zest_encoder_borrow(struct zest_tokenizer_model *model);
void zest_encoder_give_back(struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch);
void zest_encoder_scratch_destroy(struct zest_encoder_scratch *scratch);

/* One text to ids. */
enum zest_status zest_encode(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                             struct zest_text text, struct zest_encode_options options,
                             struct zest_error *error) ZEST_MUST_CHECK;

/* How to encode in full: everything of each token, truncation and padding as the tokenizer's file says. */
struct zest_full_options {
    bool add_special, encode_special_tokens;
    bool words;                   /* of which piece each token is; takes the plain path */
    bool byte_spans;              /* spans count bytes; else code points */
    bool truncate, pad;           /* as the file says, where it says so */
    const struct zest_text *pair; /* a second text, or NULL */
};

enum zest_status zest_encode_full(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                                  struct zest_text text, struct zest_full_options options, struct zest_arena *arena,
                                  struct zest_encoding *ret_encoding, struct zest_error *error) ZEST_MUST_CHECK;

/* ---- spans: encode_spans.c ---- */

/* Turns spans of bytes into spans of code points, in place. Part of a character counts as the whole. */
void zest_spans_to_code_points(struct zest_text text, struct zest_span *spans, size_t count);
/* Whether trimming must know what tokens stand for: encode with `texts` then. */
static inline bool zest_trim_wants_texts(const struct zest_tokenizer_model *model)
{
    return model->trims_spans && model->respells;
}

/* What the post-processor does to the spans of one text's tokens. `texts` NULL: those of the vocabulary. */
void zest_trim_token_spans(const struct zest_tokenizer_model *model, const uint32_t *ids, const struct zest_text *texts,
                           struct zest_span *spans, size_t count);
/* Finds out whether the post-processor trims spans; false where memory is out. */
bool zest_model_find_trim(struct zest_tokenizer_model *model) ZEST_MUST_CHECK;

/* ---- ids to text: decode.c ---- */

/* Appends the text of the ids; what is no UTF-8 reads as U+FFFD. Ids that the tokenizer does not have are left out. */
enum zest_status zest_decode(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                             const uint32_t *ids, size_t count, bool skip_special, struct zest_buffer *out,
                             struct zest_error *error) ZEST_MUST_CHECK;
/* The same, but a byte-level tokenizer's bytes stay as they are, UTF-8 or not. */
enum zest_status zest_decode_bytes(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                                   const uint32_t *ids, size_t count, bool skip_special, struct zest_buffer *out,
                                   struct zest_error *error) ZEST_MUST_CHECK;

#define ZEST_STREAM_STATE_MAX 8

/* What a stream of ids has to remember: bytes of an unfinished character, and whether it has begun. Zeroed at first. */
struct zest_stream_state {
    unsigned char bytes[ZEST_STREAM_STATE_MAX];
    size_t size;
};

/* Appends the characters that the next ids complete (bytes that can't become UTF-8 stay as they are: read them
 * lossily). */
enum zest_status zest_decode_next(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                                  const uint32_t *ids, size_t count, bool skip_special, struct zest_stream_state *state,
                                  struct zest_buffer *out, struct zest_error *error) ZEST_MUST_CHECK;
/* Appends what is left as U+FFFD. */
void zest_decode_flush(const struct zest_tokenizer_model *model, struct zest_stream_state *state,
                       struct zest_buffer *out);

/* A token's text for people, in the arena: bytes of a byte-level tokenizer read lossily. data is NULL without memory.
 */
struct zest_text zest_model_piece(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                                  uint32_t id, struct zest_arena *arena);

/* ---- for encode.c and its parts ---- */

/* The plain path (plain_path.c): text[start, end) between added tokens, one stage after the other. */
void zest_encode_plain(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                       const unsigned char *text, struct zest_span segment, struct zest_encode_options options);
/*
 * Appends the tokens of a text by the fast path (fast.h has the flags); spans are bytes of this text. False, and
 * nothing appended, where it wants the plain path.
 */
bool zest_encoder_run_fast(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                           const unsigned char *text, size_t size, uint32_t flags, struct zest_encode_options options);
/* Appends a token; `text` as in scratch->texts, data NULL: the vocabulary's. */
void zest_encoder_append(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch, uint32_t id,
                         struct zest_span span, struct zest_text text, struct zest_encode_options options);
bool zest_encoder_reserve(struct zest_encoder_scratch *scratch, size_t more, struct zest_encode_options options);

/* The words for a failure on the way of a text of `size` bytes: in the normalizer, or behind it. Answers `status`. */
enum zest_status zest_encode_fail(const struct zest_tokenizer_model *model, enum zest_status status, bool normalizing,
                                  size_t size, struct zest_error *error);

/* The token's text as encoding answers it: the vocabulary's, or the added token's content. Empty where there is none.
 */
struct zest_text zest_model_token_text(const struct zest_tokenizer_model *model, uint32_t id);

#endif
