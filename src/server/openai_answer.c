/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openai_answer.c - writes what OpenAI's clients expect: answers, chunks, logprobs, usage; and the field "zest".
 *
 * Logprobs are kept as JSON from the moment a token comes, so that a long answer holds no structs.
 */
#include "openai_job.h"

/* ---- logprobs -----------------------------------------------------------------------------------------------------
 */

static size_t code_points(struct zest_text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    return count;
}

static void comma(struct zest_buffer *out)
{
    if (out->size)
        zest_buffer_append(out, ",", 1);
}

/* Completions: parallel arrays. A prompt's first token follows nothing, so its logprob is null. */
static void add_completion_logprob(struct openai_choice *choice, const struct zest_engine_token_logprob *entry,
                                   bool is_first)
{
    struct openai_logprobs *lists = &choice->logprobs;
    comma(&lists->tokens);
    zest_json_write_text(entry->token, &lists->tokens);
    comma(&lists->offsets);
    zest_buffer_printf(&lists->offsets, "%llu", (unsigned long long)choice->text_offset);
    choice->text_offset += code_points(entry->token);
    comma(&lists->values);
    comma(&lists->tops);
    if (is_first) {
        zest_buffer_printf(&lists->values, "null");
        zest_buffer_printf(&lists->tops, "null");
        return;
    }
    zest_json_write_double(entry->logprob, &lists->values);
    zest_buffer_append(&lists->tops, "{", 1);
    for (size_t i = 0; i < entry->top_count; i++) {
        bool is_repeated = false; /* two tokens may read alike: a JSON object has each key once, the likeliest's */
        for (size_t j = 0; j < i; j++)
            is_repeated |= zest_text_equal(entry->top[i].token, entry->top[j].token);
        if (is_repeated)
            continue;
        zest_buffer_printf(&lists->tops, i ? "," : "");
        zest_json_write_text(entry->top[i].token, &lists->tops);
        zest_buffer_append(&lists->tops, ":", 1);
        zest_json_write_double(entry->top[i].logprob, &lists->tops);
    }
    zest_buffer_append(&lists->tops, "}", 1);
}

static void write_chat_token(struct zest_text token, double logprob, struct zest_buffer *out)
{
    zest_buffer_printf(out, "{\"token\":");
    zest_json_write_text(token, out);
    zest_buffer_printf(out, ",\"logprob\":");
    zest_json_write_double(logprob, out);
    zest_buffer_printf(out, ",\"bytes\":[");
    for (size_t i = 0; i < token.size; i++)
        zest_buffer_printf(out, i ? ",%u" : "%u", (unsigned char)token.data[i]);
    zest_buffer_append(out, "]", 1);
}

static void add_chat_logprob(struct openai_choice *choice, const struct zest_engine_token_logprob *entry)
{
    struct zest_buffer *out = &choice->logprobs.tokens;
    comma(out);
    write_chat_token(entry->token, entry->logprob, out);
    zest_buffer_printf(out, ",\"top_logprobs\":[");
    for (size_t i = 0; i < entry->top_count; i++) {
        zest_buffer_printf(out, i ? "," : "");
        write_chat_token(entry->top[i].token, entry->top[i].logprob, out);
        zest_buffer_append(out, "}", 1);
    }
    zest_buffer_printf(out, "]}");
}

void openai_take_item(struct openai_job *job, struct openai_choice *choice, const struct zest_engine_stream_item *item)
{
    for (size_t i = 0; i < item->logprobs_count; i++) {
        if (job->is_chat)
            add_chat_logprob(choice, &item->logprobs[i]);
        else
            add_completion_logprob(choice, &item->logprobs[i], job->generation.prompt_logprobs && !choice->is_begun);
        choice->is_begun |= !job->is_chat;
    }
    zest_buffer_append(&choice->text, item->text.data, item->text.size);
    choice->timings = item->timings;
    choice->finish = item->finish_reason;
}

static void write_list(const char *name, struct zest_buffer *list, struct zest_buffer *out)
{
    zest_buffer_printf(out, "\"%s\":[", name);
    zest_buffer_append(out, list->data, list->size);
    zest_buffer_append(out, "]", 1);
    list->size = 0;
}

/* Empties the lists. */
static void write_logprobs(const struct openai_job *job, struct openai_choice *choice, struct zest_buffer *out)
{
    struct openai_logprobs *lists = &choice->logprobs;
    zest_buffer_printf(out, ",\"logprobs\":");
    if (job->logprobs < 0 || (job->is_stream && lists->tokens.size == 0)) {
        zest_buffer_printf(out, "null");
        return;
    }
    zest_buffer_append(out, "{", 1);
    if (job->is_chat) {
        write_list("content", &lists->tokens, out);
        zest_buffer_printf(out, ",\"refusal\":null}");
        return;
    }
    write_list("tokens", &lists->tokens, out);
    zest_buffer_append(out, ",", 1);
    write_list("token_logprobs", &lists->values, out);
    zest_buffer_append(out, ",", 1);
    write_list("top_logprobs", &lists->tops, out);
    zest_buffer_append(out, ",", 1);
    write_list("text_offset", &lists->offsets, out);
    zest_buffer_append(out, "}", 1);
}

/* ---- parts of answers ---------------------------------------------------------------------------------------------
 */

static const char *finish_name(enum zest_engine_finish finish)
{
    switch (finish) {
    case ZEST_ENGINE_FINISH_STOP:
        return "\"stop\"";
    case ZEST_ENGINE_FINISH_LENGTH:
        return "\"length\"";
    case ZEST_ENGINE_FINISH_CANCELLED:
        return "\"cancelled\"";
    case ZEST_ENGINE_FINISH_FAILED:
        return "\"failed\"";
    default:
        return "null";
    }
}

static void write_head(const struct openai_job *job, const char *object, struct zest_buffer *out)
{
    zest_buffer_printf(out, "{\"id\":\"%s\",\"object\":\"%s\",\"created\":%lld,\"model\":", job->id.data, object,
                       (long long)job->created);
    zest_json_write_text(zest_text_of(job->server->model), out);
    zest_buffer_printf(out, ",\"choices\":[");
}

static void write_usage(const struct openai_job *job, struct zest_buffer *out)
{
    unsigned long long prompt = 0, completion = 0;
    for (size_t i = 0; i < job->prompt_count; i++)
        prompt += job->prompts[i].count;
    for (size_t i = 0; i < job->choice_count; i++)
        completion += (unsigned long long)job->choices[i].timings.generated_tokens;
    zest_buffer_printf(out, ",\"usage\":{\"prompt_tokens\":%llu,\"completion_tokens\":%llu,\"total_tokens\":%llu}",
                       prompt, completion, prompt + completion);
}

static struct zest_text text_of(const struct zest_buffer *buffer)
{
    return buffer->data ? (struct zest_text){buffer->data, buffer->size} : ZEST_TEXT("");
}

/* ---- one answer ---------------------------------------------------------------------------------------------------
 */

static void write_choice(struct openai_job *job, struct openai_choice *choice, struct zest_buffer *out)
{
    zest_buffer_printf(out, "%s{\"index\":%zu,", choice->index ? "," : "", choice->index);
    zest_buffer_printf(out, job->is_chat ? "\"message\":{\"role\":\"assistant\",\"content\":" : "\"text\":");
    zest_json_write_text(text_of(&choice->text), out);
    if (job->is_chat)
        zest_buffer_printf(out, ",\"refusal\":null}");
    write_logprobs(job, choice, out);
    zest_buffer_printf(out, ",\"finish_reason\":%s}", finish_name(choice->finish));
}

void openai_write_answer(struct openai_job *job, struct zest_buffer *out)
{
    write_head(job, job->is_chat ? "chat.completion" : "text_completion", out);
    for (size_t i = 0; i < job->choice_count; i++)
        write_choice(job, &job->choices[i], out);
    zest_buffer_append(out, "]", 1);
    write_usage(job, out);
    openai_write_zest(job, out);
    zest_buffer_append(out, "}", 1);
}

/* ---- chunks -------------------------------------------------------------------------------------------------------
 */

static void begin_chunk(struct openai_job *job, size_t index, struct zest_buffer *out)
{
    zest_buffer_append(out, "data: ", 6);
    write_head(job, job->is_chat ? "chat.completion.chunk" : "text_completion", out);
    zest_buffer_printf(out, "{\"index\":%zu,", index);
}

static void end_chunk(struct openai_job *job, enum zest_engine_finish finish, bool is_last, struct zest_buffer *out)
{
    zest_buffer_printf(out, ",\"finish_reason\":%s}]", finish_name(finish));
    if (job->include_usage)
        zest_buffer_printf(out, ",\"usage\":null");
    if (is_last)
        openai_write_zest(job, out);
    zest_buffer_append(out, "}\n\n", 3);
}

static void write_role(struct openai_job *job, struct openai_choice *choice, struct zest_buffer *out)
{
    begin_chunk(job, choice->index, out);
    zest_buffer_printf(out, "\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"logprobs\":null");
    end_chunk(job, ZEST_ENGINE_FINISH_NONE, false, out);
    choice->is_begun = true;
}

void openai_write_chunk(struct openai_job *job, struct openai_choice *choice, struct zest_buffer *out)
{
    bool is_last = choice->is_ended && job->ended_count == job->choice_count && !job->include_usage;
    if (job->is_chat && !choice->is_begun)
        write_role(job, choice, out);
    if (!choice->text.size && !choice->logprobs.tokens.size && !choice->is_ended)
        return;
    begin_chunk(job, choice->index, out);
    if (job->is_chat && !choice->text.size) {
        zest_buffer_printf(out, "\"delta\":{}");
    } else {
        zest_buffer_printf(out, job->is_chat ? "\"delta\":{\"content\":" : "\"text\":");
        zest_json_write_text(text_of(&choice->text), out);
        zest_buffer_printf(out, job->is_chat ? "}" : "");
    }
    write_logprobs(job, choice, out);
    end_chunk(job, choice->is_ended ? choice->finish : ZEST_ENGINE_FINISH_NONE, is_last, out);
    choice->text.size = 0;
    choice->is_reported = choice->is_ended;
}

void openai_write_stream_end(struct openai_job *job, struct zest_buffer *out)
{
    if (job->include_usage) {
        zest_buffer_append(out, "data: ", 6);
        write_head(job, job->is_chat ? "chat.completion.chunk" : "text_completion", out);
        zest_buffer_append(out, "]", 1);
        write_usage(job, out);
        openai_write_zest(job, out);
        zest_buffer_append(out, "}\n\n", 3);
    }
    zest_buffer_printf(out, "data: [DONE]\n\n");
}
