/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_text.h - what Python's str methods do, for the filters and methods of templates. Results lie in the arena.
 */
#ifndef ZEST_JINJA_TEXT_H
#define ZEST_JINJA_TEXT_H

#include "jinja.h"

enum jinja_case { JINJA_UPPER, JINJA_LOWER, JINJA_CAPITALIZED, JINJA_TITLE, JINJA_SWAPPED };

enum jinja_side { JINJA_LEFT = 1, JINJA_RIGHT = 2, JINJA_BOTH = 3 };

bool zest_jinja_is_space(uint32_t code_point);
struct zest_text zest_jinja_change_case(struct jinja *j, struct zest_text text, enum jinja_case to);
/* Without the characters of `set` (data NULL: white space) at its ends. */
struct zest_text zest_jinja_strip(struct zest_text text, enum jinja_side side, struct zest_text set);
/* At most `count` replacements, all of them for a negative one. */
struct zest_text zest_jinja_replace(struct jinja *j, struct zest_text text, struct zest_text from, struct zest_text to,
                                    int64_t count);
/* str.split and str.rsplit; separator.data NULL: runs of white space. */
struct jinja_value zest_jinja_split(struct jinja *j, struct zest_text text, struct zest_text separator, int64_t most,
                                    bool from_right);
/* Lines without their ends; every line end of Python's splitlines(). */
struct jinja_value zest_jinja_split_lines(struct jinja *j, struct zest_text text, bool keep_ends);
/* Filled up to `width` characters with blanks, the text in the middle. */
struct zest_text zest_jinja_center(struct jinja *j, struct zest_text text, int64_t width);
/* &, <, >, " and ' as HTML entities. */
struct zest_text zest_jinja_escape(struct jinja *j, struct zest_text text);
/* The first place of `needle` at or behind byte `from`, SIZE_MAX where there is none. */
size_t zest_jinja_find(struct zest_text text, struct zest_text needle, size_t from);
/* The bytes of the characters [from, to). */
struct zest_text zest_jinja_part(struct zest_text text, size_t from, size_t to);

#endif
