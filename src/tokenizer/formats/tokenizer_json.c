/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenizer_json.c - the outermost object of a tokenizer.json, in one pass over the file whatever the order of its
 * keys.
 *
 * Source    Tokenizer's Deserialize in Hugging Face tokenizers 0.23: which keys there are and which may be missing.
 * Tuned for 33 MB with 262,144 tokens and 514,906 merges: tokens and merges go straight from the file into arrays
 *           (tokenizer_json_model.c), all else is small and goes through jansson.
 */
#include "tokenizer_json_private.h"

#include <assert.h>

/* The components that stay JSON, with "model" filled in by its own reader. */
static const char *const component_names[] = {"normalizer", "pre_tokenizer", "post_processor",
                                              "decoder",    "truncation",    "padding"};

static bool is_component(struct zest_text key)
{
    for (size_t i = 0; i < ZEST_COUNT(component_names); i++)
        if (zest_text_equal(key, zest_text_of(component_names[i])))
            return true;
    return false;
}

static bool read_component(struct zest_tokenizer_json *reading, struct zest_text key)
{
    json_t *components = reading->definition->components, *value = NULL;
    if (json_object_getn(components, key.data, key.size))
        return zest_stream_fail(&reading->json, "\"%.*s\" stands here for the second time", ZEST_SHOWN(key));
    if (!zest_stream_value(&reading->json, &value))
        return false;
    return json_object_setn_new(components, key.data, key.size, value) == 0 ||
           zest_stream_fail_status(&reading->json, ZEST_OUT_OF_MEMORY, "no memory");
}

static bool read_version(struct zest_json_stream *json)
{
    struct zest_text version;
    if (!zest_stream_string(json, &version))
        return false;
    return zest_text_equal(version, ZEST_TEXT("1.0")) ||
           zest_stream_fail_status(json, ZEST_UNSUPPORTED, "the version is \"%.*s\", 1.0 is known",
                                   ZEST_SHOWN(version));
}

static bool read_member(struct zest_tokenizer_json *reading, struct zest_text key)
{
    if (zest_text_equal(key, ZEST_TEXT("model")))
        return zest_tokenizer_json_model(reading);
    if (zest_text_equal(key, ZEST_TEXT("added_tokens")))
        return zest_tokenizer_json_added(reading);
    if (zest_text_equal(key, ZEST_TEXT("version")))
        return read_version(&reading->json);
    if (is_component(key))
        return read_component(reading, key);
    return zest_stream_fail(&reading->json, "\"%.*s\" is no key of a tokenizer", ZEST_SHOWN(key));
}

/* What the file does not name is null. */
static bool complete(struct zest_tokenizer_json *reading)
{
    json_t *components = reading->definition->components;
    for (size_t i = 0; i < ZEST_COUNT(component_names); i++)
        if (!json_object_get(components, component_names[i]) &&
            json_object_set_new(components, component_names[i], json_null()) != 0)
            return zest_stream_fail_status(&reading->json, ZEST_OUT_OF_MEMORY, "no memory");
    return reading->has_model || zest_stream_fail_status(&reading->json, ZEST_MODEL_DAMAGED, "\"model\" is missing");
}

static bool read_document(struct zest_tokenizer_json *reading)
{
    struct zest_json_stream *json = &reading->json;
    bool first = true;
    struct zest_text key;
    while (zest_stream_next_key(json, &first, &key))
        read_member(reading, key);
    if (!zest_stream_finish(json) || !complete(reading) || !zest_tokenizer_json_settle_model(reading))
        return false;
    json->status = zest_added_list_settle(&reading->added, &reading->tokens, ZEST_ADDED_IDS_COUNTED,
                                          reading->definition, json->error);
    return json->status == ZEST_OK;
}

enum zest_status zest_tokenizer_json_read(const char *name, struct zest_text document,
                                          struct zest_tokenizer_definition *definition, struct zest_error *error)
{
    struct zest_tokenizer_json reading = {.definition = definition};
    assert(!definition->components && !definition->tokens);
    definition->components = json_object();
    if (!definition->components)
        return zest_fail(error, ZEST_OUT_OF_MEMORY, "%s: no memory", name);
    zest_stream_init(&reading.json, name, document, &definition->arena, error);
    bool done = read_document(&reading);
    assert(done == (reading.json.status == ZEST_OK));
    zest_token_list_finish(&reading.tokens);
    zest_merge_list_finish(&reading.merges);
    zest_added_list_finish(&reading.added);
    free(reading.scores);
    return reading.json.status;
}
