/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decision_log.c - the rings of decisions and names, and the words made from them.
 *
 * Threads: none of its own; the scheduler holds its lock. Nothing is allocated after the start.
 */
#include "decision_log.h"

#include <stdio.h>
#include <stdlib.h>

bool zest_decision_log_init(struct zest_decision_log *log)
{
    *log = (struct zest_decision_log){.decisions = calloc(ZEST_DECISIONS_KEPT, sizeof(*log->decisions)),
                                      .names = calloc(ZEST_NAMES_KEPT, sizeof(*log->names))};
    return log->decisions && log->names;
}

void zest_decision_log_finish(struct zest_decision_log *log)
{
    free(log->decisions);
    free(log->names);
    *log = (struct zest_decision_log){0};
}

/* FNV-1a, 64 bits. */
uint64_t zest_name_hash(struct zest_text name)
{
    uint64_t hash = 0xCBF29CE484222325u;
    for (size_t i = 0; i < name.size; i++)
        hash = (hash ^ (unsigned char)name.data[i]) * 0x100000001B3u;
    return hash;
}

void zest_decision_log_name(struct zest_decision_log *log, int64_t sequence_id, uint64_t hash, struct zest_text name)
{
    struct zest_logged_name *row = &log->names[log->name_count++ & (ZEST_NAMES_KEPT - 1)];
    *row = (struct zest_logged_name){.sequence_id = sequence_id, .hash = hash, .decisions = log->decision_count};
    size_t size = name.size < ZEST_NAME_KEPT - 1 ? name.size : ZEST_NAME_KEPT - 1;
    while (size < name.size && size > 0 && ((unsigned char)name.data[size] & 0xC0) == 0x80)
        size--; /* not inside a character */
    if (size)
        memcpy(row->text, name.data, size);
}

static uint64_t oldest_name(const struct zest_decision_log *log)
{
    return log->name_count > ZEST_NAMES_KEPT ? log->name_count - ZEST_NAMES_KEPT : 0;
}

const struct zest_logged_name *zest_decision_log_find(const struct zest_decision_log *log, uint64_t hash)
{
    for (uint64_t i = log->name_count; i > oldest_name(log); i--)
        if (log->names[(i - 1) & (ZEST_NAMES_KEPT - 1)].hash == hash)
            return &log->names[(i - 1) & (ZEST_NAMES_KEPT - 1)];
    return NULL;
}

static const char *name_of(const struct zest_decision_log *log, int64_t sequence_id)
{
    for (uint64_t i = log->name_count; i > oldest_name(log); i--)
        if (log->names[(i - 1) & (ZEST_NAMES_KEPT - 1)].sequence_id == sequence_id)
            return log->names[(i - 1) & (ZEST_NAMES_KEPT - 1)].text;
    return "another request";
}

/* Writes what {name} stands for; false where it is no placeholder. */
static bool placeholder(const struct zest_decision_log *log, const struct zest_decision *d, const char *name,
                        size_t size, char *out, size_t capacity)
{
    const struct {
        const char *name;
        int32_t value;
    } numbers[] = {{"tokens", d->tokens},           {"left", d->left},
                   {"tokens_left", d->tokens_left}, {"tokens_max", d->tokens_max},
                   {"blocks_left", d->blocks_left}, {"prompt_tokens", d->prompt_tokens}};
    for (size_t i = 0; i < ZEST_COUNT(numbers); i++)
        if (strlen(numbers[i].name) == size && !memcmp(numbers[i].name, name, size)) {
            snprintf(out, capacity, "%d", numbers[i].value);
            return true;
        }
    bool is_other = size == 5 && !memcmp(name, "other", 5), is_priority = size == 8 && !memcmp(name, "priority", 8);
    if (is_other)
        snprintf(out, capacity, "%s", name_of(log, d->other_id));
    if (is_priority)
        snprintf(out, capacity, "%.2f", (double)d->priority);
    return is_other || is_priority;
}

struct zest_text zest_decision_words(const struct zest_decision_log *log, const struct zest_decision *decision,
                                     struct zest_arena *arena)
{
    const struct zest_policy *policy = decision->policy;
    const char *text = decision->reason < policy->reason_count ? policy->reasons[decision->reason] : NULL;
    if (!text)
        return zest_text_format(arena, "was decided for reason %u of %s", decision->reason, policy->name);
    char words[1024];
    size_t used = 0;
    while (*text && used + ZEST_NAME_KEPT + 2 < sizeof(words)) {
        const char *end = *text == '{' ? strchr(text, '}') : NULL;
        if (end && placeholder(log, decision, text + 1, (size_t)(end - text) - 1, words + used, ZEST_NAME_KEPT + 1)) {
            used += strlen(words + used);
            text = end + 1;
        } else {
            words[used++] = *text++;
        }
    }
    return zest_text_copy(arena, (struct zest_text){words, used});
}
