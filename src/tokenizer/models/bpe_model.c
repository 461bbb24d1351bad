/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpe_model.c - the token model "BPE": a piece's characters as symbols, and what merging makes of them.
 *
 * Source    Hugging Face tokenizers 0.23, models/bpe/model.rs. A character that is no token (with the continuing prefix
 *           in front of all but the first and the end-of-word suffix behind the last) becomes, in this order: byte
 *           tokens, if byte_fallback is on and each of its bytes has one; the unknown token, of neighbours one if
 *           fuse_unk is on; nothing. Two peculiarities are kept: spans count what became symbols, so that they slip
 *           where characters were dropped, and an unknown token waits for the next character in the vocabulary, so
 *           that byte tokens that follow it come first.
 *
 * Threads: immutable once opened.
 */
#include "bpe_compile.h"
#include "bpe_merge.h"
#include "character.h"
#include "component_json.h"
#include "model_scratch.h"
#include "model_steps.h"
#include "token_model.h"
#include "token_table.h"

#include <assert.h>
#include <stdio.h>

struct bpe {
    struct zest_token_model base;
    struct zest_token_table tokens;
    struct zest_bpe_pairs pairs;
    struct zest_text prefix, suffix;
    bool has_unknown, fuse_unknown, byte_fallback, ignore_merges;
    uint32_t unknown_id; /* ZEST_NO_TOKEN: the unknown token is not in the vocabulary */
    uint32_t byte_ids[256];
};

/* A piece on its way to symbols. */
struct symbol_list {
    const struct bpe *model;
    struct zest_model_scratch *scratch;
    size_t count;
    uint32_t at;           /* bytes of the symbols so far */
    uint32_t unknown_size; /* bytes that wait to become the unknown token; 0: none do */
    enum zest_status status;
};

/* ---- symbols ---- */

static void add_symbol(struct symbol_list *list, uint32_t id, uint32_t size)
{
    if (!zest_model_scratch_symbols(list->scratch, list->count + 1)) {
        list->status = ZEST_OUT_OF_MEMORY;
        return;
    }
    list->scratch->symbols[list->count++] = (struct zest_bpe_symbol){id, list->at, list->at + size};
    list->at += size;
}

static void flush_unknown(struct symbol_list *list)
{
    if (list->unknown_size > 0)
        add_symbol(list, list->model->unknown_id, list->unknown_size);
    list->unknown_size = 0;
}

static bool add_bytes(struct symbol_list *list, const unsigned char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (list->model->byte_ids[text[i]] == ZEST_NO_TOKEN)
            return false;
    for (size_t i = 0; i < size; i++)
        add_symbol(list, list->model->byte_ids[text[i]], 1);
    return true;
}

/* `text` is the character of `size` bytes with its marks. */
static void add_character(struct symbol_list *list, const unsigned char *text, size_t text_size, uint32_t size)
{
    uint32_t id = zest_token_find(&list->model->tokens, text, text_size);
    if (id != ZEST_NO_TOKEN) {
        flush_unknown(list);
        add_symbol(list, id, size);
        return;
    }
    if (list->model->byte_fallback && add_bytes(list, text, text_size))
        return;
    if (!list->model->has_unknown)
        return;
    if (list->model->unknown_id == ZEST_NO_TOKEN)
        list->status = ZEST_MODEL_DAMAGED; /* the reference fails here too, not when it loads the file */
    if (!list->model->fuse_unknown)
        flush_unknown(list);
    list->unknown_size += size;
}

static void add_characters(struct symbol_list *list, const unsigned char *piece, size_t size)
{
    for (size_t at = 0, length; at < size; at += length) {
        length = zest_character_size(piece[at]);
        assert(at + length <= size); /* whole characters */
        add_character(list, piece + at, length, (uint32_t)length);
    }
}

static void add_marked_characters(struct symbol_list *list, const unsigned char *piece, size_t size)
{
    struct zest_text prefix = list->model->prefix, suffix = list->model->suffix;
    unsigned char *text = zest_model_scratch_block(list->scratch, prefix.size + 4 + suffix.size);
    if (!text) {
        list->status = ZEST_OUT_OF_MEMORY;
        return;
    }
    for (size_t at = 0, length; at < size; at += length) {
        length = zest_character_size(piece[at]);
        assert(at + length <= size);
        size_t before = at > 0 ? prefix.size : 0, behind = at + length == size ? suffix.size : 0;
        if (before > 0)
            memcpy(text, prefix.data, before);
        memcpy(text + before, piece + at, length);
        if (behind > 0)
            memcpy(text + before + length, suffix.data, behind);
        add_character(list, text, before + length + behind, (uint32_t)length);
    }
}

/* ---- running ---- */

static void bpe_run(const struct zest_token_model *self, struct zest_model_scratch *scratch, const unsigned char *piece,
                    size_t size, struct zest_tokens *tokens)
{
    const struct bpe *model = (const struct bpe *)self;
    uint32_t whole = model->ignore_merges ? zest_token_find(&model->tokens, piece, size) : ZEST_NO_TOKEN;
    if (whole != ZEST_NO_TOKEN) {
        zest_tokens_add(tokens, whole, 0, (uint32_t)size);
        return;
    }
    struct symbol_list list = {.model = model, .scratch = scratch};
    if (model->prefix.size + model->suffix.size > 0)
        add_marked_characters(&list, piece, size);
    else
        add_characters(&list, piece, size);
    flush_unknown(&list);
    if (list.status == ZEST_OK) {
        list.count = zest_bpe_merge(&model->pairs, scratch, scratch->symbols, list.count);
        if (list.count == SIZE_MAX)
            list.status = ZEST_OUT_OF_MEMORY;
    }
    if (list.status != ZEST_OK && tokens->status == ZEST_OK)
        tokens->status = list.status;
    if (tokens->status != ZEST_OK || !zest_tokens_reserve(tokens, list.count))
        return;
    for (size_t i = 0; i < list.count; i++)
        tokens->list[tokens->count++] =
            (struct zest_token){scratch->symbols[i].id, {scratch->symbols[i].start, scratch->symbols[i].end}};
}

/* ---- explaining ---- */

/* What became of a character that is no token, as add_character decides it. */
static void note_character(const struct bpe *model, const unsigned char *text, size_t text_size, struct zest_span span,
                           struct zest_model_steps *steps)
{
    struct zest_model_step step = {
        .kind = ZEST_STEP_DROPPED, .left = ZEST_NO_TOKEN, .right = ZEST_NO_TOKEN, .id = ZEST_NO_TOKEN, .span = span};
    if (zest_token_find(&model->tokens, text, text_size) != ZEST_NO_TOKEN)
        return;
    bool as_bytes = model->byte_fallback;
    for (size_t i = 0; i < text_size && as_bytes; i++)
        as_bytes = model->byte_ids[text[i]] != ZEST_NO_TOKEN;
    if (as_bytes) {
        step.kind = ZEST_STEP_BYTES;
    } else if (model->has_unknown) {
        step.kind = ZEST_STEP_UNKNOWN;
        step.id = model->unknown_id;
    }
    zest_model_steps_add(steps, step);
}

static void note_characters(const struct bpe *model, struct zest_model_scratch *scratch, const unsigned char *piece,
                            size_t size, struct zest_model_steps *steps)
{
    unsigned char *text = zest_model_scratch_block(scratch, model->prefix.size + 4 + model->suffix.size);
    if (!text) {
        steps->status = ZEST_OUT_OF_MEMORY;
        return;
    }
    for (size_t at = 0, length; at < size; at += length) {
        length = zest_character_size(piece[at]);
        size_t before = at > 0 ? model->prefix.size : 0, behind = at + length == size ? model->suffix.size : 0;
        memcpy(text, model->prefix.data, before);
        memcpy(text + before, piece + at, length);
        memcpy(text + before + length, model->suffix.data, behind);
        note_character(model, text, before + length + behind, (struct zest_span){(uint32_t)at, (uint32_t)(at + length)},
                       steps);
    }
}

static void bpe_explain(const struct zest_token_model *self, struct zest_model_scratch *scratch,
                        const unsigned char *piece, size_t size, struct zest_tokens *tokens,
                        struct zest_model_steps *steps)
{
    const struct bpe *model = (const struct bpe *)self;
    uint32_t whole = model->ignore_merges ? zest_token_find(&model->tokens, piece, size) : ZEST_NO_TOKEN;
    if (whole != ZEST_NO_TOKEN) {
        zest_model_steps_add(steps, (struct zest_model_step){.kind = ZEST_STEP_WHOLE,
                                                             .left = ZEST_NO_TOKEN,
                                                             .right = ZEST_NO_TOKEN,
                                                             .id = whole,
                                                             .span = {0, (uint32_t)size}});
        zest_tokens_add(tokens, whole, 0, (uint32_t)size);
        return;
    }
    note_characters(model, scratch, piece, size, steps);
    struct symbol_list list = {.model = model, .scratch = scratch};
    if (model->prefix.size + model->suffix.size > 0)
        add_marked_characters(&list, piece, size);
    else
        add_characters(&list, piece, size);
    flush_unknown(&list);
    size_t count = list.status != ZEST_OK
                       ? 0
                       : zest_bpe_merge_explained(&model->pairs, scratch, scratch->symbols, list.count, steps);
    if (list.status != ZEST_OK || count == SIZE_MAX)
        tokens->status = list.status != ZEST_OK ? list.status : ZEST_OUT_OF_MEMORY;
    for (size_t i = 0; i < count && tokens->status == ZEST_OK; i++)
        zest_tokens_add(tokens, scratch->symbols[i].id, scratch->symbols[i].start, scratch->symbols[i].end);
}

/* ---- compiling and opening ---- */

struct bpe_fields {
    struct zest_bpe_marks marks;
    bool has_unknown, fuse_unknown, ignore_merges;
};

static void check_dropout(struct zest_component_reader *reader)
{
    const json_t *dropout = json_object_get(reader->json, "dropout");
    if (!zest_component_has(reader, "dropout") || (json_is_number(dropout) && json_number_value(dropout) == 0))
        return;
    zest_component_refuse(reader, json_is_number(dropout) ? ZEST_UNSUPPORTED : ZEST_WRONG_TYPE, "dropout",
                          "encoding by chance is not supported, only null and 0");
}

static enum zest_status read_fields(const json_t *json, struct bpe_fields *fields, struct zest_error *error)
{
    static const char *const known[] = {
        "dropout",       "unk_token",    "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk",
        "byte_fallback", "ignore_merges"};
    const struct {
        const char *name;
        struct zest_text *value;
    } texts[] = {{"unk_token", &fields->marks.unknown},
                 {"continuing_subword_prefix", &fields->marks.prefix},
                 {"end_of_word_suffix", &fields->marks.suffix}};
    const struct {
        const char *name;
        bool *value;
    } bools[] = {{"fuse_unk", &fields->fuse_unknown},
                 {"byte_fallback", &fields->marks.byte_fallback},
                 {"ignore_merges", &fields->ignore_merges}};
    struct zest_component_reader reader = {json, "model BPE", error, ZEST_OK};
    zest_component_closed(&reader, known, ZEST_COUNT(known));
    check_dropout(&reader);
    for (size_t i = 0; i < ZEST_COUNT(texts); i++)
        if (zest_component_has(&reader, texts[i].name))
            *texts[i].value = zest_component_text(&reader, texts[i].name, NULL);
    for (size_t i = 0; i < ZEST_COUNT(bools); i++)
        if (zest_component_has(&reader, bools[i].name))
            *bools[i].value = zest_component_bool(&reader, bools[i].name, -1);
    fields->has_unknown = fields->marks.unknown.data != NULL;
    return reader.status;
}

static enum zest_status bpe_compile(const struct zest_tokenizer_definition *definition,
                                    struct zest_image_builder *builder, struct zest_error *error)
{
    struct bpe_fields fields = {0};
    enum zest_status status = read_fields(json_object_get(definition->components, "model"), &fields, error);
    if (status != ZEST_OK)
        return status;
    struct zest_arena arena;
    struct zest_bpe_table table;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    status = zest_bpe_compile_pairs(&arena, definition, &fields.marks, &table, error);
    if (status == ZEST_OK)
        zest_image_add(builder, ZEST_SECTION_PAIRS, table.header, table.size);
    zest_arena_finish(&arena);
    return status;
}

static void find_byte_tokens(struct bpe *model)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        char text[8];
        snprintf(text, sizeof text, "<0x%02X>", byte);
        model->byte_ids[byte] = zest_token_find(&model->tokens, text, 6);
    }
}

static enum zest_status bpe_open(const struct zest_image *image, const json_t *json, struct zest_arena *arena,
                                 struct zest_token_model **ret_model, struct zest_error *error)
{
    struct bpe_fields fields = {0};
    enum zest_status status = read_fields(json, &fields, error);
    if (status != ZEST_OK)
        return status;
    struct bpe *model = ZEST_NEW(arena, struct bpe);
    if (!model)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a token model");
    model->base.kind = &zest_bpe_kind;
    model->prefix = zest_text_copy(arena, fields.marks.prefix);
    model->suffix = zest_text_copy(arena, fields.marks.suffix);
    if (!model->prefix.data || !model->suffix.data)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a token model");
    status = zest_token_table_open(image, &model->tokens, error);
    if (status == ZEST_OK)
        status = zest_bpe_pairs_open(image, &model->pairs, error);
    if (status != ZEST_OK)
        return status;
    model->has_unknown = fields.has_unknown;
    model->fuse_unknown = fields.fuse_unknown;
    model->byte_fallback = fields.marks.byte_fallback;
    model->ignore_merges = fields.ignore_merges;
    model->unknown_id = fields.has_unknown
                            ? zest_token_find(&model->tokens, fields.marks.unknown.data, fields.marks.unknown.size)
                            : ZEST_NO_TOKEN;
    find_byte_tokens(model);
    *ret_model = &model->base;
    return ZEST_OK;
}

const struct zest_token_model_kind zest_bpe_kind = {
    .type = "BPE",
    .compile = bpe_compile,
    .open = bpe_open,
    .run = bpe_run,
    .explain = bpe_explain,
};
