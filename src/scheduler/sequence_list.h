/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sequence_list.h - sequences in a policy's order: a sorted array whose front can move.
 *
 * Taking the first is free, adding the last nearly so; anything else moves the pointers between. Tuned for queues
 * that grow at the end and shrink at the front.
 */
#ifndef ZEST_SEQUENCE_LIST_H
#define ZEST_SEQUENCE_LIST_H

#include <zest/core.h>
#include <zest/scheduler_policy.h>

struct zest_order {
    bool (*before)(const void *state, const struct zest_sequence *a, const struct zest_sequence *b); /* NULL: arrival */
    const void *state;
};

struct zest_sequence_list {
    const struct zest_sequence **items; /* [first, first + count) */
    size_t first, count, capacity;
};

static inline const struct zest_sequence *const *zest_sequence_list_items(const struct zest_sequence_list *list)
{
    return (const struct zest_sequence *const *)(list->items + list->first);
}

bool zest_comes_before(struct zest_order order, const struct zest_sequence *a, const struct zest_sequence *b);
bool zest_sequence_list_reserve(struct zest_sequence_list *list, size_t count); /* false: no memory */
void zest_sequence_list_finish(struct zest_sequence_list *list);
/* How many stand before it. */
size_t zest_sequence_list_position(const struct zest_sequence_list *list, struct zest_order order,
                                   const struct zest_sequence *sequence);
void zest_sequence_list_insert(struct zest_sequence_list *list, struct zest_order order,
                               const struct zest_sequence *sequence);
/* The sequence must be in the list, and its facts as they were when it was inserted. */
void zest_sequence_list_remove(struct zest_sequence_list *list, struct zest_order order,
                               const struct zest_sequence *sequence);
void zest_sequence_list_sort(struct zest_sequence_list *list, struct zest_order order);

#endif
