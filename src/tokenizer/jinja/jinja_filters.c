/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_filters.c - the table of filters, and the few that are neither of texts nor of sequences.
 */
#include "jinja_filters.h"
#include "jinja_text.h"

FILTER(default)
{
    const struct jinja_value *otherwise = zest_jinja_arg(args, 0, "default_value");
    bool replaces =
        self.kind == JINJA_UNDEFINED || (zest_jinja_arg_bool(args, 1, "boolean", false) && !zest_jinja_truth(self));
    (void)j;
    if (!replaces)
        return self;
    return otherwise ? *otherwise : zest_jinja_string(ZEST_TEXT(""));
}

/* An attribute, but never an item: {{ d|attr("key") }} is undefined. */
FILTER(attr)
{
    struct zest_text name = zest_jinja_arg_text(j, args, 0, "name", "");
    bool has_attributes = self.kind != JINJA_DICT || zest_jinja_find_method(JINJA_DICT, name);
    if (has_attributes || self.kind == JINJA_UNDEFINED)
        return zest_jinja_attribute(j, self, name);
    return zest_jinja_undefined(j, "'dict object' has no attribute '%.*s'", (int)name.size, name.data);
}

FILTER(pprint)
{
    (void)args;
    struct jinja_output output = {0};
    zest_jinja_write_repr(j, &output, self);
    return zest_jinja_string(zest_jinja_output_text(&output));
}

FILTER(xmlattr)
{
    struct jinja_output output = {0};
    if (self.kind != JINJA_DICT)
        return zest_jinja_fail(j, "'%s object' has no attribute 'items'", zest_jinja_type(self));
    for (size_t i = 0; i < self.dict->count && !j->failed; i++) {
        struct jinja_entry entry = self.dict->entries[i];
        struct zest_text key = zest_jinja_text(j, entry.key);
        if (entry.value.kind == JINJA_NONE || entry.value.kind == JINJA_UNDEFINED)
            continue;
        if (strcspn(key.data, " />=\t\n\f\r") < key.size)
            return zest_jinja_fail(j, "Invalid character in attribute name: '%.*s'", (int)key.size, key.data);
        if (output.size > 0 || zest_jinja_arg_bool(args, 0, "autospace", true))
            zest_jinja_write(j, &output, " ", 1);
        zest_jinja_write_text(j, &output, zest_jinja_escape(j, key));
        zest_jinja_write(j, &output, "=\"", 2);
        zest_jinja_write_text(j, &output, zest_jinja_escape(j, zest_jinja_text(j, entry.value)));
        zest_jinja_write(j, &output, "\"", 1);
    }
    return zest_jinja_string(zest_jinja_output_text(&output));
}

static const struct jinja_function filters[] = {
    {"abs", zest_jinja_filter_abs},
    {"attr", zest_jinja_filter_attr},
    {"batch", zest_jinja_filter_batch},
    {"capitalize", zest_jinja_filter_capitalize},
    {"center", zest_jinja_filter_center},
    {"count", zest_jinja_filter_length},
    {"d", zest_jinja_filter_default},
    {"default", zest_jinja_filter_default},
    {"dictsort", zest_jinja_filter_dictsort},
    {"e", zest_jinja_filter_escape},
    {"escape", zest_jinja_filter_escape},
    {"filesizeformat", zest_jinja_filter_filesizeformat},
    {"first", zest_jinja_filter_first},
    {"float", zest_jinja_filter_float},
    {"forceescape", zest_jinja_filter_forceescape},
    {"format", zest_jinja_filter_format},
    {"groupby", zest_jinja_filter_groupby},
    {"indent", zest_jinja_filter_indent},
    {"int", zest_jinja_filter_int},
    {"items", zest_jinja_filter_items},
    {"join", zest_jinja_filter_join},
    {"last", zest_jinja_filter_last},
    {"length", zest_jinja_filter_length},
    {"list", zest_jinja_filter_list},
    {"lower", zest_jinja_filter_lower},
    {"map", zest_jinja_filter_map},
    {"max", zest_jinja_filter_max},
    {"min", zest_jinja_filter_min},
    {"pprint", zest_jinja_filter_pprint},
    {"reject", zest_jinja_filter_reject},
    {"rejectattr", zest_jinja_filter_rejectattr},
    {"replace", zest_jinja_filter_replace},
    {"reverse", zest_jinja_filter_reverse},
    {"round", zest_jinja_filter_round},
    {"safe", zest_jinja_filter_safe},
    {"select", zest_jinja_filter_select},
    {"selectattr", zest_jinja_filter_selectattr},
    {"slice", zest_jinja_filter_slice},
    {"sort", zest_jinja_filter_sort},
    {"string", zest_jinja_filter_string},
    {"striptags", zest_jinja_filter_striptags},
    {"sum", zest_jinja_filter_sum},
    {"title", zest_jinja_filter_title},
    {"trim", zest_jinja_filter_trim},
    {"truncate", zest_jinja_filter_truncate},
    {"unique", zest_jinja_filter_unique},
    {"upper", zest_jinja_filter_upper},
    {"urlencode", zest_jinja_filter_urlencode},
    {"wordcount", zest_jinja_filter_wordcount},
    {"wordwrap", zest_jinja_filter_wordwrap},
    {"xmlattr", zest_jinja_filter_xmlattr},
    {"tojson", zest_jinja_tojson},
};

const struct jinja_function *zest_jinja_find_filter(struct zest_text name)
{
    return zest_jinja_find_in(filters, ZEST_COUNT(filters), name);
}
