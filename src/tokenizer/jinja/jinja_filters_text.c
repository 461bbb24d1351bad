/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_filters_text.c - filters that make texts. jinja_filters.c lists them.
 */
#include "jinja_filters.h"
#include "jinja_text.h"
#include "unicode_class.h"

/* Most filters of text take anything and read it as str() does. */
#define TEXT_FILTER(id, expression)                       \
    FILTER(id)                                            \
    {                                                     \
        (void)args;                                       \
        struct zest_text text = zest_jinja_text(j, self); \
        return zest_jinja_string(expression);             \
    }

TEXT_FILTER(upper, zest_jinja_change_case(j, text, JINJA_UPPER))
TEXT_FILTER(lower, zest_jinja_change_case(j, text, JINJA_LOWER))
TEXT_FILTER(capitalize, zest_jinja_change_case(j, text, JINJA_CAPITALIZED))
TEXT_FILTER(string, text)

FILTER(safe)
{
    (void)args;
    struct jinja_value text = zest_jinja_string(zest_jinja_text(j, self));
    text.is_markup = true;
    return text;
}

FILTER(forceescape)
{
    (void)args;
    struct jinja_value text = zest_jinja_string(zest_jinja_escape(j, zest_jinja_text(j, self)));
    text.is_markup = true;
    return text;
}

FILTER(escape)
{
    return self.kind == JINJA_STRING && self.is_markup ? self : zest_jinja_filter_forceescape(j, self, args);
}

/* Words begin behind white space, hyphens and opening brackets; the rest of each is lower case. */
FILTER(title)
{
    (void)args;
    struct jinja_output output = {0};
    struct zest_text text = zest_jinja_text(j, self);
    for (size_t at = 0; at < text.size && !j->failed;) {
        size_t start = at;
        uint32_t length;
        for (; at < text.size; at += length) {
            uint32_t code_point = zest_utf8_decode((const unsigned char *)text.data + at, &length);
            if (zest_jinja_is_space(code_point) ||
                (code_point < 0x80 && code_point && strchr("-([{<", (int)code_point)))
                break;
        }
        struct zest_text word = {text.data + start, at - start};
        zest_jinja_write_text(j, &output, zest_jinja_change_case(j, word, JINJA_CAPITALIZED));
        if (at < text.size) {
            zest_jinja_write(j, &output, text.data + at, length);
            at += length;
        }
    }
    return zest_jinja_string(zest_jinja_output_text(&output));
}

FILTER(trim)
{
    const struct jinja_value *set = zest_jinja_arg(args, 0, "chars");
    struct zest_text characters = set && set->kind == JINJA_STRING ? set->text : (struct zest_text){NULL, 0};
    return zest_jinja_string(zest_jinja_strip(zest_jinja_text(j, self), JINJA_BOTH, characters));
}

FILTER(replace)
{
    struct zest_text from = zest_jinja_arg_text(j, args, 0, "old", ""), to = zest_jinja_arg_text(j, args, 1, "new", "");
    if (args->count + args->named_count < 2)
        return zest_jinja_fail(j, "replace needs what to replace and by what");
    return zest_jinja_string(
        zest_jinja_replace(j, zest_jinja_text(j, self), from, to, zest_jinja_arg_int(j, args, 2, "count", -1)));
}

FILTER(center)
{
    return zest_jinja_string(
        zest_jinja_center(j, zest_jinja_text(j, self), zest_jinja_arg_int(j, args, 0, "width", 80)));
}

/* The lines but the first, unless asked for, begin with blanks (or a text); empty ones don't, unless asked for. */
FILTER(indent)
{
    const struct jinja_value *width = zest_jinja_arg(args, 0, "width");
    int64_t blanks = width && width->kind == JINJA_INT ? width->integer : 4;
    bool first = zest_jinja_arg_bool(args, 1, "first", false), blank = zest_jinja_arg_bool(args, 2, "blank", false);
    blanks = blanks < 0 ? 0 : blanks > 1000 ? 1000 : blanks;
    struct zest_text by =
        width && width->kind == JINJA_STRING ? width->text : zest_text_format(j->arena, "%*s", (int)blanks, "");
    struct jinja_output output = {0}, text = {0};
    if (self.kind == JINJA_UNDEFINED)
        zest_jinja_fail_undefined(j, self);
    if (self.kind != JINJA_STRING)
        return zest_jinja_fail(j, "unsupported operand type(s) for +=: '%s' and 'str'", zest_jinja_type(self));
    zest_jinja_write_value(j, &text, self);
    zest_jinja_write(j, &text, "\n", 1); /* so that a line end at the end makes an empty line */
    struct jinja_value lines = zest_jinja_split_lines(j, zest_jinja_output_text(&text), false);
    if (j->failed)
        return lines;
    for (size_t i = 0; i < lines.list->count && !j->failed; i++) {
        struct zest_text line = lines.list->items[i].text;
        if (i > 0)
            zest_jinja_write(j, &output, "\n", 1);
        if (i == 0 ? first : line.size > 0 || blank)
            zest_jinja_write_text(j, &output, by);
        zest_jinja_write_text(j, &output, line);
    }
    return zest_jinja_string(zest_jinja_output_text(&output));
}

FILTER(truncate)
{
    struct zest_text text = zest_jinja_text(j, self), end = zest_jinja_arg_text(j, args, 2, "end", "...");
    int64_t length = zest_jinja_arg_int(j, args, 0, "length", 255),
            leeway = zest_jinja_arg_int(j, args, 3, "leeway", 5);
    int64_t end_size = (int64_t)zest_jinja_characters(end);
    if (self.kind != JINJA_STRING && (int64_t)zest_jinja_length(j, self) <= length + leeway)
        return self;
    if (self.kind != JINJA_STRING)
        return zest_jinja_fail(j, "truncate needs a text, not %s", zest_jinja_type(self));
    if (length < end_size)
        return zest_jinja_fail(j, "expected length >= %lld, got %lld", (long long)end_size, (long long)length);
    if ((int64_t)zest_jinja_characters(text) <= length + leeway)
        return zest_jinja_string(text);
    struct zest_text kept = zest_jinja_part(text, 0, (size_t)(length - end_size));
    if (!zest_jinja_arg_bool(args, 1, "killwords", false)) {
        const char *blank = kept.size > 0 ? memrchr(kept.data, ' ', kept.size) : NULL;
        kept.size = blank ? (size_t)(blank - kept.data) : kept.size;
    }
    struct jinja_output output = {0};
    zest_jinja_write_text(j, &output, kept);
    zest_jinja_write_text(j, &output, end);
    return zest_jinja_string(zest_jinja_output_text(&output));
}

static bool is_word(uint32_t code_point)
{
    return code_point == '_' ||
           (zest_unicode_class(code_point) & (ZEST_CLASS_LETTER | ZEST_CLASS_NUMBER | ZEST_CLASS_MARK));
}

FILTER(wordcount)
{
    (void)args;
    struct zest_text text = zest_jinja_text(j, self);
    int64_t count = 0;
    bool in_word = false;
    for (size_t at = 0; at < text.size;) {
        uint32_t length;
        bool word = is_word(zest_utf8_decode((const unsigned char *)text.data + at, &length));
        count += word && !in_word;
        in_word = word;
        at += length;
    }
    return zest_jinja_int(count);
}

/* Where the piece at `at` ends: a run of blanks, a word, or a word's part up to a hyphen between letters. */
static size_t piece_end(struct zest_text line, size_t at)
{
    bool is_blank = line.data[at] == ' ' || line.data[at] == '\t';
    for (size_t start = at; at < line.size; at++) {
        bool blank = line.data[at] == ' ' || line.data[at] == '\t';
        if (blank != is_blank)
            break;
        bool joins = at > start && line.data[at] == '-' && at + 1 < line.size &&
                     is_word((unsigned char)line.data[at - 1]) && is_word((unsigned char)line.data[at + 1]);
        if (joins)
            return at + 1;
    }
    return at;
}

struct wrapping {
    struct jinja_output *output;
    size_t width;
    bool breaks_words;
    struct zest_text line_end;
};

/* As much of the line as fits, without blanks at its end; answers what is left. */
static struct zest_text wrap_one(struct jinja *j, const struct wrapping *w, struct zest_text line)
{
    size_t used = 0, at = 0, end = 0; /* `used` characters, bytes taken, bytes to write */
    while (at < line.size && zest_jinja_spend(j, 1)) {
        size_t next = piece_end(line, at);
        size_t size = zest_jinja_characters((struct zest_text){line.data + at, next - at});
        bool is_blank = line.data[at] == ' ' || line.data[at] == '\t';
        if (used + size > w->width) {
            struct zest_text piece = {line.data + at, next - at};
            if (size > w->width && w->breaks_words)
                end = at += zest_jinja_part(piece, 0, w->width - used).size;
            else if (size > w->width && used == 0)
                end = at = next;
            break;
        }
        used += size;
        at = next;
        end = is_blank ? end : next;
    }
    zest_jinja_write(j, w->output, line.data, end);
    return (struct zest_text){line.data + at, line.size - at};
}

static void wrap_line(struct jinja *j, const struct wrapping *w, struct zest_text line)
{
    for (bool is_first = true; line.size > 0 && !j->failed; is_first = false) {
        if (!is_first)
            line = zest_jinja_strip(line, JINJA_LEFT, ZEST_TEXT(" \t"));
        if (line.size == 0)
            break;
        if (!is_first)
            zest_jinja_write_text(j, w->output, w->line_end);
        line = wrap_one(j, w, line);
    }
}

FILTER(wordwrap)
{
    int64_t width = zest_jinja_arg_int(j, args, 0, "width", 79);
    bool breaks_words = zest_jinja_arg_bool(args, 1, "break_long_words", true);
    struct zest_text line_end = zest_jinja_arg_text(j, args, 2, "wrapstring", "\n");
    struct jinja_value lines = zest_jinja_split_lines(j, zest_jinja_text(j, self), false);
    struct jinja_output output = {0};
    if (self.kind == JINJA_UNDEFINED)
        zest_jinja_fail_undefined(j, self);
    if (self.kind != JINJA_STRING)
        return zest_jinja_fail(j, "'%s' object has no attribute 'splitlines'", zest_jinja_type(self));
    if (width < 1)
        return zest_jinja_fail(j, "invalid width %lld (must be > 0)", (long long)width);
    struct wrapping w = {&output, (size_t)width, breaks_words, line_end};
    for (size_t i = 0; !j->failed && i < lines.list->count; i++) {
        if (i > 0)
            zest_jinja_write_text(j, &output, line_end);
        wrap_line(j, &w, lines.list->items[i].text);
    }
    return zest_jinja_string(zest_jinja_output_text(&output));
}

/* Without comments and tags; runs of white space become one blank. Entities that escape makes are read back. */
FILTER(striptags)
{
    (void)args;
    static const struct {
        const char *entity, *meaning;
    } entities[] = {{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&#34;", "\""}, {"&#39;", "'"}, {"&quot;", "\""}};
    struct jinja_output output = {0};
    struct zest_text text = zest_jinja_text(j, self);
    for (size_t at = 0; at < text.size;) {
        const char *close = text.data[at] == '<' ? memchr(text.data + at, '>', text.size - at) : NULL;
        if (close) {
            at = (size_t)(close - text.data) + 1;
            continue;
        }
        zest_jinja_write(j, &output, text.data + at++, 1);
    }
    struct jinja_value words =
        zest_jinja_split(j, zest_jinja_output_text(&output), (struct zest_text){NULL, 0}, -1, false);
    struct jinja_output joined = {0};
    for (size_t i = 0; !j->failed && i < words.list->count; i++) {
        if (i > 0)
            zest_jinja_write(j, &joined, " ", 1);
        zest_jinja_write_text(j, &joined, words.list->items[i].text);
    }
    struct zest_text result = zest_jinja_output_text(&joined);
    for (size_t i = ZEST_COUNT(entities); i-- > 0;)
        result = zest_jinja_replace(j, result, zest_text_of(entities[i].entity), zest_text_of(entities[i].meaning), -1);
    return zest_jinja_string(result);
}

static void write_quoted(struct jinja *j, struct jinja_output *output, struct zest_text text, bool in_query)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.size; i++) {
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
}

FILTER(urlencode)
{
    (void)args;
    struct jinja_output output = {0};
    if (self.kind != JINJA_DICT && !zest_jinja_is_sequence(self)) {
        write_quoted(j, &output, zest_jinja_text(j, self), false);
        return zest_jinja_string(zest_jinja_output_text(&output));
    }
    size_t count = zest_jinja_length(j, self);
    for (size_t i = 0; i < count && !j->failed; i++) {
        struct jinja_entry pair;
        if (self.kind == JINJA_DICT) {
            pair = self.dict->entries[i];
        } else {
            const struct jinja_list *items = zest_jinja_iterate(j, self.list->items[i]);
            if (!items || items->count != 2)
                return zest_jinja_fail(j, "urlencode needs pairs");
            pair = (struct jinja_entry){items->items[0], items->items[1]};
        }
        if (i > 0)
            zest_jinja_write(j, &output, "&", 1);
        write_quoted(j, &output, zest_jinja_text(j, pair.key), true);
        zest_jinja_write(j, &output, "=", 1);
        write_quoted(j, &output, zest_jinja_text(j, pair.value), true);
    }
    return zest_jinja_string(zest_jinja_output_text(&output));
}

FILTER(format)
{
    struct zest_text text = zest_jinja_text(j, self);
    if (args->count > 0 && args->named_count > 0)
        return zest_jinja_fail(j, "can't handle positional and keyword arguments at the same time");
    if (args->named_count > 0) {
        struct jinja_value dict = zest_jinja_dict(j, args->named_count);
        for (size_t i = 0; i < args->named_count && !j->failed; i++)
            zest_jinja_dict_set(j, dict.dict, zest_jinja_string(args->named[i].name), args->named[i].value);
        return j->failed ? dict : zest_jinja_percent(j, text, dict);
    }
    struct jinja_list list = {.items = args->values, .count = args->count};
    return zest_jinja_percent(j, text, (struct jinja_value){.kind = JINJA_TUPLE, .list = &list});
}
