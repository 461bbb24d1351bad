/* SPDX-License-Identifier: Apache-2.0 */
/*
 * perplexity.c - `zest perplexity`: how well the model predicts a text.
 *
 * The text is cut into chunks of N tokens (a shorter rest is dropped), each run from an empty cache. Tokens N/2+1 to
 * N-1 of a chunk are scored, each from all tokens before it in its chunk; perplexity = exp(mean negative logprob).
 */
#include <math.h>
#include <unistd.h>

#include "command.h"

struct score {
    double nll;
    size_t tokens, chunks;
};

/* Negative log of the softmax of `row` at `id`, in double. */
static double negative_logprob(const float *row, uint64_t vocab, int32_t id)
{
    float top = row[0];
    for (uint64_t i = 1; i < vocab; i++)
        top = row[i] > top ? row[i] : top;
    double sum = 0;
    for (uint64_t i = 0; i < vocab; i++)
        sum += exp((double)row[i] - top);
    return log(sum) + top - row[id];
}

static enum zest_status score_chunk(struct zest_env *env, const int32_t *ids, size_t size, struct score *score,
                                    struct zest_error *error)
{
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    struct zest_engine_forward_request request = {
        .ids = ids, .ids_count = size, .positions = ZEST_ENGINE_POSITIONS_ALL};
    struct zest_engine_forward_reply reply;
    enum zest_status status = zest_engine_forward(zest_env_engine(env), &call, &request, &reply);
    if (status == ZEST_OK) {
        const float *logits = reply.logits.data;
        uint64_t vocab = reply.logits.shape[1];
        for (size_t i = size / 2 + 1; i < size; i++, score->tokens++)
            score->nll += negative_logprob(logits + (i - 1) * vocab, vocab, ids[i]);
        score->chunks++;
    }
    *error = call.error;
    zest_arena_finish(&arena);
    return status;
}

static enum zest_status score_text(struct zest_env *env, struct zest_text text, size_t context, size_t chunks_max,
                                   bool bar, struct score *score, struct zest_error *error)
{
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_call call = {.arena = &arena};
    struct zest_tokenizer_tokenize_request request;
    struct zest_tokenizer_tokenize_reply tokens;
    zest_tokenizer_tokenize_request_init(&request);
    request.text = text;
    request.add_special = false;
    enum zest_status status = zest_tokenizer_tokenize(zest_env_tokenizer(env), &call, &request, &tokens);
    *error = call.error;
    size_t chunks = status == ZEST_OK ? tokens.ids_count / context : 0;
    if (status == ZEST_OK && chunks == 0)
        status = zest_fail_param(error, ZEST_INVALID_ARGUMENT, "context",
                                 "the text has %zu tokens, fewer than one chunk of %zu", tokens.ids_count, context);
    if (chunks_max && chunks > chunks_max)
        chunks = chunks_max;
    for (size_t i = 0; i < chunks && status == ZEST_OK; i++) {
        status = score_chunk(env, tokens.ids + i * context, context, score, error);
        if (bar && score->tokens)
            fprintf(stderr, "\rchunk %zu of %zu, perplexity so far %.4f ", i + 1, chunks,
                    exp(score->nll / (double)score->tokens));
    }
    if (bar)
        fprintf(stderr, "\r%70s\r", "");
    zest_arena_finish(&arena);
    return status;
}

static int run_command(const struct command *self, int argc, char **argv)
{
    const char *file = NULL;
    int context = 512, chunks = 0;
    struct common common;
    const struct option_spec own[] = {
        {"file", 0, OPTION_TEXT, &file, "TEXT", "the text", 0, 0},
        {"context", 0, OPTION_INT, &context, "N", "tokens of a chunk (default 512)", 4, 1048576},
        {"chunks", 0, OPTION_INT, &chunks, "N", "only the first N chunks (default: all)", 0, INT32_MAX},
        {0},
    };
    int count, exit_code;
    if (!command_begin(self, argc, argv, own, &common, &count, &exit_code))
        return exit_code;
    if (!file || count)
        return command_wrong_use(self, &common, "perplexity needs --file TEXT");
    struct zest_arena arena;
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_error error = {0};
    struct zest_text text;
    struct score score = {0};
    struct zest_env *env = NULL;
    enum zest_status status = command_read_file(&arena, file, &text, &error);
    if (status == ZEST_OK && !(env = command_open(&common, &exit_code)))
        goto out;
    if (status == ZEST_OK)
        status = score_text(env, text, (size_t)context, (size_t)chunks,
                            !common.json && !common.quiet && isatty(STDERR_FILENO), &score, &error);
    if (status != ZEST_OK) {
        exit_code = command_fail(&common, NULL, &error);
    } else {
        double nll = score.nll / (double)score.tokens;
        const char *format = common.json ? "{\"perplexity\": %.6f, \"nll\": %.8f, \"tokens\": %zu, \"chunks\": %zu}\n"
                                         : "perplexity %.4f (nll %.6f nats, %zu tokens scored in %zu chunks)\n";
        printf(format, exp(nll), nll, score.tokens, score.chunks);
    }
out:
    zest_env_close(env);
    zest_arena_finish(&arena);
    return exit_code;
}

const struct command command_perplexity = {
    .name = "perplexity",
    .usage = "perplexity --file TEXT [options]",
    .summary = "how well the model predicts a text",
    .examples = "  zest perplexity --file book.txt\n  zest perplexity --file book.txt --context 1024 --activations f32 "
                "--json\n",
    .run = run_command,
};
