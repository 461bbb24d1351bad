/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_compile.c - the steps from a definition to an image. Runs once per tokenizer; the image is then kept
 * (image_cache.c).
 *
 * To add sections: a function that adds them to the builder, and its name in `steps`. A later step may read nothing of
 * an earlier one's but the definition. Raise ZEST_IMAGE_VERSION when the meaning of a section changes.
 */
#include "image_compile.h"

#include "component.h"
#include "image_definition.h"
#include "token_table.h"

typedef enum zest_status compile_step(const struct zest_tokenizer_definition *definition,
                                      struct zest_image_builder *builder, struct zest_error *error);

static compile_step *const steps[] = {
    zest_image_definition_compile, /* COMPONENTS, ENDS */
    zest_token_table_compile,      /* TOKEN_… */
    zest_token_model_compile,      /* SCORES, MODEL_TRIE, PAIRS */
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
