/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_bert.c - words that the table of a WordPiece vocabulary does not hold: the cache, else the model; words outside
 * ASCII go through the plain path's stages alone.
 */
#include "fast_bert.h"

#include "fast_cache.h"
#include "image_definition.h"

#include <stdlib.h>

enum zest_status zest_fast_stages_open(const struct zest_image *image, struct zest_arena *arena,
                                       const struct zest_fast_stages **ret_stages, struct zest_error *error)
{
    json_t *components = NULL;
    struct zest_fast_stages *stages = ZEST_NEW(arena, struct zest_fast_stages);
    if (!stages)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a tokenizer");
    enum zest_status status = zest_image_components(image, &components, error);
    if (status == ZEST_OK)
        status = zest_normalizer_create(json_object_get(components, "normalizer"), arena, &stages->normalizer, error);
    if (status == ZEST_OK)
        status =
            zest_pretokenizer_create(json_object_get(components, "pre_tokenizer"), arena, &stages->pretokenizer, error);
    if (status == ZEST_OK)
        status = zest_token_model_open(image, json_object_get(components, "model"), arena, &stages->model, error);
    json_decref(components);
    if (status != ZEST_OK)
        zest_fast_stages_finish(stages);
    else
        *ret_stages = stages;
    return status;
}

void zest_fast_stages_finish(const struct zest_fast_stages *stages)
{
    zest_normalizer_finish(stages->normalizer);
    zest_pretokenizer_finish(stages->pretokenizer);
}

static void put_tokens(struct zest_fast_job *job, const struct zest_tokens *tokens, uint32_t start)
{
    job->plain = job->plain || tokens->status != ZEST_OK; /* it knows what to say */
    for (size_t i = 0; i < tokens->count; i++) {
        struct zest_span span = tokens->list[i].span;
        if (job->spans)
            job->spans[job->count] = (struct zest_span){start + span.start, start + span.end};
        job->ids[job->count++] = tokens->list[i].id;
    }
}

/* ---- words of ASCII ---- */

static void put_ascii(struct zest_fast_job *job, uint32_t start, uint32_t end)
{
    struct zest_fast_scratch *scratch = job->scratch;
    uint32_t size = end - start;
    if (scratch->first_word_capacity < size) {
        free(scratch->first_word);
        scratch->first_word = malloc(size);
        scratch->first_word_capacity = scratch->first_word ? size : 0;
    }
    if (!scratch->first_word) {
        job->failed = true;
        return;
    }
    for (uint32_t i = 0; i < size; i++) {
        unsigned char byte = job->text[start + i];
        scratch->first_word[i] = job->fast->lowers && byte >= 'A' && byte <= 'Z' ? byte | 32 : byte;
    }
    scratch->tokens.count = 0;
    zest_token_model_run(job->fast->stages->model, scratch->model, scratch->first_word, size, &scratch->tokens);
    put_tokens(job, &scratch->tokens, start);
}

/* ---- other words ---- */

static void put_pieces(struct zest_fast_job *job, const struct zest_pieces *pieces, uint32_t start)
{
    struct zest_tokens *tokens = &job->scratch->tokens;
    for (size_t i = 0; i < pieces->count; i++) {
        uint32_t first = pieces->list[i].start;
        tokens->count = 0;
        zest_token_model_run(job->fast->stages->model, job->scratch->model, pieces->text.bytes + first,
                             pieces->list[i].end - first, tokens);
        for (size_t t = 0; t < tokens->count && job->spans; t++)
            tokens->list[t].span = zest_aligned_origin(&pieces->text, first + tokens->list[t].span.start,
                                                       first + tokens->list[t].span.end);
        put_tokens(job, tokens, start);
    }
}

static void put_other(struct zest_fast_job *job, uint32_t start, uint32_t end)
{
    struct zest_fast_scratch *scratch = job->scratch;
    const struct zest_fast_stages *stages = job->fast->stages;
    bool aligned = job->spans != NULL;
    zest_aligned_reset(&scratch->raw, aligned);
    zest_pieces_reset(&scratch->whole, aligned);
    zest_pieces_reset(&scratch->pieces, aligned);
    zest_aligned_append_original(&scratch->raw, job->text + start, end - start, 0);
    zest_normalizer_run(stages->normalizer, &scratch->raw, &scratch->whole.text);
    zest_pieces_close(&scratch->whole, 0);
    zest_pretokenizer_run(stages->pretokenizer, &scratch->whole, &scratch->pieces);
    job->failed = job->failed || scratch->raw.status != ZEST_OK || scratch->whole.status != ZEST_OK ||
                  scratch->whole.text.status != ZEST_OK || scratch->pieces.status != ZEST_OK;
    put_pieces(job, &scratch->pieces, start);
}

/* ---- any word ---- */

static bool is_ascii(const unsigned char *word, uint32_t size)
{
    unsigned char all = 0;
    for (uint32_t i = 0; i < size; i++)
        all |= word[i];
    return all < 0x80;
}

/* Few tokens, and where they lie is told by their lengths: words of ASCII only. */
static void put_kept(struct zest_fast_job *job, const struct zest_fast_kept *word, uint32_t start)
{
    for (uint32_t i = 0, at = start; i < word->count && job->spans; i++) {
        job->spans[job->count + i] = (struct zest_span){at, at + job->fast->lengths[word->ids[i]]};
        at += job->fast->lengths[word->ids[i]];
    }
    memcpy(job->ids + job->count, word->ids, sizeof word->ids);
    job->count += word->count;
}

/* The one that is not in the vocabulary says nothing of lengths. */
static bool lengths_tell(const struct zest_fast_job *job, size_t first, uint32_t size)
{
    uint32_t sum = 0;
    for (size_t i = first; i < job->count; i++)
        sum += job->fast->lengths[job->ids[i]];
    return sum == size;
}

void zest_fast_bert_miss(struct zest_fast_job *job, uint32_t start, uint32_t end, struct zest_fast_key key,
                         uint64_t hash)
{
    uint32_t size = end - start;
    bool is_short = size <= ZEST_FAST_SHORT_MAX, ascii = is_ascii(job->text + start, size);
    struct zest_fast_cache_line *line = &job->scratch->merged[zest_fast_merged_place(hash)];
    size_t first = job->count;
    struct zest_fast_kept kept;
    if (is_short && (ascii || !job->spans) && zest_fast_cache_get(line, &key, &kept)) {
        put_kept(job, &kept, start);
        return;
    }
    if (ascii)
        put_ascii(job, start, end);
    else
        put_other(job, start, end);
    if (is_short && job->count - first <= ZEST_FAST_CACHED_IDS && !job->failed && !job->plain &&
        (!ascii || lengths_tell(job, first, size))) {
        kept = (struct zest_fast_kept){.count = (uint32_t)(job->count - first)};
        memcpy(kept.ids, job->ids + first, kept.count * sizeof *kept.ids);
        zest_fast_cache_put(line, key, kept);
    }
}
