/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shortest_first.c - the shortest prompt first: a scheduling policy to copy.
 *
 * Short prompts need little work until their first token, so serving them first lowers the mean time to it; long ones
 * pay for that and may wait for ever under load.
 *
 * Source    Shortest job first with the prompt's length as the job's; Silberschatz et al., Operating System Concepts,
 *           section 5.3.2.
 * Promises  Of two waiting requests that came before the step, the one with the shorter prompt starts first.
 * Tuned for some hundred waiting requests, one call a step.
 */
#include <zest/scheduler_policy.h>

/* The parameters: each field has a ZEST_PARAM below. */
struct shortest_first {
    uint32_t chunk_tokens;
};

/* Every decision names one of these; `zest explain` and the API show the words. */
enum { DECODES, NEXT_CHUNK, STARTS, BLOCKS_SHORT, WAITS };

static const char *const reasons[] = {
    [DECODES] = "is decoding",
    [NEXT_CHUNK] = "gets {tokens} of the {left} tokens that are missing of its prompt",
    [STARTS] = "has the shortest prompt of those waiting, {prompt_tokens} tokens",
    [BLOCKS_SHORT] = "gives its KV blocks back to {other}, whose prompt is shorter",
    [WAITS] = "waits: shorter prompts go first",
};

/* Who stands before whom in both lists. Arrival decides between equals: an order has to be total. */
static bool before(const void *state, const struct zest_sequence *a, const struct zest_sequence *b)
{
    if (a->prompt_tokens != b->prompt_tokens)
        return a->prompt_tokens < b->prompt_tokens;
    return a->arrival_number < b->arrival_number;
}

/* One step: who computes how many tokens. The helpers refuse what does not fit. */
static void plan(const struct shortest_first *mine, const struct zest_queue *queue, struct zest_plan *plan)
{
    zest_for_each_decoding(queue, seq)
        if (plan->tokens_left > 0 && zest_plan_make_room(plan, queue, seq, BLOCKS_SHORT))
            zest_plan_give(plan, seq, 1, DECODES);
    zest_for_each_prefilling(queue, seq)
        if (plan->tokens_left > 0 && zest_plan_make_room(plan, queue, seq, BLOCKS_SHORT))
            zest_plan_give(plan, seq, (int32_t)mine->chunk_tokens, NEXT_CHUNK);
    if (!plan->preempted)
        zest_for_each_waiting(queue, seq)
            if (!zest_plan_admit_chunk(plan, seq, (int32_t)mine->chunk_tokens, STARTS))
                break;
    zest_plan_rest_waits(plan, WAITS);
}

ZEST_SCHEDULER_POLICY(shortest_first, plan, reasons,
    .summary = "The shortest prompt first.",
    .source = "Shortest job first (Silberschatz et al., Operating System Concepts, section 5.3.2)",
    .order = "length of the prompt",
    .before = before,
    .is_order_fixed = true,
    ZEST_PARAMS(ZEST_PARAM(shortest_first, chunk_tokens, 256, 1, 65536, "most tokens of a prompt in a step")));
