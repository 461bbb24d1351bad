/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_json_write.c - tojson as transformers defines it: Python's json.dumps, without HTML escaping.
 */
#include "jinja_filters.h"
#include "jinja_text.h"

#include "unicode_class.h"

#include <math.h>
#include <stdio.h>

struct writer {
    struct jinja *j;
    struct jinja_output output;
    bool ascii, sorts;
    struct zest_text indent; /* data is NULL for one line */
    struct zest_text item_separator, key_separator;
};

static void write_json(struct writer *w, struct jinja_value value, size_t depth);

static void write_word(struct writer *w, const char *word)
{
    zest_jinja_write(w->j, &w->output, word, strlen(word));
}

static void write_line(struct writer *w, size_t depth)
{
    if (!w->indent.data)
        return;
    write_word(w, "\n");
    for (size_t i = 0; i < depth; i++)
        zest_jinja_write_text(w->j, &w->output, w->indent);
}

/* ---- texts ---- */

static void write_unit(struct writer *w, uint32_t unit)
{
    char escape[8];
    snprintf(escape, sizeof escape, "\\u%04x", unit & 0xFFFF);
    write_word(w, escape);
}

static void write_escaped(struct writer *w, uint32_t code_point)
{
    static const char shorts[] = "\b\f\n\r\t\"\\", letters[] = "bfnrt\"\\";
    const char *is_short = code_point > 0 && code_point < 0x80 ? strchr(shorts, (int)code_point) : NULL;
    if (is_short) {
        char escape[3] = {'\\', letters[is_short - shorts], 0};
        write_word(w, escape);
    } else if (code_point < 0x10000) {
        write_unit(w, code_point);
    } else {
        write_unit(w, 0xD800 + ((code_point - 0x10000) >> 10));
        write_unit(w, 0xDC00 + ((code_point - 0x10000) & 0x3FF));
    }
}

/* Most texts have nothing to escape but in a few places; what lies between is written at once. */
static void write_string(struct writer *w, struct zest_text text)
{
    size_t from = 0;
    write_word(w, "\"");
    for (size_t at = 0; at < text.size;) {
        unsigned char c = (unsigned char)text.data[at];
        uint32_t length = 1;
        bool is_plain = c >= 0x80 ? !w->ascii : c >= ' ' && c != '"' && c != '\\' && !(w->ascii && c == 0x7F);
        if (!is_plain) {
            uint32_t code_point = zest_utf8_decode((const unsigned char *)text.data + at, &length);
            zest_jinja_write(w->j, &w->output, text.data + from, at - from);
            write_escaped(w, code_point);
            from = at + length;
        }
        at += length;
    }
    zest_jinja_write(w->j, &w->output, text.data + from, text.size - from);
    write_word(w, "\"");
}

/* ---- numbers and keys ---- */

static void write_real(struct writer *w, double real)
{
    char digits[32];
    if (isnan(real) || isinf(real))
        write_word(w, isnan(real) ? "NaN" : real < 0 ? "-Infinity" : "Infinity");
    else
        zest_jinja_write(w->j, &w->output, digits, zest_jinja_format_real(real, digits));
}

static void write_plain(struct writer *w, struct jinja_value value)
{
    if (value.kind == JINJA_NONE)
        write_word(w, "null");
    else if (value.kind == JINJA_BOOL)
        write_word(w, value.truth ? "true" : "false");
    else if (value.kind == JINJA_FLOAT)
        write_real(w, value.real);
    else
        zest_jinja_write_value(w->j, &w->output, value);
}

/* Keys become strings. */
static void write_key(struct writer *w, struct jinja_value key)
{
    if (key.kind == JINJA_STRING) {
        write_string(w, key.text);
    } else if (key.kind == JINJA_NONE || key.kind == JINJA_BIG || zest_jinja_is_number(key)) {
        write_word(w, "\"");
        write_plain(w, key);
        write_word(w, "\"");
    } else {
        zest_jinja_fail(w->j, "keys must be str, int, float, bool or None, not %s", zest_jinja_type(key));
    }
}

/* ---- containers ---- */

static void write_array(struct writer *w, const struct jinja_list *list, size_t depth)
{
    write_word(w, "[");
    for (size_t i = 0; i < list->count && !w->j->failed; i++) {
        if (i > 0)
            zest_jinja_write_text(w->j, &w->output, w->item_separator);
        write_line(w, depth + 1);
        write_json(w, list->items[i], depth + 1);
    }
    if (list->count > 0)
        write_line(w, depth);
    write_word(w, "]");
}

static void write_entry(struct writer *w, struct jinja_value key, struct jinja_value value, size_t depth, bool is_first)
{
    if (!is_first)
        zest_jinja_write_text(w->j, &w->output, w->item_separator);
    write_line(w, depth + 1);
    write_key(w, key);
    zest_jinja_write_text(w->j, &w->output, w->key_separator);
    write_json(w, value, depth + 1);
}

static void write_object(struct writer *w, const struct jinja_dict *dict, size_t depth)
{
    write_word(w, "{");
    struct jinja_keyed *sorted = w->sorts ? zest_jinja_alloc(w->j, dict->count, sizeof *sorted) : NULL;
    for (size_t i = 0; sorted && i < dict->count; i++)
        sorted[i] = (struct jinja_keyed){dict->entries[i].key, dict->entries[i].value};
    if (sorted)
        sorted = zest_jinja_sort_keyed(w->j, sorted, dict->count, false);
    for (size_t i = 0; i < dict->count && !w->j->failed; i++) {
        if (w->sorts)
            write_entry(w, sorted[i].key, sorted[i].item, depth, i == 0);
        else
            write_entry(w, dict->entries[i].key, dict->entries[i].value, depth, i == 0);
    }
    if (dict->count > 0)
        write_line(w, depth);
    write_word(w, "}");
}

static void write_json(struct writer *w, struct jinja_value value, size_t depth)
{
    if (!zest_jinja_spend(w->j, 1) || !zest_jinja_enter(w->j))
        return;
    switch (value.kind) {
    case JINJA_NONE:
    case JINJA_BOOL:
    case JINJA_INT:
    case JINJA_BIG:
    case JINJA_FLOAT:
        write_plain(w, value);
        break;
    case JINJA_STRING:
        write_string(w, value.text);
        break;
    case JINJA_LIST:
    case JINJA_TUPLE:
        write_array(w, value.list, depth);
        break;
    case JINJA_DICT:
        write_object(w, value.dict, depth);
        break;
    default:
        zest_jinja_fail(w->j, "Object of type %s is not JSON serializable", zest_jinja_type(value));
    }
    zest_jinja_leave(w->j);
}

/* ---- arguments ---- */

/* indent: a number of blanks, or the text itself. */
static void set_indent(struct writer *w, const struct jinja_args *args)
{
    int64_t count = 0;
    if (!zest_jinja_given_some(args, 1))
        return;
    if (args->values[1].kind == JINJA_STRING)
        w->indent = args->values[1].text.data ? args->values[1].text : ZEST_TEXT("");
    else if (zest_jinja_is_integer(args->values[1], &count))
        w->indent = zest_jinja_repeat(w->j, ZEST_TEXT(" "), count);
    else
        zest_jinja_fail(w->j, "can't multiply sequence by non-int of type '%s'", zest_jinja_type(args->values[1]));
    w->item_separator = ZEST_TEXT(",");
}

static void set_separators(struct writer *w, const struct jinja_args *args)
{
    const struct jinja_list *two = zest_jinja_given_some(args, 2) ? zest_jinja_items(w->j, args->values[2]) : NULL;
    if (!two)
        return;
    if (two->count != 2 || two->items[0].kind != JINJA_STRING || two->items[1].kind != JINJA_STRING) {
        zest_jinja_fail(w->j, "separators must be two texts");
        return;
    }
    w->item_separator = two->items[0].text;
    w->key_separator = two->items[1].text;
}

struct jinja_value zest_jinja_tojson(struct jinja *j, struct jinja_value self, const struct jinja_args *args)
{
    struct writer w = {
        .j = j,
        .ascii = zest_jinja_arg_truth(j, args, 0, false),
        .sorts = zest_jinja_arg_truth(j, args, 3, false),
        .item_separator = ZEST_TEXT(", "),
        .key_separator = ZEST_TEXT(": "),
    };
    set_indent(&w, args);
    set_separators(&w, args);
    write_json(&w, self, 0);
    return zest_jinja_string(zest_jinja_output_text(&w.output));
}
