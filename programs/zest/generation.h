/* SPDX-License-Identifier: Apache-2.0 */
/* generation.h - what `run`, `chat` and `demo` share: sampling options, chat prompts, and following a stream. */
#ifndef ZEST_PROGRAM_GENERATION_H
#define ZEST_PROGRAM_GENERATION_H

#include "command.h"

struct generation {
    int max_tokens, top_k, logprobs;
    double temperature, top_p, min_p, repetition_penalty, presence_penalty, frequency_penalty;
    bool ignore_end;
    struct option_texts stop;
};

#define GENERATION_DEFAULTS                                                    \
    {                                                                          \
        .max_tokens = 128, .logprobs = -1, .top_p = 1, .repetition_penalty = 1 \
    }

#define GENERATION_OPTIONS(g)                                                                                         \
    {"max-tokens", 'n', OPTION_INT, &(g).max_tokens, "N", "most tokens to generate (default 128)", 0, INT32_MAX},     \
        {"temperature", 0, OPTION_FLOAT, &(g).temperature, "T", "0: the likeliest token (default)", 0, 100},          \
        {"top-k", 0, OPTION_INT, &(g).top_k, "K", "choose among the K likeliest (default 0: all)", 0, INT32_MAX},     \
        {"top-p", 0, OPTION_FLOAT, &(g).top_p, "P", "choose among the likeliest that have P together (default 1)",    \
         0,       1},                                                                                                 \
        {"min-p", 0, OPTION_FLOAT, &(g).min_p, "P", "least probability relative to the likeliest (default 0)", 0, 1}, \
        {"repetition-penalty", 0, OPTION_FLOAT, &(g).repetition_penalty, "R", "1: off (default)", 0.01, 100},         \
        {"presence-penalty", 0, OPTION_FLOAT, &(g).presence_penalty, "R", "0: off (default)", -100, 100},             \
        {"frequency-penalty", 0, OPTION_FLOAT, &(g).frequency_penalty, "R", "0: off (default)", -100, 100},           \
        {"stop", 0, OPTION_TEXTS, &(g).stop, "TEXT", "ends the answer; may be given several times", 0, 0},            \
    {                                                                                                                 \
        "ignore-end", 0, OPTION_FLAG, &(g).ignore_end, "", "go on after the model's end token", 0, 0                  \
    }

/* Fills a request from the options; `stops` has OPTION_TEXTS_MAX places and must live as long as the request. */
void generation_fill(const struct generation *options, uint64_t seed, struct zest_text *stops,
                     struct zest_engine_generation *ret_request);

/* Renders messages (JSON) with the model's template and tokenizes them; ids are in the call's arena. */
enum zest_status generation_chat_ids(struct zest_env *env, struct zest_call *call, struct zest_text messages,
                                     const int32_t **ret_ids, size_t *ret_count);

/* [{"role": "system", …}, {"role": "user", …}] in the arena; no system text: without that turn. */
struct zest_text generation_messages(struct zest_arena *arena, const char *system, const char *user);

/* Prints the text as it comes. `ret_last` is the last item (its texts are in the arena). */
enum zest_status generation_follow(struct zest_env *env, struct zest_call *call,
                                   const struct zest_engine_generation *request, FILE *out,
                                   struct zest_buffer *ret_text, struct zest_engine_stream_item *ret_last);

#endif
