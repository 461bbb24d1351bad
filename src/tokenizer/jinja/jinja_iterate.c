/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_iterate.c - going over values, forwards and backwards, and generators: what makes its items when it is asked.
 *
 * A struct jinja_iterator lies with whoever goes over something; as a value it lies in the arena, and going over that
 * value uses it up.
 */
#include "jinja_tree.h"
#include "unicode_class.h"

/* ---- forwards ---- */

static bool next_item(struct jinja *j, struct jinja_iterator *self, struct jinja_value *ret_item)
{
    (void)j;
    if (self->position >= self->over.list->count)
        return false;
    *ret_item = self->over.list->items[self->position++];
    return true;
}

/* `position` is a byte. */
static bool next_character(struct jinja *j, struct jinja_iterator *self, struct jinja_value *ret_item)
{
    (void)j;
    if (self->position >= self->over.text.size)
        return false;
    uint32_t length;
    const char *at = self->over.text.data + self->position;
    uint32_t code_point = zest_utf8_decode((const unsigned char *)at, &length);
    *ret_item = zest_jinja_string((struct zest_text){at, length});
    ret_item->flags = code_point < 0x80 ? JINJA_ASCII : 0;
    self->position += length;
    return true;
}

static struct jinja_value view_item(struct jinja *j, const struct jinja_dict *dict, enum jinja_view view, size_t index)
{
    struct jinja_entry entry = dict->entries[index];
    if (view == JINJA_ITEMS)
        return zest_jinja_tuple_of(j, (struct jinja_value[]){entry.key, entry.value}, 2);
    return view == JINJA_KEYS ? entry.key : entry.value;
}

static bool next_in_view(struct jinja *j, struct jinja_iterator *self, struct jinja_value *ret_item)
{
    if (self->position >= self->over.dict->count)
        return false;
    *ret_item = view_item(j, self->over.dict, self->over.view, self->position++);
    return !j->failed;
}

static bool next_in_range(struct jinja *j, struct jinja_iterator *self, struct jinja_value *ret_item)
{
    (void)j;
    if (self->position >= self->over.range->count)
        return false;
    *ret_item = zest_jinja_int(self->over.range->start + (int64_t)self->position++ * self->over.range->step);
    return true;
}

static bool next_of_iterator(struct jinja *j, struct jinja_iterator *self, struct jinja_value *ret_item)
{
    struct jinja_iterator *iterator = self->over.iterator;
    if (iterator->next && iterator->next(j, iterator, ret_item) && !j->failed)
        return true;
    iterator->next = NULL; /* what has ended once does not go on */
    return false;
}

/* A loop that is gone over gives its items, each with itself. */
static bool next_of_loop(struct jinja *j, struct jinja_iterator *self, struct jinja_value *ret_item)
{
    struct jinja_value item;
    if (!zest_jinja_loop_next(j, self->over.loop, &item))
        return false;
    *ret_item = zest_jinja_tuple_of(j, (struct jinja_value[]){item, self->over}, 2);
    return !j->failed;
}

/* The template, as an iterable, asks for the block called 0, which nobody has. */
static bool next_nothing(struct jinja *j, struct jinja_iterator *self, struct jinja_value *ret_item)
{
    (void)self;
    (void)ret_item;
    if (self->over.kind == JINJA_SELF)
        zest_jinja_fail(j, "there is no block called 0");
    return false;
}

bool zest_jinja_is_iterable(struct jinja_value value)
{
    return zest_jinja_has_length(value) || value.kind == JINJA_ITERATOR || value.kind == JINJA_SELF;
}

bool zest_jinja_iterate(struct jinja *j, struct jinja_value value, struct jinja_iterator *self)
{
    *self = (struct jinja_iterator){.over = value};
    if (j->failed)
        return false;
    switch (value.kind) {
    case JINJA_UNDEFINED:
    case JINJA_SELF:
        self->next = next_nothing;
        break;
    case JINJA_STRING:
        self->next = next_character;
        break;
    case JINJA_LIST:
    case JINJA_TUPLE:
        self->next = next_item;
        break;
    case JINJA_DICT:
        self->over.view = JINJA_KEYS;
        self->next = next_in_view;
        break;
    case JINJA_VIEW:
        self->next = next_in_view;
        break;
    case JINJA_RANGE:
        self->next = next_in_range;
        break;
    case JINJA_ITERATOR:
        self->next = next_of_iterator;
        break;
    case JINJA_LOOP:
        self->next = next_of_loop;
        break;
    default:
        zest_jinja_fail(j, "'%s' object is not iterable", zest_jinja_type(value));
    }
    return self->next != NULL;
}

bool zest_jinja_next(struct jinja *j, struct jinja_iterator *self, struct jinja_value *ret_item)
{
    return zest_jinja_spend(j, 1) && self->next(j, self, ret_item) && !j->failed;
}

const struct jinja_list *zest_jinja_items(struct jinja *j, struct jinja_value value)
{
    struct jinja_iterator iterator;
    struct jinja_value item;
    if (zest_jinja_is_sequence(value))
        return zest_jinja_spend(j, value.list->count / 4) ? value.list : NULL;
    if (!zest_jinja_iterate(j, value, &iterator))
        return NULL;
    size_t capacity = value.kind == JINJA_DICT || value.kind == JINJA_VIEW ? value.dict->count : 4;
    struct jinja_value list = zest_jinja_list(j, capacity);
    while (list.kind == JINJA_LIST && zest_jinja_next(j, &iterator, &item))
        zest_jinja_append(j, list.list, &capacity, item);
    return j->failed ? NULL : list.list;
}

/* ---- generators ---- */

struct jinja_value zest_jinja_generator(struct jinja *j, struct jinja_value value, void *state,
                                        bool (*next)(struct jinja *, struct jinja_iterator *, struct jinja_value *))
{
    struct jinja_iterator *iterator = zest_jinja_alloc(j, 1, sizeof *iterator);
    if (!iterator)
        return (struct jinja_value){.kind = JINJA_UNDEFINED};
    *iterator = (struct jinja_iterator){.next = next, .over = value, .state = state};
    return (struct jinja_value){.kind = JINJA_ITERATOR, .iterator = iterator};
}

bool zest_jinja_source_next(struct jinja *j, struct jinja_iterator *self, struct jinja_value *ret_item)
{
    if (!self->source) {
        struct jinja_iterator *source = zest_jinja_alloc(j, 1, sizeof *source);
        if (!source || !zest_jinja_iterate(j, self->over, source))
            return false;
        self->source = source;
    }
    /* Generators over generators may be many: each is a level of nesting. */
    if (!zest_jinja_enter(j))
        return false;
    bool is_there = zest_jinja_next(j, self->source, ret_item);
    zest_jinja_leave(j);
    return is_there;
}

/* ---- backwards: `position` counts what is left ---- */

static bool previous_item(struct jinja *j, struct jinja_iterator *self, struct jinja_value *ret_item)
{
    struct jinja_value over = self->over;
    if (self->position == 0)
        return false;
    size_t at = --self->position;
    if (over.kind == JINJA_RANGE)
        *ret_item = zest_jinja_int(over.range->start + (int64_t)at * over.range->step);
    else if (over.kind == JINJA_DICT || over.kind == JINJA_VIEW)
        *ret_item = view_item(j, over.dict, over.kind == JINJA_DICT ? JINJA_KEYS : over.view, at);
    else
        *ret_item = over.list->items[at];
    return !j->failed;
}

static bool previous_character(struct jinja *j, struct jinja_iterator *self, struct jinja_value *ret_item)
{
    (void)j;
    size_t end = self->position, at = end;
    if (end == 0)
        return false;
    while (at > 0 && zest_utf8_continues((unsigned char)self->over.text.data[--at]))
        ;
    *ret_item = zest_jinja_string_like(self->over, (struct zest_text){self->over.text.data + at, end - at});
    self->position = at;
    return true;
}

struct jinja_value zest_jinja_reversed(struct jinja *j, struct jinja_value value)
{
    struct jinja_value result = zest_jinja_missing();
    switch (value.kind) {
    case JINJA_UNDEFINED:
        return zest_jinja_generator(j, value, NULL, next_nothing);
    case JINJA_STRING:
        result = zest_jinja_generator(j, value, NULL, previous_character);
        break;
    case JINJA_LIST:
    case JINJA_TUPLE:
    case JINJA_DICT:
    case JINJA_VIEW:
    case JINJA_RANGE:
        result = zest_jinja_generator(j, value, NULL, previous_item);
        break;
    default:
        break;
    }
    if (result.kind == JINJA_ITERATOR)
        result.iterator->position = value.kind == JINJA_STRING ? value.text.size : zest_jinja_length(j, value);
    return result;
}
