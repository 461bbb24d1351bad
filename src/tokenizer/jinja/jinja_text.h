/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_text.h - what Python's str does, for the filters and methods of templates. Results lie in the arena.
 *
 * Characters are those of Unicode 14.0, which Python 3.11 has, as far as case maps go; classes are of a newer version
 * and agree on what 14.0 knows.
 */
#ifndef ZEST_JINJA_TEXT_H
#define ZEST_JINJA_TEXT_H

#include "jinja.h"

/* ---- characters: jinja_unicode.c ---- */

bool zest_jinja_is_space(uint32_t code_point);
bool zest_jinja_is_printable(uint32_t code_point);
bool zest_jinja_is_lower(uint32_t code_point);
bool zest_jinja_is_upper(uint32_t code_point);
bool zest_jinja_is_title(uint32_t code_point); /* such as Dz, one letter */
bool zest_jinja_is_cased(uint32_t code_point);
bool zest_jinja_is_case_ignorable(uint32_t code_point);
bool zest_jinja_is_alpha(uint32_t code_point);
bool zest_jinja_is_decimal(uint32_t code_point);
bool zest_jinja_is_digit(uint32_t code_point);
bool zest_jinja_is_numeric(uint32_t code_point);
bool zest_jinja_is_word(uint32_t code_point); /* \w */
bool zest_jinja_is_identifier(uint32_t code_point, bool is_first);

/* ---- case: jinja_case.c ---- */

enum jinja_case { JINJA_UPPER, JINJA_LOWER, JINJA_CAPITALIZED, JINJA_TITLE, JINJA_SWAPPED, JINJA_FOLDED };

struct zest_text zest_jinja_change_case(struct jinja *j, struct zest_text text, enum jinja_case to);

/* ---- parts: jinja_text.c ---- */

enum jinja_side { JINJA_LEFT = 1, JINJA_RIGHT = 2, JINJA_BOTH = 3 };

/* Without the characters of `set` (data NULL: white space) at its ends. */
struct zest_text zest_jinja_strip(struct zest_text text, enum jinja_side side, struct zest_text set);
/* At most `count` replacements, all of them for a negative one. */
struct zest_text zest_jinja_replace(struct jinja *j, struct zest_text text, struct zest_text from, struct zest_text to,
                                    int64_t count);
/* The first place of `needle` at or behind byte `from`, SIZE_MAX where there is none; the last one. */
size_t zest_jinja_find(struct zest_text text, struct zest_text needle, size_t from);
size_t zest_jinja_find_last(struct jinja *j, struct zest_text text, struct zest_text needle);
/* The characters [from, to), as far as there are any. */
struct jinja_value zest_jinja_part(struct jinja_value text, size_t from, size_t to);
/* `count` times the same text. */
struct zest_text zest_jinja_repeat(struct jinja *j, struct zest_text text, int64_t count);
/* Filled up to `width` characters; the text stands at the left, the right or both. */
struct zest_text zest_jinja_fill(struct jinja *j, struct jinja_value text, int64_t width, struct zest_text with,
                                 enum jinja_side text_at);

/* ---- lists of texts: jinja_split.c ---- */

/* str.split and str.rsplit; separator.data NULL: runs of white space. The parts are like `text`. */
struct jinja_value zest_jinja_split(struct jinja *j, struct jinja_value text, struct zest_text separator, int64_t most,
                                    bool from_right);
/* Lines without their ends, unless they are kept; every line end of Python's splitlines(). */
struct jinja_value zest_jinja_split_lines(struct jinja *j, struct jinja_value text, bool keep_ends);

/* ---- markup: jinja_markup.c ---- */

/* &, <, >, " and ' as HTML entities, unless it is markup already; other values as str() prints them. */
struct jinja_value zest_jinja_escape(struct jinja *j, struct jinja_value value);
struct zest_text zest_jinja_escape_text(struct jinja *j, struct zest_text text);

/* ---- numbers: jinja_number_read.c ---- */

/* Digits of a base as an integer, or a big one; underscores are gone already. */
struct jinja_value zest_jinja_read_integer(struct jinja *j, struct zest_text digits, int base, bool is_negative);
/* int(text, base) and float(text); missing where Python raises a ValueError. */
struct jinja_value zest_jinja_int_of_text(struct jinja *j, struct zest_text text, int64_t base);
struct jinja_value zest_jinja_float_of_text(struct jinja *j, struct zest_text text);
/* int(value) of a float; fails where it is none. */
struct jinja_value zest_jinja_int_of_real(struct jinja *j, double real);

/* ---- formats: jinja_format_spec.c ---- */

/* format(value, spec). */
void zest_jinja_write_format(struct jinja *j, struct jinja_output *output, struct jinja_value value,
                             struct zest_text spec);
void zest_jinja_write_ascii(struct jinja *j, struct jinja_output *output, struct jinja_value value); /* ascii(value) */
/* text.format(*args), text.format_map(mapping) */
struct jinja_value zest_jinja_format(struct jinja *j, struct jinja_value text, const struct jinja_args *args,
                                     const struct jinja_value *mapping);

#endif
