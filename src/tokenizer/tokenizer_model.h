/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenizer_model.h - a loaded tokenizer: vocabulary, merges, special tokens, template. And what it does.
 *
 * Read-only after init but for the pool of scratches, which is lock-free: any number of threads at once.
 */
#ifndef ZEST_TOKENIZER_MODEL_H
#define ZEST_TOKENIZER_MODEL_H

#include "added_tokens.h"
#include "bpe.h"
#include "pretokenizer.h"
#include "word_cache.h"

#define ZEST_TEXT_SIZE_MAX ((size_t)1 << 30) /* bytes of one text; spans are 32-bit */
#define ZEST_SCRATCH_POOL_SIZE 16
#define ZEST_END_IDS_MAX 16

/* What encoding needs to write on; one thread at a time. `ids` and `spans` hold the last result. */
struct zest_encoder_scratch {
    struct zest_bpe_scratch bpe;
    struct zest_cached_word *cache; /* [ZEST_WORD_CACHE_SLOTS] */
    uint32_t *ids;
    struct zest_span *spans; /* bytes of the text, where asked for */
    size_t count, id_capacity, span_capacity;
    uint64_t cache_misses;
};

struct zest_tokenizer_model {
    struct zest_arena arena;
    struct zest_vocabulary vocabulary;
    struct zest_bpe bpe;
    struct zest_added_tokens added;
    const struct zest_pretokenizer *pretokenizer;
    int32_t bos_id, eos_id; /* -1: none */
    bool adds_bos, adds_eos;
    int32_t end_ids[ZEST_END_IDS_MAX];
    size_t end_id_count;
    struct zest_text bos_token, eos_token, chat_template; /* as written in the file; empty: none */
    _Atomic(struct zest_encoder_scratch *) pool[ZEST_SCRATCH_POOL_SIZE];
};

enum zest_status zest_tokenizer_model_init(struct zest_tokenizer_model *model, const struct zest_gguf *gguf,
                                           struct zest_error *error) ZEST_MUST_CHECK;
void zest_tokenizer_model_finish(struct zest_tokenizer_model *model); /* takes a half-made one too */

/* ---- text to ids: encode.c ---- */

struct zest_encode_options {
    bool add_special;           /* the model's own first and last tokens round the text */
    bool encode_special_tokens; /* special tokens in the text are plain characters */
    bool spans;                 /* fill scratch->spans */
};

/* A scratch for one call, NULL where memory is out; give it back when its ids are no longer needed. */
struct zest_encoder_scratch *zest_encoder_borrow(struct zest_tokenizer_model *model);
void zest_encoder_give_back(struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch);
void zest_encoder_scratch_destroy(struct zest_encoder_scratch *scratch);

enum zest_status zest_encode(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                             struct zest_text text, struct zest_encode_options options,
                             struct zest_error *error) ZEST_MUST_CHECK;

/* Turns spans of bytes into spans of code points, in place. Part of a character counts as the whole. */
void zest_spans_to_code_points(struct zest_text text, struct zest_span *spans, size_t count);

/* ---- ids to text: decode.c ---- */

/* The bytes that the ids stand for, in the arena; `before` goes in front. */
enum zest_status zest_decode(const struct zest_tokenizer_model *model, const int32_t *ids, size_t count,
                             bool skip_special, struct zest_text before, struct zest_arena *arena,
                             struct zest_text *ret_bytes, struct zest_error *error) ZEST_MUST_CHECK;

#endif
