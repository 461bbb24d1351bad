/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenizer_compare.c - tokenizer.compare_tokenizers: two tokenizers on the same texts, side by side.
 *
 * Ids of two vocabularies have nothing in common, but the places where both cut a text do: between two such places lies
 * a piece, of some tokens by the one and some by the other. Where both have one token for each piece they agree.
 *
 * Everything lives for the call; the other tokenizer is opened for it. Any thread.
 */
#include "tokenizer_native.h"

#include <stdlib.h>

struct side {
    struct zest_tokenizer_model *model;
    struct zest_encoder_scratch *scratch;
    size_t at;    /* the next token */
    uint32_t end; /* how far the tokens so far reach */
};

/* ---- one text ---- */

/* Takes the side's next token, and those that share its characters or stand for none. */
static void take(struct side *side)
{
    const struct zest_span *spans = side->scratch->spans;
    size_t count = side->scratch->count;
    if (side->at < count)
        side->end = spans[side->at].end > side->end ? spans[side->at].end : side->end, side->at++;
    while (side->at < count && spans[side->at].start < side->end) {
        side->end = spans[side->at].end > side->end ? spans[side->at].end : side->end;
        side->at++;
    }
    if (side->at == count)
        side->end = UINT32_MAX; /* what no token stands for at the text's end belongs to the last */
}

/* Copies: the texts of the other vocabulary go with its tokenizer. */
static struct zest_text *name_tokens(const struct side *side, size_t first, struct zest_arena *arena)
{
    struct zest_text *names = ZEST_NEW_ARRAY(arena, struct zest_text, side->at - first + 1);
    for (size_t i = first; names && i < side->at; i++) {
        names[i - first] = zest_text_copy(arena, zest_model_token_text(side->model, side->scratch->ids[i]));
        if (!names[i - first].data)
            return NULL;
    }
    return names;
}

/* One token each, or the same parts of a character that several tokens make up. */
static bool agree(const struct side sides[2], const size_t first[2])
{
    size_t count = sides[0].at - first[0];
    bool same = sides[1].at - first[1] == count;
    for (size_t i = 0; same && count > 1 && i < count; i++)
        same = zest_text_equal(zest_model_token_text(sides[0].model, sides[0].scratch->ids[first[0] + i]),
                               zest_model_token_text(sides[1].model, sides[1].scratch->ids[first[1] + i]));
    return same;
}

struct comparing {
    struct zest_text text;
    struct zest_arena *arena;
    bool pieces;
    struct zest_tokenizer_compared_piece *list;
    struct zest_span *spans;
    size_t count;
    size_t parts_at; /* SIZE_MAX: nowhere */
};

static bool add_piece(struct comparing *c, struct side sides[2], const size_t first[2], uint32_t start, uint32_t end)
{
    if (c->parts_at == SIZE_MAX && !agree(sides, first))
        c->parts_at = start;
    if (!c->pieces)
        return true;
    struct zest_text *names[2] = {name_tokens(&sides[0], first[0], c->arena),
                                  name_tokens(&sides[1], first[1], c->arena)};
    if (!names[0] || !names[1])
        return false;
    c->spans[c->count] = (struct zest_span){start, end};
    c->list[c->count++] = (struct zest_tokenizer_compared_piece){
        .text = zest_text_copy(c->arena, (struct zest_text){c->text.data + start, end - start}),
        .tokens = names[0],
        .tokens_count = sides[0].at - first[0],
        .other_tokens = names[1],
        .other_tokens_count = sides[1].at - first[1],
    };
    return c->list[c->count - 1].text.data != NULL;
}

static bool walk(struct comparing *c, struct side sides[2])
{
    uint32_t start = 0;
    while (sides[0].at < sides[0].scratch->count || sides[1].at < sides[1].scratch->count) {
        size_t first[2] = {sides[0].at, sides[1].at};
        do
            take(&sides[sides[0].end <= sides[1].end ? 0 : 1]);
        while (sides[0].end != sides[1].end);
        uint32_t end = sides[0].end < c->text.size ? sides[0].end : (uint32_t)c->text.size;
        if (!add_piece(c, sides, first, start, end))
            return false;
        start = end;
    }
    return true;
}

static bool is_inside(struct zest_text text, size_t at)
{
    return at < text.size && ((unsigned char)text.data[at] & 0xC0) == 0x80;
}

/* How many characters begin before `at`. */
static int32_t characters_before(struct zest_text text, size_t at)
{
    int32_t count = 0;
    for (size_t i = 0; i < at && i < text.size; i++)
        count += !is_inside(text, i);
    return count;
}

static enum zest_status compare_text(struct side sides[2], struct zest_text text, bool pieces, struct zest_arena *arena,
                                     struct zest_tokenizer_compared_text *ret_compared, struct zest_error *error)
{
    struct comparing c = {.text = text, .arena = arena, .pieces = pieces, .parts_at = SIZE_MAX};
    for (int i = 0; i < 2; i++) {
        enum zest_status status =
            zest_encode(sides[i].model, sides[i].scratch, text, (struct zest_encode_options){.spans = true}, error);
        if (status != ZEST_OK)
            return status;
        sides[i].at = 0;
        sides[i].end = 0;
    }
    size_t count[2] = {sides[0].scratch->count, sides[1].scratch->count};
    size_t room = (pieces ? (count[0] > count[1] ? count[0] : count[1]) : 0) + 2;
    c.list = ZEST_NEW_ARRAY(arena, struct zest_tokenizer_compared_piece, room);
    c.spans = ZEST_NEW_ARRAY(arena, struct zest_span, room);
    if (!c.list || !c.spans || !walk(&c, sides))
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory to compare a text of %zu bytes", text.size);
    zest_spans_to_code_points(text, c.spans, c.count);
    for (size_t i = 0; i < c.count; i++) {
        c.list[i].start = (int32_t)c.spans[i].start;
        c.list[i].end = (int32_t)c.spans[i].end;
    }
    *ret_compared = (struct zest_tokenizer_compared_text){
        .tokens = (int32_t)count[0],
        .other_tokens = (int32_t)count[1],
        .parts_at = c.parts_at == SIZE_MAX ? -1 : characters_before(text, c.parts_at),
        .pieces = c.list,
        .pieces_count = c.count,
    };
    return ZEST_OK;
}

/* ---- all texts ---- */

static struct zest_text tell(const struct zest_tokenizer_compare_tokenizers_reply *reply, struct zest_arena *arena)
{
    const char *s = reply->texts_count == 1 ? "" : "s";
    if ((size_t)reply->equal_texts == reply->texts_count)
        return zest_text_format(arena, "Both cut all of %zu text%s at the same places.", reply->texts_count, s);
    double more = reply->tokens > 0 ? 100.0 * (double)(reply->other_tokens - reply->tokens) / (double)reply->tokens : 0;
    return zest_text_format(
        arena, "They part in %zu of %zu text%s; this one makes %lld tokens, the other one %lld (%+.1f %%).",
        reply->texts_count - (size_t)reply->equal_texts, reply->texts_count, s, (long long)reply->tokens,
        (long long)reply->other_tokens, more);
}

static enum zest_status compare_all(struct side sides[2], struct zest_call *call,
                                    const struct zest_tokenizer_compare_tokenizers_request *request,
                                    struct zest_tokenizer_compare_tokenizers_reply *reply)
{
    struct zest_tokenizer_compared_text *texts =
        ZEST_NEW_ARRAY(call->arena, struct zest_tokenizer_compared_text, request->texts_count + 1);
    if (!texts)
        return zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory to compare %zu texts", request->texts_count);
    for (size_t i = 0; i < request->texts_count; i++) {
        enum zest_status status =
            compare_text(sides, request->texts[i], request->pieces, call->arena, &texts[i], &call->error);
        if (status != ZEST_OK)
            return status;
        reply->tokens += texts[i].tokens;
        reply->other_tokens += texts[i].other_tokens;
        reply->equal_texts += texts[i].parts_at < 0;
    }
    reply->texts = texts;
    reply->texts_count = request->texts_count;
    reply->algorithm_reasoning = tell(reply, call->arena);
    return reply->algorithm_reasoning.data
               ? ZEST_OK
               : zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory to compare %zu texts", request->texts_count);
}

static enum zest_status open_other(struct zest_tokenizer *self, struct zest_text path,
                                   struct zest_tokenizer_model *ret_other, struct zest_error *error)
{
    const struct zest_tokenizer_files *files = zest_tokenizer_native_files(self);
    char *allowed = NULL;
    enum zest_status status = zest_tokenizer_files_allow(files, path, "other", &allowed, error);
    if (status != ZEST_OK)
        return status;
    const struct zest_tokenizer_model_options options = {.path = allowed, .cache_folder = files->cache};
    status = zest_tokenizer_model_open(ret_other, &options, error);
    free(allowed);
    return status;
}

enum zest_status
zest_tokenizer_native_compare_tokenizers(struct zest_tokenizer *self, struct zest_call *call,
                                         const struct zest_tokenizer_compare_tokenizers_request *request,
                                         struct zest_tokenizer_compare_tokenizers_reply *ret_reply)
{
    struct zest_tokenizer_model *model = zest_tokenizer_native_model(self), other = {0};
    struct zest_tokenizer_compare_tokenizers_reply reply = {0};
    enum zest_status status = open_other(self, request->other, &other, &call->error);
    struct side sides[2] = {{.model = model}, {.model = &other}};
    for (int i = 0; i < 2 && status == ZEST_OK; i++)
        if (!(sides[i].scratch = zest_encoder_borrow(sides[i].model)))
            status = zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory to compare tokenizers");
    if (status == ZEST_OK)
        status = compare_all(sides, call, request, &reply);
    for (int i = 0; i < 2; i++)
        if (sides[i].scratch)
            zest_encoder_give_back(sides[i].model, sides[i].scratch);
    zest_tokenizer_model_close(&other);
    if (status == ZEST_OK)
        *ret_reply = reply;
    return status;
}
