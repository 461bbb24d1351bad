/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_computation.c - the service's operations on a small model: replies are whole, bad requests are refused.
 */
#include "computation.h"
#include "kernels.h"

#include <math.h>

#include <zest/api/computation_native.h>

#include "tiny_model.h"
#include "zest_test.h"

struct fixture {
    struct zest_computation *service;
    struct zest_arena arena;
    struct zest_call call;
    char path[32];
};

static enum zest_status try_create(const struct zest_computation_options *options, struct zest_error *error)
{
    struct zest_computation *service = NULL;
    enum zest_status status = zest_computation_native_create(options, &service, error);
    zest_computation_native_destroy(service);
    return status;
}

static bool set_up(struct fixture *f)
{
    struct tiny_writer writer = {.type = 3};
    struct zest_error error = {0};
    (void)snprintf(f->path, sizeof(f->path), "/tmp/zest-test-XXXXXX");
    tiny_write(&writer, f->path);
    zest_arena_init(&f->arena, ZEST_ARENA_UNLIMITED);
    f->call = (struct zest_call){.arena = &f->arena};
    struct zest_computation_options options = {.model_path = f->path, .threads = 2, .block_count = 8};
    f->service = NULL;
    ZEST_CHECK_OK(zest_computation_native_create(&options, &f->service, &error), &error);
    return f->service != NULL;
}

static void tear_down(struct fixture *f)
{
    zest_computation_native_destroy(f->service);
    zest_arena_finish(&f->arena);
    (void)unlink(f->path);
}

ZEST_TEST(executes_steps)
{
    struct fixture f;
    if (!set_up(&f))
        return;
    int32_t tokens[] = {1, 2, 3, 4}, blocks[] = {0}, other[] = {1};
    struct zest_computation_entry entries[] = {
        {.sequence_id = 1,
         .token_count = 3,
         .logits = ZEST_COMPUTATION_LOGITS_WANTED_ALL,
         .block_ids = blocks,
         .block_ids_count = 1},
        {.sequence_id = 2,
         .token_count = 1,
         .logits = ZEST_COMPUTATION_LOGITS_WANTED_LAST,
         .block_ids = other,
         .block_ids_count = 1},
    };
    struct zest_computation_execute_request request = {
        .step = 1, .token_ids = tokens, .token_ids_count = 4, .entries = entries, .entries_count = 2};
    struct zest_computation_execute_reply reply;
    ZEST_CHECK_OK(zest_computation_execute(f.service, &f.call, &request, &reply), &f.call.error);
    ZEST_CHECK_INT(reply.logits.rank, 2);
    ZEST_CHECK_INT(reply.logits.shape[0], 4);
    ZEST_CHECK_INT(reply.logits.shape[1], TINY_VOCAB);
    ZEST_CHECK(isfinite(((const float *)reply.logits.data)[399]));
    entries[1].position = -1;
    ZEST_CHECK_INT(zest_computation_execute(f.service, &f.call, &request, &reply), ZEST_OUT_OF_RANGE);
    entries[1].position = 0;
    other[0] = 8;
    ZEST_CHECK_INT(zest_computation_execute(f.service, &f.call, &request, &reply), ZEST_OUT_OF_RANGE);
    ZEST_CHECK(strstr(f.call.error.message, "block 8") != NULL);
    struct zest_computation_resize_kv_request grow = {.block_count = 9};
    struct zest_computation_resize_kv_reply grown;
    ZEST_CHECK_OK(zest_computation_resize_kv(f.service, &f.call, &grow, &grown), &f.call.error);
    ZEST_CHECK_INT(grown.block_count, 9);
    ZEST_CHECK_OK(zest_computation_execute(f.service, &f.call, &request, &reply), &f.call.error);
    grow.block_count = -4;
    ZEST_CHECK_INT(zest_computation_resize_kv(f.service, &f.call, &grow, &grown), ZEST_OUT_OF_RANGE);
    tear_down(&f);
}

ZEST_TEST(tells_what_it_is)
{
    struct fixture f;
    if (!set_up(&f))
        return;
    struct zest_computation_get_model_info_request ask = {0};
    struct zest_computation_model_info info;
    struct zest_computation_explain_request why = {0};
    struct zest_computation_explain_reply story;
    ZEST_CHECK_OK(zest_computation_get_model_info(f.service, &f.call, &ask, &info), &f.call.error);
    ZEST_CHECK_TEXT(info.architecture, ZEST_TEXT("llama"));
    ZEST_CHECK_TEXT(info.type, ZEST_TEXT("Q4_1"));
    ZEST_CHECK_TEXT(info.name, ZEST_TEXT("Tiny"));
    ZEST_CHECK_INT(info.vocab_size, TINY_VOCAB);
    ZEST_CHECK_INT(info.block_bytes, 2 * 2 * 2 * 32 * 16 * 4);
    ZEST_CHECK_INT(info.threads, 2);
    ZEST_CHECK_OK(zest_computation_explain(f.service, &f.call, &why, &story), &f.call.error);
    ZEST_CHECK(story.algorithm_reasoning.size > 100 && strstr(story.algorithm_reasoning.data, "2 threads") != NULL);
    ZEST_CHECK_INT(story.steps_total, 0);
    tear_down(&f);
}

static enum zest_status bench(struct fixture *f, const char *kernel, const char *config,
                              struct zest_computation_benchmark_kernel_reply *ret_reply)
{
    struct zest_computation_benchmark_kernel_request request = {zest_text_of(kernel), zest_text_of(config)};
    return zest_computation_benchmark_kernel(f->service, &f->call, &request, ret_reply);
}

ZEST_TEST(benchmarks_every_variant)
{
    struct fixture f;
    if (!set_up(&f))
        return;
    struct zest_computation_get_available_kernels_request ask = {0};
    struct zest_computation_get_available_kernels_reply kernels;
    struct zest_computation_benchmark_kernel_reply reply;
    ZEST_CHECK_OK(zest_computation_get_available_kernels(f.service, &f.call, &ask, &kernels), &f.call.error);
    const struct zest_kernels *paths[ZEST_PATH_MAX];
    bool have_fast = zest_kernels_paths(paths) > 1;
    ZEST_CHECK(kernels.kernels_count >= 14 && kernels.variants_count >= kernels.kernels_count + have_fast);
    for (size_t i = 0; i < kernels.variants_count; i++) {
        const struct zest_computation_kernel_variant *v = &kernels.variants[i];
        char config[160];
        if (!v->is_available)
            continue;
        (void)snprintf(config, sizeof(config),
                       "{\"batch_size\": 2, \"seq_len\": 9, \"rows\": 33, \"cols\": 64, \"repeat\": 3, \"threads\": 2, "
                       "\"variant\": \"%.*s\"}",
                       (int)v->variant.size, v->variant.data);
        ZEST_CHECK_OK(bench(&f, v->kernel.data, config, &reply), &f.call.error);
        ZEST_CHECK_TEXT(reply.variant, v->variant);
        ZEST_CHECK(reply.median_seconds > 0 && reply.minimum_seconds <= reply.median_seconds && reply.macs > 0);
        ZEST_CHECK(reply.roof_fraction > 0 && reply.repeats == 3);
        ZEST_CHECK(strstr(reply.config.data, "\"seq_len\":9") != NULL);
    }
    tear_down(&f);
}

ZEST_TEST(refuses_impossible_benchmarks)
{
    static const struct {
        const char *kernel, *config;
        enum zest_status want;
    } cases[] = {
        {"warp_drive", "{}", ZEST_NOT_FOUND},
        {"rms_norm", "{\"color\": 3}", ZEST_UNKNOWN_FIELD},
        {"rms_norm", "{\"cols\": 33}", ZEST_OUT_OF_RANGE},
        {"rms_norm", "{\"cols\": 0}", ZEST_OUT_OF_RANGE},
        {"rms_norm", "{\"cols\": \"64\"}", ZEST_WRONG_TYPE},
        {"rms_norm", "{\"cols\": 1e3}", ZEST_WRONG_TYPE},
        {"rms_norm", "[1]", ZEST_WRONG_TYPE},
        {"rms_norm", "{\"cols\": ", ZEST_INVALID_JSON},
        {"rms_norm", "{\"variant\": \"mmx\"}", ZEST_NOT_FOUND},
        {"naive_attention", "{\"variant\": \"avx2\"}", ZEST_NOT_FOUND},
        {"flash_attention", "{\"heads\": 5, \"kv_heads\": 2}", ZEST_OUT_OF_RANGE},
        {"flash_attention", "{\"batch_size\": 1024, \"seq_len\": 131072}", ZEST_TOO_LARGE},
        {"matmul_q4_1", "{\"rows\": 1048576, \"cols\": 262144}", ZEST_TOO_LARGE},
        {"matmul_q4_1", "{\"threads\": 3}", ZEST_OUT_OF_RANGE},
    };
    struct fixture f;
    struct zest_computation_benchmark_kernel_reply reply;
    if (!set_up(&f))
        return;
    for (size_t i = 0; i < ZEST_COUNT(cases); i++) {
        enum zest_status status = bench(&f, cases[i].kernel, cases[i].config, &reply);
        if (status != cases[i].want || f.call.error.message[0] == '\0')
            ZEST_FAILED("%s %s: %s, not %s", cases[i].kernel, cases[i].config, zest_status_name(status),
                        zest_status_name(cases[i].want));
    }
    tear_down(&f);
}

ZEST_TEST(measures_the_machine)
{
    struct fixture f;
    if (!set_up(&f))
        return;
    struct zest_computation_get_machine_request ask = {0};
    struct zest_computation_get_machine_reply reply;
    ZEST_CHECK_OK(zest_computation_get_machine(f.service, &f.call, &ask, &reply), &f.call.error);
    ZEST_CHECK(reply.memory_bandwidth > 1e8 && reply.cores >= 1 && reply.threads == 2);
    ZEST_CHECK(reply.ping_pong_seconds > 0 && reply.placement.size > 0);
    ZEST_CHECK(reply.cpu_paths_count >= 1);
    ZEST_CHECK_TEXT(reply.cpu_paths[0], ZEST_TEXT("baseline"));
    tear_down(&f);
}

ZEST_TEST(refuses_impossible_options)
{
    struct fixture f;
    struct zest_error error = {0};
    if (!set_up(&f))
        return;
    const struct {
        struct zest_computation_options options;
        enum zest_status want;
    } cases[] = {
        {{.model_path = NULL}, ZEST_MISSING_FIELD},
        {{.model_path = "/nowhere.gguf"}, ZEST_NOT_FOUND},
        {{.model_path = "/tmp"}, ZEST_INVALID_ARGUMENT},
        {{.model_path = f.path, .cpu = "z80"}, ZEST_INVALID_ARGUMENT},
        {{.model_path = f.path, .activations = "q2"}, ZEST_INVALID_ARGUMENT},
        {{.model_path = f.path, .kv_type = "q8"}, ZEST_INVALID_ARGUMENT},
        {{.model_path = f.path, .threads = -1}, ZEST_OUT_OF_RANGE},
        {{.model_path = f.path, .threads = 100000}, ZEST_OUT_OF_RANGE},
        {{.model_path = f.path, .block_tokens = 20}, ZEST_OUT_OF_RANGE},
        {{.model_path = f.path, .block_count = -1}, ZEST_OUT_OF_RANGE},
    };
    for (size_t i = 0; i < ZEST_COUNT(cases); i++) {
        error = (struct zest_error){0};
        ZEST_CHECK_INT(try_create(&cases[i].options, &error), cases[i].want);
        ZEST_CHECK(error.message[0] != '\0');
    }
    tear_down(&f);
    zest_computation_native_destroy(NULL);
}

static void count_progress(void *user, const char *what, double fraction)
{
    double *last = user;
    ZEST_CHECK(fraction >= *last && fraction <= 1 && what[0]);
    *last = fraction;
}

ZEST_TEST(reports_progress_to_the_end)
{
    char path[] = "/tmp/zest-test-XXXXXX";
    struct tiny_writer writer = {.type = 8};
    struct zest_error error = {0};
    double last = 0;
    tiny_write(&writer, path);
    struct zest_computation_options options = {.model_path = path,
                                               .threads = 1,
                                               .cpu = "baseline",
                                               .activations = "f32",
                                               .kv_type = "f16",
                                               .progress = count_progress,
                                               .progress_user = &last};
    ZEST_CHECK_OK(try_create(&options, &error), &error);
    ZEST_CHECK(last == 1);
    (void)unlink(path);
}
