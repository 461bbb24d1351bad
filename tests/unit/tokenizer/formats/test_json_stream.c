/* SPDX-License-Identifier: Apache-2.0 */
/* test_json_stream.c - what is JSON and what is not, texts and numbers to the last bit, places of errors. */
#include "zest_test.h"

#include "json_stream.h"

struct opened {
    struct zest_arena arena;
    struct zest_error error;
    struct zest_json_stream json;
    char *copy; /* without anything behind it, so that a sanitizer sees a read too far */
};

static void start(struct opened *opened, struct zest_text document)
{
    memset(opened, 0, sizeof *opened);
    zest_arena_init(&opened->arena, ZEST_ARENA_UNLIMITED);
    opened->copy = malloc(document.size > 0 ? document.size : 1);
    memcpy(opened->copy, document.data, document.size);
    zest_stream_init(&opened->json, "x.json", (struct zest_text){opened->copy, document.size}, &opened->arena,
                          &opened->error);
}

static void end(struct opened *opened)
{
    zest_arena_finish(&opened->arena);
    free(opened->copy);
}

/* Whether the whole text is one value; the error otherwise. */
static bool accepts(struct zest_text document, char *ret_message, size_t size)
{
    struct opened opened;
    start(&opened, document);
    bool good = zest_stream_skip(&opened.json, NULL) && zest_stream_finish(&opened.json);
    ZEST_CHECK(good == (opened.json.status == ZEST_OK));
    snprintf(ret_message, size, "%s", opened.error.message);
    end(&opened);
    return good;
}

ZEST_TEST(json_is_accepted)
{
    static const char *const good[] = {
        "{}",
        "[]",
        " [ ] ",
        "\t\r\n{ } \n",
        "null",
        "true",
        "false",
        "\"\"",
        "0",
        "-0",
        "1",
        "-1.5e+10",
        "1E2",
        "0.0",
        "[1,2]",
        "{\"a\":1,\"a\":2}",
        "{\"\":[]}",
        "[[[{}]]]",
        "\"\\u0000\"",
        "\"\\uD83D\\ude00\"",
        "\"\\/\\b\\f\\n\\r\\t\\\"\\\\\"",
        "\"\x7F\"",
        "\"\xC3\xA9\xE4\xB8\xAD\xF0\x9F\x98\x80\"",
        "12345678901234567890123",
        "1e-999999",
        "[\"a long text of 32 bytes, plainly\"]",
    };
    char message[512];
    for (size_t i = 0; i < ZEST_COUNT(good); i++)
        if (!accepts(zest_text_of(good[i]), message, sizeof message))
            ZEST_FAILED("%s: %s", good[i], message);
}

ZEST_TEST(what_is_no_json_is_refused)
{
    static const char *const bad[] = {
        "",
        " ",
        "{",
        "[",
        "}",
        "]",
        "{]",
        "[}",
        "nul",
        "nulL",
        "truefalse",
        "tru",
        "True",
        "NaN",
        "Infinity",
        "-Infinity",
        "'a'",
        "\"",
        "\"a",
        "\"\\",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u\"",
        "\"\\u12\"",
        "\"\\u12G4\"",
        "\"\\uD800\"",
        "\"\\uDC00\"",
        "\"\\uD800\\n\"",
        "\"\\uD800\\uD800\"",
        "\"\\uD800\\u00",
        "\"\\uD800x\"",
        "\"a\nb\"",
        "\"\x01\"",
        "\"tab\tin it\"",
        "\"abcdefgh\x1F ijk\"",
        "01",
        "-",
        "+1",
        "-01",
        "1.",
        ".5",
        "1.e5",
        "1e",
        "1e+",
        "1e400",
        "-1e400",
        "0x10",
        "1_0",
        "--1",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[,]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{\"a\" 1}",
        "{1:2}",
        "{a:1}",
        "{\"a\":1 \"b\":2}",
        "1 2",
        "{} x",
        "[] []",
        "/* */ 1",
        "// a\n1",
        "\xEF\xBB\xBF{}",
        "\"\xC3\"",
        "\"\x80\"",
        "\"\xC0\xAF\"",
        "\"\xED\xA0\x80\"",
        "\"\xF4\x90\x80\x80\"",
        "\"\xFF\"",
        "\"plain text and then \xE4\xB8\"",
        "\"\\n\xFF\"",
        "\xC3\xA9",
        "\f1",
        "\v1",
        "\xC2\xA0\x31",
        "\"\\u0041\x01\"",
        "\"\\n",
        "\"\\u00e9\xC3\"",
    };
    char message[512];
    for (size_t i = 0; i < ZEST_COUNT(bad); i++) {
        if (accepts(zest_text_of(bad[i]), message, sizeof message))
            ZEST_FAILED("case %zu (%s) is accepted", i, bad[i]);
        ZEST_CHECK(strncmp(message, "x.json: line ", 13) == 0);
    }
    ZEST_CHECK(!accepts((struct zest_text){"1\0", 2}, message, sizeof message));
    ZEST_CHECK(!accepts((struct zest_text){"\"a\0b\"", 5}, message, sizeof message));
}

ZEST_TEST(every_cut_of_a_document_is_refused)
{
    static const char whole[] = "{\"a\": [1.5e3, -2, {\"b\": \"\\u00e9\\ud83d\\ude00 \xC3\xA9 and more text\"}], "
                                "\"c\": null, \"d\": [true, false]}";
    char message[512];
    ZEST_CHECK(accepts(ZEST_TEXT(whole), message, sizeof message));
    for (size_t size = 0; size < sizeof whole - 1; size++)
        if (accepts((struct zest_text){whole, size}, message, sizeof message))
            ZEST_FAILED("the first %zu bytes are accepted", size);
}

ZEST_TEST(depth_is_limited)
{
    char text[2 * (ZEST_JSON_DEPTH_MAX + 1)], message[512];
    for (int levels = ZEST_JSON_DEPTH_MAX; levels <= ZEST_JSON_DEPTH_MAX + 1; levels++) {
        memset(text, '[', (size_t)levels);
        memset(text + levels, ']', (size_t)levels);
        ZEST_CHECK(accepts((struct zest_text){text, (size_t)levels * 2}, message, sizeof message) ==
                   (levels == ZEST_JSON_DEPTH_MAX));
    }
    ZEST_CHECK(strstr(message, "more than 127 levels") != NULL);
}

static void check_place(const char *document, const char *message)
{
    char got[512];
    ZEST_CHECK(!accepts(zest_text_of(document), got, sizeof got));
    ZEST_CHECK_TEXT(zest_text_of(got), zest_text_of(message));
}

ZEST_TEST(errors_give_line_and_column)
{
    check_place("{\"a\" 1}", "x.json: line 1, column 6: ':' is wanted here, not '1'");
    check_place("[1,\n 2,\n  x]", "x.json: line 3, column 3: a value is wanted here, not 'x'");
    check_place("[\"\xC3\xA9\xFF\"]", "x.json: line 1, column 5: the byte 0xFF here is not UTF-8");
    check_place("[\n\"ab\\q\"]", "x.json: line 2, column 4: this escape stands for no character");
    check_place("[\"a\tb\"]", "x.json: line 1, column 4: the control character 0x09 in a string");
    check_place("[1", "x.json: line 1, column 3: ',' or ']' is wanted here, and the file ends");
    check_place("[\x01]", "x.json: line 1, column 2: a value is wanted here, not the byte 0x01");
}

static void check_string(const char *document, struct zest_text wanted, bool borrowed)
{
    struct opened opened;
    struct zest_text text = {0};
    start(&opened, zest_text_of(document));
    ZEST_CHECK(zest_stream_string(&opened.json, &text) && zest_stream_finish(&opened.json));
    ZEST_CHECK_TEXT(text, wanted);
    ZEST_CHECK((text.data == opened.copy + 1) == borrowed);
    end(&opened);
}

ZEST_TEST(strings_are_borrowed_or_unescaped)
{
    check_string("\"\"", ZEST_TEXT(""), true);
    check_string("\"a\xC3\xA9 text of more than eight bytes\"", ZEST_TEXT("a\xC3\xA9 text of more than eight bytes"),
                 true);
    check_string("\"\\u0120hello\\\\\"", ZEST_TEXT("\xC4\xA0hello\\"), false);
    check_string("\"\\ud83d\\ude00\\u4e2d\\u0000\\u007f\\u07FF\\u0800\\uFFFF\"",
                 ZEST_TEXT("\xF0\x9F\x98\x80\xE4\xB8\xAD\0\x7F\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF"), false);
    check_string("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", ZEST_TEXT("\"\\/\b\f\n\r\t"), false);
    check_string("\"0123456789\\n0123456789\\\"0123456789\"", ZEST_TEXT("0123456789\n0123456789\"0123456789"), false);
}

static void check_number(const char *document, double wanted)
{
    struct opened opened;
    double value = 0;
    start(&opened, zest_text_of(document));
    ZEST_CHECK(zest_stream_f64(&opened.json, &value) && zest_stream_finish(&opened.json));
    if (memcmp(&value, &wanted, sizeof value) != 0)
        ZEST_FAILED("%s is %.17g, not %.17g", document, value, wanted);
    end(&opened);
}

ZEST_TEST(numbers_are_the_reference_s)
{
    check_number("0", 0.0);
    check_number("-0", -0.0);
    check_number("-0.0", -0.0);
    check_number("-13.278682708740234", -13.278682708740234);
    check_number("1e-320", 1e-320);
    check_number("123456789012345678901234567890", 1.2345678901234568e+29);
    check_number("18446744073709551615", 18446744073709551615.0);
    check_number("18446744073709551616", 18446744073709551616.0);
    check_number("0.1e-5", 1e-6);
    check_number("1.7976931348623157e308", 1.7976931348623157e308);
    check_number("0e99999999999", 0.0);
    check_number("1e-99999999999", 0.0);
    /* Digits past 64 bits are dropped: 24 ones here are 20, then 4 powers of ten. */
    check_number("0.111111111111111111111111", 11111111111111111111.0 / 1e20);
    /* One rounding for the digits, one for the power: not the nearest double (…59.5), but what the reference has. */
    check_number("9007199254740993e22", 9007199254740993.0 * 1e22);
}

ZEST_TEST(integers_have_limits)
{
    static const char *const bad[] = {"-1",   "-0",    "1.0", "1e2", "4294967296", "99999999999999999999",
                                      "true", "\"1\"", ""};
    struct opened opened;
    uint32_t value = 0;
    start(&opened, ZEST_TEXT("4294967295"));
    ZEST_CHECK(zest_stream_u32(&opened.json, &value));
    ZEST_CHECK_INT(value, UINT32_MAX);
    end(&opened);
    for (size_t i = 0; i < ZEST_COUNT(bad); i++) {
        start(&opened, zest_text_of(bad[i]));
        ZEST_CHECK(!zest_stream_u32(&opened.json, &value));
        ZEST_CHECK_INT(opened.json.status, ZEST_MODEL_DAMAGED);
        end(&opened);
    }
}

ZEST_TEST(a_tree_is_made_of_small_values)
{
    struct opened opened;
    json_t *value = NULL;
    start(&opened, ZEST_TEXT("[{\"a\": [1, \"\\u0000\"]}, {\"b\": 1, \"b\": 2}]"));
    bool first = true;
    ZEST_CHECK(zest_stream_next_item(&opened.json, &first));
    ZEST_CHECK(zest_stream_value(&opened.json, &value));
    ZEST_CHECK_INT(json_string_length(json_array_get(json_object_get(value, "a"), 1)), 1);
    json_decref(value);
    ZEST_CHECK(zest_stream_next_item(&opened.json, &first));
    ZEST_CHECK(!zest_stream_value(&opened.json, &value));
    ZEST_CHECK(strstr(opened.error.message, "duplicate") != NULL);
    ZEST_CHECK(!zest_stream_next_item(&opened.json, &first));
    ZEST_CHECK(!zest_stream_finish(&opened.json));
    end(&opened);
}
