/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenizer_stages.c - the operations that run one stage alone: normalize, pre_tokenize, apply_model, post_process.
 *
 * What a stage writes on is made for the call: these are for study, not for speed. Any thread.
 */
#include "tokenizer_model.h"
#include "tokenizer_native.h"

#include <zest/api/tokenizer_native.h>

static enum zest_status no_memory(struct zest_call *call)
{
    return zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory for a stage of the tokenizer");
}

static struct zest_text kind_name(const struct zest_tokenizer_model *model, const char *part)
{
    const char *type = json_string_value(json_object_get(json_object_get(model->components, part), "type"));
    return zest_text_of(type ? type : "none");
}

static enum zest_status check_utf8(struct zest_call *call, struct zest_text text, const char *param)
{
    size_t bad;
    if (zest_utf8_valid(text, &bad))
        return ZEST_OK;
    return zest_fail_param(&call->error, ZEST_INVALID_UTF8, param, "%s is not UTF-8: byte %zu is 0x%02X", param, bad,
                           (unsigned char)text.data[bad]);
}

/* ---- normalize ---- */

/* *ret_text is the text, normalized where `normalizes`; the caller finishes both. */
static const struct zest_aligned *run_normalizer(const struct zest_tokenizer_model *model, struct zest_text text,
                                                 bool normalizes, struct zest_aligned *raw, struct zest_aligned *normal)
{
    zest_aligned_reset(raw, true);
    zest_aligned_append_original(raw, (const unsigned char *)text.data, text.size, 0);
    if (!normalizes || !model->normalizer)
        return raw;
    zest_aligned_reset(normal, true);
    zest_normalizer_run(model->normalizer, raw, normal);
    return normal;
}

/* One span a character of `normal`, in characters of the text. */
static bool copy_character_spans(struct zest_text text, const struct zest_aligned *normal, struct zest_arena *arena,
                                 struct zest_tokenizer_normalize_reply *reply)
{
    struct zest_span *spans = ZEST_NEW_ARRAY(arena, struct zest_span, normal->size + 1);
    struct zest_tokenizer_span *offsets = ZEST_NEW_ARRAY(arena, struct zest_tokenizer_span, normal->size + 1);
    size_t count = 0;
    if (!spans || !offsets)
        return false;
    for (size_t i = 0; i < normal->size; i++)
        if ((normal->bytes[i] & 0xC0) != 0x80)
            spans[count++] = normal->origins[i];
    zest_spans_to_code_points(text, spans, count);
    for (size_t i = 0; i < count; i++)
        offsets[i] = (struct zest_tokenizer_span){(int32_t)spans[i].start, (int32_t)spans[i].end};
    reply->offsets = offsets;
    reply->offsets_count = count;
    return true;
}

enum zest_status zest_tokenizer_native_normalize(struct zest_tokenizer *self, struct zest_call *call,
                                                 const struct zest_tokenizer_normalize_request *request,
                                                 struct zest_tokenizer_normalize_reply *ret_reply)
{
    const struct zest_tokenizer_model *model = zest_tokenizer_native_model(self);
    struct zest_aligned raw = {0}, normal = {0};
    enum zest_status status = check_utf8(call, request->text, "text");
    if (status != ZEST_OK)
        return status;
    const struct zest_aligned *result = run_normalizer(model, request->text, true, &raw, &normal);
    struct zest_tokenizer_normalize_reply reply = {.normalizer = kind_name(model, "normalizer")};
    if (result->status != ZEST_OK) {
        status = zest_encode_fail(model, result->status, true, request->text.size, &call->error);
    } else {
        reply.text = zest_text_copy(call->arena, (struct zest_text){(const char *)result->bytes, result->size});
        reply.changed = !zest_text_equal(reply.text, request->text);
        if (!reply.text.data || (request->offsets && !copy_character_spans(request->text, result, call->arena, &reply)))
            status = no_memory(call);
    }
    zest_aligned_finish(&raw);
    zest_aligned_finish(&normal);
    if (status == ZEST_OK)
        *ret_reply = reply;
    return status;
}

/* ---- pre_tokenize ---- */

static bool copy_words(struct zest_text text, const struct zest_pieces *pieces, struct zest_arena *arena,
                       struct zest_tokenizer_pre_tokenize_reply *reply)
{
    struct zest_tokenizer_piece *words = ZEST_NEW_ARRAY(arena, struct zest_tokenizer_piece, pieces->count + 1);
    struct zest_span *spans = ZEST_NEW_ARRAY(arena, struct zest_span, pieces->count + 1);
    if (!words || !spans)
        return false;
    for (size_t i = 0; i < pieces->count; i++) {
        const struct zest_piece *piece = &pieces->list[i];
        spans[i] = zest_aligned_origin(&pieces->text, piece->start, piece->end);
        words[i].text = zest_text_copy(
            arena, (struct zest_text){(const char *)pieces->text.bytes + piece->start, piece->end - piece->start});
        if (!words[i].text.data)
            return false;
    }
    zest_spans_to_code_points(text, spans, pieces->count);
    for (size_t i = 0; i < pieces->count; i++) {
        words[i].start = (int32_t)spans[i].start;
        words[i].end = (int32_t)spans[i].end;
    }
    reply->pieces = words;
    reply->pieces_count = pieces->count;
    return true;
}

enum zest_status zest_tokenizer_native_pre_tokenize(struct zest_tokenizer *self, struct zest_call *call,
                                                    const struct zest_tokenizer_pre_tokenize_request *request,
                                                    struct zest_tokenizer_pre_tokenize_reply *ret_reply)
{
    const struct zest_tokenizer_model *model = zest_tokenizer_native_model(self);
    struct zest_aligned raw = {0}, normal = {0};
    struct zest_pieces whole = {0}, cut = {0}, *pieces = &whole;
    enum zest_status status = check_utf8(call, request->text, "text");
    if (status != ZEST_OK)
        return status;
    const struct zest_aligned *text = run_normalizer(model, request->text, request->normalize, &raw, &normal);
    zest_pieces_reset(&whole, true);
    zest_pieces_reset(&cut, true);
    zest_aligned_copy(&whole.text, text, 0, text->size);
    zest_pieces_close(&whole, 0);
    if (model->pretokenizer && text->status == ZEST_OK) {
        zest_pretokenizer_run(model->pretokenizer, &whole, &cut);
        pieces = &cut;
    }
    struct zest_tokenizer_pre_tokenize_reply reply = {.pre_tokenizer = kind_name(model, "pre_tokenizer")};
    if (text->status != ZEST_OK)
        status = zest_encode_fail(model, text->status, true, request->text.size, &call->error);
    else if (pieces->status != ZEST_OK)
        status = zest_encode_fail(model, pieces->status, false, request->text.size, &call->error);
    else if (!copy_words(request->text, pieces, call->arena, &reply))
        status = no_memory(call);
    zest_aligned_finish(&raw);
    zest_aligned_finish(&normal);
    zest_pieces_finish(&whole);
    zest_pieces_finish(&cut);
    if (status == ZEST_OK)
        *ret_reply = reply;
    return status;
}

/* ---- apply_model ---- */

static enum zest_status run_model(const struct zest_tokenizer_model *model, struct zest_model_scratch *scratch,
                                  struct zest_call *call, const struct zest_tokenizer_apply_model_request *request,
                                  struct zest_tokens *tokens, int32_t **ret_words)
{
    size_t size = 0;
    for (size_t i = 0; i < request->pieces_count; i++) {
        enum zest_status status = check_utf8(call, request->pieces[i], "pieces");
        if (status != ZEST_OK)
            return status;
        size += request->pieces[i].size;
    }
    size_t capacity = 4 * (size + request->pieces_count); /* a token stands for a byte at least, or is one unknown */
    int32_t *words = ZEST_NEW_ARRAY(call->arena, int32_t, capacity + 1);
    if (!words)
        return no_memory(call);
    for (size_t i = 0; i < request->pieces_count && tokens->status == ZEST_OK; i++) {
        size_t before = tokens->count;
        struct zest_text piece = request->pieces[i];
        if (piece.size > 0)
            zest_token_model_run(model->token_model, scratch, (const unsigned char *)piece.data, piece.size, tokens);
        for (size_t at = before; at < tokens->count && at < capacity; at++)
            words[at] = (int32_t)i;
    }
    *ret_words = words;
    return tokens->status == ZEST_OK ? ZEST_OK : zest_encode_fail(model, tokens->status, false, size, &call->error);
}

static bool copy_tokens(const struct zest_tokenizer_model *model, const struct zest_tokens *tokens,
                        struct zest_arena *arena, struct zest_tokenizer_apply_model_reply *reply)
{
    int32_t *ids = ZEST_NEW_ARRAY(arena, int32_t, tokens->count + 1);
    struct zest_text *texts = ZEST_NEW_ARRAY(arena, struct zest_text, tokens->count + 1);
    if (!ids || !texts)
        return false;
    for (size_t i = 0; i < tokens->count; i++) {
        ids[i] = (int32_t)tokens->list[i].id;
        texts[i] = zest_model_token_text(model, tokens->list[i].id);
    }
    reply->ids = ids;
    reply->tokens = texts;
    reply->ids_count = reply->tokens_count = tokens->count;
    return true;
}

enum zest_status zest_tokenizer_native_apply_model(struct zest_tokenizer *self, struct zest_call *call,
                                                   const struct zest_tokenizer_apply_model_request *request,
                                                   struct zest_tokenizer_apply_model_reply *ret_reply)
{
    const struct zest_tokenizer_model *model = zest_tokenizer_native_model(self);
    struct zest_model_scratch *scratch = zest_model_scratch_create();
    struct zest_tokens tokens = {0};
    int32_t *words = NULL;
    if (!scratch)
        return no_memory(call);
    struct zest_tokenizer_apply_model_reply reply = {.model = zest_text_of(model->token_model->kind->type)};
    enum zest_status status = run_model(model, scratch, call, request, &tokens, &words);
    if (status == ZEST_OK && !copy_tokens(model, &tokens, call->arena, &reply))
        status = no_memory(call);
    reply.words = words;
    reply.words_count = tokens.count;
    zest_tokens_finish(&tokens);
    zest_model_scratch_destroy(scratch);
    if (status == ZEST_OK)
        *ret_reply = reply;
    return status;
}

/* ---- post_process ---- */

static enum zest_status encoding_of(const struct zest_tokenizer_model *model, struct zest_call *call,
                                    const int32_t *ids, size_t count, const char *param,
                                    struct zest_encoding *ret_encoding)
{
    *ret_encoding = (struct zest_encoding){0};
    if (!zest_encoding_reserve(ret_encoding, call->arena, count))
        return no_memory(call);
    for (size_t i = 0; i < count; i++) {
        if (ids[i] < 0 || (uint32_t)ids[i] >= model->id_count)
            return zest_fail_param(&call->error, ZEST_OUT_OF_RANGE, param,
                                   "%s[%zu] is %d, the vocabulary's ids are 0 to %u", param, i, ids[i],
                                   model->id_count - 1);
        ret_encoding->items[i] = (struct zest_encoded){
            .id = (uint32_t)ids[i], .text = zest_model_token_text(model, (uint32_t)ids[i]), .attention = 1};
    }
    ret_encoding->count = count;
    return ZEST_OK;
}

enum zest_status zest_tokenizer_native_post_process(struct zest_tokenizer *self, struct zest_call *call,
                                                    const struct zest_tokenizer_post_process_request *request,
                                                    struct zest_tokenizer_post_process_reply *ret_reply)
{
    const struct zest_tokenizer_model *model = zest_tokenizer_native_model(self);
    bool has_pair = request->has_pair || request->pair_ids_count > 0;
    struct zest_encoding first, second, whole;
    enum zest_status status = encoding_of(model, call, request->ids, request->ids_count, "ids", &first);
    if (status == ZEST_OK)
        status = encoding_of(model, call, request->pair_ids, request->pair_ids_count, "pair_ids", &second);
    if (status != ZEST_OK)
        return status;
    if (!zest_post_process(model->post_processor, &first, has_pair ? &second : NULL, request->add_special, call->arena,
                           &whole))
        return no_memory(call);
    int32_t *all = ZEST_NEW_ARRAY(call->arena, int32_t, 3 * whole.count + 1);
    if (!all)
        return no_memory(call);
    for (size_t i = 0; i < whole.count; i++) {
        all[i] = (int32_t)whole.items[i].id;
        all[whole.count + i] = (int32_t)whole.items[i].type_id;
        all[2 * whole.count + i] = whole.items[i].special;
    }
    *ret_reply = (struct zest_tokenizer_post_process_reply){
        .ids = all,
        .ids_count = whole.count,
        .type_ids = all + whole.count,
        .type_ids_count = whole.count,
        .special = all + 2 * whole.count,
        .special_count = whole.count,
        .post_processor = kind_name(model, "post_processor"),
    };
    return ZEST_OK;
}
