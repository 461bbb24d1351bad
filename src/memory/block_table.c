/* SPDX-License-Identifier: Apache-2.0 */
/*
 * block_table.c - finding, making and re-using block tables.
 *
 * Threads: none of its own; the memory service holds its lock. Allocates only when there are more sequences, or
 * longer ones, than ever before.
 */
#include "block_table.h"

void zest_block_tables_init(struct zest_block_tables *tables)
{
    *tables = (struct zest_block_tables){0};
    zest_arena_init(&tables->arena, ZEST_ARENA_UNLIMITED);
}

void zest_block_tables_finish(struct zest_block_tables *tables)
{
    zest_arena_finish(&tables->arena);
    zest_id_map_finish(&tables->map);
    free(tables->tables);
    free(tables->unused);
    *tables = (struct zest_block_tables){0};
}

struct zest_block_table *zest_block_tables_find(const struct zest_block_tables *tables, int64_t sequence_id)
{
    uint32_t index = zest_id_map_find(&tables->map, sequence_id);
    return index == ZEST_ID_NONE ? NULL : &tables->tables[index];
}

static bool grow(struct zest_block_tables *tables)
{
    uint32_t capacity = tables->table_capacity ? tables->table_capacity * 2 : 64;
    struct zest_block_table *grown = realloc(tables->tables, capacity * sizeof(*grown));
    if (grown)
        tables->tables = grown;
    uint32_t *unused = realloc(tables->unused, capacity * sizeof(*unused));
    if (unused)
        tables->unused = unused;
    if (!grown || !unused)
        return false;
    tables->table_capacity = capacity;
    return true;
}

struct zest_block_table *zest_block_tables_add(struct zest_block_tables *tables, int64_t sequence_id)
{
    bool is_reused = tables->unused_count > 0;
    if (!is_reused && tables->table_count == tables->table_capacity && !grow(tables))
        return NULL;
    uint32_t index = is_reused ? tables->unused[tables->unused_count - 1] : tables->table_count;
    if (!zest_id_map_put(&tables->map, sequence_id, index))
        return NULL;
    struct zest_block_table *table = &tables->tables[index];
    if (is_reused) {
        tables->unused_count--;
    } else {
        tables->table_count++;
        *table = (struct zest_block_table){0};
    }
    table->sequence_id = sequence_id;
    table->entry_mark = table->release_mark = 0;
    return table;
}

void zest_block_tables_remove(struct zest_block_tables *tables, struct zest_block_table *table)
{
    assert(table->block_count == 0);
    zest_id_map_remove(&tables->map, table->sequence_id);
    table->sequence_id = 0;
    table->token_count = 0;
    tables->unused[tables->unused_count++] = (uint32_t)(table - tables->tables);
}

bool zest_block_table_reserve(struct zest_block_tables *tables, struct zest_block_table *table, int32_t block_count)
{
    if (block_count <= table->block_capacity)
        return true;
    int32_t capacity = table->block_capacity ? table->block_capacity : 16;
    while (capacity < block_count)
        capacity *= 2; /* block_count <= ZEST_MEMORY_BLOCKS_MAX: no overflow */
    int32_t *blocks = ZEST_NEW_ARRAY(&tables->arena, int32_t, (size_t)capacity);
    if (!blocks)
        return false;
    if (table->block_count)
        memcpy(blocks, table->blocks, (size_t)table->block_count * sizeof(*blocks));
    table->blocks = blocks;
    table->block_capacity = capacity;
    return true;
}
