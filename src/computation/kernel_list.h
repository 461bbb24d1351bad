/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel_list.h - the kinds of kernels by name, for listing and benchmarking.
 */
#ifndef ZEST_COMPUTATION_KERNEL_LIST_H
#define ZEST_COMPUTATION_KERNEL_LIST_H

#include "kernels.h"

enum zest_kernel_kind {
    ZEST_KERNEL_FLASH_ATTENTION,
    ZEST_KERNEL_MATMUL, /* the six types follow each other, in the order of enum zest_weight */
    ZEST_KERNEL_NAIVE_ATTENTION = ZEST_KERNEL_MATMUL + ZEST_WEIGHT_COUNT,
    ZEST_KERNEL_PAGED_ATTENTION,
    ZEST_KERNEL_QUANTIZE_Q8,
    ZEST_KERNEL_RMS_NORM,
    ZEST_KERNEL_ROPE,
    ZEST_KERNEL_SOFTMAX,
    ZEST_KERNEL_SWIGLU,
    ZEST_KERNEL_COUNT,
};

const char *zest_kernel_name(enum zest_kernel_kind kind);
bool zest_kernel_find(struct zest_text name, enum zest_kernel_kind *ret_kind);
static inline bool zest_kernel_is_matmul(enum zest_kernel_kind kind)
{
    return kind >= ZEST_KERNEL_MATMUL && kind < ZEST_KERNEL_NAIVE_ATTENTION;
}
static inline bool zest_kernel_is_attention(enum zest_kernel_kind kind)
{
    return kind == ZEST_KERNEL_FLASH_ATTENTION || kind == ZEST_KERNEL_PAGED_ATTENTION ||
           kind == ZEST_KERNEL_NAIVE_ATTENTION;
}
/* Whether a path has a variant of its own. */
bool zest_kernel_has(const struct zest_kernels *path, enum zest_kernel_kind kind);
/* How the path's variant works, in a few words. */
const char *zest_kernel_summary(const struct zest_kernels *path, enum zest_kernel_kind kind);

#endif
