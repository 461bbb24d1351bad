/* SPDX-License-Identifier: Apache-2.0 */
/* test_aligned_pool.c - texts come back empty, with their memory, and large ones are not kept. */
#include "aligned_pool.h"
#include "zest_test.h"

ZEST_TEST(a_text_comes_back_empty_and_with_its_memory)
{
    struct zest_scratch_pool pool = {NULL};
    struct zest_aligned *text = zest_aligned_borrow(&pool, true);
    ZEST_CHECK(text && text->size == 0 && text->aligned);
    zest_aligned_append_original(text, (const unsigned char *)"abc", 3, 7);
    zest_aligned_fail(text, ZEST_TOO_LARGE);
    zest_aligned_fail(text, ZEST_OUT_OF_MEMORY);
    ZEST_CHECK_INT(text->status, ZEST_TOO_LARGE); /* the first one stays */
    zest_aligned_return(&pool, text);
    struct zest_aligned *again = zest_aligned_borrow(&pool, false);
    ZEST_CHECK(again == text && again->size == 0 && !again->aligned && again->byte_capacity >= 3);
    ZEST_CHECK(again->status == ZEST_OK && again->begin == 0);
    zest_aligned_return(&pool, again);
    zest_aligned_return(&pool, NULL);
    zest_aligned_drain(&pool);
    ZEST_CHECK(zest_scratch_take(&pool) == NULL);
}

ZEST_TEST(a_large_text_is_not_kept)
{
    struct zest_scratch_pool pool = {NULL};
    struct zest_aligned *text = zest_aligned_borrow(&pool, false);
    ZEST_CHECK(text != NULL);
    for (int i = 0; i < 100; i++) {
        static const unsigned char block[20000];
        zest_aligned_append_original(text, block, sizeof block, 0);
    }
    zest_aligned_return(&pool, text);
    ZEST_CHECK(zest_scratch_take(&pool) == NULL);
}
