/* SPDX-License-Identifier: Apache-2.0 */
/*
 * added_trie.c - finds many strings in a text: where a first byte fits, the trie is walked as far as it goes.
 *
 * Promises  Leftmost-longest; at most as many steps at a byte as the longest string has bytes.
 */
#include "added_trie.h"

#include "word_hash.h"

#include <assert.h>

static uint32_t edge_slot(const struct zest_added_trie_edge *edges, uint32_t mask, uint32_t node, uint32_t byte)
{
    uint32_t slot = (uint32_t)zest_hash_pair(node, byte) & mask;
    while (edges[slot].target != 0 && (edges[slot].node != node || edges[slot].byte != byte))
        slot = (slot + 1) & mask;
    return slot;
}

/* ---- writing ---- */

struct trie_writer {
    struct zest_added_trie_head head;
    struct zest_added_trie_edge *edges;
    uint32_t *values;
};

static void insert(struct trie_writer *trie, struct zest_text string, uint32_t value)
{
    uint32_t node = 0;
    assert(string.size > 0);
    for (size_t i = 0; i < string.size; i++) {
        unsigned char byte = (unsigned char)string.data[i];
        struct zest_added_trie_edge *edge = &trie->edges[edge_slot(trie->edges, trie->head.edge_mask, node, byte)];
        if (edge->target == 0) {
            *edge = (struct zest_added_trie_edge){node, trie->head.node_count, byte};
            trie->values[trie->head.node_count++] = ZEST_NO_TOKEN;
        }
        node = edge->target;
    }
    if (trie->values[node] == ZEST_NO_TOKEN)
        trie->values[node] = value;
    trie->head.first_bytes[(unsigned char)string.data[0]] = 1;
}

void zest_added_trie_write(struct zest_buffer *out, const struct zest_text *strings, const uint32_t *values,
                           size_t count)
{
    size_t bytes = 0, slots = 16;
    for (size_t i = 0; i < count; i++)
        bytes += strings[i].size;
    while (slots < 2 * bytes)
        slots *= 2;
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct trie_writer trie = {
        .head = {.edge_mask = (uint32_t)slots - 1, .string_count = (uint32_t)count},
        .edges = zest_alloc_zero(&arena, slots * sizeof *trie.edges, sizeof(uint32_t)),
        .values = ZEST_NEW_ARRAY(&arena, uint32_t, bytes + 1),
    };
    if (!trie.edges || !trie.values) {
        out->failed = true;
    } else {
        trie.values[trie.head.node_count++] = ZEST_NO_TOKEN;
        for (size_t i = 0; i < count; i++)
            insert(&trie, strings[i], values[i]);
        zest_buffer_append(out, &trie.head, sizeof trie.head);
        zest_buffer_append(out, trie.edges, slots * sizeof *trie.edges);
        zest_buffer_append(out, trie.values, trie.head.node_count * sizeof *trie.values);
    }
    zest_arena_finish(&arena);
}

/* ---- reading ---- */

static int only_first_byte(const struct zest_added_trie_head *head)
{
    int found = -1;
    for (int byte = 0; byte < 256; byte++) {
        if (!head->first_bytes[byte])
            continue;
        if (found >= 0)
            return -1;
        found = byte;
    }
    return found;
}

size_t zest_added_trie_open(const void *data, size_t size, struct zest_added_trie *ret_trie)
{
    const struct zest_added_trie_head *head = data;
    if (size < sizeof *head)
        return 0;
    size_t edges_size = ((size_t)head->edge_mask + 1) * sizeof(struct zest_added_trie_edge);
    size_t values_size = (size_t)head->node_count * sizeof(uint32_t);
    if (head->node_count == 0 || edges_size + values_size > size - sizeof *head)
        return 0;
    *ret_trie = (struct zest_added_trie){
        .head = head,
        .edges = (const void *)(head + 1),
        .values = (const void *)((const char *)(head + 1) + edges_size),
        .only_byte = only_first_byte(head),
    };
    return sizeof *head + edges_size + values_size;
}

/* The end of the longest string at text[at], or 0. */
static size_t longest_at(const struct zest_added_trie *trie, const unsigned char *text, size_t size, size_t at,
                         uint32_t *ret_value)
{
    uint32_t node = 0;
    size_t end = 0;
    for (size_t i = at; i < size; i++) {
        node = trie->edges[edge_slot(trie->edges, trie->head->edge_mask, node, text[i])].target;
        if (node == 0)
            break;
        if (trie->values[node] != ZEST_NO_TOKEN) {
            *ret_value = trie->values[node];
            end = i + 1;
        }
    }
    return end;
}

/* The next place at or behind `at` where a string may begin, or size. */
static size_t next_candidate(const struct zest_added_trie *trie, const unsigned char *text, size_t size, size_t at)
{
    if (trie->only_byte >= 0) {
        const unsigned char *found = at < size ? memchr(text + at, trie->only_byte, size - at) : NULL;
        return found ? (size_t)(found - text) : size;
    }
    while (at < size && !trie->head->first_bytes[text[at]])
        at++;
    return at;
}

uint32_t zest_added_trie_find(const struct zest_added_trie *trie, const unsigned char *text, size_t size, size_t from,
                              size_t *ret_start, size_t *ret_end)
{
    if (!zest_added_trie_has(trie))
        return ZEST_NO_TOKEN;
    for (size_t at = next_candidate(trie, text, size, from); at < size; at = next_candidate(trie, text, size, at + 1)) {
        uint32_t value = ZEST_NO_TOKEN;
        size_t end = longest_at(trie, text, size, at, &value);
        if (end > 0) {
            *ret_start = at;
            *ret_end = end;
            return value;
        }
    }
    return ZEST_NO_TOKEN;
}
