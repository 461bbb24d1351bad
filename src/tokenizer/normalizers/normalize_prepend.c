/* SPDX-License-Identifier: Apache-2.0 */
/*
 * normalize_prepend.c - Prepend: puts a text before one that is not empty. It shares the origin of the first character.
 * Immutable: any thread.
 */
#include "normalizer_kinds.h"

struct prepend {
    struct zest_normalizer base;
    struct zest_text text;
};

static enum zest_status create(const json_t *json, struct zest_arena *arena, struct zest_normalizer **ret_normalizer,
                               struct zest_error *error)
{
    static const char *const fields[] = {"prepend"};
    struct zest_component_reader reader = {json, "normalizer Prepend", error, ZEST_OK};
    zest_component_closed(&reader, fields, ZEST_COUNT(fields));
    struct zest_text text = zest_component_text(&reader, fields[0], arena);
    if (reader.status != ZEST_OK)
        return reader.status;
    struct prepend *prepend = ZEST_NEW(arena, struct prepend);
    if (!prepend)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the normalizer Prepend");
    *prepend = (struct prepend){{&zest_normalize_prepend}, text};
    *ret_normalizer = &prepend->base;
    return ZEST_OK;
}

static void run(const struct zest_normalizer *self, const struct zest_aligned *in, struct zest_aligned *out)
{
    const struct prepend *prepend = (const struct prepend *)self;
    if (in->size == 0)
        return;
    size_t first = zest_character_size(in->bytes[0]);
    /* The reference inserts the first character behind the text; where that is empty, before everything. */
    bool is_empty = prepend->text.size == 0;
    struct zest_span origin = is_empty ? zest_inserted_origin(in, 0) : zest_aligned_origin(in, 0, first);
    zest_aligned_put(out, prepend->text.data, prepend->text.size, origin);
    zest_aligned_put(out, in->bytes, first, origin);
    zest_aligned_copy(out, in, first, in->size);
}

const struct zest_normalizer_kind zest_normalize_prepend = {"Prepend", create, run, NULL};
