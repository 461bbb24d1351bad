/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_methods.c - the methods of Python's list and dict that templates may call, {{ d.items() }}, and where the
 * methods of each type are.
 */
#include "jinja_tree.h"

#define METHOD(id) \
    static struct jinja_value method_##id(struct jinja *j, struct jinja_value self, const struct jinja_args *args)

/* ---- list, dict, cycler ---- */

METHOD(list_index)
{
    for (size_t i = 0; args->count > 0 && i < self.list->count && !j->failed; i++)
        if (zest_jinja_equal(j, self.list->items[i], args->values[0]))
            return zest_jinja_int((int64_t)i);
    return zest_jinja_fail(j, "the value is not in the list");
}

METHOD(list_count)
{
    int64_t count = 0;
    for (size_t i = 0; args->count > 0 && i < self.list->count && !j->failed; i++)
        count += zest_jinja_equal(j, self.list->items[i], args->values[0]);
    return zest_jinja_int(count);
}

METHOD(copy)
{
    (void)j;
    (void)args;
    return self;
}

METHOD(get)
{
    if (args->count == 0)
        return zest_jinja_fail(j, "get expected at least 1 argument, got 0");
    const struct jinja_value *found = zest_jinja_dict_find(j, self.dict, args->values[0]);
    return found ? *found : args->count > 1 ? args->values[1] : zest_jinja_none();
}

static struct jinja_value view_of(struct jinja *j, const struct jinja_dict *dict, const char *view, bool keys,
                                  bool values)
{
    struct jinja_value list = zest_jinja_list(j, dict->count);
    for (size_t i = 0; i < dict->count && !j->failed && zest_jinja_spend(j, 1); i++) {
        struct jinja_entry entry = dict->entries[i];
        list.list->items[list.list->count++] = keys && values ? zest_jinja_tuple(j, entry.key, entry.value)
                                               : keys         ? entry.key
                                                              : entry.value;
    }
    if (!j->failed)
        list.list->view = view;
    return list;
}

METHOD(items)
{
    (void)args;
    return view_of(j, self.dict, "dict_items", true, true);
}

METHOD(keys)
{
    (void)args;
    return view_of(j, self.dict, "dict_keys", true, false);
}

METHOD(values)
{
    (void)args;
    return view_of(j, self.dict, "dict_values", false, true);
}

METHOD(next)
{
    (void)j;
    (void)args;
    struct jinja_value item = self.counter->items.items[self.counter->position];
    self.counter->position = (self.counter->position + 1) % self.counter->items.count;
    return item;
}

METHOD(reset)
{
    (void)j;
    (void)args;
    self.counter->position = 0;
    return zest_jinja_none();
}

static const struct jinja_function of_lists[] = {
    {"index", method_list_index}, {"count", method_list_count}, {"copy", method_copy}};
static const struct jinja_function of_dicts[] = {{"get", method_get},
                                                 {"items", method_items},
                                                 {"keys", method_keys},
                                                 {"values", method_values},
                                                 {"copy", method_copy}};
static const struct jinja_function of_cyclers[] = {{"next", method_next}, {"reset", method_reset}};

const struct jinja_function *zest_jinja_find_method(enum jinja_kind kind, struct zest_text name)
{
    switch (kind) {
    case JINJA_STRING:
        return zest_jinja_find_text_method(name);
    case JINJA_LIST:
    case JINJA_TUPLE:
        return zest_jinja_find_in(of_lists, ZEST_COUNT(of_lists), name);
    case JINJA_DICT:
        return zest_jinja_find_in(of_dicts, ZEST_COUNT(of_dicts), name);
    case JINJA_CYCLER:
        return zest_jinja_find_in(of_cyclers, ZEST_COUNT(of_cyclers), name);
    case JINJA_LOOP:
        return zest_jinja_find_loop_method(name);
    default:
        return NULL;
    }
}
