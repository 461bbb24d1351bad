/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_text.c - finding, cutting and filling texts, as Python's str does, on UTF-8.
 */
#include "jinja_text.h"

#include "unicode_class.h"

/* ---- ends ---- */

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

/* ---- places ---- */

size_t zest_jinja_find(struct zest_text text, struct zest_text needle, size_t from)
{
    if (from > text.size)
        return SIZE_MAX;
    if (needle.size == 0)
        return from;
    const char *found = text.size > from ? memmem(text.data + from, text.size - from, needle.data, needle.size) : NULL;
    return found ? (size_t)(found - text.data) : SIZE_MAX;
}

size_t zest_jinja_find_last(struct jinja *j, struct zest_text text, struct zest_text needle)
{
    if (needle.size > text.size)
        return SIZE_MAX;
    if (needle.size == 0)
        return text.size;
    for (size_t left = text.size - needle.size + 1; left > 0 && zest_jinja_spend(j, 1 + needle.size / 64);) {
        const char *found = memrchr(text.data, needle.data[0], left);
        if (!found)
            break;
        if (!memcmp(found, needle.data, needle.size))
            return (size_t)(found - text.data);
        left = (size_t)(found - text.data);
    }
    return SIZE_MAX;
}

/* The byte at which the character of this index begins, the size where there are not as many. */
static size_t byte_of(struct zest_text text, size_t from_byte, size_t characters)
{
    size_t at = from_byte;
    while (characters > 0 && at < text.size) {
        at++;
        while (at < text.size && zest_utf8_continues((unsigned char)text.data[at]))
            at++;
        characters--;
    }
    return at;
}

struct jinja_value zest_jinja_part(struct jinja_value text, size_t from, size_t to)
{
    size_t size = text.text.size;
    to = to < from ? from : to;
    if (text.flags & JINJA_ASCII) {
        from = from < size ? from : size;
        to = to < size ? to : size;
    } else {
        size_t start = byte_of(text.text, 0, from);
        to = byte_of(text.text, start, to - from);
        from = start;
    }
    text.text = (struct zest_text){text.text.data + from, to - from};
    return text;
}

/* ---- making ---- */

struct zest_text zest_jinja_replace(struct jinja *j, struct zest_text text, struct zest_text from, struct zest_text to,
                                    int64_t count)
{
    struct jinja_output output = {0};
    size_t at = 0;
    if (!zest_jinja_spend(j, text.size / 32) || (count != 0 && zest_jinja_find(text, from, 0) == SIZE_MAX))
        return text;
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
        size_t next = byte_of(text, at, 1); /* an empty text stands before every character */
        zest_jinja_write(j, &output, text.data + at, next - at);
        at = next == at ? at + 1 : next;
    }
    if (at < text.size)
        zest_jinja_write(j, &output, text.data + at, text.size - at);
    return zest_jinja_output_text(&output);
}

struct zest_text zest_jinja_repeat(struct jinja *j, struct zest_text text, int64_t count)
{
    size_t size;
    if (count <= 0 || text.size == 0)
        return ZEST_TEXT("");
    if (__builtin_mul_overflow(text.size, (size_t)count, &size) || size > j->limits.output_size) {
        if (!j->failed)
            j->status = ZEST_TOO_LARGE;
        zest_jinja_fail(j, "the template makes a text of more than %zu bytes", j->limits.output_size);
        return ZEST_TEXT("");
    }
    char *repeated = zest_jinja_spend(j, size / 64) ? zest_jinja_alloc(j, size, 1) : NULL;
    if (!repeated)
        return ZEST_TEXT("");
    memcpy(repeated, text.data, text.size);
    for (size_t filled = text.size; filled < size;) { /* by doubling */
        size_t more = filled < size - filled ? filled : size - filled;
        memcpy(repeated + filled, repeated, more);
        filled += more;
    }
    return (struct zest_text){repeated, size};
}

struct zest_text zest_jinja_fill(struct jinja *j, struct jinja_value text, int64_t width, struct zest_text with,
                                 enum jinja_side text_at)
{
    struct jinja_output output = {0};
    int64_t size = (int64_t)zest_jinja_characters(text), missing = width > size ? width - size : 0;
    int64_t left = text_at == JINJA_LEFT    ? 0
                   : text_at == JINJA_RIGHT ? missing
                                            : missing / 2 + (missing & width & 1); /* as Python's center does */
    if (missing == 0)
        return text.text;
    zest_jinja_write_text(j, &output, zest_jinja_repeat(j, with, left));
    zest_jinja_write_text(j, &output, text.text);
    zest_jinja_write_text(j, &output, zest_jinja_repeat(j, with, missing - left));
    return zest_jinja_output_text(&output);
}
