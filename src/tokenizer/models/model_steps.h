/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model_steps.h - what a token model did to one piece, as data: the reasons that tokenizer.explain puts into words.
 *
 * Recorded by the models' `explain` alone, which replays one piece plainly; nothing of it is on the way of encoding.
 * The first failure is kept in `status`, and adding to what failed does nothing. One thread.
 */
#ifndef ZEST_MODEL_STEPS_H
#define ZEST_MODEL_STEPS_H

#include "component.h"

/* What each kind fills in beside `span`, the bytes of the piece that it is about. */
enum zest_model_step_kind {
    ZEST_STEP_WHOLE,     /* id: the piece is a token and was not taken apart */
    ZEST_STEP_BYTES,     /* a text without a token became one token for each byte */
    ZEST_STEP_UNKNOWN,   /* id: a text without a token became the unknown one */
    ZEST_STEP_DROPPED,   /* a character without a token, and there is nothing to stand for it */
    ZEST_STEP_MERGE,     /* left, right, id, rank: byte-pair encoding made one token of two */
    ZEST_STEP_SHORTER,   /* id: WordPiece found this token first, but a longer one begins here too */
    ZEST_STEP_LONGEST,   /* id: WordPiece took this token, the longest that begins here */
    ZEST_STEP_NOTHING,   /* no token begins here, which gives up the whole piece */
    ZEST_STEP_TOO_LONG,  /* rank: the most characters that the model looks at; the piece has more */
    ZEST_STEP_PATH,      /* id, score: a token of Unigram's best way */
    ZEST_STEP_RUNNER_UP, /* id, score: a token of the second-best way */
};

struct zest_model_step {
    enum zest_model_step_kind kind;
    uint32_t left, right, id, rank; /* tokens; ZEST_NO_TOKEN where there is none */
    struct zest_span span;
    double score; /* a logarithm of a probability */
};

struct zest_model_steps {
    struct zest_model_step *list;
    size_t count, capacity;
    enum zest_status status;
};

void zest_model_steps_add(struct zest_model_steps *steps, struct zest_model_step step);
void zest_model_steps_finish(struct zest_model_steps *steps); /* takes a zeroed one too */

#endif
