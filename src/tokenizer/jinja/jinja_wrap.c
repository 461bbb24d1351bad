/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_wrap.c - the filter wordwrap: Python's textwrap.wrap of each line, without expanding tabs or replacing white
 * space. A line is cut into pieces where it may be broken (white space, words, parts of words up to a hyphen, dashes),
 * then pieces are laid on lines as long as they fit.
 *
 * Source: the documentation of textwrap, and the behaviour of Python 3.11.
 */
#include "jinja_filters.h"
#include "jinja_text.h"

#include "unicode_class.h"

/* textwrap's own white space; the rest of Unicode's is part of words. */
static bool is_blank(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* A line as code points; `at` gives where each begins, and the end. */
struct line {
    uint32_t *points;
    const char **at;
    size_t count;
};

static bool is_letter(const struct line *l, size_t i)
{
    return i < l->count && zest_jinja_is_word(l->points[i]) && !zest_jinja_is_decimal(l->points[i]);
}

/* What a dash may follow: [\w!"'&.,?] */
static bool is_word_punctuation(const struct line *l, size_t i)
{
    uint32_t c = l->points[i];
    return zest_jinja_is_word(c) || (c > 0 && c < 0x80 && strchr("!\"'&.,?", (int)c));
}

static size_t dashes_from(const struct line *l, size_t i)
{
    size_t count = 0;
    while (i + count < l->count && l->points[i + count] == '-')
        count++;
    return count;
}

/* Two or more dashes at i with a word behind them. */
static bool is_long_dash(const struct line *l, size_t i)
{
    size_t count = dashes_from(l, i);
    return count >= 2 && i + count < l->count && zest_jinja_is_word(l->points[i + count]);
}

/* A hyphen at i behind which a word may be broken: two letters stand before it, perhaps with a hyphen between, and two
 * letters behind, likewise. */
static bool breaks_behind(const struct line *l, size_t i)
{
    if (l->points[i] != '-' || i < 2 || !is_letter(l, i - 1) || !is_letter(l, i + 1))
        return false;
    bool before = is_letter(l, i - 2) || (i >= 3 && l->points[i - 2] == '-' && is_letter(l, i - 3));
    return before && (is_letter(l, i + 2) || (i + 2 < l->count && l->points[i + 2] == '-' && is_letter(l, i + 3)));
}

/* Where the piece that begins at i ends. */
static size_t piece_end(const struct line *l, size_t from, bool at_hyphens)
{
    size_t i = from;
    if (is_blank(l->points[i])) {
        while (i < l->count && is_blank(l->points[i]))
            i++;
        return i;
    }
    if (at_hyphens && from > 0 && is_word_punctuation(l, from - 1) && is_long_dash(l, from))
        return from + dashes_from(l, from);
    for (i = from + 1; i < l->count; i++) {
        if (is_blank(l->points[i]))
            break;
        if (at_hyphens && breaks_behind(l, i))
            return i + 1;
        if (at_hyphens && is_word_punctuation(l, i - 1) && is_long_dash(l, i))
            break;
    }
    return i;
}

/* ---- lines ---- */

struct wrapping {
    struct jinja_output *output;
    size_t width;
    bool breaks_words;
    bool at_hyphens;   /* pieces end at hyphens */
    bool long_hyphens; /* words that are too long are broken at hyphens */
    struct zest_text line_end;
};

static bool read_line(struct jinja *j, struct zest_text text, struct line *ret_line)
{
    size_t count = zest_jinja_code_points(text);
    struct line l = {zest_jinja_alloc(j, count, sizeof *l.points), zest_jinja_alloc(j, count + 1, sizeof *l.at), 0};
    if (j->failed || !zest_jinja_spend(j, text.size / 4))
        return false;
    for (size_t at = 0; at < text.size;) {
        uint32_t length;
        l.at[l.count] = text.data + at;
        l.points[l.count++] = zest_utf8_decode((const unsigned char *)text.data + at, &length);
        at += length;
    }
    l.at[l.count] = text.data + text.size;
    *ret_line = l;
    return true;
}

/* How much of a word [from, end) that is longer than a line goes on this one, which has `room` left. */
static size_t part_of_word(const struct wrapping *w, const struct line *l, size_t from, size_t end, size_t room)
{
    if (!w->breaks_words)
        return room == w->width ? end - from : 0;
    for (size_t i = from + room; w->long_hyphens && i-- > from + 1;) { /* the last hyphen, if not all are hyphens */
        if (l->points[i] != '-')
            continue;
        return dashes_from(l, from) < i - from ? i - from + 1 : room;
    }
    return room;
}

static bool is_white(const struct line *l, size_t from, size_t to)
{
    while (from < to && zest_jinja_is_space(l->points[from]))
        from++;
    return from == to;
}

/* Where laying is in a line: the next piece is [at, end). */
struct laying {
    size_t at, end;
};

static void next_piece(const struct wrapping *w, const struct line *l, struct laying *laying)
{
    laying->at = laying->end;
    laying->end = laying->at < l->count ? piece_end(l, laying->at, w->at_hyphens) : laying->at;
}

/* Lays pieces on one line, which shows [*ret_from, *ret_to). A last piece of white space goes; but none does where a
 * word was begun that the line has no room for, since textwrap then takes the nothing of it for that piece. */
static void lay_line(const struct wrapping *w, const struct line *l, struct laying *laying, bool is_first,
                     size_t *ret_from, size_t *ret_to)
{
    if (!is_first && is_white(l, laying->at, laying->end))
        next_piece(w, l, laying);
    size_t start = laying->at, last = laying->at;
    while (laying->at < l->count && laying->end - start <= w->width) {
        last = laying->at;
        next_piece(w, l, laying);
    }
    size_t used = laying->at - start;
    bool drops = true;
    if (laying->at < l->count && laying->end - laying->at > w->width) {
        size_t kept = part_of_word(w, l, laying->at, laying->end, w->width - used);
        drops = kept > 0 || !w->breaks_words;
        last = kept > 0 ? laying->at : last;
        laying->at += kept;
        if (laying->at == laying->end)
            next_piece(w, l, laying);
    }
    *ret_from = start;
    *ret_to = drops && is_white(l, last, laying->at) ? last : laying->at;
}

static void wrap_line(struct jinja *j, const struct wrapping *w, struct zest_text text)
{
    struct line l;
    bool is_first = true;
    if (text.size == 0 || !read_line(j, text, &l))
        return;
    struct laying laying = {0, piece_end(&l, 0, w->at_hyphens)};
    while (laying.at < l.count && zest_jinja_spend(j, 1)) {
        size_t from, to;
        lay_line(w, &l, &laying, is_first, &from, &to);
        if (to == from)
            continue;
        if (!is_first)
            zest_jinja_write_text(j, w->output, w->line_end);
        zest_jinja_write(j, w->output, l.at[from], (size_t)(l.at[to] - l.at[from]));
        is_first = false;
    }
}

FILTER(wordwrap)
{
    int64_t width = zest_jinja_arg_int(j, args, 0, 79);
    struct jinja_output output = {0};
    struct wrapping w = {.output = &output, .line_end = ZEST_TEXT("\n")};
    w.breaks_words = zest_jinja_arg_truth(j, args, 1, true);
    w.long_hyphens = zest_jinja_arg_truth(j, args, 3, true);
    w.at_hyphens = !zest_jinja_given(args, 3) || (args->values[3].kind == JINJA_BOOL && args->values[3].truth);
    if (zest_jinja_given_some(args, 2))
        w.line_end = zest_jinja_arg_text(j, args, 2, "\n");
    if (self.kind == JINJA_UNDEFINED)
        return zest_jinja_fail_undefined(j, self);
    if (self.kind != JINJA_STRING)
        return zest_jinja_fail(j, "'%s' object has no attribute 'splitlines'", zest_jinja_type(self));
    struct jinja_value lines = zest_jinja_split_lines(j, self, false);
    if (!j->failed && width < 1 && lines.list->count > 0)
        return zest_jinja_fail(j, "invalid width %lld (must be > 0)", (long long)width);
    w.width = width > 0 ? (size_t)width : 1;
    for (size_t i = 0; !j->failed && i < lines.list->count; i++) {
        if (i > 0)
            zest_jinja_write_text(j, &output, w.line_end);
        wrap_line(j, &w, lines.list->items[i].text);
    }
    return zest_jinja_string(zest_jinja_output_text(&output));
}
