/* SPDX-License-Identifier: Apache-2.0 */
/*
 * encode.c - text to ids: special tokens first, then words, then merges.
 *
 *   text ─► added tokens cut it into segments ─► each segment into words ─► cache, else vocabulary, else merges
 *
 * Everything it writes on lies in a scratch, which belongs to one thread at a time and comes from the model's pool
 * without locks. Tuned for whole documents: words in batches of WORDS, nine in ten answered by the cache.
 * Start at zest_encode.
 */
#include "tokenizer_model.h"
#include "unicode_class.h"

#include <stdlib.h>

#define WORDS 256
#define KEPT_IDS_MAX ((size_t)1 << 18) /* a scratch that grew beyond this is trimmed when it is given back */

/* ---- scratches ---- */

struct zest_encoder_scratch *zest_encoder_borrow(struct zest_tokenizer_model *model)
{
    for (size_t i = 0; i < ZEST_SCRATCH_POOL_SIZE; i++) {
        if (!atomic_load_explicit(&model->pool[i], memory_order_relaxed))
            continue;
        struct zest_encoder_scratch *scratch = atomic_exchange(&model->pool[i], NULL);
        if (scratch)
            return scratch;
    }
    struct zest_encoder_scratch *scratch = calloc(1, sizeof *scratch);
    if (!scratch)
        return NULL;
    scratch->cache = calloc(ZEST_WORD_CACHE_SLOTS, sizeof *scratch->cache);
    if (scratch->cache)
        return scratch;
    free(scratch);
    return NULL;
}

static void trim(struct zest_encoder_scratch *scratch)
{
    if (scratch->id_capacity > KEPT_IDS_MAX) {
        free(scratch->ids);
        scratch->ids = NULL;
        scratch->id_capacity = 0;
    }
    if (scratch->span_capacity > KEPT_IDS_MAX) {
        free(scratch->spans);
        scratch->spans = NULL;
        scratch->span_capacity = 0;
    }
    if (scratch->bpe.symbol_capacity > KEPT_IDS_MAX)
        zest_bpe_scratch_finish(&scratch->bpe);
}

void zest_encoder_give_back(struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch)
{
    trim(scratch);
    for (size_t i = 0; i < ZEST_SCRATCH_POOL_SIZE; i++) {
        struct zest_encoder_scratch *none = NULL;
        if (atomic_compare_exchange_strong(&model->pool[i], &none, scratch))
            return;
    }
    zest_encoder_scratch_destroy(scratch);
}

void zest_encoder_scratch_destroy(struct zest_encoder_scratch *scratch)
{
    if (!scratch)
        return;
    zest_bpe_scratch_finish(&scratch->bpe);
    free(scratch->cache);
    free(scratch->ids);
    free(scratch->spans);
    free(scratch);
}

/* Room for `more` ids; a cached word is written in one piece of ZEST_CACHED_IDS_MAX whatever its length. */
static bool reserve(struct zest_encoder_scratch *scratch, size_t more, bool spans)
{
    size_t wanted = scratch->count + more + ZEST_CACHED_IDS_MAX;
    if (wanted > scratch->id_capacity) {
        size_t capacity = wanted + wanted / 2;
        uint32_t *ids = realloc(scratch->ids, capacity * sizeof *ids);
        if (!ids)
            return false;
        scratch->ids = ids;
        scratch->id_capacity = capacity;
    }
    if (spans && wanted > scratch->span_capacity) {
        size_t capacity = wanted + wanted / 2;
        struct zest_span *grown = realloc(scratch->spans, capacity * sizeof *grown);
        if (!grown)
            return false;
        scratch->spans = grown;
        scratch->span_capacity = capacity;
    }
    return true;
}

/* ---- words ---- */

/* One job: the segment [start, end) of `text`. */
struct segment {
    const unsigned char *text;
    size_t text_size, start, end;
};

static bool encode_missing(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                           const unsigned char *word, size_t size, struct zest_cached_word *slot,
                           struct zest_word_key key)
{
    uint32_t *ids = scratch->ids + scratch->count;
    size_t count = zest_bpe_encode(&model->bpe, &scratch->bpe, word, size, ids, NULL);
    if (count == SIZE_MAX)
        return false;
    scratch->cache_misses++;
    if (slot && count <= ZEST_CACHED_IDS_MAX) {
        slot->key = key;
        slot->count = (uint32_t)count;
        memcpy(slot->ids, ids, count * sizeof *ids);
    }
    scratch->count += count;
    return true;
}

static inline bool encode_word(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                               const unsigned char *word, size_t size, size_t room)
{
    if (size > ZEST_CACHED_WORD_MAX)
        return encode_missing(model, scratch, word, size, NULL, (struct zest_word_key){0, 0});
    struct zest_word_key key = zest_word_key_of(word, size, room);
    struct zest_cached_word *slot = zest_word_cache_slot(scratch->cache, key);
    if (!zest_word_key_equal(slot->key, key))
        return encode_missing(model, scratch, word, size, slot, key);
    memcpy(scratch->ids + scratch->count, slot->ids, sizeof slot->ids);
    scratch->count += slot->count;
    return true;
}

static bool encode_word_spans(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                              const unsigned char *text, size_t at, size_t size)
{
    struct zest_span *spans = scratch->spans + scratch->count;
    size_t count = zest_bpe_encode(&model->bpe, &scratch->bpe, text + at, size, scratch->ids + scratch->count, spans);
    if (count == SIZE_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        spans[i].start += (uint32_t)at;
        spans[i].end += (uint32_t)at;
    }
    scratch->count += count;
    return true;
}

static bool encode_segment(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                           struct segment segment, bool spans)
{
    const unsigned char *base = segment.text + segment.start;
    size_t size = segment.end - segment.start, from = 0, ends[WORDS];
    while (from < size) {
        size_t count = model->pretokenizer->cut(base, size, from, ends, WORDS);
        if (!reserve(scratch, ends[count - 1] - from, spans))
            return false;
        for (size_t i = 0; i < count; i++) {
            size_t word_size = ends[i] - from, at = segment.start + from;
            if (!(spans ? encode_word_spans(model, scratch, segment.text, at, word_size)
                        : encode_word(model, scratch, base + from, word_size, segment.text_size - at)))
                return false;
            from = ends[i];
        }
    }
    return true;
}

/* ---- whole texts ---- */

static bool append(struct zest_encoder_scratch *scratch, uint32_t id, size_t start, size_t end, bool spans)
{
    if (!reserve(scratch, 1, spans))
        return false;
    if (spans)
        scratch->spans[scratch->count] = (struct zest_span){(uint32_t)start, (uint32_t)end};
    scratch->ids[scratch->count++] = id;
    return true;
}

static bool encode_all(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                       struct zest_text text, struct zest_encode_options options)
{
    const unsigned char *bytes = (const unsigned char *)text.data;
    struct segment segment = {bytes, text.size, 0, 0};
    if (text.size == 0)
        return true;
    struct zest_added_match match = {0, 0, 0};
    while (zest_added_tokens_find(&model->added, text, match.end, &match)) {
        if (options.encode_special_tokens && zest_token_is_special(model->vocabulary.kinds[match.id]))
            continue; /* its characters stay in the segment */
        segment.end = match.start;
        if (!encode_segment(model, scratch, segment, options.spans) ||
            !append(scratch, match.id, match.start, match.end, options.spans))
            return false;
        segment.start = match.end;
    }
    segment.end = text.size;
    return encode_segment(model, scratch, segment, options.spans);
}

enum zest_status zest_encode(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                             struct zest_text text, struct zest_encode_options options, struct zest_error *error)
{
    size_t bad;
    if (text.size > ZEST_TEXT_SIZE_MAX)
        return zest_fail_param(error, ZEST_TOO_LARGE, "text", "text has %zu bytes, %zu are possible", text.size,
                               ZEST_TEXT_SIZE_MAX);
    if (!zest_utf8_valid(text, &bad))
        return zest_fail_param(error, ZEST_INVALID_UTF8, "text", "text is not UTF-8: byte %zu is 0x%02X", bad,
                               (unsigned char)text.data[bad]);
    scratch->count = 0;
    bool done =
        (!options.add_special || !model->adds_bos || append(scratch, (uint32_t)model->bos_id, 0, 0, options.spans)) &&
        encode_all(model, scratch, text, options) &&
        (!options.add_special || !model->adds_eos ||
         append(scratch, (uint32_t)model->eos_id, text.size, text.size, options.spans));
    return done ? ZEST_OK : zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory to tokenize %zu bytes", text.size);
}

/* Counts the characters that begin before `to`, going on from an earlier count. */
static uint32_t count_leads(const char *data, size_t *at, size_t to, uint32_t count)
{
    for (; *at < to; (*at)++)
        count += !zest_utf8_continues((unsigned char)data[*at]);
    return count;
}

void zest_spans_to_code_points(struct zest_text text, struct zest_span *spans, size_t count)
{
    size_t start_at = 0, end_at = 0;
    uint32_t starts = 0, ends = 0;
    for (size_t i = 0; i < count; i++) {
        if (spans[i].start == spans[i].end) { /* tokens that the model adds */
            starts = count_leads(text.data, &start_at, spans[i].start, starts);
            spans[i] = (struct zest_span){starts, starts};
            continue;
        }
        starts = count_leads(text.data, &start_at, (size_t)spans[i].start + 1, starts);
        ends = count_leads(text.data, &end_at, spans[i].end, ends);
        spans[i] = (struct zest_span){starts - 1, ends};
    }
}
