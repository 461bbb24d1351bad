/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gguf_tokenizer.c - which kind of tokenizer a GGUF has, and what ends a generation.
 *
 * Source    llama.cpp's keys; the kinds are its gpt2 (byte-level BPE), llama (SentencePiece BPE), bert (WordPiece) and
 *           t5 (Unigram).
 */
#include "gguf_tokenizer.h"

#include "end_tokens.h"
#include "gguf_vocabulary.h"
#include "shown_text.h"

#include <assert.h>

static enum zest_status find_end_ids(struct zest_gguf_vocabulary *v, struct zest_tokenizer_ends *ends)
{
    static const char *const keys[] = {"tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"};
    zest_ends_add(ends, ends->eos_id);
    for (size_t i = 0; i < ZEST_COUNT(keys); i++) {
        int32_t id;
        enum zest_status status = zest_gguf_vocabulary_id(v, keys[i], -1, &id);
        if (status != ZEST_OK)
            return status;
        zest_ends_add(ends, id);
    }
    zest_ends_settle(v->definition);
    return ZEST_OK;
}

enum zest_status zest_gguf_ends_read(struct zest_gguf_vocabulary *v, int32_t bos_fallback, int32_t eos_fallback,
                                     bool adds_bos, bool adds_eos, struct zest_template *ret_template)
{
    struct zest_tokenizer_ends *ends = &v->definition->ends;
    struct zest_text chat_template = {"", 0};
    enum zest_status status = zest_gguf_vocabulary_id(v, "tokenizer.ggml.bos_token_id", bos_fallback, &ends->bos_id);
    if (status == ZEST_OK)
        status = zest_gguf_vocabulary_id(v, "tokenizer.ggml.eos_token_id", eos_fallback, &ends->eos_id);
    if (status == ZEST_OK)
        status = find_end_ids(v, ends);
    if (status != ZEST_OK)
        return status;
    ends->adds_bos = zest_gguf_vocabulary_flag(v, "tokenizer.ggml.add_bos_token", adds_bos) && ends->bos_id >= 0;
    ends->adds_eos = zest_gguf_vocabulary_flag(v, "tokenizer.ggml.add_eos_token", adds_eos) && ends->eos_id >= 0;
    ends->bos_token = zest_gguf_vocabulary_text(v, ends->bos_id);
    ends->eos_token = zest_gguf_vocabulary_text(v, ends->eos_id);
    zest_gguf_text(v->gguf, "tokenizer.chat_template", &chat_template);
    ends->chat_template = zest_text_copy(&v->definition->arena, chat_template);
    if (!ends->chat_template.data)
        return zest_fail(v->error, ZEST_OUT_OF_MEMORY, "no memory for the chat template (%zu bytes)",
                         chat_template.size);
    *ret_template = (struct zest_template){
        .before = ends->bos_token,
        .after = ends->eos_token,
        .before_id = ends->adds_bos ? ends->bos_id : -1,
        .after_id = ends->adds_eos ? ends->eos_id : -1,
        .before_second = true,
    };
    return ZEST_OK;
}

/* ---- kinds ---- */

static const struct kind {
    const char *name;
    enum zest_status (*read)(struct zest_gguf_vocabulary *v);
} kinds[] = {
    {"gpt2", zest_gguf_gpt2_read},
    {"llama", zest_gguf_llama_read},
    {"bert", zest_gguf_bert_read},
    {"t5", zest_gguf_t5_read},
};

static enum zest_status find_kind(const struct zest_gguf *gguf, const struct kind **ret_kind, struct zest_error *error)
{
    struct zest_text name;
    if (!zest_gguf_text(gguf, "tokenizer.ggml.model", &name))
        return zest_fail(error, ZEST_MODEL_DAMAGED, "the model has no tokenizer: tokenizer.ggml.model is missing");
    for (size_t i = 0; i < ZEST_COUNT(kinds); i++) {
        if (zest_text_equal(name, zest_text_of(kinds[i].name))) {
            *ret_kind = &kinds[i];
            return ZEST_OK;
        }
    }
    return zest_fail(
        error, ZEST_UNSUPPORTED,
        "tokenizers of the kind \"%.*s\" (tokenizer.ggml.model) are not supported; gpt2, llama, bert and t5 "
        "are",
        ZEST_SHOWN(name));
}

static enum zest_status read_all(const struct zest_gguf *gguf, struct zest_tokenizer_definition *definition,
                                 struct zest_error *error)
{
    struct zest_gguf_vocabulary v = {.gguf = gguf, .definition = definition, .error = error};
    const struct kind *kind = NULL;
    enum zest_status status = find_kind(gguf, &kind, error);
    zest_gguf_text(gguf, "general.name", &v.general_name);
    if (status == ZEST_OK)
        status = kind->read(&v);
    zest_gguf_vocabulary_finish(&v);
    return status;
}

enum zest_status zest_gguf_tokenizer_read(const char *path, struct zest_tokenizer_definition *definition,
                                          struct zest_error *error)
{
    struct zest_gguf *gguf = NULL;
    enum zest_status status = zest_gguf_open(path, &gguf, error);
    assert(!definition->components);
    if (status == ZEST_OK)
        status = read_all(gguf, definition, error);
    zest_gguf_close(gguf);
    return status;
}

/* ---- content ---- */

static const char *const texts[] = {"general.name", "tokenizer.ggml.model", "tokenizer.ggml.pre",
                                    "tokenizer.chat_template"};
static const char *const arrays[] = {"tokenizer.ggml.tokens", "tokenizer.ggml.token_type", "tokenizer.ggml.scores",
                                     "tokenizer.ggml.merges", "tokenizer.ggml.precompiled_charsmap"};
static const char *const numbers[] = {"tokenizer.ggml.bos_token_id",     "tokenizer.ggml.eos_token_id",
                                      "tokenizer.ggml.eot_token_id",     "tokenizer.ggml.eom_token_id",
                                      "tokenizer.ggml.unknown_token_id", "tokenizer.ggml.seperator_token_id",
                                      "tokenizer.ggml.cls_token_id"};
static const char *const flags[] = {"tokenizer.ggml.add_bos_token",           "tokenizer.ggml.add_eos_token",
                                    "tokenizer.ggml.add_sep_token",           "tokenizer.ggml.add_space_prefix",
                                    "tokenizer.ggml.normalizer.lowercase",    "tokenizer.ggml.normalizer.strip_accents",
                                    "tokenizer.ggml.remove_extra_whitespaces"};

static size_t element_size(enum zest_gguf_type type)
{
    static const uint8_t sizes[] = {
        [ZEST_GGUF_U8] = 1,  [ZEST_GGUF_I8] = 1,  [ZEST_GGUF_U16] = 2, [ZEST_GGUF_I16] = 2,
        [ZEST_GGUF_U32] = 4, [ZEST_GGUF_I32] = 4, [ZEST_GGUF_F32] = 4, [ZEST_GGUF_BOOL] = 1,
        [ZEST_GGUF_U64] = 8, [ZEST_GGUF_I64] = 8, [ZEST_GGUF_F64] = 8,
    };
    return type < ZEST_COUNT(sizes) ? sizes[type] : 0;
}

static void add_array(const struct zest_gguf *gguf, const char *key, struct zest_content_hash *hash)
{
    struct zest_gguf_array array;
    if (!zest_gguf_array(gguf, key, &array) || array.count == 0)
        return;
    if (array.type != ZEST_GGUF_STRING) {
        *hash = zest_content_hash(*hash, array.data, array.count * element_size(array.type));
        return;
    }
    /* Strings lie one behind the other, each with its length in front. */
    struct zest_text first = zest_gguf_string(&array, 0), last = zest_gguf_string(&array, array.count - 1);
    *hash = zest_content_hash(*hash, first.data, (size_t)(last.data + last.size - first.data));
    *hash = zest_content_hash(*hash, &first.size, sizeof first.size);
}

enum zest_status zest_gguf_tokenizer_hash(const char *path, struct zest_content_hash *hash, struct zest_error *error)
{
    struct zest_gguf *gguf = NULL;
    enum zest_status status = zest_gguf_open(path, &gguf, error);
    if (status != ZEST_OK)
        return status;
    for (size_t i = 0; i < ZEST_COUNT(texts); i++) {
        struct zest_text text = {0};
        zest_gguf_text(gguf, texts[i], &text);
        *hash = zest_content_hash(*hash, text.data ? text.data : "", text.size);
    }
    for (size_t i = 0; i < ZEST_COUNT(arrays); i++) {
        *hash = zest_content_hash(*hash, arrays[i], strlen(arrays[i]));
        add_array(gguf, arrays[i], hash);
    }
    for (size_t i = 0; i < ZEST_COUNT(numbers); i++) {
        uint64_t number = UINT64_MAX;
        zest_gguf_u64(gguf, numbers[i], &number);
        *hash = zest_content_hash(*hash, &number, sizeof number);
    }
    for (size_t i = 0; i < ZEST_COUNT(flags); i++) {
        bool flag = false;
        uint8_t state = zest_gguf_bool(gguf, flags[i], &flag) ? 1 + flag : 0;
        *hash = zest_content_hash(*hash, &state, sizeof state);
    }
    zest_gguf_close(gguf);
    return ZEST_OK;
}
