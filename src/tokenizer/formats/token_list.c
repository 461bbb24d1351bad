/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token_list.c - a vocabulary while it is read. Tuned for 262,144 tokens: slots are prefetched some entries ahead.
 */
#include "token_list.h"

#include "shown_text.h"

#include <assert.h>

#define AHEAD 16 /* entries whose slots are on their way into the cache */

bool zest_token_list_add(struct zest_token_list *list, struct zest_text text, uint32_t id)
{
    assert(text.data && !list->index.slots);
    if (list->count == list->capacity) {
        size_t capacity = list->capacity > 0 ? 8 * list->capacity : 1024; /* what is not written takes no memory */
        void *entries = realloc(list->entries, capacity * sizeof *list->entries);
        if (!entries)
            return false;
        zest_advise_huge(entries, capacity * sizeof *list->entries);
        list->entries = entries;
        list->capacity = capacity;
    }
    list->entries[list->count++] = (struct zest_token_entry){text, id};
    return true;
}

static enum zest_status check_ids(const struct zest_token_list *list, uint32_t *ret_count, struct zest_error *error)
{
    uint32_t end = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct zest_token_entry entry = list->entries[i];
        if (entry.id >= ZEST_VOCABULARY_MAX)
            return zest_fail(error, ZEST_TOO_LARGE, "the token \"%.*s\" has the id %u, ids up to %u are possible",
                             ZEST_SHOWN(entry.text), entry.id, ZEST_VOCABULARY_MAX - 1);
        end = entry.id >= end ? entry.id + 1 : end;
    }
    *ret_count = end;
    return ZEST_OK;
}

/* The definition's list by id, with no texts yet. */
static enum zest_status make_room(struct zest_token_list *list, struct zest_tokenizer_definition *definition,
                                  struct zest_error *error)
{
    uint32_t count = 0;
    enum zest_status status = check_ids(list, &count, error);
    if (status != ZEST_OK)
        return status;
    size_t size = ((size_t)count + 1) * sizeof *definition->tokens;
    definition->tokens = zest_advised(zest_alloc(&definition->arena, size, _Alignof(struct zest_text)), size);
    if (definition->tokens)
        memset(definition->tokens, 0, size);
    if (!definition->tokens || !zest_text_index_init(&list->index, definition->tokens, count, list->count))
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a vocabulary of %zu tokens", list->count);
    definition->token_count = count;
    return ZEST_OK;
}

static enum zest_status place(struct zest_token_list *list, struct zest_text *tokens, struct zest_token_entry entry,
                              const struct zest_text_probe *probe, enum zest_same_text same_text,
                              struct zest_error *error)
{
    uint64_t *slot = zest_text_index_slot(&list->index, probe);
    struct zest_text other = tokens[entry.id];
    if (*slot == 0 || same_text == ZEST_SAME_TEXT_STAYS)
        list->vocabulary_size++;
    else
        tokens[(uint32_t)*slot - 1] = (struct zest_text){0};
    if (other.data && !zest_text_equal(other, entry.text))
        return zest_fail(error, ZEST_UNSUPPORTED,
                         "the id %u belongs to two tokens, \"%.*s\" and \"%.*s\": which one it decodes to is undefined",
                         entry.id, ZEST_SHOWN(other), ZEST_SHOWN(entry.text));
    tokens[entry.id] = entry.text;
    zest_text_index_put(&list->index, slot, probe, entry.id);
    return ZEST_OK;
}

enum zest_status zest_token_list_lay_out(struct zest_token_list *list, struct zest_tokenizer_definition *definition,
                                         enum zest_same_text same_text, struct zest_error *error)
{
    struct zest_text_probe probes[AHEAD];
    enum zest_status status = make_room(list, definition, error);
    for (size_t i = 0; i < list->count + AHEAD && status == ZEST_OK; i++) {
        if (i >= AHEAD)
            status = place(list, definition->tokens, list->entries[i - AHEAD], &probes[i % AHEAD], same_text, error);
        if (i < list->count) {
            probes[i % AHEAD] = zest_text_probe(list->entries[i].text);
            zest_text_index_prefetch(&list->index, probes[i % AHEAD].hash);
        }
    }
    return status;
}

uint32_t zest_token_list_find(const struct zest_token_list *list, struct zest_text text)
{
    assert(list->index.slots);
    return zest_text_index_find(&list->index, text);
}

void zest_token_list_finish(struct zest_token_list *list)
{
    free(list->entries);
    zest_text_index_finish(&list->index);
    *list = (struct zest_token_list){0};
}
