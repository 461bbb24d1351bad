/* SPDX-License-Identifier: Apache-2.0 */
/*
 * postprocess_bert.c - [CLS] text [SEP], and [CLS] text [SEP] text [SEP]; RoBERTa's has another one before the second
 * text.
 *
 * Fields    sep, cls: [text, id]; RobertaProcessing also trim_offsets, add_prefix_space.
 * Source    Hugging Face tokenizers 0.23, BertProcessing and RobertaProcessing.
 */
#include "component_json.h"
#include "post_processor.h"

struct bert {
    struct zest_post_processor base;
    struct zest_added_round sep, cls;
    bool trims, add_prefix_space; /* RoBERTa */
};

static void read_token(struct zest_component_reader *reader, const char *field, struct zest_arena *arena,
                       struct zest_added_round *ret_token)
{
    const json_t *pair = json_object_get(reader->json, field), *text = json_array_get(pair, 0),
                 *id = json_array_get(pair, 1);
    if (json_array_size(pair) != 2 || !json_is_string(text) || !json_is_integer(id) || json_integer_value(id) < 0 ||
        json_integer_value(id) > UINT32_MAX) {
        zest_component_refuse(reader, ZEST_MODEL_DAMAGED, field, "[text, id] is wanted");
        return;
    }
    ret_token->id = (uint32_t)json_integer_value(id);
    ret_token->text = zest_text_copy(arena, (struct zest_text){json_string_value(text), json_string_length(text)});
    if (!ret_token->text.data)
        reader->status = zest_fail(reader->error, ZEST_OUT_OF_MEMORY, "no memory for a post-processor");
}

static enum zest_status create(const json_t *json, struct zest_arena *arena, struct zest_post_processor **ret_processor,
                               struct zest_error *error)
{
    bool roberta = strcmp(json_string_value(json_object_get(json, "type")), zest_post_roberta.type) == 0;
    struct zest_component_reader reader = {json, roberta ? "RobertaProcessing" : "BertProcessing", error, ZEST_OK};
    struct bert *self = ZEST_NEW(arena, struct bert);
    if (!self)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a post-processor");
    self->base.kind = roberta ? &zest_post_roberta : &zest_post_bert;
    read_token(&reader, "sep", arena, &self->sep);
    read_token(&reader, "cls", arena, &self->cls);
    if (roberta) {
        self->trims = zest_component_bool(&reader, "trim_offsets", -1);
        self->add_prefix_space = zest_component_bool(&reader, "add_prefix_space", -1);
    }
    *ret_processor = &self->base;
    return reader.status;
}

/* Replaces `text` by before + text + [SEP], its overflows likewise. */
static bool surround(const struct bert *self, struct zest_encoding *text, const struct zest_added_round *before,
                     size_t before_count, uint32_t type_id, struct zest_arena *arena)
{
    struct zest_encoding whole, end;
    if (!zest_encoding_of_special(before, before_count, 0, arena, &whole) ||
        !zest_encoding_of_special(&self->sep, 1, type_id, arena, &end))
        return false;
    struct zest_encoding middle = {.items = text->items, .count = text->count, .capacity = text->count};
    if (!zest_encoding_merge(&whole, &middle, arena) || !zest_encoding_merge(&whole, &end, arena))
        return false;
    whole.overflow = text->overflow;
    whole.overflow_count = text->overflow_count;
    for (size_t i = 0; i < whole.overflow_count; i++)
        if (!surround(self, &whole.overflow[i], before, before_count, type_id, arena))
            return false;
    *text = whole;
    return true;
}

static bool run_bert(const struct zest_post_processor *self, struct zest_encoding_list *list, bool add_special,
                     struct zest_arena *arena)
{
    const struct bert *bert = (const struct bert *)self;
    for (size_t i = 0; add_special && i < list->count; i++)
        if (!surround(bert, &list->items[i], &bert->cls, i == 0 ? 1 : 0, i == 0 ? 0 : 1, arena))
            return false;
    return true;
}

/* All of RoBERTa's tokens are of type 0. */
static bool run_roberta(const struct zest_post_processor *self, struct zest_encoding_list *list, bool add_special,
                        struct zest_arena *arena)
{
    const struct bert *bert = (const struct bert *)self;
    if (bert->trims)
        zest_trim_spans(list, bert->add_prefix_space);
    for (size_t i = 0; i < list->count; i++) {
        zest_encoding_set_type(&list->items[i], 0);
        if (add_special && !surround(bert, &list->items[i], i == 0 ? &bert->cls : &bert->sep, 1, 0, arena))
            return false;
    }
    return true;
}

static size_t added_bert(const struct zest_post_processor *self, bool pair)
{
    return pair ? 3 : 2;
}

static size_t added_roberta(const struct zest_post_processor *self, bool pair)
{
    return pair ? 4 : 2;
}

const struct zest_post_processor_kind zest_post_bert = {"BertProcessing", create, added_bert, run_bert};
const struct zest_post_processor_kind zest_post_roberta = {"RobertaProcessing", create, added_roberta, run_roberta};
