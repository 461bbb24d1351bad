/* SPDX-License-Identifier: Apache-2.0 */
/* test_component_json.c - every kind of field is read, and a wrong one is named with its value; the first one counts.
 */
#include "zest_test.h"

#include "component_json.h"

static struct zest_arena arena;
static struct zest_error error;

static struct zest_component_reader reader_of(const char *text)
{
    json_error_t failure;
    json_t *json = json_loads(text, 0, &failure);
    ZEST_CHECK(json != NULL);
    error = (struct zest_error){0};
    return (struct zest_component_reader){json, "test", &error, ZEST_OK};
}

static void check_failed(struct zest_component_reader *reader, enum zest_status status, const char *message)
{
    ZEST_CHECK_INT(reader->status, status);
    ZEST_CHECK_TEXT(zest_text_of(error.message), zest_text_of(message));
    json_decref((json_t *)reader->json);
}

ZEST_TEST(fields_are_read)
{
    static const char *const names[] = {"left", "right"}, *const fields[] = {"a", "b", "c", "d", "e", "f"};
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_component_reader r =
        reader_of("{\"type\": \"x\", \"a\": 7, \"b\": true, \"c\": \"right\", \"d\": \"é\", "
                  "\"e\": null, \"f\": {\"Regex\": \".\"}}");
    bool is_regex;
    zest_component_closed(&r, fields, ZEST_COUNT(fields));
    ZEST_CHECK_INT(zest_component_size(&r, "a", SIZE_MAX), 7);
    ZEST_CHECK_INT(zest_component_size(&r, "e", 3), 3);
    ZEST_CHECK_INT(zest_component_within(&r, "a", 7, 7), 7);
    ZEST_CHECK(zest_component_bool(&r, "b", -1) && zest_component_bool(&r, "none", 1));
    ZEST_CHECK_INT(zest_component_choice(&r, "c", names, ZEST_COUNT(names), -1), 1);
    ZEST_CHECK_INT(zest_component_choice(&r, "none", names, ZEST_COUNT(names), 0), 0);
    ZEST_CHECK_TEXT(zest_component_character(&r, "d", &arena), ZEST_TEXT("é"));
    ZEST_CHECK_TEXT(zest_component_text(&r, "c", NULL), ZEST_TEXT("right"));
    ZEST_CHECK_TEXT(zest_component_pattern(&r, "f", &arena, &is_regex), ZEST_TEXT("."));
    ZEST_CHECK(is_regex && zest_component_has(&r, "a") && !zest_component_has(&r, "e"));
    ZEST_CHECK_INT(r.status, ZEST_OK);
    json_decref((json_t *)r.json);
    zest_arena_finish(&arena);
}

ZEST_TEST(what_is_wrong_is_named)
{
    static const char *const names[] = {"left", "right"};
    bool is_regex;
    struct zest_component_reader r = reader_of("{}");
    zest_component_bool(&r, "a", -1);
    zest_component_size(&r, "b", SIZE_MAX); /* the first failure is kept */
    check_failed(&r, ZEST_MISSING_FIELD, "test: a is missing; true or false is wanted");
    ZEST_CHECK_TEXT(zest_text_of(error.param), ZEST_TEXT("a"));
    r = reader_of("{\"a\": -1}"), zest_component_size(&r, "a", 0);
    check_failed(&r, ZEST_OUT_OF_RANGE, "test: a is -1; a whole number from 0 is wanted");
    r = reader_of("{\"a\": 9}"), zest_component_within(&r, "a", 1, 8);
    check_failed(&r, ZEST_OUT_OF_RANGE, "test: a is 9; a whole number from 1 to 8 is wanted");
    r = reader_of("{\"a\": 1.5}"), zest_component_within(&r, "a", 1, 8);
    check_failed(&r, ZEST_WRONG_TYPE, "test: a is 1.5; a whole number from 1 to 8 is wanted");
    r = reader_of("{\"a\": null}"), zest_component_bool(&r, "a", 1);
    check_failed(&r, ZEST_WRONG_TYPE, "test: a is null; true or false is wanted");
    r = reader_of("{\"a\": \"up\"}"), zest_component_choice(&r, "a", names, ZEST_COUNT(names), 0);
    check_failed(&r, ZEST_UNSUPPORTED, "test: a is \"up\"; \"left\" or \"right\" is wanted");
    r = reader_of("{\"a\": \"ab\"}"), zest_component_character(&r, "a", NULL);
    check_failed(&r, ZEST_INVALID_ARGUMENT, "test: a is \"ab\"; one character is wanted");
    r = reader_of("{\"a\": {\"Glob\": 1}}"), zest_component_pattern(&r, "a", NULL, &is_regex);
    check_failed(&r, ZEST_WRONG_TYPE, "test: a is {\"Glob\":1}; {\"String\": …} or {\"Regex\": …} is wanted");
    r = reader_of("{\"type\": 1, \"a\": 1}"), zest_component_closed(&r, NULL, 0);
    check_failed(&r, ZEST_UNKNOWN_FIELD, "test: a is 1; there is no such field");
    r = reader_of("[]"), zest_component_closed(&r, NULL, 0);
    check_failed(&r, ZEST_WRONG_TYPE, "test is no object");
}

/* A long value is cut between characters: 80 bytes are a quote and 79 bytes of two each. */
ZEST_TEST(long_values_are_cut_to_whole_characters)
{
    char text[300] = "{\"a\": \"";
    for (int i = 0; i < 100; i++)
        strcat(text, "é");
    struct zest_component_reader r = reader_of(strcat(text, "\"}"));
    zest_component_bool(&r, "a", -1);
    ZEST_CHECK(zest_utf8_valid(zest_text_of(error.message), NULL));
    ZEST_CHECK_INT(strlen(error.message), strlen("test: a is ; true or false is wanted") + 1 + 78);
    json_decref((json_t *)r.json);
}
