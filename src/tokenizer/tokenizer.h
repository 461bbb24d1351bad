/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenizer.h - makes the tokenizer service's native implementation. For the binding layer.
 */
#ifndef ZEST_TOKENIZER_H
#define ZEST_TOKENIZER_H

#include <zest/api/tokenizer.h>

struct zest_tokenizer_options {
    const char *model_path; /* a GGUF file; read while the tokenizer is made, not kept open */
};

/* The caller destroys it by zest_tokenizer_native_destroy. */
enum zest_status zest_tokenizer_native_create(const struct zest_tokenizer_options *options,
                                              struct zest_tokenizer **ret_tokenizer,
                                              struct zest_error *error) ZEST_MUST_CHECK;

#endif
