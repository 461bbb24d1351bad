/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_methods.c - which methods the types of values have.
 */
#include "jinja_methods.h"

static const struct jinja_function *find(const struct jinja_function *table, struct zest_text name)
{
    for (; table->name; table++)
        if (name.size > 0 && table->name[0] == name.data[0] && zest_text_equal(name, zest_text_of(table->name)))
            return table;
    return NULL;
}

const struct jinja_function *zest_jinja_find_method(enum jinja_kind kind, struct zest_text name)
{
    const struct jinja_function *found;
    switch (kind) {
    case JINJA_STRING:
        found = find(zest_jinja_text_methods, name);
        return found ? found : find(zest_jinja_text_questions, name);
    case JINJA_LIST:
        return find(zest_jinja_list_methods, name);
    case JINJA_TUPLE:
        found = find(zest_jinja_list_methods, name);
        return found && !zest_text_equal(name, ZEST_TEXT("copy")) ? found : NULL;
    case JINJA_DICT:
        return find(zest_jinja_dict_methods, name);
    case JINJA_RANGE:
        return find(zest_jinja_range_methods, name);
    case JINJA_CYCLER:
        return find(zest_jinja_cycler_methods, name);
    case JINJA_LOOP:
        return find(zest_jinja_loop_methods, name);
    case JINJA_INT:
    case JINJA_BOOL:
    case JINJA_BIG:
        return find(zest_jinja_integer_methods, name);
    case JINJA_FLOAT:
        return find(zest_jinja_float_methods, name);
    default:
        return NULL;
    }
}
