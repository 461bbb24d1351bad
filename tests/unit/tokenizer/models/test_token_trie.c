/* SPDX-License-Identifier: Apache-2.0 */
/* test_token_trie.c - the trie finds the tokens that begin a text, and no others; random vocabularies against a plain
 * search, and one that fills many blocks. */
#include "zest_test.h"

#include "stages.h"
#include "token_trie.h"

#define TOKENS_MAX 60000

static uint64_t random_state = 88172645463325252u;

static uint32_t below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 33) % limit;
}

static struct zest_text texts[TOKENS_MAX];
static char bytes[TOKENS_MAX][8];

static void make_tokens(uint32_t count, uint32_t letters, uint32_t size_max)
{
    for (uint32_t i = 0; i < count; i++) {
        size_t size = below(size_max + 1);
        for (size_t j = 0; j < size; j++)
            bytes[i][j] = (char)(letters > 250 ? below(255) : 'a' + below(letters));
        texts[i] = (struct zest_text){size > 0 || below(2) ? bytes[i] : NULL, size};
    }
}

static enum zest_status open_trie(uint32_t count, struct zest_image *image, struct zest_token_trie *trie,
                                  struct zest_error *error)
{
    struct zest_tokenizer_definition definition = {.tokens = texts, .token_count = count};
    struct zest_image_builder builder;
    zest_image_builder_init(&builder);
    enum zest_status status = zest_token_trie_compile(&definition, &builder, error);
    if (status == ZEST_OK)
        status = zest_image_build(&builder, image, error);
    zest_image_builder_finish(&builder);
    return status == ZEST_OK ? zest_token_trie_open(image, trie, error) : status;
}

static uint32_t plain_find(uint32_t count, struct zest_text text)
{
    for (uint32_t id = count; id-- > 0;)
        if (texts[id].size > 0 && zest_text_equal(texts[id], text))
            return id;
    return ZEST_NO_TOKEN;
}

/* What the trie says of every beginning of a text. */
static void check_text(const struct zest_token_trie *trie, uint32_t count, const char *text, size_t size)
{
    uint32_t node = trie->units[0];
    bool goes_on = true;
    for (size_t i = 0; i < size; i++) {
        goes_on = goes_on && zest_trie_step(trie, &node, (unsigned char)text[i]);
        uint32_t found = goes_on ? zest_trie_token(trie, node) : ZEST_NO_TOKEN;
        ZEST_CHECK_INT(found, plain_find(count, (struct zest_text){text, i + 1}));
    }
}

ZEST_TEST(finds_the_tokens_that_begin_a_text)
{
    for (int round = 0; round < 60; round++) {
        struct zest_image image = {0};
        struct zest_token_trie trie;
        struct zest_error error = {0};
        uint32_t count = below(300), letters = round % 3 == 0 ? 255 : 1 + below(5);
        make_tokens(count, letters, 7);
        ZEST_CHECK_OK(open_trie(count, &image, &trie, &error), &error);
        for (int i = 0; i < 200; i++) {
            char text[10];
            size_t size = below(10);
            for (size_t j = 0; j < size; j++)
                text[j] = (char)(letters > 250 ? below(255) : 'a' + below(letters));
            check_text(&trie, count, text, size);
        }
        for (uint32_t id = 0; id < count; id++)
            if (texts[id].size > 0)
                check_text(&trie, count, texts[id].data, texts[id].size);
        zest_image_close(&image);
    }
}

ZEST_TEST(many_tokens_fill_their_blocks)
{
    struct zest_image image = {0};
    struct zest_token_trie trie;
    struct zest_error error = {0};
    size_t size;
    make_tokens(TOKENS_MAX, 255, 3);
    ZEST_CHECK_OK(open_trie(TOKENS_MAX, &image, &trie, &error), &error);
    for (uint32_t id = 0; id < TOKENS_MAX; id++) {
        uint32_t node = trie.units[0];
        bool goes_on = true;
        for (size_t i = 0; i < texts[id].size; i++)
            goes_on = goes_on && zest_trie_step(&trie, &node, (unsigned char)texts[id].data[i]);
        uint32_t found = zest_trie_token(&trie, node);
        if (texts[id].size > 0 &&
            !(goes_on && found != ZEST_NO_TOKEN && found >= id && zest_text_equal(texts[found], texts[id])))
            ZEST_FAILED("token %u is not found", id);
    }
    zest_image_section(&image, ZEST_SECTION_MODEL_TRIE, &size);
    ZEST_CHECK(size < 2 * TOKENS_MAX * sizeof(uint32_t) * 3);
    zest_image_close(&image);
}

ZEST_TEST(bytes_that_are_in_no_text_are_refused)
{
    struct zest_image image = {0};
    struct zest_token_trie trie;
    struct zest_error error = {0};
    texts[0] = ZEST_TEXT("a");
    texts[1] = ZEST_TEXT("a\xFF");
    ZEST_CHECK_INT(open_trie(2, &image, &trie, &error), ZEST_MODEL_DAMAGED);
    ZEST_CHECK(strstr(error.message, "token 1") != NULL);
}
