/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenizer_json.h - reads the tokenizer.json of Hugging Face tokenizers. For definition_read.c, tests and fuzzing.
 */
#ifndef ZEST_TOKENIZER_JSON_H
#define ZEST_TOKENIZER_JSON_H

#include "definition.h"

/*
 * `document` outlives the definition, which is zeroed but for its arena. `name` is the file's, for errors. What the
 * reference refuses is refused, and so is what would leave an id open.
 */
enum zest_status zest_tokenizer_json_read(const char *name, struct zest_text document,
                                          struct zest_tokenizer_definition *definition,
                                          struct zest_error *error) ZEST_MUST_CHECK;

#endif
