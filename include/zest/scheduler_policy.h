/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scheduler_policy.h - what a scheduling policy sees and may do. For those who write one; nobody else includes it.
 *
 * A policy is one C file: a struct with its parameters, one plan function, its reasons in words, one registration:
 *
 *     struct mine { uint32_t chunk_tokens; };
 *     enum { DECODES, PROMPT, SPENT };
 *     static const char *const reasons[] = {[DECODES] = "is decoding", [PROMPT] = "gets {tokens} tokens", …};
 *     static void mine_plan(const struct mine *mine, const struct zest_queue *queue, struct zest_plan *plan) { … }
 *     ZEST_SCHEDULER_POLICY(mine, mine_plan, reasons, .summary = "…", .source = "…",
 *                           ZEST_PARAMS(ZEST_PARAM(mine, chunk_tokens, 512, 1, 65536, "tokens of a prompt a step")));
 *
 * Order of calls, once a step: the scheduler sorts the queue by the policy's `before`, makes an empty plan and calls
 * the plan function, which asks for tokens through the helpers below. A helper checks the limits (tokens, sequences,
 * KV blocks), reserves blocks on paper and notes the reason; it never changes the queue. What the plan gives comes
 * true only when the engine says so. A helper that refuses changes nothing.
 *
 * Units: token counts are tokens, times nanoseconds of engine time. Everything pointed to belongs to the scheduler
 * and is valid during the plan function only. One call at a time; no locks needed; don't block.
 *
 * The word list: a sequence *decodes* when all its known tokens but the last are in the cache, *prefills* when more
 * are missing, *waits* when it holds no blocks. A prompt chunk and a decode are the same thing to `give`.
 */
#ifndef ZEST_SCHEDULER_POLICY_H
#define ZEST_SCHEDULER_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Version of everything in this header; a policy of another version is refused. */
#define ZEST_POLICY_ABI 1

/* ---- what a policy sees ---------------------------------------------------------------------------------------- */

/* One sequence, as it was before this step. */
struct zest_sequence {
    int64_t id;
    const char *request;      /* the request's name; NUL-terminated */
    const char *user;         /* whom a fair policy charges; "" where nobody is named */
    double priority;          /* 0 to 1, higher is more urgent */
    uint64_t arrival_ns;
    uint64_t arrival_number;  /* counts arrivals: unique, and so the last word of every order */
    int32_t prompt_tokens;
    int32_t max_tokens;       /* most tokens that it may generate */
    int32_t known_tokens;     /* prompt and generated so far */
    int32_t computed_tokens;  /* of these in the KV cache; 0: it holds no blocks */
    int32_t preemptions;      /* times that it gave its blocks back */
};

struct zest_queue {
    const struct zest_sequence *const *running; /* hold blocks; in the policy's order, first the most urgent */
    size_t running_count;
    const struct zest_sequence *const *waiting; /* hold none; same order */
    size_t waiting_count;
    uint64_t now_ns;
};

static inline int32_t zest_tokens_left(const struct zest_sequence *sequence)
{
    return sequence->known_tokens - sequence->computed_tokens;
}

static inline bool zest_is_decoding(const struct zest_sequence *sequence)
{
    return sequence->computed_tokens > 0 && zest_tokens_left(sequence) == 1;
}

#define ZEST_FOR_EACH_IN(list, count, seq)                                                                             \
    for (const struct zest_sequence *const *seq##_at = (list), *const *seq##_end = seq##_at + (count),                 \
                                           *seq = NULL;                                                                \
         seq##_at < seq##_end && (seq = *seq##_at, true); seq##_at++)

#define zest_for_each_running(queue, seq) ZEST_FOR_EACH_IN((queue)->running, (queue)->running_count, seq)
#define zest_for_each_waiting(queue, seq) ZEST_FOR_EACH_IN((queue)->waiting, (queue)->waiting_count, seq)
#define zest_for_each_decoding(queue, seq)                                                                             \
    zest_for_each_running(queue, seq) if (!zest_is_decoding(seq)) { } else
#define zest_for_each_prefilling(queue, seq)                                                                           \
    zest_for_each_running(queue, seq) if (zest_is_decoding(seq)) { } else

/* ---- what a policy does ---------------------------------------------------------------------------------------- */

/* Why a helper refused last. */
enum zest_refusal {
    ZEST_REFUSED_NOTHING,
    ZEST_REFUSED_TOKENS, /* the step's tokens are spent */
    ZEST_REFUSED_BLOCKS, /* there are not enough free KV blocks */
    ZEST_REFUSED_PLACES, /* as many sequences run as may */
    ZEST_REFUSED_TWICE,  /* it is planned already, or preempted in this plan */
    ZEST_REFUSED_CALLS,  /* the plan made more helper calls than a step allows */
};

/* A plan in the making. Read the fields, change them through the helpers only. */
struct zest_plan {
    const struct zest_plan_helpers *helpers;
    int32_t tokens_max;      /* of this step; zest_plan_set_budget can lower it */
    int32_t tokens_left;
    int32_t blocks_left;     /* free KV blocks, less what was given, plus what was preempted */
    int32_t blocks_promised; /* blocks that prompts already begun will still need */
    int32_t block_tokens;
    int32_t places_left;     /* sequences that may still start to run */
    int32_t preempted;       /* sequences preempted in this plan */
    enum zest_refusal refusal;
};

/* Host functions: a plug-in links to nothing. New ones only at the end. */
struct zest_plan_helpers {
    int32_t (*give)(struct zest_plan *plan, const struct zest_sequence *sequence, int32_t tokens, int reason);
    bool (*admit)(struct zest_plan *plan, const struct zest_sequence *sequence, int32_t tokens, int reason);
    void (*preempt)(struct zest_plan *plan, const struct zest_sequence *victim, const struct zest_sequence *for_whom,
                    int reason);
    bool (*is_preempted)(const struct zest_plan *plan, const struct zest_sequence *sequence);
    int32_t (*blocks_held)(const struct zest_plan *plan, const struct zest_sequence *sequence);
    void (*wait)(struct zest_plan *plan, const struct zest_sequence *sequence, int reason);
    void (*rest_waits)(struct zest_plan *plan, int reason);
};

/* Fewer tokens for this step than the engine allows. Before the first give. */
static inline void zest_plan_set_budget(struct zest_plan *plan, uint32_t tokens)
{
    int32_t spent = plan->tokens_max - plan->tokens_left;
    if ((int64_t)tokens < plan->tokens_max)
        plan->tokens_max = (int32_t)tokens;
    plan->tokens_left = plan->tokens_max > spent ? plan->tokens_max - spent : 0;
}

/*
 * A running sequence computes up to `tokens` more: as many as it has left, as the step has left and as free blocks
 * hold. Answers how many; 0 where it is refused.
 */
static inline int32_t zest_plan_give(struct zest_plan *plan, const struct zest_sequence *sequence, int32_t tokens,
                                     int reason)
{
    return plan->helpers->give(plan, sequence, tokens, reason);
}

/*
 * A waiting sequence starts to run with a chunk of up to `tokens`. Refused unless all its known tokens fit in the free
 * blocks that are not promised to prompts already begun.
 */
static inline bool zest_plan_admit_chunk(struct zest_plan *plan, const struct zest_sequence *sequence, int32_t tokens,
                                         int reason)
{
    return plan->helpers->admit(plan, sequence, tokens, reason);
}

static inline bool zest_plan_admit(struct zest_plan *plan, const struct zest_sequence *sequence, int reason)
{
    return zest_plan_admit_chunk(plan, sequence, INT32_MAX, reason);
}

/* A running sequence gives its blocks back in favour of another (or itself) and waits; it starts again from token 0. */
static inline void zest_plan_preempt(struct zest_plan *plan, const struct zest_sequence *victim,
                                     const struct zest_sequence *for_whom, int reason)
{
    plan->helpers->preempt(plan, victim, for_whom, reason);
}

static inline bool zest_plan_is_preempted(const struct zest_plan *plan, const struct zest_sequence *sequence)
{
    return plan->helpers->is_preempted(plan, sequence);
}

/* Blocks that preempting it would free now. */
static inline int32_t zest_plan_blocks_held(const struct zest_plan *plan, const struct zest_sequence *sequence)
{
    return plan->helpers->blocks_held(plan, sequence);
}

/* Notes why one sequence gets nothing. */
static inline void zest_plan_wait(struct zest_plan *plan, const struct zest_sequence *sequence, int reason)
{
    plan->helpers->wait(plan, sequence, reason);
}

/* One reason for all that were not named. */
static inline void zest_plan_rest_waits(struct zest_plan *plan, int reason)
{
    plan->helpers->rest_waits(plan, reason);
}

/* Whether a running sequence has room for one token more. */
static inline bool zest_plan_has_room(const struct zest_plan *plan, const struct zest_sequence *sequence)
{
    return sequence->computed_tokens % plan->block_tokens != 0 || plan->blocks_left > 0;
}

/* The last of the running ones, in the policy's order, that still holds its blocks; NULL where none does. */
static inline const struct zest_sequence *zest_plan_last_running(const struct zest_plan *plan,
                                                                 const struct zest_queue *queue)
{
    for (size_t i = queue->running_count; i-- > 0;)
        if (!zest_plan_is_preempted(plan, queue->running[i]))
            return queue->running[i];
    return NULL;
}

/*
 * Preempts from the end of the order until `sequence` has room for one token. False where its own turn came: it was
 * preempted itself. So nobody before it in the order ever loses blocks to it.
 */
static inline bool zest_plan_make_room(struct zest_plan *plan, const struct zest_queue *queue,
                                       const struct zest_sequence *sequence, int reason)
{
    while (!zest_plan_is_preempted(plan, sequence)) {
        if (zest_plan_has_room(plan, sequence))
            return true;
        zest_plan_preempt(plan, zest_plan_last_running(plan, queue), sequence, reason);
    }
    return false;
}

/* ---- registration ---------------------------------------------------------------------------------------------- */

enum zest_param_type { ZEST_PARAM_UINT32, ZEST_PARAM_DOUBLE };

/* A field of the policy's struct that people may set. */
struct zest_param {
    const char *name;
    enum zest_param_type type;
    size_t offset;
    double default_value, minimum, maximum;
    const char *meaning; /* with its unit */
};

struct zest_policy {
    uint32_t abi, size; /* ZEST_POLICY_ABI, sizeof(struct zest_policy) */
    const char *name;
    const char *summary; /* what it does */
    const char *source;  /* where it was published */
    const char *order;   /* what decides who is first: "arrival" */
    size_t state_size;   /* bytes of the policy's struct */
    const struct zest_param *params;
    size_t param_count;
    /* In words, by reason code. {tokens} {tokens_left} {tokens_max} {blocks_left} {other} {priority} {prompt_tokens} and
     * {left} (tokens not computed before the step) are filled in. */
    const char *const *reasons;
    size_t reason_count;
    void (*plan)(const void *state, const struct zest_queue *queue, struct zest_plan *plan);
    /* True where `a` is more urgent: a strict total order that changes with the two sequences' facts only. NULL: by
     * arrival. */
    bool (*before)(const void *state, const struct zest_sequence *a, const struct zest_sequence *b);
    /* `before` looks at nothing that a step changes (priority, arrival, prompt_tokens, max_tokens and names stay), so the
     * lists need not be kept in order after each step. */
    bool is_order_fixed;
};

#define ZEST_PARAM(policy, field, default_, minimum_, maximum_, meaning_)                                              \
    {                                                                                                                  \
        .name = #field,                                                                                                \
        .type = _Generic(((struct policy *)0)->field, uint32_t: ZEST_PARAM_UINT32, double: ZEST_PARAM_DOUBLE),         \
        .offset = offsetof(struct policy, field), .default_value = (default_), .minimum = (minimum_),                  \
        .maximum = (maximum_), .meaning = (meaning_)                                                                   \
    }

#define ZEST_PARAMS(...)                                                                                               \
    .params = (const struct zest_param[]){__VA_ARGS__},                                                                \
    .param_count = sizeof((const struct zest_param[]){__VA_ARGS__}) / sizeof(struct zest_param)

/*
 * Registers the policy `id`, whose parameters are `struct id`. In zest itself its name in src/scheduler/meson.build
 * completes the registration; built with -DZEST_PLUGIN the file makes a shared object instead.
 */
#ifdef ZEST_PLUGIN
#define ZEST_POLICY_SYMBOL(id)                                                                                         \
    extern const struct zest_policy zest_plugin;                                                                       \
    __attribute__((visibility("default"))) const struct zest_policy zest_plugin
#else
#define ZEST_POLICY_SYMBOL(id)                                                                                         \
    extern const struct zest_policy zest_policy_##id;                                                                  \
    const struct zest_policy zest_policy_##id
#endif

#define ZEST_SCHEDULER_POLICY(id, plan_function, reason_texts, ...)                                                    \
    static void id##_plan_any(const void *state_, const struct zest_queue *queue_, struct zest_plan *plan_)            \
    {                                                                                                                  \
        plan_function(state_, queue_, plan_);                                                                          \
    }                                                                                                                  \
    ZEST_POLICY_SYMBOL(id) = {.abi = ZEST_POLICY_ABI,                                                                  \
                              .size = sizeof(struct zest_policy),                                                      \
                              .name = #id,                                                                             \
                              .state_size = sizeof(struct id),                                                         \
                              .reasons = reason_texts,                                                                 \
                              .reason_count = sizeof(reason_texts) / sizeof((reason_texts)[0]),                        \
                              .plan = id##_plan_any,                                                                   \
                              __VA_ARGS__}

#endif
