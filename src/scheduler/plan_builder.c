/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_builder.c - what a policy's helpers do: check the limits, take blocks on paper, note the reason.
 *
 * A sequence's share of the plan lies in its entry, stamped with the plan's mark, so that a new plan clears nothing.
 * Blocks are arithmetic: a sequence with c computed tokens holds ceil(c / block_tokens).
 */
#include "plan_builder.h"

static struct zest_plan_builder *builder_of(struct zest_plan *plan)
{
    return (struct zest_plan_builder *)plan;
}

/* A sequence's share of this plan, empty where it has none yet. */
static struct zest_entry *share_of(const struct zest_plan *plan, const struct zest_sequence *sequence)
{
    const struct zest_plan_builder *builder = (const struct zest_plan_builder *)plan;
    struct zest_entry *entry = zest_entry_of(sequence);
    if (entry->plan_mark != builder->scheduler->plan_mark) {
        entry->plan_mark = builder->scheduler->plan_mark;
        entry->plan_index = ZEST_NOT_PLANNED;
        entry->plan_blocks = entry->plan_promised = 0;
        entry->is_preempted = false;
    }
    return entry;
}

static int32_t blocks_for(const struct zest_plan *plan, int64_t tokens)
{
    return (int32_t)((tokens + plan->block_tokens - 1) / plan->block_tokens);
}

static void note(struct zest_plan_builder *builder, const struct zest_entry *entry, enum zest_decision_kind kind,
                 int reason, int32_t tokens, int64_t other_id)
{
    struct zest_decision decision = {.policy = builder->scheduler->policy,
                                     .step = builder->step,
                                     .other_id = other_id,
                                     .tokens = tokens,
                                     .tokens_left = builder->plan.tokens_left,
                                     .tokens_max = builder->plan.tokens_max,
                                     .blocks_left = builder->plan.blocks_left,
                                     .reason = (uint16_t)reason,
                                     .kind = (uint8_t)kind};
    if (entry) {
        decision.sequence_id = entry->facts.id;
        decision.left = zest_tokens_left(&entry->facts);
        decision.prompt_tokens = entry->facts.prompt_tokens;
        decision.priority = (float)entry->facts.priority;
    }
    zest_decision_log_add(&builder->scheduler->log, &decision);
}

static bool refuse(struct zest_plan *plan, enum zest_refusal why)
{
    plan->refusal = why;
    return false;
}

/* What holds for give and admit alike. */
static bool may_plan(struct zest_plan *plan, const struct zest_entry *entry, bool is_running)
{
    struct zest_plan_builder *builder = builder_of(plan);
    if (builder->calls_left == 0 || builder->entry_count == builder->entry_max)
        return refuse(plan, ZEST_REFUSED_CALLS);
    builder->calls_left--;
    if (entry->is_running != is_running || entry->is_preempted || entry->plan_index != ZEST_NOT_PLANNED)
        return refuse(plan, ZEST_REFUSED_TWICE);
    return plan->tokens_left > 0 ? true : refuse(plan, ZEST_REFUSED_TOKENS);
}

/* `tokens` fit; takes them and their blocks. The blocks of the rest of the prompt become a promise. */
static void take(struct zest_plan *plan, struct zest_entry *entry, int32_t tokens, int reason)
{
    struct zest_plan_builder *builder = builder_of(plan);
    int64_t computed = entry->facts.computed_tokens;
    entry->plan_blocks = blocks_for(plan, computed + tokens) - blocks_for(plan, computed);
    int32_t promised = blocks_for(plan, entry->facts.known_tokens) - blocks_for(plan, computed + tokens);
    plan->blocks_promised += promised - entry->plan_promised;
    entry->plan_promised = promised;
    plan->blocks_left -= entry->plan_blocks;
    plan->tokens_left -= tokens;
    entry->plan_index = builder->entry_count;
    builder->scheduler->plan_entries[builder->entry_count++] =
        (struct zest_scheduler_plan_entry){.sequence_id = entry->facts.id, .token_count = tokens, .reason = reason};
    note(builder, entry, ZEST_DECIDED_GIVE, reason, tokens, 0);
}

static int32_t give(struct zest_plan *plan, const struct zest_sequence *sequence, int32_t tokens, int reason)
{
    struct zest_entry *entry = share_of(plan, sequence);
    if (!may_plan(plan, entry, true))
        return 0;
    int64_t computed = sequence->computed_tokens;
    int64_t room = ((int64_t)blocks_for(plan, computed) + plan->blocks_left) * plan->block_tokens - computed;
    int64_t most = zest_tokens_left(sequence);
    most = tokens < most ? tokens : most;
    most = plan->tokens_left < most ? plan->tokens_left : most;
    if (room < 1) {
        refuse(plan, ZEST_REFUSED_BLOCKS);
        return 0;
    }
    most = room < most ? room : most;
    if (most < 1)
        return 0;
    take(plan, entry, (int32_t)most, reason);
    return (int32_t)most;
}

static bool admit(struct zest_plan *plan, const struct zest_sequence *sequence, int32_t tokens, int reason)
{
    struct zest_entry *entry = share_of(plan, sequence);
    if (!may_plan(plan, entry, false))
        return false;
    if (plan->places_left < 1)
        return refuse(plan, ZEST_REFUSED_PLACES);
    if (blocks_for(plan, sequence->known_tokens) > plan->blocks_left - plan->blocks_promised)
        return refuse(plan, ZEST_REFUSED_BLOCKS);
    int32_t most = sequence->known_tokens < plan->tokens_left ? sequence->known_tokens : plan->tokens_left;
    if (tokens < 1)
        return refuse(plan, ZEST_REFUSED_TOKENS);
    plan->places_left--;
    take(plan, entry, tokens < most ? tokens : most, reason);
    return true;
}

static int32_t blocks_held(const struct zest_plan *plan, const struct zest_sequence *sequence)
{
    const struct zest_entry *entry = share_of(plan, sequence);
    if (!entry->is_running || entry->is_preempted)
        return 0;
    return blocks_for(plan, sequence->computed_tokens) + entry->plan_blocks + entry->plan_promised;
}

static void preempt(struct zest_plan *plan, const struct zest_sequence *victim, const struct zest_sequence *for_whom,
                    int reason)
{
    struct zest_plan_builder *builder = builder_of(plan);
    struct zest_entry *entry = share_of(plan, victim);
    if (!entry->is_running || entry->is_preempted)
        return;
    if (entry->plan_index != ZEST_NOT_PLANNED) {
        struct zest_scheduler_plan_entry *planned = &builder->scheduler->plan_entries[entry->plan_index];
        plan->tokens_left += planned->token_count;
        planned->token_count = 0;
        entry->plan_index = ZEST_NOT_PLANNED;
    }
    plan->blocks_left += blocks_for(plan, victim->computed_tokens) + entry->plan_blocks;
    plan->blocks_promised -= entry->plan_promised;
    entry->plan_blocks = entry->plan_promised = 0;
    entry->is_preempted = true;
    plan->places_left++;
    plan->preempted++;
    builder->scheduler->plan_preempted[builder->preempted_count++] = victim->id;
    note(builder, entry, ZEST_DECIDED_PREEMPT, reason, 0, for_whom ? for_whom->id : 0);
}

static bool is_preempted(const struct zest_plan *plan, const struct zest_sequence *sequence)
{
    return share_of(plan, sequence)->is_preempted;
}

static void wait_one(struct zest_plan *plan, const struct zest_sequence *sequence, int reason)
{
    struct zest_plan_builder *builder = builder_of(plan);
    if (builder->calls_left == 0)
        return;
    builder->calls_left--;
    note(builder, zest_entry_of(sequence), ZEST_DECIDED_WAIT, reason, 0, 0);
}

static void rest_waits(struct zest_plan *plan, int reason)
{
    note(builder_of(plan), NULL, ZEST_DECIDED_REST, reason, 0, 0);
}

static const struct zest_plan_helpers helpers = {.give = give,
                                                 .admit = admit,
                                                 .preempt = preempt,
                                                 .is_preempted = is_preempted,
                                                 .blocks_held = blocks_held,
                                                 .wait = wait_one,
                                                 .rest_waits = rest_waits};

/* Prompts already begun keep their claim on the blocks of their rest, whether this plan gives them a chunk or not. */
static void promise_begun_prompts(struct zest_plan_builder *builder)
{
    struct zest_plan *plan = &builder->plan;
    const struct zest_sequence *const *items = zest_sequence_list_items(&builder->scheduler->running);
    for (size_t i = 0; i < builder->scheduler->running.count; i++) {
        if (zest_tokens_left(items[i]) <= 1)
            continue;
        struct zest_entry *entry = share_of(plan, items[i]);
        entry->plan_promised = blocks_for(plan, items[i]->known_tokens) - blocks_for(plan, items[i]->computed_tokens);
        plan->blocks_promised += entry->plan_promised;
    }
}

void zest_plan_builder_start(struct zest_plan_builder *builder, struct zest_scheduler_native *scheduler,
                             const struct zest_scheduler_plan_step_request *request)
{
    int64_t running = (int64_t)scheduler->running.count;
    int32_t places =
        request->sequences_max < scheduler->sequences_max ? request->sequences_max : scheduler->sequences_max;
    scheduler->plan_mark++;
    *builder = (struct zest_plan_builder){
        .plan = {.helpers = &helpers,
                 .tokens_max = request->tokens_max,
                 .tokens_left = request->tokens_max,
                 .blocks_left = request->blocks_free,
                 .block_tokens = request->block_tokens,
                 .places_left = running < places ? places - (int32_t)running : 0},
        .scheduler = scheduler,
        .step = request->step,
        .entry_max = scheduler->running.count + scheduler->waiting.count,
        .calls_left = 1024 + 8 * (uint64_t)(scheduler->running.count + scheduler->waiting.count)};
    promise_begun_prompts(builder);
}

int32_t zest_plan_builder_end(struct zest_plan_builder *builder)
{
    struct zest_scheduler_plan_entry *entries = builder->scheduler->plan_entries;
    size_t kept = 0;
    int32_t tokens = 0;
    for (size_t i = 0; i < builder->entry_count; i++) {
        if (entries[i].token_count == 0)
            continue;
        tokens += entries[i].token_count;
        entries[kept++] = entries[i];
    }
    builder->entry_count = kept;
    return tokens;
}
