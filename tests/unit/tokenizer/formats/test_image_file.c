/* SPDX-License-Identifier: Apache-2.0 */
/* test_image_file.c - images in files: written whole, read back, and refused however they are damaged. */
#include "zest_test.h"

#include "content_hash.h"
#include "image_format.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static struct zest_image build(size_t section_size)
{
    struct zest_image_builder builder;
    struct zest_image image = {0};
    struct zest_error error = {0};
    unsigned char *bytes = malloc(section_size);
    for (size_t i = 0; i < section_size; i++)
        bytes[i] = (unsigned char)(i * 7 + i / 251);
    zest_image_builder_init(&builder);
    zest_image_add(&builder, ZEST_SECTION_TOKEN_TEXTS, bytes, section_size);
    zest_image_add(&builder, ZEST_SECTION_COMPONENTS, "{}", 2);
    ZEST_CHECK_OK(zest_image_build(&builder, &image, &error), &error);
    zest_image_builder_finish(&builder);
    free(bytes);
    return image;
}

static void make_folder(char path[64])
{
    snprintf(path, 64, "/tmp/zest-image-XXXXXX");
    ZEST_CHECK(mkdtemp(path) != NULL);
}

ZEST_TEST(an_image_comes_back_as_it_was_saved)
{
    char folder[64], path[80];
    struct zest_image image = build(100000), opened = {0};
    struct zest_error error = {0};
    size_t size;
    make_folder(folder);
    snprintf(path, sizeof path, "%s/image", folder);
    ZEST_CHECK_OK(zest_image_save(&image, path, &error), &error);
    ZEST_CHECK_OK(zest_image_open(path, &opened, &error), &error);
    ZEST_CHECK(opened.size == image.size && memcmp(opened.base, image.base, image.size) == 0);
    const void *section = zest_image_section(&opened, ZEST_SECTION_COMPONENTS, &size);
    ZEST_CHECK_TEXT(((struct zest_text){section, size}), ZEST_TEXT("{}"));
    ZEST_CHECK_INT((uintptr_t)section % ZEST_IMAGE_ALIGN, 0);
    ZEST_CHECK(zest_image_section(&opened, ZEST_SECTION_FAST, &size) == NULL && size == 0);
    zest_image_close(&opened);
    zest_image_close(&image);
    ZEST_CHECK(unlink(path) == 0 && rmdir(folder) == 0); /* nothing else lies beside it */
}

/* Writes `image` with one byte changed by `mask`, and opens it. */
static bool opens_bent(const char *path, const struct zest_image *image, size_t at, unsigned char mask)
{
    struct zest_image opened;
    struct zest_error error = {0};
    int fd = open(path, O_RDWR);
    unsigned char byte = image->base[at] ^ mask;
    ZEST_CHECK_INT(pwrite(fd, &byte, 1, (off_t)at), 1);
    enum zest_status status = zest_image_open(path, &opened, &error);
    if (status == ZEST_OK)
        zest_image_close(&opened);
    else
        ZEST_CHECK(status == ZEST_MODEL_DAMAGED && strstr(error.message, path));
    ZEST_CHECK_INT(pwrite(fd, &image->base[at], 1, (off_t)at), 1);
    (void)close(fd);
    return status == ZEST_OK;
}

ZEST_TEST(every_changed_byte_is_found)
{
    char folder[64], path[80];
    struct zest_image image = build(3000), opened = {0};
    struct zest_error error = {0};
    make_folder(folder);
    snprintf(path, sizeof path, "%s/image", folder);
    ZEST_CHECK_OK(zest_image_save(&image, path, &error), &error);
    for (size_t at = 0; at < image.size; at++)
        for (unsigned bit = at % 4; bit < 8; bit += 4)
            if (opens_bent(path, &image, at, (unsigned char)(1u << bit)))
                ZEST_FAILED("bit %u of byte %zu of %zu can change", bit, at, image.size);
    ZEST_CHECK_OK(zest_image_open(path, &opened, &error), &error);
    zest_image_close(&opened);
    zest_image_close(&image);
    (void)unlink(path);
    (void)rmdir(folder);
}

ZEST_TEST(a_cut_or_grown_file_is_found)
{
    char folder[64], path[80];
    struct zest_image image = build(3000), opened = {0};
    struct zest_error error = {0};
    make_folder(folder);
    snprintf(path, sizeof path, "%s/image", folder);
    for (size_t size = 0; size <= image.size + 64; size += 16) {
        ZEST_CHECK_OK(zest_image_save(&image, path, &error), &error);
        ZEST_CHECK_INT(truncate(path, (off_t)size), 0);
        enum zest_status status = zest_image_open(path, &opened, &error);
        ZEST_CHECK_INT(status, size == image.size ? ZEST_OK : ZEST_MODEL_DAMAGED);
        if (status == ZEST_OK)
            zest_image_close(&opened);
    }
    zest_image_close(&image);
    (void)unlink(path);
    (void)rmdir(folder);
}

/* A header that is wrong with a right checksum. */
static void check_header(void (*bend)(struct zest_image_header *header), const char *part)
{
    char folder[64], path[80];
    struct zest_image image = build(3000), opened;
    struct zest_error error = {0};
    struct zest_image_header *header = (struct zest_image_header *)image.base;
    make_folder(folder);
    snprintf(path, sizeof path, "%s/image", folder);
    bend(header);
    header->checksum = zest_image_checksum(image.base, image.size);
    ZEST_CHECK_OK(zest_image_save(&image, path, &error), &error);
    ZEST_CHECK_INT(zest_image_open(path, &opened, &error), ZEST_MODEL_DAMAGED);
    if (!strstr(error.message, part))
        ZEST_FAILED("\"%s\" does not say \"%s\"", error.message, part);
    zest_image_close(&image);
    (void)unlink(path);
    (void)rmdir(folder);
}

static void other_magic(struct zest_image_header *header)
{
    header->magic[0] = 'Z';
}

static void other_version(struct zest_image_header *header)
{
    header->version++;
}

static void other_sections(struct zest_image_header *header)
{
    header->section_count++;
}

static void other_size(struct zest_image_header *header)
{
    header->size += ZEST_IMAGE_ALIGN;
}

static void far_offset(struct zest_image_header *header)
{
    header->sections[ZEST_SECTION_COMPONENTS].offset = (uint64_t)1 << 62;
}

static void long_section(struct zest_image_header *header)
{
    header->sections[ZEST_SECTION_COMPONENTS].size = UINT64_MAX;
}

static void odd_offset(struct zest_image_header *header)
{
    header->sections[ZEST_SECTION_COMPONENTS].offset += 8;
}

static void in_header(struct zest_image_header *header)
{
    header->sections[ZEST_SECTION_COMPONENTS].offset = 64;
}

ZEST_TEST(wrong_headers_are_refused_whatever_the_checksum)
{
    check_header(other_magic, "is no compiled tokenizer");
    check_header(other_version, "is a compiled tokenizer of version ");
    check_header(other_sections, "sections");
    check_header(other_size, "don't fit");
    check_header(far_offset, "don't fit");
    check_header(long_section, "don't fit");
    check_header(odd_offset, "don't fit");
    check_header(in_header, "don't fit");
}

ZEST_TEST(files_that_are_none_are_refused)
{
    struct zest_image opened;
    struct zest_error error = {0};
    ZEST_CHECK_INT(zest_image_open("/nonexistent/image", &opened, &error), ZEST_NOT_FOUND);
    ZEST_CHECK(zest_image_open("/tmp", &opened, &error) != ZEST_OK);
    ZEST_CHECK(zest_image_open("/dev/null", &opened, &error) != ZEST_OK);
}

ZEST_TEST(what_can_not_be_saved_leaves_nothing)
{
    struct zest_image image = build(10);
    struct zest_error error = {0};
    ZEST_CHECK_INT(zest_image_save(&image, "/nonexistent/folder/image", &error), ZEST_IO);
    ZEST_CHECK(strstr(error.message, "/nonexistent/folder/image") != NULL);
    zest_image_close(&image);
}

ZEST_TEST(content_hashes_tell_sizes_places_and_orders_apart)
{
    unsigned char bytes[300] = {0};
    struct zest_content_hash none = {0}, seen[600];
    size_t count = 0;
    for (size_t size = 0; size <= 200; size++)
        seen[count++] = zest_content_hash(none, bytes, size); /* zeros of each size */
    for (size_t at = 0; at < 200; at++) {
        bytes[at] = 1;
        seen[count++] = zest_content_hash(none, bytes, 200);
        bytes[at] = 0;
    }
    seen[count++] = zest_content_hash(zest_content_hash(none, "ab", 2), "c", 1);
    seen[count++] = zest_content_hash(zest_content_hash(none, "a", 1), "bc", 2);
    seen[count++] = zest_content_hash(none, "abc", 3);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (seen[i].a == seen[k].a || seen[i].b == seen[k].b)
                ZEST_FAILED("hashes %zu and %zu are equal", i, k);
}
