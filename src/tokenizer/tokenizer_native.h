/* SPDX-License-Identifier: Apache-2.0 */
/* tokenizer_native.h - the loaded tokenizer behind the native service, for the files that implement its operations. */
#ifndef ZEST_TOKENIZER_NATIVE_PRIVATE_H
#define ZEST_TOKENIZER_NATIVE_PRIVATE_H

#include "tokenizer_model.h"

#include <zest/tokenizer.h>

/* Lives as long as the service. */
struct zest_tokenizer_model *zest_tokenizer_native_model(struct zest_tokenizer *self);

/* ---- which files operations may read: tokenizer_files.c ---- */

struct zest_tokenizer_files {
    char *opened; /* the tokenizer's own path */
    char *folder; /* only what lies below it (or is `opened`) may be read; NULL: anything */
    char *cache;  /* for compiled tokenizers; NULL: none */
};

enum zest_status zest_tokenizer_files_copy(const struct zest_tokenizer_options *options,
                                           struct zest_tokenizer_files *ret_files,
                                           struct zest_error *error) ZEST_MUST_CHECK;
void zest_tokenizer_files_finish(struct zest_tokenizer_files *files); /* takes a zeroed one too */
const struct zest_tokenizer_files *zest_tokenizer_native_files(struct zest_tokenizer *self);

/*
 * The file that an operation may read for `path`, a C string for free(). A path that is not allowed and one that does
 * not exist fail alike, so that nobody learns what there is.
 */
enum zest_status zest_tokenizer_files_allow(const struct zest_tokenizer_files *files, struct zest_text path,
                                            const char *param, char **ret_path,
                                            struct zest_error *error) ZEST_MUST_CHECK;

#endif
