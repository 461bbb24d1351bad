/* SPDX-License-Identifier: Apache-2.0 */
/* test_encode.c - ids and spans of the default model's tokenizer against the reference, and on hostile text. */
#include "zest_test.h"

#include "model_scratch.h"
#include "tokenizer_fixture.h"

static bool encode(struct zest_encoder_scratch *scratch, struct zest_text text, struct zest_encode_options options)
{
    struct zest_error error = {0};
    enum zest_status status = zest_encode(fixture_tokenizer(), scratch, text, options, &error);
    ZEST_CHECK_OK(status, &error);
    return status == ZEST_OK;
}

static bool ids_equal(const struct zest_encoder_scratch *scratch, const json_t *ids)
{
    if (scratch->count != json_array_size(ids))
        return false;
    for (size_t i = 0; i < scratch->count; i++)
        if (scratch->ids[i] != json_integer_value(json_array_get(ids, i)))
            return false;
    return true;
}

ZEST_TEST(prompts_have_the_ids_of_the_reference)
{
    size_t size, at = 0;
    char *data = fixture_reference("smollm2/cases.jsonl", &size);
    struct zest_tokenizer_model *model = fixture_tokenizer();
    if (!data || !model)
        ZEST_SKIP("needs the reference data and the default model");
    struct zest_encoder_scratch *scratch = zest_encoder_borrow(model);
    int equal = 0, count = 0;
    for (json_t *line; (line = fixture_next_line(data, size, &at)); json_decref(line), count++) {
        bool is_chat = !strcmp(json_string_value(json_object_get(line, "kind")), "chat");
        struct zest_encode_options options = {.encode_special_tokens = !is_chat};
        if (encode(scratch, fixture_text(json_object_get(line, "prompt_text")), options))
            equal += ids_equal(scratch, json_object_get(line, "prompt_ids"));
    }
    ZEST_CHECK(count > 0);
    ZEST_CHECK_INT(equal, count);
    zest_encoder_give_back(model, scratch);
    free(data);
}

ZEST_TEST(a_book_has_the_ids_of_the_reference)
{
    size_t size, ids_size;
    char *text = fixture_reference("smollm2/ppl.txt", &size),
         *ids = fixture_reference("smollm2/ppl_ids.bin", &ids_size);
    struct zest_tokenizer_model *model = fixture_tokenizer();
    if (!text || !ids || !model)
        ZEST_SKIP("needs the reference data and the default model");
    struct zest_encoder_scratch *scratch = zest_encoder_borrow(model);
    for (int pass = 0; pass < 3; pass++) { /* a cold cache, a warm one, with spans */
        encode(scratch, (struct zest_text){text, size}, (struct zest_encode_options){.spans = pass == 2});
        ZEST_CHECK_INT(scratch->count, ids_size / 4);
        ZEST_CHECK(scratch->count == ids_size / 4 && !memcmp(scratch->ids, ids, ids_size));
    }
    size_t covered = 0; /* spans leave no gap: no byte of the text is dropped; parts of a character span all of it */
    for (size_t i = 0; i < scratch->count && scratch->spans[i].start <= covered; i++)
        covered = scratch->spans[i].end;
    ZEST_CHECK_INT(covered, size);
    zest_encoder_give_back(model, scratch);
    free(text);
    free(ids);
}

/* The work that the merges take on `count` copies of `unit`; it may grow as n log n. */
static uint64_t work_of(struct zest_encoder_scratch *scratch, const char *unit, size_t count)
{
    size_t unit_size = strlen(unit);
    char *text = malloc(unit_size * count);
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * unit_size, unit, unit_size);
    uint64_t before = scratch->model->work;
    encode(scratch, (struct zest_text){text, unit_size * count}, (struct zest_encode_options){0});
    free(text);
    return scratch->model->work - before;
}

ZEST_TEST(long_words_take_work_near_their_length)
{
    static const char *const units[] = {"a", " ", "ab", "\xCC\x81", "\xE4\xB8\xAD", "!", "aB", "\xF0\x9F\x98\x80"};
    struct zest_tokenizer_model *model = fixture_tokenizer();
    if (!model)
        ZEST_SKIP("needs the default model");
    struct zest_encoder_scratch *scratch = zest_encoder_borrow(model);
    for (size_t i = 0; i < ZEST_COUNT(units); i++) {
        uint64_t bytes = 100000 * strlen(units[i]);
        ZEST_CHECK(work_of(scratch, units[i], 100000) < bytes * 60); /* 3 log2 n steps a byte */
    }
    zest_encoder_give_back(model, scratch);
}

ZEST_TEST(missing_bytes_are_dropped)
{
    struct zest_tokenizer_model *model = fixture_tokenizer();
    if (!model)
        ZEST_SKIP("needs the default model");
    struct zest_encoder_scratch *scratch = zest_encoder_borrow(model);
    ZEST_CHECK(encode(scratch,
                      ZEST_TEXT("a\x04"
                                "b"),
                      (struct zest_encode_options){.spans = true}));
    ZEST_CHECK_INT(scratch->count, 2);
    ZEST_CHECK_INT(scratch->spans[1].start, 2);
    ZEST_CHECK(encode(scratch, ZEST_TEXT("\xF1\x80\x80\x80"), (struct zest_encode_options){0})); /* U+40000 */
    ZEST_CHECK_INT(scratch->count, 3);
    ZEST_CHECK(encode(scratch, ZEST_TEXT("\x04"), (struct zest_encode_options){0}));
    ZEST_CHECK_INT(scratch->count, 0);
    ZEST_CHECK(encode(scratch, ZEST_TEXT("\x04"), (struct zest_encode_options){0})); /* from the cache */
    ZEST_CHECK_INT(scratch->count, 0);
    zest_encoder_give_back(model, scratch);
}

ZEST_TEST(bad_text_is_refused_by_its_byte)
{
    struct zest_tokenizer_model *model = fixture_tokenizer();
    if (!model)
        ZEST_SKIP("needs the default model");
    struct zest_encoder_scratch *scratch = zest_encoder_borrow(model);
    struct zest_error error = {0};
    ZEST_CHECK_INT(zest_encode(model, scratch, ZEST_TEXT("ab\xFFz"), (struct zest_encode_options){0}, &error),
                   ZEST_INVALID_UTF8);
    ZEST_CHECK(strstr(error.message, "byte 2 is 0xFF") != NULL);
    zest_encoder_give_back(model, scratch);
}
