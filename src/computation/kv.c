/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kv.c - sizing, growing and writing the KV blocks (the layout is drawn in kv.h).
 *
 * Threads: writes to different tokens or dimensions may run side by side; resizing needs the buffers alone.
 */
#include "kv.h"

#include "numbers.h"

#define BLOCK_COUNT_MAX (1u << 24)

enum zest_status zest_kv_init(struct zest_kv *kv, const struct zest_model *model, uint32_t block_tokens,
                              enum zest_kv_type type, struct zest_error *error)
{
    if (block_tokens < ZEST_KEY_LANES || block_tokens > 4096 || block_tokens % ZEST_KEY_LANES)
        return zest_fail_param(error, ZEST_OUT_OF_RANGE, "block_tokens",
                               "block_tokens is %u; multiples of 16 up to 4096 are possible", block_tokens);
    *kv = (struct zest_kv){
        .block_tokens = block_tokens, .kv_heads = model->kv_heads, .head_dim = model->head_dim, .type = type};
    kv->part_bytes = (size_t)block_tokens * model->head_dim * (type == ZEST_KV_F16 ? 2 : 4);
    kv->block_bytes = 2 * kv->part_bytes * model->kv_heads * model->layers;
    return ZEST_OK;
}

void zest_kv_finish(struct zest_kv *kv)
{
    zest_pages_free(kv->data, kv->block_bytes * kv->block_count);
    memset(kv, 0, sizeof(*kv));
}

enum zest_status zest_kv_resize(struct zest_kv *kv, uint32_t block_count, struct zest_error *error)
{
    if (block_count < 1 || block_count > BLOCK_COUNT_MAX)
        return zest_fail_param(error, ZEST_OUT_OF_RANGE, "block_count", "block_count is %u; 1 to %u are possible",
                               block_count, BLOCK_COUNT_MAX);
    if (block_count == kv->block_count)
        return ZEST_OK;
    unsigned char *data = NULL;
    size_t size;
    if (!__builtin_mul_overflow(kv->block_bytes, (size_t)block_count, &size))
        data = zest_pages_alloc(size);
    if (!data)
        return zest_fail_param(error, ZEST_OUT_OF_MEMORY, "block_count", "no memory for %u KV blocks of %llu bytes",
                               block_count, (unsigned long long)kv->block_bytes);
    if (kv->data) {
        uint32_t kept = block_count < kv->block_count ? block_count : kv->block_count;
        memcpy(data, kv->data, kv->block_bytes * kept);
        zest_pages_free(kv->data, kv->block_bytes * kv->block_count);
    }
    kv->data = data;
    kv->block_count = block_count;
    return ZEST_OK;
}

static void write_number(const struct zest_kv *kv, unsigned char *part, size_t index, float value)
{
    if (kv->type == ZEST_KV_F16) {
        uint16_t half = zest_f32_to_f16(value);
        memcpy(part + 2 * index, &half, 2);
    } else {
        memcpy(part + 4 * index, &value, 4);
    }
}

void zest_kv_write(const struct zest_kv *kv, unsigned char *block, size_t offset, uint32_t slot, uint32_t first,
                   uint32_t n, const float *values, bool is_value)
{
    unsigned char *part = block + offset + (is_value ? kv->part_bytes : 0);
    if (is_value && kv->type == ZEST_KV_F32) {
        memcpy(part + 4 * ((size_t)slot * kv->head_dim + first), values, 4 * (size_t)n);
        return;
    }
    for (uint32_t i = 0; i < n; i++) {
        size_t d = first + i;
        size_t index =
            is_value ? (size_t)slot * kv->head_dim + d
                     : ((size_t)(slot / ZEST_KEY_LANES) * kv->head_dim + d) * ZEST_KEY_LANES + slot % ZEST_KEY_LANES;
        write_number(kv, part, index, values[i]);
    }
}
