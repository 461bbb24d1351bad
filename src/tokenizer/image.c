/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image.c - lays sections out behind a header and finds them again.
 *
 *   struct header { magic, version, checksum of all that follows it, size, {offset, size} of each section }
 *
 * image_file.c keeps images in files. Immutable once built: any thread may read.
 */
#include "image.h"

#include "image_format.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>

const void *zest_image_section(const struct zest_image *image, enum zest_section section, size_t *ret_size)
{
    const struct zest_image_header *header = (const struct zest_image_header *)image->base;
    assert(section < ZEST_SECTION_COUNT);
    *ret_size = header->sections[section].size;
    return *ret_size > 0 ? image->base + header->sections[section].offset : NULL;
}

void zest_image_close(struct zest_image *image)
{
    if (image->mapped)
        munmap((void *)image->base, image->size);
    else
        free((void *)image->base);
    *image = (struct zest_image){0};
}

/* ---- building ---- */

static void pad(struct zest_buffer *bytes)
{
    static const char zeros[ZEST_IMAGE_ALIGN];
    zest_buffer_append(bytes, zeros, -bytes->size % ZEST_IMAGE_ALIGN);
}

void zest_image_builder_init(struct zest_image_builder *builder)
{
    static const struct zest_image_header empty;
    *builder = (struct zest_image_builder){0};
    zest_buffer_init(&builder->bytes, ZEST_IMAGE_SIZE_MAX);
    zest_buffer_append(&builder->bytes, &empty, sizeof empty);
    pad(&builder->bytes);
}

void zest_image_builder_finish(struct zest_image_builder *builder)
{
    zest_buffer_finish(&builder->bytes);
}

void zest_image_add(struct zest_image_builder *builder, enum zest_section section, const void *data, size_t size)
{
    assert(section < ZEST_SECTION_COUNT && builder->sizes[section] == 0);
    builder->offsets[section] = builder->bytes.size;
    builder->sizes[section] = size;
    zest_buffer_append(&builder->bytes, data, size);
    pad(&builder->bytes);
}

void zest_image_builder_view(struct zest_image_builder *builder, struct zest_image *ret_image)
{
    struct zest_image_header *header = (struct zest_image_header *)builder->bytes.data;
    assert(!builder->bytes.failed);
    for (size_t i = 0; i < ZEST_SECTION_COUNT; i++) {
        header->sections[i].offset = builder->offsets[i];
        header->sections[i].size = builder->sizes[i];
    }
    *ret_image = (struct zest_image){(const unsigned char *)builder->bytes.data, builder->bytes.size, false};
}

enum zest_status zest_image_build(struct zest_image_builder *builder, struct zest_image *ret_image,
                                  struct zest_error *error)
{
    struct zest_buffer *bytes = &builder->bytes;
    /* Sections want the alignment that a mapping has, malloc's may be smaller. */
    unsigned char *base = bytes->failed ? NULL : aligned_alloc(ZEST_IMAGE_ALIGN, bytes->size);
    if (!base)
        return zest_fail(error, ZEST_OUT_OF_MEMORY,
                         "no memory for a compiled tokenizer of %zu bytes or more (%zu are possible)", bytes->size,
                         ZEST_IMAGE_SIZE_MAX);
    memcpy(base, bytes->data, bytes->size);
    struct zest_image_header *header = (struct zest_image_header *)base;
    *header = (struct zest_image_header){
        .version = ZEST_IMAGE_VERSION, .section_count = ZEST_SECTION_COUNT, .size = bytes->size};
    memcpy(header->magic, ZEST_IMAGE_MAGIC, sizeof header->magic);
    for (size_t i = 0; i < ZEST_SECTION_COUNT; i++) {
        header->sections[i].offset = builder->offsets[i];
        header->sections[i].size = builder->sizes[i];
    }
    header->checksum = zest_image_checksum(base, bytes->size);
    *ret_image = (struct zest_image){base, bytes->size, false};
    return ZEST_OK;
}
