/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_split.c - str.split, str.rsplit and str.splitlines.
 */
#include "jinja_text.h"

#include "unicode_class.h"

/* The list that parts go to. */
struct parts {
    struct jinja *j;
    struct jinja_value list, like;
    size_t capacity;
};

static void add(struct parts *parts, const char *from, const char *to)
{
    struct jinja_value part = zest_jinja_string_like(parts->like, (struct zest_text){from, (size_t)(to - from)});
    part.flags |= parts->like.flags & JINJA_ASCII;
    zest_jinja_append(parts->j, parts->list.list, &parts->capacity, part);
}

static void reverse(struct jinja_list *list)
{
    for (size_t i = 0; i < list->count / 2; i++) {
        struct jinja_value held = list->items[i];
        list->items[i] = list->items[list->count - 1 - i];
        list->items[list->count - 1 - i] = held;
    }
}

/* ---- at white space ---- */

static bool is_space_at(const char *at, uint32_t *ret_length)
{
    return zest_jinja_is_space(zest_utf8_decode((const unsigned char *)at, ret_length));
}

static void split_spaces(struct parts *parts, struct zest_text text, int64_t most)
{
    const char *at = text.data, *end = at + text.size;
    uint32_t length;
    while (!parts->j->failed) {
        while (at < end && is_space_at(at, &length))
            at += length;
        if (at == end)
            break;
        const char *from = at;
        if (most-- == 0) { /* the rest, with the blanks at its end */
            add(parts, from, end);
            break;
        }
        while (at < end && !is_space_at(at, &length))
            at += length;
        add(parts, from, at);
    }
}

static const char *previous(const char *begin, const char *at)
{
    while (at > begin && zest_utf8_continues((unsigned char)*--at))
        ;
    return at;
}

static void rsplit_spaces(struct parts *parts, struct zest_text text, int64_t most)
{
    const char *begin = text.data, *at = begin + text.size;
    uint32_t length;
    while (!parts->j->failed) {
        while (at > begin && is_space_at(previous(begin, at), &length))
            at = previous(begin, at);
        if (at == begin)
            break;
        const char *to = at;
        if (most-- == 0) {
            add(parts, begin, to);
            break;
        }
        while (at > begin && !is_space_at(previous(begin, at), &length))
            at = previous(begin, at);
        add(parts, at, to);
    }
}

/* ---- at a separator ---- */

static void split_by(struct parts *parts, struct zest_text text, struct zest_text separator, int64_t most)
{
    size_t at = 0, found;
    while (most-- != 0 && !parts->j->failed && (found = zest_jinja_find(text, separator, at)) != SIZE_MAX) {
        add(parts, text.data + at, text.data + found);
        at = found + separator.size;
    }
    add(parts, text.data + at, text.data + text.size);
}

static void rsplit_by(struct parts *parts, struct zest_text text, struct zest_text separator, int64_t most)
{
    size_t found;
    while (most-- != 0 && !parts->j->failed && (found = zest_jinja_find_last(parts->j, text, separator)) != SIZE_MAX) {
        add(parts, text.data + found + separator.size, text.data + text.size);
        text.size = found;
    }
    add(parts, text.data, text.data + text.size);
}

struct jinja_value zest_jinja_split(struct jinja *j, struct jinja_value text, struct zest_text separator, int64_t most,
                                    bool from_right)
{
    struct parts parts = {j, zest_jinja_list(j, 4), text, 4};
    if (separator.data && separator.size == 0)
        return zest_jinja_fail(j, "empty separator");
    if (!zest_jinja_spend(j, text.text.size / 16))
        return text;
    if (separator.data)
        (from_right ? rsplit_by : split_by)(&parts, text.text, separator, most);
    else if (text.text.size > 0)
        (from_right ? rsplit_spaces : split_spaces)(&parts, text.text, most);
    if (from_right && !j->failed)
        reverse(parts.list.list);
    return parts.list;
}

/* ---- at line ends ---- */

static bool is_line_end(uint32_t code_point)
{
    return (code_point >= 0x0A && code_point <= 0x0D) || (code_point >= 0x1C && code_point <= 0x1E) ||
           code_point == 0x85 || code_point == 0x2028 || code_point == 0x2029;
}

struct jinja_value zest_jinja_split_lines(struct jinja *j, struct jinja_value text, bool keep_ends)
{
    struct parts parts = {j, zest_jinja_list(j, 4), text, 4};
    const char *data = text.text.data;
    size_t start = 0, size = text.text.size;
    if (!zest_jinja_spend(j, size / 16))
        return text;
    for (size_t at = 0; at < size && !j->failed;) {
        uint32_t length, code_point = zest_utf8_decode((const unsigned char *)data + at, &length);
        size_t end = at;
        at += length;
        if (!is_line_end(code_point))
            continue;
        if (code_point == '\r' && at < size && data[at] == '\n')
            at++;
        add(&parts, data + start, data + (keep_ends ? at : end));
        start = at;
    }
    if (start < size)
        add(&parts, data + start, data + size);
    return parts.list;
}
