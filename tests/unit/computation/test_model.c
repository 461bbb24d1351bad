/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_model.c - what a model file must have, and the sentence that says what it lacks.
 */
#include "model.h"
#include "tiny_model.h"
#include "zest_test.h"

static enum zest_status load(struct tiny_writer writer, struct zest_error *error)
{
    char path[] = "/tmp/zest-test-XXXXXX";
    struct zest_threads *threads = NULL;
    struct zest_model model = {0};
    tiny_write(&writer, path);
    enum zest_status status = zest_threads_create(2, false, &threads, error);
    if (status == ZEST_OK)
        status = zest_model_load(path, &zest_kernels_ref, threads, NULL, NULL, &model, error);
    zest_model_finish(&model);
    zest_threads_destroy(threads);
    (void)unlink(path);
    return status;
}

static void check_refused(struct tiny_writer writer, enum zest_status want, const char *word)
{
    struct zest_error error = {0};
    enum zest_status status = load(writer, &error);
    if (status != want || !strstr(error.message, word))
        ZEST_FAILED("got %s: \"%s\", wanted %s with \"%s\"", zest_status_name(status), error.message,
                    zest_status_name(want), word);
}

ZEST_TEST(damaged_models_are_refused_by_name)
{
    check_refused((struct tiny_writer){.architecture = "mamba"}, ZEST_UNSUPPORTED, "mamba");
    check_refused((struct tiny_writer){.skip = "general.architecture"}, ZEST_MODEL_DAMAGED, "general.architecture");
    check_refused((struct tiny_writer){.skip = "llama.block_count"}, ZEST_MODEL_DAMAGED, "llama.block_count");
    check_refused((struct tiny_writer){.skip = "llama.context_length"}, ZEST_MODEL_DAMAGED, "llama.context_length");
    check_refused((struct tiny_writer){.skip = "blk.1.ffn_up.weight"}, ZEST_MODEL_DAMAGED, "blk.1.ffn_up.weight");
    check_refused((struct tiny_writer){.skip = "token_embd.weight"}, ZEST_MODEL_DAMAGED, "token_embd.weight");
    check_refused((struct tiny_writer){.skip = "output_norm.weight"}, ZEST_MODEL_DAMAGED, "output_norm.weight");
    check_refused((struct tiny_writer){.kv_heads = 3}, ZEST_MODEL_DAMAGED, "3 KV heads");
    check_refused((struct tiny_writer){.heads = 8, .kv_heads = 8}, ZEST_UNSUPPORTED, "8 wide");
    check_refused((struct tiny_writer){.kv_heads = 4}, ZEST_MODEL_DAMAGED, "blk.0.attn_k.weight");
    check_refused((struct tiny_writer){.hidden = 128}, ZEST_MODEL_DAMAGED, "rows of 64; ");
    check_refused((struct tiny_writer){.hidden = 0xffffffff}, ZEST_MODEL_DAMAGED, "4294967295");
}

ZEST_TEST(whole_models_load)
{
    struct zest_error error = {0};
    ZEST_CHECK_OK(load((struct tiny_writer){.type = 3}, &error), &error);
    ZEST_CHECK_OK(load((struct tiny_writer){.type = 1, .untied = true}, &error), &error);
}

ZEST_TEST(missing_files_are_named)
{
    struct zest_error error = {0};
    struct zest_threads *threads = NULL;
    struct zest_model model = {0};
    ZEST_CHECK_OK(zest_threads_create(1, false, &threads, &error), &error);
    ZEST_CHECK_INT(zest_model_load("/nowhere/model.gguf", &zest_kernels_ref, threads, NULL, NULL, &model, &error),
                   ZEST_NOT_FOUND);
    ZEST_CHECK(strstr(error.message, "/nowhere/model.gguf") != NULL);
    zest_threads_destroy(threads);
}
