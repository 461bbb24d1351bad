/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_tokenizer_json.c - any bytes as a tokenizer.json: refused with a sentence, or read into a definition that holds
 * together. What is read is then compiled, so that models meet every vocabulary that a file can make.
 */
#include "image_compile.h"
#include "tokenizer_json.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process where something that a definition promises is not so: this is what a fuzzer looks for. */
static void need(bool promise)
{
    if (!promise)
        abort();
}

static void check(const struct zest_tokenizer_definition *definition)
{
    need(json_is_object(json_object_get(definition->components, "model")));
    for (uint32_t i = 0; i < definition->merge_count; i++) {
        struct zest_merge merge = definition->merges[i];
        need(merge.left < definition->token_count && merge.right < definition->token_count &&
             merge.product < definition->token_count);
        need(definition->tokens[merge.left].data && definition->tokens[merge.right].data &&
             definition->tokens[merge.product].data);
    }
    for (uint32_t id = 0; id < definition->token_count; id++)
        need(zest_utf8_valid(definition->tokens[id], NULL));
    for (uint32_t i = 0; i < definition->added_count; i++)
        need(definition->added[i].content.size > 0 && zest_utf8_valid(definition->added[i].content, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zest_tokenizer_definition definition = {.ends = {.bos_id = -1, .eos_id = -1}};
    struct zest_error error = {0};
    struct zest_image image = {0};
    zest_arena_init(&definition.arena, ZEST_ARENA_UNLIMITED);
    enum zest_status status =
        zest_tokenizer_json_read("fuzz", (struct zest_text){(const char *)data, size}, &definition, &error);
    need((status == ZEST_OK) == (error.message[0] == 0));
    if (status == ZEST_OK) {
        check(&definition);
        if (zest_image_compile(&definition, &image, &error) == ZEST_OK)
            zest_image_close(&image);
    }
    zest_definition_finish(&definition);
    return 0;
}
