/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model_json.h - reads the fields of "model" and of "decoder": each has a type, unknown ones are errors. Stateless.
 *
 * The errors name the component and the field. `what` is the component's type ("BPE").
 */
#ifndef ZEST_MODEL_JSON_H
#define ZEST_MODEL_JSON_H

#include <zest/core.h>

#include <jansson.h>

/* `names` ends with NULL; "type" is always allowed. */
enum zest_status zest_fields_only(const json_t *json, const char *what, const char *const *names,
                                  struct zest_error *error) ZEST_MUST_CHECK;
/* null and absent leave *value as it is. */
enum zest_status zest_fields_take_bool(const json_t *json, const char *what, const char *name, bool *value,
                                       struct zest_error *error) ZEST_MUST_CHECK;
enum zest_status zest_fields_take_text(const json_t *json, const char *what, const char *name, struct zest_text *value,
                                       struct zest_error *error) ZEST_MUST_CHECK;
/* 0 .. most */
enum zest_status zest_fields_take_count(const json_t *json, const char *what, const char *name, uint64_t most,
                                        uint64_t *value, struct zest_error *error) ZEST_MUST_CHECK;
/* Fails where the field is absent or null. */
enum zest_status zest_fields_require(const json_t *json, const char *what, const char *name,
                                     struct zest_error *error) ZEST_MUST_CHECK;

#endif
