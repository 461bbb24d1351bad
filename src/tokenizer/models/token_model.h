/* SPDX-License-Identifier: Apache-2.0 */
/* token_model.h - the kinds of token models, for token_model.c. Each is described in the file that it ends. */
#ifndef ZEST_TOKEN_MODEL_H
#define ZEST_TOKEN_MODEL_H

#include "component.h"

extern const struct zest_token_model_kind zest_bpe_kind, zest_unigram_kind, zest_word_piece_kind, zest_word_level_kind;

#endif
