/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_cache.h - the compiled form of a tokenizer file, from a cache folder where it was compiled before.
 *
 *   CONTENT.zest-tokenizer  the image of sources with this content
 *   PLACE.zest-source       that the source at this place, while its size and times stay, has CONTENT
 *
 * A second load of an unchanged source reads neither the source nor anything but the image. Damaged, foreign and
 * outdated entries are made again; a folder that can't be written or made is no error. Processes may share a folder:
 * entries appear whole or not at all.
 */
#ifndef ZEST_IMAGE_CACHE_H
#define ZEST_IMAGE_CACHE_H

#include "image.h"

struct zest_image_load_options {
    const char *cache_folder; /* NULL: none */
    /* NULL: zest_image_compile */
    enum zest_status (*compile)(const struct zest_tokenizer_definition *definition, struct zest_image *ret_image,
                                struct zest_error *error);
};

/* `path` is a file of any format or a model's folder (definition.h). The caller closes the image. */
enum zest_status zest_image_load(const char *path, const struct zest_image_load_options *options,
                                 struct zest_image *ret_image, struct zest_error *error) ZEST_MUST_CHECK;

#endif
