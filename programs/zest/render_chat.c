/* SPDX-License-Identifier: Apache-2.0 */
/*
 * render_chat.c - `zest render-chat`: chat templates, JSON lines in and out.
 *
 * A line: {"template": …, "vars": {"messages": […], "tools": …, "add_generation_prompt": bool, …}, "now": …}; without
 * template the model's own. The answer: {"text": …} or {"error": …}.
 */
#include "batch.h"

static enum zest_status answer(struct zest_env *env, struct zest_call *call, json_t *line, struct zest_buffer *out)
{
    json_t *vars = json_object_get(line, "vars");
    bool has_template = json_is_string(json_object_get(line, "template")),
         has_messages = json_object_get(vars, "messages");
    if (!json_is_object(vars) || (!has_template && !has_messages)) /* a template of one's own may do without messages */
        return zest_fail_param(&call->error, ZEST_MISSING_FIELD, "vars", "a line needs \"vars\": {\"messages\": […]}");
    struct zest_tokenizer_render_chat_request request;
    struct zest_tokenizer_render_chat_reply reply;
    zest_tokenizer_render_chat_request_init(&request);
    request.messages = has_messages ? batch_json(vars, "messages", call->arena) : (struct zest_text){"", 0};
    request.tools = batch_json(vars, "tools", call->arena);
    request.add_generation_prompt = false;
    enum zest_status status = batch_bool(vars, "add_generation_prompt", &request.add_generation_prompt, &call->error);
    if (status == ZEST_OK)
        status = batch_text(line, "template", &request.template, &call->error);
    if (status == ZEST_OK)
        status = batch_text(line, "now", &request.now, &call->error);
    if (status != ZEST_OK)
        return status;
    request.vars = batch_json(line, "vars", call->arena);
    status = zest_tokenizer_render_chat(zest_env_tokenizer(env), call, &request, &reply);
    if (status == ZEST_OK) {
        zest_buffer_printf(out, "{\"text\": ");
        zest_json_write_text(reply.text, out);
        zest_buffer_printf(out, "}");
    }
    return status;
}

static int run_command(const struct command *self, int argc, char **argv)
{
    const char *tokenizer = NULL;
    struct common common;
    const struct option_spec own[] = {
        {"tokenizer", 0, OPTION_TEXT, &tokenizer, "FILE",
         "a file with a tokenizer and its template (default: the model's own)", 0, 0},
        {0},
    };
    int count, exit_code;
    if (!command_begin(self, argc, argv, own, &common, &count, &exit_code))
        return exit_code;
    if (count)
        return command_wrong_use(self, &common, "render-chat takes no text; it reads JSON lines from stdin");
    struct zest_env *env = command_open_tokenizer(&common, tokenizer, &exit_code);
    if (!env)
        return exit_code;
    exit_code = batch_run(env, answer);
    zest_env_close(env);
    return exit_code;
}

const struct command command_render_chat = {
    .name = "render-chat",
    .usage = "render-chat [options]",
    .summary = "turn chat messages into the prompt that the model was trained on",
    .examples = "  echo '{\"vars\": {\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], "
                "\"add_generation_prompt\": true}}' | zest render-chat\n",
    .run = run_command,
};
