/* SPDX-License-Identifier: Apache-2.0 */
/*
 * encode.c - text to ids: added tokens first, then what lies between them, then what is put round the text.
 *
 *   text ─► added tokens cut it into segments ─► each by the fast path, ─► the post-processor's ids round it
 *                                                else by the plain one
 *
 * Everything it writes on lies in a scratch, which belongs to one thread at a time and comes from the model's pool
 * without locks. Start at zest_encode.
 */
#include "normalizer_kinds.h"
#include "pretokenizer_kinds.h"
#include "tokenizer_model.h"

#include <assert.h>
#include <stdlib.h>

#define KEPT_IDS_MAX ((size_t)1 << 18) /* a scratch that grew beyond this is not kept */

/* ---- scratches ---- */

void zest_encoder_scratch_destroy(struct zest_encoder_scratch *scratch)
{
    if (!scratch)
        return;
    free(scratch->ids);
    free(scratch->spans);
    free(scratch->texts);
    free(scratch->words);
    zest_aligned_finish(&scratch->raw);
    zest_aligned_finish(&scratch->normal);
    zest_pieces_finish(&scratch->whole);
    zest_pieces_finish(&scratch->cut);
    zest_tokens_finish(&scratch->tokens);
    zest_model_scratch_destroy(scratch->model);
    zest_fast_scratch_destroy(scratch->fast);
    zest_texts_finish(&scratch->texts_in);
    zest_decoder_scratch_finish(&scratch->decoder);
    free(scratch);
}

static struct zest_encoder_scratch *create_scratch(void)
{
    struct zest_encoder_scratch *scratch = calloc(1, sizeof *scratch);
    if (scratch && (scratch->model = zest_model_scratch_create()) && (scratch->fast = zest_fast_scratch_create()))
        return scratch;
    zest_encoder_scratch_destroy(scratch);
    return NULL;
}

struct zest_encoder_scratch *zest_encoder_borrow(struct zest_tokenizer_model *model)
{
    for (size_t i = 0; i < ZEST_SCRATCH_POOL_SIZE; i++) {
        if (!atomic_load_explicit(&model->pool[i], memory_order_relaxed))
            continue;
        struct zest_encoder_scratch *scratch = atomic_exchange(&model->pool[i], NULL);
        if (scratch)
            return scratch;
    }
    return create_scratch();
}

void zest_encoder_give_back(struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch)
{
    if (scratch->capacity <= KEPT_IDS_MAX && scratch->raw.byte_capacity <= 8 * KEPT_IDS_MAX)
        for (size_t i = 0; i < ZEST_SCRATCH_POOL_SIZE; i++) {
            struct zest_encoder_scratch *none = NULL;
            if (atomic_compare_exchange_strong(&model->pool[i], &none, scratch))
                return;
        }
    zest_encoder_scratch_destroy(scratch);
}

/* *array for `capacity` items; true where it is not wanted. */
static bool grow(void *array, size_t capacity, size_t size, bool wanted)
{
    void **place = array;
    void *grown = wanted ? realloc(*place, capacity * size) : *place;
    if (wanted && grown)
        *place = grown;
    return !wanted || grown;
}

bool zest_encoder_reserve(struct zest_encoder_scratch *scratch, size_t more, struct zest_encode_options options)
{
    size_t wanted = scratch->count + more;
    bool fits = wanted <= scratch->capacity && (!options.spans || scratch->spans) &&
                (!options.texts || scratch->texts) && (!options.words || scratch->words);
    if (fits)
        return true;
    size_t capacity = wanted > scratch->capacity ? wanted + wanted / 2 + 64 : scratch->capacity;
    bool done = grow(&scratch->ids, capacity, sizeof *scratch->ids, true) &&
                grow(&scratch->spans, capacity, sizeof *scratch->spans, options.spans || scratch->spans) &&
                grow(&scratch->texts, capacity, sizeof *scratch->texts, options.texts || scratch->texts) &&
                grow(&scratch->words, capacity, sizeof *scratch->words, options.words || scratch->words);
    if (done)
        scratch->capacity = capacity;
    else
        scratch->status = ZEST_OUT_OF_MEMORY;
    return done;
}

struct zest_text zest_model_token_text(const struct zest_tokenizer_model *model, uint32_t id)
{
    if (id < model->table.count && model->table.present[id])
        return zest_token_text(&model->table, id);
    const struct zest_added_entry *entry = zest_added_find_id(&model->added, id);
    return entry ? zest_added_content(&model->added, entry) : ZEST_TEXT("");
}

void zest_encoder_append(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch, uint32_t id,
                         struct zest_span span, struct zest_text text, struct zest_encode_options options)
{
    if (!zest_encoder_reserve(scratch, 1, options))
        return;
    if (options.spans)
        scratch->spans[scratch->count] = span;
    if (options.texts)
        scratch->texts[scratch->count] = text.data ? text : zest_model_token_text(model, id);
    if (options.words)
        scratch->words[scratch->count] = scratch->word_count;
    scratch->ids[scratch->count++] = id;
}

/* ---- one text ---- */

bool zest_encoder_run_fast(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                           const unsigned char *text, size_t size, uint32_t flags, struct zest_encode_options options)
{
    if (!zest_encoder_reserve(scratch, ZEST_FAST_ROOM(size), options))
        return true;
    size_t first = scratch->count;
    struct zest_span *spans = options.spans ? scratch->spans + first : NULL;
    size_t count = zest_fast_encode(model->fast, scratch->fast, text, size, flags, scratch->ids + first, spans);
    if (count == ZEST_FAST_PLAIN)
        return false;
    if (count == ZEST_FAST_NO_MEMORY) {
        scratch->status = ZEST_OUT_OF_MEMORY;
        return true;
    }
    for (size_t i = first; options.texts && i < first + count; i++)
        scratch->texts[i] = zest_model_token_text(model, scratch->ids[i]);
    scratch->count += count;
    return true;
}

/* The fast path on text[start, end), which holds no added token; false where it wants the plain one. */
static bool encode_fast(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                        const unsigned char *text, size_t start, size_t end, struct zest_encode_options options)
{
    size_t first = scratch->count;
    if (!zest_encoder_run_fast(model, scratch, text + start, end - start, start == 0 ? ZEST_FAST_FIRST : 0, options))
        return false;
    for (size_t i = first; options.spans && start > 0 && i < scratch->count; i++)
        scratch->spans[i] =
            (struct zest_span){scratch->spans[i].start + (uint32_t)start, scratch->spans[i].end + (uint32_t)start};
    return true;
}

static void encode_segment(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                           const unsigned char *text, size_t start, size_t end, struct zest_encode_options options)
{
    if (start >= end || scratch->status != ZEST_OK)
        return;
    if (!model->fast || options.words || !encode_fast(model, scratch, text, start, end, options))
        zest_encode_plain(model, scratch, text, (struct zest_span){(uint32_t)start, (uint32_t)end}, options);
}

/* text[start, end) cut by the added tokens of one trie; what lies between them goes to `encode`. */
static void encode_between(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                           const struct zest_added_trie *trie, const unsigned char *text, size_t start, size_t end,
                           struct zest_encode_options options,
                           void encode(const struct zest_tokenizer_model *, struct zest_encoder_scratch *,
                                       const unsigned char *, size_t, size_t, struct zest_encode_options))
{
    struct zest_added_search search = {
        .text = text + start,
        .size = end - start,
        .vocabulary = &model->added,
        .trie = trie,
        .keep_special = options.encode_special_tokens,
    };
    struct zest_added_match match;
    size_t at = start;
    while (zest_added_next(&search, &match)) {
        encode(model, scratch, text, at, start + match.start, options);
        at = start + match.end;
        if (match.end == match.start)
            continue;
        struct zest_span span = {(uint32_t)(start + match.start), (uint32_t)at};
        struct zest_text found = {(const char *)text + span.start, span.end - span.start};
        zest_encoder_append(model, scratch, match.entry->id, span,
                            options.texts ? zest_text_copy(options.texts, found) : found, options);
        scratch->word_count++;
    }
    encode(model, scratch, text, at, end, options);
}

/* Between raw added tokens: without a normalizer the normalized ones are looked for in the same text. */
static void encode_rest(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                        const unsigned char *text, size_t start, size_t end, struct zest_encode_options options)
{
    if (start >= end || scratch->status != ZEST_OK)
        return;
    if (!zest_added_trie_has(&model->added.normalized))
        encode_segment(model, scratch, text, start, end, options);
    else if (!model->normalizer && model->fast && !options.words)
        encode_between(model, scratch, &model->added.normalized, text, start, end, options, encode_segment);
    else
        zest_encode_plain(model, scratch, text, (struct zest_span){(uint32_t)start, (uint32_t)end}, options);
}

static void encode_all(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                       struct zest_text text, struct zest_encode_options options)
{
    encode_between(model, scratch, &model->added.raw, (const unsigned char *)text.data, 0, text.size, options,
                   encode_rest);
}

static void append_frame(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                         const uint32_t *ids, size_t count, struct zest_encode_options options)
{
    for (size_t i = 0; i < count; i++) {
        zest_encoder_append(model, scratch, ids[i], (struct zest_span){0, 0}, (struct zest_text){0}, options);
        if (options.words && scratch->status == ZEST_OK)
            scratch->words[scratch->count - 1] = ZEST_NO_WORD;
    }
}

static enum zest_status check_text(struct zest_text text, const char *param, bool valid, struct zest_error *error)
{
    size_t bad;
    if (text.size > ZEST_TEXT_SIZE_MAX)
        return zest_fail_param(error, ZEST_TOO_LARGE, param, "%s has %zu bytes, %zu are possible", param, text.size,
                               ZEST_TEXT_SIZE_MAX);
    if (!valid && !zest_utf8_valid(text, &bad))
        return zest_fail_param(error, ZEST_INVALID_UTF8, param, "%s is not UTF-8: byte %zu is 0x%02X", param, bad,
                               (unsigned char)text.data[bad]);
    return ZEST_OK;
}

enum zest_status zest_encode_fail(const struct zest_tokenizer_model *model, enum zest_status status, bool normalizing,
                                  size_t size, struct zest_error *error)
{
    if (status == ZEST_OUT_OF_MEMORY)
        return zest_fail(error, status, "no memory to tokenize %zu bytes", size);
    if (status == ZEST_MODEL_DAMAGED)
        return zest_fail_param(error, status, "text", "the text needs the unknown token, and the tokenizer has none");
    return normalizing ? zest_normalizer_fail(model->normalizer, status, error)
                       : zest_pretokenizer_fail(model->pretokenizer, status, error);
}

/* ---- lengths ---- */

/* Keeps as many ids as fit between those that are put round them. */
static enum zest_status truncate_ids(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                                     bool add_special, struct zest_error *error)
{
    const struct zest_truncation *truncation = model->truncation;
    size_t added = add_special ? model->frame.before_count + model->frame.after_count : 0;
    if (!truncation || scratch->count + added <= truncation->length_max)
        return ZEST_OK;
    if (truncation->strategy == ZEST_ONLY_SECOND)
        return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "pair",
                               "the tokenizer truncates the second text only (OnlySecond), and there is none");
    if (added > truncation->length_max)
        return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "truncation",
                               "the tokenizer keeps %zu tokens and adds %zu: there is no room for the text",
                               truncation->length_max, added);
    size_t kept = truncation->length_max - added;
    if (truncation->left)
        memmove(scratch->ids, scratch->ids + scratch->count - kept, kept * sizeof *scratch->ids);
    scratch->count = kept;
    return ZEST_OK;
}

static void insert_ids(struct zest_encoder_scratch *scratch, size_t at, size_t count)
{
    memmove(scratch->ids + at + count, scratch->ids + at, (scratch->count - at) * sizeof *scratch->ids);
    scratch->count += count;
}

static void pad_ids(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch, size_t more)
{
    size_t at = model->padding->left ? 0 : scratch->count;
    insert_ids(scratch, at, more);
    for (size_t i = 0; i < more; i++)
        scratch->ids[at + i] = model->padding->id;
}

/* What is missing to the length that a text alone is padded to. */
static size_t padding_of(const struct zest_tokenizer_model *model, size_t count)
{
    const struct zest_padding *padding = model->padding;
    if (!padding)
        return 0;
    size_t length =
        padding->fixed > 0 ? padding->fixed : count; /* a longer text than the fixed length stays as it is */
    size_t rest = padding->multiple > 0 ? length % padding->multiple : 0;
    length += rest > 0 ? padding->multiple - rest : 0;
    return length > count ? length - count : 0;
}

static enum zest_status fit_lengths(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                                    struct zest_encode_options options, struct zest_error *error)
{
    const struct zest_id_frame *frame = &model->frame;
    enum zest_status status = truncate_ids(model, scratch, options.add_special, error);
    size_t before = options.add_special ? frame->before_count : 0, after = options.add_special ? frame->after_count : 0;
    size_t padding = padding_of(model, scratch->count + before + after);
    if (status != ZEST_OK)
        return status;
    if (!zest_encoder_reserve(scratch, before + after + padding, options))
        return ZEST_OK; /* scratch->status tells */
    insert_ids(scratch, 0, before);
    memcpy(scratch->ids, frame->before, before * sizeof *scratch->ids);
    memcpy(scratch->ids + scratch->count, frame->after, after * sizeof *scratch->ids);
    scratch->count += after;
    if (padding > 0)
        pad_ids(model, scratch, padding);
    return ZEST_OK;
}

/* ---- a whole text ---- */

enum zest_status zest_encode(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                             struct zest_text text, struct zest_encode_options options, struct zest_error *error)
{
    enum zest_status status = check_text(text, "text", options.valid, error);
    bool frames = options.add_special && !options.lengths;
    assert(!options.lengths || (!options.spans && !options.words && !options.texts));
    if (status != ZEST_OK)
        return status;
    scratch->count = 0;
    scratch->word_count = 0;
    scratch->status = scratch->normal.status = ZEST_OK;
    if (frames)
        append_frame(model, scratch, model->frame.before, model->frame.before_count, options);
    encode_all(model, scratch, text, options);
    if (frames)
        append_frame(model, scratch, model->frame.after, model->frame.after_count, options);
    if (options.lengths && scratch->status == ZEST_OK)
        status = fit_lengths(model, scratch, options, error);
    return scratch->status == ZEST_OK
               ? status
               : zest_encode_fail(model, scratch->status, scratch->normal.status != ZEST_OK, text.size, error);
}

/* ---- in full ---- */

static bool copy_result(const struct zest_encoder_scratch *scratch, bool words, struct zest_arena *arena,
                        struct zest_encoding *ret_encoding)
{
    *ret_encoding = (struct zest_encoding){0};
    if (!zest_encoding_reserve(ret_encoding, arena, scratch->count))
        return false;
    for (size_t i = 0; i < scratch->count; i++)
        ret_encoding->items[i] = (struct zest_encoded){
            .id = scratch->ids[i],
            .span = scratch->spans[i],
            .text = scratch->texts[i],
            .word = words ? scratch->words[i] : ZEST_NO_WORD,
            .attention = 1,
        };
    ret_encoding->count = scratch->count;
    return true;
}

static enum zest_status encode_one(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                                   struct zest_text text, const struct zest_full_options *full,
                                   struct zest_arena *arena, struct zest_encoding *ret_encoding,
                                   struct zest_error *error)
{
    struct zest_encode_options options = {
        .encode_special_tokens = full->encode_special_tokens, .spans = true, .words = full->words, .texts = arena};
    enum zest_status status = zest_encode(model, scratch, text, options, error);
    if (status != ZEST_OK)
        return status;
    if (!full->byte_spans)
        zest_spans_to_code_points(text, scratch->spans, scratch->count);
    return copy_result(scratch, full->words, arena, ret_encoding)
               ? ZEST_OK
               : zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for %zu tokens", scratch->count);
}

static enum zest_status truncate_both(const struct zest_tokenizer_model *model, const struct zest_full_options *options,
                                      struct zest_encoding *first, struct zest_encoding *second,
                                      struct zest_arena *arena, struct zest_error *error)
{
    if (!model->truncation || !options->truncate)
        return ZEST_OK;
    struct zest_truncation truncation = *model->truncation;
    size_t added = options->add_special ? zest_post_processor_added(model->post_processor, second != NULL) : 0;
    if (added > truncation.length_max)
        return zest_fail_param(error, ZEST_INVALID_ARGUMENT, "truncation",
                               "the tokenizer keeps %zu tokens and adds %zu: there is no room for the text",
                               truncation.length_max, added);
    truncation.length_max -= added;
    return zest_truncate(&truncation, first, second, arena, error);
}

enum zest_status zest_encode_full(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                                  struct zest_text text, struct zest_full_options options, struct zest_arena *arena,
                                  struct zest_encoding *ret_encoding, struct zest_error *error)
{
    struct zest_encoding first, second, whole;
    enum zest_status status = encode_one(model, scratch, text, &options, arena, &first, error);
    if (status == ZEST_OK && options.pair) {
        status = check_text(*options.pair, "pair", false, error);
        if (status == ZEST_OK)
            status = encode_one(model, scratch, *options.pair, &options, arena, &second, error);
        if (status == ZEST_OK)
            zest_encoding_set_type(&second, 1);
    }
    struct zest_encoding *pair = options.pair ? &second : NULL;
    if (status == ZEST_OK)
        status = truncate_both(model, &options, &first, pair, arena, error);
    if (status != ZEST_OK)
        return status;
    if (!zest_post_process(model->post_processor, &first, pair, options.add_special, arena, &whole) ||
        (model->padding && options.pad && !zest_pad(model->padding, &whole, 1, arena)))
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for %zu tokens", first.count);
    *ret_encoding = whole;
    return ZEST_OK;
}
