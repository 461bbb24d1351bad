/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gguf_bert.c - WordPiece in a GGUF: words begin with U+2581 there, and what goes on in a word has no mark.
 */
#include "gguf_vocabulary.h"

#define SPACE_MARK "\xE2\x96\x81"

/* "▁the" is "the" in tokenizer.json, "ing" is "##ing"; control tokens are the same in both. */
static struct zest_text word_piece(struct zest_gguf_vocabulary *v, struct zest_text text,
                                   enum zest_gguf_token_type type)
{
    if (type == ZEST_GGUF_CONTROL || type == ZEST_GGUF_UNKNOWN || type == ZEST_GGUF_USER_DEFINED)
        return text;
    if (text.size >= 3 && memcmp(text.data, SPACE_MARK, 3) == 0)
        return (struct zest_text){text.data + 3, text.size - 3};
    char *marked = zest_alloc(&v->definition->arena, text.size + 2, 1);
    if (!marked)
        return (struct zest_text){0};
    memcpy(marked, "##", 2);
    memcpy(marked + 2, text.data, text.size);
    return (struct zest_text){marked, text.size + 2};
}

/* [CLS] goes under the name of "bos" or "cls", [SEP] under "seperator" (as the key is spelled) or "eos". */
static enum zest_status read_template(struct zest_gguf_vocabulary *v, struct zest_template *ret_template)
{
    int32_t cls_id, sep_id = -1;
    enum zest_status status = zest_gguf_vocabulary_id(v, "tokenizer.ggml.cls_token_id", 101, &cls_id);
    if (status == ZEST_OK)
        status = zest_gguf_ends_read(v, cls_id, -1, true, false, ret_template);
    if (status == ZEST_OK)
        status = zest_gguf_vocabulary_id(v, "tokenizer.ggml.seperator_token_id", 102, &sep_id);
    if (status != ZEST_OK)
        return status;
    bool adds_sep = zest_gguf_vocabulary_flag(v, "tokenizer.ggml.add_sep_token", true);
    if (ret_template->after_id < 0 && adds_sep && sep_id >= 0) {
        ret_template->after_id = sep_id;
        ret_template->after = zest_gguf_vocabulary_text(v, sep_id);
    }
    ret_template->before_second = false;
    return ZEST_OK;
}

enum zest_status zest_gguf_bert_read(struct zest_gguf_vocabulary *v)
{
    struct zest_template template;
    int32_t unk_id;
    enum zest_status status = zest_gguf_vocabulary_read(v, word_piece);
    if (status == ZEST_OK)
        status = read_template(v, &template);
    if (status == ZEST_OK)
        status = zest_gguf_vocabulary_id(v, "tokenizer.ggml.unknown_token_id", 100, &unk_id);
    if (status != ZEST_OK)
        return status;
    if (unk_id < 0)
        return zest_fail(v->error, ZEST_MODEL_DAMAGED, "the vocabulary of %u tokens has no unknown token", v->count);
    bool lowercase = zest_gguf_vocabulary_flag(v, "tokenizer.ggml.normalizer.lowercase", true);
    bool strips = zest_gguf_vocabulary_flag(v, "tokenizer.ggml.normalizer.strip_accents", lowercase);
    struct zest_components components = {
        .normalizer = zest_bert_normalizer_words(lowercase, strips == lowercase ? -1 : strips, true),
        .pre_tokenizer = json_pack("{s:s}", "type", "BertPreTokenizer"),
        .model = zest_wordpiece_words(zest_gguf_vocabulary_text(v, unk_id)),
        .post_processor = zest_template_words(&template),
        .decoder = json_pack("{s:s, s:s, s:b}", "type", "WordPiece", "prefix", "##", "cleanup", 1),
    };
    return zest_components_finish(&components, v->definition, v->error);
}
