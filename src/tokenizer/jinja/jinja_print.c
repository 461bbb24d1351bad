/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_print.c - values as text, the way Python's str() and repr() write them.
 *
 * What Python prints with an address in memory (functions, methods, generators, cyclers) is printed without.
 */
#include "jinja_text.h"
#include "jinja_tree.h"

#include "unicode_class.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- output ---- */

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
        size_t capacity = (output->size + size) * 2 + 32;
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

static void write_word(struct jinja *j, struct jinja_output *output, const char *word)
{
    zest_jinja_write(j, output, word, strlen(word));
}

struct zest_text zest_jinja_output_text(const struct jinja_output *output)
{
    return (struct zest_text){output->size > 0 ? output->data : "", output->size};
}

/* ---- numbers ---- */

/*
 * The shortest digits that read back as the same number, as "%.{precision}e" writes them; answers the precision. What
 * 15 digits tell apart is rounded to them and loses its zeros; the rest needs one or two more.
 */
static bool reads_back(const char *digits, double real)
{
    return strtod(digits, NULL) == real;
}

/* The next number of as many digits, away from zero. */
static void step_up(char *digits)
{
    char *at = strchr(digits, 'e') - 1;
    while (at >= digits && (*at == '9' || *at == '.')) {
        *at = *at == '9' ? '0' : '.';
        at--;
    }
    if (at >= digits && *at >= '0' && *at < '9')
        (*at)++;
}

/* What is printed is the nearest number of so many digits. Below a power of two the numbers lie closer than above, so
 * that the nearest one may lie too far below while the next one above still reads back. */
static bool print_digits(double real, int precision, char digits[32])
{
    int exponent;
    snprintf(digits, 32, "%.*e", precision, real);
    if (reads_back(digits, real))
        return true;
    if (fabs(frexp(real, &exponent)) != 0.5)
        return false;
    step_up(digits);
    return reads_back(digits, real);
}

static int shortest(double real, char digits[32])
{
    int precision = fabs(real) < DBL_MIN ? 0 : 14; /* the smallest numbers have fewer digits */
    while (!print_digits(real, precision, digits))
        precision++;
    if (precision != 14)
        return precision;
    char *exponent = strchr(digits, 'e'), *end = exponent;
    while (end[-1] == '0')
        end--;
    end -= end[-1] == '.';
    precision = end > strchr(digits, '.') ? (int)(end - strchr(digits, '.')) - 1 : 0;
    memmove(end, exponent, strlen(exponent) + 1);
    return precision;
}

size_t zest_jinja_format_real(double real, char out[32])
{
    if (isnan(real) || isinf(real))
        return (size_t)snprintf(out, 32, "%s", isnan(real) ? "nan" : real < 0 ? "-inf" : "inf");
    if (real == floor(real) && fabs(real) < 1e15)
        return (size_t)snprintf(out, 32, "%.1f", real);
    char digits[32];
    int precision = shortest(real, digits), exponent = atoi(strchr(digits, 'e') + 1);
    if (exponent < -4 || exponent >= 16) {
        *strchr(digits, 'e') = 0;
        return (size_t)snprintf(out, 32, "%se%c%02d", digits, exponent < 0 ? '-' : '+', abs(exponent));
    }
    int decimals = precision - exponent;
    return (size_t)snprintf(out, 32, "%.*f", decimals > 1 ? decimals : 1, real);
}

static void write_integer(struct jinja *j, struct jinja_output *output, int64_t integer)
{
    char digits[24], *at = digits + sizeof digits;
    uint64_t left = integer < 0 ? 0 - (uint64_t)integer : (uint64_t)integer;
    do
        *--at = (char)('0' + left % 10);
    while ((left /= 10) > 0);
    if (integer < 0)
        *--at = '-';
    zest_jinja_write(j, output, at, (size_t)(digits + sizeof digits - at));
}

/* ---- texts ---- */

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
    bool has_single = text.size > 0 && memchr(text.data, '\'', text.size),
         has_double = text.size > 0 && memchr(text.data, '"', text.size);
    char quote = has_single && !has_double ? '"' : '\'';
    zest_jinja_write(j, output, &quote, 1);
    for (size_t at = 0; at < text.size && !j->failed;) {
        uint32_t length, code_point = zest_utf8_decode((const unsigned char *)text.data + at, &length);
        if (code_point == (unsigned char)quote || code_point == '\\')
            zest_jinja_write(j, output, "\\", 1);
        if (zest_jinja_is_printable(code_point))
            zest_jinja_write(j, output, text.data + at, length);
        else
            write_escape(j, output, code_point);
        at += length;
    }
    zest_jinja_write(j, output, &quote, 1);
    zest_jinja_spend(j, text.size / 16);
}

/* ---- containers ---- */

static void write_items(struct jinja *j, struct jinja_output *output, const struct jinja_list *list, bool is_tuple)
{
    write_word(j, output, is_tuple ? "(" : "[");
    for (size_t i = 0; i < list->count && !j->failed; i++) {
        if (i > 0)
            write_word(j, output, ", ");
        zest_jinja_write_repr(j, output, list->items[i]);
    }
    write_word(j, output, is_tuple && list->count == 1 ? ",)" : is_tuple ? ")" : "]");
}

static void write_dict(struct jinja *j, struct jinja_output *output, const struct jinja_dict *dict)
{
    write_word(j, output, "{");
    for (size_t i = 0; i < dict->count && !j->failed; i++) {
        if (i > 0)
            write_word(j, output, ", ");
        zest_jinja_write_repr(j, output, dict->entries[i].key);
        write_word(j, output, ": ");
        zest_jinja_write_repr(j, output, dict->entries[i].value);
    }
    write_word(j, output, "}");
}

static void write_view(struct jinja *j, struct jinja_output *output, struct jinja_value view)
{
    const struct jinja_list *items = zest_jinja_items(j, view);
    write_word(j, output, zest_jinja_type(view));
    write_word(j, output, "(");
    if (items)
        write_items(j, output, items, false);
    write_word(j, output, ")");
}

static void write_range(struct jinja *j, struct jinja_output *output, const struct jinja_range *range)
{
    write_word(j, output, "range(");
    write_integer(j, output, range->start);
    write_word(j, output, ", ");
    write_integer(j, output, range->stop);
    if (range->step != 1) {
        write_word(j, output, ", ");
        write_integer(j, output, range->step);
    }
    write_word(j, output, ")");
}

/* ---- objects ---- */

static void write_namespace(struct jinja *j, struct jinja_output *output, const struct jinja_dict *dict)
{
    struct jinja_printing self = {dict, j->printing};
    bool is_inside = false;
    for (const struct jinja_printing *one = j->printing; one; one = one->outer)
        is_inside = is_inside || one->dict == dict;
    write_word(j, output, "<Namespace ");
    j->printing = &self;
    if (is_inside)
        write_word(j, output, "{...}");
    else
        write_dict(j, output, dict);
    j->printing = self.outer;
    write_word(j, output, ">");
}

static void write_object(struct jinja *j, struct jinja_output *output, struct jinja_value value)
{
    struct zest_text name = {NULL, 0};
    switch (value.kind) {
    case JINJA_MACRO:
        name = value.macro->code->name;
        write_word(j, output, "<Macro ");
        if (name.data)
            write_quoted(j, output, name);
        else
            write_word(j, output, "anonymous");
        break;
    case JINJA_LOOP:
        write_word(j, output, "<LoopContext ");
        write_integer(j, output, zest_jinja_loop_index(value.loop) + 1);
        write_word(j, output, "/");
        write_integer(j, output, zest_jinja_loop_length(j, value.loop));
        break;
    case JINJA_SELF:
        write_word(j, output, "<TemplateReference None");
        break;
    case JINJA_FUNCTION:
        if (value.function->print) {
            write_word(j, output, value.function->print);
            return;
        }
        write_word(j, output, "<function ");
        write_word(j, output, value.function->name);
        break;
    case JINJA_METHOD:
        write_word(j, output, "<method ");
        write_word(j, output, value.method->function->name);
        break;
    default:
        write_word(j, output, "<");
        write_word(j, output, zest_jinja_type(value));
    }
    write_word(j, output, ">");
}

/* ---- values ---- */

static void write_plain(struct jinja *j, struct jinja_output *output, struct jinja_value value)
{
    char digits[32];
    switch (value.kind) {
    case JINJA_NONE:
        write_word(j, output, "None");
        break;
    case JINJA_BOOL:
        write_word(j, output, value.truth ? "True" : "False");
        break;
    case JINJA_INT:
        write_integer(j, output, value.integer);
        break;
    case JINJA_FLOAT:
        zest_jinja_write(j, output, digits, zest_jinja_format_real(value.real, digits));
        break;
    case JINJA_BIG:
        zest_jinja_write_text(j, output, value.text);
        break;
    case JINJA_LIST:
    case JINJA_TUPLE:
        write_items(j, output, value.list, value.kind == JINJA_TUPLE);
        break;
    case JINJA_DICT:
        write_dict(j, output, value.dict);
        break;
    case JINJA_VIEW:
        write_view(j, output, value);
        break;
    case JINJA_RANGE:
        write_range(j, output, value.range);
        break;
    case JINJA_NAMESPACE:
        write_namespace(j, output, value.dict);
        break;
    default:
        write_object(j, output, value);
    }
}

void zest_jinja_write_repr(struct jinja *j, struct jinja_output *output, struct jinja_value value)
{
    if (!zest_jinja_spend(j, 1) || !zest_jinja_enter(j))
        return;
    if (value.kind == JINJA_UNDEFINED) {
        write_word(j, output, "Undefined");
    } else if (value.kind == JINJA_STRING) {
        bool is_markup = value.flags & JINJA_MARKUP;
        write_word(j, output, is_markup ? "Markup(" : "");
        write_quoted(j, output, value.text);
        write_word(j, output, is_markup ? ")" : "");
    } else {
        write_plain(j, output, value);
    }
    zest_jinja_leave(j);
}

void zest_jinja_write_ascii(struct jinja *j, struct jinja_output *output, struct jinja_value value)
{
    struct jinja_output repr = {0};
    zest_jinja_write_repr(j, &repr, value);
    for (size_t at = 0; at < repr.size && zest_jinja_spend(j, 1);) {
        uint32_t length, code_point = zest_utf8_decode((const unsigned char *)repr.data + at, &length);
        if (code_point < 0x80)
            zest_jinja_write(j, output, repr.data + at, 1);
        else
            write_escape(j, output, code_point);
        at += length;
    }
}

void zest_jinja_write_value(struct jinja *j, struct jinja_output *output, struct jinja_value value)
{
    if (value.kind == JINJA_STRING) {
        zest_jinja_write_text(j, output, value.text);
    } else if (value.kind != JINJA_UNDEFINED && zest_jinja_enter(j)) {
        write_plain(j, output, value);
        zest_jinja_leave(j);
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

struct jinja_value zest_jinja_soft(struct jinja *j, struct jinja_value value)
{
    return value.kind == JINJA_STRING ? value : zest_jinja_string(zest_jinja_text(j, value));
}
