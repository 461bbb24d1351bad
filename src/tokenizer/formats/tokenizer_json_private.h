/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenizer_json_private.h - what the files of the tokenizer.json reader share.
 */
#ifndef ZEST_TOKENIZER_JSON_PRIVATE_H
#define ZEST_TOKENIZER_JSON_PRIVATE_H

#include "added_list.h"
#include "json_stream.h"
#include "merge_list.h"
#include "shown_text.h"
#include "tokenizer_json.h"

enum zest_vocabulary_shape { ZEST_VOCABULARY_NONE, ZEST_VOCABULARY_OBJECT, ZEST_VOCABULARY_LIST };

struct zest_tokenizer_json {
    struct zest_json_stream json;
    struct zest_tokenizer_definition *definition;
    struct zest_token_list tokens;
    struct zest_merge_list merges;
    struct zest_added_list added;
    double *scores; /* [tokens.count] of a list; malloc's */
    size_t score_capacity;
    enum zest_vocabulary_shape shape;
    bool has_model, has_merges, has_added;
};

/* Reads the value of "model": gathers tokens and merges, keeps the rest in components. */
bool zest_tokenizer_json_model(struct zest_tokenizer_json *reading);
/* Lays out what was gathered, once the whole model was read. */
bool zest_tokenizer_json_settle_model(struct zest_tokenizer_json *reading);
/* Reads the value of "added_tokens". */
bool zest_tokenizer_json_added(struct zest_tokenizer_json *reading);

#endif
