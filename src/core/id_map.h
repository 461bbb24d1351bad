/* SPDX-License-Identifier: Apache-2.0 */
/*
 * id_map.h - ids (from 1 on) to indices: open addressing, linear probing, no tombstones.
 *
 * Half full at most, so a look-up reads one or two cache lines. Grows by doubling; a map that has held n ids holds n
 * again without allocating. Threads: none of its own.
 */
#ifndef ZEST_ID_MAP_H
#define ZEST_ID_MAP_H

#include <assert.h>
#include <stdlib.h>

#include <zest/core.h>

#define ZEST_ID_NONE UINT32_MAX

struct zest_id_map {
    struct zest_id_slot {
        int64_t id; /* 0: empty */
        uint32_t value;
    } * slots;
    uint32_t capacity; /* a power of two, or 0 */
    uint32_t count;
};

/* Fibonacci hashing: neighbouring ids land far apart. */
static inline uint32_t zest_id_slot_of(const struct zest_id_map *map, int64_t id)
{
    return (uint32_t)(((uint64_t)id * 0x9E3779B97F4A7C15u) >> 32) & (map->capacity - 1);
}

static inline uint32_t zest_id_map_find(const struct zest_id_map *map, int64_t id)
{
    if (map->count == 0 || id <= 0)
        return ZEST_ID_NONE;
    for (uint32_t i = zest_id_slot_of(map, id); map->slots[i].id; i = (i + 1) & (map->capacity - 1))
        if (map->slots[i].id == id)
            return map->slots[i].value;
    return ZEST_ID_NONE;
}

static inline void zest_id_map_place(struct zest_id_map *map, int64_t id, uint32_t value)
{
    uint32_t i = zest_id_slot_of(map, id);
    while (map->slots[i].id)
        i = (i + 1) & (map->capacity - 1);
    map->slots[i] = (struct zest_id_slot){id, value};
}

static inline bool zest_id_map_grow(struct zest_id_map *map)
{
    uint32_t capacity = map->capacity ? map->capacity * 2 : 64;
    struct zest_id_slot *slots = capacity > map->capacity ? calloc(capacity, sizeof(*slots)) : NULL;
    if (!slots)
        return false;
    struct zest_id_map old = *map;
    map->slots = slots;
    map->capacity = capacity;
    for (uint32_t i = 0; i < old.capacity; i++)
        if (old.slots[i].id)
            zest_id_map_place(map, old.slots[i].id, old.slots[i].value);
    free(old.slots);
    return true;
}

/* `id` must not be in the map. False where memory is out; the map is then as before. */
static inline bool zest_id_map_put(struct zest_id_map *map, int64_t id, uint32_t value)
{
    assert(id > 0 && zest_id_map_find(map, id) == ZEST_ID_NONE);
    if (map->count * 2 >= map->capacity && !zest_id_map_grow(map))
        return false;
    zest_id_map_place(map, id, value);
    map->count++;
    return true;
}

/* Closes the gap by moving later ones of the same run back, so that no run is ever broken. */
static inline void zest_id_map_remove(struct zest_id_map *map, int64_t id)
{
    if (zest_id_map_find(map, id) == ZEST_ID_NONE)
        return;
    uint32_t mask = map->capacity - 1, gap = zest_id_slot_of(map, id);
    while (map->slots[gap].id != id)
        gap = (gap + 1) & mask;
    for (uint32_t i = (gap + 1) & mask; map->slots[i].id; i = (i + 1) & mask) {
        uint32_t home = zest_id_slot_of(map, map->slots[i].id);
        if (((i - home) & mask) >= ((i - gap) & mask)) {
            map->slots[gap] = map->slots[i];
            gap = i;
        }
    }
    map->slots[gap].id = 0;
    map->count--;
}

static inline void zest_id_map_finish(struct zest_id_map *map)
{
    free(map->slots);
    *map = (struct zest_id_map){0};
}

#endif
