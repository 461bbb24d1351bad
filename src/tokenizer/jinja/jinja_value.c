/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_value.c - making, reading and comparing the values of templates, as Python's do.
 */
#include "jinja.h"
#include "unicode_class.h"

#include <math.h>
#include <stdio.h>

/* ---- failures and limits ---- */

struct jinja_value zest_jinja_fail(struct jinja *j, const char *format, ...)
{
    if (!j->failed) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(j->message, sizeof j->message, format, arguments);
        va_end(arguments);
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

/* ---- making ---- */

struct jinja_value zest_jinja_undefined(struct jinja *j, const char *format, ...)
{
    char message[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return (struct jinja_value){.kind = JINJA_UNDEFINED, .text = zest_text_copy(j->arena, zest_text_of(message))};
}

struct jinja_value zest_jinja_none(void)
{
    return (struct jinja_value){.kind = JINJA_NONE};
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

struct jinja_value zest_jinja_list(struct jinja *j, size_t capacity)
{
    struct jinja_list *list = zest_jinja_alloc(j, 1, sizeof *list);
    struct jinja_value *items = zest_jinja_alloc(j, capacity, sizeof *items);
    if (!list || !items)
        return (struct jinja_value){.kind = JINJA_UNDEFINED};
    *list = (struct jinja_list){.items = items};
    return (struct jinja_value){.kind = JINJA_LIST, .list = list};
}

struct jinja_value zest_jinja_tuple(struct jinja *j, struct jinja_value first, struct jinja_value second)
{
    struct jinja_value tuple = zest_jinja_list(j, 2);
    if (tuple.kind != JINJA_LIST)
        return tuple;
    tuple.kind = JINJA_TUPLE;
    tuple.list->items[0] = first;
    tuple.list->items[1] = second;
    tuple.list->count = 2;
    return tuple;
}

struct jinja_value zest_jinja_dict(struct jinja *j, size_t capacity)
{
    struct jinja_dict *dict = zest_jinja_alloc(j, 1, sizeof *dict);
    struct jinja_entry *entries = zest_jinja_alloc(j, capacity, sizeof *entries);
    if (!dict || !entries)
        return (struct jinja_value){.kind = JINJA_UNDEFINED};
    *dict = (struct jinja_dict){entries, 0, capacity};
    return (struct jinja_value){.kind = JINJA_DICT, .dict = dict};
}

static bool is_hashable(struct jinja_value key)
{
    return key.kind != JINJA_LIST && key.kind != JINJA_DICT && key.kind != JINJA_NAMESPACE;
}

struct jinja_value *zest_jinja_dict_find(struct jinja *j, const struct jinja_dict *dict, struct jinja_value key)
{
    if (!is_hashable(key)) {
        zest_jinja_fail(j, "unhashable type: '%s'", zest_jinja_type(key));
        return NULL;
    }
    for (size_t i = 0; i < dict->count; i++) {
        if (dict->entries[i].key.kind == JINJA_STRING && key.kind == JINJA_STRING) {
            if (zest_text_equal(dict->entries[i].key.text, key.text))
                return &dict->entries[i].value;
        } else if (zest_jinja_equal(j, dict->entries[i].key, key)) {
            return &dict->entries[i].value;
        }
    }
    zest_jinja_spend(j, dict->count / 8);
    return NULL;
}

struct jinja_value *zest_jinja_dict_get(struct jinja *j, const struct jinja_dict *dict, struct zest_text key)
{
    return zest_jinja_dict_find(j, dict, zest_jinja_string(key));
}

void zest_jinja_dict_set(struct jinja *j, struct jinja_dict *dict, struct jinja_value key, struct jinja_value value)
{
    struct jinja_value *found = zest_jinja_dict_find(j, dict, key);
    if (found || j->failed) {
        if (found)
            *found = value;
        return;
    }
    if (dict->count >= dict->capacity) {
        size_t capacity = dict->capacity * 2 + 4;
        struct jinja_entry *grown = zest_jinja_alloc(j, capacity, sizeof *grown);
        if (!grown)
            return;
        memcpy(grown, dict->entries, dict->count * sizeof *grown);
        dict->entries = grown;
        dict->capacity = capacity;
    }
    dict->entries[dict->count++] = (struct jinja_entry){key, value};
}

/* ---- reading ---- */

bool zest_jinja_is_number(struct jinja_value value)
{
    return value.kind == JINJA_INT || value.kind == JINJA_FLOAT || value.kind == JINJA_BOOL;
}

bool zest_jinja_is_sequence(struct jinja_value value)
{
    return value.kind == JINJA_LIST || value.kind == JINJA_TUPLE;
}

double zest_jinja_real(struct jinja_value value)
{
    return value.kind == JINJA_FLOAT ? value.real : value.kind == JINJA_INT ? (double)value.integer : value.truth;
}

bool zest_jinja_truth(struct jinja_value value)
{
    switch (value.kind) {
    case JINJA_UNDEFINED:
    case JINJA_NONE:
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
        return value.dict->count > 0;
    default:
        return true;
    }
}

const char *zest_jinja_type(struct jinja_value value)
{
    static const char *const names[] = {
        [JINJA_UNDEFINED] = "Undefined", [JINJA_NONE] = "NoneType",
        [JINJA_BOOL] = "bool",           [JINJA_INT] = "int",
        [JINJA_FLOAT] = "float",         [JINJA_STRING] = "str",
        [JINJA_LIST] = "list",           [JINJA_TUPLE] = "tuple",
        [JINJA_DICT] = "dict",           [JINJA_NAMESPACE] = "Namespace",
        [JINJA_MACRO] = "Macro",         [JINJA_LOOP] = "LoopContext",
        [JINJA_FUNCTION] = "function",   [JINJA_METHOD] = "method",
        [JINJA_CYCLER] = "Cycler",       [JINJA_JOINER] = "Joiner",
    };
    return names[value.kind];
}

size_t zest_jinja_characters(struct zest_text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += !zest_utf8_continues((unsigned char)text.data[i]);
    return count;
}

size_t zest_jinja_length(struct jinja *j, struct jinja_value value)
{
    switch (value.kind) {
    case JINJA_UNDEFINED:
        return 0;
    case JINJA_STRING:
        return zest_jinja_characters(value.text);
    case JINJA_LIST:
    case JINJA_TUPLE:
        return value.list->count;
    case JINJA_DICT:
        return value.dict->count;
    default:
        zest_jinja_fail(j, "object of type '%s' has no len()", zest_jinja_type(value));
        return 0;
    }
}

static struct jinja_list *characters_of(struct jinja *j, struct zest_text text)
{
    struct jinja_value list = zest_jinja_list(j, zest_jinja_characters(text));
    if (list.kind != JINJA_LIST || !zest_jinja_spend(j, text.size))
        return NULL;
    for (size_t at = 0; at < text.size;) {
        uint32_t length;
        zest_utf8_decode((const unsigned char *)text.data + at, &length);
        list.list->items[list.list->count++] = zest_jinja_string((struct zest_text){text.data + at, length});
        at += length;
    }
    return list.list;
}

static struct jinja_list *keys_of(struct jinja *j, const struct jinja_dict *dict)
{
    struct jinja_value list = zest_jinja_list(j, dict->count);
    if (list.kind != JINJA_LIST || !zest_jinja_spend(j, dict->count))
        return NULL;
    for (size_t i = 0; i < dict->count; i++)
        list.list->items[list.list->count++] = dict->entries[i].key;
    return list.list;
}

struct jinja_list *zest_jinja_iterate(struct jinja *j, struct jinja_value value)
{
    switch (value.kind) {
    case JINJA_UNDEFINED: {
        struct jinja_value empty = zest_jinja_list(j, 0);
        return empty.kind == JINJA_LIST ? empty.list : NULL;
    }
    case JINJA_STRING:
        return characters_of(j, value.text);
    case JINJA_LIST:
    case JINJA_TUPLE:
        return zest_jinja_spend(j, value.list->count / 4) ? value.list : NULL;
    case JINJA_DICT:
        return keys_of(j, value.dict);
    default:
        zest_jinja_fail(j, "'%s' object is not iterable", zest_jinja_type(value));
        return NULL;
    }
}

/* ---- comparing ---- */

static bool lists_equal(struct jinja *j, const struct jinja_list *a, const struct jinja_list *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!zest_jinja_equal(j, a->items[i], b->items[i]))
            return false;
    return true;
}

static bool dicts_equal(struct jinja *j, const struct jinja_dict *a, const struct jinja_dict *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct jinja_value *other = zest_jinja_dict_find(j, b, a->entries[i].key);
        if (!other || !zest_jinja_equal(j, a->entries[i].value, *other))
            return false;
    }
    return true;
}

bool zest_jinja_equal(struct jinja *j, struct jinja_value a, struct jinja_value b)
{
    if (zest_jinja_is_number(a) && zest_jinja_is_number(b))
        return a.kind == JINJA_INT && b.kind == JINJA_INT ? a.integer == b.integer
                                                          : zest_jinja_real(a) == zest_jinja_real(b);
    if (a.kind != b.kind || !zest_jinja_enter(j))
        return false;
    bool equal = true;
    zest_jinja_spend(j, 1);
    if (a.kind == JINJA_STRING)
        equal = zest_text_equal(a.text, b.text);
    else if (zest_jinja_is_sequence(a))
        equal = lists_equal(j, a.list, b.list);
    else if (a.kind == JINJA_DICT)
        equal = dicts_equal(j, a.dict, b.dict);
    else if (a.kind != JINJA_NONE && a.kind != JINJA_UNDEFINED)
        equal = a.list == b.list; /* objects: the same one */
    zest_jinja_leave(j);
    return equal;
}

static int compare_texts(struct zest_text a, struct zest_text b)
{
    size_t size = a.size < b.size ? a.size : b.size;
    int order = size > 0 ? memcmp(a.data, b.data, size) : 0; /* UTF-8 sorts as code points do */
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

static int compare_lists(struct jinja *j, const struct jinja_list *a, const struct jinja_list *b, const char *sign)
{
    for (size_t i = 0; i < a->count && i < b->count; i++)
        if (!zest_jinja_equal(j, a->items[i], b->items[i]))
            return zest_jinja_compare(j, a->items[i], b->items[i], sign);
    return (a->count > b->count) - (a->count < b->count);
}

int zest_jinja_compare(struct jinja *j, struct jinja_value a, struct jinja_value b, const char *sign)
{
    zest_jinja_spend(j, 1);
    if (a.kind == JINJA_INT && b.kind == JINJA_INT)
        return (a.integer > b.integer) - (a.integer < b.integer);
    if (zest_jinja_is_number(a) && zest_jinja_is_number(b))
        return (zest_jinja_real(a) > zest_jinja_real(b)) - (zest_jinja_real(a) < zest_jinja_real(b));
    if (a.kind == JINJA_STRING && b.kind == JINJA_STRING)
        return compare_texts(a.text, b.text);
    if (a.kind == b.kind && zest_jinja_is_sequence(a) && zest_jinja_enter(j)) {
        int order = compare_lists(j, a.list, b.list, sign);
        zest_jinja_leave(j);
        return order;
    }
    if (a.kind == JINJA_UNDEFINED || b.kind == JINJA_UNDEFINED) {
        struct zest_text why = a.kind == JINJA_UNDEFINED ? a.text : b.text;
        zest_jinja_fail(j, "%.*s", (int)why.size, why.data ? why.data : "");
    }
    zest_jinja_fail(j, "'%s' not supported between instances of '%s' and '%s'", sign, zest_jinja_type(a),
                    zest_jinja_type(b));
    return 0;
}
