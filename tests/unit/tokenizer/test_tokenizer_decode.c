/* SPDX-License-Identifier: Apache-2.0 */
/* test_tokenizer_decode.c - tokenizer.decode: its text is that of decoding, and its last step joined is its text. */
#include "zest_test.h"

#include "tokenizer_zoo.h"

static void visit(const char *name, struct zest_tokenizer *tokenizer)
{
    struct zest_arena arena;
    struct zest_buffer text;
    struct zest_text tokens[200];
    uint32_t ids[200];
    uint64_t random = 4242;
    size_t count = 0;
    struct zest_error error = {0};
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    zest_buffer_init(&text, (size_t)1 << 24);
    struct zest_call call = {.arena = &arena};
    while (count < ZEST_COUNT(ids)) {
        uint32_t id = (uint32_t)(zoo_random(&random) % zest_tokenizer_id_count(tokenizer));
        tokens[count] = zest_tokenizer_token(tokenizer, id);
        if (tokens[count].size > 0 && zest_tokenizer_id(tokenizer, tokens[count]) == id)
            ids[count++] = id;
    }
    struct zest_tokenizer_decode_request request = {.tokens = tokens, .tokens_count = count};
    struct zest_tokenizer_decode_reply reply = {0};
    enum zest_status status = tokenizer->ops->decode(tokenizer, &call, &request, &reply);
    ZEST_CHECK_OK(status, &call.error);
    ZEST_CHECK_OK(zest_tokenizer_decode_to(tokenizer, ids, count, false, &text, &error), &error);
    if (status == ZEST_OK && !zest_text_equal(reply.text, (struct zest_text){text.data, text.size}))
        fprintf(stderr, "%s: \"%.*s\" is \"%.*s\"\n", name, (int)text.size, text.data, (int)reply.text.size,
                reply.text.data);
    ZEST_CHECK(status != ZEST_OK || zest_text_equal(reply.text, (struct zest_text){text.data, text.size}));
    ZEST_CHECK(reply.steps_count > 0);
    text.size = 0;
    const struct zest_tokenizer_decode_step *last = &reply.steps[reply.steps_count - 1];
    for (size_t i = 0; i < last->texts_count; i++)
        zest_buffer_append(&text, last->texts[i].data, last->texts[i].size);
    ZEST_CHECK(zest_text_equal(reply.text, (struct zest_text){text.data, text.size}));
    zest_buffer_finish(&text);
    zest_arena_finish(&arena);
}

ZEST_TEST(the_stage_alone_decodes_as_decoding_does)
{
    if (zoo_each(visit) == 0)
        ZEST_SKIP("needs the reference data");
}

ZEST_TEST(steps_are_told_one_by_one)
{
    char path[] = "/tmp/zest_decode_XXXXXX";
    FILE *file = fdopen(mkstemp(path), "w");
    struct zest_error error = {0};
    struct zest_tokenizer *tokenizer = NULL;
    struct zest_tokenizer_options options = {.model_path = path};
    fputs(
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": []}, \"decoder\": {\"type\": \"Sequence\", "
        "\"decoders\": [{\"type\": \"Replace\", \"pattern\": {\"String\": \"\u2581\"}, \"content\": \" \"}, {\"type\": "
        "\"ByteFallback\"}, {\"type\": \"Fuse\"}, {\"type\": \"Strip\", \"content\": \" \", \"start\": 1, \"stop\": "
        "0}]}}",
        file);
    fclose(file);
    ZEST_CHECK_OK(zest_tokenizer_native_create(&options, &tokenizer, &error), &error);
    unlink(path);
    if (!tokenizer)
        return;
    struct zest_text tokens[] = {ZEST_TEXT("\u2581Hi"), ZEST_TEXT("<0xC3>"), ZEST_TEXT("<0xA9>"), ZEST_TEXT("<0xFF>")};
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    struct zest_tokenizer_decode_request request = {.tokens = tokens, .tokens_count = ZEST_COUNT(tokens)};
    struct zest_tokenizer_decode_reply reply = {0};
    ZEST_CHECK_OK(tokenizer->ops->decode(tokenizer, &call, &request, &reply), &call.error);
    ZEST_CHECK_INT(reply.steps_count, 4);
    ZEST_CHECK_TEXT(reply.steps[0].decoder, ZEST_TEXT("Replace"));
    ZEST_CHECK_TEXT(reply.steps[0].texts[0], ZEST_TEXT(" Hi"));
    ZEST_CHECK_TEXT(reply.steps[3].decoder, ZEST_TEXT("Strip"));
    ZEST_CHECK_TEXT(reply.text, ZEST_TEXT("Hi\uFFFD\uFFFD\uFFFD"));
    request.tokens = &(struct zest_text){"\xFF", 1};
    request.tokens_count = 1;
    ZEST_CHECK_INT(tokenizer->ops->decode(tokenizer, &call, &request, &reply), ZEST_INVALID_UTF8);
    zest_arena_finish(&arena);
    zest_tokenizer_native_destroy(tokenizer);
}
