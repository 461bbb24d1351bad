/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token_trie.c - builds the double array, top down: keys of one node are sorted by their next byte, the node's children
 * are placed together, then each child with its keys is one more piece of work. Runs once per tokenizer.
 *
 * Free units of the last WINDOW blocks of 256 are a ring; a node tries them in turn as the place of its first child.
 * Older blocks are given up with what is left free in them, so that the search is bounded.
 */
#include "token_trie.h"

#include <assert.h>
#include <stdlib.h>

#define BLOCK 256u
#define WINDOW 16u           /* blocks in which free units are looked for */
#define TRIES_MAX 256        /* places tried before a new block is opened */
#define UNITS_MAX (1u << 22) /* bases have 22 bits */
#define SORT_BY_COUNTING 24u /* keys, from which on counting beats inserting */
#define VALUE_LABEL 0xFFu
#define NO_UNIT UINT32_MAX

/* The ring of free units: neighbours, by unit modulo the window. */
struct ring {
    uint32_t next[WINDOW * BLOCK], previous[WINDOW * BLOCK];
    uint32_t head; /* NO_UNIT: none is free */
};

struct work {
    uint32_t node;       /* unit whose children are placed */
    uint32_t start, end; /* its keys */
    uint32_t depth;      /* bytes that the keys share */
};

struct builder {
    const struct zest_text *tokens;
    uint32_t *keys, *spare; /* ids by text */
    uint32_t *units;
    uint8_t *is_base; /* [units] a node has this base */
    uint32_t unit_count, unit_capacity;
    struct work *works;
    size_t work_count, work_capacity;
    struct ring ring;
    enum zest_status status;
};

/* ---- free units ---- */

static uint32_t slot_of(uint32_t unit)
{
    return unit % (WINDOW * BLOCK);
}

static void take(struct builder *builder, uint32_t unit)
{
    struct ring *ring = &builder->ring;
    uint32_t next = ring->next[slot_of(unit)], previous = ring->previous[slot_of(unit)];
    ring->next[slot_of(previous)] = next;
    ring->previous[slot_of(next)] = previous;
    if (ring->head == unit)
        ring->head = next == unit ? NO_UNIT : next;
    ring->next[slot_of(unit)] = NO_UNIT; /* not free */
}

static bool is_free(const struct builder *builder, uint32_t unit)
{
    return unit + WINDOW * BLOCK >= builder->unit_count && builder->ring.next[slot_of(unit)] != NO_UNIT;
}

static bool grow_units(struct builder *builder)
{
    if (builder->unit_count + BLOCK <= builder->unit_capacity)
        return true;
    uint32_t wanted = 2 * builder->unit_capacity + 64 * BLOCK;
    uint32_t *units = realloc(builder->units, wanted * sizeof *units);
    if (units)
        builder->units = units;
    uint8_t *is_base = units ? realloc(builder->is_base, wanted) : NULL;
    if (!is_base)
        return false;
    builder->is_base = is_base;
    builder->unit_capacity = wanted;
    return true;
}

/* Adds 256 free units at the end, gives up what is free in the block that leaves the window. */
static bool open_block(struct builder *builder)
{
    struct ring *ring = &builder->ring;
    uint32_t first = builder->unit_count;
    if (first >= UNITS_MAX)
        builder->status = ZEST_TOO_LARGE;
    else if (!grow_units(builder))
        builder->status = ZEST_OUT_OF_MEMORY;
    if (builder->status != ZEST_OK)
        return false;
    for (uint32_t unit = first - WINDOW * BLOCK; first >= WINDOW * BLOCK && unit < first - (WINDOW - 1) * BLOCK; unit++)
        if (ring->next[slot_of(unit)] != NO_UNIT)
            take(builder, unit);
    for (uint32_t unit = first; unit < first + BLOCK; unit++) {
        builder->units[unit] = ZEST_TRIE_UNUSED;
        builder->is_base[unit] = 0;
        uint32_t last = ring->head == NO_UNIT ? unit : ring->previous[slot_of(ring->head)];
        if (ring->head == NO_UNIT)
            ring->head = unit;
        ring->next[slot_of(unit)] = ring->head;
        ring->previous[slot_of(unit)] = last;
        ring->next[slot_of(last)] = unit;
        ring->previous[slot_of(ring->head)] = unit;
    }
    builder->unit_count += BLOCK;
    return true;
}

static bool fits(const struct builder *builder, uint32_t base, const uint8_t *labels, size_t count)
{
    if (builder->is_base[base])
        return false;
    for (size_t i = 1; i < count; i++)
        if (!is_free(builder, base ^ labels[i]))
            return false;
    return true;
}

/* A base at which units for all labels are free, which it takes; NO_UNIT where none can be had. */
static uint32_t find_base(struct builder *builder, const uint8_t *labels, size_t count)
{
    uint32_t unit = builder->ring.head, base = NO_UNIT;
    for (int tries = 0; unit != NO_UNIT && tries < TRIES_MAX && base == NO_UNIT; tries++) {
        if (fits(builder, unit ^ labels[0], labels, count))
            base = unit ^ labels[0];
        unit = builder->ring.next[slot_of(unit)];
        if (unit == builder->ring.head)
            break;
    }
    if (base == NO_UNIT) {
        base = builder->unit_count;
        if (!open_block(builder))
            return NO_UNIT;
    }
    builder->is_base[base] = 1;
    for (size_t i = 0; i < count; i++)
        take(builder, base ^ labels[i]);
    return base;
}

/* ---- keys ---- */

static uint8_t byte_at(const struct builder *builder, uint32_t key, uint32_t depth)
{
    return (uint8_t)builder->tokens[key].data[depth];
}

static void sort_keys(struct builder *builder, uint32_t start, uint32_t end, uint32_t depth)
{
    uint32_t *keys = builder->keys;
    if (end - start < SORT_BY_COUNTING) {
        for (uint32_t i = start + 1; i < end; i++) {
            uint32_t moving = keys[i], at = i;
            uint8_t byte = byte_at(builder, moving, depth);
            for (; at > start && byte_at(builder, keys[at - 1], depth) > byte; at--)
                keys[at] = keys[at - 1];
            keys[at] = moving;
        }
        return;
    }
    uint32_t places[257] = {0};
    for (uint32_t i = start; i < end; i++)
        places[byte_at(builder, keys[i], depth) + 1]++;
    for (int i = 0; i < 256; i++)
        places[i + 1] += places[i];
    for (uint32_t i = start; i < end; i++)
        builder->spare[start + places[byte_at(builder, keys[i], depth)]++] = keys[i];
    memcpy(keys + start, builder->spare + start, (end - start) * sizeof *keys);
}

/* Moves the keys that end at `depth` to the front, answers how many. */
static uint32_t split_ended(struct builder *builder, uint32_t start, uint32_t end, uint32_t depth)
{
    uint32_t count = 0, *keys = builder->keys;
    for (uint32_t i = start; i < end; i++)
        if (builder->tokens[keys[i]].size == depth) {
            uint32_t key = keys[i];
            keys[i] = keys[start + count];
            keys[start + count++] = key;
        }
    return count;
}

/* ---- nodes ---- */

static bool push_work(struct builder *builder, struct work work)
{
    if (builder->work_count == builder->work_capacity) {
        size_t wanted = 2 * builder->work_capacity + 1024;
        struct work *works = realloc(builder->works, wanted * sizeof *works);
        if (!works) {
            builder->status = ZEST_OUT_OF_MEMORY;
            return false;
        }
        builder->works = works;
        builder->work_capacity = wanted;
    }
    builder->works[builder->work_count++] = work;
    return true;
}

/* The labels below a node, each once, rising; the value's, which is the highest, where `has_value`. */
static size_t list_labels(const struct builder *builder, const struct work *work, bool has_value, uint8_t *labels)
{
    size_t count = 0;
    for (uint32_t i = work->start; i < work->end; i++) {
        uint8_t label = byte_at(builder, builder->keys[i], work->depth);
        if (count == 0 || labels[count - 1] != label)
            labels[count++] = label;
    }
    if (has_value)
        labels[count++] = VALUE_LABEL;
    return count;
}

static uint32_t last_id(const struct builder *builder, uint32_t start, uint32_t end)
{
    uint32_t id = 0;
    for (uint32_t i = start; i < end; i++)
        if (builder->keys[i] >= id)
            id = builder->keys[i];
    return id;
}

static void place_children(struct builder *builder, struct work work)
{
    uint8_t labels[257];
    uint32_t ended = split_ended(builder, work.start, work.end, work.depth);
    uint32_t id = last_id(builder, work.start, work.start + ended), *node = &builder->units[work.node];
    work.start += ended;
    if (work.start == work.end) {
        *node |= ZEST_TRIE_LEAF | ZEST_TRIE_VALUE | id << 9;
        return;
    }
    sort_keys(builder, work.start, work.end, work.depth);
    size_t count = list_labels(builder, &work, ended > 0, labels);
    uint32_t base = find_base(builder, labels, count);
    if (base == NO_UNIT)
        return;
    node = &builder->units[work.node]; /* may have moved */
    *node |= base << 9 | (ended > 0 ? ZEST_TRIE_VALUE : 0);
    if (ended > 0)
        builder->units[base ^ VALUE_LABEL] = id << 8 | VALUE_LABEL;
    for (uint32_t start = work.start, end; start < work.end; start = end) {
        uint8_t label = byte_at(builder, builder->keys[start], work.depth);
        for (end = start + 1; end < work.end && byte_at(builder, builder->keys[end], work.depth) == label;)
            end++;
        builder->units[base ^ label] = label;
        if (!push_work(builder, (struct work){base ^ label, start, end, work.depth + 1}))
            return;
    }
}

/* ---- the whole ---- */

/* Every token with a text, as keys. ZEST_MODEL_DAMAGED where one can't be a text. */
static enum zest_status list_keys(struct builder *builder, const struct zest_tokenizer_definition *definition,
                                  uint32_t *ret_count, struct zest_error *error)
{
    uint32_t count = 0;
    for (uint32_t id = 0; id < definition->token_count; id++) {
        struct zest_text text = definition->tokens[id];
        if (text.size == 0)
            continue;
        if (memchr(text.data, VALUE_LABEL, text.size) || text.size >= UINT32_MAX)
            return zest_fail(error, ZEST_MODEL_DAMAGED, "token %u is not UTF-8 text", id);
        builder->keys[count++] = id;
    }
    *ret_count = count;
    return ZEST_OK;
}

static enum zest_status build(struct builder *builder, const struct zest_tokenizer_definition *definition,
                              struct zest_error *error)
{
    uint32_t count = 0;
    enum zest_status status = list_keys(builder, definition, &count, error);
    if (status != ZEST_OK)
        return status;
    if (open_block(builder)) {
        take(builder, 0);
        builder->is_base[0] = 1; /* left to a root without children */
        builder->units[0] = ZEST_TRIE_UNUSED;
        push_work(builder, (struct work){0, 0, count, 0});
    }
    while (builder->status == ZEST_OK && builder->work_count > 0 && count > 0)
        place_children(builder, builder->works[--builder->work_count]);
    if (builder->status != ZEST_OK)
        return zest_fail(error, builder->status,
                         "the trie of %u tokens has too many nodes or no memory (%u are possible)", count, UNITS_MAX);
    return ZEST_OK;
}

enum zest_status zest_token_trie_compile(const struct zest_tokenizer_definition *definition,
                                         struct zest_image_builder *image, struct zest_error *error)
{
    struct builder *builder = calloc(1, sizeof *builder);
    size_t keys_size = ((size_t)definition->token_count + 1) * sizeof *builder->keys;
    enum zest_status status = ZEST_OUT_OF_MEMORY;
    if (builder) {
        builder->tokens = definition->tokens;
        builder->ring.head = NO_UNIT;
        builder->keys = malloc(keys_size);
        builder->spare = malloc(keys_size);
    }
    if (builder && builder->keys && builder->spare)
        status = build(builder, definition, error);
    else
        status = zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a trie of %u tokens", definition->token_count);
    if (status == ZEST_OK)
        zest_image_add(image, ZEST_SECTION_MODEL_TRIE, builder->units, builder->unit_count * sizeof *builder->units);
    if (builder) {
        free(builder->keys);
        free(builder->spare);
        free(builder->units);
        free(builder->is_base);
        free(builder->works);
    }
    free(builder);
    return status;
}

enum zest_status zest_token_trie_open(const struct zest_image *image, struct zest_token_trie *ret_trie,
                                      struct zest_error *error)
{
    size_t size;
    const uint32_t *units = zest_image_section(image, ZEST_SECTION_MODEL_TRIE, &size);
    if (!units || size % (BLOCK * sizeof *units) != 0)
        return zest_fail(error, ZEST_MODEL_DAMAGED, "the compiled tokenizer has no trie");
    *ret_trie = (struct zest_token_trie){units};
    return ZEST_OK;
}
