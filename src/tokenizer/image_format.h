/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_format.h - the head of an image; for image.c and image_file.c alone.
 */
#ifndef ZEST_TOKENIZER_IMAGE_FORMAT_H
#define ZEST_TOKENIZER_IMAGE_FORMAT_H

#include "image.h"

#define ZEST_IMAGE_MAGIC "zest-tok"
#define ZEST_IMAGE_VERSION 10u /* raised with every change of any section's meaning: older images are made again */
#define ZEST_IMAGE_ALIGN ((size_t)64)
#define ZEST_IMAGE_SIZE_MAX ((size_t)1 << 30)

struct zest_image_header {
    char magic[8];
    uint32_t version, section_count;
    uint64_t size;     /* of the whole image, a multiple of ZEST_IMAGE_ALIGN */
    uint64_t checksum; /* of the whole image, this field read as 0 */
    struct {
        uint64_t offset, size;
    } sections[ZEST_SECTION_COUNT];
};

/* image_file.c; as fast as memory can be read. */
uint64_t zest_image_checksum(const unsigned char *base, size_t size);

#endif
