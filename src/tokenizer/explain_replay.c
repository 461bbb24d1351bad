/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_replay.c - one stage after the other, as plain_path.c does, but with every reason kept.
 *
 *   text ─► added tokens ─► normalizer ─► normalized added tokens ─► the pre-tokenizer's steps, one by one ─► explain
 *
 * Which step of a pre-tokenizer cut a piece: the first after which there is a piece that stands for the same characters
 * of the text. For study, not for speed: n log n steps, everything aligned. Start at zest_explain_replay.
 */
#include "explain_replay.h"

#include "pretokenizer_kinds.h"

#include <assert.h>
#include <stdlib.h>

struct replay {
    const struct zest_tokenizer_model *model;
    struct zest_text text;
    struct zest_explain_options options;
    struct zest_arena *arena;
    struct zest_explained *to;
    struct zest_aligned raw, normal;
    struct zest_pieces pieces[2]; /* in turn: what a step reads, what it writes */
    struct zest_tokens tokens;
    struct zest_model_scratch *scratch;
};

/* The pieces after one step, as what they stand for. */
struct cut_list {
    struct zest_span *spans;
    size_t count, at; /* `at`: where the search goes on */
};

/* ---- collecting ---- */

static struct zest_explained_piece *add_piece(struct replay *replay, enum zest_explained_kind kind)
{
    struct zest_explained *to = replay->to;
    if (to->piece_count == to->piece_capacity) {
        size_t capacity = 2 * to->piece_capacity + 16;
        struct zest_explained_piece *grown = realloc(to->pieces, capacity * sizeof *grown);
        if (!grown) {
            to->status = ZEST_OUT_OF_MEMORY;
            return NULL;
        }
        to->pieces = grown;
        to->piece_capacity = capacity;
    }
    struct zest_explained_piece *piece = &to->pieces[to->piece_count++];
    *piece = (struct zest_explained_piece){
        .kind = kind, .cutter = -1, .first_token = to->tokens.count, .first_step = to->steps.count};
    return piece;
}

static void add_added(struct replay *replay, const struct zest_added_entry *entry, struct zest_span span)
{
    struct zest_explained_piece *piece = add_piece(replay, ZEST_EXPLAINED_ADDED);
    if (!piece)
        return;
    piece->added = entry;
    piece->span = span;
    piece->token_count = 1;
    zest_tokens_add(&replay->to->tokens, entry->id, span.start, span.end);
}

static void add_frame(struct replay *replay, const uint32_t *ids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct zest_explained_piece *piece = add_piece(replay, ZEST_EXPLAINED_FRAME);
        if (!piece)
            return;
        piece->token_count = 1;
        zest_tokens_add(&replay->to->tokens, ids[i], 0, 0);
    }
}

static void add_word(struct replay *replay, const struct zest_pieces *pieces, const struct zest_piece *from, int cutter)
{
    struct zest_explained *to = replay->to;
    struct zest_explained_piece *piece = add_piece(replay, ZEST_EXPLAINED_WORD);
    if (!piece)
        return;
    const unsigned char *bytes = pieces->text.bytes + from->start;
    uint32_t size = from->end - from->start;
    piece->cutter = cutter;
    piece->span = zest_aligned_origin(&pieces->text, from->start, from->end);
    piece->model_text = zest_text_copy(replay->arena, (struct zest_text){(const char *)bytes, size});
    replay->tokens.count = 0;
    replay->model->token_model->kind->explain(replay->model->token_model, replay->scratch, bytes, size, &replay->tokens,
                                              &to->steps);
    for (size_t i = 0; i < replay->tokens.count; i++) {
        struct zest_token token = replay->tokens.list[i];
        struct zest_span span = {piece->span.start, piece->span.start};
        if (token.span.end > token.span.start)
            span = zest_aligned_origin(&pieces->text, from->start + token.span.start, from->start + token.span.end);
        zest_tokens_add(&to->tokens, token.id, span.start, span.end);
    }
    piece->token_count = to->tokens.count - piece->first_token;
    piece->step_count = to->steps.count - piece->first_step;
    to->status = replay->tokens.status != ZEST_OK ? replay->tokens.status : to->steps.status;
    if (!piece->model_text.data)
        to->status = ZEST_OUT_OF_MEMORY;
}

/* ---- cutting ---- */

/* Takes sequences apart; what lies beyond the limit stays one step. */
static void list_cutters(struct zest_explained *explained, const struct zest_pretokenizer *pretokenizer)
{
    struct zest_pretokenizer *const *members;
    size_t count = pretokenizer->kind == &zest_pre_sequence ? zest_pre_sequence_members(pretokenizer, &members) : 0;
    if (count == 0 || explained->cutter_count + count > ZEST_CUTTERS_MAX) {
        if (explained->cutter_count < ZEST_CUTTERS_MAX)
            explained->cutters[explained->cutter_count++] = pretokenizer;
        return;
    }
    for (size_t i = 0; i < count; i++)
        list_cutters(explained, members[i]);
}

static bool list_cuts(const struct zest_pieces *pieces, struct cut_list *list)
{
    list->spans = malloc((pieces->count + 1) * sizeof *list->spans);
    for (size_t i = 0; list->spans && i < pieces->count; i++)
        list->spans[i] = zest_aligned_origin(&pieces->text, pieces->list[i].start, pieces->list[i].end);
    list->count = list->spans ? pieces->count : 0;
    list->at = 0;
    return list->spans != NULL;
}

/* Whether the list has this piece; spans are asked for in ascending order. */
static bool has_cut(struct cut_list *list, struct zest_span span)
{
    while (list->at < list->count && list->spans[list->at].start < span.start)
        list->at++;
    for (size_t i = list->at; i < list->count && list->spans[i].start == span.start; i++)
        if (list->spans[i].end == span.end)
            return true;
    return false;
}

/* -1: the piece was there before the first step. */
static int cutter_of(struct cut_list *lists, size_t list_count, struct zest_span span)
{
    for (size_t i = 0; i < list_count; i++)
        if (has_cut(&lists[i], span))
            return (int)i - 1;
    return (int)list_count - 2;
}

/* Runs the steps one by one over replay->pieces[0]; answers where the last one's pieces lie, NULL where that failed. */
static const struct zest_pieces *run_cutters(struct replay *replay, struct cut_list *lists)
{
    struct zest_explained *to = replay->to;
    struct zest_pieces *from = &replay->pieces[0], *into = &replay->pieces[1];
    if (!list_cuts(from, &lists[0]))
        return NULL;
    for (size_t i = 0; i < to->cutter_count; i++) {
        zest_pieces_reset(into, true);
        zest_pretokenizer_run(to->cutters[i], from, into);
        if (into->status != ZEST_OK || !list_cuts(into, &lists[i + 1])) {
            to->status = into->status;
            return NULL;
        }
        struct zest_pieces *written = into;
        into = from;
        from = written;
    }
    return from->status == ZEST_OK ? from : NULL;
}

/* normal[start, end) between normalized added tokens, which begins at byte `origin` of the text. */
static void replay_stretch(struct replay *replay, const struct zest_aligned *normal, size_t start, size_t end,
                           uint32_t origin)
{
    struct cut_list lists[ZEST_CUTTERS_MAX + 1] = {0};
    struct zest_explained *to = replay->to;
    if (start == end || to->status != ZEST_OK)
        return;
    zest_pieces_reset(&replay->pieces[0], true);
    zest_aligned_copy(&replay->pieces[0].text, normal, start, end);
    zest_pieces_close(&replay->pieces[0], origin);
    const struct zest_pieces *pieces = run_cutters(replay, lists);
    if (!pieces && to->status == ZEST_OK)
        to->status = ZEST_OUT_OF_MEMORY;
    for (size_t i = 0; pieces && i < pieces->count && to->status == ZEST_OK; i++) {
        const struct zest_piece *piece = &pieces->list[i];
        struct zest_span span = zest_aligned_origin(&pieces->text, piece->start, piece->end);
        add_word(replay, pieces, piece, cutter_of(lists, to->cutter_count + 1, span));
    }
    for (size_t i = 0; i <= to->cutter_count; i++)
        free(lists[i].spans);
}

/* ---- the text ---- */

/* text[start, end) between raw added tokens. */
static void replay_segment(struct replay *replay, size_t start, size_t end)
{
    const struct zest_tokenizer_model *model = replay->model;
    const struct zest_aligned *normal = &replay->raw;
    if (start >= end || replay->to->status != ZEST_OK)
        return;
    zest_aligned_reset(&replay->raw, true);
    zest_aligned_append_original(&replay->raw, (const unsigned char *)replay->text.data + start, end - start, start);
    if (model->normalizer) {
        zest_aligned_reset(&replay->normal, true);
        zest_normalizer_run(model->normalizer, &replay->raw, &replay->normal);
        normal = &replay->normal;
    }
    if (normal->status != ZEST_OK) {
        replay->to->status = normal->status;
        return;
    }
    struct zest_added_search search = {
        .text = normal->bytes,
        .size = normal->size,
        .vocabulary = &model->added,
        .trie = &model->added.normalized,
        .keep_special = replay->options.encode_special_tokens,
    };
    struct zest_added_match match;
    size_t at = 0;
    while (replay->to->status == ZEST_OK && zest_added_next(&search, &match)) {
        if (match.start > at)
            replay_stretch(replay, normal, at, match.start, at == 0 ? (uint32_t)start : normal->origins[at].start);
        if (match.end > match.start)
            add_added(replay, match.entry, zest_aligned_origin(normal, match.start, match.end));
        at = match.end;
    }
    if (at < normal->size)
        replay_stretch(replay, normal, at, normal->size, at == 0 ? (uint32_t)start : normal->origins[at].start);
}

static void replay_text(struct replay *replay)
{
    struct zest_added_search search = {
        .text = (const unsigned char *)replay->text.data,
        .size = replay->text.size,
        .vocabulary = &replay->model->added,
        .trie = &replay->model->added.raw,
        .keep_special = replay->options.encode_special_tokens,
    };
    struct zest_added_match match;
    size_t at = 0;
    while (replay->to->status == ZEST_OK && zest_added_next(&search, &match)) {
        replay_segment(replay, at, match.start);
        at = match.end;
        if (match.end > match.start)
            add_added(replay, match.entry, (struct zest_span){(uint32_t)match.start, (uint32_t)match.end});
    }
    replay_segment(replay, at, replay->text.size);
}

enum zest_status zest_explain_replay(const struct zest_tokenizer_model *model, struct zest_text text,
                                     struct zest_explain_options options, struct zest_arena *arena,
                                     struct zest_explained *ret_explained, struct zest_error *error)
{
    const struct zest_id_frame *frame = &model->frame;
    struct replay replay = {.model = model, .text = text, .options = options, .arena = arena, .to = ret_explained};
    assert(text.size <= ZEST_TEXT_SIZE_MAX);
    *ret_explained = (struct zest_explained){0};
    replay.scratch = zest_model_scratch_create();
    if (!replay.scratch)
        return zest_encode_fail(model, ZEST_OUT_OF_MEMORY, false, text.size, error);
    if (model->pretokenizer)
        list_cutters(ret_explained, model->pretokenizer);
    if (options.add_special)
        add_frame(&replay, frame->before, frame->before_count);
    replay_text(&replay);
    if (options.add_special)
        add_frame(&replay, frame->after, frame->after_count);
    bool normalizing = replay.normal.status != ZEST_OK;
    zest_aligned_finish(&replay.raw);
    zest_aligned_finish(&replay.normal);
    zest_pieces_finish(&replay.pieces[0]);
    zest_pieces_finish(&replay.pieces[1]);
    zest_tokens_finish(&replay.tokens);
    zest_model_scratch_destroy(replay.scratch);
    enum zest_status status = ret_explained->status != ZEST_OK ? ret_explained->status : ret_explained->tokens.status;
    return status == ZEST_OK ? ZEST_OK : zest_encode_fail(model, status, normalizing, text.size, error);
}

void zest_explained_finish(struct zest_explained *explained)
{
    free(explained->pieces);
    zest_tokens_finish(&explained->tokens);
    zest_model_steps_finish(&explained->steps);
    *explained = (struct zest_explained){0};
}
