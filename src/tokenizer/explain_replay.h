/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_replay.h - a text taken through the stages once more, with everything kept that says why: as data.
 *
 * tokenizer_explain.c puts it into words. The ids are those of zest_encode.
 */
#ifndef ZEST_EXPLAIN_REPLAY_H
#define ZEST_EXPLAIN_REPLAY_H

#include "model_steps.h"
#include "tokenizer_model.h"

#define ZEST_CUTTERS_MAX 64u /* steps of a pre-tokenizer that are told apart */

enum zest_explained_kind { ZEST_EXPLAINED_WORD, ZEST_EXPLAINED_ADDED, ZEST_EXPLAINED_FRAME };

struct zest_explained_piece {
    enum zest_explained_kind kind;
    struct zest_span span;                /* bytes of the text; {0, 0} for frames */
    struct zest_text model_text;          /* in the arena; what the model got */
    const struct zest_added_entry *added; /* ZEST_EXPLAINED_ADDED: the token that was found */
    int cutter;                           /* the step of the pre-tokenizer that made it a piece; -1: none did */
    size_t first_token, token_count;      /* in `tokens` */
    size_t first_step, step_count;        /* in `steps`; their spans are bytes of model_text */
};

struct zest_explained {
    struct zest_explained_piece *pieces;
    size_t piece_count, piece_capacity;
    struct zest_tokens tokens; /* spans are bytes of the text */
    struct zest_model_steps steps;
    const struct zest_pretokenizer *cutters[ZEST_CUTTERS_MAX]; /* the pre-tokenizer, sequences taken apart */
    size_t cutter_count;
    enum zest_status status;
};

struct zest_explain_options {
    bool add_special, encode_special_tokens;
};

/* `text` is UTF-8 of at most ZEST_TEXT_SIZE_MAX bytes. The caller finishes the result, failed or not. */
enum zest_status zest_explain_replay(const struct zest_tokenizer_model *model, struct zest_text text,
                                     struct zest_explain_options options, struct zest_arena *arena,
                                     struct zest_explained *ret_explained, struct zest_error *error) ZEST_MUST_CHECK;
void zest_explained_finish(struct zest_explained *explained); /* takes a zeroed one too */

#endif
