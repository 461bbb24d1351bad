/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenizer.c - the tokenizer service: each operation of api/tokenizer.yaml on a loaded model.
 *
 * Threads: every operation may run on any number of threads at once. Replies live in the call's arena.
 */
#include "tokenizer.h"

#include "chat_template.h"
#include "tokenizer_model.h"

#include <stdlib.h>
#include <zest/api/tokenizer_native.h>

struct zest_tokenizer_native {
    struct zest_tokenizer base;
    struct zest_tokenizer_model model;
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
    struct zest_gguf *gguf;
    enum zest_status status = zest_gguf_open(options->model_path, &gguf, error);
    if (status != ZEST_OK)
        return status;
    struct zest_tokenizer_native *native = calloc(1, sizeof *native);
    if (native) {
        native->base.ops = &zest_tokenizer_native_ops;
        status = zest_tokenizer_model_init(&native->model, gguf, error);
    } else {
        status = zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a tokenizer");
    }
    zest_gguf_close(gguf);
    if (status == ZEST_OK)
        *ret_tokenizer = &native->base;
    else
        zest_tokenizer_native_destroy(native ? &native->base : NULL);
    return status;
}

void zest_tokenizer_native_destroy(struct zest_tokenizer *self)
{
    if (!self)
        return;
    zest_tokenizer_model_finish(model_of(self));
    free(self);
}

/* ---- tokenize ---- */

static bool copy_ids(const struct zest_encoder_scratch *scratch, struct zest_arena *arena,
                     struct zest_tokenizer_tokenize_reply *reply)
{
    int32_t *ids = ZEST_NEW_ARRAY(arena, int32_t, scratch->count + 1);
    if (!ids)
        return false;
    memcpy(ids, scratch->ids, scratch->count * sizeof *ids);
    reply->ids = ids;
    reply->ids_count = scratch->count;
    return true;
}

static bool copy_offsets(struct zest_text text, struct zest_encoder_scratch *scratch, struct zest_arena *arena,
                         struct zest_tokenizer_tokenize_reply *reply)
{
    struct zest_tokenizer_span *spans = ZEST_NEW_ARRAY(arena, struct zest_tokenizer_span, scratch->count + 1);
    if (!spans)
        return false;
    zest_spans_to_code_points(text, scratch->spans, scratch->count);
    for (size_t i = 0; i < scratch->count; i++)
        spans[i] = (struct zest_tokenizer_span){(int32_t)scratch->spans[i].start, (int32_t)scratch->spans[i].end};
    reply->offsets = spans;
    reply->offsets_count = scratch->count;
    return true;
}

static bool copy_pieces(const struct zest_tokenizer_model *model, const struct zest_encoder_scratch *scratch,
                        struct zest_arena *arena, struct zest_tokenizer_tokenize_reply *reply)
{
    struct zest_text *pieces = ZEST_NEW_ARRAY(arena, struct zest_text, scratch->count + 1);
    for (size_t i = 0; pieces && i < scratch->count; i++) {
        pieces[i] = zest_utf8_lossy(arena, zest_vocabulary_bytes(&model->vocabulary, scratch->ids[i]));
        if (!pieces[i].data)
            return false;
    }
    reply->pieces = pieces;
    reply->pieces_count = pieces ? scratch->count : 0;
    return pieces != NULL;
}

enum zest_status zest_tokenizer_native_tokenize(struct zest_tokenizer *self, struct zest_call *call,
                                                const struct zest_tokenizer_tokenize_request *request,
                                                struct zest_tokenizer_tokenize_reply *ret_reply)
{
    struct zest_tokenizer_model *model = model_of(self);
    struct zest_encoder_scratch *scratch = zest_encoder_borrow(model);
    if (!scratch)
        return no_memory(call, 0);
    struct zest_encode_options options = {
        .add_special = request->add_special,
        .encode_special_tokens = request->encode_special_tokens,
        .spans = request->offsets,
    };
    struct zest_tokenizer_tokenize_reply reply = {0};
    enum zest_status status = zest_encode(model, scratch, request->text, options, &call->error);
    if (status == ZEST_OK && !(copy_ids(scratch, call->arena, &reply) &&
                               (!request->offsets || copy_offsets(request->text, scratch, call->arena, &reply)) &&
                               (!request->pieces || copy_pieces(model, scratch, call->arena, &reply))))
        status = no_memory(call, scratch->count);
    zest_encoder_give_back(model, scratch);
    if (status == ZEST_OK)
        *ret_reply = reply;
    return status;
}

/* ---- detokenize, decode_stream ---- */

enum zest_status zest_tokenizer_native_detokenize(struct zest_tokenizer *self, struct zest_call *call,
                                                  const struct zest_tokenizer_detokenize_request *request,
                                                  struct zest_tokenizer_detokenize_reply *ret_reply)
{
    struct zest_text bytes;
    enum zest_status status = zest_decode(model_of(self), request->ids, request->ids_count, request->skip_special,
                                          ZEST_TEXT(""), call->arena, &bytes, &call->error);
    if (status != ZEST_OK)
        return status;
    struct zest_tokenizer_detokenize_reply reply = {.text = bytes, .is_utf8 = zest_utf8_valid(bytes, NULL)};
    if (!reply.is_utf8) {
        reply.bytes = bytes;
        reply.text = zest_utf8_lossy(call->arena, bytes);
        if (!reply.text.data)
            return no_memory(call, request->ids_count);
    }
    *ret_reply = reply;
    return ZEST_OK;
}

enum zest_status zest_tokenizer_native_decode_stream(struct zest_tokenizer *self, struct zest_call *call,
                                                     const struct zest_tokenizer_decode_stream_request *request,
                                                     struct zest_tokenizer_decode_stream_reply *ret_reply)
{
    struct zest_text bytes;
    enum zest_status status = zest_decode(model_of(self), request->ids, request->ids_count, request->skip_special,
                                          request->pending, call->arena, &bytes, &call->error);
    if (status != ZEST_OK)
        return status;
    size_t whole = bytes.size - (request->flush ? 0 : zest_utf8_unfinished(bytes));
    struct zest_tokenizer_decode_stream_reply reply = {
        .text = {bytes.data, whole},
        .pending = {bytes.data + whole, bytes.size - whole},
    };
    if (!zest_utf8_valid(reply.text, NULL)) {
        reply.text = zest_utf8_lossy(call->arena, reply.text);
        if (!reply.text.data)
            return no_memory(call, request->ids_count);
    }
    *ret_reply = reply;
    return ZEST_OK;
}

/* ---- render_chat, get_tokenizer_info ---- */

enum zest_status zest_tokenizer_native_render_chat(struct zest_tokenizer *self, struct zest_call *call,
                                                   const struct zest_tokenizer_render_chat_request *request,
                                                   struct zest_tokenizer_render_chat_reply *ret_reply)
{
    const struct zest_tokenizer_model *model = model_of(self);
    struct zest_chat chat = {
        .chat_template = request->template.size > 0 ? request->template : model->chat_template,
        .messages = request->messages,
        .tools = request->tools,
        .vars = request->vars,
        .now = request->now,
        .bos_token = model->bos_token,
        .eos_token = model->eos_token,
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
    (void)call;
    (void)request;
    *ret_reply = (struct zest_tokenizer_get_tokenizer_info_reply){
        .model = ZEST_TEXT("bpe"),
        .pre_tokenizer = zest_text_of(model->pretokenizer->name),
        .vocab_size = (int32_t)model->vocabulary.count,
        .bos_id = model->bos_id,
        .eos_id = model->eos_id,
        .end_ids = model->end_ids,
        .end_ids_count = model->end_id_count,
        .adds_bos = model->adds_bos,
        .adds_eos = model->adds_eos,
        .has_chat_template = model->chat_template.size > 0,
        .chat_template = model->chat_template,
    };
    return ZEST_OK;
}
