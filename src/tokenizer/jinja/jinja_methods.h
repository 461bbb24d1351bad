/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_methods.h - the tables of methods that jinja_methods.c looks into; each ends with a name that is NULL.
 */
#ifndef ZEST_JINJA_METHODS_H
#define ZEST_JINJA_METHODS_H

#include "jinja.h"

#define METHOD(id) \
    static struct jinja_value method_##id(struct jinja *j, struct jinja_value self, const struct jinja_args *args)

extern const struct jinja_function zest_jinja_text_methods[];   /* jinja_methods_text.c */
extern const struct jinja_function zest_jinja_text_questions[]; /* jinja_methods_ask.c */
extern const struct jinja_function zest_jinja_loop_methods[];   /* jinja_loop.c */
extern const struct jinja_function zest_jinja_list_methods[];   /* jinja_methods_list.c */
extern const struct jinja_function zest_jinja_dict_methods[];
extern const struct jinja_function zest_jinja_range_methods[];
extern const struct jinja_function zest_jinja_cycler_methods[];
extern const struct jinja_function zest_jinja_integer_methods[];
extern const struct jinja_function zest_jinja_float_methods[];

#endif
