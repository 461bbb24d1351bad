/* SPDX-License-Identifier: Apache-2.0 */
/*
 * postprocess_bytelevel.c - takes the spaces that words begin with out of their spans. Adds no tokens.
 *
 * Fields    trim_offsets, add_prefix_space: true where absent; use_regex: no matter here.
 * Source    Hugging Face tokenizers 0.23, ByteLevel as post-processor, process_offsets.
 */
#include "component_json.h"
#include "post_processor.h"
#include "unicode_class.h"

struct byte_level {
    struct zest_post_processor base;
    bool trims, add_prefix_space;
};

static enum zest_status create(const json_t *json, struct zest_arena *arena, struct zest_post_processor **ret_processor,
                               struct zest_error *error)
{
    struct zest_component_reader reader = {json, "post_processor ByteLevel", error, ZEST_OK};
    struct byte_level *self = ZEST_NEW(arena, struct byte_level);
    if (!self)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a post-processor");
    *self = (struct byte_level){{&zest_post_bytelevel},
                                .trims = zest_component_bool(&reader, "trim_offsets", -1),
                                .add_prefix_space = zest_component_bool(&reader, "add_prefix_space", -1)};
    *ret_processor = &self->base;
    return reader.status;
}

/* White space, or U+0120, which stands for a space in the byte alphabet. */
static bool is_space(uint32_t code_point)
{
    return code_point == 0x120 || (zest_unicode_class(code_point) & ZEST_CLASS_SPACE);
}

static uint32_t leading_spaces(struct zest_text text)
{
    uint32_t count = 0, length;
    for (size_t at = 0; at < text.size; at += length, count++)
        if (!is_space(zest_utf8_decode((const unsigned char *)text.data + at, &length)))
            break;
    return count;
}

static uint32_t trailing_spaces(struct zest_text text)
{
    uint32_t count = 0, length;
    for (size_t end = text.size; end > 0; count++) {
        do
            end--;
        while (end > 0 && zest_utf8_continues((unsigned char)text.data[end]));
        if (!is_space(zest_utf8_decode((const unsigned char *)text.data + end, &length)))
            break;
    }
    return count;
}

void zest_trim_span(struct zest_encoded *token, bool is_first, bool add_prefix_space)
{
    uint32_t leading = leading_spaces(token->text), trailing = trailing_spaces(token->text);
    struct zest_span *span = &token->span;
    if (is_first && add_prefix_space && leading == 1)
        leading = 0; /* it was put there, the text does not have it */
    if (leading > 0)
        span->start = span->start + leading < span->end ? span->start + leading : span->end;
    if (trailing > 0 && span->end >= trailing)
        span->end = span->end - trailing > span->start ? span->end - trailing : span->start;
}

static void trim_encoding(struct zest_encoding *encoding, bool add_prefix_space)
{
    for (size_t i = 0; i < encoding->count; i++)
        zest_trim_span(&encoding->items[i], i == 0 || encoding->items[i].span.start == 0, add_prefix_space);
}

void zest_trim_spans(struct zest_encoding_list *list, bool add_prefix_space)
{
    for (size_t i = 0; i < list->count; i++) {
        trim_encoding(&list->items[i], add_prefix_space);
        for (size_t j = 0; j < list->items[i].overflow_count; j++)
            trim_encoding(&list->items[i].overflow[j], add_prefix_space);
    }
}

static size_t added(const struct zest_post_processor *self, bool pair)
{
    return 0;
}

static bool run(const struct zest_post_processor *self, struct zest_encoding_list *list, bool add_special,
                struct zest_arena *arena)
{
    const struct byte_level *level = (const struct byte_level *)self;
    if (level->trims)
        zest_trim_spans(list, level->add_prefix_space);
    for (size_t i = 0; i < list->count; i++)
        zest_encoding_set_sequence(&list->items[i], (int8_t)(i < 127 ? i : 127));
    return true;
}

const struct zest_post_processor_kind zest_post_bytelevel = {"ByteLevel", create, added, run};
