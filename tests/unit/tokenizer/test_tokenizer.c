/* SPDX-License-Identifier: Apache-2.0 */
/* test_tokenizer.c - the service's operations through its ops table, alone and from several threads at once. */
#include "zest_test.h"

#include "tiny_vocabulary.h"
#include "tokenizer_fixture.h"
#include <zest/tokenizer.h>

#include <pthread.h>
#include <zest/api/tokenizer_native.h>

struct bench {
    struct zest_tokenizer *tokenizer;
    struct zest_arena arena;
    struct zest_call call;
};

/* False where the default model is not at hand. */
static bool start(struct bench *b)
{
    char path[4096];
    struct zest_error error = {0};
    *b = (struct bench){0};
    if (!fixture_model_path(path, sizeof path))
        return false;
    struct zest_tokenizer_options options = {.model_path = path};
    zest_arena_init(&b->arena, ZEST_ARENA_UNLIMITED);
    b->call.arena = &b->arena;
    ZEST_CHECK_OK(zest_tokenizer_native_create(&options, &b->tokenizer, &error), &error);
    return b->tokenizer != NULL;
}

static void stop(struct bench *b)
{
    b->tokenizer->ops->destroy(b->tokenizer);
    zest_arena_finish(&b->arena);
}

ZEST_TEST(text_goes_to_ids_and_back)
{
    struct bench b;
    if (!start(&b))
        ZEST_SKIP("needs the default model");
    struct zest_tokenizer_tokenize_request request;
    struct zest_tokenizer_tokenize_reply reply = {0};
    zest_tokenizer_tokenize_request_init(&request);
    request.text = ZEST_TEXT("Hello <|im_end|> \xC3\xA7!");
    request.offsets = request.pieces = true;
    ZEST_CHECK_OK(b.tokenizer->ops->tokenize(b.tokenizer, &b.call, &request, &reply), &b.call.error);
    ZEST_CHECK_INT(reply.offsets_count, reply.ids_count);
    ZEST_CHECK_INT(reply.pieces_count, reply.ids_count);
    ZEST_CHECK_INT(reply.ids[0], 19556);
    ZEST_CHECK_INT(reply.ids[2], 2);
    ZEST_CHECK_TEXT(reply.pieces[2], ZEST_TEXT("<|im_end|>"));
    ZEST_CHECK_INT(reply.offsets[2].start, 6);
    ZEST_CHECK_INT(reply.offsets[reply.ids_count - 1].end, 19);
    struct zest_tokenizer_detokenize_request back;
    struct zest_tokenizer_detokenize_reply text = {0};
    zest_tokenizer_detokenize_request_init(&back);
    back.ids = reply.ids;
    back.ids_count = reply.ids_count;
    ZEST_CHECK_OK(b.tokenizer->ops->detokenize(b.tokenizer, &b.call, &back, &text), &b.call.error);
    ZEST_CHECK(text.is_utf8);
    ZEST_CHECK_TEXT(text.text, request.text);
    back.skip_special = true;
    ZEST_CHECK_OK(b.tokenizer->ops->detokenize(b.tokenizer, &b.call, &back, &text), &b.call.error);
    ZEST_CHECK_TEXT(text.text, ZEST_TEXT("Hello  \xC3\xA7!"));
    stop(&b);
}

ZEST_TEST(half_characters_are_bytes_or_pending)
{
    static const int32_t first[] = {187, 238}, rest[] = {223, 137};
    struct bench b;
    if (!start(&b))
        ZEST_SKIP("needs the default model");
    struct zest_tokenizer_detokenize_request half = {.ids = first, .ids_count = 2};
    struct zest_tokenizer_detokenize_reply text = {0};
    ZEST_CHECK_OK(b.tokenizer->ops->detokenize(b.tokenizer, &b.call, &half, &text), &b.call.error);
    ZEST_CHECK(!text.is_utf8);
    ZEST_CHECK_TEXT(text.text, ZEST_TEXT("\xEF\xBF\xBD"));
    ZEST_CHECK_INT(text.bytes.size, 2);
    struct zest_tokenizer_decode_stream_request request = {.ids = first, .ids_count = 2};
    struct zest_tokenizer_decode_stream_reply reply = {0};
    ZEST_CHECK_OK(b.tokenizer->ops->decode_stream(b.tokenizer, &b.call, &request, &reply), &b.call.error);
    ZEST_CHECK_INT(reply.text.size, 0);
    ZEST_CHECK_INT(reply.pending.size, 2);
    request = (struct zest_tokenizer_decode_stream_request){.ids = rest, .ids_count = 2, .pending = reply.pending};
    ZEST_CHECK_OK(b.tokenizer->ops->decode_stream(b.tokenizer, &b.call, &request, &reply), &b.call.error);
    ZEST_CHECK_TEXT(reply.text, ZEST_TEXT("\xF0\x94\x85\xBC"));
    ZEST_CHECK_INT(reply.pending.size, 0);
    request = (struct zest_tokenizer_decode_stream_request){.ids = first, .ids_count = 2, .flush = true};
    ZEST_CHECK_OK(b.tokenizer->ops->decode_stream(b.tokenizer, &b.call, &request, &reply), &b.call.error);
    ZEST_CHECK_TEXT(reply.text, ZEST_TEXT("\xEF\xBF\xBD"));
    stop(&b);
}

ZEST_TEST(wrong_calls_name_what_is_wrong)
{
    static const int32_t ids[] = {1, 49152};
    struct bench b;
    if (!start(&b))
        ZEST_SKIP("needs the default model");
    struct zest_tokenizer_detokenize_request request = {.ids = ids, .ids_count = 2};
    struct zest_tokenizer_detokenize_reply reply;
    ZEST_CHECK_INT(b.tokenizer->ops->detokenize(b.tokenizer, &b.call, &request, &reply), ZEST_OUT_OF_RANGE);
    ZEST_CHECK_TEXT(zest_text_of(b.call.error.message),
                    ZEST_TEXT("ids[1] is 49152, the vocabulary's ids are 0 to 49151"));
    ZEST_CHECK_TEXT(zest_text_of(b.call.error.param), ZEST_TEXT("ids"));
    struct zest_tokenizer_tokenize_request bad = {.text = ZEST_TEXT("a\xC0")};
    struct zest_tokenizer_tokenize_reply none;
    ZEST_CHECK_INT(b.tokenizer->ops->tokenize(b.tokenizer, &b.call, &bad, &none), ZEST_INVALID_UTF8);
    stop(&b);
    struct zest_tokenizer_options options = {.model_path = "/nowhere.gguf"};
    struct zest_tokenizer *tokenizer = NULL;
    struct zest_error error = {0};
    ZEST_CHECK(zest_tokenizer_native_create(&options, &tokenizer, &error) != ZEST_OK);
    ZEST_CHECK(tokenizer == NULL && error.message[0]);
}

ZEST_TEST(the_model_describes_itself_and_renders_chats)
{
    struct bench b;
    if (!start(&b))
        ZEST_SKIP("needs the default model");
    struct zest_tokenizer_get_tokenizer_info_request nothing = {0};
    struct zest_tokenizer_get_tokenizer_info_reply info = {0};
    ZEST_CHECK_OK(b.tokenizer->ops->get_tokenizer_info(b.tokenizer, &b.call, &nothing, &info), &b.call.error);
    ZEST_CHECK_INT(info.vocab_size, 49152);
    ZEST_CHECK_INT(info.eos_id, 2);
    ZEST_CHECK_INT(info.end_ids_count, 2);
    ZEST_CHECK(info.has_chat_template);
    struct zest_tokenizer_render_chat_request request;
    struct zest_tokenizer_render_chat_reply reply = {0};
    zest_tokenizer_render_chat_request_init(&request);
    request.messages = ZEST_TEXT("[{\"role\": \"user\", \"content\": \"Hi\"}]");
    ZEST_CHECK_OK(b.tokenizer->ops->render_chat(b.tokenizer, &b.call, &request, &reply), &b.call.error);
    ZEST_CHECK_TEXT(reply.text,
                    ZEST_TEXT("<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging "
                              "Face<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"));
    request.template = ZEST_TEXT("{{ raise_exception('not ' ~ x) }}");
    request.vars = ZEST_TEXT("{\"x\": 7}");
    ZEST_CHECK(b.tokenizer->ops->render_chat(b.tokenizer, &b.call, &request, &reply) != ZEST_OK);
    ZEST_CHECK_TEXT(zest_text_of(b.call.error.message), ZEST_TEXT("not 7"));
    stop(&b);
}

struct worker {
    struct zest_tokenizer *tokenizer;
    struct zest_text text;
    const int32_t *wanted;
    size_t wanted_count;
    int wrong;
};

static void *work(void *data)
{
    struct worker *w = data;
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    for (int i = 0; i < 10; i++) {
        struct zest_call call = {.arena = &arena};
        struct zest_tokenizer_tokenize_request request = {.text = w->text, .offsets = i % 3 == 0};
        struct zest_tokenizer_tokenize_reply reply = {0};
        enum zest_status status = w->tokenizer->ops->tokenize(w->tokenizer, &call, &request, &reply);
        w->wrong += status != ZEST_OK || reply.ids_count != w->wanted_count ||
                    memcmp(reply.ids, w->wanted, w->wanted_count * sizeof *w->wanted) != 0;
        zest_arena_reset(&arena);
    }
    zest_arena_finish(&arena);
    return NULL;
}

ZEST_TEST(threads_get_the_same_ids)
{
    enum { THREADS = 24 }; /* more than the pool holds */
    struct bench b;
    size_t size, ids_size;
    char *text = fixture_reference("smollm2/ppl.txt", &size),
         *ids = fixture_reference("smollm2/ppl_ids.bin", &ids_size);
    if (!text || !ids || !start(&b))
        ZEST_SKIP("needs the reference data and the default model");
    struct worker workers[THREADS];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){b.tokenizer, {text, size}, (int32_t *)ids, ids_size / 4, 0};
        ZEST_CHECK_INT(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        ZEST_CHECK_INT(workers[i].wrong, 0);
    }
    stop(&b);
    free(text);
    free(ids);
}
