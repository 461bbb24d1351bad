/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_methods_text.c - the methods of Python's str that templates may call: {{ text.strip() }}. Those of markup are
 * the same, but that they answer markup and escape what they put in.
 */
#include "jinja_methods.h"
#include "jinja_text.h"

#include "unicode_class.h"

static const struct zest_text no_text = {NULL, 0};

/* An optional text argument; data is NULL where it is not given or none. */
static struct zest_text text_or_none(struct jinja *j, const struct jinja_args *args, size_t index)
{
    return zest_jinja_given_some(args, index) ? zest_jinja_arg_text(j, args, index, "") : no_text;
}

/* What goes into a text: escaped where that is markup. */
static struct zest_text put_in(struct jinja *j, struct jinja_value self, const struct jinja_args *args, size_t index,
                               const char *otherwise)
{
    if ((self.flags & JINJA_MARKUP) && zest_jinja_given(args, index))
        return zest_jinja_escape(j, args->values[index]).text;
    return zest_jinja_arg_text(j, args, index, otherwise);
}

static struct jinja_value like(struct jinja_value self, struct zest_text text)
{
    return zest_jinja_string_like(self, text);
}

/* ---- case, ends ---- */

#define CASE_METHOD(id, to)                                          \
    METHOD(id)                                                       \
    {                                                                \
        (void)args;                                                  \
        return like(self, zest_jinja_change_case(j, self.text, to)); \
    }

CASE_METHOD(upper, JINJA_UPPER)
CASE_METHOD(lower, JINJA_LOWER)
CASE_METHOD(capitalize, JINJA_CAPITALIZED)
CASE_METHOD(title, JINJA_TITLE)
CASE_METHOD(swapcase, JINJA_SWAPPED)
CASE_METHOD(casefold, JINJA_FOLDED)

/* A part of an ASCII text is ASCII. */
#define STRIP_METHOD(id, side)                                                   \
    METHOD(id)                                                                   \
    {                                                                            \
        self.text = zest_jinja_strip(self.text, side, text_or_none(j, args, 0)); \
        return self;                                                             \
    }

STRIP_METHOD(strip, JINJA_BOTH)
STRIP_METHOD(lstrip, JINJA_LEFT)
STRIP_METHOD(rstrip, JINJA_RIGHT)

static bool has_affix(struct zest_text text, struct zest_text affix, bool at_end)
{
    if (affix.size > text.size)
        return false;
    const char *at = at_end ? text.data + text.size - affix.size : text.data;
    return affix.size == 0 || memcmp(at, affix.data, affix.size) == 0;
}

METHOD(removeprefix)
{
    struct zest_text affix = zest_jinja_arg_text(j, args, 0, ""), text = self.text;
    if (has_affix(text, affix, false))
        self.text = (struct zest_text){text.data + affix.size, text.size - affix.size};
    return self;
}

METHOD(removesuffix)
{
    struct zest_text affix = zest_jinja_arg_text(j, args, 0, "");
    if (has_affix(self.text, affix, true))
        self.text.size -= affix.size;
    return self;
}

/* ---- parts: (text, start, end) as in slices ---- */

/* The part that start and end choose, its first character's index; false where start lies behind the text. */
static bool choose_part(struct jinja *j, struct jinja_value self, const struct jinja_args *args,
                        struct jinja_value *ret_part, int64_t *ret_start)
{
    int64_t count = (int64_t)zest_jinja_characters(self), bounds[2] = {0, count};
    for (size_t i = 0; i < 2; i++) {
        if (!zest_jinja_given_some(args, i + 1))
            continue;
        int64_t at = zest_jinja_arg_int(j, args, i + 1, 0);
        at = at < 0 && at > -count ? at + count : at;
        bounds[i] = at < 0 ? 0 : at;
    }
    bounds[1] = bounds[1] < count ? bounds[1] : count;
    *ret_start = bounds[0];
    if (j->failed || bounds[0] > count || bounds[0] > bounds[1])
        return false;
    *ret_part = zest_jinja_part(self, (size_t)bounds[0], (size_t)bounds[1]);
    return zest_jinja_spend(j, self.text.size / 64);
}

/* startswith and endswith take a text or a tuple of texts. */
static struct jinja_value match_affix(struct jinja *j, struct jinja_value self, const struct jinja_args *args,
                                      bool at_end)
{
    struct jinja_value affix = args->values[0], part = self;
    int64_t start;
    bool is_there = choose_part(j, self, args, &part, &start), matches = false;
    if (affix.kind != JINJA_STRING && affix.kind != JINJA_TUPLE)
        return zest_jinja_fail(j, "%s first arg must be str or a tuple of str, not %s",
                               at_end ? "endswith" : "startswith", zest_jinja_type(affix));
    if (affix.kind == JINJA_STRING)
        return zest_jinja_bool(is_there && has_affix(part.text, affix.text, at_end));
    for (size_t i = 0; i < affix.list->count && !matches && !j->failed; i++) {
        struct jinja_value one = affix.list->items[i];
        if (one.kind != JINJA_STRING)
            return zest_jinja_fail(j, "tuple for %s must only contain str, not %s", at_end ? "endswith" : "startswith",
                                   zest_jinja_type(one));
        matches = is_there && has_affix(part.text, one.text, at_end);
    }
    return zest_jinja_bool(matches);
}

METHOD(startswith)
{
    return match_affix(j, self, args, false);
}

METHOD(endswith)
{
    return match_affix(j, self, args, true);
}

/* The index of a character, -1 where it is not there. */
static int64_t index_of(struct jinja *j, struct jinja_value self, const struct jinja_args *args, bool from_right)
{
    struct zest_text needle = zest_jinja_arg_text(j, args, 0, "");
    struct jinja_value part;
    int64_t start;
    if (!choose_part(j, self, args, &part, &start))
        return -1;
    size_t at = from_right ? zest_jinja_find_last(j, part.text, needle) : zest_jinja_find(part.text, needle, 0);
    if (at == SIZE_MAX)
        return -1;
    part.text.size = at;
    return start + (int64_t)zest_jinja_characters(part);
}

METHOD(find)
{
    return zest_jinja_int(index_of(j, self, args, false));
}

METHOD(rfind)
{
    return zest_jinja_int(index_of(j, self, args, true));
}

METHOD(index)
{
    int64_t index = index_of(j, self, args, false);
    return index < 0 ? zest_jinja_fail(j, "substring not found") : zest_jinja_int(index);
}

METHOD(rindex)
{
    int64_t index = index_of(j, self, args, true);
    return index < 0 ? zest_jinja_fail(j, "substring not found") : zest_jinja_int(index);
}

METHOD(count)
{
    struct zest_text needle = zest_jinja_arg_text(j, args, 0, "");
    struct jinja_value part;
    int64_t start, count = 0;
    if (!choose_part(j, self, args, &part, &start))
        return zest_jinja_int(0);
    if (needle.size == 0)
        return zest_jinja_int((int64_t)zest_jinja_characters(part) + 1);
    for (size_t at = 0; (at = zest_jinja_find(part.text, needle, at)) != SIZE_MAX && zest_jinja_spend(j, 1);) {
        at += needle.size;
        count++;
    }
    return zest_jinja_int(count);
}

/* ---- splitting, joining, replacing ---- */

METHOD(split)
{
    return zest_jinja_split(j, self, text_or_none(j, args, 0), zest_jinja_arg_int(j, args, 1, -1), false);
}

METHOD(rsplit)
{
    return zest_jinja_split(j, self, text_or_none(j, args, 0), zest_jinja_arg_int(j, args, 1, -1), true);
}

METHOD(splitlines)
{
    return zest_jinja_split_lines(j, self, zest_jinja_arg_truth(j, args, 0, false));
}

METHOD(join)
{
    struct jinja_iterator iterator;
    struct jinja_value item;
    struct jinja_output output = {0};
    if (!zest_jinja_iterate(j, args->values[0], &iterator))
        return self;
    for (size_t i = 0; zest_jinja_next(j, &iterator, &item); i++) {
        if (self.flags & JINJA_MARKUP)
            item = zest_jinja_escape(j, item);
        if (item.kind != JINJA_STRING)
            return zest_jinja_fail(j, "sequence item %zu: expected str instance, %s found", i, zest_jinja_type(item));
        if (i > 0)
            zest_jinja_write_text(j, &output, self.text);
        zest_jinja_write_text(j, &output, item.text);
    }
    return like(self, zest_jinja_output_text(&output));
}

METHOD(replace)
{
    struct zest_text from = zest_jinja_arg_text(j, args, 0, ""), to = put_in(j, self, args, 1, "");
    int64_t count = zest_jinja_arg_int(j, args, 2, -1);
    return j->failed ? self : like(self, zest_jinja_replace(j, self.text, from, to, count));
}

static struct jinja_value three(struct jinja *j, struct jinja_value self, struct zest_text a, struct zest_text b,
                                struct zest_text c)
{
    return zest_jinja_tuple_of(j, (struct jinja_value[]){like(self, a), like(self, b), like(self, c)}, 3);
}

static struct jinja_value part_at(struct jinja *j, struct jinja_value self, const struct jinja_args *args,
                                  bool from_right)
{
    struct zest_text separator = zest_jinja_arg_text(j, args, 0, ""), text = self.text, empty = ZEST_TEXT("");
    if (separator.size == 0)
        return zest_jinja_fail(j, "empty separator");
    size_t found = from_right ? zest_jinja_find_last(j, text, separator) : zest_jinja_find(text, separator, 0);
    if (found == SIZE_MAX)
        return from_right ? three(j, self, empty, empty, text) : three(j, self, text, empty, empty);
    size_t behind = found + separator.size;
    return three(j, self, (struct zest_text){text.data, found}, separator,
                 (struct zest_text){text.data + behind, text.size - behind});
}

METHOD(partition)
{
    return part_at(j, self, args, false);
}

METHOD(rpartition)
{
    return part_at(j, self, args, true);
}

/* ---- filling ---- */

static struct jinja_value fill(struct jinja *j, struct jinja_value self, const struct jinja_args *args,
                               enum jinja_side text_at)
{
    int64_t width = zest_jinja_arg_int(j, args, 0, 0);
    struct zest_text with = put_in(j, self, args, 1, " ");
    if (!j->failed && zest_jinja_code_points(with) != 1)
        return zest_jinja_fail(j, "The fill character must be exactly one character long");
    return j->failed ? self : like(self, zest_jinja_fill(j, self, width, with, text_at));
}

METHOD(center)
{
    return fill(j, self, args, JINJA_BOTH);
}

METHOD(ljust)
{
    return fill(j, self, args, JINJA_LEFT);
}

METHOD(rjust)
{
    return fill(j, self, args, JINJA_RIGHT);
}

METHOD(zfill)
{
    int64_t width = zest_jinja_arg_int(j, args, 0, 0);
    bool is_signed = self.text.size > 0 && (self.text.data[0] == '-' || self.text.data[0] == '+');
    struct jinja_value digits = self;
    digits.text = (struct zest_text){self.text.data + is_signed, self.text.size - is_signed};
    struct zest_text filled = zest_jinja_fill(j, digits, width - is_signed, ZEST_TEXT("0"), JINJA_RIGHT);
    if (is_signed)
        filled = zest_jinja_join_texts(j, (struct zest_text){self.text.data, 1}, filled);
    return like(self, filled);
}

METHOD(expandtabs)
{
    struct jinja_output output = {0};
    int64_t width = zest_jinja_arg_int(j, args, 0, 8), column = 0;
    for (size_t at = 0; at < self.text.size && zest_jinja_spend(j, 1); at++) {
        char c = self.text.data[at];
        if (c != '\t') {
            zest_jinja_write(j, &output, &c, 1);
            column = c == '\n' || c == '\r' ? 0 : column + !zest_utf8_continues((unsigned char)c);
            continue;
        }
        int64_t blanks = width > 0 ? width - column % width : 0;
        zest_jinja_write_text(j, &output, zest_jinja_repeat(j, ZEST_TEXT(" "), blanks));
        column += blanks;
    }
    return like(self, zest_jinja_output_text(&output));
}

/* ---- formatting, and what zest has no values for ---- */

METHOD(format)
{
    return zest_jinja_format(j, self, args, NULL);
}

METHOD(format_map)
{
    static const struct jinja_args none = {0};
    return zest_jinja_format(j, self, &none, &args->values[0]);
}

METHOD(refused)
{
    (void)self;
    (void)args;
    return zest_jinja_fail(j, "zest has no bytes and no tables of characters: encode, translate and maketrans");
}

const struct jinja_function zest_jinja_text_methods[] = {
    {"capitalize", method_capitalize, 0, 0, NULL, NULL},
    {"casefold", method_casefold, 0, 0, NULL, NULL},
    {"center", method_center, 1, 2, NULL, NULL},
    {"count", method_count, 1, 3, NULL, NULL},
    {"encode", method_refused, 0, 2, "encoding errors", NULL},
    {"endswith", method_endswith, 1, 3, NULL, NULL},
    {"expandtabs", method_expandtabs, 0, 1, "tabsize", NULL},
    {"find", method_find, 1, 3, NULL, NULL},
    {"format", method_format, 0, JINJA_ANY_COUNT, NULL, NULL},
    {"format_map", method_format_map, 1, 1, NULL, NULL},
    {"index", method_index, 1, 3, NULL, NULL},
    {"join", method_join, 1, 1, NULL, NULL},
    {"ljust", method_ljust, 1, 2, NULL, NULL},
    {"lower", method_lower, 0, 0, NULL, NULL},
    {"lstrip", method_lstrip, 0, 1, NULL, NULL},
    {"maketrans", method_refused, 1, 3, NULL, NULL},
    {"partition", method_partition, 1, 1, NULL, NULL},
    {"removeprefix", method_removeprefix, 1, 1, NULL, NULL},
    {"removesuffix", method_removesuffix, 1, 1, NULL, NULL},
    {"replace", method_replace, 2, 3, NULL, NULL},
    {"rfind", method_rfind, 1, 3, NULL, NULL},
    {"rindex", method_rindex, 1, 3, NULL, NULL},
    {"rjust", method_rjust, 1, 2, NULL, NULL},
    {"rpartition", method_rpartition, 1, 1, NULL, NULL},
    {"rsplit", method_rsplit, 0, 2, "sep maxsplit", NULL},
    {"rstrip", method_rstrip, 0, 1, NULL, NULL},
    {"split", method_split, 0, 2, "sep maxsplit", NULL},
    {"splitlines", method_splitlines, 0, 1, "keepends", NULL},
    {"startswith", method_startswith, 1, 3, NULL, NULL},
    {"strip", method_strip, 0, 1, NULL, NULL},
    {"swapcase", method_swapcase, 0, 0, NULL, NULL},
    {"title", method_title, 0, 0, NULL, NULL},
    {"translate", method_refused, 1, 1, NULL, NULL},
    {"upper", method_upper, 0, 0, NULL, NULL},
    {"zfill", method_zfill, 1, 1, NULL, NULL},
    {NULL, NULL, 0, 0, NULL, NULL},
};
