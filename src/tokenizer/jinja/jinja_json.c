/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_json.c - JSON texts to values (by jansson, which keeps the order of keys) and values to JSON texts, laid out as
 * Python's json.dumps does.
 */
#include "jinja.h"
#include "unicode_class.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- JSON to values ---- */

static struct jinja_value from_node(struct jinja *j, const json_t *node);

static struct jinja_value copied_string(struct jinja *j, const char *data, size_t size)
{
    struct zest_text copy = zest_text_copy(j->arena, (struct zest_text){data, size});
    if (!copy.data)
        return zest_jinja_fail(j, "no memory for a text of %zu bytes", size);
    return zest_jinja_string(copy);
}

static struct jinja_value from_array(struct jinja *j, const json_t *node)
{
    struct jinja_value list = zest_jinja_list(j, json_array_size(node));
    for (size_t i = 0; i < json_array_size(node) && !j->failed; i++)
        list.list->items[list.list->count++] = from_node(j, json_array_get(node, i));
    return list;
}

static struct jinja_value from_object(struct jinja *j, const json_t *node)
{
    struct jinja_value dict = zest_jinja_dict(j, json_object_size(node));
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)node, key, value)
    {
        if (j->failed)
            break;
        /* jansson has refused duplicates, so there is nothing to look up. */
        dict.dict->entries[dict.dict->count++] =
            (struct jinja_entry){copied_string(j, key, strlen(key)), from_node(j, value)};
    }
    return dict;
}

static struct jinja_value from_node(struct jinja *j, const json_t *node)
{
    struct jinja_value value = zest_jinja_none();
    if (!zest_jinja_enter(j))
        return value;
    switch (json_typeof(node)) {
    case JSON_OBJECT:
        value = from_object(j, node);
        break;
    case JSON_ARRAY:
        value = from_array(j, node);
        break;
    case JSON_STRING:
        value = copied_string(j, json_string_value(node), json_string_length(node));
        break;
    case JSON_INTEGER:
        value = zest_jinja_int(json_integer_value(node));
        break;
    case JSON_REAL:
        value = zest_jinja_float(json_real_value(node));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        value = zest_jinja_bool(json_is_true(node));
        break;
    case JSON_NULL:
        break;
    }
    zest_jinja_leave(j);
    return value;
}

struct jinja_value zest_jinja_from_json(struct jinja *j, struct zest_text json, const char *what)
{
    json_error_t error;
    json_t *root = json_loadb(json.data ? json.data : "", json.size,
                              JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!root) {
        if (!j->failed)
            j->status = ZEST_INVALID_JSON;
        return zest_jinja_fail(j, "%s is not one JSON value: %s at byte %d", what, error.text, error.position);
    }
    struct jinja_value value = from_node(j, root);
    json_decref(root);
    return value;
}

/* ---- values to JSON ---- */

struct writer {
    struct jinja *j;
    struct jinja_output output;
    bool ascii, sorts;
    struct zest_text indent; /* data is NULL for one line */
    struct zest_text item_separator, key_separator;
};

static void write_json(struct writer *w, struct jinja_value value, size_t depth);

static void write_text(struct writer *w, const char *text)
{
    zest_jinja_write(w->j, &w->output, text, strlen(text));
}

static void write_line(struct writer *w, size_t depth)
{
    if (!w->indent.data)
        return;
    write_text(w, "\n");
    for (size_t i = 0; i < depth; i++)
        zest_jinja_write_text(w->j, &w->output, w->indent);
}

static void write_unit(struct writer *w, uint32_t unit)
{
    char escape[8];
    snprintf(escape, sizeof escape, "\\u%04x", unit & 0xFFFF);
    write_text(w, escape);
}

static void write_character(struct writer *w, const char *at, uint32_t length, uint32_t code_point)
{
    static const char shorts[] = "\b\f\n\r\t\"\\", letters[] = "bfnrt\"\\";
    const char *is_short = code_point > 0 && code_point < 0x80 ? strchr(shorts, (int)code_point) : NULL;
    if (is_short) {
        char escape[3] = {'\\', letters[is_short - shorts], 0};
        write_text(w, escape);
    } else if (code_point < 0x20 || (w->ascii && code_point >= 0x7F && code_point < 0x10000 && code_point != 0x7F)) {
        write_unit(w, code_point);
    } else if (w->ascii && code_point >= 0x10000) {
        write_unit(w, 0xD800 + ((code_point - 0x10000) >> 10));
        write_unit(w, 0xDC00 + ((code_point - 0x10000) & 0x3FF));
    } else {
        zest_jinja_write(w->j, &w->output, at, length);
    }
}

static void write_string(struct writer *w, struct zest_text text)
{
    write_text(w, "\"");
    for (size_t at = 0; at < text.size && !w->j->failed;) {
        uint32_t length, code_point = zest_utf8_decode((const unsigned char *)text.data + at, &length);
        write_character(w, text.data + at, length, code_point);
        at += length;
    }
    write_text(w, "\"");
}

static void write_array(struct writer *w, const struct jinja_list *list, size_t depth)
{
    if (list->count == 0) {
        write_text(w, "[]");
        return;
    }
    write_text(w, "[");
    for (size_t i = 0; i < list->count && !w->j->failed; i++) {
        if (i > 0)
            zest_jinja_write_text(w->j, &w->output, w->item_separator);
        write_line(w, depth + 1);
        write_json(w, list->items[i], depth + 1);
    }
    write_line(w, depth);
    write_text(w, "]");
}

/* Keys become strings as json.dumps makes them. */
static void write_key(struct writer *w, struct jinja_value key)
{
    struct jinja_output text = {0};
    if (key.kind == JINJA_STRING) {
        write_string(w, key.text);
    } else if (key.kind == JINJA_NONE || key.kind == JINJA_BOOL) {
        write_string(w, key.kind == JINJA_NONE ? ZEST_TEXT("null")
                        : key.truth            ? ZEST_TEXT("true")
                                               : ZEST_TEXT("false"));
    } else if (zest_jinja_is_number(key)) {
        zest_jinja_write_value(w->j, &text, key);
        write_string(w, zest_jinja_output_text(&text));
    } else {
        zest_jinja_fail(w->j, "keys must be str, int, float, bool or None, not %s", zest_jinja_type(key));
    }
}

/* The order in which to write entries: sorted by key where asked for (insertion sort; stable). */
static const struct jinja_entry **order_of(struct writer *w, const struct jinja_dict *dict)
{
    const struct jinja_entry **order = zest_jinja_alloc(w->j, dict->count, sizeof *order);
    if (!order)
        return NULL;
    for (size_t i = 0; i < dict->count && !w->j->failed; i++) {
        size_t at = i;
        while (w->sorts && at > 0 && zest_jinja_compare(w->j, dict->entries[i].key, order[at - 1]->key, "<") < 0) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = &dict->entries[i];
    }
    return order;
}

static void write_object(struct writer *w, const struct jinja_dict *dict, size_t depth)
{
    const struct jinja_entry **order = order_of(w, dict);
    if (dict->count == 0) {
        write_text(w, "{}");
        return;
    }
    write_text(w, "{");
    for (size_t i = 0; i < dict->count && !w->j->failed; i++) {
        if (i > 0)
            zest_jinja_write_text(w->j, &w->output, w->item_separator);
        write_line(w, depth + 1);
        write_key(w, order[i]->key);
        zest_jinja_write_text(w->j, &w->output, w->key_separator);
        write_json(w, order[i]->value, depth + 1);
    }
    write_line(w, depth);
    write_text(w, "}");
}

static void write_real(struct writer *w, double real)
{
    char digits[32];
    if (isnan(real) || isinf(real)) {
        write_text(w, isnan(real) ? "NaN" : real < 0 ? "-Infinity" : "Infinity");
        return;
    }
    zest_jinja_write(w->j, &w->output, digits, zest_jinja_format_real(real, digits));
}

static void write_json(struct writer *w, struct jinja_value value, size_t depth)
{
    if (!zest_jinja_spend(w->j, 1) || !zest_jinja_enter(w->j))
        return;
    if (value.kind == JINJA_NONE)
        write_text(w, "null");
    else if (value.kind == JINJA_BOOL)
        write_text(w, value.truth ? "true" : "false");
    else if (value.kind == JINJA_INT)
        zest_jinja_write_value(w->j, &w->output, value);
    else if (value.kind == JINJA_FLOAT)
        write_real(w, value.real);
    else if (value.kind == JINJA_STRING)
        write_string(w, value.text);
    else if (zest_jinja_is_sequence(value) && !value.list->view)
        write_array(w, value.list, depth);
    else if (value.kind == JINJA_DICT)
        write_object(w, value.dict, depth);
    else
        zest_jinja_fail(w->j, "Object of type %s is not JSON serializable",
                        zest_jinja_is_sequence(value) ? value.list->view : zest_jinja_type(value));
    zest_jinja_leave(w->j);
}

/* indent: a number of blanks, or the text itself. */
static void set_indent(struct writer *w, const struct jinja_value *indent)
{
    if (!indent || indent->kind == JINJA_NONE)
        return;
    if (indent->kind == JINJA_STRING) {
        w->indent = indent->text;
    } else {
        int64_t count = indent->kind == JINJA_INT ? indent->integer : 0;
        count = count < 0 ? 0 : count > 100 ? 100 : count;
        w->indent = zest_text_format(w->j->arena, "%*s", (int)count, "");
    }
    w->item_separator = ZEST_TEXT(",");
}

struct jinja_value zest_jinja_tojson(struct jinja *j, struct jinja_value self, const struct jinja_args *args)
{
    struct writer w = {
        .j = j,
        .ascii = zest_jinja_arg_bool(args, 0, "ensure_ascii", false),
        .sorts = zest_jinja_arg_bool(args, 3, "sort_keys", false),
        .item_separator = ZEST_TEXT(", "),
        .key_separator = ZEST_TEXT(": "),
    };
    set_indent(&w, zest_jinja_arg(args, 1, "indent"));
    const struct jinja_value *separators = zest_jinja_arg(args, 2, "separators");
    if (separators && zest_jinja_is_sequence(*separators) && separators->list->count == 2) {
        w.item_separator = zest_jinja_text(j, separators->list->items[0]);
        w.key_separator = zest_jinja_text(j, separators->list->items[1]);
    }
    write_json(&w, self, 0);
    return zest_jinja_string(zest_jinja_output_text(&w.output));
}
