/* SPDX-License-Identifier: Apache-2.0 */
/*
 * word_piece.c - the token model "WordPiece": the longest token that begins the word, then the longest that goes on.
 *
 * Source    Hugging Face tokenizers 0.23, models/wordpiece/mod.rs; Schuster and Nakajima, Japanese and Korean Voice
 *           Search, ICASSP 2012. A word of more characters than max_input_chars_per_word, or of which something is left
 *           that no token begins, is one unknown token.
 * Promises  No more steps than bytes of the word times those of the longest token.
 *
 * Threads: immutable once opened.
 */
#include "character.h"
#include "component_json.h"
#include "model_steps.h"
#include "token_model.h"
#include "token_table.h"
#include "token_trie.h"

#define CHARACTERS_MAX ((uint64_t)1 << 53)

struct word_piece {
    struct zest_token_model base;
    struct zest_token_trie trie;
    uint32_t begins, continues; /* nodes of the trie: the root, and where the prefix leads (a leaf: nowhere) */
    uint32_t unknown_id;        /* ZEST_NO_TOKEN: not in the vocabulary, an error when it is needed */
    uint64_t characters_max;
};

struct word_piece_fields {
    struct zest_text unknown, prefix;
    uint64_t characters_max;
};

/* The longest token from `node` on that begins the text; its size, 0 where there is none. */
static size_t longest(const struct word_piece *model, uint32_t node, const unsigned char *text, size_t size,
                      uint32_t *ret_id)
{
    size_t best = 0;
    for (size_t at = 0; at < size && zest_trie_step(&model->trie, &node, text[at]); at++)
        if (node & ZEST_TRIE_VALUE) {
            *ret_id = zest_trie_token(&model->trie, node);
            best = at + 1;
        }
    return best;
}

static bool cut(const struct word_piece *model, const unsigned char *piece, size_t size, struct zest_tokens *tokens)
{
    if (size > model->characters_max && zest_character_count(piece, size) > model->characters_max)
        return false;
    for (size_t at = 0, length; at < size; at += length) {
        uint32_t id = 0;
        length = longest(model, at > 0 ? model->continues : model->begins, piece + at, size - at, &id);
        if (length == 0)
            return false;
        zest_tokens_add(tokens, id, (uint32_t)at, (uint32_t)(at + length));
    }
    return true;
}

static void word_piece_run(const struct zest_token_model *self, struct zest_model_scratch *scratch,
                           const unsigned char *piece, size_t size, struct zest_tokens *tokens)
{
    const struct word_piece *model = (const struct word_piece *)self;
    size_t before = tokens->count;
    (void)scratch;
    if (cut(model, piece, size, tokens))
        return;
    tokens->count = before;
    if (model->unknown_id != ZEST_NO_TOKEN)
        zest_tokens_add(tokens, model->unknown_id, 0, (uint32_t)size);
    else if (tokens->status == ZEST_OK)
        tokens->status = ZEST_MODEL_DAMAGED;
}

/* ---- explaining ---- */

static void note(struct zest_model_steps *steps, enum zest_model_step_kind kind, uint32_t id, uint32_t rank,
                 size_t start, size_t end)
{
    zest_model_steps_add(steps, (struct zest_model_step){.kind = kind,
                                                         .left = ZEST_NO_TOKEN,
                                                         .right = ZEST_NO_TOKEN,
                                                         .id = id,
                                                         .rank = rank,
                                                         .span = {(uint32_t)start, (uint32_t)end}});
}

/* Every token that begins at `at`, the longest as the one that is taken; its size, 0 where there is none. */
static size_t note_tokens(const struct word_piece *model, const unsigned char *piece, size_t size, size_t at,
                          struct zest_model_steps *steps)
{
    uint32_t node = at > 0 ? model->continues : model->begins, id = 0;
    size_t end = at + longest(model, node, piece + at, size - at, &id);
    for (size_t i = at; i < end && zest_trie_step(&model->trie, &node, piece[i]); i++)
        if ((node & ZEST_TRIE_VALUE) && i + 1 < end)
            note(steps, ZEST_STEP_SHORTER, zest_trie_token(&model->trie, node), 0, at, i + 1);
    if (end > at)
        note(steps, ZEST_STEP_LONGEST, id, 0, at, end);
    else
        note(steps, ZEST_STEP_NOTHING, ZEST_NO_TOKEN, 0, at, size);
    return end - at;
}

static void word_piece_explain(const struct zest_token_model *self, struct zest_model_scratch *scratch,
                               const unsigned char *piece, size_t size, struct zest_tokens *tokens,
                               struct zest_model_steps *steps)
{
    const struct word_piece *model = (const struct word_piece *)self;
    bool too_long = zest_character_count(piece, size) > model->characters_max, unknown = too_long;
    if (too_long)
        note(steps, ZEST_STEP_TOO_LONG, ZEST_NO_TOKEN, (uint32_t)model->characters_max, 0, size);
    for (size_t at = 0, length; at < size && !unknown; at += length) {
        length = note_tokens(model, piece, size, at, steps);
        unknown = length == 0;
    }
    if (unknown)
        note(steps, ZEST_STEP_UNKNOWN, model->unknown_id, 0, 0, size);
    word_piece_run(self, scratch, piece, size, tokens);
}

/* ---- compiling and opening ---- */

static enum zest_status read_fields(const json_t *json, struct word_piece_fields *fields, struct zest_error *error)
{
    static const char *const known[] = {"unk_token", "continuing_subword_prefix", "max_input_chars_per_word"};
    struct zest_component_reader reader = {json, "model WordPiece", error, ZEST_OK};
    zest_component_closed(&reader, known, ZEST_COUNT(known));
    fields->unknown = zest_component_text(&reader, "unk_token", NULL);
    fields->prefix = zest_component_text(&reader, "continuing_subword_prefix", NULL);
    fields->characters_max = zest_component_within(&reader, "max_input_chars_per_word", 0, CHARACTERS_MAX);
    return reader.status;
}

static enum zest_status word_piece_compile(const struct zest_tokenizer_definition *definition,
                                           struct zest_image_builder *builder, struct zest_error *error)
{
    struct word_piece_fields fields = {0};
    enum zest_status status = read_fields(json_object_get(definition->components, "model"), &fields, error);
    if (status != ZEST_OK)
        return status;
    return zest_token_trie_compile(definition, builder, error);
}

static void find_nodes(struct word_piece *model, struct zest_text prefix)
{
    uint32_t node = model->begins = model->trie.units[0];
    bool is_there = true;
    for (size_t i = 0; i < prefix.size && is_there; i++)
        is_there = zest_trie_step(&model->trie, &node, (unsigned char)prefix.data[i]);
    model->continues = is_there ? node : ZEST_TRIE_LEAF;
}

static enum zest_status word_piece_open(const struct zest_image *image, const json_t *json, struct zest_arena *arena,
                                        struct zest_token_model **ret_model, struct zest_error *error)
{
    struct word_piece_fields fields = {0};
    struct zest_token_table tokens;
    struct word_piece *model = ZEST_NEW(arena, struct word_piece);
    if (!model)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a token model");
    enum zest_status status = read_fields(json, &fields, error);
    if (status == ZEST_OK)
        status = zest_token_table_open(image, &tokens, error);
    if (status == ZEST_OK)
        status = zest_token_trie_open(image, &model->trie, error);
    if (status != ZEST_OK)
        return status;
    model->base.kind = &zest_word_piece_kind;
    model->characters_max = fields.characters_max;
    model->unknown_id = zest_token_find(&tokens, fields.unknown.data, fields.unknown.size);
    find_nodes(model, fields.prefix);
    *ret_model = &model->base;
    return ZEST_OK;
}

const struct zest_token_model_kind zest_word_piece_kind = {
    .type = "WordPiece",
    .compile = word_piece_compile,
    .open = word_piece_open,
    .run = word_piece_run,
    .explain = word_piece_explain,
};
