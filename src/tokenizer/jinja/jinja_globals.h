/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_globals.h - the functions that every template can call and that have a file of their own; for the table in
 * jinja_globals.c.
 */
#ifndef ZEST_JINJA_GLOBALS_H
#define ZEST_JINJA_GLOBALS_H

#include "jinja.h"

struct jinja_value zest_jinja_strftime(struct jinja *j, struct jinja_value self, const struct jinja_args *args);

#endif
