/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_filters_text.c - filters that make texts. jinja_filters.c lists them; jinja_wrap.c has wordwrap.
 */
#include "jinja_filters.h"

#include "jinja_text.h"

#include "unicode_class.h"

/* Most filters of text take anything and read it as str() does; markup stays markup. */
#define CASE_FILTER(id, to)                                                            \
    FILTER(id)                                                                         \
    {                                                                                  \
        (void)args;                                                                    \
        struct jinja_value text = zest_jinja_soft(j, self);                            \
        return zest_jinja_string_like(text, zest_jinja_change_case(j, text.text, to)); \
    }

CASE_FILTER(upper, JINJA_UPPER)
CASE_FILTER(lower, JINJA_LOWER)
CASE_FILTER(capitalize, JINJA_CAPITALIZED)

static bool parts_words(uint32_t code_point)
{
    return zest_jinja_is_space(code_point) || (code_point > 0 && code_point < 0x80 && strchr("-({[<", (int)code_point));
}

/* Words begin behind white space, hyphens and opening brackets; the rest of each is lower case. */
FILTER(title)
{
    (void)args;
    struct jinja_output output = {0};
    struct zest_text text = zest_jinja_text(j, self);
    uint32_t length, first;
    for (size_t at = 0, end; at < text.size && !j->failed; at = end) {
        uint32_t code_point = zest_utf8_decode((const unsigned char *)text.data + at, &first);
        bool is_parting = parts_words(code_point);
        for (end = at + first; end < text.size; end += length) {
            code_point = zest_utf8_decode((const unsigned char *)text.data + end, &length);
            if (parts_words(code_point) != is_parting)
                break;
        }
        struct zest_text head = {text.data + at, first}, tail = {text.data + at + first, end - at - first};
        zest_jinja_write_text(j, &output, zest_jinja_change_case(j, head, JINJA_UPPER));
        zest_jinja_write_text(j, &output, zest_jinja_change_case(j, tail, JINJA_LOWER));
    }
    return zest_jinja_string(zest_jinja_output_text(&output));
}

FILTER(trim)
{
    struct jinja_value text = zest_jinja_soft(j, self);
    struct zest_text set = {NULL, 0};
    if (zest_jinja_given_some(args, 0))
        set = zest_jinja_arg_text(j, args, 0, "");
    uint8_t flags = text.flags;
    text = zest_jinja_string(zest_jinja_strip(text.text, JINJA_BOTH, set));
    text.flags = flags;
    return text;
}

/* With autoescape, markup among the three makes the text markup, and all of it escaped. */
FILTER(replace)
{
    struct jinja_value old = args->values[0], new = args->values[1], text = zest_jinja_string(zest_jinja_text(j, self));
    int64_t count = zest_jinja_given_some(args, 2) ? zest_jinja_arg_int(j, args, 2, -1) : -1;
    if (j->autoescape) {
        bool old_is = old.kind == JINJA_STRING && (old.flags & JINJA_MARKUP),
             new_is = new.kind == JINJA_STRING && (new.flags &JINJA_MARKUP),
             self_is = self.kind == JINJA_STRING && (self.flags & JINJA_MARKUP);
        text = old_is || (new_is && !self_is) ? zest_jinja_escape(j, self) : zest_jinja_soft(j, self);
        if (text.flags & JINJA_MARKUP)
            new = zest_jinja_escape(j, zest_jinja_soft(j, new));
    }
    if (j->failed)
        return self;
    return zest_jinja_string_like(
        text, zest_jinja_replace(j, text.text, zest_jinja_text(j, old), zest_jinja_text(j, new), count));
}

FILTER(center)
{
    struct jinja_value text = zest_jinja_soft(j, self);
    int64_t width = zest_jinja_arg_int(j, args, 0, 80);
    return zest_jinja_string_like(text, zest_jinja_fill(j, text, width, ZEST_TEXT(" "), JINJA_BOTH));
}

/* ---- indent ---- */

/* What stands before each line: so many blanks, or a text. */
static struct jinja_value indention_of(struct jinja *j, const struct jinja_args *args)
{
    if (zest_jinja_given(args, 0) && args->values[0].kind == JINJA_STRING)
        return args->values[0];
    int64_t width = zest_jinja_arg_int(j, args, 0, 4);
    return zest_jinja_string(zest_jinja_repeat(j, ZEST_TEXT(" "), width));
}

/* The lines but the first, unless asked for, begin with it; empty ones don't, unless asked for. */
FILTER(indent)
{
    struct jinja_value by = indention_of(j, args);
    bool first = zest_jinja_arg_truth(j, args, 1, false), blank = zest_jinja_arg_truth(j, args, 2, false);
    struct jinja_output output = {0};
    if (self.kind == JINJA_UNDEFINED)
        return zest_jinja_fail_undefined(j, self);
    if (self.kind != JINJA_STRING)
        return zest_jinja_fail(j, "unsupported operand type(s) for +=: '%s' and 'str'", zest_jinja_type(self));
    if ((by.flags & JINJA_MARKUP) && !(self.flags & JINJA_MARKUP)) /* Markup joins what it is added to */
        self = zest_jinja_escape(j, self);
    struct jinja_value whole = self;
    whole.text = zest_jinja_join_texts(j, self.text, ZEST_TEXT("\n")); /* a line end at the end makes a line */
    struct jinja_value lines = zest_jinja_split_lines(j, whole, false);
    for (size_t i = 0; !j->failed && i < lines.list->count; i++) {
        struct zest_text line = lines.list->items[i].text;
        if (i > 0)
            zest_jinja_write(j, &output, "\n", 1);
        if (i == 0 ? first : line.size > 0 || blank)
            zest_jinja_write_text(j, &output, by.text);
        zest_jinja_write_text(j, &output, line);
    }
    return zest_jinja_string_like(self, zest_jinja_output_text(&output));
}

/* ---- truncate ---- */

static struct jinja_value cut(struct jinja *j, struct jinja_value text, int64_t kept, bool kills_words,
                              struct jinja_value end)
{
    struct jinja_value none = zest_jinja_none(), head = zest_jinja_slice(j, text, none, zest_jinja_int(kept), none);
    const char *blank = head.text.size > 0 && !kills_words ? memrchr(head.text.data, ' ', head.text.size) : NULL;
    if (blank)
        head.text.size = (size_t)(blank - head.text.data);
    return zest_jinja_binary(j, JINJA_ADD, head, end);
}

FILTER(truncate)
{
    struct jinja_value end = zest_jinja_given(args, 2) ? args->values[2] : zest_jinja_string(ZEST_TEXT("..."));
    int64_t length = zest_jinja_arg_int(j, args, 0, 255), size, end_size = (int64_t)zest_jinja_length(j, end);
    int64_t leeway = zest_jinja_given_some(args, 3) ? zest_jinja_arg_int(j, args, 3, 5) : 5;
    bool kills_words = zest_jinja_arg_truth(j, args, 1, false);
    if (!j->failed && length < end_size)
        return zest_jinja_fail(j, "expected length >= %lld, got %lld", (long long)end_size, (long long)length);
    if (leeway < 0)
        return zest_jinja_fail(j, "expected leeway >= 0, got %lld", (long long)leeway);
    size = (int64_t)zest_jinja_length(j, self);
    if (j->failed || size - leeway <= length)
        return self;
    if (kills_words && zest_jinja_is_sequence(self)) {
        struct jinja_value none = zest_jinja_none();
        return zest_jinja_binary(j, JINJA_ADD, zest_jinja_slice(j, self, none, zest_jinja_int(length - end_size), none),
                                 end);
    }
    if (self.kind != JINJA_STRING)
        return zest_jinja_fail(j, "'%s' object has no attribute 'rsplit'", zest_jinja_type(self));
    return cut(j, self, length - end_size, kills_words, end);
}

/* ---- counting, coding, formatting ---- */

FILTER(wordcount)
{
    (void)args;
    struct zest_text text = zest_jinja_text(j, self);
    int64_t count = 0;
    bool in_word = false;
    for (size_t at = 0; at < text.size;) {
        uint32_t length;
        bool word = zest_jinja_is_word(zest_utf8_decode((const unsigned char *)text.data + at, &length));
        count += word && !in_word;
        in_word = word;
        at += length;
    }
    zest_jinja_spend(j, text.size / 16);
    return zest_jinja_int(count);
}

static void write_quoted(struct jinja *j, struct jinja_output *output, struct zest_text text, bool in_query)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.size && !j->failed; i++) {
        unsigned char c = (unsigned char)text.data[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                        (c && strchr(in_query ? "-_.~" : "-_.~/", c));
        char escape[3] = {'%', hex[c >> 4], hex[c & 15]};
        if (is_plain)
            zest_jinja_write(j, output, text.data + i, 1);
        else if (c == ' ' && in_query)
            zest_jinja_write(j, output, "+", 1);
        else
            zest_jinja_write(j, output, escape, 3);
    }
    zest_jinja_spend(j, text.size / 16);
}

static void write_pair(struct jinja *j, struct jinja_output *output, struct jinja_value pair, bool is_first)
{
    const struct jinja_list *items = zest_jinja_items(j, pair);
    if (items && items->count != 2)
        zest_jinja_fail(j, "%s values to unpack (expected 2)", items->count < 2 ? "not enough" : "too many");
    if (j->failed)
        return;
    if (!is_first)
        zest_jinja_write(j, output, "&", 1);
    write_quoted(j, output, zest_jinja_text(j, items->items[0]), true);
    zest_jinja_write(j, output, "=", 1);
    write_quoted(j, output, zest_jinja_text(j, items->items[1]), true);
}

FILTER(urlencode)
{
    (void)args;
    struct jinja_output output = {0};
    struct jinja_iterator iterator;
    struct jinja_value pair;
    if (self.kind == JINJA_STRING || !zest_jinja_is_iterable(self)) {
        write_quoted(j, &output, zest_jinja_text(j, self), false);
        return zest_jinja_string(zest_jinja_output_text(&output));
    }
    if (self.kind == JINJA_DICT)
        self = (struct jinja_value){.kind = JINJA_VIEW, .view = JINJA_ITEMS, .dict = self.dict};
    if (!zest_jinja_iterate(j, self, &iterator))
        return self;
    for (bool is_first = true; zest_jinja_next(j, &iterator, &pair); is_first = false)
        write_pair(j, &output, pair, is_first);
    return zest_jinja_string(zest_jinja_output_text(&output));
}

FILTER(format)
{
    struct jinja_value text = zest_jinja_soft(j, self);
    if (args->count > 0 && args->named_count > 0)
        return zest_jinja_fail(j, "can't handle positional and keyword arguments at the same time");
    if (args->named_count == 0)
        return zest_jinja_percent(j, text, zest_jinja_tuple_of(j, args->values, args->count));
    struct jinja_value dict = zest_jinja_dict(j, args->named_count);
    for (size_t i = 0; i < args->named_count && !j->failed; i++)
        zest_jinja_dict_set(j, dict.dict, zest_jinja_string(args->named[i].name), args->named[i].value);
    return zest_jinja_percent(j, text, dict);
}
