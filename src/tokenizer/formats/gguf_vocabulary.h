/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gguf_vocabulary.h - what the files of the GGUF reader share: tokens, types, scores and ids of special tokens.
 */
#ifndef ZEST_GGUF_VOCABULARY_H
#define ZEST_GGUF_VOCABULARY_H

#include "../../core/gguf.h"
#include "added_list.h"
#include "component_words.h"

/* "tokenizer.ggml.token_type" */
enum zest_gguf_token_type {
    ZEST_GGUF_UNDEFINED,
    ZEST_GGUF_NORMAL,
    ZEST_GGUF_UNKNOWN,
    ZEST_GGUF_CONTROL,
    ZEST_GGUF_USER_DEFINED,
    ZEST_GGUF_UNUSED,
    ZEST_GGUF_BYTE,
    ZEST_GGUF_TYPES
};

struct zest_gguf_vocabulary {
    const struct zest_gguf *gguf;
    struct zest_tokenizer_definition *definition;
    struct zest_error *error;
    struct zest_text general_name; /* of the model, which some flags of tokens hang on; may be empty */
    struct zest_gguf_array texts;
    const unsigned char *types; /* int32 each, unaligned; NULL: all normal */
    float *scores;              /* [count]; malloc's, NULL where the file has none */
    uint32_t count;             /* without the paddings at the end */
    bool has_bytes;             /* some token is of the type BYTE */
    struct zest_token_list tokens;
    struct zest_added_list added;
};

/* How a kind's texts differ from tokenizer.json's; returns {NULL} where memory is out. `text` is borrowed. */
typedef struct zest_text zest_gguf_spelling(struct zest_gguf_vocabulary *v, struct zest_text text,
                                            enum zest_gguf_token_type type);

enum zest_status zest_gguf_vocabulary_read(struct zest_gguf_vocabulary *v,
                                           zest_gguf_spelling *spelling) ZEST_MUST_CHECK;
void zest_gguf_vocabulary_finish(struct zest_gguf_vocabulary *v);
enum zest_gguf_token_type zest_gguf_vocabulary_type(const struct zest_gguf_vocabulary *v, uint32_t id);
/* The id at `key`, `fallback` where there is none (and -1 where that is beyond the vocabulary). */
enum zest_status zest_gguf_vocabulary_id(const struct zest_gguf_vocabulary *v, const char *key, int32_t fallback,
                                         int32_t *ret_id) ZEST_MUST_CHECK;
/* The token's text; empty for -1. */
struct zest_text zest_gguf_vocabulary_text(const struct zest_gguf_vocabulary *v, int32_t id);
bool zest_gguf_vocabulary_flag(const struct zest_gguf_vocabulary *v, const char *key, bool fallback);

/* ---- the kinds, each in its file ---- */

enum zest_status zest_gguf_gpt2_read(struct zest_gguf_vocabulary *v) ZEST_MUST_CHECK;
enum zest_status zest_gguf_llama_read(struct zest_gguf_vocabulary *v) ZEST_MUST_CHECK;
enum zest_status zest_gguf_bert_read(struct zest_gguf_vocabulary *v) ZEST_MUST_CHECK;
enum zest_status zest_gguf_t5_read(struct zest_gguf_vocabulary *v) ZEST_MUST_CHECK;
/* Reads bos, eos and what is added of them into definition->ends and a template. */
enum zest_status zest_gguf_ends_read(struct zest_gguf_vocabulary *v, int32_t bos_fallback, int32_t eos_fallback,
                                     bool adds_bos, bool adds_eos, struct zest_template *ret_template) ZEST_MUST_CHECK;

#endif
