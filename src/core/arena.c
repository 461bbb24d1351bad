/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.c - the bump arena: chunks that double in size, freed together.
 *
 * An arena serves one thread. A reset keeps the newest (largest) chunk, so that a loop which resets once a round
 * allocates nothing after its first rounds.
 */
#include <stdio.h>
#include <stdlib.h>

#include <zest/core.h>

struct zest_arena_chunk {
    struct zest_arena_chunk *older;
    size_t size; /* usable bytes behind this header */
    _Alignas(max_align_t) char data[];
};

enum { FIRST_CHUNK = 4096 };

void zest_arena_init(struct zest_arena *arena, size_t limit)
{
    *arena = (struct zest_arena){.limit = limit};
}

static void free_chunks(struct zest_arena_chunk *chunk)
{
    while (chunk) {
        struct zest_arena_chunk *older = chunk->older;
        free(chunk);
        chunk = older;
    }
}

void zest_arena_reset(struct zest_arena *arena)
{
    arena->used = 0;
    if (!arena->chunk)
        return;
    free_chunks(arena->chunk->older);
    arena->chunk->older = NULL;
    arena->total = arena->chunk->size;
}

void zest_arena_finish(struct zest_arena *arena)
{
    free_chunks(arena->chunk);
    *arena = (struct zest_arena){.limit = arena->limit};
}

/* Puts a chunk in front that holds at least `size` bytes; false where the limit or the machine says no. */
static bool grow(struct zest_arena *arena, size_t size)
{
    if (size > arena->limit || arena->total > arena->limit - size)
        return false;
    size_t chunk_size = arena->chunk ? arena->chunk->size * 2 : FIRST_CHUNK;
    if (chunk_size < size)
        chunk_size = size;
    if (chunk_size > arena->limit - arena->total)
        chunk_size = arena->limit - arena->total;
    if (chunk_size > SIZE_MAX - sizeof(struct zest_arena_chunk))
        return false;
    struct zest_arena_chunk *chunk = malloc(sizeof(*chunk) + chunk_size);
    if (!chunk)
        return false;
    *chunk = (struct zest_arena_chunk){.older = arena->chunk, .size = chunk_size};
    arena->chunk = chunk;
    arena->used = 0;
    arena->total += chunk_size;
    if (arena->high_water < arena->total)
        arena->high_water = arena->total;
    return true;
}

void *zest_alloc(struct zest_arena *arena, size_t size, size_t align)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    for (int attempt = 0; attempt < 2; attempt++) {
        if (arena->chunk) {
            uintptr_t base = (uintptr_t)arena->chunk->data;
            size_t start = (size_t)(((base + arena->used + align - 1) & ~(uintptr_t)(align - 1)) - base);
            if (start <= arena->chunk->size && size <= arena->chunk->size - start) {
                arena->used = start + size;
                return arena->chunk->data + start;
            }
        }
        if (attempt == 0 && !grow(arena, size + align))
            return NULL;
    }
    return NULL;
}

void *zest_alloc_zero(struct zest_arena *arena, size_t size, size_t align)
{
    void *memory = zest_alloc(arena, size, align);
    return memory ? memset(memory, 0, size) : NULL;
}

void *zest_alloc_array(struct zest_arena *arena, size_t count, size_t size, size_t align)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    return zest_alloc(arena, bytes, align);
}

struct zest_text zest_text_copy(struct zest_arena *arena, struct zest_text text)
{
    char *copy = text.size < SIZE_MAX ? zest_alloc(arena, text.size + 1, 1) : NULL;
    if (!copy)
        return (struct zest_text){0};
    if (text.size)
        memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    return (struct zest_text){copy, text.size};
}

struct zest_text zest_text_format(struct zest_arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, args);
    char *text = size >= 0 ? zest_alloc(arena, (size_t)size + 1, 1) : NULL;
    if (text)
        vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    va_end(args);
    return text ? (struct zest_text){text, (size_t)size} : (struct zest_text){0};
}
