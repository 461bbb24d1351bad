/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_join.c - making texts and lists longer.
 *
 * Templates gather long prompts by s = s + x and long lists by l = l + [x]; copying each time would take quadratic
 * time. So what is made here gets room behind it, and a longer one is made in place: texts and lists are immutable
 * and know their own sizes, so the shorter one stays what it was. Only who ends where the used room ends may grow into
 * it; j->tails are the last few such ends.
 */
#include "jinja.h"

static struct jinja_tail *tail_at(struct jinja *j, const char *end, size_t wanted)
{
    for (size_t i = 0; i < JINJA_TAIL_COUNT; i++)
        if (j->tails[i].end == end && j->tails[i].room >= wanted)
            return &j->tails[i];
    return NULL;
}

/* Memory of size bytes, and half as much again behind it, which the newest tail describes. */
static char *alloc_with_tail(struct jinja *j, size_t size)
{
    size_t room = size / 2;
    char *memory = zest_jinja_alloc(j, size + room, 1);
    if (!memory)
        return NULL;
    j->tails[j->tail_next] = (struct jinja_tail){memory + size, room};
    j->tail_next = (j->tail_next + 1) % JINJA_TAIL_COUNT;
    return memory;
}

/* The bytes a + b; NULL after a failure. */
static char *join(struct jinja *j, const char *a, size_t a_size, const char *b, size_t b_size)
{
    struct jinja_tail *tail = a_size > 0 ? tail_at(j, a + a_size, b_size) : NULL;
    if (tail) {
        if (b_size > 0)
            memmove(tail->end, b, b_size);
        tail->end += b_size;
        tail->room -= b_size;
        return (char *)a;
    }
    char *joined = zest_jinja_spend(j, a_size / 64) ? alloc_with_tail(j, a_size + b_size) : NULL;
    if (joined && a_size > 0)
        memcpy(joined, a, a_size);
    if (joined && b_size > 0)
        memcpy(joined + a_size, b, b_size);
    return joined;
}

struct zest_text zest_jinja_join_texts(struct jinja *j, struct zest_text a, struct zest_text b)
{
    if (b.size == 0 || j->failed)
        return a;
    if (a.size == 0)
        return b;
    if (a.size > j->limits.output_size || b.size > j->limits.output_size - a.size) {
        if (!j->failed)
            j->status = ZEST_TOO_LARGE;
        zest_jinja_fail(j, "the template makes a text of more than %zu bytes", j->limits.output_size);
        return a;
    }
    char *joined = zest_jinja_spend(j, b.size / 64) ? join(j, a.data, a.size, b.data, b.size) : NULL;
    return joined ? (struct zest_text){joined, a.size + b.size} : a;
}

struct jinja_value zest_jinja_join_lists(struct jinja *j, struct jinja_value a, struct jinja_value b)
{
    size_t item = sizeof *a.list->items;
    struct jinja_list *list = zest_jinja_alloc(j, 1, sizeof *list);
    if (!list || !zest_jinja_spend(j, b.list->count))
        return a;
    char *joined =
        join(j, (const char *)a.list->items, a.list->count * item, (const char *)b.list->items, b.list->count * item);
    if (!joined)
        return a;
    *list = (struct jinja_list){.items = (struct jinja_value *)(void *)joined, .count = a.list->count + b.list->count};
    a.list = list;
    return a;
}
