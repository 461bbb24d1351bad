/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenizer_model.c - makes a tokenizer from a GGUF's metadata.
 *
 * Copies what it needs, so that the file may be closed afterwards. Runs once per model.
 */
#include "tokenizer_model.h"

#include <stdlib.h>

/* Texts of control tokens that end a generation, in the model families at hand. */
static const char *const end_tokens[] = {
    "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|end_of_text|>", "<|eom_id|>", "<|end|>",
    "<|return|>", "<end_of_turn>", "<|EOT|>",    "<EOT>",           "</s>",       "<eos>",
};

static enum zest_status check_model(const struct zest_gguf *gguf, struct zest_error *error)
{
    struct zest_text name;
    if (!zest_gguf_text(gguf, "tokenizer.ggml.model", &name))
        return zest_fail(error, ZEST_MODEL_DAMAGED, "the model has no tokenizer: tokenizer.ggml.model is missing");
    if (!zest_text_equal(name, ZEST_TEXT("gpt2")))
        return zest_fail(error, ZEST_UNSUPPORTED,
                         "tokenizers of the kind \"%.*s\" (tokenizer.ggml.model) are not supported; gpt2 is",
                         (int)(name.size < 80 ? name.size : 80), name.data);
    return ZEST_OK;
}

static enum zest_status find_pretokenizer(struct zest_tokenizer_model *model, const struct zest_gguf *gguf,
                                          struct zest_error *error)
{
    struct zest_text name = ZEST_TEXT("gpt-2"); /* files from before the key was there */
    zest_gguf_text(gguf, "tokenizer.ggml.pre", &name);
    model->pretokenizer = zest_pretokenizer_find(name);
    if (model->pretokenizer)
        return ZEST_OK;
    struct zest_buffer names;
    zest_buffer_init(&names, 400);
    zest_pretokenizer_names(&names);
    zest_buffer_append(&names, "", 1);
    enum zest_status status =
        zest_fail(error, ZEST_UNSUPPORTED, "the pre-tokenizer \"%.*s\" (tokenizer.ggml.pre) is not supported; %s are",
                  (int)(name.size < 80 ? name.size : 80), name.data, names.failed ? "others" : names.data);
    zest_buffer_finish(&names);
    return status;
}

static enum zest_status read_id(const struct zest_tokenizer_model *model, const struct zest_gguf *gguf, const char *key,
                                int32_t *ret_id, struct zest_error *error)
{
    uint64_t id;
    *ret_id = -1;
    if (!zest_gguf_u64(gguf, key, &id))
        return ZEST_OK;
    if (id >= model->vocabulary.count)
        return zest_fail(error, ZEST_MODEL_DAMAGED, "%s is %llu, the vocabulary ends at %u", key,
                         (unsigned long long)id, model->vocabulary.count - 1);
    *ret_id = (int32_t)id;
    return ZEST_OK;
}

static void add_end_id(struct zest_tokenizer_model *model, int32_t id)
{
    for (size_t i = 0; i < model->end_id_count; i++)
        if (model->end_ids[i] == id)
            return;
    if (id >= 0 && model->end_id_count < ZEST_END_IDS_MAX)
        model->end_ids[model->end_id_count++] = id;
}

static int compare_ids(const void *a, const void *b)
{
    int32_t left = *(const int32_t *)a, right = *(const int32_t *)b;
    return (left > right) - (left < right);
}

static void find_end_ids(struct zest_tokenizer_model *model, const struct zest_gguf *gguf)
{
    static const char *const keys[] = {"tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"};
    struct zest_error ignored;
    add_end_id(model, model->eos_id);
    for (size_t i = 0; i < ZEST_COUNT(keys); i++) {
        int32_t id;
        if (read_id(model, gguf, keys[i], &id, &ignored) == ZEST_OK)
            add_end_id(model, id);
    }
    for (size_t i = 0; i < ZEST_COUNT(end_tokens); i++) {
        struct zest_added_match match;
        struct zest_text text = zest_text_of(end_tokens[i]);
        if (zest_added_tokens_find(&model->added, text, 0, &match) && match.start == 0 && match.end == text.size &&
            model->vocabulary.kinds[match.id] == ZEST_TOKEN_CONTROL)
            add_end_id(model, (int32_t)match.id);
    }
    qsort(model->end_ids, model->end_id_count, sizeof *model->end_ids, compare_ids);
}

/* The text of a token as the file writes it, copied; empty for -1. */
static struct zest_text token_text(struct zest_tokenizer_model *model, const struct zest_gguf *gguf, int32_t id)
{
    struct zest_gguf_array tokens;
    struct zest_text none = {"", 0};
    if (id < 0 || !zest_gguf_array(gguf, "tokenizer.ggml.tokens", &tokens))
        return none;
    return zest_text_copy(&model->arena, zest_gguf_string(&tokens, (uint64_t)id));
}

static enum zest_status read_specials(struct zest_tokenizer_model *model, const struct zest_gguf *gguf,
                                      struct zest_error *error)
{
    enum zest_status status = read_id(model, gguf, "tokenizer.ggml.bos_token_id", &model->bos_id, error);
    if (status == ZEST_OK)
        status = read_id(model, gguf, "tokenizer.ggml.eos_token_id", &model->eos_id, error);
    if (status != ZEST_OK)
        return status;
    bool adds_bos = model->pretokenizer->adds_bos, adds_eos = false;
    zest_gguf_bool(gguf, "tokenizer.ggml.add_bos_token", &adds_bos);
    zest_gguf_bool(gguf, "tokenizer.ggml.add_eos_token", &adds_eos);
    model->adds_bos = adds_bos && model->bos_id >= 0;
    model->adds_eos = adds_eos && model->eos_id >= 0;
    find_end_ids(model, gguf);
    struct zest_text chat_template = {"", 0};
    zest_gguf_text(gguf, "tokenizer.chat_template", &chat_template);
    model->chat_template = zest_text_copy(&model->arena, chat_template);
    model->bos_token = token_text(model, gguf, model->bos_id);
    model->eos_token = token_text(model, gguf, model->eos_id);
    if (!model->chat_template.data || !model->bos_token.data || !model->eos_token.data)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the chat template (%zu bytes)", chat_template.size);
    return ZEST_OK;
}

enum zest_status zest_tokenizer_model_init(struct zest_tokenizer_model *model, const struct zest_gguf *gguf,
                                           struct zest_error *error)
{
    memset(model, 0, sizeof *model);
    zest_arena_init(&model->arena, ZEST_ARENA_UNLIMITED);
    enum zest_status status = check_model(gguf, error);
    if (status == ZEST_OK)
        status = find_pretokenizer(model, gguf, error);
    if (status == ZEST_OK)
        status = zest_vocabulary_init(&model->vocabulary, gguf, error);
    if (status == ZEST_OK)
        status = zest_bpe_init(&model->bpe, &model->vocabulary, gguf, model->pretokenizer->whole_words, error);
    if (status == ZEST_OK)
        status = zest_added_tokens_init(&model->added, &model->vocabulary, gguf, error);
    if (status == ZEST_OK)
        status = read_specials(model, gguf, error);
    return status;
}

void zest_tokenizer_model_finish(struct zest_tokenizer_model *model)
{
    for (size_t i = 0; i < ZEST_SCRATCH_POOL_SIZE; i++)
        zest_encoder_scratch_destroy(atomic_load(&model->pool[i]));
    zest_added_tokens_finish(&model->added);
    zest_bpe_finish(&model->bpe);
    zest_vocabulary_finish(&model->vocabulary);
    zest_arena_finish(&model->arena);
}
