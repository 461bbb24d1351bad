/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_stream.h - reads JSON (RFC 8259) from front to back without making a tree: for files of tens of megabytes.
 *
 * The caller walks through the document in its order:
 *
 *     bool first = true;
 *     while (zest_stream_next_key(json, &first, &key))
 *         if (zest_text_equal(key, ZEST_TEXT("id")))
 *             zest_stream_u32(json, &id);
 *         else
 *             zest_stream_skip(json, NULL);
 *
 * The first failure (with line and column) is kept in `status`; after it every function answers false and does
 * nothing, so that loops end by themselves and the caller looks once at the end.
 *
 * Strict as the reference's reader (serde_json) is: no comments, no trailing commas, no raw control characters, no lone
 * surrogates, UTF-8 checked, at most 127 levels. Duplicate keys are the caller's business.
 *
 * Texts point into the document where they have no escapes, else into the arena. One thread.
 */
#ifndef ZEST_JSON_STREAM_H
#define ZEST_JSON_STREAM_H

#include <zest/core.h>

#include <jansson.h>

#define ZEST_JSON_DEPTH_MAX 127

struct zest_json_stream {
    const char *name;             /* of the file, for errors */
    const char *start, *at, *end; /* the document, and how far it is read */
    struct zest_arena *arena;     /* texts that had escapes */
    struct zest_error *error;
    enum zest_status status; /* ZEST_OK, or the first failure */
};

/* Borrows all. */
void zest_stream_init(struct zest_json_stream *json, const char *name, struct zest_text document,
                      struct zest_arena *arena, struct zest_error *error);
/* Fails at the present place: "NAME: line 3, column 14: …". False always. */
bool zest_stream_fail(struct zest_json_stream *json, const char *format, ...) ZEST_PRINTF(2, 3);
/* The failure of something that is no text error, such as no memory. False always. */
bool zest_stream_fail_status(struct zest_json_stream *json, enum zest_status status, const char *format, ...)
    ZEST_PRINTF(3, 4);

/* The first character of the next value, 0 at the end of the document; skips white space. */
char zest_stream_peek(struct zest_json_stream *json);
/* Steps into an object by its first call (*first true), to the next member by the others; false at the end of it. */
bool zest_stream_next_key(struct zest_json_stream *json, bool *first, struct zest_text *ret_key);
bool zest_stream_next_item(struct zest_json_stream *json, bool *first);

bool zest_stream_string(struct zest_json_stream *json, struct zest_text *ret_text);
bool zest_stream_bool(struct zest_json_stream *json, bool *ret_value);
bool zest_stream_u32(struct zest_json_stream *json, uint32_t *ret_value);
/* As serde_json reads numbers: the last bit may differ from the nearest double, and must, where the reference's does.
 */
bool zest_stream_f64(struct zest_json_stream *json, double *ret_value);
/* Goes over any value, checking all of it; *ret_text (may be NULL) is what it was. */
bool zest_stream_skip(struct zest_json_stream *json, struct zest_text *ret_text);
/* A small value as a tree, which the caller owns. Objects that name a key twice are refused. */
bool zest_stream_value(struct zest_json_stream *json, json_t **ret_value);
/* Nothing but white space is left. */
bool zest_stream_finish(struct zest_json_stream *json);

#endif
