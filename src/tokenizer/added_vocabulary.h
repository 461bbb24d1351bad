/* SPDX-License-Identifier: Apache-2.0 */
/*
 * added_vocabulary.h - tokens that are found in the text itself, before it is cut and merged.
 *
 * There are two sets: tokens with `normalized: false` are looked for in the raw text, the others, in their normalized
 * form, in each normalized piece between them.
 *
 *   ADDED         struct zest_added_entry[count], by id
 *   ADDED_TEXTS   their contents, then their normalized forms where those differ
 *   ADDED_TRIES   two tries (added_trie.h), raw and normalized; their values are places in the list
 *
 * Source    Hugging Face tokenizers 0.23, AddedVocabulary.
 */
#ifndef ZEST_ADDED_VOCABULARY_H
#define ZEST_ADDED_VOCABULARY_H

#include "added_trie.h"
#include "component.h"

enum {
    ZEST_ADDED_SPECIAL = 1,
    ZEST_ADDED_NORMALIZED = 2,
    ZEST_ADDED_LSTRIP = 4,
    ZEST_ADDED_RSTRIP = 8,
    ZEST_ADDED_SINGLE_WORD = 16,
    ZEST_ADDED_READS_SPECIAL = 32, /* its text, as decoding sees it, is that of a special token */
};

struct zest_added_entry {
    uint32_t id, flags;
    uint32_t content, content_size; /* in ADDED_TEXTS */
    uint32_t decoded, decoded_size; /* its normalized form: what decoding and the second search work with */
};

struct zest_added_vocabulary {
    const struct zest_added_entry *entries; /* ascending ids */
    const char *texts;
    uint32_t count;
    struct zest_added_trie raw, normalized;
};

/* What was found: [start, end) of the text, white space that the token strips included. */
struct zest_added_match {
    size_t start, end;
    const struct zest_added_entry *entry;
};

/* Where a search stands. `from`: behind the last match found in the trie; `done`: behind what was handed out. */
struct zest_added_search {
    const unsigned char *text;
    size_t size, from, done;
    const struct zest_added_vocabulary *vocabulary;
    const struct zest_added_trie *trie;
    bool keep_special; /* tokens with `special` are not looked for: their characters are text */
};

enum zest_status zest_added_vocabulary_compile(const struct zest_tokenizer_definition *definition,
                                               struct zest_image_builder *builder,
                                               struct zest_error *error) ZEST_MUST_CHECK;
/* Points into the image, which outlives it. An image without these sections has no added tokens. */
enum zest_status zest_added_vocabulary_open(const struct zest_image *image, struct zest_added_vocabulary *ret_added,
                                            struct zest_error *error) ZEST_MUST_CHECK;

/* The entry of an id, or NULL. */
const struct zest_added_entry *zest_added_find_id(const struct zest_added_vocabulary *added, uint32_t id);

static inline struct zest_text zest_added_content(const struct zest_added_vocabulary *added,
                                                  const struct zest_added_entry *entry)
{
    return (struct zest_text){added->texts + entry->content, entry->content_size};
}

/* The text that decoding works with: the content, normalized where the token is `normalized`. */
static inline struct zest_text zest_added_decoded(const struct zest_added_vocabulary *added,
                                                  const struct zest_added_entry *entry)
{
    return (struct zest_text){added->texts + entry->decoded, entry->decoded_size};
}

/*
 * The next match: leftmost, of those the longest; one that `single_word` forbids is passed over as text. Matches may
 * overlap where one strips white space that the next begins in; a match's start is never before the previous end of
 * what was text. False where there is none.
 */
bool zest_added_next(struct zest_added_search *search, struct zest_added_match *ret_match);

#endif
