/* SPDX-License-Identifier: Apache-2.0 */
/*
 * normal_form.c - brings a text into a normalization form, with the origins that the reference gives.
 *
 * Source: Unicode Standard Annex #15, and the canonical composition algorithm D117 of the standard. A text goes through
 *
 *     decompose ─► wait: marks until the next starter, sorted by class ─► compose: starter and what may join it ─► out
 *
 * and each character carries its change (transform.h): 0 the first of a decomposition, 1 the others; composing adds up
 * the changes of both and takes 1. Stretches without an unsafe character are copied past all that.
 *
 * One thread; memory beyond 32 marks in a row is malloc's, freed at the end.
 */
#include "normal_form.h"
#include "transform.h"
#include "unicode_normal.h"

#include <assert.h>
#include <stdlib.h>

#define FEW 32           /* marks in a row that need no memory */
#define INSERTION_MAX 16 /* as many are sorted by insertion */

struct item {
    uint32_t code_point;
    int32_t change;
    uint8_t combining_class;
};

struct items {
    struct item *list, few[FEW];
    size_t count, capacity;
};

struct normalizing {
    struct zest_transform transform;
    bool compatible, composes;
    struct items waiting; /* a starter and its marks, or marks alone, not sorted yet */
    struct items spare;   /* what sorting writes on */
    struct items held;    /* marks behind `starter` that did not join it */
    bool has_starter;
    struct item starter;
    int last_class; /* of the last in `held`, -1 where it is empty: what follows is blocked by a class as high */
};

/* ---- lists ---- */

static void items_init(struct items *items)
{
    items->list = items->few;
    items->count = 0;
    items->capacity = FEW;
}

static void items_finish(struct items *items)
{
    if (items->list != items->few)
        free(items->list);
}

static bool items_reserve(struct items *items, size_t wanted)
{
    if (wanted <= items->capacity)
        return true;
    size_t larger = wanted + wanted / 2;
    struct item *grown = realloc(items->list == items->few ? NULL : items->list, larger * sizeof *grown);
    if (!grown)
        return false;
    if (items->list == items->few)
        memcpy(grown, items->few, items->count * sizeof *grown);
    items->list = grown;
    items->capacity = larger;
    return true;
}

/* Where memory is out the output fails. */
static void items_add(struct normalizing *n, struct items *items, struct item item)
{
    if (items_reserve(items, items->count + 1))
        items->list[items->count++] = item;
    else if (n->transform.out->status == ZEST_OK)
        n->transform.out->status = ZEST_OUT_OF_MEMORY;
}

/* ---- sorting by class; equal ones keep their order ---- */

static void sort_few(struct item *list, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct item item = list[i];
        size_t at = i;
        for (; at > 0 && list[at - 1].combining_class > item.combining_class; at--)
            list[at] = list[at - 1];
        list[at] = item;
    }
}

static void sort_many(struct normalizing *n)
{
    size_t starts[257] = {0}, count = n->waiting.count;
    if (!items_reserve(&n->spare, count)) {
        n->transform.out->status = ZEST_OUT_OF_MEMORY;
        return;
    }
    for (size_t i = 0; i < count; i++)
        starts[n->waiting.list[i].combining_class + 1]++;
    for (size_t class = 1; class < 257; class ++)
        starts[class] += starts[class - 1];
    for (size_t i = 0; i < count; i++)
        n->spare.list[starts[n->waiting.list[i].combining_class]++] = n->waiting.list[i];
    memcpy(n->waiting.list, n->spare.list, count * sizeof *n->waiting.list);
}

/* ---- composing ---- */

static void put(struct normalizing *n, struct item item)
{
    zest_transform_put_code_point(&n->transform, item.code_point, item.change);
}

/* Writes the starter and what is held behind it. */
static void write_held(struct normalizing *n)
{
    if (n->has_starter)
        put(n, n->starter);
    for (size_t i = 0; i < n->held.count; i++)
        put(n, n->held.list[i]);
    n->has_starter = false;
    n->held.count = 0;
    n->last_class = -1;
}

static bool joins_starter(struct normalizing *n, struct item item)
{
    if (n->last_class >= item.combining_class)
        return false; /* blocked */
    uint32_t whole = zest_compose(n->starter.code_point, item.code_point);
    if (whole == 0)
        return false;
    n->starter.code_point = whole;
    n->starter.change += item.change - 1;
    return true;
}

static void compose(struct normalizing *n, struct item item)
{
    if (n->has_starter && joins_starter(n, item))
        return;
    if (item.combining_class == 0) {
        write_held(n);
        n->starter = item;
        n->has_starter = true;
    } else if (n->has_starter) {
        items_add(n, &n->held, item);
        n->last_class = item.combining_class;
    } else {
        put(n, item); /* marks at the text's begin */
    }
}

/* ---- decomposing ---- */

static void flush_waiting(struct normalizing *n)
{
    if (n->waiting.count <= INSERTION_MAX)
        sort_few(n->waiting.list, n->waiting.count);
    else
        sort_many(n);
    for (size_t i = 0; i < n->waiting.count; i++) {
        if (n->composes)
            compose(n, n->waiting.list[i]);
        else
            put(n, n->waiting.list[i]);
    }
    n->waiting.count = 0;
}

static void feed(struct normalizing *n, uint32_t code_point)
{
    uint32_t parts[ZEST_DECOMPOSITION_MAX];
    uint32_t count = zest_decompose(code_point, n->compatible, parts);
    assert(count >= 1 && count <= ZEST_DECOMPOSITION_MAX);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t class = zest_normal_find(parts[i])->combining_class;
        if (class == 0)
            flush_waiting(n);
        items_add(n, &n->waiting, (struct item){parts[i], i > 0, class});
    }
}

static void flush_all(struct normalizing *n)
{
    flush_waiting(n);
    write_held(n);
}

/* ---- whole texts ---- */

static size_t character_before(const unsigned char *bytes, size_t at)
{
    do
        at--;
    while (zest_utf8_continues(bytes[at]));
    return at;
}

/* Copies [at, end), which nothing touches. */
static void copy_safe(struct normalizing *n, size_t at, size_t end)
{
    assert(!n->transform.in->aligned || n->transform.at == at); /* as many old characters went as came */
    zest_aligned_copy(n->transform.out, n->transform.in, at, end);
    n->transform.at = end;
}

/* From an unsafe character (or the one before, which it may join) to the next safe one; answers where that begins. */
static size_t feed_unsafe(struct normalizing *n, enum zest_normal_form form, size_t at, size_t first_unsafe)
{
    const unsigned char *bytes = n->transform.in->bytes;
    size_t size = n->transform.in->size;
    while (at < size) {
        if (at > first_unsafe && zest_normal_form_scan(form, bytes, at, at + zest_character_size(bytes[at])) != at)
            break;
        uint32_t length;
        feed(n, zest_utf8_decode(bytes + at, &length));
        at += length;
    }
    flush_all(n);
    return at;
}

void zest_normal_form_append(enum zest_normal_form form, const struct zest_aligned *in, struct zest_aligned *out)
{
    struct normalizing n = {.transform = {in, out, 0},
                            .compatible = form == ZEST_FORM_NFKC || form == ZEST_FORM_NFKD,
                            .composes = form == ZEST_FORM_NFC || form == ZEST_FORM_NFKC,
                            .last_class = -1};
    items_init(&n.waiting);
    items_init(&n.spare);
    items_init(&n.held);
    for (size_t at = 0; at < in->size && out->status == ZEST_OK;) {
        size_t unsafe = zest_normal_form_scan(form, in->bytes, at, in->size);
        size_t begin = unsafe;
        if (n.composes && unsafe < in->size && unsafe > at)
            begin = character_before(in->bytes, unsafe);
        copy_safe(&n, at, begin);
        at = unsafe < in->size ? feed_unsafe(&n, form, begin, unsafe) : in->size;
    }
    items_finish(&n.waiting);
    items_finish(&n.spare);
    items_finish(&n.held);
}
