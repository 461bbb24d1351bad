/* SPDX-License-Identifier: Apache-2.0 */
/*
 * block_table.h - which blocks each sequence holds, in token order.
 *
 * Tables are found by sequence id and re-used. Their arrays come from one arena and are never freed before the end,
 * so that an array lent out stays readable whatever happens (a grown table leaves its smaller array behind: with
 * doubling these make at most as much again).
 */
#ifndef ZEST_BLOCK_TABLE_H
#define ZEST_BLOCK_TABLE_H

#include "id_map.h"

struct zest_block_table {
    int64_t sequence_id; /* 0: not in use */
    int32_t *blocks;
    int32_t block_count, block_capacity;
    int32_t token_count;   /* tokens that have a place */
    uint64_t entry_mark;   /* the commit that last named it as an entry */
    uint64_t release_mark; /* the commit that last released it */
};

struct zest_block_tables {
    struct zest_arena arena;
    struct zest_id_map map; /* sequence id -> index */
    struct zest_block_table *tables;
    uint32_t table_count, table_capacity;
    uint32_t *unused; /* indices of tables that are free again */
    uint32_t unused_count;
};

void zest_block_tables_init(struct zest_block_tables *tables);
void zest_block_tables_finish(struct zest_block_tables *tables);
/* NULL where there is none. Valid until the next zest_block_tables_add. */
struct zest_block_table *zest_block_tables_find(const struct zest_block_tables *tables, int64_t sequence_id);
/* An empty table for a sequence that has none; NULL where memory is out. */
struct zest_block_table *zest_block_tables_add(struct zest_block_tables *tables, int64_t sequence_id);
void zest_block_tables_remove(struct zest_block_tables *tables, struct zest_block_table *table); /* holds no block */
bool zest_block_table_reserve(struct zest_block_tables *tables, struct zest_block_table *table, int32_t block_count);

#endif
