/* SPDX-License-Identifier: Apache-2.0 */
/*
 * step_sample.c - what a step's logits make of a request: rows of a forward, scores, the next token, its text.
 */
#include "engine_native.h"

static struct zest_scored *score_row(const struct zest_request *request, int32_t index)
{
    return request->scores + (size_t)index * (size_t)(1 + request->top);
}

static void capture_rows(const struct zest_engine_native *engine, struct zest_request *request, const float *rows,
                         size_t count)
{
    size_t vocab = (size_t)engine->model.vocab_size;
    size_t first = request->forward_all ? (size_t)request->computed : 0;
    memcpy(request->forward_rows + first * vocab, rows, count * vocab * sizeof(*rows));
}

/* Row i follows position computed + i and so scores the token behind it. A prompt computed again is not scored again.
 */
static void score_prompt(struct zest_engine_native *engine, struct zest_request *request, const float *rows,
                         size_t count)
{
    if (request->scored == 0) { /* the first token follows nothing */
        struct zest_scored *first = score_row(request, request->scored++);
        first[0] = (struct zest_scored){request->tokens[0], 0};
        for (int32_t i = 0; i < request->top; i++)
            first[1 + i] = (struct zest_scored){-1, 0};
    }
    for (size_t i = 0; i < count; i++) {
        int32_t target = request->computed + (int32_t)i + 1;
        if (target < request->prompt_count && target == request->scored)
            zest_score(&engine->sampler, rows + i * (size_t)engine->model.vocab_size, request->tokens[target],
                       request->top, score_row(request, request->scored++));
    }
}

static bool is_end(const struct zest_engine_native *engine, const struct zest_request *request, int32_t id)
{
    for (size_t i = 0; i < engine->end_id_count && !request->ignore_end; i++)
        if (engine->end_ids[i] == id)
            return true;
    return false;
}

static void sample(struct zest_engine_native *engine, struct zest_request *request, const float *row)
{
    int32_t id = zest_sample(&engine->sampler, &request->sampling, row, zest_request_history(request));
    if (is_end(engine, request, id)) {
        request->outcome = ZEST_ENGINE_FINISH_STOP;
        return;
    }
    if (request->top >= 0)
        zest_score(&engine->sampler, row, id, request->top, score_row(request, request->scored++));
    request->tokens[request->known++] = id;
    if (zest_request_generated(request) >= request->max_tokens)
        request->outcome = ZEST_ENGINE_FINISH_LENGTH;
}

void zest_engine_take_logits(struct zest_engine_native *engine, struct zest_request *request, const float *rows,
                             size_t row_count)
{
    bool is_complete = request->computed + request->planned == request->known;
    if (request->forward_rows && row_count > 0)
        capture_rows(engine, request, rows, row_count);
    if (request->scores_prompt && row_count > 0 && request->scored < request->prompt_count)
        score_prompt(engine, request, rows, row_count);
    request->computed += request->planned;
    if (!is_complete)
        return;
    if (request->max_tokens == 0)
        request->outcome = ZEST_ENGINE_FINISH_LENGTH;
    else
        sample(engine, request, rows + (row_count - 1) * (size_t)engine->model.vocab_size);
}

static enum zest_status decode(const struct zest_engine_native *engine, struct zest_request *request,
                               struct zest_call *call, size_t id_count, bool flush, struct zest_text *ret_text)
{
    struct zest_tokenizer_decode_stream_request decode;
    zest_tokenizer_decode_stream_request_init(&decode);
    decode.ids = request->tokens + request->known - id_count;
    decode.ids_count = id_count;
    decode.pending = (struct zest_text){request->pending, request->pending_size};
    decode.flush = flush;
    struct zest_tokenizer_decode_stream_reply reply;
    enum zest_status status = zest_tokenizer_decode_stream(zest_loop_tokenizer(engine), call, &decode, &reply);
    if (status != ZEST_OK)
        return status;
    if (reply.pending.size > sizeof(request->pending))
        return zest_fail(&call->error, ZEST_INTERNAL, "the tokenizer holds back %zu bytes; the most are %zu",
                         reply.pending.size, sizeof(request->pending));
    memmove(request->pending, reply.pending.size ? reply.pending.data : "", reply.pending.size);
    request->pending_size = reply.pending.size;
    *ret_text = reply.text;
    return ZEST_OK;
}

/* The text of the step's token, and at the end what was held back of an unfinished character. */
enum zest_status zest_engine_deliver(struct zest_engine_native *engine, struct zest_request *request,
                                     struct zest_call *call)
{
    size_t new_tokens = (size_t)(zest_request_generated(request) - request->ids_ready);
    bool flush = request->outcome != ZEST_ENGINE_FINISH_NONE;
    struct zest_text text = {0};
    if (new_tokens == 0 && request->pending_size == 0)
        return ZEST_OK;
    enum zest_status status = decode(engine, request, call, new_tokens, flush, &text);
    if (status == ZEST_OK)
        zest_request_deliver(request, text);
    return status;
}
