/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire.h - bodies with tensors as raw bytes: what travels as application/x-zest between a zest client and server.
 *
 *     byte 0   "zest"
 *          4   u32: version of this layout, 1
 *          8   u32: bytes of JSON
 *         12   the struct as JSON; each tensor is {"dtype": "f32", "shape": [2, 49152], "offset": 0}
 *              blanks up to the next multiple of 64
 *              the tensors' numbers; offsets count from here and are multiples of 64
 *
 * All integers and numbers are little-endian. A client that sends `Accept: application/x-zest` gets this for replies
 * that have tensors; bodies of requests may come so too (by their Content-Type). Errors are always plain JSON.
 */
#ifndef ZEST_WIRE_H
#define ZEST_WIRE_H

#include <zest/describe.h>

#define ZEST_WIRE_MEDIA "application/x-zest"
/* A client that sends this header with the value "data" gets answers without envelope, whatever the service's mode. */
#define ZEST_WIRE_MODE_HEADER "X-Zest-Mode"

/* True where the object, or one inside it, has a tensor: only then is this layout worth its name. */
bool zest_wire_has_tensor(const struct zest_object *object);

/* Appends the body; out->failed says whether it fitted. */
void zest_wire_write(const struct zest_object *object, const void *value, struct zest_buffer *out);

/*
 * As zest_json_read, of such a body. Tensors point into `body` where that is aligned to 4 bytes (a copy from `arena`
 * elsewhere), so it must live as long as the struct.
 */
enum zest_status zest_wire_read(const struct zest_object *object, struct zest_text body, struct zest_arena *arena, void *ret_struct,
                                struct zest_error *error) ZEST_MUST_CHECK;

#endif
