/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gguf_tokenizer.h - reads the tokenizer in a GGUF's metadata.
 */
#ifndef ZEST_GGUF_TOKENIZER_H
#define ZEST_GGUF_TOKENIZER_H

#include "content_hash.h"
#include "definition.h"

/* Copies what it needs; the file need not stay. */
enum zest_status zest_gguf_tokenizer_read(const char *path, struct zest_tokenizer_definition *definition,
                                          struct zest_error *error) ZEST_MUST_CHECK;
/* Takes all keys of the tokenizer into *hash. */
enum zest_status zest_gguf_tokenizer_hash(const char *path, struct zest_content_hash *hash,
                                          struct zest_error *error) ZEST_MUST_CHECK;

#endif
