/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token_model.c - the list of token models, and which of them a tokenizer.json means.
 *
 * Old files have no "type"; the reference then takes the first model that the fields fit, in the order of the list.
 */
#include "token_model.h"

static const struct zest_token_model_kind *const kinds[] = {
    &zest_bpe_kind,
    &zest_word_piece_kind,
    &zest_word_level_kind,
    &zest_unigram_kind,
};

/* What a file without a type is, by a field that only this model needs. */
static const char *type_by_fields(const json_t *json)
{
    if (json_object_get(json, "max_input_chars_per_word"))
        return "WordPiece";
    if (json_object_get(json, "unk_id"))
        return "Unigram";
    if (json_object_get(json, "dropout") || json_object_get(json, "end_of_word_suffix") ||
        json_object_get(json, "fuse_unk"))
        return "BPE";
    return "WordLevel";
}

static enum zest_status kind_of(const json_t *json, const struct zest_token_model_kind **ret_kind,
                                struct zest_error *error)
{
    const json_t *type = json_object_get(json, "type");
    if (!json_is_object(json))
        return zest_fail_param(error, ZEST_MISSING_FIELD, "model", "the tokenizer has no \"model\" object");
    if (type && !json_is_string(type))
        return zest_fail_param(error, ZEST_WRONG_TYPE, "type", "\"type\" of \"model\" is not a string");
    const char *name = type ? json_string_value(type) : type_by_fields(json);
    for (size_t i = 0; i < ZEST_COUNT(kinds); i++)
        if (!strcmp(kinds[i]->type, name)) {
            *ret_kind = kinds[i];
            return ZEST_OK;
        }
    return zest_fail_param(error, ZEST_UNSUPPORTED, "type", "there is no token model of the type \"%.80s\"", name);
}

enum zest_status zest_token_model_compile(const struct zest_tokenizer_definition *definition,
                                          struct zest_image_builder *builder, struct zest_error *error)
{
    const struct zest_token_model_kind *kind = NULL;
    enum zest_status status = kind_of(json_object_get(definition->components, "model"), &kind, error);
    if (status != ZEST_OK)
        return status;
    return kind->compile(definition, builder, error);
}

enum zest_status zest_token_model_open(const struct zest_image *image, const json_t *json, struct zest_arena *arena,
                                       struct zest_token_model **ret_model, struct zest_error *error)
{
    const struct zest_token_model_kind *kind = NULL;
    enum zest_status status = kind_of(json, &kind, error);
    if (status != ZEST_OK)
        return status;
    return kind->open(image, json, arena, ret_model, error);
}
