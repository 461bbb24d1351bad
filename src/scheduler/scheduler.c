/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scheduler.c - the queue: sequences come, move between waiting and running, and go.
 *
 * Owns the facts about every sequence; what a step computes is planned in scheduler_plan.c by the policy. Every call
 * takes the scheduler's one lock for its length, so any thread may call. Tuned for 1,000 running and 10,000 waiting
 * sequences; in the steady state nothing is allocated. Start reading at scheduler_plan.c.
 */
#include <stdlib.h>

#include "scheduler_native.h"

const struct zest_scheduler_ops zest_scheduler_native_ops = ZEST_SCHEDULER_NATIVE_OPS;

enum { SEQUENCES_MAX = 65536, QUEUE_MAX = 1 << 20 };

/* ---- made and freed --------------------------------------------------------------------------------------------- */

static enum zest_status check_options(const struct zest_scheduler_options *options, struct zest_error *error)
{
    if (options->sequences_max < 1 || options->sequences_max > SEQUENCES_MAX)
        return zest_fail_param(error, ZEST_OUT_OF_RANGE, "sequences_max",
                               "sequences_max is %d; it lies between 1 and %d", options->sequences_max, SEQUENCES_MAX);
    if (options->queue_max < 1 || options->queue_max > QUEUE_MAX)
        return zest_fail_param(error, ZEST_OUT_OF_RANGE, "queue_max", "queue_max is %d; it lies between 1 and %d",
                               options->queue_max, QUEUE_MAX);
    return ZEST_OK;
}

static bool make_arrays(struct zest_scheduler_native *scheduler)
{
    size_t count = (size_t)scheduler->sequences_max + (size_t)scheduler->queue_max;
    scheduler->entries = calloc(count, sizeof(*scheduler->entries));
    scheduler->unused = calloc(count, sizeof(*scheduler->unused));
    scheduler->plan_entries = calloc(count, sizeof(*scheduler->plan_entries));
    scheduler->plan_preempted = calloc(count, sizeof(*scheduler->plan_preempted));
    return scheduler->entries && scheduler->unused && scheduler->plan_entries && scheduler->plan_preempted &&
           zest_sequence_list_reserve(&scheduler->running, count) &&
           zest_sequence_list_reserve(&scheduler->waiting, count) && zest_decision_log_init(&scheduler->log);
}

static enum zest_status choose_policy(struct zest_scheduler_native *scheduler, const char *name,
                                      struct zest_error *error)
{
    struct zest_text none = {0};
    enum zest_status status =
        strchr(name, '/') ? zest_policy_load(&scheduler->registry, name, &scheduler->policy, error)
                          : zest_policy_require(&scheduler->registry, zest_text_of(name), &scheduler->policy, error);
    return status == ZEST_OK ? zest_policy_state_create(scheduler->policy, none, &scheduler->policy_state, error)
                             : status;
}

enum zest_status zest_scheduler_native_create(const struct zest_scheduler_options *options, struct zest_scheduler **ret,
                                              struct zest_error *error)
{
    enum zest_status status = check_options(options, error);
    if (status != ZEST_OK)
        return status;
    struct zest_scheduler_native *scheduler = calloc(1, sizeof(*scheduler));
    if (!scheduler)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a scheduler");
    scheduler->base.ops = &zest_scheduler_native_ops;
    scheduler->sequences_max = options->sequences_max;
    scheduler->queue_max = options->queue_max;
    pthread_mutex_init(&scheduler->lock, NULL);
    if (make_arrays(scheduler))
        status = choose_policy(scheduler, options->policy ? options->policy : "fcfs", error);
    else
        status = zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a queue of %d sequences", options->queue_max);
    if (status != ZEST_OK) {
        zest_scheduler_native_destroy(&scheduler->base);
        return status;
    }
    *ret = &scheduler->base;
    return ZEST_OK;
}

void zest_scheduler_native_destroy(struct zest_scheduler *self)
{
    struct zest_scheduler_native *scheduler = zest_scheduler_native_of(self);
    if (!scheduler)
        return;
    for (uint32_t i = 0; i < scheduler->entry_count; i++)
        free(scheduler->entries[i]);
    free(scheduler->entries);
    free(scheduler->unused);
    free(scheduler->plan_entries);
    free(scheduler->plan_preempted);
    free(scheduler->policy_state);
    zest_id_map_finish(&scheduler->map);
    zest_sequence_list_finish(&scheduler->running);
    zest_sequence_list_finish(&scheduler->waiting);
    zest_decision_log_finish(&scheduler->log);
    pthread_mutex_destroy(&scheduler->lock);
    free(scheduler);
}

struct zest_order zest_scheduler_order(const struct zest_scheduler_native *scheduler)
{
    return (struct zest_order){.before = scheduler->policy->before, .state = scheduler->policy_state};
}

struct zest_entry *zest_entry_of_request(const struct zest_scheduler_native *scheduler, struct zest_text request)
{
    const struct zest_sequence_list *lists[] = {&scheduler->running, &scheduler->waiting};
    for (size_t l = 0; l < ZEST_COUNT(lists); l++)
        for (size_t i = 0; i < lists[l]->count; i++) {
            struct zest_entry *entry = zest_entry_of(zest_sequence_list_items(lists[l])[i]);
            if (zest_text_equal(request, zest_text_of(entry->request)))
                return entry;
        }
    return NULL;
}

/* ---- sequences come ---------------------------------------------------------------------------------------------- */

static enum zest_status check_arrival(const struct zest_scheduler_native *scheduler,
                                      const struct zest_scheduler_add_sequence_request *request,
                                      struct zest_error *error)
{
    if (request->sequence_id < 1 || request->prompt_tokens < 1 || request->max_tokens < 0)
        return zest_fail_param(
            error, ZEST_OUT_OF_RANGE, "sequence_id",
            "sequence %lld with %d prompt tokens and max_tokens %d can't be queued; the least are 1, 1 and 0",
            (long long)request->sequence_id, request->prompt_tokens, request->max_tokens);
    if (!(request->priority >= 0 && request->priority <= 1))
        return zest_fail_param(error, ZEST_OUT_OF_RANGE, "priority", "priority is %g; it lies between 0 and 1",
                               request->priority);
    if (request->request_id.size > ZEST_NAME_SIZE_MAX || request->user.size > ZEST_NAME_SIZE_MAX)
        return zest_fail_param(error, ZEST_TOO_LARGE, request->user.size > ZEST_NAME_SIZE_MAX ? "user" : "request_id",
                               "a name has %zu bytes; the most are %d",
                               request->user.size > ZEST_NAME_SIZE_MAX ? request->user.size : request->request_id.size,
                               ZEST_NAME_SIZE_MAX);
    if (zest_entry_find(scheduler, request->sequence_id))
        return zest_fail_param(error, ZEST_CONFLICT, "sequence_id", "sequence %lld is in the queue already",
                               (long long)request->sequence_id);
    if (scheduler->map.count >= (uint32_t)scheduler->sequences_max + (uint32_t)scheduler->queue_max)
        return zest_fail(error, ZEST_OVERLOADED, "%u sequences are in the queue, as many as may; try again later",
                         scheduler->map.count);
    return ZEST_OK;
}

static struct zest_entry *new_entry(struct zest_scheduler_native *scheduler, int64_t id)
{
    bool is_reused = scheduler->unused_count > 0;
    uint32_t index = is_reused ? scheduler->unused[scheduler->unused_count - 1] : scheduler->entry_count;
    struct zest_entry *entry = is_reused ? scheduler->entries[index] : calloc(1, sizeof(*entry));
    if (!entry || !zest_id_map_put(&scheduler->map, id, index)) {
        if (!is_reused)
            free(entry);
        return NULL;
    }
    if (is_reused)
        scheduler->unused_count--;
    else
        scheduler->entries[scheduler->entry_count++] = entry;
    return entry;
}

static void copy_name(char *out, struct zest_text name)
{
    if (name.size)
        memcpy(out, name.data, name.size);
    out[name.size] = '\0';
}

static void fill_entry(struct zest_scheduler_native *scheduler, struct zest_entry *entry,
                       const struct zest_scheduler_add_sequence_request *request)
{
    copy_name(entry->request, request->request_id);
    copy_name(entry->user, request->user);
    entry->request_hash = zest_name_hash(request->request_id);
    entry->is_running = false;
    entry->plan_mark = 0;
    entry->facts = (struct zest_sequence){.id = request->sequence_id,
                                          .request = entry->request,
                                          .user = entry->user,
                                          .priority = request->priority,
                                          .arrival_ns = request->arrival_ns,
                                          .arrival_number = ++scheduler->arrivals_total,
                                          .prompt_tokens = request->prompt_tokens,
                                          .max_tokens = request->max_tokens,
                                          .known_tokens = request->prompt_tokens};
}

static enum zest_status add(struct zest_scheduler_native *scheduler, struct zest_call *call,
                            const struct zest_scheduler_add_sequence_request *request,
                            struct zest_scheduler_add_sequence_reply *ret_reply)
{
    enum zest_status status = check_arrival(scheduler, request, &call->error);
    if (status != ZEST_OK)
        return status;
    struct zest_entry *entry = new_entry(scheduler, request->sequence_id);
    if (!entry)
        return zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory for sequence %lld",
                         (long long)request->sequence_id);
    fill_entry(scheduler, entry, request);
    if (scheduler->now_ns < request->arrival_ns)
        scheduler->now_ns = request->arrival_ns;
    struct zest_order order = zest_scheduler_order(scheduler);
    ret_reply->position = (int32_t)zest_sequence_list_position(&scheduler->waiting, order, &entry->facts) + 1;
    zest_sequence_list_insert(&scheduler->waiting, order, &entry->facts);
    zest_decision_log_name(&scheduler->log, request->sequence_id, entry->request_hash, request->request_id);
    return ZEST_OK;
}

enum zest_status zest_scheduler_native_add_sequence(struct zest_scheduler *self, struct zest_call *call,
                                                    const struct zest_scheduler_add_sequence_request *request,
                                                    struct zest_scheduler_add_sequence_reply *ret_reply)
{
    struct zest_scheduler_native *scheduler = zest_scheduler_native_of(self);
    pthread_mutex_lock(&scheduler->lock);
    enum zest_status status = add(scheduler, call, request, ret_reply);
    pthread_mutex_unlock(&scheduler->lock);
    return status;
}

/* ---- sequences move and go ----------------------------------------------------------------------------------------
 */

static struct zest_sequence_list *list_of(struct zest_scheduler_native *scheduler, bool is_running)
{
    return is_running ? &scheduler->running : &scheduler->waiting;
}

enum zest_status zest_scheduler_native_remove_sequence(struct zest_scheduler *self, struct zest_call *call,
                                                       const struct zest_scheduler_remove_sequence_request *request,
                                                       struct zest_scheduler_remove_sequence_reply *ret_reply)
{
    struct zest_scheduler_native *scheduler = zest_scheduler_native_of(self);
    pthread_mutex_lock(&scheduler->lock);
    uint32_t index = zest_id_map_find(&scheduler->map, request->sequence_id);
    if (index != ZEST_ID_NONE) {
        struct zest_entry *entry = scheduler->entries[index];
        zest_sequence_list_remove(list_of(scheduler, entry->is_running), zest_scheduler_order(scheduler),
                                  &entry->facts);
        zest_id_map_remove(&scheduler->map, request->sequence_id);
        scheduler->unused[scheduler->unused_count++] = index;
        scheduler->finished_total++;
    }
    pthread_mutex_unlock(&scheduler->lock);
    ret_reply->removed = index != ZEST_ID_NONE;
    return ZEST_OK;
}

/* Orders may depend on every fact, so a sequence leaves its list before a fact changes. */
static void move(struct zest_scheduler_native *scheduler, struct zest_entry *entry,
                 const struct zest_scheduler_step_result *result)
{
    struct zest_order order = zest_scheduler_order(scheduler);
    bool is_running = result->computed_tokens > 0;
    bool is_fixed = !order.before || scheduler->policy->is_order_fixed; /* arrival never changes */
    bool stays = is_running == entry->is_running && is_fixed;
    if (!stays)
        zest_sequence_list_remove(list_of(scheduler, entry->is_running), order, &entry->facts);
    if (entry->is_running && !is_running) {
        entry->facts.preemptions++;
        scheduler->preemptions_total++;
    }
    entry->is_running = is_running;
    entry->facts.computed_tokens = result->computed_tokens;
    entry->facts.known_tokens = result->known_tokens;
    if (!stays)
        zest_sequence_list_insert(list_of(scheduler, is_running), order, &entry->facts);
}

static enum zest_status check_result(const struct zest_scheduler_native *scheduler,
                                     const struct zest_scheduler_step_result *result, struct zest_error *error)
{
    if (!zest_entry_find(scheduler, result->sequence_id))
        return zest_fail_param(error, ZEST_NOT_FOUND, "results", "sequence %lld is not in the queue",
                               (long long)result->sequence_id);
    if (result->computed_tokens < 0 || result->known_tokens < 1 || result->computed_tokens > result->known_tokens)
        return zest_fail_param(error, ZEST_OUT_OF_RANGE, "results",
                               "sequence %lld can't have %d computed of %d known tokens",
                               (long long)result->sequence_id, result->computed_tokens, result->known_tokens);
    return ZEST_OK;
}

enum zest_status zest_scheduler_native_complete_step(struct zest_scheduler *self, struct zest_call *call,
                                                     const struct zest_scheduler_complete_step_request *request,
                                                     struct zest_scheduler_complete_step_reply *ret_reply)
{
    struct zest_scheduler_native *scheduler = zest_scheduler_native_of(self);
    enum zest_status status = ZEST_OK;
    pthread_mutex_lock(&scheduler->lock);
    for (size_t i = 0; i < request->results_count && status == ZEST_OK; i++)
        status = check_result(scheduler, &request->results[i], &call->error);
    for (size_t i = 0; i < request->results_count && status == ZEST_OK; i++)
        move(scheduler, zest_entry_find(scheduler, request->results[i].sequence_id), &request->results[i]);
    if (status == ZEST_OK)
        *ret_reply = (struct zest_scheduler_complete_step_reply){.running = (int32_t)scheduler->running.count,
                                                                 .waiting = (int32_t)scheduler->waiting.count};
    pthread_mutex_unlock(&scheduler->lock);
    return status;
}

enum zest_status zest_scheduler_native_get_queue_stats(struct zest_scheduler *self, struct zest_call *call,
                                                       const struct zest_scheduler_get_queue_stats_request *request,
                                                       struct zest_scheduler_get_queue_stats_reply *ret_reply)
{
    struct zest_scheduler_native *scheduler = zest_scheduler_native_of(self);
    pthread_mutex_lock(&scheduler->lock);
    *ret_reply = (struct zest_scheduler_get_queue_stats_reply){.policy = zest_text_of(scheduler->policy->name),
                                                               .running = (int32_t)scheduler->running.count,
                                                               .waiting = (int32_t)scheduler->waiting.count,
                                                               .steps_total = scheduler->steps_total,
                                                               .finished_total = scheduler->finished_total,
                                                               .preemptions_total = scheduler->preemptions_total,
                                                               .planned_tokens_total = scheduler->planned_tokens_total};
    pthread_mutex_unlock(&scheduler->lock);
    return ZEST_OK;
}
