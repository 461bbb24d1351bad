/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_encode_stream.c - random documents in random parts have the ids that they have at once, for every tokenizer at
 * hand; memory stays bounded where it is said to; each cut is safe even where texts are cut as often as can be.
 */
#include "zest_test.h"

#include "stream_cuts.h"
#include "tokenizer_zoo.h"

#include "tokenizer_native.h"

#define DOCUMENTS 4

struct collected {
    uint32_t *ids;
    size_t count, capacity;
};

static void collect(void *user, const uint32_t *ids, size_t count)
{
    struct collected *to = user;
    if (to->count + count > to->capacity) {
        to->capacity = 2 * (to->count + count);
        to->ids = realloc(to->ids, to->capacity * sizeof *to->ids);
    }
    memcpy(to->ids + to->count, ids, count * sizeof *ids);
    to->count += count;
}

static bool equal(const struct collected *a, const struct collected *b)
{
    return a->count == b->count && (a->count == 0 || memcmp(a->ids, b->ids, a->count * sizeof *a->ids) == 0);
}

static void at_once(struct zest_tokenizer *tokenizer, struct zest_text text, unsigned flags, struct collected *to)
{
    struct zest_error error = {0};
    to->count = 0;
    ZEST_CHECK_OK(zest_tokenizer_take_ids(tokenizer, text, flags, collect, to, &error), &error);
}

/* Feeds parts of 1 to part_max bytes. */
static void in_parts(struct zest_tokenizer *tokenizer, struct zest_text text, unsigned flags, size_t part_max,
                     uint64_t *random, struct collected *to, struct zest_encode_stream_info *ret_info)
{
    struct zest_error error = {0};
    struct zest_encode_stream *stream = NULL;
    to->count = 0;
    ZEST_CHECK_OK(zest_encode_stream_create(tokenizer, flags, &stream, &error), &error);
    if (!stream)
        return;
    for (size_t at = 0, step; at < text.size; at += step) {
        step = 1 + zoo_random(random) % part_max;
        step = step < text.size - at ? step : text.size - at;
        ZEST_CHECK_OK(zest_encode_stream_feed(stream, text.data + at, step, collect, to, &error), &error);
    }
    ZEST_CHECK_OK(zest_encode_stream_end(stream, collect, to, &error), &error);
    *ret_info = zest_encode_stream_info(stream);
    ZEST_CHECK_INT(ret_info->consumed, text.size);
    zest_encode_stream_destroy(stream);
}

static size_t bounded_count;

static void visit_streams(const char *name, struct zest_tokenizer *tokenizer)
{
    uint64_t random = 0xF00D;
    struct zest_buffer text;
    struct collected whole = {0}, parts = {0};
    zest_buffer_init(&text, (size_t)1 << 24);
    for (unsigned i = 0; i < DOCUMENTS; i++) {
        struct zest_encode_stream_info info = {0};
        unsigned flags = i % 2 ? ZEST_ENCODE_SPECIAL : ZEST_ENCODE_PLAIN_SPECIAL;
        text.size = 0;
        zoo_text(&random, i == 0 ? 100 : 300000, &text);
        struct zest_text document = {text.data, text.size};
        at_once(tokenizer, document, flags, &whole);
        in_parts(tokenizer, document, flags, i < 2 ? 7000 : 150000, &random, &parts, &info);
        if (!equal(&whole, &parts))
            fprintf(stderr, "%s: other ids in parts (%zu, %zu at once)\n", name, parts.count, whole.count);
        ZEST_CHECK(equal(&whole, &parts));
        if (info.bounded)
            ZEST_CHECK(info.buffered_max < 210000); /* two stretches and a part; lines are much shorter */
        else
            ZEST_CHECK_INT(info.buffered_max, document.size);
        bounded_count += info.bounded && i == 0;
        if (i == 0 && getenv("ZEST_TEST_VERBOSE"))
            printf("   %s: %s\n", name, info.bounded ? "bounded" : info.why_not);
    }
    free(whole.ids);
    free(parts.ids);
    zest_buffer_finish(&text);
}

ZEST_TEST(parts_have_the_ids_of_the_whole)
{
    bounded_count = 0;
    size_t count = zoo_each(visit_streams);
    if (count == 0)
        ZEST_SKIP("needs the reference data");
    printf("   %zu tokenizers, %zu of them in bounded memory\n", count, bounded_count);
    ZEST_CHECK(getenv("ZEST_ZOO") || 2 * bounded_count > count); /* what is known must not be refused */
}

/* ---- every cut, not only those that a stream takes ---- */

static void visit_cuts(const char *name, struct zest_tokenizer *tokenizer)
{
    const struct zest_tokenizer_model *model = zest_tokenizer_native_model(tokenizer);
    uint64_t random = 0xBEEF;
    struct zest_buffer text, rest;
    struct collected whole = {0}, left = {0}, right = {0}, context = {0};
    if (zest_stream_cuts_refused(model))
        return;
    zest_buffer_init(&text, (size_t)1 << 20);
    zest_buffer_init(&rest, (size_t)1 << 20);
    at_once(tokenizer, ZEST_TEXT(ZEST_STREAM_CONTEXT), 0, &context);
    size_t cuts = 0;
    for (size_t i = 0; i < 150; i++) {
        text.size = 0;
        zoo_text(&random, 120, &text);
        for (size_t at = text.size; (at = zest_stream_cut_find((unsigned char *)text.data, 0, at)) > 0; at--) {
            rest.size = 0;
            zest_buffer_append(&rest, ZEST_STREAM_CONTEXT, 2);
            zest_buffer_append(&rest, text.data + at, text.size - at);
            at_once(tokenizer, (struct zest_text){text.data, text.size}, 0, &whole);
            at_once(tokenizer, (struct zest_text){text.data, at}, 0, &left);
            at_once(tokenizer, (struct zest_text){rest.data, rest.size}, 0, &right);
            collect(&left, right.ids + context.count, right.count - context.count);
            if (!equal(&whole, &left))
                fprintf(stderr, "%s: not to be cut at %zu: %.*s\n", name, at, (int)text.size, text.data);
            ZEST_CHECK(equal(&whole, &left));
            cuts++;
        }
    }
    ZEST_CHECK(cuts > 100);
    free(whole.ids);
    free(left.ids);
    free(right.ids);
    free(context.ids);
    zest_buffer_finish(&text);
    zest_buffer_finish(&rest);
}

ZEST_TEST(every_cut_is_safe)
{
    if (zoo_each(visit_cuts) == 0)
        ZEST_SKIP("needs the reference data");
}

/* ---- by hand ---- */

ZEST_TEST(cuts_lie_between_a_line_end_and_a_letter)
{
    static const struct {
        const char *text;
        size_t cut;
    } cases[] = {
        {"ab\ncd", 3},    {"ab\n\ncd", 0},       {"ab \ncd", 0},    {"ab\n cd", 0},
        {"\ncd", 0},      {"ab\n1", 0},          {"ab\n", 0},       {"a\nb\nc", 4},
        {"ab\r\ncd", 0},  {"\u3002\n\u4F60", 4}, {"a\u00A0\nb", 0}, {"a\n\u00E9", 0},
        {"a\n\u0301", 0}, {"x\n\xE4\xBD", 0},    {"x.\n<s>", 0},    {"e\u0301\nb", 0},
    };
    for (size_t i = 0; i < ZEST_COUNT(cases); i++)
        ZEST_CHECK_INT(zest_stream_cut_find((const unsigned char *)cases[i].text, 0, strlen(cases[i].text)),
                       cases[i].cut);
}

static void stream_of(const char *json, struct zest_tokenizer **ret_tokenizer, struct zest_encode_stream **ret_stream)
{
    char path[] = "/tmp/zest_stream_XXXXXX";
    FILE *file = fdopen(mkstemp(path), "w");
    struct zest_error error = {0};
    struct zest_tokenizer_options options = {.model_path = path};
    fputs(json, file);
    fclose(file);
    ZEST_CHECK_OK(zest_tokenizer_native_create(&options, ret_tokenizer, &error), &error);
    ZEST_CHECK_OK(zest_encode_stream_create(*ret_tokenizer, 0, ret_stream, &error), &error);
    unlink(path);
}

#define WORD_LEVEL "\"model\": {\"type\": \"WordLevel\", \"unk_token\": \"a\", \"vocab\": {\"a\": 0, \"b\": 1}}"

ZEST_TEST(what_is_not_known_to_be_safe_is_refused)
{
    static const struct {
        const char *json;
        bool bounded;
    } cases[] = {
        {"{" WORD_LEVEL ", \"pre_tokenizer\": {\"type\": \"Whitespace\"}}", true},
        {"{" WORD_LEVEL "}", false},
        {"{" WORD_LEVEL ", \"pre_tokenizer\": {\"type\": \"Whitespace\"}, \"normalizer\": {\"type\": \"Strip\", "
         "\"strip_left\": false, \"strip_right\": true}}",
         false},
        {"{" WORD_LEVEL ", \"pre_tokenizer\": {\"type\": \"Whitespace\"}, \"normalizer\": {\"type\": \"Replace\", "
         "\"pattern\": {\"String\": \"!\"}, \"content\": \"?\"}}",
         true},
        {"{" WORD_LEVEL ", \"pre_tokenizer\": {\"type\": \"Whitespace\"}, \"normalizer\": {\"type\": \"Replace\", "
         "\"pattern\": {\"String\": \"\\n\"}, \"content\": \"x\"}}",
         false},
        {"{" WORD_LEVEL ", \"pre_tokenizer\": {\"type\": \"Split\", \"pattern\": {\"Regex\": \"a\"}, \"behavior\": "
         "\"Isolated\", \"invert\": false}}",
         false},
        {"{" WORD_LEVEL ", \"pre_tokenizer\": {\"type\": \"Whitespace\"}, \"added_tokens\": [{\"id\": 2, \"content\": "
         "\"x y\", \"special\": false, \"normalized\": false, \"lstrip\": false, \"rstrip\": false, \"single_word\": "
         "false}]}",
         false},
        {"{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"\\n\": 1}, \"merges\": []}}", true},
        {"{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"\\n\": 1, \"\\na\": 2}, \"merges\": [[\"\\n\", "
         "\"a\"]]}}",
         false},
        {"{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": []}}", false},
    };
    for (size_t i = 0; i < ZEST_COUNT(cases); i++) {
        struct zest_tokenizer *tokenizer = NULL;
        struct zest_encode_stream *stream = NULL;
        stream_of(cases[i].json, &tokenizer, &stream);
        if (stream && zest_encode_stream_info(stream).bounded != cases[i].bounded)
            fprintf(stderr, "%s\n", cases[i].json);
        ZEST_CHECK(stream && zest_encode_stream_info(stream).bounded == cases[i].bounded);
        ZEST_CHECK(stream && !zest_encode_stream_info(stream).why_not == cases[i].bounded);
        zest_encode_stream_destroy(stream);
        zest_tokenizer_native_destroy(tokenizer);
    }
}

ZEST_TEST(bad_bytes_are_told_by_their_place_in_the_stream)
{
    struct zest_tokenizer *tokenizer = NULL;
    struct zest_encode_stream *stream = NULL;
    struct zest_error error = {0};
    struct collected ids = {0};
    stream_of("{" WORD_LEVEL ", \"pre_tokenizer\": {\"type\": \"Whitespace\"}}", &tokenizer, &stream);
    if (!stream)
        return;
    for (int i = 0; i < 50000; i++)
        ZEST_CHECK_OK(zest_encode_stream_feed(stream, "a b\n", 4, collect, &ids, &error), &error);
    ZEST_CHECK(ids.count > 50000); /* handed out before the end */
    ZEST_CHECK_OK(zest_encode_stream_feed(stream, "a\xE4", 2, collect, &ids, &error), &error);
    ZEST_CHECK_INT(zest_encode_stream_end(stream, collect, &ids, &error), ZEST_INVALID_UTF8);
    ZEST_CHECK(strstr(error.message, "byte 200001 is 0xE4") != NULL);
    zest_encode_stream_destroy(stream);
    zest_tokenizer_native_destroy(tokenizer);
    free(ids.ids);
}
