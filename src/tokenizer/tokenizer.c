/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenizer.c - the tokenizer service: each operation of api/tokenizer.yaml on a loaded model.
 *
 * Threads: every operation may run on any number of threads at once. Replies live in the call's arena.
 */
#include "tokenizer_native.h"

#include "chat_template.h"
#include "tokenizer_model.h"

#include <stdlib.h>
#include <zest/api/tokenizer_native.h>

struct zest_tokenizer_native {
    struct zest_tokenizer base;
    struct zest_tokenizer_model model;
    struct zest_tokenizer_files files; /* owned */
};

const struct zest_tokenizer_ops zest_tokenizer_native_ops = ZEST_TOKENIZER_NATIVE_OPS;

static struct zest_tokenizer_model *model_of(struct zest_tokenizer *self)
{
    return &((struct zest_tokenizer_native *)self)->model;
}

static enum zest_status no_memory(struct zest_call *call, size_t count)
{
    return zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory for a reply of %zu tokens", count);
}

enum zest_status zest_tokenizer_native_create(const struct zest_tokenizer_options *options,
                                              struct zest_tokenizer **ret_tokenizer, struct zest_error *error)
{
    const struct zest_tokenizer_model_options open = {.path = options->model_path,
                                                      .cache_folder = options->cache_folder,
                                                      .cpu = options->cpu,
                                                      .plain = options->plain};
    struct zest_tokenizer_native *native = calloc(1, sizeof *native);
    if (!native)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a tokenizer");
    native->base.ops = &zest_tokenizer_native_ops;
    enum zest_status status = zest_tokenizer_model_open(&native->model, &open, error);
    if (status == ZEST_OK)
        status = zest_tokenizer_files_copy(options, &native->files, error);
    if (status == ZEST_OK)
        *ret_tokenizer = &native->base;
    else
        zest_tokenizer_native_destroy(&native->base);
    return status;
}

void zest_tokenizer_native_destroy(struct zest_tokenizer *self)
{
    if (!self)
        return;
    zest_tokenizer_files_finish(&((struct zest_tokenizer_native *)self)->files);
    zest_tokenizer_model_close(model_of(self));
    free(self);
}

const struct zest_tokenizer_files *zest_tokenizer_native_files(struct zest_tokenizer *self)
{
    return &((struct zest_tokenizer_native *)self)->files;
}

struct zest_tokenizer_model *zest_tokenizer_native_model(struct zest_tokenizer *self)
{
    return model_of(self);
}

/* ---- tokenize, encode ---- */

static bool copy_ids(const struct zest_encoding *encoding, struct zest_arena *arena, const int32_t **ret_ids,
                     size_t *ret_count)
{
    int32_t *ids = ZEST_NEW_ARRAY(arena, int32_t, encoding->count + 1);
    for (size_t i = 0; ids && i < encoding->count; i++)
        ids[i] = (int32_t)encoding->items[i].id;
    *ret_ids = ids;
    *ret_count = ids ? encoding->count : 0;
    return ids != NULL;
}

static bool copy_offsets(const struct zest_encoding *encoding, struct zest_arena *arena,
                         const struct zest_tokenizer_span **ret_offsets, size_t *ret_count)
{
    struct zest_tokenizer_span *spans = ZEST_NEW_ARRAY(arena, struct zest_tokenizer_span, encoding->count + 1);
    for (size_t i = 0; spans && i < encoding->count; i++)
        spans[i] =
            (struct zest_tokenizer_span){(int32_t)encoding->items[i].span.start, (int32_t)encoding->items[i].span.end};
    *ret_offsets = spans;
    *ret_count = spans ? encoding->count : 0;
    return spans != NULL;
}

static bool copy_details(const struct zest_encoding *encoding, struct zest_arena *arena,
                         struct zest_tokenizer_encode_reply *reply)
{
    size_t count = encoding->count;
    int32_t *all = ZEST_NEW_ARRAY(arena, int32_t, 4 * count + 1);
    struct zest_text *tokens = ZEST_NEW_ARRAY(arena, struct zest_text, count + 1);
    if (!all || !tokens)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct zest_encoded *item = &encoding->items[i];
        tokens[i] = item->text;
        all[i] = item->word;
        all[count + i] = (int32_t)item->type_id;
        all[2 * count + i] = item->special;
        all[3 * count + i] = item->attention;
    }
    reply->tokens = tokens;
    reply->words = all;
    reply->type_ids = all + count;
    reply->special = all + 2 * count;
    reply->attention = all + 3 * count;
    reply->tokens_count = reply->words_count = reply->type_ids_count = reply->special_count = reply->attention_count =
        count;
    return true;
}

static bool copy_overflow(const struct zest_encoding *encoding, struct zest_arena *arena,
                          struct zest_tokenizer_encode_reply *reply)
{
    size_t count = encoding->overflow_count;
    struct zest_tokenizer_part *parts = ZEST_NEW_ARRAY(arena, struct zest_tokenizer_part, count + 1);
    for (size_t i = 0; parts && i < count; i++)
        if (!copy_ids(&encoding->overflow[i], arena, &parts[i].ids, &parts[i].ids_count) ||
            !copy_offsets(&encoding->overflow[i], arena, &parts[i].offsets, &parts[i].offsets_count))
            return false;
    reply->overflow = parts;
    reply->overflow_count = parts ? count : 0;
    return parts != NULL;
}

enum zest_status zest_tokenizer_native_encode(struct zest_tokenizer *self, struct zest_call *call,
                                              const struct zest_tokenizer_encode_request *request,
                                              struct zest_tokenizer_encode_reply *ret_reply)
{
    struct zest_tokenizer_model *model = model_of(self);
    struct zest_encoder_scratch *scratch = zest_encoder_borrow(model);
    struct zest_encoding encoding = {0};
    struct zest_full_options options = {
        .add_special = request->add_special,
        .encode_special_tokens = request->encode_special_tokens,
        .words = true,
        .truncate = request->truncate,
        .pad = request->pad,
        .pair = request->has_pair || request->pair.size > 0 ? &request->pair : NULL,
    };
    if (!scratch)
        return no_memory(call, 0);
    enum zest_status status =
        zest_encode_full(model, scratch, request->text, options, call->arena, &encoding, &call->error);
    zest_encoder_give_back(model, scratch);
    if (status != ZEST_OK)
        return status;
    struct zest_tokenizer_encode_reply reply = {0};
    if (!copy_ids(&encoding, call->arena, &reply.ids, &reply.ids_count) ||
        !copy_offsets(&encoding, call->arena, &reply.offsets, &reply.offsets_count) ||
        !copy_details(&encoding, call->arena, &reply) || !copy_overflow(&encoding, call->arena, &reply))
        return no_memory(call, encoding.count);
    *ret_reply = reply;
    return ZEST_OK;
}

/* Where each id's piece is shown: bytes of a byte-level token read lossily. */
static bool add_pieces(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                       struct zest_arena *arena, struct zest_tokenizer_tokenize_reply *reply)
{
    struct zest_text *pieces = ZEST_NEW_ARRAY(arena, struct zest_text, reply->ids_count + 1);
    for (size_t i = 0; pieces && i < reply->ids_count; i++) {
        pieces[i] = zest_model_piece(model, scratch, (uint32_t)reply->ids[i], arena);
        if (!pieces[i].data)
            return false;
    }
    reply->pieces = pieces;
    reply->pieces_count = pieces ? reply->ids_count : 0;
    return pieces != NULL;
}

/* With truncation or padding, which want an encoding. */
static enum zest_status tokenize_to_length(struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                                           struct zest_call *call,
                                           const struct zest_tokenizer_tokenize_request *request,
                                           struct zest_tokenizer_tokenize_reply *reply)
{
    struct zest_encoding encoding = {0};
    struct zest_full_options options = {
        .add_special = request->add_special,
        .encode_special_tokens = request->encode_special_tokens,
        .truncate = true,
        .pad = true,
    };
    enum zest_status status =
        zest_encode_full(model, scratch, request->text, options, call->arena, &encoding, &call->error);
    if (status != ZEST_OK)
        return status;
    return copy_ids(&encoding, call->arena, &reply->ids, &reply->ids_count) &&
                   (!request->offsets || copy_offsets(&encoding, call->arena, &reply->offsets, &reply->offsets_count))
               ? ZEST_OK
               : no_memory(call, encoding.count);
}

static bool copy_ids_and_spans(const struct zest_encoder_scratch *scratch, struct zest_arena *arena, bool offsets,
                               struct zest_tokenizer_tokenize_reply *reply)
{
    int32_t *ids = ZEST_NEW_ARRAY(arena, int32_t, scratch->count + 1);
    struct zest_tokenizer_span *spans =
        offsets ? ZEST_NEW_ARRAY(arena, struct zest_tokenizer_span, scratch->count + 1) : NULL;
    if (!ids || (offsets && !spans))
        return false;
    _Static_assert(sizeof *spans == sizeof *scratch->spans, "the same two numbers");
    if (scratch->count > 0)
        memcpy(ids, scratch->ids, scratch->count * sizeof *ids);
    if (offsets && scratch->count > 0)
        memcpy(spans, scratch->spans, scratch->count * sizeof *spans);
    reply->ids = ids;
    reply->offsets = spans;
    reply->ids_count = scratch->count;
    reply->offsets_count = offsets ? scratch->count : 0;
    return true;
}

static enum zest_status tokenize(struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                                 struct zest_call *call, const struct zest_tokenizer_tokenize_request *request,
                                 struct zest_tokenizer_tokenize_reply *reply)
{
    struct zest_encode_options options = {
        .add_special = request->add_special,
        .encode_special_tokens = request->encode_special_tokens,
        .spans = request->offsets,
        .texts = request->offsets && zest_trim_wants_texts(model) ? call->arena : NULL,
    };
    if (model->truncation || model->padding)
        return tokenize_to_length(model, scratch, call, request, reply);
    enum zest_status status = zest_encode(model, scratch, request->text, options, &call->error);
    if (status != ZEST_OK)
        return status;
    if (request->offsets) {
        size_t before = request->add_special ? model->frame.before_count : 0;
        size_t after = request->add_special ? model->frame.after_count : 0;
        zest_spans_to_code_points(request->text, scratch->spans, scratch->count);
        zest_trim_token_spans(model, scratch->ids + before, options.texts ? scratch->texts + before : NULL,
                              scratch->spans + before, scratch->count - before - after);
    }
    return copy_ids_and_spans(scratch, call->arena, request->offsets, reply) ? ZEST_OK
                                                                             : no_memory(call, scratch->count);
}

enum zest_status zest_tokenizer_native_tokenize(struct zest_tokenizer *self, struct zest_call *call,
                                                const struct zest_tokenizer_tokenize_request *request,
                                                struct zest_tokenizer_tokenize_reply *ret_reply)
{
    struct zest_tokenizer_model *model = model_of(self);
    struct zest_encoder_scratch *scratch = zest_encoder_borrow(model);
    if (!scratch)
        return no_memory(call, 0);
    struct zest_tokenizer_tokenize_reply reply = {0};
    enum zest_status status = tokenize(model, scratch, call, request, &reply);
    if (status == ZEST_OK && request->pieces && !add_pieces(model, scratch, call->arena, &reply))
        status = no_memory(call, reply.ids_count);
    zest_encoder_give_back(model, scratch);
    if (status == ZEST_OK)
        *ret_reply = reply;
    return status;
}

/* ---- detokenize, decode_stream ---- */

static enum zest_status check_ids(const struct zest_tokenizer_model *model, struct zest_call *call, const int32_t *ids,
                                  size_t count, bool drop_unknown)
{
    for (size_t i = 0; i < count; i++)
        if (ids[i] < 0 || (!drop_unknown && (uint32_t)ids[i] >= model->id_count))
            return zest_fail_param(&call->error, ZEST_OUT_OF_RANGE, "ids",
                                   "ids[%zu] is %d, the vocabulary's ids are 0 to %u", i, ids[i], model->id_count - 1);
    return ZEST_OK;
}

/* Copies the text to the arena; what is no UTF-8 reads as U+FFFD. */
static bool copy_lossy(const struct zest_buffer *text, struct zest_arena *arena, struct zest_text *ret_text)
{
    *ret_text = zest_utf8_lossy(arena, (struct zest_text){text->data ? text->data : "", text->size});
    return ret_text->data != NULL;
}

/* True where the text has a U+FFFD, which may stand for bytes that are no UTF-8. */
static bool has_replacement(const struct zest_buffer *text)
{
    return text->size > 0 && memmem(text->data, text->size, "\xEF\xBF\xBD", 3);
}

static enum zest_status detokenize(struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                                   struct zest_call *call, const struct zest_tokenizer_detokenize_request *request,
                                   struct zest_buffer *out, struct zest_tokenizer_detokenize_reply *reply)
{
    const uint32_t *ids = (const uint32_t *)request->ids;
    enum zest_status status =
        zest_decode(model, scratch, ids, request->ids_count, request->skip_special, out, &call->error);
    if (status != ZEST_OK)
        return status;
    reply->is_utf8 = true;
    reply->text = zest_text_copy(call->arena, (struct zest_text){out->data ? out->data : "", out->size});
    if (has_replacement(out)) {
        out->size = 0;
        status = zest_decode_bytes(model, scratch, ids, request->ids_count, request->skip_special, out, &call->error);
        if (status != ZEST_OK)
            return status;
        struct zest_text bytes = {out->data, out->size};
        reply->is_utf8 = zest_utf8_valid(bytes, NULL);
        if (!reply->is_utf8)
            reply->bytes = zest_text_copy(call->arena, bytes);
    }
    return reply->text.data && (reply->is_utf8 || reply->bytes.data) ? ZEST_OK : no_memory(call, request->ids_count);
}

enum zest_status zest_tokenizer_native_detokenize(struct zest_tokenizer *self, struct zest_call *call,
                                                  const struct zest_tokenizer_detokenize_request *request,
                                                  struct zest_tokenizer_detokenize_reply *ret_reply)
{
    struct zest_tokenizer_model *model = model_of(self);
    struct zest_tokenizer_detokenize_reply reply = {0};
    struct zest_buffer out;
    enum zest_status status = check_ids(model, call, request->ids, request->ids_count, request->drop_unknown);
    struct zest_encoder_scratch *scratch = status == ZEST_OK ? zest_encoder_borrow(model) : NULL;
    if (!scratch)
        return status != ZEST_OK ? status : no_memory(call, request->ids_count);
    zest_buffer_init(&out, ZEST_TEXT_SIZE_MAX);
    status = detokenize(model, scratch, call, request, &out, &reply);
    zest_buffer_finish(&out);
    zest_encoder_give_back(model, scratch);
    if (status == ZEST_OK)
        *ret_reply = reply;
    return status;
}

static enum zest_status stream_step(struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                                    struct zest_call *call, const struct zest_tokenizer_decode_stream_request *request,
                                    struct zest_buffer *out, struct zest_tokenizer_decode_stream_reply *reply)
{
    struct zest_stream_state state = {.size = request->pending.size};
    if (request->pending.size > 0)
        memcpy(state.bytes, request->pending.data, request->pending.size);
    enum zest_status status = zest_decode_next(model, scratch, (const uint32_t *)request->ids, request->ids_count,
                                               request->skip_special, &state, out, &call->error);
    if (status != ZEST_OK)
        return status;
    if (request->flush)
        zest_decode_flush(model, &state, out);
    reply->pending = zest_text_copy(call->arena, (struct zest_text){(const char *)state.bytes, state.size});
    return copy_lossy(out, call->arena, &reply->text) && reply->pending.data ? ZEST_OK
                                                                             : no_memory(call, request->ids_count);
}

enum zest_status zest_tokenizer_native_decode_stream(struct zest_tokenizer *self, struct zest_call *call,
                                                     const struct zest_tokenizer_decode_stream_request *request,
                                                     struct zest_tokenizer_decode_stream_reply *ret_reply)
{
    struct zest_tokenizer_model *model = model_of(self);
    struct zest_tokenizer_decode_stream_reply reply = {0};
    struct zest_buffer out;
    enum zest_status status = check_ids(model, call, request->ids, request->ids_count, true);
    if (status != ZEST_OK)
        return status;
    if (request->pending.size > ZEST_STREAM_STATE_MAX)
        return zest_fail_param(&call->error, ZEST_TOO_LARGE, "pending",
                               "pending has %zu bytes, a stream leaves at most %d: give back what the last answer had",
                               request->pending.size, ZEST_STREAM_STATE_MAX);
    struct zest_encoder_scratch *scratch = zest_encoder_borrow(model);
    if (!scratch)
        return no_memory(call, request->ids_count);
    zest_buffer_init(&out, ZEST_TEXT_SIZE_MAX);
    status = stream_step(model, scratch, call, request, &out, &reply);
    zest_buffer_finish(&out);
    zest_encoder_give_back(model, scratch);
    if (status == ZEST_OK)
        *ret_reply = reply;
    return status;
}

/* ---- the library's own calls ---- */

enum zest_status zest_tokenizer_decode_to(struct zest_tokenizer *tokenizer, const uint32_t *ids, size_t count,
                                          bool skip_special, struct zest_buffer *out, struct zest_error *error)
{
    struct zest_tokenizer_model *model = model_of(tokenizer);
    struct zest_encoder_scratch *scratch = zest_encoder_borrow(model);
    if (!scratch)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the text of %zu ids", count);
    enum zest_status status = zest_decode(model, scratch, ids, count, skip_special, out, error);
    zest_encoder_give_back(model, scratch);
    return status;
}

struct zest_text zest_tokenizer_token(struct zest_tokenizer *tokenizer, uint32_t id)
{
    return zest_model_token_text(model_of(tokenizer), id);
}

uint32_t zest_tokenizer_id(struct zest_tokenizer *tokenizer, struct zest_text token)
{
    const struct zest_tokenizer_model *model = model_of(tokenizer);
    for (uint32_t i = 0; i < model->added.count; i++)
        if (zest_text_equal(zest_added_content(&model->added, &model->added.entries[i]), token))
            return model->added.entries[i].id;
    return zest_token_find(&model->table, token.data, token.size);
}

uint32_t zest_tokenizer_id_count(struct zest_tokenizer *tokenizer)
{
    return model_of(tokenizer)->id_count;
}

/* ---- render_chat, get_tokenizer_info ---- */

enum zest_status zest_tokenizer_native_render_chat(struct zest_tokenizer *self, struct zest_call *call,
                                                   const struct zest_tokenizer_render_chat_request *request,
                                                   struct zest_tokenizer_render_chat_reply *ret_reply)
{
    const struct zest_tokenizer_model *model = model_of(self);
    struct zest_chat chat = {
        .chat_template = request->template.size > 0 ? request->template : model->ends.chat_template,
        .messages = request->messages,
        .tools = request->tools,
        .vars = request->vars,
        .now = request->now,
        .bos_token = model->ends.bos_token,
        .eos_token = model->ends.eos_token,
        .add_generation_prompt = request->add_generation_prompt,
    };
    if (chat.chat_template.size == 0)
        return zest_fail_param(&call->error, ZEST_INVALID_ARGUMENT, "template",
                               "the model has no chat template of its own; give one");
    struct zest_tokenizer_render_chat_reply reply = {0};
    enum zest_status status = zest_chat_render(&chat, call->arena, &reply.text, &call->error);
    if (status == ZEST_OK)
        *ret_reply = reply;
    return status;
}

enum zest_status
zest_tokenizer_native_get_tokenizer_info(struct zest_tokenizer *self, struct zest_call *call,
                                         const struct zest_tokenizer_get_tokenizer_info_request *request,
                                         struct zest_tokenizer_get_tokenizer_info_reply *ret_reply)
{
    const struct zest_tokenizer_model *model = model_of(self);
    const struct zest_tokenizer_ends *ends = &model->ends;
    const char *pre = json_string_value(json_object_get(json_object_get(model->components, "pre_tokenizer"), "type"));
    (void)call;
    (void)request;
    *ret_reply = (struct zest_tokenizer_get_tokenizer_info_reply){
        .model = zest_text_of(model->token_model->kind->type),
        .pre_tokenizer = zest_text_of(pre ? pre : "none"),
        .fast_path = model->fast ? zest_fast_name(model->fast) : ZEST_TEXT("none"),
        .vocab_size = (int32_t)model->id_count,
        .bos_id = ends->bos_id,
        .eos_id = ends->eos_id,
        .end_ids = ends->end_ids,
        .end_ids_count = ends->end_id_count,
        .adds_bos = ends->adds_bos,
        .adds_eos = ends->adds_eos,
        .has_chat_template = ends->chat_template.size > 0,
        .chat_template = ends->chat_template,
    };
    return ZEST_OK;
}
