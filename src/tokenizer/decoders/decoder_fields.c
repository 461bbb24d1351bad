/* SPDX-License-Identifier: Apache-2.0 */
/* decoder_fields.c - what the files of decoders share when they read their JSON. Stateless. */
#include "character.h"
#include "decoder_kinds.h"
#include "model_json.h"

enum zest_status zest_decoder_text(const json_t *json, const char *what, const char *name, struct zest_arena *arena,
                                   struct zest_text *ret_text, struct zest_error *error)
{
    struct zest_text text = {NULL, 0};
    enum zest_status status = zest_fields_require(json, what, name, error);
    if (status == ZEST_OK)
        status = zest_fields_take_text(json, what, name, &text, error);
    if (status != ZEST_OK)
        return status;
    *ret_text = zest_text_copy(arena, text);
    return ret_text->data ? ZEST_OK : zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the decoder %s", what);
}

enum zest_status zest_decoder_bool(const json_t *json, const char *what, const char *name, bool *ret_value,
                                   struct zest_error *error)
{
    enum zest_status status = zest_fields_require(json, what, name, error);
    return status == ZEST_OK ? zest_fields_take_bool(json, what, name, ret_value, error) : status;
}

enum zest_status zest_decoder_character(const json_t *json, const char *what, const char *name,
                                        struct zest_arena *arena, struct zest_text *ret_text, struct zest_error *error)
{
    enum zest_status status = zest_decoder_text(json, what, name, arena, ret_text, error);
    if (status != ZEST_OK)
        return status;
    if (ret_text->size > 0 && zest_character_size((unsigned char)ret_text->data[0]) == ret_text->size)
        return ZEST_OK;
    return zest_fail_param(error, ZEST_INVALID_ARGUMENT, name, "\"%s\" of %s is \"%.80s\", not one character", name,
                           what, ret_text->data);
}

struct zest_decoder_step *zest_decoder_step_new(struct zest_arena *arena, size_t size,
                                                const struct zest_decoder_kind *kind, struct zest_error *error)
{
    struct zest_decoder_step *step = zest_alloc_zero(arena, size, _Alignof(max_align_t));
    if (step)
        step->kind = kind;
    else
        zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the decoder %s", kind->type);
    return step;
}
