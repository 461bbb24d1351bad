/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pretokenizer_kinds.h - the kinds of pre-tokenizers and what they share: making them, telling of failures.
 */
#ifndef ZEST_PRETOKENIZER_KINDS_H
#define ZEST_PRETOKENIZER_KINDS_H

#include "component.h"
#include "component_json.h"
#include "piece_cutter.h"
#include "regex.h"

/* ---- for those who run pre-tokenizers ---- */

/*
 * True where what the pre-tokenizer does depends on where in the original its pieces begin, which it can only know if
 * they keep their origins: Metaspace with "first" behind another that cuts, or (`normalized`) behind a normalizer, which
 * may take away what the text began with.
 */
bool zest_pretokenizer_needs_origins(const struct zest_pretokenizer *pretokenizer, bool normalized);
/* The words for a failure that pieces->status told: names the pattern that met its limit. Answers `status`. */
enum zest_status zest_pretokenizer_fail(const struct zest_pretokenizer *pretokenizer, enum zest_status status,
                                        struct zest_error *error);

/* ---- for the kinds ---- */

/* A "Split" or "ByteLevel": the regular expression that it runs, or NULL. */
const struct zest_regex *zest_pre_split_regex(const struct zest_pretokenizer *pretokenizer);
const struct zest_regex *zest_pre_byte_level_regex(const struct zest_pretokenizer *pretokenizer);
bool zest_pre_metaspace_is_first(const struct zest_pretokenizer *pretokenizer);
/* A "Sequence": its members. */
size_t zest_pre_sequence_members(const struct zest_pretokenizer *pretokenizer,
                                 struct zest_pretokenizer *const **ret_members);

extern const struct zest_pretokenizer_kind zest_pre_bert, zest_pre_byte_level, zest_pre_char_delimiter, zest_pre_digits,
    zest_pre_fixed_length, zest_pre_metaspace, zest_pre_punctuation, zest_pre_sequence, zest_pre_split,
    zest_pre_unicode_scripts, zest_pre_whitespace, zest_pre_whitespace_split;

/* The "behavior" of Split and Punctuation; `missing` where it is absent, -1 there means that it is required. */
enum zest_cut zest_pre_cut(struct zest_component_reader *reader, int missing);
/* A field that must be there and one character. */
uint32_t zest_pre_character(struct zest_component_reader *reader, const char *field, struct zest_arena *arena);
/* Makes one of a kind that has no fields. */
enum zest_status zest_pre_plain(const json_t *json, const struct zest_pretokenizer_kind *kind, struct zest_arena *arena,
                                struct zest_pretokenizer **ret_pretokenizer, struct zest_error *error) ZEST_MUST_CHECK;
/* Zeroed memory of the kind's struct. */
enum zest_status zest_pre_new(struct zest_arena *arena, size_t size, const struct zest_pretokenizer_kind *kind,
                              struct zest_pretokenizer **ret_pretokenizer, struct zest_error *error) ZEST_MUST_CHECK;

#endif
