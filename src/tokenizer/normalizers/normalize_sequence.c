/* SPDX-License-Identifier: Apache-2.0 */
/*
 * normalize_sequence.c - Sequence: one normalizer after the other. Immutable but for a pool of texts: any thread.
 */
#include "aligned_pool.h"
#include "normalizer_kinds.h"

#define DEPTH_MAX 16 /* sequences in each other */

struct sequence {
    struct zest_normalizer base;
    struct zest_normalizer **list;
    size_t count;
    struct zest_scratch_pool pool;
};

static void finish(struct zest_normalizer *self)
{
    struct sequence *sequence = (struct sequence *)self;
    for (size_t i = 0; i < sequence->count; i++)
        zest_normalizer_finish(sequence->list[i]);
    sequence->count = 0;
    zest_aligned_drain(&sequence->pool);
}

/* How deep sequences lie in each other; counts no further than the limit. */
static unsigned depth_of(const json_t *json, unsigned limit)
{
    unsigned deepest = 0;
    size_t i;
    json_t *member;
    if (limit == 0 || !json_is_array(json_object_get(json, "normalizers")))
        return 0;
    json_array_foreach(json_object_get(json, "normalizers"), i, member)
    {
        unsigned depth = depth_of(member, limit - 1);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + 1;
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

static enum zest_status check_list(const json_t *json, struct zest_error *error)
{
    static const char *const fields[] = {"normalizers"};
    struct zest_component_reader reader = {json, "normalizer Sequence", error, ZEST_OK};
    zest_component_closed(&reader, fields, ZEST_COUNT(fields));
    if (!json_is_array(json_object_get(json, fields[0])))
        zest_component_refuse(&reader, ZEST_WRONG_TYPE, fields[0], "a list is wanted");
    if (reader.status == ZEST_OK && depth_of(json, DEPTH_MAX + 1) > DEPTH_MAX)
        return zest_fail_param(error, ZEST_TOO_LARGE, fields[0],
                               "more than %d sequences of normalizers lie in each other", DEPTH_MAX);
    return reader.status;
}

static enum zest_status create(const json_t *json, struct zest_arena *arena, struct zest_normalizer **ret_normalizer,
                               struct zest_error *error)
{
    enum zest_status status = check_list(json, error);
    if (status != ZEST_OK)
        return status;
    const json_t *array = json_object_get(json, "normalizers");
    struct sequence *sequence = ZEST_NEW(arena, struct sequence);
    struct zest_normalizer **list = ZEST_NEW_ARRAY(arena, struct zest_normalizer *, json_array_size(array) + 1);
    if (!sequence || !list)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the normalizer Sequence");
    sequence->base.kind = &zest_normalize_sequence;
    sequence->list = list;
    status = create_members(array, sequence, arena, error);
    if (status != ZEST_OK) {
        finish(&sequence->base);
        return status;
    }
    *ret_normalizer = &sequence->base;
    return ZEST_OK;
}

/* Runs all but the last to and fro between two texts, so that the last one writes on `out`. */
static void run_between(const struct sequence *sequence, const struct zest_aligned *in,
                        struct zest_aligned *const between[2], struct zest_aligned *out)
{
    const struct zest_aligned *from = in;
    for (size_t i = 0; i + 1 < sequence->count; i++) {
        struct zest_aligned *to = between[i % 2];
        zest_aligned_reset(to, in->aligned);
        to->begin = in->begin;
        zest_normalizer_run(sequence->list[i], from, to);
        if (to->status != ZEST_OK) {
            zest_aligned_fail(out, to->status);
            return;
        }
        from = to;
    }
    zest_normalizer_run(sequence->list[sequence->count - 1], from, out);
}

static void run(const struct zest_normalizer *self, const struct zest_aligned *in, struct zest_aligned *out)
{
    struct sequence *sequence = (struct sequence *)self; /* the pool alone is written on */
    if (sequence->count <= 1) {
        zest_normalizer_run(sequence->count == 1 ? sequence->list[0] : NULL, in, out);
        return;
    }
    struct zest_aligned *between[2] = {zest_aligned_borrow(&sequence->pool, in->aligned),
                                       zest_aligned_borrow(&sequence->pool, in->aligned)};
    if (between[0] && between[1])
        run_between(sequence, in, between, out);
    else
        zest_aligned_fail(out, ZEST_OUT_OF_MEMORY);
    zest_aligned_return(&sequence->pool, between[0]);
    zest_aligned_return(&sequence->pool, between[1]);
}

size_t zest_normalize_sequence_members(const struct zest_normalizer *normalizer,
                                       struct zest_normalizer *const **ret_members)
{
    const struct sequence *sequence = (const struct sequence *)normalizer;
    *ret_members = sequence->list;
    return sequence->count;
}

const struct zest_normalizer_kind zest_normalize_sequence = {"Sequence", create, run, finish};
