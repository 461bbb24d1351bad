/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.h - structs of the contracts to JSON and back, by their descriptions.
 *
 * Reading goes straight from text to struct: no document tree, no allocation but the arrays and unescaped texts
 * in the caller's arena. It is strict (RFC 8259, one document, no duplicate keys, no unknown fields, UTF-8) and
 * checks every bound of the contract. Writing round-trips floats. Tensors are written as nested arrays here;
 * over the wire they may travel as binary bodies (<zest/wire.h>).
 */
#ifndef ZEST_JSON_H
#define ZEST_JSON_H

#include <zest/describe.h>

/*
 * Fills the struct that `object` describes. Texts without escapes point into `json`, which must live as long as the
 * struct; everything else is from `arena`. Fields that are absent get their defaults. On failure the error's param
 * is the path of the field ("stop[3]").
 */
enum zest_status zest_json_read(const struct zest_object *object, struct zest_text json, struct zest_arena *arena,
                                void *ret_struct, struct zest_error *error) ZEST_MUST_CHECK;

/* Appends one JSON object; out->failed says whether it fitted. */
void zest_json_write(const struct zest_object *object, const void *value, struct zest_buffer *out);
void zest_json_write_text(struct zest_text text, struct zest_buffer *out); /* a JSON string, quotes and escapes */
void zest_json_write_double(double number, struct zest_buffer *out);      /* shortest that reads back the same; null for NaN, ±inf */

/* Sets the defaults of a request. */
enum zest_status zest_json_defaults(const struct zest_object *object, struct zest_arena *arena, void *ret_struct,
                                    struct zest_error *error) ZEST_MUST_CHECK;

/* RFC 4648, section 4, padded. Decoding refuses what is not canonical: SIZE_MAX. */
size_t zest_base64_encode(struct zest_text bytes, char *out);         /* out: (size + 2) / 3 * 4; answers how many */
size_t zest_base64_decode(struct zest_text text, unsigned char *out); /* out: text.size / 4 * 3; answers how many */

/* True where `text` is exactly one JSON value; the check behind fields of a user's own shape. */
bool zest_json_valid(struct zest_text text);

/*
 * The answer of an operation: in research mode {"data": …, "metadata": {…}} (INTERFACE: service, method, mode,
 * implementation, execution_time, request_id, timestamp, algorithm_reasoning where the reply has one, warnings), else
 * the data alone. Which one it is follows from the layer that answered.
 */
void zest_answer_write(const struct zest_operation *operation, const struct zest_service *layer,
                       const struct zest_call *call, const void *reply, struct zest_buffer *out);
/* {"error": {"code", "message", "param", "example", "docs"}}; `operation` may be NULL. */
void zest_error_write(const struct zest_operation *operation, const struct zest_error *error, struct zest_buffer *out);

#endif
