/* SPDX-License-Identifier: Apache-2.0 */
/*
 * padding.c - fills encodings up to one length.
 *
 * Source    Hugging Face tokenizers 0.23, pad_encodings and Encoding::pad.
 */
#include "encoding.h"

#include "component_json.h"

static const char *const directions[] = {"Left", "Right"};

/* "BatchLongest" or {"Fixed": length}. */
static size_t read_strategy(struct zest_component_reader *reader)
{
    static const char *const names[] = {"BatchLongest"};
    const json_t *strategy = json_object_get(reader->json, "strategy"), *fixed = json_object_get(strategy, "Fixed");
    if (json_is_integer(fixed) && json_integer_value(fixed) >= 0 && json_object_size(strategy) == 1)
        return (size_t)json_integer_value(fixed);
    zest_component_choice(reader, "strategy", names, ZEST_COUNT(names), -1);
    return 0;
}

enum zest_status zest_padding_read(const json_t *json, struct zest_arena *arena, struct zest_padding *ret_padding,
                                   struct zest_error *error)
{
    struct zest_component_reader reader = {json, "padding", error, ZEST_OK};
    struct zest_padding padding = {
        .fixed = read_strategy(&reader),
        .multiple = zest_component_size(&reader, "pad_to_multiple_of", 0),
        .token = zest_component_text(&reader, "pad_token", arena),
        .id = (uint32_t)zest_component_size(&reader, "pad_id", SIZE_MAX),
        .type_id = (uint32_t)zest_component_size(&reader, "pad_type_id", SIZE_MAX),
        .left = zest_component_choice(&reader, "direction", directions, ZEST_COUNT(directions), -1) == 0,
    };
    if (reader.status == ZEST_OK)
        *ret_padding = padding;
    return reader.status;
}

static bool pad_one(const struct zest_padding *padding, struct zest_encoding *encoding, size_t length,
                    struct zest_arena *arena)
{
    for (size_t i = 0; i < encoding->overflow_count; i++)
        if (!pad_one(padding, &encoding->overflow[i], length, arena))
            return false;
    if (encoding->count >= length)
        return true;
    size_t more = length - encoding->count;
    if (!zest_encoding_reserve(encoding, arena, more))
        return false;
    struct zest_encoded *at = encoding->items + (padding->left ? 0 : encoding->count);
    if (padding->left)
        memmove(encoding->items + more, encoding->items, encoding->count * sizeof *at);
    for (size_t i = 0; i < more; i++)
        at[i] = (struct zest_encoded){.id = padding->id,
                                      .type_id = padding->type_id,
                                      .text = padding->token,
                                      .word = ZEST_NO_WORD,
                                      .sequence = -1,
                                      .special = 1};
    encoding->count = length;
    return true;
}

bool zest_pad(const struct zest_padding *padding, struct zest_encoding *encodings, size_t count,
              struct zest_arena *arena)
{
    size_t length = padding->fixed;
    for (size_t i = 0; padding->fixed == 0 && i < count; i++)
        length = encodings[i].count > length ? encodings[i].count : length;
    if (padding->multiple > 0 && length % padding->multiple > 0)
        length += padding->multiple - length % padding->multiple;
    for (size_t i = 0; i < count; i++)
        if (!pad_one(padding, &encodings[i], length, arena))
            return false;
    return true;
}
