/* SPDX-License-Identifier: Apache-2.0 */
/* run.c - `zest run PROMPT`: one completion, printed as it comes; with --json as one document. */
#include "generation.h"

struct run {
    struct generation generation;
    const char *prompt_ids, *system;
    bool chat;
};

/* The prompt as the options have it: ids, a chat, or plain text. */
static enum zest_status fill_prompt(struct zest_env *env, struct zest_call *call, const struct run *run,
                                    const char *prompt, struct zest_engine_generation *request)
{
    if (run->prompt_ids)
        return command_read_ids(call->arena, run->prompt_ids, &request->prompt_ids, &request->prompt_ids_count,
                                &call->error);
    if (run->chat)
        return generation_chat_ids(env, call, generation_messages(call->arena, run->system, prompt),
                                   &request->prompt_ids, &request->prompt_ids_count);
    request->prompt = zest_text_of(prompt);
    return ZEST_OK;
}

static void write_logprobs(struct zest_buffer *out, const struct zest_engine_generate_reply *reply)
{
    zest_buffer_printf(out, "[");
    for (size_t i = 0; i < reply->logprobs_count; i++) {
        const struct zest_engine_token_logprob *token = &reply->logprobs[i];
        zest_buffer_printf(out, "%s{\"id\": %d, \"token\": ", i ? ", " : "", token->id);
        zest_json_write_text(token->token, out);
        zest_buffer_printf(out, ", \"logprob\": ");
        zest_json_write_double(token->logprob, out);
        zest_buffer_printf(out, ", \"top\": [");
        for (size_t k = 0; k < token->top_count; k++) {
            zest_buffer_printf(out, "%s[%d, ", k ? ", " : "", token->top[k].id);
            zest_json_write_double(token->top[k].logprob, out);
            zest_buffer_printf(out, "]");
        }
        zest_buffer_printf(out, "]}");
    }
    zest_buffer_printf(out, "]");
}

static void write_reply(struct zest_buffer *out, const struct zest_engine_generate_reply *reply, double load_ms)
{
    static const char *const finish[] = {"none", "stop", "length", "cancelled", "failed"};
    const struct zest_engine_timings *t = &reply->timings;
    zest_buffer_printf(out, "{\"text\": ");
    zest_json_write_text(reply->text, out);
    zest_buffer_printf(out, ", \"ids\": ");
    command_write_ids(out, reply->ids, reply->ids_count);
    zest_buffer_printf(out, ", \"prompt_ids\": ");
    command_write_ids(out, reply->prompt_ids, reply->prompt_ids_count);
    zest_buffer_printf(out, ", \"logprobs\": ");
    write_logprobs(out, reply);
    zest_buffer_printf(
        out,
        ", \"finish_reason\": \"%s\", \"timings\": {\"load_ms\": %.3f, \"queue_ms\": %.3f, \"prefill_ms\": %.3f, "
        "\"decode_ms\": %.3f, \"prompt_tokens\": %d, \"generated_tokens\": %d}}\n",
        finish[reply->finish_reason], load_ms, t->queue_ms, t->prefill_ms, t->decode_ms, t->prompt_tokens,
        t->generated_tokens);
}

static enum zest_status print_json(struct zest_env *env, struct zest_call *call,
                                   const struct zest_engine_generation *request, double load_ms)
{
    struct zest_engine_generate_reply reply;
    enum zest_status status = zest_engine_generate(zest_env_engine(env), call, request, &reply);
    if (status != ZEST_OK)
        return status;
    struct zest_buffer out;
    zest_buffer_init(&out, (size_t)1 << 30);
    write_reply(&out, &reply, load_ms);
    fwrite(out.data, 1, out.size, stdout);
    zest_buffer_finish(&out);
    return ZEST_OK;
}

static enum zest_status print_stream(struct zest_env *env, struct zest_call *call,
                                     const struct zest_engine_generation *request)
{
    struct zest_engine_stream_item last = {0};
    enum zest_status status = generation_follow(env, call, request, stdout, NULL, &last);
    putchar('\n');
    if (status == ZEST_OK) {
        const struct zest_engine_timings *t = &last.timings;
        fprintf(stderr, "[%d prompt tokens in %.1f ms, %d tokens in %.1f ms", t->prompt_tokens, t->prefill_ms,
                t->generated_tokens, t->decode_ms);
        if (t->generated_tokens > 1 && t->decode_ms > 0)
            fprintf(stderr, " = %.0f tokens/s", (t->generated_tokens - 1) / t->decode_ms * 1000);
        fprintf(stderr, "]\n");
    }
    return status;
}

static int run_command(const struct command *self, int argc, char **argv)
{
    struct run run = {.generation = GENERATION_DEFAULTS};
    struct common common;
    const struct option_spec own[] = {
        GENERATION_OPTIONS(run.generation),
        {"logprobs", 0, OPTION_INT, &run.generation.logprobs, "K", "with --json: logprobs with K alternatives", 0,
         1000},
        {"prompt-ids", 0, OPTION_TEXT, &run.prompt_ids, "1,2,3", "the prompt as token ids", 0, 0},
        {"chat", 0, OPTION_FLAG, &run.chat, "", "put the prompt into the model's chat template", 0, 0},
        {"system", 0, OPTION_TEXT, &run.system, "TEXT", "with --chat: the system turn", 0, 0},
        {0},
    };
    int count, exit_code;
    if (!command_begin(self, argc, argv, own, &common, &count, &exit_code))
        return exit_code;
    if (count != (run.prompt_ids ? 0 : 1))
        return command_wrong_use(self, &common,
                                 run.prompt_ids ? "--prompt-ids is the prompt, but a text is given too"
                                                : "%d prompts are given; run takes one (put it in quotes)",
                                 count);
    uint64_t start = zest_now_ns();
    struct zest_env *env = command_open(&common, &exit_code);
    if (!env)
        return exit_code;
    double load_ms = (double)(zest_now_ns() - start) * 1e-6;
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    struct zest_text stops[OPTION_TEXTS_MAX];
    struct zest_engine_generation request;
    generation_fill(&run.generation, common.seed, stops, &request);
    enum zest_status status = fill_prompt(env, &call, &run, argv[1], &request);
    if (status == ZEST_OK)
        status = common.json ? print_json(env, &call, &request, load_ms) : print_stream(env, &call, &request);
    if (status != ZEST_OK)
        exit_code = command_fail(&common, NULL, &call.error);
    zest_arena_finish(&arena);
    zest_env_close(env);
    return exit_code;
}

const struct command command_run = {
    .name = "run",
    .usage = "run [options] PROMPT",
    .summary = "complete one prompt",
    .examples = "  zest run \"The capital of France is\" --max-tokens 16\n"
                "  zest run --chat \"Why is the sky blue?\" --temperature 0.7 --seed 1\n"
                "  zest run --json --logprobs 5 \"Once upon a time\"\n",
    .run = run_command,
};
