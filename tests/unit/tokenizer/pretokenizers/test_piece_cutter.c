/* SPDX-License-Identifier: Apache-2.0 */
/* test_piece_cutter.c - the five ways to cut at a match, with origins and without. */
#include "piece_cutter.h"

#include "../../../zest_test.h"

static bool is_hyphen(const void *context, uint32_t code_point)
{
    (void)context;
    return code_point == '-';
}

static void check_pieces(const struct zest_pieces *pieces, const char *expected)
{
    struct zest_buffer out;
    zest_buffer_init(&out, 1 << 12);
    for (size_t i = 0; i < pieces->count; i++)
        zest_buffer_printf(&out, "%s%.*s@%u", i > 0 ? " " : "", (int)(pieces->list[i].end - pieces->list[i].start),
                           (const char *)pieces->text.bytes + pieces->list[i].start, pieces->list[i].origin);
    ZEST_CHECK_INT(pieces->status, ZEST_OK);
    ZEST_CHECK_TEXT(((struct zest_text){out.data, out.size}), zest_text_of(expected));
    zest_buffer_finish(&out);
}

static void check_cut(enum zest_cut cut, bool inverted, bool aligned, const char *text, const char *expected)
{
    struct zest_pieces in = {.count = 0}, out = {.count = 0};
    struct zest_piece_cutter cutter = {.cut = cut, .inverted = inverted, .in = &in, .out = &out};
    zest_pieces_reset(&in, aligned);
    zest_pieces_reset(&out, aligned);
    zest_aligned_append_original(&in.text, (const unsigned char *)text, strlen(text), 10);
    zest_pieces_close(&in, 10);
    zest_cutter_by_character(&cutter, &in.list[0], is_hyphen, NULL);
    check_pieces(&out, expected);
    zest_pieces_finish(&in);
    zest_pieces_finish(&out);
}

ZEST_TEST(each_behavior_cuts_as_the_reference_says)
{
    for (int aligned = 0; aligned < 2; aligned++) {
        const char *text = "the-final--countdown";
        check_cut(ZEST_CUT_REMOVED, false, aligned, text, "the@10 final@14 countdown@21");
        check_cut(ZEST_CUT_ISOLATED, false, aligned, text, "the@10 -@13 final@14 -@19 -@20 countdown@21");
        check_cut(ZEST_CUT_MERGED_WITH_PREVIOUS, false, aligned, text, "the-@10 final-@14 -@20 countdown@21");
        check_cut(ZEST_CUT_MERGED_WITH_NEXT, false, aligned, text, "the@10 -final@13 -@19 -countdown@20");
        check_cut(ZEST_CUT_CONTIGUOUS, false, aligned, text, "the@10 -@13 final@14 --@19 countdown@21");
    }
}

ZEST_TEST(inverted_matches_are_what_lies_between)
{
    check_cut(ZEST_CUT_REMOVED, true, true, "a--b", "-@11 -@12");
    check_cut(ZEST_CUT_MERGED_WITH_PREVIOUS, true, true, "a--b", "a@10 -@11 -b@12");
    check_cut(ZEST_CUT_MERGED_WITH_NEXT, true, true, "a--b", "a-@10 -@12 b@13");
    check_cut(ZEST_CUT_CONTIGUOUS, true, true, "a--b", "a@10 --@11 b@13");
}

ZEST_TEST(matches_at_the_ends_stand_alone)
{
    check_cut(ZEST_CUT_MERGED_WITH_PREVIOUS, false, true, "--a", "-@10 -@11 a@12");
    check_cut(ZEST_CUT_MERGED_WITH_NEXT, false, true, "a--", "a@10 -@11 -@12");
    check_cut(ZEST_CUT_CONTIGUOUS, false, true, "--", "--@10");
    check_cut(ZEST_CUT_REMOVED, false, true, "--", "");
}

/* What is put in front stands for the first character, whose bytes all stand for what its last byte stood for. */
ZEST_TEST(what_is_prepended_has_the_first_characters_origin)
{
    struct zest_pieces in = {.count = 0}, out = {.count = 0};
    zest_pieces_reset(&in, true);
    zest_pieces_reset(&out, true);
    zest_aligned_append_original(&in.text, (const unsigned char *)"\u00e9x", 3, 5);
    zest_pieces_close(&in, 5);
    zest_pieces_prepend(&out, &in, &in.list[0], " ", 1);
    zest_pieces_close(&out, 5);
    check_pieces(&out, " \u00e9x@5");
    ZEST_CHECK_INT(out.text.origins[0].start, 5);
    ZEST_CHECK_INT(out.text.origins[0].end, 7);
    ZEST_CHECK_INT(out.text.origins[1].end, 7);
    ZEST_CHECK_INT(out.text.origins[3].start, 7);
    zest_pieces_finish(&in);
    zest_pieces_finish(&out);
}

ZEST_TEST(borrowed_pieces_come_back)
{
    struct zest_scratch_pool pool = {{NULL}};
    struct zest_pieces *first = zest_pieces_borrow(&pool, true), *second = zest_pieces_borrow(&pool, false);
    ZEST_CHECK(first != second && first->text.aligned && !second->text.aligned);
    zest_pieces_return(&pool, first);
    ZEST_CHECK(zest_pieces_borrow(&pool, false) == first);
    zest_pieces_return(&pool, first);
    zest_pieces_return(&pool, second);
    zest_pieces_return(&pool, NULL);
    zest_pieces_drain(&pool);
    ZEST_CHECK(!zest_scratch_take(&pool));
}
