/* SPDX-License-Identifier: Apache-2.0 */
/*
 * normalizer_kinds.h - the kinds of normalizers, and making those without fields; for the files of this folder.
 */
#ifndef ZEST_NORMALIZER_KINDS_H
#define ZEST_NORMALIZER_KINDS_H

#include "component.h"
#include "component_json.h"
#include "transform.h"

extern const struct zest_normalizer_kind zest_normalize_bert, zest_normalize_byte_level, zest_normalize_lowercase,
    zest_normalize_nfc, zest_normalize_nfd, zest_normalize_nfkc, zest_normalize_nfkd, zest_normalize_nmt,
    zest_normalize_precompiled, zest_normalize_prepend, zest_normalize_replace, zest_normalize_sequence,
    zest_normalize_strip, zest_normalize_strip_accents;

/* For kinds without fields: an object of the kind alone. */
enum zest_status zest_normalizer_plain(const struct zest_normalizer_kind *kind, const json_t *json,
                                       struct zest_arena *arena, struct zest_normalizer **ret_normalizer,
                                       struct zest_error *error) ZEST_MUST_CHECK;

/* ---- looking inside ---- */

size_t zest_normalize_sequence_members(const struct zest_normalizer *normalizer,
                                       struct zest_normalizer *const **ret_members);
const struct zest_regex *zest_normalize_replace_regex(const struct zest_normalizer *normalizer); /* NULL: has none */

/* The words for a failure that out->status told: names the pattern that met its limit. Answers `status`. */
enum zest_status zest_normalizer_fail(const struct zest_normalizer *normalizer, enum zest_status status,
                                      struct zest_error *error);

#endif
