/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode_table.h - from ids to text in one go, for decoders that map tokens one by one: what each id becomes is known
 * when the tokenizer is compiled.
 *
 * ZEST_SECTION_DECODE:
 *
 *   struct zest_decode_header | uint32_t entries[count + 1] | uint32_t first[count + 1] | bytes, 16 spare
 *
 *   entry  31                3    2        1         0
 *          | offset of bytes | absent | special | part |      the next entry's offset is where the bytes end
 *
 * `part` bytes need their neighbours to be read: not UTF-8 on their own, or of a byte token. Neighbours that are parts
 * are read together as UTF-8 when their run is over; all other text is right as it stands, so that nothing else need be
 * looked at. `first` is there where the first token may become something else than later ones.
 *
 * Tuned for texts of a thousand tokens and more; a token costs a look-up and a copy of 16 bytes.
 * Threads: immutable once opened.
 */
#ifndef ZEST_DECODE_TABLE_H
#define ZEST_DECODE_TABLE_H

#include "decoder.h"
#include "image.h"

struct zest_decode_header {
    uint32_t count, has_first, longest, padding;
};

struct zest_decode_table {
    const uint32_t *entries, *first; /* first: NULL where it does not differ */
    const char *bytes;
    uint32_t count, longest; /* ids; bytes of the longest entry */
    const struct zest_decoder *decoder;
};

/*
 * Writes the section where the decoder allows it; else nothing. `added_texts` [definition->added_count] is what
 * decoding shows for added tokens (NULL: their contents): to the reference that is the normalized content where
 * `normalized` is on, and such a text is special only if it is the content of a special token.
 */
enum zest_status zest_decode_table_compile(const struct zest_tokenizer_definition *definition,
                                           const struct zest_text *added_texts, struct zest_image_builder *builder,
                                           struct zest_error *error) ZEST_MUST_CHECK;
/* False where the image has no such section. `decoder` is the image's and outlives the table, as the image does. */
bool zest_decode_table_open(const struct zest_image *image, const struct zest_decoder *decoder,
                            struct zest_decode_table *ret_table);
/* Appends what the ids decode to. Ids without a token are left out; special ones too where they are skipped. */
enum zest_status zest_decode_table_run(const struct zest_decode_table *table, struct zest_decoder_scratch *scratch,
                                       const uint32_t *ids, size_t count, bool skip_special, struct zest_buffer *out,
                                       struct zest_error *error) ZEST_MUST_CHECK;

#endif
