/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vocab_text.h - the older files of Hugging Face's folders: vocab.txt (WordPiece), vocab.json with merges.txt (BPE).
 *
 * `config` is the tokenizer_config.json beside them, or NULL. The files outlive the definition.
 */
#ifndef ZEST_VOCAB_TEXT_H
#define ZEST_VOCAB_TEXT_H

#include "definition.h"

enum zest_status zest_vocab_txt_read(const char *name, struct zest_text file, const json_t *config,
                                     struct zest_tokenizer_definition *definition,
                                     struct zest_error *error) ZEST_MUST_CHECK;
enum zest_status zest_vocab_json_read(const char *name, struct zest_text vocab, struct zest_text merges,
                                      const json_t *config, struct zest_tokenizer_definition *definition,
                                      struct zest_error *error) ZEST_MUST_CHECK;

#endif
