/* SPDX-License-Identifier: Apache-2.0 */
/* test_envelope.c - answers bare in production and enveloped in research; errors with the example of a correct call. */
#include <zest/api/scheduler.h>
#include <zest/api/tokenizer.h>
#include <zest/json.h>

#include "layer.h"
#include "zest_test.h"

static const struct zest_tokenizer_ops native_ops = {.abi = ZEST_ABI, .size = sizeof(native_ops), .name = "native"};

static bool contains(const struct zest_buffer *out, const char *part)
{
    return out->size && memmem(out->data, out->size, part, strlen(part)) != NULL;
}

static void write_answer(const struct zest_service *layer, struct zest_buffer *out)
{
    static const int32_t ids[] = {19556, 905};
    struct zest_tokenizer_tokenize_reply reply = {.ids = ids, .ids_count = 2};
    struct zest_call call = {.request_id = ZEST_TEXT("a \"name\""), .implementation = "native", .ticks = 1000};
    zest_buffer_init(out, 1 << 16);
    zest_answer_write(zest_operation_find(ZEST_TEXT("tokenizer"), ZEST_TEXT("tokenize")), layer, &call, &reply, out);
    ZEST_CHECK(!out->failed && zest_json_valid((struct zest_text){out->data, out->size}));
}

ZEST_TEST(production_answers_the_data_alone)
{
    struct zest_tokenizer native = {&native_ops};
    struct zest_buffer out;
    write_answer((struct zest_service *)&native, &out);
    ZEST_CHECK_TEXT(((struct zest_text){out.data, out.size}),
                    ZEST_TEXT("{\"ids\":[19556,905],\"offsets\":[],\"pieces\":[]}"));
    zest_buffer_finish(&out);
}

ZEST_TEST(research_answers_an_envelope)
{
    struct zest_tokenizer native = {&native_ops};
    struct zest_layer *layer;
    struct zest_error error;
    struct zest_buffer out;
    ZEST_CHECK_OK(zest_traced_create(ZEST_TOKENIZER, (struct zest_service *)&native, &layer, &error), &error);
    write_answer((struct zest_service *)layer, &out);
    static const char *const parts[] = {"{\"data\":{\"ids\":[19556,905]",
                                        "\"metadata\":{\"service\":\"tokenizer\",\"method\":\"tokenize\"",
                                        "\"mode\":\"research\"",
                                        "\"implementation\":\"native\"",
                                        "\"execution_time\":0.000",
                                        "\"request_id\":\"a \\\"name\\\"\"",
                                        "\"timestamp\":\"20",
                                        "Z\"",
                                        "\"warnings\":[]"};
    for (size_t i = 0; i < ZEST_COUNT(parts); i++)
        if (!contains(&out, parts[i]))
            ZEST_FAILED("%s is not in %.*s", parts[i], (int)out.size, out.data);
    ZEST_CHECK(!contains(&out, "algorithm_reasoning"));
    zest_buffer_finish(&out);
    zest_traced_free(layer);
}

static const struct zest_scheduler_ops scheduler_ops = {
    .abi = ZEST_ABI, .size = sizeof(scheduler_ops), .name = "native"};

ZEST_TEST(reasons_are_in_the_metadata)
{
    struct zest_scheduler native = {&scheduler_ops};
    struct zest_layer *layer;
    struct zest_error error;
    struct zest_buffer out;
    struct zest_call call = {0};
    struct zest_scheduler_schedule_request_reply reply = {.algorithm_reasoning =
                                                              ZEST_TEXT("Scheduled with priority 1")};
    ZEST_CHECK_OK(zest_traced_create(ZEST_SCHEDULER, (struct zest_service *)&native, &layer, &error), &error);
    zest_buffer_init(&out, 1 << 16);
    zest_answer_write(zest_operation_find(ZEST_TEXT("scheduler"), ZEST_TEXT("schedule_request")),
                      (struct zest_service *)layer, &call, &reply, &out);
    const char *metadata = memmem(out.data, out.size, "\"metadata\"", 10);
    ZEST_CHECK(metadata && strstr(metadata, "\"algorithm_reasoning\":\"Scheduled with priority 1\""));
    zest_buffer_finish(&out);
    zest_traced_free(layer);
}

ZEST_TEST(errors_show_a_correct_call)
{
    struct zest_error error;
    struct zest_buffer out;
    zest_fail_param(&error, ZEST_MISSING_FIELD, "text", "text is \"required\"");
    zest_buffer_init(&out, 1 << 16);
    zest_error_write(zest_operation_find(ZEST_TEXT("tokenizer"), ZEST_TEXT("tokenize")), &error, &out);
    ZEST_CHECK_TEXT(
        ((struct zest_text){out.data, out.size}),
        ZEST_TEXT("{\"error\":{\"code\":\"missing_field\",\"message\":\"text is \\\"required\\\"\",\"param\":\"text\","
                  "\"example\":{\"text\": \"Hello world\"},\"docs\":\"/docs#tokenizer.tokenize\"}}"));
    out.size = 0;
    zest_fail(&error, ZEST_NOT_FOUND, "no such route");
    zest_error_write(NULL, &error, &out);
    ZEST_CHECK_TEXT(
        ((struct zest_text){out.data, out.size}),
        ZEST_TEXT("{\"error\":{\"code\":\"not_found\",\"message\":\"no such route\",\"param\":null,\"example\":null,"
                  "\"docs\":\"/docs\"}}"));
    zest_buffer_finish(&out);
}
