/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenizer_study.c - tokenizer.study_vocabulary: how well a vocabulary covers samples of text.
 *
 * Words are runs of letters, marks, digits and "_" (\w of Unicode 16). A token belongs to every word that its span
 * touches. Linear in the text; everything lives for the call. Any thread.
 */
#include "byte_alphabet.h"
#include "tokenizer_native.h"
#include "unicode_class.h"

#include <stdlib.h>

struct study {
    const struct zest_tokenizer_model *model;
    struct zest_encoder_scratch *scratch;
    uint32_t unknown_id;
    uint8_t *seen; /* [id_count] 1 where the sample has the id */
};

static uint32_t find_unknown(const struct zest_tokenizer_model *model)
{
    const json_t *json = json_object_get(model->components, "model"), *id = json_object_get(json, "unk_id"),
                 *text = json_object_get(json, "unk_token");
    if (json_is_integer(id))
        return (uint32_t)json_integer_value(id);
    return json_is_string(text) ? zest_token_find(&model->table, json_string_value(text), json_string_length(text))
                                : ZEST_NO_TOKEN;
}

/* The one byte that a token stands for, or -1. */
static int byte_of(const struct zest_tokenizer_model *model, uint32_t id)
{
    struct zest_text text = zest_model_token_text(model, id);
    char bytes[8];
    unsigned value;
    if (text.size == 6 && memcmp(text.data, "<0x", 3) == 0 && sscanf(text.data + 3, "%2X>", &value) == 1)
        return (int)value;
    if (model->decoder->join == ZEST_DECODE_BYTE_LEVEL)
        return text.size <= 2 && zest_byte_alphabet_decode(text, bytes) == 1 ? (unsigned char)bytes[0] : -1;
    return text.size == 1 ? (unsigned char)text.data[0] : -1;
}

struct counts {
    size_t characters, words, word_tokens, whole_words, unknown, parts, single, distinct;
};

/* The next run of word characters at or behind *at. False where there is none. */
static bool next_word(struct zest_text text, size_t *at, struct zest_span *ret_word, size_t *characters)
{
    bool inside = false;
    uint32_t length;
    for (; *at < text.size; *at += length) {
        uint32_t code_point = zest_utf8_decode((const unsigned char *)text.data + *at, &length);
        bool is_word = zest_unicode_class(code_point) & ZEST_CLASS_RUST_WORD;
        if (inside && !is_word)
            break;
        if (is_word && !inside)
            ret_word->start = (uint32_t)*at;
        inside |= is_word;
        ++*characters;
    }
    ret_word->end = (uint32_t)*at;
    return inside;
}

/* Spans rise, so that one walk over the tokens serves all words. */
static void count_words(const struct study *study, struct zest_text text, struct counts *counts)
{
    const struct zest_encoder_scratch *scratch = study->scratch;
    struct zest_span word = {0, 0};
    size_t first = 0, at = 0;
    while (next_word(text, &at, &word, &counts->characters)) {
        size_t tokens = 0;
        while (first < scratch->count && scratch->spans[first].end <= word.start)
            first++;
        for (size_t i = first; i < scratch->count && scratch->spans[i].start < word.end; i++)
            tokens += scratch->spans[i].end > word.start;
        counts->words++;
        counts->word_tokens += tokens;
        counts->whole_words += tokens == 1 && scratch->ids[first] != study->unknown_id;
    }
}

static void count_tokens(const struct study *study, struct counts *counts)
{
    const struct zest_encoder_scratch *scratch = study->scratch;
    memset(study->seen, 0, study->model->id_count);
    for (size_t i = 0; i < scratch->count; i++) {
        uint32_t id = scratch->ids[i];
        int byte = byte_of(study->model, id);
        counts->unknown += id == study->unknown_id;
        counts->single += byte >= 0;
        counts->parts += byte >= 0x80;
        counts->distinct += !study->seen[id];
        study->seen[id] = 1;
    }
}

static double share(size_t part, size_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

static enum zest_status study_sample(const struct study *study, const struct zest_tokenizer_sample *sample,
                                     struct zest_arena *arena, struct zest_tokenizer_coverage *ret_coverage,
                                     struct zest_error *error)
{
    struct counts counts = {0};
    enum zest_status status =
        zest_encode(study->model, study->scratch, sample->text, (struct zest_encode_options){.spans = true}, error);
    if (status != ZEST_OK)
        return status;
    size_t tokens = study->scratch->count;
    count_words(study, sample->text, &counts);
    count_tokens(study, &counts);
    *ret_coverage = (struct zest_tokenizer_coverage){
        .name = zest_text_copy(arena, sample->name),
        .bytes = (int64_t)sample->text.size,
        .characters = (int64_t)counts.characters,
        .words = (int64_t)counts.words,
        .tokens = (int64_t)tokens,
        .bytes_per_token = share(sample->text.size, tokens),
        .tokens_per_word = share(counts.word_tokens, counts.words),
        .whole_word_share = share(counts.whole_words, counts.words),
        .unknown_share = share(counts.unknown, tokens),
        .byte_fallback_share = share(counts.parts, tokens),
        .single_byte_share = share(counts.single, tokens),
        .distinct_tokens = (int32_t)counts.distinct,
    };
    return ret_coverage->name.data ? ZEST_OK : zest_fail(error, ZEST_OUT_OF_MEMORY, "no memory for a study");
}

/* Which samples stand out by their fertility. */
static struct zest_text tell(const struct zest_tokenizer_coverage *all, size_t count, struct zest_arena *arena)
{
    const struct zest_tokenizer_coverage *least = NULL, *most = NULL;
    for (size_t i = 0; i < count; i++) {
        if (all[i].words == 0)
            continue;
        least = !least || all[i].tokens_per_word < least->tokens_per_word ? &all[i] : least;
        most = !most || all[i].tokens_per_word > most->tokens_per_word ? &all[i] : most;
    }
    if (!least)
        return zest_text_copy(arena, ZEST_TEXT("The samples have no words."));
    if (least == most)
        return zest_text_format(arena, "%.*s takes %.2f tokens a word.", (int)least->name.size, least->name.data,
                                least->tokens_per_word);
    return zest_text_format(arena, "%.*s takes the fewest tokens a word (%.2f), %.*s the most (%.2f).",
                            (int)least->name.size, least->name.data, least->tokens_per_word, (int)most->name.size,
                            most->name.data, most->tokens_per_word);
}

enum zest_status zest_tokenizer_native_study_vocabulary(struct zest_tokenizer *self, struct zest_call *call,
                                                        const struct zest_tokenizer_study_vocabulary_request *request,
                                                        struct zest_tokenizer_study_vocabulary_reply *ret_reply)
{
    struct zest_tokenizer_model *model = zest_tokenizer_native_model(self);
    struct zest_tokenizer_coverage *all =
        ZEST_NEW_ARRAY(call->arena, struct zest_tokenizer_coverage, request->samples_count + 1);
    struct study study = {.model = model,
                          .unknown_id = find_unknown(model),
                          .scratch = zest_encoder_borrow(model),
                          .seen = malloc((size_t)model->id_count + 1)};
    enum zest_status status = all && study.scratch && study.seen
                                  ? ZEST_OK
                                  : zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory for a study");
    for (size_t i = 0; status == ZEST_OK && i < request->samples_count; i++)
        status = study_sample(&study, &request->samples[i], call->arena, &all[i], &call->error);
    free(study.seen);
    if (study.scratch)
        zest_encoder_give_back(model, study.scratch);
    if (status != ZEST_OK)
        return status;
    struct zest_text words = tell(all, request->samples_count, call->arena);
    if (!words.data)
        return zest_fail(&call->error, ZEST_OUT_OF_MEMORY, "no memory for a study");
    *ret_reply = (struct zest_tokenizer_study_vocabulary_reply){
        .samples = all,
        .samples_count = request->samples_count,
        .vocab_size = (int32_t)model->id_count,
        .algorithm_reasoning = words,
    };
    return ZEST_OK;
}
