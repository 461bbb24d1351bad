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
#include "large_memory.h"

#include <assert.h>
#include <sys/mman.h>

#define FIRST_CAPACITY ((size_t)1 << 16)

const void *zest_image_section(const struct zest_image *image, enum zest_section section, size_t *ret_size)
{
    const struct zest_image_header *header = (const struct zest_image_header *)image->base;
    assert(section < ZEST_SECTION_COUNT);
    *ret_size = header->sections[section].size;
    return *ret_size > 0 ? image->base + header->sections[section].offset : NULL;
}

void zest_image_close(struct zest_image *image)
{
    if (image->base)
        munmap((void *)image->base, image->size);
    *image = (struct zest_image){0};
}

/* ---- building ---- */

static size_t padded(size_t size)
{
    return (size + ZEST_IMAGE_ALIGN - 1) & ~(ZEST_IMAGE_ALIGN - 1);
}

static void *map_anonymous(size_t size)
{
    void *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return base == MAP_FAILED ? NULL : base;
}

/* Where pages can't be moved (under instruction counters, for one) their content is copied. */
static void *move_pages(void *from, size_t size, size_t capacity)
{
    void *base = mremap(from, size, capacity, MREMAP_MAYMOVE);
    if (base != MAP_FAILED)
        return base;
    base = map_anonymous(capacity);
    if (base) {
        memcpy(base, from, size);
        munmap(from, size);
    }
    return base;
}

/* Pages move where they are, so that nothing is copied; those that nothing was written to take no memory. */
static bool grow(struct zest_image_builder *builder, size_t capacity)
{
    void *base = builder->base ? move_pages(builder->base, builder->capacity, capacity) : map_anonymous(capacity);
    if (!base)
        return false;
    zest_advise_huge(base, capacity);
    builder->base = base;
    builder->capacity = capacity;
    return true;
}

/* Moves the end to `size`. */
static void reserve(struct zest_image_builder *builder, size_t size)
{
    size_t capacity = builder->capacity > 0 ? builder->capacity : FIRST_CAPACITY;
    while (capacity < size && capacity < ZEST_IMAGE_SIZE_MAX)
        capacity *= 2;
    if (builder->failed || size > ZEST_IMAGE_SIZE_MAX ||
        (capacity > builder->capacity && !grow(builder, capacity)))
        builder->failed = true;
    else
        builder->size = size;
}

void zest_image_builder_init(struct zest_image_builder *builder)
{
    *builder = (struct zest_image_builder){0};
    reserve(builder, padded(sizeof(struct zest_image_header)));
}

void zest_image_builder_finish(struct zest_image_builder *builder)
{
    if (builder->base)
        munmap(builder->base, builder->capacity);
    *builder = (struct zest_image_builder){0};
}

void *zest_image_add_space(struct zest_image_builder *builder, enum zest_section section, size_t size)
{
    size_t offset = builder->size;
    assert(section < ZEST_SECTION_COUNT && builder->sizes[section] == 0 && size > 0);
    if (size > ZEST_IMAGE_SIZE_MAX)
        builder->failed = true;
    else
        reserve(builder, offset + padded(size));
    if (builder->failed)
        return NULL;
    builder->offsets[section] = offset;
    builder->sizes[section] = size;
    return builder->base + offset;
}

void zest_image_add(struct zest_image_builder *builder, enum zest_section section, const void *data, size_t size)
{
    void *space = size > 0 ? zest_image_add_space(builder, section, size) : NULL;
    if (space)
        memcpy(space, data, size);
}

static void write_places(const struct zest_image_builder *builder)
{
    struct zest_image_header *header = (struct zest_image_header *)builder->base;
    for (size_t i = 0; i < ZEST_SECTION_COUNT; i++) {
        header->sections[i].offset = builder->offsets[i];
        header->sections[i].size = builder->sizes[i];
    }
}

void zest_image_builder_view(struct zest_image_builder *builder, struct zest_image *ret_image)
{
    assert(!builder->failed);
    write_places(builder);
    *ret_image = (struct zest_image){builder->base, builder->size};
}

/* Writes the header; gives back the pages behind the image. False where the system can't. */
static bool seal(struct zest_image_builder *builder)
{
    struct zest_image_header *header = (struct zest_image_header *)builder->base;
    *header = (struct zest_image_header){
        .version = ZEST_IMAGE_VERSION, .section_count = ZEST_SECTION_COUNT, .size = builder->size};
    memcpy(header->magic, ZEST_IMAGE_MAGIC, sizeof header->magic);
    write_places(builder);
    header->checksum = zest_image_checksum(builder->base, builder->size);
    return mremap(builder->base, builder->capacity, builder->size, 0) == builder->base;
}

enum zest_status zest_image_build(struct zest_image_builder *builder, struct zest_image *ret_image,
                                  struct zest_error *error)
{
    if (builder->failed || !seal(builder))
        return zest_fail(error, ZEST_OUT_OF_MEMORY,
                         "no memory for a compiled tokenizer of %zu bytes or more (%zu are possible)", builder->size,
                         ZEST_IMAGE_SIZE_MAX);
    *ret_image = (struct zest_image){builder->base, builder->size};
    *builder = (struct zest_image_builder){0};
    return ZEST_OK;
}
