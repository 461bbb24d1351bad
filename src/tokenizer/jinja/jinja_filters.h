/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_filters.h - the filters, for the table in jinja_filters.c; and what their files share. To add one: FILTER(name)
 * in a file of its kind, a line here, a row there.
 */
#ifndef ZEST_JINJA_FILTERS_H
#define ZEST_JINJA_FILTERS_H

#include "jinja.h"

#define FILTER(id) \
    struct jinja_value zest_jinja_filter_##id(struct jinja *j, struct jinja_value self, const struct jinja_args *args)

FILTER(abs);
FILTER(attr);
FILTER(batch);
FILTER(capitalize);
FILTER(center);
FILTER(default);
FILTER(dictsort);
FILTER(escape);
FILTER(filesizeformat);
FILTER(first);
FILTER(float);
FILTER(forceescape);
FILTER(format);
FILTER(groupby);
FILTER(indent);
FILTER(int);
FILTER(items);
FILTER(join);
FILTER(last);
FILTER(length);
FILTER(list);
FILTER(lower);
FILTER(map);
FILTER(max);
FILTER(min);
FILTER(pprint);
FILTER(random);
FILTER(reject);
FILTER(rejectattr);
FILTER(replace);
FILTER(reverse);
FILTER(round);
FILTER(safe);
FILTER(select);
FILTER(selectattr);
FILTER(slice);
FILTER(sort);
FILTER(string);
FILTER(striptags);
FILTER(sum);
FILTER(title);
FILTER(trim);
FILTER(truncate);
FILTER(unique);
FILTER(upper);
FILTER(urlencode);
FILTER(urlize);
FILTER(wordcount);
FILTER(wordwrap);
FILTER(xmlattr);

/* ---- sorting: jinja_sort.c ---- */

struct jinja_keyed {
    struct jinja_value key, item;
};

/* Stable, by Python's order of the keys; the result is `items` or memory of the arena. */
struct jinja_keyed *zest_jinja_sort_keyed(struct jinja *j, struct jinja_keyed *items, size_t count, bool reverse);

/* ---- attributes: jinja_filters_attribute.c ---- */

/* What Jinja's make_attrgetter follows: "a.b.0", a number, or none. */
struct jinja_path {
    const struct jinja_list *parts;
    struct jinja_value otherwise; /* for what is undefined; JINJA_MISSING or none: nothing */
    bool ignores_case;
};

struct jinja_path zest_jinja_path(struct jinja *j, struct jinja_value attribute, struct jinja_value otherwise,
                                  bool ignores_case);
struct jinja_value zest_jinja_follow(struct jinja *j, const struct jinja_path *path, struct jinja_value item);
struct jinja_value zest_jinja_without_case(struct jinja *j, struct jinja_value value);

/* HTML entities back to characters: jinja_unescape.c. */
struct zest_text zest_jinja_unescape(struct jinja *j, struct zest_text text);

#endif
