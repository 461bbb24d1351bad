/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_print.c - values as text, the way Python's str() and repr() write them.
 */
#include "jinja_tree.h"
#include "unicode_class.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void zest_jinja_write(struct jinja *j, struct jinja_output *output, const char *data, size_t size)
{
    if (size == 0 || j->failed)
        return;
    if (size > j->limits.output_size - output->size) {
        j->status = ZEST_TOO_LARGE;
        zest_jinja_fail(j, "the template makes a text of more than %zu bytes", j->limits.output_size);
        return;
    }
    if (output->size + size > output->capacity) {
        size_t capacity = (output->size + size) * 2 + 256;
        char *grown = zest_jinja_alloc(j, capacity, 1);
        if (!grown)
            return;
        if (output->size > 0)
            memcpy(grown, output->data, output->size);
        output->data = grown;
        output->capacity = capacity;
    }
    memcpy(output->data + output->size, data, size);
    output->size += size;
}

void zest_jinja_write_text(struct jinja *j, struct jinja_output *output, struct zest_text text)
{
    zest_jinja_write(j, output, text.data, text.size);
}

struct zest_text zest_jinja_output_text(const struct jinja_output *output)
{
    return (struct zest_text){output->size > 0 ? output->data : "", output->size};
}

/* The shortest digits that read back as the same number, in Python's layout. */
size_t zest_jinja_format_real(double real, char out[32])
{
    if (isnan(real) || isinf(real))
        return (size_t)snprintf(out, 32, "%s", isnan(real) ? "nan" : real < 0 ? "-inf" : "inf");
    char digits[32];
    int precision = 0;
    do
        snprintf(digits, sizeof digits, "%.*e", precision, real);
    while (strtod(digits, NULL) != real && precision++ < 17);
    int exponent = atoi(strchr(digits, 'e') + 1);
    if (exponent < -4 || exponent >= 16) {
        *strchr(digits, 'e') = 0;
        return (size_t)snprintf(out, 32, "%se%c%02d", digits, exponent < 0 ? '-' : '+', abs(exponent));
    }
    int decimals = precision - exponent;
    return (size_t)snprintf(out, 32, "%.*f", decimals > 1 ? decimals : 1, real);
}

static bool is_printable(uint32_t code_point)
{
    return code_point >= 0x20 && !(code_point >= 0x7F && code_point <= 0xA0) && code_point != 0xAD &&
           !(zest_unicode_class(code_point) & ZEST_CLASS_SPACE && code_point != ' ') &&
           !(code_point >= 0x200B && code_point <= 0x200F) && !(code_point >= 0x202A && code_point <= 0x202E) &&
           !(code_point >= 0x2060 && code_point <= 0x206F) && code_point != 0xFEFF &&
           !(code_point >= 0xE000 && code_point <= 0xF8FF) && code_point < 0xE0000;
}

static void write_escape(struct jinja *j, struct jinja_output *output, uint32_t code_point)
{
    char escape[16];
    int size = code_point == '\n'     ? snprintf(escape, sizeof escape, "\\n")
               : code_point == '\r'   ? snprintf(escape, sizeof escape, "\\r")
               : code_point == '\t'   ? snprintf(escape, sizeof escape, "\\t")
               : code_point < 0x100   ? snprintf(escape, sizeof escape, "\\x%02x", code_point)
               : code_point < 0x10000 ? snprintf(escape, sizeof escape, "\\u%04x", code_point)
                                      : snprintf(escape, sizeof escape, "\\U%08x", code_point);
    zest_jinja_write(j, output, escape, (size_t)size);
}

static void write_quoted(struct jinja *j, struct jinja_output *output, struct zest_text text)
{
    bool has_single = memchr(text.data, '\'', text.size), has_double = memchr(text.data, '"', text.size);
    char quote = has_single && !has_double ? '"' : '\'';
    zest_jinja_write(j, output, &quote, 1);
    for (size_t at = 0; at < text.size;) {
        uint32_t length, code_point = zest_utf8_decode((const unsigned char *)text.data + at, &length);
        if (code_point == (unsigned char)quote || code_point == '\\')
            zest_jinja_write(j, output, "\\", 1);
        if (is_printable(code_point))
            zest_jinja_write(j, output, text.data + at, length);
        else
            write_escape(j, output, code_point);
        at += length;
    }
    zest_jinja_write(j, output, &quote, 1);
}

static void write_items(struct jinja *j, struct jinja_output *output, const struct jinja_list *list, bool is_tuple)
{
    zest_jinja_write(j, output, is_tuple ? "(" : "[", 1);
    for (size_t i = 0; i < list->count && !j->failed; i++) {
        if (i > 0)
            zest_jinja_write(j, output, ", ", 2);
        zest_jinja_write_repr(j, output, list->items[i]);
    }
    if (is_tuple && list->count == 1)
        zest_jinja_write(j, output, ",", 1);
    zest_jinja_write(j, output, is_tuple ? ")" : "]", 1);
}

static void write_list(struct jinja *j, struct jinja_output *output, struct jinja_value value)
{
    const char *view = value.list->view;
    if (view && strchr(view, '(')) { /* range(0, 3): as it stands */
        zest_jinja_write(j, output, view, strlen(view));
        return;
    }
    if (view) {
        zest_jinja_write(j, output, view, strlen(view));
        zest_jinja_write(j, output, "(", 1);
    }
    write_items(j, output, value.list, value.kind == JINJA_TUPLE);
    if (view)
        zest_jinja_write(j, output, ")", 1);
}

static void write_dict(struct jinja *j, struct jinja_output *output, const struct jinja_dict *dict)
{
    zest_jinja_write(j, output, "{", 1);
    for (size_t i = 0; i < dict->count && !j->failed; i++) {
        if (i > 0)
            zest_jinja_write(j, output, ", ", 2);
        zest_jinja_write_repr(j, output, dict->entries[i].key);
        zest_jinja_write(j, output, ": ", 2);
        zest_jinja_write_repr(j, output, dict->entries[i].value);
    }
    zest_jinja_write(j, output, "}", 1);
}

static void write_number(struct jinja *j, struct jinja_output *output, struct jinja_value value)
{
    char digits[32];
    size_t size = value.kind == JINJA_INT ? (size_t)snprintf(digits, sizeof digits, "%lld", (long long)value.integer)
                                          : zest_jinja_format_real(value.real, digits);
    zest_jinja_write(j, output, digits, size);
}

static void write_object(struct jinja *j, struct jinja_output *output, struct jinja_value value)
{
    struct zest_text text = zest_text_format(j->arena, "<%s", zest_jinja_type(value));
    zest_jinja_write_text(j, output, text);
    if (value.kind == JINJA_NAMESPACE) {
        zest_jinja_write(j, output, " ", 1);
        write_dict(j, output, value.dict);
    } else if (value.kind == JINJA_LOOP) {
        struct jinja_value index = zest_jinja_loop_attribute(j, value.loop, ZEST_TEXT("index"));
        struct jinja_value length = zest_jinja_loop_attribute(j, value.loop, ZEST_TEXT("length"));
        zest_jinja_write_text(
            j, output, zest_text_format(j->arena, " %lld/%lld", (long long)index.integer, (long long)length.integer));
    }
    zest_jinja_write(j, output, ">", 1);
}

void zest_jinja_write_repr(struct jinja *j, struct jinja_output *output, struct jinja_value value)
{
    if (!zest_jinja_enter(j))
        return;
    zest_jinja_spend(j, 1);
    if (value.kind == JINJA_STRING)
        write_quoted(j, output, value.text);
    else if (value.kind == JINJA_UNDEFINED)
        zest_jinja_write(j, output, "Undefined", 9);
    else
        zest_jinja_write_value(j, output, value);
    zest_jinja_leave(j);
}

void zest_jinja_write_value(struct jinja *j, struct jinja_output *output, struct jinja_value value)
{
    switch (value.kind) {
    case JINJA_UNDEFINED:
        break;
    case JINJA_NONE:
        zest_jinja_write(j, output, "None", 4);
        break;
    case JINJA_BOOL:
        zest_jinja_write_text(j, output, value.truth ? ZEST_TEXT("True") : ZEST_TEXT("False"));
        break;
    case JINJA_INT:
    case JINJA_FLOAT:
        write_number(j, output, value);
        break;
    case JINJA_STRING:
        zest_jinja_write_text(j, output, value.text);
        break;
    case JINJA_LIST:
    case JINJA_TUPLE:
        write_list(j, output, value);
        break;
    case JINJA_DICT:
        write_dict(j, output, value.dict);
        break;
    default:
        write_object(j, output, value);
    }
}

struct zest_text zest_jinja_text(struct jinja *j, struct jinja_value value)
{
    if (value.kind == JINJA_STRING)
        return value.text;
    struct jinja_output output = {0};
    zest_jinja_write_value(j, &output, value);
    return zest_jinja_output_text(&output);
}
