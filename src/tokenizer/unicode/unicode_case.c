/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unicode_case.c - looks a code point up in a generated case map, by bisection. Stateless: any thread.
 */
#include "unicode_class.h"

static uint32_t apply_sequence(const struct zest_case_map *map, uint32_t code_point, uint32_t ret_mapped[3])
{
    size_t low = 0, high = map->sequence_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (map->sequences[middle].code_point < code_point)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == map->sequence_count || map->sequences[low].code_point != code_point)
        return 0;
    uint32_t count = 0;
    while (count < 3 && map->sequences[low].mapped[count] != 0) {
        ret_mapped[count] = map->sequences[low].mapped[count];
        count++;
    }
    return count;
}

uint32_t zest_case_apply(const struct zest_case_map *map, uint32_t code_point, uint32_t ret_mapped[3])
{
    size_t low = 0, high = map->run_count; /* the last run that starts at or before the code point */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (map->runs[middle].first <= code_point)
            low = middle + 1;
        else
            high = middle;
    }
    /* Runs of step 2 interleave (even and odd letters), so the one before may hold it as well. */
    for (size_t back = 1; back <= 2 && back <= low; back++) {
        const struct zest_case_run *run = &map->runs[low - back];
        if (code_point <= run->last && (code_point - run->first) % run->step == 0) {
            ret_mapped[0] = (uint32_t)((int32_t)code_point + run->delta);
            return 1;
        }
    }
    return apply_sequence(map, code_point, ret_mapped);
}
