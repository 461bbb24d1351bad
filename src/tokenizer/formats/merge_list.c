/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge_list.c - half a million merges are three searches each: done in groups, each step for the whole group, so that
 * the waits for memory overlap.
 */
#include "merge_list.h"

#include "shown_text.h"

#include <assert.h>

#define GROUP 16
#define PRODUCT_SIZE 256 /* bytes of a product that has room in a group; a longer one goes alone */

bool zest_merge_list_add(struct zest_merge_list *list, struct zest_text left, struct zest_text right)
{
    assert(left.size <= UINT32_MAX && right.size <= UINT32_MAX);
    if (list->count == list->capacity) {
        size_t capacity = list->capacity > 0 ? 8 * list->capacity : 1024; /* what is not written takes no memory */
        void *entries = realloc(list->entries, capacity * sizeof *list->entries);
        if (!entries)
            return false;
        zest_advise_huge(entries, capacity * sizeof *list->entries);
        list->entries = entries;
        list->capacity = capacity;
    }
    list->entries[list->count++] =
        (struct zest_merge_texts){left.data, right.data, (uint32_t)left.size, (uint32_t)right.size};
    return true;
}

enum { LEFT, RIGHT, PRODUCT, PARTS };

struct group {
    struct zest_text_probe probes[GROUP][PARTS];
    uint32_t likely[GROUP][PARTS]; /* the token that a part probably is, + 1; 0: none is */
    bool repeated[GROUP]; /* the product is that of the merge before: lists of all ways to a token are in that order */
    char products[GROUP][PRODUCT_SIZE];
};

struct resolving {
    const struct zest_merge_list *list;
    const struct zest_token_list *tokens;
    size_t prefix_size;
    struct zest_merge *merges;     /* [list->count] */
    char *long_product;            /* malloc's, NULL until one comes */
    struct zest_text_key last_key; /* of the last product; all zero (which no text has) where it was a long one */
    struct zest_error *error;
};

static enum zest_status fail_unknown(struct resolving *r, size_t number, int part)
{
    struct zest_merge_texts merge = r->list->entries[number];
    struct zest_text left = {merge.left, merge.left_size}, right = {merge.right, merge.right_size};
    struct zest_text first = part == RIGHT ? (struct zest_text){"", 0} : left;
    struct zest_text second = part == LEFT ? (struct zest_text){"", 0} : right;
    if (part == PRODUCT)
        second = (struct zest_text){right.data + r->prefix_size, right.size - r->prefix_size};
    return zest_fail(r->error, ZEST_MODEL_DAMAGED,
                     "merge %zu (\"%.*s\" \"%.*s\"): the vocabulary has no token \"%.*s%.*s\"", number,
                     ZEST_SHOWN(left), ZEST_SHOWN(right), ZEST_SHOWN(first), ZEST_SHOWN(second));
}

/* The product's probe where its text has to be written: long, or without the prefix of the right part. */
static enum zest_status write_product(struct resolving *r, struct group *group, struct zest_merge_texts merge,
                                      size_t at)
{
    size_t rest = merge.right_size - r->prefix_size, size = merge.left_size + rest;
    char *product = group->products[at];
    if (size > PRODUCT_SIZE) { /* such a group has one merge, so that one place is enough */
        char *longer = realloc(r->long_product, size);
        if (!longer)
            return zest_fail(r->error, ZEST_OUT_OF_MEMORY, "no memory for a token of %zu bytes", size);
        product = r->long_product = longer;
    }
    memcpy(product, merge.left, merge.left_size);
    memcpy(product + merge.left_size, merge.right + r->prefix_size, rest);
    group->probes[at][PRODUCT] = zest_text_probe((struct zest_text){product, size});
    return ZEST_OK;
}

static int parts_to_find(const struct group *group, size_t at)
{
    return group->repeated[at] ? PRODUCT : PARTS;
}

/* The probes of merge `number` into the group's place `at`. */
static enum zest_status write_probes(struct resolving *r, struct group *group, size_t number, size_t at)
{
    struct zest_merge_texts merge = r->list->entries[number];
    struct zest_text_probe *probes = group->probes[at];
    probes[LEFT] = zest_text_probe((struct zest_text){merge.left, merge.left_size});
    probes[RIGHT] = zest_text_probe((struct zest_text){merge.right, merge.right_size});
    if (merge.right_size < r->prefix_size)
        return zest_fail(r->error, ZEST_MODEL_DAMAGED,
                         "merge %zu: \"%.*s\" is shorter than the continuing_subword_prefix of %zu bytes", number,
                         ZEST_SHOWN(probes[RIGHT].text), r->prefix_size);
    bool is_short = r->prefix_size == 0 && (size_t)merge.left_size + merge.right_size <= ZEST_TEXT_KEY_MAX;
    if (is_short) {
        probes[PRODUCT] = zest_text_probe_joined(&probes[LEFT], &probes[RIGHT]);
    } else {
        enum zest_status status = write_product(r, group, merge, at);
        if (status != ZEST_OK)
            return status;
    }
    struct zest_text_key key = is_short ? probes[PRODUCT].key : (struct zest_text_key){0, 0};
    group->repeated[at] = is_short && key.head == r->last_key.head && key.tail == r->last_key.tail;
    r->last_key = key;
    for (int part = 0; part < parts_to_find(group, at); part++)
        zest_text_index_prefetch(&r->tokens->index, probes[part].hash);
    return ZEST_OK;
}

/* Which token a probe probably finds, as bits of the hash are the same: its key goes on the way into the cache. */
static uint32_t likely_token(const struct zest_text_index *index, uint64_t hash)
{
    uint32_t at = (uint32_t)hash & index->mask;
    while (index->slots[at] != 0 && index->slots[at] >> 32 != hash >> 32)
        at = (at + 1) & index->mask;
    uint32_t likely = (uint32_t)index->slots[at];
    __builtin_prefetch(&index->keys[likely > 0 ? likely - 1 : 0]);
    return likely;
}

static void find_likely(const struct resolving *r, struct group *group, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (int part = 0; part < parts_to_find(group, i); part++)
            group->likely[i][part] = likely_token(&r->tokens->index, group->probes[i][part].hash);
}

static uint32_t find_id(const struct zest_text_index *index, const struct zest_text_probe *probe, uint32_t likely)
{
    if (likely > 0 && zest_text_index_is(index, likely - 1, probe))
        return likely - 1;
    return (uint32_t)*zest_text_index_slot(index, probe) - 1;
}

static enum zest_status find_ids(struct resolving *r, const struct group *group, size_t first, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t ids[PARTS] = {0};
        for (int part = 0; part < parts_to_find(group, i); part++) {
            ids[part] = find_id(&r->tokens->index, &group->probes[i][part], group->likely[i][part]);
            if (ids[part] == ZEST_NO_TOKEN)
                return fail_unknown(r, first + i, part);
        }
        if (group->repeated[i])
            ids[PRODUCT] = r->merges[first + i - 1].product;
        r->merges[first + i] = (struct zest_merge){ids[LEFT], ids[RIGHT], ids[PRODUCT]};
    }
    return ZEST_OK;
}

static bool is_long(const struct resolving *r, size_t number)
{
    struct zest_merge_texts merge = r->list->entries[number];
    return (size_t)merge.left_size + merge.right_size > PRODUCT_SIZE;
}

/* Resolves the merges from `first` on that fit one group; *ret_next is behind them. */
static enum zest_status resolve_group(struct resolving *r, struct group *group, size_t first, size_t *ret_next)
{
    enum zest_status status = ZEST_OK;
    size_t count = 0;
    while (status == ZEST_OK && count < GROUP && first + count < r->list->count) {
        bool alone = is_long(r, first + count);
        if (alone && count > 0)
            break;
        status = write_probes(r, group, first + count, count);
        count++;
        if (alone)
            break;
    }
    *ret_next = first + count;
    if (status != ZEST_OK)
        return status;
    find_likely(r, group, count);
    return find_ids(r, group, first, count);
}

enum zest_status zest_merge_list_resolve(const struct zest_merge_list *list, const struct zest_token_list *tokens,
                                         size_t prefix_size, struct zest_tokenizer_definition *definition,
                                         struct zest_error *error)
{
    struct resolving r = {.list = list, .tokens = tokens, .prefix_size = prefix_size, .error = error};
    struct group group;
    enum zest_status status = ZEST_OK;
    assert(tokens->index.slots);
    r.merges = ZEST_NEW_LARGE_ARRAY(&definition->arena, struct zest_merge, list->count + 1);
    if (!r.merges || list->count > UINT32_MAX)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for %zu merges", list->count);
    for (size_t i = 0; i < list->count && status == ZEST_OK;)
        status = resolve_group(&r, &group, i, &i);
    free(r.long_product);
    if (status != ZEST_OK)
        return status;
    definition->merges = r.merges;
    definition->merge_count = (uint32_t)list->count;
    return ZEST_OK;
}

void zest_merge_list_finish(struct zest_merge_list *list)
{
    free(list->entries);
    *list = (struct zest_merge_list){0};
}
