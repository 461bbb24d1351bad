/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openai_prompt.c - from prompt or messages to token ids, by the tokenizer's service.
 *
 * Completions take a string, strings, ids or lists of ids; chats are rendered by the model's template first, whose
 * special tokens are read as such.
 */
#include "openai_job.h"

/* Through the tokenizer's present layer, its time added up where it is traced. */
static enum zest_status tokenize(struct openai_job *job, struct zest_text text, bool add_special,
                                 struct openai_prompt *ret_prompt, struct zest_error *error)
{
    struct zest_call call = {.arena = &job->exchange->arena, .request_id = job->id};
    struct zest_tokenizer_tokenize_request request;
    struct zest_tokenizer_tokenize_reply reply;
    zest_tokenizer_tokenize_request_init(&request);
    request.text = text;
    request.add_special = add_special;
    enum zest_status status = zest_tokenizer_tokenize(zest_env_tokenizer(job->server->env), &call, &request, &reply);
    if (status != ZEST_OK) {
        *error = call.error;
        return status;
    }
    job->tokenizer_ticks += call.ticks;
    *ret_prompt = (struct openai_prompt){.ids = reply.ids, .count = reply.ids_count, .text = text};
    return ZEST_OK;
}

static enum zest_status detokenize(struct openai_job *job, struct openai_prompt *prompt, struct zest_error *error)
{
    struct zest_call call = {.arena = &job->exchange->arena, .request_id = job->id};
    struct zest_tokenizer_detokenize_request request = {.ids = prompt->ids, .ids_count = prompt->count};
    struct zest_tokenizer_detokenize_reply reply;
    enum zest_status status = zest_tokenizer_detokenize(zest_env_tokenizer(job->server->env), &call, &request, &reply);
    if (status != ZEST_OK)
        *error = call.error;
    else
        prompt->text = reply.text;
    job->tokenizer_ticks += call.ticks;
    return status;
}

/* ---- completions --------------------------------------------------------------------------------------------------
 */

static enum zest_status wrong_prompt(struct zest_error *error)
{
    return zest_fail_param(error, ZEST_WRONG_TYPE, "prompt",
                           "prompt must be a string, a list of strings, a list of token ids or a list of such lists");
}

static enum zest_status read_ids(struct openai_job *job, const json_t *list, struct openai_prompt *ret_prompt,
                                 struct zest_error *error)
{
    size_t count = json_array_size(list);
    int32_t *ids = ZEST_NEW_ARRAY(&job->exchange->arena, int32_t, count + 1);
    if (!ids)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for %zu token ids", count);
    for (size_t i = 0; i < count; i++) {
        const json_t *id = json_array_get(list, i);
        if (!json_is_integer(id))
            return wrong_prompt(error);
        if (json_integer_value(id) < 0 || json_integer_value(id) > INT32_MAX)
            return zest_fail_param(error, ZEST_OUT_OF_RANGE, "prompt",
                                   "prompt has the token id %lld; ids are not negative and fit in 31 bits",
                                   (long long)json_integer_value(id));
        ids[i] = (int32_t)json_integer_value(id);
    }
    *ret_prompt = (struct openai_prompt){.ids = ids, .count = count};
    return job->echo ? detokenize(job, ret_prompt, error) : ZEST_OK;
}

static enum zest_status read_prompt(struct openai_job *job, const json_t *value, struct openai_prompt *ret_prompt,
                                    struct zest_error *error)
{
    enum zest_status status;
    if (json_is_string(value))
        status = tokenize(job, (struct zest_text){json_string_value(value), json_string_length(value)}, true,
                          ret_prompt, error);
    else if (json_is_array(value))
        status = read_ids(job, value, ret_prompt, error);
    else
        return wrong_prompt(error);
    if (status == ZEST_OK && ret_prompt->count == 0)
        return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "prompt", "a prompt has no tokens; it needs at least one");
    return status;
}

static enum zest_status make_completion_prompts(struct openai_job *job, struct zest_error *error)
{
    const json_t *prompt = json_object_get(job->body, "prompt");
    if (!prompt || json_is_null(prompt))
        return zest_fail_param(error, ZEST_MISSING_FIELD, "prompt", "prompt is missing");
    const json_t *first = json_array_get(prompt, 0);
    bool is_list = json_is_string(first) || json_is_array(first);
    size_t count = is_list ? json_array_size(prompt) : 1;
    if (count > OPENAI_CHOICES_MAX)
        return zest_fail_param(error, ZEST_TOO_LARGE, "prompt", "prompt has %zu prompts; the limit is %d", count,
                               OPENAI_CHOICES_MAX);
    job->tokenizer_method = "tokenize";
    job->prompts = ZEST_NEW_ARRAY(&job->exchange->arena, struct openai_prompt, count);
    if (!job->prompts)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the prompts");
    for (size_t i = 0; i < count; i++) {
        enum zest_status status =
            read_prompt(job, is_list ? json_array_get(prompt, i) : prompt, &job->prompts[i], error);
        if (status != ZEST_OK)
            return status;
    }
    job->prompt_count = count;
    return ZEST_OK;
}

/* ---- chats --------------------------------------------------------------------------------------------------------
 */

/* Content that is a list of parts becomes one text: templates know texts. */
static enum zest_status join_parts(json_t *message, const json_t *parts, size_t place, struct zest_error *error)
{
    struct zest_buffer text;
    size_t i;
    json_t *part;
    zest_buffer_init(&text, (size_t)1 << 30);
    json_array_foreach(parts, i, part)
    {
        const json_t *type = json_object_get(part, "type"), *value = json_object_get(part, "text");
        if (json_is_string(type) && strcmp(json_string_value(type), "text") == 0 && json_is_string(value)) {
            zest_buffer_append(&text, json_string_value(value), json_string_length(value));
            continue;
        }
        zest_buffer_finish(&text);
        return zest_fail_param(error, ZEST_UNSUPPORTED, "messages",
                               "messages[%zu].content[%zu] is of type %.40s; this model reads text only", place, i,
                               json_is_string(type) ? json_string_value(type) : "(none)");
    }
    int failed = json_object_set_new(message, "content", json_stringn(text.data ? text.data : "", text.size));
    zest_buffer_finish(&text);
    return failed ? zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the messages") : ZEST_OK;
}

static enum zest_status check_messages(json_t *messages, struct zest_error *error)
{
    size_t i;
    json_t *message;
    if (!messages || json_is_null(messages))
        return zest_fail_param(error, ZEST_MISSING_FIELD, "messages", "messages is missing");
    if (!json_is_array(messages))
        return zest_fail_param(error, ZEST_WRONG_TYPE, "messages", "messages must be a list of {role, content}");
    if (json_array_size(messages) == 0)
        return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "messages", "messages is empty; it needs at least one");
    json_array_foreach(messages, i, message)
    {
        const json_t *content = json_object_get(message, "content");
        if (!json_is_string(json_object_get(message, "role")))
            return zest_fail_param(error, ZEST_MISSING_FIELD, "messages",
                                   "messages[%zu] has no role; it looks like {\"role\": \"user\", \"content\": \"Hi\"}",
                                   i);
        if (content && !json_is_string(content) && !json_is_array(content) && !json_is_null(content))
            return zest_fail_param(error, ZEST_WRONG_TYPE, "messages",
                                   "messages[%zu].content must be a string or a list of parts", i);
        if (!content && !json_object_get(message, "tool_calls"))
            return zest_fail_param(error, ZEST_MISSING_FIELD, "messages", "messages[%zu] has no content", i);
        if (json_is_array(content)) {
            enum zest_status status = join_parts(message, content, i, error);
            if (status != ZEST_OK)
                return status;
        }
    }
    return ZEST_OK;
}

/* The JSON text of a value, in the exchange's arena; `otherwise` where it is absent. */
static struct zest_text dump(struct openai_job *job, const json_t *value, const char *otherwise)
{
    if (!value || json_is_null(value))
        return zest_text_of(otherwise);
    size_t size = json_dumpb(value, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
    char *data = size ? zest_alloc(&job->exchange->arena, size, 1) : NULL;
    if (data)
        json_dumpb(value, data, size, JSON_COMPACT | JSON_ENCODE_ANY);
    return (struct zest_text){data, data ? size : 0};
}

static enum zest_status render(struct openai_job *job, struct zest_text *ret_text, struct zest_error *error)
{
    struct zest_call call = {.arena = &job->exchange->arena, .request_id = job->id};
    struct zest_tokenizer_render_chat_request request;
    struct zest_tokenizer_render_chat_reply reply;
    zest_tokenizer_render_chat_request_init(&request);
    request.messages = dump(job, json_object_get(job->body, "messages"), "[]");
    request.tools = dump(job, json_object_get(job->body, "tools"), "null");
    request.vars = dump(job, json_object_get(job->body, "chat_template_kwargs"), "{}");
    enum zest_status status = zest_tokenizer_render_chat(zest_env_tokenizer(job->server->env), &call, &request, &reply);
    if (status != ZEST_OK)
        *error = call.error;
    else
        *ret_text = reply.text;
    job->tokenizer_ticks += call.ticks;
    return status;
}

static enum zest_status make_chat_prompt(struct openai_job *job, struct zest_error *error)
{
    struct zest_text text;
    const json_t *vars = json_object_get(job->body, "chat_template_kwargs");
    if (vars && !json_is_null(vars) && !json_is_object(vars))
        return zest_fail_param(error, ZEST_WRONG_TYPE, "chat_template_kwargs",
                               "chat_template_kwargs must be an object");
    enum zest_status status = check_messages(json_object_get(job->body, "messages"), error);
    job->tokenizer_method = "render_chat";
    job->prompts = ZEST_NEW(&job->exchange->arena, struct openai_prompt);
    if (!job->prompts)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for the prompt");
    if (status == ZEST_OK)
        status = render(job, &text, error);
    if (status == ZEST_OK)
        status = tokenize(job, text, false, job->prompts, error);
    job->prompt_count = 1;
    return status;
}

enum zest_status openai_make_prompts(struct openai_job *job, struct zest_error *error)
{
    return job->is_chat ? make_chat_prompt(job, error) : make_completion_prompts(job, error);
}
