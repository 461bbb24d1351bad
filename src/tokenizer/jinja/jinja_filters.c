/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_filters.c - the table of filters, and the few that are neither of texts nor of sequences.
 */
#include "jinja_filters.h"

#include "jinja_text.h"

FILTER(default)
{
    bool replaces =
        self.kind == JINJA_UNDEFINED || (zest_jinja_arg_truth(j, args, 1, false) && !zest_jinja_truth(j, self));
    if (!replaces)
        return self;
    return zest_jinja_given(args, 0) ? args->values[0] : zest_jinja_string(ZEST_TEXT(""));
}

/* An attribute, but never an item: {{ d|attr("key") }} is undefined. */
FILTER(attr)
{
    struct zest_text name = zest_jinja_arg_text(j, args, 0, "");
    if (j->failed || self.kind == JINJA_UNDEFINED)
        return zest_jinja_fail_undefined(j, self);
    if (self.kind == JINJA_DICT && !zest_jinja_find_method(JINJA_DICT, name))
        return zest_jinja_undefined(JINJA_NO_ATTRIBUTE, name, self.kind);
    return self.kind == JINJA_SELF ? zest_jinja_undefined(JINJA_NO_ATTRIBUTE, name, self.kind)
                                   : zest_jinja_attribute(j, self, name);
}

FILTER(random)
{
    (void)args;
    (void)self;
    return zest_jinja_fail(j, "random makes prompts that can't be made again; zest does not choose at random");
}

FILTER(urlize)
{
    (void)args;
    (void)self;
    return zest_jinja_fail(j, "urlize makes links for web pages, which no prompt needs; zest does not have it");
}

static const struct jinja_function filters[] = {
    {"abs", zest_jinja_filter_abs, 0, 0, NULL, NULL},
    {"attr", zest_jinja_filter_attr, 1, 1, "name", NULL},
    {"batch", zest_jinja_filter_batch, 1, 2, "linecount fill_with", NULL},
    {"capitalize", zest_jinja_filter_capitalize, 0, 0, "", NULL},
    {"center", zest_jinja_filter_center, 0, 1, "width", NULL},
    {"count", zest_jinja_filter_length, 0, 0, NULL, NULL},
    {"d", zest_jinja_filter_default, 0, 2, "default_value boolean", NULL},
    {"default", zest_jinja_filter_default, 0, 2, "default_value boolean", NULL},
    {"dictsort", zest_jinja_filter_dictsort, 0, 3, "case_sensitive by reverse", NULL},
    {"e", zest_jinja_filter_escape, 0, 0, NULL, NULL},
    {"escape", zest_jinja_filter_escape, 0, 0, NULL, NULL},
    {"filesizeformat", zest_jinja_filter_filesizeformat, 0, 1, "binary", NULL},
    {"first", zest_jinja_filter_first, 0, 0, "", NULL},
    {"float", zest_jinja_filter_float, 0, 1, "default", NULL},
    {"forceescape", zest_jinja_filter_forceescape, 0, 0, "", NULL},
    {"format", zest_jinja_filter_format, 0, JINJA_ANY_COUNT, NULL, NULL},
    {"groupby", zest_jinja_filter_groupby, 1, 3, "attribute default case_sensitive", NULL},
    {"indent", zest_jinja_filter_indent, 0, 3, "width first blank", NULL},
    {"int", zest_jinja_filter_int, 0, 2, "default base", NULL},
    {"items", zest_jinja_filter_items, 0, 0, "", NULL},
    {"join", zest_jinja_filter_join, 0, 2, "d attribute", NULL},
    {"last", zest_jinja_filter_last, 0, 0, "", NULL},
    {"length", zest_jinja_filter_length, 0, 0, NULL, NULL},
    {"list", zest_jinja_filter_list, 0, 0, "", NULL},
    {"lower", zest_jinja_filter_lower, 0, 0, "", NULL},
    {"map", zest_jinja_filter_map, 0, JINJA_ANY_COUNT, NULL, NULL},
    {"max", zest_jinja_filter_max, 0, 2, "case_sensitive attribute", NULL},
    {"min", zest_jinja_filter_min, 0, 2, "case_sensitive attribute", NULL},
    {"pprint", zest_jinja_filter_pprint, 0, 0, "", NULL},
    {"random", zest_jinja_filter_random, 0, 0, "", NULL},
    {"reject", zest_jinja_filter_reject, 0, JINJA_ANY_COUNT, NULL, NULL},
    {"rejectattr", zest_jinja_filter_rejectattr, 0, JINJA_ANY_COUNT, NULL, NULL},
    {"replace", zest_jinja_filter_replace, 2, 3, "old new count", NULL},
    {"reverse", zest_jinja_filter_reverse, 0, 0, "", NULL},
    {"round", zest_jinja_filter_round, 0, 2, "precision method", NULL},
    {"safe", zest_jinja_filter_safe, 0, 0, "", NULL},
    {"select", zest_jinja_filter_select, 0, JINJA_ANY_COUNT, NULL, NULL},
    {"selectattr", zest_jinja_filter_selectattr, 0, JINJA_ANY_COUNT, NULL, NULL},
    {"slice", zest_jinja_filter_slice, 1, 2, "slices fill_with", NULL},
    {"sort", zest_jinja_filter_sort, 0, 3, "reverse case_sensitive attribute", NULL},
    {"string", zest_jinja_filter_string, 0, 0, NULL, NULL},
    {"striptags", zest_jinja_filter_striptags, 0, 0, "", NULL},
    {"sum", zest_jinja_filter_sum, 0, 2, "attribute start", NULL},
    {"title", zest_jinja_filter_title, 0, 0, "", NULL},
    {"trim", zest_jinja_filter_trim, 0, 1, "chars", NULL},
    {"truncate", zest_jinja_filter_truncate, 0, 4, "length killwords end leeway", NULL},
    {"unique", zest_jinja_filter_unique, 0, 2, "case_sensitive attribute", NULL},
    {"upper", zest_jinja_filter_upper, 0, 0, "", NULL},
    {"urlencode", zest_jinja_filter_urlencode, 0, 0, "", NULL},
    {"urlize", zest_jinja_filter_urlize, 0, 5, "trim_url_limit nofollow target rel extra_schemes", NULL},
    {"wordcount", zest_jinja_filter_wordcount, 0, 0, "", NULL},
    {"wordwrap", zest_jinja_filter_wordwrap, 0, 4, "width break_long_words wrapstring break_on_hyphens", NULL},
    {"xmlattr", zest_jinja_filter_xmlattr, 0, 1, "autospace", NULL},
    {"tojson", zest_jinja_tojson, 0, 4, "ensure_ascii indent separators sort_keys", NULL},
};

const struct jinja_function *zest_jinja_find_filter(struct zest_text name)
{
    return zest_jinja_find_in(filters, ZEST_COUNT(filters), name);
}
