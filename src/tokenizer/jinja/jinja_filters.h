/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_filters.h - the filters, for the table in jinja_filters.c. To add one: FILTER(name) in a file of its kind, a
 * line here, a row there.
 */
#ifndef ZEST_JINJA_FILTERS_H
#define ZEST_JINJA_FILTERS_H

#include "jinja_tree.h"

#include <stdio.h>

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
FILTER(forceescape);
FILTER(safe);
FILTER(filesizeformat);
FILTER(first);
FILTER(float);
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
FILTER(reject);
FILTER(rejectattr);
FILTER(replace);
FILTER(reverse);
FILTER(round);
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
FILTER(wordcount);
FILTER(wordwrap);
FILTER(xmlattr);

#endif
