/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_model.c - `zest bench model`: prefill and decode speed through all five services, with the machine's roof.
 *
 * Tests are named as llama-bench names them: pp512 is a prompt of 512 tokens (logits of the last), tg128 is 128 steps
 * of one token; with --batch B, B sequences decode together ("tg128 x8"). Each figure is the median of --repeat runs; a
 * peer given by --vs runs between ours, so that both meet the machine in the same state.
 *
 * roof: a decode step must read all weights once (bytes / measured bandwidth) and do the multiply-adds of its tokens
 * (MACs / measured int8 peak); the longer of the two is the least time that this machine allows.
 */
#include <stdlib.h>

#include "bench.h"
#include "bench_peer.h"
#include "median.h"

enum { LIST_MAX = 16, REPEAT_MAX = 101 };

struct list {
    int items[LIST_MAX];
    size_t count;
};

struct row {
    char test[32];
    int threads, prompt, gen, batch; /* gen 0: a prefill test */
    double rates[REPEAT_MAX], peer_rates[REPEAT_MAX];
    size_t peer_count;
};

struct bench {
    struct zest_computation_model_info info;
    struct zest_computation_get_machine_reply machine;
    int depth, repeat;
    const char *peer, *model;
    bool json, first;
};

static enum zest_status read_list(const char *name, const char *text, int maximum, struct list *ret_list,
                                  struct zest_error *error)
{
    *ret_list = (struct list){0};
    while (*text) {
        char *end;
        long number = strtol(text, &end, 10);
        if (end == text || (*end && *end != ',') || number < 0 || number > maximum || ret_list->count == LIST_MAX)
            return zest_fail_param(error, ZEST_INVALID_ARGUMENT, name,
                                   "--%s has \"%s\"; it takes up to %d numbers from 0 to %d, as in 1,2", name, text,
                                   LIST_MAX, maximum);
        ret_list->items[ret_list->count++] = (int)number;
        text = end + (*end == ',');
    }
    return ZEST_OK;
}

/* ---- one run --------------------------------------------------------------------------------------------------- */

/* Ordinary tokens, the same in every run, none of them special. */
static void fill_ids(int32_t *ids, int count, int32_t vocab)
{
    uint64_t state = 1;
    for (int i = 0; i < count; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        ids[i] = (int32_t)(1000 + (state >> 33) % (uint64_t)(vocab - 1000));
    }
}

static enum zest_status run_prefill(struct zest_env *env, const struct bench *bench, int tokens, double *ret_rate,
                                    struct zest_error *error)
{
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    struct zest_engine_forward_request request;
    struct zest_engine_forward_reply reply;
    zest_engine_forward_request_init(&request);
    int32_t *ids = ZEST_NEW_ARRAY(&arena, int32_t, (size_t)tokens + 1);
    fill_ids(ids, tokens, bench->info.vocab_size);
    request.ids = ids;
    request.ids_count = (size_t)tokens;
    uint64_t start = zest_now_ns();
    enum zest_status status = zest_engine_forward(zest_env_engine(env), &call, &request, &reply);
    *ret_rate = tokens / ((double)(zest_now_ns() - start) * 1e-9);
    *error = call.error;
    zest_arena_finish(&arena);
    return status;
}

struct lane {
    struct zest_stream *stream;
    bool ended;
};

/* Takes what a stream has; counts tokens. */
static enum zest_status drain(struct lane *lane, struct zest_call *call, size_t *count)
{
    struct zest_engine_stream_item item;
    enum zest_status status;
    while ((status = lane->stream->ops->next(lane->stream, call, &item)) == ZEST_OK)
        *count += item.ids_count;
    lane->ended = status == ZEST_END;
    zest_arena_reset(call->arena);
    return status == ZEST_AGAIN || status == ZEST_END ? ZEST_OK : status;
}

static enum zest_status follow_lanes(struct lane *lanes, int batch, struct zest_call *call, double *ret_rate)
{
    size_t total = 0, at_start = 0;
    uint64_t start = 0;
    for (int ended = 0; ended < batch;) {
        ended = 0;
        for (int i = 0; i < batch; i++) {
            enum zest_status status = lanes[i].ended ? ZEST_OK : drain(&lanes[i], call, &total);
            if (status != ZEST_OK)
                return status;
            ended += lanes[i].ended;
        }
        if (!start && total >= (size_t)batch) { /* all are past their prompts: from here on it is decode alone */
            start = zest_now_ns();
            at_start = total;
        }
        for (int i = 0; i < batch; i++)
            if (!lanes[i].ended) {
                (void)lanes[i].stream->ops->wait(lanes[i].stream, (uint64_t)1000000000);
                break;
            }
    }
    *ret_rate = (double)(total - at_start) / ((double)(zest_now_ns() - start) * 1e-9);
    return ZEST_OK;
}

static enum zest_status run_decode(struct zest_env *env, const struct bench *bench, int gen, int batch,
                                   double *ret_rate, struct zest_error *error)
{
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    struct zest_engine_generation request;
    zest_engine_generation_init(&request);
    int32_t *ids = malloc(((size_t)bench->depth + 1) * sizeof(*ids));
    struct lane *lanes = calloc((size_t)batch, sizeof(*lanes));
    enum zest_status status =
        ids && lanes ? ZEST_OK : zest_fail(&call.error, ZEST_OUT_OF_MEMORY, "no memory for the bench");
    int opened = 0;
    if (status == ZEST_OK)
        fill_ids(ids, bench->depth + 1, bench->info.vocab_size);
    request.prompt_ids = ids;
    request.prompt_ids_count = (size_t)bench->depth + 1;
    request.max_tokens = gen + 1; /* the first comes with the prompt and is not timed */
    request.ignore_end = true;
    for (; status == ZEST_OK && opened < batch; opened += status == ZEST_OK)
        status = zest_engine_stream(zest_env_engine(env), &call, &request, &lanes[opened].stream);
    if (status == ZEST_OK)
        status = follow_lanes(lanes, batch, &call, ret_rate);
    for (int i = 0; i < opened; i++)
        lanes[i].stream->ops->close(lanes[i].stream);
    *error = call.error;
    free(lanes);
    free(ids);
    zest_arena_finish(&arena);
    return status;
}

/* ---- roof and rows --------------------------------------------------------------------------------------------- */

/* Seconds that a token needs at least by bandwidth and by arithmetic. */
static void least_seconds(const struct bench *bench, const struct row *row, double *ret_memory, double *ret_arithmetic)
{
    double embedding = (double)bench->info.vocab_size * bench->info.hidden_size;
    double macs =
        (double)bench->info.parameters - (row->gen ? 0 : embedding); /* prefill: logits of one position only */
    double kv = (double)bench->info.block_bytes / bench->info.block_tokens * (bench->depth + row->gen / 2.0);
    double bytes =
        row->gen ? (double)bench->info.weight_bytes / row->batch + kv : (double)bench->info.weight_bytes / row->prompt;
    *ret_memory = bytes / bench->machine.memory_bandwidth;
    *ret_arithmetic = macs / bench->machine.int8_macs;
}

static void print_row(struct bench *bench, struct row *row)
{
    double memory, arithmetic, rate = figure_median(row->rates, (size_t)bench->repeat);
    double peer = row->peer_count ? figure_median(row->peer_rates, row->peer_count) : 0;
    least_seconds(bench, row, &memory, &arithmetic);
    double bandwidth_share = memory * rate * 100, int8_share = arithmetic * rate * 100;
    double roof = bandwidth_share > int8_share ? bandwidth_share : int8_share;
    if (bench->json) {
        printf("%s\n  {\"model\": \"%.*s %.*s\", \"size\": %lld, \"params\": %lld, \"backend\": \"CPU (%.*s)\", "
               "\"threads\": %d, \"test\": \"%s\", "
               "\"t/s\": %.3f, \"bandwidth %%\": %.2f, \"int8 %%\": %.2f, \"roof %%\": %.2f",
               bench->first ? "[" : ",", (int)bench->info.architecture.size, bench->info.architecture.data,
               (int)bench->info.type.size, bench->info.type.data, (long long)bench->info.weight_bytes,
               (long long)bench->info.parameters, (int)bench->machine.cpu.size, bench->machine.cpu.data, row->threads,
               row->test, rate, bandwidth_share, int8_share, roof);
        printf(peer > 0 ? ", \"peer t/s\": %.3f, \"ratio\": %.3f}" : "}", peer, rate / peer);
        bench->first = false;
        return;
    }
    printf("| %.*s %.*s | %6.2f MiB | %7.2f M | CPU (%.*s) | %7d | %14s | %10.2f | %6.1f | %6.1f | %6.1f |",
           (int)bench->info.architecture.size, bench->info.architecture.data, (int)bench->info.type.size,
           bench->info.type.data, (double)bench->info.weight_bytes / 1048576, (double)bench->info.parameters * 1e-6,
           (int)bench->machine.cpu.size, bench->machine.cpu.data, row->threads, row->test, rate, bandwidth_share,
           int8_share, roof);
    if (peer > 0)
        printf(" %10.2f | %5.2f |", peer, rate / peer);
    printf("\n");
    fflush(stdout);
}

static enum zest_status run_row(struct zest_env *env, struct bench *bench, struct row *row, struct zest_error *error)
{
    double warm;
    enum zest_status status = row->gen ? run_decode(env, bench, row->gen, row->batch, &warm, error)
                                       : run_prefill(env, bench, row->prompt, &warm, error);
    for (int i = 0; i < bench->repeat && status == ZEST_OK; i++) {
        status = row->gen ? run_decode(env, bench, row->gen, row->batch, &row->rates[i], error)
                          : run_prefill(env, bench, row->prompt, &row->rates[i], error);
        if (status == ZEST_OK && bench->peer && row->batch == 1 && !bench->depth)
            status = bench_peer_run(bench->peer, bench->model, row->threads, row->gen ? 0 : row->prompt, row->gen,
                                    &row->peer_rates[row->peer_count++], error);
    }
    if (status == ZEST_OK)
        print_row(bench, row);
    return status;
}

static enum zest_status describe(struct zest_env *env, struct bench *bench, struct zest_arena *arena,
                                 struct zest_error *error)
{
    struct zest_call call = {.arena = arena};
    struct zest_computation_get_model_info_request info = {0};
    struct zest_computation_get_machine_request machine = {0};
    enum zest_status status = zest_computation_get_model_info(zest_env_computation(env), &call, &info, &bench->info);
    if (status == ZEST_OK)
        status = zest_computation_get_machine(zest_env_computation(env), &call, &machine, &bench->machine);
    *error = call.error;
    return status;
}

static enum zest_status run_threads(struct zest_env *env, struct bench *bench, const struct common *common,
                                    const struct list *prompts, const struct list *gens, const struct list *batches,
                                    struct zest_error *error)
{
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    enum zest_status status = describe(env, bench, &arena, error);
    if (status == ZEST_OK && !bench->json)
        printf("machine: %.*s, %d threads: %.1f GB/s, %.0f GMAC/s int8, cache line round trip %.0f ns (%.*s)\n",
               (int)bench->machine.cpu_name.size, bench->machine.cpu_name.data, common->threads,
               bench->machine.memory_bandwidth * 1e-9, bench->machine.int8_macs * 1e-9,
               bench->machine.ping_pong_seconds * 1e9, (int)bench->machine.placement.size,
               bench->machine.placement.data);
    for (size_t i = 0; i < prompts->count && status == ZEST_OK; i++) {
        struct row row = {.threads = common->threads, .prompt = prompts->items[i], .batch = 1};
        snprintf(row.test, sizeof(row.test), "pp%d", row.prompt);
        if (row.prompt)
            status = run_row(env, bench, &row, error);
    }
    for (size_t i = 0; i < gens->count; i++)
        for (size_t k = 0; k < batches->count && status == ZEST_OK; k++) {
            struct row row = {.threads = common->threads, .gen = gens->items[i], .batch = batches->items[k]};
            int size = snprintf(row.test, sizeof(row.test), "tg%d", row.gen);
            if (row.batch > 1)
                size += snprintf(row.test + size, sizeof(row.test) - (size_t)size, " x%d", row.batch);
            if (bench->depth)
                snprintf(row.test + size, sizeof(row.test) - (size_t)size, " @ d%d", bench->depth);
            if (row.gen && row.batch)
                status = run_row(env, bench, &row, error);
        }
    zest_arena_finish(&arena);
    return status;
}

int bench_model(const struct command *self, int argc, char **argv)
{
    const char *threads_text = "1,2", *prompt_text = "512", *gen_text = "128", *batch_text = "1";
    struct bench bench = {.repeat = 5, .first = true};
    struct common common;
    const struct option_spec own[] = {
        {"threads", 't', OPTION_TEXT, &threads_text, "N,…", "threads that compute (default 1,2)", 0, 0},
        {"prompt", 'p', OPTION_TEXT, &prompt_text, "N,…", "prompt lengths (default 512)", 0, 0},
        {"gen", 'n', OPTION_TEXT, &gen_text, "N,…", "decode lengths (default 128)", 0, 0},
        {"batch", 'b', OPTION_TEXT, &batch_text, "N,…", "sequences that decode together (default 1)", 0, 0},
        {"depth", 'd', OPTION_INT, &bench.depth, "N", "tokens in the cache before decoding (default 0)", 0, 1048576},
        {"repeat", 'r', OPTION_INT, &bench.repeat, "N", "runs, of which the median counts (default 5)", 1, REPEAT_MAX},
        {"vs", 0, OPTION_TEXT, &bench.peer, "PROGRAM", "a llama-bench to run between ours, by path", 0, 0},
        {0},
    };
    int count, exit_code;
    if (!command_begin(self, argc, argv, own, &common, &count, &exit_code))
        return exit_code;
    struct zest_error error = {0};
    struct list threads, prompts, gens, batches;
    enum zest_status status = read_list("threads", threads_text, 1024, &threads, &error);
    if (status == ZEST_OK)
        status = read_list("prompt", prompt_text, 1048576, &prompts, &error);
    if (status == ZEST_OK)
        status = read_list("gen", gen_text, 1048576, &gens, &error);
    if (status == ZEST_OK)
        status = read_list("batch", batch_text, 1024, &batches, &error);
    if (status != ZEST_OK)
        return command_fail(&common, NULL, &error);
    char path[4096];
    command_default_model(path, sizeof(path));
    bench.model = common.model ? common.model : path;
    bench.json = common.json;
    if (!common.json)
        printf("| model | size | params | backend | threads | test | t/s | bandwidth %% | int8 %% | roof %% |%s\n",
               bench.peer ? " peer t/s | ratio |" : "");
    for (size_t i = 0; i < threads.count && status == ZEST_OK; i++) {
        common.threads = threads.items[i];
        struct zest_env *env = command_open(&common, &exit_code);
        if (!env)
            return exit_code;
        status = run_threads(env, &bench, &common, &prompts, &gens, &batches, &error);
        zest_env_close(env);
    }
    if (common.json && status == ZEST_OK)
        printf("%s]\n", bench.first ? "[" : "\n");
    return status == ZEST_OK ? EXIT_OK : command_fail(&common, NULL, &error);
}
