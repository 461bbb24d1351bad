/* SPDX-License-Identifier: Apache-2.0 */
/* decode_table_build.c - writes the section of decode_table.h. Runs once per tokenizer. */
#include "decode_table.h"

#include "decode_table_format.h"
#include "decoder_kinds.h"

#include <assert.h>

struct table_builder {
    const struct zest_tokenizer_definition *definition;
    const struct zest_decoder *decoder;
    struct zest_decoder_scratch scratch;
    struct zest_arena arena;
    struct zest_text *texts; /* [count] of the ids, added tokens before the model's */
    uint8_t *special;        /* [count] */
    uint32_t count, longest;
    struct zest_texts bytes; /* of all entries, one after the other */
};

/* Whether the text of added token `at` is the content of a special one; mostly its own. */
static bool is_special(const struct zest_tokenizer_definition *definition, uint32_t at, struct zest_text text)
{
    if (zest_text_equal(definition->added[at].content, text))
        return definition->added[at].special;
    for (uint32_t i = 0; i < definition->added_count; i++)
        if (definition->added[i].special && zest_text_equal(definition->added[i].content, text))
            return true;
    return false;
}

/* Ids run to the highest of the vocabulary and the added tokens. ZEST_TOO_LARGE where that is no id. */
static enum zest_status list_texts(struct table_builder *builder, const struct zest_text *added_texts,
                                   struct zest_error *error)
{
    const struct zest_tokenizer_definition *definition = builder->definition;
    builder->count = definition->token_count;
    for (uint32_t i = 0; i < definition->added_count; i++) {
        if (definition->added[i].id >= ZEST_VOCABULARY_MAX)
            return zest_fail(error, ZEST_TOO_LARGE, "added token %u has the id %u, ids are below %u", i,
                             definition->added[i].id, ZEST_VOCABULARY_MAX);
        if (definition->added[i].id >= builder->count)
            builder->count = definition->added[i].id + 1;
    }
    builder->texts = zest_alloc_zero(&builder->arena, ((size_t)builder->count + 1) * sizeof *builder->texts,
                                     _Alignof(struct zest_text));
    builder->special = zest_alloc_zero(&builder->arena, (size_t)builder->count + 1, 1);
    if (!builder->texts || !builder->special)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the texts of %u ids", builder->count);
    for (uint32_t id = 0; id < definition->token_count; id++)
        builder->texts[id] = definition->tokens[id];
    for (uint32_t i = 0; i < definition->added_count; i++) {
        struct zest_text text = added_texts ? added_texts[i] : definition->added[i].content;
        builder->texts[definition->added[i].id] = text.data ? text : ZEST_TEXT("");
        builder->special[definition->added[i].id] = is_special(definition, i, text);
    }
    return ZEST_OK;
}

/* Appends what a token becomes; whether its bytes need their neighbours. */
static bool append_decoded(struct table_builder *builder, struct zest_text token, bool is_first)
{
    struct zest_text mapped = zest_decoder_map(builder->decoder, &builder->scratch, token, is_first);
    struct zest_texts *bytes = &builder->bytes;
    size_t start = bytes->size;
    int value = -1;
    if (builder->scratch.a.status != ZEST_OK || builder->scratch.b.status != ZEST_OK)
        bytes->status = ZEST_OUT_OF_MEMORY;
    switch (builder->decoder->join) {
    case ZEST_DECODE_BYTE_LEVEL:
        zest_decode_byte_alphabet(mapped, bytes);
        if (bytes->status != ZEST_OK || bytes->size == start)
            return bytes->status == ZEST_OK; /* nothing parts no neighbours */
        return !zest_utf8_valid((struct zest_text){bytes->bytes + start, bytes->size - start}, NULL);
    case ZEST_DECODE_BYTE_FALLBACK:
        value = zest_decode_byte_value(mapped);
        break;
    case ZEST_DECODE_PLAIN:
    case ZEST_DECODE_GENERAL:
        break;
    }
    if (value >= 0)
        zest_texts_append(bytes, &(char){(char)value}, 1);
    else
        zest_texts_append(bytes, mapped.data, mapped.size);
    return value >= 0;
}

static void fill_entries(struct table_builder *builder, uint32_t *entries, bool is_first)
{
    for (uint32_t id = 0; id < builder->count; id++) {
        struct zest_text token = builder->texts[id];
        size_t start = builder->bytes.size;
        bool is_part = token.data && append_decoded(builder, token, is_first);
        entries[id] = (uint32_t)start << ZEST_ENTRY_SHIFT | (is_part ? ZEST_ENTRY_PART : 0) |
                      (builder->special[id] ? ZEST_ENTRY_SPECIAL : 0) | (token.data ? 0 : ZEST_ENTRY_ABSENT);
        if (builder->bytes.size - start > builder->longest)
            builder->longest = (uint32_t)(builder->bytes.size - start);
    }
    entries[builder->count] = (uint32_t)builder->bytes.size << ZEST_ENTRY_SHIFT;
}

static enum zest_status build(struct table_builder *builder, const struct zest_text *added_texts,
                              struct zest_image_builder *image, struct zest_error *error)
{
    enum zest_status status = list_texts(builder, added_texts, error);
    if (status != ZEST_OK)
        return status;
    bool has_first = builder->decoder->first_differs;
    size_t entries = (size_t)builder->count + 1, entries_size = (1 + has_first) * entries * sizeof(uint32_t);
    struct zest_decode_header header = {.count = builder->count, .has_first = has_first};
    uint32_t *table = ZEST_NEW_ARRAY(&builder->arena, uint32_t, 2 * entries);
    if (!table)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the texts of %u ids", builder->count);
    fill_entries(builder, table, false);
    if (has_first)
        fill_entries(builder, table + entries, true);
    static const char spare[ZEST_ENTRY_SPARE];
    bool fits = builder->bytes.size <= ZEST_ENTRY_OFFSET_MAX; /* else decoding goes the general way */
    zest_texts_append(&builder->bytes, spare, sizeof spare);
    header.longest = builder->longest;
    char *section = zest_alloc(&builder->arena, sizeof header + entries_size + builder->bytes.size, 8);
    if (builder->bytes.status != ZEST_OK || !section)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the texts of %u ids", builder->count);
    memcpy(section, &header, sizeof header);
    memcpy(section + sizeof header, table, entries_size);
    memcpy(section + sizeof header + entries_size, builder->bytes.bytes, builder->bytes.size);
    if (fits)
        zest_image_add(image, ZEST_SECTION_DECODE, section, sizeof header + entries_size + builder->bytes.size);
    return ZEST_OK;
}

enum zest_status zest_decode_table_compile(const struct zest_tokenizer_definition *definition,
                                           const struct zest_text *added_texts, struct zest_image_builder *image,
                                           struct zest_error *error)
{
    struct table_builder builder = {.definition = definition};
    struct zest_decoder *decoder = NULL;
    zest_arena_init(&builder.arena, ZEST_ARENA_UNLIMITED);
    enum zest_status status =
        zest_decoder_create(json_object_get(definition->components, "decoder"), &builder.arena, &decoder, error);
    builder.decoder = decoder;
    if (status == ZEST_OK && decoder->join != ZEST_DECODE_GENERAL)
        status = build(&builder, added_texts, image, error);
    zest_decoder_finish(decoder);
    zest_decoder_scratch_finish(&builder.scratch);
    zest_texts_finish(&builder.bytes);
    zest_arena_finish(&builder.arena);
    return status;
}
