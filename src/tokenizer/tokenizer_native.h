/* SPDX-License-Identifier: Apache-2.0 */
/* tokenizer_native.h - the loaded tokenizer behind the native service, for the files that implement its operations. */
#ifndef ZEST_TOKENIZER_NATIVE_PRIVATE_H
#define ZEST_TOKENIZER_NATIVE_PRIVATE_H

#include "tokenizer_model.h"

#include <zest/tokenizer.h>

/* Lives as long as the service. */
struct zest_tokenizer_model *zest_tokenizer_native_model(struct zest_tokenizer *self);

#endif
