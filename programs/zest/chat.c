/* SPDX-License-Identifier: Apache-2.0 */
/* chat.c - `zest chat`: a conversation on the terminal; the whole history is the prompt of each turn. */
#include <stdlib.h>
#include <unistd.h>

#include "generation.h"

struct chat {
    struct zest_buffer messages; /* "[{…}, {…}" without the closing bracket */
    struct zest_buffer answer;
};

static void add_turn(struct chat *chat, const char *role, struct zest_text content)
{
    zest_buffer_printf(&chat->messages, "%s{\"role\": \"%s\", \"content\": ", chat->messages.size > 1 ? ", " : "",
                       role);
    zest_json_write_text(content, &chat->messages);
    zest_buffer_append(&chat->messages, "}", 1);
}

/* With --json a turn is one line: {"text": …}. */
static void print_turn(struct zest_text text)
{
    struct zest_buffer out;
    zest_buffer_init(&out, (size_t)1 << 30);
    zest_buffer_printf(&out, "{\"text\": ");
    zest_json_write_text(text, &out);
    printf("%.*s}\n", (int)out.size, out.data);
    zest_buffer_finish(&out);
}

static enum zest_status answer(struct zest_env *env, struct chat *chat, const struct generation *options,
                               const struct common *common, struct zest_call *call)
{
    struct zest_text stops[OPTION_TEXTS_MAX];
    struct zest_engine_generation request;
    struct zest_engine_stream_item last = {0};
    struct zest_text messages = zest_text_format(call->arena, "%.*s]", (int)chat->messages.size, chat->messages.data);
    generation_fill(options, common->seed, stops, &request);
    enum zest_status status = generation_chat_ids(env, call, messages, &request.prompt_ids, &request.prompt_ids_count);
    if (status != ZEST_OK)
        return status;
    chat->answer.size = 0;
    status = generation_follow(env, call, &request, common->json ? NULL : stdout, &chat->answer, &last);
    struct zest_text text = {chat->answer.data, chat->answer.size};
    if (common->json && status == ZEST_OK)
        print_turn(text);
    else if (!common->json)
        putchar('\n');
    if (status == ZEST_OK)
        add_turn(chat, "assistant", text);
    return status;
}

static int converse(struct zest_env *env, struct chat *chat, const struct generation *options,
                    const struct common *common)
{
    bool is_terminal = isatty(STDIN_FILENO) && !common->json;
    char *line = NULL;
    size_t capacity = 0;
    ssize_t size;
    int exit_code = EXIT_OK;
    while ((is_terminal ? fputs("> ", stdout) : 0, fflush(stdout), size = getline(&line, &capacity, stdin)) > 0) {
        struct zest_text text = {line, (size_t)size - (line[size - 1] == '\n')};
        if (text.size == 0)
            continue;
        struct zest_arena arena;
        zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
        struct zest_call call = {.arena = &arena};
        add_turn(chat, "user", text);
        if (answer(env, chat, options, common, &call) != ZEST_OK)
            exit_code = command_fail(common, NULL, &call.error);
        zest_arena_finish(&arena);
        if (exit_code != EXIT_OK)
            break;
    }
    free(line);
    return exit_code;
}

static int run_command(const struct command *self, int argc, char **argv)
{
    struct generation generation = GENERATION_DEFAULTS;
    generation.max_tokens = 512;
    const char *system = NULL;
    struct common common;
    const struct option_spec own[] = {
        GENERATION_OPTIONS(generation),
        {"system", 0, OPTION_TEXT, &system, "TEXT", "the system turn", 0, 0},
        {0},
    };
    int count, exit_code;
    if (!command_begin(self, argc, argv, own, &common, &count, &exit_code))
        return exit_code;
    if (count)
        return command_wrong_use(self, &common, "chat takes no text; it reads turns from the terminal");
    struct zest_env *env = command_open(&common, &exit_code);
    if (!env)
        return exit_code;
    struct chat chat;
    zest_buffer_init(&chat.messages, (size_t)1 << 28);
    zest_buffer_init(&chat.answer, (size_t)1 << 28);
    zest_buffer_append(&chat.messages, "[", 1);
    if (system)
        add_turn(&chat, "system", zest_text_of(system));
    exit_code = converse(env, &chat, &generation, &common);
    zest_buffer_finish(&chat.messages);
    zest_buffer_finish(&chat.answer);
    zest_env_close(env);
    return exit_code;
}

const struct command command_chat = {
    .name = "chat",
    .usage = "chat [options]",
    .summary = "talk with the model on the terminal",
    .examples =
        "  zest chat\n  zest chat --system \"You are a poet.\" --temperature 0.8\n  echo \"Hello\" | zest chat\n",
    .run = run_command,
};
