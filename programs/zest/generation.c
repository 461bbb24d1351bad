/* SPDX-License-Identifier: Apache-2.0 */
/* generation.c - requests from options, chat prompts, and following a stream. */
#include "generation.h"

void generation_fill(const struct generation *options, uint64_t seed, struct zest_text *stops,
                     struct zest_engine_generation *ret_request)
{
    zest_engine_generation_init(ret_request);
    ret_request->max_tokens = options->max_tokens;
    ret_request->temperature = (float)options->temperature;
    ret_request->top_k = options->top_k;
    ret_request->top_p = (float)options->top_p;
    ret_request->min_p = (float)options->min_p;
    ret_request->seed = seed;
    ret_request->repetition_penalty = (float)options->repetition_penalty;
    ret_request->presence_penalty = (float)options->presence_penalty;
    ret_request->frequency_penalty = (float)options->frequency_penalty;
    ret_request->ignore_end = options->ignore_end;
    ret_request->logprobs = options->logprobs;
    for (size_t i = 0; i < options->stop.count; i++)
        stops[i] = zest_text_of(options->stop.items[i]);
    ret_request->stop = stops;
    ret_request->stop_count = options->stop.count;
}

enum zest_status generation_chat_ids(struct zest_env *env, struct zest_call *call, struct zest_text messages,
                                     const int32_t **ret_ids, size_t *ret_count)
{
    struct zest_tokenizer_render_chat_request chat;
    struct zest_tokenizer_render_chat_reply prompt;
    zest_tokenizer_render_chat_request_init(&chat);
    chat.messages = messages;
    enum zest_status status = zest_tokenizer_render_chat(zest_env_tokenizer(env), call, &chat, &prompt);
    if (status != ZEST_OK)
        return status;
    struct zest_tokenizer_tokenize_request request;
    struct zest_tokenizer_tokenize_reply reply;
    zest_tokenizer_tokenize_request_init(&request);
    request.text = prompt.text;
    request.add_special = false;
    status = zest_tokenizer_tokenize(zest_env_tokenizer(env), call, &request, &reply);
    if (status == ZEST_OK) {
        *ret_ids = reply.ids;
        *ret_count = reply.ids_count;
    }
    return status;
}

static void append_message(struct zest_buffer *out, const char *role, const char *content)
{
    zest_buffer_printf(out, "%s{\"role\": \"%s\", \"content\": ", out->size > 1 ? ", " : "", role);
    zest_json_write_text(zest_text_of(content), out);
    zest_buffer_append(out, "}", 1);
}

struct zest_text generation_messages(struct zest_arena *arena, const char *system, const char *user)
{
    struct zest_buffer out;
    zest_buffer_init(&out, (size_t)1 << 30);
    zest_buffer_append(&out, "[", 1);
    if (system)
        append_message(&out, "system", system);
    append_message(&out, "user", user);
    zest_buffer_append(&out, "]", 1);
    struct zest_text messages =
        out.failed ? (struct zest_text){0} : zest_text_copy(arena, (struct zest_text){out.data, out.size});
    zest_buffer_finish(&out);
    return messages;
}

enum zest_status generation_follow(struct zest_env *env, struct zest_call *call,
                                   const struct zest_engine_generation *request, FILE *out,
                                   struct zest_buffer *ret_text, struct zest_engine_stream_item *ret_last)
{
    struct zest_stream *stream;
    enum zest_status status = zest_engine_stream(zest_env_engine(env), call, request, &stream);
    if (status != ZEST_OK)
        return status;
    for (;;) {
        struct zest_engine_stream_item item;
        status = stream->ops->next(stream, call, &item);
        if (status == ZEST_AGAIN) {
            (void)stream->ops->wait(stream, (uint64_t)1000000000);
            continue;
        }
        if (status != ZEST_OK)
            break;
        if (out) {
            fwrite(item.text.data, 1, item.text.size, out);
            fflush(out);
        }
        if (ret_text)
            zest_buffer_append(ret_text, item.text.data, item.text.size);
        *ret_last = item;
    }
    stream->ops->close(stream);
    return status == ZEST_END ? ZEST_OK : status;
}
