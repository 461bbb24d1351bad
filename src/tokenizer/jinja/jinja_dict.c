/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jinja_dict.c - dicts in order of insertion, with Python's idea of equal keys (1, 1.0 and True are one).
 *
 * Small ones are searched entry by entry. From INDEX_FROM entries on there is an index: open addressing over the hash
 * of the key, 0 for free places, else the entry's number + 1. Nothing is ever removed.
 */
#include "jinja.h"

#include <math.h>

#define INDEX_FROM 12

/* ---- keys ---- */

bool zest_jinja_is_hashable(struct jinja *j, struct jinja_value value)
{
    bool is_list = value.kind == JINJA_LIST || value.kind == JINJA_DICT || value.kind == JINJA_VIEW;
    if (value.kind == JINJA_VIEW && value.view == JINJA_VALUES)
        is_list = false; /* the one kind of view that Python can hash */
    if (is_list) {
        zest_jinja_fail(j, "unhashable type: '%s'", zest_jinja_type(value));
        j->is_unhashable = true;
        return false;
    }
    if (value.kind != JINJA_TUPLE)
        return true;
    if (!zest_jinja_enter(j))
        return false;
    bool is_hashable = zest_jinja_spend(j, value.list->count);
    for (size_t i = 0; is_hashable && i < value.list->count; i++)
        is_hashable = zest_jinja_is_hashable(j, value.list->items[i]);
    zest_jinja_leave(j);
    return is_hashable;
}

static uint32_t mix(uint64_t hash)
{
    hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdu;
    return (uint32_t)(hash ^ (hash >> 29));
}

static uint32_t hash_text(struct zest_text text)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a, eight bytes at a time */
    size_t at = 0;
    for (uint64_t word; at + sizeof word <= text.size; at += sizeof word) {
        memcpy(&word, text.data + at, sizeof word);
        hash = (hash ^ word) * 1099511628211u;
        hash ^= hash >> 32;
    }
    for (; at < text.size; at++)
        hash = (hash ^ (unsigned char)text.data[at]) * 1099511628211u;
    return mix(hash);
}

/* Equal keys have equal hashes: numbers by their value, whatever their kind. */
static uint32_t hash_key(struct jinja_value key)
{
    uint64_t hash = 17;
    switch (key.kind) {
    case JINJA_STRING:
    case JINJA_BIG:
        return hash_text(key.text);
    case JINJA_FLOAT:
        if (key.real == floor(key.real) && key.real >= -0x1p63 && key.real < 0x1p63)
            return mix((uint64_t)(int64_t)key.real);
        memcpy(&hash, &key.real, sizeof hash);
        return mix(hash);
    case JINJA_BOOL:
        return mix(key.truth);
    case JINJA_INT:
        return mix((uint64_t)key.integer);
    case JINJA_TUPLE:
        for (size_t i = 0; i < key.list->count; i++)
            hash = hash * 31 + hash_key(key.list->items[i]);
        return mix(hash);
    default:
        return key.kind;
    }
}

static bool keys_equal(struct jinja *j, struct jinja_value a, struct jinja_value b)
{
    if (a.kind == JINJA_STRING || b.kind == JINJA_STRING)
        return a.kind == b.kind && zest_text_equal(a.text, b.text);
    return zest_jinja_same(a, b) || zest_jinja_equal(j, a, b);
}

/* ---- the index ---- */

static void put_in_index(struct jinja_dict *dict, size_t entry)
{
    size_t at = hash_key(dict->entries[entry].key) & (dict->index_size - 1);
    while (dict->index[at] != 0)
        at = (at + 1) & (dict->index_size - 1);
    dict->index[at] = (uint32_t)entry + 1;
}

static void make_index(struct jinja *j, struct jinja_dict *dict)
{
    size_t size = 32;
    while (size < dict->capacity * 2)
        size *= 2;
    uint32_t *index = zest_jinja_alloc(j, size, sizeof *index);
    if (!index || dict->capacity >= UINT32_MAX)
        return;
    memset(index, 0, size * sizeof *index);
    dict->index = index;
    dict->index_size = size;
    for (size_t i = 0; i < dict->count; i++)
        put_in_index(dict, i);
}

static struct jinja_value *find_indexed(struct jinja *j, const struct jinja_dict *dict, struct jinja_value key)
{
    size_t mask = dict->index_size - 1, tries = 0;
    for (size_t at = hash_key(key) & mask; dict->index[at] != 0; at = (at + 1) & mask) {
        struct jinja_entry *entry = &dict->entries[dict->index[at] - 1];
        if (keys_equal(j, entry->key, key))
            return &entry->value;
        if (++tries % 16 == 0 && !zest_jinja_spend(j, 16)) /* keys may have been chosen to collide */
            break;
    }
    return NULL;
}

/* ---- dicts ---- */

struct jinja_value zest_jinja_dict(struct jinja *j, size_t capacity)
{
    struct jinja_dict *dict = zest_jinja_alloc(j, 1, sizeof *dict);
    struct jinja_entry *entries = capacity > 0 ? zest_jinja_alloc(j, capacity, sizeof *entries) : NULL;
    if (j->failed)
        return (struct jinja_value){.kind = JINJA_UNDEFINED};
    *dict = (struct jinja_dict){.entries = entries, .capacity = capacity};
    return (struct jinja_value){.kind = JINJA_DICT, .dict = dict};
}

struct jinja_value *zest_jinja_dict_get(struct jinja *j, const struct jinja_dict *dict, struct zest_text key)
{
    if (dict->index)
        return find_indexed(j, dict, zest_jinja_string(key));
    for (size_t i = 0; i < dict->count; i++) {
        const struct jinja_value *other = &dict->entries[i].key;
        if (other->kind == JINJA_STRING && other->text.size == key.size &&
            (key.size == 0 || memcmp(other->text.data, key.data, key.size) == 0))
            return &dict->entries[i].value;
    }
    return NULL;
}

struct jinja_value *zest_jinja_dict_find(struct jinja *j, const struct jinja_dict *dict, struct jinja_value key)
{
    if (key.kind != JINJA_STRING && !zest_jinja_is_hashable(j, key))
        return NULL;
    if (dict->index)
        return find_indexed(j, dict, key);
    for (size_t i = 0; i < dict->count; i++)
        if (keys_equal(j, dict->entries[i].key, key))
            return &dict->entries[i].value;
    return NULL;
}

void zest_jinja_dict_set(struct jinja *j, struct jinja_dict *dict, struct jinja_value key, struct jinja_value value)
{
    if (j->failed || !zest_jinja_spend(j, 1))
        return;
    struct jinja_value *found = zest_jinja_dict_find(j, dict, key);
    if (found || j->failed) {
        if (found)
            *found = value;
        return;
    }
    if (dict->count == dict->capacity) {
        size_t capacity = dict->capacity * 2 + 4;
        struct jinja_entry *grown = zest_jinja_alloc(j, capacity, sizeof *grown);
        if (!grown)
            return;
        if (dict->count > 0)
            memcpy(grown, dict->entries, dict->count * sizeof *grown);
        dict->entries = grown;
        dict->capacity = capacity;
        dict->index = NULL;
    }
    dict->entries[dict->count++] = (struct jinja_entry){key, value};
    if (dict->index)
        put_in_index(dict, dict->count - 1);
    else if (dict->count >= INDEX_FROM)
        make_index(j, dict);
}
