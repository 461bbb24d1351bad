/* SPDX-License-Identifier: Apache-2.0 */
/* image_compile.h - makes an image from a definition: all sections of all parts. */
#ifndef ZEST_IMAGE_COMPILE_H
#define ZEST_IMAGE_COMPILE_H

#include "image.h"

enum zest_status zest_image_compile(const struct zest_tokenizer_definition *definition, struct zest_image *ret_image,
                                    struct zest_error *error) ZEST_MUST_CHECK;

#endif
