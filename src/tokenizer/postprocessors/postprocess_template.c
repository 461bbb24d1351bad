/* SPDX-License-Identifier: Apache-2.0 */
/*
 * postprocess_template.c - texts and special tokens in the order of a template.
 *
 * Fields    single, pair: lists of {"Sequence": {"id": "A" | "B", "type_id"}} and {"SpecialToken": {"id", "type_id"}},
 *           or the short form ("$A", "[SEP]:1", a list of these or one text with blanks); special_tokens: {id: {"id",
 *           "ids", "tokens"}}.
 * Source    Hugging Face tokenizers 0.23, TemplateProcessing.
 */
#include "component_json.h"
#include "post_processor.h"

#include <stdlib.h>

struct part {
    int8_t sequence; /* 0, 1, or -1: special tokens */
    uint32_t type_id;
    const struct zest_added_round *tokens;
    size_t token_count;
};

struct list_of_parts {
    struct part *items;
    size_t count;
};

struct template
{
    struct zest_post_processor base;
    struct list_of_parts single, pair;
};

struct reader {
    struct zest_component_reader json;
    struct zest_arena *arena;
    const json_t *special_tokens;
};

static bool no_memory(struct reader *reader)
{
    if (reader->json.status == ZEST_OK)
        reader->json.status = zest_fail(reader->json.error, ZEST_OUT_OF_MEMORY, "no memory for a template");
    return false;
}

/* The ids and texts of special_tokens[name]. */
static bool find_special(struct reader *reader, const char *name, struct part *part)
{
    const json_t *entry = json_object_get(reader->special_tokens, name), *ids = json_object_get(entry, "ids"),
                 *tokens = json_object_get(entry, "tokens");
    size_t count = json_array_size(ids);
    if (!json_is_array(ids) || json_array_size(tokens) != count) {
        reader->json.status =
            zest_fail(reader->json.error, ZEST_MODEL_DAMAGED,
                      "TemplateProcessing: special_tokens has no \"%.80s\" with as many ids as tokens", name);
        return false;
    }
    struct zest_added_round *list = ZEST_NEW_ARRAY(reader->arena, struct zest_added_round, count + 1);
    for (size_t i = 0; list && i < count; i++) {
        const json_t *id = json_array_get(ids, i), *text = json_array_get(tokens, i);
        if (!json_is_integer(id) || json_integer_value(id) < 0 || !json_is_string(text)) {
            zest_component_refuse(&reader->json, ZEST_MODEL_DAMAGED, "special_tokens",
                                  "ids are whole numbers, tokens are texts");
            return false;
        }
        list[i].id = (uint32_t)json_integer_value(id);
        list[i].text =
            zest_text_copy(reader->arena, (struct zest_text){json_string_value(text), json_string_length(text)});
        if (!list[i].text.data)
            return no_memory(reader);
    }
    part->sequence = -1;
    part->tokens = list;
    part->token_count = count;
    return list != NULL || no_memory(reader);
}

/* {"Sequence": {"id": "A", "type_id": 0}} or {"SpecialToken": {"id": "[SEP]", "type_id": 0}} */
static bool read_object(struct reader *reader, const json_t *json, struct part *part)
{
    const json_t *sequence = json_object_get(json, "Sequence"), *special = json_object_get(json, "SpecialToken");
    const json_t *type_id = json_object_get(sequence ? sequence : special, "type_id");
    const char *id = json_string_value(json_object_get(sequence ? sequence : special, "id"));
    if (!id || !json_is_integer(type_id) || json_integer_value(type_id) < 0 || json_object_size(json) != 1)
        return false;
    part->type_id = (uint32_t)json_integer_value(type_id);
    if (special)
        return find_special(reader, id, part);
    part->sequence = strcmp(id, "B") == 0;
    return strcmp(id, "A") == 0 || part->sequence == 1;
}

static bool read_number(const char *text, uint32_t *ret_number)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    *ret_number = (uint32_t)number;
    return text[0] >= '0' && text[0] <= '9' && *end == 0 && number <= UINT32_MAX;
}

/* "$", "$A", "$B", "$1", "[SEP]", each with ":TYPE" or without */
static bool read_short(struct reader *reader, const char *text, struct part *part)
{
    char id[256];
    const char *colon = strchr(text, ':');
    size_t size = colon ? (size_t)(colon - text) : strlen(text);
    if (size >= sizeof id || (colon && !read_number(colon + 1, &part->type_id)))
        return false;
    memcpy(id, text, size);
    id[size] = 0;
    if (id[0] != '$')
        return find_special(reader, id, part);
    uint32_t number;
    if (read_number(id + 1, &number)) {
        if (!colon)
            part->type_id = number;
        return true;
    }
    part->sequence = strcmp(id, "$B") == 0 || strcmp(id, "$b") == 0;
    return part->sequence == 1 || id[1] == 0 || strcmp(id, "$A") == 0 || strcmp(id, "$a") == 0;
}

static bool read_part(struct reader *reader, const json_t *json, struct part *part)
{
    return json_is_string(json) ? read_short(reader, json_string_value(json), part) : read_object(reader, json, part);
}

/* One text with blanks is a list of short forms. */
static json_t *split_words(const char *text)
{
    json_t *list = json_array();
    for (const char *at = text; list;) {
        size_t size = strcspn(at, " ");
        json_array_append_new(list, json_stringn(at, size));
        if (at[size] == 0)
            break;
        at += size + 1;
    }
    return list;
}

static void read_parts(struct reader *reader, const char *field, struct list_of_parts *ret_parts)
{
    const json_t *value = json_object_get(reader->json.json, field);
    json_t *words = json_is_string(value) ? split_words(json_string_value(value)) : json_incref((json_t *)value);
    size_t count = json_array_size(words);
    struct part *items = ZEST_NEW_ARRAY(reader->arena, struct part, count + 1);
    if (!json_is_array(words))
        zest_component_refuse(&reader->json, ZEST_MODEL_DAMAGED, field,
                              "a list of Sequence and SpecialToken is wanted");
    else if (!items)
        no_memory(reader);
    for (size_t i = 0; i < count && reader->json.status == ZEST_OK; i++) {
        items[i] = (struct part){0};
        if (!read_part(reader, json_array_get(words, i), &items[i]))
            zest_component_refuse(&reader->json, ZEST_MODEL_DAMAGED, field,
                                  "a list of Sequence and SpecialToken is wanted");
    }
    json_decref(words);
    *ret_parts = (struct list_of_parts){items, count};
}

static enum zest_status create(const json_t *json, struct zest_arena *arena, struct zest_post_processor **ret_processor,
                               struct zest_error *error)
{
    struct reader reader = {
        {json, "TemplateProcessing", error, ZEST_OK}, arena, json_object_get(json, "special_tokens")};
    struct template *self = ZEST_NEW(arena, struct template);
    if (!self)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a template");
    self->base.kind = &zest_post_template;
    if (!json_is_object(reader.special_tokens))
        zest_component_refuse(&reader.json, ZEST_MODEL_DAMAGED, "special_tokens", "an object is wanted");
    read_parts(&reader, "single", &self->single);
    read_parts(&reader, "pair", &self->pair);
    for (size_t i = 0; reader.json.status == ZEST_OK && i < self->single.count; i++)
        if (self->single.items[i].sequence == 1)
            zest_component_refuse(&reader.json, ZEST_MODEL_DAMAGED, "single", "there is no second text");
    *ret_processor = &self->base;
    return reader.json.status;
}

static size_t added(const struct zest_post_processor *self, bool pair)
{
    const struct template *template = (const struct template *)self;
    const struct list_of_parts *parts = pair ? &template->pair : &template->single;
    size_t sum = 0;
    for (size_t i = 0; i < parts->count; i++)
        sum += parts->items[i].token_count;
    return sum;
}

/* A text that a template names twice is in the list twice, each with its own type: so it is copied. */
static bool copy_text(const struct zest_encoding *text, const struct part *part, struct zest_arena *arena,
                      struct zest_encoding *ret_copy)
{
    struct zest_encoding copy = {0};
    if (!zest_encoding_merge(&copy, text, arena))
        return false;
    copy.overflow = text->overflow;
    copy.overflow_count = text->overflow_count;
    zest_encoding_set_type(&copy, part->type_id);
    zest_encoding_set_sequence(&copy, part->sequence);
    *ret_copy = copy;
    return true;
}

static bool run(const struct zest_post_processor *self, struct zest_encoding_list *list, bool add_special,
                struct zest_arena *arena)
{
    const struct template *template = (const struct template *)self;
    const struct list_of_parts *parts = list->count == 2 ? &template->pair : &template->single;
    struct zest_encoding *items = ZEST_NEW_ARRAY(arena, struct zest_encoding, parts->count + 1);
    size_t count = 0;
    if (!items)
        return false;
    for (size_t i = 0; i < parts->count; i++) {
        const struct part *part = &parts->items[i];
        bool done = true;
        if (part->sequence >= (int)list->count)
            continue; /* behind another template, whose parts are no texts */
        if (part->sequence >= 0)
            done = copy_text(&list->items[part->sequence], part, arena, &items[count++]);
        else if (add_special)
            done = zest_encoding_of_special(part->tokens, part->token_count, part->type_id, arena, &items[count++]);
        if (!done)
            return false;
    }
    *list = (struct zest_encoding_list){items, count};
    return true;
}

const struct zest_post_processor_kind zest_post_template = {"TemplateProcessing", create, added, run};
