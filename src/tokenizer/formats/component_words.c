/* SPDX-License-Identifier: Apache-2.0 */
/* component_words.c - small JSON trees as Hugging Face's converters write them. Stateless. */
#include "component_words.h"

#include <stdlib.h>

#define SPACE_MARK "\xE2\x96\x81" /* U+2581, SentencePiece's space */

static json_t *text_words(struct zest_text text)
{
    return json_stringn(text.data ? text.data : "", text.size);
}

enum zest_status zest_components_finish(struct zest_components *components,
                                        struct zest_tokenizer_definition *definition, struct zest_error *error)
{
    /* o? takes the reference and writes null for NULL. */
    definition->components =
        json_pack("{s:o?, s:o?, s:o?, s:o?, s:o?, s:n, s:n}", "normalizer", components->normalizer, "pre_tokenizer",
                  components->pre_tokenizer, "model", components->model, "post_processor", components->post_processor,
                  "decoder", components->decoder, "truncation", "padding");
    *components = (struct zest_components){0};
    if (!definition->components || !json_is_object(json_object_get(definition->components, "model")))
        return zest_fail(error, ZEST_MODEL_DAMAGED, "the tokenizer's special tokens are not UTF-8");
    return ZEST_OK;
}

/* ---- templates ---- */

static json_t *piece(const char *kind, struct zest_text id, int type)
{
    return json_pack("{s:{s:o, s:i}}", kind, "id", text_words(id), "type_id", type);
}

static json_t *sides(const struct zest_template *t, bool pair)
{
    json_t *list = json_array();
    for (int text = 0; text <= (pair ? 1 : 0); text++) {
        int type = t->one_type ? 0 : text;
        if (t->before_id >= 0 && (text == 0 || t->before_second))
            json_array_append_new(list, piece("SpecialToken", t->before, type));
        json_array_append_new(list, piece("Sequence", text == 0 ? ZEST_TEXT("A") : ZEST_TEXT("B"), type));
        for (int i = 0; t->after_id >= 0 && i < (pair && text == 0 && t->doubles_after ? 2 : 1); i++)
            json_array_append_new(list, piece("SpecialToken", t->after, type));
    }
    return list;
}

static void add_special(json_t *specials, struct zest_text text, int32_t id)
{
    if (id >= 0)
        json_object_setn_new(
            specials, text.data, text.size,
            json_pack("{s:o, s:[i], s:[o]}", "id", text_words(text), "ids", (int)id, "tokens", text_words(text)));
}

json_t *zest_template_words(const struct zest_template *t)
{
    if (t->before_id < 0 && t->after_id < 0)
        return json_null();
    json_t *specials = json_object();
    add_special(specials, t->before, t->before_id);
    add_special(specials, t->after, t->after_id);
    return json_pack("{s:s, s:o, s:o, s:o}", "type", "TemplateProcessing", "single", sides(t, false), "pair",
                     sides(t, true), "special_tokens", specials);
}

/* ---- SentencePiece ---- */

json_t *zest_metaspace_words(bool prepend)
{
    return json_pack("{s:s, s:s, s:s, s:b}", "type", "Metaspace", "replacement", SPACE_MARK, "prepend_scheme",
                     prepend ? "always" : "never", "split", 1);
}

json_t *zest_sentencepiece_bpe_words(struct zest_text unk_token, bool byte_fallback)
{
    return json_pack("{s:s, s:n, s:o, s:n, s:n, s:b, s:b, s:b}", "type", "BPE", "dropout", "unk_token",
                     text_words(unk_token), "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", 1,
                     "byte_fallback", byte_fallback, "ignore_merges", 0);
}

static json_t *replace_words(const char *from, const char *to)
{
    return json_pack("{s:s, s:{s:s}, s:s}", "type", "Replace", "pattern", "String", from, "content", to);
}

json_t *zest_escape_normalizer_words(bool prepend)
{
    json_t *replace = replace_words(" ", SPACE_MARK);
    return prepend ? json_pack("{s:s, s:[{s:s, s:s}, o]}", "type", "Sequence", "normalizers", "type", "Prepend",
                               "prepend", SPACE_MARK, replace)
                   : replace;
}

json_t *zest_gemma_pretokenizer_words(void)
{
    return json_pack("{s:s, s:{s:s}, s:s, s:b}", "type", "Split", "pattern", "String", " ", "behavior",
                     "MergedWithPrevious", "invert", 0);
}

json_t *zest_escape_decoder_words(bool prepend, bool byte_fallback)
{
    json_t *const items[] = {
        replace_words(SPACE_MARK, " "),
        byte_fallback ? json_pack("{s:s}", "type", "ByteFallback") : NULL,
        json_pack("{s:s}", "type", "Fuse"),
        prepend ? json_pack("{s:s, s:s, s:i, s:i}", "type", "Strip", "content", " ", "start", 1, "stop", 0) : NULL,
    };
    return zest_sequence_words("decoders", items, ZEST_COUNT(items));
}

json_t *zest_sequence_words(const char *list_name, json_t *const items[], size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        if (items[i])
            json_array_append_new(list, items[i]);
    return json_pack("{s:s, s:o}", "type", "Sequence", list_name, list);
}

json_t *zest_precompiled_words(struct zest_text charsmap)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t size = (charsmap.size + 2) / 3 * 4, used = 0;
    char *text = malloc(size + 1);
    for (size_t at = 0; text && at < charsmap.size; at += 3) {
        size_t left = charsmap.size - at;
        const unsigned char *in = (const unsigned char *)charsmap.data + at;
        uint32_t bits = (uint32_t)in[0] << 16 | (left > 1 ? (uint32_t)in[1] << 8 : 0) | (left > 2 ? in[2] : 0u);
        text[used++] = digits[bits >> 18];
        text[used++] = digits[bits >> 12 & 63];
        text[used++] = left > 1 ? digits[bits >> 6 & 63] : '=';
        text[used++] = left > 2 ? digits[bits & 63] : '=';
    }
    json_t *words = text ? json_pack("{s:s, s:s%}", "type", "Precompiled", "precompiled_charsmap", text, used) : NULL;
    free(text);
    return words;
}

/* ---- others ---- */

json_t *zest_bert_normalizer_words(bool lowercase, int strip_accents, bool chinese)
{
    return json_pack("{s:s, s:b, s:b, s:o, s:b}", "type", "BertNormalizer", "clean_text", 1, "handle_chinese_chars",
                     chinese, "strip_accents", strip_accents < 0 ? json_null() : json_boolean(strip_accents > 0),
                     "lowercase", lowercase);
}

json_t *zest_wordpiece_words(struct zest_text unk_token)
{
    return json_pack("{s:s, s:o, s:s, s:i}", "type", "WordPiece", "unk_token", text_words(unk_token),
                     "continuing_subword_prefix", "##", "max_input_chars_per_word", 100);
}

json_t *zest_byte_level_decoder_words(void)
{
    return json_pack("{s:s, s:b, s:b, s:b}", "type", "ByteLevel", "add_prefix_space", 1, "trim_offsets", 1, "use_regex",
                     1);
}
