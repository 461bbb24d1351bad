/* SPDX-License-Identifier: Apache-2.0 */
/* tokenize_stream.h - `zest tokenize --stream`: stdin of any size to ids, as they become final. */
#ifndef ZEST_PROGRAM_TOKENIZE_STREAM_H
#define ZEST_PROGRAM_TOKENIZE_STREAM_H

#include "command.h"

/* Says on stderr where the tokenizer allows no cuts, unless `quiet`. With `json` a line {"ids": […]} each time. */
enum zest_status tokenize_stream(struct zest_env *env, bool json, bool quiet, struct zest_error *error);

#endif
