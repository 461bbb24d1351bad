/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenizer_model.c - opens a tokenizer: its image from the cache or the file, then the components.
 *
 * Runs once per tokenizer. Start at zest_tokenizer_model_open.
 */
#include "tokenizer_model.h"

#include "image_cache.h"
#include "image_definition.h"
#include "normalizer_kinds.h"
#include "pretokenizer_kinds.h"

#include <stdlib.h>

#define FRAME_MARK UINT32_MAX /* stands for the text where the ids round it are looked for */

static const json_t *part(const struct zest_tokenizer_model *model, const char *name)
{
    return json_object_get(model->components, name);
}

static enum zest_status read_lengths(struct zest_tokenizer_model *model, struct zest_error *error)
{
    const json_t *truncation = part(model, "truncation"), *padding = part(model, "padding");
    enum zest_status status = ZEST_OK;
    if (json_is_object(truncation)) {
        struct zest_truncation *read = ZEST_NEW(&model->arena, struct zest_truncation);
        if (!read)
            return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a tokenizer");
        status = zest_truncation_read(truncation, read, error);
        model->truncation = read;
    }
    if (status == ZEST_OK && json_is_object(padding)) {
        struct zest_padding *read = ZEST_NEW(&model->arena, struct zest_padding);
        if (!read)
            return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a tokenizer");
        status = zest_padding_read(padding, &model->arena, read, error);
        model->padding = read;
    }
    return status;
}

/* Lets the post-processor put its ids round a text of one mark, and keeps what lies before and behind it. */
static enum zest_status find_frame(struct zest_tokenizer_model *model, struct zest_error *error)
{
    struct zest_encoded item = {.id = FRAME_MARK, .attention = 1};
    struct zest_encoding mark = {.items = &item, .count = 1, .capacity = 1}, framed;
    size_t at = 0;
    if (!zest_post_process(model->post_processor, &mark, NULL, true, &model->arena, &framed))
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a tokenizer");
    uint32_t *ids = ZEST_NEW_ARRAY(&model->arena, uint32_t, framed.count + 1);
    if (!ids)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a tokenizer");
    for (size_t i = 0; i < framed.count; i++)
        ids[i] = framed.items[i].id;
    while (at < framed.count && ids[at] != FRAME_MARK)
        at++;
    if (at == framed.count)
        return zest_fail(error, ZEST_UNSUPPORTED, "the post-processor leaves the text out");
    for (size_t i = at + 1; i < framed.count; i++)
        if (ids[i] == FRAME_MARK)
            return zest_fail(error, ZEST_UNSUPPORTED, "the post-processor repeats the text");
    model->frame = (struct zest_id_frame){ids, ids + at + 1, at, framed.count - at - 1};
    return ZEST_OK;
}

/* A Sequence of nothing is written where others write null. */
static bool normalizes_nothing(const struct zest_normalizer *normalizer)
{
    struct zest_normalizer *const *members;
    return normalizer && strcmp(normalizer->kind->type, "Sequence") == 0 &&
           zest_normalize_sequence_members(normalizer, &members) == 0;
}

static enum zest_status make_components(struct zest_tokenizer_model *model, struct zest_error *error)
{
    struct zest_arena *arena = &model->arena;
    enum zest_status status = zest_normalizer_create(part(model, "normalizer"), arena, &model->normalizer, error);
    if (status == ZEST_OK && normalizes_nothing(model->normalizer))
        model->normalizer = NULL;
    if (status == ZEST_OK)
        status = zest_pretokenizer_create(part(model, "pre_tokenizer"), arena, &model->pretokenizer, error);
    if (status == ZEST_OK)
        status = zest_token_model_open(&model->image, part(model, "model"), arena, &model->token_model, error);
    if (status == ZEST_OK)
        status = zest_post_processor_create(part(model, "post_processor"), arena, &model->post_processor, error);
    if (status == ZEST_OK)
        status = zest_decoder_create(part(model, "decoder"), arena, &model->decoder, error);
    if (status == ZEST_OK)
        status = read_lengths(model, error);
    model->respells = status == ZEST_OK && strcmp(model->token_model->kind->type, "Unigram") == 0;
    for (uint32_t i = 0; i < model->added.count; i++)
        model->respells |= (model->added.entries[i].flags & (ZEST_ADDED_LSTRIP | ZEST_ADDED_RSTRIP)) != 0;
    if (status == ZEST_OK && !zest_model_find_trim(model))
        status = zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a tokenizer");
    return status == ZEST_OK ? find_frame(model, error) : status;
}

static enum zest_status open_image(struct zest_tokenizer_model *model,
                                   const struct zest_tokenizer_model_options *options, struct zest_error *error)
{
    enum zest_status status = zest_image_components(&model->image, &model->components, error);
    if (status == ZEST_OK)
        status = zest_image_ends(&model->image, &model->ends, error);
    if (status == ZEST_OK)
        status = zest_token_table_open(&model->image, &model->table, error);
    if (status == ZEST_OK)
        status = zest_added_vocabulary_open(&model->image, &model->added, error);
    if (status != ZEST_OK)
        return status;
    model->id_count = model->table.count;
    if (model->added.count > 0 && model->added.entries[model->added.count - 1].id >= model->id_count)
        model->id_count = model->added.entries[model->added.count - 1].id + 1;
    status = make_components(model, error);
    bool matches_normalized = model->normalizer && zest_added_trie_has(&model->added.normalized);
    model->respells |= matches_normalized;
    if (status == ZEST_OK)
        model->needs_origins =
            matches_normalized || zest_pretokenizer_needs_origins(model->pretokenizer, model->normalizer != NULL);
    if (status == ZEST_OK && !options->plain)
        model->has_decode_table = zest_decode_table_open(&model->image, model->decoder, &model->decode_table);
    if (status == ZEST_OK && !options->plain)
        status = zest_fast_open(&model->image, options->cpu, &model->arena, &model->fast, error);
    return status;
}

enum zest_status zest_tokenizer_model_open(struct zest_tokenizer_model *model,
                                           const struct zest_tokenizer_model_options *options, struct zest_error *error)
{
    const struct zest_image_load_options load = {.cache_folder = options->cache_folder};
    *model = (struct zest_tokenizer_model){0};
    zest_arena_init(&model->arena, ZEST_ARENA_UNLIMITED);
    enum zest_status status = zest_image_load(options->path, &load, &model->image, error);
    return status == ZEST_OK ? open_image(model, options, error) : status;
}

void zest_tokenizer_model_close(struct zest_tokenizer_model *model)
{
    for (size_t i = 0; i < ZEST_SCRATCH_POOL_SIZE; i++)
        zest_encoder_scratch_destroy(atomic_exchange(&model->pool[i], NULL));
    zest_fast_close(model->fast);
    zest_normalizer_finish(model->normalizer);
    zest_pretokenizer_finish(model->pretokenizer);
    zest_decoder_finish(model->decoder);
    json_decref(model->components);
    zest_image_close(&model->image);
    zest_arena_finish(&model->arena);
}
