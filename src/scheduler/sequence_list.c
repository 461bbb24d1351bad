/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sequence_list.c - the sorted lists of running and waiting sequences.
 *
 * Threads: none of its own; the scheduler holds its lock. Only reserve allocates.
 */
#include "sequence_list.h"

#include <assert.h>
#include <stdlib.h>

bool zest_comes_before(struct zest_order order, const struct zest_sequence *a, const struct zest_sequence *b)
{
    return order.before ? order.before(order.state, a, b) : a->arrival_number < b->arrival_number;
}

bool zest_sequence_list_reserve(struct zest_sequence_list *list, size_t count)
{
    if (count <= list->capacity)
        return true;
    size_t capacity = list->capacity ? list->capacity * 2 : 64;
    while (capacity < count)
        capacity *= 2;
    const struct zest_sequence **items = realloc(list->items, capacity * sizeof(*items));
    if (!items)
        return false;
    list->items = items;
    list->capacity = capacity;
    return true;
}

void zest_sequence_list_finish(struct zest_sequence_list *list)
{
    free(list->items);
    *list = (struct zest_sequence_list){0};
}

/* Most arrivals come last: a look at the end saves the search. */
size_t zest_sequence_list_position(const struct zest_sequence_list *list, struct zest_order order,
                                   const struct zest_sequence *sequence)
{
    const struct zest_sequence *const *items = zest_sequence_list_items(list);
    if (list->count == 0 || zest_comes_before(order, items[list->count - 1], sequence))
        return list->count;
    size_t low = 0, high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zest_comes_before(order, items[middle], sequence))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void zest_sequence_list_insert(struct zest_sequence_list *list, struct zest_order order,
                               const struct zest_sequence *sequence)
{
    assert(list->count < list->capacity);
    size_t at = zest_sequence_list_position(list, order, sequence);
    const struct zest_sequence **items = list->items + list->first;
    if (list->first > 0 && at < list->count / 2) {
        memmove(items - 1, items, at * sizeof(*items));
        list->first--;
    } else {
        if (list->first + list->count == list->capacity) {
            memmove(list->items, items, list->count * sizeof(*items));
            list->first = 0;
            items = list->items;
        }
        memmove(items + at + 1, items + at, (list->count - at) * sizeof(*items));
    }
    list->items[list->first + at] = sequence;
    list->count++;
}

void zest_sequence_list_remove(struct zest_sequence_list *list, struct zest_order order,
                               const struct zest_sequence *sequence)
{
    size_t at = zest_sequence_list_position(list, order, sequence);
    const struct zest_sequence **items = list->items + list->first;
    assert(at < list->count && items[at] == sequence);
    if (at == 0)
        list->first++;
    else
        memmove(items + at, items + at + 1, (list->count - at - 1) * sizeof(*items));
    list->count--;
}

/* Insertion one by one: a policy is set by hand, not in the step loop. */
void zest_sequence_list_sort(struct zest_sequence_list *list, struct zest_order order)
{
    size_t count = list->count;
    memmove(list->items, list->items + list->first, count * sizeof(*list->items));
    list->first = list->count = 0;
    for (size_t i = 0; i < count; i++)
        zest_sequence_list_insert(list, order, list->items[i]);
}
