/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gguf.h - a GGUF file (v2, v3), mapped and checked.
 *
 * zest_gguf_open checks every count, offset and size of the whole file before it answers, so that readers of a
 * struct zest_gguf need no checks of their own. Texts, arrays and tensor bytes point into the mapping and live until
 * zest_gguf_close. Immutable after opening: any number of threads may read.
 *
 * Source: the GGUF specification (ggml, docs/gguf.md).
 */
#ifndef ZEST_GGUF_H
#define ZEST_GGUF_H

#include <zest/core.h>

enum zest_gguf_type {
    ZEST_GGUF_U8, ZEST_GGUF_I8, ZEST_GGUF_U16, ZEST_GGUF_I16, ZEST_GGUF_U32, ZEST_GGUF_I32, ZEST_GGUF_F32,
    ZEST_GGUF_BOOL, ZEST_GGUF_STRING, ZEST_GGUF_ARRAY, ZEST_GGUF_U64, ZEST_GGUF_I64, ZEST_GGUF_F64,
};

struct zest_gguf_tensor {
    struct zest_text name;
    uint32_t type;      /* ggml type number: 0 F32, 1 F16, 2 Q4_0, 3 Q4_1, 8 Q8_0, 30 BF16 … */
    uint32_t rank;
    uint64_t shape[4];  /* GGUF order: shape[0] is the fastest (columns), missing ones are 1 */
    const void *data;   /* into the mapping, unaligned beyond the file's own alignment */
    uint64_t size;      /* bytes */
};

/* A metadata array: `count` elements of `type`. Numbers lie packed little-endian at `data`; strings by zest_gguf_string. */
struct zest_gguf_array {
    enum zest_gguf_type type;
    uint64_t count;
    const unsigned char *data;
    const uint64_t *offsets; /* of strings: where each one's length field lies, relative to data; NULL for numbers */
};

struct zest_gguf;

enum zest_status zest_gguf_open(const char *path, struct zest_gguf **ret_gguf, struct zest_error *error) ZEST_MUST_CHECK;
void zest_gguf_close(struct zest_gguf *gguf); /* takes NULL */

/* Metadata by key. False where the key is absent or of another kind (integers of any width convert where they fit). */
bool zest_gguf_u64(const struct zest_gguf *gguf, const char *key, uint64_t *ret_value);
bool zest_gguf_f64(const struct zest_gguf *gguf, const char *key, double *ret_value);
bool zest_gguf_bool(const struct zest_gguf *gguf, const char *key, bool *ret_value);
bool zest_gguf_text(const struct zest_gguf *gguf, const char *key, struct zest_text *ret_value);
bool zest_gguf_array(const struct zest_gguf *gguf, const char *key, struct zest_gguf_array *ret_array);
struct zest_text zest_gguf_string(const struct zest_gguf_array *array, uint64_t index); /* index < count, type STRING */

uint64_t zest_gguf_tensor_count(const struct zest_gguf *gguf);
const struct zest_gguf_tensor *zest_gguf_tensor_at(const struct zest_gguf *gguf, uint64_t index);
const struct zest_gguf_tensor *zest_gguf_tensor(const struct zest_gguf *gguf, const char *name); /* NULL where absent */

#endif
