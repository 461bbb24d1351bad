/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode.c - ids to the bytes that they stand for. Stateless beyond the model: any thread.
 */
#include "tokenizer_model.h"

static enum zest_status check_id(const struct zest_tokenizer_model *model, const int32_t *ids, size_t i,
                                 struct zest_error *error)
{
    if (ids[i] >= 0 && (uint32_t)ids[i] < model->vocabulary.count)
        return ZEST_OK;
    return zest_fail_param(error, ZEST_OUT_OF_RANGE, "ids", "ids[%zu] is %d, the vocabulary's ids are 0 to %u", i,
                           ids[i], model->vocabulary.count - 1);
}

static bool is_left_out(const struct zest_tokenizer_model *model, int32_t id, bool skip_special)
{
    return skip_special && zest_token_is_special(model->vocabulary.kinds[id]);
}

enum zest_status zest_decode(const struct zest_tokenizer_model *model, const int32_t *ids, size_t count,
                             bool skip_special, struct zest_text before, struct zest_arena *arena,
                             struct zest_text *ret_bytes, struct zest_error *error)
{
    size_t size = before.size;
    for (size_t i = 0; i < count; i++) {
        enum zest_status status = check_id(model, ids, i, error);
        if (status != ZEST_OK)
            return status;
        if (!is_left_out(model, ids[i], skip_special))
            size += zest_vocabulary_bytes(&model->vocabulary, (uint32_t)ids[i]).size;
    }
    char *out = size < ZEST_TEXT_SIZE_MAX ? zest_alloc(arena, size + 1, 1) : NULL;
    if (!out)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the %zu bytes of %zu ids", size, count);
    size_t used = before.size;
    if (used > 0)
        memcpy(out, before.data, used);
    for (size_t i = 0; i < count; i++) {
        if (is_left_out(model, ids[i], skip_special))
            continue;
        struct zest_text bytes = zest_vocabulary_bytes(&model->vocabulary, (uint32_t)ids[i]);
        memcpy(out + used, bytes.data, bytes.size);
        used += bytes.size;
    }
    out[used] = 0;
    *ret_bytes = (struct zest_text){out, used};
    return ZEST_OK;
}
