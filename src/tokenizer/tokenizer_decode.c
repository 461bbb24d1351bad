/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenizer_decode.c - tokenizer.decode: the decoder alone, step by step, on tokens as the vocabulary writes them.
 *
 * What a step writes on is made for the call: this is for study. Any thread.
 */
#include "tokenizer_native.h"

static enum zest_status no_memory(struct zest_call *call)
{
    return zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory for the decoder's steps");
}

static bool copy_texts(const struct zest_texts *texts, const char *name, struct zest_arena *arena,
                       struct zest_tokenizer_decode_step *ret_step)
{
    struct zest_text *copies = ZEST_NEW_ARRAY(arena, struct zest_text, texts->count + 1);
    for (size_t i = 0; copies && i < texts->count; i++) {
        copies[i] = zest_utf8_lossy(arena, zest_texts_at(texts, i));
        if (!copies[i].data)
            return false;
    }
    *ret_step = (struct zest_tokenizer_decode_step){
        .decoder = zest_text_of(name), .texts = copies, .texts_count = texts->count};
    return copies && texts->status == ZEST_OK;
}

/* Runs the chain's first `count` steps; zest_decoder_run has one chain, so that a shorter one is made of it. */
static bool run_steps(const struct zest_decoder *decoder, size_t count, const struct zest_texts *tokens,
                      struct zest_decoder_scratch *scratch, struct zest_arena *arena,
                      struct zest_tokenizer_decode_step *ret_step)
{
    struct zest_decoder part = *decoder;
    part.step_count = count;
    const char *name = decoder->has_steps ? decoder->steps[count - 1]->kind->type : "none";
    return copy_texts(zest_decoder_run(&part, scratch, tokens), name, arena, ret_step);
}

static enum zest_status decode(const struct zest_decoder *decoder, const struct zest_texts *tokens,
                               struct zest_decoder_scratch *scratch, struct zest_call *call,
                               struct zest_tokenizer_decode_reply *reply)
{
    size_t count = decoder->has_steps ? decoder->step_count : 1;
    struct zest_tokenizer_decode_step *steps =
        ZEST_NEW_ARRAY(call->arena, struct zest_tokenizer_decode_step, count + 1);
    if (!steps || tokens->status != ZEST_OK)
        return no_memory(call);
    for (size_t i = 0; i < count; i++)
        if (!run_steps(decoder, i + 1, tokens, scratch, call->arena, &steps[i]))
            return no_memory(call);
    const struct zest_texts *last = zest_decoder_run(decoder, scratch, tokens);
    reply->text = zest_utf8_lossy(call->arena, zest_texts_joined(last));
    reply->steps = steps;
    reply->steps_count = count;
    return reply->text.data && last->status == ZEST_OK ? ZEST_OK : no_memory(call);
}

enum zest_status zest_tokenizer_native_decode(struct zest_tokenizer *self, struct zest_call *call,
                                              const struct zest_tokenizer_decode_request *request,
                                              struct zest_tokenizer_decode_reply *ret_reply)
{
    const struct zest_tokenizer_model *model = zest_tokenizer_native_model(self);
    const char *name = json_string_value(json_object_get(json_object_get(model->components, "decoder"), "type"));
    struct zest_tokenizer_decode_reply reply = {.decoder = zest_text_of(name ? name : "none")};
    struct zest_decoder_scratch scratch = {0};
    struct zest_texts tokens = {0};
    size_t bad;
    for (size_t i = 0; i < request->tokens_count; i++) {
        if (!zest_utf8_valid(request->tokens[i], &bad)) {
            zest_texts_finish(&tokens);
            return zest_fail_param(&call->error, ZEST_INVALID_UTF8, "tokens", "tokens[%zu] is not UTF-8 at byte %zu", i,
                                   bad);
        }
        zest_texts_add(&tokens, request->tokens[i]);
    }
    enum zest_status status = decode(model->decoder, &tokens, &scratch, call, &reply);
    zest_texts_finish(&tokens);
    zest_decoder_scratch_finish(&scratch);
    if (status == ZEST_OK)
        *ret_reply = reply;
    return status;
}
