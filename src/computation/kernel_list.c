/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel_list.c - names and one-line descriptions of the kernels. Tables only; see kernels.h for what they compute.
 */
#include "kernel_list.h"

static const char *const names[ZEST_KERNEL_COUNT] = {
    [ZEST_KERNEL_FLASH_ATTENTION] = "flash_attention",
    [ZEST_KERNEL_MATMUL + ZEST_WEIGHT_F32] = "matmul_f32",
    [ZEST_KERNEL_MATMUL + ZEST_WEIGHT_F16] = "matmul_f16",
    [ZEST_KERNEL_MATMUL + ZEST_WEIGHT_BF16] = "matmul_bf16",
    [ZEST_KERNEL_MATMUL + ZEST_WEIGHT_Q8_0] = "matmul_q8_0",
    [ZEST_KERNEL_MATMUL + ZEST_WEIGHT_Q4_0] = "matmul_q4_0",
    [ZEST_KERNEL_MATMUL + ZEST_WEIGHT_Q4_1] = "matmul_q4_1",
    [ZEST_KERNEL_NAIVE_ATTENTION] = "naive_attention",
    [ZEST_KERNEL_PAGED_ATTENTION] = "paged_attention",
    [ZEST_KERNEL_QUANTIZE_Q8] = "quantize_q8",
    [ZEST_KERNEL_RMS_NORM] = "rms_norm",
    [ZEST_KERNEL_ROPE] = "rope",
    [ZEST_KERNEL_SOFTMAX] = "softmax",
    [ZEST_KERNEL_SWIGLU] = "swiglu",
};

const char *zest_kernel_name(enum zest_kernel_kind kind)
{
    return names[kind];
}

bool zest_kernel_find(struct zest_text name, enum zest_kernel_kind *ret_kind)
{
    for (int i = 0; i < ZEST_KERNEL_COUNT; i++)
        if (zest_text_equal(name, zest_text_of(names[i]))) {
            *ret_kind = (enum zest_kernel_kind)i;
            return true;
        }
    return false;
}

bool zest_kernel_has(const struct zest_kernels *path, enum zest_kernel_kind kind)
{
    return kind != ZEST_KERNEL_NAIVE_ATTENTION || path->naive_attention;
}

static const char *matmul_summary(const struct zest_kernels *path, enum zest_kernel_kind kind)
{
    bool quantised = zest_weight_quantised((enum zest_weight)(kind - ZEST_KERNEL_MATMUL));
    if (path->lanes == 16)
        return quantised ? "16 rows side by side, 8-bit dots by VNNI, 1 to 12 tokens a tile"
                         : "16 rows side by side, fused multiply-adds, 1 to 12 tokens a tile";
    if (path->lanes == 8)
        return quantised ? "8 rows side by side, 8-bit dots by vpmaddubsw, 1 to 4 tokens a tile"
                         : "8 rows side by side, fused multiply-adds, 1 to 4 tokens a tile";
    return "one output at a time, in plain C";
}

const char *zest_kernel_summary(const struct zest_kernels *path, enum zest_kernel_kind kind)
{
    if (zest_kernel_is_matmul(kind))
        return matmul_summary(path, kind);
    if (kind == ZEST_KERNEL_NAIVE_ATTENTION)
        return "all scores first, then one softmax over them: the textbook, to compare with";
    if (zest_kernel_is_attention(kind))
        return path->lanes == 1 ? "online softmax over blocks of 64 keys, in plain C"
                                : "online softmax over blocks of 64 keys, up to 12 queries share a pass over the pages";
    return path->lanes == 16 ? "16 floats at a time" : path->lanes == 8 ? "8 floats at a time" : "plain C";
}
