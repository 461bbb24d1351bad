/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_values.h - the reader's parts: scalars (json_values.c), tensors (json_tensor.c), arrays (json_array.c), and the
 * values and objects (json_read.c) that they are inside of.
 *
 * Each reads one value at s->at into `out`, which has room for the field's C type, and ends behind it.
 */
#ifndef ZEST_JSON_VALUES_H
#define ZEST_JSON_VALUES_H

#include "json_scan.h"

enum zest_status zest_json_value(struct zest_json_scan *s, const struct zest_field *field, char *out);
enum zest_status zest_json_object(struct zest_json_scan *s, const struct zest_object *object, char *out);
enum zest_status zest_json_scalar(struct zest_json_scan *s, const struct zest_field *field, void *out);
enum zest_status zest_json_tensor(struct zest_json_scan *s, const struct zest_field *field, void *out);
/* `out` is the struct that has the field: an array is a pointer and a count there. */
enum zest_status zest_json_array(struct zest_json_scan *s, const struct zest_field *field, char *out);

/* At most one less than the items of the flat array between the two. */
size_t zest_json_count_commas(const char *at, const char *end);
enum zest_status zest_json_no_memory(const struct zest_json_scan *s);

#endif
