/* SPDX-License-Identifier: Apache-2.0 */
/*
 * definition.h - a tokenizer as its file says it, whatever the format of the file.
 *
 * Readers of tokenizer.json, GGUF, SentencePiece and tiktoken files (formats/) fill a definition; the image (image.h)
 * is compiled from it. What is small stays JSON in the words of tokenizer.json, so that a GGUF and a tokenizer.json of
 * one model meet in the same components; what is large (tokens, merges) are arrays.
 *
 * Everything lies in the definition's arena. One thread.
 */
#ifndef ZEST_TOKENIZER_DEFINITION_H
#define ZEST_TOKENIZER_DEFINITION_H

#include "stages.h"

#include <jansson.h>

#define ZEST_VOCABULARY_MAX (1u << 22) /* tokens; the largest known vocabulary has 2^18 */
#define ZEST_END_IDS_MAX 16

/* An entry of "added_tokens". */
struct zest_added_token {
    struct zest_text content;
    uint32_t id;
    bool special, normalized, lstrip, rstrip, single_word;
};

/* Two tokens that merge; their place in the list is the rank, 0 first. */
struct zest_merge {
    uint32_t left, right, product;
};

/* What a generation needs to know beside the tokens. -1: none. */
struct zest_tokenizer_ends {
    int32_t bos_id, eos_id;
    bool adds_bos, adds_eos; /* told for information: the post-processor does it */
    int32_t end_ids[ZEST_END_IDS_MAX];
    size_t end_id_count;
    struct zest_text bos_token, eos_token, chat_template; /* empty: none */
};

struct zest_tokenizer_definition {
    struct zest_arena arena;
    struct zest_text file; /* the mapped file, which texts point into; empty: none */
    /*
     * {"normalizer": …, "pre_tokenizer": …, "model": …, "post_processor": …, "decoder": …, "truncation": …, "padding":
     * …} as in tokenizer.json; null where there is none. "model" has all its fields but "vocab" and "merges". Owned.
     */
    json_t *components;
    struct zest_text *tokens; /* [token_count] by id, as written in the file; data is NULL where an id has no token */
    uint32_t token_count;
    double *scores;            /* [token_count], Unigram; NULL else */
    struct zest_merge *merges; /* BPE */
    uint32_t merge_count;
    struct zest_added_token *added;
    uint32_t added_count;
    struct zest_tokenizer_ends ends;
};

/* Reads a file of any format by its content (and name, for .tiktoken). The caller finishes the definition, failed or
 * not. */
enum zest_status zest_definition_read(const char *path, struct zest_tokenizer_definition *ret_definition,
                                      struct zest_error *error) ZEST_MUST_CHECK;
void zest_definition_finish(struct zest_tokenizer_definition *definition); /* takes a zeroed one too */

#endif
