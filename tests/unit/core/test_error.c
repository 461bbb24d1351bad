/* SPDX-License-Identifier: Apache-2.0 */
/* test_error.c - errors, their table, buffers and ticks. */
#include "zest_test.h"

ZEST_TEST(every_code_has_a_name_that_leads_back)
{
#define CHECK_ROW(code, number, name, http)                                          \
    ZEST_CHECK_INT(zest_status_of_name(zest_text_of(zest_status_name(code))), code); \
    ZEST_CHECK(zest_status_http(code) >= 200 && zest_status_http(code) < 600);
    ZEST_STATUS_LIST(CHECK_ROW)
#undef CHECK_ROW
    ZEST_CHECK_TEXT(zest_text_of(zest_status_name((enum zest_status)999)), ZEST_TEXT("internal"));
}

ZEST_TEST(a_cut_sentence_ends_at_a_character)
{
    struct zest_error error;
    char text[1024];
    for (size_t pad = 0; pad < 4; pad++) {
        memset(text, 'x', pad);
        for (size_t i = 0; i < 300; i++)
            memcpy(text + pad + 3 * i, "\xE2\x82\xAC", 4);
        ZEST_CHECK_INT(zest_fail_param(&error, ZEST_OUT_OF_RANGE, "field", "%s", text), ZEST_OUT_OF_RANGE);
        ZEST_CHECK(zest_utf8_valid(zest_text_of(error.message), NULL));
        ZEST_CHECK(strlen(error.message) > 500);
    }
    ZEST_CHECK_TEXT(zest_text_of(error.param), ZEST_TEXT("field"));
    ZEST_CHECK_INT(zest_fail(NULL, ZEST_IO, "nobody listens"), ZEST_IO);
}

ZEST_TEST(a_buffer_stops_at_its_limit_and_says_so)
{
    struct zest_buffer buffer;
    zest_buffer_init(&buffer, 1000);
    for (int i = 0; i < 100; i++)
        zest_buffer_printf(&buffer, "%08d;", i);
    ZEST_CHECK(!buffer.failed && buffer.size == 900);
    zest_buffer_append(&buffer, "0123456789", 10);
    for (int i = 0; i < 20; i++)
        zest_buffer_append(&buffer, "0123456789", 10);
    ZEST_CHECK(buffer.failed && buffer.size <= 1000);
    zest_buffer_finish(&buffer);
}

ZEST_TEST(ticks_are_seconds)
{
    uint64_t start_ns = zest_now_ns(), start = zest_ticks();
    while (zest_now_ns() - start_ns < 20000000)
        ;
    double seconds = zest_ticks_seconds(zest_ticks() - start), clock = (double)(zest_now_ns() - start_ns) * 1e-9;
    ZEST_CHECK(seconds > 0.5 * clock && seconds < 1.5 * clock);
}
