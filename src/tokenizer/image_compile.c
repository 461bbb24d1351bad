/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_compile.c - the steps from a definition to an image. Runs once per tokenizer; the image is then kept
 * (image_cache.c).
 *
 * To add sections: a function that adds them to the builder, and its name in `steps`. A later step may read what
 * earlier ones added (zest_image_builder_view). Raise ZEST_IMAGE_VERSION when the meaning of a section changes.
 */
#include "image_compile.h"

#include "added_vocabulary.h"
#include "component.h"
#include "decode_table.h"
#include "decoder.h"
#include "fast.h"
#include "image_definition.h"
#include "token_table.h"

typedef enum zest_status compile_step(const struct zest_tokenizer_definition *definition,
                                      struct zest_image_builder *builder, struct zest_error *error);

/* Makes what the image will be run with, for its errors: who maps an image later finds its patterns right. */
static enum zest_status check_components(const struct zest_tokenizer_definition *definition,
                                         struct zest_image_builder *builder, struct zest_error *error)
{
    struct zest_arena arena;
    struct zest_normalizer *normalizer = NULL;
    struct zest_pretokenizer *pretokenizer = NULL;
    struct zest_decoder *decoder = NULL;
    const json_t *components = definition->components;
    (void)builder;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    enum zest_status status =
        zest_normalizer_create(json_object_get(components, "normalizer"), &arena, &normalizer, error);
    if (status == ZEST_OK)
        status = zest_normalizer_prepare(normalizer, error);
    if (status == ZEST_OK)
        status = zest_pretokenizer_create(json_object_get(components, "pre_tokenizer"), &arena, &pretokenizer, error);
    if (status == ZEST_OK)
        status = zest_pretokenizer_prepare(pretokenizer, error);
    if (status == ZEST_OK)
        status = zest_decoder_create(json_object_get(components, "decoder"), &arena, &decoder, error);
    zest_normalizer_finish(normalizer);
    zest_pretokenizer_finish(pretokenizer);
    zest_decoder_finish(decoder);
    zest_arena_finish(&arena);
    return status;
}

/* Decoding works with the normalized contents of added tokens, which the added vocabulary has found out. */
static enum zest_status compile_decoding(const struct zest_tokenizer_definition *definition,
                                         struct zest_image_builder *builder, struct zest_error *error)
{
    struct zest_image view;
    struct zest_added_vocabulary added;
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_text *texts = ZEST_NEW_ARRAY(&arena, struct zest_text, definition->added_count + 1);
    enum zest_status status = texts && !builder->failed
                                  ? ZEST_OK
                                  : zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a compiled tokenizer");
    if (status == ZEST_OK) {
        zest_image_builder_view(builder, &view);
        status = zest_added_vocabulary_open(&view, &added, error);
    }
    for (size_t i = 0; status == ZEST_OK && i < definition->added_count; i++)
        texts[i] =
            zest_text_copy(&arena, zest_added_decoded(&added, zest_added_find_id(&added, definition->added[i].id)));
    if (status == ZEST_OK)
        status = zest_decode_table_compile(definition, texts, builder, error);
    zest_arena_finish(&arena);
    return status;
}

static compile_step *const steps[] = {
    check_components,
    zest_image_definition_compile, /* COMPONENTS, ENDS */
    zest_token_table_compile,      /* TOKEN_… */
    zest_token_model_compile,      /* SCORES, MODEL_TRIE, PAIRS */
    zest_added_vocabulary_compile, /* ADDED_… */
    compile_decoding,              /* DECODE */
    zest_fast_compile,             /* FAST_… */
};

enum zest_status zest_image_compile(const struct zest_tokenizer_definition *definition, struct zest_image *ret_image,
                                    struct zest_error *error)
{
    struct zest_image_builder builder;
    enum zest_status status = ZEST_OK;
    zest_image_builder_init(&builder);
    for (size_t i = 0; i < ZEST_COUNT(steps) && status == ZEST_OK; i++)
        status = steps[i](definition, &builder, error);
    if (status == ZEST_OK)
        status = zest_image_build(&builder, ret_image, error);
    zest_image_builder_finish(&builder);
    return status;
}
