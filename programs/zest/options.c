/* SPDX-License-Identifier: Apache-2.0 */
/* options.c - reads a command line by tables. --name value, --name=value, -x value; `--` ends the options. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "options.h"

static const struct option_spec *find_name(const struct option_spec *table, const char *name, size_t size)
{
    for (; table->name; table++)
        if (strlen(table->name) == size && !memcmp(table->name, name, size))
            return table;
    return NULL;
}

static const struct option_spec *find_letter(const struct option_spec *table, char letter)
{
    for (; table->name; table++)
        if (table->letter == letter)
            return table;
    return NULL;
}

static enum zest_status bad_number(const struct option_spec *spec, const char *text, const char *kind,
                                   struct zest_error *error)
{
    if (spec->minimum != 0 || spec->maximum != 0)
        return zest_fail_param(error, ZEST_INVALID_ARGUMENT, spec->name, "--%s is \"%s\"; it takes %s from %g to %g",
                               spec->name, text, kind, spec->minimum, spec->maximum);
    return zest_fail_param(error, ZEST_INVALID_ARGUMENT, spec->name, "--%s is \"%s\"; it takes %s", spec->name, text,
                           kind);
}

static bool within(const struct option_spec *spec, double number)
{
    return (spec->minimum == 0 && spec->maximum == 0) || (number >= spec->minimum && number <= spec->maximum);
}

static enum zest_status set_number(const struct option_spec *spec, const char *text, struct zest_error *error)
{
    char *end = NULL;
    errno = 0;
    if (spec->type == OPTION_FLOAT) {
        double number = strtod(text, &end);
        if (end == text || *end || errno || !within(spec, number))
            return bad_number(spec, text, "a number", error);
        *(double *)spec->value = number;
    } else if (spec->type == OPTION_UINT64) {
        uint64_t number = strtoull(text, &end, 10);
        if (end == text || *end || errno || text[0] == '-')
            return bad_number(spec, text, "a whole number that is not negative", error);
        *(uint64_t *)spec->value = number;
    } else {
        long number = strtol(text, &end, 10);
        if (end == text || *end || errno || number > INT32_MAX || number < INT32_MIN || !within(spec, (double)number))
            return bad_number(spec, text, "a whole number", error);
        *(int *)spec->value = (int)number;
    }
    return ZEST_OK;
}

static enum zest_status set(const struct option_spec *spec, const char *text, struct zest_error *error)
{
    if (spec->type == OPTION_TEXT) {
        *(const char **)spec->value = text;
        return ZEST_OK;
    }
    if (spec->type != OPTION_TEXTS)
        return set_number(spec, text, error);
    struct option_texts *texts = spec->value;
    if (texts->count == OPTION_TEXTS_MAX)
        return zest_fail_param(error, ZEST_OUT_OF_RANGE, spec->name, "--%s is given more than %d times", spec->name,
                               OPTION_TEXTS_MAX);
    texts->items[texts->count++] = text;
    return ZEST_OK;
}

/* Negative numbers ("-1") are no options. */
static bool is_option(const char *arg)
{
    return arg[0] == '-' && arg[1] && !(arg[1] >= '0' && arg[1] <= '9') && arg[1] != '.';
}

static const struct option_spec *find(const char *arg, const struct option_spec *own, const struct option_spec *common,
                                      const char **ret_inline_value)
{
    *ret_inline_value = NULL;
    const struct option_spec *spec;
    if (arg[1] != '-') {
        if (arg[2])
            *ret_inline_value = arg + 2;
        spec = find_letter(own, arg[1]);
        return spec ? spec : find_letter(common, arg[1]);
    }
    const char *equals = strchr(arg, '=');
    size_t size = equals ? (size_t)(equals - arg - 2) : strlen(arg + 2);
    if (equals)
        *ret_inline_value = equals + 1;
    spec = find_name(own, arg + 2, size);
    return spec ? spec : find_name(common, arg + 2, size);
}

enum zest_status options_parse(int argc, char **argv, const struct option_spec *own, const struct option_spec *common,
                               int *ret_positional_count, struct zest_error *error)
{
    int positional = 0;
    bool options_end = false;
    for (int i = 1; i < argc; i++) {
        if (!options_end && !strcmp(argv[i], "--")) {
            options_end = true;
            continue;
        }
        if (options_end || !is_option(argv[i])) {
            argv[1 + positional++] = argv[i];
            continue;
        }
        const char *value;
        const struct option_spec *spec = find(argv[i], own, common, &value);
        if (!spec)
            return zest_fail_param(error, ZEST_UNKNOWN_FIELD, argv[i], "there is no option %s here; --help lists them",
                                   argv[i]);
        if (spec->type == OPTION_FLAG) {
            if (value)
                return zest_fail_param(error, ZEST_INVALID_ARGUMENT, spec->name,
                                       "--%s takes no value, but \"%s\" was given", spec->name, value);
            *(bool *)spec->value = true;
            continue;
        }
        if (!value && ++i >= argc)
            return zest_fail_param(error, ZEST_MISSING_FIELD, spec->name, "--%s needs a value (%s)", spec->name,
                                   spec->metavar);
        enum zest_status status = set(spec, value ? value : argv[i], error);
        if (status != ZEST_OK)
            return status;
    }
    *ret_positional_count = positional;
    return ZEST_OK;
}

void options_print(const struct option_spec *table)
{
    for (; table->name; table++) {
        char left[64];
        snprintf(left, sizeof(left), "%c%c%s--%s %s", table->letter ? '-' : ' ', table->letter ? table->letter : ' ',
                 table->letter ? ", " : "  ", table->name, table->type == OPTION_FLAG ? "" : table->metavar);
        printf("  %-32s %s\n", left, table->help);
    }
}
