/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_print_pretty.c - the filter pprint: Python's pprint.pformat with its defaults. What fits into 80 columns is one
 * line, with the keys of dicts sorted; what does not is broken at its items, texts at their lines and words.
 *
 * Source: the behaviour of pprint in Python 3.11.
 */
#include "jinja_filters.h"
#include "jinja_text.h"

#include "unicode_class.h"

#define WIDTH 80

struct printer {
    struct jinja *j;
    struct jinja_output output;
};

/* Where something is printed: the column it begins in, how much stands behind its end, how deep it is. */
struct spot {
    int64_t indent, allowance;
    int level;
};

static void print(struct printer *p, struct jinja_value value, struct spot spot);

static void write_word(struct printer *p, const char *word)
{
    zest_jinja_write(p->j, &p->output, word, strlen(word));
}

static void write_line(struct printer *p, const char *before, int64_t indent)
{
    write_word(p, before);
    write_word(p, "\n");
    zest_jinja_write_text(p->j, &p->output, zest_jinja_repeat(p->j, ZEST_TEXT(" "), indent));
}

/* ---- dicts in the order of their keys ---- */

/* Keys that Python does not order are in the order of their types' names. */
static int rank(struct jinja_value key)
{
    return key.kind == JINJA_NONE                               ? 0
           : zest_jinja_is_number(key) || key.kind == JINJA_BIG ? 1
           : key.kind == JINJA_STRING                           ? 2
                                                                : 3;
}

static const struct jinja_keyed *sorted_entries(struct jinja *j, const struct jinja_dict *dict)
{
    struct jinja_keyed *entries = zest_jinja_alloc(j, dict->count, sizeof *entries), *other;
    size_t filled = 0;
    for (int wanted = 0; wanted < 4 && !j->failed; wanted++) {
        size_t from = filled;
        for (size_t i = 0; i < dict->count; i++)
            if (rank(dict->entries[i].key) == wanted)
                entries[filled++] = (struct jinja_keyed){dict->entries[i].key, dict->entries[i].value};
        other = filled > from ? zest_jinja_sort_keyed(j, entries + from, filled - from, false) : entries + from;
        if (!j->failed && other != entries + from)
            memcpy(entries + from, other, (filled - from) * sizeof *entries);
    }
    return j->failed ? NULL : entries;
}

/* ---- on one line ---- */

static void write_repr(struct jinja *j, struct jinja_output *output, struct jinja_value value);

static void write_list(struct jinja *j, struct jinja_output *output, struct jinja_value value)
{
    bool is_tuple = value.kind == JINJA_TUPLE;
    zest_jinja_write(j, output, is_tuple ? "(" : "[", 1);
    for (size_t i = 0; i < value.list->count && !j->failed; i++) {
        zest_jinja_write(j, output, ", ", i > 0 ? 2 : 0);
        write_repr(j, output, value.list->items[i]);
    }
    zest_jinja_write(j, output, ",", is_tuple && value.list->count == 1);
    zest_jinja_write(j, output, is_tuple ? ")" : "]", 1);
}

static void write_dict(struct jinja *j, struct jinja_output *output, const struct jinja_dict *dict)
{
    const struct jinja_keyed *entries = sorted_entries(j, dict);
    zest_jinja_write(j, output, "{", 1);
    for (size_t i = 0; i < dict->count && !j->failed; i++) {
        zest_jinja_write(j, output, ", ", i > 0 ? 2 : 0);
        write_repr(j, output, entries[i].key);
        zest_jinja_write(j, output, ": ", 2);
        write_repr(j, output, entries[i].item);
    }
    zest_jinja_write(j, output, "}", 1);
}

static void write_repr(struct jinja *j, struct jinja_output *output, struct jinja_value value)
{
    if (!zest_jinja_spend(j, 1) || !zest_jinja_enter(j))
        return;
    if (value.kind == JINJA_DICT)
        write_dict(j, output, value.dict);
    else if (zest_jinja_is_sequence(value) && !value.list->names)
        write_list(j, output, value);
    else
        zest_jinja_write_repr(j, output, value);
    zest_jinja_leave(j);
}

static struct zest_text repr_of(struct jinja *j, struct jinja_value value)
{
    struct jinja_output output = {0};
    write_repr(j, &output, value);
    return zest_jinja_output_text(&output);
}

static int64_t width_of(struct zest_text text)
{
    return (int64_t)zest_jinja_code_points(text);
}

/* ---- texts on several lines ---- */

struct chunks {
    struct jinja_value list; /* of reprs */
    size_t capacity;
};

static void add_chunk(struct printer *p, struct chunks *chunks, struct zest_text part)
{
    struct zest_text repr = repr_of(p->j, zest_jinja_string(part));
    zest_jinja_append(p->j, chunks->list.list, &chunks->capacity, zest_jinja_string(repr));
}

/* Where the word at `at` ends, with the white space behind it. */
static size_t word_end(struct zest_text text, size_t at)
{
    uint32_t length;
    for (int in_space = 0; at < text.size; at += length) {
        bool is_space = zest_jinja_is_space(zest_utf8_decode((const unsigned char *)text.data + at, &length));
        if (in_space && !is_space)
            break;
        in_space = is_space;
    }
    return at;
}

/* A line that is too long, as many words at a time as fit. */
static void break_line(struct printer *p, struct chunks *chunks, struct zest_text line, int64_t width,
                       int64_t allowance)
{
    size_t from = 0, at = 0;
    while (at < line.size && !p->j->failed) {
        size_t end = word_end(line, at);
        width -= end == line.size ? allowance : 0;
        struct zest_text candidate = {line.data + from, end - from};
        if (width_of(repr_of(p->j, zest_jinja_string(candidate))) > width) {
            if (at > from)
                add_chunk(p, chunks, (struct zest_text){line.data + from, at - from});
            from = at;
        }
        at = end;
    }
    if (at > from)
        add_chunk(p, chunks, (struct zest_text){line.data + from, at - from});
}

static void print_text(struct printer *p, struct jinja_value text, struct spot spot)
{
    bool is_top = spot.level == 1;
    struct jinja_value lines = zest_jinja_split_lines(p->j, text, true);
    struct chunks chunks = {zest_jinja_list(p->j, 4), 4};
    spot.indent += is_top;
    spot.allowance += is_top;
    struct zest_text repr = ZEST_TEXT("");
    for (size_t i = 0; !p->j->failed && i < lines.list->count; i++) {
        int64_t width = WIDTH - spot.indent, allowance = i + 1 == lines.list->count ? spot.allowance : 0;
        repr = repr_of(p->j, zest_jinja_string(lines.list->items[i].text));
        if (width_of(repr) <= width - allowance)
            add_chunk(p, &chunks, lines.list->items[i].text);
        else
            break_line(p, &chunks, lines.list->items[i].text, width, allowance);
    }
    if (p->j->failed)
        return;
    if (chunks.list.list->count == 1) {
        zest_jinja_write_text(p->j, &p->output, repr);
        return;
    }
    write_word(p, is_top ? "(" : "");
    for (size_t i = 0; i < chunks.list.list->count; i++) {
        if (i > 0)
            write_line(p, "", spot.indent);
        zest_jinja_write_text(p->j, &p->output, chunks.list.list->items[i].text);
    }
    write_word(p, is_top ? ")" : "");
}

/* ---- containers on several lines ---- */

static void print_list(struct printer *p, struct jinja_value value, struct spot spot)
{
    size_t count = value.list->count;
    bool is_tuple = value.kind == JINJA_TUPLE;
    const char *end = is_tuple && count == 1 ? ",)" : is_tuple ? ")" : "]";
    write_word(p, is_tuple ? "(" : "[");
    for (size_t i = 0; i < count && !p->j->failed; i++) {
        if (i > 0)
            write_line(p, ",", spot.indent + 1);
        int64_t allowance = i + 1 == count ? spot.allowance + (int64_t)strlen(end) : 1;
        print(p, value.list->items[i], (struct spot){spot.indent + 1, allowance, spot.level});
    }
    write_word(p, end);
}

static void print_dict(struct printer *p, const struct jinja_dict *dict, struct spot spot)
{
    const struct jinja_keyed *entries = sorted_entries(p->j, dict);
    write_word(p, "{");
    for (size_t i = 0; i < dict->count && !p->j->failed; i++) {
        struct zest_text key = repr_of(p->j, entries[i].key);
        if (i > 0)
            write_line(p, ",", spot.indent + 1);
        zest_jinja_write_text(p->j, &p->output, key);
        write_word(p, ": ");
        int64_t allowance = i + 1 == dict->count ? spot.allowance + 1 : 1;
        print(p, entries[i].item, (struct spot){spot.indent + 1 + width_of(key) + 2, allowance, spot.level});
    }
    write_word(p, "}");
}

static void print(struct printer *p, struct jinja_value value, struct spot spot)
{
    struct zest_text repr = repr_of(p->j, value);
    bool is_long = width_of(repr) > WIDTH - spot.indent - spot.allowance;
    if (!zest_jinja_enter(p->j))
        return;
    spot.level++;
    if (is_long && value.kind == JINJA_DICT)
        print_dict(p, value.dict, spot);
    else if (is_long && zest_jinja_is_sequence(value) && !value.list->names)
        print_list(p, value, spot);
    else if (is_long && value.kind == JINJA_STRING && !(value.flags & JINJA_MARKUP) && value.text.size > 0)
        print_text(p, value, spot);
    else
        zest_jinja_write_text(p->j, &p->output, repr);
    zest_jinja_leave(p->j);
}

FILTER(pprint)
{
    (void)args;
    struct printer p = {.j = j};
    print(&p, self, (struct spot){0, 0, 0});
    return zest_jinja_string(zest_jinja_output_text(&p.output));
}
