/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image.h - a compiled tokenizer: sections of plain data without pointers, the same in memory and in a mapped file.
 *
 *   header | table of sections | section 0 | section 1 | …        each section begins at a multiple of 64 bytes
 *
 * Loading a tokenizer is: look for its image in the cache by the file's content; else read the file, compile, keep the
 * image. A damaged or foreign image is found by its checksum or version and made again.
 *
 * A built or opened image is immutable: any number of threads may read.
 */
#ifndef ZEST_TOKENIZER_IMAGE_H
#define ZEST_TOKENIZER_IMAGE_H

#include "definition.h"

/* Who writes and reads each is said beside it; formats are drawn there. */
enum zest_section {
    ZEST_SECTION_COMPONENTS,    /* image.c: definition.components as compact JSON */
    ZEST_SECTION_ENDS,          /* image.c: struct zest_tokenizer_ends, its texts */
    ZEST_SECTION_TOKEN_TEXTS,   /* vocabulary.c */
    ZEST_SECTION_TOKEN_OFFSETS, /* vocabulary.c */
    ZEST_SECTION_TOKEN_SLOTS,   /* vocabulary.c */
    ZEST_SECTION_SCORES,        /* models/unigram.c */
    ZEST_SECTION_MODEL_TRIE,    /* models/: unigram, wordpiece */
    ZEST_SECTION_PAIRS,         /* models/bpe: pairs that merge */
    ZEST_SECTION_ADDED,         /* added_tokens.c: flags and ids */
    ZEST_SECTION_ADDED_TEXTS,   /* added_tokens.c */
    ZEST_SECTION_ADDED_TRIES,   /* added_tokens.c */
    ZEST_SECTION_FAST,          /* fast/: parameters of the chosen plan */
    ZEST_SECTION_FAST_WORDS,    /* fast/: words whose tokens are known */
    ZEST_SECTION_FAST_CUTS,     /* fast/: pairs of characters that no token holds */
    ZEST_SECTION_DECODE,        /* decoders/: id -> bytes for the decoders that allow it */
    ZEST_SECTION_COUNT,
};

struct zest_image {
    const unsigned char *base; /* a mapping: of a file, or of memory */
    size_t size;
};

/* The section's bytes, aligned to 64, or NULL (size 0) where the image has none. */
const void *zest_image_section(const struct zest_image *image, enum zest_section section, size_t *ret_size);
void zest_image_close(struct zest_image *image); /* takes a zeroed one too */

/* ---- building ---- */

struct zest_image_builder {
    unsigned char *base;   /* a mapping, zero behind `size` */
    size_t size, capacity;
    bool failed;           /* memory was out */
    uint64_t offsets[ZEST_SECTION_COUNT], sizes[ZEST_SECTION_COUNT];
};

void zest_image_builder_init(struct zest_image_builder *builder);
void zest_image_builder_finish(struct zest_image_builder *builder);
/*
 * Room for a section, all zero, to be filled before the next is added. Each section once, in any order. NULL where
 * memory is out: the builder has failed as a whole then. `size` is not 0.
 */
void *zest_image_add_space(struct zest_image_builder *builder, enum zest_section section, size_t size);
/* Copies; a section of size 0 is as one never added. */
void zest_image_add(struct zest_image_builder *builder, enum zest_section section, const void *data, size_t size);
/* What was added so far, to be read by those who add more; valid until the next is added. */
void zest_image_builder_view(struct zest_image_builder *builder, struct zest_image *ret_image);
/* Writes header, table and checksum; the image takes the bytes. */
enum zest_status zest_image_build(struct zest_image_builder *builder, struct zest_image *ret_image,
                                  struct zest_error *error) ZEST_MUST_CHECK;

/* ---- files ---- */

/* Maps an image file and checks it. ZEST_MODEL_DAMAGED where it is none, damaged, or of another version. */
enum zest_status zest_image_open(const char *path, struct zest_image *ret_image,
                                 struct zest_error *error) ZEST_MUST_CHECK;
/* Writes beside and renames, so that nobody sees half a file. */
enum zest_status zest_image_save(const struct zest_image *image, const char *path,
                                 struct zest_error *error) ZEST_MUST_CHECK;

#endif
