/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unicode_set.c - finds sets by name, code points in sets, by bisection. Stateless: any thread.
 */
#include "unicode_set.h"

#include <assert.h>
#include <stdlib.h>

#define NAME_SIZE_MAX 63 /* longer names are of no set */

/* Small letters and digits alone. False where the name is too long or has other characters. */
static bool plain_name(struct zest_text name, char ret_plain[NAME_SIZE_MAX + 1])
{
    size_t size = 0;
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        if (c == ' ' || c == '_' || c == '-')
            continue;
        if (c >= 'A' && c <= 'Z')
            c = (char)(c + 32);
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) || size == NAME_SIZE_MAX)
            return false;
        ret_plain[size++] = c;
    }
    ret_plain[size] = 0;
    return size > 0;
}

static int compare_name(const void *name, const void *set)
{
    return strcmp(name, ((const struct zest_unicode_set *)set)->name);
}

const struct zest_unicode_set *zest_unicode_set_find(struct zest_text name)
{
    char plain[NAME_SIZE_MAX + 1];
    if (!plain_name(name, plain))
        return NULL;
    return bsearch(plain, zest_unicode_sets, zest_unicode_set_count, sizeof *zest_unicode_sets, compare_name);
}

static int compare_code_point(const void *code_point, const void *range)
{
    const struct zest_code_range *in = range;
    uint32_t c = *(const uint32_t *)code_point;
    return c < in->first ? -1 : c > in->last;
}

bool zest_unicode_set_has(const struct zest_unicode_set *set, uint32_t code_point)
{
    assert(set);
    return bsearch(&code_point, set->ranges, set->count, sizeof *set->ranges, compare_code_point) != NULL;
}
