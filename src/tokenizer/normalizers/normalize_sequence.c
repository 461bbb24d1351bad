/* SPDX-License-Identifier: Apache-2.0 */
/*
 * normalize_sequence.c - Sequence: one normalizer after the other. Immutable: any thread; the texts between are the
 * call's own.
 */
#include "normalizer_kinds.h"

struct sequence {
    struct zest_normalizer base;
    struct zest_normalizer **list;
    size_t count;
};

static void finish(struct zest_normalizer *self)
{
    struct sequence *sequence = (struct sequence *)self;
    for (size_t i = 0; i < sequence->count; i++)
        zest_normalizer_finish(sequence->list[i]);
}

static enum zest_status create_members(const json_t *array, struct sequence *sequence, struct zest_arena *arena,
                                       struct zest_error *error)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *member = json_array_get(array, i);
        if (!json_is_object(member))
            return zest_fail_param(error, ZEST_WRONG_TYPE, "normalizers",
                                   "member %zu of the normalizer Sequence is no object", i);
        enum zest_status status = zest_normalizer_create(member, arena, &sequence->list[i], error);
        if (status != ZEST_OK)
            return status;
        sequence->count++;
    }
    return ZEST_OK;
}

static enum zest_status create(const json_t *json, struct zest_arena *arena, struct zest_normalizer **ret_normalizer,
                               struct zest_error *error)
{
    static const char *const fields[] = {"normalizers"};
    enum zest_status status = zest_normalizer_fields(json, "Sequence", fields, ZEST_COUNT(fields), error);
    if (status != ZEST_OK)
        return status;
    const json_t *array = json_object_get(json, fields[0]);
    if (!array)
        return zest_fail_param(error, ZEST_MISSING_FIELD, fields[0],
                               "the normalizer Sequence lacks its field \"normalizers\"");
    if (!json_is_array(array))
        return zest_fail_param(error, ZEST_WRONG_TYPE, fields[0],
                               "\"normalizers\" of the normalizer Sequence is no array");
    struct sequence *sequence = ZEST_NEW(arena, struct sequence);
    struct zest_normalizer **list = ZEST_NEW_ARRAY(arena, struct zest_normalizer *, json_array_size(array) + 1);
    if (!sequence || !list)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the normalizer Sequence");
    *sequence = (struct sequence){{&zest_normalize_sequence}, list, 0};
    status = create_members(array, sequence, arena, error);
    if (status != ZEST_OK) {
        finish(&sequence->base);
        return status;
    }
    *ret_normalizer = &sequence->base;
    return ZEST_OK;
}

static void run(const struct zest_normalizer *self, const struct zest_aligned *in, struct zest_aligned *out)
{
    const struct sequence *sequence = (const struct sequence *)self;
    struct zest_aligned between[2] = {{0}, {0}};
    const struct zest_aligned *from = in;
    for (size_t i = 0; i + 1 < sequence->count && from->status == ZEST_OK; i++) {
        struct zest_aligned *to = &between[i % 2];
        zest_aligned_reset(to, in->aligned);
        zest_normalizer_run(sequence->list[i], from, to);
        from = to;
    }
    if (from->status != ZEST_OK)
        out->status = from->status;
    else
        zest_normalizer_run(sequence->count > 0 ? sequence->list[sequence->count - 1] : NULL, from, out);
    zest_aligned_finish(&between[0]);
    zest_aligned_finish(&between[1]);
}

const struct zest_normalizer_kind zest_normalize_sequence = {"Sequence", create, run, finish};
