/* SPDX-License-Identifier: Apache-2.0 */
/*
 * postprocess_sequence.c - several post-processors, each on what the one before made.
 *
 * Fields    processors: a list of post-processors.
 * Source    Hugging Face tokenizers 0.23, processors::Sequence.
 */
#include "component_json.h"
#include "post_processor.h"

struct sequence {
    struct zest_post_processor base;
    struct zest_post_processor **parts;
    size_t count;
};

static enum zest_status create(const json_t *json, struct zest_arena *arena, struct zest_post_processor **ret_processor,
                               struct zest_error *error)
{
    const json_t *parts = json_object_get(json, "processors");
    if (!json_is_array(parts))
        return zest_fail(error, ZEST_MODEL_DAMAGED, "post_processor Sequence: \"processors\" is no list");
    struct sequence *sequence = ZEST_NEW(arena, struct sequence);
    struct zest_post_processor **list = ZEST_NEW_ARRAY(arena, struct zest_post_processor *, json_array_size(parts) + 1);
    if (!sequence || !list)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a post-processor");
    *sequence = (struct sequence){{&zest_post_sequence}, list, json_array_size(parts)};
    for (size_t i = 0; i < sequence->count; i++) {
        enum zest_status status = zest_post_processor_create(json_array_get(parts, i), arena, &list[i], error);
        if (status != ZEST_OK)
            return status;
        if (!list[i])
            return zest_fail(error, ZEST_MODEL_DAMAGED, "post_processor Sequence: item %zu is null", i);
    }
    *ret_processor = &sequence->base;
    return ZEST_OK;
}

static size_t added(const struct zest_post_processor *self, bool pair)
{
    const struct sequence *sequence = (const struct sequence *)self;
    size_t sum = 0;
    for (size_t i = 0; i < sequence->count; i++)
        sum += zest_post_processor_added(sequence->parts[i], pair);
    return sum;
}

static bool run(const struct zest_post_processor *self, struct zest_encoding_list *list, bool add_special,
                struct zest_arena *arena)
{
    const struct sequence *sequence = (const struct sequence *)self;
    for (size_t i = 0; i < sequence->count; i++)
        if (!sequence->parts[i]->kind->run(sequence->parts[i], list, add_special, arena))
            return false;
    return true;
}

const struct zest_post_processor_kind zest_post_sequence = {"Sequence", create, added, run};
