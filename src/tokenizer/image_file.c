/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_file.c - images in files, and the checksum that tells a whole one. Stateless.
 */
#include "image_format.h"
#include "word_hash.h"

uint64_t zest_image_checksum(const unsigned char *base, size_t size)
{
    struct zest_image_header header;
    memcpy(&header, base, sizeof header);
    header.checksum = 0;
    return zest_hash_pair(zest_hash_bytes(&header, sizeof header),
                          zest_hash_bytes(base + sizeof header, size - sizeof header));
}
