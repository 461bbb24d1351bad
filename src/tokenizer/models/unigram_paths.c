/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unigram_paths.c - the two best ways to cut a piece into tokens.
 *
 * From left to right, the two best ways to each byte are kept, each with the place and the number of the way that it
 * goes on from; so the second best to the end is the best of all others. As in unigram.c a later way must be better to
 * take the first place. Steps: twice the bytes of the piece times those of the longest token.
 */
#include "unigram_paths.h"

#include "character.h"
#include "model_scratch.h"

#include <assert.h>

#define WAYS 2

struct way {
    double score, own; /* of all its tokens, of its last */
    uint32_t id, start;
    uint32_t before; /* which of the ways to `start`; WAYS: there is no such way */
};

static bool exists(const struct way *way)
{
    return way->before < WAYS;
}

static void offer(struct way *ways, struct way way)
{
    for (int i = 0; i < WAYS; i++)
        if (!exists(&ways[i]) || way.score > ways[i].score) {
            for (int k = WAYS - 1; k > i; k--)
                ways[k] = ways[k - 1];
            ways[i] = way;
            return;
        }
}

static void offer_token(struct way (*ways)[WAYS], size_t start, size_t end, uint32_t id, double score)
{
    for (uint32_t i = 0; i < WAYS; i++)
        if (exists(&ways[start][i]))
            offer(ways[end], (struct way){ways[start][i].score + score, score, id, (uint32_t)start, i});
}

static void offer_from(const struct zest_unigram_scores *model, struct way (*ways)[WAYS], const unsigned char *piece,
                       size_t size, size_t at, size_t character)
{
    uint32_t node = model->trie->units[0];
    bool has_character = false;
    for (size_t end = at; end < size && zest_trie_step(model->trie, &node, piece[end]);) {
        end++;
        uint32_t id = zest_trie_token(model->trie, node);
        if (id == ZEST_NO_TOKEN)
            continue;
        offer_token(ways, at, end, id, model->scores[id]);
        has_character |= end == at + character;
    }
    if (!has_character)
        offer_token(ways, at, at + character, model->unknown_id, model->unknown_score);
}

/* The way's tokens, in order: they are found from the end. */
static void add_way(struct way (*ways)[WAYS], size_t size, uint32_t which, enum zest_model_step_kind kind,
                    struct zest_model_steps *steps)
{
    size_t first = steps->count;
    for (size_t end = size; end > 0;) {
        const struct way *way = &ways[end][which];
        assert(exists(way) && way->start < end);
        zest_model_steps_add(steps, (struct zest_model_step){.kind = kind,
                                                             .left = ZEST_NO_TOKEN,
                                                             .right = ZEST_NO_TOKEN,
                                                             .id = way->id,
                                                             .span = {way->start, (uint32_t)end},
                                                             .score = way->own});
        which = way->before;
        end = way->start;
    }
    if (steps->status != ZEST_OK)
        return;
    for (size_t i = first, k = steps->count; i + 1 < k; i++) {
        struct zest_model_step step = steps->list[i];
        steps->list[i] = steps->list[--k];
        steps->list[k] = step;
    }
}

void zest_unigram_paths(const struct zest_unigram_scores *model, struct zest_model_scratch *scratch,
                        const unsigned char *piece, size_t size, struct zest_model_steps *steps)
{
    struct way(*ways)[WAYS] = zest_model_scratch_block(scratch, (size + 1) * sizeof *ways);
    if (!ways) {
        steps->status = ZEST_OUT_OF_MEMORY;
        return;
    }
    for (size_t i = 0; i <= size; i++)
        for (int k = 0; k < WAYS; k++)
            ways[i][k] = (struct way){.before = WAYS};
    ways[0][0].before = 0;
    for (size_t at = 0, character; at < size; at += character) {
        character = zest_character_size(piece[at]);
        offer_from(model, ways, piece, size, at, character);
    }
    add_way(ways, size, 0, ZEST_STEP_PATH, steps);
    if (exists(&ways[size][1]))
        add_way(ways, size, 1, ZEST_STEP_RUNNER_UP, steps);
}
