/* SPDX-License-Identifier: Apache-2.0 */
/*
 * post_processor.c - the list of post-processors, and the way of an encoding through one.
 */
#include "post_processor.h"

#include <assert.h>
#include <stdio.h>

static const struct zest_post_processor_kind *const kinds[] = {
    &zest_post_bert, &zest_post_bytelevel, &zest_post_roberta, &zest_post_sequence, &zest_post_template,
};

static enum zest_status refuse(const char *type, struct zest_error *error)
{
    char known[200];
    size_t used = 0;
    for (size_t i = 0; i < ZEST_COUNT(kinds); i++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i > 0 ? ", " : "", kinds[i]->type);
    assert(used < sizeof known);
    return zest_fail(error, ZEST_UNSUPPORTED, "the post-processor \"%.80s\" is not known; %s are", type, known);
}

enum zest_status zest_post_processor_create(const json_t *json, struct zest_arena *arena,
                                            struct zest_post_processor **ret_processor, struct zest_error *error)
{
    *ret_processor = NULL;
    if (!json || json_is_null(json))
        return ZEST_OK;
    const char *type = json_string_value(json_object_get(json, "type"));
    if (!type)
        return zest_fail(error, ZEST_MODEL_DAMAGED, "post_processor is no object with a \"type\"");
    for (size_t i = 0; i < ZEST_COUNT(kinds); i++)
        if (strcmp(type, kinds[i]->type) == 0)
            return kinds[i]->create(json, arena, ret_processor, error);
    return refuse(type, error);
}

size_t zest_post_processor_added(const struct zest_post_processor *processor, bool pair)
{
    return processor ? processor->kind->added(processor, pair) : 0;
}

bool zest_post_process(const struct zest_post_processor *processor, const struct zest_encoding *first,
                       const struct zest_encoding *second, bool add_special, struct zest_arena *arena,
                       struct zest_encoding *ret_encoding)
{
    struct zest_encoding texts[2] = {*first};
    struct zest_encoding_list list = {texts, second ? 2 : 1};
    if (second)
        texts[1] = *second;
    for (size_t i = 0; i < list.count; i++) {
        zest_encoding_set_sequence(&texts[i], (int8_t)i);
        for (size_t j = 0; j < texts[i].overflow_count; j++)
            zest_encoding_set_sequence(&texts[i].overflow[j], (int8_t)i);
        if (processor)
            zest_encoding_set_type(&texts[i], (uint32_t)i);
    }
    if (processor && !processor->kind->run(processor, &list, add_special, arena))
        return false;
    struct zest_encoding all = {0};
    if (list.count > 0)
        all = list.items[0];
    for (size_t i = 1; i < list.count; i++)
        if (!zest_encoding_merge(&all, &list.items[i], arena))
            return false;
    *ret_encoding = all;
    return true;
}

bool zest_encoding_of_special(const struct zest_added_round *tokens, size_t count, uint32_t type_id,
                              struct zest_arena *arena, struct zest_encoding *ret_encoding)
{
    *ret_encoding = (struct zest_encoding){0};
    if (!zest_encoding_reserve(ret_encoding, arena, count))
        return false;
    for (size_t i = 0; i < count; i++)
        ret_encoding->items[i] = (struct zest_encoded){.id = tokens[i].id,
                                                       .type_id = type_id,
                                                       .text = tokens[i].text,
                                                       .word = ZEST_NO_WORD,
                                                       .sequence = -1,
                                                       .special = 1,
                                                       .attention = 1};
    ret_encoding->count = count;
    return true;
}
