/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fcfs.c - first come, first served: continuous batching with chunked prefill.
 *
 * Every step chooses anew: all decoding sequences get one token, prompts already begun their next chunk, then waiting
 * ones are admitted in the order of arrival until the step's tokens, places or blocks are used up. When blocks run
 * short the latest arrival gives its blocks back and is computed again later.
 *
 * Source    Yu et al., Orca, OSDI 2022, section 3 (iteration-level scheduling); Agrawal et al., Sarathi-Serve,
 *           OSDI 2024, section 4 (decodes first, prompts in chunks).
 * Promises  Sequences are admitted in the order of arrival; nothing is ever preempted by a later arrival.
 * Tuned for 1,000 running and 10,000 waiting sequences, one call a step.
 */
#include <zest/scheduler_policy.h>

struct fcfs {
    uint32_t budget_tokens;
};

enum { DECODES_FIRST, NEXT_CHUNK, NEW_PROMPT, BLOCKS_SHORT, WAITS_TOKENS, WAITS_BLOCKS, WAITS_PLACE };

static const char *const reasons[] = {
    [DECODES_FIRST] = "is decoding, and decodes go first",
    [NEXT_CHUNK] = "gets the next {tokens} tokens of its prompt; {tokens_left} of the step's {tokens_max} are left after it",
    [NEW_PROMPT] = "is the oldest waiting and starts with {tokens} of its {prompt_tokens} prompt tokens",
    [BLOCKS_SHORT] = "gives its KV blocks back to {other}, which came earlier",
    [WAITS_TOKENS] = "waits: the step's {tokens_max} tokens went to earlier arrivals",
    [WAITS_BLOCKS] = "waits: {blocks_left} free KV blocks are too few for the oldest waiting request",
    [WAITS_PLACE] = "waits: as many requests run as may",
};

static int why_waiting(const struct zest_plan *plan)
{
    switch (plan->refusal) {
    case ZEST_REFUSED_BLOCKS:
        return WAITS_BLOCKS;
    case ZEST_REFUSED_PLACES:
        return WAITS_PLACE;
    default:
        return plan->preempted ? WAITS_BLOCKS : WAITS_TOKENS;
    }
}

static void fcfs_plan(const struct fcfs *fcfs, const struct zest_queue *queue, struct zest_plan *plan)
{
    zest_plan_set_budget(plan, fcfs->budget_tokens);
    zest_for_each_decoding(queue, seq)
        if (plan->tokens_left > 0 && zest_plan_make_room(plan, queue, seq, BLOCKS_SHORT))
            zest_plan_give(plan, seq, 1, DECODES_FIRST);
    zest_for_each_prefilling(queue, seq)
        if (plan->tokens_left > 0 && zest_plan_make_room(plan, queue, seq, BLOCKS_SHORT))
            zest_plan_give(plan, seq, zest_tokens_left(seq), NEXT_CHUNK);
    if (!plan->preempted)
        zest_for_each_waiting(queue, seq)
            if (!zest_plan_admit(plan, seq, NEW_PROMPT))
                break;
    zest_plan_rest_waits(plan, why_waiting(plan));
}

ZEST_SCHEDULER_POLICY(fcfs, fcfs_plan, reasons,
    .summary = "First come, first served; decodes first, prompts in chunks.",
    .source = "Yu et al., Orca, OSDI 2022, section 3; Agrawal et al., Sarathi-Serve, OSDI 2024, section 4",
    .order = "arrival",
    ZEST_PARAMS(ZEST_PARAM(fcfs, budget_tokens, 65536, 1, 65536, "most tokens of a step, beside the engine's own limit")));
