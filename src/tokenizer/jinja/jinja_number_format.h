/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_number_format.h - numbers laid out: what "%08.3f" % x and "{:,>12.3f}".format(x) have in common.
 */
#ifndef ZEST_JINJA_NUMBER_FORMAT_H
#define ZEST_JINJA_NUMBER_FORMAT_H

#include "jinja.h"

/* A number in parts. */
struct jinja_digits {
    bool is_negative;
    const char *prefix;      /* "0x" and the like */
    struct zest_text digits; /* without sign; of a float with its point and exponent */
};

/* An integer in base 2, 8, 10 or 16, with at least `least` digits. A big one is decimal only. */
struct jinja_digits zest_jinja_integer_digits(struct jinja *j, struct jinja_value integer, int base, bool upper,
                                              int64_t least);
/* A float by printf's letter (eEfFgG); alternate: with a point in any case. */
struct jinja_digits zest_jinja_real_digits(struct jinja *j, double real, char letter, int64_t precision,
                                           bool alternate);

#endif
