/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vocab_txt.c - a vocab.txt: a token a line, the line's number is its id. Always a BERT's WordPiece.
 *
 * Source    BertTokenizer and BertConverter of Hugging Face transformers: which settings there are, and their defaults.
 */
#include "component_words.h"
#include "folder_config.h"
#include "shown_text.h"
#include "vocab_text.h"

#include <assert.h>

static const char *const classes[] = {"BertTokenizer",       "DistilBertTokenizer", "ElectraTokenizer",
                                      "MobileBertTokenizer", "ConvBertTokenizer",   "SqueezeBertTokenizer",
                                      "LayoutLMTokenizer",   "LxmertTokenizer",     "RetriBertTokenizer"};
static const struct {
    const char *key, *fallback;
} specials[] = {{"unk_token", "[UNK]"},
                {"sep_token", "[SEP]"},
                {"pad_token", "[PAD]"},
                {"cls_token", "[CLS]"},
                {"mask_token", "[MASK]"}};
enum { UNK, SEP, PAD, CLS };

static enum zest_status read_lines(const char *name, struct zest_text file, struct zest_token_list *tokens,
                                   struct zest_error *error)
{
    size_t at = 0, bad;
    if (!zest_utf8_valid(file, &bad))
        return zest_fail(error, ZEST_MODEL_DAMAGED, "%s: the byte %zu is not UTF-8", name, bad);
    for (uint32_t id = 0; at < file.size; id++) {
        const char *line = file.data + at, *end = memchr(line, '\n', file.size - at);
        size_t size = end ? (size_t)(end - line) : file.size - at;
        at += size + 1;
        if (size > 0 && line[size - 1] == '\r')
            size--;
        if (id >= ZEST_VOCABULARY_MAX)
            return zest_fail(error, ZEST_TOO_LARGE, "%s has more than %u tokens", name, ZEST_VOCABULARY_MAX);
        if (!zest_token_list_add(tokens, (struct zest_text){line, size}, id))
            return zest_fail(error, ZEST_OUT_OF_MEMORY, "%s: no memory for %u tokens", name, id);
    }
    return ZEST_OK;
}

static struct zest_text special(const json_t *config, size_t i)
{
    struct zest_text text = zest_config_token(config, specials[i].key);
    return text.size > 0 ? text : zest_text_of(specials[i].fallback);
}

/* The special tokens that the vocabulary has or the configuration names. */
static enum zest_status settle_added(const struct zest_token_list *tokens, const json_t *config,
                                     struct zest_tokenizer_definition *definition, struct zest_error *error)
{
    struct zest_added_list added = {0};
    bool good = zest_config_added(config, &definition->arena, &added);
    for (size_t i = 0; good && i < ZEST_COUNT(specials); i++)
        if (zest_token_list_find(tokens, special(config, i)) != ZEST_NO_TOKEN ||
            zest_config_token(config, specials[i].key).size > 0)
            good = zest_config_special(special(config, i), &definition->arena, &added);
    enum zest_status status = good
                                  ? zest_added_list_settle(&added, tokens, ZEST_ADDED_IDS_COUNTED, definition, error)
                                  : zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for %zu added tokens", added.count);
    zest_added_list_finish(&added);
    return status;
}

static enum zest_status write_components(const struct zest_token_list *tokens, const json_t *config,
                                         struct zest_tokenizer_definition *definition, struct zest_error *error)
{
    struct zest_text cls = special(config, CLS), sep = special(config, SEP);
    uint32_t cls_id = zest_token_list_find(tokens, cls), sep_id = zest_token_list_find(tokens, sep);
    bool lowercase = zest_config_flag(config, "do_lower_case", true);
    const json_t *strip = json_object_get(config, "strip_accents");
    if (cls_id == ZEST_NO_TOKEN || sep_id == ZEST_NO_TOKEN)
        return zest_fail(error, ZEST_MODEL_DAMAGED, "the vocabulary has no \"%.*s\" or no \"%.*s\"", ZEST_SHOWN(cls),
                         ZEST_SHOWN(sep));
    struct zest_template template = {cls, sep, (int32_t)cls_id, (int32_t)sep_id, false, false, false};
    struct zest_components components = {
        .normalizer = zest_bert_normalizer_words(lowercase, json_is_boolean(strip) ? json_is_true(strip) : -1,
                                                 zest_config_flag(config, "tokenize_chinese_chars", true)),
        .pre_tokenizer = json_pack("{s:s}", "type", "BertPreTokenizer"),
        .model = zest_wordpiece_words(special(config, UNK)),
        .post_processor = zest_template_words(&template),
        .decoder = json_pack("{s:s, s:s, s:b}", "type", "WordPiece", "prefix", "##", "cleanup", 1),
    };
    return zest_components_finish(&components, definition, error);
}

enum zest_status zest_vocab_txt_read(const char *name, struct zest_text file, const json_t *config,
                                     struct zest_tokenizer_definition *definition, struct zest_error *error)
{
    struct zest_token_list tokens = {0};
    struct zest_text class = zest_config_class(config);
    assert(!definition->components);
    if (class.size > 0 && !zest_config_is_class(config, classes, ZEST_COUNT(classes)))
        return zest_fail(error, ZEST_UNSUPPORTED,
                         "%s: the tokenizer_class \"%.*s\" is not supported without a tokenizer.json", name,
                         ZEST_SHOWN(class));
    enum zest_status status = read_lines(name, file, &tokens, error);
    if (status == ZEST_OK)
        status = zest_token_list_lay_out(&tokens, definition, ZEST_SAME_TEXT_MOVES, error);
    if (status == ZEST_OK)
        status = settle_added(&tokens, config, definition, error);
    if (status == ZEST_OK)
        status = write_components(&tokens, config, definition, error);
    zest_token_list_finish(&tokens);
    return status;
}
