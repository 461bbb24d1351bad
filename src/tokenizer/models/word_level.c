/* SPDX-License-Identifier: Apache-2.0 */
/*
 * word_level.c - the token model "WordLevel": a piece is a token, or the unknown one.
 *
 * Source    Hugging Face tokenizers 0.23, models/wordlevel/mod.rs.
 * Threads: immutable once opened.
 */
#include "component_json.h"
#include "model_steps.h"
#include "token_model.h"
#include "token_table.h"

struct word_level {
    struct zest_token_model base;
    struct zest_token_table tokens;
    uint32_t unknown_id; /* ZEST_NO_TOKEN: not in the vocabulary, an error when it is needed */
};

static void word_level_run(const struct zest_token_model *self, struct zest_model_scratch *scratch,
                           const unsigned char *piece, size_t size, struct zest_tokens *tokens)
{
    const struct word_level *model = (const struct word_level *)self;
    uint32_t id = zest_token_find(&model->tokens, piece, size);
    (void)scratch;
    if (id == ZEST_NO_TOKEN)
        id = model->unknown_id;
    if (id != ZEST_NO_TOKEN)
        zest_tokens_add(tokens, id, 0, (uint32_t)size);
    else if (tokens->status == ZEST_OK)
        tokens->status = ZEST_MODEL_DAMAGED;
}

static void word_level_explain(const struct zest_token_model *self, struct zest_model_scratch *scratch,
                               const unsigned char *piece, size_t size, struct zest_tokens *tokens,
                               struct zest_model_steps *steps)
{
    const struct word_level *model = (const struct word_level *)self;
    uint32_t id = zest_token_find(&model->tokens, piece, size);
    bool is_known = id != ZEST_NO_TOKEN;
    zest_model_steps_add(steps, (struct zest_model_step){.kind = is_known ? ZEST_STEP_WHOLE : ZEST_STEP_UNKNOWN,
                                                         .left = ZEST_NO_TOKEN,
                                                         .right = ZEST_NO_TOKEN,
                                                         .id = is_known ? id : model->unknown_id,
                                                         .span = {0, (uint32_t)size}});
    word_level_run(self, scratch, piece, size, tokens);
}

static enum zest_status read_fields(const json_t *json, struct zest_text *unknown, struct zest_error *error)
{
    static const char *const known[] = {"unk_token"};
    struct zest_component_reader reader = {json, "model WordLevel", error, ZEST_OK};
    zest_component_closed(&reader, known, ZEST_COUNT(known));
    *unknown = zest_component_text(&reader, "unk_token", NULL);
    return reader.status;
}

static enum zest_status word_level_compile(const struct zest_tokenizer_definition *definition,
                                           struct zest_image_builder *builder, struct zest_error *error)
{
    struct zest_text unknown;
    (void)builder; /* the vocabulary is all it needs */
    return read_fields(json_object_get(definition->components, "model"), &unknown, error);
}

static enum zest_status word_level_open(const struct zest_image *image, const json_t *json, struct zest_arena *arena,
                                        struct zest_token_model **ret_model, struct zest_error *error)
{
    struct zest_text unknown = {NULL, 0};
    enum zest_status status = read_fields(json, &unknown, error);
    if (status != ZEST_OK)
        return status;
    struct word_level *model = ZEST_NEW(arena, struct word_level);
    if (!model)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a token model");
    model->base.kind = &zest_word_level_kind;
    status = zest_token_table_open(image, &model->tokens, error);
    if (status != ZEST_OK)
        return status;
    model->unknown_id = zest_token_find(&model->tokens, unknown.data, unknown.size);
    *ret_model = &model->base;
    return ZEST_OK;
}

const struct zest_token_model_kind zest_word_level_kind = {
    .type = "WordLevel",
    .compile = word_level_compile,
    .open = word_level_open,
    .run = word_level_run,
    .explain = word_level_explain,
};
