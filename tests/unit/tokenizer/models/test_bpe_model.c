/* SPDX-License-Identifier: Apache-2.0 */
/* test_bpe_model.c - the token model "BPE": symbols, unknown characters, marks, fields. Expected tokens and spans are
 * the reference's (tokenizers 0.23.3, models.BPE(...).tokenize). */
#include "zest_test.h"

#include "model_fixture.h"

#define MODEL(fields) "{\"type\": \"BPE\"" fields "}"

static const char *const plain_tokens[] = {"a", "b", "c", "ab", "bc", "abc", NULL};
static const char *const unknown_tokens[] = {"a",     "b",      "c",      "ab",     "bc", "abc",
                                             "<unk>", "<0xC3>", "<0xA9>", "<0x78>", NULL};
static const char *const plain_merges[] = {"b c", "a b", "a bc", NULL};

static void check(struct model_fixture *fixture, const char *piece, const char *tokens)
{
    ZEST_CHECK_TEXT(fixture_run(fixture, piece), zest_text_of(tokens));
}

static void open_model(struct model_fixture *fixture, const char *json, const char *const *tokens,
                       const char *const *merges, size_t prefix_size)
{
    fixture_define(fixture, json, tokens, NULL, merges, prefix_size);
    ZEST_CHECK_OK(fixture_open(fixture), &fixture->error);
}

ZEST_TEST(characters_that_are_no_token_are_dropped)
{
    struct model_fixture fixture = {0};
    open_model(&fixture, MODEL(""), plain_tokens, plain_merges, 0);
    check(&fixture, "abc", "5:0-3");
    check(&fixture, "abcab", "5:0-3 3:3-5");
    check(&fixture, "axb", "3:0-2"); /* the reference counts what is left */
    check(&fixture, "xyz", "");
    check(&fixture, "\xC3\xA9", "");
    fixture_finish(&fixture);
}

ZEST_TEST(unknown_characters_are_one_token_each_or_fused)
{
    struct model_fixture fixture = {0};
    const char *const merges[] = {"b c", NULL};
    open_model(&fixture, MODEL(", \"unk_token\": \"<unk>\""), unknown_tokens, merges, 0);
    check(&fixture, "axxb", "0:0-1 6:1-2 6:2-3 1:3-4");
    check(&fixture, "\xC3\xA9\xC3\xA9", "6:0-2 6:2-4");
    check(&fixture, "xbcx", "6:0-1 4:1-3 6:3-4");
    fixture_finish(&fixture);
    open_model(&fixture, MODEL(", \"unk_token\": \"<unk>\", \"fuse_unk\": true"), unknown_tokens, merges, 0);
    check(&fixture, "axxb", "0:0-1 6:1-3 1:3-4");
    check(&fixture, "\xC3\xA9\xC3\xA9", "6:0-4");
    check(&fixture, "xbcx", "6:0-1 4:1-3 6:3-4");
    fixture_finish(&fixture);
}

ZEST_TEST(byte_tokens_come_before_a_waiting_unknown)
{
    struct model_fixture fixture = {0};
    const char *const merges[] = {"b c", NULL};
    open_model(&fixture, MODEL(", \"unk_token\": \"<unk>\", \"fuse_unk\": true, \"byte_fallback\": true"),
               unknown_tokens, merges, 0);
    check(&fixture,
          "a\xC3\xA9"
          "b",
          "0:0-1 7:1-2 8:2-3 1:3-4");
    check(&fixture, "漢\xC3\xA9漢a", "7:0-1 8:1-2 6:2-8 0:8-9");
    check(&fixture, "漢x", "9:0-1 6:1-4");
    fixture_finish(&fixture);
}

ZEST_TEST(marks_stand_before_and_behind)
{
    struct model_fixture fixture = {0};
    const char *const tokens[] = {"a", "##b", "##a", "##b</w>", "a</w>", "##ab</w>", "aab</w>", "##a</w>", "a##", NULL};
    const char *const merges[] = {"##a ##b</w>", "a ##ab</w>", NULL};
    open_model(&fixture, MODEL(", \"continuing_subword_prefix\": \"##\", \"end_of_word_suffix\": \"</w>\""), tokens,
               merges, 2);
    check(&fixture, "aab", "6:0-3");
    check(&fixture, "a", "4:0-1");
    check(&fixture, "aaab", "0:0-1 2:1-2 5:2-4");
    check(&fixture, "ba", "7:0-1");
    fixture_finish(&fixture);
}

ZEST_TEST(ignore_merges_takes_whole_pieces)
{
    struct model_fixture fixture = {0};
    const char *const tokens[] = {"a", "b", "c", "abc", NULL};
    open_model(&fixture, MODEL(", \"ignore_merges\": true"), tokens, NULL, 0);
    check(&fixture, "abc", "3:0-3");
    check(&fixture, "abca", "0:0-1 1:1-2 2:2-3 0:3-4");
    fixture_finish(&fixture);
}

ZEST_TEST(an_unknown_token_outside_the_vocabulary_fails_when_it_is_needed)
{
    struct model_fixture fixture = {0};
    open_model(&fixture, MODEL(", \"unk_token\": \"<none>\""), plain_tokens, plain_merges, 0);
    check(&fixture, "abc", "5:0-3");
    check(&fixture, "abx", "model_damaged");
    fixture_finish(&fixture);
}

ZEST_TEST(long_pieces)
{
    struct model_fixture fixture = {0};
    open_model(&fixture, MODEL(""), plain_tokens, plain_merges, 0);
    size_t size = 3 << 20;
    unsigned char *piece = malloc(size);
    for (size_t i = 0; i < size; i++)
        piece[i] = "abc"[i % 3];
    zest_token_model_run(fixture.model, fixture.scratch, piece, size, &fixture.tokens);
    ZEST_CHECK_INT(fixture.tokens.status, ZEST_OK);
    ZEST_CHECK_INT(fixture.tokens.count, size / 3);
    for (size_t i = 0; i < fixture.tokens.count; i++)
        if (fixture.tokens.list[i].id != 5 || fixture.tokens.list[i].span.start != 3 * i)
            ZEST_FAILED("token %zu is %u", i, fixture.tokens.list[i].id);
    free(piece);
    fixture_finish(&fixture);
}

static void check_refused(const char *json, enum zest_status status, const char *param)
{
    struct model_fixture fixture = {0};
    fixture_define(&fixture, json, plain_tokens, NULL, plain_merges, 0);
    ZEST_CHECK_INT(fixture_open(&fixture), status);
    ZEST_CHECK_TEXT(zest_text_of(fixture.error.param), zest_text_of(param));
    ZEST_CHECK(strstr(fixture.error.message, param) != NULL);
    fixture_finish(&fixture);
}

ZEST_TEST(fields_are_checked)
{
    struct model_fixture fixture = {0};
    check_refused(MODEL(", \"colour\": 1"), ZEST_UNKNOWN_FIELD, "colour");
    check_refused(MODEL(", \"dropout\": 0.1"), ZEST_UNSUPPORTED, "dropout");
    check_refused(MODEL(", \"dropout\": \"no\""), ZEST_WRONG_TYPE, "dropout");
    check_refused(MODEL(", \"fuse_unk\": 1"), ZEST_WRONG_TYPE, "fuse_unk");
    check_refused(MODEL(", \"unk_token\": 7"), ZEST_WRONG_TYPE, "unk_token");
    check_refused("{\"type\": \"Oracle\"}", ZEST_UNSUPPORTED, "type");
    check_refused("{\"type\": 1}", ZEST_WRONG_TYPE, "type");
    open_model(&fixture,
               "{\"dropout\": 0.0, \"unk_token\": null, \"continuing_subword_prefix\": null, \"end_of_word_suffix\": "
               "\"\", \"fuse_unk\": null, \"byte_fallback\": false, \"ignore_merges\": false}",
               plain_tokens, plain_merges, 0);
    check(&fixture, "abc", "5:0-3");
    fixture_finish(&fixture);
}

ZEST_TEST(merges_outside_the_vocabulary_are_refused)
{
    struct model_fixture fixture = {0};
    fixture_define(&fixture, MODEL(""), plain_tokens, NULL, plain_merges, 0);
    fixture.definition.merges[1].right = 6;
    ZEST_CHECK_INT(fixture_open(&fixture), ZEST_MODEL_DAMAGED);
    ZEST_CHECK(strstr(fixture.error.message, "merge 1") != NULL);
    fixture_finish(&fixture);
}
