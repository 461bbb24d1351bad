/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_miss.c - words that are not in the first line of the table: the rest of the table, the cache, merges.
 *
 * Words of more than 15 bytes are first looked for as a whole, then cut where no merge can cross (fast_cuts.h; those
 * outside ASCII were cut before, fast_masks.h), and each part is looked for.
 */
#include "fast_cache.h"
#include "fast_vector.h"

#include <assert.h>
#include <stdlib.h>

static struct zest_fast_key key_of(const struct zest_fast_job *job, uint32_t start, uint32_t size)
{
    struct zest_fast_key key __attribute__((aligned(16)));
    if (job->size - start < 16)
        return zest_fast_key_of(job->text + start, size);
    zest_fast_key_load(job->text + start, size, &key);
    return key;
}

/* ---- writing tokens ---- */

/* A part of a character counts as the whole. */
static struct zest_span whole_characters(const struct zest_fast_job *job, uint32_t start, uint32_t end)
{
    while (start > 0 && zest_utf8_continues(job->text[start]))
        start--;
    while (end < job->size && zest_utf8_continues(job->text[end]))
        end++;
    return (struct zest_span){start, end};
}

/* A token that is text[start, end), whole characters. */
static void put_one(struct zest_fast_job *job, uint32_t id, uint32_t start, uint32_t end)
{
    if (job->spans)
        job->spans[job->count] = (struct zest_span){start, end};
    job->ids[job->count++] = id;
}

/* Spans from the tokens' lengths; false where these don't tell (bytes were dropped, a very long token). */
static bool put_spans(struct zest_fast_job *job, const uint32_t *ids, uint32_t count, uint32_t start, uint32_t end)
{
    uint32_t at = start;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t next = at + job->fast->lengths[ids[i]];
        if (next > end)
            return false;
        job->spans[job->count + i] = whole_characters(job, at, next);
        at = next;
    }
    return at == end;
}

/* ---- merging ---- */

static bool reserve_symbols(struct zest_fast_scratch *scratch, size_t count)
{
    if (scratch->symbol_capacity >= count)
        return true;
    free(scratch->symbols);
    scratch->symbol_capacity = 0;
    scratch->symbols = malloc(count * sizeof *scratch->symbols);
    if (scratch->symbols)
        scratch->symbol_capacity = count;
    return scratch->symbols != NULL;
}

/* Each byte is a symbol. Bytes that the vocabulary lacks are dropped. */
static size_t symbols_of_bytes(struct zest_fast_job *job, uint32_t start, uint32_t end)
{
    struct zest_bpe_symbol *symbols = job->scratch->symbols;
    const uint32_t *byte_ids = job->fast->byte_ids;
    size_t count = 0;
    for (uint32_t at = start; at < end; at++)
        if (byte_ids[job->text[at]] != ZEST_NO_TOKEN)
            symbols[count++] = (struct zest_bpe_symbol){byte_ids[job->text[at]], at, at + 1};
    job->plain = job->plain || (job->spans && count != end - start);
    return count;
}

/* Each character is a symbol, or the tokens of its bytes are. */
static size_t symbols_of_characters(struct zest_fast_job *job, uint32_t start, uint32_t end)
{
    struct zest_bpe_symbol *symbols = job->scratch->symbols;
    size_t count = 0;
    for (uint32_t at = start, length; at < end; at += length) {
        uint32_t code_point = zest_utf8_decode(job->text + at, &length);
        struct zest_fast_key key = code_point == ZEST_FAST_LOWER_BAR ? zest_fast_key_of((const unsigned char *)" ", 1)
                                                                     : zest_fast_key_of(job->text + at, length);
        uint32_t id = zest_fast_words_find(&job->fast->words, key, zest_fast_hash(key));
        if (id != ZEST_FAST_NO_WORD)
            symbols[count++] = (struct zest_bpe_symbol){id, at, at + length};
        for (uint32_t i = 0; i < length && id == ZEST_FAST_NO_WORD; i++)
            symbols[count++] = (struct zest_bpe_symbol){job->fast->byte_ids[job->text[at + i]], at + i, at + i + 1};
    }
    return count;
}

static void put_merged(struct zest_fast_job *job, uint32_t start, uint32_t end)
{
    struct zest_fast_scratch *scratch = job->scratch;
    if (!reserve_symbols(scratch, end - start)) {
        job->failed = true;
        return;
    }
    size_t count = job->fast->characters ? symbols_of_characters(job, start, end) : symbols_of_bytes(job, start, end);
    if (count > 1)
        count = zest_bpe_merge(&job->fast->pairs, scratch->model, scratch->symbols, count);
    if (count == SIZE_MAX) {
        job->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct zest_bpe_symbol *symbol = &scratch->symbols[i];
        if (job->spans)
            job->spans[job->count] = whole_characters(job, symbol->start, symbol->end);
        job->ids[job->count++] = symbol->id;
    }
}

/* ---- the cache ---- */

static void put_long(struct zest_fast_job *job, uint32_t start, uint32_t end)
{
    uint32_t size = end - start;
    size_t first = job->count;
    const unsigned char *bytes = job->text + start;
    if (size > ZEST_FAST_LONG_BYTES) {
        put_merged(job, start, end);
        return;
    }
    const struct zest_fast_long_word *word = zest_fast_cache_long(job->scratch, bytes, size);
    if (word->size == size && memcmp(word->bytes, bytes, size) == 0 &&
        (!job->spans || put_spans(job, word->ids, word->count, start, end))) {
        memcpy(job->ids + job->count, word->ids, word->count * sizeof *word->ids);
        job->count += word->count;
        return;
    }
    put_merged(job, start, end);
    if (!job->failed)
        zest_fast_cache_put_long(job->scratch, bytes, size, job->ids + first, job->count - first);
}

void zest_fast_put_kept(struct zest_fast_job *job, const struct zest_fast_kept *kept, uint32_t start, uint32_t end)
{
    if (job->spans && !put_spans(job, kept->ids, kept->count, start, end)) {
        put_merged(job, start, end);
        return;
    }
    memcpy(job->ids + job->count, kept->ids, kept->count * sizeof *kept->ids);
    job->count += kept->count;
}

/* ---- words ---- */

/* Appends the tokens and keeps them, where they are few. */
static void put_short_merged(struct zest_fast_job *job, uint32_t start, uint32_t end, struct zest_fast_key key,
                             uint64_t hash)
{
    struct zest_fast_cache_line *line = &job->scratch->merged[zest_fast_merged_place(hash)];
    struct zest_fast_kept kept = {{0}, ZEST_FAST_CACHED_LONG};
    bool is_cached = zest_fast_cache_get(line, &key, &kept);
    if (is_cached && kept.count != ZEST_FAST_CACHED_LONG) {
        zest_fast_put_kept(job, &kept, start, end);
        return;
    }
    size_t first = job->count;
    put_long(job, start, end);
    size_t count = job->count - first;
    if (is_cached || job->failed)
        return;
    if (count <= ZEST_FAST_CACHED_IDS) {
        memcpy(kept.ids, job->ids + first, count * sizeof *kept.ids);
        kept.count = (uint32_t)count;
    }
    zest_fast_cache_put(line, key, kept);
}

/* A word of at most 15 bytes. What stands for whole pieces only counts for those only. */
static void put_short(struct zest_fast_job *job, uint32_t start, uint32_t end, bool is_piece)
{
    struct zest_fast_key key = key_of(job, start, end - start);
    uint64_t hash = zest_fast_hash(key);
    uint32_t id = zest_fast_words_find(&job->fast->words, key, hash);
    if (id < ZEST_FAST_WHOLE || (id != ZEST_FAST_NO_WORD && is_piece))
        put_one(job, id & ~ZEST_FAST_WHOLE, start, end);
    else
        put_short_merged(job, start, end, key, hash);
}

static void put_word(struct zest_fast_job *job, uint32_t start, uint32_t end, bool is_piece)
{
    if (end - start <= ZEST_FAST_SHORT_MAX) {
        put_short(job, start, end, is_piece);
        return;
    }
    uint32_t id = zest_fast_words_find_long(&job->fast->words, job->text + start, end - start);
    if (id < ZEST_FAST_WHOLE || (id != ZEST_FAST_NO_WORD && is_piece))
        put_one(job, id & ~ZEST_FAST_WHOLE, start, end);
    else
        put_long(job, start, end);
}

static void put_parts(struct zest_fast_job *job, uint32_t start, uint32_t end)
{
    uint32_t length, left = zest_utf8_decode(job->text + start, &length), part = start;
    for (uint32_t at = start + length; at < end; at += length) {
        uint32_t right = zest_utf8_decode(job->text + at, &length);
        if (zest_fast_may_cut(&job->fast->cuts, job->text + at, left, right)) {
            put_word(job, part, at, false);
            part = at;
        }
        left = right;
    }
    put_word(job, part, end, false);
}

/* The first word of a segment that has a blank before it. */
static void put_first(struct zest_fast_job *job, uint32_t end)
{
    struct zest_fast_scratch *scratch = job->scratch;
    if (scratch->first_word_capacity < end + 1) {
        free(scratch->first_word);
        scratch->first_word = malloc(end + 1);
        scratch->first_word_capacity = scratch->first_word ? end + 1 : 0;
    }
    if (!scratch->first_word) {
        job->failed = true;
        return;
    }
    scratch->first_word[0] = ' ';
    memcpy(scratch->first_word + 1, job->text, end);
    struct zest_fast_job with_blank = *job;
    with_blank.text = scratch->first_word;
    with_blank.size = end + 1;
    put_parts(&with_blank, 0, end + 1);
    uint32_t first_size;
    zest_utf8_decode(job->text, &first_size);
    for (size_t i = job->count; job->spans && i < with_blank.count; i++) {
        struct zest_span *span = &job->spans[i];
        /* The blank stands for the first character. */
        span->start -= span->start > 0;
        span->end = span->end > 1 ? span->end - 1 : first_size;
    }
    job->count = with_blank.count;
    job->failed = with_blank.failed;
    job->plain = with_blank.plain;
}

void zest_fast_miss(struct zest_fast_job *job, uint32_t start, uint32_t end, bool is_piece)
{
    uint32_t size = end - start;
    if (start == 0 && job->fast->prepend) {
        put_first(job, end);
        return;
    }
    if (size <= ZEST_FAST_SHORT_MAX) {
        put_short(job, start, end, is_piece);
        return;
    }
    uint32_t id = zest_fast_words_find_long(&job->fast->words, job->text + start, size);
    if (id < ZEST_FAST_WHOLE || (id != ZEST_FAST_NO_WORD && is_piece))
        put_one(job, id & ~ZEST_FAST_WHOLE, start, end);
    else
        put_parts(job, start, end);
}
