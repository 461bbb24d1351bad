/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_stream.c - the structure of a JSON document: objects, lists, literals, what is skipped. Strings are in
 * json_stream_string.c, numbers in json_stream_number.c.
 *
 * Tuned for pretty-printed vocabularies of 33 MB, half of which is white space.
 */
#include "json_stream.h"

#include <assert.h>
#include <stdio.h>

void zest_stream_init(struct zest_json_stream *json, const char *name, struct zest_text document,
                      struct zest_arena *arena, struct zest_error *error)
{
    assert(name && arena);
    *json = (struct zest_json_stream){
        .name = name,
        .start = document.data,
        .at = document.data,
        .end = document.data + document.size,
        .arena = arena,
        .error = error,
    };
}

/* ---- failing ---- */

/* Where reading is: lines and columns (in bytes) count from 1. Looked for only when something fails. */
static void find_place(const struct zest_json_stream *json, size_t *ret_line, size_t *ret_column)
{
    const char *line_start = json->start;
    *ret_line = 1;
    for (const char *at = json->start; at < json->at; at++) {
        if (*at == '\n') {
            line_start = at + 1;
            (*ret_line)++;
        }
    }
    *ret_column = (size_t)(json->at - line_start) + 1;
}

bool zest_stream_fail(struct zest_json_stream *json, const char *format, ...)
{
    if (json->status != ZEST_OK)
        return false;
    char sentence[384];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    size_t line, column;
    find_place(json, &line, &column);
    json->status =
        zest_fail(json->error, ZEST_MODEL_DAMAGED, "%s: line %zu, column %zu: %s", json->name, line, column, sentence);
    return false;
}

bool zest_stream_fail_status(struct zest_json_stream *json, enum zest_status status, const char *format, ...)
{
    if (json->status != ZEST_OK)
        return false;
    char sentence[384];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    json->status = zest_fail(json->error, status, "%s: %s", json->name, sentence);
    return false;
}

/* "wanted X, found Y" */
static bool fail_wanted(struct zest_json_stream *json, const char *wanted)
{
    unsigned char found = json->at < json->end ? (unsigned char)*json->at : 0;
    if (json->at >= json->end)
        return zest_stream_fail(json, "%s is wanted here, and the file ends", wanted);
    if (found > 0x20 && found < 0x7F)
        return zest_stream_fail(json, "%s is wanted here, not '%c'", wanted, found);
    return zest_stream_fail(json, "%s is wanted here, not the byte 0x%02X", wanted, found);
}

/* ---- walking ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

char zest_stream_peek(struct zest_json_stream *json)
{
    const uint64_t eight_spaces = 0x2020202020202020u;
    const char *at = json->at, *end = json->end;
    if (json->status != ZEST_OK)
        return 0;
    for (; at < end && is_space(*at); at++) {
        uint64_t word; /* indentation comes in many spaces */
        while (end - at > 8 && (memcpy(&word, at + 1, 8), word == eight_spaces))
            at += 8;
    }
    json->at = at;
    return at < end ? *at : 0;
}

/* The step that objects and lists share: false at `close` (which is eaten) or on failure. */
static bool next_member(struct zest_json_stream *json, char open, char close, bool *first)
{
    char found = zest_stream_peek(json);
    if (json->status != ZEST_OK)
        return false;
    if (*first) {
        if (found != open)
            return fail_wanted(json, open == '{' ? "an object" : "a list");
        json->at++;
        found = zest_stream_peek(json);
    }
    if (found == close) {
        json->at++;
        return false;
    }
    if (!*first) {
        if (found != ',')
            return fail_wanted(json, open == '{' ? "',' or '}'" : "',' or ']'");
        json->at++;
    }
    *first = false;
    return true;
}

bool zest_stream_next_key(struct zest_json_stream *json, bool *first, struct zest_text *ret_key)
{
    if (!next_member(json, '{', '}', first))
        return false;
    if (zest_stream_peek(json) != '"')
        return fail_wanted(json, "a key");
    if (!zest_stream_string(json, ret_key))
        return false;
    if (zest_stream_peek(json) != ':')
        return fail_wanted(json, "':'");
    json->at++;
    return true;
}

bool zest_stream_next_item(struct zest_json_stream *json, bool *first)
{
    if (!next_member(json, '[', ']', first))
        return false;
    return zest_stream_peek(json) != ']' || fail_wanted(json, "a value");
}

/* ---- values ---- */

static bool take_word(struct zest_json_stream *json, const char *word)
{
    size_t size = strlen(word);
    if ((size_t)(json->end - json->at) < size || memcmp(json->at, word, size) != 0)
        return false;
    json->at += size;
    return true;
}

bool zest_stream_bool(struct zest_json_stream *json, bool *ret_value)
{
    zest_stream_peek(json);
    if (json->status != ZEST_OK)
        return false;
    bool is_true = take_word(json, "true");
    if (!is_true && !take_word(json, "false"))
        return fail_wanted(json, "true or false");
    *ret_value = is_true;
    return true;
}

static bool skip_value(struct zest_json_stream *json, int depth);

static bool skip_members(struct zest_json_stream *json, char open, int depth)
{
    bool first = true;
    struct zest_text key;
    if (depth >= ZEST_JSON_DEPTH_MAX)
        return zest_stream_fail(json, "more than %d levels of objects and lists", ZEST_JSON_DEPTH_MAX);
    while (open == '{' ? zest_stream_next_key(json, &first, &key) : zest_stream_next_item(json, &first))
        skip_value(json, depth + 1);
    return json->status == ZEST_OK;
}

static bool skip_value(struct zest_json_stream *json, int depth)
{
    struct zest_text text;
    double number;
    char c = zest_stream_peek(json);
    if (json->status != ZEST_OK)
        return false;
    if (c == '{' || c == '[')
        return skip_members(json, c, depth);
    if (c == '"')
        return zest_stream_string(json, &text);
    if (c == '-' || (c >= '0' && c <= '9'))
        return zest_stream_f64(json, &number);
    return take_word(json, "true") || take_word(json, "false") || take_word(json, "null") ||
           fail_wanted(json, "a value");
}

bool zest_stream_skip(struct zest_json_stream *json, struct zest_text *ret_text)
{
    zest_stream_peek(json);
    const char *start = json->at;
    if (!skip_value(json, 0))
        return false;
    if (ret_text)
        *ret_text = (struct zest_text){start, (size_t)(json->at - start)};
    return true;
}

bool zest_stream_value(struct zest_json_stream *json, json_t **ret_value)
{
    struct zest_text text;
    json_error_t error;
    zest_stream_peek(json);
    const char *start = json->at;
    if (!zest_stream_skip(json, &text))
        return false;
    *ret_value = json_loadb(text.data, text.size, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (*ret_value)
        return true;
    /* The grammar is checked, so that only a duplicate key, a NUL in a key or a number too large is left. */
    json->at = start + (error.position > 0 && (size_t)error.position <= text.size ? error.position - 1 : 0);
    return zest_stream_fail(json, "%s", error.text);
}

bool zest_stream_finish(struct zest_json_stream *json)
{
    zest_stream_peek(json);
    if (json->status == ZEST_OK && json->at < json->end)
        return fail_wanted(json, "the end of the file");
    return json->status == ZEST_OK;
}
