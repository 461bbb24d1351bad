/* SPDX-License-Identifier: Apache-2.0 */
/* end_tokens.h - the tokens that end a generation. For the readers of formats/. */
#ifndef ZEST_END_TOKENS_H
#define ZEST_END_TOKENS_H

#include "definition.h"

/* Adds an id that is not there yet; -1 and what is beyond ZEST_END_IDS_MAX is left out. */
void zest_ends_add(struct zest_tokenizer_ends *ends, int32_t id);
/* Adds eos and the special tokens that end a generation in known families, and sorts all. */
void zest_ends_settle(struct zest_tokenizer_definition *definition);

#endif
