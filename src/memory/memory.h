/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.h - how the native memory service is made. Everything else about it is its contract, <zest/api/memory.h>.
 */
#ifndef ZEST_MEMORY_H
#define ZEST_MEMORY_H

#include <zest/api/memory_native.h>

struct zest_memory_options {
    int32_t block_count;  /* blocks at the start; allocate_memory changes it */
    int32_t block_tokens; /* tokens of a block */
    int64_t block_bytes;  /* bytes of a block over all layers */
};

enum { ZEST_MEMORY_BLOCKS_MAX = 1 << 24 };

enum zest_status zest_memory_native_create(const struct zest_memory_options *options, struct zest_memory **ret,
                                           struct zest_error *error) ZEST_MUST_CHECK;

#endif
