/* SPDX-License-Identifier: Apache-2.0 */
/* test_tokenizer_study.c - figures of tokenizer.study_vocabulary that can be counted by hand, and bounds for all. */
#include "zest_test.h"

#include "tokenizer_zoo.h"

static const char word_piece[] =
    "{\"model\": {\"type\": \"WordPiece\", \"unk_token\": \"[UNK]\", \"continuing_subword_prefix\": \"##\", "
    "\"max_input_chars_per_word\": 50, \"vocab\": {\"[UNK]\": 0, \"the\": 1, \"dog\": 2, \"##s\": 3, \".\": 4}}, "
    "\"pre_tokenizer\": {\"type\": \"BertPreTokenizer\"}}";

static enum zest_status study(struct zest_tokenizer *tokenizer, struct zest_arena *arena, struct zest_text text,
                              struct zest_tokenizer_coverage *ret_coverage)
{
    struct zest_tokenizer_sample sample = {ZEST_TEXT("sample"), text};
    struct zest_call call = {.arena = arena};
    struct zest_tokenizer_study_vocabulary_request request = {.samples = &sample, .samples_count = 1};
    struct zest_tokenizer_study_vocabulary_reply reply = {0};
    enum zest_status status = tokenizer->ops->study_vocabulary(tokenizer, &call, &request, &reply);
    ZEST_CHECK_OK(status, &call.error);
    if (status == ZEST_OK) {
        ZEST_CHECK_INT(reply.samples_count, 1);
        ZEST_CHECK(reply.algorithm_reasoning.size > 0);
        *ret_coverage = reply.samples[0];
    }
    return status;
}

ZEST_TEST(figures_are_those_of_a_hand_count)
{
    char path[] = "/tmp/zest_study_XXXXXX";
    FILE *file = fdopen(mkstemp(path), "w");
    struct zest_error error = {0};
    struct zest_tokenizer *tokenizer = NULL;
    struct zest_tokenizer_options options = {.model_path = path};
    struct zest_tokenizer_coverage c = {0};
    struct zest_arena arena;
    fputs(word_piece, file);
    fclose(file);
    ZEST_CHECK_OK(zest_tokenizer_native_create(&options, &tokenizer, &error), &error);
    unlink(path);
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    /* the | dog ##s | [UNK] | . : 4 words (the, dogs, \u00FC, none), 3 of them cut, 5 tokens and no more */
    if (tokenizer && study(tokenizer, &arena, ZEST_TEXT("the dogs \u00FC."), &c) == ZEST_OK) {
        ZEST_CHECK_INT(c.bytes, 12);
        ZEST_CHECK_INT(c.characters, 11);
        ZEST_CHECK_INT(c.words, 3);
        ZEST_CHECK_INT(c.tokens, 5);
        ZEST_CHECK_INT(c.distinct_tokens, 5);
        ZEST_CHECK(c.tokens_per_word == 4.0 / 3);
        ZEST_CHECK(c.whole_word_share == 1.0 / 3); /* "the"; an unknown word is not whole */
        ZEST_CHECK(c.unknown_share == 0.2);
        ZEST_CHECK(c.single_byte_share == 0.2);
        ZEST_CHECK(c.byte_fallback_share == 0);
        ZEST_CHECK(c.bytes_per_token == 12.0 / 5);
    }
    if (tokenizer && study(tokenizer, &arena, ZEST_TEXT(""), &c) == ZEST_OK)
        ZEST_CHECK(c.tokens == 0 && c.bytes_per_token == 0 && c.tokens_per_word == 0);
    zest_arena_finish(&arena);
    zest_tokenizer_native_destroy(tokenizer);
}

static void visit(const char *name, struct zest_tokenizer *tokenizer)
{
    uint64_t random = 77;
    struct zest_buffer text;
    struct zest_arena arena;
    struct zest_tokenizer_coverage c = {0};
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    zest_buffer_init(&text, (size_t)1 << 20);
    zoo_text(&random, 5000, &text);
    if (study(tokenizer, &arena, (struct zest_text){text.data, text.size}, &c) == ZEST_OK) {
        const double shares[] = {c.whole_word_share, c.unknown_share, c.byte_fallback_share, c.single_byte_share};
        for (size_t i = 0; i < ZEST_COUNT(shares); i++)
            ZEST_CHECK(shares[i] >= 0 && shares[i] <= 1);
        ZEST_CHECK(c.byte_fallback_share <= c.single_byte_share);
        ZEST_CHECK(c.distinct_tokens > 0 && c.distinct_tokens <= c.tokens);
        if (!(c.tokens_per_word > 0.3 && c.words > 100))
            fprintf(stderr, "%s: %g tokens a word\n", name, c.tokens_per_word);
        ZEST_CHECK(c.tokens_per_word > 0.3 && c.words > 100);
    }
    zest_buffer_finish(&text);
    zest_arena_finish(&arena);
}

ZEST_TEST(shares_lie_between_none_and_all)
{
    if (zoo_each(visit) == 0)
        ZEST_SKIP("needs the reference data");
}
