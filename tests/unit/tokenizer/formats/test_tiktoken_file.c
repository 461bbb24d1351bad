/* SPDX-License-Identifier: Apache-2.0 */
/* test_tiktoken_file.c - ranks become merges, names and counts tell encodings, lines that are none are refused. */
#include "definition_check.h"

#include "tiktoken_file.h"

/* a, b, ab, abc, c, space, byte 0xAD, c3 a9 */
static const char ranks[] = "YQ== 0\nYg== 1\nYWI= 2\nYWJj 3\nYw== 4\nIA== 5\nrQ== 6\nw6k= 7\n";

static enum zest_status read_text(const char *name, const char *text, struct zest_tokenizer_definition *got,
                                  struct zest_error *error)
{
    *got = (struct zest_tokenizer_definition){.ends = {.bos_id = -1, .eos_id = -1}};
    *error = (struct zest_error){0};
    zest_arena_init(&got->arena, ZEST_ARENA_UNLIMITED);
    return zest_tiktoken_read(name, zest_text_of(text), got, error);
}

ZEST_TEST(ranks_become_merges)
{
    struct zest_tokenizer_definition got;
    struct zest_error error;
    ZEST_CHECK_OK(read_text("cl100k_base.tiktoken", ranks, &got, &error), &error);
    ZEST_CHECK_INT(got.token_count, 8);
    ZEST_CHECK_TEXT(got.tokens[5], ZEST_TEXT("\xC4\xA0"));         /* U+0120 */
    ZEST_CHECK_TEXT(got.tokens[6], ZEST_TEXT("\xC5\x83"));         /* U+0143 */
    ZEST_CHECK_TEXT(got.tokens[7], ZEST_TEXT("\xC3\x83\xC2\xA9")); /* themselves */
    ZEST_CHECK_INT(got.merge_count, 2);
    ZEST_CHECK(got.merges[0].left == 0 && got.merges[0].right == 1 && got.merges[0].product == 2);
    ZEST_CHECK(got.merges[1].left == 2 && got.merges[1].right == 4 && got.merges[1].product == 3);
    ZEST_CHECK(json_is_true(json_object_get(json_object_get(got.components, "model"), "ignore_merges")));
    ZEST_CHECK_INT(got.added_count, 5);
    ZEST_CHECK_TEXT(find_added(&got, 100276)->content, ZEST_TEXT("<|endofprompt|>"));
    ZEST_CHECK_INT(got.ends.eos_id, 100257);
    ZEST_CHECK_INT(got.ends.bos_id, -1);
    zest_definition_finish(&got);
}

ZEST_TEST(encodings_have_their_special_tokens)
{
    struct zest_tokenizer_definition got;
    struct zest_error error;
    ZEST_CHECK_OK(read_text("llama3.tiktoken", ranks, &got, &error), &error);
    ZEST_CHECK_INT(got.added_count, 256);
    ZEST_CHECK_TEXT(find_added(&got, 128009)->content, ZEST_TEXT("<|eot_id|>"));
    ZEST_CHECK_TEXT(find_added(&got, 128011)->content, ZEST_TEXT("<|reserved_special_token_3|>"));
    ZEST_CHECK_TEXT(find_added(&got, 128255)->content, ZEST_TEXT("<|reserved_special_token_247|>"));
    ZEST_CHECK(got.ends.adds_bos && got.ends.bos_id == 128000 && got.ends.end_id_count == 3);
    zest_definition_finish(&got);
    ZEST_CHECK_OK(read_text("Qwen.tiktoken", ranks, &got, &error), &error);
    ZEST_CHECK_INT(got.added_count, 208);
    ZEST_CHECK_TEXT(find_added(&got, 151646)->content, ZEST_TEXT("<|extra_0|>"));
    ZEST_CHECK_TEXT(find_added(&got, 151850)->content, ZEST_TEXT("<|extra_204|>"));
    zest_definition_finish(&got);
    ZEST_CHECK_OK(read_text("o200k_base.tiktoken", ranks, &got, &error), &error);
    ZEST_CHECK_TEXT(find_added(&got, 200018)->content, ZEST_TEXT("<|endofprompt|>"));
    zest_definition_finish(&got);
}

static void check_refused(const char *name, const char *text, enum zest_status status, const char *part)
{
    struct zest_tokenizer_definition got;
    struct zest_error error;
    ZEST_CHECK_INT(read_text(name, text, &got, &error), status);
    if (!strstr(error.message, part))
        ZEST_FAILED("\"%s\" does not say \"%s\"", error.message, part);
    zest_definition_finish(&got);
}

ZEST_TEST(what_is_no_line_of_ranks_is_refused)
{
    check_refused("x", ranks, ZEST_UNSUPPORTED, "x has 8 ranks, which are those of no known encoding");
    check_refused("qwen", "YQ== 0\nYg==\n", ZEST_MODEL_DAMAGED, "line 2 is no token in base64 with a rank");
    check_refused("qwen", "YQ== 0\nYg== x\n", ZEST_MODEL_DAMAGED, "line 2");
    check_refused("qwen", "YQ== 0\nYg== \n", ZEST_MODEL_DAMAGED, "line 2");
    check_refused("qwen", "YQ== 0\nYg== 4194304\n", ZEST_MODEL_DAMAGED, "line 2");
    check_refused("qwen", "YQ== 0\nYg== 99999999999999999999\n", ZEST_MODEL_DAMAGED, "line 2");
    check_refused("qwen", "YQ== 0\nYg= 1\n", ZEST_MODEL_DAMAGED, "line 2 is not base64");
    check_refused("qwen", "YQ== 0\nY*== 1\n", ZEST_MODEL_DAMAGED, "line 2 is not base64");
    check_refused("qwen", "YQ== 0\nY=Q= 1\n", ZEST_MODEL_DAMAGED, "line 2 is not base64");
    check_refused("qwen", "YQ== 0\nYg== 0\n", ZEST_UNSUPPORTED, "the id 0 belongs to two tokens");
}

ZEST_TEST(the_first_line_tells_the_format)
{
    ZEST_CHECK(zest_is_tiktoken(ZEST_TEXT("YQ== 0")));
    ZEST_CHECK(zest_is_tiktoken(ZEST_TEXT("YQ== 0\r\nrubbish")));
    ZEST_CHECK(!zest_is_tiktoken(ZEST_TEXT("")));
    ZEST_CHECK(!zest_is_tiktoken(ZEST_TEXT("{\"model\": 1}")));
    ZEST_CHECK(!zest_is_tiktoken(ZEST_TEXT("[PAD]\n[UNK]\n")));
    ZEST_CHECK(!zest_is_tiktoken(ZEST_TEXT("YQ==0")));
}
