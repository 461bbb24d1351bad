/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernels.c - choosing a path by CPUID, and packing activations for its tiles.
 *
 * A path needs all the instruction sets that its files are compiled with, and an operating system that saves the wide
 * registers (the compiler's CPUID support looks at XCR0).
 */
#include "kernels.h"

#include <stdio.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

struct path {
    const struct zest_kernels *kernels;
    bool available;
    const char *needs;
};

#if defined(__x86_64__)
/* Not among the names that every compiler's __builtin_cpu_supports knows. */
static bool has_f16c(void)
{
    unsigned eax, ebx, ecx, edx;
    return __get_cpuid(1, &eax, &ebx, &ecx, &edx) && (ecx & bit_F16C);
}
#endif

static size_t list_paths(struct path paths[ZEST_PATH_MAX])
{
    size_t count = 0;
    paths[count++] = (struct path){&zest_kernels_ref, true, "nothing"};
#if defined(__x86_64__)
    __builtin_cpu_init();
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c();
    bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vnni");
    paths[count++] = (struct path){&zest_kernels_avx2, avx2, "AVX2, FMA and F16C"};
    paths[count++] = (struct path){&zest_kernels_avx512, avx512, "AVX-512 F, BW, VL, DQ and VNNI"};
#endif
    return count;
}

size_t zest_kernels_paths(const struct zest_kernels *ret_paths[ZEST_PATH_MAX])
{
    struct path paths[ZEST_PATH_MAX];
    size_t count = list_paths(paths), available = 0;
    for (size_t i = 0; i < count; i++)
        if (paths[i].available)
            ret_paths[available++] = paths[i].kernels;
    return available;
}

enum zest_status zest_kernels_choose(const char *cpu, const struct zest_kernels **ret_kernels, struct zest_error *error)
{
    struct path paths[ZEST_PATH_MAX];
    size_t count = list_paths(paths);
    bool automatic = !cpu || !*cpu || strcmp(cpu, "auto") == 0;
    for (size_t i = count; i-- > 0;) {
        if (!automatic && strcmp(cpu, paths[i].kernels->name) != 0)
            continue;
        if (paths[i].available) {
            *ret_kernels = paths[i].kernels;
            return ZEST_OK;
        }
        if (!automatic)
            return zest_fail_param(error, ZEST_UNSUPPORTED, "cpu", "the path '%s' needs %s, which this machine lacks",
                                   cpu, paths[i].needs);
    }
    return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "cpu",
                           "the instruction-set path '%.32s' is unknown; this build has auto, baseline%s", cpu,
                           count > 1 ? ", avx2 and avx512" : "");
}

static void pack_f32(const float *values, const struct zest_activations *x, size_t first, size_t slot, size_t width)
{
    float *to = x->f32 + first * x->cols + slot;
    if (width == 1)
        memcpy(to, values, x->cols * sizeof(*to));
    else
        for (size_t k = 0; k < x->cols; k++)
            to[k * width] = values[k];
}

void zest_activations_fill(const struct zest_kernels *k, struct zest_activations *x, const float *values, size_t stride,
                           float *residual)
{
    for (size_t tile = 0; tile < x->tiles; tile++) {
        size_t first = zest_tile_first(x, tile), width = zest_tile_first(x, tile + 1) - first;
        for (size_t slot = 0; slot < width; slot++) {
            const float *row = values + (first + slot) * stride;
            if (x->f32)
                pack_f32(row, x, first, slot, width);
            if (x->q8)
                k->quantize(row, x, first, slot, width, residual ? residual + (first + slot) * stride : NULL);
        }
    }
}
