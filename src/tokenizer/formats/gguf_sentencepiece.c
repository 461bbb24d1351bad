/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gguf_sentencepiece.c - SentencePiece's two kinds in a GGUF: "llama" (BPE by scores) and "t5" (Unigram).
 *
 * A llama vocabulary stores no merges: they follow from the scores (score_merges.c). User-defined tokens are written
 * with spaces where SentencePiece has U+2581.
 */
#include "gguf_vocabulary.h"
#include "score_merges.h"

#define SPACE_MARK "\xE2\x96\x81"

static struct zest_text mark_spaces(struct zest_gguf_vocabulary *v, struct zest_text text,
                                    enum zest_gguf_token_type type)
{
    if (type != ZEST_GGUF_USER_DEFINED || !memchr(text.data, ' ', text.size))
        return text;
    char *marked = zest_alloc(&v->definition->arena, text.size * 3, 1);
    size_t size = 0;
    for (size_t i = 0; marked && i < text.size; i++) {
        bool space = text.data[i] == ' ';
        memcpy(marked + size, space ? SPACE_MARK : text.data + i, space ? 3 : 1);
        size += space ? 3 : 1;
    }
    return (struct zest_text){marked, size};
}

enum zest_status zest_gguf_llama_read(struct zest_gguf_vocabulary *v)
{
    struct zest_template template;
    int32_t unk_id;
    enum zest_status status = zest_gguf_vocabulary_read(v, mark_spaces);
    if (status == ZEST_OK && !v->scores)
        return zest_fail(v->error, ZEST_MODEL_DAMAGED, "tokenizer.ggml.scores is missing, which merges follow from");
    if (status == ZEST_OK)
        status = zest_score_merges(&v->tokens, v->scores, v->definition, v->error);
    if (status == ZEST_OK)
        status = zest_gguf_ends_read(v, 1, 2, true, false, &template);
    if (status == ZEST_OK)
        status = zest_gguf_vocabulary_id(v, "tokenizer.ggml.unknown_token_id", 0, &unk_id);
    if (status != ZEST_OK)
        return status;
    bool prefix = zest_gguf_vocabulary_flag(v, "tokenizer.ggml.add_space_prefix", true);
    struct zest_components components = {
        .normalizer = zest_escape_normalizer_words(prefix),
        .pre_tokenizer = prefix ? NULL : zest_gemma_pretokenizer_words(),
        .model = zest_sentencepiece_bpe_words(zest_gguf_vocabulary_text(v, unk_id), v->has_bytes),
        .post_processor = zest_template_words(&template),
        .decoder = zest_escape_decoder_words(prefix, v->has_bytes),
    };
    return zest_components_finish(&components, v->definition, v->error);
}

static enum zest_status keep_scores(struct zest_gguf_vocabulary *v)
{
    struct zest_tokenizer_definition *definition = v->definition;
    if (!v->scores)
        return zest_fail(v->error, ZEST_MODEL_DAMAGED, "tokenizer.ggml.scores is missing");
    definition->scores = ZEST_NEW_ARRAY(&definition->arena, double, v->count);
    if (!definition->scores)
        return zest_fail(v->error, ZEST_OUT_OF_MEMORY, "no memory for %u scores", v->count);
    for (uint32_t id = 0; id < v->count; id++) {
        if (!__builtin_isfinite(v->scores[id]))
            return zest_fail(v->error, ZEST_MODEL_DAMAGED, "the score of token %u is no number", id);
        definition->scores[id] = (double)v->scores[id];
    }
    return ZEST_OK;
}

/* The normalizer that the reference's converters write for SentencePiece's own. */
static json_t *unigram_normalizer(const struct zest_gguf_vocabulary *v)
{
    struct zest_gguf_array map;
    bool has_map = zest_gguf_array(v->gguf, "tokenizer.ggml.precompiled_charsmap", &map) && map.count > 0 &&
                   (map.type == ZEST_GGUF_U8 || map.type == ZEST_GGUF_I8);
    json_t *precompiled =
        has_map ? zest_precompiled_words((struct zest_text){(const char *)map.data, map.count}) : NULL;
    bool shrinks = zest_gguf_vocabulary_flag(v, "tokenizer.ggml.remove_extra_whitespaces", false);
    json_t *const items[] = {
        precompiled,
        shrinks ? json_pack("{s:s, s:b, s:b}", "type", "Strip", "strip_left", 0, "strip_right", 1) : NULL,
        shrinks
            ? json_pack("{s:s, s:{s:s}, s:s}", "type", "Replace", "pattern", "Regex", " {2,}", "content", SPACE_MARK)
            : NULL,
    };
    return precompiled || shrinks ? zest_sequence_words("normalizers", items, ZEST_COUNT(items)) : NULL;
}

enum zest_status zest_gguf_t5_read(struct zest_gguf_vocabulary *v)
{
    struct zest_template template;
    int32_t unk_id;
    enum zest_status status = zest_gguf_vocabulary_read(v, mark_spaces);
    if (status == ZEST_OK)
        status = keep_scores(v);
    if (status == ZEST_OK)
        status = zest_gguf_ends_read(v, -1, 1, false, true, &template);
    if (status == ZEST_OK)
        status = zest_gguf_vocabulary_id(v, "tokenizer.ggml.unknown_token_id", 2, &unk_id);
    if (status != ZEST_OK)
        return status;
    template.before_second = false;
    bool prefix = zest_gguf_vocabulary_flag(v, "tokenizer.ggml.add_space_prefix", true);
    struct zest_components components = {
        .normalizer = unigram_normalizer(v),
        .pre_tokenizer = zest_metaspace_words(prefix),
        .model = json_pack("{s:s, s:o, s:b}", "type", "Unigram", "unk_id",
                           unk_id >= 0 ? json_integer(unk_id) : json_null(), "byte_fallback", v->has_bytes),
        .post_processor = zest_template_words(&template),
        .decoder = zest_metaspace_words(prefix),
    };
    return zest_components_finish(&components, v->definition, v->error);
}
