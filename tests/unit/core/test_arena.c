/* SPDX-License-Identifier: Apache-2.0 */
/* test_arena.c - arenas: alignment, limits, reset, and that nothing overlaps. */
#include "zest_test.h"

ZEST_TEST(allocations_are_aligned_and_apart)
{
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    unsigned char *last = NULL;
    for (size_t i = 0; i < 1000; i++) {
        size_t size = i % 97, align = (size_t)1 << (i % 7);
        unsigned char *memory = zest_alloc(&arena, size, align);
        ZEST_CHECK(memory && (uintptr_t)memory % align == 0);
        memset(memory, (int)i, size);
        if (last)
            ZEST_CHECK(i < 2 || last[0] == (unsigned char)(i - 1) || (i - 1) % 97 == 0);
        last = memory;
    }
    zest_arena_finish(&arena);
}

ZEST_TEST(the_limit_holds)
{
    struct zest_arena arena;
    zest_arena_init(&arena, 10000);
    ZEST_CHECK(zest_alloc(&arena, 5000, 8) != NULL);
    ZEST_CHECK(zest_alloc(&arena, 6000, 8) == NULL);
    ZEST_CHECK(zest_alloc(&arena, 100, 8) != NULL);
    ZEST_CHECK(arena.total <= 10000);
    ZEST_CHECK(zest_alloc(&arena, SIZE_MAX, 8) == NULL);
    ZEST_CHECK(ZEST_NEW_ARRAY(&arena, uint64_t, SIZE_MAX / 4) == NULL);
    zest_arena_finish(&arena);
}

ZEST_TEST(a_loop_that_resets_stops_allocating)
{
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    size_t after_warmup = 0;
    for (int round = 0; round < 20; round++) {
        zest_arena_reset(&arena);
        for (int i = 0; i < 100; i++)
            ZEST_CHECK(zest_alloc(&arena, 333, 16) != NULL);
        if (round == 8)
            after_warmup = arena.high_water;
    }
    ZEST_CHECK_INT(arena.high_water, after_warmup);
    zest_arena_finish(&arena);
    ZEST_CHECK(arena.chunk == NULL);
}

ZEST_TEST(formatted_and_copied_texts_end_in_a_nul)
{
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_text text = zest_text_format(&arena, "%d of %s", 3, "four");
    ZEST_CHECK_TEXT(text, ZEST_TEXT("3 of four"));
    ZEST_CHECK_INT(text.data[text.size], 0);
    struct zest_text copy = zest_text_copy(&arena, (struct zest_text){"ab\0c", 4});
    ZEST_CHECK(copy.size == 4 && !memcmp(copy.data, "ab\0c", 5));
    zest_arena_finish(&arena);
}
