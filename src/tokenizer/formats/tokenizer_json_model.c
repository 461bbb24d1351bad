/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenizer_json_model.c - "model" of a tokenizer.json: an object or a list of tokens, merges, and small fields.
 *
 *   "vocab": {"a": 0, …} or [["a", -1.5], …]        "merges": ["a b", …] or [["a", "b"], …]
 *
 * Source    models/…/serialization.rs and models/mod.rs of Hugging Face tokenizers 0.23: required fields, and the type
 *           where "type" is missing (files of before 2020).
 */
#include "tokenizer_json_private.h"

#include <assert.h>

static bool no_memory(struct zest_tokenizer_json *reading)
{
    return zest_stream_fail_status(&reading->json, ZEST_OUT_OF_MEMORY, "no memory for %zu tokens and %zu merges",
                                   reading->tokens.count, reading->merges.count);
}

/* ---- tokens ---- */

static bool read_token_object(struct zest_tokenizer_json *reading)
{
    bool first = true;
    struct zest_text text;
    uint32_t id = 0;
    while (zest_stream_next_key(&reading->json, &first, &text))
        if (zest_stream_u32(&reading->json, &id) && !zest_token_list_add(&reading->tokens, text, id))
            return no_memory(reading);
    reading->shape = ZEST_VOCABULARY_OBJECT;
    return reading->json.status == ZEST_OK;
}

static bool add_score(struct zest_tokenizer_json *reading, double score)
{
    size_t count = reading->tokens.count;
    if (count >= reading->score_capacity) {
        size_t capacity = count > 0 ? 2 * count : 1024;
        double *scores = realloc(reading->scores, capacity * sizeof *scores);
        if (!scores)
            return no_memory(reading);
        reading->scores = scores;
        reading->score_capacity = capacity;
    }
    reading->scores[count] = score;
    return true;
}

/* ["text", score] */
static bool read_scored_token(struct zest_tokenizer_json *reading)
{
    struct zest_json_stream *json = &reading->json;
    bool first = true;
    struct zest_text text;
    double score = 0;
    if (!zest_stream_next_item(json, &first) || !zest_stream_string(json, &text) ||
        !zest_stream_next_item(json, &first) || !zest_stream_f64(json, &score) || zest_stream_next_item(json, &first) ||
        json->status != ZEST_OK)
        return zest_stream_fail(json, "a token of a list is [text, score]");
    if (reading->tokens.count >= ZEST_VOCABULARY_MAX)
        return zest_stream_fail_status(json, ZEST_TOO_LARGE, "more than %u tokens", ZEST_VOCABULARY_MAX);
    return add_score(reading, score) &&
           (zest_token_list_add(&reading->tokens, text, (uint32_t)reading->tokens.count) || no_memory(reading));
}

static bool read_token_list(struct zest_tokenizer_json *reading)
{
    bool first = true;
    while (zest_stream_next_item(&reading->json, &first))
        read_scored_token(reading);
    reading->shape = ZEST_VOCABULARY_LIST;
    return reading->json.status == ZEST_OK;
}

static bool read_tokens(struct zest_tokenizer_json *reading)
{
    if (reading->shape != ZEST_VOCABULARY_NONE)
        return zest_stream_fail(&reading->json, "\"vocab\" stands here for the second time");
    return zest_stream_peek(&reading->json) == '[' ? read_token_list(reading) : read_token_object(reading);
}

/* ---- merges ---- */

/* "a b": two texts with one space between them. */
static bool read_merge_line(struct zest_tokenizer_json *reading)
{
    struct zest_text line, left, right;
    if (!zest_stream_string(&reading->json, &line))
        return false;
    if (line.size >= 8 && memcmp(line.data, "#version", 8) == 0)
        return true; /* the first line of a merges.txt */
    const char *space = memchr(line.data, ' ', line.size);
    left = (struct zest_text){line.data, space ? (size_t)(space - line.data) : 0};
    right = space ? (struct zest_text){space + 1, line.size - left.size - 1} : left;
    if (!space || memchr(right.data, ' ', right.size))
        return zest_stream_fail(&reading->json,
                                "the merge before this place is not two tokens with a space between them");
    return zest_merge_list_add(&reading->merges, left, right) || no_memory(reading);
}

static bool read_merge_pair(struct zest_tokenizer_json *reading)
{
    struct zest_json_stream *json = &reading->json;
    bool first = true;
    struct zest_text left, right;
    if (!zest_stream_next_item(json, &first) || !zest_stream_string(json, &left) ||
        !zest_stream_next_item(json, &first) || !zest_stream_string(json, &right) ||
        zest_stream_next_item(json, &first) || json->status != ZEST_OK)
        return zest_stream_fail(json, "a merge is a list of two tokens");
    return zest_merge_list_add(&reading->merges, left, right) || no_memory(reading);
}

static bool read_merges(struct zest_tokenizer_json *reading)
{
    bool first = true;
    char shape = 0; /* that of the first one, '"' or '[' */
    if (reading->has_merges)
        return zest_stream_fail(&reading->json, "\"merges\" stands here for the second time");
    reading->has_merges = true;
    while (zest_stream_next_item(&reading->json, &first)) {
        char found = zest_stream_peek(&reading->json);
        shape = shape == 0 ? found : shape;
        if (shape != found || (shape != '[' && shape != '"'))
            return zest_stream_fail(&reading->json, "merges are all texts, or all lists of two tokens");
        if (shape == '[')
            read_merge_pair(reading);
        else
            read_merge_line(reading);
    }
    return reading->json.status == ZEST_OK;
}

/* ---- the model ---- */

static bool read_field(struct zest_tokenizer_json *reading, json_t *model, struct zest_text key)
{
    json_t *value = NULL;
    if (zest_text_equal(key, ZEST_TEXT("vocab")))
        return read_tokens(reading);
    if (zest_text_equal(key, ZEST_TEXT("merges")))
        return read_merges(reading);
    if (memchr(key.data, 0, key.size))
        return zest_stream_fail(&reading->json, "a key with a NUL");
    if (json_object_getn(model, key.data, key.size))
        return zest_stream_fail(&reading->json, "\"%.*s\" stands here for the second time", ZEST_SHOWN(key));
    if (!zest_stream_value(&reading->json, &value))
        return false;
    return json_object_setn_new(model, key.data, key.size, value) == 0 || no_memory(reading);
}

bool zest_tokenizer_json_model(struct zest_tokenizer_json *reading)
{
    struct zest_json_stream *json = &reading->json;
    bool first = true;
    struct zest_text key;
    if (reading->has_model)
        return zest_stream_fail(json, "\"model\" stands here for the second time");
    reading->has_model = true;
    json_t *model = json_object();
    if (!model || json_object_set_new(reading->definition->components, "model", model) != 0)
        return no_memory(reading);
    while (zest_stream_next_key(json, &first, &key))
        read_field(reading, model, key);
    return json->status == ZEST_OK;
}

/* ---- what was read, put together ---- */

/* A type, the fields that it must have, and the form of its vocabulary; in the order in which types are guessed. */
static const struct kind {
    const char *type;
    const char *fields[3];
    enum zest_vocabulary_shape shape;
    bool merges;
} kinds[] = {
    {"BPE", {NULL}, ZEST_VOCABULARY_OBJECT, true},
    {"WordPiece",
     {"unk_token", "continuing_subword_prefix", "max_input_chars_per_word"},
     ZEST_VOCABULARY_OBJECT,
     false},
    {"WordLevel", {"unk_token"}, ZEST_VOCABULARY_OBJECT, false},
    {"Unigram", {NULL}, ZEST_VOCABULARY_LIST, false},
};

/* The first field that `kind` must have and the model has not, or NULL. */
static const char *missing_field(const struct zest_tokenizer_json *reading, const json_t *model,
                                 const struct kind *kind)
{
    if (reading->shape == ZEST_VOCABULARY_NONE)
        return "vocab";
    if (kind->merges && !reading->has_merges)
        return "merges";
    for (size_t i = 0; i < ZEST_COUNT(kind->fields) && kind->fields[i]; i++)
        if (!json_object_get(model, kind->fields[i]))
            return kind->fields[i];
    return NULL;
}

static const struct kind *guess_kind(struct zest_tokenizer_json *reading, json_t *model)
{
    for (size_t i = 0; i < ZEST_COUNT(kinds); i++) {
        if (reading->shape != kinds[i].shape || missing_field(reading, model, &kinds[i]))
            continue;
        if (json_object_set_new(model, "type", json_string(kinds[i].type)) != 0)
            no_memory(reading);
        return &kinds[i];
    }
    zest_stream_fail_status(&reading->json, ZEST_MODEL_DAMAGED,
                            "\"model\" has no \"type\", and its fields are those of no type");
    return NULL;
}

static const struct kind *find_kind(struct zest_tokenizer_json *reading, json_t *model)
{
    const json_t *type = json_object_get(model, "type");
    if (!type)
        return guess_kind(reading, model);
    const char *name = json_is_string(type) ? json_string_value(type) : "";
    for (size_t i = 0; i < ZEST_COUNT(kinds); i++) {
        const char *missing;
        if (strcmp(name, kinds[i].type) != 0)
            continue;
        missing = missing_field(reading, model, &kinds[i]);
        if (missing)
            zest_stream_fail_status(&reading->json, ZEST_MODEL_DAMAGED, "a model of the type %s has no \"%s\"", name,
                                    missing);
        else if (reading->shape != kinds[i].shape)
            zest_stream_fail_status(&reading->json, ZEST_MODEL_DAMAGED, "\"vocab\" of a model of the type %s is %s",
                                    name, kinds[i].shape == ZEST_VOCABULARY_LIST ? "a list" : "an object");
        return &kinds[i];
    }
    zest_stream_fail_status(&reading->json, ZEST_UNSUPPORTED,
                            "a model of the type \"%.80s\"; BPE, WordPiece, WordLevel and Unigram are known", name);
    return NULL;
}

static enum zest_status keep_scores(struct zest_tokenizer_json *reading)
{
    struct zest_tokenizer_definition *definition = reading->definition;
    size_t count = definition->token_count;
    assert(count == reading->tokens.count); /* a list's ids are its places */
    definition->scores = ZEST_NEW_ARRAY(&definition->arena, double, count + 1);
    if (!definition->scores)
        return zest_fail(reading->json.error, ZEST_OUT_OF_MEMORY, "no memory for %zu scores", count);
    if (count > 0)
        memcpy(definition->scores, reading->scores, count * sizeof *reading->scores);
    return ZEST_OK;
}

bool zest_tokenizer_json_settle_model(struct zest_tokenizer_json *reading)
{
    struct zest_json_stream *json = &reading->json;
    struct zest_tokenizer_definition *definition = reading->definition;
    json_t *model = json_object_get(definition->components, "model");
    const struct kind *kind = find_kind(reading, model);
    if (!kind || json->status != ZEST_OK)
        return false;
    const json_t *prefix = json_object_get(model, "continuing_subword_prefix");
    bool list = kind->shape == ZEST_VOCABULARY_LIST;
    enum zest_status status = zest_token_list_lay_out(&reading->tokens, definition,
                                                      list ? ZEST_SAME_TEXT_STAYS : ZEST_SAME_TEXT_MOVES, json->error);
    if (status == ZEST_OK && kind->merges)
        status =
            zest_merge_list_resolve(&reading->merges, &reading->tokens,
                                    json_is_string(prefix) ? json_string_length(prefix) : 0, definition, json->error);
    if (status == ZEST_OK && list)
        status = keep_scores(reading);
    json->status = status;
    return status == ZEST_OK;
}
