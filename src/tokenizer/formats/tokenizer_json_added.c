/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenizer_json_added.c - "added_tokens" of a tokenizer.json: a list of objects, each with all seven fields.
 *
 * Which id each of them gets is found later (added_list.c).
 */
#include "tokenizer_json_private.h"

static const char *const flag_names[] = {"special", "normalized", "lstrip", "rstrip", "single_word"};
enum { CONTENT = ZEST_COUNT(flag_names), ID, FIELDS };

/* The number of the field, FIELDS where there is none like it. */
static size_t find_field(struct zest_text key)
{
    for (size_t i = 0; i < ZEST_COUNT(flag_names); i++)
        if (zest_text_equal(key, zest_text_of(flag_names[i])))
            return i;
    return zest_text_equal(key, ZEST_TEXT("content")) ? CONTENT : zest_text_equal(key, ZEST_TEXT("id")) ? ID : FIELDS;
}

static bool read_field(struct zest_json_stream *json, size_t field, struct zest_added_token *token)
{
    bool *const flags[] = {&token->special, &token->normalized, &token->lstrip, &token->rstrip, &token->single_word};
    if (field == CONTENT)
        return zest_stream_string(json, &token->content);
    if (field == ID)
        return zest_stream_u32(json, &token->id);
    return zest_stream_bool(json, flags[field]);
}

static bool read_token(struct zest_json_stream *json, struct zest_added_token *ret_token)
{
    bool first = true;
    unsigned seen = 0;
    struct zest_text key;
    while (zest_stream_next_key(json, &first, &key)) {
        size_t field = find_field(key);
        if (field == FIELDS)
            return zest_stream_fail(json, "\"%.*s\" is no field of an added token", ZEST_SHOWN(key));
        if (seen & 1u << field)
            return zest_stream_fail(json, "\"%.*s\" stands here for the second time", ZEST_SHOWN(key));
        seen |= 1u << field;
        read_field(json, field, ret_token);
    }
    for (size_t i = 0; i < FIELDS && json->status == ZEST_OK; i++)
        if (!(seen & 1u << i))
            return zest_stream_fail(json, "the added token before this place has no \"%s\"",
                                    i == CONTENT ? "content"
                                    : i == ID    ? "id"
                                                 : flag_names[i]);
    return json->status == ZEST_OK;
}

bool zest_tokenizer_json_added(struct zest_tokenizer_json *reading)
{
    bool first = true;
    if (reading->has_added)
        return zest_stream_fail(&reading->json, "\"added_tokens\" stands here for the second time");
    reading->has_added = true;
    while (zest_stream_next_item(&reading->json, &first)) {
        struct zest_added_token token = {0};
        if (read_token(&reading->json, &token) && !zest_added_list_add(&reading->added, &token))
            return zest_stream_fail_status(&reading->json, ZEST_OUT_OF_MEMORY, "no memory for %zu added tokens",
                                           reading->added.count);
    }
    return reading->json.status == ZEST_OK;
}
