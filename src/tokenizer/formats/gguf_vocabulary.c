/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gguf_vocabulary.c - tokens with their types and scores from a GGUF's metadata; added tokens are found by type.
 *
 * Source    the keys are llama.cpp's (src/llama-vocab.cpp, gguf-py/gguf/vocab.py).
 */
#include "gguf_vocabulary.h"

#include "shown_text.h"

#include <assert.h>
#include <stdio.h>
#include <strings.h>

static enum zest_status find_arrays(struct zest_gguf_vocabulary *v)
{
    struct zest_gguf_array types;
    if (!zest_gguf_array(v->gguf, "tokenizer.ggml.tokens", &v->texts) || v->texts.type != ZEST_GGUF_STRING)
        return zest_fail(v->error, ZEST_MODEL_DAMAGED, "tokenizer.ggml.tokens is missing or no list of texts");
    if (v->texts.count == 0 || v->texts.count > ZEST_VOCABULARY_MAX)
        return zest_fail(v->error, ZEST_MODEL_DAMAGED, "tokenizer.ggml.tokens has %llu tokens, 1 to %u are possible",
                         (unsigned long long)v->texts.count, ZEST_VOCABULARY_MAX);
    v->count = (uint32_t)v->texts.count;
    if (!zest_gguf_array(v->gguf, "tokenizer.ggml.token_type", &types))
        return ZEST_OK;
    if ((types.type != ZEST_GGUF_I32 && types.type != ZEST_GGUF_U32) || types.count != v->texts.count)
        return zest_fail(v->error, ZEST_MODEL_DAMAGED,
                         "tokenizer.ggml.token_type has %llu entries, not one 32-bit integer for each of %u tokens",
                         (unsigned long long)types.count, v->count);
    v->types = types.data;
    return ZEST_OK;
}

static enum zest_status read_scores(struct zest_gguf_vocabulary *v)
{
    struct zest_gguf_array scores;
    if (!zest_gguf_array(v->gguf, "tokenizer.ggml.scores", &scores))
        return ZEST_OK;
    if (scores.type != ZEST_GGUF_F32 || scores.count != v->count)
        return zest_fail(v->error, ZEST_MODEL_DAMAGED,
                         "tokenizer.ggml.scores has %llu entries, not one 32-bit float for each of %u tokens",
                         (unsigned long long)scores.count, v->count);
    v->scores = malloc(v->count * sizeof *v->scores);
    if (!v->scores)
        return zest_fail(v->error, ZEST_OUT_OF_MEMORY, "no memory for %u scores", v->count);
    memcpy(v->scores, scores.data, v->count * sizeof *v->scores);
    return ZEST_OK;
}

enum zest_gguf_token_type zest_gguf_vocabulary_type(const struct zest_gguf_vocabulary *v, uint32_t id)
{
    int32_t type = ZEST_GGUF_NORMAL;
    if (v->types)
        memcpy(&type, v->types + sizeof type * id, sizeof type);
    return type < 0 ? ZEST_GGUF_TYPES : (enum zest_gguf_token_type)type;
}

/* "[PAD" ID "]": what converters put where the model has more rows than the tokenizer has tokens. */
static bool is_padding(const struct zest_gguf_vocabulary *v, uint32_t id)
{
    char text[32];
    size_t size = (size_t)snprintf(text, sizeof text, "[PAD%u]", id);
    return zest_gguf_vocabulary_type(v, id) == ZEST_GGUF_UNUSED &&
           zest_text_equal(zest_gguf_string(&v->texts, id), (struct zest_text){text, size});
}

/* Flags that no key tells: those of llama.cpp, by the model's name. */
static bool strips_right(const struct zest_gguf_vocabulary *v, struct zest_text text)
{
    static const char *const models[] = {"phi-3", "phi3"};
    static const char *const kept[] = {"<unk>", "<s>", "<|endoftext|>"};
    for (size_t i = 0; i < ZEST_COUNT(kept); i++)
        if (zest_text_equal(text, zest_text_of(kept[i])))
            return false;
    for (size_t i = 0; i < ZEST_COUNT(models); i++)
        for (size_t at = 0; at + strlen(models[i]) <= v->general_name.size; at++)
            if (strncasecmp(v->general_name.data + at, models[i], strlen(models[i])) == 0)
                return true;
    return false;
}

static bool add_added(struct zest_gguf_vocabulary *v, struct zest_text text, uint32_t id,
                      enum zest_gguf_token_type type)
{
    struct zest_added_token token = {.content = text, .id = id, .special = type != ZEST_GGUF_USER_DEFINED};
    if (type != ZEST_GGUF_CONTROL && type != ZEST_GGUF_USER_DEFINED && type != ZEST_GGUF_UNKNOWN)
        return true;
    token.rstrip = token.special && strips_right(v, text);
    return zest_added_list_add(&v->added, &token);
}

static enum zest_status read_tokens(struct zest_gguf_vocabulary *v, zest_gguf_spelling *spelling)
{
    for (uint32_t id = 0; id < v->count; id++) {
        enum zest_gguf_token_type type = zest_gguf_vocabulary_type(v, id);
        if (type >= ZEST_GGUF_TYPES)
            return zest_fail(v->error, ZEST_MODEL_DAMAGED, "token %u has a type beyond %d", id, ZEST_GGUF_TYPES - 1);
        struct zest_text text = zest_text_copy(&v->definition->arena, zest_gguf_string(&v->texts, id));
        if (text.data && spelling)
            text = spelling(v, text, type);
        if (!text.data || !zest_token_list_add(&v->tokens, text, id) || !add_added(v, text, id, type))
            return zest_fail(v->error, ZEST_OUT_OF_MEMORY, "no memory for a vocabulary of %u tokens", v->count);
        v->has_bytes = v->has_bytes || type == ZEST_GGUF_BYTE;
    }
    return ZEST_OK;
}

enum zest_status zest_gguf_vocabulary_read(struct zest_gguf_vocabulary *v, zest_gguf_spelling *spelling)
{
    enum zest_status status = find_arrays(v);
    if (status == ZEST_OK)
        status = read_scores(v);
    while (status == ZEST_OK && v->count > 1 && is_padding(v, v->count - 1))
        v->count--;
    if (status == ZEST_OK)
        status = read_tokens(v, spelling);
    if (status == ZEST_OK)
        status = zest_token_list_lay_out(&v->tokens, v->definition, ZEST_SAME_TEXT_STAYS, v->error);
    if (status == ZEST_OK)
        status = zest_added_list_settle(&v->added, &v->tokens, ZEST_ADDED_IDS_COUNTED, v->definition, v->error);
    return status;
}

void zest_gguf_vocabulary_finish(struct zest_gguf_vocabulary *v)
{
    free(v->scores);
    zest_token_list_finish(&v->tokens);
    zest_added_list_finish(&v->added);
}

enum zest_status zest_gguf_vocabulary_id(const struct zest_gguf_vocabulary *v, const char *key, int32_t fallback,
                                         int32_t *ret_id)
{
    uint64_t id;
    assert(v->count > 0);
    *ret_id = fallback < (int64_t)v->count ? fallback : -1;
    if (!zest_gguf_u64(v->gguf, key, &id))
        return ZEST_OK;
    if (id >= v->count)
        return zest_fail(v->error, ZEST_MODEL_DAMAGED, "%s is %llu, the vocabulary ends at %u", key,
                         (unsigned long long)id, v->count - 1);
    *ret_id = (int32_t)id;
    return ZEST_OK;
}

struct zest_text zest_gguf_vocabulary_text(const struct zest_gguf_vocabulary *v, int32_t id)
{
    assert(id < (int64_t)v->count);
    return id >= 0 ? v->definition->tokens[id] : ZEST_TEXT("");
}

bool zest_gguf_vocabulary_flag(const struct zest_gguf_vocabulary *v, const char *key, bool fallback)
{
    bool value = fallback;
    zest_gguf_bool(v->gguf, key, &value);
    return value;
}
