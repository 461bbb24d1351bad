/* SPDX-License-Identifier: Apache-2.0 */
/* test_word_level.c - the token model "WordLevel". Expected tokens are the reference's (tokenizers 0.23.3). */
#include "zest_test.h"

#include "model_fixture.h"

#define MODEL "{\"type\": \"WordLevel\", \"unk_token\": \"<unk>\"}"

ZEST_TEST(words_are_tokens_or_unknown)
{
    struct model_fixture fixture = {0};
    const char *const tokens[] = {"a", "bé", "<unk>", "\1", "d", NULL};
    fixture_define(&fixture, MODEL, tokens, NULL, NULL, 0);
    ZEST_CHECK_OK(fixture_open(&fixture), &fixture.error);
    ZEST_CHECK_TEXT(fixture_run(&fixture, "a"), ZEST_TEXT("0:0-1"));
    ZEST_CHECK_TEXT(fixture_run(&fixture, "bé"), ZEST_TEXT("1:0-3"));
    ZEST_CHECK_TEXT(fixture_run(&fixture, "d"), ZEST_TEXT("4:0-1"));
    ZEST_CHECK_TEXT(fixture_run(&fixture, "ab"), ZEST_TEXT("2:0-2"));
    fixture_finish(&fixture);
}

ZEST_TEST(an_unknown_token_outside_the_vocabulary_fails_when_it_is_needed)
{
    struct model_fixture fixture = {0};
    const char *const tokens[] = {"a", NULL};
    fixture_define(&fixture, MODEL, tokens, NULL, NULL, 0);
    ZEST_CHECK_OK(fixture_open(&fixture), &fixture.error);
    ZEST_CHECK_TEXT(fixture_run(&fixture, "a"), ZEST_TEXT("0:0-1"));
    ZEST_CHECK_TEXT(fixture_run(&fixture, "c"), ZEST_TEXT("model_damaged"));
    fixture_finish(&fixture);
}

ZEST_TEST(fields_are_checked)
{
    struct model_fixture fixture = {0};
    const char *const tokens[] = {"a", NULL};
    fixture_define(&fixture, "{\"type\": \"WordLevel\"}", tokens, NULL, NULL, 0);
    ZEST_CHECK_INT(fixture_open(&fixture), ZEST_MISSING_FIELD);
    ZEST_CHECK_TEXT(zest_text_of(fixture.error.param), ZEST_TEXT("unk_token"));
    fixture_finish(&fixture);
    fixture_define(&fixture, "{\"unk_token\": \"a\", \"lower\": true}", tokens, NULL, NULL, 0);
    ZEST_CHECK_INT(fixture_open(&fixture), ZEST_UNKNOWN_FIELD);
    fixture_finish(&fixture);
}
