/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_text.c - Python's str methods on UTF-8. Stateless but for the rendering's arena and limits.
 */
#include "jinja_text.h"

#include "unicode_class.h"

bool zest_jinja_is_space(uint32_t code_point)
{
    return (zest_unicode_class(code_point) & ZEST_CLASS_SPACE) || (code_point >= 0x1C && code_point <= 0x1F);
}

/* ---- case ---- */

static bool is_cased(uint32_t code_point)
{
    return zest_unicode_class(code_point) & (ZEST_CLASS_UPPER | ZEST_CLASS_LOWER);
}

/* A sigma at a word's end has a form of its own: cased letters before it and none behind. */
static bool is_final_sigma(struct zest_text text, size_t at)
{
    uint32_t length;
    size_t before = at;
    while (before > 0 && zest_utf8_continues((unsigned char)text.data[--before]))
        ;
    if (at == 0 || !is_cased(zest_utf8_decode((const unsigned char *)text.data + before, &length)))
        return false;
    return at + 2 >= text.size || !is_cased(zest_utf8_decode((const unsigned char *)text.data + at + 2, &length));
}

static void write_mapped(struct jinja *j, struct jinja_output *output, uint32_t code_point,
                         const struct zest_case_map *map, const struct zest_case_map *fallback)
{
    uint32_t mapped[3] = {code_point};
    char bytes[12];
    uint32_t count = zest_case_apply(map, code_point, mapped), size = 0;
    if (count == 0 && fallback)
        count = zest_case_apply(fallback, code_point, mapped);
    for (uint32_t i = 0; i < (count > 0 ? count : 1); i++)
        size += zest_utf8_encode(mapped[i], bytes + size);
    zest_jinja_write(j, output, bytes, size);
}

struct zest_text zest_jinja_change_case(struct jinja *j, struct zest_text text, enum jinja_case to)
{
    struct jinja_output output = {0};
    bool in_word = false;
    for (size_t at = 0; at < text.size && !j->failed;) {
        uint32_t length, code_point = zest_utf8_decode((const unsigned char *)text.data + at, &length);
        bool is_upper = zest_unicode_class(code_point) & ZEST_CLASS_UPPER;
        bool starts = to == JINJA_CAPITALIZED ? at == 0 : to == JINJA_TITLE && !in_word;
        bool upper = to == JINJA_UPPER || (to == JINJA_SWAPPED && !is_upper);
        if (starts)
            write_mapped(j, &output, code_point, &zest_case_title, &zest_case_upper);
        else if (upper)
            write_mapped(j, &output, code_point, &zest_case_upper, NULL);
        else if (code_point == 0x3A3 && is_final_sigma(text, at))
            zest_jinja_write(j, &output, "\xCF\x82", 2);
        else
            write_mapped(j, &output, code_point, &zest_case_lower, NULL);
        in_word = is_cased(code_point);
        at += length;
    }
    return zest_jinja_output_text(&output);
}

/* ---- parts ---- */

struct zest_text zest_jinja_part(struct zest_text text, size_t from, size_t to)
{
    size_t at = 0, index = 0, start = text.size, end = text.size;
    for (; at <= text.size; at++) {
        if (at < text.size && zest_utf8_continues((unsigned char)text.data[at]))
            continue;
        if (index == from)
            start = at;
        if (index == to) {
            end = at;
            break;
        }
        index++;
    }
    return (struct zest_text){text.data + start, end > start ? end - start : 0};
}

static bool is_in_set(struct zest_text set, const char *character, uint32_t length, uint32_t code_point)
{
    if (!set.data)
        return zest_jinja_is_space(code_point);
    return set.size >= length && memmem(set.data, set.size, character, length);
}

struct zest_text zest_jinja_strip(struct zest_text text, enum jinja_side side, struct zest_text set)
{
    uint32_t length;
    while ((side & JINJA_LEFT) && text.size > 0) {
        uint32_t code_point = zest_utf8_decode((const unsigned char *)text.data, &length);
        if (!is_in_set(set, text.data, length, code_point))
            break;
        text.data += length;
        text.size -= length;
    }
    while ((side & JINJA_RIGHT) && text.size > 0) {
        size_t at = text.size - 1;
        while (at > 0 && zest_utf8_continues((unsigned char)text.data[at]))
            at--;
        uint32_t code_point = zest_utf8_decode((const unsigned char *)text.data + at, &length);
        if (!is_in_set(set, text.data + at, length, code_point))
            break;
        text.size = at;
    }
    return text;
}

size_t zest_jinja_find(struct zest_text text, struct zest_text needle, size_t from)
{
    if (from > text.size)
        return SIZE_MAX;
    if (needle.size == 0)
        return from;
    const char *found = memmem(text.data + from, text.size - from, needle.data, needle.size);
    return found ? (size_t)(found - text.data) : SIZE_MAX;
}

struct zest_text zest_jinja_replace(struct jinja *j, struct zest_text text, struct zest_text from, struct zest_text to,
                                    int64_t count)
{
    struct jinja_output output = {0};
    size_t at = 0;
    while (count != 0 && at <= text.size && zest_jinja_spend(j, 1)) {
        size_t found = zest_jinja_find(text, from, at);
        if (found == SIZE_MAX)
            break;
        zest_jinja_write(j, &output, text.data + at, found - at);
        zest_jinja_write_text(j, &output, to);
        at = found + from.size;
        count--;
        if (from.size > 0)
            continue;
        size_t next = at + 1; /* an empty text stands before every character */
        while (next < text.size && zest_utf8_continues((unsigned char)text.data[next]))
            next++;
        if (at < text.size)
            zest_jinja_write(j, &output, text.data + at, next - at);
        at = next;
    }
    if (at < text.size)
        zest_jinja_write(j, &output, text.data + at, text.size - at);
    return zest_jinja_output_text(&output);
}

/* ---- splitting ---- */

static void append(struct jinja *j, struct jinja_value list, size_t *capacity, struct zest_text text)
{
    if (j->failed || !zest_jinja_spend(j, 1))
        return;
    if (list.list->count == *capacity) {
        struct jinja_value *grown = zest_jinja_alloc(j, *capacity * 2, sizeof *grown);
        if (!grown)
            return;
        memcpy(grown, list.list->items, list.list->count * sizeof *grown);
        list.list->items = grown;
        *capacity *= 2;
    }
    list.list->items[list.list->count++] = zest_jinja_string(text);
}

static void split_spaces(struct jinja *j, struct zest_text text, int64_t most, struct jinja_value list,
                         size_t *capacity)
{
    struct zest_text spaces = {NULL, 0};
    text = zest_jinja_strip(text, JINJA_LEFT, spaces);
    while (text.size > 0 && !j->failed) {
        size_t end = 0;
        uint32_t length;
        while (end < text.size &&
               !zest_jinja_is_space(zest_utf8_decode((const unsigned char *)text.data + end, &length)))
            end += length;
        if (most-- == 0) {
            append(j, list, capacity, zest_jinja_strip(text, JINJA_RIGHT, spaces));
            return;
        }
        append(j, list, capacity, (struct zest_text){text.data, end});
        text = zest_jinja_strip((struct zest_text){text.data + end, text.size - end}, JINJA_LEFT, spaces);
    }
}

static void split_by(struct jinja *j, struct zest_text text, struct zest_text separator, int64_t most,
                     struct jinja_value list, size_t *capacity)
{
    size_t at = 0, found;
    while (most != 0 && !j->failed && (found = zest_jinja_find(text, separator, at)) != SIZE_MAX) {
        append(j, list, capacity, (struct zest_text){text.data + at, found - at});
        at = found + separator.size;
        most--;
    }
    append(j, list, capacity, (struct zest_text){text.data + at, text.size - at});
}

static void reverse(struct jinja_list *list)
{
    for (size_t i = 0; i < list->count / 2; i++) {
        struct jinja_value held = list->items[i];
        list->items[i] = list->items[list->count - 1 - i];
        list->items[list->count - 1 - i] = held;
    }
}

/* From the right, pieces are found last to first. */
static void rsplit_by(struct jinja *j, struct zest_text text, struct zest_text separator, int64_t most,
                      struct jinja_value list, size_t *capacity)
{
    while (most != 0 && !j->failed && text.size >= separator.size) {
        size_t at = text.size - separator.size;
        while (at > 0 && memcmp(text.data + at, separator.data, separator.size) != 0)
            at--;
        if (memcmp(text.data + at, separator.data, separator.size) != 0)
            break;
        append(j, list, capacity, (struct zest_text){text.data + at + separator.size, text.size - at - separator.size});
        text.size = at;
        most--;
    }
    append(j, list, capacity, text);
    if (!j->failed)
        reverse(list.list);
}

static void rsplit_spaces(struct jinja *j, struct zest_text text, int64_t most, struct jinja_value list,
                          size_t *capacity)
{
    struct zest_text spaces = {NULL, 0};
    text = zest_jinja_strip(text, JINJA_RIGHT, spaces);
    while (text.size > 0 && !j->failed) {
        size_t at = text.size;
        uint32_t length;
        while (at > 0) {
            size_t before = at - 1;
            while (before > 0 && zest_utf8_continues((unsigned char)text.data[before]))
                before--;
            if (zest_jinja_is_space(zest_utf8_decode((const unsigned char *)text.data + before, &length)))
                break;
            at = before;
        }
        if (most-- == 0) {
            append(j, list, capacity, zest_jinja_strip(text, JINJA_LEFT, spaces));
            break;
        }
        append(j, list, capacity, (struct zest_text){text.data + at, text.size - at});
        text = zest_jinja_strip((struct zest_text){text.data, at}, JINJA_RIGHT, spaces);
    }
    if (!j->failed)
        reverse(list.list);
}

struct jinja_value zest_jinja_split(struct jinja *j, struct zest_text text, struct zest_text separator, int64_t most,
                                    bool from_right)
{
    size_t capacity = 8;
    struct jinja_value list = zest_jinja_list(j, capacity);
    if (separator.data && separator.size == 0)
        return zest_jinja_fail(j, "empty separator");
    if (j->failed)
        return list;
    if (separator.data)
        (from_right ? rsplit_by : split_by)(j, text, separator, most, list, &capacity);
    else
        (from_right ? rsplit_spaces : split_spaces)(j, text, most, list, &capacity);
    return list;
}

static bool is_line_end(uint32_t code_point)
{
    return (code_point >= 0x0A && code_point <= 0x0D) || (code_point >= 0x1C && code_point <= 0x1E) ||
           code_point == 0x85 || code_point == 0x2028 || code_point == 0x2029;
}

struct jinja_value zest_jinja_split_lines(struct jinja *j, struct zest_text text, bool keep_ends)
{
    size_t capacity = 8, start = 0;
    struct jinja_value list = zest_jinja_list(j, capacity);
    for (size_t at = 0; at < text.size && !j->failed;) {
        uint32_t length, code_point = zest_utf8_decode((const unsigned char *)text.data + at, &length);
        size_t end = at;
        at += length;
        if (!is_line_end(code_point))
            continue;
        if (code_point == '\r' && at < text.size && text.data[at] == '\n')
            at++;
        append(j, list, &capacity, (struct zest_text){text.data + start, (keep_ends ? at : end) - start});
        start = at;
    }
    if (start < text.size)
        append(j, list, &capacity, (struct zest_text){text.data + start, text.size - start});
    return list;
}

/* ---- filling and escaping ---- */

struct zest_text zest_jinja_center(struct jinja *j, struct zest_text text, int64_t width)
{
    struct jinja_output output = {0};
    int64_t size = (int64_t)zest_jinja_characters(text), missing = width > size ? width - size : 0;
    int64_t left = missing / 2 + (missing & width & 1);
    for (int64_t i = 0; i < left && zest_jinja_spend(j, 1); i++)
        zest_jinja_write(j, &output, " ", 1);
    zest_jinja_write_text(j, &output, text);
    for (int64_t i = left; i < missing && zest_jinja_spend(j, 1); i++)
        zest_jinja_write(j, &output, " ", 1);
    return zest_jinja_output_text(&output);
}

struct zest_text zest_jinja_escape(struct jinja *j, struct zest_text text)
{
    struct jinja_output output = {0};
    for (size_t at = 0; at < text.size; at++) {
        char c = text.data[at];
        const char *entity = c == '&'    ? "&amp;"
                             : c == '<'  ? "&lt;"
                             : c == '>'  ? "&gt;"
                             : c == '"'  ? "&#34;"
                             : c == '\'' ? "&#39;"
                                         : NULL;
        if (entity)
            zest_jinja_write(j, &output, entity, strlen(entity));
        else
            zest_jinja_write(j, &output, &c, 1);
    }
    return zest_jinja_output_text(&output);
}
