/* SPDX-License-Identifier: Apache-2.0 */
/*
 * regex_set.c - sets of code points while a pattern is compiled. One thread.
 */
#include "regex_tree.h"

#include <assert.h>
#include <stdlib.h>

#include "unicode_class.h"

void regex_set_join(struct zest_arena *arena, struct regex_set *set, const struct zest_code_range *ranges, size_t count)
{
    if (count == 0 || set->failed)
        return;
    if (set->count + count > set->capacity) {
        size_t capacity = 2 * set->capacity + count + 8;
        struct zest_code_range *grown = ZEST_NEW_ARRAY(arena, struct zest_code_range, capacity);
        if (!grown) {
            set->failed = true;
            return;
        }
        if (set->count > 0)
            memcpy(grown, set->ranges, set->count * sizeof *grown);
        set->ranges = grown;
        set->capacity = capacity;
    }
    memcpy(set->ranges + set->count, ranges, count * sizeof *ranges);
    set->count += count;
    set->tidy = false;
}

void regex_set_add(struct zest_arena *arena, struct regex_set *set, uint32_t first, uint32_t last)
{
    assert(first <= last && last <= ZEST_CODE_POINT_MAX);
    regex_set_join(arena, set, &(struct zest_code_range){first, last}, 1);
}

static int compare_ranges(const void *left, const void *right)
{
    const struct zest_code_range *a = left, *b = right;
    return a->first < b->first ? -1 : a->first > b->first;
}

void regex_set_tidy(struct regex_set *set)
{
    if (set->tidy || set->failed)
        return;
    if (set->count > 0)
        qsort(set->ranges, set->count, sizeof *set->ranges, compare_ranges);
    size_t kept = 0;
    for (size_t i = 0; i < set->count; i++) {
        struct zest_code_range range = set->ranges[i];
        if (kept > 0 && range.first <= set->ranges[kept - 1].last + 1) {
            if (range.last > set->ranges[kept - 1].last)
                set->ranges[kept - 1].last = range.last;
        } else {
            set->ranges[kept++] = range;
        }
    }
    set->count = kept;
    set->tidy = true;
}

void regex_set_negate(struct zest_arena *arena, struct regex_set *set)
{
    struct regex_set rest = {0};
    uint32_t next = 0;
    regex_set_tidy(set);
    rest.failed = set->failed;
    for (size_t i = 0; i < set->count; i++) {
        if (set->ranges[i].first > next)
            regex_set_add(arena, &rest, next, set->ranges[i].first - 1);
        next = set->ranges[i].last + 1;
    }
    if (next <= ZEST_CODE_POINT_MAX)
        regex_set_add(arena, &rest, next, ZEST_CODE_POINT_MAX);
    regex_set_tidy(&rest);
    *set = rest;
}

/* a ∩ b = not (not a ∪ not b) */
void regex_set_meet(struct zest_arena *arena, struct regex_set *set, struct regex_set *other)
{
    regex_set_negate(arena, set);
    regex_set_negate(arena, other);
    set->failed |= other->failed;
    regex_set_join(arena, set, other->ranges, other->count);
    regex_set_negate(arena, set);
}

static int compare_code_point(const void *code_point, const void *range)
{
    uint32_t c = *(const uint32_t *)code_point;
    const struct zest_code_range *in = range;
    return c < in->first ? -1 : c > in->last;
}

bool regex_set_has(const struct regex_set *set, uint32_t code_point)
{
    assert(set->tidy || set->failed);
    return set->count > 0 &&
           bsearch(&code_point, set->ranges, set->count, sizeof *set->ranges, compare_code_point) != NULL;
}

/* The table of sets holds some that are no properties of Oniguruma's. */
static bool is_foreign(struct zest_text name)
{
    static const char *const prefixes[] = {"rust", "bert", "assigned9", "numeric", "punctuation8", "mark9"};
    char plain[16];
    size_t size = 0;
    for (size_t i = 0; i < name.size && size < sizeof plain - 1; i++)
        if (name.data[i] != ' ' && name.data[i] != '_' && name.data[i] != '-')
            plain[size++] = (char)(name.data[i] | 32);
    plain[size] = 0;
    for (size_t i = 0; i < ZEST_COUNT(prefixes); i++)
        if (strncmp(plain, prefixes[i], strlen(prefixes[i])) == 0)
            return strcmp(plain, "numerictype") != 0;
    char last = size > 0 ? plain[size - 1] : 0; /* a version's number: "lowercase17" */
    return last >= '0' && last <= '9';
}

bool regex_set_add_property(struct zest_arena *arena, struct regex_set *set, struct zest_text name, bool negated)
{
    const struct zest_unicode_set *found = is_foreign(name) ? NULL : zest_unicode_set_find(name);
    if (!found)
        return false;
    struct regex_set property = {0};
    regex_set_join(arena, &property, found->ranges, found->count);
    if (negated)
        regex_set_negate(arena, &property);
    set->failed |= property.failed;
    regex_set_join(arena, set, property.ranges, property.count);
    return true;
}
