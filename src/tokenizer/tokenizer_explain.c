/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenizer_explain.c - tokenizer.explain: the reasons of explain_replay.c in words.
 *
 * Texts of the reply live in the call's arena or in the model. Any thread.
 */
#include "explain_replay.h"
#include "tokenizer_native.h"

#include <assert.h>

#define SENTENCE_MAX ((size_t)1 << 21) /* bytes; two ways through the longest text fit */

struct teller {
    const struct zest_tokenizer_model *model;
    const struct zest_explained *explained;
    struct zest_arena *arena;
    struct zest_buffer words; /* the sentence that is being written */
    bool failed;
};

_Static_assert((int)ZEST_TOKENIZER_STEP_KIND_RUNNER_UP == (int)ZEST_STEP_RUNNER_UP, "the contract's order");
_Static_assert((int)ZEST_TOKENIZER_PIECE_KIND_FRAME == (int)ZEST_EXPLAINED_FRAME, "the contract's order");

/* ---- words ---- */

static void say_text(struct teller *teller, struct zest_text text)
{
    zest_buffer_append(&teller->words, "\"", 1);
    zest_buffer_append(&teller->words, text.data, text.size);
    zest_buffer_append(&teller->words, "\"", 1);
}

static void say_token(struct teller *teller, uint32_t id)
{
    say_text(teller, zest_model_token_text(teller->model, id));
}

#define SAY(teller, ...) zest_buffer_printf(&(teller)->words, __VA_ARGS__)

/* The sentence so far, in the arena; the next one begins. */
static struct zest_text said(struct teller *teller)
{
    struct zest_text text = zest_text_copy(
        teller->arena, (struct zest_text){teller->words.data ? teller->words.data : "", teller->words.size});
    teller->words.size = 0;
    teller->failed |= !text.data || teller->words.failed;
    return text;
}

static struct zest_text part_name(const struct teller *teller, const char *part)
{
    const char *type = json_string_value(json_object_get(json_object_get(teller->model->components, part), "type"));
    return zest_text_of(type ? type : "none");
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

/* ---- steps ---- */

static void say_step(struct teller *teller, const struct zest_model_step *step, struct zest_text part)
{
    switch (step->kind) {
    case ZEST_STEP_WHOLE:
        say_token(teller, step->id);
        SAY(teller, " is in the vocabulary as a whole, which is looked up first");
        break;
    case ZEST_STEP_BYTES:
        say_text(teller, part);
        SAY(teller, " is no token: one token for each of its bytes");
        break;
    case ZEST_STEP_UNKNOWN:
        say_text(teller, part);
        SAY(teller, " is no token and became ");
        say_token(teller, step->id);
        break;
    case ZEST_STEP_DROPPED:
        say_text(teller, part);
        SAY(teller, " is no token, and the tokenizer has nothing to stand for it: left out");
        break;
    case ZEST_STEP_MERGE:
        say_token(teller, step->left);
        SAY(teller, " + ");
        say_token(teller, step->right);
        SAY(teller, " make ");
        say_token(teller, step->id);
        SAY(teller, ", merge %u", step->rank);
        break;
    case ZEST_STEP_SHORTER:
        say_token(teller, step->id);
        SAY(teller, " begins here too, but is shorter");
        break;
    case ZEST_STEP_LONGEST:
        say_token(teller, step->id);
        SAY(teller, " is the longest token that begins here");
        break;
    case ZEST_STEP_NOTHING:
        SAY(teller, "no token begins ");
        say_text(teller, part);
        SAY(teller, ", so that the whole piece is unknown");
        break;
    case ZEST_STEP_TOO_LONG:
        SAY(teller, "the piece has more than %u characters and is not taken apart", step->rank);
        break;
    case ZEST_STEP_PATH:
        say_token(teller, step->id);
        SAY(teller, " with score %.6g is on the best way", step->score);
        break;
    case ZEST_STEP_RUNNER_UP:
        say_token(teller, step->id);
        SAY(teller, " with score %.6g is on the second-best way", step->score);
        break;
    }
}

static void tell_steps(struct teller *teller, const struct zest_explained_piece *piece,
                       struct zest_tokenizer_explained_piece *told)
{
    struct zest_tokenizer_explained_step *steps =
        ZEST_NEW_ARRAY(teller->arena, struct zest_tokenizer_explained_step, piece->step_count + 1);
    teller->failed |= !steps;
    for (size_t i = 0; steps && i < piece->step_count; i++) {
        const struct zest_model_step *step = &teller->explained->steps.list[piece->first_step + i];
        bool merges = step->kind == ZEST_STEP_MERGE, has_token = step->id != ZEST_NO_TOKEN;
        assert(step->span.end <= piece->model_text.size);
        struct zest_text part = {piece->model_text.data + step->span.start, step->span.end - step->span.start};
        say_step(teller, step, part);
        steps[i] = (struct zest_tokenizer_explained_step){
            .kind = (enum zest_tokenizer_step_kind)step->kind,
            .left = merges ? zest_model_token_text(teller->model, step->left) : ZEST_TEXT(""),
            .right = merges ? zest_model_token_text(teller->model, step->right) : ZEST_TEXT(""),
            .result = has_token ? zest_model_token_text(teller->model, step->id) : part,
            .id = has_token ? (int32_t)step->id : -1,
            .rank = merges ? (int32_t)step->rank : -1,
            .score = step->score,
            .start = (int32_t)step->span.start,
            .end = (int32_t)step->span.end,
            .reasoning = said(teller),
        };
    }
    told->steps = steps;
    told->steps_count = steps ? piece->step_count : 0;
}

/* ---- pieces ---- */

/* How often each kind of step is there, and the last merge's rank. */
struct tally {
    size_t of[ZEST_STEP_RUNNER_UP + 1];
    uint32_t last_rank;
    double best, second;
};

static struct tally tally_steps(const struct teller *teller, const struct zest_explained_piece *piece)
{
    struct tally tally = {0};
    for (size_t i = 0; i < piece->step_count; i++) {
        const struct zest_model_step *step = &teller->explained->steps.list[piece->first_step + i];
        tally.of[step->kind]++;
        if (step->kind == ZEST_STEP_MERGE)
            tally.last_rank = step->rank;
        tally.best += step->kind == ZEST_STEP_PATH ? step->score : 0;
        tally.second += step->kind == ZEST_STEP_RUNNER_UP ? step->score : 0;
    }
    return tally;
}

static void say_way(struct teller *teller, const struct zest_explained_piece *piece, enum zest_model_step_kind kind)
{
    for (size_t i = 0, count = 0; i < piece->step_count; i++) {
        const struct zest_model_step *step = &teller->explained->steps.list[piece->first_step + i];
        if (step->kind != kind)
            continue;
        struct zest_text text = zest_model_token_text(teller->model, step->id);
        zest_buffer_append(&teller->words, " ", count++ > 0);
        zest_buffer_append(&teller->words, text.data, text.size);
    }
}

static void say_merges(struct teller *teller, const struct tally *tally, size_t token_count)
{
    size_t merges = tally->of[ZEST_STEP_MERGE];
    if (merges == 0) {
        if (token_count == 1)
            SAY(teller, "one token, nothing to merge");
        else
            SAY(teller, "%zu tokens: no two neighbours have a merge", token_count);
        return;
    }
    if (token_count == 1)
        SAY(teller, "one token after ");
    else
        SAY(teller, "%zu tokens: no two neighbours have a merge after ", token_count);
    if (merges == 1)
        SAY(teller, "one merge, of rank %u", tally->last_rank);
    else
        SAY(teller, "%zu merges, the last of rank %u", merges, tally->last_rank);
}

static void say_model(struct teller *teller, const struct zest_explained_piece *piece)
{
    struct tally tally = tally_steps(teller, piece);
    if (tally.of[ZEST_STEP_WHOLE] > 0) {
        SAY(teller, "in the vocabulary as a whole");
        return;
    }
    if (tally.of[ZEST_STEP_LONGEST] + tally.of[ZEST_STEP_NOTHING] + tally.of[ZEST_STEP_TOO_LONG] > 0) {
        SAY(teller, tally.of[ZEST_STEP_TOO_LONG]  ? "too many characters for the model: unknown"
                    : tally.of[ZEST_STEP_NOTHING] ? "no token goes on, so all of it is unknown"
                                                  : "the longest tokens that fit: ");
        if (!tally.of[ZEST_STEP_UNKNOWN])
            say_way(teller, piece, ZEST_STEP_LONGEST);
        return;
    }
    if (tally.of[ZEST_STEP_PATH] > 0) {
        SAY(teller, "the best way: ");
        say_way(teller, piece, ZEST_STEP_PATH);
        SAY(teller, " (score %.6g)", tally.best);
        if (tally.of[ZEST_STEP_RUNNER_UP] > 0) {
            SAY(teller, "; the second best: ");
            say_way(teller, piece, ZEST_STEP_RUNNER_UP);
            SAY(teller, " (%.6g)", tally.second);
        }
    } else if (piece->token_count > 0 && strcmp(teller->model->token_model->kind->type, "BPE") == 0) {
        say_merges(teller, &tally, piece->token_count);
    } else {
        SAY(teller, "%zu token%s", piece->token_count, plural(piece->token_count));
    }
    static const struct {
        enum zest_model_step_kind kind;
        const char *what;
    } rests[] = {{ZEST_STEP_BYTES, "became bytes"}, {ZEST_STEP_UNKNOWN, "unknown"}, {ZEST_STEP_DROPPED, "left out"}};
    for (size_t i = 0; i < ZEST_COUNT(rests); i++)
        if (tally.of[rests[i].kind] > 0)
            SAY(teller, "; not in the vocabulary and %s: %zu time%s", rests[i].what, tally.of[rests[i].kind],
                plural(tally.of[rests[i].kind]));
}

static struct zest_text tell_cut(struct teller *teller, const struct zest_explained_piece *piece)
{
    const struct zest_explained *explained = teller->explained;
    if (piece->kind == ZEST_EXPLAINED_FRAME) {
        struct zest_text name = part_name(teller, "post_processor");
        SAY(teller, "%.*s", (int)name.size, name.data);
    } else if (piece->kind == ZEST_EXPLAINED_ADDED) {
        SAY(teller, "added token%s%s", piece->added->flags & ZEST_ADDED_SPECIAL ? ", special" : "",
            piece->added->flags & ZEST_ADDED_NORMALIZED ? ", found in the normalized text" : "");
    } else if (piece->cutter < 0) {
        SAY(teller, "none");
    } else if (explained->cutter_count == 1) {
        SAY(teller, "%s", explained->cutters[0]->kind->type);
    } else {
        SAY(teller, "%s (step %d of %zu)", explained->cutters[piece->cutter]->kind->type, piece->cutter + 1,
            explained->cutter_count);
    }
    return said(teller);
}

static struct zest_text tell_piece(struct teller *teller, const struct zest_explained_piece *piece,
                                   struct zest_text cut_by)
{
    if (piece->kind == ZEST_EXPLAINED_FRAME) {
        SAY(teller, "put round the text by %.*s", (int)cut_by.size, cut_by.data);
    } else if (piece->kind == ZEST_EXPLAINED_ADDED) {
        SAY(teller, "%.*s: found before anything is cut or merged", (int)cut_by.size, cut_by.data);
    } else {
        if (piece->cutter >= 0)
            SAY(teller, "cut by %.*s; ", (int)cut_by.size, cut_by.data);
        else
            SAY(teller,
                teller->explained->cutter_count > 0 ? "not cut any further; " : "the tokenizer cuts no words; ");
        say_model(teller, piece);
    }
    return said(teller);
}

/* ---- the reply ---- */

static bool tell_tokens(struct teller *teller, const struct zest_explained_piece *piece,
                        struct zest_tokenizer_explained_piece *told)
{
    struct zest_tokenizer_explained_token *tokens =
        ZEST_NEW_ARRAY(teller->arena, struct zest_tokenizer_explained_token, piece->token_count + 1);
    for (size_t i = 0; tokens && i < piece->token_count; i++) {
        uint32_t id = teller->explained->tokens.list[piece->first_token + i].id;
        tokens[i] = (struct zest_tokenizer_explained_token){.id = (int32_t)id,
                                                            .token = zest_model_token_text(teller->model, id)};
    }
    told->tokens = tokens;
    told->tokens_count = tokens ? piece->token_count : 0;
    return tokens != NULL;
}

/* The characters that a span lies in: part of a character counts as the whole. */
static struct zest_span whole_characters(struct zest_text text, struct zest_span span)
{
    while (span.start > 0 && span.start < text.size && ((unsigned char)text.data[span.start] & 0xC0) == 0x80)
        span.start--;
    while (span.end < text.size && span.end > span.start && ((unsigned char)text.data[span.end] & 0xC0) == 0x80)
        span.end++;
    return span;
}

/* Turns bytes into characters, in one walk each: pieces' and tokens' spans rise. */
static bool place_pieces(struct teller *teller, struct zest_text text, struct zest_tokenizer_explained_piece *told)
{
    const struct zest_explained *explained = teller->explained;
    struct zest_span *spans = ZEST_NEW_ARRAY(teller->arena, struct zest_span, explained->piece_count + 1);
    struct zest_span *token_spans = ZEST_NEW_ARRAY(teller->arena, struct zest_span, explained->tokens.count + 1);
    if (!spans || !token_spans)
        return false;
    for (size_t i = 0; i < explained->piece_count; i++)
        spans[i] = explained->pieces[i].span;
    for (size_t i = 0; i < explained->tokens.count; i++)
        token_spans[i] = explained->tokens.list[i].span;
    zest_spans_to_code_points(text, spans, explained->piece_count);
    zest_spans_to_code_points(text, token_spans, explained->tokens.count);
    for (size_t i = 0; i < explained->piece_count; i++) {
        struct zest_tokenizer_explained_token *tokens = (struct zest_tokenizer_explained_token *)told[i].tokens;
        told[i].start = (int32_t)spans[i].start;
        told[i].end = (int32_t)spans[i].end;
        for (size_t k = 0; k < told[i].tokens_count; k++) {
            tokens[k].start = (int32_t)token_spans[explained->pieces[i].first_token + k].start;
            tokens[k].end = (int32_t)token_spans[explained->pieces[i].first_token + k].end;
        }
    }
    return true;
}

static struct zest_text tell_all(struct teller *teller)
{
    const struct zest_explained *explained = teller->explained;
    size_t of[ZEST_EXPLAINED_FRAME + 1] = {0}, merges = 0;
    struct zest_text cutter = part_name(teller, "pre_tokenizer"), normalizer = part_name(teller, "normalizer"),
                     frame = part_name(teller, "post_processor");
    for (size_t i = 0; i < explained->piece_count; i++)
        of[explained->pieces[i].kind]++;
    for (size_t i = 0; i < explained->steps.count; i++)
        merges += explained->steps.list[i].kind == ZEST_STEP_MERGE;
    SAY(teller, "%s made %zu token%s of %zu piece%s", teller->model->token_model->kind->type,
        explained->tokens.count - of[ZEST_EXPLAINED_ADDED] - of[ZEST_EXPLAINED_FRAME],
        plural(explained->tokens.count - of[ZEST_EXPLAINED_ADDED] - of[ZEST_EXPLAINED_FRAME]), of[ZEST_EXPLAINED_WORD],
        plural(of[ZEST_EXPLAINED_WORD]));
    if (merges > 0)
        SAY(teller, " by %zu merge%s", merges, plural(merges));
    if (teller->model->normalizer)
        SAY(teller, ", after the normalizer %.*s", (int)normalizer.size, normalizer.data);
    if (teller->model->pretokenizer)
        SAY(teller, "; the pre-tokenizer %.*s cut them", (int)cutter.size, cutter.data);
    SAY(teller, ".");
    if (of[ZEST_EXPLAINED_ADDED] > 0)
        SAY(teller, " %zu added token%s %s found in the text first.", of[ZEST_EXPLAINED_ADDED],
            plural(of[ZEST_EXPLAINED_ADDED]), of[ZEST_EXPLAINED_ADDED] == 1 ? "was" : "were");
    if (of[ZEST_EXPLAINED_FRAME] > 0)
        SAY(teller, " %.*s put %zu token%s round it.", (int)frame.size, frame.data, of[ZEST_EXPLAINED_FRAME],
            plural(of[ZEST_EXPLAINED_FRAME]));
    return said(teller);
}

static bool tell(struct teller *teller, struct zest_text text, struct zest_tokenizer_explain_reply *reply)
{
    const struct zest_explained *explained = teller->explained;
    struct zest_tokenizer_explained_piece *told =
        ZEST_NEW_ARRAY(teller->arena, struct zest_tokenizer_explained_piece, explained->piece_count + 1);
    int32_t *ids = ZEST_NEW_ARRAY(teller->arena, int32_t, explained->tokens.count + 1);
    if (!told || !ids)
        return false;
    for (size_t i = 0; i < explained->tokens.count; i++)
        ids[i] = (int32_t)explained->tokens.list[i].id;
    for (size_t i = 0; i < explained->piece_count && !teller->failed; i++) {
        const struct zest_explained_piece *piece = &explained->pieces[i];
        struct zest_span span = whole_characters(text, piece->span);
        told[i] = (struct zest_tokenizer_explained_piece){
            .kind = (enum zest_tokenizer_piece_kind)piece->kind,
            .model_text = piece->model_text,
            .text = zest_text_copy(teller->arena, (struct zest_text){text.data + span.start, span.end - span.start}),
            .cut_by = tell_cut(teller, piece),
        };
        told[i].reasoning = tell_piece(teller, piece, told[i].cut_by);
        tell_steps(teller, piece, &told[i]);
        teller->failed |= !tell_tokens(teller, piece, &told[i]) || !told[i].text.data;
    }
    if (teller->failed || !place_pieces(teller, text, told))
        return false;
    *reply = (struct zest_tokenizer_explain_reply){
        .ids = ids,
        .ids_count = explained->tokens.count,
        .pieces = told,
        .pieces_count = explained->piece_count,
        .algorithm_reasoning = tell_all(teller),
    };
    return !teller->failed;
}

enum zest_status zest_tokenizer_native_explain(struct zest_tokenizer *self, struct zest_call *call,
                                               const struct zest_tokenizer_explain_request *request,
                                               struct zest_tokenizer_explain_reply *ret_reply)
{
    const struct zest_tokenizer_model *model = zest_tokenizer_native_model(self);
    const struct zest_explain_options options = {request->add_special, request->encode_special_tokens};
    struct zest_tokenizer_explain_reply reply = {0};
    struct zest_explained explained;
    size_t bad;
    if (!zest_utf8_valid(request->text, &bad))
        return zest_fail_param(&call->error, ZEST_INVALID_UTF8, "text", "text is not UTF-8: byte %zu is 0x%02X", bad,
                               (unsigned char)request->text.data[bad]);
    enum zest_status status = zest_explain_replay(model, request->text, options, call->arena, &explained, &call->error);
    if (status == ZEST_OK) {
        struct teller teller = {.model = model, .explained = &explained, .arena = call->arena};
        zest_buffer_init(&teller.words, SENTENCE_MAX);
        if (!tell(&teller, request->text, &reply))
            status = zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory for an explanation");
        zest_buffer_finish(&teller.words);
    }
    zest_explained_finish(&explained);
    if (status == ZEST_OK)
        *ret_reply = reply;
    return status;
}
