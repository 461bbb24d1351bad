/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sentencepiece_model.c - a SentencePiece model as the tokenizer.json that the reference's converters make of it.
 *
 * Which converter follows from the "tokenizer_class" beside the model, else from the model: BPE that leaves white space
 * alone is a Llama's (with a dummy prefix) or a Gemma's (without); all else is converted in the general way.
 *
 * Source    convert_slow_tokenizer.py of Hugging Face transformers: LlamaConverter, GemmaConverter, T5Converter,
 *           XLMRobertaConverter, AlbertConverter, SpmConverter.
 */
#include "sentencepiece_model.h"

#include "component_words.h"
#include "end_tokens.h"
#include "folder_config.h"
#include "score_merges.h"
#include "shown_text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define SPACE_MARK "\xE2\x96\x81"
#define EXTRA_IDS 100 /* <extra_id_…> of T5 where the configuration gives no number */

enum family { LLAMA, GEMMA, T5, XLM_ROBERTA, ALBERT, GENERAL };

struct converting {
    const char *name;
    struct zest_sentencepiece_proto proto;
    const json_t *config;
    enum family family;
    struct zest_tokenizer_definition *definition;
    struct zest_error *error;
    struct zest_token_list tokens;
    struct zest_added_list added;
    double *scores; /* [tokens.count]; malloc's */
    size_t score_capacity;
};

/* ---- which family ---- */

static enum zest_status find_family(struct converting *c)
{
    static const char *const llama[] = {"LlamaTokenizer", "CodeLlamaTokenizer", "Phi3Tokenizer"};
    static const struct {
        const char *name;
        enum family family;
    } others[] = {
        {"GemmaTokenizer", GEMMA},
        {"T5Tokenizer", T5},
        {"AlbertTokenizer", ALBERT},
        {"FNetTokenizer", ALBERT},
        {"XLMRobertaTokenizer", XLM_ROBERTA},
        {"LayoutXLMTokenizer", XLM_ROBERTA},
        {"ReformerTokenizer", GENERAL},
        {"BertGenerationTokenizer", GENERAL},
    };
    struct zest_text class = zest_config_class(c->config);
    bool bpe = c->proto.model_type == ZEST_SENTENCEPIECE_BPE, plain = bpe && !c->proto.remove_extra_whitespaces;
    c->family = plain && c->proto.charsmap.size == 0 ? (c->proto.add_dummy_prefix ? LLAMA : GEMMA) : GENERAL;
    if (class.size == 0 || zest_text_equal(class, ZEST_TEXT("PreTrainedTokenizer")))
        return ZEST_OK;
    if (zest_config_is_class(c->config, llama, ZEST_COUNT(llama))) {
        c->family = LLAMA;
        return ZEST_OK;
    }
    for (size_t i = 0; i < ZEST_COUNT(others); i++) {
        if (zest_text_equal(class, zest_text_of(others[i].name))) {
            c->family = others[i].family;
            return ZEST_OK;
        }
    }
    return zest_fail(
        c->error, ZEST_UNSUPPORTED,
        "%s: SentencePiece models of the tokenizer_class \"%.*s\" are not supported without a tokenizer.json", c->name,
        ZEST_SHOWN(class));
}

static enum zest_status check_settings(const struct converting *c)
{
    const struct zest_sentencepiece_proto *proto = &c->proto;
    if (proto->model_type != ZEST_SENTENCEPIECE_UNIGRAM && proto->model_type != ZEST_SENTENCEPIECE_BPE)
        return zest_fail(c->error, ZEST_UNSUPPORTED,
                         "%s: SentencePiece models of the type %u are not supported; 1 (unigram) and 2 (bpe) are",
                         c->name, proto->model_type);
    if (proto->whitespace_as_suffix)
        return zest_fail(c->error, ZEST_UNSUPPORTED, "%s: treat_whitespace_as_suffix is not supported", c->name);
    if (!proto->escape_whitespaces)
        return zest_fail(c->error, ZEST_UNSUPPORTED, "%s: escape_whitespaces: false is not supported", c->name);
    return ZEST_OK;
}

/* ---- tokens ---- */

static bool add_token(struct converting *c, struct zest_text text, double score)
{
    size_t count = c->tokens.count;
    if (count == c->score_capacity) {
        size_t capacity = count > 0 ? 2 * count : 1024;
        double *scores = realloc(c->scores, capacity * sizeof *scores);
        if (!scores)
            return false;
        c->scores = scores;
        c->score_capacity = capacity;
    }
    c->scores[count] = score;
    return zest_token_list_add(&c->tokens, text, (uint32_t)count);
}

/* Albert: a number with a comma behind it is all but impossible. */
static bool ends_in_number_comma(struct zest_text text)
{
    return text.size >= 2 && text.data[text.size - 1] == ',' && text.data[text.size - 2] >= '0' &&
           text.data[text.size - 2] <= '9';
}

static bool add_piece(struct converting *c, uint32_t id)
{
    const struct zest_sentencepiece_piece *piece = &c->proto.pieces[id];
    struct zest_text text = piece->text;
    double score = (double)piece->score;
    if (c->family == ALBERT && ends_in_number_comma(text))
        score -= 100;
    struct zest_added_token token = {.content = text, .id = id, .special = piece->type != ZEST_PIECE_USER_DEFINED};
    if (c->family == GEMMA &&
        (zest_text_equal(text, ZEST_TEXT("<start_of_turn>")) || zest_text_equal(text, ZEST_TEXT("<end_of_turn>"))))
        token.special = true;
    bool added = piece->type == ZEST_PIECE_CONTROL || piece->type == ZEST_PIECE_USER_DEFINED ||
                 piece->type == ZEST_PIECE_UNKNOWN;
    return add_token(c, text, score) && (!added || zest_added_list_add(&c->added, &token));
}

/* <extra_id_99> … <extra_id_0> */
static bool add_extra_ids(struct converting *c)
{
    const json_t *number = json_object_get(c->config, "extra_ids");
    int count = json_is_integer(number) ? (int)json_integer_value(number) : EXTRA_IDS;
    for (int i = (count < 10000 ? count : 10000) - 1; i >= 0; i--) {
        struct zest_text text = zest_text_format(&c->definition->arena, "<extra_id_%d>", i);
        if (!text.data || !add_token(c, text, 0) || !zest_config_special(text, &c->definition->arena, &c->added))
            return false;
    }
    return true;
}

/* The vocabulary of XLM-RoBERTa begins otherwise than its model's: <s>, <pad>, </s>, <unk>, then the pieces from 3 on.
 */
static bool add_xlm_roberta(struct converting *c)
{
    static const char *const heads[] = {"<s>", "<pad>", "</s>", "<unk>"};
    for (size_t i = 0; i < ZEST_COUNT(heads); i++)
        if (!add_token(c, zest_text_of(heads[i]), 0) ||
            !zest_config_special(zest_text_of(heads[i]), &c->definition->arena, &c->added))
            return false;
    for (uint32_t id = 3; id < c->proto.piece_count; id++)
        if (!add_piece(c, id))
            return false;
    struct zest_added_token mask = {.content = ZEST_TEXT("<mask>"), .special = true, .lstrip = true};
    return add_token(c, mask.content, 0) && zest_added_list_add(&c->added, &mask);
}

static enum zest_status read_tokens(struct converting *c)
{
    bool good = true;
    if (c->family == XLM_ROBERTA)
        good = add_xlm_roberta(c);
    for (uint32_t id = 0; good && c->family != XLM_ROBERTA && id < c->proto.piece_count; id++)
        good = add_piece(c, id);
    if (good && c->family == T5)
        good = add_extra_ids(c);
    if (!good || !zest_config_added(c->config, &c->definition->arena, &c->added))
        return zest_fail(c->error, ZEST_OUT_OF_MEMORY, "%s: no memory for %u pieces", c->name, c->proto.piece_count);
    enum zest_status status = zest_token_list_lay_out(&c->tokens, c->definition, ZEST_SAME_TEXT_STAYS, c->error);
    if (status == ZEST_OK)
        status = zest_added_list_settle(&c->added, &c->tokens, ZEST_ADDED_IDS_COUNTED, c->definition, c->error);
    return status;
}

static enum zest_status settle_scores(struct converting *c)
{
    struct zest_tokenizer_definition *definition = c->definition;
    size_t count = definition->token_count;
    if (c->proto.model_type == ZEST_SENTENCEPIECE_UNIGRAM) {
        definition->scores = ZEST_NEW_ARRAY(&definition->arena, double, count);
        if (!definition->scores)
            return zest_fail(c->error, ZEST_OUT_OF_MEMORY, "%s: no memory for %zu scores", c->name, count);
        memcpy(definition->scores, c->scores, count * sizeof *c->scores);
        return ZEST_OK;
    }
    float *scores = ZEST_NEW_ARRAY(&definition->arena, float, count);
    if (!scores)
        return zest_fail(c->error, ZEST_OUT_OF_MEMORY, "%s: no memory for %zu scores", c->name, count);
    for (size_t i = 0; i < count; i++)
        scores[i] = (float)c->scores[i];
    return zest_score_merges(&c->tokens, scores, definition, c->error);
}

/* ---- components ---- */

static json_t *replace(const char *kind, const char *from, const char *to)
{
    return json_pack("{s:s, s:{s:s}, s:s}", "type", "Replace", "pattern", kind, from, "content", to);
}

static json_t *general_normalizer(const struct converting *c)
{
    bool albert = c->family == ALBERT, shrinks = c->proto.remove_extra_whitespaces || c->family != GENERAL;
    bool plain = albert && !zest_config_flag(c->config, "keep_accents", false);
    json_t *const items[] = {
        albert ? replace("String", "``", "\"") : NULL,
        albert ? replace("String", "''", "\"") : NULL,
        plain ? json_pack("{s:s}", "type", "NFKD") : NULL,
        plain ? json_pack("{s:s}", "type", "StripAccents") : NULL,
        albert && zest_config_flag(c->config, "do_lower_case", true) ? json_pack("{s:s}", "type", "Lowercase") : NULL,
        c->proto.charsmap.size > 0 ? zest_precompiled_words(c->proto.charsmap) : NULL,
        shrinks && !albert ? json_pack("{s:s, s:b, s:b}", "type", "Strip", "strip_left", 0, "strip_right", 1) : NULL,
        shrinks ? replace("Regex", " {2,}", albert ? " " : SPACE_MARK) : NULL,
    };
    return zest_sequence_words("normalizers", items, ZEST_COUNT(items));
}

static json_t *model_words(const struct converting *c, bool byte_fallback)
{
    int32_t unk_id = c->family == XLM_ROBERTA ? 3 : c->proto.unk_id;
    if (c->proto.model_type == ZEST_SENTENCEPIECE_BPE)
        return zest_sentencepiece_bpe_words(unk_id >= 0 ? c->definition->tokens[unk_id] : ZEST_TEXT("<unk>"),
                                            byte_fallback);
    return json_pack("{s:s, s:o, s:b}", "type", "Unigram", "unk_id", unk_id >= 0 ? json_integer(unk_id) : json_null(),
                     "byte_fallback", byte_fallback);
}

static int32_t id_of(const struct converting *c, struct zest_text text)
{
    uint32_t id = text.size > 0 ? zest_token_list_find(&c->tokens, text) : ZEST_NO_TOKEN;
    return id != ZEST_NO_TOKEN ? (int32_t)id : -1;
}

/* bos and eos: as the configuration names them, else as the model does. */
static void find_ends(struct converting *c)
{
    struct zest_tokenizer_ends *ends = &c->definition->ends;
    struct zest_text bos = zest_config_token(c->config, "bos_token"), eos = zest_config_token(c->config, "eos_token");
    ends->bos_id = bos.size > 0 ? id_of(c, bos) : c->proto.bos_id;
    ends->eos_id = eos.size > 0 ? id_of(c, eos) : c->proto.eos_id;
    ends->bos_token = ends->bos_id >= 0 ? c->definition->tokens[ends->bos_id] : ZEST_TEXT("");
    ends->eos_token = ends->eos_id >= 0 ? c->definition->tokens[ends->eos_id] : ZEST_TEXT("");
    bool decoder = c->family == LLAMA || c->family == GEMMA;
    ends->adds_bos = ends->bos_id >= 0 && decoder && zest_config_flag(c->config, "add_bos_token", true);
    ends->adds_eos = ends->eos_id >= 0 && decoder && zest_config_flag(c->config, "add_eos_token", false);
}

static struct zest_template find_template(struct converting *c)
{
    struct zest_tokenizer_ends *ends = &c->definition->ends;
    bool both = c->family == XLM_ROBERTA || c->family == ALBERT;
    struct zest_template template = {.before_id = -1, .after_id = -1};
    if (c->family == ALBERT) {
        ends->bos_token = ZEST_TEXT("[CLS]");
        ends->eos_token = ZEST_TEXT("[SEP]");
        ends->bos_id = id_of(c, ends->bos_token);
        ends->eos_id = id_of(c, ends->eos_token);
    } else if (c->family == XLM_ROBERTA) {
        ends->bos_token = ZEST_TEXT("<s>");
        ends->eos_token = ZEST_TEXT("</s>");
        ends->bos_id = 0;
        ends->eos_id = 2;
    }
    ends->adds_bos = ends->adds_bos || (both && ends->bos_id >= 0);
    ends->adds_eos = ends->adds_eos || ((both || c->family == T5) && ends->eos_id >= 0);
    template.before = ends->bos_token;
    template.after = ends->eos_token;
    template.before_id = ends->adds_bos ? ends->bos_id : -1;
    template.after_id = ends->adds_eos ? ends->eos_id : -1;
    template.before_second = !both;
    template.doubles_after = c->family == XLM_ROBERTA;
    template.one_type = c->family == XLM_ROBERTA;
    return template;
}

static bool is_first_only(const struct converting *c)
{
    return c->family == LLAMA && !zest_config_flag(c->config, "legacy", true);
}

static json_t *pretokenizer_words(const struct converting *c, bool prefix)
{
    if (is_first_only(c))
        return json_pack("{s:s, s:s, s:s, s:b}", "type", "Metaspace", "replacement", SPACE_MARK, "prepend_scheme",
                         prefix ? "first" : "never", "split", 0);
    if (c->family == LLAMA)
        return NULL;
    return c->family == GEMMA ? zest_gemma_pretokenizer_words() : zest_metaspace_words(prefix);
}

static bool has_prefix(const struct converting *c)
{
    if (c->family == LLAMA)
        return zest_config_flag(c->config, "add_prefix_space", true);
    return c->family == GENERAL ? c->proto.add_dummy_prefix : c->family != GEMMA;
}

static enum zest_status write_components(struct converting *c)
{
    bool escapes = c->family == LLAMA || c->family == GEMMA;
    bool prefix = has_prefix(c);
    bool byte_fallback = escapes || (c->proto.byte_fallback && c->family == GENERAL);
    find_ends(c);
    struct zest_template template = find_template(c);
    struct zest_components components = {
        .normalizer = is_first_only(c) ? NULL
                      : escapes        ? zest_escape_normalizer_words(prefix)
                                       : general_normalizer(c),
        .pre_tokenizer = pretokenizer_words(c, prefix),
        .model = model_words(c, byte_fallback),
        .post_processor = zest_template_words(&template),
        .decoder = escapes ? zest_escape_decoder_words(prefix, true) : zest_metaspace_words(prefix),
    };
    zest_ends_settle(c->definition);
    return zest_components_finish(&components, c->definition, c->error);
}

enum zest_status zest_sentencepiece_model_read(const char *name, struct zest_text file, const json_t *config,
                                               struct zest_tokenizer_definition *definition, struct zest_error *error)
{
    struct converting c = {.name = name, .config = config, .definition = definition, .error = error};
    assert(!definition->components);
    enum zest_status status = zest_sentencepiece_proto_read(name, file, &c.proto, error);
    if (status == ZEST_OK)
        status = check_settings(&c);
    if (status == ZEST_OK)
        status = find_family(&c);
    if (status == ZEST_OK)
        status = read_tokens(&c);
    if (status == ZEST_OK)
        status = settle_scores(&c);
    if (status == ZEST_OK)
        status = write_components(&c);
    zest_token_list_finish(&c.tokens);
    zest_added_list_finish(&c.added);
    zest_sentencepiece_proto_finish(&c.proto);
    free(c.scores);
    return status;
}
