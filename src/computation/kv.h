/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kv.h - the buffers that block ids name: keys and values of every layer.
 *
 *   block:  [layer][kv head] ( K [block_tokens/16][head_dim][16] | V [block_tokens][head_dim] )
 *
 * A block holds block_tokens positions of one sequence, all layers together, so that copying or moving it is one run of
 * bytes. Pages are touched when first written; a block never written reads as zero.
 */
#ifndef ZEST_COMPUTATION_KV_H
#define ZEST_COMPUTATION_KV_H

#include "model.h"

struct zest_kv {
    unsigned char *data;
    size_t block_bytes, part_bytes; /* part: K, or V, of one layer and head */
    uint32_t block_count, block_tokens, kv_heads, head_dim;
    enum zest_kv_type type;
};

enum zest_status zest_kv_init(struct zest_kv *kv, const struct zest_model *model, uint32_t block_tokens,
                              enum zest_kv_type type, struct zest_error *error) ZEST_MUST_CHECK;
void zest_kv_finish(struct zest_kv *kv); /* takes a zeroed one too */
/* The contents of the blocks that stay are kept. */
enum zest_status zest_kv_resize(struct zest_kv *kv, uint32_t block_count, struct zest_error *error) ZEST_MUST_CHECK;

static inline size_t zest_kv_offset(const struct zest_kv *kv, uint32_t layer, uint32_t head)
{
    return ((size_t)layer * kv->kv_heads + head) * 2 * kv->part_bytes;
}

/* Writes dimensions [first, first + n) of one head of one token. `slot` is its position in the block. */
void zest_kv_write(const struct zest_kv *kv, unsigned char *block, size_t offset, uint32_t slot, uint32_t first,
                   uint32_t n, const float *values, bool is_value);

#endif
