/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_filters_list.c - filters over sequences and mappings. jinja_filters.c lists them.
 */
#include "jinja_filters.h"

#include "jinja_text.h"

/* ---- parts ---- */

FILTER(first)
{
    struct jinja_iterator iterator;
    struct jinja_value item;
    (void)args;
    if (!zest_jinja_iterate(j, self, &iterator))
        return self;
    if (zest_jinja_next(j, &iterator, &item))
        return item;
    return zest_jinja_because("No first item, sequence was empty.");
}

FILTER(last)
{
    (void)args;
    struct jinja_value backwards = zest_jinja_reversed(j, self);
    if (backwards.kind == JINJA_MISSING)
        return zest_jinja_fail(j, "'%s' object is not reversible", zest_jinja_type(self));
    struct jinja_value item = zest_jinja_filter_first(j, backwards, args);
    return item.kind == JINJA_UNDEFINED && item.reason == JINJA_BECAUSE && !zest_jinja_truth(j, self)
               ? zest_jinja_because("No last item, sequence was empty.")
               : item;
}

FILTER(list)
{
    (void)args;
    const struct jinja_list *items = zest_jinja_items(j, self);
    if (!items)
        return self;
    struct jinja_value list = zest_jinja_list(j, 0); /* a new one, with the same items */
    if (!j->failed)
        *list.list = (struct jinja_list){.items = items->items, .count = items->count};
    return list;
}

FILTER(length)
{
    (void)args;
    return zest_jinja_int((int64_t)zest_jinja_length(j, self));
}

static struct jinja_value reversed_list(struct jinja *j, struct jinja_value value)
{
    const struct jinja_list *items = zest_jinja_items(j, value);
    struct jinja_value reversed = zest_jinja_list(j, items ? items->count : 0);
    for (size_t i = items ? items->count : 0; i-- > 0 && !j->failed;)
        reversed.list->items[reversed.list->count++] = items->items[i];
    return reversed;
}

FILTER(reverse)
{
    (void)args;
    struct jinja_value none = zest_jinja_none();
    if (self.kind == JINJA_STRING)
        return zest_jinja_slice(j, self, none, none, zest_jinja_int(-1));
    struct jinja_value backwards = zest_jinja_reversed(j, self);
    return backwards.kind == JINJA_MISSING ? reversed_list(j, self) : backwards;
}

/* ---- rows and columns ---- */

struct rows {
    struct jinja_value size, filling;
};

static bool is_full(struct jinja *j, size_t count, struct jinja_value size)
{
    return zest_jinja_equal(j, zest_jinja_int((int64_t)count), size);
}

/* [filling] * (size - count), where size is more. */
static void fill_row(struct jinja *j, struct jinja_list *row, size_t *capacity, const struct rows *rows)
{
    int64_t size;
    enum jinja_order order = zest_jinja_compare(j, zest_jinja_int((int64_t)row->count), rows->size, "<");
    if (j->failed || order != JINJA_LESS)
        return;
    if (!zest_jinja_is_integer(rows->size, &size))
        zest_jinja_fail(j, "can't multiply sequence by non-int of type '%s'", zest_jinja_type(rows->size));
    while (!j->failed && row->count < (size_t)size)
        zest_jinja_append(j, row, capacity, rows->filling);
}

/* A row is given out when the next item comes, so one that is full may be empty: batch(0). */
static bool next_row(struct jinja *j, struct jinja_iterator *self, struct jinja_value *ret_item)
{
    const struct rows *rows = self->state;
    struct jinja_value row = zest_jinja_list(j, 4), item;
    size_t capacity = 4;
    if (self->position == SIZE_MAX || j->failed)
        return false;
    if (self->position == 1) { /* the item that the last row had no room for */
        zest_jinja_append(j, row.list, &capacity, self->held);
        self->position = 0;
    }
    *ret_item = row;
    while (zest_jinja_source_next(j, self, &item)) {
        if (is_full(j, row.list->count, rows->size)) {
            self->held = item;
            self->position = 1;
            return !j->failed;
        }
        zest_jinja_append(j, row.list, &capacity, item);
    }
    self->position = SIZE_MAX;
    if (j->failed || row.list->count == 0)
        return false;
    if (rows->filling.kind != JINJA_NONE && rows->filling.kind != JINJA_MISSING)
        fill_row(j, row.list, &capacity, rows);
    return !j->failed;
}

static struct jinja_value rows_of(struct jinja *j, struct jinja_value self, const struct jinja_args *args,
                                  bool (*next)(struct jinja *, struct jinja_iterator *, struct jinja_value *))
{
    struct rows *rows = zest_jinja_alloc(j, 1, sizeof *rows);
    if (!rows)
        return self;
    *rows = (struct rows){args->values[0], args->values[1]};
    return zest_jinja_generator(j, self, rows, next);
}

FILTER(batch)
{
    return rows_of(j, self, args, next_row);
}

/* Columns of items that follow each other; the first ones may be longer by one. */
static bool next_column(struct jinja *j, struct jinja_iterator *self, struct jinja_value *ret_item)
{
    const struct rows *rows = self->state;
    int64_t slices = 0, index = (int64_t)self->position++;
    const struct jinja_list *items = zest_jinja_items(j, self->over);
    if (j->failed)
        return false;
    if (!zest_jinja_is_integer(rows->size, &slices))
        zest_jinja_fail(j, "'%s' object cannot be interpreted as an integer", zest_jinja_type(rows->size));
    else if (slices == 0)
        zest_jinja_fail(j, "integer division or modulo by zero");
    if (index == 0 && !j->failed) /* it is gone over once */
        self->over = (struct jinja_value){.kind = JINJA_LIST, .list = (struct jinja_list *)items};
    if (j->failed || index >= slices)
        return false;
    int64_t each = (int64_t)items->count / slices, longer = (int64_t)items->count % slices;
    int64_t start = index * each + (index < longer ? index : longer);
    bool fills = rows->filling.kind != JINJA_NONE && rows->filling.kind != JINJA_MISSING && index >= longer;
    size_t count = (size_t)(each + (index < longer)), capacity = count;
    *ret_item = zest_jinja_list_of(j, items->items + start, count);
    if (fills && !j->failed)
        zest_jinja_append(j, ret_item->list, &capacity, rows->filling);
    return !j->failed;
}

FILTER(slice)
{
    return rows_of(j, self, args, next_column);
}

/* ---- together ---- */

/* With autoescape, markup among the parts makes all of it markup. */
static struct jinja_value join_markup(struct jinja *j, const struct jinja_list *items, struct jinja_value separator)
{
    bool makes_markup = separator.kind == JINJA_STRING && (separator.flags & JINJA_MARKUP);
    struct jinja_value joined = zest_jinja_string(ZEST_TEXT(""));
    for (size_t i = 0; i < items->count; i++)
        makes_markup = makes_markup || (items->items[i].kind == JINJA_STRING && (items->items[i].flags & JINJA_MARKUP));
    for (size_t i = 0; i < items->count && !j->failed; i++) {
        struct jinja_value item = items->items[i];
        if (makes_markup)
            item = zest_jinja_escape(j, item);
        if (i > 0)
            joined.text = zest_jinja_join_texts(
                j, joined.text, zest_jinja_text(j, makes_markup ? zest_jinja_escape(j, separator) : separator));
        joined.text = zest_jinja_join_texts(j, joined.text, zest_jinja_text(j, item));
    }
    joined.flags = makes_markup ? JINJA_MARKUP : 0;
    return joined;
}

FILTER(join)
{
    struct jinja_value separator = zest_jinja_given(args, 0) ? args->values[0] : zest_jinja_string(ZEST_TEXT("")), item;
    struct jinja_path path = zest_jinja_path(j, args->values[1], zest_jinja_missing(), false);
    struct jinja_iterator iterator;
    struct jinja_output output = {0};
    struct zest_text text = zest_jinja_text(j, separator);
    struct jinja_value gathered = j->autoescape ? zest_jinja_list(j, 4) : zest_jinja_none();
    size_t capacity = 4, count = 0;
    if (!zest_jinja_iterate(j, self, &iterator))
        return self;
    while (zest_jinja_next(j, &iterator, &item)) {
        item = zest_jinja_follow(j, &path, item);
        if (j->autoescape) {
            zest_jinja_append(j, gathered.list, &capacity, item);
            continue;
        }
        if (count++ > 0)
            zest_jinja_write_text(j, &output, text);
        zest_jinja_write_value(j, &output, item);
    }
    if (j->failed)
        return self;
    return j->autoescape ? join_markup(j, gathered.list, separator)
                         : zest_jinja_string(zest_jinja_output_text(&output));
}

FILTER(sum)
{
    struct jinja_path path = zest_jinja_path(j, args->values[0], zest_jinja_missing(), false);
    struct jinja_value sum = zest_jinja_given(args, 1) ? args->values[1] : zest_jinja_int(0), item;
    struct jinja_iterator iterator;
    if (!zest_jinja_iterate(j, self, &iterator))
        return self;
    if (sum.kind == JINJA_STRING)
        return zest_jinja_fail(j, "sum() can't sum strings [use ''.join(seq) instead]");
    while (zest_jinja_next(j, &iterator, &item))
        sum = zest_jinja_binary(j, JINJA_ADD, sum, zest_jinja_follow(j, &path, item));
    return sum;
}

/* ---- mappings ---- */

static bool next_pair(struct jinja *j, struct jinja_iterator *self, struct jinja_value *ret_item)
{
    if (self->over.kind == JINJA_UNDEFINED)
        return false;
    if (self->over.kind != JINJA_DICT) {
        zest_jinja_fail(j, "Can only get item pairs from a mapping.");
        return false;
    }
    const struct jinja_dict *dict = self->over.dict;
    if (self->position >= dict->count)
        return false;
    struct jinja_entry entry = dict->entries[self->position++];
    *ret_item = zest_jinja_tuple_of(j, (struct jinja_value[]){entry.key, entry.value}, 2);
    return !j->failed;
}

FILTER(items)
{
    (void)args;
    return zest_jinja_generator(j, self, NULL, next_pair);
}

FILTER(dictsort)
{
    bool case_sensitive = zest_jinja_arg_truth(j, args, 0, false), by_value = false;
    if (zest_jinja_given(args, 1)) {
        by_value = zest_jinja_equal(j, args->values[1], zest_jinja_string(ZEST_TEXT("value")));
        if (!by_value && !zest_jinja_equal(j, args->values[1], zest_jinja_string(ZEST_TEXT("key"))))
            return zest_jinja_fail(j, "You can only sort by either \"key\" or \"value\"");
    }
    if (self.kind == JINJA_UNDEFINED)
        return zest_jinja_fail_undefined(j, self);
    if (self.kind != JINJA_DICT)
        return zest_jinja_fail(j, "'%s' object has no attribute 'items'", zest_jinja_type(self));
    size_t count = self.dict->count;
    struct jinja_keyed *keyed = zest_jinja_alloc(j, count, sizeof *keyed);
    for (size_t i = 0; keyed && i < count && !j->failed; i++) {
        struct jinja_entry entry = self.dict->entries[i];
        keyed[i].key = by_value ? entry.value : entry.key;
        if (!case_sensitive)
            keyed[i].key = zest_jinja_without_case(j, keyed[i].key);
        keyed[i].item = zest_jinja_tuple_of(j, (struct jinja_value[]){entry.key, entry.value}, 2);
    }
    if (!j->failed)
        keyed = zest_jinja_sort_keyed(j, keyed, count, zest_jinja_arg_truth(j, args, 2, false));
    struct jinja_value sorted = zest_jinja_list(j, count);
    for (size_t i = 0; !j->failed && i < count; i++)
        sorted.list->items[sorted.list->count++] = keyed[i].item;
    return sorted;
}

FILTER(xmlattr)
{
    struct jinja_output output = {0};
    bool autospace = zest_jinja_arg_truth(j, args, 0, true);
    if (self.kind == JINJA_UNDEFINED)
        return zest_jinja_fail_undefined(j, self);
    if (self.kind != JINJA_DICT)
        return zest_jinja_fail(j, "'%s' object has no attribute 'items'", zest_jinja_type(self));
    for (size_t i = 0; i < self.dict->count && !j->failed; i++) {
        struct jinja_entry entry = self.dict->entries[i];
        if (entry.value.kind == JINJA_NONE || entry.value.kind == JINJA_UNDEFINED)
            continue;
        if (entry.key.kind != JINJA_STRING)
            return zest_jinja_fail(j, "expected string or bytes-like object, got '%s'", zest_jinja_type(entry.key));
        for (size_t k = 0; k < entry.key.text.size; k++)
            if (memchr(" />=\t\n\v\f\r", entry.key.text.data[k], 9))
                return zest_jinja_fail(j, "Invalid character in attribute name: '%.*s'",
                                       (int)(entry.key.text.size & 127), entry.key.text.data);
        if (output.size > 0 || autospace)
            zest_jinja_write(j, &output, " ", 1);
        zest_jinja_write_value(j, &output, zest_jinja_escape(j, entry.key));
        zest_jinja_write(j, &output, "=\"", 2);
        zest_jinja_write_value(j, &output, zest_jinja_escape(j, entry.value));
        zest_jinja_write(j, &output, "\"", 1);
    }
    struct jinja_value text = zest_jinja_string(zest_jinja_output_text(&output));
    text.flags = j->autoescape ? JINJA_MARKUP : 0;
    return text;
}
