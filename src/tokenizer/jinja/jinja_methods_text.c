/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_methods_text.c - the methods of Python's str that templates may call: {{ text.strip() }}.
 */
#include "jinja_text.h"
#include "jinja_tree.h"
#include "unicode_class.h"

#define METHOD(id) \
    static struct jinja_value method_##id(struct jinja *j, struct jinja_value self, const struct jinja_args *args)

static const struct zest_text no_text = {NULL, 0};

/* An optional text argument; data is NULL where it is not given or None. Fails for other types. */
static struct zest_text text_arg(struct jinja *j, const struct jinja_args *args, size_t index, const char *name)
{
    const struct jinja_value *value = zest_jinja_arg(args, index, name);
    if (!value || value->kind == JINJA_NONE)
        return no_text;
    if (value->kind != JINJA_STRING) {
        zest_jinja_fail(j, "must be str, not %s", zest_jinja_type(*value));
        return no_text;
    }
    return value->text.data ? value->text : ZEST_TEXT("");
}

static struct zest_text needed_text(struct jinja *j, const struct jinja_args *args, size_t index, const char *name)
{
    struct zest_text text = text_arg(j, args, index, name);
    if (!text.data)
        zest_jinja_fail(j, "a text is needed as argument %zu", index + 1);
    return text.data ? text : ZEST_TEXT("");
}

/* ---- str ---- */

#define CASE_METHOD(id, to)                                                 \
    METHOD(id)                                                              \
    {                                                                       \
        (void)args;                                                         \
        return zest_jinja_string(zest_jinja_change_case(j, self.text, to)); \
    }

CASE_METHOD(upper, JINJA_UPPER)
CASE_METHOD(lower, JINJA_LOWER)
CASE_METHOD(capitalize, JINJA_CAPITALIZED)
CASE_METHOD(title, JINJA_TITLE)
CASE_METHOD(swapcase, JINJA_SWAPPED)

#define STRIP_METHOD(id, side)                                                                      \
    METHOD(id)                                                                                      \
    {                                                                                               \
        return zest_jinja_string(zest_jinja_strip(self.text, side, text_arg(j, args, 0, "chars"))); \
    }

STRIP_METHOD(strip, JINJA_BOTH)
STRIP_METHOD(lstrip, JINJA_LEFT)
STRIP_METHOD(rstrip, JINJA_RIGHT)

METHOD(split)
{
    int64_t most = zest_jinja_arg_int(j, args, 1, "maxsplit", -1);
    return zest_jinja_split(j, self.text, text_arg(j, args, 0, "sep"), most, false);
}

METHOD(rsplit)
{
    int64_t most = zest_jinja_arg_int(j, args, 1, "maxsplit", -1);
    return zest_jinja_split(j, self.text, text_arg(j, args, 0, "sep"), most, true);
}

METHOD(splitlines)
{
    return zest_jinja_split_lines(j, self.text, zest_jinja_arg_bool(args, 0, "keepends", false));
}

METHOD(replace)
{
    struct zest_text from = needed_text(j, args, 0, "old"), to = needed_text(j, args, 1, "new");
    return zest_jinja_string(zest_jinja_replace(j, self.text, from, to, zest_jinja_arg_int(j, args, 2, "count", -1)));
}

static bool has_affix(struct zest_text text, struct zest_text affix, bool at_end)
{
    if (affix.size > text.size)
        return false;
    const char *at = at_end ? text.data + text.size - affix.size : text.data;
    return affix.size == 0 || memcmp(at, affix.data, affix.size) == 0;
}

/* startswith and endswith take a text or a tuple of texts. */
static struct jinja_value match_affix(struct jinja *j, struct zest_text text, const struct jinja_args *args,
                                      bool at_end)
{
    if (args->count == 0)
        return zest_jinja_fail(j, "%s expected at least 1 argument, got 0", at_end ? "endswith" : "startswith");
    struct jinja_value affix = args->values[0];
    if (affix.kind == JINJA_STRING)
        return zest_jinja_bool(has_affix(text, affix.text, at_end));
    if (affix.kind != JINJA_TUPLE)
        return zest_jinja_fail(j, "%s first arg must be str or a tuple of str, not %s",
                               at_end ? "endswith" : "startswith", zest_jinja_type(affix));
    for (size_t i = 0; i < affix.list->count; i++)
        if (affix.list->items[i].kind == JINJA_STRING && has_affix(text, affix.list->items[i].text, at_end))
            return zest_jinja_bool(true);
    return zest_jinja_bool(false);
}

METHOD(startswith)
{
    return match_affix(j, self.text, args, false);
}

METHOD(endswith)
{
    return match_affix(j, self.text, args, true);
}

METHOD(removeprefix)
{
    struct zest_text affix = needed_text(j, args, 0, "prefix"), text = self.text;
    if (has_affix(text, affix, false))
        text = (struct zest_text){text.data + affix.size, text.size - affix.size};
    return zest_jinja_string(text);
}

METHOD(removesuffix)
{
    struct zest_text affix = needed_text(j, args, 0, "suffix"), text = self.text;
    if (has_affix(text, affix, true))
        text.size -= affix.size;
    return zest_jinja_string(text);
}

static int64_t find_last(struct zest_text text, struct zest_text needle)
{
    size_t found = SIZE_MAX, at = 0, next;
    while ((next = zest_jinja_find(text, needle, at)) != SIZE_MAX) {
        found = next;
        at = next + 1;
    }
    return found == SIZE_MAX ? -1 : (int64_t)zest_jinja_characters((struct zest_text){text.data, found});
}

METHOD(find)
{
    size_t found = zest_jinja_find(self.text, needed_text(j, args, 0, "sub"), 0);
    return zest_jinja_int(
        found == SIZE_MAX ? -1 : (int64_t)zest_jinja_characters((struct zest_text){self.text.data, found}));
}

METHOD(rfind)
{
    return zest_jinja_int(find_last(self.text, needed_text(j, args, 0, "sub")));
}

METHOD(str_index)
{
    struct jinja_value found = method_find(j, self, args);
    return found.integer < 0 ? zest_jinja_fail(j, "substring not found") : found;
}

METHOD(str_count)
{
    struct zest_text needle = needed_text(j, args, 0, "sub");
    if (needle.size == 0)
        return zest_jinja_int((int64_t)zest_jinja_characters(self.text) + 1);
    int64_t count = 0;
    for (size_t at = 0; (at = zest_jinja_find(self.text, needle, at)) != SIZE_MAX; at += needle.size)
        count++;
    return zest_jinja_int(count);
}

METHOD(join)
{
    struct jinja_output output = {0};
    const struct jinja_list *items = args->count > 0 ? zest_jinja_iterate(j, args->values[0]) : NULL;
    if (!items)
        return zest_jinja_fail(j, "join() takes exactly one argument (%zu given)", args->count);
    for (size_t i = 0; i < items->count && !j->failed; i++) {
        if (items->items[i].kind != JINJA_STRING)
            return zest_jinja_fail(j, "sequence item %zu: expected str instance, %s found", i,
                                   zest_jinja_type(items->items[i]));
        if (i > 0)
            zest_jinja_write_text(j, &output, self.text);
        zest_jinja_write_text(j, &output, items->items[i].text);
    }
    return zest_jinja_string(zest_jinja_output_text(&output));
}

/* Every character has one of the bits, and there is one. */
static struct jinja_value all_of(struct zest_text text, uint8_t bits)
{
    for (size_t at = 0; at < text.size;) {
        uint32_t length, code_point = zest_utf8_decode((const unsigned char *)text.data + at, &length);
        bool space = (bits & ZEST_CLASS_SPACE) && zest_jinja_is_space(code_point);
        if (!space && !(zest_unicode_class(code_point) & bits))
            return zest_jinja_bool(false);
        at += length;
    }
    return zest_jinja_bool(text.size > 0);
}

#define ALL_METHOD(id, bits)            \
    METHOD(id)                          \
    {                                   \
        (void)j;                        \
        (void)args;                     \
        return all_of(self.text, bits); \
    }

ALL_METHOD(isdigit, ZEST_CLASS_DECIMAL)
ALL_METHOD(isnumeric, ZEST_CLASS_NUMBER)
ALL_METHOD(isalpha, ZEST_CLASS_LETTER)
ALL_METHOD(isalnum, ZEST_CLASS_LETTER | ZEST_CLASS_NUMBER)
ALL_METHOD(isspace, ZEST_CLASS_SPACE)

METHOD(islower)
{
    return zest_jinja_find_test(ZEST_TEXT("lower"))->call(j, self, args);
}

METHOD(isupper)
{
    return zest_jinja_find_test(ZEST_TEXT("upper"))->call(j, self, args);
}

/* Upper case begins every run of cased letters, and nothing else is upper case. */
METHOD(istitle)
{
    (void)j;
    (void)args;
    bool in_word = false, found = false;
    for (size_t at = 0; at < self.text.size;) {
        uint32_t length;
        uint8_t bits = zest_unicode_class(zest_utf8_decode((const unsigned char *)self.text.data + at, &length));
        if (((bits & ZEST_CLASS_UPPER) && in_word) || ((bits & ZEST_CLASS_LOWER) && !in_word))
            return zest_jinja_bool(false);
        in_word = bits & (ZEST_CLASS_UPPER | ZEST_CLASS_LOWER);
        found = found || in_word;
        at += length;
    }
    return zest_jinja_bool(found);
}

METHOD(expandtabs)
{
    struct jinja_output output = {0};
    int64_t width = zest_jinja_arg_int(j, args, 0, "tabsize", 8), column = 0;
    for (size_t at = 0; at < self.text.size && zest_jinja_spend(j, 1); at++) {
        char c = self.text.data[at];
        if (c != '\t') {
            zest_jinja_write(j, &output, &c, 1);
            column = c == '\n' || c == '\r' ? 0 : column + !zest_utf8_continues((unsigned char)c);
            continue;
        }
        for (int64_t i = width > 0 ? width - column % width : 0; i > 0 && zest_jinja_spend(j, 1); i--, column++)
            zest_jinja_write(j, &output, " ", 1);
    }
    return zest_jinja_string(zest_jinja_output_text(&output));
}

METHOD(center)
{
    return zest_jinja_string(zest_jinja_center(j, self.text, zest_jinja_arg_int(j, args, 0, "width", 0)));
}

/* ljust, rjust and zfill: blanks or zeros on one side. */
static struct jinja_value fill(struct jinja *j, struct zest_text text, const struct jinja_args *args, bool at_left,
                               struct zest_text with)
{
    struct jinja_output output = {0};
    int64_t missing = zest_jinja_arg_int(j, args, 0, "width", 0) - (int64_t)zest_jinja_characters(text);
    if (!at_left)
        zest_jinja_write_text(j, &output, text);
    for (int64_t i = 0; i < missing && zest_jinja_spend(j, 1); i++)
        zest_jinja_write_text(j, &output, with);
    if (at_left)
        zest_jinja_write_text(j, &output, text);
    return zest_jinja_string(zest_jinja_output_text(&output));
}

METHOD(ljust)
{
    return fill(j, self.text, args, false, zest_jinja_arg_text(j, args, 1, "fillchar", " "));
}

METHOD(rjust)
{
    return fill(j, self.text, args, true, zest_jinja_arg_text(j, args, 1, "fillchar", " "));
}

METHOD(zfill)
{
    struct zest_text text = self.text;
    bool is_signed = text.size > 0 && (text.data[0] == '-' || text.data[0] == '+');
    if (!is_signed)
        return fill(j, text, args, true, ZEST_TEXT("0"));
    struct jinja_output output = {0};
    int64_t missing = zest_jinja_arg_int(j, args, 0, "width", 0) - (int64_t)zest_jinja_characters(text);
    zest_jinja_write(j, &output, text.data, 1);
    for (int64_t i = 0; i < missing && zest_jinja_spend(j, 1); i++)
        zest_jinja_write(j, &output, "0", 1);
    zest_jinja_write(j, &output, text.data + 1, text.size - 1);
    return zest_jinja_string(zest_jinja_output_text(&output));
}

static struct jinja_value three(struct jinja *j, struct zest_text a, struct zest_text b, struct zest_text c)
{
    struct jinja_value tuple = zest_jinja_list(j, 3);
    if (j->failed)
        return tuple;
    tuple.kind = JINJA_TUPLE;
    tuple.list->items[0] = zest_jinja_string(a);
    tuple.list->items[1] = zest_jinja_string(b);
    tuple.list->items[2] = zest_jinja_string(c);
    tuple.list->count = 3;
    return tuple;
}

METHOD(partition)
{
    struct zest_text separator = needed_text(j, args, 0, "sep"), text = self.text, empty = ZEST_TEXT("");
    size_t found = zest_jinja_find(text, separator, 0);
    if (found == SIZE_MAX)
        return three(j, text, empty, empty);
    size_t behind = found + separator.size;
    return three(j, (struct zest_text){text.data, found}, separator,
                 (struct zest_text){text.data + behind, text.size - behind});
}

METHOD(rpartition)
{
    struct zest_text separator = needed_text(j, args, 0, "sep"), text = self.text, empty = ZEST_TEXT("");
    size_t found = SIZE_MAX, at = 0, next;
    while (separator.size > 0 && (next = zest_jinja_find(text, separator, at)) != SIZE_MAX) {
        found = next;
        at = next + 1;
    }
    if (found == SIZE_MAX)
        return three(j, empty, empty, text);
    size_t behind = found + separator.size;
    return three(j, (struct zest_text){text.data, found}, separator,
                 (struct zest_text){text.data + behind, text.size - behind});
}

/* "{}", "{0}" and "{name}", without conversions. */
METHOD(format)
{
    struct jinja_output output = {0};
    struct zest_text text = self.text;
    size_t next = 0;
    for (size_t at = 0; at < text.size && !j->failed;) {
        char c = text.data[at];
        bool is_double = at + 1 < text.size && text.data[at + 1] == c;
        if ((c != '{' && c != '}') || is_double) {
            zest_jinja_write(j, &output, &c, 1);
            at += is_double && (c == '{' || c == '}') ? 2 : 1;
            continue;
        }
        const char *end = memchr(text.data + at, '}', text.size - at);
        if (c == '}' || !end)
            return zest_jinja_fail(j, "Single '%c' encountered in format string", c);
        struct zest_text field = {text.data + at + 1, (size_t)(end - text.data) - at - 1};
        at += field.size + 2;
        const struct jinja_value *value = NULL;
        if (field.size == 0) {
            value = next < args->count ? &args->values[next++] : NULL;
        } else if (field.data[0] >= '0' && field.data[0] <= '9' && field.size == 1) {
            value = (size_t)(field.data[0] - '0') < args->count ? &args->values[field.data[0] - '0'] : NULL;
        } else {
            for (size_t i = 0; i < args->named_count; i++)
                value = zest_text_equal(args->named[i].name, field) ? &args->named[i].value : value;
        }
        if (!value)
            return zest_jinja_fail(j, "no argument for the field {%.*s}", (int)field.size, field.data);
        zest_jinja_write_value(j, &output, *value);
    }
    return zest_jinja_string(zest_jinja_output_text(&output));
}

static const struct jinja_function of_texts[] = {
    {"upper", method_upper},
    {"lower", method_lower},
    {"capitalize", method_capitalize},
    {"title", method_title},
    {"swapcase", method_swapcase},
    {"strip", method_strip},
    {"lstrip", method_lstrip},
    {"rstrip", method_rstrip},
    {"split", method_split},
    {"rsplit", method_rsplit},
    {"splitlines", method_splitlines},
    {"replace", method_replace},
    {"startswith", method_startswith},
    {"endswith", method_endswith},
    {"removeprefix", method_removeprefix},
    {"removesuffix", method_removesuffix},
    {"find", method_find},
    {"rfind", method_rfind},
    {"index", method_str_index},
    {"count", method_str_count},
    {"join", method_join},
    {"isdigit", method_isdigit},
    {"isdecimal", method_isdigit},
    {"isnumeric", method_isnumeric},
    {"isalpha", method_isalpha},
    {"isalnum", method_isalnum},
    {"isspace", method_isspace},
    {"islower", method_islower},
    {"isupper", method_isupper},
    {"istitle", method_istitle},
    {"expandtabs", method_expandtabs},
    {"casefold", method_lower},
    {"center", method_center},
    {"ljust", method_ljust},
    {"rjust", method_rjust},
    {"zfill", method_zfill},
    {"partition", method_partition},
    {"rpartition", method_rpartition},
    {"format", method_format},
};

const struct jinja_function *zest_jinja_find_text_method(struct zest_text name)
{
    return zest_jinja_find_in(of_texts, ZEST_COUNT(of_texts), name);
}
