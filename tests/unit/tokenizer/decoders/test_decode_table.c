/* SPDX-License-Identifier: Apache-2.0 */
/* test_decode_table.c - ids to text by the compiled table, against the decoder run over the tokens' texts. */
#include "zest_test.h"

#include "decode_table.h"
#include "decoder_fixture.h"

#define ADDED 5u
#define ABSENT 7u /* an id without a token */

struct table_fixture {
    struct decoder_fixture decoder;
    struct zest_tokenizer_definition definition;
    struct zest_text tokens[FIXTURE_FRAGMENTS + 1];
    struct zest_added_token added[ADDED];
    struct zest_image image;
    struct zest_decode_table table;
    bool has_table;
};

static char long_text[10000];

static void open_table(struct table_fixture *fixture, const char *json, bool with_long)
{
    struct zest_image_builder builder;
    struct zest_error error = {0};
    memset(fixture, 0, sizeof *fixture);
    ZEST_CHECK_OK(fixture_open(&fixture->decoder, json), &error);
    for (size_t i = 0; i < FIXTURE_FRAGMENTS; i++)
        fixture->tokens[i] = zest_text_of(fixture_fragments[i]);
    fixture->tokens[ABSENT] = (struct zest_text){NULL, 0};
    memset(long_text, 'x', sizeof long_text);
    const struct zest_added_token added[ADDED] = {
        {.content = ZEST_TEXT("<s>"), .id = 100, .special = true},
        {.content = ZEST_TEXT("▁added"), .id = 101},
        {.content = ZEST_TEXT("##x"), .id = 0, .special = true}, /* over the model's own */
        {.content = {long_text, with_long ? sizeof long_text : 40}, .id = 102},
        {.content = ZEST_TEXT("<0x20>"), .id = 103},
    };
    memcpy(fixture->added, added, sizeof added);
    fixture->definition = (struct zest_tokenizer_definition){
        .components = json_pack("{sO}", "decoder", fixture->decoder.json),
        .tokens = fixture->tokens,
        .token_count = FIXTURE_FRAGMENTS,
        .added = fixture->added,
        .added_count = ADDED,
    };
    zest_image_builder_init(&builder);
    ZEST_CHECK_OK(zest_decode_table_compile(&fixture->definition, NULL, &builder, &error), &error);
    ZEST_CHECK_OK(zest_image_build(&builder, &fixture->image, &error), &error);
    zest_image_builder_finish(&builder);
    fixture->has_table = zest_decode_table_open(&fixture->image, fixture->decoder.decoder, &fixture->table);
}

static void close_table(struct table_fixture *fixture)
{
    zest_image_close(&fixture->image);
    json_decref(fixture->definition.components);
    fixture_finish(&fixture->decoder);
}

/* The decode flow, plainly: which ids have a text that is not skipped. */
static bool text_of(const struct table_fixture *fixture, uint32_t id, bool skip_special, struct zest_text *ret_text)
{
    for (size_t i = 0; i < ADDED; i++)
        if (fixture->added[i].id == id) {
            *ret_text = fixture->added[i].content;
            return !(skip_special && fixture->added[i].special);
        }
    if (id >= FIXTURE_FRAGMENTS || !fixture->tokens[id].data)
        return false;
    *ret_text = fixture->tokens[id];
    return true;
}

static void check_ids(struct table_fixture *fixture, const uint32_t *ids, size_t count, bool skip_special)
{
    struct zest_buffer out;
    struct zest_error error = {0};
    struct zest_decoder_scratch scratch = {0};
    struct zest_texts *tokens = &fixture->decoder.tokens;
    zest_texts_reset(tokens);
    for (size_t i = 0; i < count; i++) {
        struct zest_text text;
        if (text_of(fixture, ids[i], skip_special, &text))
            zest_texts_add(tokens, text);
    }
    struct zest_text wanted = zest_texts_joined(zest_decoder_run(fixture->decoder.decoder, &scratch, tokens));
    zest_buffer_init(&out, 1 << 26);
    zest_buffer_append(&out, "before:", 7);
    ZEST_CHECK_OK(
        zest_decode_table_run(&fixture->table, &fixture->decoder.scratch, ids, count, skip_special, &out, &error),
        &error);
    ZEST_CHECK(out.size >= 7 && !memcmp(out.data, "before:", 7));
    ZEST_CHECK_TEXT(((struct zest_text){out.data + 7, out.size - 7}), wanted);
    zest_buffer_finish(&out);
    zest_decoder_scratch_finish(&scratch);
}

ZEST_TEST(random_ids_decode_as_their_tokens)
{
    uint32_t ids[200];
    size_t tables = 0;
    for (size_t i = 0; i < FIXTURE_CHAINS; i++) {
        struct table_fixture fixture;
        open_table(&fixture, fixture_chains[i], i % 2);
        tables += fixture.has_table;
        for (int round = 0; round < 300 && fixture.has_table && zest_test_failures == 0; round++) {
            size_t count = fixture_below(round % 10 ? 12 : 200);
            for (size_t j = 0; j < count; j++)
                ids[j] = fixture_below(8) ? fixture_below(FIXTURE_FRAGMENTS) : fixture_below(110);
            check_ids(&fixture, ids, count, round % 2);
        }
        if (zest_test_failures)
            printf("with %s\n", fixture_chains[i]);
        close_table(&fixture);
    }
    ZEST_CHECK_INT(tables, 14);
}

ZEST_TEST(ids_beyond_the_table_are_left_out)
{
    struct table_fixture fixture;
    const uint32_t ids[] = {UINT32_MAX, 0, 104, ABSENT, 101};
    open_table(&fixture, LLAMA, false);
    ZEST_CHECK_INT(fixture.table.count, 104);
    check_ids(&fixture, ids, ZEST_COUNT(ids), false);
    check_ids(&fixture, ids, 0, false);
    close_table(&fixture);
}

ZEST_TEST(a_full_buffer_is_an_error)
{
    struct table_fixture fixture;
    struct zest_buffer out;
    struct zest_error error = {0};
    uint32_t ids[1000] = {1};
    open_table(&fixture, LLAMA, false);
    zest_buffer_init(&out, 5000);
    ZEST_CHECK_INT(zest_decode_table_run(&fixture.table, &fixture.decoder.scratch, ids, 1000, false, &out, &error),
                   ZEST_OUT_OF_MEMORY);
    ZEST_CHECK(strstr(error.message, "5000") != NULL && out.size == 0);
    zest_buffer_finish(&out);
    close_table(&fixture);
}

ZEST_TEST(normalized_texts_of_added_tokens_decide_what_is_special)
{
    struct table_fixture fixture;
    struct zest_image_builder builder;
    struct zest_image image;
    struct zest_error error = {0};
    struct zest_decode_table table;
    struct zest_buffer out;
    const struct zest_text shown[ADDED] = {ZEST_TEXT("<S>"), ZEST_TEXT("<s>"), ZEST_TEXT("##x"), ZEST_TEXT("l"),
                                           ZEST_TEXT("<0x20>")};
    const uint32_t ids[] = {100, 101, 102};
    open_table(&fixture, FUSE, false);
    zest_image_builder_init(&builder);
    ZEST_CHECK_OK(zest_decode_table_compile(&fixture.definition, shown, &builder, &error), &error);
    ZEST_CHECK_OK(zest_image_build(&builder, &image, &error), &error);
    ZEST_CHECK(zest_decode_table_open(&image, fixture.decoder.decoder, &table));
    zest_buffer_init(&out, 1 << 20);
    ZEST_CHECK_OK(zest_decode_table_run(&table, &fixture.decoder.scratch, ids, 3, true, &out, &error), &error);
    ZEST_CHECK_TEXT(((struct zest_text){out.data, out.size}), ZEST_TEXT("<S>l"));
    zest_buffer_finish(&out);
    zest_image_builder_finish(&builder);
    zest_image_close(&image);
    close_table(&fixture);
}
