/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_definition.h - the small parts of a definition in an image: components as JSON, and what a generation wants.
 *
 *   COMPONENTS  definition.components as compact JSON
 *   ENDS        struct zest_ends_section, then the bytes of the three texts, one after the other
 */
#ifndef ZEST_IMAGE_DEFINITION_H
#define ZEST_IMAGE_DEFINITION_H

#include "image.h"

enum zest_status zest_image_definition_compile(const struct zest_tokenizer_definition *definition,
                                               struct zest_image_builder *builder,
                                               struct zest_error *error) ZEST_MUST_CHECK;
/* The caller owns *ret_components. */
enum zest_status zest_image_components(const struct zest_image *image, json_t **ret_components,
                                       struct zest_error *error) ZEST_MUST_CHECK;
/* Texts point into the image. */
enum zest_status zest_image_ends(const struct zest_image *image, struct zest_tokenizer_ends *ret_ends,
                                 struct zest_error *error) ZEST_MUST_CHECK;

#endif
