/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.h - command lines: a table of options, read and checked in one place.
 *
 * A sub-command lists its own options behind the common ones; the same table parses, checks and prints --help.
 */
#ifndef ZEST_PROGRAM_OPTIONS_H
#define ZEST_PROGRAM_OPTIONS_H

#include <zest/core.h>

enum option_type { OPTION_FLAG, OPTION_INT, OPTION_UINT64, OPTION_FLOAT, OPTION_TEXT, OPTION_TEXTS };

enum { OPTION_TEXTS_MAX = 64 };
struct option_texts { /* of an option that may be given several times */
    const char *items[OPTION_TEXTS_MAX];
    size_t count;
};

struct option_spec {
    const char *name; /* without the dashes; NULL ends a table */
    char letter;      /* its short form, 0 where there is none */
    enum option_type type;
    void *value; /* bool, int, uint64_t, double, const char *, struct option_texts */
    const char *metavar;
    const char *help;        /* with the default */
    double minimum, maximum; /* of numbers; both 0: no limits */
};

/*
 * Reads argv[1…] by both tables; what is no option is moved to the front of argv (behind argv[0]) and counted.
 * Wrong use: the error says which option, its value and what it takes.
 */
enum zest_status options_parse(int argc, char **argv, const struct option_spec *own, const struct option_spec *common,
                               int *ret_positional_count, struct zest_error *error) ZEST_MUST_CHECK;
void options_print(const struct option_spec *table);

#endif
