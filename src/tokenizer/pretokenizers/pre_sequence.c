/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pre_sequence.c - "Sequence": pre-tokenizers one after the other; each sees the pieces of the one before.
 *
 *     {"type": "Sequence", "pretokenizers": [{"type": "Digits", …}, {"type": "ByteLevel", …}]}
 */
#include "pretokenizer_kinds.h"

#define SEQUENCE_DEPTH_MAX 16 /* sequences in each other */

struct sequence {
    struct zest_pretokenizer base;
    struct zest_pretokenizer **members;
    size_t count;
    struct zest_scratch_pool pool;
};

static void finish_members(struct sequence *sequence)
{
    while (sequence->count > 0)
        zest_pretokenizer_finish(sequence->members[--sequence->count]);
    zest_pieces_drain(&sequence->pool);
}

/* How deep sequences lie in each other; counts no further than the limit. */
static unsigned depth_of(const json_t *json, unsigned limit)
{
    unsigned deepest = 0;
    size_t i;
    json_t *member;
    if (limit == 0)
        return 0;
    json_array_foreach(json_object_get(json, "pretokenizers"), i, member)
    {
        unsigned depth = depth_of(member, limit - 1);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + 1;
}

static enum zest_status create_members(const json_t *list, struct zest_arena *arena, struct sequence *sequence,
                                       struct zest_error *error)
{
    size_t count = json_array_size(list);
    sequence->members = ZEST_NEW_ARRAY(arena, struct zest_pretokenizer *, count + 1);
    if (!sequence->members)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "memory for %zu pre-tokenizers is out", count);
    for (size_t i = 0; i < count; i++) {
        struct zest_pretokenizer *member = NULL;
        enum zest_status status = zest_pretokenizer_create(json_array_get(list, i), arena, &member, error);
        if (status == ZEST_OK && !member)
            status = zest_fail_param(error, ZEST_WRONG_TYPE, "pre_tokenizer", "a member of a 'Sequence' is null");
        if (status != ZEST_OK)
            return status;
        sequence->members[sequence->count++] = member;
    }
    return ZEST_OK;
}

static enum zest_status sequence_create(const json_t *json, struct zest_arena *arena,
                                        struct zest_pretokenizer **ret_pretokenizer, struct zest_error *error)
{
    static const char *const fields[] = {"pretokenizers"};
    const json_t *list = json_object_get(json, "pretokenizers");
    struct zest_pretokenizer *made;
    struct zest_component_reader reader = {json, "pre_tokenizer Sequence", error, ZEST_OK};
    zest_component_closed(&reader, fields, ZEST_COUNT(fields));
    if (!json_is_array(list))
        zest_component_refuse(&reader, ZEST_WRONG_TYPE, "pretokenizers", "a list is wanted");
    enum zest_status status = reader.status;
    if (status != ZEST_OK)
        return status;
    if (depth_of(json, SEQUENCE_DEPTH_MAX + 1) > SEQUENCE_DEPTH_MAX)
        return zest_fail_param(error, ZEST_TOO_LARGE, "pre_tokenizer",
                               "more than %d sequences of pre-tokenizers lie in each other", SEQUENCE_DEPTH_MAX);
    status = zest_pre_new(arena, sizeof(struct sequence), &zest_pre_sequence, &made, error);
    if (status != ZEST_OK)
        return status;
    status = create_members(list, arena, (struct sequence *)made, error);
    if (status == ZEST_OK)
        *ret_pretokenizer = made;
    else
        finish_members((struct sequence *)made);
    return status;
}

/* Goes to and fro between two texts, so that the last member writes on `out`. */
static void sequence_run(const struct zest_pretokenizer *base, const struct zest_pieces *in, struct zest_pieces *out)
{
    struct sequence *self = (struct sequence *)base;
    bool aligned = in->text.aligned;
    struct zest_pieces *between[2] = {NULL, NULL};
    if (self->count <= 1) {
        zest_pretokenizer_run(self->count == 1 ? self->members[0] : NULL, in, out);
        return;
    }
    for (size_t i = 0; i < 2; i++)
        if (!(between[i] = zest_pieces_borrow(&self->pool, aligned)))
            zest_pieces_fail(out, ZEST_OUT_OF_MEMORY);
    const struct zest_pieces *from = in;
    for (size_t i = 0; i + 1 < self->count && out->status == ZEST_OK; i++) {
        struct zest_pieces *to = between[i % 2];
        zest_pieces_reset(to, aligned);
        zest_pretokenizer_run(self->members[i], from, to);
        from = to;
    }
    if (out->status == ZEST_OK)
        zest_pretokenizer_run(self->members[self->count - 1], from, out);
    zest_pieces_return(&self->pool, between[0]);
    zest_pieces_return(&self->pool, between[1]);
}

static void sequence_finish(struct zest_pretokenizer *base)
{
    finish_members((struct sequence *)base);
}

size_t zest_pre_sequence_members(const struct zest_pretokenizer *pretokenizer,
                                 struct zest_pretokenizer *const **ret_members)
{
    const struct sequence *sequence = (const struct sequence *)pretokenizer;
    *ret_members = sequence->members;
    return sequence->count;
}

const struct zest_pretokenizer_kind zest_pre_sequence = {"Sequence", sequence_create, sequence_run, sequence_finish};
