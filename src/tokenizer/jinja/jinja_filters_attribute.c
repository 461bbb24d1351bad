/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_filters_attribute.c - filters that look at one attribute of each item: sort, unique, groupby, min, max, map,
 * select and their kin. What Jinja makes as a generator is one here: nothing happens before an item is asked for.
 */
#include "jinja_filters.h"
#include "jinja_text.h"
#include "jinja_tree.h"

#include "unicode_class.h"

/* ---- paths ---- */

static bool is_digits(struct zest_text text)
{
    bool all = text.size > 0;
    for (size_t at = 0; all && at < text.size;) {
        uint32_t length, code_point = zest_utf8_decode((const unsigned char *)text.data + at, &length);
        all = zest_jinja_is_digit(code_point);
        at += length;
    }
    return all;
}

/* The parts of "a.b.0", numbers as such. */
static const struct jinja_list *split_path(struct jinja *j, struct zest_text text)
{
    struct jinja_value parts = zest_jinja_split(j, zest_jinja_string(text), ZEST_TEXT("."), -1, false);
    for (size_t i = 0; !j->failed && i < parts.list->count; i++) {
        struct jinja_value *part = &parts.list->items[i], number;
        if (!is_digits(part->text))
            continue;
        number = zest_jinja_int_of_text(j, part->text, 10);
        if (number.kind == JINJA_MISSING)
            zest_jinja_fail(j, "invalid literal for int() with base 10");
        *part = number;
    }
    return j->failed ? NULL : parts.list;
}

struct jinja_path zest_jinja_path(struct jinja *j, struct jinja_value attribute, struct jinja_value otherwise,
                                  bool ignores_case)
{
    struct jinja_path path = {.otherwise = otherwise, .ignores_case = ignores_case};
    if (attribute.kind == JINJA_STRING)
        path.parts = split_path(j, attribute.text);
    else if (attribute.kind != JINJA_NONE && attribute.kind != JINJA_MISSING)
        path.parts = zest_jinja_list_of(j, &attribute, 1).list;
    return path;
}

struct jinja_value zest_jinja_without_case(struct jinja *j, struct jinja_value value)
{
    if (value.kind != JINJA_STRING)
        return value;
    return zest_jinja_string_like(value, zest_jinja_change_case(j, value.text, JINJA_LOWER));
}

struct jinja_value zest_jinja_follow(struct jinja *j, const struct jinja_path *path, struct jinja_value item)
{
    bool has_other = path->otherwise.kind != JINJA_MISSING && path->otherwise.kind != JINJA_NONE;
    for (size_t i = 0; path->parts && i < path->parts->count && !j->failed; i++) {
        item = zest_jinja_item(j, item, path->parts->items[i]);
        if (item.kind == JINJA_UNDEFINED && has_other)
            item = path->otherwise;
    }
    return path->ignores_case ? zest_jinja_without_case(j, item) : item;
}

static struct jinja_path path_of(struct jinja *j, const struct jinja_args *args, size_t attribute,
                                 size_t case_sensitive)
{
    return zest_jinja_path(j, args->values[attribute], zest_jinja_missing(),
                           !zest_jinja_arg_truth(j, args, case_sensitive, false));
}

/* ---- sort ---- */

/* "a,b" are several paths; a key is a list of what they lead to. */
static struct jinja_path *paths_of(struct jinja *j, struct jinja_value attribute, bool ignores_case, size_t *ret_count)
{
    const struct jinja_list *names = NULL;
    if (attribute.kind == JINJA_STRING)
        names = zest_jinja_split(j, attribute, ZEST_TEXT(","), -1, false).list;
    size_t count = names ? names->count : 1;
    struct jinja_path *paths = j->failed ? NULL : zest_jinja_alloc(j, count, sizeof *paths);
    for (size_t i = 0; paths && i < count; i++)
        paths[i] = zest_jinja_path(j, names ? names->items[i] : attribute, zest_jinja_missing(), ignores_case);
    *ret_count = count;
    return j->failed ? NULL : paths;
}

FILTER(sort)
{
    size_t path_count;
    bool ignores_case = !zest_jinja_arg_truth(j, args, 1, false);
    struct jinja_path *paths = paths_of(j, args->values[2], ignores_case, &path_count);
    const struct jinja_list *items = zest_jinja_items(j, self);
    struct jinja_keyed *keyed = items && paths ? zest_jinja_alloc(j, items->count, sizeof *keyed) : NULL;
    for (size_t i = 0; keyed && i < items->count && !j->failed; i++) {
        keyed[i] = (struct jinja_keyed){zest_jinja_list(j, path_count), items->items[i]};
        for (size_t k = 0; k < path_count && !j->failed; k++)
            keyed[i].key.list->items[keyed[i].key.list->count++] = zest_jinja_follow(j, &paths[k], items->items[i]);
    }
    if (!j->failed)
        keyed = zest_jinja_sort_keyed(j, keyed, items->count, zest_jinja_arg_truth(j, args, 0, false));
    struct jinja_value sorted = zest_jinja_list(j, j->failed ? 0 : items->count);
    for (size_t i = 0; !j->failed && i < items->count; i++)
        sorted.list->items[sorted.list->count++] = keyed[i].item;
    return sorted;
}

/* ---- min, max ---- */

static struct jinja_value extreme(struct jinja *j, struct jinja_value self, const struct jinja_args *args,
                                  enum jinja_order wanted, const char *sign)
{
    struct jinja_iterator iterator;
    struct jinja_value item, best, best_key;
    if (!zest_jinja_iterate(j, self, &iterator))
        return self;
    if (!zest_jinja_next(j, &iterator, &best))
        return j->failed ? self : zest_jinja_because("No aggregated item, sequence was empty.");
    struct jinja_path path = path_of(j, args, 1, 0);
    best_key = zest_jinja_follow(j, &path, best);
    while (!j->failed && zest_jinja_next(j, &iterator, &item)) {
        struct jinja_value key = zest_jinja_follow(j, &path, item);
        if (j->failed || zest_jinja_compare(j, key, best_key, sign) != wanted)
            continue;
        best = item;
        best_key = key;
    }
    return best;
}

FILTER(max)
{
    return extreme(j, self, args, JINJA_GREATER, ">");
}

FILTER(min)
{
    return extreme(j, self, args, JINJA_LESS, "<");
}

/* ---- groupby ---- */

static const char *const group_names[] = {"grouper", "list"};

static struct jinja_value group_of(struct jinja *j, struct jinja_value key, const struct jinja_keyed *keyed,
                                   size_t count)
{
    struct jinja_value list = zest_jinja_list(j, count);
    for (size_t i = 0; i < count && !j->failed; i++)
        list.list->items[list.list->count++] = keyed[i].item;
    struct jinja_value group = zest_jinja_tuple_of(j, (struct jinja_value[]){key, list}, 2);
    if (!j->failed)
        group.list->names = group_names;
    return group;
}

/* Keys without case order and part the groups; what names a group is the first item's key as it is written. */
FILTER(groupby)
{
    struct jinja_path plain = zest_jinja_path(j, args->values[0], args->values[1], false), path = plain;
    path.ignores_case = !zest_jinja_arg_truth(j, args, 2, false);
    const struct jinja_list *items = zest_jinja_items(j, self);
    struct jinja_keyed *keyed = items ? zest_jinja_alloc(j, items->count, sizeof *keyed) : NULL;
    for (size_t i = 0; keyed && i < items->count && !j->failed; i++)
        keyed[i] = (struct jinja_keyed){zest_jinja_follow(j, &path, items->items[i]), items->items[i]};
    if (!j->failed)
        keyed = zest_jinja_sort_keyed(j, keyed, items->count, false);
    struct jinja_value groups = zest_jinja_list(j, j->failed ? 0 : items->count);
    for (size_t from = 0, to; !j->failed && from < items->count; from = to) {
        for (to = from + 1; to < items->count && zest_jinja_equal(j, keyed[from].key, keyed[to].key); to++)
            ;
        struct jinja_value key = zest_jinja_follow(j, &plain, keyed[from].item);
        groups.list->items[groups.list->count++] = group_of(j, key, keyed + from, to - from);
    }
    return groups;
}

/* ---- unique ---- */

struct uniques {
    struct jinja_path path;
    struct jinja_value seen; /* a dict */
};

static bool next_unique(struct jinja *j, struct jinja_iterator *self, struct jinja_value *ret_item)
{
    struct uniques *uniques = self->state;
    while (zest_jinja_source_next(j, self, ret_item)) {
        struct jinja_value key = zest_jinja_follow(j, &uniques->path, *ret_item);
        if (j->failed || zest_jinja_dict_find(j, uniques->seen.dict, key))
            continue;
        zest_jinja_dict_set(j, uniques->seen.dict, key, zest_jinja_none());
        return !j->failed;
    }
    return false;
}

FILTER(unique)
{
    struct uniques *uniques = zest_jinja_alloc(j, 1, sizeof *uniques);
    if (!uniques)
        return self;
    *uniques = (struct uniques){path_of(j, args, 1, 0), zest_jinja_dict(j, 8)};
    return zest_jinja_generator(j, self, uniques, next_unique);
}

/* ---- select, reject, map: the arguments are looked at when the first item is asked for ---- */

struct choosing {
    const struct jinja_args *args; /* as written */
    struct jinja_args rest;        /* those of the test or filter */
    struct jinja_path path;
    struct zest_text name; /* of the test or filter; data NULL: none */
    const struct jinja_function *function;
    bool by_attribute, rejects, has_begun;
};

static struct jinja_args rest_of(const struct jinja_args *args, size_t from)
{
    struct jinja_args rest = *args;
    rest.values += from;
    rest.count -= from;
    return rest;
}

static void begin_choosing(struct jinja *j, struct choosing *c)
{
    size_t at = c->by_attribute ? 1 : 0;
    c->has_begun = true;
    c->path = (struct jinja_path){0};
    if (c->args->count < at) {
        zest_jinja_fail(j, "Missing parameter for attribute name");
        return;
    }
    if (c->by_attribute)
        c->path = zest_jinja_path(j, c->args->values[0], zest_jinja_missing(), false);
    if (c->args->count == at)
        return;
    struct jinja_value name = c->args->values[at];
    zest_jinja_is_hashable(j, name); /* it is looked up */
    c->name = name.kind == JINJA_STRING && name.text.data ? name.text : ZEST_TEXT("");
    c->function = zest_jinja_find_test(c->name);
    c->rest = rest_of(c->args, at + 1);
}

static bool is_chosen(struct jinja *j, const struct choosing *c, struct jinja_value item)
{
    struct jinja_value value = zest_jinja_follow(j, &c->path, item);
    if (c->name.data && !c->function)
        zest_jinja_fail(j, "No test named '%.*s'.", (int)(c->name.size & 127), c->name.data);
    if (j->failed)
        return false;
    if (c->function)
        value = zest_jinja_apply(j, c->function, value, &c->rest);
    return zest_jinja_truth(j, value) != c->rejects;
}

static bool next_chosen(struct jinja *j, struct jinja_iterator *self, struct jinja_value *ret_item)
{
    struct choosing *c = self->state;
    if (!c->has_begun && !zest_jinja_truth(j, self->over)) /* nothing is wrong with what is never used */
        return false;
    if (!c->has_begun)
        begin_choosing(j, c);
    while (!j->failed && zest_jinja_source_next(j, self, ret_item))
        if (is_chosen(j, c, *ret_item))
            return !j->failed;
    return false;
}

static struct jinja_value choose(struct jinja *j, struct jinja_value self, const struct jinja_args *args,
                                 bool by_attribute, bool rejects)
{
    struct choosing *c = zest_jinja_alloc(j, 1, sizeof *c);
    if (!c)
        return self;
    *c = (struct choosing){.args = zest_jinja_keep_args(j, args), .by_attribute = by_attribute, .rejects = rejects};
    return zest_jinja_generator(j, self, c, next_chosen);
}

FILTER(select)
{
    return choose(j, self, args, false, false);
}

FILTER(reject)
{
    return choose(j, self, args, false, true);
}

FILTER(selectattr)
{
    return choose(j, self, args, true, false);
}

FILTER(rejectattr)
{
    return choose(j, self, args, true, true);
}

/* map(attribute="a.b", default=x), with nothing beside. */
static void begin_mapping_attribute(struct jinja *j, struct choosing *c, struct jinja_value attribute)
{
    struct jinja_value otherwise = zest_jinja_missing();
    for (size_t i = 0; i < c->args->named_count; i++) {
        struct zest_text name = c->args->named[i].name;
        if (zest_text_equal(name, ZEST_TEXT("default")))
            otherwise = c->args->named[i].value;
        else if (!zest_text_equal(name, ZEST_TEXT("attribute")))
            zest_jinja_fail(j, "Unexpected keyword argument '%.*s'", (int)(name.size & 127), name.data);
    }
    c->path = zest_jinja_path(j, attribute, otherwise, false);
}

static void begin_mapping(struct jinja *j, struct choosing *c)
{
    c->has_begun = true;
    for (size_t i = 0; c->args->count == 0 && i < c->args->named_count; i++)
        if (zest_text_equal(c->args->named[i].name, ZEST_TEXT("attribute"))) {
            begin_mapping_attribute(j, c, c->args->named[i].value);
            return;
        }
    if (c->args->count == 0) {
        zest_jinja_fail(j, "map requires a filter argument");
        return;
    }
    struct jinja_value name = c->args->values[0];
    zest_jinja_is_hashable(j, name);
    c->name = name.kind == JINJA_STRING && name.text.data ? name.text : ZEST_TEXT("");
    c->function = zest_jinja_find_filter(c->name);
    c->rest = rest_of(c->args, 1);
}

static bool next_mapped(struct jinja *j, struct jinja_iterator *self, struct jinja_value *ret_item)
{
    struct choosing *c = self->state;
    struct jinja_value item;
    if (!c->has_begun && !zest_jinja_truth(j, self->over))
        return false;
    if (!c->has_begun)
        begin_mapping(j, c);
    if (j->failed || !zest_jinja_source_next(j, self, &item))
        return false;
    if (c->name.data && !c->function)
        zest_jinja_fail(j, "No filter named '%.*s'.", (int)(c->name.size & 127), c->name.data);
    else if (c->function)
        *ret_item = zest_jinja_apply(j, c->function, item, &c->rest);
    else
        *ret_item = zest_jinja_follow(j, &c->path, item);
    return !j->failed;
}

FILTER(map)
{
    struct choosing *c = zest_jinja_alloc(j, 1, sizeof *c);
    if (!c)
        return self;
    *c = (struct choosing){.args = zest_jinja_keep_args(j, args)};
    return zest_jinja_generator(j, self, c, next_mapped);
}
