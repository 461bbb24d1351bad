/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unigram.c - the token model "Unigram": of all ways to cut a piece into tokens the one whose scores sum up highest.
 *
 * Source    Hugging Face tokenizers 0.23, models/unigram/model.rs (encode_optimized, tokenize); Kudo, Subword
 *           Regularization, ACL 2018. From left to right, best[end] is the best way to reach `end`; a later way must be
 *           better, not as good, and shorter tokens are tried first. A character that is no token is tried as the
 *           unknown one, 10 below the lowest score. Neighbouring unknowns become one text, which is looked for in the
 *           vocabulary once more; else it becomes byte tokens, if byte_fallback is on and there is one for each byte,
 *           which all span the whole text; else the unknown token.
 * Promises  Steps: bytes of the piece times those of the longest token. Memory: 16 bytes a byte of the piece.
 *
 * ZEST_SECTION_SCORES: double lowest, then double[token count].
 * Threads: immutable once opened.
 */
#include "character.h"
#include "component_json.h"
#include "model_scratch.h"
#include "token_model.h"
#include "token_table.h"
#include "token_trie.h"
#include "unigram_paths.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

#define UNKNOWN_PENALTY 10.0
#define NO_START UINT32_MAX

struct unigram {
    struct zest_token_model base;
    struct zest_token_table tokens;
    struct zest_token_trie trie;
    const double *scores;
    double unknown_score;
    uint32_t unknown_id; /* ZEST_NO_TOKEN: there is none, an error when it is needed */
    bool byte_fallback;
    uint32_t byte_ids[256];
};

/* The best way to the byte that it belongs to. */
struct best {
    union {
        double score;
        uint32_t next; /* on the way back: where the best way goes on from here */
    };
    uint32_t id;
    uint32_t start; /* of the last token; NO_START: no way leads here */
};

/* ---- the best way ---- */

static inline void offer(struct best *best, double score, uint32_t id, uint32_t start)
{
    if (best->start == NO_START || score > best->score)
        *best = (struct best){{score}, id, start};
}

/* All tokens that begin at `at`; whether one of them is the one character there. */
static bool offer_tokens(const struct unigram *model, struct best *best, const unsigned char *piece, size_t size,
                         size_t at, size_t character)
{
    uint32_t node = model->trie.units[0];
    double so_far = best[at].score;
    bool has_character = false;
    for (size_t end = at; end < size && zest_trie_step(&model->trie, &node, piece[end]);) {
        end++;
        if (!(node & ZEST_TRIE_VALUE))
            continue;
        uint32_t id = zest_trie_token(&model->trie, node);
        offer(&best[end], model->scores[id] + so_far, id, (uint32_t)at);
        has_character |= end == at + character;
    }
    return has_character;
}

/* False where the unknown token is needed and there is none. */
static bool find_best(const struct unigram *model, struct best *best, const unsigned char *piece, size_t size)
{
    best[0] = (struct best){{0}, 0, 0};
    for (size_t i = 1; i <= size; i++)
        best[i].start = NO_START;
    for (size_t at = 0, character; at < size; at += character) {
        character = zest_character_size(piece[at]);
        assert(at + character <= size && best[at].start != NO_START);
        if (offer_tokens(model, best, piece, size, at, character))
            continue;
        offer(&best[at + character], model->unknown_score + best[at].score, model->unknown_id, (uint32_t)at);
        if (best[at + character].id == ZEST_NO_TOKEN)
            return false;
    }
    return true;
}

/* ---- tokens ---- */

static void add_unknown(const struct unigram *model, const unsigned char *piece, uint32_t start, uint32_t end,
                        struct zest_tokens *tokens)
{
    uint32_t id = zest_token_find(&model->tokens, piece + start, end - start);
    bool as_bytes = id == ZEST_NO_TOKEN && model->byte_fallback;
    for (uint32_t i = start; i < end && as_bytes; i++)
        as_bytes = model->byte_ids[piece[i]] != ZEST_NO_TOKEN;
    for (uint32_t i = start; i < end && as_bytes; i++)
        zest_tokens_add(tokens, model->byte_ids[piece[i]], start, end);
    if (!as_bytes)
        zest_tokens_add(tokens, id != ZEST_NO_TOKEN ? id : model->unknown_id, start, end);
}

static void add_tokens(const struct unigram *model, struct best *best, const unsigned char *piece, size_t size,
                       struct zest_tokens *tokens)
{
    for (uint32_t end = (uint32_t)size; end > 0; end = best[end].start)
        best[best[end].start].next = end;
    for (uint32_t start = 0, end; start < size; start = end) {
        end = best[start].next;
        if (best[end].id != model->unknown_id) {
            zest_tokens_add(tokens, best[end].id, start, end);
            continue;
        }
        while (end < size && best[best[end].next].id == model->unknown_id)
            end = best[end].next;
        add_unknown(model, piece, start, end, tokens);
    }
}

static void unigram_run(const struct zest_token_model *self, struct zest_model_scratch *scratch,
                        const unsigned char *piece, size_t size, struct zest_tokens *tokens)
{
    const struct unigram *model = (const struct unigram *)self;
    struct best *best = zest_model_scratch_block(scratch, (size + 1) * sizeof *best);
    enum zest_status status = !best ? ZEST_OUT_OF_MEMORY : ZEST_OK;
    if (best && !find_best(model, best, piece, size))
        status = ZEST_MODEL_DAMAGED;
    if (status == ZEST_OK)
        add_tokens(model, best, piece, size, tokens);
    else if (tokens->status == ZEST_OK)
        tokens->status = status;
}

/* ---- explaining ---- */

/* Texts of the best way that are no token: what they became is told by the tokens that came of them. */
static void note_unknown(const struct unigram *model, const unsigned char *piece, const struct zest_tokens *tokens,
                         size_t first, struct zest_model_steps *steps)
{
    for (size_t i = first; i < tokens->count; i++) {
        struct zest_span span = tokens->list[i].span;
        bool as_bytes = i + 1 < tokens->count && tokens->list[i + 1].span.start == span.start;
        struct zest_model_step step = {
            .left = ZEST_NO_TOKEN, .right = ZEST_NO_TOKEN, .id = ZEST_NO_TOKEN, .span = span};
        if (zest_token_find(&model->tokens, piece + span.start, span.end - span.start) != ZEST_NO_TOKEN)
            continue;
        step.kind = as_bytes || tokens->list[i].id != model->unknown_id ? ZEST_STEP_BYTES : ZEST_STEP_UNKNOWN;
        if (step.kind == ZEST_STEP_UNKNOWN)
            step.id = model->unknown_id;
        zest_model_steps_add(steps, step);
        while (i + 1 < tokens->count && tokens->list[i + 1].span.start == span.start)
            i++;
    }
}

static void unigram_explain(const struct zest_token_model *self, struct zest_model_scratch *scratch,
                            const unsigned char *piece, size_t size, struct zest_tokens *tokens,
                            struct zest_model_steps *steps)
{
    const struct unigram *model = (const struct unigram *)self;
    const struct zest_unigram_scores scores = {&model->trie, model->scores, model->unknown_score, model->unknown_id};
    size_t first = tokens->count;
    unigram_run(self, scratch, piece, size, tokens);
    if (tokens->status != ZEST_OK)
        return;
    zest_unigram_paths(&scores, scratch, piece, size, steps);
    note_unknown(model, piece, tokens, first, steps);
}

/* ---- compiling and opening ---- */

struct unigram_fields {
    bool has_unknown, byte_fallback;
    uint64_t unknown_id;
};

static enum zest_status read_fields(const json_t *json, uint32_t token_count, struct unigram_fields *fields,
                                    struct zest_error *error)
{
    static const char *const known[] = {"unk_id", "byte_fallback"};
    struct zest_component_reader reader = {json, "model Unigram", error, ZEST_OK};
    zest_component_closed(&reader, known, ZEST_COUNT(known));
    *fields = (struct unigram_fields){.has_unknown = zest_component_has(&reader, "unk_id")};
    if (fields->has_unknown && token_count == 0)
        zest_component_refuse(&reader, ZEST_OUT_OF_RANGE, "unk_id", "there are no tokens");
    else if (fields->has_unknown)
        fields->unknown_id = zest_component_within(&reader, "unk_id", 0, token_count - 1);
    if (zest_component_has(&reader, "byte_fallback"))
        fields->byte_fallback = zest_component_bool(&reader, "byte_fallback", -1);
    return reader.status;
}

static enum zest_status unigram_compile(const struct zest_tokenizer_definition *definition,
                                        struct zest_image_builder *builder, struct zest_error *error)
{
    struct unigram_fields fields;
    uint32_t count = definition->token_count;
    enum zest_status status = read_fields(json_object_get(definition->components, "model"), count, &fields, error);
    if (status != ZEST_OK)
        return status;
    if (!definition->scores)
        return zest_fail(error, ZEST_MODEL_DAMAGED, "the vocabulary of a Unigram model has no scores");
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    double *scores = ZEST_NEW_ARRAY(&arena, double, (size_t)count + 1);
    if (!scores) {
        zest_arena_finish(&arena);
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the scores of %u tokens", count);
    }
    scores[0] = INFINITY;
    for (uint32_t id = 0; id < count; id++) {
        scores[id + 1] = definition->scores[id];
        if (definition->tokens[id].data && definition->scores[id] < scores[0])
            scores[0] = definition->scores[id];
    }
    zest_image_add(builder, ZEST_SECTION_SCORES, scores, ((size_t)count + 1) * sizeof *scores);
    zest_arena_finish(&arena);
    return zest_token_trie_compile(definition, builder, error);
}

static enum zest_status open_scores(struct unigram *model, const struct zest_image *image, struct zest_error *error)
{
    size_t size;
    const double *scores = zest_image_section(image, ZEST_SECTION_SCORES, &size);
    if (!scores || size != ((size_t)model->tokens.count + 1) * sizeof *scores)
        return zest_fail(error, ZEST_MODEL_DAMAGED, "the compiled tokenizer has no scores");
    model->scores = scores + 1;
    model->unknown_score = scores[0] - UNKNOWN_PENALTY;
    return ZEST_OK;
}

static enum zest_status unigram_open(const struct zest_image *image, const json_t *json, struct zest_arena *arena,
                                     struct zest_token_model **ret_model, struct zest_error *error)
{
    struct unigram_fields fields = {0};
    struct unigram *model = ZEST_NEW(arena, struct unigram);
    if (!model)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a token model");
    enum zest_status status = zest_token_table_open(image, &model->tokens, error);
    if (status == ZEST_OK)
        status = read_fields(json, model->tokens.count, &fields, error);
    if (status == ZEST_OK)
        status = zest_token_trie_open(image, &model->trie, error);
    if (status == ZEST_OK)
        status = open_scores(model, image, error);
    if (status != ZEST_OK)
        return status;
    model->base.kind = &zest_unigram_kind;
    model->byte_fallback = fields.byte_fallback;
    model->unknown_id = fields.has_unknown ? (uint32_t)fields.unknown_id : ZEST_NO_TOKEN;
    for (unsigned byte = 0; byte < 256; byte++) {
        char text[8];
        snprintf(text, sizeof text, "<0x%02X>", byte);
        model->byte_ids[byte] = zest_token_find(&model->tokens, text, 6);
    }
    *ret_model = &model->base;
    return ZEST_OK;
}

const struct zest_token_model_kind zest_unigram_kind = {
    .type = "Unigram",
    .compile = unigram_compile,
    .open = unigram_open,
    .run = unigram_run,
    .explain = unigram_explain,
};
