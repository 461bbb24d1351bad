/* SPDX-License-Identifier: Apache-2.0 */
/* tiktoken_file.h - reads a .tiktoken file: a token in base64 and its rank a line. */
#ifndef ZEST_TIKTOKEN_FILE_H
#define ZEST_TIKTOKEN_FILE_H

#include "definition.h"

/* True where the first line is a token in base64, a space and a number. */
bool zest_is_tiktoken(struct zest_text file);
/* `name` (without folders) may tell which encoding it is, else the number of ranks does. The file need not stay. */
enum zest_status zest_tiktoken_read(const char *name, struct zest_text file,
                                    struct zest_tokenizer_definition *definition,
                                    struct zest_error *error) ZEST_MUST_CHECK;

#endif
