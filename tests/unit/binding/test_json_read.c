/* SPDX-License-Identifier: Apache-2.0 */
/* test_json_read.c - what the reader takes, what it refuses, and how its errors name the field, the value and the
 * limit. */
#include <zest/api/engine.h>
#include <zest/api/tokenizer.h>
#include <zest/json.h>

#include "zest_test.h"

static struct zest_arena arena;
static struct zest_error error;

static enum zest_status read_request(const char *service, const char *operation, struct zest_text json,
                                     void *ret_request)
{
    const struct zest_operation *found = zest_operation_find(zest_text_of(service), zest_text_of(operation));
    error = (struct zest_error){0};
    zest_arena_finish(&arena);
    zest_arena_init(&arena, (size_t)16 << 20);
    return zest_json_read(found->request, json, &arena, ret_request, &error);
}

struct refusal {
    const char *service, *operation, *json;
    enum zest_status code;
    const char *param, *part; /* a part of the sentence */
};

static const struct refusal refusals[] = {
    {"tokenizer", "tokenize", "", ZEST_INVALID_JSON, "", "empty"},
    {"tokenizer", "tokenize", "  \n", ZEST_INVALID_JSON, "", "empty"},
    {"tokenizer", "tokenize", "{", ZEST_INVALID_JSON, "", "cut off at byte 1"},
    {"tokenizer", "tokenize", "{\"text\"", ZEST_INVALID_JSON, "", "':'"},
    {"tokenizer", "tokenize", "{\"text\":", ZEST_INVALID_JSON, "text", "cut off at byte 8"},
    {"tokenizer", "tokenize", "{\"text\":\"a", ZEST_INVALID_JSON, "text", "closing quote"},
    {"tokenizer", "tokenize", "{\"text\":\"a\"", ZEST_INVALID_JSON, "", "',' or '}'"},
    {"tokenizer", "tokenize", "{\"text\":\"a\",}", ZEST_INVALID_JSON, "", "a name in quotes"},
    {"tokenizer", "tokenize", "{\"text\":\"a\"} {}", ZEST_INVALID_JSON, "", "nothing behind"},
    {"tokenizer", "tokenize", "{text:\"a\"}", ZEST_INVALID_JSON, "", "byte 1"},
    {"tokenizer", "tokenize", "{\"text\":'a'}", ZEST_INVALID_JSON, "text", "a string"},
    {"tokenizer", "tokenize", "{\"text\":\"a\tb\"}", ZEST_INVALID_JSON, "text", "control character"},
    {"tokenizer", "tokenize", "{\"text\":\"\\x\"}", ZEST_INVALID_JSON, "text", "backslash"},
    {"tokenizer", "tokenize", "{\"text\":\"\\u12g4\"}", ZEST_INVALID_JSON, "text", "hexadecimal"},
    {"tokenizer", "tokenize", "{\"text\":\"\\ud800\"}", ZEST_INVALID_UTF8, "text", "lone surrogate \\ud800"},
    {"tokenizer", "tokenize", "{\"text\":\"\\udc00\\ud800\"}", ZEST_INVALID_UTF8, "text", "lone surrogate"},
    {"tokenizer", "tokenize", "{\"text\":\"\xC3(\"}", ZEST_INVALID_UTF8, "", "0xc3 at offset 9"},
    {"tokenizer", "tokenize", "{\"text\":\"a\",\"text\":\"b\"}", ZEST_INVALID_JSON, "text", "twice"},
    {"tokenizer", "tokenize", "{\"txt\":\"a\"}", ZEST_UNKNOWN_FIELD, "txt", "text, add_special"},
    {"tokenizer", "tokenize", "{}", ZEST_MISSING_FIELD, "text", "required"},
    {"tokenizer", "tokenize", "[]", ZEST_WRONG_TYPE, "", "the body must be an object, not an array"},
    {"tokenizer", "tokenize", "\"a\"", ZEST_WRONG_TYPE, "", "not a string"},
    {"tokenizer", "tokenize", "{\"text\":7}", ZEST_WRONG_TYPE, "text", "must be a string, not a number"},
    {"tokenizer", "tokenize", "{\"text\":null}", ZEST_WRONG_TYPE, "text", "not null"},
    {"tokenizer", "tokenize", "{\"text\":\"a\",\"offsets\":1}", ZEST_WRONG_TYPE, "offsets", "true or false"},
    {"tokenizer", "tokenize", "{\"text\":\"a\",\"offsets\":tru}", ZEST_INVALID_JSON, "offsets", "true"},
    {"tokenizer", "get_tokenizer_info", "{\"a\":1}", ZEST_UNKNOWN_FIELD, "a", "no fields"},
    {"tokenizer", "detokenize", "{\"ids\":7}", ZEST_WRONG_TYPE, "ids", "must be an array"},
    {"tokenizer", "detokenize", "{\"ids\":[1,\"2\"]}", ZEST_WRONG_TYPE, "ids[1]", "must be an integer, not a string"},
    {"tokenizer", "detokenize", "{\"ids\":[1,2.5]}", ZEST_WRONG_TYPE, "ids[1]", "is 2.5"},
    {"tokenizer", "detokenize", "{\"ids\":[1,]}", ZEST_INVALID_JSON, "ids[1]", "an integer"},
    {"tokenizer", "detokenize", "{\"ids\":[1, ]}", ZEST_INVALID_JSON, "ids[1]", "an integer"},
    {"tokenizer", "detokenize", "{\"ids\":[,1]}", ZEST_INVALID_JSON, "ids[0]", "an integer"},
    {"tokenizer", "detokenize", "{\"ids\":[1 2]}", ZEST_INVALID_JSON, "ids[0]", "',' or ']'"},
    {"tokenizer", "detokenize", "{\"ids\":[01]}", ZEST_INVALID_JSON, "ids[0]", "leading 0"},
    {"tokenizer", "detokenize", "{\"ids\":[-]}", ZEST_INVALID_JSON, "ids[0]", "a digit"},
    {"tokenizer", "detokenize", "{\"ids\":[1", ZEST_INVALID_JSON, "ids[0]", "']'"},
    {"tokenizer", "detokenize", "{\"ids\":[2147483648]}", ZEST_OUT_OF_RANGE, "ids[0]", "2147483647"},
    {"tokenizer", "detokenize", "{\"ids\":[-2147483649]}", ZEST_OUT_OF_RANGE, "ids[0]", "-2147483648"},
    {"tokenizer", "detokenize", "{\"ids\":[123456789012345678901234567890]}", ZEST_OUT_OF_RANGE, "ids[0]",
     "2147483647"},
    {"tokenizer", "detokenize", "{\"ids\":[1e400]}", ZEST_OUT_OF_RANGE, "ids[0]", "2147483647"},
    {"tokenizer", "decode_stream", "{\"ids\":[1],\"pending\":\"?\"}", ZEST_INVALID_ARGUMENT, "pending", "base64"},
    {"tokenizer", "decode_stream", "{\"ids\":[1],\"pending\":\"QR==\"}", ZEST_INVALID_ARGUMENT, "pending", "base64"},
    {"tokenizer", "decode_stream", "{\"ids\":[],\"pending\":\"AAAAAAAAAAAAAAAAAAAAAAAA\"}", ZEST_TOO_LARGE, "pending",
     "at most 16"},
    {"tokenizer", "render_chat", "{\"messages\":[}", ZEST_INVALID_JSON, "messages", "a value"},
    {"tokenizer", "render_chat", "{\"messages\":[{\"a\" 1}]}", ZEST_INVALID_JSON, "messages", "':'"},
    {"tokenizer", "render_chat", "{\"messages\":{}}", ZEST_WRONG_TYPE, "messages", "must be an array, not an object"},
    {"tokenizer", "render_chat", "{\"messages\":[],\"vars\":[]}", ZEST_WRONG_TYPE, "vars",
     "must be an object, not an array"},
    {"engine", "generate", "{\"max_tokens\":-5}", ZEST_OUT_OF_RANGE, "max_tokens", "is -5; it must be at least 0"},
    {"engine", "generate", "{\"top_p\":1.5}", ZEST_OUT_OF_RANGE, "top_p", "is 1.5; it must lie between 0 and 1"},
    {"engine", "generate", "{\"top_p\":null}", ZEST_WRONG_TYPE, "top_p", "not null"},
    {"engine", "generate", "{\"seed\":-1}", ZEST_OUT_OF_RANGE, "seed", "18446744073709551615"},
    {"engine", "generate", "{\"seed\":18446744073709551616}", ZEST_OUT_OF_RANGE, "seed", "is 18446744073709551616"},
    {"engine", "generate", "{\"priority\":1e999}", ZEST_OUT_OF_RANGE, "priority", "between 0 and 1"},
    {"engine", "generate", "{\"stop\":[\"a\",\"b\",3]}", ZEST_WRONG_TYPE, "stop[2]", "must be a string"},
    {"engine", "forward", "{\"ids\":[1],\"positions\":\"first\"}", ZEST_INVALID_ARGUMENT, "positions",
     "one of last, all"},
    {"engine", "forward", "{\"ids\":[1],\"positions\":3}", ZEST_WRONG_TYPE, "positions", "a name in quotes"},
};

ZEST_TEST(refusals_name_field_value_and_limit)
{
    char request[1024];
    for (size_t i = 0; i < ZEST_COUNT(refusals); i++) {
        const struct refusal *r = &refusals[i];
        enum zest_status status = read_request(r->service, r->operation, zest_text_of(r->json), request);
        if (status != r->code || strcmp(error.param, r->param) || !strstr(error.message, r->part))
            ZEST_FAILED("%s: %s, param '%s': %s", r->json, zest_status_name(status), error.param, error.message);
    }
    zest_arena_finish(&arena);
}

ZEST_TEST(nested_paths_are_named)
{
    char reply[1024];
    const struct zest_operation *generate = zest_operation_find(ZEST_TEXT("engine"), ZEST_TEXT("generate"));
    struct zest_text json =
        ZEST_TEXT("{\"logprobs\":[{\"id\":1,\"token\":\"a\",\"logprob\":-1,\"top\":[{\"id\":\"x\"}]}]}");
    zest_arena_init(&arena, 1 << 20);
    ZEST_CHECK_INT(zest_json_read(generate->reply, json, &arena, reply, &error), ZEST_WRONG_TYPE);
    ZEST_CHECK_TEXT(zest_text_of(error.param), ZEST_TEXT("logprobs[0].top[0].id"));
    zest_arena_finish(&arena);
}

ZEST_TEST(plain_texts_are_borrowed_and_escapes_undone)
{
    struct zest_tokenizer_tokenize_request request;
    struct zest_text json = ZEST_TEXT(" {\"text\" : \"plain\", \"pieces\":true}\n");
    ZEST_CHECK_OK(read_request("tokenizer", "tokenize", json, &request), &error);
    ZEST_CHECK(request.text.data > json.data && request.text.data < json.data + json.size);
    ZEST_CHECK(request.pieces && request.add_special && !request.offsets);
    json = ZEST_TEXT("{\"te\\u0078t\":\"a\\n\\\"\\\\\\/\\b\\f\\r\\t\\u00e9\\u20ac\\ud83d\\ude00\\u0000z\"}");
    ZEST_CHECK_OK(read_request("tokenizer", "tokenize", json, &request), &error);
    ZEST_CHECK_TEXT(request.text, ZEST_TEXT("a\n\"\\/\b\f\r\t\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\0z"));
    zest_arena_finish(&arena);
}

ZEST_TEST(integers_are_exact_at_their_ends)
{
    struct zest_tokenizer_detokenize_request request;
    static const int32_t expected[] = {-2147483648, 2147483647, 0,    0, 1234567, -1234567,
                                       12345678,    99999999,   1000, 3, 7};
    struct zest_text json =
        ZEST_TEXT("{\"ids\":[-2147483648,2147483647,0, -0 ,1234567,-1234567,12345678,99999999 , 1e3,3.0,7]}");
    ZEST_CHECK_OK(read_request("tokenizer", "detokenize", json, &request), &error);
    ZEST_CHECK_INT(request.ids_count, ZEST_COUNT(expected));
    for (size_t i = 0; i < ZEST_COUNT(expected) && i < request.ids_count; i++)
        ZEST_CHECK_INT(request.ids[i], expected[i]);
    struct zest_engine_generation generation;
    ZEST_CHECK_OK(read_request("engine", "generate", ZEST_TEXT("{\"seed\":18446744073709551615}"), &generation),
                  &error);
    ZEST_CHECK(generation.seed == UINT64_MAX);
    zest_arena_finish(&arena);
}

ZEST_TEST(lengths_of_digits_and_blanks_do_not_matter)
{
    struct zest_tokenizer_detokenize_request request;
    char json[512];
    for (int digits = 1; digits <= 9; digits++)
        for (int blanks = 0; blanks < 3; blanks++) {
            int32_t value = (int32_t)(987654321 / (digits == 9 ? 1 : digits == 8 ? 10 : 100));
            while (snprintf(NULL, 0, "%d", value) > digits)
                value /= 10;
            snprintf(json, sizeof(json), "{\"ids\":[%d,%*s%d%*s,-%d]}", value, blanks, "", value, blanks, "", value);
            ZEST_CHECK_OK(read_request("tokenizer", "detokenize", zest_text_of(json), &request), &error);
            ZEST_CHECK_INT(request.ids_count, 3);
            ZEST_CHECK(request.ids[0] == value && request.ids[1] == value && request.ids[2] == -value);
        }
    zest_arena_finish(&arena);
}

ZEST_TEST(defaults_equal_those_of_the_header)
{
    struct zest_engine_generation read, defaults, header;
    zest_engine_generation_init(&header);
    ZEST_CHECK_OK(read_request("engine", "generate", ZEST_TEXT("{}"), &read), &error);
    const struct zest_object *object = zest_operation_find(ZEST_TEXT("engine"), ZEST_TEXT("generate"))->request;
    ZEST_CHECK_OK(zest_json_defaults(object, &arena, &defaults, &error), &error);
    ZEST_CHECK(read.max_tokens == 128 && defaults.max_tokens == 128 && header.max_tokens == 128);
    ZEST_CHECK(read.top_p == 1 && defaults.top_p == 1 && header.top_p == 1);
    ZEST_CHECK(read.logprobs == -1 && defaults.priority == 0.5 && header.priority == 0.5);
    zest_arena_finish(&arena);
}

ZEST_TEST(memory_is_limited_by_the_arena)
{
    struct zest_tokenizer_detokenize_request request;
    struct zest_buffer big;
    zest_buffer_init(&big, 1 << 20);
    zest_buffer_append(&big, "{\"ids\":[0", 9);
    for (int i = 0; i < 100000; i++)
        zest_buffer_append(&big, ",1", 2);
    zest_buffer_append(&big, "]}", 2);
    const struct zest_object *object = zest_operation_find(ZEST_TEXT("tokenizer"), ZEST_TEXT("detokenize"))->request;
    zest_arena_init(&arena, 1 << 16);
    ZEST_CHECK_INT(zest_json_read(object, (struct zest_text){big.data, big.size}, &arena, &request, &error),
                   ZEST_OUT_OF_MEMORY);
    ZEST_CHECK(strstr(error.message, "65536") != NULL);
    zest_arena_finish(&arena);
    zest_buffer_finish(&big);
}

ZEST_TEST(outputs_are_touched_only_on_success)
{
    struct zest_tokenizer_tokenize_request request = {.text = ZEST_TEXT("before"), .pieces = true};
    ZEST_CHECK_INT(read_request("tokenizer", "tokenize", ZEST_TEXT("{\"text\":\"after\",\"pieces\":0}"), &request),
                   ZEST_WRONG_TYPE);
    ZEST_CHECK_TEXT(request.text, ZEST_TEXT("before"));
    ZEST_CHECK(request.pieces);
    zest_arena_finish(&arena);
}

ZEST_TEST(values_of_the_users_own_shape_are_checked)
{
    static const char *const good[] = {"1", " [1, 2.5e-3, {\"a\": [null, true, false]}] ", "\"\\u0041\"", "{}", "[]",
                                       "-0"};
    static const char *const bad[] = {"",   "[1,]", "{\"a\":}", "{a:1}", "01",       "1 2", "+1",
                                      ".5", "1.",   "1e",       "nul",   "\"\x01\"", "[1",  "\"\xff\""};
    char deep[200];
    for (size_t i = 0; i < ZEST_COUNT(good); i++)
        if (!zest_json_valid(zest_text_of(good[i])))
            ZEST_FAILED("refused: %s", good[i]);
    for (size_t i = 0; i < ZEST_COUNT(bad); i++)
        if (zest_json_valid(zest_text_of(bad[i])))
            ZEST_FAILED("taken: %s", bad[i]);
    memset(deep, '[', 100);
    memset(deep + 100, ']', 100);
    ZEST_CHECK(!zest_json_valid((struct zest_text){deep, 200}));
    ZEST_CHECK(zest_json_valid((struct zest_text){deep + 40, 120}));
}
