/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unicode_normal.c - decomposes one code point, composes two. Stateless: any thread.
 */
#include "unicode_normal.h"

#include <string.h>

/* Conjoining jamo: syllable = S_BASE + (l * V_COUNT + v) * T_COUNT + t. */
#define S_BASE 0xAC00u
#define L_BASE 0x1100u
#define V_BASE 0x1161u
#define T_BASE 0x11A7u /* t = 0 is none */
#define L_COUNT 19u
#define V_COUNT 21u
#define T_COUNT 28u
#define S_COUNT (L_COUNT * V_COUNT * T_COUNT)

static uint32_t decompose_hangul(uint32_t index, uint32_t *ret_parts)
{
    ret_parts[0] = L_BASE + index / (V_COUNT * T_COUNT);
    ret_parts[1] = V_BASE + index / T_COUNT % V_COUNT;
    ret_parts[2] = T_BASE + index % T_COUNT;
    return index % T_COUNT == 0 ? 2 : 3;
}

uint32_t zest_decompose(uint32_t code_point, bool compatible, uint32_t ret_parts[ZEST_DECOMPOSITION_MAX])
{
    if (code_point - S_BASE < S_COUNT)
        return decompose_hangul(code_point - S_BASE, ret_parts);
    const struct zest_normal *normal = zest_normal_find(code_point);
    uint32_t size = compatible ? normal->compatible_size : normal->canonical_size;
    const uint32_t *parts = zest_normal_pool + (compatible ? normal->compatible_at : normal->canonical_at);
    if (size == 0) {
        ret_parts[0] = code_point;
        return 1;
    }
    memcpy(ret_parts, parts, size * sizeof *parts);
    return size;
}

static uint32_t compose_hangul(uint32_t first, uint32_t second)
{
    if (first - L_BASE < L_COUNT && second - V_BASE < V_COUNT)
        return S_BASE + ((first - L_BASE) * V_COUNT + second - V_BASE) * T_COUNT;
    if (first - S_BASE < S_COUNT && (first - S_BASE) % T_COUNT == 0 && second - T_BASE - 1 < T_COUNT - 1)
        return first + second - T_BASE;
    return 0;
}

uint32_t zest_compose(uint32_t first, uint32_t second)
{
    uint32_t hangul = compose_hangul(first, second);
    if (hangul != 0)
        return hangul;
    size_t low = 0, high = zest_composition_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct zest_composition *at = &zest_compositions[middle];
        if (at->first < first || (at->first == first && at->second < second))
            low = middle + 1;
        else
            high = middle;
    }
    if (low == zest_composition_count || zest_compositions[low].first != first ||
        zest_compositions[low].second != second)
        return 0;
    return zest_compositions[low].whole;
}
