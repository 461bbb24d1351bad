/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model_folder.h - reads the tokenizer of a model's folder in the form of Hugging Face.
 */
#ifndef ZEST_MODEL_FOLDER_H
#define ZEST_MODEL_FOLDER_H

#include "definition.h"

/* The files that a definition may be made of. */
extern const char *const zest_model_folder_files[];
extern const size_t zest_model_folder_file_count;

enum zest_status zest_model_folder_read(const char *path, struct zest_tokenizer_definition *definition,
                                        struct zest_error *error) ZEST_MUST_CHECK;

#endif
