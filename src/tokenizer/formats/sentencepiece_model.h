/* SPDX-License-Identifier: Apache-2.0 */
/* sentencepiece_model.h - reads a SentencePiece model (tokenizer.model, spiece.model). */
#ifndef ZEST_SENTENCEPIECE_MODEL_H
#define ZEST_SENTENCEPIECE_MODEL_H

#include "definition.h"
#include "sentencepiece_proto.h"

/*
 * `file` outlives the definition. `config` is the tokenizer_config.json beside it, or NULL: then the model is taken for
 * what its own settings say.
 */
enum zest_status zest_sentencepiece_model_read(const char *name, struct zest_text file, const json_t *config,
                                               struct zest_tokenizer_definition *definition,
                                               struct zest_error *error) ZEST_MUST_CHECK;

#endif
