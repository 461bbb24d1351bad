/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_value.c - failures, limits, and making and reading the values of templates.
 */
#include "jinja.h"

#include "unicode_class.h"

#include <stdio.h>

/* ---- names of types ---- */

static const char *const type_names[] = {
    [JINJA_UNDEFINED] = "Undefined",
    [JINJA_NONE] = "NoneType",
    [JINJA_BOOL] = "bool",
    [JINJA_INT] = "int",
    [JINJA_BIG] = "int",
    [JINJA_FLOAT] = "float",
    [JINJA_STRING] = "str",
    [JINJA_LIST] = "list",
    [JINJA_TUPLE] = "tuple",
    [JINJA_DICT] = "dict",
    [JINJA_RANGE] = "range",
    [JINJA_VIEW] = "dict_items",
    [JINJA_ITERATOR] = "generator",
    [JINJA_NAMESPACE] = "Namespace",
    [JINJA_MACRO] = "Macro",
    [JINJA_LOOP] = "LoopContext",
    [JINJA_FUNCTION] = "function",
    [JINJA_METHOD] = "method",
    [JINJA_CYCLER] = "Cycler",
    [JINJA_JOINER] = "Joiner",
    [JINJA_SELF] = "TemplateReference",
    [JINJA_BLOCK] = "BlockReference",
    [JINJA_MISSING] = "missing",
};

/* ---- failures and limits ---- */

struct jinja_value zest_jinja_fail(struct jinja *j, const char *format, ...)
{
    if (!j->failed && j->is_folding) {
        j->failed = true; /* nobody reads why */
    } else if (!j->failed) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(j->message, sizeof j->message, format, arguments);
        va_end(arguments);
        j->message[strlen(j->message) - zest_utf8_unfinished(zest_text_of(j->message))] = 0;
        j->failed = true;
        if (j->status == ZEST_OK)
            j->status = ZEST_INVALID_ARGUMENT;
    }
    return (struct jinja_value){.kind = JINJA_UNDEFINED};
}

static void fail_limit(struct jinja *j, const char *what, unsigned long long limit)
{
    if (!j->failed)
        j->status = ZEST_TOO_LARGE;
    zest_jinja_fail(j, "the template needs more than %llu %s", limit, what);
}

bool zest_jinja_spend(struct jinja *j, uint64_t steps)
{
    if (j->failed)
        return false;
    if (steps > j->limits.steps - j->steps) {
        fail_limit(j, "steps", j->limits.steps);
        return false;
    }
    j->steps += steps;
    return true;
}

bool zest_jinja_enter(struct jinja *j)
{
    if (j->depth >= j->limits.depth)
        fail_limit(j, "levels of nesting", j->limits.depth);
    if (j->failed)
        return false;
    j->depth++;
    return true;
}

void zest_jinja_leave(struct jinja *j)
{
    j->depth--;
}

void *zest_jinja_alloc(struct jinja *j, size_t count, size_t size)
{
    void *memory = zest_alloc_array(j->arena, count > 0 ? count : 1, size, 16);
    if (!memory)
        fail_limit(j, "bytes of memory", (unsigned long long)j->arena->limit);
    return memory;
}

struct jinja_value zest_jinja_fail_undefined(struct jinja *j, struct jinja_value value)
{
    int size = (int)(value.text.size < 200 ? value.text.size : 200);
    const char *text = value.text.data ? value.text.data : "";
    switch ((enum jinja_reason)value.reason) {
    case JINJA_NO_NAME:
        return zest_jinja_fail(j, "'%.*s' is undefined", size, text);
    case JINJA_NO_ATTRIBUTE:
        return zest_jinja_fail(j, "'%s' has no attribute '%.*s'", zest_jinja_owner(value.owner), size, text);
    case JINJA_NO_ELEMENT:
        return zest_jinja_fail(j, "%s has no element %.*s", zest_jinja_owner(value.owner), size, text);
    case JINJA_UNSAFE:
        return zest_jinja_fail(j, "access to attribute '%.*s' of '%s' object is unsafe.", size, text,
                               type_names[value.owner]);
    case JINJA_NO_ARGUMENT:
        return zest_jinja_fail(j, "parameter '%.*s' was not provided", size, text);
    case JINJA_BECAUSE:
        break;
    }
    return zest_jinja_fail(j, "%.*s", size, text);
}

struct jinja_value zest_jinja_fail_big(struct jinja *j)
{
    if (!j->failed)
        j->status = ZEST_TOO_LARGE;
    return zest_jinja_fail(j, "an integer is larger than 64 bits; zest does not compute with it");
}

/* ---- making ---- */

struct jinja_value zest_jinja_undefined(enum jinja_reason reason, struct zest_text text, enum jinja_kind owner)
{
    return (struct jinja_value){
        .kind = JINJA_UNDEFINED, .reason = (uint8_t)reason, .owner = (uint8_t)owner, .text = text};
}

struct jinja_value zest_jinja_because(const char *sentence)
{
    return zest_jinja_undefined(JINJA_BECAUSE, zest_text_of(sentence), JINJA_UNDEFINED);
}

struct jinja_value zest_jinja_none(void)
{
    return (struct jinja_value){.kind = JINJA_NONE};
}

struct jinja_value zest_jinja_missing(void)
{
    return (struct jinja_value){.kind = JINJA_MISSING};
}

struct jinja_value zest_jinja_bool(bool truth)
{
    return (struct jinja_value){.kind = JINJA_BOOL, .truth = truth};
}

struct jinja_value zest_jinja_int(int64_t integer)
{
    return (struct jinja_value){.kind = JINJA_INT, .integer = integer};
}

struct jinja_value zest_jinja_float(double real)
{
    return (struct jinja_value){.kind = JINJA_FLOAT, .real = real};
}

struct jinja_value zest_jinja_string(struct zest_text text)
{
    return (struct jinja_value){.kind = JINJA_STRING, .text = text};
}

struct jinja_value zest_jinja_string_like(struct jinja_value like, struct zest_text text)
{
    return (struct jinja_value){.kind = JINJA_STRING, .flags = like.flags & JINJA_MARKUP, .text = text};
}

struct jinja_value zest_jinja_markup(struct zest_text text)
{
    return (struct jinja_value){.kind = JINJA_STRING, .flags = JINJA_MARKUP, .text = text};
}

/* The list's struct and its items are one piece of memory. */
struct jinja_value zest_jinja_list(struct jinja *j, size_t capacity)
{
    size_t bytes;
    struct jinja_list *list = NULL;
    if (__builtin_mul_overflow(capacity, sizeof(struct jinja_value), &bytes) || bytes > SIZE_MAX / 2)
        fail_limit(j, "bytes of memory", (unsigned long long)j->arena->limit);
    else
        list = zest_jinja_alloc(j, 1, sizeof *list + bytes);
    if (!list)
        return (struct jinja_value){.kind = JINJA_UNDEFINED};
    *list = (struct jinja_list){.items = (struct jinja_value *)(list + 1)};
    return (struct jinja_value){.kind = JINJA_LIST, .list = list};
}

struct jinja_value zest_jinja_list_of(struct jinja *j, const struct jinja_value *items, size_t count)
{
    struct jinja_value list = zest_jinja_list(j, count);
    if (j->failed)
        return list;
    if (count > 0)
        memcpy(list.list->items, items, count * sizeof *items);
    list.list->count = count;
    return list;
}

struct jinja_value zest_jinja_tuple_of(struct jinja *j, const struct jinja_value *items, size_t count)
{
    struct jinja_value tuple = zest_jinja_list_of(j, items, count);
    if (tuple.kind == JINJA_LIST)
        tuple.kind = JINJA_TUPLE;
    return tuple;
}

void zest_jinja_append(struct jinja *j, struct jinja_list *list, size_t *capacity, struct jinja_value item)
{
    if (j->failed || !zest_jinja_spend(j, 1))
        return;
    if (list->count == *capacity) {
        size_t grown_capacity = *capacity * 2 + 4;
        struct jinja_value *grown = zest_jinja_alloc(j, grown_capacity, sizeof *grown);
        if (!grown)
            return;
        if (list->count > 0)
            memcpy(grown, list->items, list->count * sizeof *grown);
        list->items = grown;
        *capacity = grown_capacity;
    }
    list->items[list->count++] = item;
}

/* ---- reading ---- */

bool zest_jinja_is_number(struct jinja_value value)
{
    return value.kind == JINJA_INT || value.kind == JINJA_FLOAT || value.kind == JINJA_BOOL;
}

bool zest_jinja_is_integer(struct jinja_value value, int64_t *ret_integer)
{
    if (value.kind != JINJA_INT && value.kind != JINJA_BOOL)
        return false;
    *ret_integer = value.kind == JINJA_INT ? value.integer : value.truth;
    return true;
}

bool zest_jinja_is_sequence(struct jinja_value value)
{
    return value.kind == JINJA_LIST || value.kind == JINJA_TUPLE;
}

double zest_jinja_real(struct jinja_value value)
{
    return value.kind == JINJA_FLOAT ? value.real : value.kind == JINJA_INT ? (double)value.integer : value.truth;
}

bool zest_jinja_truth(struct jinja *j, struct jinja_value value)
{
    switch (value.kind) {
    case JINJA_UNDEFINED:
    case JINJA_NONE:
    case JINJA_MISSING:
        return false;
    case JINJA_BOOL:
        return value.truth;
    case JINJA_INT:
        return value.integer != 0;
    case JINJA_FLOAT:
        return value.real != 0;
    case JINJA_STRING:
        return value.text.size > 0;
    case JINJA_LIST:
    case JINJA_TUPLE:
        return value.list->count > 0;
    case JINJA_DICT:
    case JINJA_VIEW:
    case JINJA_RANGE:
    case JINJA_LOOP:
        return zest_jinja_length(j, value) > 0;
    default:
        return true;
    }
}

const char *zest_jinja_type(struct jinja_value value)
{
    static const char *const views[] = {"dict_keys", "dict_values", "dict_items"};
    return value.kind == JINJA_VIEW ? views[value.view] : type_names[value.kind];
}

const char *zest_jinja_owner(enum jinja_kind kind)
{
    static const char *const owners[] = {
        [JINJA_UNDEFINED] = "Undefined object",
        [JINJA_NONE] = "None",
        [JINJA_BOOL] = "bool object",
        [JINJA_INT] = "int object",
        [JINJA_BIG] = "int object",
        [JINJA_FLOAT] = "float object",
        [JINJA_STRING] = "str object",
        [JINJA_LIST] = "list object",
        [JINJA_TUPLE] = "tuple object",
        [JINJA_DICT] = "dict object",
        [JINJA_RANGE] = "range object",
        [JINJA_VIEW] = "dict view object",
        [JINJA_ITERATOR] = "generator object",
        [JINJA_NAMESPACE] = "jinja2.utils.Namespace object",
        [JINJA_MACRO] = "jinja2.runtime.Macro object",
        [JINJA_LOOP] = "jinja2.runtime.LoopContext object",
        [JINJA_FUNCTION] = "function object",
        [JINJA_METHOD] = "builtin_function_or_method object",
        [JINJA_CYCLER] = "jinja2.utils.Cycler object",
        [JINJA_JOINER] = "jinja2.utils.Joiner object",
        [JINJA_SELF] = "jinja2.runtime.TemplateReference object",
        [JINJA_BLOCK] = "jinja2.runtime.BlockReference object",
        [JINJA_MISSING] = "missing",
    };
    return owners[kind];
}

size_t zest_jinja_code_points(struct zest_text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += !zest_utf8_continues((unsigned char)text.data[i]);
    return count;
}

size_t zest_jinja_characters(struct jinja_value text)
{
    return text.flags & JINJA_ASCII ? text.text.size : zest_jinja_code_points(text.text);
}

bool zest_jinja_is_ascii(struct zest_text text)
{
    uint64_t word, high = 0;
    size_t at = 0;
    for (; at + sizeof word <= text.size; at += sizeof word) {
        memcpy(&word, text.data + at, sizeof word);
        high |= word;
    }
    for (; at < text.size; at++)
        high |= (uint64_t)(unsigned char)text.data[at];
    return (high & 0x8080808080808080u) == 0;
}

bool zest_jinja_has_length(struct jinja_value value)
{
    switch (value.kind) {
    case JINJA_UNDEFINED:
    case JINJA_STRING:
    case JINJA_LIST:
    case JINJA_TUPLE:
    case JINJA_DICT:
    case JINJA_VIEW:
    case JINJA_RANGE:
    case JINJA_LOOP:
        return true;
    default:
        return false;
    }
}

size_t zest_jinja_length(struct jinja *j, struct jinja_value value)
{
    switch (value.kind) {
    case JINJA_UNDEFINED:
        return 0;
    case JINJA_STRING:
        return zest_jinja_characters(value);
    case JINJA_LIST:
    case JINJA_TUPLE:
        return value.list->count;
    case JINJA_DICT:
    case JINJA_VIEW:
        return value.dict->count;
    case JINJA_RANGE:
        return value.range->count;
    case JINJA_LOOP:
        return (size_t)zest_jinja_loop_length(j, value.loop);
    default:
        zest_jinja_fail(j, "object of type '%s' has no len()", zest_jinja_type(value));
        return 0;
    }
}
