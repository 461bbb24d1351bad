/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_format_braces.c - str.format and str.format_map as the sandbox runs them: fields with attributes and items,
 * conversions, and specifications that may have fields themselves.
 */
#include "jinja_text.h"

#include "unicode_class.h"

#define DEPTH_MAX 2 /* of fields in specifications */

struct formatting {
    struct jinja *j;
    const struct jinja_args *args;
    const struct jinja_value *mapping; /* format_map's; NULL: named arguments */
    size_t next;                       /* the number of the next field without one */
    bool has_automatic, has_manual, is_markup;
};

/* What stands between two braces. */
struct field {
    struct zest_text name, spec;
    uint32_t conversion; /* 0: none */
};

static void format_text(struct formatting *f, struct jinja_output *output, struct zest_text text, int depth);

/* ---- reading ---- */

/* Behind the "{" at text[at - 1]; answers where the field ends. */
static size_t read_field(struct jinja *j, struct zest_text text, size_t at, struct field *ret_field)
{
    size_t from = at, depth = 1;
    uint32_t length;
    *ret_field = (struct field){0};
    for (; at < text.size && text.data[at] != '}' && text.data[at] != ':' && text.data[at] != '!'; at++) {
        if (text.data[at] == '{')
            zest_jinja_fail(j, "unexpected '{' in field name");
        if (text.data[at] == '[') /* braces mean nothing in there */
            while (at + 1 < text.size && text.data[at + 1] != ']')
                at++;
    }
    ret_field->name = (struct zest_text){text.data + from, at - from};
    if (at < text.size && text.data[at] == '!') {
        if (++at >= text.size)
            zest_jinja_fail(j, "end of string while looking for conversion specifier");
        else
            ret_field->conversion = zest_utf8_decode((const unsigned char *)text.data + at, &length);
        at += ret_field->conversion ? length : 0;
        if (at < text.size && text.data[at] != '}' && text.data[at] != ':')
            zest_jinja_fail(j, "expected ':' after conversion specifier");
    }
    if (at < text.size && text.data[at] == '}')
        return at + 1;
    from = at + 1;
    for (at = from; at < text.size && depth > 0; at++) {
        depth += text.data[at] == '{';
        depth -= text.data[at] == '}';
    }
    if (depth > 0)
        zest_jinja_fail(j, "expected '}' before end of string");
    else
        ret_field->spec = (struct zest_text){text.data + from, at - 1 - from};
    return at;
}

/* ---- values ---- */

static bool all_digits(struct zest_text text)
{
    bool all = text.size > 0;
    for (size_t i = 0; i < text.size; i++)
        all = all && text.data[i] >= '0' && text.data[i] <= '9';
    return all;
}

static struct jinja_value positional(struct formatting *f, struct zest_text digits)
{
    struct jinja_value index = zest_jinja_read_integer(f->j, digits, 10, false);
    if (index.kind != JINJA_INT || (uint64_t)index.integer >= f->args->count)
        return zest_jinja_fail(f->j, "Replacement index %.*s out of range for positional args tuple",
                               (int)(digits.size & 31), digits.data);
    return f->args->values[index.integer];
}

static struct jinja_value named(struct formatting *f, struct zest_text name)
{
    if (f->mapping && f->mapping->kind == JINJA_DICT) {
        const struct jinja_value *found = zest_jinja_dict_get(f->j, f->mapping->dict, name);
        if (found)
            return *found;
    }
    for (size_t i = 0; !f->mapping && i < f->args->named_count; i++)
        if (zest_text_equal(f->args->named[i].name, name))
            return f->args->named[i].value;
    return zest_jinja_fail(f->j, "the format names '%.*s', which is not there", (int)(name.size & 127), name.data);
}

/* "{}" counts; "{0}" does not, and the two don't go together. */
static struct jinja_value whole_value(struct formatting *f, struct zest_text name, struct zest_text first)
{
    bool is_automatic = name.size == 0, is_manual = all_digits(name);
    f->has_automatic = f->has_automatic || is_automatic;
    f->has_manual = f->has_manual || is_manual;
    if (f->has_automatic && f->has_manual)
        return zest_jinja_fail(f->j, "cannot switch between manual field specification and automatic field numbering");
    if (!is_automatic)
        return all_digits(first) ? positional(f, first) : named(f, first);
    if (f->next >= f->args->count)
        return zest_jinja_fail(f->j, "Replacement index %zu out of range for positional args tuple", f->next);
    return f->args->values[f->next++];
}

/* One ".name" or "[key]" of what stands behind a field's first name. */
static struct jinja_value follow(struct formatting *f, struct jinja_value value, struct zest_text *rest)
{
    bool is_attribute = rest->data[0] == '.';
    size_t end = 1;
    while (end < rest->size &&
           (is_attribute ? rest->data[end] != '.' && rest->data[end] != '[' : rest->data[end] != ']'))
        end++;
    struct zest_text name = {rest->data + 1, end - 1};
    if (rest->data[0] != '.' && rest->data[0] != '[')
        return zest_jinja_fail(f->j, "Only '.' or '[' may follow ']' in format field specifier");
    if (!is_attribute && end == rest->size)
        return zest_jinja_fail(f->j, "Missing ']' in format string");
    if (name.size == 0)
        return zest_jinja_fail(f->j, "Empty attribute in format string");
    end += !is_attribute;
    *rest = (struct zest_text){rest->data + end, rest->size - end};
    if (is_attribute)
        return zest_jinja_attribute(f->j, value, name);
    return zest_jinja_item(f->j, value,
                           all_digits(name) ? zest_jinja_read_integer(f->j, name, 10, false) : zest_jinja_string(name));
}

static struct jinja_value value_of(struct formatting *f, struct zest_text name)
{
    size_t end = 0;
    while (end < name.size && name.data[end] != '.' && name.data[end] != '[')
        end++;
    struct zest_text rest = {name.data + end, name.size - end};
    struct jinja_value value = whole_value(f, name, (struct zest_text){name.data, end});
    while (rest.size > 0 && !f->j->failed)
        value = follow(f, value, &rest);
    return value;
}

static struct jinja_value converted(struct formatting *f, struct jinja_value value, uint32_t conversion)
{
    struct jinja_output repr = {0};
    switch (conversion) {
    case 0:
        return value;
    case 's':
        return zest_jinja_string(zest_jinja_text(f->j, value));
    case 'r':
        zest_jinja_write_repr(f->j, &repr, value);
        return zest_jinja_string(zest_jinja_output_text(&repr));
    case 'a':
        zest_jinja_write_ascii(f->j, &repr, value);
        return zest_jinja_string(zest_jinja_output_text(&repr));
    default:
        return zest_jinja_fail(f->j, "Unknown conversion specifier (0x%x)", conversion);
    }
}

/* ---- the whole ---- */

static void write_field(struct formatting *f, struct jinja_output *output, const struct field *field, int depth)
{
    struct jinja_output spec = {0}, text = {0};
    struct jinja_value value = converted(f, value_of(f, field->name), field->conversion);
    bool value_is_markup = value.kind == JINJA_STRING && (value.flags & JINJA_MARKUP);
    if (f->j->failed)
        return;
    format_text(f, &spec, field->spec, depth - 1);
    if (f->is_markup && value_is_markup && spec.size > 0)
        zest_jinja_fail(f->j, "Unsupported format specification for Markup.");
    if (!f->is_markup || value_is_markup) {
        zest_jinja_write_format(f->j, output, value, zest_jinja_output_text(&spec));
        return;
    }
    zest_jinja_write_format(f->j, &text, value, zest_jinja_output_text(&spec));
    zest_jinja_write_text(f->j, output, zest_jinja_escape_text(f->j, zest_jinja_output_text(&text)));
}

static void format_text(struct formatting *f, struct jinja_output *output, struct zest_text text, int depth)
{
    size_t from = 0;
    if (depth < 0)
        zest_jinja_fail(f->j, "Max string recursion exceeded");
    for (size_t at = 0; at < text.size && !f->j->failed;) {
        char c = text.data[at];
        if (c != '{' && c != '}') {
            at++;
            continue;
        }
        zest_jinja_write(f->j, output, text.data + from, at - from);
        bool is_double = at + 1 < text.size && text.data[at + 1] == c;
        struct field field;
        if (is_double) {
            zest_jinja_write(f->j, output, &c, 1);
            at += 2;
        } else if (c == '}' || at + 1 == text.size) {
            zest_jinja_fail(f->j, "Single '%c' encountered in format string", c);
        } else {
            at = read_field(f->j, text, at + 1, &field);
            if (zest_jinja_spend(f->j, 1))
                write_field(f, output, &field, depth);
        }
        from = at;
    }
    if (!f->j->failed)
        zest_jinja_write(f->j, output, text.data + from, text.size - from);
}

struct jinja_value zest_jinja_format(struct jinja *j, struct jinja_value text, const struct jinja_args *args,
                                     const struct jinja_value *mapping)
{
    struct formatting f = {.j = j, .args = args, .mapping = mapping, .is_markup = text.flags & JINJA_MARKUP};
    struct jinja_output output = {0};
    format_text(&f, &output, text.text, DEPTH_MAX);
    return zest_jinja_string_like(text, zest_jinja_output_text(&output));
}
