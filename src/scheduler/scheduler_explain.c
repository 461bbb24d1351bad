/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scheduler_explain.c - answers for people: a request's place in the queue, and the story of what was decided.
 */
#include "scheduler_native.h"

/* ---- schedule_request ---------------------------------------------------------------------------------------------
 */

static struct zest_text place_in_words(const struct zest_scheduler_native *scheduler, int32_t position, double priority,
                                       struct zest_arena *arena)
{
    const struct zest_policy *policy = scheduler->policy;
    if (position > 1)
        return zest_text_format(
            arena, "Scheduled with priority %d: %d %s before it, and %s orders them by %s (its priority is %.2f).",
            position, position - 1, position == 2 ? "request waits" : "requests wait", policy->name, policy->order,
            priority);
    if (scheduler->waiting.count == 0 && scheduler->running.count == 0)
        return zest_text_format(
            arena, "Scheduled with priority 1: the queue is empty, so %s would run it in the next step.", policy->name);
    return zest_text_format(
        arena,
        "Scheduled with priority 1: nobody waits before it (%zu wait, %zu run), so %s, which orders by %s, "
        "starts it as soon as the step has tokens and KV blocks left.",
        scheduler->waiting.count, scheduler->running.count, policy->name, policy->order);
}

/* A request that nobody knows is placed as if it came now. */
static int32_t place_of_unknown(const struct zest_scheduler_native *scheduler, double priority)
{
    struct zest_sequence guess = {.id = INT64_MAX,
                                  .request = "",
                                  .user = "",
                                  .priority = priority,
                                  .arrival_ns = scheduler->now_ns,
                                  .arrival_number = UINT64_MAX,
                                  .prompt_tokens = 1,
                                  .known_tokens = 1};
    return (int32_t)zest_sequence_list_position(&scheduler->waiting, zest_scheduler_order(scheduler), &guess) + 1;
}

static int32_t change_priority(struct zest_scheduler_native *scheduler, struct zest_entry *entry, double priority)
{
    struct zest_order order = zest_scheduler_order(scheduler);
    struct zest_sequence_list *list = entry->is_running ? &scheduler->running : &scheduler->waiting;
    zest_sequence_list_remove(list, order, &entry->facts);
    entry->facts.priority = priority;
    zest_sequence_list_insert(list, order, &entry->facts);
    return entry->is_running ? 1 : (int32_t)zest_sequence_list_position(list, order, &entry->facts) + 1;
}

static enum zest_status place(struct zest_scheduler_native *scheduler, struct zest_call *call,
                              const struct zest_scheduler_schedule_request_request *request,
                              struct zest_scheduler_schedule_request_reply *ret_reply)
{
    struct zest_entry *entry = zest_entry_of_request(scheduler, request->request_id);
    bool is_running = entry && entry->is_running;
    int32_t position =
        entry ? change_priority(scheduler, entry, request->priority) : place_of_unknown(scheduler, request->priority);
    struct zest_text why =
        is_running
            ? zest_text_format(call->arena,
                               "Scheduled with priority 1: it runs already, with %d of its %d tokens in the KV cache.",
                               entry->facts.computed_tokens, entry->facts.known_tokens)
            : place_in_words(scheduler, position, request->priority, call->arena);
    struct zest_text name = zest_text_copy(call->arena, request->request_id);
    if (!why.data || !name.data)
        return zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory for an explanation");
    *ret_reply = (struct zest_scheduler_schedule_request_reply){
        .request_id = name, .position = position, .is_known = entry != NULL, .algorithm_reasoning = why};
    return ZEST_OK;
}

enum zest_status zest_scheduler_native_schedule_request(struct zest_scheduler *self, struct zest_call *call,
                                                        const struct zest_scheduler_schedule_request_request *request,
                                                        struct zest_scheduler_schedule_request_reply *ret_reply)
{
    struct zest_scheduler_native *scheduler = zest_scheduler_native_of(self);
    if (!(request->priority >= 0 && request->priority <= 1))
        return zest_fail_param(&call->error, ZEST_OUT_OF_RANGE, "priority", "priority is %g; it lies between 0 and 1",
                               request->priority);
    pthread_mutex_lock(&scheduler->lock);
    enum zest_status status = place(scheduler, call, request, ret_reply);
    pthread_mutex_unlock(&scheduler->lock);
    return status;
}

/* ---- explain ------------------------------------------------------------------------------------------------------
 */

enum { STORY_MAX = 4096 };

/* The decisions of one sequence, found by walking the log from its oldest kept record. */
struct story {
    const struct zest_decision *found[STORY_MAX]; /* the newest STORY_MAX, as a ring */
    size_t count;
};

/* A record for all that wait speaks of this sequence while it waits; said once as long as the reason stays. */
static void collect(const struct zest_decision_log *log, const struct zest_logged_name *name, struct story *story)
{
    uint64_t first = log->decision_count > ZEST_DECISIONS_KEPT ? log->decision_count - ZEST_DECISIONS_KEPT : 0;
    if (first < name->decisions)
        first = name->decisions;
    bool waits = true;
    const struct zest_decision *last = NULL;
    for (uint64_t i = first; i < log->decision_count; i++) {
        const struct zest_decision *decision = &log->decisions[i & (ZEST_DECISIONS_KEPT - 1)];
        bool is_mine = decision->sequence_id == name->sequence_id;
        bool is_rest = decision->kind == ZEST_DECIDED_REST && waits &&
                       (!last || last->reason != decision->reason || last->kind != ZEST_DECIDED_REST);
        if (is_mine)
            waits = decision->kind != ZEST_DECIDED_GIVE;
        if (!is_mine && !is_rest)
            continue;
        last = decision;
        story->found[story->count++ % STORY_MAX] = decision;
    }
}

/* A step's rest record comes after its own; one that ended must not collect those of later steps. */
static void drop_after_end(struct story *story, bool is_known)
{
    while (!is_known && story->count > 0 && story->found[(story->count - 1) % STORY_MAX]->kind == ZEST_DECIDED_REST)
        story->count--;
}

static enum zest_status tell(const struct zest_scheduler_native *scheduler, const struct zest_logged_name *name,
                             struct story *story, size_t last, struct zest_arena *arena,
                             struct zest_scheduler_explain_reply *ret_reply)
{
    size_t kept = story->count < last ? story->count : last;
    kept = kept < STORY_MAX ? kept : STORY_MAX;
    struct zest_scheduler_decision *decisions = ZEST_NEW_ARRAY(arena, struct zest_scheduler_decision, kept);
    struct zest_buffer text;
    zest_buffer_init(&text, (size_t)4 << 20);
    if (kept == 0)
        zest_buffer_printf(&text, "Nothing was decided about %s yet.", name->text);
    for (size_t i = 0; i < kept && decisions; i++) {
        const struct zest_decision *decision = story->found[(story->count - kept + i) % STORY_MAX];
        struct zest_text words = zest_decision_words(&scheduler->log, decision, arena);
        decisions[i] = (struct zest_scheduler_decision){.step = decision->step,
                                                        .sequence_id = name->sequence_id,
                                                        .token_count = decision->tokens,
                                                        .reasoning = words};
        zest_buffer_printf(&text, "%sStep %lld: %s %.*s.", i ? " " : "", (long long)decision->step, name->text,
                           (int)words.size, words.data ? words.data : "");
    }
    struct zest_text paragraph = zest_text_copy(arena, (struct zest_text){text.data, text.size});
    zest_buffer_finish(&text);
    if (!decisions || !paragraph.data)
        return ZEST_OUT_OF_MEMORY;
    *ret_reply = (struct zest_scheduler_explain_reply){
        .algorithm_reasoning = paragraph, .decisions = decisions, .decisions_count = kept};
    return ZEST_OK;
}

static enum zest_status explain(const struct zest_scheduler_native *scheduler, struct zest_arena *arena,
                                const struct zest_scheduler_explain_request *request,
                                struct zest_scheduler_explain_reply *ret_reply)
{
    const struct zest_logged_name *name = zest_decision_log_find(&scheduler->log, zest_name_hash(request->request_id));
    if (!name) {
        ret_reply->algorithm_reasoning =
            zest_text_format(arena, "Nothing is known about %.*s.", (int)request->request_id.size,
                             request->request_id.data ? request->request_id.data : "");
        return ret_reply->algorithm_reasoning.data ? ZEST_OK : ZEST_OUT_OF_MEMORY;
    }
    struct story *story = ZEST_NEW(arena, struct story);
    if (!story)
        return ZEST_OUT_OF_MEMORY;
    collect(&scheduler->log, name, story);
    drop_after_end(story, zest_entry_find(scheduler, name->sequence_id) != NULL);
    return tell(scheduler, name, story, request->last > 0 ? (size_t)request->last : 16, arena, ret_reply);
}

enum zest_status zest_scheduler_native_explain(struct zest_scheduler *self, struct zest_call *call,
                                               const struct zest_scheduler_explain_request *request,
                                               struct zest_scheduler_explain_reply *ret_reply)
{
    struct zest_scheduler_native *scheduler = zest_scheduler_native_of(self);
    struct zest_scheduler_explain_reply reply = {0};
    pthread_mutex_lock(&scheduler->lock);
    enum zest_status status = explain(scheduler, call->arena, request, &reply);
    pthread_mutex_unlock(&scheduler->lock);
    if (status != ZEST_OK)
        return zest_fail(&call->error, status, "no memory for an explanation");
    *ret_reply = reply;
    return ZEST_OK;
}
