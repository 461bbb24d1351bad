/* SPDX-License-Identifier: Apache-2.0 */
/* test_unigram.c - the token model "Unigram". Expected tokens and spans are the reference's (tokenizers 0.23.3). */
#include "zest_test.h"

#include "model_fixture.h"

#define MODEL(fields) "{\"type\": \"Unigram\"" fields "}"

static void check(struct model_fixture *fixture, const char *piece, const char *wanted)
{
    ZEST_CHECK_TEXT(fixture_run(fixture, piece), zest_text_of(wanted));
}

static void open_model(struct model_fixture *fixture, const char *json, const char *const *tokens, const double *scores)
{
    fixture_define(fixture, json, tokens, scores, NULL, 0);
    ZEST_CHECK_OK(fixture_open(fixture), &fixture->error);
}

static const char *const tokens[] = {"<unk>", "a", "b", "c", "d", "cd", "ab", "abc", "abcd", NULL};
static const double scores[] = {0, 0, 0, 0, 0, 1, 2, 5, 10};

ZEST_TEST(the_highest_sum_wins)
{
    struct model_fixture fixture = {0};
    open_model(&fixture, MODEL(", \"unk_id\": 0, \"byte_fallback\": false"), tokens, scores);
    check(&fixture, "abcdacdxx", "8:0-4 1:4-5 5:5-7 0:7-9");
    check(&fixture, "xxa", "0:0-2 1:2-3");
    check(&fixture, "axé漢b", "1:0-1 0:1-7 2:7-8");
    check(&fixture, "abab", "6:0-2 6:2-4");
    check(&fixture, "<unk>x", "0:0-6"); /* the unknown token's own text is fused too */
    fixture_finish(&fixture);
}

ZEST_TEST(of_equal_sums_the_first_found_wins)
{
    struct model_fixture fixture = {0};
    const char *const equal[] = {"<unk>", "a", "aa", "aaa", "xx", NULL};
    const double sums[] = {-9, -1, -2, -3, -1};
    open_model(&fixture, MODEL(", \"unk_id\": 0"), equal, sums);
    check(&fixture, "aaaa", "1:0-1 3:1-4");
    check(&fixture, "aaaaa", "2:0-2 3:2-5");
    check(&fixture, "axxa", "1:0-1 4:1-3 1:3-4");
    check(&fixture, "xxx", "0:0-1 4:1-3");
    fixture_finish(&fixture);
}

ZEST_TEST(byte_tokens_span_what_was_unknown)
{
    struct model_fixture fixture = {0};
    const char *const bytes[] = {"<unk>", "a", "<0xC3>", "<0xA9>", "<0xE6>", "<0xBC>", "<0xA2>", NULL};
    const double low[] = {-9, -1, -20, -20, -20, -20, -20};
    open_model(&fixture, MODEL(", \"unk_id\": 0, \"byte_fallback\": true"), bytes, low);
    check(&fixture, "aéa", "1:0-1 2:1-3 3:1-3 1:3-4");
    check(&fixture, "a漢é", "1:0-1 4:1-6 5:1-6 6:1-6 2:1-6 3:1-6");
    check(&fixture, "ax", "1:0-1 0:1-2");
    check(&fixture, "éx", "0:0-3");
    fixture_finish(&fixture);
}

ZEST_TEST(a_missing_unknown_token_fails_when_it_is_needed)
{
    struct model_fixture fixture = {0};
    const char *const one[] = {"a", NULL};
    const double score[] = {-1};
    open_model(&fixture, MODEL(", \"unk_id\": null"), one, score);
    check(&fixture, "aa", "0:0-1 0:1-2");
    check(&fixture, "ab", "model_damaged");
    fixture_finish(&fixture);
}

ZEST_TEST(long_pieces)
{
    struct model_fixture fixture = {0};
    open_model(&fixture, MODEL(", \"unk_id\": 0"), tokens, scores);
    size_t size = 1 << 20;
    unsigned char *piece = malloc(size);
    memset(piece, 'x', size);
    zest_token_model_run(fixture.model, fixture.scratch, piece, size, &fixture.tokens);
    ZEST_CHECK_INT(fixture.tokens.count, 1);
    ZEST_CHECK_INT(fixture.tokens.list[0].span.end, size);
    memset(piece, 'a', size);
    fixture.tokens.count = 0;
    zest_token_model_run(fixture.model, fixture.scratch, piece, size, &fixture.tokens);
    ZEST_CHECK_INT(fixture.tokens.count, size);
    free(piece);
    fixture_finish(&fixture);
}

ZEST_TEST(fields_are_checked)
{
    const struct {
        const char *json;
        enum zest_status status;
    } cases[] = {
        {MODEL(", \"unk_id\": 9"), ZEST_OUT_OF_RANGE},      {MODEL(", \"unk_id\": -1"), ZEST_OUT_OF_RANGE},
        {MODEL(", \"unk_id\": \"0\""), ZEST_WRONG_TYPE},    {MODEL(", \"byte_fallback\": 1"), ZEST_WRONG_TYPE},
        {MODEL(", \"nbest_size\": 2"), ZEST_UNKNOWN_FIELD},
    };
    for (size_t i = 0; i < ZEST_COUNT(cases); i++) {
        struct model_fixture fixture = {0};
        fixture_define(&fixture, cases[i].json, tokens, scores, NULL, 0);
        ZEST_CHECK_INT(fixture_open(&fixture), cases[i].status);
        fixture_finish(&fixture);
    }
}
