/* SPDX-License-Identifier: Apache-2.0 */
/* test_tokenizer_model.c - tiny and hostile vocabularies: what loads, what is refused and how, and what it does. */
#include "zest_test.h"

#include "tiny_vocabulary.h"

#include <fcntl.h>

static const struct tiny_vocabulary good = {
    .model = "gpt2",
    .pre = "gpt-2",
    .tokens = {"a", "b", "c", "ab", "abc", "bc", "\xC4\xA0", "<s>", "</s>", "<s", "<user>", "Caf\xC3\xA9", "x y",
               "xyz"},
    .types = {[7] = TINY_CONTROL,
              [8] = TINY_CONTROL,
              [9] = TINY_USER_DEFINED,
              [10] = TINY_USER_DEFINED,
              [11] = TINY_USER_DEFINED,
              [12] = TINY_USER_DEFINED},
    .merges = {"b c", "a b", "ab c"},
    .bos = 7,
    .eos = 8,
    .adds_bos = true,
    .adds_eos = true,
    .chat_template = "{{ bos_token }}{{ messages }}",
};

static void check_ids(struct zest_tokenizer_model *model, const char *text, struct zest_encode_options options,
                      const char *wanted)
{
    char got[256] = "";
    size_t used = 0;
    struct zest_error error = {0};
    struct zest_encoder_scratch *scratch = zest_encoder_borrow(model);
    ZEST_CHECK_OK(zest_encode(model, scratch, zest_text_of(text), options, &error), &error);
    for (size_t i = 0; i < scratch->count; i++)
        used += (size_t)snprintf(got + used, sizeof got - used, "%s%u", i > 0 ? " " : "", scratch->ids[i]);
    ZEST_CHECK_TEXT(zest_text_of(got), zest_text_of(wanted));
    zest_encoder_give_back(model, scratch);
}

ZEST_TEST(a_tiny_vocabulary_encodes_by_rank)
{
    struct zest_tokenizer_model model;
    struct zest_error error = {0};
    ZEST_CHECK_OK(tiny_load(&good, &model, &error), &error);
    struct zest_encode_options plain = {0}, special = {.add_special = true},
                               characters = {.encode_special_tokens = true};
    check_ids(&model, "abc", plain, "0 5"); /* b c merges first, so that abc is out of reach */
    check_ids(&model, "ab abc", plain, "3 6 0 5");
    check_ids(&model, "abc", special, "7 0 5 8");
    check_ids(&model, "", special, "7 8");
    check_ids(&model, "a<s>b<s", plain, "0 7 1 9");
    check_ids(&model, "a<s>b<user>", characters, "0 1 10"); /* <s> is characters, none of which the vocabulary has */
    check_ids(&model, "Caf\xC3\xA9x yx", plain, "11 12");
    check_ids(&model, "q", plain, "");
    ZEST_CHECK_INT(model.ends.end_id_count, 1);
    zest_tokenizer_model_close(&model);
}

ZEST_TEST(whole_words_come_before_merges_where_the_model_says_so)
{
    struct tiny_vocabulary v = good;
    struct zest_tokenizer_model model;
    struct zest_error error = {0};
    v.pre = "llama-bpe";
    ZEST_CHECK_OK(tiny_load(&v, &model, &error), &error);
    check_ids(&model, "abc", (struct zest_encode_options){0}, "4");
    check_ids(&model, "abcb", (struct zest_encode_options){0}, "0 5 1");
    zest_tokenizer_model_close(&model);
}

ZEST_TEST(tokens_decode_to_their_bytes)
{
    static const uint32_t ids[] = {7, 3, 6, 11, 12, 8};
    struct zest_tokenizer_model model;
    struct zest_error error = {0};
    struct zest_buffer out;
    zest_buffer_init(&out, 1000);
    ZEST_CHECK_OK(tiny_load(&good, &model, &error), &error);
    struct zest_encoder_scratch *scratch = zest_encoder_borrow(&model);
    ZEST_CHECK_OK(zest_decode_bytes(&model, scratch, ids, 6, false, &out, &error), &error);
    ZEST_CHECK_TEXT(((struct zest_text){out.data, out.size}),
                    ZEST_TEXT("<s>ab Caf\xE9x y</s>")); /* as the reference: e-acute is a byte of the alphabet */
    out.size = 0;
    ZEST_CHECK_OK(zest_decode_bytes(&model, scratch, ids, 6, true, &out, &error), &error);
    ZEST_CHECK_TEXT(((struct zest_text){out.data, out.size}), ZEST_TEXT("ab Caf\xE9x y"));
    zest_encoder_give_back(&model, scratch);
    zest_tokenizer_model_close(&model);
    zest_buffer_finish(&out);
}

static void check_refused(const struct tiny_vocabulary *v, enum zest_status status, const char *part)
{
    struct zest_tokenizer_model model;
    struct zest_error error = {0};
    ZEST_CHECK_INT(tiny_load(v, &model, &error), status);
    if (!strstr(error.message, part))
        ZEST_FAILED("\"%s\" does not say \"%s\"", error.message, part);
    zest_tokenizer_model_close(&model);
}

ZEST_TEST(hostile_vocabularies_are_refused)
{
    struct tiny_vocabulary v;
    v = good, v.model = NULL, check_refused(&v, ZEST_MODEL_DAMAGED, "tokenizer.ggml.model is missing");
    v = good, v.model = "rwkv", check_refused(&v, ZEST_UNSUPPORTED, "\"rwkv\"");
    v = good, v.pre = "tekken9",
    check_refused(&v, ZEST_UNSUPPORTED, "\"tekken9\" (tokenizer.ggml.pre) is not supported; ");
    v = good, v.no_tokens = true, check_refused(&v, ZEST_MODEL_DAMAGED, "tokenizer.ggml.tokens");
    v = good, v.no_merges = true, check_refused(&v, ZEST_MODEL_DAMAGED, "tokenizer.ggml.merges");
    v = good, v.tokens[0] = NULL, check_refused(&v, ZEST_MODEL_DAMAGED, "has 0 tokens");
    v = good, v.type_count_more = 1, check_refused(&v, ZEST_MODEL_DAMAGED, "15 entries");
    v = good, v.types[3] = 99, check_refused(&v, ZEST_MODEL_DAMAGED, "token 3 has a type beyond 6");
    v = good, v.merges[1] = "ab", check_refused(&v, ZEST_MODEL_DAMAGED, "merge 1 is not two tokens");
    v = good, v.merges[1] = "", check_refused(&v, ZEST_MODEL_DAMAGED, "merge 1 is not two tokens");
    v = good, v.merges[1] = "a q", check_refused(&v, ZEST_MODEL_DAMAGED, "merge 1 (\"a\" \"q\")");
    v = good, v.merges[1] = "c a", check_refused(&v, ZEST_MODEL_DAMAGED, "no token \"ca\"");
    v = good, v.merges[1] = "a \xE4\xB8\xAD", check_refused(&v, ZEST_MODEL_DAMAGED, "no token");
    v = good, v.merges[1] = "\xC4 b", check_refused(&v, ZEST_MODEL_DAMAGED, "no token");
    v = good, v.bos = 14, check_refused(&v, ZEST_MODEL_DAMAGED, "bos_token_id is 14, the vocabulary ends at 13");
}

ZEST_TEST(odd_vocabularies_load)
{
    struct tiny_vocabulary v = good;
    struct zest_tokenizer_model model;
    struct zest_error error = {0};
    v.tokens[9] = "\xFF\xFE"; /* a special token that no UTF-8 text can hold */
    v.tokens[10] = "";        /* and an empty one */
    v.tokens[5] = "b";        /* two tokens with the same bytes: the last counts, as in the reference */
    v.merges[0] = "a b";
    v.pre = NULL;
    v.bos = v.eos = -1;
    v.chat_template = NULL;
    ZEST_CHECK_OK(tiny_load(&v, &model, &error), &error);
    check_ids(&model, "abcb<s>", (struct zest_encode_options){.add_special = true}, "4 5 7");
    ZEST_CHECK_INT(model.ends.chat_template.size, 0);
    zest_tokenizer_model_close(&model);
}

/* A WordLevel that knows "a" and names an unknown token that it does not have. */
static void open_without_unknown(struct zest_tokenizer_model *model)
{
    static const char json[] = "{\"model\": {\"type\": \"WordLevel\", \"vocab\": {\"a\": 0}, \"unk_token\": \"?\"}}";
    char path[] = "/tmp/zest-test-XXXXXX";
    struct zest_error error = {0};
    int file = mkstemp(path);
    ZEST_CHECK(write(file, json, sizeof json - 1) == (ssize_t)sizeof json - 1);
    (void)close(file);
    const struct zest_tokenizer_model_options options = {.path = path};
    ZEST_CHECK_OK(zest_tokenizer_model_open(model, &options, &error), &error);
    (void)unlink(path);
}

ZEST_TEST(an_unknown_token_that_is_missing_is_named_where_it_is_needed)
{
    struct zest_tokenizer_model model;
    struct zest_error error = {0};
    open_without_unknown(&model);
    check_ids(&model, "a", (struct zest_encode_options){0}, "0");
    struct zest_encoder_scratch *scratch = zest_encoder_borrow(&model);
    ZEST_CHECK_INT(zest_encode(&model, scratch, ZEST_TEXT("b"), (struct zest_encode_options){0}, &error),
                   ZEST_MODEL_DAMAGED);
    ZEST_CHECK_TEXT(zest_text_of(error.message),
                    ZEST_TEXT("the text needs the unknown token, and the tokenizer has none"));
    zest_encoder_give_back(&model, scratch);
    zest_tokenizer_model_close(&model);
}

/* Loads a bent file where it loads, and uses what came of it. */
static void try_file(const char *path)
{
    struct zest_tokenizer_model model;
    struct zest_error error = {0};
    const struct zest_tokenizer_model_options open = {.path = path};
    if (zest_tokenizer_model_open(&model, &open, &error) == ZEST_OK) {
        struct zest_encoder_scratch *scratch = zest_encoder_borrow(&model);
        struct zest_encode_options options = {.add_special = true, .spans = true};
        ZEST_CHECK_OK(zest_encode(&model, scratch, ZEST_TEXT("abcab <s>Caf\xC3\xA9 <user> x y"), options, &error),
                      &error);
        for (size_t i = 0; i < scratch->count; i++)
            ZEST_CHECK(scratch->ids[i] < model.id_count && scratch->spans[i].end <= 26);
        zest_encoder_give_back(&model, scratch);
    } else {
        ZEST_CHECK(error.message[0] != 0);
    }
    zest_tokenizer_model_close(&model);
}

ZEST_TEST(every_bent_byte_is_refused_or_harmless)
{
    static const unsigned char values[] = {0, 1, 0x7F, 0x80, 0xC4, 0xFF};
    char path[] = "/tmp/zest-test-XXXXXX";
    tiny_write(&good, path);
    int file = open(path, O_RDWR);
    off_t size = lseek(file, 0, SEEK_END);
    ZEST_CHECK(size > 500);
    for (off_t i = 0; i < size; i++) {
        unsigned char kept;
        ZEST_CHECK_INT(pread(file, &kept, 1, i), 1);
        for (size_t k = 0; k < ZEST_COUNT(values); k++) {
            ZEST_CHECK_INT(pwrite(file, &values[k], 1, i), 1);
            try_file(path);
        }
        ZEST_CHECK_INT(pwrite(file, &kept, 1, i), 1);
    }
    (void)close(file);
    (void)unlink(path);
}
