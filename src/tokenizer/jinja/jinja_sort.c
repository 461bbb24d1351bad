/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_sort.c - sorts keyed items: stable, by merging runs that double.
 */
#include "jinja_filters.h"

static void merge(struct jinja *j, const struct jinja_keyed *in, struct jinja_keyed *out, size_t from, size_t middle,
                  size_t to, bool reverse)
{
    size_t left = from, right = middle;
    for (size_t at = from; at < to; at++) {
        bool take_right = left == middle;
        if (left < middle && right < to) {
            enum jinja_order order = zest_jinja_compare(j, in[right].key, in[left].key, "<");
            take_right = order == (reverse ? JINJA_GREATER : JINJA_LESS);
        }
        out[at] = take_right ? in[right++] : in[left++];
    }
}

struct jinja_keyed *zest_jinja_sort_keyed(struct jinja *j, struct jinja_keyed *items, size_t count, bool reverse)
{
    struct jinja_keyed *other = zest_jinja_alloc(j, count, sizeof *other);
    for (size_t run = 1; other && run < count && !j->failed; run *= 2) {
        for (size_t from = 0; from < count; from += 2 * run) {
            size_t middle = from + run < count ? from + run : count, to = middle + run < count ? middle + run : count;
            merge(j, items, other, from, middle, to, reverse);
        }
        struct jinja_keyed *held = items;
        items = other;
        other = held;
    }
    return items;
}
