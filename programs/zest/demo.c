/* SPDX-License-Identifier: Apache-2.0 */
/*
 * demo.c - `zest demo`, the main job of ./run: one prompt in research mode, line by line what each service did, the
 * same prompt in production mode, and what each mode costs beside the figures of the original design.
 */
#include <stdlib.h>

#include <zest/trace.h>

#include "bench_http.h"
#include "generation.h"
#include "overheads.h"

enum { OPERATIONS_MAX = 32 };

struct snapshot {
    struct zest_trace_total totals[ZEST_SERVICE_COUNT][OPERATIONS_MAX];
};

static void take(struct snapshot *ret_snapshot)
{
    for (int i = 0; i < ZEST_SERVICE_COUNT; i++)
        for (unsigned k = 0; k < zest_services[i]->operation_count && k < OPERATIONS_MAX; k++)
            zest_trace_totals((enum zest_service_id)i, k, &ret_snapshot->totals[i][k]);
}

/* ---- what each service did ------------------------------------------------------------------------------------- */

/* "tokenize 1×, decode_stream 24×" and the time of them all. */
static double describe_calls(const struct snapshot *before, const struct snapshot *after, int service,
                             struct zest_buffer *out)
{
    uint64_t ticks = 0;
    for (unsigned k = 0; k < zest_services[service]->operation_count && k < OPERATIONS_MAX; k++) {
        uint64_t calls = after->totals[service][k].calls - before->totals[service][k].calls;
        if (!calls)
            continue;
        zest_buffer_printf(out, "%s%s %llu×", out->size ? ", " : "", zest_services[service]->operations[k].name,
                           (unsigned long long)calls);
        ticks += after->totals[service][k].ticks - before->totals[service][k].ticks;
    }
    return zest_ticks_seconds(ticks) * 1e3;
}

/* The services' own explanations; empty where one has none to give. */
static void explain_all(struct zest_env *env, struct zest_arena *arena, struct zest_text request_id,
                        struct zest_text (*ret_why)[ZEST_SERVICE_COUNT])
{
    struct zest_call call = {.arena = arena};
    struct zest_engine_explain_request about = {.request_id = request_id};
    struct zest_scheduler_explain_request decisions = {.request_id = request_id, .last = 2};
    struct zest_memory_explain_request cache = {0};
    struct zest_computation_explain_request kernels = {0};
    struct zest_engine_explain_reply engine;
    struct zest_scheduler_explain_reply scheduler;
    struct zest_memory_explain_reply memory;
    struct zest_computation_explain_reply computation;
    if (zest_engine_explain(zest_env_engine(env), &call, &about, &engine) == ZEST_OK)
        (*ret_why)[ZEST_ENGINE] = engine.algorithm_reasoning;
    if (zest_scheduler_explain(zest_env_scheduler(env), &call, &decisions, &scheduler) == ZEST_OK)
        (*ret_why)[ZEST_SCHEDULER] = scheduler.algorithm_reasoning;
    if (zest_memory_explain(zest_env_memory(env), &call, &cache, &memory) == ZEST_OK)
        (*ret_why)[ZEST_MEMORY] = memory.algorithm_reasoning;
    if (zest_computation_explain(zest_env_computation(env), &call, &kernels, &computation) == ZEST_OK)
        (*ret_why)[ZEST_COMPUTATION] = computation.algorithm_reasoning;
}

/* " … because TEXT" in lines of WIDTH characters behind a margin. */
static void print_because(struct zest_text text)
{
    enum { MARGIN = 28, WIDTH = 84 };
    size_t column = 0;
    printf("%*sbecause", MARGIN, "");
    for (column = 7; text.size; column++) {
        size_t word = 0;
        while (word < text.size && text.data[word] != ' ')
            word++;
        if (column + word + 1 > WIDTH) {
            printf("\n%*s", MARGIN, "");
            column = 0;
        } else {
            putchar(' ');
        }
        printf("%.*s", (int)word, text.data);
        column += word;
        for (text.data += word, text.size -= word; text.size && text.data[0] == ' '; text.data++, text.size--)
            ;
    }
    printf("\n");
}

static void print_services(struct zest_env *env, const struct snapshot *before, const struct snapshot *after,
                           struct zest_text request_id, const struct zest_engine_timings *timings)
{
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_text why[ZEST_SERVICE_COUNT] = {
        [ZEST_TOKENIZER] =
            zest_text_format(&arena,
                             "the prompt became %d ids by the model's own byte-level BPE; the answer's bytes are held "
                             "back until a character is whole",
                             timings->prompt_tokens),
    };
    explain_all(env, &arena, request_id, &why);
    static const enum zest_service_id order[] = {ZEST_TOKENIZER, ZEST_ENGINE, ZEST_SCHEDULER, ZEST_MEMORY,
                                                 ZEST_COMPUTATION};
    for (size_t i = 0; i < ZEST_COUNT(order); i++) {
        struct zest_buffer what;
        zest_buffer_init(&what, 1 << 16);
        double ms = describe_calls(before, after, (int)order[i], &what);
        printf("  %-12s %9.3f ms  %.*s", zest_services[order[i]]->name, ms, (int)what.size, what.data ? what.data : "");
        printf("\n");
        print_because(why[order[i]]);
        zest_buffer_finish(&what);
    }
    zest_arena_finish(&arena);
}

/* ---- the same prompt twice ------------------------------------------------------------------------------------- */

struct answer {
    int32_t ids[256];
    size_t count;
    struct zest_engine_timings timings;
    char request_id[64];
};

static enum zest_status ask(struct zest_env *env, struct zest_call *call, const char *prompt,
                            const struct generation *options, struct answer *ret_answer)
{
    struct zest_text stops[OPTION_TEXTS_MAX];
    struct zest_engine_generation request;
    struct zest_engine_generate_reply reply;
    generation_fill(options, 0, stops, &request);
    enum zest_status status = generation_chat_ids(env, call, generation_messages(call->arena, NULL, prompt),
                                                  &request.prompt_ids, &request.prompt_ids_count);
    if (status == ZEST_OK)
        status = zest_engine_generate(zest_env_engine(env), call, &request, &reply);
    if (status != ZEST_OK)
        return status;
    printf("  %.*s\n", (int)reply.text.size, reply.text.data);
    ret_answer->count = reply.ids_count < ZEST_COUNT(ret_answer->ids) ? reply.ids_count : ZEST_COUNT(ret_answer->ids);
    memcpy(ret_answer->ids, reply.ids, ret_answer->count * sizeof(int32_t));
    ret_answer->timings = reply.timings;
    snprintf(ret_answer->request_id, sizeof(ret_answer->request_id), "%.*s", (int)reply.request_id.size,
             reply.request_id.data);
    return ZEST_OK;
}

static void print_speed(const struct zest_engine_timings *t)
{
    printf("  [%d prompt tokens in %.1f ms, %d tokens in %.1f ms = %.0f tokens/s]\n", t->prompt_tokens, t->prefill_ms,
           t->generated_tokens, t->decode_ms, t->decode_ms > 0 ? (t->generated_tokens - 1) / t->decode_ms * 1000 : 0);
}

static void print_overheads(struct zest_env *env, const char *model)
{
    struct overheads cost;
    struct http_figures http;
    struct zest_error error = {0};
    printf("\nWhat a call costs on top of the work (tokenizer.tokenize, medians)\n");
    if (overheads_measure(env, &cost, &error) != ZEST_OK ||
        http_measure(env, model, false, &http, &error) != ZEST_OK) {
        printf("  not measured: %s\n", error.message);
        return;
    }
    printf("  %-46s %10s   %s\n", "mode", "here", "original design");
    printf("  %-46s %7.1f ns   %s\n", "production: the C call through its ops table", cost.production_ns,
           "zero-cost: 1–5 µs");
    printf("  %-46s %7.1f ns\n", "research: the same call, traced", cost.traced_ns);
    printf("  %-46s %7.1f ns\n", "research: traced, with the envelope as JSON", cost.envelope_ns);
    printf("  %-46s %7.1f µs   %s\n", "remote: the whole call over HTTP on loopback", http.p50_us, "REST: 1–2 ms");
}

static enum zest_status demonstrate(struct zest_env *env, const char *prompt, const struct generation *options,
                                    bool *ret_same, struct zest_call *call)
{
    struct snapshot *shots = calloc(2, sizeof(*shots));
    struct answer research = {0}, production = {0};
    enum zest_status status = shots ? command_set_modes(env, "research", &call->error) : ZEST_OUT_OF_MEMORY;
    if (status == ZEST_OK) {
        printf("\n%s\n\nIn research mode\n", prompt);
        take(&shots[0]);
        status = ask(env, call, prompt, options, &research);
        take(&shots[1]);
    }
    if (status == ZEST_OK) {
        print_speed(&research.timings);
        printf("\n");
        print_services(env, &shots[0], &shots[1], zest_text_of(research.request_id), &research.timings);
        status = command_set_modes(env, "production", &call->error);
    }
    if (status == ZEST_OK) {
        printf("\nIn production mode\n");
        status = ask(env, call, prompt, options, &production);
    }
    if (status == ZEST_OK) {
        *ret_same = research.count == production.count &&
                    !memcmp(research.ids, production.ids, research.count * sizeof(int32_t));
        print_speed(&production.timings);
        printf("  %zu ids, %s in research mode\n", production.count, *ret_same ? "the same as" : "NOT the same as");
    }
    free(shots);
    return status;
}

static int run_command(const struct command *self, int argc, char **argv)
{
    struct generation generation = GENERATION_DEFAULTS;
    generation.max_tokens = 48;
    struct common common;
    const struct option_spec own[] = {
        {"max-tokens", 'n', OPTION_INT, &generation.max_tokens, "N", "most tokens of the answer (default 48)", 1, 256},
        {0},
    };
    int count, exit_code;
    if (!command_begin(self, argc, argv, own, &common, &count, &exit_code))
        return exit_code;
    if (count > 1)
        return command_wrong_use(self, &common, "demo takes one prompt (put it in quotes), but %d were given", count);
    struct zest_env *env = command_open(&common, &exit_code);
    if (!env)
        return exit_code;
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    bool same = false;
    if (demonstrate(env, count ? argv[1] : "Why is the sky blue?", &generation, &same, &call) != ZEST_OK) {
        exit_code = command_fail(&common, NULL, &call.error);
    } else {
        print_overheads(env, common.model);
        printf("\nWhat to do next\n"
               "  ./run chat                              talk with the model\n"
               "  ./run serve                             an OpenAI-compatible server, and every operation at /docs\n"
               "  ./run services                          the five services and what they can do\n"
               "  ./run bench model                       speed, beside what this machine allows\n"
               "  .venv/bin/python examples/simple_demo.py   the same from Python\n"
               "  CONTRIBUTING.md                         your first scheduling policy in ten minutes\n");
        exit_code = same ? EXIT_OK : EXIT_FAILED;
    }
    zest_arena_finish(&arena);
    zest_env_close(env);
    return exit_code;
}

const struct command command_demo = {
    .name = "demo",
    .usage = "demo [options] [PROMPT]",
    .summary = "one prompt in every mode, and what each mode costs (./run does this)",
    .examples = "  zest demo\n  zest demo \"Write a haiku about the sea.\"\n",
    .run = run_command,
};
