/* SPDX-License-Identifier: Apache-2.0 */
/* test_decode.c - the reference's cases of the default model: ids, offsets, text again; and ids out of range. */
#include "zest_test.h"

#include "tokenizer_fixture.h"

static struct zest_arena arena;

static size_t base64_decode(const char *text, unsigned char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t size = 0;
    uint32_t bits = 0, held = 0;
    for (; *text && *text != '='; text++) {
        bits = bits << 6 | (uint32_t)(strchr(digits, *text) - digits);
        if ((held += 6) >= 8)
            out[size++] = (unsigned char)(bits >> (held -= 8));
    }
    return size;
}

static int32_t *ids_of(const json_t *array, size_t *ret_count)
{
    size_t count = json_array_size(array);
    int32_t *ids = ZEST_NEW_ARRAY(&arena, int32_t, count + 1);
    for (size_t i = 0; i < count; i++)
        ids[i] = (int32_t)json_integer_value(json_array_get(array, i));
    *ret_count = count;
    return ids;
}

/* The text of a case; bytes are read as lossy UTF-8. */
static struct zest_text input_of(const json_t *line)
{
    const json_t *text = json_object_get(line, "text");
    if (text)
        return fixture_text(text);
    const char *packed = json_string_value(json_object_get(line, "b64"));
    unsigned char *bytes = ZEST_NEW_ARRAY(&arena, unsigned char, strlen(packed) + 1);
    return zest_utf8_lossy(&arena, (struct zest_text){(char *)bytes, base64_decode(packed, bytes)});
}

static bool same_ids(const int32_t *ids, size_t count, const json_t *wanted)
{
    if (!wanted)
        return true;
    bool same = json_array_size(wanted) == count;
    for (size_t i = 0; same && i < count; i++)
        same = ids[i] == json_integer_value(json_array_get(wanted, i));
    return same;
}

static bool same_spans(const struct zest_span *spans, size_t count, const json_t *wanted)
{
    if (!wanted)
        return true;
    bool same = json_array_size(wanted) == count;
    for (size_t i = 0; same && i < count; i++) {
        const json_t *span = json_array_get(wanted, i);
        same = spans[i].start == json_integer_value(json_array_get(span, 0)) &&
               spans[i].end == json_integer_value(json_array_get(span, 1));
    }
    return same;
}

static struct zest_encoder_scratch *scratch_of_decoding;

static struct zest_text decode(const int32_t *ids, size_t count, bool skip_special)
{
    struct zest_error error = {0};
    struct zest_buffer out;
    zest_buffer_init(&out, (size_t)1 << 30);
    ZEST_CHECK_OK(
        zest_decode(fixture_tokenizer(), scratch_of_decoding, (const uint32_t *)ids, count, skip_special, &out, &error),
        &error);
    struct zest_text text = zest_text_copy(&arena, (struct zest_text){out.data ? out.data : "", out.size});
    zest_buffer_finish(&out);
    return text;
}

/* The next text of a stream, read lossily. */
static struct zest_text step(const int32_t *ids, size_t count, bool skip_special, struct zest_stream_state *state,
                             bool ends)
{
    struct zest_error error = {0};
    struct zest_buffer out;
    zest_buffer_init(&out, (size_t)1 << 30);
    ZEST_CHECK_OK(zest_decode_next(fixture_tokenizer(), scratch_of_decoding, (const uint32_t *)ids, count,
                                          skip_special, state, &out, &error),
                  &error);
    if (ends)
        zest_decode_flush(fixture_tokenizer(), state, &out);
    struct zest_text text = zest_utf8_lossy(&arena, (struct zest_text){out.data ? out.data : "", out.size});
    zest_buffer_finish(&out);
    return text;
}

static bool decodes_to(const int32_t *ids, size_t count, bool skip_special, const json_t *wanted)
{
    if (!wanted)
        return true;
    return zest_text_equal(decode(ids, count, skip_special), fixture_text(wanted));
}

static bool encode_case_holds(struct zest_encoder_scratch *scratch, const json_t *line)
{
    struct zest_text text = input_of(line);
    struct zest_error error = {0};
    struct zest_encode_options options = {
        .add_special = json_is_true(json_object_get(line, "add_special")),
        .encode_special_tokens = json_is_true(json_object_get(line, "encode_special_tokens")),
    };
    const json_t *ids = json_object_get(line, "ids"), *count = json_object_get(line, "n_ids");
    bool holds = zest_encode(fixture_tokenizer(), scratch, text, options, &error) == ZEST_OK &&
                 same_ids((int32_t *)scratch->ids, scratch->count, ids);
    if (count) {
        const json_t *tail = json_object_get(line, "ids_tail"), *head = json_object_get(line, "ids_head");
        size_t tail_size = json_array_size(tail), head_size = json_array_size(head);
        holds = holds && scratch->count == (size_t)json_integer_value(count) &&
                same_ids((int32_t *)scratch->ids, head_size, head) &&
                same_ids((int32_t *)scratch->ids + scratch->count - tail_size, tail_size, tail);
    }
    holds = holds && decodes_to((int32_t *)scratch->ids, scratch->count, false, json_object_get(line, "dec")) &&
            decodes_to((int32_t *)scratch->ids, scratch->count, true, json_object_get(line, "dec_skip"));
    options.spans = true;
    holds = holds && zest_encode(fixture_tokenizer(), scratch, text, options, &error) == ZEST_OK;
    zest_spans_to_code_points(text, scratch->spans, scratch->count);
    return holds && same_ids((int32_t *)scratch->ids, scratch->count, ids) &&
           same_spans(scratch->spans, scratch->count, json_object_get(line, "off"));
}

static bool decode_case_holds(const json_t *line)
{
    size_t count;
    int32_t *ids = ids_of(json_object_get(line, "decode_ids"), &count);
    return decodes_to(ids, count, false, json_object_get(line, "dec")) &&
           decodes_to(ids, count, true, json_object_get(line, "dec_skip"));
}

/*
 * Feeds one id after the other, as the service's decode_stream does. The reference holds a token back while its end is
 * unfinished; here the characters that are whole come at once, so the text is that of the reference or ahead of it.
 */
static bool stream_case_holds(const json_t *line)
{
    size_t count;
    int32_t *ids = ids_of(json_object_get(line, "stream_ids"), &count);
    const json_t *chunks = json_object_get(line, "chunks");
    struct zest_text ours = ZEST_TEXT(""), wanted = ZEST_TEXT("");
    struct zest_stream_state state = {0};
    bool holds = json_array_size(chunks) == count, skips = json_is_true(json_object_get(line, "skip"));
    for (size_t i = 0; i < count && holds; i++) {
        struct zest_text next = step(ids + i, 1, skips, &state, false);
        ours = zest_text_format(&arena, "%.*s%.*s", (int)ours.size, ours.data, (int)next.size, next.data);
        const char *chunk = json_string_value(json_array_get(chunks, i));
        wanted = zest_text_format(&arena, "%.*s%s", (int)wanted.size, wanted.data, chunk ? chunk : "");
        holds = ours.size >= wanted.size && !memcmp(ours.data, wanted.data, wanted.size);
    }
    return holds && (state.size > 0 || zest_text_equal(ours, wanted));
}

/* Whatever the border, two halves of the ids give the text of the whole. */
ZEST_TEST(streams_give_the_whole_text_at_every_split)
{
    static const int32_t ids[] = {187,   238, 223, 137, 12335, 123, 55, 171, 127,
                                  10813, 117, 239, 2,   24211, 171, 19, 180};
    struct zest_tokenizer_model *model = fixture_tokenizer();
    if (!model)
        ZEST_SKIP("needs the default model");
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    scratch_of_decoding = zest_encoder_borrow(model);
    struct zest_text whole = decode(ids, ZEST_COUNT(ids), false);
    for (size_t split = 0; split <= ZEST_COUNT(ids); split++) {
        struct zest_stream_state state = {0};
        struct zest_text head = step(ids, split, false, &state, false);
        struct zest_text tail = step(ids + split, ZEST_COUNT(ids) - split, false, &state, true);
        ZEST_CHECK_TEXT(zest_text_format(&arena, "%.*s%.*s", (int)head.size, head.data, (int)tail.size, tail.data),
                        whole);
    }
    zest_encoder_give_back(model, scratch_of_decoding);
    zest_arena_finish(&arena);
}

ZEST_TEST(all_cases_of_the_reference_hold)
{
    size_t size, at = 0;
    struct zest_tokenizer_model *model = fixture_tokenizer();
    char *data = fixture_reference("tok/smollm2.jsonl.gz", &size);
    if (!data || !model)
        ZEST_SKIP("needs the reference data and the default model");
    zest_arena_init(&arena, ZEST_ARENA_UNLIMITED);
    struct zest_encoder_scratch *scratch = zest_encoder_borrow(model);
    scratch_of_decoding = zest_encoder_borrow(model);
    int count = 0, held = 0;
    for (json_t *line; (line = fixture_next_line(data, size, &at)); json_decref(line)) {
        if (json_object_get(line, "meta"))
            continue;
        bool holds = json_object_get(line, "decode_ids")   ? decode_case_holds(line)
                     : json_object_get(line, "stream_ids") ? stream_case_holds(line)
                                                           : encode_case_holds(scratch, line);
        if (!holds)
            printf("case %d (%s) differs\n", count + 1, json_string_value(json_object_get(line, "k")));
        count++;
        held += holds;
        zest_arena_reset(&arena);
    }
    printf("%d of %d cases of the reference hold\n", held, count);
    ZEST_CHECK(count > 0);
    ZEST_CHECK_INT(held, count);
    zest_encoder_give_back(model, scratch_of_decoding);
    zest_encoder_give_back(model, scratch);
    zest_arena_finish(&arena);
    free(data);
}
