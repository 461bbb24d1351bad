/* SPDX-License-Identifier: Apache-2.0 */
/* image_definition.c - writes and reads the sections COMPONENTS and ENDS. Runs once per tokenizer. */
#include "image_definition.h"

#include <assert.h>
#include <stdlib.h>

enum { BOS_TOKEN, EOS_TOKEN, CHAT_TEMPLATE, TEXTS };

struct zest_ends_section {
    int32_t bos_id, eos_id, end_ids[ZEST_END_IDS_MAX];
    uint32_t end_id_count;
    uint8_t adds_bos, adds_eos, reserved[2];
    uint32_t text_sizes[TEXTS];
};

static enum zest_status compile_components(const struct zest_tokenizer_definition *definition,
                                           struct zest_image_builder *builder, struct zest_error *error)
{
    char *text = json_dumps(definition->components, JSON_COMPACT);
    if (!text)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the tokenizer's components");
    zest_image_add(builder, ZEST_SECTION_COMPONENTS, text, strlen(text));
    free(text);
    return ZEST_OK;
}

static enum zest_status compile_ends(const struct zest_tokenizer_ends *ends, struct zest_image_builder *builder,
                                     struct zest_error *error)
{
    const struct zest_text texts[TEXTS] = {
        [BOS_TOKEN] = ends->bos_token, [EOS_TOKEN] = ends->eos_token, [CHAT_TEMPLATE] = ends->chat_template};
    struct zest_ends_section section = {
        .bos_id = ends->bos_id,
        .eos_id = ends->eos_id,
        .end_id_count = (uint32_t)ends->end_id_count,
        .adds_bos = ends->adds_bos,
        .adds_eos = ends->adds_eos,
    };
    struct zest_buffer bytes;
    assert(ends->end_id_count <= ZEST_END_IDS_MAX);
    memcpy(section.end_ids, ends->end_ids, ends->end_id_count * sizeof *ends->end_ids);
    for (int i = 0; i < TEXTS; i++)
        section.text_sizes[i] = (uint32_t)texts[i].size;
    zest_buffer_init(&bytes, (size_t)1 << 30);
    zest_buffer_append(&bytes, &section, sizeof section);
    for (int i = 0; i < TEXTS; i++)
        zest_buffer_append(&bytes, texts[i].data, texts[i].size);
    bool failed = bytes.failed;
    if (!failed)
        zest_image_add(builder, ZEST_SECTION_ENDS, bytes.data, bytes.size);
    zest_buffer_finish(&bytes);
    return failed ? zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a chat template of %zu bytes",
                              ends->chat_template.size)
                  : ZEST_OK;
}

enum zest_status zest_image_definition_compile(const struct zest_tokenizer_definition *definition,
                                               struct zest_image_builder *builder, struct zest_error *error)
{
    enum zest_status status = compile_components(definition, builder, error);
    return status == ZEST_OK ? compile_ends(&definition->ends, builder, error) : status;
}

enum zest_status zest_image_components(const struct zest_image *image, json_t **ret_components,
                                       struct zest_error *error)
{
    size_t size;
    json_error_t json_error;
    const char *text = zest_image_section(image, ZEST_SECTION_COMPONENTS, &size);
    json_t *components = text ? json_loadb(text, size, JSON_ALLOW_NUL, &json_error) : NULL;
    if (!components)
        return zest_fail(error, ZEST_MODEL_DAMAGED, "the compiled tokenizer has no components");
    *ret_components = components;
    return ZEST_OK;
}

enum zest_status zest_image_ends(const struct zest_image *image, struct zest_tokenizer_ends *ret_ends,
                                 struct zest_error *error)
{
    size_t size, at = sizeof(struct zest_ends_section);
    const char *bytes = zest_image_section(image, ZEST_SECTION_ENDS, &size);
    struct zest_ends_section section;
    struct zest_text texts[TEXTS];
    if (!bytes || size < at)
        return zest_fail(error, ZEST_MODEL_DAMAGED, "the compiled tokenizer has no end tokens");
    memcpy(&section, bytes, sizeof section);
    for (int i = 0; i < TEXTS; i++) {
        if (section.text_sizes[i] > size - at || section.end_id_count > ZEST_END_IDS_MAX)
            return zest_fail(error, ZEST_MODEL_DAMAGED, "the compiled tokenizer's end tokens are damaged");
        texts[i] = (struct zest_text){bytes + at, section.text_sizes[i]};
        at += section.text_sizes[i];
    }
    *ret_ends = (struct zest_tokenizer_ends){
        .bos_id = section.bos_id,
        .eos_id = section.eos_id,
        .adds_bos = section.adds_bos,
        .adds_eos = section.adds_eos,
        .end_id_count = section.end_id_count,
        .bos_token = texts[BOS_TOKEN],
        .eos_token = texts[EOS_TOKEN],
        .chat_template = texts[CHAT_TEMPLATE],
    };
    memcpy(ret_ends->end_ids, section.end_ids, sizeof ret_ends->end_ids);
    return ZEST_OK;
}
