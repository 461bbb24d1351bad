/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token_trie.h - the vocabulary as a trie of bytes: which tokens begin at a place of a text.
 *
 * ZEST_SECTION_MODEL_TRIE: uint32_t units[], a double array. Unit 0 is the root. A unit is one of
 *
 *   node    31  30              9   8       7       0
 *           | 0 | base           | v | label        |   children: units[base ^ byte], where their label is that byte
 *   leaf    | 1 | id             | 1 | label        |   a node without children
 *   value   | id                     | 0xFF         |   units[base ^ 0xFF] of a node with v = 1
 *   unused  0x000000FF
 *
 * 0xFF is in no UTF-8 text, so that labels of values and unused units match no byte; no two nodes have one base.
 *
 * Source: Aoe, An Efficient Digital Search Algorithm by Using a Double-Array Structure, IEEE TSE 15 (9), 1989; bases
 * that are xored, as in Yata's darts-clone, keep a node's children in one block of 256 units.
 * Threads: immutable once opened.
 */
#ifndef ZEST_TOKEN_TRIE_H
#define ZEST_TOKEN_TRIE_H

#include "image.h"

#define ZEST_TRIE_VALUE 0x100u
#define ZEST_TRIE_LEAF 0x80000000u
#define ZEST_TRIE_UNUSED 0xFFu

struct zest_token_trie {
    const uint32_t *units;
};

/* Steps from the node `*unit` by a byte below 0xFF; false (and *unit as it was) where no token goes on so. */
static inline bool zest_trie_step(const struct zest_token_trie *trie, uint32_t *unit, unsigned char byte)
{
    if (*unit & ZEST_TRIE_LEAF)
        return false;
    uint32_t next = trie->units[*unit >> 9 ^ byte];
    if ((next & 0xFF) != byte)
        return false;
    *unit = next;
    return true;
}

/* The token that ends at this node, or ZEST_NO_TOKEN. */
static inline uint32_t zest_trie_token(const struct zest_token_trie *trie, uint32_t unit)
{
    if (!(unit & ZEST_TRIE_VALUE))
        return ZEST_NO_TOKEN;
    return unit & ZEST_TRIE_LEAF ? (unit & ~ZEST_TRIE_LEAF) >> 9 : trie->units[unit >> 9 ^ 0xFF] >> 8;
}

/* Writes the section: every token with a text, of two ids with one text the last. */
enum zest_status zest_token_trie_compile(const struct zest_tokenizer_definition *definition,
                                         struct zest_image_builder *builder, struct zest_error *error) ZEST_MUST_CHECK;
/* The trie points into the image, which outlives it. */
enum zest_status zest_token_trie_open(const struct zest_image *image, struct zest_token_trie *ret_trie,
                                      struct zest_error *error) ZEST_MUST_CHECK;

#endif
