/* SPDX-License-Identifier: Apache-2.0 */
/* test_encoding.c - merging, truncation and padding of encodings, against the reference's rules. */
#include "zest_test.h"

#include "encoding.h"

static struct zest_arena arena;

static struct zest_encoding text_of(uint32_t first, size_t count)
{
    struct zest_encoding encoding = {0};
    ZEST_CHECK(zest_encoding_reserve(&encoding, &arena, count + 1));
    for (uint32_t i = 0; i < count; i++)
        encoding.items[i] = (struct zest_encoded){.id = first + i, .attention = 1};
    encoding.count = count;
    return encoding;
}

static struct zest_text ids_of(const struct zest_encoding *encoding)
{
    struct zest_text all = ZEST_TEXT("");
    for (size_t i = 0; i < encoding->count; i++)
        all = zest_text_format(&arena, "%.*s%s%u", (int)all.size, all.data, i > 0 ? " " : "", encoding->items[i].id);
    for (size_t i = 0; i < encoding->overflow_count; i++) {
        struct zest_text part = ids_of(&encoding->overflow[i]);
        all = zest_text_format(&arena, "%.*s | %.*s", (int)all.size, all.data, (int)part.size, part.data);
    }
    return all;
}

static void check_cut(size_t count, struct zest_truncation truncation, const char *wanted)
{
    struct zest_error error = {0};
    struct zest_encoding text = text_of(0, count);
    ZEST_CHECK_OK(zest_truncate(&truncation, &text, NULL, &arena, &error), &error);
    ZEST_CHECK_TEXT(ids_of(&text), zest_text_of(wanted));
}

ZEST_TEST(what_is_cut_off_comes_in_overlapping_parts)
{
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    check_cut(3, (struct zest_truncation){.length_max = 3}, "0 1 2");
    check_cut(5, (struct zest_truncation){.length_max = 2}, "0 1 | 2 3 | 4");
    check_cut(5, (struct zest_truncation){.length_max = 3, .stride = 2}, "0 1 2 | 1 2 3 | 2 3 4");
    check_cut(5, (struct zest_truncation){.length_max = 2, .left = true}, "3 4 | 1 2 | 0");
    check_cut(5, (struct zest_truncation){.length_max = 3, .stride = 1, .left = true}, "2 3 4 | 0 1 2");
    check_cut(2, (struct zest_truncation){.length_max = 0}, " | 0 1");
    zest_arena_finish(&arena);
}

static void check_pair(size_t first_count, size_t second_count, struct zest_truncation truncation, size_t first_wanted,
                       size_t second_wanted)
{
    struct zest_error error = {0};
    struct zest_encoding first = text_of(0, first_count), second = text_of(100, second_count);
    ZEST_CHECK_OK(zest_truncate(&truncation, &first, &second, &arena, &error), &error);
    ZEST_CHECK_INT(first.count, first_wanted);
    ZEST_CHECK_INT(second.count, second_wanted);
}

ZEST_TEST(pairs_lose_from_the_longer_text)
{
    struct zest_truncation longest = {.length_max = 7};
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    check_pair(3, 9, longest, 3, 4);
    check_pair(9, 3, longest, 4, 3);
    check_pair(9, 9, longest, 3, 4);
    check_pair(10, 9, longest, 4, 3);
    check_pair(3, 4, longest, 3, 4);
    check_pair(9, 3, (struct zest_truncation){.length_max = 7, .strategy = ZEST_ONLY_FIRST}, 4, 3);
    check_pair(3, 9, (struct zest_truncation){.length_max = 7, .strategy = ZEST_ONLY_SECOND}, 3, 4);
    zest_arena_finish(&arena);
}

ZEST_TEST(truncation_that_can_not_be_is_refused)
{
    struct zest_error error = {0};
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_encoding text = text_of(0, 9), other = text_of(0, 2);
    struct zest_truncation wide = {.length_max = 3, .stride = 3},
                           second = {.length_max = 3, .strategy = ZEST_ONLY_SECOND};
    ZEST_CHECK_INT(zest_truncate(&wide, &text, NULL, &arena, &error), ZEST_INVALID_ARGUMENT);
    ZEST_CHECK(strstr(error.message, "stride is 3") != NULL);
    ZEST_CHECK_INT(zest_truncate(&second, &text, NULL, &arena, &error), ZEST_INVALID_ARGUMENT);
    ZEST_CHECK_INT(zest_truncate(&second, &text, &other, &arena, &error), ZEST_INVALID_ARGUMENT);
    zest_arena_finish(&arena);
}

ZEST_TEST(padding_fills_to_one_length)
{
    struct zest_padding right = {.token = ZEST_TEXT("[PAD]"), .id = 99, .type_id = 5}, fixed = right, multiple = right;
    struct zest_encoding batch[2];
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    batch[0] = text_of(0, 2), batch[1] = text_of(0, 4);
    ZEST_CHECK(zest_pad(&right, batch, 2, &arena));
    ZEST_CHECK_TEXT(ids_of(&batch[0]), ZEST_TEXT("0 1 99 99"));
    ZEST_CHECK_INT(batch[0].items[3].attention, 0);
    ZEST_CHECK_INT(batch[0].items[3].type_id, 5);
    fixed.fixed = 5, fixed.left = true, batch[0] = text_of(0, 2);
    ZEST_CHECK(zest_pad(&fixed, batch, 1, &arena));
    ZEST_CHECK_TEXT(ids_of(&batch[0]), ZEST_TEXT("99 99 99 0 1"));
    multiple.multiple = 8, batch[0] = text_of(0, 2);
    ZEST_CHECK(zest_pad(&multiple, batch, 1, &arena));
    ZEST_CHECK_INT(batch[0].count, 8);
    zest_arena_finish(&arena);
}

ZEST_TEST(lengths_are_read_from_json)
{
    struct zest_error error = {0};
    struct zest_truncation truncation;
    struct zest_padding padding;
    json_error_t json_error;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    json_t *json = json_loads(
        "{\"max_length\": 128, \"strategy\": \"OnlyFirst\", \"stride\": 2, \"direction\": \"Left\"}", 0, &json_error);
    ZEST_CHECK_OK(zest_truncation_read(json, &truncation, &error), &error);
    ZEST_CHECK(truncation.length_max == 128 && truncation.stride == 2 && truncation.left);
    ZEST_CHECK_INT(truncation.strategy, ZEST_ONLY_FIRST);
    ZEST_CHECK(zest_padding_read(json, &arena, &padding, &error) != ZEST_OK);
    json_decref(json);
    json = json_loads(
        "{\"strategy\": {\"Fixed\": 12}, \"direction\": \"Right\", \"pad_to_multiple_of\": null, \"pad_id\": 1,"
        " \"pad_type_id\": 0, \"pad_token\": \"[PAD]\"}",
        0, &json_error);
    ZEST_CHECK_OK(zest_padding_read(json, &arena, &padding, &error), &error);
    ZEST_CHECK(padding.fixed == 12 && padding.id == 1 && !padding.left && padding.multiple == 0);
    ZEST_CHECK(zest_truncation_read(json, &truncation, &error) != ZEST_OK);
    ZEST_CHECK(strstr(error.message, "max_length is missing") != NULL);
    json_decref(json);
    zest_arena_finish(&arena);
}
