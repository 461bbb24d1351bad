/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast.h - known kinds of tokenizers in one go: normalizing, cutting, looking up and merging without stages between.
 *
 *   segment ─► 64 bytes at a time: classes ─► bounds of words ─► table of known words ─┬─► ids
 *                                                                    not there ─► cache ─► merges
 *
 * Gives what the plain path gives, ids and spans, or says that a segment wants the plain path.
 *
 * A struct zest_fast is immutable: any number of threads, each with a scratch of its own. Start reading at
 * fast_encode.h.
 */
#ifndef ZEST_FAST_H
#define ZEST_FAST_H

#include "image.h"

struct zest_fast;
struct zest_fast_scratch;

#define ZEST_FAST_PLAIN SIZE_MAX           /* take the plain path for this segment */
#define ZEST_FAST_NO_MEMORY (SIZE_MAX - 1) /* memory was out; nothing was lost but this segment */
#define ZEST_FAST_ROOM(size) ((size) + 16) /* ids (and spans) to have room for */

/*
 * Adds the sections FAST, FAST_WORDS and FAST_CUTS where the definition is of a known kind, else nothing (ZEST_OK too).
 * The model's sections (PAIRS) are in the builder already.
 */
enum zest_status zest_fast_compile(const struct zest_tokenizer_definition *definition,
                                   struct zest_image_builder *builder, struct zest_error *error) ZEST_MUST_CHECK;

/*
 * `cpu`: NULL or "auto", or one of the paths by name ("baseline", "avx2", "avx512"); a path that the machine or the
 * build lacks is the next lower one. *ret_fast is NULL where the image has no fast sections. It lives in the arena and
 * points into the image.
 */
enum zest_status zest_fast_open(const struct zest_image *image, const char *cpu, struct zest_arena *arena,
                                const struct zest_fast **ret_fast, struct zest_error *error) ZEST_MUST_CHECK;

void zest_fast_close(const struct zest_fast *fast); /* takes NULL */

/* The plan's normalizer is one whose work may be done before (NFC, NFKC). */
bool zest_fast_takes_normal(const struct zest_fast *fast);

/* What the plan is: "llama3, avx512". For people and tests. */
struct zest_text zest_fast_name(const struct zest_fast *fast);

/* NULL where memory is out. Serves the plan that it is first used with (it remembers words), no other. */
struct zest_fast_scratch *zest_fast_scratch_create(void);
void zest_fast_scratch_destroy(struct zest_fast_scratch *scratch); /* takes NULL */

enum zest_fast_flag {
    ZEST_FAST_FIRST = 1,  /* the segment begins the text (Metaspace's and Prepend's "first") */
    ZEST_FAST_NORMAL = 2, /* the segment is what the normalizer made; where zest_fast_takes_normal says so */
};

/*
 * Encodes a segment between added tokens: valid UTF-8, 0 .. 2^30 bytes, of which no byte outside is read. Writes ids,
 * and with `spans` where each lies in the segment (bytes, whole characters), and answers how many; or
 * ZEST_FAST_PLAIN, ZEST_FAST_NO_MEMORY (what was written is void then). ids and spans have room for
 * ZEST_FAST_ROOM(size). Allocates where a word is longer than any before it, else not.
 */
size_t zest_fast_encode(const struct zest_fast *fast, struct zest_fast_scratch *scratch, const unsigned char *text,
                        size_t size, uint32_t flags, uint32_t *ids, struct zest_span *spans);

#endif
