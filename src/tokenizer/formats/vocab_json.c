/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vocab_json.c - vocab.json with merges.txt: byte-level BPE of GPT-2, Qwen2 or RoBERTa.
 *
 * Source    GPT2Converter, Qwen2Converter, RobertaConverter of Hugging Face transformers.
 */
#include "component_words.h"
#include "folder_config.h"
#include "gguf_pretokenizers.h"
#include "json_stream.h"
#include "merge_list.h"
#include "shown_text.h"
#include "vocab_text.h"

#include <assert.h>

struct reading {
    const char *name;
    const json_t *config;
    struct zest_tokenizer_definition *definition;
    struct zest_error *error;
    struct zest_token_list tokens;
    struct zest_merge_list merges;
    struct zest_added_list added;
};

static enum zest_status read_vocabulary(struct reading *r, struct zest_text file)
{
    struct zest_json_stream json;
    bool first = true;
    struct zest_text text;
    uint32_t id = 0;
    zest_stream_init(&json, r->name, file, &r->definition->arena, r->error);
    while (zest_stream_next_key(&json, &first, &text))
        if (zest_stream_u32(&json, &id) && !zest_token_list_add(&r->tokens, text, id))
            zest_stream_fail_status(&json, ZEST_OUT_OF_MEMORY, "no memory for %zu tokens", r->tokens.count);
    zest_stream_finish(&json);
    return json.status;
}

/* "a b" lines; "#version" lines and empty ones are left out, as the reference does. */
static enum zest_status read_merges(struct reading *r, struct zest_text file)
{
    size_t at = 0;
    for (size_t number = 1; at < file.size; number++) {
        const char *line = file.data + at, *end = memchr(line, '\n', file.size - at);
        size_t size = end ? (size_t)(end - line) : file.size - at;
        at += size + 1;
        if (size > 0 && line[size - 1] == '\r')
            size--;
        if (size == 0 || (size >= 8 && memcmp(line, "#version", 8) == 0))
            continue;
        const char *space = memchr(line, ' ', size);
        if (!space || memchr(space + 1, ' ', size - (size_t)(space + 1 - line)))
            return zest_fail(r->error, ZEST_MODEL_DAMAGED,
                             "merges.txt: line %zu is not two tokens with a space between them", number);
        struct zest_text left = {line, (size_t)(space - line)}, right = {space + 1, size - left.size - 1};
        if (!zest_merge_list_add(&r->merges, left, right))
            return zest_fail(r->error, ZEST_OUT_OF_MEMORY, "no memory for %zu merges", number);
    }
    return zest_merge_list_resolve(&r->merges, &r->tokens, 0, r->definition, r->error);
}

static enum zest_status settle_added(struct reading *r)
{
    static const char *const keys[] = {"bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token"};
    struct zest_arena *arena = &r->definition->arena;
    bool good = zest_config_added(r->config, arena, &r->added);
    for (size_t i = 0; good && i < ZEST_COUNT(keys); i++)
        good = zest_config_special(zest_config_token(r->config, keys[i]), arena, &r->added);
    struct zest_text mask = zest_config_token(r->config, "mask_token");
    struct zest_added_token token = {.content = zest_text_copy(arena, mask), .special = true, .lstrip = true};
    good = good && (mask.size == 0 || zest_added_list_add(&r->added, &token));
    return good ? zest_added_list_settle(&r->added, &r->tokens, ZEST_ADDED_IDS_COUNTED, r->definition, r->error)
                : zest_fail(r->error, ZEST_OUT_OF_MEMORY, "no memory for added tokens");
}

static json_t *parsed(const char *words)
{
    return words ? json_loads(words, JSON_DECODE_ANY, NULL) : NULL;
}

static json_t *byte_level(const struct reading *r, bool trim)
{
    return json_pack("{s:s, s:b, s:b, s:b}", "type", "ByteLevel", "add_prefix_space",
                     zest_config_flag(r->config, "add_prefix_space", false), "trim_offsets", trim, "use_regex", 1);
}

/* ["<s>", id] */
static json_t *roberta_pair(const struct reading *r, const char *key, const char *fallback)
{
    struct zest_text text = zest_config_token(r->config, key);
    text = text.size > 0 ? text : zest_text_of(fallback);
    uint32_t id = zest_token_list_find(&r->tokens, text);
    return json_pack("[s%, I]", text.data, text.size, (json_int_t)(id != ZEST_NO_TOKEN ? id : 0));
}

static enum zest_status write_components(struct reading *r, bool roberta, bool qwen)
{
    const struct zest_gguf_pretokenizer *family = zest_gguf_pretokenizer_find(ZEST_TEXT("qwen2"));
    assert(family);
    struct zest_components components = {
        .normalizer = qwen ? parsed(family->normalizer_json) : NULL,
        .pre_tokenizer = qwen ? parsed(family->pre_tokenizer_json) : byte_level(r, true),
        .model = json_pack("{s:s, s:n, s:n, s:s, s:s, s:b, s:b, s:b}", "type", "BPE", "dropout", "unk_token",
                           "continuing_subword_prefix", "", "end_of_word_suffix", "", "fuse_unk", 0, "byte_fallback", 0,
                           "ignore_merges", 0),
        .post_processor = roberta
                              ? json_pack("{s:s, s:o, s:o, s:b, s:b}", "type", "RobertaProcessing", "sep",
                                          roberta_pair(r, "sep_token", "</s>"), "cls",
                                          roberta_pair(r, "cls_token", "<s>"), "trim_offsets", 1, "add_prefix_space",
                                          zest_config_flag(r->config, "add_prefix_space", false))
                              : byte_level(r, false),
        .decoder = zest_byte_level_decoder_words(),
    };
    return zest_components_finish(&components, r->definition, r->error);
}

enum zest_status zest_vocab_json_read(const char *name, struct zest_text vocab, struct zest_text merges,
                                      const json_t *config, struct zest_tokenizer_definition *definition,
                                      struct zest_error *error)
{
    static const char *const gpt2[] = {"GPT2Tokenizer", "CodeGenTokenizer"}, *const qwens[] = {"Qwen2Tokenizer"},
                             *const robertas[] = {"RobertaTokenizer", "LongformerTokenizer", "BartTokenizer",
                                                  "LEDTokenizer", "MvpTokenizer"};
    struct reading r = {.name = name, .config = config, .definition = definition, .error = error};
    struct zest_text class = zest_config_class(config);
    bool qwen = zest_config_is_class(config, qwens, ZEST_COUNT(qwens)),
         roberta = zest_config_is_class(config, robertas, ZEST_COUNT(robertas));
    assert(!definition->components);
    if (class.size > 0 && !qwen && !roberta && !zest_config_is_class(config, gpt2, ZEST_COUNT(gpt2)))
        return zest_fail(error, ZEST_UNSUPPORTED,
                         "%s: the tokenizer_class \"%.*s\" is not supported without a tokenizer.json", name,
                         ZEST_SHOWN(class));
    enum zest_status status = read_vocabulary(&r, vocab);
    if (status == ZEST_OK)
        status = zest_token_list_lay_out(&r.tokens, definition, ZEST_SAME_TEXT_MOVES, error);
    if (status == ZEST_OK)
        status = read_merges(&r, merges);
    if (status == ZEST_OK)
        status = settle_added(&r);
    if (status == ZEST_OK)
        status = write_components(&r, roberta, qwen);
    zest_token_list_finish(&r.tokens);
    zest_merge_list_finish(&r.merges);
    zest_added_list_finish(&r.added);
    return status;
}
