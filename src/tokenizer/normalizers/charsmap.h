/* SPDX-License-Identifier: Apache-2.0 */
/*
 * charsmap.h - the character map of a SentencePiece model ("precompiled_charsmap").
 *
 *   uint32 trie size in bytes | trie: uint32 units (a double array, Darts-clone) | replacements, a NUL behind each
 *
 * A unit: bit 31 it is a value; bits 0-7 the label; bit 8 a value hangs here; bit 9 the offset is shifted by 8; bits
 * 10-30 the offset. Values are places in the replacements. Little-endian. Immutable once made: any thread.
 */
#ifndef ZEST_CHARSMAP_H
#define ZEST_CHARSMAP_H

#include <zest/core.h>

struct zest_charsmap {
    const uint32_t *units;
    size_t unit_count;
    struct zest_text replacements; /* valid UTF-8 */
};

/* From base64 (RFC 4648, padded). The map lies in the arena. ZEST_MODEL_DAMAGED where it is none. */
enum zest_status zest_charsmap_create(struct zest_text base64, struct zest_arena *arena, struct zest_charsmap *ret_map,
                                      struct zest_error *error) ZEST_MUST_CHECK;

/*
 * What stands for the *shortest* beginning of `text` that the map has; the reference takes that one for the whole.
 * False where it has none. A damaged map finds nothing rather than reading outside.
 */
bool zest_charsmap_find(const struct zest_charsmap *map, const unsigned char *text, size_t size,
                        struct zest_text *ret_replacement);

#endif
