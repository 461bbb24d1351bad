/* SPDX-License-Identifier: Apache-2.0 */
/* tokenize_compare.h - `zest tokenize --compare FILE TEXT`: two tokenizers side by side. */
#ifndef ZEST_PROGRAM_TOKENIZE_COMPARE_H
#define ZEST_PROGRAM_TOKENIZE_COMPARE_H

#include "command.h"

enum zest_status tokenize_compare(struct zest_env *env, const char *other, const char *text, bool json,
                                  struct zest_error *error);

#endif
