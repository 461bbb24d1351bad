/* SPDX-License-Identifier: Apache-2.0 */
/* test_word_piece.c - the token model "WordPiece". Expected tokens and spans are the reference's (tokenizers 0.23.3).
 */
#include "zest_test.h"

#include "model_fixture.h"

#define MODEL(prefix)                                                                       \
    "{\"type\": \"WordPiece\", \"unk_token\": \"[UNK]\", \"max_input_chars_per_word\": 6, " \
    "\"continuing_subword_prefix\": \"" prefix "\"}"

static const char *const tokens[] = {"[UNK]", "a", "ab", "##b", "##bc", "abcd", "##é", "##", NULL};

static void check(struct model_fixture *fixture, const char *piece, const char *wanted)
{
    ZEST_CHECK_TEXT(fixture_run(fixture, piece), zest_text_of(wanted));
}

ZEST_TEST(the_longest_token_goes_first)
{
    struct model_fixture fixture = {0};
    fixture_define(&fixture, MODEL("##"), tokens, NULL, NULL, 0);
    ZEST_CHECK_OK(fixture_open(&fixture), &fixture.error);
    check(&fixture, "abb", "2:0-2 3:2-3");
    check(&fixture, "abcd", "5:0-4");
    check(&fixture, "abé", "2:0-2 6:2-4");
    check(&fixture, "aéé", "1:0-1 6:1-3 6:3-5");
    check(&fixture, "abc", "0:0-3"); /* "ab" is longest, and nothing goes on with "c" */
    check(&fixture, "b", "0:0-1");
    check(&fixture, "abx", "0:0-3");
    check(&fixture, "a##", "0:0-3");
    fixture_finish(&fixture);
}

ZEST_TEST(long_words_are_unknown_by_characters)
{
    struct model_fixture fixture = {0};
    fixture_define(&fixture, MODEL("##"), tokens, NULL, NULL, 0);
    ZEST_CHECK_OK(fixture_open(&fixture), &fixture.error);
    check(&fixture, "aééééé", "1:0-1 6:1-3 6:3-5 6:5-7 6:7-9 6:9-11");
    check(&fixture, "aéééééé", "0:0-13");
    fixture_finish(&fixture);
}

ZEST_TEST(an_empty_prefix_and_one_that_no_token_has)
{
    struct model_fixture fixture = {0};
    fixture_define(&fixture, MODEL(""), tokens, NULL, NULL, 0);
    ZEST_CHECK_OK(fixture_open(&fixture), &fixture.error);
    check(&fixture, "aab##", "1:0-1 2:1-3 7:3-5");
    fixture_finish(&fixture);
    fixture_define(&fixture, MODEL("@@"), tokens, NULL, NULL, 0);
    ZEST_CHECK_OK(fixture_open(&fixture), &fixture.error);
    check(&fixture, "ab", "2:0-2");
    check(&fixture, "aab", "0:0-3");
    fixture_finish(&fixture);
}

ZEST_TEST(an_unknown_token_outside_the_vocabulary_fails_when_it_is_needed)
{
    struct model_fixture fixture = {0};
    const char *const few[] = {"a", "##b", NULL};
    fixture_define(&fixture, MODEL("##"), few, NULL, NULL, 0);
    ZEST_CHECK_OK(fixture_open(&fixture), &fixture.error);
    check(&fixture, "ab", "0:0-1 1:1-2");
    check(&fixture, "ac", "model_damaged");
    fixture_finish(&fixture);
}

static void check_refused(const char *json, enum zest_status status, const char *param)
{
    struct model_fixture fixture = {0};
    fixture_define(&fixture, json, tokens, NULL, NULL, 0);
    ZEST_CHECK_INT(fixture_open(&fixture), status);
    ZEST_CHECK_TEXT(zest_text_of(fixture.error.param), zest_text_of(param));
    fixture_finish(&fixture);
}

ZEST_TEST(fields_are_checked)
{
    check_refused("{\"type\": \"WordPiece\", \"unk_token\": \"[UNK]\", \"max_input_chars_per_word\": 6}",
                  ZEST_MISSING_FIELD, "continuing_subword_prefix");
    check_refused("{\"type\": \"WordPiece\", \"unk_token\": \"[UNK]\", \"max_input_chars_per_word\": -1, "
                  "\"continuing_subword_prefix\": \"##\"}",
                  ZEST_OUT_OF_RANGE, "max_input_chars_per_word");
    check_refused("{\"type\": \"WordPiece\", \"unk_token\": 1, \"max_input_chars_per_word\": 1, "
                  "\"continuing_subword_prefix\": \"##\"}",
                  ZEST_WRONG_TYPE, "unk_token");
    check_refused("{\"type\": \"WordPiece\", \"unk_token\": \"a\", \"max_input_chars_per_word\": 1, "
                  "\"continuing_subword_prefix\": \"##\", \"size\": 1}",
                  ZEST_UNKNOWN_FIELD, "size");
}
