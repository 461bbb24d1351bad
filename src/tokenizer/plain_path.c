/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plain_path.c - a stretch of text between added tokens, one stage after the other.
 *
 *   raw ─ normalizer ─► normal ─ added tokens (normalized) cut it ─► whole ─ pre-tokenizer ─► cut ─ model ─► tokens
 *
 * Works for every tokenizer; what the fast path does is checked against it. The scratch is the caller's.
 */
#include "tokenizer_model.h"

#include <assert.h>

/* The token's text where it is not the vocabulary's: an unknown piece of Unigram stays what it was. */
static struct zest_text own_text(const struct zest_tokenizer_model *model, const struct zest_pieces *pieces,
                                 const struct zest_piece *piece, const struct zest_token *token,
                                 struct zest_arena *arena)
{
    struct zest_text text = {(const char *)pieces->text.bytes + piece->start + token->span.start,
                             token->span.end - token->span.start};
    if (strcmp(model->token_model->kind->type, "Unigram") != 0)
        return (struct zest_text){0};
    struct zest_text known = token->id < model->table.count ? zest_token_text(&model->table, token->id) : text;
    return zest_text_equal(text, known) || (known.size == 6 && memcmp(known.data, "<0x", 3) == 0)
               ? (struct zest_text){0}
               : zest_text_copy(arena, text);
}

static void append_tokens(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                          const struct zest_pieces *pieces, const struct zest_piece *piece,
                          struct zest_encode_options options)
{
    for (size_t i = 0; i < scratch->tokens.count; i++) {
        const struct zest_token *token = &scratch->tokens.list[i];
        struct zest_span span = {0, 0};
        if (options.spans && token->span.end > token->span.start)
            span = zest_aligned_origin(&pieces->text, piece->start + token->span.start, piece->start + token->span.end);
        struct zest_text text =
            options.texts ? own_text(model, pieces, piece, token, options.texts) : (struct zest_text){0};
        zest_encoder_append(model, scratch, token->id, span, text, options);
    }
}

/* normal[start, end) by the fast path, for which the normalizer had work to do; false where it can't. */
static bool encode_normal(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                          const struct zest_aligned *normal, size_t start, size_t end,
                          struct zest_encode_options options)
{
    if (!model->normalizer || !model->fast || options.words || !zest_fast_takes_normal(model->fast))
        return false;
    size_t first = scratch->count;
    if (!zest_encoder_run_fast(model, scratch, normal->bytes + start, end - start, ZEST_FAST_NORMAL, options))
        return false;
    for (size_t i = first; options.spans && i < scratch->count; i++)
        scratch->spans[i] = zest_aligned_origin(normal, start + scratch->spans[i].start, start + scratch->spans[i].end);
    return true;
}

/* normal[start, end) between normalized added tokens. */
static void encode_stretch(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                           const struct zest_aligned *normal, size_t start, size_t end, uint32_t origin,
                           struct zest_encode_options options)
{
    if (start == end || encode_normal(model, scratch, normal, start, end, options))
        return;
    const struct zest_pieces *pieces = &scratch->whole;
    zest_pieces_reset(&scratch->whole, normal->aligned);
    zest_aligned_copy(&scratch->whole.text, normal, start, end);
    zest_pieces_close(&scratch->whole, origin);
    if (model->pretokenizer) {
        zest_pieces_reset(&scratch->cut, normal->aligned);
        zest_pretokenizer_run(model->pretokenizer, &scratch->whole, &scratch->cut);
        pieces = &scratch->cut;
    }
    if (pieces->status != ZEST_OK) {
        scratch->status = pieces->status;
        return;
    }
    for (size_t i = 0; i < pieces->count && scratch->status == ZEST_OK; i++) {
        const struct zest_piece *piece = &pieces->list[i];
        scratch->tokens.count = 0;
        zest_token_model_run(model->token_model, scratch->model, pieces->text.bytes + piece->start,
                             piece->end - piece->start, &scratch->tokens);
        append_tokens(model, scratch, pieces, piece, options);
        scratch->word_count++;
        if (scratch->tokens.status != ZEST_OK)
            scratch->status = scratch->tokens.status;
    }
}

/* Where in the original normal->bytes[at] comes from. */
static uint32_t origin_of(const struct zest_aligned *normal, size_t at, uint32_t segment_start)
{
    return !normal->aligned || at == normal->size ? segment_start + (uint32_t)at : normal->origins[at].start;
}

void zest_encode_plain(const struct zest_tokenizer_model *model, struct zest_encoder_scratch *scratch,
                       const unsigned char *text, struct zest_span segment, struct zest_encode_options options)
{
    const struct zest_aligned *normal = &scratch->raw;
    bool aligned = options.spans || model->needs_origins;
    assert(segment.start < segment.end);
    zest_aligned_reset(&scratch->raw, aligned);
    zest_aligned_append_original(&scratch->raw, text + segment.start, segment.end - segment.start, segment.start);
    if (model->normalizer) {
        zest_aligned_reset(&scratch->normal, aligned);
        zest_normalizer_run(model->normalizer, &scratch->raw, &scratch->normal);
        normal = &scratch->normal;
    }
    if (normal->status != ZEST_OK) {
        scratch->status = normal->status;
        return;
    }
    struct zest_added_search search = {
        .text = normal->bytes,
        .size = normal->size,
        .vocabulary = &model->added,
        .trie = &model->added.normalized,
        .keep_special = options.encode_special_tokens,
    };
    struct zest_added_match match;
    size_t at = 0;
    while (scratch->status == ZEST_OK && zest_added_next(&search, &match)) {
        if (match.start > at)
            encode_stretch(model, scratch, normal, at, match.start, origin_of(normal, at, segment.start), options);
        if (match.end > match.start) {
            struct zest_text found = {(const char *)normal->bytes + match.start, match.end - match.start};
            if (options.texts)
                found = zest_text_copy(options.texts, found);
            zest_encoder_append(model, scratch, match.entry->id, zest_aligned_origin(normal, match.start, match.end),
                                found, options);
            scratch->word_count++;
        }
        at = match.end;
    }
    encode_stretch(model, scratch, normal, at, normal->size, origin_of(normal, at, segment.start), options);
}
