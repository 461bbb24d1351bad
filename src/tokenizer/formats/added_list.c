/* SPDX-License-Identifier: Apache-2.0 */
/*
 * added_list.c - added tokens are added one after the other:
 *
 *   empty text                      left out
 *   in the vocabulary               has the vocabulary's id, whatever the file lists
 *   added before                    keeps that id, takes the later flags; once special, always special
 *   else                            the next id: they count on from the number of (different) tokens of the vocabulary
 *
 * Source    AddedVocabulary::add_tokens of Hugging Face tokenizers 0.23. So the id that a file lists is what the file's
 *           writer had, and counts for nothing: only a warning there compares the two.
 */
#include "added_list.h"

#include "shown_text.h"

#include <assert.h>

bool zest_added_list_add(struct zest_added_list *list, const struct zest_added_token *token)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity > 0 ? 2 * list->capacity : 64;
        void *entries = realloc(list->entries, capacity * sizeof *list->entries);
        if (!entries)
            return false;
        list->entries = entries;
        list->capacity = capacity;
    }
    list->entries[list->count++] = *token;
    return true;
}

struct settling {
    const struct zest_token_list *tokens;
    enum zest_added_ids ids;
    struct zest_tokenizer_definition *definition;
    struct zest_text_index index; /* of `contents` */
    struct zest_text *contents;   /* [definition->added_count], as in definition->added */
    uint32_t next_id;
};

static void settle_one(struct settling *s, const struct zest_added_token *token)
{
    struct zest_tokenizer_definition *definition = s->definition;
    struct zest_text_probe probe = zest_text_probe(token->content);
    uint64_t *slot = zest_text_index_slot(&s->index, &probe);
    if (*slot != 0) {
        struct zest_added_token *known = &definition->added[(uint32_t)*slot - 1];
        uint32_t id = known->id;
        bool special = known->special || token->special;
        *known = *token;
        known->id = id;
        known->special = special;
        return;
    }
    uint32_t number = definition->added_count++, id = zest_token_list_find(s->tokens, token->content);
    s->contents[number] = token->content;
    zest_text_index_put(&s->index, slot, &probe, number);
    definition->added[number] = *token;
    if (id != ZEST_NO_TOKEN)
        definition->added[number].id = id;
    else if (s->ids == ZEST_ADDED_IDS_COUNTED)
        definition->added[number].id = s->next_id++;
}

static int compare_ids(const void *a, const void *b)
{
    const struct zest_added_token *left = *(const struct zest_added_token *const *)a,
                                  *right = *(const struct zest_added_token *const *)b;
    return (left->id > right->id) - (left->id < right->id);
}

/* In a vocabulary with holes a counted id may be one that another added token has already. */
static enum zest_status check_unique(const struct zest_tokenizer_definition *definition, struct zest_error *error)
{
    enum zest_status status = ZEST_OK;
    const struct zest_added_token **sorted = calloc(definition->added_count + 1, sizeof(void *));
    if (!sorted)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for %u added tokens", definition->added_count);
    for (uint32_t i = 0; i < definition->added_count; i++)
        sorted[i] = &definition->added[i];
    qsort(sorted, definition->added_count, sizeof *sorted, compare_ids);
    for (uint32_t i = 1; i < definition->added_count && status == ZEST_OK; i++) {
        struct zest_text a = sorted[i - 1]->content, b = sorted[i]->content;
        if (sorted[i - 1]->id == sorted[i]->id)
            status = zest_fail(error, ZEST_UNSUPPORTED,
                               "the added tokens \"%.*s\" and \"%.*s\" both get the id %u, and can't share it",
                               ZEST_SHOWN(a), ZEST_SHOWN(b), sorted[i]->id);
    }
    free(sorted);
    return status;
}

enum zest_status zest_added_list_settle(const struct zest_added_list *list, const struct zest_token_list *tokens,
                                        enum zest_added_ids ids, struct zest_tokenizer_definition *definition,
                                        struct zest_error *error)
{
    struct settling s = {.tokens = tokens, .ids = ids, .definition = definition, .next_id = tokens->vocabulary_size};
    assert(!definition->added && tokens->index.slots);
    if (list->count >= ZEST_VOCABULARY_MAX)
        return zest_fail(error, ZEST_TOO_LARGE, "%zu added tokens, %u are possible", list->count,
                         ZEST_VOCABULARY_MAX - 1);
    definition->added = ZEST_NEW_ARRAY(&definition->arena, struct zest_added_token, list->count + 1);
    s.contents = calloc(list->count + 1, sizeof *s.contents);
    if (!definition->added || !s.contents || !zest_text_index_init(&s.index, s.contents, list->count, list->count)) {
        free(s.contents);
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for %zu added tokens", list->count);
    }
    for (size_t i = 0; i < list->count; i++)
        if (list->entries[i].content.size > 0)
            settle_one(&s, &list->entries[i]);
    zest_text_index_finish(&s.index);
    free(s.contents);
    return check_unique(definition, error);
}

void zest_added_list_finish(struct zest_added_list *list)
{
    free(list->entries);
    *list = (struct zest_added_list){0};
}
