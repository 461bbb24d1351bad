/* SPDX-License-Identifier: Apache-2.0 */
/* model_fixture.h - a token model from a few lines of text, for tests: definition, image, model, one piece's tokens. */
#ifndef ZEST_MODEL_FIXTURE_H
#define ZEST_MODEL_FIXTURE_H

#include "component.h"
#include "token_table.h"

#include <assert.h>

struct model_fixture {
    struct zest_tokenizer_definition definition;
    struct zest_image image;
    struct zest_arena arena;
    struct zest_token_model *model;
    struct zest_model_scratch *scratch;
    struct zest_tokens tokens;
    struct zest_error error;
};

static inline uint32_t fixture_token(const struct model_fixture *fixture, struct zest_text text)
{
    for (uint32_t id = 0; id < fixture->definition.token_count; id++)
        if (fixture->definition.tokens[id].data && zest_text_equal(fixture->definition.tokens[id], text))
            return id;
    return ZEST_NO_TOKEN;
}

/* `tokens` and `merges` are ended by NULL; a merge is "left right"; the token "\1" leaves its id free. */
static inline void fixture_define(struct model_fixture *fixture, const char *json, const char *const *tokens,
                                  const double *scores, const char *const *merges, size_t prefix_size)
{
    struct zest_tokenizer_definition *definition = &fixture->definition;
    zest_arena_init(&definition->arena, ZEST_ARENA_UNLIMITED);
    json_t *model = json_loads(json, 0, NULL);
    assert(model);
    definition->components = json_pack("{so}", "model", model);
    while (tokens[definition->token_count])
        definition->token_count++;
    definition->tokens = ZEST_NEW_ARRAY(&definition->arena, struct zest_text, definition->token_count + 1);
    definition->scores = (double *)(uintptr_t)scores;
    for (uint32_t i = 0; i < definition->token_count; i++)
        definition->tokens[i] = strcmp(tokens[i], "\1") ? zest_text_of(tokens[i]) : (struct zest_text){NULL, 0};
    while (merges && merges[definition->merge_count])
        definition->merge_count++;
    definition->merges = ZEST_NEW_ARRAY(&definition->arena, struct zest_merge, definition->merge_count + 1);
    for (uint32_t i = 0; i < definition->merge_count; i++) {
        const char *blank = strchr(merges[i], ' ');
        struct zest_text left = {merges[i], (size_t)(blank - merges[i])}, right = zest_text_of(blank + 1);
        struct zest_text product =
            zest_text_format(&definition->arena, "%.*s%s", (int)left.size, left.data, right.data + prefix_size);
        definition->merges[i] = (struct zest_merge){fixture_token(fixture, left), fixture_token(fixture, right),
                                                    fixture_token(fixture, product)};
        assert(definition->merges[i].product != ZEST_NO_TOKEN);
    }
}

/* From the definition to the model. */
static inline enum zest_status fixture_open(struct model_fixture *fixture)
{
    struct zest_image_builder builder;
    zest_arena_init(&fixture->arena, ZEST_ARENA_UNLIMITED);
    fixture->scratch = zest_model_scratch_create();
    zest_image_builder_init(&builder);
    enum zest_status status = zest_token_table_compile(&fixture->definition, &builder, &fixture->error);
    if (status == ZEST_OK)
        status = zest_token_model_compile(&fixture->definition, &builder, &fixture->error);
    if (status == ZEST_OK)
        status = zest_image_build(&builder, &fixture->image, &fixture->error);
    zest_image_builder_finish(&builder);
    if (status == ZEST_OK)
        status = zest_token_model_open(&fixture->image, json_object_get(fixture->definition.components, "model"),
                                       &fixture->arena, &fixture->model, &fixture->error);
    return status;
}

static inline void fixture_finish(struct model_fixture *fixture)
{
    zest_tokens_finish(&fixture->tokens);
    zest_model_scratch_destroy(fixture->scratch);
    zest_arena_finish(&fixture->arena);
    if (fixture->image.base)
        zest_image_close(&fixture->image);
    json_decref(fixture->definition.components);
    zest_arena_finish(&fixture->definition.arena);
    *fixture = (struct model_fixture){0};
}

/* Tokens of a piece as "id:start-end id:start-end"; until the next call. */
static inline struct zest_text fixture_run(struct model_fixture *fixture, const char *piece)
{
    static char text[4096];
    size_t size = 0;
    fixture->tokens.count = 0;
    zest_token_model_run(fixture->model, fixture->scratch, (const unsigned char *)piece, strlen(piece),
                         &fixture->tokens);
    if (fixture->tokens.status != ZEST_OK)
        return zest_text_of(zest_status_name(fixture->tokens.status));
    for (size_t i = 0; i < fixture->tokens.count && size < sizeof text - 64; i++) {
        struct zest_token token = fixture->tokens.list[i];
        size += (size_t)snprintf(text + size, sizeof text - size, "%s%u:%u-%u", i ? " " : "", token.id,
                                 token.span.start, token.span.end);
    }
    return (struct zest_text){text, size};
}

#endif
