/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_filters_list.c - filters over sequences and mappings. jinja_filters.c lists them.
 *
 * What Jinja gives as a generator is a list here: templates can't tell but by printing it.
 */
#include "jinja_filters.h"
#include "jinja_text.h"

/* ---- attributes: "name", "a.b.0" or a number ---- */

static struct jinja_value follow(struct jinja *j, struct jinja_value item, struct jinja_value path,
                                 const struct jinja_value *otherwise)
{
    if (path.kind != JINJA_STRING)
        return zest_jinja_item(j, item, path);
    struct jinja_value parts = zest_jinja_split(j, path.text, ZEST_TEXT("."), -1, false);
    for (size_t i = 0; !j->failed && i < parts.list->count; i++) {
        struct zest_text part = parts.list->items[i].text;
        bool is_index = part.size > 0 && part.size < 10;
        int64_t index = 0;
        for (size_t k = 0; k < part.size; k++) {
            is_index = is_index && part.data[k] >= '0' && part.data[k] <= '9';
            index = is_index ? index * 10 + (part.data[k] - '0') : 0;
        }
        item = zest_jinja_item(j, item, is_index ? zest_jinja_int(index) : zest_jinja_string(part));
        if (item.kind == JINJA_UNDEFINED && otherwise && otherwise->kind != JINJA_NONE)
            item = *otherwise;
    }
    return item;
}

static struct jinja_value without_case(struct jinja *j, struct jinja_value value, bool case_sensitive)
{
    if (case_sensitive || value.kind != JINJA_STRING)
        return value;
    return zest_jinja_string(zest_jinja_change_case(j, value.text, JINJA_LOWER));
}

/* A sort key is a list, so that undefined keys are equal; several attributes have commas between them. */
static struct jinja_value sort_key_of(struct jinja *j, struct jinja_value item, const struct jinja_value *attribute,
                                      bool case_sensitive)
{
    bool is_path = attribute && attribute->kind == JINJA_STRING;
    struct jinja_value keys =
        is_path ? zest_jinja_split(j, attribute->text, ZEST_TEXT(","), -1, false) : zest_jinja_list(j, 1);
    if (!is_path && !j->failed) {
        bool has_attribute = attribute && attribute->kind != JINJA_NONE;
        keys.list->items[0] = without_case(j, has_attribute ? follow(j, item, *attribute, NULL) : item, case_sensitive);
        keys.list->count = 1;
    }
    for (size_t i = 0; is_path && !j->failed && i < keys.list->count; i++)
        keys.list->items[i] = without_case(j, follow(j, item, keys.list->items[i], NULL), case_sensitive);
    return keys;
}

static struct jinja_value key_of(struct jinja *j, struct jinja_value item, const struct jinja_value *attribute,
                                 bool case_sensitive)
{
    if (!attribute || attribute->kind == JINJA_NONE)
        return without_case(j, item, case_sensitive);
    return without_case(j, follow(j, item, *attribute, NULL), case_sensitive);
}

/* ---- sorting: stable, by merging runs that double ---- */

struct keyed {
    struct jinja_value key, item;
};

static void merge(struct jinja *j, const struct keyed *in, struct keyed *out, size_t from, size_t middle, size_t to,
                  bool reverse)
{
    size_t left = from, right = middle;
    for (size_t at = from; at < to; at++) {
        bool take_right = left == middle;
        if (left < middle && right < to) {
            int order = zest_jinja_compare(j, in[right].key, in[left].key, "<");
            take_right = reverse ? order > 0 : order < 0;
        }
        out[at] = take_right ? in[right++] : in[left++];
    }
}

static struct keyed *sort_keyed(struct jinja *j, struct keyed *items, size_t count, bool reverse)
{
    struct keyed *other = zest_jinja_alloc(j, count, sizeof *other);
    for (size_t run = 1; other && run < count && !j->failed; run *= 2) {
        for (size_t from = 0; from < count; from += 2 * run) {
            size_t middle = from + run < count ? from + run : count, to = middle + run < count ? middle + run : count;
            merge(j, items, other, from, middle, to, reverse);
        }
        struct keyed *held = items;
        items = other;
        other = held;
    }
    return items;
}

static struct keyed *key_all(struct jinja *j, const struct jinja_list *items, const struct jinja_value *attribute,
                             bool case_sensitive)
{
    struct keyed *keyed = zest_jinja_alloc(j, items->count, sizeof *keyed);
    for (size_t i = 0; keyed && i < items->count && !j->failed; i++)
        keyed[i] = (struct keyed){key_of(j, items->items[i], attribute, case_sensitive), items->items[i]};
    return j->failed ? NULL : keyed;
}

static struct jinja_value list_of(struct jinja *j, const struct jinja_value *items, size_t count)
{
    struct jinja_value list = zest_jinja_list(j, count);
    if (j->failed)
        return list;
    memcpy(list.list->items, items, count * sizeof *items);
    list.list->count = count;
    return list;
}

static struct jinja_value list_of_keyed(struct jinja *j, const struct keyed *keyed, size_t count)
{
    struct jinja_value list = zest_jinja_list(j, count);
    for (size_t i = 0; i < count && !j->failed; i++)
        list.list->items[list.list->count++] = keyed[i].item;
    return list;
}

FILTER(sort)
{
    bool reverse = zest_jinja_arg_bool(args, 0, "reverse", false);
    bool case_sensitive = zest_jinja_arg_bool(args, 1, "case_sensitive", false);
    const struct jinja_list *items = zest_jinja_iterate(j, self);
    const struct jinja_value *attribute = zest_jinja_arg(args, 2, "attribute");
    struct keyed *keyed = items ? zest_jinja_alloc(j, items->count, sizeof *keyed) : NULL;
    for (size_t i = 0; keyed && i < items->count && !j->failed; i++)
        keyed[i] = (struct keyed){sort_key_of(j, items->items[i], attribute, case_sensitive), items->items[i]};
    if (!j->failed)
        keyed = sort_keyed(j, keyed, items->count, reverse);
    return j->failed ? self : list_of_keyed(j, keyed, items->count);
}

FILTER(dictsort)
{
    bool case_sensitive = zest_jinja_arg_bool(args, 0, "case_sensitive", false);
    struct zest_text by = zest_jinja_arg_text(j, args, 1, "by", "key");
    bool by_value = zest_text_equal(by, ZEST_TEXT("value"));
    if (self.kind != JINJA_DICT)
        return zest_jinja_fail(j, "'%s object' has no attribute 'items'", zest_jinja_type(self));
    if (!by_value && !zest_text_equal(by, ZEST_TEXT("key")))
        return zest_jinja_fail(j, "You can only sort by either \"key\" or \"value\"");
    struct keyed *keyed = zest_jinja_alloc(j, self.dict->count, sizeof *keyed);
    for (size_t i = 0; keyed && i < self.dict->count && !j->failed; i++) {
        struct jinja_entry entry = self.dict->entries[i];
        keyed[i].key = without_case(j, by_value ? entry.value : entry.key, case_sensitive);
        keyed[i].item = zest_jinja_tuple(j, entry.key, entry.value);
    }
    if (!j->failed)
        keyed = sort_keyed(j, keyed, self.dict->count, zest_jinja_arg_bool(args, 2, "reverse", false));
    return j->failed ? self : list_of_keyed(j, keyed, self.dict->count);
}

static const char *const group_names[] = {"grouper", "list"};

FILTER(groupby)
{
    const struct jinja_value *attribute = zest_jinja_arg(args, 0, "attribute"),
                             *otherwise = zest_jinja_arg(args, 1, "default");
    bool case_sensitive = zest_jinja_arg_bool(args, 2, "case_sensitive", false);
    const struct jinja_list *items = zest_jinja_iterate(j, self);
    struct keyed *keyed = items ? zest_jinja_alloc(j, items->count, sizeof *keyed) : NULL;
    if (!attribute)
        return zest_jinja_fail(j, "groupby needs an attribute");
    for (size_t i = 0; keyed && i < items->count && !j->failed; i++)
        keyed[i] = (struct keyed){without_case(j, follow(j, items->items[i], *attribute, otherwise), case_sensitive),
                                  items->items[i]};
    if (!j->failed)
        keyed = sort_keyed(j, keyed, items->count, false);
    struct jinja_value groups = zest_jinja_list(j, items ? items->count : 0);
    for (size_t from = 0, to; !j->failed && from < items->count; from = to) {
        for (to = from + 1; to < items->count && zest_jinja_equal(j, keyed[from].key, keyed[to].key); to++)
            ;
        struct jinja_value key = follow(j, keyed[from].item, *attribute, otherwise);
        struct jinja_value group = zest_jinja_tuple(j, key, list_of_keyed(j, keyed + from, to - from));
        if (!j->failed)
            group.list->names = group_names;
        groups.list->items[groups.list->count++] = group;
    }
    return groups;
}

FILTER(unique)
{
    bool case_sensitive = zest_jinja_arg_bool(args, 0, "case_sensitive", false);
    const struct jinja_list *items = zest_jinja_iterate(j, self);
    struct keyed *keyed = items ? key_all(j, items, zest_jinja_arg(args, 1, "attribute"), case_sensitive) : NULL;
    struct jinja_value seen = zest_jinja_dict(j, 8), kept = zest_jinja_list(j, items ? items->count : 0);
    for (size_t i = 0; keyed && i < items->count && !j->failed; i++) {
        if (zest_jinja_dict_find(j, seen.dict, keyed[i].key))
            continue;
        zest_jinja_dict_set(j, seen.dict, keyed[i].key, zest_jinja_none());
        kept.list->items[kept.list->count++] = keyed[i].item;
    }
    return kept;
}

static struct jinja_value extreme(struct jinja *j, struct jinja_value self, const struct jinja_args *args, int sign)
{
    bool case_sensitive = zest_jinja_arg_bool(args, 0, "case_sensitive", false);
    const struct jinja_list *items = zest_jinja_iterate(j, self);
    struct keyed *keyed = items ? key_all(j, items, zest_jinja_arg(args, 1, "attribute"), case_sensitive) : NULL;
    if (!keyed)
        return self;
    if (items->count == 0)
        return zest_jinja_undefined(j, "No aggregated item, sequence was empty.");
    size_t best = 0;
    for (size_t i = 1; i < items->count && !j->failed; i++)
        if (zest_jinja_compare(j, keyed[i].key, keyed[best].key, sign > 0 ? ">" : "<") * sign > 0)
            best = i;
    return keyed[best].item;
}

FILTER(max)
{
    return extreme(j, self, args, 1);
}

FILTER(min)
{
    return extreme(j, self, args, -1);
}

/* ---- choosing and mapping ---- */

/* The arguments from `from` on. */
static struct jinja_args rest_of(const struct jinja_args *args, size_t from)
{
    struct jinja_args rest = *args;
    size_t skipped = from < args->count ? from : args->count;
    rest.values = skipped > 0 ? args->values + skipped : args->values;
    rest.count -= skipped;
    return rest;
}

/* What is false, as none is, counts as empty. */
static struct jinja_list *iterate_if_true(struct jinja *j, struct jinja_value self)
{
    return zest_jinja_iterate(j, zest_jinja_truth(self) ? self : (struct jinja_value){.kind = JINJA_UNDEFINED});
}

static struct jinja_value choose(struct jinja *j, struct jinja_value self, const struct jinja_args *args,
                                 bool by_attribute, bool wanted)
{
    size_t at = by_attribute ? 1 : 0;
    const struct jinja_function *test = NULL;
    if (by_attribute && args->count == 0)
        return zest_jinja_fail(j, "Missing parameter for attribute name");
    if (args->count > at) {
        struct zest_text name = zest_jinja_text(j, args->values[at]);
        test = zest_jinja_find_test(name);
        if (!test)
            return zest_jinja_fail(j, "No test named '%.*s'.", (int)name.size, name.data);
    }
    struct jinja_args rest = rest_of(args, at + 1);
    const struct jinja_list *items = iterate_if_true(j, self);
    struct jinja_value kept = zest_jinja_list(j, items ? items->count : 0);
    for (size_t i = 0; !j->failed && i < items->count && zest_jinja_spend(j, 1); i++) {
        struct jinja_value value = by_attribute ? follow(j, items->items[i], args->values[0], NULL) : items->items[i];
        bool holds = zest_jinja_truth(test ? test->call(j, value, &rest) : value);
        if (holds == wanted)
            kept.list->items[kept.list->count++] = items->items[i];
    }
    return kept;
}

FILTER(select)
{
    return choose(j, self, args, false, true);
}

FILTER(reject)
{
    return choose(j, self, args, false, false);
}

FILTER(selectattr)
{
    return choose(j, self, args, true, true);
}

FILTER(rejectattr)
{
    return choose(j, self, args, true, false);
}

FILTER(map)
{
    const struct jinja_value *attribute = args->count == 0 ? zest_jinja_arg(args, 0, "attribute") : NULL;
    const struct jinja_value *otherwise = attribute ? zest_jinja_arg(args, 1, "default") : NULL;
    const struct jinja_function *filter = NULL;
    if (!attribute && args->count == 0)
        return zest_jinja_fail(j, "map requires a filter argument");
    if (!attribute) {
        struct zest_text name = zest_jinja_text(j, args->values[0]);
        filter = zest_jinja_find_filter(name);
        if (!filter)
            return zest_jinja_fail(j, "No filter named '%.*s'.", (int)name.size, name.data);
    }
    struct jinja_args rest = rest_of(args, 1);
    const struct jinja_list *items = iterate_if_true(j, self);
    struct jinja_value mapped = zest_jinja_list(j, items ? items->count : 0);
    for (size_t i = 0; !j->failed && i < items->count && zest_jinja_spend(j, 1); i++)
        mapped.list->items[mapped.list->count++] =
            attribute ? follow(j, items->items[i], *attribute, otherwise) : filter->call(j, items->items[i], &rest);
    return mapped;
}

/* ---- parts ---- */

FILTER(first)
{
    (void)args;
    const struct jinja_list *items = zest_jinja_iterate(j, self);
    if (!items)
        return self;
    return items->count > 0 ? items->items[0] : zest_jinja_undefined(j, "No first item, sequence was empty.");
}

FILTER(last)
{
    (void)args;
    const struct jinja_list *items = zest_jinja_iterate(j, self);
    if (!items)
        return self;
    return items->count > 0 ? items->items[items->count - 1]
                            : zest_jinja_undefined(j, "No last item, sequence was empty.");
}

FILTER(list)
{
    (void)args;
    const struct jinja_list *items = zest_jinja_iterate(j, self);
    return items ? list_of(j, items->items, items->count) : self;
}

FILTER(length)
{
    (void)args;
    return zest_jinja_int((int64_t)zest_jinja_length(j, self));
}

FILTER(reverse)
{
    (void)args;
    const struct jinja_list *items = zest_jinja_iterate(j, self);
    struct jinja_value reversed = zest_jinja_list(j, items ? items->count : 0);
    struct jinja_output output = {0};
    for (size_t i = items ? items->count : 0; i-- > 0 && !j->failed;) {
        reversed.list->items[reversed.list->count++] = items->items[i];
        if (self.kind == JINJA_STRING)
            zest_jinja_write_text(j, &output, items->items[i].text);
    }
    return self.kind == JINJA_STRING ? zest_jinja_string(zest_jinja_output_text(&output)) : reversed;
}

FILTER(batch)
{
    int64_t size = zest_jinja_arg_int(j, args, 0, "linecount", 0);
    const struct jinja_value *filling = zest_jinja_arg(args, 1, "fill_with");
    const struct jinja_list *items = zest_jinja_iterate(j, self);
    struct jinja_value rows = zest_jinja_list(j, items ? items->count : 0);
    if (size < 1 || !zest_jinja_spend(j, (uint64_t)size))
        return zest_jinja_fail(j, "batch needs a positive number of items");
    for (size_t at = 0; !j->failed && at < items->count; at += (size_t)size) {
        size_t count = items->count - at < (size_t)size ? items->count - at : (size_t)size;
        bool fills = filling && filling->kind != JINJA_NONE;
        struct jinja_value row = zest_jinja_list(j, fills ? (size_t)size : count);
        for (size_t i = 0; !j->failed && i < (fills ? (size_t)size : count); i++)
            row.list->items[row.list->count++] = i < count ? items->items[at + i] : *filling;
        rows.list->items[rows.list->count++] = row;
    }
    return rows;
}

FILTER(slice)
{
    int64_t slices = zest_jinja_arg_int(j, args, 0, "slices", 0);
    const struct jinja_value *filling = zest_jinja_arg(args, 1, "fill_with");
    const struct jinja_list *items = zest_jinja_iterate(j, self);
    if (slices < 1 || !zest_jinja_spend(j, (uint64_t)slices) || !items)
        return zest_jinja_fail(j, "slice needs a positive number of slices");
    struct jinja_value columns = zest_jinja_list(j, (size_t)slices);
    size_t each = items->count / (size_t)slices, longer = items->count % (size_t)slices, at = 0;
    for (size_t i = 0; !j->failed && i < (size_t)slices; i++) {
        size_t count = each + (i < longer);
        struct jinja_value column = zest_jinja_list(j, count + 1);
        for (size_t k = 0; !j->failed && k < count; k++)
            column.list->items[column.list->count++] = items->items[at++];
        if (!j->failed && filling && filling->kind != JINJA_NONE && i >= longer)
            column.list->items[column.list->count++] = *filling;
        columns.list->items[columns.list->count++] = column;
    }
    return columns;
}

FILTER(join)
{
    struct zest_text separator = zest_jinja_arg_text(j, args, 0, "d", "");
    const struct jinja_value *attribute = zest_jinja_arg(args, 1, "attribute");
    const struct jinja_list *items = zest_jinja_iterate(j, self);
    struct jinja_output output = {0};
    for (size_t i = 0; items && i < items->count && !j->failed; i++) {
        if (i > 0)
            zest_jinja_write_text(j, &output, separator);
        bool by_attribute = attribute && attribute->kind != JINJA_NONE;
        zest_jinja_write_value(j, &output,
                               by_attribute ? follow(j, items->items[i], *attribute, NULL) : items->items[i]);
    }
    return zest_jinja_string(zest_jinja_output_text(&output));
}

FILTER(sum)
{
    const struct jinja_value *attribute = zest_jinja_arg(args, 0, "attribute"),
                             *start = zest_jinja_arg(args, 1, "start");
    const struct jinja_list *items = zest_jinja_iterate(j, self);
    struct jinja_value sum = start ? *start : zest_jinja_int(0);
    for (size_t i = 0; items && i < items->count && !j->failed; i++) {
        bool by_attribute = attribute && attribute->kind != JINJA_NONE;
        sum = zest_jinja_binary(j, "+", sum,
                                by_attribute ? follow(j, items->items[i], *attribute, NULL) : items->items[i]);
    }
    return sum;
}

FILTER(items)
{
    if (self.kind == JINJA_UNDEFINED)
        return zest_jinja_list(j, 0);
    if (self.kind != JINJA_DICT)
        return zest_jinja_fail(j, "Can only get item pairs from a mapping.");
    struct jinja_value list = zest_jinja_find_method(JINJA_DICT, ZEST_TEXT("items"))->call(j, self, args);
    if (!j->failed)
        list.list->view = NULL;
    return list;
}
