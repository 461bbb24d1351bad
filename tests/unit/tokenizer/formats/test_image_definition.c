/* SPDX-License-Identifier: Apache-2.0 */
/* test_image_definition.c - components and ends go through an image and come back; what is compiled can be opened. */
#include "definition_check.h"

#include "image_compile.h"
#include "image_definition.h"
#include "token_table.h"

#define JSON                                                                                                     \
    "{\"added_tokens\": [], \"pre_tokenizer\": {\"type\": \"Digits\", \"individual_digits\": true}, \"model\": " \
    "{\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"b\": 1, \"ab\": 2}, \"merges\": [\"a b\"], \"unk_token\": "     \
    "\"\\u0000x\"}}"

ZEST_TEST(a_definition_comes_back_from_its_image)
{
    char path[] = "/tmp/zest-definition-XXXXXX";
    struct zest_tokenizer_definition definition;
    struct zest_tokenizer_ends ends;
    struct zest_token_table table;
    struct zest_image image = {0};
    struct zest_error error = {0};
    json_t *components = NULL;
    (void)close(mkstemp(path));
    write_file(path, ZEST_TEXT(JSON));
    ZEST_CHECK_OK(zest_definition_read(path, &definition, &error), &error);
    definition.ends = (struct zest_tokenizer_ends){
        .bos_id = 1,
        .eos_id = -1,
        .adds_bos = true,
        .end_ids = {5, 7},
        .end_id_count = 2,
        .bos_token = ZEST_TEXT("b"),
        .chat_template = ZEST_TEXT("{{ messages }}"),
    };
    ZEST_CHECK_OK(zest_image_compile(&definition, &image, &error), &error);
    ZEST_CHECK_OK(zest_image_components(&image, &components, &error), &error);
    ZEST_CHECK(json_equal(components, definition.components));
    ZEST_CHECK_OK(zest_image_ends(&image, &ends, &error), &error);
    ZEST_CHECK(ends.bos_id == 1 && ends.eos_id == -1 && ends.adds_bos && !ends.adds_eos);
    ZEST_CHECK(ends.end_id_count == 2 && ends.end_ids[0] == 5 && ends.end_ids[1] == 7);
    ZEST_CHECK_TEXT(ends.bos_token, ZEST_TEXT("b"));
    ZEST_CHECK_TEXT(ends.eos_token, ZEST_TEXT(""));
    ZEST_CHECK_TEXT(ends.chat_template, ZEST_TEXT("{{ messages }}"));
    ZEST_CHECK_OK(zest_token_table_open(&image, &table, &error), &error);
    ZEST_CHECK_INT(zest_token_find(&table, "ab", 2), 2);
    json_decref(components);
    zest_image_close(&image);
    zest_definition_finish(&definition);
    (void)unlink(path);
}

ZEST_TEST(sections_that_are_missing_or_cut_are_refused)
{
    struct zest_image_builder builder;
    struct zest_image image = {0};
    struct zest_error error = {0};
    struct zest_tokenizer_ends ends;
    json_t *components;
    zest_image_builder_init(&builder);
    zest_image_add(&builder, ZEST_SECTION_COMPONENTS, "{", 1);
    ZEST_CHECK_OK(zest_image_build(&builder, &image, &error), &error);
    zest_image_builder_finish(&builder);
    ZEST_CHECK_INT(zest_image_components(&image, &components, &error), ZEST_MODEL_DAMAGED);
    ZEST_CHECK_INT(zest_image_ends(&image, &ends, &error), ZEST_MODEL_DAMAGED);
    zest_image_close(&image);
    zest_image_builder_init(&builder);
    char bytes[200];
    memset(bytes, 0x7F, sizeof bytes); /* far too many ids and bytes */
    zest_image_add(&builder, ZEST_SECTION_ENDS, bytes, sizeof bytes);
    ZEST_CHECK_OK(zest_image_build(&builder, &image, &error), &error);
    zest_image_builder_finish(&builder);
    ZEST_CHECK_INT(zest_image_ends(&image, &ends, &error), ZEST_MODEL_DAMAGED);
    zest_image_close(&image);
}
